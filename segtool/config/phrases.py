"""Names, values, times and single operators in plain English: the small parts of a sentence.

Says what is written, and no more: no clock, no data. Two things that mean different things are never spelled alike,
so texts stand in quotation marks (doubled inside) and so does a name that is not one plain word.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from segtool.config import times
from segtool.config.document import Scalar
from segtool.config.times import Point
from segtool.config.tree import Anniversary, Bound, Ref, Test, Window

_PLAIN = re.compile(r"\w[\w.-]*")
_WORDS = """a after ago all and any anniversary at average before below capitals change contain contains different does
during each elements ends event everyone exactly first followed for from has have in is its largest last latest least
list lists matches matter most no nobody none not number of on one or periods points since smallest split starts sum the
these times to until value values where with within"""
_OURS = frozenset(_WORDS.split())
"""Words of ours: a field or event of that very name stands in quotation marks."""

BOUNDS = {
    "at_least": "at least",
    "at_most": "at most",
    "above": "above",
    "below": "below",
    "exactly": "exactly",
}
OPPOSITE = {"at_least": "below", "at_most": "above", "above": "at_most", "below": "at_least"}
"""The bound that holds for exactly the other numbers."""

_ONE_OR_NONE = {
    "is": ("is", "is not", "is none of"),
    "in": ("is", "is not", "is none of"),
    "contains": ("contains", "does not contain", "contains none of"),
    "starts_with": ("starts with", "does not start with", "starts with none of"),
    "ends_with": ("ends with", "does not end with", "ends with none of"),
    "matches": ("matches", "does not match", "matches none of"),
    "has": ("has", "does not have", "has none of"),
    "has_any": ("has", "does not have", "has none of"),
    "has_all": ("has", "does not have", "does not have all of"),
}
"""How an operator on values is said: for any of them, for not the only one, for none of several."""

_WINDOWS = {
    "in_last": "in the last {}",
    "in_next": "in the next {}",
    "older_than": "at least {} ago",
    "before": "before {}",
    "after": "after {}",
    "since": "since {}",
    "until": "until {}",
    "on": "on {}",
    "during": "during {}",
    "anniversary": "has its anniversary {}",
}


def name(written: str) -> str:
    """A name as it is written; in quotation marks where it is not one plain word."""
    plain = _PLAIN.fullmatch(written) and written not in _OURS
    return written if plain else quoted(written)


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def joined(parts: Iterable[str], conjunction: str) -> str:
    """`a, b or c`."""
    *before, last = parts
    return f"{', '.join(before)} {conjunction} {last}" if before else last


def number(value: float) -> str:
    """A number as people write it: 2, 0.5."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else str(value)


def value(item: Scalar | Ref) -> str:
    """A value of the file: a text in quotation marks, a number or truth value bare, another field by name."""
    if isinstance(item, Ref):
        return f"the value of {name(item.name)}"
    return quoted(item.text) if isinstance(item.value, str) else item.text.lower()


def point(moment: Point | Ref) -> str:
    """A point in time as it is written; seconds only where they are not 0."""
    if isinstance(moment, Ref):
        return value(moment)
    if moment.instant is None:
        return str(moment)
    whole = not (moment.instant.second or moment.instant.microsecond)
    return moment.instant.isoformat(sep=" ", timespec="minutes" if whole else "auto")


def bounds(found: Sequence[Bound]) -> str:
    """`at least 2 and at most 5`."""
    return " and ".join(f"{BOUNDS[bound.key]} {number(bound.number)}" for bound in found)


def window(found: Window) -> str:
    """`in the last 30 days`, `since 2026-05-01`."""
    if found.key == "between":
        assert isinstance(found.value, tuple)
        return f"from {point(found.value[0])} to {point(found.value[1])}"
    said = found.value
    if isinstance(said, Anniversary):
        spoken = _anniversary(said)
    else:
        spoken = point(said) if isinstance(said, Point | Ref) else str(said)
    return _WINDOWS[found.key].format(spoken)


def _anniversary(said: Anniversary) -> str:
    if said.span is not None:
        return f"in the {'next' if said.direction > 0 else 'last'} {said.span}"
    assert said.point is not None
    return f"on {point(said.point)}" if said.point.step is None else point(said.point)


def test(asked: Test) -> str:
    """What an operator asks of a field: `contains "VP"`, `at least 18`, `not in the last 30 days`."""
    operand = asked.operand
    if isinstance(operand, Window):
        return _opposed(window(operand), asked)
    if isinstance(operand, bool):
        return "has no value" if asked.negated else "has a value"
    if asked.operator == "size":
        return _opposed(f"has {bounds(operand)} elements", asked)  # type: ignore[arg-type]
    values: tuple[Scalar | Ref, ...] = operand  # type: ignore[assignment]
    if asked.operator == "between":
        return _opposed(f"from {_end(values[0])} to {_end(values[1])}", asked)
    if asked.operator in BOUNDS:
        return _opposed(f"{BOUNDS[asked.operator]} {value(values[0])}", asked)
    return _about_values(asked.operator, asked.negated, [value(item) for item in values])


def _opposed(said: str, asked: Test) -> str:
    return f"not {said}" if asked.negated else said


def _end(item: Scalar | Ref) -> str:
    """An end of `between`, which is a number or, before types are known, a point in time."""
    moment = times.point(item.text) if isinstance(item, Scalar) and isinstance(item.value, str) else None
    return point(moment) if moment is not None else value(item)


def _about_values(operator: str, negated: bool, values: list[str]) -> str:
    positive, negative, none = _ONE_OR_NONE[operator]
    if len(values) == 1:
        return f"{negative if negated else positive} {values[0]}"
    if negated:
        return f"{none} {', '.join(values)}"
    if operator == "has_all":
        return f"has all of {', '.join(values)}"
    return f"{positive} {joined(values, 'or')}"
