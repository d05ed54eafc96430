"""What a segments file will say of its sources, before it is written: which part each file plays, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from segtool.config.document import plain
from segtool.config.frozen import dataclass
from segtool.sources.facts import Facts
from segtool.starter import clues
from segtool.starter.looking import Look

SECONDS_FROM = 100_000_000
"""Whole numbers from here on are seconds since 1970; below it days such as 20260501."""


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

    @property
    def days(self) -> int:
        """How many days lie between its oldest and its newest event."""
        fact = self.columns.get(self.time or "")
        oldest, newest = (_instant(fact.least), _instant(fact.greatest)) if fact is not None else (None, None)
        return (newest - oldest).days if oldest is not None and newest is not None else 0


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
        return seconds if value > SECONDS_FROM else datetime(value // 10000, value // 100 % 100, value % 100)
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
class Key:
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
