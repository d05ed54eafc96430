"""The whole state read again: every run, the chain of runs, and CURRENT, which says where the chain ends.

Changes nothing, and tells of every damage at once, with what is whole and how to go on from there. Refuses to guess:
a state of a newer segtool is left to that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from segtool.config.frozen import dataclass
from segtool.store import inspection, retention
from segtool.store.commit import STAGE, output_folder
from segtool.store.errors import DamageError, StateError
from segtool.store.inspection import LOCKS, Finding, damage, note
from segtool.store.snapshots import (
    ASIDE,
    CURRENT,
    FOLDER,
    MANIFEST,
    NONE,
    READY,
    REWRITE,
    Run,
    Snapshots,
    parsed,
    read_bytes,
)

_REPAIR = "segtool verify --repair"


@dataclass(frozen=True)
class Verification:
    """What was found in a state folder. `whole` and `damaged` are serials of runs that are there.

    `last` is the run that CURRENT names, if it is whole; `successor` the one that could take its place.
    """

    root: Path
    findings: tuple[Finding, ...]
    whole: tuple[int, ...]
    damaged: tuple[int, ...]
    pruned: int
    last: int | None
    successor: int | None
    files: int
    size: int

    @property
    def damage(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.kind == "damage")


def examine(root: Path) -> Verification:
    """Everything below `root`, and what its last run published. Raises NewerStateError."""
    snapshots = Snapshots(root)
    of_format = list(_format(snapshots))
    there = snapshots.serials()
    of_runs = [finding for serial, folder in there.items() for finding in inspection.of_run(snapshots, serial, folder)]
    bad = {finding.run for finding in of_runs if finding.kind == "damage"}
    whole = tuple(serial for serial in there if serial not in bad)
    last = _last(snapshots, whole)
    successor = last if last is not None else newest(snapshots, whole)
    findings = [
        *of_format,
        *_current(snapshots, whole, successor),
        *of_runs,
        *_chain(snapshots),
        *_cut_off(snapshots, last),
        *inspection.of_folder(root),
    ]
    if last is not None:
        findings += inspection.of_outputs(snapshots.read(there[last]))
    sizes = [path.stat().st_size for path in root.rglob("*") if path.is_file() and path.name not in LOCKS]
    return Verification(
        root=root,
        findings=tuple(findings),
        whole=whole,
        damaged=tuple(serial for serial in there if serial in bad),
        pruned=len(snapshots.pruned()),
        last=last,
        successor=successor,
        files=len(sizes),
        size=sum(sizes),
    )


def _format(snapshots: Snapshots) -> Iterator[Finding]:
    path = snapshots.root / "FORMAT"
    try:
        snapshots.check_format()
    except DamageError as error:
        yield damage(path, error.what, f"{_REPAIR} writes it again")
    if not path.exists() and snapshots.serials():
        yield damage(path, "is missing", f"the next run, or {_REPAIR}, writes it again")


def _last(snapshots: Snapshots, whole: Iterable[int]) -> int | None:
    """The last run, where CURRENT is right and the run is whole."""
    with suppress(StateError):
        run = snapshots.last()
        return run.manifest.serial if run is not None and run.manifest.serial in whole else None
    return None


def newest(snapshots: Snapshots, whole: Iterable[int]) -> int | None:
    """The newest whole run that was surely published: the one to go on from where CURRENT is of no help."""
    named = _named(snapshots)
    there = snapshots.serials()
    for serial in sorted(whole, reverse=True):
        one_ahead = named is not None and serial == named + 1 == max(there)
        if not one_ahead and not (serial == max(there) and under_way(snapshots.read(there[serial]))):
            return serial
    return None


def under_way(run: Run) -> bool:
    """Whether a run may have been cut off while its outputs were moved into place."""
    return (output_folder(run) / STAGE).exists()


def _named(snapshots: Snapshots) -> int | None:
    """The serial in CURRENT, whole or not, of a run that is there."""
    named = parsed(read_bytes(snapshots.root / CURRENT, missing=b""))
    there = {folder.name: serial for serial, folder in snapshots.serials().items()}
    return there.get(named[0]) if named else None


def _current(snapshots: Snapshots, whole: Iterable[int], successor: int | None) -> Iterator[Finding]:
    path = snapshots.root / CURRENT
    advice = f"put {snapshots.root} back from a backup, or move it away to begin anew"
    if successor is not None:
        advice = f"run {successor} is whole; {_REPAIR} makes it the last run"
    try:
        run = snapshots.last()
    except DamageError as error:
        if error.path == path:
            yield damage(path, error.what, advice)
            return
        last = _named(snapshots)
    else:
        last = run.manifest.serial if run is not None else None
    if last is not None and last not in whole:
        yield damage(path, f"names run {last}, which is damaged: nothing can go on from there", advice, last)


def _chain(snapshots: Snapshots) -> Iterator[Finding]:
    """Every serial up to the last is there, or known to be away; every run names the one before it."""
    there = snapshots.serials()
    away = retention.under_way(snapshots.root)
    for serial, path in snapshots.pruned().items():
        away.add(serial)
        try:
            snapshots.read_pruned(path)
        except DamageError as error:
            yield damage(path, error.what, "it tells of a run that was pruned, and no list needs it; delete it", serial)
    for serial, path in set_aside(snapshots.root).items():
        away.add(serial)
        what = "was set aside as damaged" if (path / MANIFEST).exists() else "stands for a run that was lost"
        yield note(path, what, "delete it when you need it no more", serial)
    known = {*there, *away}
    for serial in range(min(known, default=1), max(there, default=0)):
        if serial not in known:
            advice = f"put its folder back from a backup; {_REPAIR} goes on without it"
            yield damage(snapshots.root / "runs", f"lacks run {serial}", advice, serial)
    for serial, folder in there.items():
        before = there.get(serial - 1)
        with suppress(DamageError):
            parent = snapshots.read(folder).manifest.parent
            if before is not None and parent != before.name:
                message = f"follows {parent or 'no run'} and not {before.name}"
                yield damage(folder / MANIFEST, message, "one of the two is of another state; put it back", serial)


def set_aside(root: Path) -> dict[int, Path]:
    """The runs that a repair set aside, by serial."""
    folder = root / ASIDE
    named = [(FOLDER.fullmatch(path.name), path) for path in folder.iterdir()] if folder.is_dir() else []
    return {int(match[1]): path for match, path in sorted(named, key=lambda pair: pair[1]) if match}


def _cut_off(snapshots: Snapshots, last: int | None) -> Iterator[Finding]:
    """What was being written when something happened to it."""
    if last is None and read_bytes(snapshots.root / CURRENT, missing=b"") == NONE:
        last = 0
    for serial, folder in snapshots.serials().items():
        if last is not None and serial == last + 1:
            yield note(folder, f"run {serial} was cut off before it was published", "the next run clears it", serial)
    rewrite = snapshots.root / REWRITE
    if (rewrite / READY).exists():
        yield damage(rewrite, "forgetting people was cut off", f"the next run, or {_REPAIR}, finishes it")
    elif rewrite.exists():
        message = "forgetting people was cut off before anything was changed"
        yield note(rewrite, message, "the next run clears it; then forget them again")
