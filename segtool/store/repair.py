"""What a verification promised, done: the newest whole run becomes the last, what is damaged is set aside.

Nothing is deleted but what was never published: a run that is set aside lies in `aside`, whole or not. What cannot be
repaired stays as it is, and is told again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from segtool.sources import cache
from segtool.store import durable, rewriting
from segtool.store.commit import GITIGNORE, Writer, output_folder, put_back
from segtool.store.errors import StateError
from segtool.store.snapshots import ASIDE, CURRENT, Snapshots, naming
from segtool.store.stamp import STAMP
from segtool.store.verification import Verification, examine, under_way


def repair(root: Path, output: Path) -> tuple[str, ...]:
    """Under the lock: does what can be done, and tells what was done. Raises StateError where no run is whole."""
    rewriting.finish(root)
    found = examine(root)
    if found.damaged and found.successor is None:
        message = f"no run in {root} is whole, so nothing can be repaired; put it back from a backup"
        raise StateError(f"{message}, or move it away to begin anew")
    done = [*_small_files(found), *_last(found), *_set_aside(found), *_cache(found), *_close(root)]
    Writer(root, output).recover()
    return tuple(done)


def _small_files(found: Verification) -> Iterator[str]:
    """FORMAT and .gitignore, which say the same in every state."""
    for name, content in (("FORMAT", STAMP), (".gitignore", GITIGNORE)):
        if any(finding.path == found.root / name for finding in found.findings):
            durable.replace(found.root / name, content)
            yield f"wrote {name} again"


def _cache(found: Verification) -> Iterator[str]:
    """What is cheap to make again goes as a whole."""
    folder = found.root / cache.FOLDER
    if any(finding.path.parent == folder and finding.kind == "damage" for finding in found.findings):
        yield f"removed {cache.clear(folder)} files of the cache; the next run reads the exports again"


def _last(found: Verification) -> Iterator[str]:
    """CURRENT names the newest whole run; whatever came after it is out of the way."""
    if found.last is not None or found.successor is None:
        return
    snapshots = Snapshots(found.root)
    there = snapshots.serials()
    for serial in sorted(there, reverse=True):
        if serial > found.successor:
            if serial in found.whole and under_way(snapshots.read(there[serial])):
                put_back(output_folder(snapshots.read(there[serial])))
            yield _aside(found.root, there[serial])
    durable.replace(found.root / CURRENT, naming(snapshots.read(there[found.successor])))
    yield f"run {found.successor} is the last run now; the next run tells what changed since then"


def _set_aside(found: Verification) -> Iterator[str]:
    """Damaged runs of before, and the places of runs that are lost."""
    there = Snapshots(found.root).serials()
    for serial in found.damaged:
        if serial in there:
            yield _aside(found.root, there[serial])
    for finding in found.findings:
        if finding.kind == "damage" and finding.path == found.root / "runs" and finding.run is not None:
            durable.make_folder(found.root / ASIDE / f"{finding.run:06d}-LOST")
            yield f"run {finding.run} is lost; the others go on without it"


def _aside(root: Path, folder: Path) -> str:
    durable.make_folder(root / ASIDE)
    free = (f"{folder.name}{'X' * number}" for number in range(100))
    target = next(root / ASIDE / name for name in free if not (root / ASIDE / name).exists())
    os.rename(folder, target)  # noqa: PTH104
    durable.sync_folder(folder.parent)
    durable.sync_folder(root / ASIDE)
    return f"set {folder.name} aside, in {target.relative_to(root)}"


def _close(root: Path) -> Iterator[str]:
    """Folders and files for their owner alone, as they were made."""
    paths = [root, *(Path(folder) / name for folder, dirs, files in os.walk(root) for name in (*dirs, *files))]
    wide = [path for path in paths if not path.is_symlink() and path.stat().st_mode & 0o077]
    for path in wide:
        path.chmod(durable.FOLDER_MODE if path.is_dir() else durable.FILE_MODE)
    if wide:
        yield f"closed {len(wide):,} files and folders to others than their owner"
