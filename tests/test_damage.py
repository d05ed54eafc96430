"""Disks that fail for real, bits that flip, many at once, and clocks that jump: nothing is lost and all of it is told.

`SEGTOOL_DAMAGE=10000` flips so many bits of the tables and every byte of the small files, and
lets 20 processes race for one state; without it, a share of that.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from conftest import say
from projects import DAY_1, DAY_2, Project, tree

import segtool
from segtool.cli.exits import Exit
from segtool.config.problems import SegtoolError
from segtool.store.errors import StateError
from segtool.store.snapshots import Snapshots

FLIPS = int(os.environ.get("SEGTOOL_DAMAGE", "0"))
RACERS = 20 if FLIPS else 5


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Three runs, of which one was pruned."""
    project = Project(tmp_path / "project")
    for day in (1, 2, 3):
        project.run(DAY_2 if day == 3 else DAY_1, f"2026-03-0{day}T09:00")
    segtool.prune(project.config(), keep_last=2)
    return project


def flips(content: bytes, places: Iterator[int]) -> Iterator[bytes]:
    for place in places:
        yield content[:place] + bytes([content[place] ^ (1 << random.randrange(8))]) + content[place + 1 :]


def found_by_verify(project: Project) -> bool:
    try:
        return bool(segtool.verify(project.config()).found.damage)
    except SegtoolError:  # what was flipped may say that it is of a newer version
        return True


def readers(project: Project) -> None:
    """Every command that reads the state: an answer, or a sentence, and never anything else."""
    config = project.config()
    reading: tuple[Callable[[], object], ...] = (
        lambda: segtool.diff(config),
        lambda: segtool.diff(config, "2", "3"),
        lambda: segtool.diff(config, "1"),
        lambda: segtool.history(config),
        lambda: segtool.prune(config, keep_last=2, dry_run=True),
        lambda: segtool.forget(config, ["ana@x.lv"], dry_run=True),
    )
    for read in reading:
        with suppress(SegtoolError):
            read()


def test_every_flipped_bit_is_found(project: Project, request: pytest.FixtureRequest) -> None:
    """Of the small files every byte, of the tables a random choice of bits."""
    random.seed(7)
    paths = [path for path in project.state.rglob("*") if path.is_file() and path.name not in ("lock", ".gitignore")]
    tables = [path for path in paths if path.suffix == ".parquet"]
    missed: list[str] = []
    tried = 0
    for path in paths:
        whole = path.read_bytes()
        every = list(range(len(whole)))
        some = max(1, FLIPS // len(tables)) if FLIPS else 8
        places = random.choices(every, k=some)
        if path not in tables:
            places = every if FLIPS else random.sample(every, min(12, len(every)))
        for number, content in enumerate(flips(whole, iter(places))):
            path.write_bytes(content)
            tried += 1
            if not found_by_verify(project):
                missed.append(f"{path.name} at {places[number]}")
            if number % 50 == 0:
                readers(project)
        path.write_bytes(whole)
    assert missed == []
    assert not found_by_verify(project)
    if FLIPS:
        say(request.config, f"{tried:,} flipped bits in {len(paths)} files: all found")


# --- disks -----------------------------------------------------------------------------------------------------


@contextmanager
def mounted(folder: Path, size: str) -> Iterator[None]:
    """A small disk of its own at `folder`, or a skip where that is not allowed."""
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a disk cannot be mounted here")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


@pytest.mark.skipif(os.name == "nt", reason="files have no such limit")
def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """Whoever was writing, it is said where; the last run is as it was."""
    project = Project(tmp_path / "project")
    project.run(DAY_1, "2026-03-01T09:00")
    before = tree(project.state / "runs"), tree(project.output)
    project.export({f"p{number}": ("Riga", 9) for number in range(5_000)})
    command = f'ulimit -f 100; exec "{sys.executable}" -m segtool run "{project.folder}/segments.yaml"'
    said = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    where = (
        f"{project.output / '.segtool-stage' / 'new' / 'changes'}: File too large; nothing of this run was published"
    )
    assert (said.returncode, where in said.stderr) == (Exit.STATE, True), said.stderr
    assert (tree(project.state / "runs"), tree(project.output)) == before


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    """Filled up to every degree: a sentence, the last run as it was, and the next run with room tells what was due."""
    with mounted(tmp_path / "disk", "1m"):
        project = Project(tmp_path / "disk/project")
        project.run(DAY_1, "2026-03-01T09:00")
        before = tree(project.state / "runs"), tree(project.output)
        refused = 0
        for left in (0, 4096, 8192, 16384, 32768, 49152, 65536):
            ballast = tmp_path / "disk/ballast"
            ballast.write_bytes(b"x" * max(0, shutil.disk_usage(tmp_path / "disk").free - left))
            said = ""
            try:
                project.run(DAY_2, "2026-03-02T09:00")
            except StateError as error:
                said = str(error)
            ballast.unlink()
            if not said:
                break
            refused += 1
            assert "No space left" in said
            assert (tree(project.state / "runs"), tree(project.output)) == before
        assert refused
        if said:
            project.run(DAY_2, "2026-03-02T09:00")
        assert "left,ana@x.lv" in (project.output / "changes/riga.csv").read_text()
        assert segtool.verify(project.config()).found.damage == ()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    """Known before the data is read; a backup on such a disk can be looked at, verified and compared."""
    with mounted(tmp_path / "disk", "1m"):
        project = Project(tmp_path / "disk/project").two_runs()
        config = project.config()
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path / "disk")], check=True)
        steps: list[object] = []
        with pytest.raises(StateError, match="Read-only file system; nothing of this run was published"):
            segtool.run(config, step=steps.append)
        assert steps == []
        with pytest.raises(StateError, match="Read-only file system"):
            segtool.prune(config, keep_last=2)
        with pytest.raises(StateError, match="Read-only file system"):
            segtool.forget(config, ["ana@x.lv"])
        assert segtool.verify(config).found.findings == ()
        assert segtool.diff(config).new == 2


