"""What a random search found about the clock of a run, kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import segtool
from segtool.config.times import Duration
from segtool.logic.clock import Clock


def test_a_step_back_from_the_second_of_two_hours_meets_the_first() -> None:
    """Both ends of the step are walls that occur twice: the instant now is the second, every other one the first."""
    clock = Clock(datetime(2026, 11, 1, 5, 29, 59, tzinfo=UTC), "America/Havana")
    assert clock.wall == datetime(2026, 11, 1, 0, 29, 59)
    assert clock.moved(Duration(364, "day"), -1) == datetime(2025, 11, 2, 4, 29, 59)


@pytest.mark.parametrize("unit", ["days_since", "years_since"])
def test_the_second_of_two_hours_has_not_come_with_the_first(unit: str, files: Callable[..., Path]) -> None:
    """An instant of the second hour, while the first is just over, is still to come: less than none has passed."""
    folder = files({"contacts.csv": "email,ends\nann@x.org,2026-11-01T06:30:00Z\n"})
    config: dict[str, Any] = {"version": 1, "timezone": "America/New_York", "traits": {"since": {unit: "ends"}}}
    config["sources"] = {"contacts": {"files": "contacts.csv", "id": "email", "types": {"ends": "datetime"}}}
    config["segments"] = {"coming": {"where": {"field": "since", "is": -1}}}
    loaded = segtool.load(config, base=folder)
    assert segtool.evaluate(loaded, as_of="2026-11-01T06:29:59Z").members == {"coming": ["ann@x.org"]}
    assert segtool.evaluate(loaded, as_of="2026-11-01T06:30:00Z").members == {"coming": []}
