"""Who is on which list, in the order that the language gives.

Rule → minus the excluded → cut to the top or bottom → what earlier runs remember → ids added and removed by hand →
minus earlier lists of an exclusive group: that is the list before suppression, which others refer to and which is
remembered. Minus the members of suppressed lists, it is the list that is published.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from functools import cached_property, partial

import narwhals as nw
import polars as pl

from segtool.config.frozen import dataclass
from segtool.config.references import topological
from segtool.config.settings import Config, SegmentSpec
from segtool.config.tree import Condition
from segtool.lists import ranking
from segtool.plan import seen
from segtool.plan.plan import SEGMENT, Plan
from segtool.sources.context import ID
from segtool.sources.overrides import NONE, Override

_FEATURE = "§feature:"
ADDED, REMOVED = "§added:", "§removed:"
"""Before a segment's name: the columns that say who stands in its files of ids by hand."""
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

    @cached_property
    def everyone(self) -> pl.Series:
        """The ids of all contacts, sorted."""
        return self.contacts.get_column(ID).rechunk()

    def on(self, segment: str) -> pl.Series:
        """Who is on the published list, as a mask over `contacts`."""
        return self.contacts.get_column(f"{PUBLISHED}{segment}")

    def ids(self, segment: str) -> pl.Series:
        """Who is on the published list, sorted."""
        return self.everyone.filter(self.on(segment))


Members = Callable[[], nw.Expr]
"""Who is on a list at some stage; compiled when it is asked for, so that the plan knows what depends on what."""


@dataclass(frozen=True)
class Stage:
    """The list after a step that makes it; `key` is that of the segments file."""

    key: str
    members: Members


@dataclass(frozen=True)
class Making:
    """What lists are made of beside their rules: ids by hand, and which lists go by what earlier runs remember."""

    overrides: Mapping[str, Override] = field(default_factory=dict)
    remembered: Collection[str] = ()

    def set_rules(self, plan: Plan) -> None:
        """Says how every list is made; one is made when it is asked for."""
        for spec in plan.config.segments.values():
            plan.set_rule(spec.name, self.rule(spec, plan))

    def hands(self, config: Config) -> list[pl.Expr]:
        """Who stands in the files of ids by hand, for each list that has such files."""
        settings = {name: spec.settings for name, spec in config.segments.items()}
        added = {name: self.overrides.get(name, NONE).add for name, of in settings.items() if of.add}
        removed = {name: self.overrides.get(name, NONE).remove for name, of in settings.items() if of.remove}
        return [
            pl.col(ID).is_in(ids.implode()).alias(f"{hand}{name}")
            for hand, lists in ((ADDED, added), (REMOVED, removed))
            for name, ids in lists.items()
        ]

    def rule(self, spec: SegmentSpec, plan: Plan) -> Members:
        """The list before suppression; its rule is compiled when the list is asked for."""
        return self.stages(spec, plan, plan.rule)[-1].members

    def stages(self, spec: SegmentSpec, plan: Plan, rule: Callable[[Condition], nw.Expr]) -> list[Stage]:
        """The list after each step that makes it, from its rule, compiled by `rule`, to the list before suppression."""
        settings, override = spec.settings, self.overrides.get(spec.name, NONE)
        found = [Stage("where", lambda: rule(spec.where))]

        def then(key: str, made: Callable[[Members], nw.Expr]) -> None:
            before = found[-1].members
            found.append(Stage(key, lambda: made(before)))

        if settings.exclude:
            then("exclude", lambda before: _without(before(), settings.exclude or (), plan))
        if settings.top is not None:
            then("top", partial(ranking.chosen, spec, settings.top, plan))
        if settings.bottom is not None:
            then("bottom", partial(ranking.chosen, spec, settings.bottom, plan))
        if spec.name in self.remembered:
            then("kind", lambda before: _kept(spec, before, plan))
        if override.add.len():
            then("add", lambda before: before() | nw.col(ID).is_in(override.add.to_list()))
        if override.remove.len():
            then("remove", lambda before: before() & ~nw.col(ID).is_in(override.remove.to_list()))
        if spec.earlier:
            then("exclusive", lambda before: _without(before(), [ref.name for ref in spec.earlier], plan))
        return found


def _kept(spec: SegmentSpec, today: Members, plan: Plan) -> nw.Expr:
    """Who was on the list, and, where it grows, who is today. What is excluded is so whoever was there."""
    was, fits = ~plan.since(spec.name).is_null(), today()
    if spec.settings.kind == "static":
        return was  # what its rule looks at is asked for all the same: it is what tells who would fit by now
    return _without(was | fits, spec.settings.exclude or (), plan)


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
    frame = plan.frame(fields.values(), engine).select(nw.col(ID), *shown, *lists, *published, *features)
    found: pl.DataFrame = frame.to_native().collect()
    seen_of = [pl.col(f"{_FEATURE}{column}").alias(column) for column in looked_at]
    return Lists(
        contacts=found.drop(f"{_FEATURE}{column}" for column in looked_at).rechunk(),
        segments=tuple(config.segments),
        features=found.select(ID, *seen_of, *making.hands(config)),
    )


def _without(members: nw.Expr, others: Collection[str], plan: Plan) -> nw.Expr:
    """Those who are on none of the other lists."""
    if not others:
        return members
    return members & ~nw.any_horizontal(*(plan.segment(name) for name in others), ignore_nulls=True)
