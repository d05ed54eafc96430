"""People as a mask over a sorted table of ids: two lists are compared by the machine word, and not by texts."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property, lru_cache

import polars as pl

from segtool.config.frozen import dataclass
from segtool.sources.context import ID

SINCE = "since"
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {ID: pl.String, SINCE: pl.Datetime("us")}
PLACE = "§place"

_PLACES = pl.UInt32()
_EITHER = pl.Series([False, True])
_NOBODY = pl.Series(ID, [], dtype=pl.String)


@dataclass(frozen=True)
class Dated:
    """Some people, each with a date: `on` says who of `people` they are, `since` has the date (naive UTC) of each.

    `people` are sorted ids, shared by all lists of a run; the dates are in the order of those who are on.
    """

    people: pl.Series
    on: pl.Series
    since: pl.Series

    @classmethod
    def of(cls, table: pl.DataFrame) -> Dated:
        """From ID and SINCE, each id once."""
        known = table.sort(ID)
        return cls(known.get_column(ID), all_of(known.height, True), known.get_column(SINCE).cast(pl.Datetime("us")))

    @classmethod
    def at(cls, people: pl.Series, placed: pl.DataFrame) -> Dated:
        """From PLACE among the people and SINCE, each place once."""
        known = placed.sort(PLACE)
        return cls(people, flags(known.get_column(PLACE), people.len()), known.get_column(SINCE))

    @property
    def height(self) -> int:
        return self.since.len()

    @cached_property
    def places(self) -> pl.Series:
        """Where they stand among the people, ascending."""
        return places_of(self.on)

    @cached_property
    def ids(self) -> pl.Series:
        return self.people.filter(self.on).alias(ID)

    @property
    def table(self) -> pl.DataFrame:
        """ID and SINCE, sorted by ID."""
        return pl.DataFrame([self.ids, self.since.alias(SINCE)])

    def holds(self, places: pl.Series) -> pl.Series:
        """Whether whoever stands at each of these places is one of them; at a missing place, nobody is."""
        return chosen(self.on, places) if self.height else all_of(places.len(), False)

    def those(self, chosen: pl.Series) -> Dated:
        """Those of them whom a mask over the people chooses."""
        return Dated(self.people, self.on & chosen, self.since.filter(chosen.filter(self.on)))


NOBODY = Dated(_NOBODY, pl.Series([], dtype=pl.Boolean), pl.Series(SINCE, [], dtype=pl.Datetime("us")))


class Crossing:
    """Where people of other tables stand in one table of sorted ids. Each of those is looked up once."""

    def __init__(self, people: pl.Series) -> None:
        self.people = people
        self._known: dict[int, tuple[pl.Series, _Way | None]] = {}

    def places(self, of: Dated) -> pl.Series:
        """The place of each of these people here, in their order; missing where they are not there."""
        return self.at(of.places, of.people)

    def at(self, places: pl.Series, people: pl.Series) -> pl.Series:
        """The same of those who stand at these places in another table."""
        way = self._way(people)
        return places if way is None else way.places[places]

    def each(self, people: pl.Series) -> pl.Series:
        """The place here of everyone in another table; missing where they are not there."""
        way = self._way(people)
        return pl.int_range(people.len(), dtype=_PLACES, eager=True) if way is None else way.places

    def flags(self, of: Dated) -> pl.Series:
        """Whether each of the people here is one of these."""
        way = self._way(of.people)
        return of.on if way is None else flags(way.here.filter(of.on.filter(way.known_there)), self.people.len())

    def there(self, on: pl.Series, people: pl.Series) -> pl.Series:
        """A mask over the people here as one over those of another table."""
        way = self._way(people)
        return on if way is None else flags(way.there.filter(on.filter(way.known_here)), people.len())

    def gone(self, people: pl.Series) -> pl.Series | None:
        """Who of another table is not here; None where it is the same table."""
        way = self._way(people)
        return ~way.known_there if way is not None else None

    def stay(self, on: pl.Series, before: Dated) -> Stay:
        """Those of before who are on a list of now, which is a mask over the people here.

        Of two tables, most people are in both: they are compared as a list of their own, the others stay or go alone.
        """
        way = self._way(before.people)
        if way is None:
            came, went = on & ~before.on, before.on & ~on
        else:
            now, were = on.filter(way.known_here), before.on.filter(way.known_there)
            came = flags(way.here.filter(now & ~were), on.len()) | (on & ~way.known_here)
            went = flags(way.there.filter(were & ~now), before.on.len()) | (before.on & ~way.known_there)
        return Stay(came, went, ~came.filter(on), ~went.filter(before.on))

    def _way(self, people: pl.Series) -> _Way | None:
        if people is self.people:
            return None
        if id(people) not in self._known:
            self._known[id(people)] = (people, None if people.equals(self.people) else _between(people, self.people))
        return self._known[id(people)][1]


@dataclass(frozen=True)
class _Way:
    """Who is in two tables: masks over both, and where each of them stands in one and the other."""

    known_here: pl.Series
    known_there: pl.Series
    here: pl.Series
    there: pl.Series

    @cached_property
    def places(self) -> pl.Series:
        """The place here of everyone there; missing where they are not."""
        return pl.repeat(None, self.known_there.len(), eager=True, dtype=_PLACES).scatter(self.there, self.here)


def _between(people: pl.Series, here: pl.Series) -> _Way:
    """Both are sorted, so whoever is in both is where a search among the one finds the other."""
    found = here.search_sorted(people).cast(_PLACES).clip(upper_bound=max(here.len() - 1, 0))
    same = here.gather(found) == people if here.len() else all_of(people.len(), False)
    both = found.filter(same)
    return _Way(flags(both, here.len()), same, both, places_of(same))


@dataclass(frozen=True)
class Stay:
    """Who is on both of two lists.

    `came` are those of now who were not on the one before, as a mask over the people of now, and `went` those of
    before who are not on it now, as one over the people of before. `stayed` and `kept` say it of everyone on the list
    of now and before.
    """

    came: pl.Series
    went: pl.Series
    stayed: pl.Series
    kept: pl.Series


def flags(places: pl.Series, count: int) -> pl.Series:
    """Whether each of so many is at one of these places; a missing place is nobody's."""
    known = places.drop_nulls() if places.null_count() else places
    return all_of(count, False).scatter(known, True)


def chosen(on: pl.Series, places: pl.Series) -> pl.Series:
    """Whether a mask chooses whoever stands at each of these places; at a missing place, nobody."""
    found = on[places]
    return found.fill_null(False) if found.null_count() else found


def places_of(on: pl.Series) -> pl.Series:
    """Where a mask chooses, ascending."""
    return _numbers(1 << on.len().bit_length()).head(on.len()).filter(on)


@lru_cache(maxsize=2)
def _numbers(count: int) -> pl.Series:
    """Made once, filtering them is ten times as fast as looking for what is true."""
    return pl.int_range(count, dtype=_PLACES, eager=True)


def all_of(count: int, on: bool) -> pl.Series:
    """A mask over so many people that chooses all of them, or nobody."""
    return _EITHER.new_from_index(int(on), count)


def at(moment: datetime, count: int) -> pl.Series:
    """The same moment for so many people."""
    return _one(moment).new_from_index(0, count)


@lru_cache(maxsize=2)
def _one(moment: datetime) -> pl.Series:
    return pl.Series(SINCE, [moment], pl.Datetime("us"))
