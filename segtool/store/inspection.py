"""One run, one folder, one published file, looked at closely: what is not as it was left.

What is found is a value; nothing is raised but what a newer segtool wrote, and nothing is changed. Damage is what
some command refuses, or would have to. A note is what none minds: a list that was edited, a file that is not ours.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

import polars as pl

from segtool.config.frozen import dataclass
from segtool.sources import cache, fingerprint
from segtool.store.commit import GITIGNORE, output_folder
from segtool.store.errors import DamageError
from segtool.store.manifest import Manifest
from segtool.store.packing import unpacked
from segtool.store.snapshots import ASIDE, CURRENT, DAMAGED, MANIFEST, PRUNED, REWRITE, Run, Snapshots
from segtool.store.tables import LET_GO, MEMBERS

LOCKS = ("lock", "holder.json")
"""What is there for whoever holds the lock, and remembers nothing."""
_OURS = {*LOCKS, ".gitignore", CURRENT, "FORMAT", "runs", PRUNED, ASIDE, REWRITE, cache.FOLDER}
_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_LEFT = "was left by something that was cut off"
_CLEARED = "the next run clears it away"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was left: `kind` is damage or note, `run` a serial."""

    kind: str
    path: Path
    message: str
    advice: str = ""
    run: int | None = None


def damage(path: Path, message: str, advice: str, run: int | None = None) -> Finding:
    return Finding("damage", path, message, advice, run)


def note(path: Path, message: str, advice: str = "", run: int | None = None) -> Finding:
    return Finding("note", path, message, advice, run)


def of_run(snapshots: Snapshots, serial: int, folder: Path) -> Iterator[Finding]:
    """Its manifest, every file that the manifest names, and every number in it. Raises NewerStateError."""
    advice = f"put it back from a backup; until then run {serial} cannot be compared with any other"
    try:
        run = snapshots.read(folder)
    except DamageError as error:
        yield damage(error.path, error.what, advice, serial)
        return
    newest = max(snapshots.serials())  # the next run asks for what only this one has to keep
    for name in run.manifest.files:
        if name in LET_GO and serial == newest and not (folder / name).exists():
            yield damage(folder / name, "cannot be read: No such file or directory", advice, serial)
        for message in _of_file(run, name):
            yield damage(folder / name, message, advice, serial)
    for path in sorted(folder.iterdir()):
        if path.name not in {MANIFEST, *run.manifest.files}:
            yield note(path, "is no file of segtool's", run=serial)


def _of_file(run: Run, name: str) -> Iterator[str]:
    """The checksum first: what is damaged is not decoded."""
    try:
        content = run.content(name)
        if content is None:  # let go
            return
        unpacked(name, content)
        counts = run.counts() if name == MEMBERS else None
    except DamageError as error:
        yield error.what
        return
    except pl.exceptions.PolarsError:
        yield "is what was written, and yet no table"
        return
    if counts is not None:
        yield from _miscounted(counts, run.manifest)


def _miscounted(counts: Mapping[str, int], manifest: Manifest) -> Iterator[str]:
    """Lists whose members are not as many as the manifest says."""
    for name in sorted({*counts, *manifest.segments}):
        said = manifest.segments[name].members if name in manifest.segments else 0
        if counts.get(name, 0) != said:
            yield f'has {counts.get(name, 0):,} members of "{name}", where the manifest says {said:,}'


def of_folder(root: Path) -> Iterator[Finding]:
    """What lies in the state folder: leftovers, strangers, and what others than its owner may look into."""
    ignored = root / ".gitignore"
    if not ignored.is_file() or ignored.read_bytes() != GITIGNORE:
        yield note(ignored, "does not keep this folder out of git any more", "segtool verify --repair writes it again")
    for path in sorted(root.iterdir()):
        if path.name.startswith("tmp-") or path.name.endswith(".new"):
            yield note(path, _LEFT, _CLEARED)
        elif path.name not in _OURS:
            yield note(path, "is no file of segtool's")
    for name in ("runs", PRUNED, ASIDE):
        folder = root / name
        known = {*Snapshots(root).serials().values(), *Snapshots(root).pruned().values()}
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if path not in known and not (name == ASIDE and path.is_dir()):
                yield note(path, *((_LEFT, _CLEARED) if path.name.endswith(".new") else ("is no file of segtool's",)))
    for path in cache.damaged(root / cache.FOLDER):
        yield damage(
            path, DAMAGED, "no run is affected: the next one reads the export again; segtool verify --repair removes it"
        )
    yield from _open_to_others(root)


def _open_to_others(root: Path) -> Iterator[Finding]:
    """One finding for all: whoever copied the folder has widened every file of it."""
    paths = [root, *(Path(folder) / name for folder, dirs, files in os.walk(root) for name in (*dirs, *files))]
    wide = [path for path in paths if stat.S_IMODE(path.lstat().st_mode) & _OF_OTHERS and not path.is_symlink()]
    if wide and os.name != "nt":
        more = f" (and {len(wide) - 1:,} more)" if len(wide) > 1 else ""
        advice = "it holds who is on which list; segtool verify --repair closes it"
        yield note(wide[0], f"can be read by others than its owner{more}", advice)


def of_outputs(run: Run) -> Iterator[Finding]:
    """The files that a run published. People open, edit and move them: that is no damage."""
    folder, advice = output_folder(run), "the next run writes it again"
    for name, known in run.manifest.outputs.items():
        path = folder / name
        if not path.is_file():
            yield note(path, f"was published by run {run.manifest.serial} and is not there any more", advice)
        elif fingerprint.of_file(path, known) != known:
            yield note(path, f"was changed after run {run.manifest.serial} published it", advice)
