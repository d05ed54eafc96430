"""Why someone entered or left a list: what is different from the run before, with both values.

Only the contacts that changed are looked at, over the columns that the truth of a rule depends on: those of today, and
those that the run before kept. What decides is said: suppression, groups, ids by hand, exclusion, ranking; else the
conditions that turned the rule.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from segtool.config.settings import SegmentSpec
from segtool.lists import ranking
from segtool.lists.causes import BY_HAND, NOT_BY_HAND, PLACE, RANKED, THERE, Why
from segtool.lists.changes import REASON, Change
from segtool.lists.membership import ADDED, REMOVED, Lists
from segtool.lists.ranking import CHOSEN, POSITION
from segtool.lists.roster import EMPTY, Roster
from segtool.lists.truths import NOW, RULE, THEN, Rule
from segtool.plan import seen
from segtool.plan.plan import SEGMENT, Plan
from segtool.sources.context import ID

_KNOWN = "§known"


@dataclass(frozen=True)
class Then:
    """The run before: its rules at its own instant, what it saw of every contact (if that was kept), and its lists."""

    plan: Plan
    features: pl.LazyFrame | None
    rosters: Mapping[str, Roster]


@dataclass(frozen=True)
class Reasons:
    """Tells the reasons of one run."""

    plan: Plan
    lists: Lists
    then: Then

    def told(self, changes: Mapping[str, Change]) -> dict[str, Change]:
        """The changes with their reasons. Where the list itself was changed, that is the reason: none is asked for."""
        ids = pl.concat([part.get_column(ID) for change in changes.values() for part in (change.entered, change.left)])
        now, then = self._now(ids.unique()), self._then(ids.unique(), changes)
        return {name: self._of(name, change, now, then) for name, change in changes.items()}

    def _now(self, ids: pl.Series) -> pl.DataFrame:
        """These contacts as they are today."""
        chosen = pl.col(ID).is_in(ids.implode())
        lists = [f"{SEGMENT}{name}" for name in self.lists.segments]
        contacts = self.lists.contacts.lazy().select(ID, *lists).filter(chosen)
        found = contacts.join(self.lists.features.lazy().filter(chosen), on=ID).collect()
        return self.plan.remembering(found)

    def _then(self, ids: pl.Series, asked: Collection[str]) -> pl.DataFrame:
        """These contacts as the run before saw them, as far as it kept that; and whether they were known at all."""
        chosen = pl.col(ID).is_in(ids.implode())
        found = ids.to_frame(ID).with_columns(pl.lit(None, pl.Boolean).alias(_KNOWN))
        if self.then.features is not None:
            seen = self.then.features.filter(chosen).collect().with_columns(pl.lit(True).alias(_KNOWN))
            found = ids.to_frame(ID).join(seen, on=ID, how="left")
        for name in self._referred_to(asked):
            members = self.then.rosters.get(name, EMPTY).remembered.filter(chosen).get_column(ID)
            found = found.with_columns(pl.col(ID).is_in(members.implode()).alias(f"{SEGMENT}{name}"))
        return self.then.plan.remembering(found)

    def _referred_to(self, asked: Collection[str]) -> set[str]:
        config = self.plan.config
        groups = [ref.name for group in config.exclusive.values() for ref in group]
        needs = [ref.name for name in asked for ref in config.segments[name].needs]
        return {*groups, *needs, *(ref.name for ref in config.suppress), *asked}

    def _of(self, name: str, change: Change, now: pl.DataFrame, then: pl.DataFrame) -> Change:
        spec = self.plan.config.segments[name]
        rule = Rule(spec.where)
        known = same_columns(columns_of(spec, self.plan), now, then)
        there = then if known else then.select(ID, _KNOWN, *_lists(then))
        sides = [_side(spec, now, NOW), _side(spec, there, THEN)]
        for which, side, plan in ((NOW, now, self.plan), (THEN, then, self.then.plan)):
            if spec.follows_rule and (known or which == NOW):
                sides.append(rule.judged(side, plan, which))
            else:
                sides.append(side.select(ID, pl.lit(False).alias(f"{which}:{RULE}")))
        why = Why(spec, self.plan.config, rule if known and spec.follows_rule else None, self.then.features is not None)
        return replace(
            change, entered=_told(change.entered, sides, why.came()), left=_told(change.left, sides, why.went())
        )


def columns_of(spec: SegmentSpec, plan: Plan) -> tuple[str, ...]:
    """What reasons look at: the rule with its ranking, and who is on the list by hand."""
    files = ((ADDED, spec.settings.add), (REMOVED, spec.settings.remove))
    hands = [f"{hand}{spec.name}" for hand, named in files if named]
    return (*(seen.columns_of(spec.where) + ranking.columns_of(spec, plan) if spec.follows_rule else ()), *hands)


def same_columns(names: Collection[str], now: pl.DataFrame, then: pl.DataFrame) -> bool:
    """Whether both sides have all of these, and of the same types: exports may hold other values than yesterday."""
    return all(now.schema[name] == then.schema.get(name) for name in names)


def _lists(side: pl.DataFrame) -> list[str]:
    return [name for name in side.columns if name.startswith(SEGMENT)]


def _side(spec: SegmentSpec, side: pl.DataFrame, which: str) -> pl.DataFrame:
    """ID, whether the contact is there, the lists, hands and ranking, under names of that side."""
    shown = [pl.col(name).alias(f"{which}:{name.removeprefix(SEGMENT)}") for name in _lists(side)]
    known = {
        PLACE: (f"{POSITION}{spec.name}", pl.Int64),
        RANKED: (f"{CHOSEN}{spec.name}", pl.Boolean),
        BY_HAND: (f"{ADDED}{spec.name}", pl.Boolean),
        NOT_BY_HAND: (f"{REMOVED}{spec.name}", pl.Boolean),
    }
    found = [
        (pl.col(name) if name in side.columns else pl.lit(None, kind)).alias(f"{which}{of}")
        for of, (name, kind) in known.items()
    ]
    there = pl.col(_KNOWN) if which == THEN else pl.lit(True)
    return side.select(ID, *shown, *found, there.alias(f"{which}{THERE}"))


def _told(part: pl.DataFrame, sides: Sequence[pl.DataFrame], why: pl.Expr) -> pl.DataFrame:
    """The reasons of these contacts. Who is on one side alone has nothing on the other."""
    joined = part.select(ID)
    for side in sides:
        joined = joined.join(side, on=ID, how="left")
    flags = [pl.col(column).fill_null(False) for column, kind in joined.schema.items() if kind == pl.Boolean]
    return joined.with_columns(flags).select(ID, why.alias(REASON)).sort(ID)
