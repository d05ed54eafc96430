"""From the rows of the sources to contacts, their attributes and their events."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .clock import Clock
from .conditions import judge, row_leaf
from .world import Row, Spec, Value, World


@dataclass(frozen=True)
class Event:
    """One thing somebody did; without a name it answers only to `any`, without a time to no window."""

    source: str
    name: str | None
    time: datetime | None
    row: Row


@dataclass(frozen=True)
class Book:
    """All rows by the contact they belong to."""

    contacts: dict[str, Row]
    attributes: dict[str, dict[str, Row]]
    events: dict[str, list[Event]]


def open_book(world: World, clock: Clock) -> Book:
    """Read every source the way section 3 says."""
    kind = id_type(world)
    contacts: dict[str, Row] = {}
    attributes: dict[str, dict[str, Row]] = {}
    events: dict[str, list[Event]] = defaultdict(list)
    for name, source in world.sources.items():
        rows = _readable(world.tables[name], source, clock)
        if "id" in source:
            contacts = _one_each(rows, source, source["id"], kind)
        elif is_events(source):
            for owner, event in _events(name, source, rows, kind):
                events[owner].append(event)
        else:
            attributes[name] = _one_each(rows, source, source["contact"], kind)
    return Book(contacts, attributes, events)


def id_type(world: World) -> str:
    """The type of the contacts' id, by which every `contact` column is normalised too."""
    source = next(source for source in world.sources.values() if "id" in source)
    return str(source["types"][source["id"]])


def is_events(source: Spec) -> bool:
    """Whether a source holds events: `contact` with a time, or at least with what happened."""
    return "contact" in source and any(key in source for key in ("time", "event", "event_name"))


def identity(written: Value, kind: str) -> str | None:
    """The id a cell stands for."""
    if written is None:
        return None
    text = str(written).strip()
    if kind == "email":
        return text.lower() or None
    text = text.removeprefix("'")
    return text.removesuffix(".0") if re.fullmatch(r"\d+\.0", text) else text or None


def _readable(rows: list[Row], source: Spec, clock: Clock) -> list[Row]:
    """The typed rows that `only` lets in."""
    typed = [_typed(row, source["types"]) for row in rows]
    if "only" not in source:
        return typed
    return [row for row in typed if judge(source["only"], row_leaf(clock, row))]


def _typed(row: Row, types: dict[str, str]) -> Row:
    """Addresses lower-cased; everything else is typed already."""
    return {name: _lower(value) if types.get(name) == "email" else value for name, value in row.items()}


def _lower(value: Value) -> Value:
    return value.strip().lower() if isinstance(value, str) else value


def _one_each(rows: list[Row], source: Spec, column: str, kind: str) -> dict[str, Row]:
    """One row for each id: the last, or the first if `duplicates` says so; it replaces the whole row."""
    kept: dict[str, Row] = {}
    for row in rows:
        owner = identity(row[column], kind)
        if owner is None or (owner in kept and source.get("duplicates") == "first"):
            continue
        kept[owner] = {**row, column: owner}
    return kept


def _events(name: str, source: Spec, rows: list[Row], kind: str) -> list[tuple[str, Event]]:
    """Each kept row as an event of its owner."""
    found = []
    for row in rows:
        owner = identity(row[source["contact"]], kind)
        time: Any = row[source["time"]] if "time" in source else None
        if owner is None or ("time" in source and time is None):
            continue
        own = {**row, source["contact"]: owner}
        found.append((owner, Event(name, _event_name(name, source, row), time, own)))
    return _without_repeats(found, source.get("unique", []))


def _event_name(name: str, source: Spec, row: Row) -> str | None:
    """What a row is called: our name, or the name its spelling stands for, or its own spelling."""
    if "event" not in source:
        return str(source.get("event_name", name))
    if row[source["event"]] is None:
        return None
    written = str(row[source["event"]])
    ours = source.get("events", {})
    if written in ours:
        return written
    for our_name, spellings in ours.items():
        if written in ([spellings] if isinstance(spellings, str) else spellings):
            return str(our_name)
    return written


def _without_repeats(found: list[tuple[str, Event]], unique: Any) -> list[tuple[str, Event]]:
    """Under `unique` the earliest row stands for all; a missing value makes no two rows one."""
    columns = [unique] if isinstance(unique, str) else unique
    earliest: dict[Any, tuple[str, Event]] = {}
    kept = []
    for pair in sorted(found, key=lambda pair: pair[1].time.timestamp() if pair[1].time else 0):
        key = tuple(pair[1].row[column] for column in columns)
        if not columns or None in key:
            kept.append(pair)
        else:
            earliest.setdefault(key, pair)
    return kept + list(earliest.values())
