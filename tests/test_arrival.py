"""An export that has not arrived: too old, or without the file that says it is finished."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import segtool
from segtool.config.problems import ConfigError, DataError
from segtool.sources.arrival import elapsed

HOUR = 3600
PEOPLE = "email,city\na@x.lv,Riga\n"


@pytest.fixture
def said(tmp_path: Path) -> Callable[..., list[str]]:
    """What is said of contacts whose files, by name, were written so many hours ago."""

    def say(ages: Mapping[str, float], **settings: Any) -> list[str]:
        for name, hours in ages.items():
            path = tmp_path / name
            path.write_text(PEOPLE, encoding="utf-8")
            moment = time.time() - hours * HOUR
            os.utime(path, (moment, moment))
        source = {"files": "contacts*.csv", "id": "email", **settings}
        text = {"version": 1, "sources": {"c": source}, "segments": {"all": {"where": "everyone"}}}
        try:
            segtool.evaluate(segtool.load(text, base=tmp_path), as_of="2020-01-01")
        except DataError as error:
            return [f"{problem.id}: {problem.message}" for problem in error.problems]
        return []

    return say


def test_a_file_that_is_too_old(said: Callable[..., list[str]]) -> None:
    """By the clock of the machine, whatever instant the lists are of."""
    assert said({"contacts.csv": 35}, max_age="36 hours") == []
    written = datetime.now(UTC) - timedelta(hours=37)
    (told,) = said({"contacts.csv": 37}, max_age="36 hours", files="contacts.csv")
    assert told == (
        f"old-file: contacts.csv was written {written:%Y-%m-%d %H:%M}, 37 hours ago, and max_age is 36 hours; "
        "did the export run?"
    )


def test_the_newest_of_several_files_counts(said: Callable[..., list[str]]) -> None:
    assert said({"contacts-1.csv": 900, "contacts-2.csv": 30}, max_age="2 days") == []
    (told,) = said({"contacts-1.csv": 900, "contacts-2.csv": 60}, max_age="2 days")
    assert told.startswith("old-file: contacts-2.csv, the newest of its files, was written ")
    assert told.endswith(", 2 days ago, and max_age is 2 days; did the export run?")


def test_an_export_is_ready_when_its_marker_is_there(said: Callable[..., list[str]]) -> None:
    assert said({"contacts.csv": 2}, ready="contacts.csv.ok") == [
        'not-ready: there is no contacts.csv.ok yet, so the export of source "c" is not finished; '
        "run again when it is there"
    ]
    assert said({"contacts.csv": 2, "contacts.csv.ok": 1}, ready="contacts.csv.ok") == []
    assert said({"contacts.csv": 1, "contacts.csv.ok": 1}, ready=["*.ok", "contacts.csv.ok"]) == []


def test_the_marker_of_an_earlier_export_says_nothing_of_this_one(said: Callable[..., list[str]]) -> None:
    assert said({"contacts.csv": 1, "contacts.csv.ok": 2}, ready="*.ok") == [
        "not-ready: contacts.csv was written after contacts.csv.ok, so a new export has begun and is not finished; "
        "run again when contacts.csv.ok is written anew"
    ]


def test_nothing_is_too_old_where_nothing_is_there(said: Callable[..., list[str]]) -> None:
    assert said({"contacts.csv": 1}, max_age="1 day", ready="contacts.csv", optional=True) == []


@pytest.mark.parametrize("age", ["2", "soon", "2d"])
def test_an_age_is_a_duration(tmp_path: Path, age: str) -> None:
    source = {"files": "contacts.csv", "id": "email", "max_age": age}
    with pytest.raises(ConfigError, match='"max_age" takes a duration such as 36 hours or 2 days'):
        segtool.load({"version": 1, "sources": {"c": source}, "segments": {"a": {"where": "everyone"}}}, base=tmp_path)


@pytest.mark.parametrize(
    ("age", "words"),
    [
        ({"seconds": 0}, "0 seconds"),
        ({"seconds": 1}, "1 second"),
        ({"seconds": 119}, "119 seconds"),
        ({"minutes": 2}, "2 minutes"),
        ({"hours": 47}, "47 hours"),
        ({"days": 1000}, "1,000 days"),
        ({"seconds": -5}, "0 seconds"),
    ],
)
def test_an_age_in_words(age: dict[str, float], words: str) -> None:
    assert elapsed(timedelta(**age)) == words
