"""Typed tables of files that were read before, so that an unchanged file is not parsed again.

An entry is found by a key over everything that its content depends on: the content of the file, the settings that say
how it is read, and the version of what reads it. So a change of any of them finds nothing, and is read anew; a key
that is found can change no result. Every entry carries checksums: one that is torn or damaged is as good as none. A
table that was found whole is believed as long as its file is untouched, as the exports themselves are.
Belongs to one process at a time, the one that holds the lock of the state folder. A cache in a temporary folder is
how a run without a lasting one keeps its large tables; nothing is noted there, because nobody comes back to it.
"""

from __future__ import annotations

import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from segtool.config.frozen import dataclass
from segtool.sources import disk, fingerprint
from segtool.sources.files import SourceFile
from segtool.sources.glance import Glance, Signs, glance
from segtool.version import __version__

FOLDER = "cache"
"""Where it is in a state folder."""

LIMIT = 8 << 30
"""Bytes that the cache may take; what was not used for longest goes first."""

_FORMAT = 4
_RACY = 2_000_000_000
"""A file that changed so many nanoseconds before it was looked at may change again without its times telling."""

_WRITTEN = 60_000_000_000
"""A file that changed so many nanoseconds ago is on the disk by now: no power cut takes back what was read of it."""

_NOTE = ".json"
_PART = ".new"


@dataclass(frozen=True)
class Entry:
    """Tables by name, and plain values about them."""

    paths: Mapping[str, Path]
    about: Mapping[str, Any]


class Cache:
    """The entries in one folder. `now` is the time of the machine. `lasts` says whether another run may find them."""

    def __init__(self, folder: Path, now: datetime, lasts: bool = True) -> None:
        self.lasts = lasts
        self._folder = folder
        self._now_ns = int(now.timestamp() * 1e9)
        self._used: set[str] = set()
        self._glances: dict[Path, tuple[list[int], Glance]] = {}
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def moment(self) -> int:
        """The time of the machine, in nanoseconds."""
        return self._now_ns

    def key(self, *parts: Any) -> str:
        """The key of an entry that depends on these plain values, and on the version of the reader."""
        import fastexcel  # noqa: PLC0415
        import polars as pl  # noqa: PLC0415

        versions = [_FORMAT, __version__, pl.__version__, fastexcel.__version__]
        spelled = json.dumps([versions, *parts], sort_keys=True, default=str)
        return hashlib.sha256(spelled.encode()).hexdigest()[:40]

    def content(self, file: SourceFile) -> Glance:
        """What a file's bytes tell: remembered while its size, times and place on the disk are the same."""
        stamp = _stamp_of(file)
        seen = self._glances.get(file.path)
        if seen is None or seen[0] != stamp:
            seen = self._glances[file.path] = (stamp, self._content(file, stamp))
        return seen[1]

    def knows(self, file: SourceFile) -> bool:
        """Whether that is remembered."""
        return self._known(self.key("file", str(file.path)), _stamp_of(file)) is not None

    def _content(self, file: SourceFile, stamp: list[int]) -> Glance:
        key = self.key("file", str(file.path))
        known = self._known(key, stamp)
        if known is not None:
            return known
        found = glance(file.path)
        settled = max(file.modified_ns, file.changed_ns) + _RACY < self._now_ns
        self.write_note(key, {"stamp": stamp, "settled": settled, **asdict(found)})
        return found

    def _known(self, key: str, stamp: list[int]) -> Glance | None:
        known = self.note(key)
        if known is None or known["stamp"] != stamp or not known["settled"]:
            return None
        return Glance(known["fingerprint"], Signs(**known["signs"]))

    def note(self, key: str) -> dict[str, Any] | None:
        """What was noted under a key; None where there is nothing, or not all of it."""
        found = _unsealed(self._folder / f"{key}{_NOTE}")
        if found is not None:
            self._use(key)
        return found

    def write_note(self, key: str, data: dict[str, Any]) -> None:
        if not self.lasts:
            return
        content = json.dumps(data).encode()
        self._put(f"{key}{_NOTE}", lambda path: path.write_bytes(b"%08x\n%s" % (zlib.crc32(content), content)))
        self._use(key)

    def entry(self, key: str) -> Entry | None:
        """An entry that is whole; or None."""
        note = self.note(key)
        if note is None:
            return None
        found = {name: self._folder / f"{key}.{name}" for name in note["tables"]}
        stamps = {name: _stamp(path) for name, path in found.items()}
        known = note.get("seen", {})
        doubted = [name for name, stamp in stamps.items() if stamp is None or known.get(name) != stamp]
        if any(_checksum(found[name]) != note["tables"][name] for name in doubted):
            return None
        seen = {name: stamp for name, stamp in stamps.items() if self._is_written(stamp)}
        if seen != known:
            self.write_note(key, {**note, "seen": seen})
        return Entry(found, note["about"])

    def _is_written(self, stamp: list[int] | None) -> bool:
        return stamp is not None and max(stamp[1:3]) + _WRITTEN < self._now_ns

    def write_table(self, key: str, name: str, write: Callable[[Path], object]) -> Path:
        """A table of an entry, written by a function that is given the path. It counts once the entry is sealed."""
        self._put(f"{key}.{name}", write)
        return self._folder / f"{key}.{name}"

    def seal(self, key: str, paths: Mapping[str, Path], about: Mapping[str, Any]) -> Entry:
        """The entry is whole, with these tables and what is `about` them."""
        if self.lasts:
            self.write_note(key, {"tables": {name: _checksum(path) for name, path in paths.items()}, "about": about})
        return Entry(dict(paths), about)

    def tidy(self, limit: int = LIMIT) -> None:
        """Removes what was left half written, and the entries unused for longest where all take more than `limit`."""
        sizes: dict[str, int] = {}
        for path in self._folder.iterdir():
            if path.suffix == _PART:
                path.unlink(missing_ok=True)
            else:
                key = path.name.partition(".")[0]
                sizes[key] = sizes.get(key, 0) + path.stat().st_size
        total = sum(sizes.values())
        for key in sorted(sizes.keys() - self._used, key=self._last_used):
            if total <= limit:
                break
            total -= sizes[key]
            for path in self._folder.glob(f"{key}.*"):
                path.unlink(missing_ok=True)

    def _last_used(self, key: str) -> float:
        path = self._folder / f"{key}{_NOTE}"
        return path.stat().st_mtime if path.exists() else 0.0

    def _use(self, key: str) -> None:
        if key not in self._used:
            self._used.add(key)
            with suppress(OSError):
                os.utime(self._folder / f"{key}{_NOTE}")

    def _put(self, name: str, write: Callable[[Path], object]) -> None:
        """A file in place at once, for its owner alone."""
        part = self._folder / f"{name}{_PART}"
        part.touch(mode=0o600)
        with disk.refusals(part):
            write(part)
        part.replace(self._folder / name)


