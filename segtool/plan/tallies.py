"""What is counted over rows of events that have flags: a line for every contact, in the order of their places.

A tally looks at the rows that it selects and no others. Rows may come in pieces, which add up. A place is the number of
a line, so that what a row adds is added there, without groups. Few rows are grouped all the same, in one query, and are
counted before what adds to lines is imported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from operator import and_

import polars as pl

from segtool.config.frozen import dataclass
from segtool.sources.context import PLACE
from segtool.sources.together import together

FEW = 100_000
"""Rows that are grouped in less time than it takes to import NumPy."""
_WIDTHS = ((pl.UInt8(), 8), (pl.UInt16(), 16), (pl.UInt32(), 32))
"""What holds counts, and in how many bits."""


@dataclass(frozen=True)
class Tally:
    """The number of rows on which all `flags` are true; or the `sum`, `min` or `max` of their `column`.

    A column holds numbers or instants; rows where it is missing add nothing.
    """

    flags: tuple[str, ...]
    kind: str = "count"
    column: str = ""


class Totals:
    """Every tally under its name, for so many people."""

    def __init__(self, tallies: Mapping[str, Tally], people: int) -> None:
        self._tallies = tallies
        self._people = people
        self._totals: dict[str, _Total] = {}
        self._held: list[pl.DataFrame] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Counts more rows: PLACE, and the flags and columns that the tallies name. None of these is missing."""
        self._held.append(rows)
        if sum(map(len, self._held)) >= FEW:
            self._add_held()

    def _add_held(self) -> None:
        held, self._held = self._held, []
        for rows in held:
            self._add(rows)

    def _add(self, rows: pl.DataFrame) -> None:
        selections: dict[tuple[str, ...], list[_Total]] = {}
        for name, tally in self._tallies.items():
            if name not in self._totals:
                self._totals[name] = _Total(tally, rows.schema, self._people)
            selections.setdefault(tally.flags, []).append(self._totals[name])
        whole = rows.rechunk()
        together(lambda one: _count(whole, *one), selections.items())

    def columns(self) -> Sequence[pl.Series]:
        """Named. Counts and sums of nothing are 0, extremes missing; counts are in as few bits as hold them."""
        if self._held and not self._totals:
            return _grouped(pl.concat(self._held), self._tallies, self._people)
        self._add_held()
        return together(lambda one: one[1].column.alias(one[0]), self._totals.items())


def _grouped(rows: pl.DataFrame, tallies: Mapping[str, Tally], people: int) -> Sequence[pl.Series]:
    """All tallies of all rows in one query."""
    places = pl.select(pl.int_range(people).cast(rows.schema[PLACE]).alias(PLACE)).lazy()
    each = [_of_group(tally, rows.schema).alias(name) for name, tally in tallies.items()]
    found = rows.lazy().group_by(PLACE).agg(each)
    lines = places.join(found, on=PLACE, how="left", maintain_order="left").select(
        pl.col(name).fill_null(0) if tally.kind in ("count", "sum") else pl.col(name) for name, tally in tallies.items()
    )
    columns = lines.collect().get_columns()
    return [column.shrink_dtype() if tallies[column.name].kind == "count" else column for column in columns]


def _of_group(tally: Tally, schema: Mapping[str, pl.DataType]) -> pl.Expr:
    selected = reduce(and_, map(pl.col, tally.flags)) if tally.flags else None
    if tally.kind == "count":
        return pl.len() if selected is None else selected.sum()
    value = pl.col(tally.column) if selected is None else pl.col(tally.column).filter(selected)
    if tally.kind == "sum":
        return value.cast(pl.Float64 if schema[tally.column].is_float() else pl.Int64).sum()
    return value.min() if tally.kind == "min" else value.max()


def _count(rows: pl.DataFrame, flags: tuple[str, ...], totals: Sequence[_Total]) -> None:
    columns = dict.fromkeys([PLACE, *(total.tally.column for total in totals if total.tally.column)])
    selected = rows.select(*columns)
    if flags:
        selected = selected.filter(reduce(and_, (rows.get_column(flag) for flag in flags)))
    for total in totals:
        total.add(selected)


class _Total:
    """A tally over rows of a schema: a line for each of so many people."""

    def __init__(self, tally: Tally, schema: Mapping[str, pl.DataType], people: int) -> None:
        # Deferred: it takes a while to load, and only what counts events needs it.
        import numpy as np  # noqa: PLC0415

        self.tally = tally
        self._dtype = schema[tally.column] if tally.column else pl.UInt32()
        kind = np.uint32 if tally.kind == "count" else np.float64 if self._dtype.is_float() else np.int64
        self._add = {"min": np.minimum, "max": np.maximum}.get(tally.kind, np.add)
        beyond = (np.inf, -np.inf) if self._dtype.is_float() else (np.iinfo(np.int64).max, np.iinfo(np.int64).min)
        self._nothing = dict(zip(("min", "max"), beyond, strict=True)).get(tally.kind, 0)
        self._lines = np.full(people, self._nothing, dtype=kind)

    def add(self, rows: pl.DataFrame) -> None:
        """Adds rows, which are all selected."""
        if self.tally.kind == "count":
            self._add.at(self._lines, rows.get_column(PLACE).to_numpy(), self._lines.dtype.type(1))
            return
        there = rows.select(PLACE, self.tally.column).drop_nulls()
        values = there.get_column(self.tally.column).to_physical()
        self._add.at(self._lines, there.get_column(PLACE).to_numpy(), values.to_numpy())

    @property
    def column(self) -> pl.Series:
        lines = pl.Series(self._lines)
        if self.tally.kind == "count":
            return _narrowed(lines)
        return lines if self.tally.kind == "sum" else lines.set(lines == self._nothing, None).cast(self._dtype)


def _narrowed(counts: pl.Series) -> pl.Series:
    """The same in as few bits as hold them. That all fit is known, so none is asked, as `shrink_dtype` asks each."""
    most: int = counts.to_frame().select(pl.all().max().fill_null(0)).item()
    kind = next(kind for kind, bits in _WIDTHS if most < 1 << bits)
    return counts.cast(kind, wrap_numerical=True)
