"""Durations, points in time and calendar periods, as section 2 of the language tells them."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ELAPSED = ("minute", "hour")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MONTHS_IN = {"month": 1, "quarter": 3, "year": 12}
Point = date | datetime


@dataclass(frozen=True)
class Duration:
    """A count of one unit; the unit is kept, because a month is not a number of days."""

    count: int
    unit: str

    @property
    def elapsed(self) -> bool:
        """Minutes and hours are elapsed time, all longer units are calendar steps."""
        return self.unit in ELAPSED

    @property
    def span(self) -> timedelta:
        """The elapsed length, for units that have one (half-lives never use months)."""
        return timedelta(**{f"{self.unit}s": self.count})


def duration(text: str) -> Duration:
    """Read `30 days`, `1 year`."""
    count, unit = text.split()
    return Duration(int(count), unit.removesuffix("s"))


def move_months(day: date, months: int) -> date:
    """So many months on, clipped to the last day of the month."""
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month0 + 1, min(day.day, calendar.monthrange(year, month0 + 1)[1]))


def move_day(day: date, length: Duration, steps: int) -> date:
    """A calendar day so many calendar steps on, taken as one step."""
    count = length.count * steps
    if length.unit in MONTHS_IN:
        return move_months(day, count * MONTHS_IN[length.unit])
    return day + timedelta(**{f"{length.unit}s": count})


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a wall time: the first of two, or read with the offset from before a jump."""
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def wall_time(moment: datetime, zone: ZoneInfo) -> datetime:
    """What the clock on the wall shows at an instant."""
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def move(moment: datetime, length: Duration, zone: ZoneInfo, steps: int) -> datetime:
    """An instant so many durations on: elapsed time, or the same wall time of another day.

    No step at all is the instant itself, also when its wall time is the second of two.
    """
    if steps == 0:
        return moment
    if length.elapsed:
        return moment + length.span * steps
    wall = wall_time(moment, zone)
    return instant(datetime.combine(move_day(wall.date(), length, steps), wall.time()), zone)


def is_day(point: object) -> bool:
    """Whether a point is a calendar day (a datetime is also a `date` to Python)."""
    return isinstance(point, date) and not isinstance(point, datetime)


@dataclass(frozen=True)
class Clock:
    """One instant, a zone and the first day of the week: all that time means in a run."""

    as_of: datetime
    zone: ZoneInfo
    week_starts: str = "monday"

    @property
    def today(self) -> date:
        """The calendar day of `as_of`."""
        return self.day_of(self.as_of)

    def day_of(self, point: Point) -> date:
        """The calendar day a point stands for beside a date field."""
        return wall_time(point, self.zone).date() if isinstance(point, datetime) else point

    def back(self, length: Duration, steps: int = 1) -> datetime:
        """`as_of` minus so many durations."""
        return move(self.as_of, length, self.zone, -steps)

    def ahead(self, length: Duration) -> datetime:
        """`as_of` plus a duration."""
        return move(self.as_of, length, self.zone, 1)

    def day_start(self, day: date) -> datetime:
        """The first instant of a calendar day."""
        return instant(datetime.combine(day, time()), self.zone)

    def day_end(self, day: date) -> datetime:
        """The first instant that is no longer in the day."""
        return self.day_start(day + timedelta(days=1))

    def point(self, value: str | Point) -> Point:
        """Read a point in time; days stay days, because a day stands for the whole of it."""
        if not isinstance(value, str):
            return value
        near = {"yesterday": -1, "today": 0, "tomorrow": 1}
        if value in near:
            return self.today + timedelta(days=near[value])
        if value == "now":
            return self.as_of
        if value.endswith(" ago"):
            return self.back(duration(value.removesuffix(" ago")))
        if value.startswith("in "):
            return self.ahead(duration(value.removeprefix("in ")))
        return self._written(value)

    def _written(self, value: str) -> Point:
        """A date or a date and time, whose offset is the run's zone unless it is given."""
        if "T" not in value:
            return date.fromisoformat(value)
        read = datetime.fromisoformat(value)
        return read.astimezone(UTC) if read.tzinfo else instant(read, self.zone)

    def week_of(self, day: date) -> date:
        """The first day of the week of a day."""
        return day - timedelta(days=(day.weekday() - WEEKDAYS.index(self.week_starts)) % 7)

    def period(self, name: str) -> tuple[date, date]:
        """The first day of a named calendar period, and the first day after it."""
        near = {"yesterday": -1, "today": 0, "tomorrow": 1}
        if name in near:
            day = self.today + timedelta(days=near[name])
            return day, day + timedelta(days=1)
        which, unit = name.split()
        steps = {"last": -1, "this": 0, "next": 1}[which]
        first = self._start_of(unit)
        length = Duration(1, unit)
        return move_day(first, length, steps), move_day(first, length, steps + 1)

    def _start_of(self, unit: str) -> date:
        """The first day of the week, month, quarter or year that holds today."""
        if unit == "week":
            return self.week_of(self.today)
        months = MONTHS_IN[unit]
        return date(self.today.year, (self.today.month - 1) // months * months + 1, 1)
