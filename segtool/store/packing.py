"""Tables as the content of files of the state, and back; the file's name says how.

Parquet for what is kept. Arrow for what only the next run asks for: it is made in half the time, a quarter larger.
Written by us, so that a full disk is an OSError. Nothing is in a file but the values of its table.
"""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl

QUICK = ".arrow"
"""The ending of the names of Arrow files."""
_ROWS = 65_536
"""Of an Arrow file, so many rows are read at a time."""
_PLAIN = pl.CompatLevel.oldest()
"""Texts one after the other. As Polars has them, those of rows that were filtered out would be written too."""


def packed(name: str, table: pl.DataFrame) -> bytes:
    """The content of a file of this name."""
    if not name.endswith(QUICK):
        return _parquet(table)
    content = io.BytesIO()
    whole = table.with_columns(_without_remains(table))
    whole.write_ipc(content, compression="zstd", record_batch_size=_ROWS, compat_level=_PLAIN)
    return content.getvalue()


def unpacked(name: str, content: bytes) -> pl.DataFrame:
    """The table in such a file. Raises PolarsError."""
    read = pl.read_ipc if name.endswith(QUICK) else pl.read_parquet
    return read(io.BytesIO(content))


def scanned(path: Path) -> pl.LazyFrame:
    """The same, to be read in part."""
    return pl.scan_ipc(path) if path.suffix == QUICK else pl.scan_parquet(path)


def _parquet(table: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    table.write_parquet(content, compression="zstd", compression_level=1, statistics=False)
    return content.getvalue()


def _without_remains(table: pl.DataFrame) -> pl.DataFrame:
    """The columns that may have texts under their gaps, where Arrow would keep them, without these texts."""
    columns = (column for column in table if column.dtype.is_nested() or column.dtype == pl.String)
    gapped = [column for column in columns if column.null_count() or column.dtype.is_nested()]
    return pl.read_parquet(io.BytesIO(_parquet(pl.DataFrame(gapped)))) if gapped else pl.DataFrame()
