"""The state folder: what lies in it, who may write it, and that nothing damaged is ever read around."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from projects import DAY_1, DAY_2, FRIENDS, Project, Tree, command, tree
from typer.testing import CliRunner

import segtool
from segtool import cli
from segtool.cli.exits import Exit, exit_code_for
from segtool.config.problems import DataError
from segtool.sources import fingerprint
from segtool.store import durable
from segtool.store.errors import LockedError, NewerStateError, NoRunError, StateError
from segtool.store.manifest import FORMAT, checksum
from segtool.store.snapshots import Run, Snapshots


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


def snapshot(project: Project) -> tuple[Tree, Tree]:
    """All that a run that comes to nothing must leave as it was."""
    kept = {
        name: content
        for name, content in tree(project.state).items()
        if name not in ("lock", "holder.json") and not name.startswith("cache/")
    }
    return kept, tree(project.output)


# --- what lies where -----------------------------------------------------------------------------------------


def test_the_layout_and_who_may_read_it(project: Project) -> None:
    """Folders and files are for their owner alone, whatever the umask says."""
    before = os.umask(0)
    try:
        project.two_runs()
    finally:
        os.umask(before)
    runs = ["runs/000001-20260301T090000Z", "runs/000002-20260302T090000Z"]
    names = (
        "manifest.json",
        "people.parquet",
        "members.parquet",
        "rosters.parquet",
        "dates.parquet",
        "changes.parquet",
    )
    files = [f"{run}/{name}" for run in runs for name in (*names, "features.arrow")]
    there = [name for name in tree(project.state) if not name.startswith("cache/")]
    assert sorted(there) == sorted([".gitignore", "CURRENT", "FORMAT", "lock", *files])
    for folder in (project.state, project.output):
        for path in (folder, *folder.rglob("*")):
            expected = 0o700 if path.is_dir() else 0o600
            assert stat.S_IMODE(path.stat().st_mode) == expected, path
    assert (project.state / ".gitignore").read_text() == "*\n"
    assert (project.state / "FORMAT").read_text() == f"{FORMAT}\n"


def test_current_names_the_manifest_and_the_manifest_everything_else(project: Project) -> None:
    """One chain of checksums from CURRENT down to the members."""
    project.two_runs()
    name, named = (project.state / "CURRENT").read_text().split()
    folder = project.state / "runs" / name
    content = (folder / "manifest.json").read_bytes()
    assert name == "000002-20260302T090000Z"
    assert named == checksum(content)
    said = json.loads(content)
    files = [path for path in folder.iterdir() if path.name != "manifest.json"]
    assert said["files"] == {path.name: fingerprint.of(path.read_bytes()) for path in files}
    assert (said["serial"], said["parent"], said["format"]) == (2, "000001-20260301T090000Z", FORMAT)
    assert said["as_of"] == "2026-03-02T09:00:00Z"
    assert {name: record["members"] for name, record in said["segments"].items()} == {"riga": 2, "rich": 1}
    assert set(said["outputs"]) == set(tree(project.output))
    table = pl.read_parquet(folder / "members.parquet")
    assert table.schema == {"riga": pl.Boolean, "rich": pl.Boolean}


def test_a_dry_run_writes_nothing(project: Project) -> None:
    result = project.run(DAY_1, dry_run=True)
    assert result.members["riga"] == ["ana@x.lv", "bo@x.lv"]
    assert not project.state.exists()
    assert not project.output.exists()


# --- damage ----------------------------------------------------------------------------------------------------


def readers(project: Project) -> None:
    """Everything that reads the state: a difference reads every manifest and two lists of members."""
    segtool.diff(segtool.load(project.folder / "segments.yaml"))


def every_list(project: Project) -> list[Any]:
    """All that the state holds, read."""
    return [run.rosters() for run in Snapshots(project.state).committed()]


def spoiled(path: Path, contents: Iterator[bytes]) -> Iterator[bytes]:
    """The file with one content after the other; in the end as it was."""
    whole = path.read_bytes()
    for content in contents:
        path.write_bytes(content)
        yield content
    path.write_bytes(whole)


def flipped(whole: bytes) -> Iterator[bytes]:
    for place in range(len(whole)):
        yield whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :]


def shortened(whole: bytes) -> Iterator[bytes]:
    return (whole[:length] for length in range(0, len(whole), 1 + len(whole) // 200))


FILES = ["CURRENT", *(f"runs/{run}*/{name}" for run in ("000001", "000002") for name in ("manifest*", "members*"))]


@pytest.mark.parametrize("pattern", FILES)
@pytest.mark.parametrize("damage", [flipped, shortened])
def test_damage_is_refused(project: Project, pattern: str, damage: Callable[[bytes], Iterator[bytes]]) -> None:
    """Any byte of any file: a sentence that names the file, and never a wrong answer."""
    project.two_runs()
    path = next(project.state.glob(pattern))
    for _ in spoiled(path, damage(path.read_bytes())):
        with pytest.raises(StateError, match=r"is damaged; nothing was changed\. .+") as caught:
            every_list(project)
        assert path.name in str(caught.value)
    assert len(every_list(project)) == 2


@pytest.mark.parametrize("content", [b"", b"0\n", b"one\n", b"1\n1\n", b" 1", b"\xff\xfe", "²\n".encode()])
def test_a_damaged_format_is_refused(project: Project, content: bytes) -> None:
    project.two_runs()
    (project.state / "FORMAT").write_bytes(content)
    with pytest.raises(StateError, match="FORMAT is damaged"):
        readers(project)


def test_a_run_refuses_damage_and_leaves_it_alone(project: Project) -> None:
    """Not only readers: a run must not commit on top of something it cannot read."""
    path = next(project.two_runs().state.glob("runs/000002*/members.parquet"))
    path.write_bytes(path.read_bytes()[:-1])
    before = snapshot(project)
    code, said = command(project, "run")
    assert (code, said.count("\n")) == (Exit.STATE, 1)
    assert re.match(r"segtool: .*members\.parquet is damaged; nothing was changed\.", said)
    assert snapshot(project) == before


@pytest.mark.parametrize("name", ["manifest.json", "members.parquet"])
def test_a_missing_file_is_refused(project: Project, name: str) -> None:
    next(project.two_runs().state.glob(f"runs/000002*/{name}")).unlink()
    with pytest.raises(StateError, match=f"{name} cannot be read: No such file"):
        readers(project)
    with pytest.raises(StateError, match=f"{name} cannot be read: No such file"):
        project.run(DAY_2)


@pytest.mark.parametrize("runs", [1, 2])
def test_a_missing_current_is_refused(project: Project, runs: int) -> None:
    """What was committed is not begun anew because one small file is gone."""
    for _ in range(runs):
        project.run(DAY_1)
    (project.state / "CURRENT").unlink()
    before = snapshot(project)
    for reads in (lambda: readers(project), lambda: project.run(DAY_1), lambda: project.run(DAY_1, dry_run=True)):
        with pytest.raises(StateError, match="CURRENT is missing, although there are runs; nothing was changed"):
            reads()
    assert snapshot(project) == before


def test_a_current_from_before_is_refused(project: Project) -> None:
    """Put back from an old backup, it would make later runs look as if they had been cut off."""
    project.run(DAY_1)
    old = (project.state / "CURRENT").read_bytes()
    project.two_runs()
    (project.state / "CURRENT").write_bytes(old)
    before = snapshot(project)
    with pytest.raises(StateError, match="CURRENT names run 1, although there are runs up to 3; nothing was changed"):
        project.run(DAY_1)
    assert snapshot(project) == before


@pytest.mark.parametrize("number", [0, 1])
def test_the_manifest_of_another_run_is_refused(project: Project, number: int) -> None:
    """Whole as it is: CURRENT knows the last one, and each knows which run it is of."""
    folders = sorted((project.two_runs().state / "runs").iterdir())
    (folders[number] / "manifest.json").write_bytes((folders[1 - number] / "manifest.json").read_bytes())
    with pytest.raises(StateError, match=r"manifest\.json is damaged"):
        readers(project)


def test_what_else_lies_beside_the_runs_is_nobodys_business(project: Project) -> None:
    runs = project.two_runs().state / "runs"
    shutil.copytree(next(runs.glob("000002*")), runs / "000009 copy of a run")
    (runs / "000003-notes.txt").write_text("mine")
    (runs / "²²²²²²").mkdir()
    assert project.run(DAY_2).report.serial == 3
    assert (runs / "000003-notes.txt").read_text() == "mine"


# --- formats ---------------------------------------------------------------------------------------------------


def test_a_newer_state_is_refused(project: Project) -> None:
    """Before anything else of it is read, by every command, and nothing is changed."""
    (project.two_runs().state / "FORMAT").write_text(f"{FORMAT + 1}\n")
    (project.state / "CURRENT").write_text("something only a newer segtool knows")
    before = snapshot(project)
    for arguments in (("run",), ("run", "--dry-run"), ("diff",)):
        code, said = command(project, *arguments)
        assert code == Exit.NEWER
        assert f"was written by a newer segtool (format {FORMAT + 1}, this one reads {FORMAT}); update segtool" in said
    assert snapshot(project) == before


def test_a_newer_run_is_refused(project: Project) -> None:
    """A manifest with a later format is not damaged, whatever else it holds."""
    run = project.two_runs().latest()
    content = replace(run.manifest, format=FORMAT + 1).to_bytes()
    (run.folder / "manifest.json").write_bytes(content)
    (project.state / "CURRENT").write_text(f"{run.folder.name} {checksum(content)}\n")
    with pytest.raises(NewerStateError, match="run 2 was written by a newer segtool"):
        readers(project)


def earlier_format(project: Project, number: int) -> None:
    """The last run as an earlier format had it: until 2, a row for everyone on a list, with her id or her place in a
    table; until 3, what the rules saw as Parquet; until 4, SHA-256 of every file.
    """
    run = project.latest()
    gone, more = [], []
    if number < 4:
        pl.read_ipc(run.folder / "features.arrow").write_parquet(run.folder / "features.parquet")
        gone, more = ["features.arrow"], ["features.parquet"]
    if number < 3:
        _with_rows(run, number)
        gone += ["people.parquet", "dates.parquet"] if number == 1 else ["dates.parquet"]
    for name in gone:
        (run.folder / name).unlink()
    names = [name for name in (*run.manifest.files, *more) if name not in gone]
    summed = replace(
        run.manifest,
        format=number,
        files={name: checksum((run.folder / name).read_bytes()) for name in names},
        outputs={name: checksum((project.output / name).read_bytes()) for name in run.manifest.outputs},
        sources=_with_sha256(project, run.manifest.sources),
    )
    content = summed.to_bytes()
    (run.folder / "manifest.json").write_bytes(content)
    (project.state / "CURRENT").write_text(f"{run.folder.name} {checksum(content)}\n")
    (project.state / "FORMAT").write_text(f"{number}\n")
    for path in run.folder.iterdir():
        path.chmod(0o600)


def _with_sha256(project: Project, sources: Mapping[str, Any]) -> dict[str, Any]:
    """The exports as they were noted until format 4."""
    said = {name: {**source, "files": [dict(file) for file in source["files"]]} for name, source in sources.items()}
    for file in (file for source in said.values() for file in source["files"]):
        assert file.pop("fingerprint") == fingerprint.of_file(project.folder / file["path"])
        file["sha256"] = checksum((project.folder / file["path"]).read_bytes())
    return said


def _with_rows(run: Run, number: int) -> None:
    people = pl.read_parquet(run.folder / "people.parquet").with_row_index("place")
    for name, part in (("members.parquet", "members"), ("rosters.parquet", "hidden")):
        tables = [
            getattr(roster, part).table.select(pl.lit(segment).alias("segment"), "§id", "since")
            for segment, roster in run.rosters().items()
        ]
        placed = pl.concat(tables).join(people, on="§id", maintain_order="left").select("segment", "place", "since")
        (pl.concat(tables) if number == 1 else placed).write_parquet(run.folder / f"{name}.old")
    for path in run.folder.glob("*.old"):
        path.replace(path.with_suffix(""))


EARLIER = pytest.mark.parametrize("number", range(1, FORMAT))


@EARLIER
def test_a_run_of_an_earlier_format(project: Project, number: int) -> None:
    """It is read as it was written, compared with, and marks the state only when a run of this format follows."""
    project.run(DAY_1, "2026-03-01T09:00")
    known = project.members()
    earlier_format(project, number)
    assert project.members() == known
    shown = segtool.show(project.config(), "riga")
    assert (shown.members, shown.altered) == (2, False)
    found = segtool.verify(project.config()).found
    assert (found.whole, found.findings) == ((1,), ())
    assert (project.state / "FORMAT").read_text() == f"{number}\n"
    result = project.run(DAY_2, "2026-03-02T09:00")
    assert (project.state / "FORMAT").read_text() == f"{FORMAT}\n"
    assert {line.segment: (line.entered, line.left) for line in result.report.lines} == {"riga": (1, 1), "rich": (0, 1)}
    entered = segtool.diff(project.config())["riga"].entered
    assert entered["§id"].to_list() == ["emi@x.lv"]
    assert entered["reason"].to_list() == ["new contact"]
    assert result.changes["riga"].left["reason"].to_list() == ['city: Riga → Cesis, needs to be "Riga"']
    segtool.forget(project.config(), ["bo@x.lv"])
    ids = [ids for run in Snapshots(project.state).committed() for ids in run.rosters()["riga"].ids.to_list()]
    assert ids == ["ana@x.lv", "emi@x.lv"]


@EARLIER
def test_people_are_forgotten_in_a_run_of_an_earlier_format(project: Project, number: int) -> None:
    """It is one of today's from then on, and the state says so; a run that does not know them stays as it was."""
    project.run(DAY_1, "2026-03-01T09:00")
    earlier_format(project, number)
    segtool.forget(project.config(), ["nobody@x.lv"])
    assert (project.latest().manifest.format, (project.state / "FORMAT").read_text()) == (number, f"{number}\n")
    segtool.forget(project.config(), ["bo@x.lv"])
    assert (project.latest().manifest.format, (project.state / "FORMAT").read_text()) == (FORMAT, f"{FORMAT}\n")
    assert project.latest().rosters()["riga"].ids.to_list() == ["ana@x.lv"]
    assert (project.output / "lists" / "riga.csv").read_text().count("@x.lv") == 1
    assert segtool.verify(project.config()).found.findings == ()


