"""Where texts stand among many others: found by their hashes, each in a few steps, without a search.

Two texts are taken for the same where 64 bits of their hashes are; those that are known are told apart first. Few are
found by a join, before what reckons with hashes is imported.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, np.dtype[Any]]

_TWICE = "the same id is there twice"
_LEAST_BITS = 8
_SEEDS = 8
"""Two texts that share a hash under so many seeds are the same."""
_ODD = 0x9E3779B97F4A7C15
"""Its powers spread hashes over the slots of each level in another way."""


FEW = 100_000
"""So many texts, all that were asked for together, are found by joins in less time than it takes to import NumPy."""

_TEXT, _POSITION = "text", "position"


class Directory:
    """The positions of `texts`. Raises ValueError where one is there twice."""

    def __init__(self, texts: pl.Series) -> None:
        self._texts = texts.alias(_TEXT)
        self._asked = len(texts)
        if len(texts) >= FEW:
            _ = self._hashes
        elif texts.n_unique() < len(texts):
            raise ValueError(_TWICE)

    def positions(self, texts: pl.Series) -> pl.Series:
        """Of each text; missing where it is not there."""
        self._asked += len(texts)  # a batch that another thread adds meanwhile is not missed for long
        if self._asked >= FEW:
            return self._hashes.positions(texts)
        known = self._texts.to_frame().with_row_index(_POSITION)
        found = texts.alias(_TEXT).to_frame().join(known, on=_TEXT, how="left", maintain_order="left")
        return found.get_column(_POSITION)

    @cached_property
    def _hashes(self) -> _Hashes:
        return _Hashes(self._texts)


class _Hashes:
    """The positions of many texts.

    Some bits of a hash say in which slot its position is. Of the hashes of one slot it holds the position of one; those
    of the others are in the slots of the level below, by other bits.
    """

    def __init__(self, texts: pl.Series) -> None:
        # Deferred: it takes a while to load, and only what counts events needs it.
        import numpy as np  # noqa: PLC0415

        self._seed = _telling_apart(texts)
        self._hashes = texts.hash(self._seed).to_numpy()
        self._levels: list[Numbers] = []
        left = np.arange(len(texts), dtype=np.uint32)
        while len(left):
            level = np.zeros(1 << max(_LEAST_BITS, (2 * len(left)).bit_length()), dtype=np.uint32)
            slots = _slots(self._hashes[left], len(self._levels), len(level))
            level[slots] = left
            self._levels.append(level)
            left = left[level[slots] != left]

    def positions(self, texts: pl.Series) -> pl.Series:
        """Of each text; missing where it is not there."""
        import numpy as np  # noqa: PLC0415

        hashes = texts.hash(self._seed).to_numpy()
        found, left = np.zeros(len(texts), dtype=np.uint32), np.arange(len(texts))
        for depth, level in enumerate(self._levels):
            positions = level.take(_slots(hashes, depth, len(level)))
            missed = np.flatnonzero(self._hashes.take(positions) != hashes)
            if depth:
                found[left] = positions
            else:
                found = positions
            left, hashes = left.take(missed), hashes.take(missed)
            if not len(left):
                break
        all_of_them = pl.Series(found)
        return all_of_them.scatter(pl.Series(left), None) if len(left) else all_of_them


def _slots(hashes: Numbers, depth: int, count: int) -> Numbers:
    """For each hash one of so many slots, a power of two."""
    import numpy as np  # noqa: PLC0415

    bits = hashes * np.uint64(pow(_ODD, depth, 1 << 64)) if depth else hashes
    return (bits >> np.uint64(65 - count.bit_length())).view(np.intp)


def _telling_apart(texts: pl.Series) -> int:
    """A seed under which no two texts share a hash."""
    for seed in range(_SEEDS):
        if texts.hash(seed).n_unique() == len(texts):
            return seed
    raise ValueError(_TWICE)
