"""`segtool profile`: what the sources hold, in numbers that are right, and nothing that names a person unasked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

import segtool
from segtool.api.profiling import SourceProfile, profile
from segtool.cli import console, profiling
from segtool.config.problems import ConfigError
from segtool.sources.facts import Facts, describe

Files = Callable[[Mapping[str, str | bytes]], Path]

PEOPLE = """email,First Name,city,plan,age,joined,birthday,tags,notes
ann@secret.example,Annabel,Riga,pro,30,2026-01-05,1990-05-06,"vip, beta",likes Zanzibar
bob@secret.example,Bobby,Riga,pro,40,2026-02-05,1991-05-06,vip,
cat@secret.example,Catrin,Riga,free,50,,1992-05-06,,
dan@secret.example,Danilo,Timbuktu,free,,,,vip,
"""
DEEDS = """who,at,what,amount
ann@secret.example,2026-05-01 10:00,Click,1.5
ann@secret.example,2026-05-03 10:00,Click,2.5
BOB@secret.example,2026-05-02 10:00,Open,
zoe@secret.example,2026-04-30 09:00,Click,9
bob@secret.example,soon,Open,
"""
SEGMENTS = """version: 1
sources:
  people: {files: people.csv, id: email, types: {tags: list}}
  deeds: {files: deeds.csv, contact: who, time: at, event: what, events: {click: Click}}
segments:
  all: {where: everyone}
