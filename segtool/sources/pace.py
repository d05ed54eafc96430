"""Rows counted while they stream by, for somebody who waits. Where nobody listens, nothing is counted."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import polars as pl

from segtool.config.progress import Reading, Step, quiet
from segtool.sources.files import SourceFile

_SAMPLE = 1 << 18
"""Bytes at the beginning of a file whose lines stand for all of them."""


class Watch:
    """The rows of all files of one source; `step` hears of them batch by batch, from whatever thread they come by."""

    def __init__(self, source: str, files: Sequence[SourceFile], step: Step) -> None:
        self._source = source
        self._step = step
        self._seen = 0
        self._lock = Lock()
        self._expected = None if step is quiet else expected_rows(files)
        self._tell(0)

    def watched(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """The same rows."""
        if self._step is quiet:
            return frame
        return frame.map_batches(self._count, streamable=True, validate_output_schema=False)

    def known(self, file: SourceFile) -> None:
        """A file that does not have to be read."""
        if self._step is not quiet:
            self._tell(expected_rows([file]) or 0)

    def _count(self, batch: pl.DataFrame) -> pl.DataFrame:
        self._tell(batch.height)
        return batch

    def _tell(self, rows: int) -> None:
        with self._lock:
            self._seen += rows
            self._step(Reading(self._source, self._seen, self._expected))


def expected_rows(files: Sequence[SourceFile]) -> int | None:
    """About how many rows these files have, by their sizes and first lines; None where a file does not show it."""
    if any(file.kind != "text" for file in files):
        return None
    return sum(_rows(file) for file in files)


def _rows(file: SourceFile) -> int:
    with file.path.open("rb") as stream:
        sample = stream.read(_SAMPLE)
    lines = max(sample.count(b"\n"), sample.count(b"\r"), 1)
    return max(round(file.size / len(sample) * lines) - 1, 1) if sample else 0
