"""A table → what the cells of one sheet hold: dates, numbers and flags as such, and all else as text.

What a sheet would show as something else (numbers beyond 15 digits, days that spreadsheets disagree on) is text; what
no cell can hold (control characters, texts beyond Excel's limit) is replaced and counted. Values are made for a slice
of rows at a time: memory does not grow with rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from segtool.output import csv

ROWS = 1_048_576
COLUMNS = 16_384
LONGEST = 32_767
"""In a cell, as Excel counts: in UTF-16 units."""

_EXACT = 10**15 - 1
"""The largest whole number that Excel shows as it is."""
_CELLS = 200_000
"""In one slice."""
_WIDTHS_FROM = 1_000
"""Rows that the widths of columns are taken from."""
_NARROW, _WIDE, _WRAPPED = 8, 48, 60
_LINE, _HIGHEST = 15, 405
"""Heights in points: of a line, and the largest that a row may have."""
_CONTROL = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"
_ASTRAL = r"[\x{10000}-\x{10FFFF}]"
_ESCAPE = r"_(x[0-9A-Fa-f]{4}_)"
"""A text that Excel would take for one character."""


@dataclass(frozen=True)
class Sheet:
    """One sheet: lines of text, a table under its header, and lines below.

    Columns in `wrapped` hold texts of several lines; where there are any, rows are as high as these need.
    """

    name: str
    table: pl.DataFrame
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    wrapped: Collection[str] = ()

    @property
    def header(self) -> int:
        """The row of the header."""
        return len(self.above) + (2 if self.above else 1)

    @property
    def end(self) -> int:
        """The last row of the table."""
        return self.header + self.table.height

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """A width for every column, in characters, with room for the button of the filter."""
        shown = csv.texts(self.table.head(_WIDTHS_FROM), "UTC")
        return tuple(self._width(name, shown) for name in self.table.columns)

    def _width(self, name: str, shown: pl.DataFrame) -> int:
        longest = shown.get_column(name).str.len_chars().max() or 0
        assert isinstance(longest, int)
        most = _WRAPPED if name in self.wrapped else _WIDE
        return min(max(longest + 2, len(name) + 4, _NARROW), most)

    @property
    def heights(self) -> tuple[int, ...]:
        """The height of every row of the table, where texts are wrapped: not every program finds it by itself."""
        if not self.wrapped:
            return ()
        lines = [
            pl.col(name).str.split("\n").list.eval((pl.element().str.len_chars() - 1) // _WRAPPED + 1).list.sum()
            for name in self.wrapped
        ]
        most = pl.max_horizontal(*lines, 1).clip(upper_bound=_HIGHEST // _LINE)
        return tuple(self.table.select((most * _LINE).alias("height")).to_series())

    def slices(self, zone: str, first_day: date) -> Iterator[list[list[object]]]:
        """The values of the cells, column by column, of some rows at a time: None where there is none.

        Days before `first_day` are text.
        """
        size = max(1, _CELLS // max(1, self.table.width))
        for start in range(0, self.table.height, size):
            part = self.table.slice(start, size)
            yield [_values(part, name, zone, first_day) for name in part.columns]

    @property
    def unfit(self) -> int:
        """How many texts a cell cannot hold as they are."""
        names = [name for name, kind in self.table.schema.items() if kind in (pl.String, pl.List)]
        shown = self.table.lazy().select(csv.as_text(self.table.schema[name], name, "UTC") for name in names)
        flags = [pl.col(name).str.contains(_CONTROL) | (_units(pl.col(name)) > LONGEST) for name in names]
        return sum(int(count) for count in shown.select(flag.sum() for flag in flags).collect().row(0)) if names else 0


def is_text(kind: pl.DataType) -> bool:
    """Whether every cell of such a column is text."""
    return not (kind.is_numeric() or kind.is_temporal() or kind == pl.Boolean)


def line(text: str) -> str:
    """A text as a cell can hold it."""
    return str(pl.select(_fit(pl.lit(text))).item())


def _values(part: pl.DataFrame, name: str, zone: str, first_day: date) -> list[object]:
    kind, value = part.schema[name], pl.col(name)
    shown = _fit(csv.as_text(kind, name, zone)).alias("shown")
    if is_text(kind):
        return part.select(shown).to_series().to_list()
    if isinstance(kind, pl.Datetime):
        value = csv.wall_time(value, zone)
    if kind.is_integer():
        fits = value.is_between(-_EXACT, _EXACT)
    elif kind.is_float():
        fits = value.is_finite()
    else:
        fits = value >= first_day if kind.is_temporal() else pl.lit(True)
    found = part.select(value.alias("value"), fits.fill_null(True).alias("fits"), shown)
    values: list[object] = found.get_column("value").to_list()
    if not found.get_column("fits").all():
        rows = zip(values, found.get_column("fits"), found.get_column("shown"), strict=True)
        return [own if fitting else text for own, fitting, text in rows]
    return values


def _units(text: pl.Expr) -> pl.Expr:
    return text.str.len_chars() + text.str.count_matches(_ASTRAL)


def _fit(text: pl.Expr) -> pl.Expr:
    """A text as a cell can hold it: its lines end in one way, and `_x0041_` is not read as A."""
    visible = text.str.replace_all(_CONTROL, "\N{REPLACEMENT CHARACTER}")
    short = pl.when(text.str.contains(_ASTRAL)).then(LONGEST // 2 - 1).otherwise(LONGEST - 1)
    cut = visible.str.slice(0, short) + "…"
    whole = pl.when(_units(text) > LONGEST).then(cut).otherwise(visible)
    return whole.str.replace_all("\r\n?", "\n").str.replace_all(_ESCAPE, "_x005F_${1}")
