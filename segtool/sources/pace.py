"""Rows counted while they stream by, for somebody who waits. Where nobody listens, nothing is counted."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock

import polars as pl

from segtool.config.progress import Reading, Step, quiet
from segtool.sources.files import SourceFile

_SAMPLE = 1 << 18
"""Bytes at the beginning of a file whose lines stand for all of them."""


def watched(frame: pl.LazyFrame, source: str, files: Sequence[SourceFile], step: Step) -> pl.LazyFrame:
    """The same rows; `step` hears of them batch by batch, from whatever thread they come by."""
    if step is quiet:
        return frame
    expected, lock, seen = expected_rows(files), Lock(), 0

    def count(batch: pl.DataFrame) -> pl.DataFrame:
        nonlocal seen
        with lock:
            seen += batch.height
            step(Reading(source, seen, expected))
        return batch

    step(Reading(source, 0, expected))
    return frame.map_batches(count, streamable=True, validate_output_schema=False)


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
