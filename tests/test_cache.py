"""Files that were read before are not parsed again, and nothing that the cache holds can change a result."""

from __future__ import annotations

import json
import os
import stat
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import segtool
from segtool.api import RunResult
from segtool.sources import cache as caching
from segtool.sources import cells, parts
from segtool.sources.directory import Directory
from segtool.sources.glance import Glance, glance

LONG_AGO = time.time() - 3600
Run = Callable[..., RunResult]


class Desk:
    """Contacts and two files of events, as they were written an hour ago; counts the files that are parsed."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.parsed: list[str] = []
        self.contacts: dict[str, Any] = {}
        self.output: dict[str, Any] = {}
        self.events: dict[str, Any] = {}
        self.where: Any = {"did": "visit", "in_last": "30 days"}
        self.write("contacts.csv", "email,age\na@x.lv,20\nb@x.lv,x\n")
        self.write("web-1.csv", "email,at,pages\na@x.lv,2026-02-20 10:00,1\nb@x.lv,2025-01-01,2\n")
        self.write("web-2.csv", "email,at,pages\nb@x.lv,2026-02-21,3\nb@x.lv,soon,4\n")
        reading = cells.read

        def counting(spec: Any, files: Any, *others: Any) -> Any:
            self.parsed += [file.shown for file in files]
            return reading(spec, files, *others)

        monkeypatch.setattr(cells, "read", counting)

    def write(self, name: str, text: str, moment: float = LONG_AGO) -> None:
        path = self.folder / name
        path.unlink(missing_ok=True)
        path.write_text(text, encoding="utf-8")
        os.utime(path, (moment, moment))

    def run(self, **options: Any) -> dict[str, Any]:
        """What a run makes of the files, as plain data. The files are older than a run's doubts of them."""
        self.parsed.clear()
        web = {"files": "web-*.csv", "contact": "email", "time": "at", "event_name": "visit", **self.events}
        contacts = {"files": "contacts.csv", "id": "email", "types": {"age": "integer"}, **self.contacts}
        lists = {"them": {"where": self.where}}
        text = {"version": 1, "sources": {"c": contacts, "web": web}, "segments": lists, "output": self.output}
        result = segtool.run(segtool.load(text, base=self.folder), as_of="2026-03-01", **options)
        return {
            "members": result.members,
            "sources": result.sources,
            "rejects": result.rejects.rows(),
            "notes": [line.notes for line in result.report.sources],
        }

    def entries(self) -> list[Path]:
        return sorted((self.folder / ".segtool/cache").iterdir())


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(caching, "_RACY", -(10**18))  # files are believed at once
    return Desk(tmp_path, monkeypatch)


def test_an_unchanged_file_is_not_parsed_again(desk: Desk) -> None:
    first = desk.run()
    assert desk.parsed == ["contacts.csv", "web-1.csv", "web-2.csv"]
    assert first["members"] == {"them": ["a@x.lv", "b@x.lv"]}
    assert [row[1:5] for row in first["rejects"]] == [("contacts.csv", 3, "age", "x"), ("web-2.csv", 3, "at", "soon")]
    assert desk.run() == first
    assert desk.parsed == []


def test_a_changed_file_alone_is_parsed_again(desk: Desk) -> None:
    desk.run()
    desk.write("web-2.csv", "email,at,pages\na@x.lv,2026-02-21,3\na@x.lv,soon,4\n")
    assert desk.run()["members"] == {"them": ["a@x.lv"]}
    assert desk.parsed == ["web-2.csv"]
    desk.write("web-3.csv", "email,at,pages\nb@x.lv,2026-02-22,3\n")
    assert desk.run()["members"] == {"them": ["a@x.lv", "b@x.lv"]}
    assert desk.parsed == ["web-3.csv"]


def test_contacts_come_and_go_and_events_are_not_parsed_again(desk: Desk) -> None:
    """Capitals and strangers who are contacts by now are found among the rows that were kept before."""
    desk.write("web-2.csv", "email,at,pages\nB@X.lv,2026-02-21,3\nnew@x.lv,2026-02-22,1\nb@x.lv,soon,4\n")
    for people in ("a b", "0 a b", "0 a b new", "b", "a new", "a b"):
        desk.write("contacts.csv", "email,age\n" + "".join(f"{one}@x.lv,20\n" for one in people.split()))
        found = desk.run()
        parsed = list(desk.parsed)
        assert found == desk.run(cache=False)
        assert "contacts.csv" in parsed or people == "a b"
        assert parsed in (["contacts.csv"], [], ["contacts.csv", "web-1.csv", "web-2.csv"])
        visitors = {"a", "b", "new"} & set(people.split())
        assert found["members"] == {"them": sorted(f"{one}@x.lv" for one in visitors)}
        assert found["sources"]["web"].strangers == sum(one not in people.split() for one in ("a", "b", "b", "new"))