def clear(folder: Path) -> int:
    """Removes every entry of a cache; how many files that were."""
    paths = list(_files(folder))
    for path in paths:
        path.unlink(missing_ok=True)
    return len(paths)


def damaged(folder: Path) -> Iterator[Path]:
    """The files of a cache that are not as they were written. Each costs a reading of its export, and nothing else."""
    sealed: dict[str, str] = {}
    for path in sorted(_files(folder)):
        if path.suffix == _NOTE:
            note = _unsealed(path)
            if note is None:
                yield path
            for name, checksum in (note or {}).get("tables", {}).items():
                if isinstance(checksum, str):  # those of earlier versions are numbers, and seal what nobody looks for
                    sealed[f"{path.stem}.{name}"] = checksum
    for path in sorted(_files(folder)):
        if path.suffix not in (_NOTE, _PART) and path.name in sealed and _checksum(path) != sealed[path.name]:
            yield path


def _unsealed(path: Path) -> dict[str, Any] | None:
    """What a note says; None where it is not all there."""
    try:
        check, _, content = path.read_bytes().partition(b"\n")
        found: dict[str, Any] | None = json.loads(content) if check == b"%08x" % zlib.crc32(content) else None
    except (OSError, ValueError):
        return None
    return found


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from (path for path in folder.iterdir() if path.is_file())


def _stamp_of(file: SourceFile) -> list[int]:
    return [file.size, file.modified_ns, file.changed_ns, file.node]


def _stamp(path: Path) -> list[int] | None:
    """What changes when a file does: its size, times and place on the disk; None where there is none."""
    try:
        stat = path.stat()
    except OSError:
        return None
    return [stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino]


def _checksum(path: Path) -> str:
    try:
        return fingerprint.of_file(path)
    except OSError:
        return "none"
