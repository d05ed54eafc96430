"""Negative conditions that include many contacts only because they have no value.

"State is not NJ" is true of those without a state. That is the law and often meant; where it decides who belongs, it
is said with the number. Nothing is said where another part of the rule asks for a value, or includes them anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from segtool.config.frozen import dataclass
from segtool.config.problems import Problems
from segtool.config.tree import All, AnyOf, Condition, FieldTest, Not, Some, Test
from segtool.lint.counts import Counts
from segtool.lint.rules import Rule

CODE = "missing-included"
SHARE = 0.01
"""From this share of all contacts on it is worth a word."""


@dataclass(frozen=True)
class Doubt:
    """A negative condition, and the contacts that belong only because its field is missing."""

    about: FieldTest
    only_missing: Condition
    rule: Rule


def ask(rules: Collection[Rule], counts: Counts) -> list[Doubt]:
    """Every negative condition on a field, with the question how many it includes."""
    found = [doubt for rule in rules for doubt in _doubts(rule)]
    for doubt in found:
        counts.ask(doubt.only_missing)
    return found


def report(doubts: Collection[Doubt], counts: Counts, problems: Problems) -> None:
    for doubt in doubts:
        number = counts.of(doubt.only_missing)
        if number and number >= SHARE * counts.contacts and 0 < counts.of(doubt.about) < counts.contacts:
            name = doubt.about.field.name
            fit = "fits only because it has" if number == 1 else "fit only because they have"
            message = (
                f'{number:,} of {counts.contacts:,} contacts {fit} no "{name}"; '
                f"if that is not meant, add {{field: {name}, is_set: true}}"
            )
            problems.without(doubt.rule.silence).warning(CODE, message, doubt.about.field.at)


def _doubts(rule: Rule) -> Iterator[Doubt]:
    for about, narrowed in _narrowed(rule.condition, True):
        yield Doubt(about, All((rule.condition, Not(narrowed))), rule)


def _narrowed(node: Condition, positive: bool) -> Iterator[tuple[FieldTest, Condition]]:
    """Every negative condition, with the whole `node` as it were if that one asked for a value as well."""
    match node:
        case FieldTest() if _is_negative(node, positive):
            known = FieldTest(node.field, (Test("is_set", False, True),), change=node.change)
            yield node, All((node, known)) if positive else AnyOf((node, Not(known)))
        case Not(of):
            for about, inner in _narrowed(of, not positive):
                yield about, Not(inner)
        case All(of) | AnyOf(of) | Some(_, of):
            way = _way(node, positive)
            for place, child in enumerate(of):
                for about, inner in _narrowed(child, way) if way is not None else ():
                    yield about, replace(node, of=(*of[:place], inner, *of[place + 1 :]))


def _way(node: All | AnyOf | Some, positive: bool) -> bool | None:
    """Whether more that is true inside makes more true outside; None where it may do either."""
    if not isinstance(node, Some):
        return positive
    keys = {bound.key for bound in node.bounds}
    return positive if keys == {"at_least"} else not positive if keys == {"at_most"} else None


def _is_negative(node: FieldTest, positive: bool) -> bool:
    """Whether a missing value makes it true where it stands, without being asked for by name."""
    if node.field.column is None or any(test.operator == "is_set" for test in node.tests):
        return False
    by_missing = all(test.negated for test in node.tests)
    return by_missing if positive else not by_missing