def test_numbers_of_people_whom_a_power_cut_took_off_the_roll_say_nothing(desk: Desk) -> None:
    desk.run()
    before = {path: path.read_bytes() for path in desk.entries()}
    desk.write("contacts.csv", "email,age\na@x.lv,20\nb@x.lv,20\nc@x.lv,20\n")
    desk.write("web-3.csv", "email,at,pages\nc@x.lv,2026-02-23,3\n")
    assert desk.run()["members"] == {"them": ["a@x.lv", "b@x.lv", "c@x.lv"]}
    for path, content in before.items():
        path.write_bytes(content)
    desk.write("contacts.csv", "email,age\na@x.lv,20\nb@x.lv,20\nd@x.lv,20\n")
    assert desk.run()["members"] == {"them": ["a@x.lv", "b@x.lv"]}
    assert desk.parsed == ["contacts.csv", "web-3.csv"]


def test_a_file_that_is_only_touched_is_known_by_its_content(desk: Desk) -> None:
    first = desk.run()
    os.utime(desk.folder / "web-1.csv")
    assert desk.run() == first
    assert desk.parsed == []


def test_a_change_of_the_same_size_at_the_same_time_is_seen(desk: Desk) -> None:
    desk.run()
    desk.write("contacts.csv", "email,age\na@x.lv,20\nc@x.lv,x\n")
    assert desk.run()["members"] == {"them": ["a@x.lv"]}


