"""Which files a source means, and what each of them is before it is read.

Refuses what is no table at first sight: nothing there, an empty file, a web page or a JSON answer saved as CSV.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from segtool.config.problems import Problems, suggestion
from segtool.config.settings import SourceSpec

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
_GLOB = frozenset("*?[")


@dataclass(frozen=True)
class SourceFile:
    """One file as it was when it was looked at; `shown` is its path as the configuration would write it.

    `node` tells a file from another one that took its name.
    """

    path: Path
    shown: str
    size: int
    modified_ns: int
    node: int = 0

    @property
    def is_workbook(self) -> bool:
        return self.path.suffix.lower() in WORKBOOKS


@dataclass(frozen=True)
class FileRecord:
    """What a run remembers of a file it read. `ended` says that its last line, if it has lines, had a line end."""

    path: str
    size: int
    modified_ns: int
    sha256: str
    rows: int
    ended: bool = True


def find_files(spec: SourceSpec, folder: Path, problems: Problems) -> list[SourceFile]:
    """The files of a source in a settled order: as listed, patterns by name."""
    found: dict[Path, SourceFile] = {}
    for position, pattern in enumerate(spec.settings.files):
        at = spec.place("files", position) or spec.place("files")
        paths = expand(pattern, folder)
        if not paths and not spec.settings.optional:
            problems.error("no-file", _nothing(pattern, folder, spec.name), at)
        for path in paths:
            file = _look(path, folder)
            if file is None:
                problems.error(
                    "unreadable-file", f"{shown_path(path, folder)} cannot be read; is it a file, and yours?", at
                )
            elif file.size == 0:
                problems.error("empty-file", f"{file.shown} is empty; export it again", at)
            else:
                found.setdefault(path, file)
    return list(found.values())


def fingerprint(path: Path) -> str:
    """SHA-256 of the content."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def ended(file: SourceFile) -> bool:
    """Whether the last line of a text file has a line end."""
    if file.is_workbook:
        return True
    with file.path.open("rb") as stream:
        stream.seek(max(0, file.size - 2))
        return stream.read().endswith((b"\n", b"\r", b"\n\0", b"\r\0"))


def unchanged(file: SourceFile) -> bool:
    """Whether the file is still as it was when it was looked at."""
    now = _look(file.path, file.path.parent)
    return now is not None and (now.size, now.modified_ns, now.node) == (file.size, file.modified_ns, file.node)


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


def _nothing(pattern: str, folder: Path, source: str) -> str:
    path = folder / pattern
    if _GLOB & set(pattern):
        return f'no file fits {pattern}, for source "{source}"; check the folder and the name'
    if not path.parent.is_dir():
        return f'there is no folder {shown_path(path.parent, folder)}, where source "{source}" should be'
    near = suggestion(path.name, (other.name for other in path.parent.iterdir()))
    return f"there is no file {pattern}{near or f', for source {chr(34)}{source}{chr(34)}'}"


def _look(path: Path, folder: Path) -> SourceFile | None:
    try:
        stat = path.stat()
        if not path.is_file():
            return None
        with path.open("rb"):
            pass
    except OSError:
        return None
    return SourceFile(path, shown_path(path, folder), stat.st_size, stat.st_mtime_ns, stat.st_ino)


def shown_path(path: Path, folder: Path) -> str:
    """The path as the configuration would write it."""
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
