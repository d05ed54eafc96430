"""What people did, resolved: which sources can hold such events, and which of their columns are meant.

A column that only some of these sources have is missing in the others; one that none has is a mistake. An event that
nobody declared and no row has is a slip of the pen if another name is near, else worth a warning.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from segtool.config import fields
from segtool.config.columns import INSTANT, Catalog, Columns, match_name
from segtool.config.fields import Lookup, having, refs_of
from segtool.config.operators import CALENDAR, IN_WORDS, NUMBER
from segtool.config.problems import Problems, listed, suggestion
from segtool.config.tree import Condition, Did, Measure, Part, Ref

_OF_NUMBERS = ("sum", "average", "min", "max")


def resolve(did: Did, catalog: Catalog, problems: Problems) -> Did:
    """The behaviour with a part for every source that can hold such events."""
    parts = _parts(did.events, (did.where, did.has), did.measure, catalog, problems)
    follow = did.follow
    if follow is not None:
        later = _parts(follow.events, (follow.where, None), Measure(), catalog, problems)
        follow = replace(follow, parts=later)
    return replace(did, parts=parts, follow=follow)


def columns_of(did: Did) -> set[str]:
    """Every column of events that the behaviour looks at."""
    conditions = (did.where, did.has, did.follow.where if did.follow else None)
    named = {ref.name for condition in conditions if condition is not None for ref in refs_of(condition)}
    return named | ({did.measure.of} if did.measure.of else set())


def _parts(
    events: tuple[Ref, ...],
    conditions: tuple[Condition | None, Condition | None],
    measure: Measure,
    catalog: Catalog,
    problems: Problems,
) -> tuple[Part, ...]:
    """A part per source that can hold such events, with its own reading of `where`, `has` and the measure."""
    sources = [columns for columns in catalog.values() if columns.role == "events"]
    possible = _sources_of(events, sources, problems)
    involved = [columns for columns in sources if columns.source in possible]
    if not involved:
        return ()
    _known_columns(events, conditions, measure, involved, problems)
    holding = [columns for columns in involved if occur(possible[columns.source], columns)] or involved
    parts = []
    for columns in involved:
        # Where no such event occurs today, a column of another type is no mistake of the rule.
        found = problems if columns in holding else Problems()
        parts.append(_part(columns, possible[columns.source], conditions, measure, involved, found))
    return tuple(parts)


def occur(names: tuple[str, ...] | None, columns: Columns) -> bool:
    """Whether a source has such events, as far as is known."""
    return names is None or columns.occurring is None or not columns.occurring.isdisjoint(names)


def _part(
    columns: Columns,
    names: tuple[str, ...] | None,
    conditions: tuple[Condition | None, Condition | None],
    measure: Measure,
    involved: list[Columns],
    problems: Problems,
) -> Part:
    look = _part_lookup(columns, involved)
    where, has = (fields.resolve(c, look, problems) if c is not None else None for c in conditions)
    column = _measured(measure, columns, problems)
    kind = "datetime" if column == INSTANT else columns.types.get(column or "", "")
    return Part(columns.source, names, where, column, kind, has)


def _sources_of(
    events: tuple[Ref, ...], sources: list[Columns], problems: Problems
) -> dict[str, tuple[str, ...] | None]:
    """For every source that can contribute: the event names, or None for all of its events."""
    found: dict[str, tuple[str, ...] | None] = {}
    for ref in events:
        for source, name in _named(ref, sources, problems).items():
            before = found.get(source, ())
            found[source] = None if name is None or before is None else tuple(sorted({*before, name}))
    return found


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
    _known_event(ref.name, sources, ref, problems)
    return {columns.source: ref.name for columns in sources if columns.open or ref.name in columns.events}


def _known_event(name: str, sources: list[Columns], ref: Ref, problems: Problems) -> None:
    """A name that nobody declared and no row has: a slip of the pen if another one is near, else worth a warning."""
    names = {event for columns in sources for event in columns.events}
    if name in names or any(columns.open and columns.occurring is None for columns in sources):
        return
    if not sources:
        asked = "give one its contact: and time:"
        problems.error("unknown-event", f'there is no event "{name}", for no source has events; {asked}', ref.at)
        return
    near = suggestion(name, names)
    if not any(columns.open for columns in sources):
        valid = "" if near else f"; there are {listed(sorted(names), 'and')}"
        problems.error("unknown-event", f'there is no event "{name}"{near}{valid}', ref.at)
    elif near and _slip(name, names):
        way_out = " If the name is right and has not happened yet, name it in events: at its source"
        problems.error("unknown-event", f'no row has the event "{name}"{near}{way_out}', ref.at)
    else:
        problems.warning("never-happens", f'no row has the event "{name}"{near}', ref.at)


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


def _known_columns(
    events: tuple[Ref, ...],
    conditions: tuple[Condition | None, ...],
    measure: Measure,
    involved: list[Columns],
    problems: Problems,
) -> None:
    """One problem for every column that none of the sources has."""
    union = {column for columns in involved for column in columns.types}
    dated = any(columns.dated for columns in involved)
    asked = [ref for condition in conditions if condition is not None for ref in refs_of(condition)]
    if measure.of and not (measure.kind == "distinct" and measure.of in CALENDAR):
        asked.append(Ref(measure.of, at=measure.at))
    asked = [ref for ref in asked if not (ref.name == "time" and dated)]
    for ref in asked:
        if match_name(ref.name, union) is None:
            periods = CALENDAR if measure.kind == "distinct" and ref.name == measure.of else ()
            near = suggestion(ref.name, {*union, *periods})
            said = listed([event.name for event in events], "and") or "these"
            valid = "" if near else having(sorted(union)).replace("it has", "they have")
            problems.error("unknown-field", f'the events "{said}" have no column "{ref.name}"{near}{valid}', ref.at)


def _part_lookup(columns: Columns, involved: list[Columns]) -> Lookup:
    """Fields of one event source; a column that only another source has is missing here."""
    kinds: Mapping[str, str] = {name: kind for other in reversed(involved) for name, kind in other.types.items()}

    def look(ref: Ref, problems: Problems) -> Ref | None:  # noqa: ARG001 - unknown columns are reported once, for all parts
        if ref.name == "time" and columns.dated:
            return replace(ref, column=INSTANT, type="datetime")
        column = match_name(ref.name, columns.types)
        if column is not None:
            return replace(ref, column=column, type=columns.types[column])
        elsewhere = match_name(ref.name, kinds)
        return replace(ref, column=None, type=kinds[elsewhere]) if elsewhere is not None else None

    return look


def _measured(measure: Measure, columns: Columns, problems: Problems) -> str | None:
    """The column of this source that the measure reads; None where it reads none or the source lacks it."""
    if measure.of == "time" and columns.dated and measure.kind not in _OF_NUMBERS:
        return INSTANT
    column = match_name(measure.of, columns.types) if measure.of else None
    if column is None:
        return None
    kind = columns.types[column]
    if measure.kind in _OF_NUMBERS and kind and kind not in NUMBER:
        hint = f"; declare it at its source: types: {{{column}: number}}"
        message = f'"{measure.kind}" needs numbers, and "{column}" of "{columns.source}" holds {IN_WORDS[kind]}{hint}'
        problems.error("wrong-type", message, measure.at)
    return column
