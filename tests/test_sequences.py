"""`then` and `then_not` where several first events share one later one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import segtool

EVENTS = """who,at,what
ann,2026-05-01T10:00:00Z,cart
ann,2026-05-01T11:00:00Z,cart
ann,2026-05-03T10:00:00Z,buy
bob,2026-05-01T10:00:00Z,cart
bob,2026-05-01T10:00:00Z,buy
cat,2026-05-01T10:00:00Z,cart
cat,2026-05-08T10:00:00Z,buy
dan,2026-05-01T10:00:00Z,cart
dan,2026-05-08T10:00:01Z,buy
"""


def members(tmp_path: Path, **rule: Any) -> list[str]:
    (tmp_path / "contacts.csv").write_text("id\nann\nbob\ncat\ndan\n", encoding="utf-8")
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    events = {"files": "events.csv", "contact": "who", "time": "at", "event": "what"}
    config = {
        "version": 1,
        "sources": {"contacts": {"files": "contacts.csv", "id": "id"}, "events": events},
        "segments": {"case": {"where": {"did": "cart", "within": "7 days", **rule}}},
    }
    return segtool.evaluate(segtool.load(config, base=tmp_path), as_of="2026-05-09T10:00Z").members["case"]


def test_an_event_is_followed_within_the_time(tmp_path: Path) -> None:
    """The instant exactly seven days later counts, a second more does not, and neither does the same instant."""
    assert members(tmp_path, then={"did": "buy"}) == ["ann", "cat"]


def test_one_later_event_follows_every_earlier_one(tmp_path: Path) -> None:
    assert members(tmp_path, then={"did": "buy"}, at_least=2) == ["ann"]


def test_nothing_followed_although_the_time_has_passed(tmp_path: Path) -> None:
    assert members(tmp_path, then_not={"did": "buy"}) == ["bob", "dan"]
