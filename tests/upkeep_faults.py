"""Pruning, forgetting and repairing to which something happens, at every file operation, as `faults` does to a run.

Whatever happens: every run that is there is whole or not to be read at all, the same command does the rest, and what
comes of it then is what comes of it when nothing happens.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from faults import KINDS, OUTPUT, STATE, Disk, Outcome, forked, lay, leftovers, prepare, tree

import segtool
import segtool.api
import segtool.loading
from segtool.store.errors import StateError
from segtool.store.snapshots import Snapshots

WHO = "bo@x.lv"
DAYS = ("2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04")
Files = dict[str, bytes]


def config(project: Path) -> Any:
    return segtool.load(project / "segments.yaml")


WORK: dict[str, Callable[[Path], Any]] = {
    "prune": lambda project: segtool.prune(config(project), keep_last=2),
    "forget": lambda project: segtool.forget(config(project), [WHO]),
    "repair": lambda project: segtool.verify(config(project), repair=True),
}


def kept(project: Path) -> Files:
    """What matters of a state and its outputs, and nothing that is there for a moment."""
    state = {name: content for name, content in tree(project / STATE).items() if name not in ("lock", "holder.json")}
    return state | {f"{OUTPUT}/{name}": content for name, content in tree(project / OUTPUT).items()}


class Upkeep:
    """A project with four runs, and everything that can happen to one piece of work on it."""

    def __init__(self, work: str, base: Path) -> None:
        self.name = work
        self.work = WORK[work]
        self.template, self.project = base / "template", base / "project"
        forked(self._made)
        shutil.copytree(self.project, self.template)
        self.before = kept(self.project)
        self.log: list[str] = forked(lambda: self._cut_off(0, ""))[1]["log"]
        self.after = kept(self.project)
        assert self.after != self.before

    def _made(self) -> None:
        for number, day in enumerate(DAYS):
            lay(self.project, "AB"[number % 2])
            segtool.run(config(self.project), as_of=day)
        if self.name == "repair":
            last = max((self.project / STATE / "runs").iterdir())
            (last / "members.parquet").write_bytes(b"")

    def _cut_off(self, at: int, kind: str) -> dict[str, Any]:
        disk = Disk(self.project, at, kind)
        disk.install()
        effect = "nothing"
        try:
            self.work(self.project)
        except (StateError, OSError) as error:
            effect = type(error).__name__
        return {"effect": effect if effect != "nothing" or not disk.fired else "survived", "log": disk.log}

    def points(self, kind: str) -> list[tuple[int, str]]:
        able = {"torn write": ("write",), "disk full": ("open", "write", "mkdir", "link")}.get(kind)
        return [(at, kind) for at, line in enumerate(self.log, 1) if able is None or line.split()[0] in able]

    def tried(self, at: int, kind: str) -> Outcome:
        shutil.rmtree(self.project)
        shutil.copytree(self.template, self.project)
        ended, gave = forked(lambda: self._cut_off(at, kind))
        effect = "killed" if ended == signal.SIGKILL else gave["effect"] if gave else f"signal {ended}"
        outcome = Outcome(self.name, at, kind, self.log[at - 1], effect)
        return Outcome(**forked(lambda: asdict(self._judged(outcome)))[1]) if outcome.took_effect else outcome

    def _judged(self, outcome: Outcome) -> Outcome:
        """Reads what is left, does the work again, and looks whether it is as it should be."""
        whole = {
            name.split("/")[1] for files in (self.before, self.after) for name in files if name.startswith("runs/")
        }
        try:
            self._read(outcome, whole)
            self.work(self.project)
        except Exception as error:
            outcome.unreadable.append("".join(traceback.format_exception(error)))
            return outcome
        found = kept(self.project)
        outcome.lost += sorted(name for name in {*found, *self.after} if found.get(name) != self.after.get(name))
        outcome.wrong += leftovers(self.project)
        outcome.wrong += [f.message for f in segtool.verify(config(self.project)).found.damage]
        return outcome

    def _read(self, outcome: Outcome, known: set[str]) -> None:
        """A reader who comes before anyone has cleared up finds whole runs alone, or is told to wait."""
        if self.name == "repair":
            return
        with suppress(StateError):
            Snapshots(self.project / STATE).latest()
        try:
            runs = Snapshots(self.project / STATE).committed()
        except StateError as error:
            if "or that was cut off" not in str(error):
                raise
            return
        for run in runs:
            run.check()
            files = {f"runs/{run.folder.name}/{name}": content for name, content in tree(run.folder).items()}
            if not any(all(side.get(name) == content for name, content in files.items()) for side in self._sides()):
                outcome.lost.append(f"{run.folder.name} is half old and half new")
        assert {run.folder.name for run in runs} <= known
        assert [run.manifest.serial for run in runs][-2:] == [3, 4]

    def _sides(self) -> tuple[Files, Files]:
        return self.before, self.after


def main(work: str, base: str, share: str, seed: str) -> None:
    """Prints what comes of each kind of fault at `share` points, or at all of them."""
    prepare()
    for outcome in _outcomes(Upkeep(work, Path(base)), share, int(seed)):
        sys.stdout.write(json.dumps(asdict(outcome)) + "\n")


def _outcomes(upkeep: Upkeep, share: str, seed: int) -> Iterator[Outcome]:
    chosen: list[tuple[int, str]] = []
    for kind in KINDS:
        points = upkeep.points(kind)
        chosen += points if share == "all" else random.Random(seed).sample(points, min(int(share), len(points)))
    yield from (upkeep.tried(at, kind) for at, kind in sorted(chosen))


if __name__ == "__main__":
    main(*sys.argv[1:])