"""


@pytest.fixture
def folder(files: Files) -> Path:
    return files({"people.csv": PEOPLE, "deeds.csv": DEEDS, "segments.yaml": SEGMENTS})


def profiled(folder: Path, *values: str) -> dict[str, SourceProfile]:
    return {one.name: one for one in profile(segtool.load(folder / "segments.yaml"), values)}


def column(one: SourceProfile, name: str) -> Facts:
    return next(fact for fact in one.columns if fact.name == name)


def test_columns_are_counted(folder: Path) -> None:
    people = profiled(folder)["people"]
    assert [(fact.name, fact.type, fact.filled, fact.distinct) for fact in people.columns] == [
        ("email", "email", 4, 4),
        ("First Name", "text", 4, 4),
        ("city", "text", 4, 2),
        ("plan", "text", 4, 2),
        ("age", "integer", 3, 3),
        ("joined", "date", 2, 2),
        ("birthday", "date", 3, 3),
        ("tags", "list", 3, 2),
        ("notes", "text", 1, 1),
    ]
    age, joined = column(people, "age"), column(people, "joined")
    assert (age.least, age.median, age.greatest) == (30, 40.0, 50)
    assert (joined.least, joined.greatest) == (date(2026, 1, 5), date(2026, 2, 5))
    assert column(people, "tags").top == (("vip", 3),)


def test_events_are_matched_with_contacts(folder: Path) -> None:
    """One row has no time and is rejected; one is of nobody who is a contact."""
    deeds = profiled(folder)["deeds"]
    assert (deeds.accounting.read, deeds.accounting.kept, deeds.matching, deeds.people) == (5, 4, 3, 2)
    assert deeds.events == (("click", 3), ("Open", 1))
    assert (deeds.oldest, deeds.newest) == (datetime(2026, 4, 30, 9), datetime(2026, 5, 3, 10))
    assert column(deeds, "amount").greatest == 9.0, "columns that no rule needs are described, too"


def test_nobody_is_named_unasked(folder: Path) -> None:
    """Ids, names, birthdays and notes are counted; a value that hardly anybody shares is not told either."""
    people = profiled(folder)["people"]
    assert people.private == {"email", "First Name", "birthday", "notes"}
    assert all(not fact.top and fact.least is None for fact in people.columns if fact.name in people.private)
    assert column(people, "city").top == (("Riga", 3),)
    assert column(people, "plan").top == ()


def test_what_is_asked_for_is_told(folder: Path) -> None:
    people = profiled(folder, "first_name", "city")["people"]
    assert column(people, "First Name").top == (("Annabel", 1), ("Bobby", 1), ("Catrin", 1), ("Danilo", 1))
    assert column(people, "city").top == (("Riga", 3), ("Timbuktu", 1))
    with pytest.raises(ConfigError, match=r'--values: no source has a column "citty"; did you mean "city"\?'):
        profiled(folder, "citty")


def test_a_source_without_rows(files: Files) -> None:
    folder = files(
        {
            "people.csv": "email,city,n\n",
            "deeds.csv": "who,at,what\n",
            "segments.yaml": SEGMENTS.replace(", types: {tags: list}", ""),
        }
    )
    found = profiled(folder)
    assert [fact.filled for fact in found["people"].columns] == [0, 0, 0]
    assert (found["deeds"].people, found["deeds"].oldest, found["deeds"].events) == (0, None, ())


def test_frequent_values_come_in_one_order() -> None:
    """Those of one count in their own order, whatever the order of the rows."""
    for values in (["b", "a", "c", "a"], ["a", "c", "a", "b"]):
        found = describe(pl.LazyFrame({"x": values}), {"x": "text"}, top=3)
        assert found.columns["x"].top == (("a", 2), ("b", 1), ("c", 1))


def test_wide_tables_are_described_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = pl.LazyFrame({"a": [1, 2, None], "b": ["x", "x", None], "c": [True, None, None]})
    types = {"a": "integer", "b": "text", "c": "boolean"}
    whole = describe(frame, types, more={"most": pl.col("a").max()})
    monkeypatch.setattr("segtool.sources.facts._AT_ONCE", 1)
    assert describe(frame, types, more={"most": pl.col("a").max()}) == whole
    assert (whole.rows, whole.more) == (3, {"most": 2})


# --- the command -------------------------------------------------------------------------------------------------


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "segtool", "profile", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_line_for_each_column_into_a_pipe(folder: Path) -> None:
    said = command(folder)
    lines = [line.split("\t") for line in said.stdout.splitlines()]
    assert (said.returncode, said.stderr) == (0, "")
    assert {len(line) for line in lines} == {8}
    assert ["people", "age", "integer", "3", "3", "30", "50", ""] in lines
    assert ["people", "tags", "list", "3", "2", "", "", "vip (3)"] in lines
    assert ["deeds", "at", "datetime", "4", "4", "2026-04-30 09:00:00", "2026-05-03 10:00:00", ""] in lines
    assert not [word for word in ("secret", "Annabel", "1990", "Zanzibar", "Timbuktu") if word in said.stdout]


def test_export_files_themselves(folder: Path) -> None:
    """Read as `segtool init` would have them; one document for programs."""
    (folder / "segments.yaml").unlink()
    (folder / "deeds.csv").write_text(DEEDS.replace("bob@secret.example,soon,Open,\n", ""), encoding="utf-8")
    said = command(folder, "people.csv", "deeds.csv", "--json", "--values", "plan")
    sources = {one["name"]: one for one in json.loads(said.stdout)["sources"]}
    assert {name: one["role"] for name, one in sources.items()} == {"people": "contacts", "deeds": "events"}
    assert sources["deeds"]["events"] == {"click": 3, "open": 1}
    assert (sources["deeds"]["matching"], sources["deeds"]["oldest"]) == (3, "2026-04-30 09:00:00")
    (plan,) = [one for one in sources["people"]["columns"] if one["name"] == "plan"]
    assert plan["top"] == [["free", 2], ["pro", 2]]
    assert [one["name"] for one in sources["people"]["columns"] if one["private"]] == [
        "email",
        "First Name",
        "birthday",
        "notes",
    ]
    assert not [word for word in ("secret", "Annabel", "1990", "Zanzibar") if word in said.stdout]


def test_tables_on_a_terminal(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(console, "on_terminal", lambda: True)
    profiling.profile([], [], as_json=False)
    said = capsys.readouterr().out
    assert (
        "deeds · events · deeds.csv\n4 rows kept of 5 · 3 of them of 2 contacts · from 2026-04-30 to 2026-05-03" in said
    )
    assert "click 3, Open 1" in said
    rows = {line.split("  ")[0]: line.split() for line in said.splitlines()}
    assert rows["age"] == ["age", "integer", "75%", "3", "30", "…", "50"]
    assert rows["birthday"] == ["birthday", "date", "75%", "3", "not", "shown"]
    assert max(map(len, said.splitlines())) <= 110


def test_a_file_that_is_not_there(folder: Path) -> None:
    said = command(folder, "none.csv")
    assert (said.returncode, said.stdout) == (3, "")
    assert "there is no file none.csv" in said.stderr
    assert command(folder, "none.yaml").returncode == 2
