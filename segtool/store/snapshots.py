"""The runs that are kept: which there are, which is the last, who was on which list.

CURRENT names the last committed run and the checksum of its manifest; the manifest has those of all else. What does
not fit its checksum is refused, never read around. Layout: DESIGN of the state folder in the documentation.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from segtool.lists.changes import EMPTY, SINCE, Roster
from segtool.sources.context import ID
from segtool.store.errors import NewerStateError, NoRunError, StateError
from segtool.store.manifest import FORMAT, Manifest, checksum

MEMBERS = "members.parquet"
MANIFEST = "manifest.json"
SEGMENT = "segment"


@dataclass(frozen=True)
class Run:
    """A committed run and where it is."""

    folder: Path
    manifest: Manifest

    def rosters(self) -> dict[str, Roster]:
        """Every list of the run. Raises StateError where the file is damaged."""
        content = _read(self.folder / MEMBERS)
        if checksum(content) != self.manifest.files.get(MEMBERS):
            raise _damaged(self.folder / MEMBERS)
        table = pl.read_parquet(io.BytesIO(content))
        parts = table.partition_by(SEGMENT, as_dict=True, include_key=False, maintain_order=True)
        found = {str(key[0]): Roster(part.select(ID, SINCE)) for key, part in parts.items()}
        return {name: found.get(name, EMPTY) for name in self.manifest.segments}


@dataclass(frozen=True)
class Snapshots:
    """The state folder, for reading."""

    root: Path

    def check_format(self) -> None:
        """Raises NewerStateError for a state that this version cannot read."""
        path = self.root / "FORMAT"
        if not path.exists():
            return
        text = _read(path).decode(errors="replace").strip()
        if not text.isdigit():
            raise _damaged(path)
        if int(text) > FORMAT:
            message = (
                f"the state in {self.root} was written by a newer segtool (format {text}, this one reads {FORMAT})"
            )
            raise NewerStateError(f"{message}; update segtool")

    def latest(self) -> Run | None:
        """The last committed run; None before the first. Raises StateError for damage."""
        self.check_format()
        current = self.root / "CURRENT"
        if not current.exists():
            if any(serial > 1 for serial in self.serials()):
                message = f"{current} is missing, although there are runs"
                raise StateError(f"{message}; put it back from a backup, or move {self.root} away to begin anew")
            return None
        words = _read(current).decode(errors="replace").split()
        if len(words) != 2 or not (self.root / "runs" / words[0]).is_dir():
            raise _damaged(current)
        return self._run(self.root / "runs" / words[0], words[1])

    def serials(self) -> dict[int, Path]:
        """Every run folder by serial, in order."""
        runs = self.root / "runs"
        folders = [path for path in runs.iterdir() if path.name[:6].isdigit()] if runs.is_dir() else []
        return dict(sorted((int(path.name.split("-")[0]), path) for path in folders))

    def committed(self) -> list[Run]:
        """Every committed run, oldest first."""
        last = self.latest()
        if last is None:
            return []
        folders = [path for serial, path in self.serials().items() if serial < last.manifest.serial]
        return [*(self._run(path, None) for path in folders), last]

    def find(self, which: str, zone: str) -> Run:
        """A run by serial, date, `latest` or `previous`. Raises NoRunError with what there is."""
        runs = self.committed()
        if not runs:
            raise NoRunError("there is no run yet; segtool run makes the first")
        if which == "latest":
            return runs[-1]
        if which == "previous":
            if len(runs) < 2:
                raise NoRunError("there is only one run, so nothing to compare it with; run segtool run once more")
            return runs[-2]
        found = [run for run in runs if _is(run, which, zone)]
        if not found:
            known = f"{runs[0].manifest.serial} to {runs[-1].manifest.serial}" if len(runs) > 1 else "1"
            first, last = (_day(run, zone) for run in (runs[0], runs[-1]))
            raise NoRunError(f'there is no run "{which}"; there are runs {known}, of {first} to {last}')
        return found[-1]

    def _run(self, folder: Path, expected: str | None) -> Run:
        path = folder / MANIFEST
        content = _read(path)
        if expected is not None and checksum(content) != expected:
            raise _damaged(path)
        try:
            manifest = Manifest.from_bytes(content)
        except (ValueError, KeyError, TypeError):
            raise _damaged(path) from None
        if manifest.format > FORMAT:
            raise NewerStateError(f"{folder.name} was written by a newer segtool; update segtool")
        return Run(folder, manifest)


def _is(run: Run, which: str, zone: str) -> bool:
    if which.isdigit() and len(which) < 8:
        return run.manifest.serial == int(which)
    return which == _day(run, zone).isoformat()


def _day(run: Run, zone: str) -> date:
    """The day of a run in the configured zone."""
    return datetime.fromisoformat(run.manifest.as_of).astimezone(ZoneInfo(zone)).date()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StateError(f"{path} cannot be read: {error.strerror}") from None


def _damaged(path: Path) -> StateError:
    return StateError(f"{path} is damaged; nothing was changed. Put it back from a backup, or move the folder away")
