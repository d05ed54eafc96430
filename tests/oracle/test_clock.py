"""The oracle's own clock, against dates looked up on a wall calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from .clock import Clock, duration, instant, move, move_day
from .windows import celebrated, day_in, instant_in, is_anniversary

RIGA = ZoneInfo("Europe/Riga")


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def at(*parts: int, zone: ZoneInfo = RIGA, week: str = "monday") -> Clock:
    return Clock(utc(*parts), zone, week)


def test_months_and_years_clip_to_the_last_day() -> None:
    assert move_day(date(2026, 3, 31), duration("1 month"), -1) == date(2026, 2, 28)
    assert move_day(date(2028, 3, 31), duration("1 month"), -1) == date(2028, 2, 29)
    assert move_day(date(2024, 2, 29), duration("1 year"), 1) == date(2025, 2, 28)
    assert move_day(date(2026, 1, 31), duration("13 months"), 1) == date(2027, 2, 28)


def test_two_months_back_do_not_clip_twice() -> None:
    assert move_day(date(2026, 3, 31), duration("1 month"), -2) == date(2026, 1, 31)


def test_a_skipped_wall_time_moves_on_by_the_jump() -> None:
    assert instant(datetime(2026, 3, 29, 3, 30), RIGA) == utc(2026, 3, 29, 1, 30)
    assert instant(datetime(2026, 3, 29, 4, 30), RIGA) == utc(2026, 3, 29, 1, 30)


def test_a_repeated_wall_time_is_the_first_of_the_two() -> None:
    assert instant(datetime(2026, 10, 25, 3, 30), RIGA) == utc(2026, 10, 25, 0, 30)


def test_days_keep_the_wall_time_and_hours_do_not() -> None:
    before = utc(2026, 3, 28, 10)  # noon in Riga, the day before the clock changes
    assert move(before, duration("1 day"), RIGA, 1) == utc(2026, 3, 29, 9)
    assert move(before, duration("24 hours"), RIGA, 1) == utc(2026, 3, 29, 10)


def test_no_step_is_the_instant_itself() -> None:
    second = utc(2026, 10, 25, 1, 30)
    assert move(second, duration("1 day"), RIGA, 0) == second
    assert at(2026, 10, 25, 1, 30).back(duration("1 day"), 0) == second


def test_a_day_that_never_was() -> None:
    apia = Clock(utc(2012, 1, 5), ZoneInfo("Pacific/Apia"))
    assert apia.day_start(date(2011, 12, 30)) == apia.day_start(date(2011, 12, 31))


def test_weeks_begin_on_the_day_that_is_set() -> None:
    assert at(2026, 5, 3, 12).period("this week") == (date(2026, 4, 27), date(2026, 5, 4))
    assert at(2026, 5, 3, 12, week="sunday").period("this week") == (date(2026, 5, 3), date(2026, 5, 10))
    assert at(2026, 5, 3, 12).period("last week") == (date(2026, 4, 20), date(2026, 4, 27))


def test_months_quarters_and_years() -> None:
    assert at(2026, 1, 15).period("last month") == (date(2025, 12, 1), date(2026, 1, 1))
    assert at(2026, 2, 15).period("last quarter") == (date(2025, 10, 1), date(2026, 1, 1))
    assert at(2026, 11, 15).period("next quarter") == (date(2027, 1, 1), date(2027, 4, 1))
    assert at(2026, 2, 15).period("next year") == (date(2027, 1, 1), date(2028, 1, 1))


def test_today_is_the_day_in_the_zone() -> None:
    assert at(2026, 5, 1, 21, 30).today == date(2026, 5, 2)


def test_points() -> None:
    clock = at(2026, 5, 1, 9)
    assert clock.point("yesterday") == date(2026, 4, 30)
    assert clock.point("30 days ago") == utc(2026, 4, 1, 9)
    assert clock.point("in 90 minutes") == utc(2026, 5, 1, 10, 30)
    assert clock.point("2026-05-01T09:00") == utc(2026, 5, 1, 6)
    assert clock.point("2026-05-01T09:00+01:00") == utc(2026, 5, 1, 8)


def test_in_last_leaves_the_far_end_out_and_the_near_end_in() -> None:
    clock = at(2026, 5, 31, 9)
    assert not instant_in(clock, "in_last", "30 days", utc(2026, 5, 1, 9))
    assert instant_in(clock, "older_than", "30 days", utc(2026, 5, 1, 9))
    assert instant_in(clock, "in_last", "30 days", utc(2026, 5, 31, 9))
    assert day_in(clock, "in_last", "30 days", date(2026, 5, 2))
    assert not day_in(clock, "in_last", "30 days", date(2026, 5, 1))


def test_a_date_stands_for_its_whole_day() -> None:
    clock = at(2026, 5, 31, 9)
    last = utc(2026, 5, 1, 20, 59, 59)
    assert instant_in(clock, "until", "2026-05-01", last)
    assert not instant_in(clock, "after", "2026-05-01", last)
    assert instant_in(clock, "after", "2026-05-01", utc(2026, 5, 1, 21))
    assert instant_in(clock, "between", ["2026-05-01", "2026-05-01"], utc(2026, 4, 30, 21))


def test_leap_day_anniversaries() -> None:
    leap = date(1996, 2, 29)
    assert celebrated(leap, date(2026, 2, 28))
    assert not celebrated(leap, date(2028, 2, 28))
    assert celebrated(leap, date(2028, 2, 29))
    assert not celebrated(date(1996, 2, 28), date(2028, 2, 29))
    assert is_anniversary(at(2026, 2, 26), {"in_next": "3 days"}, leap)
    assert not is_anniversary(at(2026, 2, 26), {"in_next": "2 days"}, leap)
    assert is_anniversary(at(2026, 1, 2), {"in_last": "7 days"}, date(1990, 12, 30))
