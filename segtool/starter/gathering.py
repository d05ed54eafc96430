"""Which files are meant, and which of them are of one shape: those become one source.

Leaves out what is hidden, what segtool wrote itself, and exports that tell nothing of single people, and says so.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from itertools import takewhile
from pathlib import Path
from typing import Any

from segtool.config import formats
from segtool.config.columns import folded
from segtool.config.document import Block, wrap
from segtool.config.formats import Format
from segtool.config.frozen import dataclass
from segtool.config.problems import Problems
from segtool.config.settings import SourceSpec
from segtool.config.source import source
from segtool.sources.files import SourceFile, find_files
from segtool.sources.headers import header_of, named
from segtool.sources.kinds import NotATableError
from segtool.starter import clues

_MARK = re.compile(r"(?<=[_-])(?=[0-9a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]+(?=\.)")
"""What one export has at the end of its names, and the next has another: `_0a1b2c`."""
ENDINGS = (".csv", ".tsv", ".txt", ".tab", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".gz", ".zip", ".parquet")
_MOST_FILES = 500

_OF_NOBODY = (
    (("Order #", "Customer", "Items sold"), "is WooCommerce's list of orders, which has no e-mail addresses"),
    (("Campaign Name", "Total Recipients", "Open Rate"), "counts what campaigns did, and names nobody"),
)
"""Exports that are known and of no use here: their columns, and why."""
_NOT_DONE = "not_opened"
"""The folder of Mailchimp's lists of those who did nothing."""


@dataclass(frozen=True)
class Group:
    """Files of one shape, by the name of the source they become; `files` are relative to the segments file."""

    name: str
    files: tuple[str, ...]
    format: Format | None
    sheet: str | None

    @property
    def shown(self) -> str:
        return ", ".join(self.files) + (f" (sheet {self.sheet})" if self.sheet else "")


@dataclass(frozen=True)
class _Seen:
    """One table: a file, a file in an archive, or a sheet."""

    path: Path
    header: tuple[str, ...]
    format: Format | None
    member: str = ""
    sheet: str | None = None

    @property
    def name(self) -> str:
        return Path(self.member or self.path).name

    @property
    def shape(self) -> object:
        """Tables of one shape are one source."""
        if self.format is not None:
            return self.format.name
        name = re.sub(r"\d+", "", self.name)
        return (self.sheet, self.path.parent, name, frozenset(folded(cell) for cell in self.header))

    def shown(self, folder: Path) -> str:
        """The path as the segments file writes it."""
        return _shown(self.path, folder) + (f"/{self.member}" if self.member else "")


def gather(paths: Sequence[str], folder: Path) -> tuple[list[Group], list[str]]:
    """All tables among `paths` (files, folders, patterns; relative to the working folder), seen from `folder`.

    With it, why the other files are not among them.
    """
    files, left = _expanded(paths)
    shapes: dict[object, list[_Seen]] = {}
    for path in files:
        try:
            tables = _tables(path, folder)
        except NotATableError as error:
            left.append(str(error))
            continue
        except OSError:
            left.append(f"{_shown(path, folder)} cannot be read")
            continue
        for seen in tables:
            useless = _of_nobody(seen)
            if useless:
                left.append(f"{seen.shown(folder)} {useless}")
            else:
                shapes.setdefault(seen.shape, []).append(seen)
    groups: list[Group] = []
    for shape in shapes.values():
        name = _free(_name(shape), {group.name for group in groups})
        groups.append(Group(name, _patterns(shape, folder), shape[0].format, shape[0].sheet))
    return groups, left


def spec_of(
    name: str, files: Sequence[str], format_: Format | None, settings: Mapping[str, Any], problems: Problems
) -> SourceSpec | None:
    """A source as a segments file would say it. One without a format need not say whose rows it has."""
    said: dict[str, Any] = {"files": list(files), **settings}
    said |= {"format": format_.name} if format_ is not None else {"id": "?"}
    expanded = formats.expand(wrap({"sources": {name: said}}))
    section = expanded.node.get("sources") if isinstance(expanded.node, Block) else None
    assert isinstance(section, Block)
    spec = source(section.entries[0], problems, expanded.offered)
    if spec is None or format_ is not None:
        return spec
    return replace(spec, settings=spec.settings.but(id=None))


def files_of(spec: SourceSpec, folder: Path, problems: Problems) -> list[SourceFile]:
    """Its files; none after problems were collected."""
    found = find_files(spec, folder, problems)
    return found if not problems.errors else []


