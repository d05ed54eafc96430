"""Which events were followed by others: `then` and `then_not`.

One pass finds, for every instant at which a contact has an event of either kind, the next instant strictly later at
which there is a later event; an event qualifies when that lies within the time. Instants are told apart first, so
events of the same instant never follow each other, and one event can be the first of one pair and the second of
another.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import narwhals as nw
import polars as pl

from segtool.config.times import Duration
from segtool.logic.clock import Clock
from segtool.logic.windows import wall_time
from segtool.plan.flags import Flags, Frame, wanted
from segtool.plan.selections import After
from segtool.sources.context import PLACE, TIME
from segtool.sources.dates import to_utc

_NEVER = datetime(9999, 12, 31)
_DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 31, "year": 366}
_FOR_EVER = 366 * 2000
_LATER = "§later"
_NEXT = "§next"
_END = "§end"


def followed(rows: Frame, frames: Mapping[str, Frame], after: After) -> Frame:
    """The rows of events that were followed as `after` says."""
    moments = [rows.select(PLACE, TIME, nw.lit(False).alias(_LATER))]
    for source, selection in after.later:
        flags = Flags(after.clock, [selection])
        chosen = flags.kept(flags.added_to(wanted(frames[source], [selection], after.clock, True)), selection)
        moments.append(chosen.select(PLACE, TIME, nw.lit(True).alias(_LATER)))
    instants = nw.concat(moments, how="vertical").group_by(PLACE, TIME).agg(nw.col(_LATER).max())
    # A far day stands for "never": a running minimum has gaps wherever its input has.
    at = nw.when(nw.col(_LATER)).then(nw.col(TIME)).otherwise(nw.lit(_NEVER)).alias(_NEXT)
    coming = nw.col(_NEXT).cum_min(reverse=True).over(PLACE, order_by=TIME)
    known = instants.with_columns(at).with_columns(coming.alias(_NEXT))
    known = known.with_columns(nw.col(_NEXT).shift(-1).over(PLACE, order_by=TIME).alias(_NEXT))
    joined = _with_end(rows, after.within, after.clock).join(
        known.select(PLACE, TIME, _NEXT), on=[PLACE, TIME], how="left"
    )
    soon = ((nw.col(_NEXT) <= nw.col(_END)) & (nw.col(_NEXT) < nw.lit(_NEVER))).fill_null(False)
    holds = ~soon & (nw.col(_END) <= nw.lit(after.clock.now)) if after.negated else soon
    return joined.filter(holds).drop(_NEXT, _END)


def _with_end(rows: Frame, within: Duration, clock: Clock) -> Frame:
    """The rows with the instant one `within` after each: elapsed for minutes and hours, else by the wall clock."""
    letters = {"minute": "m", "hour": "h", "day": "d", "week": "w", "month": "mo", "year": "y"}
    if within.count * _DAYS[within.unit] > _FOR_EVER:
        return rows.with_columns(nw.lit(_NEVER).alias(_END))
    step = f"{within.count}{letters[within.unit]}"
    # Native: months by the wall clock need offsets and zone rules that the portable layer does not have.
    native: pl.LazyFrame = rows.to_native()
    if not within.is_calendar:
        return nw.from_native(native.with_columns(pl.col(TIME).dt.offset_by(step).alias(_END)))
    walls: pl.LazyFrame = rows.with_columns(wall_time(nw.col(TIME), clock).alias(_END)).to_native()
    return nw.from_native(walls.with_columns(to_utc(pl.col(_END).dt.offset_by(step), clock.zone).alias(_END)))
