"""A folder whose files go to disk while others are still being made.

A disk takes its time, and so does a checksum: neither needs to be waited for before the next file is begun.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from segtool.sources import fingerprint
from segtool.sources.together import AT_ONCE
from segtool.store import durable

Whole = Callable[[str], object]
"""Says of a file, by its name below a folder, that it is written and not touched any more."""


class Shelf:
    """The files of one folder, each on disk when `checksums` returns. What goes wrong with one is raised there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stored: dict[str, Future[str]] = {}
        self._pool = ThreadPoolExecutor(AT_ONCE)

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown(cancel_futures=True)

    def take(self, name: str) -> None:
        """Has a file that is there put on disk, once."""
        if name not in self._stored:
            self._stored[name] = self._pool.submit(self._synced, name)

    def put(self, name: str, made: Callable[[], bytes]) -> None:
        """Has the content of a new file made and written."""
        self._stored[name] = self._pool.submit(self._written, name, made)

    def checksums(self) -> dict[str, str]:
        """The fingerprint of every file, by its name; waits until all are on disk. Raises OSError."""
        return {name: stored.result() for name, stored in sorted(self._stored.items())}

    def _synced(self, name: str) -> str:
        durable.sync(self._folder / name)
        return fingerprint.of_file(self._folder / name)

    def _written(self, name: str, made: Callable[[], bytes]) -> str:
        content = made()
        durable.write(self._folder / name, content)
        return fingerprint.of(content)
