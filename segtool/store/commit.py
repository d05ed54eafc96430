"""The commit of a run, so that a run killed anywhere leaves the last committed one whole.

Order: outputs into a staging folder beside their place and the files of the snapshot, each synced while others are
made → manifest with checksums → sync → rename the run's folder → move the outputs into place, keeping those of the run
before → replace CURRENT: this is the commit. Whoever is told that a run is done finds its changes in place, so a run
that is cut off before the commit never was: what it moved is moved back, and the next run compares with the run before
and tells all that is due.
"""

from __future__ import annotations

import filecmp
import json
import os
import shutil
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

from segtool.config.problems import SegtoolError
from segtool.store import durable, lock, retention, rewriting
from segtool.store.errors import StateError
from segtool.store.manifest import Manifest, checksum
from segtool.store.shelf import Shelf, Whole
from segtool.store.snapshots import CURRENT, MANIFEST, NONE, Run, Snapshots
from segtool.store.stamp import mark
from segtool.store.tables import LET_GO, Kept

GITIGNORE = b"*\n"
STAGE = ".segtool-stage"
NEW = "new"
"""In the staging folder: the outputs of this run, until they are in place."""
OLD = "old"
"""In the staging folder: the outputs that were in their place, until the commit."""
FRESH = "fresh.json"
"""In the staging folder: the names that had nothing in their place. With it, moving begins."""
LAST = "run.json"
"""Moved into place last: its serial says that the outputs are complete."""


class Written(Protocol):
    """What a writer of outputs reports: the files it made, relative to its folder."""

    @property
    def files(self) -> tuple[str, ...]: ...


Report = TypeVar("Report", bound=Written)


@contextmanager
def tending(root: Path, output: Path, wait: float) -> Iterator[Snapshots]:
    """The state folder, locked and cleared of what was cut off, for work that makes no run."""
    try:
        with lock.held(root, wait):
            writer = Writer(root, output)
            writer.recover()
            yield writer.snapshots
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        raise StateError(f"{place}{error.strerror or error}; when that is mended, repeat the command") from error


@contextmanager
def writing(root: Path, output: Path, wait: float) -> Iterator[Writer]:
    """The state folder, locked, made if need be, and cleared of what an interrupted run left."""
    writer = Writer(root, output)
    try:
        durable.make_folder(root)
        durable.make_folder(output)
        with lock.held(root, wait):
            try:
                writer.recover()
                yield writer
            except BaseException:
                with suppress(OSError, SegtoolError):  # then the next run does it
                    writer.recover()
                raise
    except OSError as error:
        raise StateError(_in_words(error, writer.committed)) from error


def _in_words(error: OSError, committed: bool) -> str:
    place = f"{error.filename}: " if error.filename else ""
    outcome = "the run is published, but the disk may not keep it" if committed else "nothing of this run was published"
    return f"{place}{error.strerror or error}; {outcome}"


