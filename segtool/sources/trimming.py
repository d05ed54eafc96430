"""Cells as they stand in a file → text cells: trimmed, blank or meaningless texts as missing, empty rows left out.

Works batch by batch, and does to a column only what some text of the batch asks for.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import polars as pl

from segtool.config.frozen import dataclass
from segtool.sources.context import FILE, ROW

_UNSEEN = r"[\x{ad}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}\x{2066}-\x{2069}\x{feff}]"
_ODD = rf'\r|^="|{_UNSEEN}'


def batched(
    frame: pl.LazyFrame, work: Callable[[pl.DataFrame], pl.DataFrame], schema: Mapping[str, pl.DataType]
) -> pl.LazyFrame:
    """What `work` makes of every batch of a frame, in order. Nothing that is asked of the result reaches the frame."""
    return frame.map_batches(
        work,
        predicate_pushdown=False,
        projection_pushdown=False,
        slice_pushdown=False,
        schema=dict(schema),
        streamable=True,
    )


def seen(text: pl.Series) -> pl.Series:
    """Texts with one kind of line end, without signs that nobody sees, and out of formulas that say nothing else.

    Between other letters than those of ASCII such signs may mean something: they join emoji, and part words.
    """
    if text.str.contains("\r", literal=True).any():
        text = text.str.replace_all("\r\n", "\n", literal=True).str.replace_all("\r", "\n", literal=True)
    if text.str.starts_with('="').any():
        # Some exports keep zeros from spreadsheets in this way: ="00123".
        text = text.str.replace(r'^="([^"]*)"$', "$1")
    hidden = text.str.contains(_UNSEEN).fill_null(False)
    if not hidden.any():
        return text
    bare = text.str.replace_all(_UNSEEN, "").str.strip_chars()
    ends = text.str.replace_all(rf"^(?:\s|{_UNSEEN})+|(?:\s|{_UNSEEN})+$", "")
    ascii_ = ~bare.str.contains(r"[^\x00-\x7f]").fill_null(False)
    return bare.zip_with(ascii_, ends)


class UncountedError(Exception):
    """A row may lack cells, or repeat the header: cells have to be counted."""


@dataclass(frozen=True)
class Trimming:
    """How the rows of one file become cells.

    `positions` says which column of the file has our name, `missing` which texts mean that there is no value, `above`
    how many rows of the file come before those of the table, and `number` which file of its source it is. `plain` says
    that no text can have a sign that nobody sees, and `bare` that none has a blank. Unless rows are `counted`, one that
    lacks cells would be among them, or one that repeats the header, which begins with `first`.
    """

    positions: Mapping[str, int]
    missing: Sequence[str]
    above: int
    number: int
    plain: bool = False
    bare: bool = False
    counted: bool = True
    first: str = ""

    def of(self, raw: pl.LazyFrame, asked: Collection[str] | None = None) -> pl.LazyFrame:
        """The cells under our names, those `asked` for or all, with ROW as a spreadsheet counts it and FILE.

        Raises UncountedError where a row may lack cells.
        """
        names = [name for name in self.positions if asked is None or name in asked]
        schema = {ROW: pl.Int64(), **dict.fromkeys(names, pl.String()), FILE: pl.Int32()}
        # Every column is parsed, asked for or not: it is how a row with too many cells is noticed.
        return batched(raw, lambda batch: self._trimmed(batch, names), schema)

    def _trimmed(self, batch: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
        columns = [column for column in batch.iter_columns() if column.name != ROW]
        if not self.counted and (columns[-1].has_nulls() or (columns[0] == self.first).any()):
            raise UncountedError
        texts = pl.DataFrame([columns[self.positions[name]].alias(name) for name in names])
        # All columns in one query: each takes longer to begin than a small batch does to be trimmed.
        if not self.bare:
            texts = texts.select(pl.all().str.strip_chars())
        if not self.plain and texts.height:
            odd = texts.select(pl.all().str.contains(_ODD).any()).row(0, named=True)
            texts = texts.with_columns([seen(texts[name]) for name, is_odd in odd.items() if is_odd])
        cells = [self._cells(column) for column in texts.iter_columns()]
        row = (batch.get_column(ROW).cast(pl.Int64) + self.above).alias(ROW)
        file = pl.Series(FILE, [self.number], dtype=pl.Int32).new_from_index(0, batch.height)
        found = pl.DataFrame([row, *cells, file])
        if any(not column.has_nulls() for column in cells):
            return found
        filled = found.select(pl.any_horizontal(pl.col(names).is_not_null())).to_series()
        if filled.all():
            return found
        if len(names) < len(self.positions):  # what is blank here may hold something elsewhere
            return self._trimmed(batch, list(self.positions)).select(found.columns)
        return found.filter(filled)

    def _cells(self, text: pl.Series) -> pl.Series:
        """The texts, those that mean nothing as missing."""
        if self.bare and not self.missing:
            return text
        nothing = text == ""
        for meaningless in self.missing:
            nothing |= text == meaningless
        return text.set(nothing.fill_null(False), None) if nothing.any() else text
