"""Which files a source means, and what each of them is before it is read.

Refuses what is no table at first sight: nothing there, an empty file, an archive without tables.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

from segtool.config.frozen import dataclass
from segtool.config.problems import Location, Problems, suggestion
from segtool.config.settings import SourceSpec
from segtool.sources import archives
from segtool.sources.glance import Signs
from segtool.sources.kinds import PACKED, NotATableError, kind_of

_GLOB = frozenset("*?[")
_INTO = ".zip/"


@dataclass(frozen=True)
class SourceFile:
    """One file as it was when it was looked at; `shown` is its path as the configuration would write it.

    `node` tells a file from another one that took its name, and `changed_ns` a change that hides its time. `member` is
    the name within an archive. `signs` are those among its bytes, where these were looked at.
    """

    path: Path
    shown: str
    size: int
    modified_ns: int
    node: int = 0
    changed_ns: int = 0
    kind: str = "text"
    member: str = ""
    signs: Signs | None = None

    @property
    def is_workbook(self) -> bool:
        return self.kind == "workbook"

    @property
    def is_packed(self) -> bool:
        return self.kind in PACKED

    def unpacked(self, folder: Path) -> SourceFile:
        """The file itself; of a packed one what it holds, in a new folder below `folder`. Raises NotATableError."""
        if not self.is_packed:
            return self
        inside = Path(tempfile.mkdtemp(dir=folder))
        path = archives.unpack(self.path, self.shown, self.kind, self.member, inside)
        with path.open("rb") as stream:
            kind = kind_of(path, stream.read(8))
        return replace(self, path=path, size=path.stat().st_size, kind=kind, member="", signs=None)


@dataclass(frozen=True)
class FileRecord:
    """What a run remembers of a file it read. `ended` says that its last line, if it has lines, had a line end."""

    path: str
    size: int
    modified_ns: int
    fingerprint: str
    rows: int
    ended: bool = True


def find_files(spec: SourceSpec, folder: Path, problems: Problems, whose: str = "") -> list[SourceFile]:
    """The files of a source in a settled order: as listed, patterns by name. `whose` is what messages call it."""
    whose = whose or f'source "{spec.name}"'
    found: dict[tuple[Path, str], SourceFile] = {}
    for position, pattern in enumerate(spec.settings.files):
        at = spec.place("files", position) or spec.place("files")
        outer, within = _split(pattern, folder)
        paths = expand(outer, folder)
        if not paths and not spec.settings.optional:
            problems.error("no-file", _nothing(outer, folder, whose), at)
        for path in paths:
            for file in _files(path, folder, within, problems, at):
                found.setdefault((path, file.member), file)
    return list(found.values())


def _files(path: Path, folder: Path, within: str, problems: Problems, at: Location | None) -> list[SourceFile]:
    """The file, or of an archive every table in it whose name fits `within`."""
    file = _look(path, folder)
    if file is None:
        problems.error("unreadable-file", f"{shown_path(path, folder)} cannot be read; is it a file, and yours?", at)
        return []
    if file.size == 0:
        problems.error("empty-file", f"{file.shown} is empty; export it again", at)
        return []
    if file.kind != "zip":
        return [file]
    try:
        names = archives.tables_in(path, file.shown)
    except NotATableError as error:
        problems.error("not-a-table", str(error), at)
        return []
    fitting = [name for name in names if not within or fnmatch(name, within)]
    if not fitting:
        valid = suggestion(within, names) or f"; it holds {', '.join(names[:12])}"
        problems.error("no-file", f"{file.shown} holds no {within}{valid}", at)
    return [replace(file, shown=f"{file.shown}/{name}", member=name) for name in fitting]


def ended(file: SourceFile) -> bool:
    """Whether the last line of a text file has a line end."""
    if file.kind != "text":
        return True
    with file.path.open("rb") as stream:
        stream.seek(max(0, file.size - 2))
        return stream.read().endswith((b"\n", b"\r", b"\n\0", b"\r\0"))


def unchanged(file: SourceFile) -> bool:
    """Whether the file is still as it was when it was looked at."""
    now = _look(file.path, file.path.parent)
    return now is not None and (now.size, now.modified_ns, now.node) == (file.size, file.modified_ns, file.node)


def _split(pattern: str, folder: Path) -> tuple[str, str]:
    """`exports.zip/members*.csv` as the archive and what is meant in it."""
    at = pattern.lower().find(_INTO)
    if at < 0 or (folder / pattern[: at + 4]).is_dir():
        return pattern, ""
    return pattern[: at + 4], pattern[at + len(_INTO) :]


def expand(pattern: str, folder: Path) -> list[Path]:
    """What a path or a pattern stands for, in the order of names."""
    path = Path(pattern).expanduser()
    base = path if path.is_absolute() else folder / path
    try:
        if not _GLOB & set(pattern) or base.exists():
            return [base] if base.exists() else []
        root = Path(base.anchor)
        return sorted(found for found in root.glob(str(base.relative_to(root))) if found.is_file())
    except OSError:  # a name that no file system takes, or a folder that may not be looked into
        return []


def _nothing(pattern: str, folder: Path, whose: str) -> str:
    path = folder / pattern
    if _GLOB & set(pattern):
        return f"no file fits {pattern}, for {whose}; check the folder and the name"
    if not path.parent.is_dir():
        return f"there is no folder {shown_path(path.parent, folder)}, where {whose} should be"
    near = suggestion(path.name, (other.name for other in path.parent.iterdir()))
    return f"there is no file {pattern}{near or f', for {whose}'}"


def _look(path: Path, folder: Path) -> SourceFile | None:
    try:
        stat = path.stat()
        if not path.is_file():
            return None
        with path.open("rb") as stream:
            kind = kind_of(path, stream.read(8))
    except OSError:
        return None
    return SourceFile(
        path, shown_path(path, folder), stat.st_size, stat.st_mtime_ns, stat.st_ino, stat.st_ctime_ns, kind
    )


def shown_path(path: Path, folder: Path) -> str:
    """The path as the configuration would write it."""
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
