"""Who is on which list: the rule, minus the excluded, cut to the top or bottom, with ids added and removed by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import narwhals as nw
import polars as pl

from segtool.config.references import topological
from segtool.config.settings import SegmentSpec
from segtool.lists import ranking
from segtool.plan import engines
from segtool.plan.plan import SEGMENT, Plan
from segtool.sources.context import ID
from segtool.sources.overrides import Override


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


def evaluate(plan: Plan, overrides: Mapping[str, Override], fields: Mapping[str, str], engine: str) -> Lists:
    """Everyone's place on every list, in one collect; `fields` are carried along, title → column."""
    segments = plan.config.segments
    for spec in segments.values():
        plan.set_rule(spec.name, _rule(spec, plan, overrides.get(spec.name)))
    for wave in topological(segments):
        for name in wave:
            plan.segment(name)
    names = [f"{SEGMENT}{name}" for name in segments]
    shown = [nw.col(column).alias(title) for title, column in fields.items()]
    frame = plan.frame(fields.values()).select(nw.col(ID), *shown, *(nw.col(name) for name in names))
    return Lists(engines.collect(frame, engine).sort(ID), tuple(segments))


def _rule(spec: SegmentSpec, plan: Plan, override: Override | None) -> Callable[[], nw.Expr]:
    """How a list is made; its `where` is compiled when the list is asked for."""
    rank = spec.settings.top or spec.settings.bottom

    def eligible() -> nw.Expr:
        fits = plan.condition(spec.where)
        excluded = [plan.segment(name) for name in spec.settings.exclude or ()]
        return fits & ~nw.any_horizontal(*excluded, ignore_nulls=True) if excluded else fits

    def ranked() -> nw.Expr:
        return ranking.chosen(spec, rank, eligible, plan) if rank is not None else eligible()

    def overridden() -> nw.Expr:
        assert override is not None
        added = ranked() | nw.col(ID).is_in(override.add.to_list())
        return added & ~nw.col(ID).is_in(override.remove.to_list())

    return overridden if override is not None else ranked
