"""What a rule's names and values mean for these files: every name a column of a known type, every value of it.

Takes the parsed rules and the catalog of the sources, returns the rules resolved, and collects what does not fit:
unknown fields and events, operators for another type, values that cannot be compared. Where a source or a type is
not known, nothing is concluded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from segtool.config import times
from segtool.config.columns import INSTANT, Catalog, Columns, match_name
from segtool.config.document import Scalar, find
from segtool.config.operators import CALENDAR, IN_WORDS, NUMBER, OPERATORS, TEXT, TIME, Operator
from segtool.config.problems import Location, Problems, listed, suggestion
from segtool.config.settings import Config, SegmentSpec
from segtool.config.times import Duration, Point
from segtool.config.tree import (
    All,
    Anniversary,
    AnyOf,
    Condition,
    Did,
    FieldTest,
    Not,
    Part,
    Ref,
    Some,
    Test,
    Window,
)

Lookup = Callable[[Ref, Problems], Ref | None]

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


def resolve(config: Config, catalog: Catalog, problems: Problems) -> Config:
    """The configuration with every rule resolved. Rules that do not fit keep their names; the problems tell."""
    look = _contact_lookup(config, catalog)
    segments = {
        name: replace(spec, where=_resolved(spec.where, look, catalog, problems))
        for name, spec in config.segments.items()
    }
    for spec in segments.values():
        _list_columns(spec, look, problems)
    _default_columns(config, look, problems)
    return replace(config, segments=segments)


def resolve_row(condition: Condition, columns: Columns, problems: Problems) -> Condition:
    """A condition on one row of one source (`only`)."""

    def look(ref: Ref, found: Problems) -> Ref | None:
        column = match_name(ref.name, columns.types)
        if column is None:
            near = suggestion(ref.name, columns.types)
            valid = "" if near else _having(columns.types)
            message = f'source "{columns.source}" has no column "{ref.name}"{near}{valid}'
            found.error("unknown-field", message, ref.at)
            return None
        return replace(ref, column=column, type=columns.types[column])

    return _resolved(condition, look, {}, problems)


def find_field(name: str, config: Config, catalog: Catalog) -> Ref | None:
    """The field that a list's `columns` or `sort` names, or None."""
    return _contact_lookup(config, catalog)(Ref(name), Problems())


def _having(columns: Iterable[str]) -> str:
    valid = listed(columns, "and", most=20)
    return f"; it has {valid}" if valid else ""


def _contact_lookup(config: Config, catalog: Catalog) -> Lookup:
    fields = _contact_fields(config, catalog)

    def look(ref: Ref, problems: Problems) -> Ref | None:
        if fields is None:
            return None
        column = match_name(ref.name, fields)
        if column is not None:
            return replace(ref, column=column, type=fields[column])
        near = suggestion(ref.name, fields)
        elsewhere = "" if near else _in_events(ref.name, catalog)
        problems.error("unknown-field", f'there is no field "{ref.name}"{near or elsewhere}', ref.at)
        return None

    return look


def _contact_fields(config: Config, catalog: Catalog) -> dict[str, str] | None:
    """Every field of a contact; None as long as a source that could add some has not been seen."""
    if any(spec.role != "events" and name not in catalog for name, spec in config.sources.items()):
        return None
    tables = [columns for columns in catalog.values() if columns.role == "attributes"]
    fields = {f"{table.source}.{column}": kind for table in tables for column, kind in table.types.items()}
    for columns in catalog.values():
        if columns.role == "contacts":
            fields.update(columns.types)
    return fields


def _in_events(name: str, catalog: Catalog) -> str:
    for columns in catalog.values():
        if columns.role == "events" and match_name(name, columns.types):
            return (
                f'; "{columns.source}" has such a column, and columns of events are asked for with {{did: …, where: …}}'
            )
    return ""


def _list_columns(spec: SegmentSpec, look: Lookup, problems: Problems) -> None:
    for key, names in (("columns", spec.settings.columns), ("sort", spec.settings.sort)):
        for position, name in enumerate(names or ()):
            at = spec.place(key, position)
            look(Ref(name.removeprefix("-") if key == "sort" else name, at=at), problems)


def _default_columns(config: Config, look: Lookup, problems: Problems) -> None:
    for position, name in enumerate(config.output.columns or ()):
        value, at = find(config.node, ("output", "columns", position))
        look(Ref(name, at=value.at or at), problems)


