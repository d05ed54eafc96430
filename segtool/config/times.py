"""Durations, points in time and periods as a person writes them; no clock is read here.

Refuses abbreviations (`6m` may be minutes or months) and anything that is not spelled as the language says.
Turning these into instants needs the clock of a run and is `logic.clock`'s work.
"""

from __future__ import annotations

import re
from datetime import date, datetime

from segtool.config.frozen import dataclass

UNITS = ("minute", "hour", "day", "week", "month", "year")
CLOCK_UNITS = ("minute", "hour")
PERIODS = (
    "today",
    "yesterday",
    "tomorrow",
    *(f"{which} {unit}" for unit in ("week", "month", "quarter", "year") for which in ("this", "last", "next")),
)

_ANY_CASE = "|".join("".join(f"[{letter}{letter.upper()}]" for letter in unit) for unit in UNITS)
DURATION_PATTERN = rf"^\s*\d+\s+({_ANY_CASE})[sS]?\s*$"
"""What a duration looks like, for editors."""

_DURATION = re.compile(r"(\d{1,6})\s+(minute|hour|day|week|month|year)s?")
_RELATIVE = re.compile(r"(?:(\d{1,6}\s+[a-z]+)\s+ago|in\s+(\d{1,6}\s+[a-z]+))")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DATETIME = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:\s*(?:[Zz]|[+-]\d{2}(?::?\d{2})?))?"
)


@dataclass(frozen=True)
class Duration:
    """So many of one unit; days and longer are calendar steps."""

    count: int
    unit: str

    def __str__(self) -> str:
        return f"{self.count} {self.unit}{'' if self.count == 1 else 's'}"

    @property
    def is_calendar(self) -> bool:
        return self.unit not in CLOCK_UNITS


@dataclass(frozen=True)
class Point:
    """A point in time: exactly one of a day, an instant (naive: in the configured zone), or a step from now.

    `named` is now, today, yesterday or tomorrow; `direction` is -1 for `… ago` and +1 for `in …`.
    """

    day: date | None = None
    instant: datetime | None = None
    step: Duration | None = None
    direction: int = 0
    named: str = ""

    def __str__(self) -> str:
        if self.day is not None:
            return self.day.isoformat()
        if self.instant is not None:
            return self.instant.isoformat(sep=" ")
        if self.step is not None:
            return f"{self.step} ago" if self.direction < 0 else f"in {self.step}"
        return self.named

    @property
    def needs_time(self) -> bool:
        """Whether it is finer than a day, as `90 minutes ago` is."""
        return self.step is not None and not self.step.is_calendar


def duration(text: str) -> Duration | None:
    """`30 days` and the like, or None."""
    match = _DURATION.fullmatch(_tidy(text))
    return Duration(int(match[1]), match[2]) if match else None


def point(text: str) -> Point | None:
    """A date, a date and time, now/today/yesterday/tomorrow, `… ago` or `in …`; else None."""
    tidy = _tidy(text)
    if tidy in ("now", "today", "yesterday", "tomorrow"):
        return Point(named=tidy)
    relative = _RELATIVE.fullmatch(tidy)
    if relative:
        step = duration(relative[1] or relative[2])
        return Point(step=step, direction=-1 if relative[1] else 1) if step else None
    try:
        if _DATE.fullmatch(tidy):
            return Point(day=date.fromisoformat(tidy))
        if _DATETIME.fullmatch(tidy):
            return Point(instant=datetime.fromisoformat(tidy.upper().replace(" ", "T", 1).replace(" ", "")))
    except ValueError:
        return None
    return None


def period(text: str) -> str | None:
    """One of PERIODS, or None."""
    tidy = _tidy(text)
    return tidy if tidy in PERIODS else None


def _tidy(text: str) -> str:
    return " ".join(text.lower().split())
