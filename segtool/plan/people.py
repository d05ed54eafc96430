"""The contacts of a plan by their places: a number for each, in the order of their ids.

Events are counted by place, which is a small number, and not by id, which is a text; those of nobody are left out.
Ids are looked up by one hash and held to another, 128 bits together.
"""

from __future__ import annotations

import narwhals as nw
import polars as pl

from segtool.plan.flags import Frame
from segtool.sources.context import ID

PLACE = "§place"
_KEY = "§key"
_CHECK = "§check"
_SEEDS = 8
"""Two ids that share a hash under so many seeds are the same."""


class People:
    """The ids of all contacts, each once, in order. Raises ValueError where one is there twice."""

    def __init__(self, ids: pl.Series) -> None:
        self.count = len(ids)
        self._seed = _telling_apart(ids)
        places = pl.int_range(self.count, dtype=pl.UInt32, eager=True).alias(PLACE)
        self._known = pl.DataFrame({_KEY: ids.hash(self._seed), PLACE: places}).lazy()
        self._checks = ids.hash(self._seed + 1)

    def placed(self, rows: Frame) -> Frame:
        """The rows of contacts, in any order, with PLACE instead of ID."""
        # Native: the portable layer has no hash. Rows are looked up without their ids, which would have to be kept.
        native: pl.LazyFrame = rows.to_native()
        keys = [pl.col(ID).hash(self._seed).alias(_KEY), pl.col(ID).hash(self._seed + 1).alias(_CHECK)]
        found = native.with_columns(keys).drop(ID).join(self._known, on=_KEY, how="inner")
        expected = pl.col(PLACE).map_batches(self._checks.gather, return_dtype=pl.UInt64, is_elementwise=True)
        return nw.from_native(found.filter(pl.col(_CHECK) == expected).drop(_KEY, _CHECK))

    def aligned(self, found: pl.DataFrame) -> pl.DataFrame:
        """The columns of a table that has PLACE, each place at most once: a line for everybody, in their order."""
        lines = pl.repeat(None, self.count, dtype=pl.UInt32, eager=True)
        lines = lines.scatter(found.get_column(PLACE), pl.int_range(found.height, dtype=pl.UInt32, eager=True))
        return found.drop(PLACE).select(pl.all().gather(lines))


def _telling_apart(ids: pl.Series) -> int:
    """A seed under which no two ids share a hash."""
    for seed in range(_SEEDS):
        if ids.hash(seed).n_unique() == len(ids):
            return seed
    raise ValueError("the same id is among the contacts twice")
