"""`segtool verify`: everything read again, every damage told with what is whole, and the repair it promises."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from projects import DAY_1, DAY_2, Project, command, tree

import segtool
from segtool.api import Checkup
from segtool.cli.exits import Exit
from segtool.sources import fingerprint
from segtool.store import retention
from segtool.store.errors import NewerStateError, NoRunError, StateError
from segtool.store.manifest import FORMAT, checksum
from segtool.store.snapshots import Snapshots
from segtool.store.tables import LET_GO


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Three runs; the second is the same as the first."""
    project = Project(tmp_path_factory.mktemp("lived") / "project")
    project.run(DAY_1, "2026-03-01T09:00")
    project.run(DAY_1, "2026-03-02T09:00")
    project.run(DAY_2, "2026-03-03T09:00")
    return project


@pytest.fixture
def project(lived: Project, tmp_path: Path) -> Project:
    return lived.copied(tmp_path / "project")


def verified(project: Project, repair: bool = False) -> Checkup:
    return segtool.verify(segtool.load(project.folder / "segments.yaml"), repair=repair)


def told(project: Project, kind: str = "damage") -> list[str]:
    """What is found, with paths as seen from the project."""
    found = verified(project).found
    return [
        f"{finding.path.relative_to(project.folder)} {finding.message}"
        for finding in found.findings
        if finding.kind == kind
    ]


def run_folder(project: Project, serial: int) -> Path:
    return next((project.state / "runs").glob(f"{serial:06d}-*"))


