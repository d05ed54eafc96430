"""What several commands take: the segments file, and lengths of time."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

File = Annotated[Path, typer.Argument(metavar="FILE", help="The segments file.")]
DEFAULT = Path("segments.yaml")


def seconds(text: str) -> float:
    """A length of time as people write it, for --wait."""
    match = re.fullmatch(r"\s*(\d+)\s*(s|m|h)\w*\s*", text)
    if match is None:
        raise typer.BadParameter(f'"{text}" is no length of time; write 30s, 10m or 1h', param_hint="--wait")
    return int(match[1]) * {"s": 1.0, "m": 60.0, "h": 3600.0}[match[2]]
