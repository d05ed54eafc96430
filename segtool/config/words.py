"""Conditions in plain English, without any data: what `explain`, reasons and reports say.

`subject` is what a condition looks at and `need` what has to be true of it; `sentence` and `outline` say whole trees.
Conditions that mean different things never get the same words. Refuses to judge: it knows no contact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from segtool.config import phrases
from segtool.config.behaviour import AT_LEAST_ONCE
from segtool.config.frozen import dataclass
from segtool.config.operators import CALENDAR
from segtool.config.phrases import joined, name
from segtool.config.tree import (
    All,
    AnyOf,
    Bound,
    Condition,
    Did,
    Everyone,
    FieldTest,
    Follow,
    InArm,
    InSegment,
    Not,
    Ref,
    Some,
    Test,
    children,
)

_QUOTED = re.compile(r'"[^"]*"')
_COMPOUND = re.compile(r" (and|or|where|followed) |[;:,]")
_NUMBERS_OF_ALL = ("count", "sum", "distinct", "periods")
"""The measures that everyone has: of nobody's events they are 0."""


@dataclass(frozen=True)
class Clause:
    """One line of a condition: how deep it stands, what it says, and the condition that it says."""

    level: int
    text: str
    condition: Condition


def subject(leaf: Condition) -> str:
    """What a leaf looks at: `job_title`, `click in the last 30 days`, `the list vip`."""
    match leaf:
        case FieldTest(field, change=None):
            return name(field.name)
        case FieldTest(field, change=step):
            return f"change of {name(field.name)} in {step}"
        case Did():
            return deed(leaf)
        case InSegment(names):
            return lists([ref.name for ref in names])
        case InArm(split):
            return f"the split {name(split.name)}"
        case Everyone():
            return "everyone"
    raise TypeError(f"{type(leaf).__name__} is no leaf")


def need(leaf: Condition, test: Test | None = None, negated: bool = False) -> str:
    """What has to be true of the subject: `at least 2`, `contains "VP"`, `on it`.

    `test` asks for one test of a field alone, `negated` for what makes the leaf untrue.
    """
    match leaf:
        case FieldTest():
            return _field_need(leaf, leaf.tests if test is None else (test,), negated)
        case Did(end=""):
            return _opposite(leaf) if negated else phrases.bounds(leaf.bounds)
        case Did():
            return _not_if(negated, _end_need(leaf))
        case InSegment():
            return _not_if(negated, f"on it{_for_at_least(leaf)}")
        case InArm(_, arm):
            return _not_if(negated, f"arm {name(arm)}")
        case Everyone():
            return _not_if(negated, "a contact")
    raise TypeError(f"{type(leaf).__name__} is no leaf")


def sentence(condition: Condition) -> str:
    """The whole condition in one line, its parts in brackets."""
    match condition:
        case Not(AnyOf(of)):
            return f"none of these: {_listed(of)}"
        case Not(Everyone()):
            return "nobody"
        case Not(Did() | InSegment() | InArm() as leaf) if _has_plain_negative(leaf):
            return _leaf(leaf, negated=True)
        case Not(of):
            return f"not ({sentence(of)})"
        case All(of) | AnyOf(of) if len(of) == 1:
            return sentence(of[0])
        case All(of) | AnyOf(of):
            conjunction = " and " if isinstance(condition, All) else " or "
            parts = [_part(inner) for inner in of]
            plain = len(parts) == 2 and not any(_COMPOUND.search(_QUOTED.sub("", part)) for part in parts)
            return conjunction.join(parts) if plain else f"{heading(condition)}: {'; '.join(parts)}"
        case Some(_, of):
            return f"{heading(condition)}: {_listed(of)}"
    return _leaf(condition)


def lists(names: Sequence[str]) -> str:
    """`the list a`, `the lists a or b`."""
    return f"the list{'s' if len(names) > 1 else ''} {joined([name(written) for written in names], 'or')}"


def heading(condition: Condition) -> str:
    """What stands above the parts of a combination: `all of these`."""
    match condition:
        case All():
            return "all of these"
        case AnyOf():
            return "any of these"
        case Not(AnyOf()):
            return "none of these"
        case Some(found):
            return f"{phrases.bounds(found)} of these"
    return "not"


def outline(condition: Condition, level: int = 0) -> Iterator[Clause]:
    """The condition line by line, parts below their combination; a leaf, negated or not, is one line."""
    inside = children(condition)
    if len(inside) == 1 and isinstance(condition, All | AnyOf):
        yield from outline(inside[0], level)
    elif not inside or (isinstance(condition, Not) and not children(condition.of)):
        yield Clause(level, sentence(condition), condition)
    else:
        yield Clause(level, heading(condition), condition)
        below = children(condition.of) if isinstance(condition, Not) and isinstance(condition.of, AnyOf) else inside
        for inner in below:
            yield from outline(inner, level + 1)


