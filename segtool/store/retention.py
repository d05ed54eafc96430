"""Which runs are kept, and how the others go: out of sight in one step, then for good.

What a run was stays known when its lists are gone: its manifest, which holds numbers and no people, moves to
`pruned`. Never pruned are the last run and the one before it: they hold what `segtool diff` compares and what lists
remember.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

from segtool.config.frozen import dataclass
from segtool.store import durable
from segtool.store.snapshots import MANIFEST, PRUNED, Run, day

NEEDED = 2
_ASIDE = "tmp-pruned-"


@dataclass(frozen=True)
class Policy:
    """What to keep: the `last` so many runs, and the last run of each of the last `daily` days that have one."""

    last: int = 0
    daily: int = 0

    @property
    def keeps_nothing(self) -> bool:
        return self.last <= 0 and self.daily <= 0


def split(runs: Sequence[Run], policy: Policy, zone: str) -> tuple[list[Run], list[Run]]:
    """The runs to keep and those to prune; `runs` are all committed ones, oldest first. Days are those of `zone`."""
    keep = {run.manifest.serial for run in runs[-max(policy.last, NEEDED) :]}
    days: set[date] = set()
    for run in reversed(runs):
        of = day(run.manifest, zone)
        if of not in days and len(days) < policy.daily:
            days.add(of)
            keep.add(run.manifest.serial)
    kept = [run for run in runs if run.manifest.serial in keep]
    return kept, [run for run in runs if run.manifest.serial not in keep]


def size(run: Run) -> int:
    """Bytes on disk."""
    return sum(path.stat().st_size for path in run.folder.iterdir() if path.is_file())


def prune(root: Path, runs: Iterable[Run]) -> None:
    """Removes runs, each wholly: cut off anywhere, a run is there as it was, or `finish` does the rest."""
    for run in runs:
        aside = root / f"{_ASIDE}{run.folder.name}"
        os.rename(run.folder, aside)  # noqa: PTH104 - from here on the run is not there
        durable.sync_folder(root / "runs")
        durable.sync_folder(root)
        _bury(root, aside)


def finish(root: Path) -> None:
    """Does the rest of a pruning that was cut off."""
    for aside in sorted(root.glob(f"{_ASIDE}*")):
        _bury(root, aside)


def under_way(root: Path) -> set[int]:
    """The serials of runs whose pruning was cut off."""
    return {int(path.name.removeprefix(_ASIDE).split("-")[0]) for path in root.glob(f"{_ASIDE}*")}


def _bury(root: Path, aside: Path) -> None:
    manifest = aside / MANIFEST
    if manifest.exists():
        durable.make_folder(root / PRUNED)
        durable.replace(root / PRUNED / f"{aside.name.removeprefix(_ASIDE)}.json", manifest.read_bytes())
    shutil.rmtree(aside)
