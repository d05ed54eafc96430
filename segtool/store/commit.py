"""The commit of a run, so that a run killed anywhere leaves the last committed one whole.

Order: outputs into a staging folder beside their place → snapshot files → sync → manifest with checksums → sync →
rename the run's folder → replace CURRENT (this is the commit) → move the outputs into place. A run that is cut off
before the commit never was; one that is cut off after it is finished by the next.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Protocol, TypeVar

import polars as pl

from segtool.lists.changes import SCHEMA, SINCE, Roster
from segtool.sources.context import ID
from segtool.store import durable, lock
from segtool.store.errors import StateError
from segtool.store.manifest import FORMAT, Manifest, checksum
from segtool.store.snapshots import MANIFEST, MEMBERS, SEGMENT, Snapshots

STAGE = ".segtool-stage"
LAST = "run.json"
"""Moved into place last: its serial says that the outputs are complete."""


class Written(Protocol):
    """What a writer of outputs reports: the files it made, relative to its folder."""

    @property
    def files(self) -> tuple[str, ...]: ...


Report = TypeVar("Report", bound=Written)


@contextmanager
def writing(root: Path, output: Path, wait: float) -> Iterator[Writer]:
    """The state folder, locked, made if need be, and cleared of what an interrupted run left."""
    try:
        durable.make_folder(root)
        durable.make_folder(output)
        with lock.held(root, wait):
            writer = Writer(root, output)
            writer.recover()
            yield writer
    except OSError as error:
        raise StateError(_in_words(error)) from error


def _in_words(error: OSError) -> str:
    place = f"{error.filename}: " if error.filename else ""
    return f"{place}{error.strerror or error}; nothing of this run was published"


class Writer:
    """Writes runs, under the lock."""

    def __init__(self, root: Path, output: Path) -> None:
        self.root = root
        self.output = output
        self.snapshots = Snapshots(root)

    def recover(self) -> None:
        """Finishes what was committed, and removes what was not."""
        self.snapshots.check_format()
        if not (self.root / "FORMAT").exists():
            durable.write(self.root / ".gitignore", b"*\n")
            durable.replace(self.root / "FORMAT", f"{FORMAT}\n".encode())
        last = self.snapshots.latest()
        serial = last.manifest.serial if last else 0
        for found, path in self.snapshots.serials().items():
            if found > serial:
                shutil.rmtree(path)
        for path in self.root.glob("tmp-*"):
            shutil.rmtree(path)
        if last is not None:
            self._publish(last.manifest)
        shutil.rmtree(self.output / STAGE, ignore_errors=True)

    def commit(
        self, manifest: Manifest, rosters: Mapping[str, Roster], outputs: Callable[[Path], Report]
    ) -> tuple[Report, Manifest]:
        """Publishes the run: `outputs` writes its files into the folder it is given and reports their names.

        What `manifest.outputs` names already is left in place, from the run before.
        """
        stage = self.output / STAGE / str(manifest.serial)
        durable.make_folder(stage)
        report = outputs(stage)
        written = report.files
        for name in written:
            durable.sync(stage / name)
        for folder in {stage, *(stage / name for name in written)}:
            durable.sync_folder(folder if folder.is_dir() else folder.parent)
        draft = self.root / f"tmp-{manifest.serial}"
        durable.make_folder(draft)
        _members(rosters).write_parquet(draft / MEMBERS, compression="zstd", statistics=False)
        durable.sync(draft / MEMBERS)
        files = {MEMBERS: checksum((draft / MEMBERS).read_bytes())}
        named = tuple(sorted({*written, *manifest.outputs}))
        complete = replace(manifest, outputs=named, output_folder=str(self.output), files=files)
        content = complete.to_bytes()
        durable.write(draft / MANIFEST, content)
        durable.sync_folder(draft)
        runs = self.root / "runs"
        durable.make_folder(runs)
        os.rename(draft, runs / complete.name)  # noqa: PTH104
        durable.sync_folder(runs)
        durable.replace(self.root / "CURRENT", f"{complete.name} {checksum(content)}\n".encode())
        self._publish(complete)
        return report, complete

    def _publish(self, manifest: Manifest) -> None:
        """Moves staged outputs of a committed run into place; nothing to do when that was done."""
        folder = Path(manifest.output_folder)
        stage = folder / STAGE / str(manifest.serial)
        if not stage.is_dir():
            return
        for name in sorted(manifest.outputs, key=lambda name: name == LAST):
            if (stage / name).exists():
                durable.make_folder((folder / name).parent)
                if name == LAST:
                    self._remove_old(manifest, folder)
                os.replace(stage / name, folder / name)  # noqa: PTH105
        for path in {folder, *((folder / name).parent for name in manifest.outputs)}:
            durable.sync_folder(path)
        shutil.rmtree(folder / STAGE)

    def _remove_old(self, manifest: Manifest, folder: Path) -> None:
        """Removes what the run before published and this one did not."""
        for run in self.snapshots.committed():
            if run.folder.name == manifest.parent and Path(run.manifest.output_folder) == folder:
                for name in set(run.manifest.outputs) - set(manifest.outputs):
                    (folder / name).unlink(missing_ok=True)


def _members(rosters: Mapping[str, Roster]) -> pl.DataFrame:
    parts = [
        roster.members.select(pl.lit(name).alias(SEGMENT), ID, SINCE)
        for name, roster in rosters.items()
        if roster.members.height
    ]
    return pl.concat(parts) if parts else pl.DataFrame(schema={SEGMENT: pl.String, **SCHEMA})
