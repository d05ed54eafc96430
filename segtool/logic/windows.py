"""A window over a column of time → an expression of plain comparisons.

Instants are naive UTC, days are dates. Against the clock a window is two bounds, known before the query runs;
against another field it is a comparison of instants, or of calendar days as soon as one side is a whole day.
"""

from __future__ import annotations

from collections.abc import Callable

import narwhals as nw

from segtool.config.tree import Anniversary, Ref, Window
from segtool.logic.clock import Clock, Days, Instants, MonthDays, has_field

Other = Callable[[Ref], nw.Expr]


def lies_within(column: nw.Expr, kind: str, window: Window, clock: Clock, other: Other) -> nw.Expr:
    """Whether a date or instant lies in the window; missing where the column is. `other` gives compared fields."""
    if has_field(window):
        return _against_field(column, kind, window, clock, other)
    if kind == "date":
        span = clock.days(window)
        return _on_days(column, span) if isinstance(span, MonthDays) else between(column, span)
    if isinstance(window.value, Anniversary):
        return _on_days(local_day(column, clock), clock.month_days(window.value))
    return between(column, clock.instants(window))


def between(column: nw.Expr, span: Instants | Days) -> nw.Expr:
    """At or after `low` and before `high`; an open end is no bound."""
    inside = ~column.is_null()
    if span.low is not None:
        inside = column >= nw.lit(span.low)
    if span.high is not None:
        below = column < nw.lit(span.high)
        inside = inside & below if span.low is not None else below
    return inside


def local_day(column: nw.Expr, clock: Clock) -> nw.Expr:
    """The calendar day of an instant in the configured zone."""
    return wall_time(column, clock).dt.date()


def wall_time(column: nw.Expr, clock: Clock) -> nw.Expr:
    """An instant on the wall clock of the configured zone."""
    if clock.zone == "UTC":
        return column
    return column.dt.replace_time_zone("UTC").dt.convert_time_zone(clock.zone).dt.replace_time_zone(None)


def _on_days(days: nw.Expr, span: MonthDays) -> nw.Expr:
    if span.days is None:
        return ~days.is_null()
    number = days.dt.month().cast(nw.Int32) * 100 + days.dt.day().cast(nw.Int32)
    return number.is_in(sorted(span.days))


def _against_field(column: nw.Expr, kind: str, window: Window, clock: Clock, other: Other) -> nw.Expr:
    if isinstance(window.value, tuple):
        first, last = window.value
        since = Window("since", first)
        until = Window("until", last)
        return lies_within(column, kind, since, clock, other) & lies_within(column, kind, until, clock, other)
    ref = window.value
    assert isinstance(ref, Ref), window
    if ref.column is None:
        return nw.lit(None).cast(nw.Boolean)
    against = other(ref)
    if kind == "date" or ref.type == "date" or window.key == "on":
        column = column if kind == "date" else local_day(column, clock)
        against = against if ref.type == "date" else local_day(against, clock)
    comparison: dict[str, nw.Expr] = {
        "before": column < against,
        "after": column > against,
        "since": column >= against,
        "until": column <= against,
        "on": column == against,
    }
    return comparison[window.key]
