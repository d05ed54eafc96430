"""What a file of events says: when something happened, what it was, and which rows are one and the same."""

from __future__ import annotations

from datetime import date
from typing import Any

from segtool.config.columns import folded
from segtool.sources.facts import Facts
from segtool.starter import clues
from segtool.starter.draft import SECONDS_FROM, Key, Part, is_amount
from segtool.starter.looking import Look

_FEW = 40
"""As many kinds of events a file may have."""

_FULL = 0.9
"""The share of rows that have a value, from which on a column may say when or what."""


def of_events(look: Look, key: Key, time: str | None, common: str) -> Part:
    settings: dict[str, Any] = {"contact": key.column}
    reasons = [f"One row for each thing that happened: {look.rows:,} rows; {common}."]
    if time is not None:
        settings["time"] = time
        fact = look.columns[time]
        if fact.type == "integer" and int(fact.least or 0) > SECONDS_FROM:  # type: ignore[arg-type]
            settings["dates"] = "%s"
        elif fact.least is not None and fact.type != "integer":
            reasons.append(f'"{time}" says when: from {_day(fact.least)} to {_day(fact.greatest)}.')
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
        reasons.append(f'"{column}" says what happened: {len(events)} kinds.')
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


def _day(value: object) -> str:
    return value.isoformat()[:10] if isinstance(value, date) else str(value)


def time_of(look: Look) -> str | None:
    """The column that says when: a date that every row has, by its name if there are several."""
    full = [fact for fact in look.columns.values() if fact.filled >= _FULL * look.rows and look.rows]
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
        few = fact.type == "text" and 2 <= fact.distinct <= _FEW and fact.filled >= _FULL * look.rows
        if few and clues.names_an_event(fact.name):
            return fact.name
    return None


def _unique(look: Look, key: str) -> str | None:
    """The id of the events, where almost every row has its own and the rest repeat one."""
    for fact in look.columns.values():
        own = folded(fact.name).endswith(("id", "number")) and fact.name != key and fact.type in ("text", "integer")
        if own and fact.filled == look.rows and _FULL * look.rows < fact.distinct < look.rows:
            return fact.name
    return None
