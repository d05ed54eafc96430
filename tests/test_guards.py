"""A bad export does not empty a list: what is held, what is refused, and how a person lets it through."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import segtool
from segtool.api import RunResult
from segtool.cli.exits import Exit, exit_code_for
from segtool.config.problems import ConfigError, DataError
from segtool.store.manifest import Manifest
from segtool.store.snapshots import Snapshots

Tree = dict[str, bytes]
HOUR_AGO = time.time() - 3600
RIGA = {"where": {"field": "city", "is": "Riga"}}
CESIS = {"where": {"field": "city", "is": "Cesis"}}


class Desk:
    """Exports with so many people in Riga and so many in Cesis, of whom some visited the website."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings: dict[str, Any] = {}
        self.segments: dict[str, Any] = {"riga": RIGA, "cesis": CESIS}
        self.contacts: dict[str, Any] = {}
        self.web: dict[str, Any] = {}
        self.export(200, 200)

    def export(self, riga: int, cesis: int, visits: int = 200) -> None:
        people = [*(f"r{n:04d}@x.lv,Riga" for n in range(riga)), *(f"c{n:04d}@x.lv,Cesis" for n in range(cesis))]
        self._write("contacts.csv", ["email,city", *people])
        self._write("web.csv", ["email,at", *(f"r{n:04d}@x.lv,2026-02-01T10:00" for n in range(visits))])

    def _write(self, name: str, lines: list[str]) -> None:
        path = self.folder / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        os.utime(path, (HOUR_AGO, HOUR_AGO))

    def write_config(self) -> Path:
        sources = {
            "contacts": {"files": "contacts.csv", "id": "email", **self.contacts},
            "web": {"files": "web.csv", "contact": "email", "time": "at", "event_name": "visit", **self.web},
        }
        document = {"version": 1, "sources": sources, "segments": self.segments, **self.settings}
        path = self.folder / "segments.yaml"
        path.write_text(json.dumps(document), encoding="utf-8")
        return path

    def run(self, **options: Any) -> RunResult:
        return segtool.run(segtool.load(self.write_config()), as_of="2026-03-01T09:00", **options)

    def command(self, *arguments: str) -> tuple[int, str]:
        """The real command: its exit code and what it said to people."""
        done = subprocess.run(
            [sys.executable, "-m", "segtool", "run", "--as-of", "2026-03-01T09:00", *arguments, self.write_config()],
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr

    def all_files(self) -> Tree:
        """Outputs and snapshots, as they are."""
        paths = sorted(path for part in ("output", ".segtool") for path in (self.folder / part).rglob("*"))
        files = {path.relative_to(self.folder).as_posix(): path.read_bytes() for path in paths if path.is_file()}
        passing = ("holder.json", "/cache/")  # who has the lock, and what was parsed
        return {name: content for name, content in files.items() if not any(part in name for part in passing)}

    def manifest(self) -> Manifest:
        last = Snapshots(self.folder / ".segtool").latest()
        assert last is not None
        return last.manifest

    def lines(self, path: str) -> list[str]:
        return (self.folder / "output" / path).read_text(encoding="utf-8").splitlines()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def sizes(result: RunResult) -> dict[str, int]:
    return {line.segment: line.members for line in result.report.lines}


def said(result: RunResult) -> list[str]:
    return [verdict.message for verdict in result.guards]


def refusal(run: Callable[[], Any]) -> list[str]:
    """What is said where nothing is published because of the data."""
    with pytest.raises(DataError) as caught:
        run()
    assert exit_code_for(caught.value) == Exit.DATA
    assert {problem.id for problem in caught.value.problems} == {"source-shrank"}
    return [problem.message for problem in caught.value.problems]


# --- sources ---------------------------------------------------------------------------------------------------


def test_a_source_that_shrank(desk: Desk) -> None:
    """More than a fifth of the rows gone: nothing is published, nothing is remembered."""
    desk.run()
    before = desk.all_files()
    desk.export(100, 150)
    assert refusal(desk.run) == [
        "contacts.csv has 250 rows, last run 400 (−37.5 %, limit −20 %); "
        "is the export complete? If so: --accept contacts"
    ]
    assert desk.all_files() == before
    desk.export(200, 199)
    result = desk.run()
    assert (result.report.serial, result.report.previous, sizes(result)["cesis"]) == (2, 1, 199)


def test_the_command_says_so(desk: Desk) -> None:
    desk.run()
    desk.export(100, 150)
    code, message = desk.command()
    assert (code, Exit.DATA) == (3, 3)
    assert "error[source-shrank]" in message
    assert "contacts.csv has 250 rows, last run 400" in message


def test_a_file_that_was_only_just_written(desk: Desk) -> None:
    """The likely cause is said with the numbers."""
    desk.export(2000, 2000)
    desk.run()
    desk.export(100, 150)
    for seconds, said in ((4, "it was modified 4 seconds before the run; "), (660, "")):
        now = time.time() - seconds
        os.utime(desk.folder / "contacts.csv", (now, now))
        (told,) = refusal(desk.run)
        assert re.sub("[45] seconds", "4 seconds", told) == (
            f"contacts.csv has 250 rows, last run 4,000 (−93.8 %, limit −20 %); {said}"
            "is the export complete? If so: --accept contacts"
        )


def test_of_several_files_the_one_at_fault_is_named(desk: Desk) -> None:
    desk.web = {"files": "web*.csv"}
    desk.export(200, 200, visits=200)
    visit = "r0000@x.lv,2026-02-01T10:00"
    desk._write("web-2.csv", ["email,at", *[visit] * 300])
    desk._write("web-3.csv", ["email,at", visit])
    desk.run()
    desk._write("web-2.csv", ["email,at", visit])
    (told,) = refusal(desk.run)
    assert told.startswith('source "web" has 202 rows, last run 501 (−59.7 %, limit −20 %); web-2.csv had 300 rows')
    (desk.folder / "web-2.csv").unlink()
    (told,) = refusal(desk.run)
    assert "limit −20 %); web-2.csv (300 rows) is not there any more; is the export complete?" in told
    (desk.folder / "web-3.csv").unlink()
    (told,) = refusal(desk.run)
    assert "; web-2.csv (300 rows) and 1 more are not there any more; " in told


def test_a_file_that_ends_in_the_midst_of_a_line(desk: Desk) -> None:
    """As many rows as before, nearly, and yet cut off: it ended with a line end when all was well."""
    desk.run()
    path = desk.folder / "contacts.csv"
    whole = path.read_text(encoding="utf-8")
    path.write_text(whole[:-3], encoding="utf-8")
    assert refusal(desk.run) == [
        "contacts.csv does not end with a line end, as the files of its source did last run, so its end is probably "
        "missing (400 rows are there); fetch it again. If it is complete: --accept contacts"
    ]
    assert desk.run(accept=["contacts"]).guards[0].kind == "source_cut"
    assert desk.run().guards == (), "a source that ends so every time"


# --- half exports ----------------------------------------------------------------------------------------------

CUTS = int(os.environ.get("SEGTOOL_CUTS", "25"))


def test_half_an_export_neither_empties_nor_halves_a_list_in_silence(desk: Desk) -> None:
    """An export of 10,000 rows, cut anywhere: refused, held, or a list that has lost less than half with a word."""
    lines = ["email,city,note", *(f'c{n:05d}@x.lv,{("Riga", "Cesis")[n % 7 > 4]},"one, {n}"' for n in range(10_000))]
    desk._write("contacts.csv", lines)
    desk.run()
    whole = (desk.folder / "contacts.csv").read_bytes()
    before = {name: len(ids) for name, ids in desk.run().members.items()}
    told: list[str] = []
    state = desk.all_files()
    for seed in range(CUTS):
        place = random.Random(seed).randrange(len(whole))
        (desk.folder / "contacts.csv").write_bytes(whole[:place])
        try:
            result = desk.run(dry_run=True)
        except (ConfigError, DataError) as error:
            told.append(str(error))
            continue
        assert all(2 * len(ids) > before[name] for name, ids in result.members.items()), place
        assert whole[:place].endswith(b"\n"), f"cut in the midst of a row, at {place}, and nobody said so"
    assert all("contacts.csv" in text for text in told)
    assert desk.all_files() == state


@pytest.mark.parametrize(("rows", "held"), [(320, False), (319, True)])
def test_the_limit_itself_is_allowed(desk: Desk, rows: int, held: bool) -> None:
    desk.run()
    desk.export(200, rows - 200)
    if held:
        assert len(refusal(desk.run)) == 1
    else:
        assert [verdict.kind for verdict in desk.run().guards] == ["left"]


def test_every_source_is_judged_and_told(desk: Desk) -> None:
    """Events as well, and all at once."""
    desk.run()
    desk.export(100, 100, visits=10)
    told = refusal(desk.run)
    assert [text.split(" has ")[0] for text in told] == ["contacts.csv", "web.csv"]
    assert len(refusal(lambda: desk.run(accept=["web"]))) == 1
    assert desk.run(accept=["web", "contacts"]).report.serial == 2


def test_a_small_source_is_not_judged(desk: Desk) -> None:
    desk.export(60, 39, visits=5)
    desk.run()
    desk.export(1, 0, visits=1)
    assert desk.run().guards == ()


@pytest.mark.parametrize("visits", [1, 5, 200])
def test_from_some_rows_to_none(desk: Desk, visits: int) -> None:
    """At any size: a header alone is no export."""
    desk.export(5, 5, visits=visits)
    desk.run()
    desk.export(5, 5, visits=0)
    assert refusal(desk.run) == [
        f"web.csv has a header and no rows, last run {visits} (−100.0 %, limit −20 %); "
        "is the export complete? If so: --accept web"
    ]
    assert desk.run(accept=["web"]).report.serial == 2
    assert desk.run().guards == ()


def test_a_file_that_is_not_there_any_more(desk: Desk) -> None:
    """`optional` lets a source be absent from the start; one that had rows is missed."""
    desk.web = {"optional": True}
    desk.run()
    (desk.folder / "web.csv").unlink()
    assert len(refusal(desk.run)) == 1


def test_growth_is_no_shrinking(desk: Desk) -> None:
    desk.run()
    desk.export(200, 2000)
    desk.settings = {"guards": {"entered": "2000 %"}}
    assert desk.run().guards == ()


def test_a_limit_of_its_own(desk: Desk) -> None:
    """The source's limit comes before the general one."""
    desk.settings = {"guards": {"source_shrinks": "5 %"}}
    desk.web = {"guard": {"source_shrinks": "60 %"}}
    desk.run()
    desk.export(200, 200, visits=100)
    assert desk.run().guards == ()
    desk.export(200, 179)
    assert "limit −5 %" in refusal(desk.run)[0]


def test_a_limit_that_is_off(desk: Desk) -> None:
    desk.web = {"guard": {"source_shrinks": "100 %"}}
    desk.run()
    desk.export(200, 200, visits=0)
    assert desk.run().guards == ()


def test_accepting_a_source_is_for_once(desk: Desk) -> None:
    """Recorded in the run, and forgotten by the next."""
    desk.settings = {"guards": {"left": "100 %"}}
    desk.run()
    desk.export(100, 100)
    result = desk.run(accept=["contacts"])
    assert sizes(result) == {"riga": 100, "cesis": 100}
    verdict = result.guards[0]
    assert (verdict.name, verdict.kind, verdict.accepted) == ("contacts", "source_shrinks", True)
    assert desk.manifest().accepted == ("contacts",)
    assert "contacts.csv has 200 rows, last run 400" in desk.manifest().guards[0]
    desk.export(50, 50)
    assert "last run 200" in refusal(desk.run)[0]
    assert desk.manifest().accepted == ("contacts",)
    desk.export(100, 100)
    desk.run()
    assert desk.manifest().accepted == ()


def test_a_dry_run_is_judged_too(desk: Desk) -> None:
    desk.run()
    desk.export(100, 100)
    assert len(refusal(lambda: desk.run(dry_run=True))) == 1


# --- lists ---------------------------------------------------------------------------------------------------

SOURCES_OFF = {"source_shrinks": "100 %"}


def test_a_list_that_lost_too_many_is_held(desk: Desk) -> None:
    """It stays at its last good state, in the files too; the rest is published, and the exit code says so."""
    desk.settings = {"guards": SOURCES_OFF}
    desk.run()
    before = {name: desk.lines(f"lists/{name}.csv") for name in ("riga", "cesis")}
    desk.export(80, 190)
    code, message = desk.command()
    assert (code, Exit.HELD) == (4, 4)
    assert 'held: "riga": 200 → 80, 120 left (60.0 %, limit 50 %); if that is right: --accept riga' in message
    assert [line.split(",")[0] for line in desk.lines("lists/riga.csv")] == [
        line.split(",")[0] for line in before["riga"]
    ]
    assert desk.lines("changes/riga.csv") == ["change,email,city,reason"]
    assert len(desk.lines("lists/cesis.csv")) == 190 + 1
    assert len(desk.lines("changes/cesis.csv")) == 10 + 1
    assert any(line.startswith("riga,,200,0,0,0,held") for line in desk.lines("summary.csv"))
    record = desk.manifest().segments["riga"]
    assert (record.held, record.members, record.left) == (True, 200, 0)


@pytest.mark.parametrize(("left", "outcome"), [(39, ""), (40, "said"), (100, "said"), (101, "held")])
def test_from_where_on_it_is_said_and_held(desk: Desk, left: int, outcome: str) -> None:
    """Said from a fifth on, held above a half."""
    desk.settings = {"guards": SOURCES_OFF}
    desk.run()
    desk.export(200 - left, 200)
    result = desk.run()
    assert sizes(result)["riga"] == (200 if outcome == "held" else 200 - left)
    assert result.report.held == (("riga",) if outcome == "held" else ())
    numbers = f'"riga": 200 → {200 - left}, {left} left ({left / 2:.1f} %, limit 50 %)'
    way_out = "; if that is right: --accept riga" if outcome == "held" else ""
    assert said(result) == ([numbers + way_out] if outcome else [])


@pytest.mark.parametrize(("entered", "held"), [(600, False), (601, True)])
def test_a_list_that_won_too_many_is_held(desk: Desk, entered: int, held: bool) -> None:
    """A list that grows to many times its size is a mail to everybody."""
    desk.run()
    desk.export(200 + entered, 200)
    result = desk.run()
    assert sizes(result)["riga"] == (200 if held else 200 + entered)
    assert result.report.held == (("riga",) if held else ())
    if held:
        assert said(result) == [
            '"riga": 200 → 801, 601 entered (300.5 %, limit 300 %); if that is right: --accept riga'
        ]


def test_a_list_that_changed_places(desk: Desk) -> None:
    """Of the same size as before, and yet with nobody who was on it."""
    desk.segments = {"vip": RIGA}
    desk.run()
    desk.segments = {"vip": {"where": {"field": "city", "is": "Riga"}}}
    desk.settings = {"guards": SOURCES_OFF}
    people = "".join(f"n{n}@x.lv,Riga\n" for n in range(200))
    (desk.folder / "contacts.csv").write_text("email,city\n" + people, encoding="utf-8")
    result = desk.run()
    assert result.report.held == ("vip",)
    assert said(result) == ['"vip": 200 → 200, 200 left (100.0 %, limit 50 %); if that is right: --accept vip']


def test_a_small_list_is_not_judged(desk: Desk) -> None:
    desk.export(99, 100)
    desk.settings = {"guards": SOURCES_OFF}
    desk.run()
    desk.export(1, 40)
    result = desk.run()
    assert sizes(result) == {"riga": 1, "cesis": 100}
    assert result.report.held == ("cesis",)


def test_limits_of_a_list(desk: Desk) -> None:
    """A list's own limit comes before the general one; the one it does not set is the general one."""
    desk.settings = {"guards": {**SOURCES_OFF, "left": "30 %", "entered": "10 %"}}
    desk.segments = {"riga": {**RIGA, "guard": {"left": "80 %"}}, "cesis": {**CESIS, "guard": {"entered": "90 %"}}}
    desk.run()
    desk.export(60, 370)
    assert desk.run().report.held == ()
    desk.export(70, 200)
    result = desk.run()
    assert (result.report.held, sizes(result)) == (("cesis",), {"riga": 70, "cesis": 370})
    assert "170 left (45.9 %, limit 30 %)" in said(result)[0]


def test_held_again_and_recovered(desk: Desk) -> None:
    """Held as long as the export is bad, compared with the last good list; then the changes since that one are due."""
    desk.settings = {"guards": SOURCES_OFF}
    first = desk.run()
    for _ in range(2):
        desk.export(50, 200)
        result = desk.run()
        assert (result.report.held, result.members["riga"]) == (("riga",), first.members["riga"])
        assert result.changes["riga"].now.members.table.equals(first.changes["riga"].now.members.table)
    desk.export(198, 200)
    result = desk.run()
    assert (result.report.held, said(result)) == ((), [])
    assert result.changes["riga"].left.rows() == [
        ("r0198@x.lv", "no longer in contacts"),
        ("r0199@x.lv", "no longer in contacts"),
    ]
    assert result.changes["riga"].entered.height == 0
    assert len(desk.lines("changes/riga.csv")) == 2 + 1


def test_accepting_a_list_is_for_once(desk: Desk) -> None:
    desk.settings = {"guards": SOURCES_OFF}
    desk.run()
    desk.export(90, 200)
    assert desk.run().report.held == ("riga",)
    result = desk.run(accept=["riga"])
    assert (result.report.held, sizes(result)["riga"]) == ((), 90)
    assert [(verdict.name, verdict.accepted) for verdict in result.guards] == [("riga", True)]
    assert said(result) == ['"riga": 200 → 90, 110 left (55.0 %, limit 50 %)']
    assert desk.manifest().accepted == ("riga",)
    desk.export(200, 200)
    desk.run()
    desk.export(90, 200)
    assert desk.run().report.held == ("riga",)
    assert desk.manifest().accepted == ()


def test_accepting_one_does_not_let_the_other_through(desk: Desk) -> None:
    desk.settings = {"guards": SOURCES_OFF}
    desk.run()
    desk.export(50, 60)
    result = desk.run(accept=["cesis"])
    assert (result.report.held, sizes(result)) == (("riga",), {"riga": 200, "cesis": 60})


def test_accepting_what_is_not_there(desk: Desk) -> None:
    with pytest.raises(ConfigError, match='--accept: there is no "rigga"; did you mean "riga"'):
        desk.run(accept=["rigga"])
    assert not (desk.folder / ".segtool").exists()


# --- lists that refer to others --------------------------------------------------------------------------------


@pytest.fixture
def chain(desk: Desk) -> Desk:
    """`outer` refers to `inner`, which refers to `riga`; `cesis` refers to nobody."""
    desk.settings = {"guards": SOURCES_OFF}
    desk.segments = {
        "outer": {"where": {"not_in_segment": "inner"}},
        "inner": {"where": {"any": [{"in_segment": "riga"}, {"field": "email", "is": "c0000@x.lv"}]}},
        "without": {"where": "everyone", "exclude": "riga"},
        "riga": RIGA,
        "cesis": CESIS,
    }
    return desk


def test_whoever_refers_to_a_held_list_is_held(chain: Desk) -> None:
    """Through others and by exclusion too: a list of who is not on a list that lost everyone would be everybody."""
    first = chain.run()
    chain.export(20, 180)
    result = chain.run()
    held = {"outer", "inner", "without", "riga"}
    assert set(result.report.held) == held
    assert {name: result.members[name] for name in held} == {name: first.members[name] for name in held}
    assert sizes(result)["cesis"] == 180
    assert said(result)[-2:] == [
        '"outer" refers to "inner", which is held; it stays as it was',
        '"without" refers to "riga", which is held; it stays as it was',
    ]
    chain.export(199, 180)
    result = chain.run()
    assert (result.report.held, sizes(result)["outer"]) == ((), 179)


def test_accepting_the_one_releases_the_others(chain: Desk) -> None:
    chain.segments = {name: {**rule, "guard": {"left": "100 %"}} for name, rule in chain.segments.items()}
    chain.segments["riga"] = {**RIGA}
    chain.run()
    chain.export(20, 180)
    assert set(chain.run().report.held) == {"outer", "inner", "without", "riga"}
    result = chain.run(accept=["riga"])
    assert (result.report.held, sizes(result)["inner"]) == ((), 21)


def test_accepting_one_that_refers_to_a_held_list(chain: Desk) -> None:
    """It is let through with what the export says; the others stay."""
    chain.run()
    chain.export(20, 180)
    result = chain.run(accept=["inner"])
    assert (set(result.report.held), sizes(result)["inner"]) == ({"outer", "without", "riga"}, 21)


def test_only_a_list_that_refers(chain: Desk) -> None:
    """What it refers to is judged with it; what was not asked for stays as it was anyway."""
    chain.run()
    chain.export(20, 10)
    result = chain.run(only=["inner"])
    assert set(result.report.held) == {"inner", "riga"}
    assert chain.manifest().segments["cesis"].members == 200


# --- rules that moved --------------------------------------------------------------------------------------------


def test_a_changed_definition_is_not_held_but_said(desk: Desk) -> None:
    """It is no bad export that emptied the list; whoever changed the rule is told what it did."""
    desk.run()
    desk.segments["riga"] = {"where": {"field": "email", "starts_with": "r000"}}
    result = desk.run()
    assert (result.report.held, sizes(result)["riga"]) == ((), 10)
    assert said(result) == ['"riga": 200 → 10, 190 left (95.0 %, limit 50 %); the definition changed']
    assert [verdict.held for verdict in result.guards] == [False]
    code, _ = desk.command("--quiet")
    assert code == Exit.DONE


def test_a_held_list_remembers_the_definition_it_was_made_with(chain: Desk) -> None:
    """A rule that was changed while the list was held is told when the list follows it."""
    chain.run()
    chain.segments["inner"] = {"where": [{"in_segment": "riga"}, {"field": "email", "starts_with": "r"}]}
    chain.export(20, 180)
    assert "inner" in chain.run().report.held
    chain.export(199, 180)
    result = chain.run()
    assert result.changes["inner"].note == "the definition changed"
    assert dict(result.changes["inner"].left.iter_rows()) == {
        "c0000@x.lv": "the definition changed",
        "r0199@x.lv": "no longer in contacts",
    }


def test_the_first_run_and_a_new_list_are_not_judged(desk: Desk) -> None:
    assert desk.run().guards == ()
    desk.segments["all"] = {"where": "everyone"}
    assert desk.run().guards == ()
