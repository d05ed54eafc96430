"""`segtool prune`: what is kept, what goes, and that what went is still known to have been."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from projects import DAY_1, DAY_2, Project, command, tree

import segtool
from segtool.cli.exits import Exit
from segtool.config.problems import ConfigError
from segtool.store import retention
from segtool.store.errors import LockedError, NoRunError, StateError
from segtool.store.manifest import Manifest
from segtool.store.retention import NEEDED, Policy
from segtool.store.snapshots import Run, Snapshots

DAYS = ("2026-03-01T09:00", "2026-03-01T18:00", "2026-03-02T09:00", "2026-03-04T09:00", "2026-03-04T10:00")


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Five runs on three days."""
    project = Project(tmp_path_factory.mktemp("lived") / "project")
    for number, as_of in enumerate(DAYS):
        project.run(DAY_2 if number % 2 else DAY_1, as_of)
    return project


@pytest.fixture
def project(lived: Project, tmp_path: Path) -> Project:
    return lived.copied(tmp_path / "project")


def serials(project: Project) -> list[int]:
    return list(Snapshots(project.state).serials())


def test_the_last_runs_are_kept(project: Project) -> None:
    done = segtool.prune(project.config(), keep_last=3)
    assert (done.removed, done.kept, serials(project)) == ((1, 2), (3, 4, 5), [3, 4, 5])


def test_the_last_run_of_each_day_is_kept(project: Project) -> None:
    done = segtool.prune(project.config(), keep_daily=2)
    assert (done.removed, done.kept) == ((1, 2), (3, 4, 5))  # 4 is the one before the last
    assert segtool.prune(project.config(), keep_daily=9).removed == ()


def test_days_are_those_of_the_zone(project: Project) -> None:
    """18:00 in UTC is the next day in Auckland."""
    assert segtool.prune(project.config(), keep_daily=3, dry_run=True).kept == (2, 3, 4, 5)
    project.settings = {"timezone": "Pacific/Auckland"}
    assert segtool.prune(project.config(), keep_daily=3, dry_run=True).kept == (1, 3, 4, 5)


def test_what_a_diff_compares_is_always_kept(project: Project) -> None:
    before = segtool.diff(project.config())
    segtool.prune(project.config(), keep_last=1)
    after = segtool.diff(project.config())
    assert (after.old, after.new) == (before.old, before.new) == (4, 5)
    assert after["riga"].left.equals(before["riga"].left)


def test_lists_remember_what_they_are(tmp_path: Path) -> None:
    """A list that was filled by a run that is gone stays filled."""
    project = Project(tmp_path / "project")
    project.extra = {"riga": {"kind": "static"}, "rich": {"kind": "semi_dynamic"}}
    project.run(DAY_1, "2026-03-01")
    for day in (2, 3, 4):
        project.run(DAY_2, f"2026-03-{day:02}")
    members = project.members()
    segtool.prune(project.config(), keep_last=1)
    project.run(DAY_2, "2026-03-05")
    assert project.members() == members
    assert [name for name, _ in members["riga"]] == ["ana@x.lv", "bo@x.lv"]


def test_a_dry_run_removes_nothing(project: Project) -> None:
    before = tree(project.folder)
    done = segtool.prune(project.config(), keep_last=2, dry_run=True)
    assert (done.removed, done.kept, done.dry_run) == ((1, 2, 3), (4, 5), True)
    assert tree(project.folder) == before
    assert done.freed == segtool.prune(project.config(), keep_last=2).freed > 0


def test_the_bytes_are_those_that_were_freed(project: Project) -> None:
    sizes = {name: len(content) for name, content in tree(project.state / "runs").items()}
    expected = sum(size for name, size in sizes.items() if name.startswith(("000001", "000002")))
    assert segtool.prune(project.config(), keep_last=3).freed == expected


def test_an_empty_policy_is_refused(project: Project) -> None:
    before = tree(project.folder)
    with pytest.raises(ConfigError, match="say what to keep: --keep-last 30, --keep-daily 90, or both"):
        segtool.prune(project.config())
    code, said = command(project, "prune")
    assert (code, "nothing-to-keep" in said) == (Exit.CONFIG, True)
    assert command(project, "prune", "--keep-last", "-1")[0] == Exit.CONFIG
    assert tree(project.folder) == before


def test_a_run_that_was_pruned_is_known(project: Project) -> None:
    """Its numbers and its day are; whom it had on its lists is not."""
    segtool.prune(project.config(), keep_last=3)
    config = project.config()
    for which in ("1", "2", "000002"):
        said = rf"run {int(which)}, of 2026-03-01, was pruned; there are runs 3 to 5, of 2026-03-02 to 2026-03-04"
        with pytest.raises(NoRunError, match=said):
            segtool.diff(config, which)
    with pytest.raises(NoRunError, match="run 1, of 2026-03-01, was pruned"):
        segtool.diff(config, "2026-03-01")
    with pytest.raises(NoRunError, match='there is no run "9"; there are runs 3 to 5'):
        segtool.diff(config, "9")
    manifests = [Snapshots(project.state).read_pruned(path) for path in (project.state / "pruned").iterdir()]
    assert {manifest.serial: manifest.segments["riga"].members for manifest in manifests} == {1: 2, 2: 2}
    assert not any(b"@" in path.read_bytes() for path in (project.state / "pruned").iterdir())


def test_the_history_stays(project: Project) -> None:
    """The size of every list over all runs, whether they are kept or not."""
    before = segtool.history(project.config())
    segtool.prune(project.config(), keep_last=2)
    after = segtool.history(project.config())
    assert after == before
    assert [moment.run for moment in after["riga"].moments] == [1, 2, 3, 4, 5]


