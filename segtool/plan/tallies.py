"""What is counted over rows of events that have flags: a line for every contact, in the order of their places.

A tally looks at the rows that it selects and no others. Rows may come in pieces, which add up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from segtool.sources.context import PLACE
from segtool.sources.together import together


@dataclass(frozen=True)
class Tally:
    """The number of rows on which all `flags` are true; or the `sum`, `min` or `max` of their `column`."""

    flags: tuple[str, ...]
    kind: str = "count"
    column: str = ""

    @property
    def aggregate(self) -> pl.Expr:
        return pl.len() if self.kind == "count" else getattr(pl.col(self.column), self.kind)()

    def nothing(self, rows: pl.DataFrame, people: int) -> pl.Series:
        """Before any row: counts and sums are 0, extremes missing."""
        counts = self.kind == "count"
        kind = pl.UInt32() if counts else rows.clear().select(self.aggregate).dtypes[0]
        value = None if self.kind in ("min", "max") else 0
        return pl.Series([value], dtype=kind).new_from_index(0, people)

    def merged(self, one: pl.Series, other: pl.Series) -> pl.Series:
        if self.kind not in ("min", "max"):
            return one + other.cast(one.dtype)
        extreme = pl.min_horizontal if self.kind == "min" else pl.max_horizontal
        return pl.select(extreme(one, other)).to_series()


class Totals:
    """Every tally under its name, for so many people."""

    def __init__(self, tallies: Mapping[str, Tally], people: int) -> None:
        self._tallies = tallies
        self._people = people
        self._columns: dict[str, pl.Series] = {}

    def add(self, rows: pl.DataFrame) -> None:
        """Counts more rows: PLACE, and the flags and columns that the tallies name."""
        anew, selections = not self._columns, dict[tuple[str, ...], list[str]]()
        for name, tally in self._tallies.items():
            if anew:
                self._columns[name] = tally.nothing(rows, self._people)
            selections.setdefault(tally.flags, []).append(name)
        together(lambda some: self._put(self._counted(rows, *some), anew), selections.items())

    def columns(self) -> Sequence[pl.Series]:
        """Named; whole numbers in as few bits as hold them."""
        return together(_narrow, self._columns.values())

    def _counted(self, rows: pl.DataFrame, flags: tuple[str, ...], names: Sequence[str]) -> pl.DataFrame:
        chosen = [self._tallies[name] for name in names]
        needed = dict.fromkeys([PLACE, *flags, *(tally.column for tally in chosen if tally.column)])
        selected = rows.lazy().select(*needed)
        if flags:
            selected = selected.filter(pl.all_horizontal(*flags))
        sums = (tally.aggregate.alias(name) for name, tally in zip(names, chosen, strict=True))
        return selected.group_by(PLACE).agg(sums).collect(engine="streaming")

    def _put(self, found: pl.DataFrame, anew: bool) -> None:
        places = found.get_column(PLACE)
        for name in found.columns[1:]:
            before, after = self._columns[name], found.get_column(name)
            if not anew:
                after = self._tallies[name].merged(before.gather(places), after)
            self._columns[name] = before.scatter(places, after).alias(name)


def _narrow(column: pl.Series) -> pl.Series:
    return column.shrink_dtype() if column.dtype == pl.UInt32 else column
