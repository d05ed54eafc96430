"""`top` and `bottom`: an exact number of those who fit and have a value, ties broken by id."""

from __future__ import annotations

from collections.abc import Callable

import narwhals as nw

from segtool.config import times
from segtool.config.model import Rank
from segtool.config.settings import SegmentSpec
from segtool.plan import seen
from segtool.plan.plan import Plan
from segtool.plan.rfm import ONE
from segtool.sources.context import ID

POSITION = "§position:"
"""Before a segment's name: the column with the contact's place in its ranking, from 1."""
CHOSEN = "§chosen:"
"""Before a segment's name: the column that says whether that place is among the first."""


def columns_of(spec: SegmentSpec, plan: Plan) -> tuple[str, ...]:
    """The columns that a ranking goes by: the field or value, the place, and whether it is enough."""
    rank = spec.settings.top or spec.settings.bottom
    if rank is None:
        return ()
    name = plan.field(rank.by).column or rank.by
    return (
        name if rank.change_in is None else seen.changed(name, times.duration(rank.change_in)),
        f"{POSITION}{spec.name}",
        f"{CHOSEN}{spec.name}",
    )


def chosen(spec: SegmentSpec, rank: Rank, plan: Plan, eligible: Callable[[], nw.Expr]) -> nw.Expr:
    """Whether a contact is among the first of the ranking."""
    ranked, place, position = f"§ranked:{spec.name}", f"§place:{spec.name}", f"{POSITION}{spec.name}"

    def value() -> nw.Expr:
        """What ranks, the best lowest; missing for those who are not in the ranking."""
        number = _number(rank, plan)
        return nw.when(eligible()).then(-number if spec.settings.top is not None else number)

    def order() -> nw.Expr:
        known = plan.layers.define(ranked, value)
        return known.is_null().cast(nw.Int64).cum_count().over(ONE, order_by=[ranked, ID])

    def standing() -> nw.Expr:
        """The place of those who are ranked, from 1. Missing values come first in the order and are given none."""
        known = plan.layers.define(ranked, value)
        passed = known.is_null().cast(nw.Int64).sum().over(ONE)
        return nw.when(~known.is_null()).then(plan.layers.define(place, order).cast(nw.Int64) - passed)

    def enough() -> nw.Expr:
        found = plan.layers.define(position, standing)
        if rank.count is not None:
            return (found <= rank.count).fill_null(False)
        share = found.count().over(ONE).cast(nw.Float64) * (float(rank.percent or 0) / 100.0)
        return (found.cast(nw.Float64) <= share.round(9).ceil()).fill_null(False)

    return plan.layers.define(f"{CHOSEN}{spec.name}", enough)


def _number(rank: Rank, plan: Plan) -> nw.Expr:
    """The field, value or change that ranks, as a number that keeps its order."""
    field = plan.field(rank.by)
    name = field.column or rank.by
    step = times.duration(rank.change_in) if rank.change_in is not None else None
    if step is not None:
        return plan.change(name, step)
    column = plan.column(name)
    return column.dt.timestamp("us") if field.type in ("date", "datetime") else column