def _expanded(paths: Sequence[str]) -> tuple[list[Path], list[str]]:
    found: dict[Path, None] = {}
    left: list[str] = []
    for given in paths:
        path = Path(given).expanduser().absolute()
        if path.is_dir():
            inside = sorted(_tables_in(path))
            where = "this folder" if path == Path.cwd() else given
            left += [] if inside else [f"{where} has no export files in it"]
            if len(inside) > _MOST_FILES:
                left.append(f"{given} has {len(inside):,} files; the first {_MOST_FILES} of them were looked at")
            found.update(dict.fromkeys(inside[:_MOST_FILES]))
        elif path.exists():
            found[path] = None
        else:
            fitting = sorted(one for one in Path(path.anchor).glob(str(path.relative_to(path.anchor))) if one.is_file())
            left += [] if fitting else [f"there is no file {given}"]
            found.update(dict.fromkeys(fitting))
    return list(found), left


def _tables_in(folder: Path) -> Iterable[Path]:
    """Every table below a folder, leaving out hidden folders and what segtool wrote itself."""
    for where, inner, names in os.walk(folder):
        inner[:] = sorted(
            name for name in inner if not name.startswith(".") and not (Path(where, name, "run.json")).exists()
        )
        for name in names:
            if not name.startswith((".", "~$")) and name.lower().endswith(ENDINGS):
                yield Path(where, name)


def _tables(path: Path, folder: Path) -> list[_Seen]:
    """The tables of a file: one; every file of an archive; or every sheet of a workbook that has rows."""
    problems = Problems()
    spec = spec_of("look", [str(path)], None, {}, problems)
    files = files_of(spec, folder, problems) if spec is not None else []
    if spec is None or not files:
        raise NotATableError(problems.errors[0].message if problems.errors else f"{path} cannot be read")
    found: list[_Seen] = []
    for file in files:
        try:
            found.append(_see(spec, file))
        except NotATableError as error:
            if not error.choices:
                raise
            found += [_see(_of_sheet(spec, sheet), file) for sheet in error.choices]
    return found


def _of_sheet(spec: SourceSpec, sheet: str) -> SourceSpec:
    return replace(spec, settings=spec.settings.but(sheet=sheet))


def _see(spec: SourceSpec, file: SourceFile) -> _Seen:
    header = tuple(named(header_of(spec, file)))
    where = f"{file.path}/{file.member}" if file.member else str(file.path)
    return _Seen(file.path, header, formats.recognised(header, where), file.member, spec.settings.sheet)


def _of_nobody(seen: _Seen) -> str:
    """Why an export is of no use here, although it is known."""
    cells = {folded(cell) for cell in seen.header}
    if _NOT_DONE in (seen.path.parent.name, Path(seen.member).parent.name):
        return "says who did not open a campaign; that somebody opened it is told elsewhere"
    return next((said for header, said in _OF_NOBODY if {folded(cell) for cell in header} <= cells), "")


def _shown(path: Path, folder: Path) -> str:
    """The path as the segments file writes it."""
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def _patterns(group: Sequence[_Seen], folder: Path) -> tuple[str, ...]:
    """One pattern, where one finds exactly these files; else their paths."""
    shown = tuple(seen.shown(folder) for seen in group)
    if len(shown) == 1 or any(seen.member for seen in group):
        return shown
    start = _whole(shown, _common(shown))
    backwards = [name[len(start) :][::-1] for name in shown]
    end = _whole(backwards, _common(backwards))[::-1]
    one_folder = len({seen.path.parent for seen in group}) == 1 and "/" not in end
    beside = [path for path in group[0].path.parent.iterdir() if path.is_file()]
    for pattern in (f"{start}*{_MARK.sub('*', end)}", f"{start}*{end}"):
        fitting = {path for path in beside if fnmatchcase(path.name, Path(pattern).name)}
        if one_folder and not re.search(r"[\[\]?]", pattern) and fitting == {seen.path for seen in group}:
            return (pattern,)
    return shown


def _common(names: Sequence[str]) -> str:
    """What all names begin with."""
    same = (letters[0] for letters in takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False)))
    return "".join(same)


def _whole(names: Sequence[str], start: str) -> str:
    """What all names begin with, without the beginning of a number or a word that only looks the same."""
    bare = re.sub(r"\d[\d_.-]*$", "", start)
    cut = bare == start and any(name[len(start) : len(start) + 1].isalpha() for name in names)
    return re.sub(r"[^\W\d_]+$", "", bare) if cut else bare


def _name(group: Sequence[_Seen]) -> str:
    """What the source is called: by its format, else by what its files have in common."""
    known = group[0].format
    if known is not None:
        maker, _, what = known.name.partition(".")
        return f"{maker}_{what}"
    stem = group[0].sheet or _common([seen.name.partition(".")[0] for seen in group])
    return clues.slug(re.sub(r"[\d_.-]+$", "", stem) or stem) or "table"


def _free(name: str, taken: Iterable[str]) -> str:
    number, found = 1, name if name != "any" else "any_file"
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found
