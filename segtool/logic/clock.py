"""The clock of a run: durations, points and windows → exact spans of instants or days.

`as_of` is fixed once, outside. Days, weeks, months and years are steps of the wall clock in the configured zone,
minutes and hours are elapsed time. A wall time that occurs twice is the first of the two; one that a clock change
skips is read with the offset from before the jump (which is what `fold=0` means to `zoneinfo`).
"""

from __future__ import annotations

import calendar
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from segtool.config.frozen import dataclass
from segtool.config.times import Duration, Point
from segtool.config.tree import Anniversary, Ref, Window

_TICK = timedelta(microseconds=1)
_FIRST, _LAST = datetime(1, 1, 2), datetime(9999, 12, 30)


@dataclass(frozen=True)
class Instants:
    """From `low` up to but not including `high`, naive UTC; None is open."""

    low: datetime | None = None
    high: datetime | None = None


@dataclass(frozen=True)
class Days:
    """From `low` up to but not including `high`; None is open."""

    low: date | None = None
    high: date | None = None


@dataclass(frozen=True)
class MonthDays:
    """These days of any year, as month x 100 + day; None is every day."""

    days: frozenset[int] | None


@dataclass(frozen=True)
class Clock:
    """`as_of` is aware; `week_starts` counts from Monday = 0."""

    as_of: datetime
    zone: str = "UTC"
    week_starts: int = 0

    @property
    def now(self) -> datetime:
        """`as_of` as a naive UTC datetime, as instants are kept in tables."""
        return self.as_of.astimezone(UTC).replace(tzinfo=None)

    @property
    def wall(self) -> datetime:
        """`as_of` on the wall clock of the zone, naive."""
        return self.as_of.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)

    @property
    def today(self) -> date:
        return self.wall.date()

    def to_utc(self, wall: datetime) -> datetime:
        """A naive wall time of the zone as naive UTC."""
        inside = min(max(wall, _FIRST), _LAST)
        return inside.replace(tzinfo=ZoneInfo(self.zone), fold=0).astimezone(UTC).replace(tzinfo=None)

    def local_day(self, instant: datetime) -> date:
        """The calendar day in the zone of a naive UTC instant."""
        return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone)).date()

    def start_of(self, day: date) -> datetime:
        return self.to_utc(datetime(day.year, day.month, day.day))

    def moved(self, step: Duration, direction: int) -> datetime:
        """The instant one `step` before (-1) or after (+1) now, naive UTC."""
        if not step.is_calendar:
            return _elapsed(self.now, step, direction)
        day = move_day(self.today, step, direction)
        return self.to_utc(datetime.combine(day, self.wall.time()))

    def earlier(self, step: Duration) -> Clock:
        """The clock of one `step` before."""
        return replace(self, as_of=self.moved(step, -1).replace(tzinfo=UTC))

    def instants(self, window: Window) -> Instants:
        """The span of instants that a window stands for."""
        value, now = window.value, self.now
        match window.key, value:
            case "in_last", Duration():
                return Instants(self.moved(value, -1) + _TICK, now + _TICK)
            case "in_next", Duration():
                return Instants(now, self.moved(value, 1))
            case "older_than", Duration():
                return Instants(None, self.moved(value, -1) + _TICK)
            case "during", str():
                low, high = self._period(value)
                return Instants(self.start_of(low), self.start_of(high))
            case "between", (Point() as first, Point() as last):
                return Instants(self._edges(first)[0], self._edges(last)[1])
            case "on", Point():
                day = self.day_of(value)
                return Instants(self.start_of(day), self.start_of(_next(day)))
        assert isinstance(value, Point), window
        start, stop = self._edges(value)
        return Instants(*_sides(window.key, start, stop))

    def span(self, windows: Sequence[Window]) -> Instants:
        """The span in which all of the windows are; what lies after now does not exist."""
        spans = [self.instants(window) for window in windows]
        low = max((span.low for span in spans if span.low is not None), default=None)
        high = min((span.high for span in spans if span.high is not None), default=None)
        end = self.now + _TICK
        return Instants(low, end if high is None else min(high, end))

    def days(self, window: Window) -> Days | MonthDays:
        """The span of days that a window stands for beside a field of whole days."""
        value, today = window.value, self.today
        match window.key, value:
            case "anniversary", Anniversary():
                return self.month_days(value)
            case "in_last", Duration():
                return Days(_next(move_day(today, value, -1)), _next(today))
            case "in_next", Duration():
                return Days(today, move_day(today, value, 1))
            case "older_than", Duration():
                return Days(None, _next(move_day(today, value, -1)))
            case "during", str():
                return Days(*self._period(value))
            case "between", (Point() as first, Point() as last):
                return Days(self.day_of(first), _next(self.day_of(last)))
        assert isinstance(value, Point), window
        day = self.day_of(value)
        return Days(*_sides(window.key, day, _next(day))) if window.key != "on" else Days(day, _next(day))

    def month_days(self, value: Anniversary) -> MonthDays:
        """The days of any year that an anniversary falls on; 29 February is on the 28th in common years."""
        if value.span is None:
            assert value.point is not None
            day = self.day_of(value.point)
            return MonthDays(frozenset(_anniversaries(day)))
        edge = move_day(self.today, value.span, value.direction)
        count = abs((edge - self.today).days)
        if count >= 366:
            return MonthDays(None)
        days = (self.today + timedelta(days=value.direction * step) for step in range(count))
        return MonthDays(frozenset(found for day in days for found in _anniversaries(day)))

    def day_of(self, point: Point) -> date:
        """The calendar day in the zone that a point lies in."""
        if point.day is not None:
            return point.day
        if point.named in ("today", "yesterday", "tomorrow"):
            return self.today + timedelta(days=("yesterday", "today", "tomorrow").index(point.named) - 1)
        return self.local_day(self._instant(point))

    def _edges(self, point: Point) -> tuple[datetime, datetime]:
        """Where a point begins and the first instant after it; a date stands for its whole day."""
        if point.day is not None or point.named in ("today", "yesterday", "tomorrow"):
            day = self.day_of(point)
            return self.start_of(day), self.start_of(_next(day))
        instant = self._instant(point)
        return instant, instant + _TICK

    def _instant(self, point: Point) -> datetime:
        if point.step is not None:
            return self.moved(point.step, point.direction)
        if point.instant is None:
            return self.now
        if point.instant.tzinfo is None:
            return self.to_utc(point.instant)
        return point.instant.astimezone(UTC).replace(tzinfo=None)

    def _period(self, name: str) -> tuple[date, date]:
        """The first day of a calendar period and the first day after it."""
        if name in ("today", "yesterday", "tomorrow"):
            day = self.day_of(Point(named=name))
            return day, _next(day)
        which, unit = name.split()
        offset = ("last", "this", "next").index(which) - 1
        if unit == "week":
            start = self.today - timedelta(days=(self.today.weekday() - self.week_starts) % 7)
            low = start + timedelta(weeks=offset)
            return low, low + timedelta(weeks=1)
        months = {"month": 1, "quarter": 3, "year": 12}[unit]
        start = self.today.replace(month=(self.today.month - 1) // months * months + 1, day=1)
        low = move_day(start, Duration(months * abs(offset), "month"), offset or 1)
        return low, move_day(low, Duration(months, "month"), 1)


def move_day(day: date, step: Duration, direction: int) -> date:
    """`day` moved by days, weeks, months or years; months clip to the last day. Clamped to the calendar's ends."""
    count = direction * step.count
    try:
        if step.unit in ("day", "week"):
            return day + timedelta(days=count * (7 if step.unit == "week" else 1))
        months = day.year * 12 + day.month - 1 + count * (12 if step.unit == "year" else 1)
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    except (OverflowError, ValueError):
        return _LAST.date() if direction > 0 else _FIRST.date()


def _elapsed(now: datetime, step: Duration, direction: int) -> datetime:
    minutes = step.count * (60 if step.unit == "hour" else 1)
    return now + direction * timedelta(minutes=minutes)


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _anniversaries(day: date) -> list[int]:
    found = [day.month * 100 + day.day]
    if found == [228] and not calendar.isleap(day.year):
        found.append(229)
    return found


_Moment = TypeVar("_Moment", date, datetime)


def _sides(key: str, start: _Moment, stop: _Moment) -> tuple[_Moment | None, _Moment | None]:
    """before, after, since and until, from where a point begins and the first moment after it."""
    sides: dict[str, tuple[_Moment | None, _Moment | None]] = {
        "before": (None, start),
        "after": (stop, None),
        "since": (start, None),
        "until": (None, stop),
    }
    return sides[key]


def has_field(window: Window) -> bool:
    """Whether the window is measured against another field rather than the clock."""
    values = window.value if isinstance(window.value, tuple) else (window.value,)
    return any(isinstance(value, Ref) for value in values)
