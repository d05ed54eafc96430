"""Traits and scores → expressions over the measures of each contact.

Ratios and scores are kept to nine decimal places. A score that no rule touches is missing, which is not 0.
"""

from __future__ import annotations

from datetime import date
from functools import reduce
from operator import add, or_

import narwhals as nw
import polars as pl

from segtool.config.computed import Cases, Computed, EventValue, Passed, Ratio, Score, ScoreRule
from segtool.config.fields import number_of
from segtool.config.operators import PICKS
from segtool.config.times import Duration
from segtool.logic.clock import Clock, move_day
from segtool.logic.rows import DECIMALS
from segtool.plan.layers import Native
from segtool.plan.maker import Maker
from segtool.sources.dates import to_utc

_DAY = 24 * 60 * 60 * 1000


def expression(computed: Computed, plan: Maker, clock: Clock) -> nw.Expr | Native:
    """The value at the clock's instant, from the events up to then and today's fields."""
    match computed.value:
        case EventValue(did) if did.measure.kind in PICKS:
            return plan.measures.picked(did, computed.type, clock)
        case EventValue(did):
            return plan.measures.value(did, clock)
        case Passed(since, unit):
            if since.type != "date":
                return _passed(since.column or "", unit, plan, clock)
            return _passed_days(plan.column(since.column or "", clock), unit, clock)
        case Ratio(above, below):
            return _ratio(plan.column(above.column or "", clock), plan.column(below.column or "", clock))
        case Cases():
            return _cases(computed.value, computed.type, plan, clock)
        case Score(rules):
            return _score(rules, plan, clock)


def change(plan: Maker, name: str, step: Duration, clock: Clock) -> nw.Expr:
    """The value then less the value `step` before; missing on one side counts as 0, on both is missing."""
    now = plan.column(name, clock)
    then = plan.column(name, clock.earlier(step))
    difference = now.fill_null(0) - then.fill_null(0)
    return nw.when(~(now.is_null() & then.is_null())).then(difference.cast(nw.Float64).round(DECIMALS))


def _ratio(above: nw.Expr, below: nw.Expr) -> nw.Expr:
    divisor = nw.when(below.cast(nw.Float64).round(DECIMALS) != 0).then(below.cast(nw.Float64))
    return (above.cast(nw.Float64) / divisor).round(DECIMALS)


def _cases(cases: Cases, kind: str, plan: Maker, clock: Clock) -> nw.Expr:
    def said(value: object) -> nw.Expr:
        literal = number_of(value) if kind == "number" else value.text  # type: ignore[arg-type, attr-defined]
        return nw.lit(float(literal) if kind == "number" and literal is not None else literal)

    missing = nw.lit(None).cast(nw.Float64 if kind == "number" else nw.String)
    found = said(cases.otherwise) if cases.otherwise is not None else missing
    for condition, value in reversed(cases.cases):
        found = nw.when(plan.condition(condition, clock)).then(said(value)).otherwise(found)
    return found


def _score(rules: tuple[ScoreRule, ...], plan: Maker, clock: Clock) -> nw.Expr:
    parts = [_rule(rule, plan, clock) for rule in rules]
    touched = reduce(or_, (holds for holds, _ in parts))
    total = reduce(add, (nw.when(holds).then(points).otherwise(0.0) for holds, points in parts))
    return nw.when(touched).then(total.round(DECIMALS))


def _rule(rule: ScoreRule, plan: Maker, clock: Clock) -> tuple[nw.Expr, nw.Expr]:
    """Whether the rule touches a contact, and the points it gives."""
    if rule.when is not None:
        holds, points = plan.condition(rule.when, clock), nw.lit(float(rule.points))
    else:
        assert rule.each is not None
        count, weight = plan.measures.weight(rule.each, rule.half_life, clock)
        holds, points = count > 0, weight * float(rule.points)
    if rule.at_most is None:
        return holds, points
    low, high = nw.lit(-float(rule.at_most)), nw.lit(float(rule.at_most))
    return holds, nw.max_horizontal(low, nw.min_horizontal(high, points))


def _passed_days(day: nw.Expr, unit: str, clock: Clock) -> nw.Expr:
    """Whole days or years since a calendar day."""
    today = clock.today
    if unit == "day":
        since_epoch = (today - date(1970, 1, 1)).days
        return since_epoch - day.dt.timestamp("ms") // _DAY
    month_day = day.dt.month().cast(nw.Int64) * 100 + day.dt.day().cast(nw.Int64)
    if move_day(date(2024, 2, 29), Duration(abs(today.year - 2024), "year"), 1 if today.year >= 2024 else -1).day == 28:
        month_day = nw.when(month_day == 229).then(228).otherwise(month_day)
    early = nw.when(month_day > today.month * 100 + today.day).then(1).otherwise(0)
    return today.year - day.dt.year().cast(nw.Int64) - early


def _passed(column: str, unit: str, plan: Maker, clock: Clock) -> Native:
    """Whole days or years since an instant: as many as the same wall time has been reached again."""
    plan.column(column, clock)
    name = plan.column_name(column, clock)
    zone, today, now = clock.zone, clock.today, clock.now

    def reached(wall: pl.Expr, count: pl.Expr) -> pl.Expr:
        # No step at all is the instant itself, and not the first of two that have its wall time.
        return pl.when(count == 0).then(pl.col(name)).otherwise(to_utc(wall, zone)) <= now

    def days() -> pl.Expr:
        wall = _wall(name, zone)
        count = (pl.lit(today) - wall.dt.date()).dt.total_days()
        again = pl.lit(today).cast(pl.Datetime("us")) + (wall - wall.dt.truncate("1d"))
        before = again - pl.duration(days=1)
        return count - pl.when(reached(again, count)).then(0).when(reached(before, count - 1)).then(1).otherwise(2)

    def years() -> pl.Expr:
        wall = _wall(name, zone)
        count = pl.lit(today.year, dtype=pl.Int64) - wall.dt.year().cast(pl.Int64)
        again = wall.dt.offset_by(pl.concat_str(count.cast(pl.String), pl.lit("y")))
        return count - pl.when(reached(again, count)).then(0).otherwise(1)

    return days if unit == "day" else years


def _wall(name: str, zone: str) -> pl.Expr:
    utc = pl.col(name).dt.replace_time_zone("UTC")
    return utc.dt.convert_time_zone(zone).dt.replace_time_zone(None)
