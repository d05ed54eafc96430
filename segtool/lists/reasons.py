"""Why someone entered or left a list: what is different from the run before, with both values.

Only the contacts that changed are looked at, over the columns that the truth of a rule depends on: those of today, and
those that the run before kept. What decides is said: suppression, groups, ids by hand, exclusion, ranking; else the
conditions that turned the rule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import reduce

import polars as pl

from segtool.config.frozen import dataclass
from segtool.config.settings import Config, SegmentSpec
from segtool.config.tree import Condition, leaves
from segtool.lists import changes as said
from segtool.lists import ranking, sentences
from segtool.lists.causes import Seen, Why, first
from segtool.lists.changes import REASON, Change
from segtool.lists.membership import ADDED, REMOVED, Lists
from segtool.lists.places import all_of, places_of
from segtool.lists.sides import People, Side, Sight, Then
from segtool.lists.telling import Turn, in_words
from segtool.lists.truths import Truth, judged, turned
from segtool.plan import seen
from segtool.plan.plan import Plan
from segtool.sources.context import ID

_NOTHING = pl.Series([""])


@dataclass(frozen=True)
class _Asked:
    """A list whose changes are asked about.

    `leaves` are the numbers of its rule's conditions, none where the rule has no say; `known` tells whether the run
    before saw all that decides about the list.
    """

    spec: SegmentSpec
    leaves: tuple[int, ...]
    known: bool


@dataclass(frozen=True)
class Reasons:
    """Tells the reasons of one run."""

    plan: Plan
    lists: Lists
    then: Then

    def told(self, changes: Mapping[str, Change]) -> dict[str, Change]:
        """The changes with their reasons. Where the list itself was changed, that is the reason: none is asked for."""
        people = People.of(changes.values(), self.lists.everyone)
        columns = {name: columns_of(self.plan.config.segments[name], self.plan) for name in changes}
        wanted = frozenset(column for of_list in columns.values() for column in of_list)
        now = Sight.of_today(people, self.lists, wanted)
        then = Sight.of_before(people, self.then, self.lists.everyone, wanted)
        same, numbers = same_columns(now.table, then.table), dict[Condition, int]()
        asked = [self._asked(name, numbers, same.issuperset(columns[name])) for name in changes]
        conditions = {number: condition for condition, number in numbers.items()}
        known = {leaf: conditions[leaf] for one in asked if one.known for leaf in one.leaves}
        compared = _Compared(
            config=self.plan.config,
            conditions=conditions,
            now=Side.of(now, people.ids, self.plan, conditions),
            then=Side.of(then, people.ids, self.then.plan, known),
            kept=self.then.features is not None,
        )
        return compared.told(dict(zip(changes, asked, strict=True)), changes, people.rows)

    def _asked(self, name: str, numbers: dict[Condition, int], known: bool) -> _Asked:
        """`numbers` gets the conditions of the rule that it lacks."""
        spec = self.plan.config.segments[name]
        conditions = leaves(spec.where) if spec.follows_rule else ()
        return _Asked(spec, tuple(numbers.setdefault(leaf, len(numbers)) for leaf in conditions), known)


@dataclass(frozen=True)
class _Compared:
    """The people on both sides, with the conditions of all rules, by their numbers.

    `kept` tells whether it is known what the run before saw.
    """

    config: Config
    conditions: Mapping[int, Condition]
    now: Side
    then: Side
    kept: bool

    def told(self, asked: Mapping[str, _Asked], changes: Mapping[str, Change], rows: pl.Series) -> dict[str, Change]:
        """The changes with their reasons; `rows` are the people whom they are about."""
        causes: list[pl.Series] = []
        turns: list[Turn] = []
        start = 0
        for name, change in changes.items():
            for came, part in ((True, change.entered), (False, change.left)):
                if part.height:
                    told, found = self._causes(asked[name], came, rows.slice(start, part.height))
                    causes.append(told)
                    turns += (replace(turn, changes=turn.changes + start) for turn in found)
                    start += part.height
        words = in_words(turns, start, self._said)
        reasons = pl.select(pl.concat_str(pl.concat(causes), words, ignore_nulls=True)).to_series()
        return dict(zip(changes, _because(changes.values(), reasons), strict=True))

    def _causes(self, asked: _Asked, came: bool, rows: pl.Series) -> tuple[pl.Series, list[Turn]]:
        """What is said of some changes of a list before the conditions that turned its rule; and these conditions."""
        now = self._truth(asked, self.now, rows) if asked.leaves else None
        then = self._truth(asked, self.then, rows) if asked.leaves and asked.known else None
        nobody = all_of(rows.len(), False)
        why = Why(
            self.config,
            Seen(self.now.sight, asked.spec, rows, now.holds if now else nobody),
            Seen(self.then.sight, asked.spec, rows, then.holds if then else nobody, asked.known),
            self.kept,
        )
        causes, moved, otherwise = (
            (why.came(), why.moved_from(), said.ENTERED) if came else (why.went(), why.moved_to(), said.LEFT)
        )
        told, left = first(causes, _NOTHING.new_from_index(0, rows.len()), all_of(rows.len(), True))
        told, _ = first(moved, told, left)
        found = list(turned(then, now, left)) if then and now else []
        silent = reduce(lambda some, one: some & ~one.holds, found, left)
        turns = [Turn(one.leaf, one.negated, places_of(one.holds), rows.filter(one.holds)) for one in found]
        return ((told + otherwise).zip_with(silent, told) if silent.any() else told), turns

    def _truth(self, asked: _Asked, side: Side, rows: pl.Series) -> Truth:
        return judged(asked.spec.where, iter(asked.leaves), lambda leaf: side.holds[leaf][rows])

    def _said(self, asked: Sequence[tuple[int, bool, pl.Series]]) -> pl.Series:
        """What became of conditions, or of their opposites, for some of the people each."""
        before, after = self.then.sight.table, self.now.sight.table
        told = []
        for leaf, negated, rows in asked:
            shown = seen.told_of(self.conditions[leaf])
            values = tuple((before.get_column(name)[rows], after.get_column(name)[rows]) for name in shown)
            told.append(sentences.Told(self.conditions[leaf], negated, self.now.holds[leaf][rows], values))
        return sentences.in_words(told, self.now.zone)


def _because(changes: Collection[Change], reasons: pl.Series) -> Iterator[Change]:
    """The changes with these reasons, list by list."""
    start = 0
    for change in changes:
        parts = []
        for part in (change.entered, change.left):
            parts.append(pl.DataFrame([part.get_column(ID), reasons.slice(start, part.height).alias(REASON)]))
            start += part.height
        yield replace(change, entered=parts[0], left=parts[1])


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
