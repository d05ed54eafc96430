"""Why someone entered or left a list: what is different from the run before, with both values.

Only the contacts that changed are looked at, over the columns that the truth of a rule depends on: those of today, and
those that the run before kept. What decides is said: suppression, groups, ids by hand, exclusion, ranking; else the
conditions that turned the rule.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

import polars as pl

from segtool.config.settings import SegmentSpec
from segtool.lists import ranking
from segtool.lists.causes import BY_HAND, NOT_BY_HAND, PLACE, RANKED, THERE, Why
from segtool.lists.changes import REASON, Change
from segtool.lists.membership import ADDED, REMOVED, Lists
from segtool.lists.places import Crossing
from segtool.lists.ranking import CHOSEN, POSITION
from segtool.lists.roster import EMPTY, Roster
from segtool.lists.truths import NOW, THEN, TURNED, Rule, Side
from segtool.plan import seen
from segtool.plan.plan import SEGMENT, Plan
from segtool.sources.context import ID
from segtool.sources.together import together

_KNOWN = "§known"
_ROW = "§row"


@dataclass(frozen=True)
class Then:
    """The run before: its rules at its own instant, what it saw of every contact (if that was kept), and its lists."""

    plan: Plan
    features: pl.LazyFrame | None
    rosters: Mapping[str, Roster]


@dataclass(frozen=True)
class _Asked:
    """A list whose changes are asked about, with what decides about it. `same` tells that the run before saw it too."""

    spec: SegmentSpec
    columns: tuple[str, ...]
    rule: Rule | None
    same: bool

    @property
    def known(self) -> Rule | None:
        """The rule, where what it saw before is known."""
        return self.rule if self.same else None


@dataclass(frozen=True)
class Reasons:
    """Tells the reasons of one run."""

    plan: Plan
    lists: Lists
    then: Then

    def told(self, changes: Mapping[str, Change]) -> dict[str, Change]:
        """The changes with their reasons. Where the list itself was changed, that is the reason: none is asked for."""
        parts = [part.get_column(ID) for change in changes.values() for part in (change.entered, change.left)]
        asked = pl.concat(parts).rename(ID)
        ids = asked.unique().sort()
        rows = asked.to_frame().join(ids.to_frame().with_row_index(_ROW), on=ID, how="left", maintain_order="left")
        lists = sorted(self._referred_to(changes))
        places, now, then = rows.get_column(_ROW), self._now(ids, lists), self._then(ids, lists)
        asked_of = self._asked(changes, same_columns(now, then))
        both = (
            Side.of(NOW, now, self.plan, (one.rule for one in asked_of.values() if one.rule is not None)),
            Side.of(THEN, then, self.then.plan, (one.known for one in asked_of.values() if one.known is not None)),
        )
        ends = accumulate(change.count for change in changes.values())

        def told(one: tuple[tuple[str, Change], int]) -> Change:
            (name, change), end = one
            return self._of(asked_of[name], change, both, places.slice(end - change.count, change.count))

        return dict(zip(changes, together(told, zip(changes.items(), ends, strict=True)), strict=True))

    def _asked(self, names: Collection[str], same: Collection[str]) -> dict[str, _Asked]:
        """The lists with their rules; `same` are the columns that both runs have."""
        found = {}
        for name in names:
            spec = self.plan.config.segments[name]
            columns = columns_of(spec, self.plan)
            rule = Rule(spec.where) if spec.follows_rule else None
            found[name] = _Asked(spec, columns, rule, all(column in same for column in columns))
        return found

    def _now(self, ids: pl.Series, lists: Collection[str]) -> pl.DataFrame:
        """These contacts as they are today, a row each; whether they are there, and gaps where they are not."""
        places = Crossing(self.lists.everyone).each(ids)
        contacts = self.lists.contacts.select(pl.col([f"{SEGMENT}{name}" for name in lists]).gather(places))
        features = self.lists.features.select(pl.exclude(ID).gather(places))
        there = places.is_not_null().alias(_KNOWN)
        return self.plan.remembering(pl.DataFrame([ids, there]).hstack(contacts).hstack(features))

    def _then(self, ids: pl.Series, lists: Collection[str]) -> pl.DataFrame:
        """These contacts as the run before saw them, as far as it kept that; and whether they were known at all."""
        known = ids.to_frame().with_columns(pl.lit(None, pl.Boolean).alias(_KNOWN))
        if self.then.features is not None:
            chosen = self.then.features.filter(pl.col(ID).is_in(ids.implode())).collect()
            seen = chosen.with_columns(pl.lit(True).alias(_KNOWN))
            known = ids.to_frame().join(seen, on=ID, how="left", maintain_order="left")
        rosters = {name: self.then.rosters.get(name, EMPTY).remembered for name in lists}
        tables = {id(people): people for people in (roster.people for roster in rosters.values())}
        places = {key: Crossing(people).each(ids) for key, people in tables.items()}
        on = [roster.holds(places[id(roster.people)]).alias(f"{SEGMENT}{name}") for name, roster in rosters.items()]
        return self.then.plan.remembering(known.with_columns(on))

    def _referred_to(self, asked: Collection[str]) -> set[str]:
        config = self.plan.config
        groups = [ref.name for group in config.exclusive.values() for ref in group]
        needs = [ref.name for name in asked for ref in config.segments[name].needs]
        return {*groups, *needs, *(ref.name for ref in config.suppress), *asked}

    def _of(self, asked: _Asked, change: Change, both: tuple[Side, Side], rows: pl.Series) -> Change:
        """The change with reasons; `rows` are where those who entered, and after them those who left, are on a side."""
        spec = asked.spec
        why = Why(spec, self.plan.config, asked.known, self.then.features is not None)
        lists = [f"{SEGMENT}{other}" for other in (spec.name, *why.others)]
        sides = []
        for side, rule, told in zip(both, (asked.rule, asked.known), (True, asked.same), strict=True):
            part = side.rows((_KNOWN, *lists, *(asked.columns if told else ())), rule, rows)
            sides.append(_side(spec, side.judged(rule, part), part.columns, side.which))
        joined = pl.concat(sides, how="horizontal").collect()
        # Who is not in contacts now fits nothing, not even what asks for a missing value.
        there = pl.col(f"{NOW}{THERE}")
        truths = [column for column, kind in joined.schema.items() if kind == pl.Boolean]
        flags = [
            pl.col(column).fill_null(False) & (there if column.startswith(NOW) else pl.lit(True)) for column in truths
        ]
        turned = [why.rule.changed().alias(TURNED)] if why.rule is not None else []
        whole, came = joined.lazy().with_columns(flags).with_columns(turned).collect(), change.entered.height
        return replace(
            change,
            entered=_because(change.entered, whole.head(came), why.came),
            left=_because(change.left, whole.slice(came), why.went),
        )


def _because(people: pl.DataFrame, seen_of: pl.DataFrame, why: Callable[[], pl.Expr]) -> pl.DataFrame:
    """ID and REASON of some of those who changed, as far as there are any."""
    if not people.height:
        return people
    return pl.DataFrame([people.get_column(ID), seen_of.select(why().alias(REASON)).to_series()])


def columns_of(spec: SegmentSpec, plan: Plan) -> tuple[str, ...]:
    """What reasons look at: the rule with its ranking, and who is on the list by hand."""
    files = ((ADDED, spec.settings.add), (REMOVED, spec.settings.remove))
    hands = [f"{hand}{spec.name}" for hand, named in files if named]
    return (*(seen.columns_of(spec.where) + ranking.columns_of(spec, plan) if spec.follows_rule else ()), *hands)


def same_columns(now: pl.DataFrame, then: pl.DataFrame) -> set[str]:
    """What both sides have, and of the same types: exports may hold other values than yesterday.

    Whole numbers are kept in as few bits as hold them, so one more may make them wider.
    """
    before = then.schema
    return {name for name, kind in now.schema.items() if name in before and _alike(kind, before[name])}


def _alike(kind: pl.DataType, other: pl.DataType) -> bool:
    return kind == other or (kind.is_integer() and other.is_integer())


def _side(spec: SegmentSpec, side: pl.LazyFrame, own: Sequence[str], which: str) -> pl.LazyFrame:
    """Whether the contact is there, the lists, hands and ranking, and what was judged, under names of that side.

    `own` are the columns of the side that are not named so.
    """
    shown = [pl.col(name).alias(f"{which}:{name.removeprefix(SEGMENT)}") for name in own if name.startswith(SEGMENT)]
    known = {
        PLACE: (f"{POSITION}{spec.name}", pl.Int64),
        RANKED: (f"{CHOSEN}{spec.name}", pl.Boolean),
        BY_HAND: (f"{ADDED}{spec.name}", pl.Boolean),
        NOT_BY_HAND: (f"{REMOVED}{spec.name}", pl.Boolean),
    }
    found = [
        (pl.col(name) if name in own else pl.lit(None, kind)).alias(f"{which}{of}")
        for of, (name, kind) in known.items()
    ]
    return side.select(pl.exclude(own), *shown, *found, pl.col(_KNOWN).alias(f"{which}{THERE}"))
