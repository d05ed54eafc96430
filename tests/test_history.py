"""What runs remember: the sizes of lists over time with a forecast, and the lists as they stand."""

from __future__ import annotations

import csv
import io
import json
import math
import random
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from test_cli import command, on_a_terminal
from typer.testing import CliRunner

import segtool
from segtool.cli import app, console, histories
from segtool.cli.tables import graph
from segtool.config.problems import ConfigError
from segtool.config.settings import Config
from segtool.lists.forecast import Forecast, Size, TooFew, forecast, in_time
from segtool.store.errors import NoRunError, StateError

Files = Callable[[Mapping[str, str | bytes]], Path]
START = datetime(2026, 5, 1, tzinfo=UTC)

SEGMENTS = """\
version: 1
timezone: Europe/Riga
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  nj: {label: New Jersey, where: {field: state, is: NJ}, columns: [email, name], sort: name}
  all_of_them: {where: everyone, list: false}
"""


def said(folder: Path, *arguments: str) -> str:
    """What a command writes into a pipe, in this process."""
    done = CliRunner().invoke(app, [*arguments, "--file", str(folder / "segments.yaml")], catch_exceptions=False)
    return done.stdout


def contacts(states: str) -> str:
    """Contacts p1, p2, … with these states, one letter each: N for NJ."""
    rows = [f'p{n}@x.org,"Name {9 - n}, Dr",{"NJ" if letter == "N" else letter}' for n, letter in enumerate(states)]
    return "\n".join(["email,name,state", *rows]) + "\n"


def project(folder: Path, segments: str = SEGMENTS) -> Config:
    (folder / "segments.yaml").write_text(segments)
    return segtool.load(folder / "segments.yaml")


def runs(folder: Path, *states: str, days: int = 2, **options: Any) -> Config:
    """A project with a run for each of these exports, so many days apart."""
    config = project(folder)
    for number, letters in enumerate(states):
        (folder / "contacts.csv").write_text(contacts(letters))
        segtool.run(config, as_of=START + timedelta(days=days * number), **options)
    return config


def sizes(*numbers: int, days: float = 2.0, moved: int = 0) -> list[Size]:
    return [Size(START + timedelta(days=days * place), size, moved) for place, size in enumerate(numbers)]


# --- history -------------------------------------------------------------------------------------------------


def test_every_run_of_a_list_is_told(tmp_path: Path) -> None:
    config = runs(tmp_path, "NNY", "NYYN", "YYYN")
    found = segtool.history(config)
    assert list(found.lists) == ["nj", "all_of_them"]
    nj = found["nj"]
    assert nj.label == "New Jersey"
    assert [(one.run, one.members, one.entered, one.left, one.net) for one in nj.moments] == [
        (1, 2, 2, 0, 2),
        (2, 2, 1, 1, 0),
        (3, 1, 0, 1, -1),
    ]
    assert [one.note for one in nj.moments] == ["first run", "", ""]
    assert nj.moments[0].as_of == "2026-05-01T00:00:00Z"
    assert nj.forecast is None
    assert nj.why_not.startswith("3 runs over 4 days are too few for a forecast; it takes 5 runs over 7 days")


def test_a_run_that_was_not_about_a_list_changes_nothing_of_it(tmp_path: Path) -> None:
    config = runs(tmp_path, "NNY", "NYN")
    (tmp_path / "contacts.csv").write_text(contacts("YYYNN"))
    segtool.run(config, as_of="2026-05-20", only=["all_of_them"])
    last = segtool.history(config, ["nj"])["nj"].moments[-1]
    assert (last.members, last.entered, last.left, last.note) == (2, 0, 0, "not part of this run")
    segtool.run(config, as_of="2026-05-21")
    assert segtool.history(config, ["nj"])["nj"].moments[-1].note == ""


def test_a_list_that_was_held_says_so(tmp_path: Path) -> None:
    config = runs(tmp_path, "N" * 200, "N" * 20 + "Y" * 180)
    last = segtool.history(config)["nj"].moments[-1]
    assert (last.members, last.entered, last.left, last.note) == (200, 0, 0, "held as it was")


def test_lists_that_are_gone_are_told_last_and_have_no_forecast(tmp_path: Path) -> None:
    runs(tmp_path, *["NNY"] * 6)
    config = project(tmp_path, SEGMENTS.replace("nj:", "jersey:"))
    segtool.run(config, as_of="2026-05-20")
    found = segtool.history(config)
    assert list(found.lists) == ["jersey", "all_of_them", "nj"]
    assert found["nj"].why_not == "the list is no longer in the file"
    assert [one.note for one in found["jersey"].moments] == ["the list is new"]
    assert found["all_of_them"].forecast is not None


