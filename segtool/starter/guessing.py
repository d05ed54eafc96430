"""What every file is to the others: whose contacts they are, which column links them, what happened when.

One file holds the contacts: one row a person, and the other files' ids are found in it. What has a row for each deed is
events; what has a row for each person, a table of more fields. Where only events are there, their people are the
contacts. A link is judged by the ids that the files have in common.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from segtool.config.columns import folded
from segtool.config.document import plain
from segtool.sources.facts import Facts
from segtool.starter import clues
from segtool.starter.looking import Look

_ONE_EACH = 0.9
"""The share of rows with an id of their own from which on a table has one row for each person."""

_FEW = 40
"""As many kinds of events a file may have."""


@dataclass(frozen=True)
class Part:
    """A source of the segments file: its look, its settings in the order they are written, and why.

    `events` counts its rows by event name; `key` and `time` are the columns that say who and when.
    """

    look: Look
    role: str
    key: str
    settings: Mapping[str, Any]
    reasons: tuple[str, ...] = ()
    events: Mapping[str, int] = field(default_factory=dict)
    time: str | None = None

    @property
    def name(self) -> str:
        return self.look.name

    @property
    def event_column(self) -> str | None:
        """The column that says what happened."""
        known = plain(self.look.format.settings) if self.look.format is not None else {}
        return self.settings.get("event") or known.get("event")

    @property
    def columns(self) -> Mapping[str, Facts]:
        return self.look.columns

    @property
    def amount(self) -> str | None:
        """The column of money, if there is one."""
        return next((name for name in self.columns if is_amount(self.columns[name])), None)

    @property
    def newest(self) -> datetime | None:
        """When the newest event happened, in UTC as far as that is known."""
        fact = self.columns.get(self.time or "")
        return _instant(fact.greatest) if fact is not None else None


def is_amount(fact: Facts) -> bool:
    return fact.type in ("integer", "number") and clues.names_money(fact.name) and fact.filled > 0


def _instant(value: object) -> datetime | None:
    """A day, an instant, a day as 20260501 or seconds since 1970."""
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, int):
        seconds = datetime(1970, 1, 1) + timedelta(seconds=value)
        return seconds if value > _SECONDS_FROM else datetime(value // 10000, value // 100 % 100, value % 100)
    return None


@dataclass(frozen=True)
class Draft:
    """The sources of the file, contacts first, and why the others are not in it."""

    parts: tuple[Part, ...]
    left: tuple[str, ...]

    @property
    def contacts(self) -> Part:
        return self.parts[0]

    @property
    def events(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.role == "events")


@dataclass(frozen=True)
class _Key:
    """A column that may be the id of the contacts."""

    look: Look
    column: str

    @property
    def values(self) -> pl.Series:
        return self.look.keys[self.column]

    @property
    def one_each(self) -> float:
        """The share of its rows with an id of their own."""
        rows = self.look.columns[self.column].filled if self.column in self.look.columns else 0
        return self.values.len() / rows if rows else 0.0


def guess(looks: Sequence[Look]) -> Draft | None:
    """None where no file says whose rows it has."""
    keys = [_Key(look, column) for look in looks for column in look.keys]
    candidates = [key for key in keys if key.values.len() and not _is_deeds_format(key.look)]
    if not any(key.values.len() for key in keys):
        return None
    best = max(candidates or keys, key=lambda key: _as_contacts(key, looks))
    left: list[str] = []
    if not _one_row_each(best):
        best = max(keys, key=lambda key: (_linked(key, looks), key.values.len()))
    parts = [_contacts(best, looks)]
    for look in looks:
        if look is best.look and parts[0].look is look:
            continue
        part = _beside(look, best)
        if part is None:
            why = "no column that says whose rows they are" + (", or none whose ids are contacts" if look.keys else "")
            left.append(f"{look.group.shown} has {why}")
        else:
            parts.append(part)
    return Draft(tuple(parts), tuple(left))


def _is_deeds_format(look: Look) -> bool:
    return look.format is not None and look.format.role == "events"


def _one_row_each(key: _Key) -> bool:
    return not _is_deeds_format(key.look) and (key.look.format is not None or key.one_each >= _ONE_EACH)


def _as_contacts(key: _Key, looks: Sequence[Look]) -> float:
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


def _linked(key: _Key, looks: Sequence[Look]) -> float:
    """How much of the other files' ids this column holds: from 0 to the number of files."""
    return sum(
        max((_overlap(key, other) for other in _keys_of(look)), default=0.0) for look in looks if look is not key.look
    )