def _resolved(condition: Condition, look: Lookup, catalog: Catalog, problems: Problems) -> Condition:
    match condition:
        case All(of):
            return All(tuple(_resolved(inner, look, catalog, problems) for inner in of))
        case AnyOf(of):
            return AnyOf(tuple(_resolved(inner, look, catalog, problems) for inner in of))
        case Some(bounds, of):
            return Some(bounds, tuple(_resolved(inner, look, catalog, problems) for inner in of))
        case Not(of):
            return Not(_resolved(of, look, catalog, problems))
        case FieldTest():
            return _field_test(condition, look, problems)
        case Did():
            return _did(condition, catalog, problems)
    return condition


def _field_test(condition: FieldTest, look: Lookup, problems: Problems) -> FieldTest:
    field = look(condition.field, problems)
    if field is None:
        for test in condition.tests:  # the other names in it are worth a look all the same
            _operand_refs(test, look, problems)
        return condition
    tests = tuple(_test(test, field, look, problems) for test in condition.tests)
    return FieldTest(field, tests, condition.match_case)


def _test(test: Test, field: Ref, look: Lookup, problems: Problems) -> Test:
    operator = OPERATORS[test.written or test.operator]
    if field.type and field.type not in operator.types and field.column is not None:
        _wrong_type(operator, field, test.at, problems)
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
    hint = f"; write {instead} instead" if instead else _declare(operator, field)
    message = f'"{field.name}" holds {IN_WORDS[field.type]}, and "{operator.name}" is for {wanted}{hint}'
    problems.error("wrong-type", message, at)


def _declare(operator: Operator, field: Ref) -> str:
    kind = operator.types[0] if operator.types[0] != "integer" else "number"
    column = (field.column or field.name).rsplit(".", 1)[-1]
    return f"; if it should be that, declare it at its source: types: {{{column}: {kind}}}"


def _scalar(item: Scalar, field: Ref, operator: Operator, problems: Problems) -> None:
    if field.type in NUMBER and number_of(item) is None:
        message = f'"{field.name}" holds numbers, and "{item.text}" is none'
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
            message = f'"{field.name}" holds whole days; "{_spelled(value)}" needs a time of day'
            problems.error("minutes-of-days", message, window.at)
    return window


def _finer_than_a_day(value: object) -> bool:
    if isinstance(value, Duration):
        return not value.is_calendar
    return isinstance(value, Point) and value.needs_time


def _spelled(value: object) -> str:
    return str(value.span or value.point) if isinstance(value, Anniversary) else str(value)


# Behaviour


def _did(condition: Did, catalog: Catalog, problems: Problems) -> Did:
    sources = [columns for columns in catalog.values() if columns.role == "events"]
    parts = _parts(condition, sources, problems)
    if not parts:
        return condition
    involved = [columns for columns in sources if columns.source in parts]
    _known_columns(condition, involved, problems)
    resolved = []
    for columns in involved:
        where = None
        if condition.where is not None:
            where = _resolved(condition.where, _part_lookup(columns, involved), {}, problems)
        column = _measured(condition, columns, problems)
        names = parts[columns.source]
        kind = columns.types.get(column, "") if column else ""
        resolved.append(Part(columns.source, names, where, column, kind))
    return replace(condition, parts=tuple(resolved))


def _parts(condition: Did, sources: list[Columns], problems: Problems) -> dict[str, tuple[str, ...] | None]:
    """For every source that can contribute: the event names, or None for all of its events."""
    parts: dict[str, tuple[str, ...] | None] = {}
    for ref in condition.events:
        for source, name in _named(ref, sources, problems).items():
            before = parts.get(source, ())
            parts[source] = None if name is None or before is None else tuple(sorted({*before, name}))
    return parts


def _named(ref: Ref, sources: list[Columns], problems: Problems) -> dict[str, str | None]:
    if ref.name == "any":
        return {columns.source: None for columns in sources}
    source, dot, event = ref.name.partition(".")
    own = [columns for columns in sources if columns.source == source]
    if dot and own:
        if event == "any":
            return {source: None}
        _known_event(event, own, ref, problems)
        return {source: event}
    candidates = [columns for columns in sources if columns.open or ref.name in columns.events]
    occurring = [columns for columns in candidates if ref.name in (columns.occurring or columns.events)]
    _known_event(ref.name, sources, ref, problems)
    return {columns.source: ref.name for columns in occurring or candidates}


