"""The lists of a run as Parquet files, and back.

Written by us, so that a full disk is an OSError. What a run of an earlier version did not keep is empty.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import polars as pl

from segtool.lists.changes import CHANGE, FIRST_RUN, NEW_LIST, REASON, Change
from segtool.lists.roster import EMPTY, SCHEMA, SINCE, Roster
from segtool.sources.context import ID

MEMBERS = "members.parquet"
"""Who is on every published list, and since when."""
ROSTERS = "rosters.parquet"
"""What every list remembers beyond that: see `Roster.hidden`."""
FEATURES = "features.parquet"
"""What the rules saw of every contact; kept for the latest runs alone, since it is only there to tell reasons."""
LET_GO = (FEATURES,)
"""What a run loses when two newer ones are there and none of the lists of now was last filled by it."""
CHANGES = "changes.parquet"
"""Who entered and left every list, and why."""
SEGMENT = "segment"

ENTERED, LEFT = "entered", "left"
_CHANGE_COLUMNS = dict.fromkeys((SEGMENT, CHANGE, ID, REASON), pl.String())


@dataclass(frozen=True)
class Kept:
    """What a run leaves for the next: its lists, how they changed, and what its rules saw."""

    rosters: Mapping[str, Roster]
    changes: Mapping[str, Change]
    features: pl.DataFrame

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Each file's name and content, one at a time."""
        yield MEMBERS, _file({name: roster.members for name, roster in self.rosters.items()})
        yield ROSTERS, _file({name: roster.hidden for name, roster in self.rosters.items()})
        yield CHANGES, _changes(self.changes)
        yield FEATURES, _parquet(self.features)


def rosters(segments: Collection[str], members: bytes, hidden: bytes | None) -> dict[str, Roster]:
    """Every list of a run, from its files."""
    published, kept = _parts(members), _parts(hidden) if hidden is not None else {}
    return {name: Roster(published.get(name, EMPTY.members), kept.get(name, EMPTY.hidden)) for name in segments}


def _changes(found: Mapping[str, Change]) -> bytes:
    """Who entered and left; of lists that are new, where everyone has the same reason, nothing is kept."""
    parts = [
        part.select(pl.lit(name).alias(SEGMENT), pl.lit(word).alias(CHANGE), ID, REASON)
        for name, change in found.items()
        if change.note not in (FIRST_RUN, NEW_LIST)
        for word, part in ((ENTERED, change.entered), (LEFT, change.left))
        if part.height
    ]
    return _parquet(pl.concat(parts) if parts else pl.DataFrame(schema=_CHANGE_COLUMNS))


def _file(parts: Mapping[str, pl.DataFrame]) -> bytes:
    """Every list's part in one table."""
    named = [part.select(pl.lit(name).alias(SEGMENT), ID, SINCE) for name, part in parts.items() if part.height]
    table = pl.concat(named) if named else pl.DataFrame(schema={SEGMENT: pl.String, **SCHEMA})
    return _parquet(table)


def _parquet(table: pl.DataFrame) -> bytes:
    content = io.BytesIO()
    table.write_parquet(content, compression="zstd", compression_level=1, statistics=False)
    return content.getvalue()


def _parts(content: bytes) -> dict[str, pl.DataFrame]:
    table = pl.read_parquet(io.BytesIO(content))
    parts = table.partition_by(SEGMENT, as_dict=True, include_key=False, maintain_order=True)
    return {str(key[0]): part.select(ID, SINCE) for key, part in parts.items()}