def test_a_changed_definition_begins_the_forecast_anew(tmp_path: Path) -> None:
    config = runs(tmp_path, *["NNY"] * 6)
    assert segtool.history(config)["nj"].forecast is not None
    config = project(tmp_path, SEGMENTS.replace("is: NJ", "in: [NJ, Y]"))
    segtool.run(config, as_of="2026-05-20")
    nj = segtool.history(config)["nj"]
    assert nj.moments[-1].note == "the definition changed"
    assert nj.why_not.startswith("1 run over 0 days are")


def test_held_runs_are_no_part_of_the_forecast(tmp_path: Path) -> None:
    config = runs(tmp_path, *["N" * 200] * 6, "N" * 20 + "Y" * 180)
    found = segtool.history(config)["nj"].forecast
    assert found is not None
    assert found.runs == 6


def test_a_static_list_has_no_forecast(tmp_path: Path) -> None:
    config = project(tmp_path, SEGMENTS.replace("label: New Jersey", "kind: static"))
    (tmp_path / "contacts.csv").write_text(contacts("NNY"))
    for day in range(1, 20, 2):
        segtool.run(config, as_of=f"2026-05-{day:02}")
    assert segtool.history(config)["nj"].why_not == "a static list changes only when it is filled anew"


def test_no_list_can_outgrow_the_contacts(tmp_path: Path) -> None:
    config = runs(tmp_path, *["N" * size + "Y" * (100 - size) for size in (20, 40, 55, 75, 95)])
    found = segtool.history(config)["nj"].forecast
    assert found is not None
    assert (found.expected, found.high) == (100, 100)


def test_growing_contacts_raise_the_ceiling(tmp_path: Path) -> None:
    config = runs(tmp_path, *["N" * size for size in (20, 40, 60, 80, 100)])
    found = segtool.history(config)["all_of_them"].forecast
    assert found is not None
    assert found.expected == 100 + 10 * 30


# --- the forecast --------------------------------------------------------------------------------------------


def test_a_steady_flow_goes_on() -> None:
    found = forecast(sizes(100, 110, 120, 130, 140))
    assert isinstance(found, Forecast)
    assert (found.expected, found.flow, found.runs, found.since) == (290, 5.0, 5, START)
    assert found.low < 290 < found.high


def test_the_interval_is_that_of_a_walk_with_drift() -> None:
    found = forecast(sizes(100, 104, 102, 109, 111, 108, days=3))
    assert isinstance(found, Forecast)
    flow = 8 / 15
    shown = sum((net - flow * 3) ** 2 / 3 for net in (4, -2, 7, 2, -3)) / 4
    spread = 2.131847 * math.sqrt(shown * (30 + 30**2 / 15))
    assert found.error == pytest.approx(math.sqrt(shown / 15))
    assert (found.low, found.high) == (round(108 + 30 * flow - spread), round(108 + 30 * flow + spread))


def test_the_interval_holds_as_often_as_it_says() -> None:
    chance = random.Random(11)

    def people(a_day: float) -> int:
        return sum(chance.random() < a_day / 1000 for _ in range(1000))

    hits = 0
    for _ in range(150):
        size, series = 500, [Size(START, 500, 0)]
        for day in range(1, 13):
            came, went = people(6), people(5)
            size += came - went
            series.append(Size(START + timedelta(days=day), size, came + went))
        found = forecast(series)
        assert isinstance(found, Forecast)
        hits += found.low <= size + sum(people(6) - people(5) for _ in range(30)) <= found.high
    assert 0.85 <= hits / 150 <= 1


def test_a_list_that_stood_still_is_not_certain_to() -> None:
    short, long = (forecast(sizes(*[50] * runs)) for runs in (5, 50))
    assert isinstance(short, Forecast)
    assert isinstance(long, Forecast)
    assert short.expected == long.expected == 50
    assert short.low < 50 < short.high
    assert long.high - long.low < short.high - short.low


def test_people_who_come_and_go_widen_it_even_where_the_size_stands_still() -> None:
    still, busy = forecast(sizes(*[50] * 6)), forecast(sizes(*[50] * 6, moved=20))
    assert isinstance(still, Forecast)
    assert isinstance(busy, Forecast)
    assert busy.high - busy.low > still.high - still.low