def test_a_run_without_its_people_is_damaged(project: Project) -> None:
    run = project.two_runs().latest()
    files = {name: known for name, known in run.manifest.files.items() if name != "people.parquet"}
    content = replace(run.manifest, files=files).to_bytes()
    (run.folder / "manifest.json").write_bytes(content)
    (project.state / "CURRENT").write_text(f"{run.folder.name} {checksum(content)}\n")
    with pytest.raises(StateError, match="is damaged"):
        project.latest().rosters()


# --- the order of runs ---------------------------------------------------------------------------------------


def test_runs_are_ordered_by_serial_and_not_by_clock(project: Project) -> None:
    """A clock that runs backwards changes what is compared with what by nothing."""
    for people, as_of in ((DAY_1, "2026-03-03"), (DAY_2, "2026-03-02"), (DAY_1, "2026-03-01")):
        project.run(people, as_of)
    assert [run.manifest.serial for run in Snapshots(project.state).committed()] == [1, 2, 3]
    assert project.latest().manifest.as_of == "2026-03-01T00:00:00Z"
    found = segtool.diff(project.config())
    assert (found.old, found.new) == (2, 3)
    assert found["riga"].entered["§id"].to_list() == ["ana@x.lv"]
    assert found["riga"].left["§id"].to_list() == ["emi@x.lv"]
    result = project.run(DAY_1, "2026-02-01")
    assert (result.report.serial, result.report.previous) == (4, 3)
    assert {line.segment: (line.entered, line.left) for line in result.report.lines} == {"riga": (0, 0), "rich": (0, 0)}


