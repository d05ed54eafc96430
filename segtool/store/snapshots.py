"""The runs that are kept: which there are, which is the last, who was on which list.

CURRENT names the last committed run and the checksum of its manifest; the manifest has those of all else. What does
not fit its checksum is refused, never read around. Layout: DESIGN of the state folder in the documentation.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl

from segtool.config.frozen import dataclass
from segtool.lists.roster import Roster
from segtool.sources import fingerprint
from segtool.store import earlier, tables
from segtool.store.errors import DamageError, NewerStateError, NoRunError, StateError
from segtool.store.manifest import FORMAT, Manifest, checksum
from segtool.store.packing import scanned, unpacked

MANIFEST = "manifest.json"
CURRENT = "CURRENT"
PRUNED = "pruned"
"""The folder of the manifests of runs that were pruned."""
NONE = b"none\n"
"""CURRENT before the first run: its absence is damage, always."""
REWRITE = "rewrite"
READY = "ready"
"""The folder of runs that take the place of those that are there, all of them once this file is in it."""
ASIDE = "aside"
"""The folder of runs that a repair took out of the chain."""
DAMAGED = "is damaged"
_CURRENT = re.compile(rb"([0-9]{6,12}-[0-9A-Z]{1,40}) ([0-9a-f]{64})\n")
FOLDER = re.compile(r"([0-9]{6,12})-[0-9A-Z]{1,40}")


@dataclass(frozen=True)
class Run:
    """A committed run and where it is."""

    folder: Path
    manifest: Manifest

    def rosters(self) -> dict[str, Roster]:
        """Every list of the run. Raises StateError where a file is damaged."""
        manifest = self.manifest
        asked = earlier.FILES.get(manifest.format, tables.LISTS)
        contents = {name: content for name in asked if (content := self.content(name)) is not None}
        if len(contents) < len(asked):
            raise DamageError(self.folder / MANIFEST, DAMAGED)
        read = earlier.rosters if manifest.format in earlier.FILES else tables.rosters
        return read(manifest.segments, contents)

    def counts(self) -> dict[str, int]:
        """How many are on every published list that its files have. Raises StateError where a file is damaged."""
        members = unpacked(tables.MEMBERS, self.content(tables.MEMBERS) or b"")
        if self.manifest.format in earlier.FILES:
            return earlier.counts(members)
        return {on.name: int(on.sum()) for on in members.iter_columns()}

    def changes(self) -> pl.DataFrame | None:
        """SEGMENT, CHANGE, ID and REASON of everyone who entered or left; None where the run did not keep that."""
        content = self.content(tables.CHANGES)
        return unpacked(tables.CHANGES, content) if content is not None else None

    def features(self) -> pl.LazyFrame | None:
        """What the last run saw of every contact; None where it did not keep that. Raises StateError for damage."""
        name = next((name for name in tables.SEEN if name in self.manifest.files), None)
        if name is None:
            return None
        path, expected = self.folder / name, self.manifest.files[name]
        try:
            found = fingerprint.of_file(path, expected)
        except OSError as error:
            raise DamageError(path, f"cannot be read: {error.strerror}") from None
        if found != expected:
            raise DamageError(path, DAMAGED)
        return scanned(path)

    def check(self) -> None:
        """Raises StateError where a file is damaged."""
        for name in self.manifest.files:
            self.content(name)

    def content(self, name: str) -> bytes | None:
        """A file of the run, as it was written; None where the run has none of that name. Raises StateError.

        What only the next run asks for is let go after a while.
        """
        expected = self.manifest.files.get(name)
        if expected is None or (name in tables.LET_GO and not (self.folder / name).exists()):
            return None
        content = read_bytes(self.folder / name)
        if fingerprint.of(content, expected) != expected:
            raise DamageError(self.folder / name, DAMAGED)
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
        text = read_bytes(path).decode(errors="replace").removesuffix("\n")
        if not re.fullmatch("[1-9][0-9]{0,5}", text):
            raise DamageError(path, DAMAGED)
        if int(text) > FORMAT:
            message = (
                f"the state in {self.root} was written by a newer segtool (format {text}, this one reads {FORMAT})"
            )
            raise NewerStateError(f"{message}; update segtool")

    def latest(self) -> Run | None:
        """The last committed run; None before the first. Raises StateError for damage, and NewerStateError."""
        self.check_format()
        if (self.root / REWRITE / READY).exists():
            message = f"people are just being forgotten in {self.root}, or that was cut off"
            raise StateError(f"{message}; the next run, or segtool verify --repair, finishes it")
        return self.last()

    def last(self) -> Run | None:
        """The run that CURRENT names. Raises StateError for damage."""
        current = self.root / CURRENT
        serials = self.serials()
        if not current.exists():
            if serials:
                raise DamageError(current, "is missing, although there are runs")
            return None
        content = read_bytes(current)
        last = self._named(content) if content != NONE else None
        serial = last.manifest.serial if last else 0
        # A run that was cut off is one ahead; more than one is a CURRENT that was put back from before them.
        if any(found > serial + 1 for found in serials):
            raise DamageError(current, f"names run {serial}, although there are runs up to {max(serials)}")
        return last

    def _named(self, content: bytes) -> Run:
        """The run that CURRENT names."""
        named = parsed(content)
        folder = self.root / "runs" / named[0] if named else self.root
        if named is None or not folder.is_dir():
            raise DamageError(self.root / CURRENT, DAMAGED)
        run = self.read(folder)
        if checksum(read_bytes(folder / MANIFEST)) != named[1]:
            raise DamageError(self.root / CURRENT, DAMAGED)
        return run

    def serials(self) -> dict[int, Path]:
        """Every run folder by serial, in order. What else lies there is nobody's business."""
        runs = self.root / "runs"
        named = [(FOLDER.fullmatch(path.name), path) for path in runs.iterdir()] if runs.is_dir() else []
        return dict(sorted((int(match[1]), path) for match, path in named if match and path.is_dir()))

    def committed(self) -> list[Run]:
        """Every committed run, oldest first."""
        last = self.latest()
        if last is None:
            return []
        folders = [path for serial, path in self.serials().items() if serial < last.manifest.serial]
        return [*(self.read(path) for path in folders), last]

    def following(self, before: Run, until: Run) -> list[Run]:
        """The runs after one up to another, oldest first. Raises StateError where one is damaged."""
        serials = range(before.manifest.serial + 1, until.manifest.serial + 1)
        return [self.read(path) for serial, path in self.serials().items() if serial in serials]

    def find(self, which: str, zone: str) -> Run:
        """A run by serial, date, `latest` or `previous`. Raises NoRunError with what there is.

        No other run is read than those that must be: what is wrong with run 3 is no matter between 11 and 12.
        """
        last = self.latest()
        if last is None:
            raise NoRunError("there is no run yet; segtool run makes the first")
        if which == "latest":
            return last
        folders = {serial: path for serial, path in self.serials().items() if serial <= last.manifest.serial}
        if which == "previous":
            if len(folders) < 2:
                raise NoRunError("there is only one run, so nothing to compare it with; run segtool run once more")
            return self.read(folders[sorted(folders)[-2]])
        if re.fullmatch("[0-9]{1,7}", which):
            found = [self.read(folders[int(which)])] if int(which) in folders else []
        else:
            found = [run for run in self.committed() if day(run.manifest, zone).isoformat() == which]
        if not found:
            raise NoRunError(self._absent(which, zone))
        return found[-1]

    def _absent(self, which: str, zone: str) -> str:
        """Why there is no such run, and which there are."""
        pruned = {serial: day(self.read_pruned(path), zone).isoformat() for serial, path in self.pruned().items()}
        for serial, of_day in pruned.items():
            if which == of_day or (re.fullmatch("[0-9]{1,7}", which) and serial == int(which)):
                return f"run {serial}, of {of_day}, was pruned; {self._present(zone)}"
        return f'there is no run "{which}"; {self._present(zone)}'

    def _present(self, zone: str) -> str:
        runs = self.committed()
        days = sorted(day(run.manifest, zone) for run in runs)
        first, last = runs[0].manifest.serial, runs[-1].manifest.serial
        if len(runs) == 1:
            return f"there is run {last}, of {days[0]}"
        gaps = f" ({len(runs)} of them)" if len(runs) < last - first + 1 else ""
        return f"there are runs {first} to {last}{gaps}, of {days[0]} to {days[-1]}"

    def manifests(self) -> list[Manifest]:
        """Those of every committed run, oldest first, the ones that were pruned too. Raises StateError for damage."""
        runs = self.committed()
        there = {run.manifest.serial for run in runs}
        gone = [self.read_pruned(path) for serial, path in self.pruned().items() if serial not in there]
        return sorted((*gone, *(run.manifest for run in runs)), key=lambda manifest: manifest.serial)

    def pruned(self) -> dict[int, Path]:
        """What is kept of every run that was pruned: its manifest, by serial, in order."""
        folder = self.root / PRUNED
        named = [(FOLDER.fullmatch(path.stem), path) for path in folder.glob("*.json")]
        return dict(sorted((int(match[1]), path) for match, path in named if match))

    def read_pruned(self, path: Path) -> Manifest:
        """The manifest of a run that was pruned. Raises StateError for damage."""
        return _manifest(path, path.stem)

    def read(self, folder: Path) -> Run:
        """A run by its folder. Raises StateError for damage."""
        return Run(folder, _manifest(folder / MANIFEST, folder.name))