def test_a_size_is_never_negative_or_past_the_ceiling() -> None:
    falling, rising = forecast(sizes(100, 80, 60, 40, 20)), forecast(sizes(20, 40, 60, 80, 100), ceiling=110)
    assert isinstance(falling, Forecast)
    assert isinstance(rising, Forecast)
    assert (falling.low, falling.expected) == (0, 0)
    assert (rising.expected, rising.high) == (110, 110)


@pytest.mark.parametrize("series", [[], sizes(1), sizes(1, 2, 3, 4, days=9), sizes(1, 2, 3, 4, 5, 6, days=1)])
def test_few_runs_or_days_give_no_forecast(series: list[Size]) -> None:
    found = forecast(series)
    assert isinstance(found, TooFew)
    assert found.runs == len(series)


def test_a_run_for_an_earlier_instant_stands_for_those_after_it() -> None:
    series = [Size(START + timedelta(days=day), size, 1) for day, size in ((0, 5), (3, 6), (5, 7), (3, 8), (4, 9))]
    assert [(size.as_of.day, size.members, size.moved) for size in in_time(series)] == [(1, 5, 1), (4, 8, 3), (5, 9, 1)]


# --- as the command line says it -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    runs(folder, "NNY", "NNYN", "NNYNN", "NYYNN", "NYYNNN")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    """A project after five runs."""
    return Path(shutil.copytree(made, tmp_path / "made"))


def test_a_pipe_gets_a_line_for_every_run_of_every_list(folder: Path) -> None:
    done = command(folder, "history")
    lines = [line.split("\t") for line in done.out.splitlines()]
    assert len(lines) == 10
    assert lines[0] == ["nj", "1", "2026-05-01T00:00:00Z", "2", "2", "0", "2", "first run"]
    assert lines[4] == ["nj", "5", "2026-05-09T00:00:00Z", "4", "1", "0", "1", ""]
    assert (done.code, done.err) == (0, "")
    assert {line.split("\t")[0] for line in said(folder, "history", "nj").splitlines()} == {"nj"}


def test_json_has_the_runs_and_the_forecast(folder: Path) -> None:
    found = json.loads(said(folder, "history", "--json"))
    assert found["schema"] == 1
    nj, everyone = found["segments"]
    assert nj["runs"][0] == {
        "run": 1,
        "as_of": "2026-05-01T00:00:00Z",
        "members": 2,
        "entered": 2,
        "left": 0,
        "note": "first run",
        "net": 2,
    }
    assert nj["forecast"]["days"] == 30
    assert nj["forecast"]["low"] <= nj["forecast"]["expected"] <= nj["forecast"]["high"]
    assert everyone["forecast"]["per_day"] == 0.375


def test_json_says_why_there_is_no_forecast(tmp_path: Path) -> None:
    runs(tmp_path, "NNY")
    found = json.loads(said(tmp_path, "history", "nj", "--json"))
    assert found["segments"][0]["forecast"] == {
        "why_not": "1 run over 0 days are too few for a forecast; it takes 5 runs over 7 days, under one rule"
    }


def test_a_terminal_gets_tables_and_a_graph(folder: Path) -> None:
    code, shown = on_a_terminal(folder, "history", NO_COLOR="1")
    assert code == 0
    assert "▁▅██" not in shown
    assert "▁▅█▅█" in shown
    assert "In 30 days" in shown
    code, shown = on_a_terminal(folder, "history", "nj", NO_COLOR="1")
    assert "nj · New Jersey" in shown
    assert "▁▅█▅█  2 to 4" in shown
    assert "In 30 days: about" in shown
    assert "first run" in shown