def test_a_file_of_this_moment_is_looked_at_again(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its times may stay the same when it changes once more."""
    monkeypatch.setattr(caching, "_RACY", 10**18)
    desk.run()
    looked: list[Path] = []

    def looking(path: Path) -> Glance:
        looked.append(path)
        return glance(path)

    monkeypatch.setattr(caching, "glance", looking)
    desk.run()
    assert len(looked) == 3
    assert desk.parsed == []


def test_a_setting_that_says_how_cells_are_read_is_part_of_what_is_kept(desk: Desk) -> None:
    desk.run()
    desk.events = {"missing": ["soon"]}
    assert [row[4] for row in desk.run()["rejects"]] == ["x", None]
    assert desk.parsed == ["web-1.csv", "web-2.csv"]
    desk.events |= {"guard": {"source_shrinks": "90 %"}, "max_age": "2 days"}
    desk.run()
    assert desk.parsed == []


def test_a_rule_that_needs_another_column_reads_it(desk: Desk) -> None:
    desk.run()
    desk.where = {"did": "visit", "sum": "pages", "at_least": 5}
    assert desk.run()["members"] == {"them": ["b@x.lv"]}
    assert desk.parsed == ["web-1.csv", "web-2.csv"]


def test_a_rule_that_needs_fewer_columns_finds_them_among_more(desk: Desk) -> None:
    desk.where = {"did": "visit", "sum": "pages", "at_least": 5}
    desk.run()
    desk.where = {"did": "visit", "in_last": "30 days"}
    found = desk.run()
    assert desk.parsed == []
    assert desk.run(cache=False) == found


def test_what_is_wrong_in_columns_that_no_rule_needs_is_not_told_because_it_is_known(desk: Desk) -> None:
    desk.events = {"types": {"pages": "integer"}}
    desk.write("web-1.csv", "email,at,pages\na@x.lv,2026-02-20 10:00,few\nb@x.lv,2025-01-01,2\n")
    desk.where = {"did": "visit", "sum": "pages", "at_least": 5}
    assert "few" in [row[4] for row in desk.run()["rejects"]]
    desk.where = {"did": "visit", "in_last": "30 days"}
    found = desk.run()
    assert [row[4] for row in found["rejects"]] == ["x", "soon"]
    assert sorted(desk.parsed) == ["web-1.csv", "web-2.csv"]
    assert desk.run(cache=False) == found


def test_a_column_of_contacts_is_read_when_a_rule_or_list_names_it(desk: Desk) -> None:
    desk.write("contacts.csv", "email,age,Home Town,size\na@x.lv,20,Riga,1\nb@x.lv,x,Cesis,2\n")
    desk.output = {"columns": ["email", "size"]}
    first = desk.run()
    assert [row[3:5] for row in first["rejects"]] == [("age", "x"), ("at", "soon")], "declared, and so it is judged"
    desk.where = {"field": "home-town", "is": "riga"}
    found = desk.run()
    assert found["members"] == {"them": ["a@x.lv"]}
    assert desk.parsed == ["contacts.csv"]
    assert found["rejects"] == first["rejects"]
    desk.where = {"field": "size", "above": 1}
    assert desk.run()["members"] == {"them": ["b@x.lv"]}
    assert desk.parsed == []
    desk.output = {}
    assert desk.run() == desk.run(cache=False)


def test_the_type_of_a_column_is_that_of_all_files_whichever_are_known(desk: Desk) -> None:
    """A new file with a text makes a text of what was a number, in the files that are known too."""
    desk.where = {"did": "visit", "where": {"field": "pages", "is": 2}}
    assert desk.run()["members"] == {"them": ["b@x.lv"]}
    desk.write("web-3.csv", "email,at,pages\na@x.lv,2026-02-22,2\na@x.lv,2026-02-22,many\n")
    desk.where = {"did": "visit", "where": {"field": "pages", "is": "2"}}
    with_cache = desk.run()
    assert with_cache["members"] == {"them": ["a@x.lv", "b@x.lv"]}
    assert desk.run(cache=False) == with_cache


def test_events_of_strangers_are_counted_anew_when_either_file_changes(desk: Desk) -> None:
    counts = []
    for people in ("a@x.lv,20\nb@x.lv,30\n", "a@x.lv,20\nc@x.lv,30\n", "a@x.lv,20\nc@x.lv,30\n"):
        desk.write("contacts.csv", "email,age\n" + people)
        counts.append(desk.run()["sources"]["web"].strangers)
    desk.write("web-2.csv", "email,at,pages\nb@x.lv,2026-02-21,3\nd@x.lv,2026-02-21,4\n")
    counts.append(desk.run()["sources"]["web"].strangers)
    assert counts == [0, 2, 2, 3]
    assert desk.run(cache=False)["sources"]["web"].strangers == 3


@pytest.mark.parametrize("small", [0, 4 << 20])
def test_one_row_of_each_contact_is_kept_whether_it_was_read_before_or_not(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, small: int
) -> None:
    """Over several rows of a file and several files, in the order of both; and each is counted."""
    monkeypatch.setattr(parts, "SMALL", small)
    desk.where = {"field": "age", "above": 39}
    desk.write("contacts.csv", "email,age\nb@x.lv,1\nc@x.lv,41\na@x.lv,2\nb@x.lv,40\n")
    for duplicates, members in (("last", ["b@x.lv", "c@x.lv"]), ("first", ["c@x.lv"]), ("last", ["b@x.lv", "c@x.lv"])):
        desk.contacts = {"duplicates": duplicates}
        found = desk.run()
        assert found["members"] == {"them": members}
        assert found["sources"]["c"].duplicates == 1
        assert desk.run() == found
        assert desk.run(cache=False) == found
    desk.write("contacts-2.csv", "email,age\nd@x.lv,50\nc@x.lv,39\n")
    desk.contacts = {"files": "contacts*.csv"}
    found = desk.run()
    assert found["members"] == {"them": ["b@x.lv", "c@x.lv", "d@x.lv"]}
    assert found["sources"]["c"].duplicates == 2
    assert desk.run() == found
    assert desk.run(cache=False) == found


def test_what_an_earlier_version_sealed_is_no_damage(desk: Desk) -> None:
    """Its checksums were numbers. What this one sealed is damage where it changed."""
    desk.run()
    folder = desk.folder / ".segtool/cache"
    table = next(folder.glob("*.rows"))
    table.write_bytes(table.read_bytes() + b"x")
    assert list(caching.damaged(folder)) == [table]
    note = folder / f"{table.stem}.json"
    said = json.loads(note.read_bytes().partition(b"\n")[2])
    said["tables"] = dict.fromkeys(said["tables"], 123)
    content = json.dumps(said).encode()
    note.write_bytes(b"%08x\n%s" % (zlib.crc32(content), content))
    assert list(caching.damaged(folder)) == []


def test_people_are_told_apart_where_rows_are_typed_and_nowhere_else(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once, from the moment that contacts are read, if there are events that no run has read."""
    monkeypatch.setattr(parts, "SMALL", 0)
    made: list[int] = []
    making = Directory.__init__

    def counting(self: Directory, texts: pl.Series) -> None:
        made.append(len(texts))
        making(self, texts)

    monkeypatch.setattr(Directory, "__init__", counting)
    first = desk.run()
    assert made == [2]
    assert desk.run() == first
    assert made == [2]
    desk.write("web-2.csv", "email,at,pages\nb@x.lv,2026-02-22,3\n")
    assert desk.run()["members"] == first["members"]
    assert made == [2, 2]


def test_a_condition_on_rows_is_judged_every_time(desk: Desk) -> None:
    for only, members in (({"field": "pages", "above": 1}, ["b@x.lv"]), ({"field": "pages", "is": 1}, ["a@x.lv"])):
        desk.where = {"did": "visit"}
        config = {"files": "web-*.csv", "contact": "email", "time": "at", "event_name": "visit", "only": only}
        desk.events = config
        found = desk.run()
        assert found["members"] == {"them": members}
        assert desk.run(cache=False) == found
        assert [row[1] for row in found["rejects"]] == ["contacts.csv"] + ["web-2.csv"] * ("above" in only)


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "gone"])
def test_damage_is_noticed_and_mended(desk: Desk, damage: str) -> None:
    first = desk.run()
    for path in desk.entries():
        content = path.read_bytes()
        if damage == "gone":
            path.unlink()
        else:
            half = len(content) // 2
            flipped = content[:half] + bytes([content[half] ^ 1]) + content[half + 1 :]
            path.write_bytes({"cut": content[:half], "flip": flipped, "empty": b""}[damage])
        assert desk.run() == first, path.name
    assert desk.run() == first
    assert desk.parsed == []