def spoil(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def with_manifest(project: Project, serial: int, change: Callable[[Path], object]) -> None:
    """Changes a run so that all its checksums fit, as a mistake of segtool's own would."""
    folder = run_folder(project, serial)
    change(folder)
    run = Snapshots(project.state).read(folder)
    files = {name: fingerprint.of((folder / name).read_bytes()) for name in run.manifest.files}
    content = replace(run.manifest, files=files).to_bytes()
    (folder / "manifest.json").write_bytes(content)
    if serial == 3:
        (project.state / "CURRENT").write_text(f"{folder.name} {checksum(content)}\n")


def test_a_whole_state(project: Project) -> None:
    before = tree(project.folder)
    found = verified(project).found
    assert (found.findings, found.whole, found.damaged, found.last) == ((), (1, 2, 3), (), 3)
    assert found.files == len([name for name in before if name.startswith(".segtool/")]) - 1  # the lock
    assert tree(project.folder) == before
    assert command(project, "verify") == (Exit.DONE, "")


def test_every_file_is_read_again(project: Project) -> None:
    """Whatever a run keeps: one bit is enough."""
    run = Snapshots(project.state).latest()
    assert run is not None
    for name in (*run.manifest.files, "manifest.json"):
        for serial in (1, 2, 3):
            path = run_folder(project, serial) / name
            if name in LET_GO and serial < 3:
                continue  # only the next run asks for it
            whole = path.read_bytes()
            spoil(path)
            assert f"{path.relative_to(project.folder)} is damaged" in told(project)
            path.unlink()
            assert f"{path.relative_to(project.folder)} cannot be read: No such file or directory" in told(project)
            path.write_bytes(whole)
    assert told(project) == []


def test_members_are_counted(project: Project) -> None:
    """Checksums that fit prove only that a file is as it was written."""

    def shorten(folder: Path) -> None:
        table = pl.read_parquet(folder / "members.parquet")
        table.with_columns(pl.lit(False).alias("rich")).write_parquet(folder / "members.parquet")

    with_manifest(project, 3, shorten)
    (line,) = [line for line in told(project) if "members" in line and "CURRENT" not in line]
    assert re.search(r'members\.parquet has 0 members of "rich", where the manifest says 1$', line)
    with_manifest(project, 3, lambda folder: (folder / "members.parquet").write_bytes(b"PAR1"))
    assert any("members.parquet is what was written, and yet no table" in line for line in told(project))


def test_the_chain_of_runs(project: Project) -> None:
    """A run that is gone, and one of another history."""
    shutil.move(run_folder(project, 2), project.folder / "elsewhere")
    assert told(project) == [".segtool/runs lacks run 2"]
    other = Project(project.folder / "other")
    other.run(DAY_1, "2026-03-01T09:30")
    other.run(DAY_1, "2026-03-02T09:00")
    shutil.copytree(run_folder(other, 2), project.state / "runs" / run_folder(other, 2).name)
    (line,) = told(project)
    assert line.endswith("manifest.json follows 000001-20260301T093000Z and not 000001-20260301T090000Z")


@pytest.mark.parametrize("content", [None, b"", b"000003", b"000003-20260303T090000Z " + b"0" * 64 + b"\n"])
def test_current(project: Project, content: bytes | None) -> None:
    """Lost or damaged: the newest run is whole, and becomes the last again."""
    path, runs = project.state / "CURRENT", tree(project.state / "runs")
    whole = path.read_bytes()
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    found = verified(project).found
    assert (found.last, found.successor, found.whole) == (None, 3, (1, 2, 3))
    (finding,) = found.damage
    assert finding.path == path
    assert finding.advice == "run 3 is whole; segtool verify --repair makes it the last run"
    with pytest.raises(StateError, match="segtool verify says what is whole"):
        segtool.diff(project.config())
    assert verified(project, repair=True).repaired == (
        "run 3 is the last run now; the next run tells what changed since then",
    )
    assert (path.read_bytes(), tree(project.state / "runs")) == (whole, runs)


def test_an_old_current(project: Project) -> None:
    """Put back from before the last two runs."""
    first = run_folder(project, 1)
    content = f"{first.name} {checksum((first / 'manifest.json').read_bytes())}\n"
    (project.state / "CURRENT").write_text(content)
    assert told(project) == [".segtool/CURRENT names run 1, although there are runs up to 3"]
    assert verified(project, repair=True).found.last == 3


def test_a_damaged_last_run(project: Project) -> None:
    """Refused by every command; after a repair the run before it is the last, and the changes are told again."""
    path = run_folder(project, 3) / "members.parquet"
    spoil(path)
    for arguments in (("run",), ("run", "--dry-run"), ("diff",), ("prune", "--keep-last", "1")):
        code, said = command(project, *arguments)
        assert (code, "members.parquet is damaged; nothing was changed. segtool verify says" in said) == (5, True)
    found = verified(project).found
    assert (found.last, found.successor, found.whole, found.damaged) == (None, 2, (1, 2), (3,))
    advice = {finding.message: finding.advice for finding in found.damage}
    assert advice["names run 3, which is damaged: nothing can go on from there"] == (
        "run 2 is whole; segtool verify --repair makes it the last run"
    )
    done = verified(project, repair=True)
    assert done.repaired == (
        "set 000003-20260303T090000Z aside, in aside/000003-20260303T090000Z",
        "run 2 is the last run now; the next run tells what changed since then",
    )
    assert (done.found.damage, done.found.last) == ((), 2)
    result = project.run(DAY_2, "2026-03-04T09:00")
    assert (result.report.serial, result.report.previous) == (3, 2)
    assert result.changes["riga"].left["§id"].to_list() == ["ana@x.lv"]
    assert verified(project).found.damage == ()


def test_a_damaged_run_of_before(project: Project) -> None:
    """Nothing but diffs with it is impossible, before a repair and after."""
    spoil(run_folder(project, 1) / "manifest.json")
    found = verified(project).found
    assert (found.last, found.whole, found.damaged) == (3, (2, 3), (1,))
    (finding,) = found.damage
    assert finding.advice == "put it back from a backup; until then run 1 cannot be compared with any other"
    assert segtool.diff(project.config()).old == 2
    with pytest.raises(StateError, match=r"manifest\.json is damaged"):
        segtool.diff(project.config(), "1", "latest")
    project.run(DAY_1, "2026-03-04T09:00")
    assert len(verified(project, repair=True).repaired) == 1
    found = verified(project).found
    assert ([finding.kind for finding in found.findings], found.last) == (["note"], 4)
    with pytest.raises(NoRunError, match='there is no run "1"; there are runs 2 to 4'):
        segtool.diff(project.config(), "1", "latest")


def test_a_lost_run(project: Project) -> None:
    """Said once, and not every night after it was repaired."""
    shutil.rmtree(run_folder(project, 2))
    assert verified(project).found.damage[0].advice.endswith("segtool verify --repair goes on without it")
    assert verified(project, repair=True).repaired == ("run 2 is lost; the others go on without it",)
    assert told(project) == []


def test_nothing_is_whole(project: Project) -> None:
    before = tree(project.state)
    for serial in (1, 2, 3):
        spoil(run_folder(project, serial) / "members.parquet")
    found = verified(project).found
    assert (found.whole, found.successor) == ((), None)
    assert any("put" in finding.advice and "back from a backup" in finding.advice for finding in found.damage)
    with pytest.raises(StateError, match=r"no run in .* is whole, so nothing can be repaired; put it back"):
        verified(project, repair=True)
    assert tree(project.state).keys() == before.keys()


@pytest.mark.parametrize("content", [None, b"", b"0\n", b"\xff"])
def test_format(project: Project, content: bytes | None) -> None:
    path = project.state / "FORMAT"
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert told(project) == [".segtool/FORMAT is " + ("damaged" if content is not None else "missing")]
    verified(project, repair=True)
    assert (told(project), path.read_bytes()) == ([], b"%d\n" % FORMAT)


def test_a_newer_format(project: Project) -> None:
    """Whatever is asked for, nothing of it is read or changed."""
    (project.state / "FORMAT").write_text(f"{FORMAT + 1}\n")
    before = tree(project.state)
    for repair in (False, True):
        with pytest.raises(NewerStateError, match="written by a newer segtool"):
            verified(project, repair=repair)
    for arguments in (("verify",), ("verify", "--repair"), ("prune", "--keep-last", "3")):
        assert command(project, *arguments)[0] == Exit.NEWER
    assert tree(project.state) == before


def test_a_field_that_only_a_newer_version_knows(project: Project) -> None:
    path = run_folder(project, 3) / "manifest.json"
    data = json.loads(path.read_bytes())
    del data["checksum"]
    data["flavour"] = "sweet"
    sealed = {"checksum": checksum(json.dumps(data).encode()), **data}
    path.write_text(json.dumps(sealed, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    with pytest.raises(NewerStateError, match="run 3 was written by a newer segtool"):
        verified(project)


def test_fields_that_a_run_of_before_did_not_have(project: Project) -> None:
    """Their defaults stand for them: the checksum is that of what was written."""
    folder = run_folder(project, 3)
    data = json.loads((folder / "manifest.json").read_bytes())
    for name in ("checksum", "guards", "accepted"):
        data.pop(name)
    sealed = {"checksum": checksum(json.dumps(data).encode()), **data}
    content = (json.dumps(sealed, indent=1, ensure_ascii=False) + "\n").encode()
    (folder / "manifest.json").write_bytes(content)
    (project.state / "CURRENT").write_text(f"{folder.name} {checksum(content)}\n")
    assert verified(project).found.findings == ()
    assert project.run(DAY_1).report.serial == 4


# --- what is no damage -----------------------------------------------------------------------------------------


def test_outputs_that_people_touched(project: Project) -> None:
    """A list that was edited or moved away is a note: they are there to be opened."""
    (project.output / "lists/riga.csv").write_text("edited")
    (project.output / "changes/rich.csv").unlink()
    assert told(project) == []
    assert told(project, "note") == [
        "output/changes/rich.csv was published by run 3 and is not there any more",
        "output/lists/riga.csv was changed after run 3 published it",
    ]
    assert command(project, "verify") == (Exit.DONE, "")
    project.run(DAY_2, "2026-03-04T09:00")
    assert told(project, "note") == []


def test_a_run_of_one_list_knows_the_others(project: Project) -> None:
    """Files that were carried over are known by what the run before wrote."""
    project.run(DAY_1, "2026-03-04T09:00", only=["riga"])
    assert told(project, "note") == []
    (project.output / "lists/rich.csv").write_text("edited")
    assert told(project, "note") == ["output/lists/rich.csv was changed after run 4 published it"]


def test_strangers_and_leftovers(project: Project) -> None:
    run_folder(project, 1).joinpath("notes.txt").write_text("mine")
    (project.state / "tmp-4").mkdir(mode=0o700)
    (project.state / "CURRENT.new").write_text("")
    (project.state / "mine.txt").write_text("")
    (project.state / "runs/mine.txt").write_text("")
    (project.state / ".gitignore").unlink()
    for path in project.state.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    assert told(project) == []
    assert sorted(told(project, "note")) == [
        ".segtool/.gitignore does not keep this folder out of git any more",
        ".segtool/CURRENT.new was left by something that was cut off",
        ".segtool/mine.txt is no file of segtool's",
        ".segtool/runs/000001-20260301T090000Z/notes.txt is no file of segtool's",
        ".segtool/runs/mine.txt is no file of segtool's",
        ".segtool/tmp-4 was left by something that was cut off",
    ]
    assert verified(project, repair=True).repaired == ("wrote .gitignore again",)
    assert sorted(told(project, "note")) == [
        ".segtool/mine.txt is no file of segtool's",
        ".segtool/runs/000001-20260301T090000Z/notes.txt is no file of segtool's",
        ".segtool/runs/mine.txt is no file of segtool's",
    ]


def test_a_run_that_was_cut_off(project: Project) -> None:
    """One ahead of CURRENT: nothing is damaged, and no repair takes it for the last run."""
    second = run_folder(project, 2)
    content = f"{second.name} {checksum((second / 'manifest.json').read_bytes())}\n"
    (project.state / "CURRENT").write_text(content)
    assert told(project) == []
    assert "run 3 was cut off before it was published" in told(project, "note")[0]
    assert verified(project, repair=True).found.last == 2
    assert not list((project.state / "runs").glob("000003*"))


def test_a_run_cut_off_and_current_lost(project: Project) -> None:
    """While outputs were moved into place: the run before is the last that was surely published."""
    (project.state / "CURRENT").unlink()
    stage = project.output / ".segtool-stage"
    (stage / "old/lists").mkdir(parents=True)
    (stage / "old/lists/riga.csv").write_text("as run 2 left it")
    (stage / "fresh.json").write_text("[]")
    assert verified(project).found.successor == 2
    verified(project, repair=True)
    assert verified(project).found.last == 2
    assert (project.output / "lists/riga.csv").read_text() == "as run 2 left it"


def test_permissions(project: Project) -> None:
    folder, path = project.state / "runs", project.state / "CURRENT"
    folder.chmod(0o755)
    path.chmod(0o644)
    assert told(project, "note") == [".segtool/runs can be read by others than its owner (and 1 more)"]
    assert told(project) == []
    assert verified(project, repair=True).repaired == ("closed 2 files and folders to others than their owner",)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (folder, path)] == [0o700, 0o600]


def test_a_pruned_run_is_no_damage(project: Project) -> None:
    retention.prune(project.state, [Snapshots(project.state).read(run_folder(project, 1))])
    found = verified(project).found
    assert (found.findings, found.whole, found.pruned) == ((), (2, 3), 1)
    spoil(next((project.state / "pruned").iterdir()))
    assert told(project) == [".segtool/pruned/000001-20260301T090000Z.json is damaged"]


# --- the command -------------------------------------------------------------------------------------------------


def test_nothing_to_verify(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    project.config()
    with pytest.raises(NoRunError, match=r"there is no state in .* yet; segtool run makes it"):
        verified(project)
    assert command(project, "verify")[0] == Exit.CONFIG
    assert not project.state.exists()


def test_the_command(project: Project, capfd: pytest.CaptureFixture[str]) -> None:
    spoil(run_folder(project, 3) / "rosters.parquet")
    os.chdir(project.folder)
    done = [command(project, "verify", *options)[0] for options in ((), ("--json",), ("--repair",), ())]
    assert done == [Exit.STATE, Exit.STATE, Exit.DONE, Exit.DONE]
    capfd.readouterr()


def test_the_words_of_the_command(project: Project) -> None:
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    def said(*options: str) -> str:
        arguments = [sys.executable, "-m", "segtool", "verify", *options]
        return subprocess.run(arguments, cwd=project.folder, capture_output=True, text=True, check=False).stdout

    assert re.fullmatch(r"Whole: 3 of 3 runs are whole; the last is run 3 \(\d+ files, [\d.]+ kB\)\n", said())
    spoil(run_folder(project, 3) / "rosters.parquet")
    lines = said().splitlines()
    assert lines[0] == (
        "damage: .segtool/CURRENT names run 3, which is damaged: nothing can go on from there; "
        "run 2 is whole; segtool verify --repair makes it the last run"
    )
    assert lines[1].startswith("damage: .segtool/runs/000003-20260303T090000Z/rosters.parquet is damaged; put it back")
    assert lines[2].startswith("Damaged: 2 of 3 runs are whole (")
    data = json.loads(said("--json"))
    assert (data["whole"], data["last"], data["can_go_on_from"]) == (False, None, 2)
    assert data["runs"] == {"whole": [1, 2], "damaged": [3], "pruned": 0}
    assert {finding["kind"] for finding in data["findings"]} == {"damage"}
    assert len(json.loads(said("--json", "--repair"))["repaired"]) == 2
