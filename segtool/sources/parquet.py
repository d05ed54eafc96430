"""Parquet exports → text cells, so that one set of rules reads every file.

Dates and times become the texts that they would be in a CSV file; nested columns but lists of plain values are
refused, because nobody could say what a cell of them is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from segtool.config.settings import SourceSpec
from segtool.sources.files import SourceFile
from segtool.sources.kinds import NotATableError

if TYPE_CHECKING:
    import polars as pl

    from segtool.sources.texts import Raw


def header(file: SourceFile) -> tuple[str, ...]:
    """The names of the columns. Raises NotATableError."""
    return tuple(_schema(file))


def read(file: SourceFile, spec: SourceSpec) -> Raw:
    """The cells, streamed from the file. Raises NotATableError."""
    # Deferred: a slip in segments.yaml is answered without loading the engine.
    import polars as pl  # noqa: PLC0415

    from segtool.sources.context import ROW  # noqa: PLC0415
    from segtool.sources.texts import Raw  # noqa: PLC0415

    schema = _schema(file)
    texts = [_text(name, kind, spec.settings.list_separator, file) for name, kind in schema.items()]
    frame = pl.scan_parquet(file.path, row_index_name=ROW, row_index_offset=1, glob=False)
    return Raw(list(schema), frame.select(ROW, *texts))


def _schema(file: SourceFile) -> pl.Schema:
    import polars as pl  # noqa: PLC0415

    try:
        return pl.scan_parquet(file.path, glob=False).collect_schema()
    except (pl.exceptions.PolarsError, OSError):
        raise NotATableError(f"{file.shown} is damaged or only partly downloaded; fetch it again") from None


def _text(name: str, kind: pl.DataType, separator: str, file: SourceFile) -> pl.Expr:
    import polars as pl  # noqa: PLC0415

    column = pl.col(name)
    match kind:
        case pl.String() | pl.Categorical() | pl.Enum() | pl.Boolean() | pl.Date() | pl.Null():
            return column.cast(pl.String)
        case pl.Datetime(time_zone=None):
            return column.dt.strftime("%Y-%m-%d %H:%M:%S%.f")
        case pl.Datetime():
            return column.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ")
        case pl.Time():
            return column.dt.strftime("%H:%M:%S")
        case pl.List() if not kind.inner.is_nested():
            quoted = pl.format('"{}"', pl.element().cast(pl.String).str.replace_all('"', '""', literal=True))
            return column.list.eval(quoted).list.join(separator, ignore_nulls=True)
    if kind.is_float():
        return column.cast(pl.String).str.replace(r"\.0$", "")
    if kind.is_numeric():
        return column.cast(pl.String)
    raise NotATableError(f'{file.shown}: column "{name}" holds {kind}, which is no value of a table; leave it out')
