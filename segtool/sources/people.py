"""Ids of people who are looked for, and whether a text or a cell speaks of one of them.

An address is found wherever it stands, in any case, but never within a longer one: `ana@x.lv` is not in
`juliana@x.lv`. An id that could be anything (`10432`) is found only where ids are: as a whole cell of an id column.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from segtool.sources.context import ADDRESS
from segtool.sources.typing import identity

_TELLING = 6
"""An id of so many characters, letters and digits among them, is nobody else's number."""


@dataclass(frozen=True)
class People:
    """Ids as those of contacts are written: addresses in lower case, others as they are."""

    ids: tuple[str, ...]

    @classmethod
    def of(cls, written: Iterable[str]) -> People:
        """The people who are written so, normalised as the ids of contacts; blanks are nobody."""
        texts = pl.DataFrame({"id": list(written)}, schema={"id": pl.String}).select(pl.col("id").str.strip_chars())
        address = pl.col("id").str.contains(ADDRESS)
        known = pl.when(address).then(identity(pl.col("id"), True)).otherwise(identity(pl.col("id"), False))
        found = texts.select(known.alias("id")).to_series()
        return cls(tuple(found.filter(found != "").unique().sort().to_list()))

    @cached_property
    def telling(self) -> tuple[str, ...]:
        """The ids that mean the same wherever they stand, in lower case."""
        return tuple(sorted({each.lower() for each in self.ids if _is_telling(each)}))

    def are(self, ids: pl.Series) -> pl.Series:
        """Which of the ids of a table are those of these people."""
        mine = pl.Series(self.ids, dtype=pl.String)
        addresses = mine.filter(mine.str.contains(ADDRESS))
        return (ids.is_in(mine.implode()) | ids.str.to_lowercase().is_in(addresses.implode())).fill_null(False)

    def in_text(self, text: str) -> bool:
        """Whether a text speaks of one of them, by an id that tells."""
        low = text.lower()
        near = pl.Series([low]).str.contains_any(list(self.telling)).item() if self.telling else False
        return near and any(_alone(each).search(low) for each in self.telling if each in low)

    def as_cell(self, text: str) -> bool:
        """Whether a table written as text has a cell that is one of the ids, whatever it means there."""
        return any(_as_cell(each).search(text) for each in self.ids if each in text)

    def in_cells(self, cells: pl.Series) -> pl.Series:
        """Which of the texts of a column speak of one of them."""
        if not self.telling:
            return pl.Series([False]).new_from_index(0, len(cells))
        near = cells.str.to_lowercase().str.contains_any(list(self.telling)).fill_null(False)
        told = [
            bool(hit) and self.in_text(text) for text, hit in zip(cells.filter(near), near.filter(near), strict=True)
        ]
        places = near.arg_true().filter(pl.Series(told, dtype=pl.Boolean))
        return pl.Series(range(len(cells)), dtype=pl.UInt32).is_in(places.implode())


def _is_telling(found: str) -> bool:
    mixed = re.search("[^\\W\\d_]", found) and re.search("[0-9]", found)
    return "@" in found or (len(found) >= _TELLING and mixed is not None)


def _as_cell(found: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![^,;\t|\"'\r\n<>\ufeff]){re.escape(found)}(?![^,;\t|\"'\r\n<>])")


def _alone(found: str) -> re.Pattern[str]:
    """The id, and no part of a longer one."""
    return re.compile(rf"(?<![\w.%+-]){re.escape(found)}(?![\w-]|\.\w)")
