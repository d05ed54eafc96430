"""The window keys: the table of section 2, one row at a time, for instants and for whole days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from .clock import Clock, Point, duration, move_day

WINDOWS = (
    "in_last",
    "in_next",
    "older_than",
    "before",
    "after",
    "since",
    "until",
    "on",
    "between",
    "during",
    "anniversary",
)
ONE_DAY = timedelta(days=1)


def instant_in(clock: Clock, key: str, value: Any, moment: datetime) -> bool:
    """Whether an instant lies in the window."""
    if key == "anniversary":
        return is_anniversary(clock, value, clock.day_of(moment))
    if key == "in_last":
        return clock.back(duration(value)) < moment <= clock.as_of
    if key == "in_next":
        return clock.as_of <= moment < clock.ahead(duration(value))
    if key == "older_than":
        return moment <= clock.back(duration(value))
    if key == "during":
        first, after = clock.period(value)
        return clock.day_start(first) <= moment < clock.day_start(after)
    if key in ("on", "between"):
        low, high = (value, value) if key == "on" else value
        return _since(clock, clock.point(low), moment) and _until(clock, clock.point(high), moment)
    return _beside(clock, key, clock.point(value), moment)


def _beside(clock: Clock, key: str, point: Point, moment: datetime) -> bool:
    """The four one-sided windows; `before` is the complement of `since`, `after` of `until`."""
    if key == "before":
        return not _since(clock, point, moment)
    if key == "after":
        return not _until(clock, point, moment)
    if key == "since":
        return _since(clock, point, moment)
    if key == "until":
        return _until(clock, point, moment)
    raise ValueError(key)


def _since(clock: Clock, point: Point, moment: datetime) -> bool:
    """At or after a point; a day counts from its first instant."""
    return moment >= (point if isinstance(point, datetime) else clock.day_start(point))


def _until(clock: Clock, point: Point, moment: datetime) -> bool:
    """At or before a point; a day counts to its last instant."""
    return moment <= point if isinstance(point, datetime) else moment < clock.day_end(point)


def day_in(clock: Clock, key: str, value: Any, day: date) -> bool:
    """Whether a calendar day lies in the window; beside it every point is its calendar day."""
    if key == "anniversary":
        return is_anniversary(clock, value, day)
    if key == "in_last":
        return move_day(clock.today, duration(value), -1) < day <= clock.today
    if key == "in_next":
        return clock.today <= day < move_day(clock.today, duration(value), 1)
    if key == "older_than":
        return day <= move_day(clock.today, duration(value), -1)
    if key == "during":
        first, after = clock.period(value)
        return first <= day < after
    if key in ("on", "between"):
        low, high = (value, value) if key == "on" else value
        return clock.day_of(clock.point(low)) <= day <= clock.day_of(clock.point(high))
    limit = clock.day_of(clock.point(value))
    return {"before": day < limit, "after": day > limit, "since": day >= limit, "until": day <= limit}[key]


def is_anniversary(clock: Clock, value: Any, day: date) -> bool:
    """Whether a day comes round on a given day, or within some days."""
    if not isinstance(value, Mapping):
        return celebrated(day, clock.day_of(clock.point(value)))
    return all(_comes_round(clock, key, length, day) for key, length in value.items())


def _comes_round(clock: Clock, key: str, length: str, day: date) -> bool:
    """Try every day of the window in turn."""
    if key == "in_next":
        first, after = clock.today, move_day(clock.today, duration(length), 1)
    else:
        first, after = move_day(clock.today, duration(length), -1) + ONE_DAY, clock.today + ONE_DAY
    return any(celebrated(day, first + timedelta(days=n)) for n in range((after - first).days))


def celebrated(day: date, on: date) -> bool:
    """Month and day alone; 29 February is kept on the 28th in years that have no 29th."""
    try:
        return day.replace(year=on.year) == on
    except ValueError:
        return (on.month, on.day) == (2, 28)
