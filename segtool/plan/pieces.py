"""A large source in pieces of time, so that what is counted of it never takes memory by the number of its events.

The flags of a piece are in memory while it is counted, some twenty bytes an event; what pieces come to adds up. Exports
are in the order of time, so a piece is read by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

import narwhals as nw
import polars as pl

from segtool.plan.flags import Frame
from segtool.sources.context import TIME
from segtool.sources.tables import Table

EVENTS = 10_000_000
"""What a piece should have at most."""

Bounds = Sequence[datetime]
"""The instants between pieces, ascending; none where a source is one piece."""


def bounds(table: Table, now: datetime) -> Bounds:
    """Where to cut a source, as if its events up to now were spread evenly over their time."""
    count = -(-table.accounting.kept // EVENTS)
    if count < 2 or not table.columns.dated:
        return ()
    first, last = table.frame.select(pl.col(TIME).min(), pl.col(TIME).max().alias("last")).collect().row(0)
    if first is None:
        return ()
    length = min(last, now) - first
    return [first + length * part / count for part in range(1, count)]


def cut(rows: Frame, at: Bounds) -> list[Frame]:
    """The rows in pieces; each has a time."""
    if not at:
        return [rows]
    time = nw.col(TIME)
    between = [(time > nw.lit(low)) & (time <= nw.lit(high)) for low, high in pairwise(at)]
    ends = [time <= nw.lit(at[0]), *between, time > nw.lit(at[-1])]
    return [rows.filter(end) for end in ends]