@pytest.mark.parametrize(
    ("asked", "shown", "told"),
    [
        ([], ["3", "4", "5"], "2 runs before these: segtool history nj --all\n"),
        (["--all"], ["1", "2", "3", "4", "5"], ""),
    ],
)
def test_a_terminal_gets_the_last_runs_and_how_many_more_there_are(
    asked: list[str], shown: list[str], told: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(histories, "_SHOWN", 3)
    monkeypatch.setattr(console, "on_terminal", lambda: True)
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(app, ["history", "nj", *asked])
    assert [line.split()[0] for line in done.stdout.splitlines() if line[:4].strip().isdigit()] == shown
    assert done.stderr == told


def test_a_terminal_is_told_why_there_is_no_forecast(tmp_path: Path) -> None:
    runs(tmp_path, "NNY")
    _, shown = on_a_terminal(tmp_path, "history", NO_COLOR="1")
    assert "?: no forecast yet; segtool history NAME says why." in shown
    assert "nine times in ten" not in shown
    _, shown = on_a_terminal(tmp_path, "history", "nj", NO_COLOR="1")
    assert "No forecast: 1 run over 0 days are too few" in " ".join(shown.split())


def test_a_graph_of_many_sizes_keeps_the_last() -> None:
    assert graph(range(8)) == "▁▂▃▄▅▆▇█"
    assert graph([5, 5]) == "▁▁"
    assert len(graph(range(1000), 24)) == 24
    assert graph([0] * 999 + [9], 24)[-1] == "█"


def test_a_terminal_without_blocks_gets_plain_bars(folder: Path) -> None:
    _, shown = on_a_terminal(folder, "history", PYTHONIOENCODING="ascii", NO_COLOR="1")
    assert "_+#+#" in shown


@pytest.mark.parametrize("name", ["history", "show"])
def test_what_is_not_there_is_said(tmp_path: Path, name: str) -> None:
    project(tmp_path)
    done = command(tmp_path, name, "nj")
    assert (done.code, done.out) == (2, "")
    assert "there is no run yet" in done.err
    runs(tmp_path, "NNY")
    done = command(tmp_path, name, "all_of_then")
    assert (done.code, done.out) == (2, "")
    assert 'error[unknown-segment] there is no list "all_of_then"; did you mean "all_of_them"?' in done.err


def test_what_no_run_has_filled_is_said(tmp_path: Path) -> None:
    runs(tmp_path, "NNY")
    config = project(tmp_path, SEGMENTS + "  fresh: {where: everyone}\n")
    told = {"zebra": "there is nj and all_of_them", "fresh": 'no run has filled "fresh" yet; segtool run fills it'}
    for name, message in told.items():
        with pytest.raises(ConfigError, match=message):
            segtool.show(config, name)
        with pytest.raises(ConfigError, match=message):
            segtool.history(config, [name])


# --- show ----------------------------------------------------------------------------------------------------


def rows(found: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(found)))


def test_a_list_is_shown_as_its_file_has_it(folder: Path) -> None:
    found = segtool.show(segtool.load(folder / "segments.yaml"), "nj")
    assert (found.run, found.members, found.columns, found.altered) == (5, 4, ("email", "name"), False)
    assert [row[0] for row in found.rows()] == ["p5@x.org", "p4@x.org", "p3@x.org", "p0@x.org"]
    assert [row[0] for row in found.rows()][:1] == ["p5@x.org"]  # it can be read again


def test_every_form_has_the_same_rows(folder: Path) -> None:
    plain = [line.split("\t") for line in said(folder, "show", "nj").splitlines()]
    table = rows(said(folder, "show", "nj", "--format", "csv"))
    data = json.loads(said(folder, "show", "nj", "--json"))
    assert plain == table == [data["columns"], *data["rows"]]
    assert data == json.loads(said(folder, "show", "nj", "--format", "json"))
    assert (data["segment"], data["label"], data["run"], data["members"]) == ("nj", "New Jersey", 5, 4)
    assert table == rows((folder / "output/lists/nj.csv").read_text())


def test_a_limit_cuts_every_form(folder: Path) -> None:
    assert len(said(folder, "show", "nj", "--limit", "2").splitlines()) == 3
    assert len(rows(said(folder, "show", "nj", "--limit", "2", "--format", "csv"))) == 3
    found = json.loads(said(folder, "show", "nj", "--limit", "2", "--json"))
    assert (len(found["rows"]), found["members"]) == (2, 4)
    assert command(folder, "show", "nj", "--limit", "0").code == 2


@pytest.mark.parametrize("style", ['{delimiter: ";", bom: true}', "{delimiter: tab}"])
def test_the_mark_of_the_file_does_not_matter(tmp_path: Path, style: str) -> None:
    config = project(tmp_path, SEGMENTS + f"output: {{csv: {style}}}\n")
    (tmp_path / "contacts.csv").write_text(contacts("NNY"))
    segtool.run(config, as_of=START)
    found = segtool.show(project(tmp_path), "nj")  # whatever the file says by now
    assert [found.columns, *found.rows()] == [
        ("email", "name"),
        ("p1@x.org", "Name 8, Dr"),
        ("p0@x.org", "Name 9, Dr"),
    ]


