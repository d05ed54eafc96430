"""Several counts in one number: each in bits of its own, so that one sum per contact counts for all of them.

What a group_by costs is the number of sums that it keeps for every contact; four counts in a 64-bit number make it a
quarter. A count that outgrows its bits would run into the next one, so whoever packs counts looks at how many rows the
fullest contact has, and packs again with wider lanes where that is too many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add

import narwhals as nw
import polars as pl

_ROOM = 62
"""The bits that a sum of signed 64-bit numbers has for lanes."""

WORD = "§word."
MOST = "§most"
"""How many rows a contact has at all: what no count of it can exceed."""


@dataclass(frozen=True)
class Lanes:
    """How many bits each count has."""

    bits: int

    @property
    def each(self) -> int:
        """How many counts are in a number."""
        return _ROOM // self.bits

    def fit(self, totals: pl.DataFrame) -> bool:
        """Whether no count can have outgrown its lane."""
        most = totals.get_column(MOST).max()
        return most is None or int(most) < 1 << self.bits  # type: ignore[arg-type]

    def packed(self, holds: Sequence[nw.Expr]) -> list[nw.Expr]:
        """The sums over flags of rows, as many to a number as fit; and MOST."""
        words = [holds[start : start + self.each] for start in range(0, len(holds), self.each)]
        sums = [self._word(word).sum().alias(f"{WORD}{number}") for number, word in enumerate(words)]
        return [*sums, nw.len().alias(MOST)]

    def unpacked(self, names: Sequence[str]) -> list[pl.Expr]:
        """The counts of the flags, in their order, under these names."""
        return [self._lane(position).alias(name) for position, name in enumerate(names)]

    def _word(self, holds: Sequence[nw.Expr]) -> nw.Expr:
        lanes = (
            nw.when(flag).then(nw.lit(1 << (self.bits * lane), nw.Int64)).otherwise(nw.lit(0, nw.Int64))
            for lane, flag in enumerate(holds)
        )
        return reduce(add, lanes)

    def _lane(self, position: int) -> pl.Expr:
        word, lane = divmod(position, self.each)
        above = pl.col(f"{WORD}{word}") // (1 << (self.bits * lane)) if lane else pl.col(f"{WORD}{word}")
        # What a lane holds fits the smaller type, so nobody has to look whether it does.
        kind = pl.UInt16 if self.bits <= 16 else pl.UInt32
        return (above & ((1 << self.bits) - 1)).cast(kind, wrap_numerical=True)


NARROW, WIDE = Lanes(15), Lanes(31)
"""Up to 32,767 rows of a contact, as nearly always; and as many as a source can have."""
