"""A path or a mapping → a `Config`, or every mistake that its text shows."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segtool.config import document
from segtool.config.problems import Problems
from segtool.config.reading import from_node
from segtool.config.settings import Config


def read(source: str | Path | Mapping[str, Any], base: str | Path | None, problems: Problems) -> Config | None:
    """What could be read; None when nothing could. Raises ConfigError for a text that is no YAML at all."""
    if isinstance(source, Mapping):
        node = document.wrap(source)
        folder = Path(base) if base is not None else Path.cwd()
        return from_node(node, "configuration", folder.absolute(), problems)
    path = Path(source)
    node = document.read(path, str(source))
    folder = Path(base) if base is not None else path.parent
    return from_node(node, str(source), folder.absolute(), problems)
