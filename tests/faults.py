"""A run to which something happens: every file operation of it counted, and one of them made to go wrong.

Run as a script, it sweeps over the operations of a run in a process of its own, which forks one child for the run
that is cut off and one for the run after it, and writes what came of each as a line of JSON. A process whose data
frames have threads must not be forked: this one starts before there are any, and leaves all work to its children.
"""

from __future__ import annotations

import builtins
import errno
import io
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import narwhals as nw
import polars as pl

import segtool
import segtool.api
import segtool.loading
from segtool.config.progress import Step, quiet
from segtool.store.errors import StateError
from segtool.store.snapshots import Snapshots

KINDS = ("kill before", "kill after", "torn write", "power cut", "disk full", "I/O error")
STATE = ".segtool"
OUTPUT = "output"
AS_OF = {"A": "2026-03-01T09:00", "B": "2026-03-02T09:00"}
"""The instants of the two runs."""

T = TypeVar("T")
Tree = dict[str, bytes]


# --- a disk that fails ---------------------------------------------------------------------------------------


class Disk:
    """Counts what is done to files below `base`; operation number `at` goes wrong in one of the KINDS.

    A full disk stays full: whatever needs room fails from then on. A power cut empties every file that was written
    and not synced.
    """

    def __init__(self, base: Path, at: int = 0, kind: str = "") -> None:
        self.base = str(base)
        self.at = at
        self.kind = kind
        self.log: list[str] = []
        self.fired = False
        self.unsynced: dict[tuple[int, int], int] = {}
        self._one = threading.RLock()  # lists are written side by side

    def does(
        self, what: str, path: str, do: Callable[[], T], needs_room: bool = False, half: Callable[[], Any] | None = None
    ) -> T:
        """Does one operation, or what becomes of it."""
        if not path.startswith(self.base):
            return do()
        with self._one:
            return self._does(what, path, do, needs_room, half)

    def _does(self, what: str, path: str, do: Callable[[], T], needs_room: bool, half: Callable[[], Any] | None) -> T:
        self.log.append(f"{what} {path[len(self.base) + 1 :]}")
        if self.fired and self.kind == "disk full" and needs_room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        return do() if len(self.log) != self.at else self._goes_wrong(path, do, needs_room, half)

    def _goes_wrong(self, path: str, do: Callable[[], T], needs_room: bool, half: Callable[[], Any] | None) -> T:
        if self.kind == "disk full" and needs_room:
            self.fired = True
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), path)
        if self.kind == "I/O error":
            self.fired = True
            raise OSError(errno.EIO, os.strerror(errno.EIO), path)
        if self.kind == "kill after":
            do()
        elif self.kind == "torn write" and half is not None:
            half()
        elif self.kind == "power cut":
            for descriptor in self.unsynced.values():
                os.ftruncate(descriptor, 0)
        elif self.kind != "kill before":
            return do()
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("still alive")

    def written(self, descriptor: int) -> None:
        """A file is open for writing: what goes into it is not on disk until it is synced."""
        with self._one:
            self.unsynced[_inode(descriptor)] = os.dup(descriptor)

    def synced(self, descriptor: int) -> None:
        with self._one:
            self.unsynced.pop(_inode(descriptor), None)

    def install(self) -> None:
        """From here on this process works on this disk; there is no way back."""
        self._install_names()
        self._install_files()

    def _install_names(self) -> None:
        """Every call that changes what is in a folder."""
        for name in ("rename", "replace", "link"):
            self._wrap(name, lambda _, target, **__: os.fspath(target), needs_room=name == "link")
        for name in ("unlink", "rmdir", "chmod"):
            self._wrap(name, lambda path, *_, dir_fd=None, **__: _resolved(path, dir_fd))
        self._wrap("mkdir", lambda path, *_, dir_fd=None, **__: _resolved(path, dir_fd), needs_room=True)

    def _wrap(self, name: str, place: Callable[..., str], needs_room: bool = False) -> None:
        real = getattr(os, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            return self.does(name, place(*args, **kwargs), lambda: real(*args, **kwargs), needs_room)

        setattr(os, name, call)

    def _install_files(self) -> None:
        """Opening, writing and syncing."""
        real_open, real_fsync, real_io = os.open, os.fsync, io.open

        def open_file(path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
            if not flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
                return real_open(path, flags, mode, dir_fd=dir_fd)
            place = _resolved(path, dir_fd)
            descriptor = self.does("open", place, lambda: real_open(path, flags, mode, dir_fd=dir_fd), needs_room=True)
            self.written(descriptor)
            return descriptor

        def fsync(descriptor: int) -> None:
            self.does("fsync", _place(descriptor), lambda: real_fsync(descriptor))
            self.synced(descriptor)

        def open_stream(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if not set(mode) & set("wax+"):
                return real_io(file, mode, *args, **kwargs)
            if isinstance(file, int):
                stream = real_io(file, mode, *args, **kwargs)
                return Stream(self, stream, _place(file))
            place = _resolved(file, None)
            stream = self.does("open", place, lambda: real_io(file, mode, *args, **kwargs), needs_room=True)
            self.written(stream.fileno())
            return Stream(self, stream, place)

        for module, name, call in (
            (os, "open", open_file),
            (os, "fsync", fsync),
            (io, "open", open_stream),
            (builtins, "open", open_stream),
        ):
            setattr(module, name, call)


class Stream:
    """An open file, each `write` of which reaches the disk at once and may be torn."""

    def __init__(self, disk: Disk, stream: Any, place: str) -> None:
        self._disk = disk
        self._stream = stream
        self._place = place

    def write(self, content: Any) -> int:
        half = len(content) // 2
        return self._disk.does(
            "write",
            self._place,
            lambda: self._put(content),
            needs_room=True,
            half=(lambda: self._put(content[:half])) if half else None,
        )

    def _put(self, content: Any) -> int:
        done: int = self._stream.write(content)
        self._stream.flush()
        return done

    def flush(self) -> None:
        self._stream.flush()

    def close(self) -> None:
        self._stream.close()

    @property
    def closed(self) -> bool:
        return bool(self._stream.closed)

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _inode(descriptor: int) -> tuple[int, int]:
    found = os.fstat(descriptor)
    return found.st_dev, found.st_ino


def _place(descriptor: int) -> str:
    return str(Path(f"/proc/self/fd/{descriptor}").readlink())


def _resolved(path: Any, folder: int | None) -> str:
    return str(Path(path).absolute() if folder is None else Path(_place(folder)) / path)


# --- a project with two days of exports ------------------------------------------------------------------------

_RULES = """\
version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  riga: {where: {field: city, is: Riga}}
"""
RULES = {
    "A": _RULES + "  old_friends: {where: {field: points, at_least: 5}}\n",
    "B": _RULES + "  big_spenders: {where: {field: points, at_least: 7}}\n",
}
CONTACTS = {
    "A": "email,city,points\nana@x.lv,Riga,3\nbo@x.lv,Riga,8\ncy@x.lv,Liepaja,9\ndee@x.lv,Cesis,1\n",
    "B": "email,city,points\nana@x.lv,Cesis,3\nbo@x.lv,Riga,8\ndee@x.lv,Riga,7\nemi@x.lv,Riga,2\n",
}
DUE = {
    "A": b"change,email,city,points,reason\nentered,ana@x.lv,Riga,3,first run\nentered,bo@x.lv,Riga,8,first run\n",
    "B": (
        "change,email,city,points,reason\n"
        'entered,dee@x.lv,Riga,7,"city: Cesis → Riga, needs to be ""Riga"""\n'
        "entered,emi@x.lv,Riga,2,new contact\n"
        'left,ana@x.lv,Cesis,3,"city: Riga → Cesis, needs to be ""Riga"""\n'
    ).encode(),
}
"""What `changes/riga.csv` has to say of each day."""
OWN = {"notes.txt": b"the marketer's own", "lists/own.csv": b"email\n"}
"""Files in the output folder that are none of ours."""


def lay(project: Path, day: str) -> None:
    """Puts a day's rules and export into the project."""
    (project / OUTPUT / "lists").mkdir(parents=True, exist_ok=True)
    for name, content in OWN.items():
        (project / OUTPUT / name).write_bytes(content)
    for name, text, hour in (("segments.yaml", RULES[day], 1), ("contacts.csv", CONTACTS[day], 2)):
        (project / name).write_text(text, encoding="utf-8")
        os.utime(project / name, (hour, hour))


def tree(folder: Path) -> Tree:
    """Every file below a folder, but what is staged."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
    return {name: content for name, content in files.items() if not name.startswith(".segtool-stage/")}


def run(project: Path, day: str, step: Step = quiet) -> None:
    segtool.run(segtool.load(project / "segments.yaml"), as_of=AS_OF[day], step=step)


def leftovers(project: Path) -> list[str]:
    """What no run that ended leaves behind."""
    found = [*(project / STATE).glob("tmp-*"), *project.rglob("*.new"), *(project / OUTPUT).glob(".segtool-stage")]
    return sorted(path.relative_to(project).as_posix() for path in found)


# --- what should come of it ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Picture:
    """The committed runs and the outputs at one time. `serial` is that of the last run."""

    serial: int
    current: bytes
    runs: Tree
    output: Tree

    @classmethod
    def of(cls, project: Path) -> Picture:
        last = Snapshots(project / STATE).latest()
        state = project / STATE
        current = (state / "CURRENT").read_bytes() if (state / "CURRENT").exists() else b""
        serial = last.manifest.serial if last else 0
        committed = {
            name: content for name, content in tree(state / "runs").items() if int(name.split("-")[0]) <= serial
        }
        return cls(serial, current, committed, tree(project / OUTPUT))


@dataclass(frozen=True)
class Expected:
    """How it was before the run, how it is when nothing happens to it, and when it is run again after that."""

    before: Picture
    after: Picture
    again: Picture


@dataclass
class Outcome:
    """What came of one fault. `effect` is how the run ended, or that nothing happened to it."""

    scenario: str
    at: int
    kind: str
    operation: str
    effect: str
    unreadable: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def took_effect(self) -> bool:
        return self.effect != "nothing"


def judged(project: Path, day: str, expected: Expected, outcome: Outcome) -> Outcome:
    """Looks at what the run left, runs it again, and notes whatever is not as it should be."""
    found = _read(project, outcome)
    if found is None:
        return outcome
    known = {picture.serial: picture for picture in (expected.before, expected.after)}.get(found.serial)
    if known is None or found.runs != known.runs:
        outcome.unreadable.append(f"run {found.serial} is not whole")
        return outcome
    if outcome.effect == "StateError" and outcome.scenario != "cut off" and found.output != known.output:
        outcome.wrong.append(f"after the error the outputs are not those of run {found.serial}")
    seen: list[Picture] = []
    try:
        run(project, day, lambda _: seen.append(Picture.of(project)) if not seen else None)
    except Exception as error:
        outcome.unreadable.append(f"the next run failed: {_said(error)}")
        return outcome
    wanted = expected.after if found.serial == expected.before.serial else expected.again
    if seen[0].output != known.output:
        outcome.wrong.append(f"recovery: {_differences(seen[0].output, known.output)}")
    end = Picture.of(project)
    outcome.lost += _differences(end.output, wanted.output)
    if (end.runs, end.current) != (wanted.runs, wanted.current):
        outcome.lost.append(f"snapshots: {_differences(end.runs, wanted.runs) or 'CURRENT'}")
    outcome.wrong += leftovers(project)
    return outcome


def _read(project: Path, outcome: Outcome) -> Picture | None:
    """The state as a reader finds it who comes before anyone has cleared up."""
    try:
        for past in Snapshots(project / STATE).committed():
            past.rosters()
        return Picture.of(project)
    except Exception as error:
        outcome.unreadable.append(_said(error))
        return None


def _differences(found: Mapping[str, bytes], wanted: Mapping[str, bytes]) -> list[str]:
    return sorted(name for name in {*found, *wanted} if found.get(name) != wanted.get(name))


def _said(error: BaseException) -> str:
    return error.args[0] if isinstance(error, StateError) else "".join(traceback.format_exception(error))


# --- the sweep -------------------------------------------------------------------------------------------------


def forked(work: Callable[[], Any]) -> tuple[int, Any]:
    """`work` done by a child: the signal that ended it, and what it gave as JSON. Errors of it are raised here."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with suppress(BaseException):
            os.close(reading)
            try:
                answer = {"gave": work()}
            except BaseException as error:
                answer = {"failed": "".join(traceback.format_exception(error))}
            os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        content = stream.read()
    _, status = os.waitpid(child, 0)
    answer = json.loads(content) if content else {"gave": None}
    if "failed" in answer:
        raise AssertionError(answer["failed"])
    return (os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0), answer["gave"]


class Sweep:
    """One scenario: a project as it is before a run, and everything that can happen to that run.

    `first`: there is no state yet. `later`: there is a run, and lists come and go. `cut off`: the same, and a run
    was killed just before its commit.
    """

    def __init__(self, scenario: str, base: Path) -> None:
        self.scenario = scenario
        self.template = base / "template"
        self.project = base / "project"
        self.day = "A" if scenario == "first" else "B"
        lay(self.project, "A")
        if scenario != "first":
            forked(lambda: run(self.project, "A"))
            lay(self.project, "B")
        self._save()
        before = self._picture()
        _, log = forked(lambda: self._cut_off(0, ""))
        self.log: list[str] = log["log"]
        after = self._picture()
        forked(lambda: run(self.project, self.day))
        self.expected = Expected(before, after, self._picture())
        assert after.output["changes/riga.csv"] == DUE[self.day]
        assert (after.serial, self.expected.again.serial) == (before.serial + 1, before.serial + 2)
        if scenario == "cut off":
            self.restore()
            last = max(at for at, line in enumerate(self.log, 1) if line == f"replace {STATE}/CURRENT")
            forked(lambda: self._cut_off(last, "kill before"))
            self._save()
            self.log = forked(lambda: self._cut_off(0, ""))[1]["log"]

    def _save(self) -> None:
        shutil.rmtree(self.template, ignore_errors=True)
        shutil.copytree(self.project, self.template)

    def restore(self) -> None:
        shutil.rmtree(self.project)
        shutil.copytree(self.template, self.project)

    def _picture(self) -> Picture:
        return Picture.of(self.project)

    def _cut_off(self, at: int, kind: str) -> dict[str, Any]:
        """The run on a failing disk, done in a child."""
        disk = Disk(self.project, at, kind)
        disk.install()
        effect = "nothing"
        try:
            run(self.project, self.day)
        except StateError:
            effect = "StateError"
        return {"effect": effect if effect != "nothing" or not disk.fired else "survived", "log": disk.log}

    def points(self, kind: str) -> list[tuple[int, str]]:
        """Every operation at which this can happen."""
        able = {"torn write": ("write",), "disk full": ("open", "write", "mkdir", "link")}.get(kind)
        return [(at, kind) for at, line in enumerate(self.log, 1) if able is None or line.split()[0] in able]

    def tried(self, at: int, kind: str) -> Outcome:
        self.restore()
        ended, gave = forked(lambda: self._cut_off(at, kind))
        effect = "killed" if ended == signal.SIGKILL else gave["effect"] if gave else f"signal {ended}"
        return self.judged(Outcome(self.scenario, at, kind, self.log[at - 1], effect))

    def judged(self, outcome: Outcome) -> Outcome:
        if not outcome.took_effect:
            return outcome
        _, noted = forked(lambda: asdict(judged(self.project, self.day, self.expected, outcome)))
        return Outcome(**noted)


class Command:
    """The real command, killed at random moments: from its start on, or from when it holds the lock."""

    def __init__(self, base: Path, seed: int) -> None:
        self.sweep = Sweep("later", base)
        self.random = random.Random(seed)
        self.sweep.restore()
        started = time.monotonic()
        process = self._started()
        self._has_lock(process)
        locked = time.monotonic()
        assert process.wait() == 0
        self.lengths = {"start": time.monotonic() - started, "lock": time.monotonic() - locked}

    def _started(self) -> subprocess.Popen[bytes]:
        arguments = ["run", "--quiet", "--as-of", AS_OF[self.sweep.day]]
        return subprocess.Popen([sys.executable, "-m", "segtool", *arguments], cwd=self.sweep.project)

    def _has_lock(self, process: subprocess.Popen[bytes]) -> None:
        """Waits until the process has written down that it is the holder, or has ended."""
        holder = self.sweep.project / STATE / "holder.json"
        mark = b'"pid": %d,' % process.pid
        while True:
            with suppress(FileNotFoundError):
                if mark in holder.read_bytes():
                    return
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.002)
                return

    def tried(self, number: int) -> Outcome:
        self.sweep.restore()
        since = self.random.choice(list(self.lengths))
        moment = self.random.uniform(0, self.lengths[since])
        process = self._started()
        if since == "lock":
            self._has_lock(process)
        try:
            effect = "nothing" if process.wait(moment) == 0 else f"exit {process.returncode}"
        except subprocess.TimeoutExpired:
            process.kill()
            effect = "killed" if process.wait() == -signal.SIGKILL else "nothing"
        return self.sweep.judged(Outcome("command", number, "kill", f"{moment:.3f} s from its {since}", effect))


def prepare() -> None:
    """Loads all modules at once, and not in every child; the disk that fails is `Disk`, and the true one may wait."""
    os.fsync = lambda _: None  # type: ignore[assignment]
    nw.from_native(pl.LazyFrame())
    for name in segtool.__all__:
        getattr(segtool, name)


def main(scenario: str, base: str, share: str, seed: str) -> None:
    """Prints what comes of each kind of fault at `share` points (or all), or of killing the command as often."""
    prepare()
    for outcome in _outcomes(scenario, Path(base), share, int(seed)):
        sys.stdout.write(json.dumps(asdict(outcome)) + "\n")


def _outcomes(scenario: str, base: Path, share: str, seed: int) -> Iterator[Outcome]:
    if scenario == "command":
        command = Command(base, seed)
        yield from (command.tried(number) for number in range(1, int(share) + 1))
        return
    sweep = Sweep(scenario, base)
    chosen: list[tuple[int, str]] = []
    for kind in KINDS:
        points = sweep.points(kind)
        chosen += points if share == "all" else random.Random(seed).sample(points, min(int(share), len(points)))
    yield from (sweep.tried(at, kind) for at, kind in sorted(chosen))


if __name__ == "__main__":
    main(*sys.argv[1:])
