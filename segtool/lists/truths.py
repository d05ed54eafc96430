"""Which conditions of a rule changed for a contact, in words, with the values before and after.

A side is a run's table of contacts with the columns of `plan.seen`, over which every leaf of all rules is judged. For
one list each leaf becomes two columns, whether it holds and what was seen; two sides joined then tell which leaves
turned the whole rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import add, and_, or_

import narwhals as nw
import polars as pl

from segtool.config import words
from segtool.config.tree import (
    All,
    Bound,
    Condition,
    Not,
    Some,
    children,
    leaves,
)
from segtool.lists import sentences
from segtool.plan import seen
from segtool.plan.plan import Plan

NOW, THEN = "now", "then"
RULE = "rule"
TURNED = "turned"
"""The column of both sides joined with what `Rule.changed` says."""


@dataclass(frozen=True)
class Rule:
    """A condition with its leaves numbered in the order in which they are written."""

    condition: Condition

    @property
    def leaves(self) -> tuple[Condition, ...]:
        return leaves(self.condition)

    @cached_property
    def root(self) -> _Node:
        return _numbered(self.condition, iter(range(len(self.leaves))))

    @cached_property
    def shown(self) -> tuple[tuple[str, ...], ...]:
        """The columns whose values are told of each leaf."""
        return tuple(_shown(leaf) for leaf in self.leaves)

    def changed(self) -> pl.Expr:
        """Over both sides joined: the leaves that turned the rule, in words; empty where none did."""
        turned = list(_turned(self.root, pl.lit(True), negated=False))
        texts = [pl.when(active).then(self._text(node, negated)) for node, active, negated in turned]
        about = {words.subject(node.condition) for node, _, _ in turned}
        if len(about) == len(texts):  # then no two say the same
            return pl.concat_str(texts, separator="; ", ignore_nulls=True)
        return pl.concat_list(texts).list.drop_nulls().list.unique(maintain_order=True).list.join("; ")

    def _text(self, node: _Node, negated: bool) -> pl.Expr:
        """`click in the last 30 days: 3 → 1, needs at least 2`."""
        if not self.shown[node.number]:
            return sentences.on_or_off(node.condition, node.now)
        own, *others = (_both(node.number, place) for place in range(len(self.shown[node.number])))
        return sentences.with_values(node.condition, own, others, negated)


@dataclass(frozen=True)
class Side:
    """Contacts as a run saw them, a row each; `holds` names the column that says whether a leaf is true for them."""

    which: str
    table: pl.DataFrame
    zone: str
    holds: Mapping[Condition, str]

    @classmethod
    def of(cls, which: str, table: pl.DataFrame, plan: Plan, rules: Iterable[Rule]) -> Side:
        """Each leaf of these rules is judged once, however many of them have it."""
        distinct = dict.fromkeys(leaf for rule in rules for leaf in rule.leaves)
        names = {leaf: f"§holds:{number}" for number, leaf in enumerate(distinct)}
        holds = [plan.condition(leaf).alias(name) for leaf, name in names.items()]
        judged: pl.DataFrame = nw.from_native(table).with_columns(*holds).to_native() if holds else table
        return cls(which, judged, plan.clock.zone, names)

    def rows(self, columns: Iterable[str], rule: Rule | None, rows: pl.Series) -> pl.DataFrame:
        """The columns, as far as they are there, and those that say whether each leaf of the rule holds."""
        there = set(self.table.columns)
        leaves_of = (self.holds[leaf] for leaf in rule.leaves) if rule is not None else ()
        wanted = dict.fromkeys((*(column for column in columns if column in there), *leaves_of))
        return pl.DataFrame([self.table.get_column(column) for column in wanted])[rows]

    def judged(self, rule: Rule | None, part: pl.DataFrame) -> pl.LazyFrame:
        """Some rows with whether the rule and each leaf holds, and what was seen, as text: under names of this side.

        Where nothing is known of the rule, nobody fits it.
        """
        if rule is None:
            return part.lazy().with_columns(pl.lit(False).alias(f"{self.which}:{RULE}"))
        holds = [pl.col(self.holds[leaf]).alias(_holds(self.which, number)) for number, leaf in enumerate(rule.leaves)]
        shown = {
            _value(self.which, number, place): sentences.as_text(
                name, part.schema[name], self.zone, sentences.limits_of(leaf)
            )
            for number, leaf in enumerate(rule.leaves)
            for place, name in enumerate(rule.shown[number])
        }
        truth = getattr(rule.root, self.which).alias(f"{self.which}:{RULE}")
        return part.lazy().with_columns(*holds, **shown).with_columns(truth)


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
            count = _sum(inside)
            return reduce(and_, (_within(count, bound) for bound in bounds))
    return reduce(or_, inside)


def _sum(holds: list[pl.Expr]) -> pl.Expr:
    return reduce(add, (one.cast(pl.Int32) for one in holds))


def _within(count: pl.Expr, bound: Bound) -> pl.Expr:
    if bound.key == "exactly":
        return count == bound.number
    return count >= bound.number if bound.key == "at_least" else count <= bound.number


def _turned(node: _Node, active: pl.Expr, negated: bool) -> Iterator[tuple[_Node, pl.Expr, bool]]:
    """The leaves that turned the whole, each with when it did and whether it had to go the other way."""
    here = active & (node.then != node.now)
    if not node.inside:
        yield node, here, negated
    elif isinstance(node.condition, Not):
        yield from _turned(node.inside[0], here, not negated)
    else:
        for inner in node.inside:
            yield from _turned(inner, here & (inner.now == node.now) & _counts(inner, node), negated)
            if isinstance(node.condition, Some) and any(bound.key != "at_least" for bound in node.condition.bounds):
                yield from _turned(inner, here & (inner.now != node.now) & _counts(inner, node), not negated)


def _counts(inner: _Node, node: _Node) -> pl.Expr:
    """Whether a part went the way in which the number of those that hold went."""
    if not isinstance(node.condition, Some):
        return pl.lit(True)
    now, then = (_sum([getattr(part, side) for part in node.inside]) for side in (NOW, THEN))
    return inner.now == (now > then)


def _holds(which: str, number: int) -> str:
    return f"{which}:holds {number}"


def _value(which: str, number: int, place: int) -> str:
    return f"{which}:value {number}.{place}"


def _shown(leaf: Condition) -> tuple[str, ...]:
    """The columns whose values are told: what the leaf looks at, and what that is compared with."""
    own = seen.shown_of(leaf)
    return (own, *seen.compared_with(leaf)) if own is not None else ()


def _both(number: int, place: int) -> pl.Expr:
    """`3 → 1`; one value where both are the same."""
    after, before = (pl.col(_value(which, number, place)) for which in (NOW, THEN))
    return pl.when(before.ne_missing(after)).then(before + " → " + after).otherwise(after)
