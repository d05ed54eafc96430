"""The values of conditions: texts, flags, bounds, operands and windows, read from located nodes.

Each reader returns what it read or None, and says what it expected in the reader's own words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import isfinite

from segtool.config import times
from segtool.config.document import Block, Entry, Items, Node, Scalar
from segtool.config.operators import BOUNDS, OPERATORS
from segtool.config.problems import Location, Problems, listed, suggestion
from segtool.config.times import Duration, Point
from segtool.config.tree import Anniversary, Bound, Operand, Ref, Test, Window, WindowValue


def refuse_other_keys(node: Block, known: Sequence[str], problems: Problems, where: str) -> None:
    """One problem for every key of `node` that is not among `known`."""
    for entry in node.entries:
        if entry.key not in known:
            near = suggestion(entry.key, known)
            others = [key for key in known if f'"{key}"' not in where]
            valid = listed(others, "and", most=24) if not near else ""
            hint = near or (f"; known there: {valid}" if valid else "; remove it")
            problems.error("unknown-key", f'"{entry.key}" means nothing {where}{hint}', entry.at)


def text(node: Node, problems: Problems, what: str) -> str | None:
    if isinstance(node, Scalar) and node.text.strip() and node.value is not None:
        return node.text
    problems.error("wrong-value", f"{what} is expected here{_not_one(node)}", node.at)
    return None


def texts(node: Node, problems: Problems, what: str) -> list[tuple[str, Location | None]]:
    """One text or a list of them, each with its place."""
    items = node.items if isinstance(node, Items) else (node,)
    if not items:
        problems.error("empty-list", f"an empty list; {what} is expected", node.at)
    read = [(text(item, problems, what), item.at) for item in items]
    return [(found, at) for found, at in read if found is not None]


def flag(node: Node, problems: Problems) -> bool | None:
    if isinstance(node, Scalar) and isinstance(node.value, bool):
        return node.value
    problems.error("wrong-value", f"true or false is expected here{_not_one(node)}", node.at)
    return None


def _not_one(node: Node) -> str:
    if isinstance(node, Scalar):
        return f', not "{node.text}"' if node.text.strip() else ""
    return ", not a list" if isinstance(node, Items) else ", not a mapping"


def number(node: Node, problems: Problems) -> float | None:
    if isinstance(node, Scalar) and isinstance(node.value, int | float) and not isinstance(node.value, bool):
        if abs(node.value) < 1e300 and isfinite(node.value):
            return node.value
        problems.error("wrong-value", f"{node.text} is too large a number; write a smaller one", node.at)
        return None
    problems.error("wrong-value", f"a number is expected here{_not_one(node)}", node.at)
    return None


def bounds(node: Block, problems: Problems, known: Sequence[str]) -> tuple[Bound, ...]:
    """The bounds among the entries of `node`."""
    found = []
    for entry in node.entries:
        if entry.key in known:
            value = number(entry.node, problems)
            if value is not None:
                found.append(Bound(entry.key, value, entry.at))
    return tuple(found)


def duration(node: Node, problems: Problems) -> Duration | None:
    if isinstance(node, Scalar):
        read = times.duration(node.text)
        if read is not None:
            return read
    asked = "write a number and minutes, hours, days, weeks, months or years: 30 days"
    said = ""
    if isinstance(node, Scalar) and node.text:
        said = f'"{node.text}" is no length of time; '
        step = times.point(node.text)
        if step is not None and step.step is not None:
            asked = f'did you mean "{step.step}"?'
    problems.error("wrong-duration", f"{said}{asked}", node.at)
    return None


def point(node: Node, problems: Problems) -> Point | Ref | None:
    """A point in time, or another field as {field: NAME}."""
    if isinstance(node, Block) and "field" in node:
        return ref(node, problems)
    if isinstance(node, Scalar):
        read = times.point(node.text)
        if read is not None:
            return read
    problems.error("wrong-point", not_a_point(node.text if isinstance(node, Scalar) else ""), node.at)
    return None


def not_a_point(said: str) -> str:
    """Why `said` is no point in time, and what to write."""
    asked = "write a date (2026-05-01), a date and time, today, 30 days ago or in 7 days"
    if not said:
        return asked
    if re.match(r"\d{4}-\d{2}-\d{2}", said):
        return f'"{said}" is no day and time that there is; check its numbers: 2026-05-01 or 2026-05-01T09:00'
    span = times.duration(said)
    if span is not None:
        return f'"{said}" is a length of time; did you mean "{span} ago"?'
    near = suggestion(said, ("now", "today", "yesterday", "tomorrow"))
    return f'"{said}" is no point in time{near or "; " + asked}'


def ref(node: Block, problems: Problems) -> Ref | None:
    """`{field: NAME}` as a value."""
    refuse_other_keys(node, ("field",), problems, "beside a field that is compared with")
    inner = node.get("field")
    name = text(inner, problems, "the name of a field") if inner is not None else None
    return Ref(name, at=inner.at) if name is not None and inner is not None else None


def window(entry: Entry, problems: Problems, *, of_events: bool = False) -> Window | None:
    """A window key with its value. Events have no field to compare their time with."""
    operator = OPERATORS[entry.key]
    value = _window_value(operator.operand, entry.node, problems)
    if value is None:
        return None
    base = Window(operator.base, value, entry.at)
    if of_events and _refs(base):
        message = "the time of an event cannot be compared with a field; write a date, or 30 days ago"
        problems.error("wrong-point", message, entry.node.at)
        return None
    return base


def test(entry: Entry, problems: Problems) -> Test | None:
    """One operator of a field condition with its operand."""
    operator = OPERATORS[entry.key]
    operand = _operand(operator.operand, entry, problems)
    if operand is None:
        return None
    negated = operator.negated
    if operator.operand == "flag":
        negated, operand = not operand, True
    return Test(operator.base, negated, operand, entry.at, entry.key)


def _operand(kind: str, entry: Entry, problems: Problems) -> Operand | None:
    if kind == "flag":
        return flag(entry.node, problems)
    if kind == "bounds":
        return _size(entry, problems)
    if kind in ("one", "several", "list", "pair"):
        return _scalars(kind, entry, problems)
    return window(entry, problems)


def _scalars(kind: str, entry: Entry, problems: Problems) -> tuple[Scalar | Ref, ...] | None:
    node = entry.node
    items = node.items if isinstance(node, Items) else (node,)
    if kind == "pair" and (not isinstance(node, Items) or len(items) != 2):
        problems.error("wrong-value", f'"{entry.key}" takes two values: [from, to]', node.at)
        return None
    if kind == "one" and isinstance(node, Items):
        hint = "; use has_any or has_all for several" if entry.key == "has" else ""
        problems.error("wrong-value", f'"{entry.key}" takes one value, not a list{hint}', node.at)
        return None
    if not items:
        problems.error("empty-list", f'"{entry.key}" has an empty list, which nothing fits; write a value', node.at)
        return None
    read = [_scalar(item, entry, problems) for item in items]
    return None if any(item is None for item in read) else tuple(item for item in read if item is not None)


def _scalar(node: Node, entry: Entry, problems: Problems) -> Scalar | Ref | None:
    if isinstance(node, Block) and "field" in node:
        return ref(node, problems)
    if isinstance(node, Scalar) and node.value is not None and node.text.strip():
        return node
    hint = "; for fields without a value write is_set: false" if isinstance(node, Scalar) else ", not a mapping or list"
    problems.error("wrong-value", f'"{entry.key}" needs a value here{hint}', node.at or entry.at)
    return None


def _size(entry: Entry, problems: Problems) -> tuple[Bound, ...] | None:
    if not isinstance(entry.node, Block):
        problems.error("wrong-value", "size takes bounds: size: {at_least: 2}", entry.node.at)
        return None
    refuse_other_keys(entry.node, BOUNDS, problems, "inside size")
    found = bounds(entry.node, problems, BOUNDS)
    if not entry.node.entries:
        problems.error("wrong-value", "size takes bounds: size: {at_least: 2}", entry.node.at)
    return found or None


def _window_value(kind: str, node: Node, problems: Problems) -> WindowValue | None:
    if kind == "duration":
        return duration(node, problems)
    if kind == "period":
        return _period(node, problems)
    if kind == "anniversary":
        return _anniversary(node, problems)
    if kind == "pair":
        return _points(node, problems)
    return point(node, problems)


def _points(node: Node, problems: Problems) -> tuple[Point | Ref, Point | Ref] | None:
    if not isinstance(node, Items) or len(node.items) != 2:
        problems.error("wrong-value", "between takes two points in time: [from, to]", node.at)
        return None
    low, high = (point(item, problems) for item in node.items)
    return (low, high) if low is not None and high is not None else None


def _period(node: Node, problems: Problems) -> str | None:
    said = node.text if isinstance(node, Scalar) else ""
    period = times.period(said)
    if period is None:
        near = suggestion(said, times.PERIODS)
        asked = "write today, yesterday, tomorrow, or this/last/next week, month, quarter or year"
        message = f'"{said}" is no calendar period{near or "; " + asked}' if said else asked
        problems.error("wrong-period", message, node.at)
    return period


def _anniversary(node: Node, problems: Problems) -> Anniversary | None:
    if isinstance(node, Block):
        before = len(problems.errors)
        refuse_other_keys(node, ("in_next", "in_last"), problems, "inside anniversary")
        if len(problems.errors) > before:
            return None
        if len(node.entries) != 1:
            problems.error("wrong-value", "write anniversary: {in_next: 7 days}", node.at)
            return None
        entry = node.entries[0]
        span = duration(entry.node, problems)
        if span is None or not _whole_days(span, entry.node, problems):
            return None
        return Anniversary(span=span, direction=1 if entry.key == "in_next" else -1)
    read = point(node, problems)
    if isinstance(read, Ref):
        problems.error("wrong-point", "anniversary takes a point in time, not a field", node.at)
        return None
    return Anniversary(point=read) if read is not None else None


def _whole_days(span: Duration, node: Node, problems: Problems) -> bool:
    if not span.is_calendar:
        problems.error("minutes-of-days", "an anniversary is a whole day; write days, weeks or months", node.at)
    return span.is_calendar


def _refs(window: Window) -> bool:
    value = window.value
    return any(isinstance(item, Ref) for item in (value if isinstance(value, tuple) else (value,)))