def deed(did: Did) -> str:
    """What a behaviour measures, without its bounds: `sum of amount of purchase in the last 12 months`."""
    events = _chosen_events(did)
    measure = did.measure
    match measure.kind:
        case "count":
            return f"{did.end} {_events(did.events)}{_where(did.where)}" if did.end else events
        case "periods":
            return f"periods of {measure.step} with {events}"
        case "distinct" if measure.of in CALENDAR:
            return f"{measure.of}s with {events}"
        case "distinct":
            return f"different values of {name(measure.of)} of {events}"
        case "most_common":
            return f"most common {name(measure.of)} of {events}"
        case "first" | "last":
            return f"{name(measure.of)} of the {measure.kind} {events}"
    said = {"sum": "sum of", "average": "average", "min": "smallest", "max": "largest"}[measure.kind]
    return f"{said} {name(measure.of)} of {events}"


def _chosen_events(did: Did) -> str:
    """The events of these names, in every window, that fit `where` and were followed as asked."""
    windows = " and ".join(phrases.window(window) for window in did.windows)
    chosen = f"{_events(did.events)}{' ' if windows else ''}{windows}{_where(did.where)}"
    return chosen if did.follow is None else f"{chosen} {_followed(did.follow)}"


def _followed(follow: Follow) -> str:
    verb = "not followed" if follow.negated else "followed"
    return f"{verb} by {_events(follow.events)} within {follow.within}{_where(follow.where)}"


def _events(events: tuple[Ref, ...]) -> str:
    return joined([_event(ref.name) for ref in events], "or")


def _event(written: str) -> str:
    if written == "any":
        return "any event"
    source, dot, last = written.rpartition(".")
    return f"any event of {name(source)}" if dot and source and last == "any" else name(written)


def _where(row: Condition | None) -> str:
    """` where …`, in brackets unless it is one short condition."""
    if row is None:
        return ""
    said = sentence(row)
    return f" where ({said})" if _COMPOUND.search(_QUOTED.sub("", said)) else f" where {said}"


def _leaf(leaf: Condition, negated: bool = False) -> str:
    """A leaf as a sentence."""
    no = "not " if negated else ""
    match leaf:
        case Did(end="") if leaf.measure.kind == "count":
            return _counted(leaf, negated)
        case Did():
            return f"{subject(leaf)}: {need(leaf)}"
        case InSegment():
            return f"{no}on {subject(leaf)}{_for_at_least(leaf)}"
        case InArm(split, arm):
            return f"{no}in arm {name(arm)} of the split {name(split.name)}"
        case Everyone():
            return "everyone"
    return f"{subject(leaf)} {need(leaf)}"


def _has_plain_negative(leaf: Condition) -> bool:
    """Whether `no …` or `not …` before the leaf says its complement."""
    if isinstance(leaf, Did):
        return not leaf.end and leaf.measure.kind == "count" and leaf.bounds == AT_LEAST_ONCE
    return True


def _counted(did: Did, negated: bool) -> str:
    """`at least one click …`, `no event …`, `at least 2 times click …`."""
    if not negated and did.bounds != AT_LEAST_ONCE:
        return f"{phrases.bounds(did.bounds)} times {subject(did)}"
    return f"{'no' if negated else 'at least one'} {subject(did).removeprefix('any ')}"


def _field_need(leaf: FieldTest, tests: tuple[Test, ...], negated: bool) -> str:
    said = " and ".join(phrases.test(test) for test in tests)
    if negated and len(tests) == 1:
        only = tests[0]
        said = phrases.test(Test(only.operator, not only.negated, only.operand))
    elif negated:
        said = f"not ({said})"
    return f"{said}, capitals matter" if leaf.match_case else said


def _opposite(did: Did) -> str:
    """What a number must be for a behaviour to be untrue."""
    if did.bounds == AT_LEAST_ONCE:
        return "none"
    first = did.bounds[0]
    if len(did.bounds) == 1 and did.measure.kind in _NUMBERS_OF_ALL and first.key in phrases.OPPOSITE:
        return phrases.bounds([Bound(phrases.OPPOSITE[first.key], first.number)])
    return f"not {phrases.bounds(did.bounds)}"


def _end_need(did: Did) -> str:
    windows = " and ".join(phrases.window(window) for window in did.windows) or "at any time"
    return windows + _where(did.has)


def _for_at_least(leaf: InSegment) -> str:
    return f" for at least {leaf.for_at_least}" if leaf.for_at_least is not None else ""


def _listed(of: tuple[Condition, ...]) -> str:
    return "; ".join(_part(inner) for inner in of)


def _part(condition: Condition) -> str:
    """A condition inside another: combinations in brackets."""
    leaf = condition.of if isinstance(condition, Not) else condition
    if isinstance(leaf, All | AnyOf) and len(leaf.of) == 1 and not isinstance(condition, Not):
        return _part(leaf.of[0])
    return f"({sentence(condition)})" if children(leaf) else sentence(condition)


def _not_if(negated: bool, said: str) -> str:
    return f"not {said}" if negated else said
