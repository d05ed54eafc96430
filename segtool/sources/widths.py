"""Rows with fewer cells than their table: found by counting separators, line by line, without taking the text apart.

A cell that is missing in the midst of a row cannot be told from one that is missing at its end, so such a row is
never read. Where every row lacks the same last cells, those columns are blank, and nothing is missing in between.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from segtool.sources.context import ROW
from segtool.sources.dialect import Dialect, Marks

_LINE = "§line"
_UNUSED = "\x01"
"""A character that separates nothing in any text, so that a line is one cell."""


def misfit(cells: int, width: int) -> str:
    """What is said of a row with fewer cells than the header, or with more."""
    return f"the row has {cells} cell{'' if cells == 1 else 's'} {beside(width)}"


def beside(width: int) -> str:
    return f"and the header {width}"


def narrow_rows(
    source: Path | bytes, found: Dialect, marks: Marks, frame: pl.LazyFrame
) -> tuple[dict[int, int], int | None]:
    """The rows that lack cells, by ROW, with how many they have; and how wide the others are, if less than the header.

    `frame` has the rows below the header.
    """
    width = len(found.header)
    if width < 2 or (not marks.quotes and marks.delimiters == marks.lines * (width - 1)):
        return {}, None
    last = frame.select(pl.last().null_count()).collect(engine="streaming").item()
    if not last:
        return {}, None
    # A row that is too long is none that this reader gets by, unless it only ends in a separator.
    counts = _counts(source, found, marks).with_columns(pl.col("cells").clip(upper_bound=width))
    most = int(counts.get_column("cells").max() or width)  # type: ignore[arg-type]
    few = counts.filter(pl.col("cells") < min(most, named(found)))
    filled = frame.filter(pl.any_horizontal(pl.exclude(ROW).str.strip_chars() != ""))
    narrow = filled.select(ROW).join(few.lazy(), on=ROW, how="semi", maintain_order="left").collect()
    found_ = narrow.join(few, on=ROW, how="left", maintain_order="left")
    return dict(found_.select(ROW, "cells").iter_rows()), most if most < width else None


def named(found: Dialect) -> int:
    """How many columns there are up to the last that has a name."""
    return max((place for place, cell in enumerate(found.header, start=1) if cell.strip()), default=0)


def _counts(source: Path | bytes, found: Dialect, marks: Marks) -> pl.DataFrame:
    """How many cells each row below the header has (ROW and `cells`)."""
    lines = pl.scan_csv(
        source,
        separator=_UNUSED,
        quote_char=None,
        schema={_LINE: pl.String},
        has_header=False,
        skip_lines=found.above,
        extra_columns="ignore",
        glob=False,
    )
    line = pl.col(_LINE).fill_null("")
    mark = found.delimiter
    outside = _unquoted(line, mark) if marks.quotes else line
    asked = [outside.str.count_matches(mark, literal=True).alias("separators")]
    if marks.quotes:
        within = _unquoted(pl.lit('"') + line, mark)
        asked.append(line.str.count_matches('"', literal=True).alias("quotes"))
        asked.append(within.str.count_matches(mark, literal=True).alias("within"))
    counted = lines.select(asked).collect(engine="streaming")
    if marks.quotes:
        counted = _records(counted)
    return counted.select(pl.int_range(pl.len(), dtype=pl.UInt32).alias(ROW), cells=pl.col("separators") + 1).slice(1)


def _unquoted(line: pl.Expr, mark: str) -> pl.Expr:
    """A line without its quoted cells, of which the last may go on in the next line."""
    quoted = rf'(^|\x{{{ord(mark):x}}})"(?:[^"]|"")*(?:"|$)'
    return pl.when(line.str.contains('"', literal=True)).then(line.str.replace_all(quoted, "${1}")).otherwise(line)


def _records(lines: pl.DataFrame) -> pl.DataFrame:
    """Lines of one row counted together: a row ends where as many quotation marks have closed as opened."""
    open_after = pl.col("quotes").cum_sum() % 2
    lines = lines.with_columns(open_after.alias("open"))
    begins_open = pl.col("open").shift(1, fill_value=0) == 1
    own = pl.when(begins_open).then(pl.col("within")).otherwise(pl.col("separators"))
    row = (~begins_open).cum_sum()
    return (
        lines.select(own.alias("separators"), row.alias("row"))
        .group_by("row", maintain_order=True)
        .agg(pl.col("separators").sum())
    )