class Writer:
    """Writes runs, under the lock. `committed` tells whether CURRENT names the run that was written."""

    def __init__(self, root: Path, output: Path) -> None:
        self.root = root
        self.output = output
        self.snapshots = Snapshots(root)
        self.committed = False

    def recover(self) -> None:
        """Undoes what was begun and not committed; nothing to do where no run was cut off."""
        self.snapshots.check_format()
        rewriting.finish(self.root)
        self._begin()
        retention.finish(self.root)
        _clear(self.root.glob("tmp-*"))
        last = self.snapshots.latest()
        serial = last.manifest.serial if last else 0
        for found, path in self.snapshots.serials().items():
            if found > serial:
                folder = output_folder(self.snapshots.read(path))
                put_back(folder)
                os.rename(path, self.root / f"tmp-{path.name}")  # noqa: PTH104 - a run folder is whole or not there
                _clear([folder / STAGE])
        _clear([*self.root.glob("tmp-*"), self.output / STAGE])
        for half in (*self.root.glob("*.new"), *self.root.glob("*/*.new")):
            half.unlink()

    def _begin(self) -> None:
        """Makes a new state."""
        if not (self.root / CURRENT).exists() and not self.snapshots.serials():
            durable.replace(self.root / CURRENT, NONE)
        if not (self.root / "FORMAT").exists():
            durable.write(self.root / ".gitignore", GITIGNORE)
            mark(self.root)

    def commit(
        self, manifest: Manifest, kept: Kept, outputs: Callable[[Path, Whole], Report]
    ) -> tuple[Report, Manifest]:
        """Publishes the run: `outputs` writes its files into the folder it is given and reports their names.

        It may say of a file that it is whole, which is put on disk while others are written. What `manifest.outputs`
        has already is left in place, from the run before.
        """
        last = self.snapshots.latest()
        mark(self.root)
        new, draft = self.output / STAGE / NEW, self.root / f"tmp-{manifest.serial}"
        durable.make_folder(new)
        durable.make_folder(draft)
        with Shelf(new) as published, Shelf(draft) as remembered:
            for name, made in kept.files():
                remembered.put(name, made)
            report = outputs(new, published.take)
            for name in report.files:
                published.take(name)
            named = dict(sorted({**manifest.outputs, **published.checksums()}.items()))
            files = remembered.checksums()
        _sync_folders(new, report.files)
        complete = replace(manifest, outputs=named, files=files, output_folder=_relative(self.output, self.root))
        self._remember(complete, draft)
        gone = set(last.manifest.outputs) - set(named) if last and output_folder(last) == self.output else set()
        self._publish(report.files, gone)
        content = f"{complete.name} {checksum(complete.to_bytes())}\n".encode()
        try:
            durable.replace(self.root / CURRENT, content)
        finally:
            self.committed = (self.root / CURRENT).read_bytes() == content
        durable.remove_folder(self.output / STAGE)  # what is left is cleared by the next run
        _remove_empty(self.output, gone)
        self._let_go(complete)
        return report, complete

    def _let_go(self, last: Manifest) -> None:
        """Removes what only the next run asks for from all runs but the last two and those that filled a list of now.

        What is left, the next one removes.
        """
        wanted = {*last.made.values(), last.serial, last.serial - 1}
        for found, path in self.snapshots.serials().items():
            if found not in wanted:
                for name in LET_GO:
                    with suppress(OSError):
                        (path / name).unlink(missing_ok=True)

    def _remember(self, manifest: Manifest, draft: Path) -> None:
        """Completes the snapshot of a run and puts it in its folder, which nothing names yet."""
        durable.write(draft / MANIFEST, manifest.to_bytes())
        durable.sync_folder(draft)
        runs = self.root / "runs"
        durable.make_folder(runs)
        os.rename(draft, runs / manifest.name)  # noqa: PTH104
        durable.sync_folder(runs)

    def _publish(self, written: Collection[str], gone: Collection[str]) -> None:
        """Moves the staged outputs into place and removes those that are `gone`; `put_back` undoes it."""
        stage, names = self.output / STAGE, {*written, *gone}
        fresh = sorted(name for name in names if not os.path.lexists(self.output / name))
        for name in sorted(names.difference(fresh)):
            _keep(self.output / name, stage / OLD / name)
        _sync_folders(stage / OLD, names.difference(fresh))
        durable.replace(stage / FRESH, json.dumps(fresh).encode())
        durable.sync_folder(self.output)
        for name in sorted(written, key=lambda name: name == LAST):
            if name == LAST:
                for old in sorted(gone):
                    (self.output / old).unlink(missing_ok=True)
            durable.make_folder((self.output / name).parent)
            os.replace(stage / NEW / name, self.output / name)  # noqa: PTH105
        _sync_folders(self.output, names)


def _remove_empty(base: Path, gone: Collection[str]) -> None:
    """The folders that these files have left empty; `base` itself stays."""
    for folder in {(base / name).parent for name in gone} - {base}:
        with suppress(OSError):  # it holds other files
            folder.rmdir()


def _clear(folders: Iterable[Path]) -> None:
    for folder in folders:
        if folder.exists():
            shutil.rmtree(folder)


def put_back(output: Path) -> None:
    """The outputs as they were before a run that was not committed. May be cut off and done again."""
    stage = output / STAGE
    if not (stage / FRESH).exists():
        return
    fresh = json.loads((stage / FRESH).read_bytes())
    kept = [str(path.relative_to(stage / OLD)) for path in (stage / OLD).rglob("*") if not path.is_dir()]
    failures: list[OSError] = []
    for name in (*fresh, *sorted(kept)):
        try:
            _put_back_one(stage / OLD / name, output / name)
        except OSError as error:  # a list that is open elsewhere; the others are put back all the same
            failures.append(error)
    if failures:
        raise failures[0]
    _sync_folders(output, (*fresh, *kept))


def _put_back_one(old: Path, path: Path) -> None:
    if not old.exists():
        path.unlink(missing_ok=True)
    elif not path.exists() or not filecmp.cmp(old, path, shallow=False):
        durable.make_folder(path.parent)
        os.replace(old, path)  # noqa: PTH105


def _keep(path: Path, copy: Path) -> None:
    """The same file under a second name; a copy where the file system knows no second names."""
    durable.make_folder(copy.parent)
    try:
        os.link(path, copy)
    except OSError:
        shutil.copy2(path, copy)
        durable.sync(copy)


def _sync_folders(base: Path, names: Collection[str]) -> None:
    """The folders of these files, on disk, and where `base` itself is named."""
    for folder in sorted({base.parent, base, *((base / name).parent for name in names)}):
        if folder.is_dir():
            durable.sync_folder(folder)


def output_folder(run: Run) -> Path:
    """Where a run put its outputs."""
    return Path(os.path.normpath(run.folder.parent.parent / run.manifest.output_folder))


def _relative(path: Path, base: Path) -> str:
    """`path` as seen from `base`; absolute where they share no drive."""
    try:
        return os.path.relpath(path, base)
    except ValueError:
        return str(path)
