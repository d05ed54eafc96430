"""What every file is to the others: whose contacts they are, and which column links them.

One file holds the contacts: one row a person, and the other files' ids are found in it. What has a row for each deed is
events; what has a row for each person, a table of more fields. Where only events are there, their people are the
contacts. A link is judged by the ids that the files have in common.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from segtool.config.columns import folded
from segtool.config.document import plain
from segtool.starter import clues, linking
from segtool.starter.draft import Draft, Key, Part
from segtool.starter.happenings import of_events, time_of
from segtool.starter.looking import Look

_ONE_EACH = 0.9
"""The share of rows with an id of their own from which on a table has one row for each person."""


def guess(looks: Sequence[Look]) -> Draft | None:
    """None where no file says whose rows it has."""
    keys = [Key(look, column) for look in looks for column in look.keys]
    candidates = [key for key in keys if key.values.len() and not _is_deeds_format(key.look)]
    if not any(key.values.len() for key in keys):
        return None
    best = max(candidates or keys, key=lambda key: _as_contacts(key, looks))
    left: list[str] = []
    if not _one_row_each(best):
        best = max(keys, key=lambda key: (_linked(key, looks), key.values.len()))
    parts = [_contacts(best, looks)]
    others: list[Look] = []
    for look in looks:
        if look is best.look and parts[0].look is look:
            continue
        part = _beside(look, best) if not linking.names_things(look) else None
        if part is None:
            others.append(look)
        else:
            parts.append(part)
    for look in others:
        found = linking.linked(look, parts)
        alone = _beside(look, best) if found is None else None
        if found is not None:
            parts[parts.index(found[0])] = found[1]
        elif alone is not None:
            parts.append(alone)
        else:
            why = "no column that says whose rows they are" + (", or none whose ids are contacts" if look.keys else "")
            left.append(f"{look.group.shown} has {why}")
    return Draft(tuple(parts), tuple(left))


def _is_deeds_format(look: Look) -> bool:
    return look.format is not None and look.format.role == "events"


def _one_row_each(key: Key) -> bool:
    return not _is_deeds_format(key.look) and (key.look.format is not None or key.one_each >= _ONE_EACH)


def _as_contacts(key: Key, looks: Sequence[Look]) -> float:
    """How much speaks for this column as the id of the contacts."""
    look = key.look
    names = {folded(column) for column in look.columns}
    score = 3.0 if look.format is not None else 0.0
    score += 2.0 if key.one_each >= _ONE_EACH else -3.0
    score += 2.0 if any(clues.holds_people(file) for file in (look.name,)) else 0.0
    score -= 2.0 if clues.holds_deeds(look.name) else 0.0
    score += 0.5 * min(4, sum(clues.is_personal(column) or folded(column) in _OF_PEOPLE for column in look.columns))
    score += 0.5 if "email" in key.column.lower() or folded(key.column) in ("id", "customerid", "contactid") else 0.0
    score -= 1.0 if len(names) <= 2 else 0.0
    return score + 3.0 * _linked(key, looks) + _share_of_all(key, looks)


_OF_PEOPLE = (
    "gender",
    "age",
    "country",
    "state",
    "city",
    "zip",
    "language",
    "company",
    "jobtitle",
    "plan",
    "tags",
    "signedup",
)


def _linked(key: Key, looks: Sequence[Look]) -> float:
    """How much of the other files' ids this column holds: from 0 to the number of files."""
    return sum(
        max((_overlap(key, other) for other in _keys_of(look)), default=0.0) for look in looks if look is not key.look
    )


def _share_of_all(key: Key, looks: Sequence[Look]) -> float:
    most = max(other.values.len() for look in looks for other in _keys_of(look))
    return key.values.len() / most if most else 0.0


def _keys_of(look: Look) -> Iterator[Key]:
    return (Key(look, column) for column in look.keys)


def _overlap(key: Key, other: Key) -> float:
    """The share of the other column's ids that are ids of this one."""
    if not other.values.len():
        return 0.0
    return int(other.values.is_in(key.values.implode()).sum()) / other.values.len()


