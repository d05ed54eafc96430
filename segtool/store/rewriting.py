"""Runs that take the place of those that are there: all of them, or none.

They are written beside, whole and on disk; one small file then says that they are the state from now on. Before it,
nothing has happened; after it, whoever comes next finishes, and nobody reads what is half old and half new.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from segtool.store import durable
from segtool.store.manifest import Manifest
from segtool.store.snapshots import CURRENT, MANIFEST, READY, REWRITE, Run, Snapshots, naming
from segtool.store.stamp import mark


def rewrite(root: Path, runs: Mapping[str, tuple[Manifest, Mapping[str, bytes]]]) -> None:
    """Replaces runs, by name, each by its manifest and its files. The last run may be among them."""
    fresh = root / REWRITE / "runs"
    last = Snapshots(root).latest()
    for name, (manifest, files) in runs.items():
        durable.make_folder(fresh / name)
        for file, content in files.items():
            durable.write(fresh / name / file, content)
        durable.write(fresh / name / MANIFEST, manifest.to_bytes())
        durable.sync_folder(fresh / name)
        if last is not None and last.folder.name == name:
            durable.write(root / REWRITE / CURRENT, naming(Run(fresh / name, manifest)))
    durable.sync_folder(fresh)
    durable.sync_folder(root)
    mark(root)
    durable.replace(root / REWRITE / READY, b"")
    finish(root)


def finish(root: Path) -> None:
    """Puts the runs in place if all of them were ready, and else forgets about them. May be cut off and done again."""
    folder = root / REWRITE
    if not folder.exists():
        return
    if (folder / READY).exists():
        for fresh in sorted((folder / "runs").iterdir()):
            _put(fresh, root / "runs" / fresh.name, folder / "old")
        if (folder / CURRENT).exists():
            durable.replace(root / CURRENT, (folder / CURRENT).read_bytes())
        (folder / READY).unlink()
        durable.sync_folder(folder)
    shutil.rmtree(folder)


def _put(fresh: Path, place: Path, old: Path) -> None:
    durable.make_folder(old)
    if place.exists():
        os.rename(place, old / place.name)  # noqa: PTH104
    os.rename(fresh, place)  # noqa: PTH104
    for folder in (place.parent, fresh.parent, old):
        durable.sync_folder(folder)
