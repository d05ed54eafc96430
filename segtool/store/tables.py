"""The lists of a run as Parquet files, and back.

Written by us, so that a full disk is an OSError. What a run of an earlier version did not keep is empty.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from segtool.lists.changes import CHANGE, FIRST_RUN, NEW_LIST, REASON, Change
from segtool.lists.places import NOBODY, SINCE, Crossing, Dated, every
from segtool.lists.roster import Roster
from segtool.sources.context import ID

PEOPLE = "people.parquet"
"""The ids of everyone whom some list of the run is about, sorted; the other tables name them by their place here."""
MEMBERS = "members.parquet"
"""Who is on every published list, and since when: list by list, each sorted."""
ROSTERS = "rosters.parquet"
"""What every list remembers beyond that: see `Roster.hidden`."""
FEATURES = "features.parquet"
"""What the rules saw of every contact; kept for the latest runs alone, since it is only there to tell reasons."""
LET_GO = (FEATURES,)
"""What a run loses when two newer ones are there and none of the lists of now was last filled by it."""
CHANGES = "changes.parquet"
"""Who entered and left every list, and why."""
SEGMENT, PLACE = "segment", "place"

ENTERED, LEFT = "entered", "left"
_CHANGE_COLUMNS = dict.fromkeys((SEGMENT, CHANGE, ID, REASON), pl.String())
_MOVED = "§moved"
_DATED = {PLACE: pl.UInt32(), SINCE: pl.Datetime("us")}


@dataclass(frozen=True)
class Kept:
    """What a run leaves for the next: its lists, how they changed, and what its rules saw."""

    rosters: Mapping[str, Roster]
    changes: Mapping[str, Change]
    features: pl.DataFrame

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Each file's name and content, one at a time."""
        crossing = Crossing(self._people())
        yield PEOPLE, packed(crossing.people.alias(ID).to_frame())
        yield MEMBERS, _dated({name: roster.members for name, roster in self.rosters.items()}, crossing)
        yield ROSTERS, _dated({name: roster.hidden for name, roster in self.rosters.items()}, crossing)
        yield CHANGES, _changes(self.changes)
        yield FEATURES, packed(self.features)

    def _people(self) -> pl.Series:
        """Everyone's ids: those of the lists of this run, and of lists that are kept from an earlier one."""
        parts = [part for roster in self.rosters.values() for part in (roster.members, roster.hidden) if part.height]
        tables = {id(part.people): part.people for part in parts}
        if len(tables) < 2:
            return next(iter(tables.values()), NOBODY.people)
        return pl.concat([part.ids for part in parts]).unique().sort()


def rosters(segments: Collection[str], people: bytes | None, members: bytes, hidden: bytes) -> dict[str, Roster]:
    """Every list of a run, from its files; `people` is None where these name people by their ids."""
    everyone, placed = _placed(people, [members, hidden])
    published, kept = (_parts(table, everyone) for table in placed)
    return {name: Roster(published.get(name, NOBODY), kept.get(name, NOBODY)) for name in segments}


def _placed(people: bytes | None, files: Sequence[bytes]) -> tuple[pl.Series, list[pl.DataFrame]]:
    """The ids of everyone, sorted, and the tables with everyone's place among them."""
    found = [pl.read_parquet(io.BytesIO(content)) for content in files]
    if people is not None:
        return pl.read_parquet(io.BytesIO(people)).get_column(ID), found
    everyone = pl.concat([table.get_column(ID) for table in found]).unique().sort()
    places = everyone.to_frame().with_row_index(PLACE)
    return everyone, [table.join(places, on=ID, maintain_order="left") for table in found]


def without(gone: pl.Series, people: bytes, dated: Mapping[str, bytes]) -> dict[str, bytes]:
    """The table of people, and tables of places in it, without those whom a mask over the people chooses."""
    ids = pl.read_parquet(io.BytesIO(people)).get_column(ID)
    kept = pl.DataFrame({PLACE: every(ids.len()).filter(~gone)}).with_row_index(_MOVED)
    found = {PEOPLE: packed(ids.filter(~gone).to_frame())}
    for name, content in dated.items():
        table = pl.read_parquet(io.BytesIO(content))
        moved = table.join(kept, on=PLACE, how="inner", maintain_order="left")
        found[name] = packed(moved.select(SEGMENT, pl.col(_MOVED).alias(PLACE), SINCE))
    return found


def listed(people: bytes | None, members: bytes) -> pl.DataFrame:
    """SEGMENT and ID of everyone on a published list, list by list."""
    everyone, (table,) = _placed(people, [members])
    return table.select(SEGMENT, everyone.gather(table.get_column(PLACE)).alias(ID))


def _changes(found: Mapping[str, Change]) -> bytes:
    """Who entered and left; of lists that are new, where everyone has the same reason, nothing is kept."""
    parts = [
        part.select(pl.lit(name).alias(SEGMENT), pl.lit(word).alias(CHANGE), ID, REASON)
        for name, change in found.items()
        if change.note not in (FIRST_RUN, NEW_LIST)
        for word, part in ((ENTERED, change.entered), (LEFT, change.left))
        if part.height
    ]
    return packed(pl.concat(parts) if parts else pl.DataFrame(schema=_CHANGE_COLUMNS))


def _dated(parts: Mapping[str, Dated], crossing: Crossing) -> bytes:
    """Every list's part in one table."""
    names = pl.Enum(list(parts))
    tables = [
        pl.DataFrame({PLACE: crossing.places(part), SINCE: part.since}).select(
            pl.lit(name, dtype=names).alias(SEGMENT), PLACE, SINCE
        )
        for name, part in parts.items()
    ]
    return packed(pl.concat(tables) if tables else pl.DataFrame(schema={SEGMENT: names, **_DATED}))


def packed(table: pl.DataFrame) -> bytes:
    """A table as the content of a file of the state."""
    content = io.BytesIO()
    table.write_parquet(content, compression="zstd", compression_level=1, statistics=False)
    return content.getvalue()


def _parts(table: pl.DataFrame, people: pl.Series) -> dict[str, Dated]:
    """Every list's part. Lists follow each other, so each is a slice."""
    runs = table.get_column(SEGMENT).rle().struct.unnest()
    found, start = {}, 0
    for length, name in runs.iter_rows():
        part = table.slice(start, length)
        found[str(name)] = Dated(people, part.get_column(PLACE), part.get_column(SINCE))
        start += length
    return found
