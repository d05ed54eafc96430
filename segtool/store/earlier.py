"""The lists of runs that earlier versions wrote, and how many are on each.

Format 3 has them as they are today; format 2 has a row for everyone on a list, with her place in the table of people;
in format 1 the row has her id, and there is no such table. Nothing writes them any more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl

from segtool.lists.places import NOBODY, SINCE, Dated, flags
from segtool.lists.roster import Roster
from segtool.sources.context import ID
from segtool.store.packing import unpacked
from segtool.store.tables import MEMBERS, PEOPLE, ROSTERS, SEGMENT

_PLACE = "place"
FILES = {1: (MEMBERS, ROSTERS), 2: (PEOPLE, MEMBERS, ROSTERS)}
"""The files that hold the lists, by format."""


def rosters(segments: Collection[str], contents: Mapping[str, bytes]) -> dict[str, Roster]:
    """Every list of a run, from its FILES."""
    found = [unpacked(name, contents[name]) for name in (MEMBERS, ROSTERS)]
    if PEOPLE in contents:
        people = unpacked(PEOPLE, contents[PEOPLE]).get_column(ID)
    else:
        people = pl.concat([table.get_column(ID) for table in found]).unique().sort()
        places = people.to_frame().with_row_index(_PLACE)
        found = [table.join(places, on=ID, maintain_order="left") for table in found]
    members, hidden = (_parts(table, people) for table in found)
    return {name: Roster(members.get(name, NOBODY), hidden.get(name, NOBODY)) for name in segments}


def counts(members: pl.DataFrame) -> dict[str, int]:
    """How many are on every list that has anyone."""
    return dict(members.group_by(SEGMENT).len().iter_rows())


def _parts(table: pl.DataFrame, people: pl.Series) -> dict[str, Dated]:
    """Every list's part. Lists follow each other, so each is a slice."""
    runs = table.get_column(SEGMENT).rle().struct.unnest()
    found, start = {}, 0
    for length, name in runs.iter_rows():
        part = table.slice(start, length)
        found[str(name)] = Dated(people, flags(part.get_column(_PLACE), people.len()), part.get_column(SINCE))
        start += length
    return found
