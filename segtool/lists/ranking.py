"""`top` and `bottom`: an exact number of those who fit and have a value, ties broken by id."""

from __future__ import annotations

from collections.abc import Callable

import narwhals as nw

from segtool.config import times
from segtool.config.model import Rank
from segtool.config.settings import SegmentSpec
from segtool.plan.plan import Plan
from segtool.plan.rfm import ONE
from segtool.sources.context import ID


def chosen(spec: SegmentSpec, rank: Rank, eligible: Callable[[], nw.Expr], plan: Plan) -> nw.Expr:
    """Whether a contact is among the first of the ranking."""
    ranked, place = f"§ranked:{spec.name}", f"§place:{spec.name}"

    def value() -> nw.Expr:
        """What ranks, the best lowest; missing for those who are not in the ranking."""
        number = _number(rank, plan)
        return nw.when(eligible()).then(-number if spec.settings.top is not None else number)

    def order() -> nw.Expr:
        known = plan.layers.define(ranked, value)
        return known.is_null().cast(nw.Int64).cum_count().over(ONE, order_by=[ranked, ID])

    key = plan.layers.define(ranked, value)
    # Missing values come first in the order: so many places are given to nobody.
    position: nw.Expr = plan.layers.define(place, order).cast(nw.Int64) - key.is_null().cast(nw.Int64).sum().over(ONE)
    if rank.count is not None:
        return ~key.is_null() & (position <= rank.count)
    share = key.count().over(ONE).cast(nw.Float64) * (float(rank.percent or 0) / 100.0)
    return ~key.is_null() & (position.cast(nw.Float64) <= share.round(9).ceil())


def _number(rank: Rank, plan: Plan) -> nw.Expr:
    """The field, value or change that ranks, as a number that keeps its order."""
    field = plan.field(rank.by)
    name = field.column or rank.by
    step = times.duration(rank.change_in) if rank.change_in is not None else None
    if step is not None:
        return plan.change(name, step)
    column = plan.column(name)
    return column.dt.timestamp("us") if field.type in ("date", "datetime") else column
