"""People as places in a sorted table of ids, so that two lists are compared as numbers and not as texts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import polars as pl

from segtool.sources.context import ID

SINCE = "since"
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {ID: pl.String, SINCE: pl.Datetime("us")}
PLACE = "§place"

_PLACES = pl.UInt32()
_NOBODY = pl.Series(ID, [], dtype=pl.String)


@dataclass(frozen=True)
class Dated:
    """Some people, each with a date: the `places` in `people` where they stand, and `since` when (naive UTC).

    `people` are sorted ids, shared by all lists of a run; places are ascending, so these people are sorted too.
    """

    people: pl.Series
    places: pl.Series
    since: pl.Series

    @classmethod
    def of(cls, table: pl.DataFrame) -> Dated:
        """From ID and SINCE, each id once."""
        known = table.sort(ID)
        return cls(known.get_column(ID), every(known.height), known.get_column(SINCE).cast(pl.Datetime("us")))

    @property
    def height(self) -> int:
        return self.places.len()

    @cached_property
    def ids(self) -> pl.Series:
        return self.people.gather(self.places).alias(ID)

    @property
    def table(self) -> pl.DataFrame:
        """ID and SINCE, sorted by ID."""
        return pl.DataFrame([self.ids, self.since.alias(SINCE)])

    def taken(self, chosen: pl.Series) -> Dated:
        """Those of them whom a mask over them chooses."""
        return Dated(self.people, self.places.filter(chosen), self.since.filter(chosen))


NOBODY = Dated(_NOBODY, pl.Series([], dtype=_PLACES), pl.Series(SINCE, [], dtype=pl.Datetime("us")))


class Crossing:
    """Where people of other tables stand in one table of sorted ids. Each of those is looked up once."""

    def __init__(self, people: pl.Series) -> None:
        self.people = people
        self._known: dict[int, tuple[pl.Series, pl.Series | None]] = {}

    def places(self, of: Dated) -> pl.Series:
        """The place of each of these people here, ascending; missing where they are not there."""
        if of.people is self.people:
            return of.places
        found = self._places(of.people)
        return of.places if found is None else found.gather(of.places)

    def flags(self, places: pl.Series) -> pl.Series:
        """Whether each of the people here is at one of these places."""
        return flags(places, self.people.len())

    def _places(self, people: pl.Series) -> pl.Series | None:
        """The place of everyone in another table; None where it is the same table."""
        if id(people) not in self._known:
            self._known[id(people)] = (people, None if people.equals(self.people) else self._joined(people))
        return self._known[id(people)][1]

    def _joined(self, people: pl.Series) -> pl.Series:
        here = pl.DataFrame({ID: self.people}).with_row_index(PLACE)
        there = pl.DataFrame({ID: people}).join(here, on=ID, how="left", maintain_order="left")
        return there.get_column(PLACE)


@dataclass(frozen=True)
class Stay:
    """Who is on both of two lists, as a mask over each; and where those of the earlier one stand by now."""

    now: pl.Series
    before: pl.Series
    were: pl.Series


def stay(now: pl.Series, on: pl.Series, before: Dated, crossing: Crossing) -> Stay:
    """Those of before who are still there. `now` are places in the crossing's table, `on` the same as flags."""
    were = crossing.places(before)
    return Stay(crossing.flags(were).gather(now), on.gather(were).fill_null(False), were)


def every(count: int) -> pl.Series:
    """Every place of a table of so many."""
    return pl.int_range(count, dtype=_PLACES, eager=True)


def flags(places: pl.Series, count: int) -> pl.Series:
    """Whether each of so many is at one of these places; a missing place is nobody's."""
    found = pl.repeat(False, count, eager=True, dtype=pl.Boolean())
    return found.scatter(places.drop_nulls(), True)


def at(moment: datetime, count: int) -> pl.Series:
    """The same moment for so many people."""
    return pl.repeat(moment, count, eager=True, dtype=pl.Datetime("us")).alias(SINCE)
