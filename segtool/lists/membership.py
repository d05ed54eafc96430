"""Who is on which list: the rule, minus who is excluded, cut to the top or bottom; lists refer to earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import narwhals as nw
import polars as pl

from segtool.config.settings import SegmentSpec, topological
from segtool.lists import ranking
from segtool.plan import engines
from segtool.plan.plan import SEGMENT, Plan
from segtool.sources.context import ID


@dataclass(frozen=True)
class Lists:
    """`contacts` has ID, the carried fields and a boolean column per segment, sorted by ID."""

    contacts: pl.DataFrame
    segments: tuple[str, ...]

    def rows(self, segment: str) -> pl.DataFrame:
        """The contacts on a list, sorted by ID."""
        return self.contacts.filter(pl.col(f"{SEGMENT}{segment}"))

    def ids(self, segment: str) -> pl.Series:
        return self.rows(segment).get_column(ID)


def evaluate(plan: Plan, fields: Sequence[str], engine: str) -> Lists:
    """Everyone's place on every list, in one collect."""
    segments = plan.config.segments
    for spec in segments.values():
        plan.set_rule(spec.name, _rule(spec, plan))
    for wave in topological(segments):
        for name in wave:
            plan.segment(name)
    names = [f"{SEGMENT}{name}" for name in segments]
    frame = plan.frame(fields).select(nw.col(ID), *(nw.col(name) for name in (*fields, *names)))
    return Lists(engines.collect(frame, engine).sort(ID), tuple(segments))


def _rule(spec: SegmentSpec, plan: Plan) -> Callable[[], nw.Expr]:
    """How a list is made; its `where` is compiled when the list is asked for."""
    rank = spec.settings.top or spec.settings.bottom

    def eligible() -> nw.Expr:
        fits = plan.condition(spec.where)
        excluded = [plan.segment(name) for name in spec.settings.exclude or ()]
        return fits & ~nw.any_horizontal(*excluded, ignore_nulls=True) if excluded else fits

    if rank is None:
        return eligible
    return lambda: ranking.chosen(spec, rank, eligible, plan)