def _manifest(path: Path, name: str) -> Manifest:
    """The manifest of the run of this name."""
    try:
        manifest = Manifest.from_bytes(read_bytes(path))
    except (ValueError, KeyError, TypeError):
        raise DamageError(path, DAMAGED) from None
    if manifest.name != name:
        raise DamageError(path, DAMAGED)
    return manifest


def day(manifest: Manifest, zone: str) -> date:
    """The day of a run in the configured zone."""
    return datetime.fromisoformat(manifest.as_of).astimezone(ZoneInfo(zone)).date()


def parsed(current: bytes) -> tuple[str, str] | None:
    """The name of the run in CURRENT and the checksum of its manifest; None where that is no CURRENT of a run."""
    match = _CURRENT.fullmatch(current)
    return (match[1].decode(), match[2].decode()) if match else None


def naming(run: Run) -> bytes:
    """CURRENT for this run."""
    return f"{run.manifest.name} {checksum(read_bytes(run.folder / MANIFEST))}\n".encode()


def read_bytes(path: Path, missing: bytes | None = None) -> bytes:
    """The content of a file of the state; `missing` where there is none, if that may be. Raises DamageError."""
    try:
        return path.read_bytes()
    except OSError as error:
        if missing is not None and isinstance(error, FileNotFoundError):
            return missing
        raise DamageError(path, f"cannot be read: {error.strerror}") from None
