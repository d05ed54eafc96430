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
_UNUSED = "\0"
"""A character that is in no text that is read, so that a line is one cell: NULs are refused before."""


UNSOUND = "its quotation marks do not match"
UNCLOSED = "a quotation mark opens in this row and is never closed"


def misfit(cells: int, width: int) -> str:
    """What is said of a row with fewer cells than the header, or with more."""
    return f"the row has {cells} cell{'' if cells == 1 else 's'} {beside(width)}"


def beside(width: int) -> str:
    return f"and the header {width}"


def odd_rows(
    source: Path | bytes, found: Dialect, marks: Marks, frame: pl.LazyFrame, several: bool, sound: bool
) -> tuple[dict[int, str], int | None] | None:
    """The rows that lack cells or whose quotation marks do not match, by ROW, with what is said of them.

    And how wide the others are, if less than the header. None where a row has too many cells. `frame` has the rows
    below the header, of which some take `several` lines; `sound` says that all marks match.
    """
    width = len(found.header)
    if not marks.quotes and (width < 2 or marks.delimiters == marks.lines * (width - 1)):
        return {}, None
    if sound and not frame.select(pl.last().null_count()).collect(engine="streaming").item():
        return {}, None
    counts = _counts(source, found, marks, several, sound)
    most = int(counts.get_column("cells").max() or width)  # type: ignore[arg-type]
    if most > width:  # which this reader lets pass at the very end
        return None
    odd = counts.filter((pl.col("cells") < min(most, named(found))) | pl.col("unsound"))
    if odd.is_empty():
        return {}, most if most < width else None
    filled = frame.filter(pl.any_horizontal(pl.exclude(ROW).str.strip_chars() != "")).select(ROW)
    told = filled.join(odd.lazy(), on=ROW, how="inner", maintain_order="left").collect()
    said = {row: UNSOUND if unsound else misfit(cells, width) for row, cells, unsound in told.iter_rows()}
    return said, most if most < width else None


def named(found: Dialect) -> int:
    """How many columns there are up to the last that has a name."""
    return max((place for place, cell in enumerate(found.header, start=1) if cell.strip()), default=0)


def _counts(source: Path | bytes, found: Dialect, marks: Marks, several: bool, sound: bool) -> pl.DataFrame:
    """How many cells each row below the header has (ROW, `cells`), and whether its marks do not match (`unsound`)."""
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
    if not sound:
        # Where every separator is one, marks that do not match change no other cell.
        torn = line.str.count_matches(mark, literal=True) != len(found.header) - 1
        asked.append((_is_unsound(line, mark) & torn).alias("unsound"))
    if several:
        within = _unquoted(pl.lit('"') + line, mark)
        asked.append(line.str.count_matches('"', literal=True).alias("quotes"))
        asked.append(within.str.count_matches(mark, literal=True).alias("within"))
    counted = lines.select(asked).collect(engine="streaming")
    counted = _records(counted) if several else counted
    counted = counted.with_columns(unsound=False) if sound else counted
    row = pl.int_range(pl.len(), dtype=pl.UInt32).alias(ROW)
    return counted.select(row, (pl.col("separators") + 1).alias("cells"), "unsound").slice(1)


def _is_unsound(line: pl.Expr, mark: str) -> pl.Expr:
    """Whether a line by itself has a quoted cell that goes on behind its closing mark."""
    separator = f"\\x{{{ord(mark):x}}}"
    cell = rf'(?:"(?:[^"]|"")*"|[^"{separator}\r][^{separator}\r]*)?'
    sound = rf"^{cell}(?:{separator}{cell})*\r?$"
    return line.str.contains('"', literal=True) & ~line.str.contains(sound)


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
