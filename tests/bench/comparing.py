"""Runs the contenders side by side and checks that all of them give the same lists."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from . import contenders, workload
from .measuring import Cost, cost
from .rules import rules
from .workload import Size

Say = Callable[[str], None]


@dataclass(frozen=True)
class Task:
    """One contender filling so many segments."""

    contender: str
    segments: int

    @property
    def label(self) -> str:
        return f"{self.contender}, {self.segments} segment{'s' if self.segments != 1 else ''}"


@dataclass(frozen=True)
class Measured:
    """Every round's cost of a task."""

    task: Task
    costs: tuple[Cost, ...]

    @property
    def wall(self) -> float:
        return median(cost.wall for cost in self.costs)

    @property
    def processor(self) -> float:
        return median(cost.processor for cost in self.costs)

    @property
    def memory(self) -> float:
        return max(cost.memory for cost in self.costs)


class DifferentError(Exception):
    """Two contenders disagree about a list."""


def compare(folder: Path, size: Size, tasks: Sequence[Task], rounds: int, say: Say) -> list[Measured]:
    """Every task in turn, round by round; the lists of the first round are compared. Raises DifferentError."""
    exports = folder / "exports"
    workload.write(exports, size)
    _touch(exports)
    found: dict[Task, list[Cost]] = {task: [] for task in tasks}
    for number in range(rounds):
        # Each round begins with another task, so that none always has what another left in memory.
        for task in (*tasks[number % len(tasks) :], *tasks[: number % len(tasks)]):
            out = folder / "out" / f"{task.contender}-{task.segments}"
            _prepare(task, exports, out)
            command = ("tests.bench.contenders", task.contender, str(exports), str(out), str(task.segments))
            found[task].append(cost(command))
            say(f"round {number + 1} of {rounds}: {task.label}: {found[task][-1].wall:.1f} s")
        if number == 0:
            agree(folder, tasks)
    return [Measured(task, tuple(costs)) for task, costs in found.items()]


def _prepare(task: Task, exports: Path, out: Path) -> None:
    """What is there before the clock starts."""
    if task.contender in ("segtool-cold", "segtool-warm"):
        contenders.prepare(exports, out, task.segments, cold=task.contender == "segtool-cold")
    else:
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)


def agree(folder: Path, tasks: Sequence[Task]) -> None:
    """Raises DifferentError where two of the tasks do not give the same members."""
    known: dict[str, tuple[str, set[str]]] = {}
    for task in tasks:
        if task.contender == "floor":
            continue
        out = contenders.lists(task.contender, folder / "out" / f"{task.contender}-{task.segments}")
        for rule in rules(task.segments):
            lines = (out / f"{rule.name}.csv").read_text(encoding="utf-8").splitlines()
            members = {line.partition(",")[0] for line in lines[1:]}
            first, others = known.setdefault(rule.name, (task.label, members))
            if members != others:
                raise DifferentError(
                    f"{rule.name}: {len(members):,} members by {task.label}, {len(others):,} by {first}"
                )


def _touch(exports: Path) -> None:
    """Reads every file once: the first contender finds them in memory as the others do."""
    for path in sorted(exports.glob("*.csv")):
        with path.open("rb") as stream:
            while stream.read(1 << 24):
                pass


def ratios(found: Mapping[Task, Measured]) -> list[tuple[str, float, float]]:
    """What is claimed: the words, the ratio of wall times, and the most that it may be."""
    claims = (
        ("200 segments, cold, to DuckDB with a statement for each", ("segtool-cold", 200), ("duckdb-each", 200), 0.15),
        ("200 segments, cold, to DuckDB by an expert", ("segtool-cold", 200), ("duckdb-expert", 200), 0.35),
        ("50 segments, cold, to DuckDB by an expert", ("segtool-cold", 50), ("duckdb-expert", 50), 0.45),
        ("200 segments, warm, to cold", ("segtool-warm", 200), ("segtool-cold", 200), 0.45),
        ("200 segments to 1, both cold", ("segtool-cold", 200), ("segtool-cold", 1), 2.5),
        ("1 segment, cold, to the floor", ("segtool-cold", 1), ("floor", 1), 2.0),
    )
    return [
        (words, found[Task(*one)].wall / found[Task(*other)].wall, most)
        for words, one, other, most in claims
        if Task(*one) in found and Task(*other) in found
    ]
