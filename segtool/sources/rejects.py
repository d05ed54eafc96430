"""What could not be used, cell by cell and row by row: file, row, column, the text, and why."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from segtool.sources.context import FILE, FILTERED, ROW, STATUS
from segtool.sources.files import SourceFile
from segtool.sources.texts import Misfit

SCHEMA = {
    "source": pl.String,
    "file": pl.String,
    "row": pl.Int64,
    "column": pl.String,
    "value": pl.String,
    "reason": pl.String,
}

WORDS = {
    "integer": "is no whole number",
    "number": "is no number",
    "boolean": "is neither true nor false",
    "date": "is no date that this column's other dates are read by",
    "datetime": "is no date and time",
    "email": "is no e-mail address",
}


def none() -> pl.DataFrame:
    return pl.DataFrame(schema=SCHEMA)


def untold() -> pl.DataFrame:
    """Rejects as files list them, with FILE and ROW: none of them."""
    texts = dict.fromkeys(("column", "value", "reason"), pl.String)
    return pl.DataFrame(schema={ROW: pl.Int64, **texts, FILE: pl.Int32})


def without(found: pl.DataFrame, judged: pl.LazyFrame) -> pl.DataFrame:
    """The rejects of rows that are read: a row that `only` filters has nothing wrong with it."""
    filtered = judged.filter(pl.col(STATUS) == FILTERED).select(FILE, ROW)
    return found.lazy().join(filtered, on=[FILE, ROW], how="anti", maintain_order="left").collect()


def listed(found: pl.DataFrame, source: str, files: Sequence[SourceFile]) -> pl.DataFrame:
    """Rejects with FILE and ROW as SCHEMA, in the order of files, rows and columns."""
    shown = pl.Series([file.shown for file in files], dtype=pl.String)
    names = found.get_column(FILE)
    return found.with_columns(
        pl.lit(source).alias("source"),
        (shown.gather(names) if len(shown) else pl.Series([], dtype=pl.String)).alias("file"),
        pl.col(ROW).alias("row"),
    ).select(SCHEMA.keys())


def merged(misfits: pl.DataFrame, others: pl.DataFrame, files: Sequence[SourceFile]) -> pl.DataFrame:
    """Both, in the order of files and rows."""
    places = {file.shown: place for place, file in enumerate(files)}
    place = pl.col("file").replace_strict(places, default=0, return_dtype=pl.Int32)
    return pl.concat([misfits, others]).sort(place, "row", maintain_order=True)


def of_misfits(misfits: Sequence[tuple[int, Misfit]], source: str, files: Sequence[SourceFile]) -> pl.DataFrame:
    rows = [(source, files[file].shown, misfit.row, None, misfit.text, misfit.reason) for file, misfit in misfits]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")