def _share_of_all(key: _Key, looks: Sequence[Look]) -> float:
    most = max(other.values.len() for look in looks for other in _keys_of(look))
    return key.values.len() / most if most else 0.0


def _keys_of(look: Look) -> Iterator[_Key]:
    return (_Key(look, column) for column in look.keys)


def _overlap(key: _Key, other: _Key) -> float:
    """The share of the other column's ids that are ids of this one."""
    if not other.values.len():
        return 0.0
    return int(other.values.is_in(key.values.implode()).sum()) / other.values.len()


# --- the contacts ----------------------------------------------------------------------------------------------


def _contacts(key: _Key, looks: Sequence[Look]) -> Part:
    """The source that says who the contacts are; where only events are there, their people are."""
    look = key.look
    if not _one_row_each(key):
        return _from_events(key)
    people = [other for other in looks if other.format is not None and other.format.role == "contacts"]
    settings: dict[str, Any] = {}
    if look.format is None or len(people) > 1 or key.column != _formats_key(look):
        settings["id"] = key.column
    fact = look.columns[key.column]
    reason = f"These are the contacts: {key.values.len():,} different {key.column} in {look.rows:,} rows"
    others = [other for other in looks if other is not look and any(_overlap(key, one) for one in _keys_of(other))]
    linked = f", and the ids of {', '.join(other.name for other in others)} are found there" if others else ""
    missing = look.rows - fact.filled
    without = f" {missing:,} rows have none and cannot be read." if missing and look.format is None else ""
    return Part(look, "contacts", key.column, settings | dict(look.settings), (f"{reason}{linked}.{without}",))


def _from_events(key: _Key) -> Part:
    look = key.look
    group = replace(look.group, name="contacts" if look.name != "contacts" else "people", format=None)
    settings: dict[str, Any] = {"id": key.column}
    if look.format is not None:
        named = plain(look.format.settings).get("columns", {}).get(key.column, key.column)
        settings["columns"] = {key.column: named}
    if look.columns[key.column].filled < look.rows:
        settings["only"] = {"field": key.column, "is_set": True}
    reason = (
        f"No file has one row for each person, so these are the {key.values.len():,} different {key.column} of "
        f"{look.name}; what the last row says of someone counts."
    )
    people = Look(group, {}, look.rows, {}, {}, ())
    return Part(people, "contacts", key.column, settings | dict(look.settings), (reason,))


def _formats_key(look: Look) -> str | None:
    settings = plain(look.format.settings) if look.format is not None else {}
    return settings.get("id") or settings.get("contact")


# --- the others ------------------------------------------------------------------------------------------------


def _beside(look: Look, contacts: _Key) -> Part | None:
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
    common = f"{share:.0%} of the {key.values.len():,} different {key.column} are contacts"
    common = common if look is not contacts.look else f"{key.values.len():,} different {key.column}"
    if look.format is not None:
        return _of_format(look, key.column, f"Linked by {key.column}: {common}.")
    time = _time(look)
    happened = time is not None and clues.holds_deeds(look.name)
    deeds = key.one_each < _ONE_EACH or happened or look is contacts.look
    if not deeds:
        settings = {"contact": key.column, **look.settings}
        return Part(look, "attributes", key.column, settings, (f"One row for each person: {common}.",))
    return _of_events(look, key, time, common)


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


