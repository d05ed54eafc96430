"""A large file is typed on the strength of its first rows, and comes to what all of its rows say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import segtool
from segtool.config.problems import Problems
from segtool.logic.clock import Clock
from segtool.sources import cells, parts
from segtool.sources.catalog import read_all
from segtool.sources.claims import Claim
from segtool.sources.context import Context
from segtool.sources.tables import Table

SAMPLE = 2
TEXTS = [
    *("", "7", "-12", "007", "1234567890123456", "7.0", "7.5", "-.5", "1e3", "1e400", "true", "FALSE", "yes", "x"),
    *("2026-05-01", "2026-05-01T09:00:00Z", "2026-05-01 09:00", "2026/05/01", "20260501", "2026-02-30"),
    *("01/02/2026", "13/02/2026", "02/13/2026", "1/2/2026 10:00", "0000-01-01", "9999-12-31T23:59:59-05:00"),
]
LINES = ["p,1", "p,2,x", "p, 3 ,y", "p", "", ",", "p,,z", '"p",4,x', "p,5,x\r", "p,6,é", "\tp,7,x", "p,8,x,y", "p,9,"]
Column = list[str]


def tables(
    files: Mapping[str, Column], large: bool, spec: Mapping[str, Any], header: str = "who,it", who: str = "p,"
) -> Table | list[str]:
    """The events of some files, read as small or as large ones are; or the sentence that refuses them."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "SMALL", 0 if large else 1 << 30)
        patch.setattr(cells, "SAMPLE", SAMPLE)
        Path(folder, "people.csv").write_text("id\np\n", encoding="utf-8")
        for name, column in files.items():
            lines = [header, *(f"{who}{text}" for text in column)]
            Path(folder, name).write_bytes("".join(f"{line}\n" for line in lines).encode())
        events = {"files": sorted(files), "contact": "who", "event_name": "seen", **spec}
        everyone = {"all": {"where": {"did": "seen", "where": {"field": "it", "is_set": True}}}}
        sources = {"people": {"files": "people.csv", "id": "id"}, "events": events}
        config = segtool.load({"version": 1, "sources": sources, "segments": everyone}, base=folder)
        problems = Problems()
        clock = Clock(datetime(2026, 6, 1, tzinfo=UTC), "UTC", 0)
        found = read_all(
            config, Context(clock, Path(folder), Path(folder), clock.as_of, cached=Path(folder, "cache")), problems
        )
        return found.get("events") or [str(problem) for problem in problems.sorted]


@pytest.mark.parametrize("clock", [True, False])
def test_days_are_claimed_of_no_text_with_a_time(clock: bool) -> None:
    """However plainly it is spelled, and although it was read."""
    text = pl.Series("it", ["2026-05-01T09:00:00Z", "2026-05-02T00:00:00Z"])
    value = text.str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us")
    assert Claim("iso", clock=clock).holds(text, value, plainly=True) is clock
    assert Claim("iso", clock=clock).holds(text, value) is clock


def told(found: Table | list[str]) -> Any:
    if isinstance(found, list):
        return found
    # A large table is in a folder that is gone by now: its account and types are what is left of it.
    return found.columns.types, found.accounting, found.rejects.rows()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.lists(st.sampled_from(TEXTS), max_size=6), min_size=1, max_size=3), st.booleans())
@example([["7", "8", "9", "x"]], False)
@example([["7", "8", "9.5"], ["1", "2"]], False)
@example([["2026-05-01", "2026-05-02", "2026-05-03 10:00"]], False)
@example([["01/02/2026", "02/02/2026", "13/02/2026"]], False)
@example([["2026-05-01", "2026-05-02", "13/02/2026"]], True)
@example([["", "", "5"], ["5"]], False)
def test_a_sample_comes_to_the_same_as_the_whole(columns: list[Column], dated: bool) -> None:
    files = {f"{number}.csv": column for number, column in enumerate(columns)}
    spec = {"types": {"it": "date"}} if dated else {}
    assert told(tables(files, True, spec)) == told(tables(files, False, spec))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.lists(st.sampled_from(LINES), max_size=6), min_size=1, max_size=3))
@example([["p,1,x", "p,2,x", "p,3"]])
@example([["p,1,x", "p,2,x", "p,3,", "p,4,x,y"]])
def test_a_large_file_is_read_row_by_row_as_a_small_one_is(files: list[Column]) -> None:
    named = {f"{number}.csv": lines for number, lines in enumerate(files)}
    found = [told(tables(named, large, {}, "who,it,more", "")) for large in (True, False)]
    assert found[0] == found[1]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were typed, in any order."""
    seen: list[str] = []
    typing = parts.Part._judged

    def watched(self: parts.Part, *others: Any) -> Any:
        seen.append(self.file.shown)
        return typing(self, *others)

    monkeypatch.setattr(parts.Part, "_judged", watched)
    return seen


def test_a_file_is_typed_once_where_its_first_rows_tell_the_truth(typed: list[str]) -> None:
    tables({"1.csv": ["1", "2", "3"], "2.csv": ["4", "5", "6.5"]}, True, {})
    assert sorted(typed) == ["1.csv"] * 2 + ["2.csv"] * 2 + ["people.csv"], "a number in the second is one in the first"
    typed.clear()
    tables({"1.csv": ["1.5", "2", "3.5"], "2.csv": ["4", "5", "6.5"]}, True, {})
    assert sorted(typed) == ["1.csv", "2.csv", "people.csv"]


def test_files_that_are_known_are_not_opened_for_their_types(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "SMALL", 0)
    monkeypatch.setattr(cells, "SAMPLE", SAMPLE)
    (tmp_path / "people.csv").write_text("id,age\na,1\nb,2\nc,3\nd,old\n", encoding="utf-8")
    source = {"files": "people.csv", "id": "id"}
    everyone = {"all": {"where": {"field": "age", "is": "old"}}}
    config = segtool.load({"version": 1, "sources": {"people": source}, "segments": everyone}, base=tmp_path)
    first = segtool.run(config, as_of="2026-06-01").members
    assert first == {"all": ["d"]}
    monkeypatch.setattr(cells, "read", None)
    monkeypatch.setattr(pl, "scan_csv", None)
    assert segtool.run(config, as_of="2026-06-01").members == first
