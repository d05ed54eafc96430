"""What turned a rule: which of its conditions changed for a contact so that the whole did.

Masks over the contacts of one list, on both sides. A part counts only where it went the way that the whole went, or
the other way below a `not`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import reduce
from operator import add, and_, or_

import polars as pl

from segtool.config.frozen import dataclass
from segtool.config.tree import All, Bound, Condition, Not, Some, children


@dataclass(frozen=True)
class Truth:
    """Whom a part of a rule is true for, and what it is made of; `leaf` is the number of one that has no parts."""

    condition: Condition
    holds: pl.Series
    inside: tuple[Truth, ...] = ()
    leaf: int = -1


def judged(condition: Condition, numbers: Iterator[int], holds: Callable[[int], pl.Series]) -> Truth:
    """A condition over masks of its leaves; `numbers` are theirs, in the order in which they are written."""
    if not children(condition):
        leaf = next(numbers)
        return Truth(condition, holds(leaf), leaf=leaf)
    inside = tuple(judged(inner, numbers, holds) for inner in children(condition))
    return Truth(condition, _combined(condition, _holds(inside)), inside)


def _combined(condition: Condition, inside: list[pl.Series]) -> pl.Series:
    match condition:
        case All():
            return reduce(and_, inside)
        case Not():
            return ~inside[0]
        case Some(bounds):
            count = _sum(inside)
            return reduce(and_, (_within(count, bound) for bound in bounds))
    return reduce(or_, inside)


def _sum(holds: list[pl.Series]) -> pl.Series:
    return reduce(add, (one.cast(pl.Int32) for one in holds))


def _within(count: pl.Series, bound: Bound) -> pl.Series:
    if bound.key == "exactly":
        return count == bound.number
    return count >= bound.number if bound.key == "at_least" else count <= bound.number


@dataclass(frozen=True)
class Turned:
    """A leaf that turned a rule, for whom it did; `negated` where it had to go the other way."""

    condition: Condition
    leaf: int
    negated: bool
    holds: pl.Series


def turned(then: Truth, now: Truth, asked: pl.Series, negated: bool = False) -> Iterator[Turned]:
    """The leaves that turned the whole for some of those who are asked about, in the order of the rule."""
    here = asked & (then.holds ^ now.holds)
    if not here.any():
        return
    if not now.inside:
        yield Turned(now.condition, now.leaf, negated, here)
    elif isinstance(now.condition, Not):
        yield from turned(then.inside[0], now.inside[0], here, not negated)
    else:
        more = _sum(_holds(now.inside)) > _sum(_holds(then.inside)) if isinstance(now.condition, Some) else None
        both_ways = isinstance(now.condition, Some) and any(bound.key != "at_least" for bound in now.condition.bounds)
        for was, inner in zip(then.inside, now.inside, strict=True):
            # Of so many, those count that went the way in which their number went.
            moved = here if more is None else here & ~(inner.holds ^ more)
            other = inner.holds ^ now.holds
            yield from turned(was, inner, moved & ~other, negated)
            if both_ways:
                yield from turned(was, inner, moved & other, not negated)


def _holds(parts: tuple[Truth, ...]) -> list[pl.Series]:
    return [part.holds for part in parts]
