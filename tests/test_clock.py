"""What a random search found about the clock of a run, kept."""

from __future__ import annotations

from datetime import UTC, datetime

from segtool.config.times import Duration
from segtool.logic.clock import Clock


def test_a_step_back_from_the_second_of_two_hours_meets_the_first() -> None:
    """Both ends of the step are walls that occur twice: the instant now is the second, every other one the first."""
    clock = Clock(datetime(2026, 11, 1, 5, 29, 59, tzinfo=UTC), "America/Havana")
    assert clock.wall == datetime(2026, 11, 1, 0, 29, 59)
    assert clock.moved(Duration(364, "day"), -1) == datetime(2025, 11, 2, 4, 29, 59)