def _known_event(name: str, sources: list[Columns], ref: Ref, problems: Problems) -> None:
    """A name that nobody declared and no row has: a slip of the pen if another one is near, else worth a warning."""
    names = {event for columns in sources for event in columns.events}
    if name in names or any(columns.open and columns.occurring is None for columns in sources):
        return
    near = suggestion(name, names)
    if not any(columns.open for columns in sources):
        valid = "" if near else f"; there are {listed(sorted(names), 'and')}"
        problems.error("unknown-event", f'there is no event "{name}"{near}{valid}', ref.at)
    elif near and _slip(name, names):
        way_out = "; if it is right and has not happened yet, name it in events: at its source"
        problems.error("unknown-event", f'no row has the event "{name}"{near.rstrip("?")}?{way_out}', ref.at)
    else:
        problems.warning("unknown-event", f'no row has the event "{name}"{near}', ref.at)


def _slip(name: str, names: set[str]) -> bool:
    """Whether `name` is another event's name but for a letter or two, and not merely numbered differently."""
    plain_letters = "".join(letter for letter in name.casefold() if letter.isalpha())
    others = {"".join(letter for letter in other.casefold() if letter.isalpha()) for other in names}
    if plain_letters in others:
        return any(other.casefold() == name.casefold() for other in names)
    return len(plain_letters) >= 4 and any(_one_edit(plain_letters, other) for other in others)


def _one_edit(one: str, other: str) -> bool:
    """Whether a letter added, dropped, changed or swapped with its neighbour, or one ending, lies between."""
    if abs(len(one) - len(other)) > 2:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    rest, rest_other = one[start:], other[start:]
    if {rest, rest_other} & {""}:
        return len(rest) + len(rest_other) <= 2
    swapped = rest[1:2] + rest[:1] + rest[2:]
    return rest[1:] in (rest_other[1:], rest_other) or rest == rest_other[1:] or swapped == rest_other


def _known_columns(condition: Did, involved: list[Columns], problems: Problems) -> None:
    """One problem for every column that none of the sources has."""
    union = {column for columns in involved for column in columns.types}
    for ref in refs_of(condition.where) if condition.where else ():
        if match_name(ref.name, union) is None and not (ref.name == "time" and any(c.dated for c in involved)):
            _no_column(ref.name, condition, union, ref.at, problems)
    of = condition.measure.of
    calendar = condition.measure.kind == "distinct" and of in CALENDAR
    if of and not calendar and match_name(of, union) is None:
        _no_column(of, condition, union, condition.measure.at, problems)


def _no_column(name: str, condition: Did, union: set[str], at: Location | None, problems: Problems) -> None:
    near = suggestion(name, union)
    events = listed([ref.name for ref in condition.events], "and") or "these"
    valid = "" if near else _having(sorted(union)).replace("it has", "they have")
    problems.error("unknown-field", f'the events "{events}" have no column "{name}"{near}{valid}', at)


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


def _part_lookup(columns: Columns, involved: list[Columns]) -> Lookup:
    """Fields of one event source; a column that only another source has is missing here."""
    kinds: Mapping[str, str] = {name: kind for other in reversed(involved) for name, kind in other.types.items()}

    def look(ref: Ref, problems: Problems) -> Ref | None:  # noqa: ARG001 - unknown columns are reported once, for all parts
        column = match_name(ref.name, columns.types)
        if column is not None:
            return replace(ref, column=column, type=columns.types[column])
        if ref.name == "time" and columns.dated:
            return replace(ref, column=INSTANT, type="datetime")
        elsewhere = match_name(ref.name, kinds)
        return replace(ref, column=None, type=kinds[elsewhere]) if elsewhere is not None else None

    return look


def _measured(condition: Did, columns: Columns, problems: Problems) -> str | None:
    """The column of this source that the measure reads."""
    measure = condition.measure
    if measure.kind == "count" or not measure.of:
        return None
    column = match_name(measure.of, columns.types)
    if column is None:
        return None
    kind = columns.types[column]
    if measure.kind != "distinct" and kind and kind not in NUMBER:
        hint = f"; declare it at its source: types: {{{column}: number}}"
        message = f'"{measure.kind}" needs numbers, and "{column}" of "{columns.source}" holds {IN_WORDS[kind]}{hint}'
        problems.error("wrong-type", message, measure.at)
    return column
