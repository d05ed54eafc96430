"""Files that are there after a power cut: written, synced, and put in place by one rename.

Files are for their owner alone. A failed sync is never retried: the error goes up and the caller starts anew.
"""

from __future__ import annotations

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

FILE_MODE = 0o600
FOLDER_MODE = 0o700

_REMOVED = 8
"""So many files are removed at a time: most of what that takes is waiting for the disk."""


def make_folder(path: Path) -> None:
    """A folder, and those above it that are not there yet."""
    if not path.parent.exists():
        make_folder(path.parent)
    path.mkdir(mode=FOLDER_MODE, exist_ok=True)


def write(path: Path, content: bytes) -> None:
    """A new file with `content`, on disk when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, FILE_MODE)
    try:
        with os.fdopen(descriptor, "wb", closefd=False) as stream:
            stream.write(content)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(path: Path, content: bytes) -> None:
    """`path` with `content`: the old or the new, never something between."""
    beside = path.with_name(path.name + ".new")
    write(beside, content)
    os.replace(beside, path)  # noqa: PTH105 - the call whose atomicity this rests on
    sync_folder(path.parent)


def sync(path: Path) -> None:
    """A file that someone else wrote, made private and put on disk."""
    os.chmod(path, FILE_MODE)  # noqa: PTH101
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_folder(path: Path) -> None:
    """A folder and all that is in it, as far as it can be removed."""

    def remove(file: Path) -> None:
        with suppress(OSError):
            file.unlink()

    with ThreadPoolExecutor(_REMOVED) as pool:
        list(pool.map(remove, [Path(base, name) for base, _, names in os.walk(path) for name in names]))
    shutil.rmtree(path, ignore_errors=True)


def sync_folder(path: Path) -> None:
    """The names in a folder, on disk. Windows has no such call and needs none."""
    if os.name == "nt":  # pragma: no cover
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
