"""Everybody who was among the contacts at any time since the roll was begun, each with a number that never changes.

Events are kept with these numbers instead of ids, so that what was typed under earlier contacts is as good under those
of today: who is new is written below all others. A roll that is lost or outgrown is begun anew, and the rows that were
numbered by it are read again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from segtool.config.frozen import dataclass
from segtool.sources.cache import Cache
from segtool.sources.context import ID
from segtool.sources.directory import Directory

_TABLE = "roll"
SUFFIX = f".{_TABLE}"
"""Of the file of a cache that holds it."""
_OUTGROWN = 3
"""A roll with so many times as many people as there are contacts is begun anew."""
_NOTED = 20
"""Of so many tables of contacts it is noted that they are all on the roll."""


@dataclass(frozen=True)
class Roll:
    """The people of a roll: `ids` has ID, each in the row of their number.

    `versions` has how many people were on it, by the name of each version: nobody else has one of these names, so that
    what was numbered by a version that is lost, as a power cut may leave it, is not taken for what another one says.
    The first version has the contacts of the table with the key `begun`, in their order; those of the tables with the
    keys `of` are all on the last one.
    """

    versions: Mapping[str, int]
    begun: str
    of: tuple[str, ...]
    ids: pl.LazyFrame

    @property
    def version(self) -> str:
        return list(self.versions)[-1]

    @property
    def size(self) -> int:
        return self.versions[self.version]

    @property
    def is_first(self) -> bool:
        return len(self.versions) == 1


def roll_of(contacts: pl.LazyFrame, key: str, cache: Cache) -> Roll:
    """The roll of a cache, with these contacts on it. `key` is that of their table."""
    known = _found(cache)
    if known is not None and key in known.of:
        return known
    ids = contacts.select(ID).collect()
    version = cache.key(key, cache.moment)
    if known is None or known.size > _OUTGROWN * max(ids.height, 1):
        return _kept(Roll({version: ids.height}, key, (key,), ids.lazy()), cache)
    before = known.ids.collect()
    missing = Directory(before.get_column(ID)).positions(ids.get_column(ID)).is_null()
    everybody = pl.concat([before, ids.filter(missing)], rechunk=True)
    versions = {**known.versions, version: everybody.height} if missing.any() else known.versions
    of = (*known.of[1 - _NOTED :], key)
    return _kept(replace(known, versions=versions, of=of, ids=everybody.lazy()), cache)


def _found(cache: Cache) -> Roll | None:
    entry = cache.entry(cache.key(_TABLE))
    if entry is None:
        return None
    about, ids = entry.about, pl.scan_parquet(entry.paths[_TABLE], glob=False)
    return Roll(dict(about["versions"]), about["begun"], tuple(about["of"]), ids)


def _kept(roll: Roll, cache: Cache) -> Roll:
    if cache.lasts:
        key = cache.key(_TABLE)
        about = {"versions": list(roll.versions.items()), "begun": roll.begun, "of": roll.of}
        path = cache.write_table(key, _TABLE, lambda path: roll.ids.collect().write_parquet(path, compression="lz4"))
        cache.seal(key, {_TABLE: path}, about)
    return roll
