"""One pass over an event source: every measure of it, together, in one `group_by(contact)`.

The scan keeps only the columns that some measure reads and the rows that some measure could count: per event name,
its widest window. Conditions and name tests are computed once per row as flags, whatever number of measures share
them. Summing a flag as a number is what streams fastest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any

import narwhals as nw

from segtool.config.operators import CALENDAR
from segtool.logic.clock import Clock, Instants
from segtool.logic.rows import compile_condition
from segtool.logic.windows import between, local_day
from segtool.plan.measures import Across, Measure, Selection
from segtool.sources.context import EVENT, ID, TIME

_DAY = 24 * 60 * 60 * 1000

Frame = nw.LazyFrame[Any]


def measured(events: Frame, measures: Mapping[Measure, str], clock: Clock, dated: bool) -> Frame:
    """One row per contact with events: ID and every measure under its name."""
    flags = _Flags(clock, [measure.selection for measure in measures])
    aggregates = [
        aggregate
        for measure, name in measures.items()
        for aggregate in _aggregates(measure, name, flags.holds(measure.selection), clock)
    ]
    rows = _wanted(events, [measure.selection for measure in measures], clock, dated)
    counted = flags.added_to(rows).group_by(ID).agg(*aggregates)
    distinct = [name for measure, name in measures.items() if measure.kind == "distinct"]
    if not distinct:
        return counted
    counted = counted.with_columns(*((nw.col(name) - nw.col(f"{name}§gap")).alias(name) for name in distinct))
    return counted.drop([f"{name}§gap" for name in distinct])


def counted_across(
    sources: Mapping[str, Frame], across: Across, name: str, clock: Clock, dated: Mapping[str, bool]
) -> Frame:
    """One row per contact: how many distinct values its events have over several sources together."""
    parts = []
    for source, selection, column in across.parts:
        flags = _Flags(clock, [selection])
        rows = flags.added_to(_wanted(sources[source], [selection], clock, dated[source]))
        value = _value(column, clock).cast(nw.String).alias("§value")
        holds = flags.holds(selection)
        parts.append((rows if holds is None else rows.filter(holds)).select(nw.col(ID), value))
    together = nw.concat(parts, how="vertical").filter(~nw.col("§value").is_null())
    return together.group_by(ID).agg(nw.col("§value").n_unique().alias(name))


class _Flags:
    """Name tests and conditions as boolean columns, each once."""

    def __init__(self, clock: Clock, selections: Sequence[Selection]) -> None:
        names = dict.fromkeys(chosen.names for chosen in selections if chosen.names is not None)
        wheres = dict.fromkeys(chosen.where for chosen in selections if chosen.where is not None)
        self._names = {key: number for number, key in enumerate(names)}
        self._wheres = {key: number for number, key in enumerate(wheres)}
        self._columns = [_is_named(names).alias(f"§n{number}") for names, number in self._names.items()]
        self._columns += [
            compile_condition(where, clock).alias(f"§w{number}") for where, number in self._wheres.items()
        ]

    def added_to(self, rows: Frame) -> Frame:
        return rows.with_columns(*self._columns) if self._columns else rows

    def holds(self, selection: Selection) -> nw.Expr | None:
        """Whether an event is selected; None where every event is."""
        tests = []
        if selection.names is not None:
            tests.append(nw.col(f"§n{self._names[selection.names]}"))
        if selection.where is not None:
            tests.append(nw.col(f"§w{self._wheres[selection.where]}"))
        if selection.low is not None or selection.high is not None:
            tests.append(between(nw.col(TIME), Instants(selection.low, selection.high)))
        return reduce(and_, tests) if tests else None


def _is_named(names: tuple[str, ...]) -> nw.Expr:
    test = nw.col(EVENT) == names[0] if len(names) == 1 else nw.col(EVENT).is_in(list(names))
    return test.fill_null(False)


def _wanted(rows: Frame, selections: Sequence[Selection], clock: Clock, dated: bool) -> Frame:
    """The rows that exist by now and that at least one selection could hold."""
    if dated:
        rows = rows.filter(nw.col(TIME) <= nw.lit(clock.now))
    widest: dict[str | None, datetime | None] = {}
    for selection in selections:
        for name in selection.names if selection.names is not None else (None,):
            low = widest.get(name, selection.low)
            widest[name] = min(low, selection.low) if low is not None and selection.low is not None else None
    if None in widest and widest[None] is None:
        return rows
    by_low: dict[datetime | None, list[str]] = {}
    for name, low in widest.items():
        if name is not None:
            by_low.setdefault(low, []).append(name)
    needed = [_named_since(names, low) for low, names in by_low.items()]
    if None in widest:
        needed.append(nw.col(TIME) >= nw.lit(widest[None]))
    return rows.filter(reduce(or_, needed))


def _named_since(names: list[str], low: datetime | None) -> nw.Expr:
    named = _is_named(tuple(sorted(names)))
    return named if low is None else named & (nw.col(TIME) >= nw.lit(low))


def _aggregates(measure: Measure, name: str, holds: nw.Expr | None, clock: Clock) -> list[nw.Expr]:
    if measure.kind == "count":
        return [(_number(holds).sum() if holds is not None else nw.len()).alias(name)]
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


def _value(column: str, clock: Clock) -> nw.Expr:
    """A column of the event, or the calendar period it lies in."""
    if column not in CALENDAR:
        return nw.col(column)
    day = local_day(nw.col(TIME), clock)
    if column == "day":
        return day
    if column == "month":
        return day.dt.year().cast(nw.Int32) * 12 + day.dt.month().cast(nw.Int32)
    since_first_monday = day.dt.timestamp("ms") // _DAY - 4 - clock.week_starts  # 1970-01-05 was a Monday
    return since_first_monday // 7
