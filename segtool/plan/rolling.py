"""Rolling periods: which one an event lies in, counted back from `as_of`.

Period k is (as_of − (k+1) steps, as_of − k steps], each bound reached in one go so that months do not clip twice.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

import narwhals as nw
import polars as pl

from segtool.config.times import Duration
from segtool.logic.clock import Clock
from segtool.plan.flags import Frame
from segtool.plan.selections import Periods
from segtool.sources.context import TIME

_MINUTE = 60_000_000


def name_of(periods: Periods) -> str:
    return f"§period:{periods.step}:{periods.clock.now.isoformat()}"


def added_to(rows: Frame, wanted: Collection[Periods]) -> Frame:
    """The rows with the number of the period that each lies in, per kind of period."""
    if not wanted:
        return rows
    # Native: the bounds follow the wall clock, which only a search among them can tell.
    native: pl.LazyFrame = rows.to_native()
    return nw.from_native(native.with_columns(_number(periods).alias(name_of(periods)) for periods in wanted))


def _number(periods: Periods) -> pl.Expr:
    step, clock = periods.step, periods.clock
    if not step.is_calendar:
        length = step.count * (60 if step.unit == "hour" else 1) * _MINUTE
        return (pl.lit(clock.now) - pl.col(TIME)).dt.total_microseconds() // length
    return pl.col(TIME).map_batches(
        lambda instants: _search(instants, step, clock), return_dtype=pl.Int64, is_elementwise=True
    )


def _search(instants: pl.Series, step: Duration, clock: Clock) -> pl.Series:
    oldest = instants.min()
    if not isinstance(oldest, datetime):
        return pl.Series(instants.name, [None] * len(instants), dtype=pl.Int64)
    bounds = [clock.now]
    while bounds[-1] >= oldest and len(bounds) < 4_000_000:
        bounds.append(clock.moved(Duration(step.count * len(bounds), step.unit), -1))
    ends = pl.Series(bounds[::-1], dtype=pl.Datetime("us"))
    # Of the ends at or after an instant, the earliest closes its period.
    position = ends.search_sorted(instants, side="left").cast(pl.Int64)
    return (len(bounds) - 1 - position).alias(instants.name)
