"""Who is on which list, in the order that the language gives.

Rule → minus the excluded → cut to the top or bottom → what earlier runs remember → ids added and removed by hand →
minus earlier lists of an exclusive group: that is the list before suppression, which others refer to and which is
remembered. Minus the members of suppressed lists, it is the list that is published.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import narwhals as nw
import polars as pl

from segtool.config.references import topological
from segtool.config.settings import SegmentSpec
from segtool.lists import ranking
from segtool.plan import engines, seen
from segtool.plan.plan import SEGMENT, Plan
from segtool.sources.context import ID
from segtool.sources.overrides import NONE, Override

_FEATURE = "§feature:"
PUBLISHED = "§list:"
"""Before a segment's name: the column that says who is on its published list."""


@dataclass(frozen=True)
class Lists:
    """`contacts` has ID, the carried fields and two boolean columns per segment, sorted by ID.

    SEGMENT and the name: the list before suppression; PUBLISHED and the name: the list that goes out. `features` has
    ID and every column that the truth of a rule depends on: what reasons are made of.
    """

    contacts: pl.DataFrame
    segments: tuple[str, ...]
    features: pl.DataFrame

    def ids(self, segment: str) -> pl.Series:
        """Who is on the published list, sorted."""
        return self.contacts.get_column(ID).filter(self.contacts.get_column(f"{PUBLISHED}{segment}"))

    def suppressed(self, segment: str) -> pl.Series:
        """Who is on the list before suppression alone, sorted."""
        column = self.contacts.get_column
        return column(ID).filter(column(f"{SEGMENT}{segment}") & ~column(f"{PUBLISHED}{segment}"))


@dataclass(frozen=True)
class Making:
    """What lists are made of beside their rules: ids by hand, and which lists go by what earlier runs remember."""

    overrides: Mapping[str, Override] = field(default_factory=dict)
    remembered: Collection[str] = ()

    def set_rules(self, plan: Plan) -> None:
        """Says how every list is made; one is made when it is asked for."""
        for spec in plan.config.segments.values():
            plan.set_rule(spec.name, self.rule(spec, plan))

    def rule(self, spec: SegmentSpec, plan: Plan) -> Callable[[], nw.Expr]:
        """The list before suppression; its rule is compiled when the list is asked for."""

        def made() -> nw.Expr:
            kept = self._kind(spec, plan)
            override = self.overrides.get(spec.name, NONE)
            if override.add.len():
                kept = kept | nw.col(ID).is_in(override.add.to_list())
            if override.remove.len():
                kept = kept & ~nw.col(ID).is_in(override.remove.to_list())
            return _without(kept, [ref.name for ref in spec.earlier], plan)

        return made

    def _kind(self, spec: SegmentSpec, plan: Plan) -> nw.Expr:
        """Who fits, or who was on the list, as its kind says."""
        if spec.name not in self.remembered:
            return self._ranked(spec, plan)
        was = ~plan.since(spec.name).is_null()
        if spec.settings.kind == "static":
            return was
        return _without(was | self._ranked(spec, plan), spec.settings.exclude or (), plan)

    def _ranked(self, spec: SegmentSpec, plan: Plan) -> nw.Expr:
        rank = spec.settings.top or spec.settings.bottom

        def eligible() -> nw.Expr:
            return _without(plan.condition(spec.where), spec.settings.exclude or (), plan)

        return ranking.chosen(spec, rank, eligible, plan) if rank is not None else eligible()


def evaluate(plan: Plan, making: Making, fields: Mapping[str, str], engine: str) -> Lists:
    """Everyone's place on every list, in one collect; `fields` are carried along, title → column."""
    config = plan.config
    making.set_rules(plan)
    for wave in topological(config.segments):
        for name in wave:
            plan.segment(name)
    lists = [nw.col(f"{SEGMENT}{name}") for name in config.segments]
    published = [
        _without(nw.col(f"{SEGMENT}{name}"), config.suppressors(name), plan).alias(f"{PUBLISHED}{name}")
        for name in config.segments
    ]
    shown = [nw.col(column).alias(title) for title, column in fields.items()]
    looked_at = dict.fromkeys(
        column
        for spec in config.segments.values()
        for column in (*seen.columns_of(spec.where), *ranking.columns_of(spec, plan))
    )
    features = [nw.col(column).alias(f"{_FEATURE}{column}") for column in looked_at]
    frame = plan.frame(fields.values()).select(nw.col(ID), *shown, *lists, *published, *features)
    found = engines.collect(frame, engine).sort(ID)
    return Lists(
        contacts=found.drop(f"{_FEATURE}{column}" for column in looked_at),
        segments=tuple(config.segments),
        features=found.select(ID, *(pl.col(f"{_FEATURE}{column}").alias(column) for column in looked_at)),
    )


def _without(members: nw.Expr, others: Collection[str], plan: Plan) -> nw.Expr:
    """Those who are on none of the other lists."""
    if not others:
        return members
    return members & ~nw.any_horizontal(*(plan.segment(name) for name in others), ignore_nulls=True)