def test_a_list_that_was_gone_for_a_while(project: Project) -> None:
    """What was told of the list of before says nothing of the one that came in its place."""
    project.run(DAY_1, "2026-03-01")
    project.run({**DAY_1, "ana": ("Cesis", 3), "dita": ("Riga", 1)}, "2026-03-02")
    rule = project.rules.pop("riga")
    project.run(DAY_1, "2026-03-03")
    project.rules["riga"] = rule
    project.run({"bo": ("Cesis", 8), "dita": ("Riga", 1)}, "2026-03-04")
    found = segtool.diff(project.config(), "1", "4")["riga"]
    assert dict(found.entered.iter_rows()) == {"dita@x.lv": "fits the rule now"}
    either = "no longer fits the rule, or no longer in contacts"
    assert dict(found.left.iter_rows()) == {"ana@x.lv": either, "bo@x.lv": either}
    told = segtool.diff(project.config(), "1", "2")["riga"]
    assert dict(told.entered.iter_rows()) == {"dita@x.lv": "new contact"}
    assert dict(told.left.iter_rows()) == {"ana@x.lv": 'city: Riga → Cesis, needs to be "Riga"'}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Snapshots:
    """Four runs on three days, to be looked at; the second and third on one day in Riga, though not in UTC."""
    project = Project(tmp_path_factory.mktemp("many") / "project")
    project.settings = {"timezone": "Europe/Riga"}
    for as_of in ("2026-03-01T09:00", "2026-03-02T00:30", "2026-03-02T09:00", "2026-03-04T09:00"):
        project.run(DAY_1, as_of)
    return Snapshots(project.state)