# --- many at once ----------------------------------------------------------------------------------------------

_RACER = """\
import sys
import segtool
from segtool.cli.exits import exit_code_for
from segtool.config.problems import SegtoolError
import segtool.api

config = segtool.load("segments.yaml")

def step(_):
    print("runs", flush=True)
    sys.stdin.readline()

sys.stdin.readline()
try:
    segtool.run(config, as_of="2026-03-02", step=step)
except SegtoolError as error:
    print(error, flush=True)
    sys.exit(exit_code_for(error))
"""


def test_many_at_once(tmp_path: Path) -> None:
    """One of them runs; the others are told which, and end with 75."""
    project = Project(tmp_path / "project")
    project.run(DAY_1, "2026-03-01T09:00")
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", _RACER],
            cwd=project.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(RACERS)
    ]
    try:
        for racer in racers:
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        said = [racer.stdout.readline().strip() for racer in racers if racer.stdout is not None]
        assert said.count("runs") == 1
        winner = racers[said.index("runs")]
        told = [line for line in said if line != "runs"]
        assert all(f"process {winner.pid} on" in line for line in told), told
        winner.communicate("go\n" * 50)
        codes = sorted(racer.wait() for racer in racers)
    finally:
        for racer in racers:
            racer.kill()
            racer.communicate()
    assert codes == [0, *[Exit.LOCKED] * (RACERS - 1)]
    assert list(Snapshots(project.state).serials()) == [1, 2]


# --- clocks ----------------------------------------------------------------------------------------------------

NIGHTS = (
    "2026-03-28T02:30",
    "2026-03-29T01:59",
    "2026-03-29T02:30",
    "2026-03-29T03:30",
    "2026-03-28T23:00",
    "2026-10-24T02:30",
    "2026-10-25T02:30+02:00",
    "2026-10-25T02:30+01:00",
    "2026-10-25T02:30",
    "2026-10-26T02:30",
)


def test_nights_of_clock_changes(tmp_path: Path) -> None:
    """An hour that is skipped, one that comes twice, a clock set back: one run after the other, each seen whole."""
    project = Project(tmp_path / "project")
    project.settings = {"timezone": "Europe/Berlin"}
    people = [DAY_1, DAY_2]
    for number, as_of in enumerate(NIGHTS):
        result = project.run(people[number % 2], as_of)
        assert (result.report.serial, result.report.previous) == (number + 1, number or None)
        if number:
            moved = result.changes["riga"]
            assert {*moved.entered["§id"], *moved.left["§id"]} == {"ana@x.lv", "emi@x.lv"}
        backwards = [problem.id for problem in result.warnings if problem.id == "earlier-than-before"]
        runs = Snapshots(project.state).committed()
        stamps = [run.manifest.as_of for run in runs[-2:]]
        assert bool(backwards) == (len(stamps) == 2 and stamps[1] < stamps[0])
    assert segtool.verify(project.config()).found.findings == ()
    assert segtool.diff(project.config(), "2026-03-29", "2026-10-25").old == 4


# --- the same again --------------------------------------------------------------------------------------------


def test_same_inputs_same_bytes(tmp_path: Path) -> None:
    """Same exports, rules and instant: the whole output folder, wherever and whenever it is made."""

    def made(name: str, before: Callable[[Project], object] = lambda _: None) -> dict[str, bytes]:
        project = Project(tmp_path / name)
        project.settings = {"output": {"formats": ["csv", "xlsx"]}}
        before(project)
        project.run(DAY_1, "2026-03-01T09:00")
        project.run(DAY_2, "2026-03-02T09:00")
        return tree(project.output)

    one, other = made("one"), made("other")
    assert one == other
    later = made("later", lambda project: project.run(DAY_1, "2026-03-01T09:00"))
    differing = {name for name in one if one[name] != later[name]}
    assert differing <= {"run.json", "segments.xlsx"}
    numbers = re.compile(rb'"(serial|previous|note)": [^\n]*')
    assert numbers.sub(b"", one["run.json"]) == numbers.sub(b"", later["run.json"])
