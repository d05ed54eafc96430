"""The condition tree: what a rule says, free of how it is computed.

Frozen and comparable by meaning: places do not count, so two equal rules are equal values. Parsing makes a tree
with names in it; `config.meaning` returns a new one in which every name stands for a column of a known type.
"""

from __future__ import annotations

from dataclasses import field

from segtool.config.document import Scalar
from segtool.config.frozen import dataclass
from segtool.config.problems import Location
from segtool.config.times import Duration, Point


@dataclass(frozen=True)
class Ref:
    """A field by name; once resolved, the column's own name and type. `column` is None where a source lacks it."""

    name: str
    column: str | None = None
    type: str = ""
    at: Location | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Anniversary:
    """Month and day alone: a point's, or those within a duration before (-1) or after (+1) today."""

    point: Point | None = None
    span: Duration | None = None
    direction: int = 0


WindowValue = Duration | Point | Ref | str | tuple["Point | Ref", "Point | Ref"] | Anniversary


@dataclass(frozen=True)
class Window:
    """One window key with its value; `during` carries the period's name."""

    key: str
    value: WindowValue
    at: Location | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Bound:
    """`at_least`, `at_most`, `above`, `below` or `exactly` a number."""

    key: str
    number: float
    at: Location | None = field(default=None, compare=False, repr=False)


Operand = bool | tuple["Scalar | Ref", ...] | Window | tuple[Bound, ...]


@dataclass(frozen=True)
class Test:
    """One operator of a field condition: the base operator, whether it is the complement, its operand."""

    operator: str
    negated: bool
    operand: Operand
    at: Location | None = field(default=None, compare=False, repr=False)
    written: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True)
class Everyone:
    """True for every contact."""


@dataclass(frozen=True)
class All:
    """Every one of these."""

    of: tuple[Condition, ...]
    at: Location | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class AnyOf:
    """At least one of these."""

    of: tuple[Condition, ...]
    at: Location | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Not:
    """The exact complement."""

    of: Condition
    at: Location | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Some:
    """As many of these as the bounds say."""

    bounds: tuple[Bound, ...]
    of: tuple[Condition, ...]
    at: Location | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class FieldTest:
    """Every test holds for the field, or for how much it has changed since `change` ago."""

    field: Ref
    tests: tuple[Test, ...]
    match_case: bool = False
    change: Duration | None = None


@dataclass(frozen=True)
class Measure:
    """What is computed over the events: `count`, or one of MEASURES of a column, calendar or rolling period."""

    kind: str = "count"
    of: str = ""
    step: Duration | None = None
    at: Location | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Part:
    """The share of a behaviour that one event source can contribute. `names` None stands for every event.

    `column` is what the measure reads; None where this source lacks it (or the measure needs none).
    """

    source: str
    names: tuple[str, ...] | None
    where: Condition | None
    column: str | None = None
    type: str = ""
    has: Condition | None = None


@dataclass(frozen=True)
class Follow:
    """After an event, strictly later, one of these within that time; or none of them although it has passed."""

    events: tuple[Ref, ...]
    where: Condition | None
    within: Duration
    negated: bool = False
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class Did:
    """Events of these names, that satisfy `where` and lie in every window, measured against the bounds.

    With `end`, it is the person's `first` or `latest` such event ever that has to lie there, and to satisfy `has`.
    `parts` is empty until names are resolved; those of `has` are in the parts' own conditions.
    """

    events: tuple[Ref, ...]
    where: Condition | None = None
    windows: tuple[Window, ...] = ()
    measure: Measure = Measure()
    bounds: tuple[Bound, ...] = ()
    end: str = ""
    has: Condition | None = None
    follow: Follow | None = None
    parts: tuple[Part, ...] = ()


@dataclass(frozen=True)
class InSegment:
    """On the list of any of these segments; with `for_at_least`, without a break for that long."""

    names: tuple[Ref, ...]
    for_at_least: Duration | None = None


@dataclass(frozen=True)
class InArm:
    """In that arm of a split."""

    split: Ref
    arm: str


Condition = Everyone | All | AnyOf | Not | Some | FieldTest | Did | InSegment | InArm


def children(condition: Condition) -> tuple[Condition, ...]:
    """The conditions directly inside, over the same contact (not the `where` of events)."""
    if isinstance(condition, All | AnyOf | Some):
        return condition.of
    return (condition.of,) if isinstance(condition, Not) else ()


def leaves(condition: Condition) -> tuple[Condition, ...]:
    """Every condition without children, in source order."""
    inside = children(condition)
    return tuple(leaf for child in inside for leaf in leaves(child)) if inside else (condition,)


def segments_of(condition: Condition) -> tuple[Ref, ...]:
    """The segments that a condition refers to."""
    return tuple(name for leaf in leaves(condition) if isinstance(leaf, InSegment) for name in leaf.names)
