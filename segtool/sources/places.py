"""Where the people of a table's rows stand among the contacts: their place, in the order of ids; strangers have none.

Events are counted by place, which is a small number, and not by id, which is a text. The places of a file's rows are
looked up once for the same contacts, and kept in the cache beside the rows.
"""

from __future__ import annotations

from functools import cached_property

import polars as pl

from segtool.sources.cache import Cache
from segtool.sources.context import ID, PLACE

_KIND = pl.UInt32()
_TABLE = "places"
_ROW = "§number"
_ROWS = 1 << 20
"""Of so many rows at once the ids are in memory."""
_SEEDS = 8
"""Two ids that share a hash under so many seeds are the same."""
_LEAST_BITS = 8


class Places:
    """The places of contacts, of which `ids` has ID: each once, in order. Raises ValueError where one is there twice.

    `key` is that of their table: None where it depends on when it was read, so that nothing is kept.
    """

    def __init__(self, ids: pl.LazyFrame, key: str | None, cache: Cache) -> None:
        self._people = ids
        self._key = key
        self._cache = cache

    def added_to(self, rows: pl.LazyFrame, key: str) -> pl.LazyFrame:
        """The rows of a file with PLACE. `key` is that of the rows, whose order is always the same."""
        places = self._kept(rows, key)
        place = pl.col(_ROW).map_batches(places.gather, return_dtype=_KIND, is_elementwise=True).alias(PLACE)
        return rows.with_row_index(_ROW).with_columns(place).drop(_ROW)

    def of(self, ids: pl.Series) -> pl.Series:
        """The place of each id; missing where it is nobody's."""
        return self._directory.places(ids.hash(self._seed))

    def _kept(self, rows: pl.LazyFrame, key: str) -> pl.Series:
        """The places of a file's rows, looked up only where they are not in the cache."""
        if self._key is None or not self._cache.lasts:
            return self._found(rows)
        own = self._cache.key(_TABLE, key, self._key)
        entry = self._cache.entry(own)
        if entry is not None:
            return pl.read_parquet(entry.paths[_TABLE], glob=False).to_series()
        found = self._found(rows)
        table = found.alias(PLACE).to_frame()
        path = self._cache.write_table(own, _TABLE, lambda path: table.write_parquet(path, compression="uncompressed"))
        self._cache.seal(own, {_TABLE: path}, {})
        return found

    def _found(self, rows: pl.LazyFrame) -> pl.Series:
        ids = rows.select(ID)
        count = ids.select(pl.len()).collect().item()
        pieces = (ids.slice(start, _ROWS).collect().to_series() for start in range(0, count, _ROWS))
        return pl.concat([pl.Series(dtype=_KIND), *map(self.of, pieces)], rechunk=True)

    @cached_property
    def _ids(self) -> pl.Series:
        return self._people.select(ID).collect().to_series()

    @cached_property
    def _seed(self) -> int:
        """A seed under which no two ids share a hash."""
        for seed in range(_SEEDS):
            if self._ids.hash(seed).n_unique() == len(self._ids):
                return seed
        raise ValueError("the same id is among the contacts twice")

    @cached_property
    def _directory(self) -> _Directory:
        return _Directory(self._ids.hash(self._seed))


class _Directory:
    """Where hashes stand among `hashes`, which differ from each other: found by their last bits, without a search.

    The last bits of a hash say in which of the slots its place is. Of the hashes of one slot it holds the place of
    one; the others are in a directory of their own, `below`, by other bits.
    """

    def __init__(self, hashes: pl.Series, places: pl.Series | None = None, level: int = 0) -> None:
        self._hashes = hashes
        self._level = level
        left = pl.int_range(len(hashes), dtype=_KIND, eager=True) if places is None else places
        self._mask = (1 << max(_LEAST_BITS, (2 * len(left)).bit_length())) - 1
        mine = self._slots_of(hashes.gather(left))
        self._slots = pl.repeat(0, self._mask + 1, dtype=_KIND, eager=True).scatter(mine, left)
        crowded = left.filter(self._slots.gather(mine) != left)
        self._below = _Directory(hashes, crowded, level + 1) if len(crowded) else None

    def places(self, hashes: pl.Series) -> pl.Series:
        """The place of each; missing where it is not there."""
        if self._hashes.is_empty():
            return pl.repeat(None, len(hashes), dtype=_KIND, eager=True)
        found = self._slots.gather(self._slots_of(hashes))
        missed = self._hashes.gather(found) != hashes
        if not missed.any():
            return found
        found = found.set(missed, None)
        if self._below is None:
            return found
        return found.scatter(missed.arg_true(), self._below.places(hashes.filter(missed)))

    def _slots_of(self, hashes: pl.Series) -> pl.Series:
        bits = hashes.hash(self._level) if self._level else hashes
        return bits.to_frame("bits").select((pl.col("bits") & pl.lit(self._mask, pl.UInt64)).cast(_KIND)).to_series()
