"""One pass over an event source: every measure of it, together, in one `group_by(contact)`.

The scan keeps only the columns that some measure reads and the rows that some measure could count. Summing a flag as
a number is what streams fastest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from math import log

import narwhals as nw

from segtool.config.operators import CALENDAR
from segtool.logic.clock import Clock
from segtool.logic.windows import local_day
from segtool.plan import rolling
from segtool.plan.flags import Flags, Frame, wanted
from segtool.plan.measures import Across, HalfLife, Measure, Measures, Periods, Selection, Stream
from segtool.plan.sequences import followed
from segtool.sources.context import ID, TIME

_DAY = 24 * 60 * 60 * 1000


def results(measures: Measures, frames: Mapping[str, Frame]) -> Iterable[Frame]:
    """For every stream a frame with one row per contact: ID and each measure under its name."""
    for stream, found in measures.of_stream.items():
        rows = rows_of(stream, [measure.selection for measure in found], measures, frames)
        yield _measured(rows, found, measures.clock)
    for across, name in measures.across.items():
        yield _counted_across(across, name, measures, frames)


def rows_of(stream: Stream, selections: list[Selection], measures: Measures, frames: Mapping[str, Frame]) -> Frame:
    dated = measures.catalog[stream.source].dated
    rows = wanted(frames[stream.source], selections, measures.clock, dated)
    return rows if stream.after is None else followed(rows, frames, stream.after)


def _measured(rows: Frame, measures: Mapping[Measure, str], clock: Clock) -> Frame:
    flags = Flags(clock, [measure.selection for measure in measures])
    rows = rolling.added_to(rows, {measure.column for measure in measures if isinstance(measure.column, Periods)})
    aggregates = [
        aggregate
        for measure, name in measures.items()
        for aggregate in _aggregates(measure, name, flags.holds(measure.selection), clock)
    ]
    counted = flags.added_to(rows).group_by(ID).agg(*aggregates)
    distinct = [name for measure, name in measures.items() if measure.kind == "distinct"]
    if not distinct:
        return counted
    counted = counted.with_columns(*((nw.col(name) - nw.col(f"{name}§gap")).alias(name) for name in distinct))
    return counted.drop([f"{name}§gap" for name in distinct])


def _counted_across(across: Across, name: str, measures: Measures, frames: Mapping[str, Frame]) -> Frame:
    """How many distinct values each contact's events have over several streams together."""
    parts = []
    for stream, selection, column in across.parts:
        rows = rows_of(stream, [selection], measures, frames)
        rows = rolling.added_to(rows, {column} if isinstance(column, Periods) else set())
        flags = Flags(measures.clock, [selection])
        value = _value(column, measures.clock).cast(nw.String).alias("§value")
        parts.append(flags.kept(flags.added_to(rows), selection).select(nw.col(ID), value))
    together = nw.concat(parts, how="vertical").filter(~nw.col("§value").is_null())
    return together.group_by(ID).agg(nw.col("§value").n_unique().alias(name))


def _aggregates(measure: Measure, name: str, holds: nw.Expr | None, clock: Clock) -> list[nw.Expr]:
    if measure.kind == "count":
        count = _number(holds).sum() if holds is not None else nw.len()
        return [count.cast(nw.Int64).alias(name)]
    if isinstance(measure.column, HalfLife):
        weight = _weight(measure.column)
        return [(nw.when(holds).then(weight) if holds is not None else weight).sum().alias(name)]
    column = _value(measure.column, clock)
    value = nw.when(holds).then(column) if holds is not None else column
    match measure.kind:
        case "filled":
            return [_number(~value.is_null()).sum().alias(name)]
        case "sum":
            return [value.sum().alias(name)]
        case "min":
            return [value.min().alias(name)]
        case "max":
            return [value.max().alias(name)]
    # n_unique counts "missing" as a value, so whether there is one is taken off again.
    gap = _number(value.is_null()).max().alias(f"{name}§gap")
    return [value.n_unique().cast(nw.Int64).alias(name), gap]


def _number(flag: nw.Expr) -> nw.Expr:
    return nw.when(flag).then(1).otherwise(0)


def _weight(half_life: HalfLife) -> nw.Expr:
    """0.5 to the number of half-lives that an event is old."""
    now = int((half_life.clock.now - datetime(1970, 1, 1)) / timedelta(microseconds=1))
    age = (now - nw.col(TIME).dt.timestamp("us")).cast(nw.Float64)
    return (age * (-log(2) / half_life.microseconds)).exp()


def _value(column: str | Periods, clock: Clock) -> nw.Expr:
    """A column of the event, or the calendar or rolling period it lies in."""
    if isinstance(column, Periods):
        return nw.col(rolling.name_of(column))
    if column not in CALENDAR:
        return nw.col(column)
    day = local_day(nw.col(TIME), clock)
    if column == "day":
        return day
    if column == "month":
        return day.dt.year().cast(nw.Int32) * 12 + day.dt.month().cast(nw.Int32)
    since_first_monday = day.dt.timestamp("ms") // _DAY - 4 - clock.week_starts  # 1970-01-05 was a Monday
    return since_first_monday // 7
