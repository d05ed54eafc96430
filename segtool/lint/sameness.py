"""Lists that mean the same: equal rules, and everything else that decides who is on them equal too.

Meaning is compared and not members: two lists that happen to have the same people today may part tomorrow, and are no
mistake. Lists that remember are never the same, for they may have been filled at different times. The order of
conditions, nesting that changes nothing, the spelling of field names and capitals where they do not count make no
difference; labels, columns and order are no part of the meaning.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

from segtool.config.document import Scalar
from segtool.config.problems import Problems
from segtool.config.settings import Config, SegmentSpec
from segtool.config.tree import All, AnyOf, Condition, FieldTest, Not, Ref, Test
from segtool.lint.rules import silenced

CODE = "same-rule"


def report(config: Config, problems: Problems) -> None:
    first: dict[Any, str] = {}
    for spec in (spec for spec in config.segments.values() if not spec.remembers):
        other = first.setdefault(_meaning(spec), spec.name)
        if other != spec.name:
            message = f'"{spec.name}" means the same as "{other}"; remove one of them, or change its rule'
            problems.without(silenced(spec)).warning(CODE, message, spec.at)


def _meaning(spec: SegmentSpec) -> Any:
    """Everything that decides who is on the list."""
    s = spec.settings
    files = (s.add or (), s.remove or ())
    earlier = frozenset(ref.name for ref in spec.earlier)
    return (_plain(spec.where), frozenset(s.exclude or ()), s.top, s.bottom, s.suppress, earlier, *files)


def _plain(node: Condition) -> Any:
    """A condition without what changes nothing; equal ones are equal values."""
    match node:
        case All() | AnyOf():
            parts = frozenset(_parts(node, type(node)))
            return next(iter(parts)) if len(parts) == 1 else (type(node).__name__, parts)
        case Not(Not(inner)):
            return _plain(inner)
        case Not(inner):
            return ("Not", _plain(inner))
        case FieldTest(field, tests, match_case, change) if len(tests) == 1:
            return _test(field, tests[0], match_case, change)
        case FieldTest(field, tests, match_case, change):
            return ("All", frozenset(_test(field, test, match_case, change) for test in tests))
    return _value(node, False)


def _parts(node: All | AnyOf, kind: type) -> list[Any]:
    """The parts of a combination, those of the same kind inside it among them."""
    found: list[Any] = []
    for child in node.of:
        plain = _plain(child)
        inside = isinstance(plain, tuple) and plain[0] == kind.__name__ and isinstance(plain[1], frozenset)
        found += plain[1] if inside else [plain]
    return found


def _test(field: Ref, test: Test, match_case: bool, change: Any) -> Any:
    operand: Any = _value(test.operand, not match_case)
    operator = test.operator
    if operator in ("is", "in", "contains", "starts_with", "ends_with", "matches", "has_any", "has_all"):
        operand, operator = frozenset(operand), {"in": "is"}.get(operator, operator)
    said = ("Field", field.column, operator, operand, match_case, change)
    return ("Not", said) if test.negated else said


def _value(value: Any, fold: bool) -> Any:
    """A part of a condition as plain values: names as the columns they stand for, texts as they are compared."""
    if isinstance(value, Ref):
        return value.column or value.name
    if isinstance(value, Scalar):
        return value.text.strip().lower() if fold else value.text.strip()
    if isinstance(value, tuple):
        return tuple(_value(item, fold) for item in value)
    if isinstance(value, All | AnyOf | FieldTest | Not):
        return _plain(value)
    if is_dataclass(value):
        parts = (getattr(value, part.name) for part in fields(value) if part.compare)
        return (type(value).__name__, *(_value(part, fold) for part in parts))
    return value
