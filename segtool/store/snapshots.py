"""The runs that are kept: which there are, which is the last, who was on which list.

CURRENT names the last committed run and the checksum of its manifest; the manifest has those of all else. What does
not fit its checksum is refused, never read around. Layout: DESIGN of the state folder in the documentation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from segtool.lists.roster import Roster
from segtool.store import tables
from segtool.store.errors import NewerStateError, NoRunError, StateError
from segtool.store.manifest import FORMAT, Manifest, checksum

MANIFEST = "manifest.json"
NONE = b"none\n"
"""CURRENT before the first run: its absence is damage, always."""
_CURRENT = re.compile(rb"([^\s/]+) ([0-9a-f]{64})\n")
_FOLDER = re.compile(r"([0-9]{6,12})-[0-9A-Z]{1,40}")


@dataclass(frozen=True)
class Run:
    """A committed run and where it is."""

    folder: Path
    manifest: Manifest

    def rosters(self) -> dict[str, Roster]:
        """Every list of the run. Raises StateError where the file is damaged."""
        members = self._content(tables.MEMBERS)
        if members is None:
            raise _damaged(self.folder / MANIFEST)
        return tables.rosters(self.manifest.segments, members, self._content(tables.ROSTERS))

    def _content(self, name: str) -> bytes | None:
        """A file of the run, whole; None where the run has none of that name."""
        expected = self.manifest.files.get(name)
        if expected is None:
            return None
        content = _read(self.folder / name)
        if checksum(content) != expected:
            raise _damaged(self.folder / name)
        return content


@dataclass(frozen=True)
class Snapshots:
    """The state folder, for reading."""

    root: Path

    def check_format(self) -> None:
        """Raises NewerStateError for a state that this version cannot read."""
        path = self.root / "FORMAT"
        if not path.exists():
            return
        text = _read(path).decode(errors="replace").removesuffix("\n")
        if not re.fullmatch("[1-9][0-9]{0,5}", text):
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
        serials = self.serials()
        if not current.exists():
            if serials:
                message = f"{current} is missing, although there are runs"
                raise StateError(f"{message}; put it back from a backup, or move {self.root} away to begin anew")
            return None
        content = _read(current)
        last = self._named(content) if content != NONE else None
        serial = last.manifest.serial if last else 0
        # A run that was cut off is one ahead; more than one is a CURRENT that was put back from before them.
        if any(found > serial + 1 for found in serials):
            message = f"{current} names run {serial}, although there are runs up to {max(serials)}"
            raise StateError(f"{message}; put it back from a later backup, or move {self.root} away to begin anew")
        return last

    def _named(self, content: bytes) -> Run:
        """The run that CURRENT names."""
        match = _CURRENT.fullmatch(content)
        name, expected = (word.decode(errors="replace") for word in match.groups()) if match else ("", "")
        folder = self.root / "runs" / name
        if not _FOLDER.fullmatch(name) or not folder.is_dir():
            raise _damaged(self.root / "CURRENT")
        run = self.read(folder)
        if checksum(_read(folder / MANIFEST)) != expected:
            raise _damaged(self.root / "CURRENT")
        return run

    def serials(self) -> dict[int, Path]:
        """Every run folder by serial, in order. What else lies there is nobody's business."""
        runs = self.root / "runs"
        named = [(_FOLDER.fullmatch(path.name), path) for path in runs.iterdir()] if runs.is_dir() else []
        return dict(sorted((int(match[1]), path) for match, path in named if match and path.is_dir()))

    def committed(self) -> list[Run]:
        """Every committed run, oldest first."""
        last = self.latest()
        if last is None:
            return []
        folders = [path for serial, path in self.serials().items() if serial < last.manifest.serial]
        return [*(self.read(path) for path in folders), last]

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
            days = sorted(_day(run, zone) for run in runs)
            first, last = runs[0].manifest.serial, runs[-1].manifest.serial
            known = f"are runs {first} to {last}, of {days[0]} to {days[-1]}"
            there = known if len(runs) > 1 else f"is run {last}, of {days[0]}"
            raise NoRunError(f'there is no run "{which}"; there {there}')
        return found[-1]

    def read(self, folder: Path) -> Run:
        """A run by its folder. Raises StateError for damage."""
        path = folder / MANIFEST
        content = _read(path)
        try:
            manifest = Manifest.from_bytes(content)
        except (ValueError, KeyError, TypeError):
            raise _damaged(path) from None
        if manifest.name != folder.name:
            raise _damaged(path)
        return Run(folder, manifest)


def _is(run: Run, which: str, zone: str) -> bool:
    if re.fullmatch("[0-9]{1,7}", which):
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