def test_a_table_that_was_found_whole_is_believed_until_its_file_is_touched(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[Path] = []
    checksum = caching._checksum

    def checking(path: Path) -> str:
        checked.append(path)
        return checksum(path)

    monkeypatch.setattr(caching, "_checksum", checking)
    first = desk.run()
    checked.clear()
    assert desk.run() == first
    assert len(checked) == 6, "what was written a moment ago may still be lost: 3 tables, 2 of rejects, and the roll"
    assert set(checked) == {path for path in desk.entries() if path.suffix != ".json"}
    monkeypatch.setattr(caching, "_WRITTEN", -(10**18))
    checked.clear()
    assert desk.run() == first
    assert len(checked) == 6
    checked.clear()
    assert desk.run() == first
    assert checked == []
    table = next(path for path in desk.entries() if path.suffix == ".rows")
    moment, content = table.stat().st_mtime_ns, bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.write_bytes(content)
    os.utime(table, ns=(moment, moment))
    assert desk.run() == first
    assert checked[0] == table
    assert len(desk.parsed) == 1


def test_a_run_without_the_cache_reads_everything_and_leaves_nothing(desk: Desk) -> None:
    first = desk.run(cache=False)
    assert not (desk.folder / ".segtool/cache").exists()
    assert desk.run() == first
    assert desk.run(cache=False) == first
    assert len(desk.parsed) == 3
    assert desk.run(dry_run=True) == first
    assert len(desk.parsed) == 3, "a dry run holds no lock"


def test_the_cache_is_for_its_owner_alone(desk: Desk) -> None:
    desk.run()
    assert stat.S_IMODE((desk.folder / ".segtool/cache").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in desk.entries()} == {0o600}


def test_what_was_unused_for_longest_goes_first(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.run()
    kept = {path.name for path in desk.entries()}
    desk.write("web-2.csv", "email,at,pages\nb@x.lv,2026-02-25,3\n")
    (desk.folder / ".segtool/cache/torn.rows.new").write_bytes(b"half")
    desk.run()
    both = {path.name for path in desk.entries()}
    assert kept < both
    monkeypatch.setattr(caching, "LIMIT", 0)
    monkeypatch.setattr(caching.Cache.tidy, "__defaults__", (0,))
    desk.run()
    left = {path.name for path in desk.entries()}
    assert left < both
    assert desk.parsed == []
    desk.run()
    assert desk.parsed == [], "what a run uses stays"


def test_everything_kept_can_be_removed(desk: Desk) -> None:
    first = desk.run()
    assert caching.clear(desk.folder / ".segtool/cache") > 0
    assert desk.entries() == []
    assert caching.clear(desk.folder / "nowhere") == 0
    assert desk.run() == first