def test_a_helper_without_a_file_shows_ids_and_dates(folder: Path) -> None:
    done = command(folder, "show", "all_of_them", "--limit", "1")
    assert done.out.splitlines() == ["email\tsince", "p0@x.org\t2026-05-01 03:00:00"]
    assert done.err == ""


def test_a_list_in_a_workbook_alone_shows_ids_and_dates(tmp_path: Path) -> None:
    config = project(tmp_path, SEGMENTS + "output: {formats: [xlsx]}\n")
    (tmp_path / "contacts.csv").write_text(contacts("NNY"))
    segtool.run(config, as_of=START)
    found = segtool.show(config, "nj")
    assert (found.columns, found.altered) == (("email", "since"), False)


def altered(folder: Path) -> Iterator[None]:
    (folder / "output/lists/nj.csv").write_text("email,name\nmallory@x.org,M\n")
    yield
    (folder / "output/lists/nj.csv").unlink()
    yield


def test_a_file_that_is_not_what_the_run_wrote_is_not_shown(folder: Path) -> None:
    for _ in altered(folder):
        done = command(folder, "show", "nj")
        assert [line.split("\t")[0] for line in done.out.splitlines()] == [
            "email",
            "p0@x.org",
            "p3@x.org",
            "p4@x.org",
            "p5@x.org",
        ]
        assert "its file is not as the run wrote it" in done.err


def test_a_terminal_gets_a_table_and_what_it_is(folder: Path) -> None:
    code, shown = on_a_terminal(folder, "show", "nj", "--limit", "3", NO_COLOR="1")
    assert code == 0
    assert "p5@x.org  Name 4, Dr" in shown
    assert "p0@x.org" not in shown
    flat = " ".join(shown.split())
    assert "nj: 4 members after run 5 (2026-05-09 03:00); the first 3 are shown, --limit shows more" in flat


def test_a_terminal_shows_the_columns_that_it_has_room_for(tmp_path: Path) -> None:
    config = project(tmp_path, SEGMENTS.replace("columns: [email, name], ", ""))
    more = [f"column_{number:02}" for number in range(12)]
    rows = "".join(f"{name}@a-long-domain.example,{name},NJ,{','.join(more)}\n" for name in ("ann", "bob"))
    (tmp_path / "contacts.csv").write_text(f"email,name,state,{','.join(more)}\n{rows}")
    segtool.run(config, as_of=START)
    _, shown = on_a_terminal(tmp_path, "show", "nj", NO_COLOR="1")
    flat = " ".join(shown.split())
    assert "ann@a-long-domain.example ann NJ column_00" in flat
    assert "column_11" not in flat
    assert "more columns have no room here, --format csv shows all" in flat
    assert "column_11" in said(tmp_path, "show", "nj")


def test_a_terminal_shows_the_first_forty(tmp_path: Path) -> None:
    runs(tmp_path, "N" * 50)
    _, shown = on_a_terminal(tmp_path, "show", "all_of_them", NO_COLOR="1")
    assert shown.count("@x.org") == 40
    assert "the first 40 are shown" in shown
    assert said(tmp_path, "show", "all_of_them").count("@x.org") == 50


def test_data_cannot_drive_the_terminal(tmp_path: Path) -> None:
    config = project(tmp_path)
    (tmp_path / "contacts.csv").write_text('email,name,state\na@x.org,"E\x1b[31m[red]",NJ\n')
    segtool.run(config, as_of=START)
    assert "\x1b[31m" not in said(tmp_path, "show", "nj")
    _, shown = on_a_terminal(tmp_path, "show", "nj", NO_COLOR="1")
    assert "\x1b[31m" not in shown
    assert "[red]" in shown


def test_a_damaged_state_is_not_read_around(folder: Path) -> None:
    config = segtool.load(folder / "segments.yaml")
    next((folder / ".segtool/runs").glob("000005-*/members.parquet")).write_bytes(b"x")
    with pytest.raises(StateError):
        segtool.show(config, "nj")
    next((folder / ".segtool/runs").glob("000002-*/manifest.json")).write_bytes(b"x")
    with pytest.raises(StateError):
        segtool.history(config)


def test_before_the_first_run_there_is_nothing(tmp_path: Path) -> None:
    config = project(tmp_path)
    for call in (lambda: segtool.history(config), lambda: segtool.show(config, "nj")):
        with pytest.raises(NoRunError):
            call()
    runs(tmp_path, "N")
    with pytest.raises(ConfigError):
        segtool.history(config, ["nobody"])
