"""The file FORMAT of a state: from which version on it can be read."""

from __future__ import annotations

from pathlib import Path

from segtool.store import durable
from segtool.store.manifest import FORMAT

STAMP = f"{FORMAT}\n".encode()
"""What the file says."""


def mark(root: Path) -> None:
    """Says that from here on there may be runs that an earlier version cannot read."""
    path = root / "FORMAT"
    if not path.exists() or path.read_bytes() != STAMP:
        durable.replace(path, STAMP)
