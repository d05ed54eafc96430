"""The contacts of a plan by their places: a number for each, in the order of their ids."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from segtool.sources.context import PLACE


@dataclass(frozen=True)
class People:
    """So many contacts."""

    count: int

    def aligned(self, found: pl.DataFrame) -> pl.DataFrame:
        """The columns of a table that has PLACE, each place at most once: a line for everybody, in their order."""
        lines = pl.repeat(None, self.count, dtype=pl.UInt32, eager=True)
        lines = lines.scatter(found.get_column(PLACE), pl.int_range(found.height, dtype=pl.UInt32, eager=True))
        return found.drop(PLACE).select(pl.all().gather(lines))