@pytest.mark.parametrize(
    ("which", "serial"),
    [
        ("1", 1),
        ("3", 3),
        ("000002", 2),
        ("latest", 4),
        ("previous", 3),
        ("2026-03-01", 1),
        ("2026-03-02", 3),
        ("2026-03-04", 4),
    ],
)
def test_a_run_is_found(many: Snapshots, which: str, serial: int) -> None:
    """By number, word, or day in the configured zone: the last run of that day."""
    assert many.find(which, "Europe/Riga").manifest.serial == serial


def test_the_day_is_that_of_the_zone(many: Snapshots) -> None:
    assert many.find("2026-03-01", "UTC").manifest.serial == 2


@pytest.mark.parametrize("which", ["5", "0", "2026-03-03", "20260302", "yesterday", "²", "-1", "", "1.0", "12345678"])
def test_a_run_that_is_not_there(many: Snapshots, which: str) -> None:
    said = f'there is no run "{which}"; there are runs 1 to 4, of 2026-03-01 to 2026-03-04'
    with pytest.raises(NoRunError) as caught:
        many.find(which, "Europe/Riga")
    assert str(caught.value) == said
    assert exit_code_for(caught.value) == Exit.CONFIG


def test_too_few_runs_to_find_one(project: Project) -> None:
    snapshots = Snapshots(project.state)
    for which in ("latest", "previous", "1"):
        with pytest.raises(NoRunError, match="there is no run yet; segtool run makes the first"):
            snapshots.find(which, "UTC")
    project.run(DAY_1)
    with pytest.raises(NoRunError, match="only one run, so nothing to compare it with"):
        snapshots.find("previous", "UTC")
    with pytest.raises(NoRunError, match='there is no run "2"; there is run 1, of 2026-03-01'):
        snapshots.find("2", "UTC")


