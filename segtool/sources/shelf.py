"""Typed rows of single files, in the cache: found by how they were read, also among rows with more columns.

What only other columns would tell is not taken for what these tell: rows that were rejected, and why, are those of
the columns that are asked for.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from segtool.sources.cache import Cache, Entry
from segtool.sources.claims import Claim
from segtool.sources.context import IN_MEMORY
from segtool.sources.roll import Roll
from segtool.sources.tally import Tally
from segtool.sources.typing import Reading

WIDE = 1000
"""From so many columns on, the streaming engine takes time by the square of their number."""

_ROWS, _REJECTS = "rows", "rejects"
SUFFIX = f".{_ROWS}"
"""Of the files of a cache that hold rows."""
_NOTED = 20
"""Of so many typings of a file it is noted which columns they have."""


@dataclass(frozen=True)
class Typed:
    """The typed rows of a file, what of them was rejected, with FILE as its position in the source, and all counted.

    Two with the same `key` have the same rows. They are numbered by a roll on which `size` people were; None: not.
    """

    key: str
    frame: pl.LazyFrame
    rejects: pl.DataFrame | None
    tally: Tally
    size: int | None = None


class Place:
    """Where the rows of one file are kept: `about` says what they depend on beside `readings` of their columns and the
    `claims` that they were held to. Cells of `fallible` columns may be rejected. Where there is a `roll`, they are
    numbered by it.
    """

    def __init__(
        self,
        cache: Cache,
        about: Sequence[Any],
        readings: Mapping[str, Reading],
        claims: Mapping[str, Claim],
        fallible: Collection[str],
        roll: Roll | None,
    ) -> None:
        self._cache = cache
        self._about = about
        self._readings = _plain(readings)
        self._claims = _plain(claims)
        self._fallible = fallible
        self._roll = roll

    @cached_property
    def key(self) -> str:
        return self._cache.key("typed", self._about, self._readings, self._claims, self._roll is not None)

    @cached_property
    def _others(self) -> str:
        """The key of the note that says which columns of the file were typed, and how."""
        return self._cache.key("typings", self._about, self._roll is not None)

    def found(self) -> Typed | None:
        """The rows, if they are there."""
        entry = self._entry(self.key)
        if entry is not None:
            return self._typed(self.key, entry)
        for key, readings, claims in self._noted():
            if self._readings.items() <= readings.items() and self._claims.items() <= claims.items():
                entry = self._entry(key)
                more = readings.keys() - self._readings.keys()
                if entry is not None and (_REJECTS not in entry.paths or not more & set(self._fallible)):
                    return self._typed(key, entry)
        return None

    def _entry(self, key: str) -> Entry | None:
        """An entry that is whole; numbers that are not of this roll say nothing."""
        entry = self._cache.entry(key)
        known = entry is None or self._roll is None or entry.about["roll"] in self._roll.versions
        return entry if known else None

    def sink(self, rows: pl.LazyFrame) -> Path:
        """Rows that are more than should be in memory, written; they are found once the place is sealed."""
        return self._cache.write_table(self.key, _ROWS, lambda path: _sink(rows, path))

    def write(self, rows: pl.DataFrame) -> Path:
        """The same for rows in memory."""
        return self._cache.write_table(self.key, _ROWS, lambda path: _write(rows, path))

    def seal(self, rows: Path, rejects: pl.DataFrame | None, tally: Tally) -> None:
        """All that there is to know of the file is there."""
        paths = {_ROWS: rows}
        if rejects is not None:
            paths[_REJECTS] = self._cache.write_table(self.key, _REJECTS, rejects.write_parquet)
        numbered = {"roll": self._roll.version} if self._roll is not None else {}
        self._cache.seal(self.key, paths, {**tally.plain, **numbered})
        others = [one for one in self._noted() if one[0] != self.key][1 - _NOTED :]
        self._cache.write_note(self._others, {"typings": [*others, [self.key, self._readings, self._claims]]})

    def _typed(self, key: str, entry: Entry) -> Typed:
        rejects = entry.paths.get(_REJECTS)
        return Typed(
            key,
            pl.scan_parquet(entry.paths[_ROWS], glob=False),
            pl.read_parquet(rejects) if rejects else None,
            Tally.of(entry.about),
            self._roll.versions[entry.about["roll"]] if self._roll is not None else None,
        )

    def _noted(self) -> list[list[Any]]:
        note = self._cache.note(self._others)
        return note["typings"] if note is not None else []


def is_wide(frame: pl.LazyFrame) -> bool:
    return len(frame.collect_schema()) > WIDE


def _plain(some: Mapping[str, Reading] | Mapping[str, Claim]) -> dict[str, str]:
    """As a note can hold it, and be compared."""
    return {name: json.dumps(asdict(one), sort_keys=True) for name, one in some.items()}


def _sink(rows: pl.LazyFrame, path: Path) -> None:
    if is_wide(rows):
        _write(rows.collect(engine=IN_MEMORY), path)
    else:
        rows.sink_parquet(path, compression="uncompressed")


def _write(rows: pl.DataFrame, path: Path) -> None:
    rows.write_parquet(path, compression="uncompressed")
