"""Field conditions resolved: the field a column of a known type, every value fit for it.

What one row can say, whatever the row is: `only`, the `where` of events, and contacts share this. Where a type is
not known, nothing is concluded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from segtool.config import times
from segtool.config.columns import VALUE
from segtool.config.document import Scalar
from segtool.config.operators import IN_WORDS, NUMBER, OPERATORS, TEXT, TIME, Operator
from segtool.config.problems import Location, Problems, listed
from segtool.config.times import Duration, Point
from segtool.config.tree import All, Anniversary, AnyOf, Condition, Did, FieldTest, Not, Ref, Some, Test, Window

Lookup = Callable[[Ref, Problems], Ref | None]
Deed = Callable[[Did], Did]

_INSTEAD = {
    ("is", "date"): "on",
    ("is", "datetime"): "on",
    ("is_not", "date"): "not_on",
    ("is_not", "datetime"): "not_on",
    ("in", "list"): "has_any",
    ("is", "list"): "has",
    ("contains", "list"): "has",
    ("has", "text"): "contains",
    ("above", "date"): "after",
    ("above", "datetime"): "after",
    ("below", "date"): "before",
    ("below", "datetime"): "before",
    ("after", "number"): "above",
    ("after", "integer"): "above",
    ("before", "number"): "below",
    ("before", "integer"): "below",
}


def resolve(condition: Condition, look: Lookup, problems: Problems, deed: Deed | None = None) -> Condition:
    """The condition with every name resolved; `look` finds fields, `deed` resolves what people did."""
    match condition:
        case All(of) | AnyOf(of) | Some(_, of):
            return replace(condition, of=tuple(resolve(inner, look, problems, deed) for inner in of))
        case Not(of):
            return replace(condition, of=resolve(of, look, problems, deed))
        case FieldTest():
            return _field_test(condition, look, problems)
        case Did() if deed is not None:
            return deed(condition)
    return condition


def _field_test(condition: FieldTest, look: Lookup, problems: Problems) -> FieldTest:
    field = look(condition.field, problems)
    if field is None:
        for test in condition.tests:  # the other names in it are worth a look all the same
            _operand_refs(test, look, problems)
        return condition
    if condition.change is not None:
        check_change(field, condition.field.at, problems)
    tests = tuple(_test(test, field, look, problems) for test in condition.tests)
    return FieldTest(field, tests, condition.match_case, condition.change)


def check_change(field: Ref, at: Location | None, problems: Problems) -> None:
    """Only a value that is computed from events has a past."""
    if field.column is not None and not field.column.startswith(VALUE):
        message = f'"{field.name}" has no history in the files; change_in is for traits and scores'
        problems.error("no-history", message, at)
    elif field.type and field.type not in NUMBER:
        message = f'"{field.name}" holds {IN_WORDS[field.type]}; change_in is for numbers'
        problems.error("wrong-type", message, at)


def _test(test: Test, field: Ref, look: Lookup, problems: Problems) -> Test:
    operator = OPERATORS[test.written or test.operator]
    if field.type and field.type not in operator.types and field.column is not None:
        _wrong_type(operator, field, test.at, problems)
        return test
    if field.type == "list" and any(isinstance(item, Ref) for item in _items(test)):
        problems.error("wrong-type", f'"{operator.name}" takes elements, not another field', test.at)
        return test
    test = _operand_refs(test, look, problems)
    if not field.type:
        return test
    if isinstance(test.operand, Window):
        return replace(test, operand=_window(test.operand, field, problems))
    if operator.operand == "pair" and field.type in TIME and isinstance(test.operand, tuple):
        window = _between(test.operand, field, test.at, problems)  # type: ignore[arg-type]
        return replace(test, operand=window) if window is not None else test
    if isinstance(test.operand, tuple):
        for item in test.operand:
            if isinstance(item, Scalar):
                _scalar(item, field, operator, problems)
            elif isinstance(item, Ref):
                _comparable(item, field, problems)
    return test


def _operand_refs(test: Test, look: Lookup, problems: Problems) -> Test:
    """The test with the fields among its values resolved."""
    operand = test.operand
    if isinstance(operand, Window):
        return replace(test, operand=replace(operand, value=_value_refs(operand.value, look, problems)))  # type: ignore[arg-type]
    if isinstance(operand, tuple):
        return replace(test, operand=tuple(_one_ref(item, look, problems) for item in operand))  # type: ignore[arg-type]
    return test


def _value_refs(value: object, look: Lookup, problems: Problems) -> object:
    if isinstance(value, tuple):
        return tuple(_one_ref(item, look, problems) for item in value)
    return _one_ref(value, look, problems)


def _one_ref(item: object, look: Lookup, problems: Problems) -> object:
    return (look(item, problems) or item) if isinstance(item, Ref) else item


def _wrong_type(operator: Operator, field: Ref, at: Location | None, problems: Problems) -> None:
    instead = _INSTEAD.get((operator.name, field.type))
    wanted = "text" if operator.types[0] in TEXT else IN_WORDS[operator.types[0]]
    hint = f'; write "{instead}" instead' if instead else _declare(operator, field)
    message = f'"{field.name}" holds {IN_WORDS[field.type]}, and "{operator.name}" is for {wanted}{hint}'
    problems.error("wrong-type", message, at)


def _declare(operator: Operator, field: Ref) -> str:
    if (field.column or "").startswith(VALUE):
        return ""
    kind = operator.types[0] if operator.types[0] != "integer" else "number"
    column = (field.column or field.name).rsplit(".", 1)[-1]
    return f"; if it should be that, declare it at its source: types: {{{column}: {kind}}}"


def _scalar(item: Scalar, field: Ref, operator: Operator, problems: Problems) -> None:
    if field.type in NUMBER and number_of(item) is None:
        message = f'"{field.name}" holds numbers, and "{item.text}" is not one'
        problems.error("wrong-value", message, item.at)
    if field.type == "boolean" and boolean_of(item) is None:
        problems.error("wrong-value", f'"{field.name}" is true or false, not "{item.text}"', item.at)
    if operator.base == "matches" and "\0" in item.text:
        problems.error("wrong-value", "a pattern cannot hold a NUL character", item.at)


def number_of(item: Scalar) -> float | None:
    """The number that a value in the file stands for, or None."""
    if isinstance(item.value, bool) or item.value is None:
        return None
    try:
        number = float(item.value)
    except ValueError:
        return None
    return item.value if isinstance(item.value, int) else number if abs(number) < 1e300 else None


def boolean_of(item: Scalar) -> bool | None:
    """The truth value that a value in the file stands for, or None."""
    return {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}.get(item.text.lower())


def _comparable(other: Ref, field: Ref, problems: Problems) -> None:
    def family(kind: str) -> str:
        return "text" if kind in TEXT else "number" if kind in NUMBER else "time" if kind in TIME else kind

    if other.type and other.column and family(other.type) != family(field.type):
        message = f'"{field.name}" holds {IN_WORDS[field.type]} and "{other.name}" {IN_WORDS[other.type]}'
        problems.error("wrong-type", f"{message}; they cannot be compared", other.at)


def _between(pair: tuple[Scalar | Ref, ...], field: Ref, at: Location | None, problems: Problems) -> Window | None:
    points: list[Point | Ref] = []
    for item in pair:
        if isinstance(item, Ref):
            points.append(item)
            continue
        read = times.point(item.text)
        if read is None:
            asked = "write a date (2026-05-01), a date and time, today, 30 days ago or in 7 days"
            problems.error("wrong-point", f'"{item.text}" is no point in time; {asked}', item.at)
            return None
        points.append(read)
    return _window(Window("between", (points[0], points[1]), at), field, problems)


def _window(window: Window, field: Ref, problems: Problems) -> Window:
    """The window, checked against the kind of time that the field holds."""
    values = window.value if isinstance(window.value, tuple) else (window.value,)
    for value in values:
        if isinstance(value, Ref):
            _comparable(value, field, problems)
        elif field.type == "date" and _finer_than_a_day(value):
            message = f'"{field.name}" holds whole days; "{_spelled(value)}" needs a time of day; write days'
            problems.error("minutes-of-days", message, window.at)
    return window


def _finer_than_a_day(value: object) -> bool:
    if isinstance(value, Duration):
        return not value.is_calendar
    return isinstance(value, Point) and value.needs_time


def _spelled(value: object) -> str:
    return str(value.span or value.point) if isinstance(value, Anniversary) else str(value)


def _items(test: Test) -> tuple[object, ...]:
    return test.operand if isinstance(test.operand, tuple) else ()


def refs_of(condition: Condition) -> Iterable[Ref]:
    match condition:
        case All(of) | AnyOf(of) | Some(_, of):
            for inner in of:
                yield from refs_of(inner)
        case Not(of):
            yield from refs_of(of)
        case FieldTest(field, tests):
            yield field
            for test in tests:
                yield from _test_refs(test)


def _test_refs(test: Test) -> Iterable[Ref]:
    operand = test.operand.value if isinstance(test.operand, Window) else test.operand
    for item in operand if isinstance(operand, tuple) else (operand,):
        if isinstance(item, Ref):
            yield item


def having(columns: Iterable[str]) -> str:
    valid = listed(columns, "and", most=20)
    return f"; it has {valid}" if valid else ""