def test_gaps_are_told(project: Project) -> None:
    segtool.prune(project.config(), keep_daily=3)
    project.run(DAY_1, "2026-03-05")
    project.run(DAY_1, "2026-03-06")
    segtool.prune(project.config(), keep_daily=4)
    assert serials(project) == [3, 5, 6, 7]
    with pytest.raises(NoRunError, match=r"run 4, of 2026-03-04, was pruned; there are runs 3 to 7 \(4 of them\)"):
        segtool.diff(project.config(), "4")


def test_after_pruning_everything_goes_on(project: Project) -> None:
    lists = tree(project.output)
    segtool.prune(project.config(), keep_last=2)
    assert tree(project.output) == lists
    result = project.run(DAY_2, "2026-03-05")
    assert (result.report.serial, result.report.previous) == (6, 5)
    assert segtool.verify(project.config()).found.findings == ()
    assert segtool.prune(project.config(), keep_last=2).removed == (4,)


def test_nothing_is_removed_while_the_last_runs_are_damaged(project: Project) -> None:
    """What is pruned could be what a repair goes on from."""
    for serial in ("000005", "000004"):
        path = next((project.state / "runs").glob(f"{serial}*/members.parquet"))
        whole = path.read_bytes()
        path.write_bytes(whole[:-1])
        with pytest.raises(StateError, match=r"members\.parquet is damaged"):
            segtool.prune(project.config(), keep_last=2)
        path.write_bytes(whole)
    assert len(serials(project)) == 5


def test_pruning_that_was_cut_off_is_finished(project: Project) -> None:
    """From when its folder has another name, a run is gone; whoever comes next does the rest."""
    folder = next((project.state / "runs").glob("000001*"))
    os.rename(folder, project.state / f"tmp-pruned-{folder.name}")  # noqa: PTH104
    found = segtool.verify(project.config()).found
    assert ([finding.kind for finding in found.findings], found.whole) == (["note"], (2, 3, 4, 5))
    project.run(DAY_1, "2026-03-05")
    assert [path.name for path in (project.state / "pruned").iterdir()] == [f"{folder.name}.json"]
    assert not list(project.state.glob("tmp-*"))
    assert segtool.verify(project.config()).found.findings == ()


def test_a_run_that_was_put_back_stays(project: Project) -> None:
    """From a backup, after it was pruned: nobody removes it again unasked."""
    folder = next((project.state / "runs").glob("000001*"))
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    segtool.prune(project.config(), keep_last=2)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    project.run(DAY_1, "2026-03-05")
    assert segtool.diff(project.config(), "1", "latest").old == 1


def test_only_under_the_lock(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def taken(*_: object) -> None:
        raise LockedError("another run is under way")

    monkeypatch.setattr("segtool.store.lock.held", taken)
    with pytest.raises(LockedError):
        segtool.prune(project.config(), keep_last=2)
    assert len(serials(project)) == 5
    assert segtool.prune(project.config(), keep_last=2, dry_run=True).removed == (1, 2, 3)


def test_before_there_is_a_state(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    config = project.config()
    for dry_run in (True, False):
        with pytest.raises(NoRunError, match="there is no state"):
            segtool.prune(config, keep_last=2, dry_run=dry_run)
    assert not project.state.exists()


def test_the_words_of_the_command(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    from segtool.cli import app  # noqa: PLC0415

    def said(*options: str) -> str:
        with pytest.raises(SystemExit) as ended:
            app(["prune", str(project.folder / "segments.yaml"), *options])
        assert ended.value.code == 0
        return capsys.readouterr().out

    assert said("--keep-last", "9") == "Nothing to remove; kept runs 1 to 5\n"
    freed = segtool.prune(project.config(), keep_daily=1, dry_run=True).freed
    would = said("--keep-daily", "1", "-n")
    assert would == f"Would remove runs 1 to 3 ({freed / 1000:,.1f} kB); kept runs 4 to 5\n"
    data = json.loads(said("--keep-daily", "1", "--json"))
    assert data == {"schema": 1, "removed": [1, 2, 3], "kept": [4, 5], "bytes": freed, "dry_run": False}


@given(
    hours=st.lists(st.integers(0, 24 * 20), min_size=1, max_size=30),
    last=st.integers(0, 12),
    daily=st.integers(0, 12),
)
@settings(max_examples=200, deadline=None)
def test_the_policy(hours: list[int], last: int, daily: int) -> None:
    """Kept is what was asked for and the last two, no more and no less, however the clock ran."""
    start = datetime(2026, 3, 1, tzinfo=UTC)
    stamps = [start + timedelta(hours=hour) for hour in hours]
    runs = [Run(Path(), Manifest(n, at.isoformat(), "UTC", "1")) for n, at in enumerate(stamps, 1)]
    kept, removed = retention.split(runs, Policy(last, daily), "UTC")
    latest_of_day = {at.date(): serial for serial, at in enumerate(stamps, 1)}
    wanted = {run.manifest.serial for run in runs[-NEEDED:]} | set(sorted(latest_of_day.values())[::-1][:daily])
    wanted |= {run.manifest.serial for run in runs[len(runs) - last :]} if last < len(runs) else {*range(len(runs) + 1)}
    assert {run.manifest.serial for run in kept} == wanted - {0} if last < len(runs) else len(removed) == 0
    assert sorted([*kept, *removed], key=lambda run: run.manifest.serial) == runs