# --- one writer at a time -------------------------------------------------------------------------------------

_HOLDER = """\
import sys
from pathlib import Path
from segtool.store.errors import LockedError
from segtool.store.lock import held

sys.stdin.readline()
try:
    with held(Path(sys.argv[1]), 0.0):
        print("holds it", flush=True)
        sys.stdin.readline()
except LockedError as error:
    print(error, flush=True)
"""


@contextmanager
def contender(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that tries to take the lock at the first line it reads, says how it went, and keeps it to the next."""
    folder.mkdir(parents=True, exist_ok=True)
    arguments = [sys.executable, "-c", _HOLDER, str(folder)]
    process = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def tell(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def heard(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@contextmanager
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that has the lock."""
    with contender(folder) as process:
        tell(process)
        assert heard(process) == "holds it"
        yield process


def ended(process: subprocess.Popen[str]) -> None:
    """The other one is gone, without a chance to clear up."""
    process.kill()
    process.wait()


def test_a_second_run_is_told_who_holds_the_lock(project: Project) -> None:
    project.two_runs()
    before = snapshot(project)
    with holder(project.state) as other:
        with pytest.raises(LockedError, match=rf"another run is under way \(process {other.pid} on .+, since 20.+\)"):
            project.run(DAY_2)
        code, said = command(project, "run")
    assert (code, Exit.LOCKED) == (75, 75)
    assert f"process {other.pid} on" in said
    assert "wait for it with --wait 10m" in said
    assert snapshot(project) == before


def test_readers_need_no_lock(project: Project) -> None:
    project.two_runs()
    with holder(project.state):
        readers(project)
        assert project.run(DAY_2, dry_run=True).report.serial == 3


def test_a_killed_holder_does_not_block(project: Project) -> None:
    """Nothing needs to be cleared away, and whoever wrote the name of the dead is not asked."""
    project.two_runs()
    with holder(project.state) as other:
        ended(other)
    assert str(other.pid) in (project.state / "holder.json").read_text()
    assert project.run(DAY_2).report.serial == 3


@pytest.mark.parametrize("known", [b"", b"{", b"null", b'{"pid": 1}', b"\xff"])
def test_the_holder_is_information_only(project: Project, known: bytes) -> None:
    with holder(project.state):
        (project.state / "holder.json").write_bytes(known)
        with pytest.raises(LockedError, match=r"another run is under way \(another process\)"):
            project.run(DAY_1)


def test_a_run_waits_when_asked_to(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """It tries again until the other is done: here the other ends while this one sleeps."""
    slept: list[float] = []
    with holder(project.state) as other:

        def sleep(seconds: float) -> None:
            slept.append(seconds)
            ended(other)

        monkeypatch.setattr(time, "sleep", sleep)
        assert project.run(DAY_1, wait=600.0).report.serial == 1
    assert slept


def test_the_command_hands_the_wait_on(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []

    def run(*_: object, wait: float, **__: object) -> None:
        asked.append(wait)
        raise LockedError("another run is under way")

    monkeypatch.setattr(segtool, "run", run)
    project.config()
    for text in ("0s", "30s", "10m", "2 hours"):
        done = CliRunner().invoke(cli.app, ["run", str(project.folder / "segments.yaml"), "--wait", text])
        assert isinstance(done.exception, LockedError)
    assert asked == [0.0, 30.0, 600.0, 7200.0]


@pytest.mark.parametrize("text", ["soon", "10", "-5s", "5 parsecs"])
def test_a_wait_that_is_no_time(project: Project, text: str) -> None:
    project.config()
    done = CliRunner().invoke(cli.app, ["run", f"--wait={text}", str(project.folder / "segments.yaml")])
    assert done.exit_code == Exit.CONFIG
    assert "30s, 10m or 1h" in done.stderr
    assert not project.state.exists()


def test_a_race_has_one_winner(project: Project) -> None:
    """All start at once and nobody lets go before all have tried."""
    with (
        contender(project.state) as a,
        contender(project.state) as b,
        contender(project.state) as c,
        contender(project.state) as d,
        contender(project.state) as e,
        contender(project.state) as f,
    ):
        racers = [a, b, c, d, e, f]
        for racer in racers:
            tell(racer)
        said = [heard(racer) for racer in racers]
    assert said.count("holds it") == 1
    assert sum("another run is under way" in line for line in said) == len(racers) - 1


# --- outputs -------------------------------------------------------------------------------------------------


def test_outputs_of_lists_that_are_gone_are_removed(project: Project) -> None:
    """And nothing else: what people keep in the folder is theirs."""
    project.rules["old"] = {"field": "city", "is": "Liepaja"}
    project.rules["helper"] = {"field": "city", "is": "Cesis"}
    project.run(DAY_1)
    own = {"notes.txt": b"mine", "lists/mine.csv": b"email\n", "changes/.keep": b"", "sub/deep.csv": b"x"}
    (project.output / "sub").mkdir()
    for name, content in own.items():
        (project.output / name).write_bytes(content)
    del project.rules["old"]
    project.extra["helper"] = {"list": False}
    project.run(DAY_2)
    lists = [f"{section}/{name}.csv" for section in ("lists", "changes") for name in FRIENDS]
    found = tree(project.output)
    assert sorted(found) == sorted([*own, *lists, "rejects.csv", "run.json", "summary.csv"])
    assert own.items() <= found.items()


def test_a_folder_goes_with_the_last_list_in_it(project: Project) -> None:
    project.settings["output"] = {"audience": {"email": "email"}}
    project.extra["riga"] = {"export": "mailchimp"}
    project.run(DAY_1)
    assert (project.output / "exports").is_dir()
    del project.extra["riga"]
    project.run(DAY_2)
    assert sorted(path.name for path in project.output.iterdir() if path.is_dir()) == ["changes", "lists"]
    for name in FRIENDS:
        project.extra[name] = {"list": False}
    project.run(DAY_2)
    assert [path.name for path in project.output.iterdir() if path.is_dir()] == []


def test_a_project_that_moved(project: Project, tmp_path: Path) -> None:
    """State and outputs belong together wherever they are."""
    project.run(DAY_1)
    project.folder.rename(tmp_path / "elsewhere")
    moved = Project(tmp_path / "elsewhere")
    del moved.rules["rich"]
    moved.run(DAY_2)
    assert not (moved.output / "lists/rich.csv").exists()
    assert not project.folder.exists()


def test_another_output_folder(project: Project) -> None:
    """The files in the old one are nobody's any more, and stay."""
    project.run(DAY_1)
    before = tree(project.output)
    project.settings = {"output": {"folder": "results"}}
    del project.rules["rich"]
    (project.folder / "results/lists").mkdir(parents=True)
    (project.folder / "results/lists/rich.csv").write_text("mine")
    project.run(DAY_2)
    assert tree(project.output) == before
    assert (project.folder / "results/lists/riga.csv").exists()
    assert (project.folder / "results/lists/rich.csv").read_text() == "mine"


def test_only_leaves_the_other_lists_alone(project: Project) -> None:
    """Members, files and dates of entry of what was not asked for are carried over, and compared later."""
    project.run(DAY_1, "2026-03-01T09:00")
    before, files = project.members(), tree(project.output)
    result = project.run(DAY_2, "2026-03-02T09:00", only=["riga"])
    assert list(result.members) == ["riga"]
    assert [line.segment for line in result.report.lines] == ["riga"]
    found, now = project.members(), tree(project.output)
    assert found["rich"] == before["rich"]
    assert [name for name, _ in found["riga"]] == ["bo@x.lv", "emi@x.lv"]
    for section in ("lists", "changes"):
        assert now[f"{section}/rich.csv"] == files[f"{section}/rich.csv"]
        assert now[f"{section}/riga.csv"] != files[f"{section}/riga.csv"]
    assert segtool.diff(project.config())["rich"].net == 0
    assert set(project.latest().manifest.outputs) == set(now)
    full = project.run(DAY_2, "2026-03-03T09:00").changes
    assert (full["rich"].entered.height, full["rich"].left["§id"].to_list()) == (0, ["cy@x.lv"])
    assert (full["riga"].entered.height, full["riga"].left.height) == (0, 0)
    del project.rules["rich"]
    project.run(DAY_2)
    assert not (project.output / "lists/rich.csv").exists()


def test_only_takes_what_a_list_refers_to_along(project: Project) -> None:
    project.rules["both"] = {"in_segment": "rich"}
    project.run(DAY_1)
    result = project.run(DAY_2, only=["both"])
    assert list(result.members) == ["rich", "both"]


def test_only_does_not_keep_a_list_that_is_gone(project: Project) -> None:
    project.run(DAY_1)
    del project.rules["rich"]
    project.run(DAY_2, only=["riga"])
    assert list(project.latest().rosters()) == ["riga"]
    assert not (project.output / "lists/rich.csv").exists()


def test_only_before_there_is_anything_to_keep(project: Project) -> None:
    project.run(DAY_1, only=["riga"])
    assert list(project.latest().rosters()) == ["riga"]
    assert project.run(DAY_1).changes["rich"].note == "the list is new"


# --- the same again --------------------------------------------------------------------------------------------


def test_same_inputs_same_bytes(tmp_path: Path) -> None:
    """Two projects with the same history have the same lists, changes and snapshots, byte for byte."""
    one, other = (Project(tmp_path / name).two_runs() for name in ("one", "other"))
    for section in ("lists", "changes", "summary.csv", "rejects.csv"):
        (a, b) = (tree(project.output) for project in (one, other))
        assert {n: c for n, c in a.items() if n.startswith(section)} == {
            n: c for n, c in b.items() if n.startswith(section)
        }
    assert tree(one.state / "runs") == tree(other.state / "runs")


def test_run_again_with_nothing_new(project: Project) -> None:
    project.two_runs()
    lists, members = tree(project.output / "lists"), project.members()
    for _ in range(2):
        project.run(DAY_2, "2026-03-02T09:00")
        assert tree(project.output / "lists") == lists
        assert project.members() == members
        for content in tree(project.output / "changes").values():
            assert content == b"change,email,city,points,reason\n"


def test_since_is_the_day_of_entry(project: Project) -> None:
    """Kept while someone stays on the list, through a changed rule as well; new for whoever comes back."""
    days = [(DAY_1, "2026-03-01"), (DAY_2, "2026-03-02"), (DAY_1, "2026-03-03"), (DAY_1, "2026-03-04")]
    for people, as_of in days:
        project.run(people, as_of)
    project.rules["riga"] = {"field": "city", "in": ["Riga", "Liepaja"]}
    project.run(DAY_1, "2026-03-05")
    assert project.members()["riga"] == [
        ("ana@x.lv", datetime(2026, 3, 3)),
        ("bo@x.lv", datetime(2026, 3, 1)),
        ("cy@x.lv", datetime(2026, 3, 5)),
    ]


# --- a run that fails ------------------------------------------------------------------------------------------


def failing(monkeypatch: pytest.MonkeyPatch, name: str, fails: Callable[[str], bool]) -> None:
    """Makes a call of the operating system fail where `fails` says so of its last path."""
    real = getattr(os, name)

    def call(*args: Any, **kwargs: Any) -> Any:
        if fails(os.fspath(args[-1])):
            raise PermissionError(13, "Permission denied", os.fspath(args[-1]))
        return real(*args, **kwargs)

    monkeypatch.setattr(os, name, call)


@pytest.mark.parametrize("links", [True, False])
def test_an_output_that_cannot_be_replaced(project: Project, monkeypatch: pytest.MonkeyPatch, links: bool) -> None:
    """A list that is open elsewhere: what was moved is moved back, and the next run tells all changes."""
    project.rules["old"] = {"field": "city", "is": "Liepaja"}
    project.run(DAY_1, "2026-03-01T09:00")
    before = snapshot(project)
    del project.rules["old"]
    project.rules["new"] = {"field": "city", "is": "Cesis"}
    with monkeypatch.context() as patch:
        failing(patch, "replace", lambda path: path.endswith("output/run.json") and ".segtool-stage" not in path)
        if not links:
            failing(patch, "link", lambda _: True)
        with pytest.raises(StateError, match=r"output/run\.json: Permission denied; nothing of this run was published"):
            project.run(DAY_2, "2026-03-02T09:00")
    assert snapshot(project) == before
    result = project.run(DAY_2, "2026-03-02T09:00")
    assert (result.report.serial, result.report.previous) == (2, 1)
    assert "ana@x.lv" in (project.output / "changes/riga.csv").read_text()
    assert {"lists/new.csv"} <= set(tree(project.output))
    assert not {"lists/old.csv", "changes/old.csv"} & set(tree(project.output))


def test_what_cannot_be_put_back_yet(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The others are put back all the same, and the next run does the rest, even one that comes to nothing."""
    project.run(DAY_1)
    before = snapshot(project)
    moved: list[str] = []

    def fails(path: str) -> bool:
        moved.append(path)
        return path.endswith("output/run.json") or (path.endswith("changes/riga.csv") and moved.count(path) > 1)

    with monkeypatch.context() as patch:
        failing(patch, "replace", fails)
        with pytest.raises(StateError, match="nothing of this run was published"):
            project.run(DAY_2)
    now = tree(project.output)
    assert {name for name in before[1] if now[name] != before[1][name]} == {"changes/riga.csv"}
    (project.folder / "contacts.csv").write_text("")
    with pytest.raises(DataError):
        segtool.run(project.config())
    assert snapshot(project) == before


def test_a_commit_that_the_disk_may_not_keep(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the last sync fails the run is there: it would be a lie to say that nothing was published."""
    real = durable.replace

    def replaced(path: Path, content: bytes) -> None:
        real(path, content)
        if path.name == "CURRENT" and content != b"none\n":
            raise OSError(5, "Input/output error", str(path))

    monkeypatch.setattr(durable, "replace", replaced)
    with pytest.raises(StateError, match="CURRENT: Input/output error; the run is published, but the disk may not"):
        project.run(DAY_1)
    monkeypatch.undo()
    assert project.latest().manifest.serial == 1
    assert project.run(DAY_2).report.serial == 2


def test_a_state_that_is_no_folder(project: Project) -> None:
    project.state.write_text("a file")
    with pytest.raises(StateError, match=r"\.segtool: File exists; nothing of this run was published"):
        project.run(DAY_1)


def test_data_that_cannot_be_used_changes_nothing(project: Project) -> None:
    project.two_runs()
    before = snapshot(project)
    project.export({})
    (project.folder / "contacts.csv").write_text("")
    with pytest.raises(DataError):
        segtool.run(project.config())
    assert snapshot(project) == before
