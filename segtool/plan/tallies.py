"""What is counted over rows of events that have flags: a line for every contact, in the order of their places.

A tally looks at the rows that it selects and no others. Rows may come in pieces, which add up. A place is the number of
a line, so that what a row adds is added there, without groups.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_

import polars as pl

from segtool.sources.context import PLACE
from segtool.sources.together import together


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

    def add(self, rows: pl.DataFrame) -> None:
        """Counts more rows: PLACE, and the flags and columns that the tallies name. None of these is missing."""
        selections: dict[tuple[str, ...], list[_Total]] = {}
        for name, tally in self._tallies.items():
            if name not in self._totals:
                self._totals[name] = _Total(tally, rows.schema, self._people)
            selections.setdefault(tally.flags, []).append(self._totals[name])
        whole = rows.rechunk()
        together(lambda one: _count(whole, *one), selections.items())

    def columns(self) -> Sequence[pl.Series]:
        """Named. Counts and sums of nothing are 0, extremes missing; counts are in as few bits as hold them."""
        return together(lambda one: one[1].column.alias(one[0]), self._totals.items())


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
            return lines.shrink_dtype()
        return lines if self.tally.kind == "sum" else lines.set(lines == self._nothing, None).cast(self._dtype)
