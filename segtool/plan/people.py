"""Tables that have some contacts, by place → a line for every contact, in the order of their places."""

from __future__ import annotations

import polars as pl

from segtool.sources.context import PLACE


def aligned(found: pl.DataFrame, people: int) -> pl.DataFrame:
    """The columns of a table that has PLACE, each at most once, with a line for each of so many people."""
    lines = pl.repeat(None, people, dtype=pl.UInt32, eager=True)
    lines = lines.scatter(found.get_column(PLACE), pl.int_range(found.height, dtype=pl.UInt32, eager=True))
    return found.drop(PLACE).select(pl.all().gather(lines))