# --- the contacts ----------------------------------------------------------------------------------------------


def _contacts(key: Key, looks: Sequence[Look]) -> Part:
    """The source that says who the contacts are; where only events are there, their people are."""
    look = key.look
    if not _one_row_each(key):
        return _from_events(key)
    people = [other for other in looks if other.format is not None and other.format.role == "contacts"]
    settings: dict[str, Any] = {}
    if look.format is None or len(people) > 1 or key.column != _formats_key(look):
        settings["id"] = key.column
    fact = look.columns[key.column]
    reason = f"These are the contacts: {_different(key)} in {look.rows:,} rows"
    others = [other for other in looks if other is not look and any(_overlap(key, one) for one in _keys_of(other))]
    linked = f", and the ids of {', '.join(other.name for other in others)} are found there" if others else ""
    missing = look.rows - fact.filled
    without = f" {missing:,} rows have none and cannot be read." if missing and look.format is None else ""
    return Part(look, "contacts", key.column, settings | dict(look.settings), (f"{reason}{linked}.{without}",))


def _from_events(key: Key) -> Part:
    look = key.look
    group = replace(look.group, name="contacts" if look.name != "contacts" else "people", format=None)
    settings: dict[str, Any] = {"id": key.column}
    if look.format is not None:
        named = plain(look.format.settings).get("columns", {}).get(key.column, key.column)
        settings["columns"] = {key.column: named}
    if look.columns[key.column].filled < look.rows:
        settings["only"] = {"field": key.column, "is_set": True}
    reason = (
        f"No file has one row for each person, so these are the {_different(key)} of {look.name}; "
        f"what the last row says of someone counts."
    )
    people = Look(group, {}, look.rows, {}, {}, ())
    return Part(people, "contacts", key.column, settings | dict(look.settings), (reason,))


def _different(key: Key) -> str:
    return f'{key.values.len():,} different values of "{key.column}"'


def _formats_key(look: Look) -> str | None:
    settings = plain(look.format.settings) if look.format is not None else {}
    return settings.get("id") or settings.get("contact")


# --- the others ------------------------------------------------------------------------------------------------


def _beside(look: Look, contacts: Key) -> Part | None:
    """A source beside the contacts; None where nothing links it to them."""
    if look is contacts.look:
        key, share = contacts, 1.0
    else:
        ranked = sorted(_keys_of(look), key=lambda one: (-_overlap(contacts, one), one.column != contacts.column))
        if not ranked:
            return None
        key, share = ranked[0], _overlap(contacts, ranked[0])
        if share == 0 and folded(key.column) != folded(contacts.column) and key.column != _formats_key(look):
            return None
    common = f"{share * 100:.0f} % of the {_different(key)} are contacts"
    common = common if look is not contacts.look else _different(key)
    if look.format is not None:
        return _of_format(look, key.column, f'Linked by "{key.column}": {common}.')
    time = time_of(look)
    happened = time is not None and clues.holds_deeds(look.name)
    deeds = key.one_each < _ONE_EACH or happened or look is contacts.look
    if not deeds:
        settings = {"contact": key.column, **look.settings}
        return Part(look, "attributes", key.column, settings, (f"One row for each person: {common}.",))
    return of_events(look, key, time, common)


def _of_format(look: Look, key: str, reason: str) -> Part:
    assert look.format is not None
    settings = plain(look.format.settings)
    if look.format.role == "contacts":
        return Part(look, "attributes", key, {"contact": key}, (reason,))
    events: dict[str, int] = {}
    spelled = {text: name for name, texts in settings.get("events", {}).items() for text in _tuple(texts)}
    if "event" in settings and settings["event"] in look.columns:
        for text, count in look.columns[settings["event"]].top:
            name = spelled.get(str(text), str(text))
            events[name] = events.get(name, 0) + count
    else:
        events = {settings.get("event_name", look.name): look.rows}
    return Part(look, "events", key, {}, (reason,), events, settings.get("time"))


def _tuple(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else (str(value),)