def _of_events(look: Look, key: _Key, time: str | None, common: str) -> Part:
    settings: dict[str, Any] = {"contact": key.column}
    reasons = [f"One row for each thing that happened: {look.rows:,} rows of {common}."]
    if time is not None:
        settings["time"] = time
        fact = look.columns[time]
        if fact.type == "integer" and int(fact.least or 0) > _SECONDS_FROM:  # type: ignore[arg-type]
            settings["dates"] = "%s"
        elif fact.least is not None and fact.type != "integer":
            reasons.append(f"{time} is when: from {_day(fact.least)} to {_day(fact.greatest)}.")
    else:
        reasons.append("No column says when, so these events have no date and fit no rule with a time in it.")
    column = _event_column(look)
    events: dict[str, int] = {}
    if column is not None:
        spelled: dict[str, list[str]] = {}
        for text, count in look.columns[column].top:
            name = clues.event_of_spelling(str(text)) or str(text)
            spelled.setdefault(name, []).append(str(text))
            events[name] = events.get(name, 0) + count
        settings["event"] = column
        named = {name: texts[0] if len(texts) == 1 else texts for name, texts in spelled.items() if texts != [name]}
        settings |= {"events": named} if named else {}
        reasons.append(f"{column} is what: {len(events)} kinds.")
    else:
        sold = any(is_amount(fact) for fact in look.columns.values())
        name = clues.event_of_file(look.name, "purchase" if sold else clues.slug(look.name))
        settings["event_name"] = name
        events[name] = look.rows
    unique = _unique(look, key.column)
    if unique is not None:
        settings["unique"] = unique
        reasons.append(f"Rows with the same {unique} are one event: the files repeat some.")
    return Part(look, "events", key.column, settings | dict(look.settings), tuple(reasons), events, time)


_SECONDS_FROM = 100_000_000


def _day(value: object) -> str:
    return value.isoformat()[:10] if isinstance(value, date) else str(value)


def _time(look: Look) -> str | None:
    """The column that says when: a date that every row has, by its name if there are several."""
    full = [fact for fact in look.columns.values() if fact.filled >= _ONE_EACH * look.rows and look.rows]
    dated = [fact for fact in full if fact.type in ("date", "datetime") and not clues.is_of_later(fact.name)]
    hinted = [fact for fact in full if clues.names_a_time(fact.name) and _counts_time(fact)]
    ranked = sorted([*dated, *hinted], key=lambda fact: (not clues.names_a_time(fact.name), fact.type != "datetime"))
    return ranked[0].name if ranked else None


def _counts_time(fact: Facts) -> bool:
    """Whether whole numbers are days such as 20260501, or seconds since 1970."""
    if fact.type != "integer" or fact.least is None or fact.greatest is None:
        return False
    least, greatest = int(fact.least), int(fact.greatest)  # type: ignore[arg-type]
    days = least >= 19000101 and greatest <= 21001231 and all(1 <= one // 100 % 100 <= 12 for one in (least, greatest))
    return days or (least >= 500_000_000 and greatest <= 4_000_000_000)


def _event_column(look: Look) -> str | None:
    """The column that says what happened: few kinds, on every row, under a name that says so."""
    for fact in look.columns.values():
        few = fact.type == "text" and 2 <= fact.distinct <= _FEW and fact.filled >= _ONE_EACH * look.rows
        if few and clues.names_an_event(fact.name):
            return fact.name
    return None


def _unique(look: Look, key: str) -> str | None:
    """The id of the events, where almost every row has its own and the rest repeat one."""
    for fact in look.columns.values():
        own = folded(fact.name).endswith(("id", "number")) and fact.name != key and fact.type in ("text", "integer")
        if own and fact.filled == look.rows and _ONE_EACH * look.rows < fact.distinct < look.rows:
            return fact.name
    return None
