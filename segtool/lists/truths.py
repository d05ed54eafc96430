"""Which conditions of a rule changed for a contact, in words, with the values before and after.

A side is a run's table of contacts with the columns of `plan.seen`. Each leaf of a rule becomes two columns of it,
whether it holds and what was seen; two sides joined then tell which leaves turned the whole rule.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import reduce
from operator import add, and_, or_
from zoneinfo import ZoneInfo

import narwhals as nw
import polars as pl

from segtool.config import words
from segtool.config.tree import (
    All,
    AnyOf,
    Bound,
    Condition,
    FieldTest,
    InSegment,
    Not,
    Some,
    children,
    leaves,
)
from segtool.plan import seen
from segtool.plan.plan import Plan
from segtool.sources.context import ID

NOW, THEN = "now", "then"
RULE = "rule"
MISSING = "no value"
_LONGEST = 60
_VERBS = {"is": "to be", "contains": "to contain", "starts": "to start", "ends": "to end", "matches": "to match"}


@dataclass(frozen=True)
class Rule:
    """A condition with its leaves numbered in the order in which they are written."""

    condition: Condition

    @property
    def leaves(self) -> tuple[Condition, ...]:
        return leaves(self.condition)

    def can_be_judged(self, side: pl.DataFrame) -> bool:
        """Whether the side has every column that the rule depends on."""
        return set(seen.columns_of(self.condition)) <= set(side.columns)

    def judged(self, side: pl.DataFrame, plan: Plan, which: str) -> pl.DataFrame:
        """ID; whether the rule and each leaf holds; and what was seen, as text: all under names of that side."""
        columns = [plan.condition(self.condition).alias(f"{which}:{RULE}")]
        columns += [plan.condition(leaf).alias(_holds(which, number)) for number, leaf in enumerate(self.leaves)]
        truths = nw.from_native(side).select(nw.col(ID), *columns).to_native()
        values = [(number, seen.shown_of(leaf)) for number, leaf in enumerate(self.leaves)]
        shown = [
            as_text(name, side.schema[name], plan.clock.zone).alias(_value(which, number))
            for number, name in values
            if name is not None
        ]
        return truths.hstack(side.select(shown)) if shown else truths

    def changed(self) -> pl.Expr:
        """Over both sides joined: the leaves that turned the rule, in words; empty where none did."""
        numbers = iter(range(len(self.leaves)))
        turned = list(_turned(_numbered(self.condition, numbers), pl.lit(True), negated=False))
        texts = [pl.when(active).then(_text(leaf, number, negated)) for leaf, number, active, negated in turned]
        return pl.concat_list(texts).list.drop_nulls().list.unique(maintain_order=True).list.join("; ")


@dataclass(frozen=True)
class _Node:
    """A part of a rule with whether it holds then and now; `number` is a leaf's."""

    condition: Condition
    then: pl.Expr
    now: pl.Expr
    inside: tuple[_Node, ...] = ()
    number: int = -1


def _numbered(condition: Condition, numbers: Iterator[int]) -> _Node:
    if not children(condition):
        number = next(numbers)
        return _Node(condition, pl.col(_holds(THEN, number)), pl.col(_holds(NOW, number)), number=number)
    inside = tuple(_numbered(inner, numbers) for inner in children(condition))
    then, now = (_combined(condition, [getattr(node, side) for node in inside]) for side in (THEN, NOW))
    return _Node(condition, then, now, inside)


def _combined(condition: Condition, inside: list[pl.Expr]) -> pl.Expr:
    match condition:
        case All():
            return reduce(and_, inside)
        case Not():
            return ~inside[0]
        case Some(bounds):
            count = reduce(add, (holds.cast(pl.Int32) for holds in inside))
            return reduce(and_, (_within(count, bound) for bound in bounds))
    return reduce(or_, inside)


def _within(count: pl.Expr, bound: Bound) -> pl.Expr:
    if bound.key == "exactly":
        return count == bound.number
    return count >= bound.number if bound.key == "at_least" else count <= bound.number


def _turned(node: _Node, active: pl.Expr, negated: bool) -> Iterator[tuple[Condition, int, pl.Expr, bool]]:
    """The leaves that went the way that turned the whole, each with when it did."""
    here = active & (node.then != node.now)
    if not node.inside:
        yield node.condition, node.number, here, negated
    for inner in node.inside:
        way = here
        if isinstance(node.condition, All | AnyOf):
            way = here & (inner.now == node.now)
        yield from _turned(inner, way, negated != isinstance(node.condition, Not))


def _holds(which: str, number: int) -> str:
    return f"{which}:holds {number}"


def _value(which: str, number: int) -> str:
    return f"{which}:value {number}"


def _text(leaf: Condition, number: int, negated: bool) -> pl.Expr:
    """`click in the last 30 days: 3 → 1, needs at least 2`."""
    now = pl.col(_holds(NOW, number))
    if seen.shown_of(leaf) is None:
        lasting = isinstance(leaf, InSegment) and leaf.for_at_least is not None
        said = f"on {words.subject(leaf)}" if isinstance(leaf, InSegment) else words.sentence(leaf)
        said = words.sentence(leaf) if lasting else said
        return pl.when(now).then(pl.lit(f"now {said}")).otherwise(pl.lit(f"no longer {said}"))
    after, before = (pl.col(_value(which, number)) for which in (NOW, THEN))
    seen_now = pl.when(before.ne_missing(after)).then(before + " → " + after).otherwise(after)
    return pl.lit(f"{words.subject(leaf)}: ") + seen_now + pl.lit(f", needs {_needs(leaf, negated)}")


def _needs(leaf: Condition, negated: bool) -> str:
    """`at least 2`, `to contain "VP"`."""
    if negated or not isinstance(leaf, FieldTest):
        return _infinitive(words.need(leaf, negated=negated))
    return " and ".join(_infinitive(words.need(leaf, test)) for test in leaf.tests)


def _infinitive(need: str) -> str:
    verb, _, rest = need.partition(" ")
    if verb in _VERBS:
        return f"{_VERBS[verb]} {rest}"
    if verb == "has":
        return f"to have {rest}"
    return f"not to {rest.removeprefix('not ')}" if verb == "does" else need


def as_text(name: str, kind: pl.DataType, zone: str) -> pl.Expr:
    """A value as people read it; a long text is cut."""
    column = pl.col(name)
    if isinstance(kind, pl.List):
        text = column.list.join(", ")
    elif isinstance(kind, pl.Datetime):
        local = column.dt.replace_time_zone("UTC").dt.convert_time_zone(ZoneInfo(zone).key)
        text = local.dt.strftime("%Y-%m-%d %H:%M")
    elif kind.is_float():
        text = column.cast(pl.String).str.replace(r"\.0$", "")
    else:
        text = column.cast(pl.String)
    cut = pl.when(text.str.len_chars() > _LONGEST).then(text.str.slice(0, _LONGEST) + "…").otherwise(text)
    return cut.fill_null(MISSING)
