"""The files of a run: its lists, and back, how they changed, what its rules saw. Of earlier formats: `earlier`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

import polars as pl

from segtool.lists.changes import CHANGE, FIRST_RUN, NEW_LIST, REASON, Change
from segtool.lists.places import NOBODY, SINCE, Crossing, Dated
from segtool.lists.roster import Roster
from segtool.sources.context import ID
from segtool.store.packing import packed, unpacked

PEOPLE = "people.parquet"
"""The ids of everyone whom some list of the run is about, sorted; a row of MEMBERS and ROSTERS is theirs."""
MEMBERS = "members.parquet"
"""Who is on every published list: a column of true and false for each that has anyone."""
ROSTERS = "rosters.parquet"
"""Whom every list remembers beyond that: see `Roster.hidden`."""
DATES = "dates.parquet"
"""Since when: list by list as the columns of MEMBERS and then of ROSTERS, for those who are on it."""
LISTS = (PEOPLE, MEMBERS, ROSTERS, DATES)
FEATURES = "features.arrow"
"""What the rules saw of every contact; kept for the latest runs alone, since it is only there to tell reasons."""
SEEN = (FEATURES, "features.parquet")
"""The same, in the formats until now too."""
LET_GO = SEEN
"""What a run loses when two newer ones are there and none of the lists of now was last filled by it."""
CHANGES = "changes.parquet"
"""Who entered and left every list, and why."""
SEGMENT = "segment"

Made = Callable[[], bytes]
"""Makes the content of a file."""

ENTERED, LEFT = "entered", "left"
_CHANGE_COLUMNS = dict.fromkeys((SEGMENT, CHANGE, ID, REASON), pl.String())


@dataclass(frozen=True)
class Kept:
    """What a run leaves for the next: its lists, how they changed, and what its rules saw, as FEATURES has it."""

    rosters: Mapping[str, Roster]
    changes: Callable[[], Mapping[str, Change]]
    features: Made

    def files(self) -> Iterator[tuple[str, Made]]:
        """Each file's name, and what makes its content."""
        yield FEATURES, self.features
        yield from lists(self.rosters)
        yield CHANGES, lambda: _changes(self.changes())


def lists(rosters: Mapping[str, Roster]) -> Iterator[tuple[str, Made]]:
    """The files of LISTS, each with what makes its content."""
    crossing = Crossing(_people(rosters.values()))
    yield PEOPLE, lambda: packed(PEOPLE, crossing.people.alias(ID).to_frame())
    dates = []
    for file, part in ((MEMBERS, "members"), (ROSTERS, "hidden")):
        parts: dict[str, Dated] = {name: getattr(roster, part) for name, roster in rosters.items()}
        known = {name: dated for name, dated in parts.items() if dated.height}
        yield file, partial(_masks, file, known, crossing)
        dates += [dated.since.alias(SINCE) for dated in known.values()]
    yield DATES, lambda: packed(DATES, pl.concat([NOBODY.since, *dates]).to_frame())


def _masks(file: str, parts: Mapping[str, Dated], crossing: Crossing) -> bytes:
    """Everyone's part as a mask over the people of the crossing."""
    return packed(file, pl.DataFrame([crossing.flags(part).alias(name) for name, part in parts.items()]))


def _people(rosters: Iterable[Roster]) -> pl.Series:
    """Everyone's ids: those of the lists of this run, and of lists that are kept from an earlier one."""
    parts = [part for roster in rosters for part in (roster.members, roster.hidden) if part.height]
    tables = {id(part.people): part.people for part in parts}
    if len(tables) < 2:
        return next(iter(tables.values()), NOBODY.people)
    return pl.concat([part.ids for part in parts]).unique().sort()


def rosters(segments: Collection[str], contents: Mapping[str, bytes]) -> dict[str, Roster]:
    """Every list of a run, from the files of LISTS."""
    people, members, hidden, dates = (unpacked(name, contents[name]).rechunk() for name in LISTS)
    everyone, since, start = people.get_column(ID), dates.get_column(SINCE), 0
    parts: list[dict[str, Dated]] = []
    for table in (members, hidden):
        found = {}
        for on in table.iter_columns():
            found[on.name] = Dated(everyone, on, since.slice(start, int(on.sum())))
            start += found[on.name].height
        parts.append(found)
    return {name: Roster(*(part.get(name, NOBODY) for part in parts)) for name in segments}


def without(rosters: Mapping[str, Roster], theirs: Callable[[pl.Series], pl.Series]) -> dict[str, Roster]:
    """The lists without some people; `theirs` marks them in a table of people."""
    known: dict[int, tuple[pl.Series, pl.Series]] = {}

    def kept(part: Dated) -> Dated:
        if id(part.people) not in known:
            keep = ~theirs(part.people)
            known[id(part.people)] = keep, part.people.filter(keep)
        keep, people = known[id(part.people)]
        return Dated(people, part.on.filter(keep), part.since.filter(keep.filter(part.on)))

    return {name: Roster(kept(roster.members), kept(roster.hidden)) for name, roster in rosters.items()}


def _changes(found: Mapping[str, Change]) -> bytes:
    """Who entered and left; of lists that are new, where everyone has the same reason, nothing is kept."""
    parts = [
        part.select(pl.lit(name).alias(SEGMENT), pl.lit(word).alias(CHANGE), ID, REASON)
        for name, change in found.items()
        if change.note not in (FIRST_RUN, NEW_LIST)
        for word, part in ((ENTERED, change.entered), (LEFT, change.left))
        if part.height
    ]
    return packed(CHANGES, pl.concat(parts) if parts else pl.DataFrame(schema=_CHANGE_COLUMNS))
