"""The columns of a source without reading it: what the configuration calls them, and where they are in the file.

Needs no data frames, so that a slip in segments.yaml is answered at once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from segtool.config.columns import Columns, folded, match_name
from segtool.config.problems import Problems, suggestion
from segtool.config.settings import Config, SourceSpec
from segtool.sources import dialect, excel, parquet
from segtool.sources.files import SourceFile, find_files
from segtool.sources.kinds import NotATableError

_UNSPEAKABLE = re.compile(r"^(?:\*|\^.*\$|§.*)$")
"""Names that the engine would take for a pattern, or that are its own."""


_ADDRESS = re.compile(r"\S@\S+\.\S")
_NUMBERED = re.compile(r" \([0-9]+\)$")
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u2060\ufeff]")


def header_of(spec: SourceSpec, file: SourceFile) -> tuple[str, ...]:
    """The header cells of a file as written. Raises NotATableError."""
    s = spec.settings
    if file.is_packed:
        with TemporaryDirectory(prefix="segtool-") as folder:
            return header_of(spec, file.unpacked(Path(folder)))
    if file.is_workbook:
        return excel.header(file, s.sheet, s.skip_rows, wanted(spec))
    if file.kind == "parquet":
        return parquet.header(file)
    return dialect.sniff(file, s.delimiter, s.encoding, s.skip_rows, wanted(spec)).header


def wanted(spec: SourceSpec) -> tuple[tuple[str, ...], ...]:
    """What the file may call each column that the source rests on, the one that says whose row it is first."""
    s = spec.settings
    keys = dict.fromkeys(key for key in (s.id or s.contact, s.time, s.event, *s.columns) if key is not None)
    names = (s.columns.get(key, (key,)) for key in keys if key not in s.from_file_name)
    return tuple((*some, *(_NUMBERED.sub("", name) for name in some)) for some in names)


def named(header: Sequence[str]) -> list[str]:
    """Header cells as unique names: trimmed; blank and unspeakable ones by position, repeated ones by number."""
    names: dict[str, None] = {}
    repeated: dict[str, int] = {}
    for position, cell in enumerate(header, start=1):
        base = _UNSEEN.sub("", " ".join(cell.split()))
        if not base or _UNSPEAKABLE.search(base):
            base = f"column {position}"
        names[_free(base, names, repeated)] = None
    return list(names)


def _free(base: str, taken: Collection[str], repeated: dict[str, int]) -> str:
    """`base`, or the first `base (2)`, `base (3)` … that is not taken."""
    name, count = base, repeated.get(base, 1)
    while name in taken:
        count += 1
        name = f"{base} ({count})"
    repeated[base] = count
    return name


def resolve_columns(spec: SourceSpec, header: Sequence[str], shown: str, problems: Problems) -> dict[str, str]:
    """Our name → the name in the file, for every column of the file, in its order.

    A column whose own name was given to another one is numbered like a repeated one. Collects a problem for every
    column that the source names and the file lacks; those that only its format speaks of may be absent.
    """
    s = spec.settings
    ours: dict[str, list[str]] = {}
    absent: dict[str, tuple[str, ...]] = {}
    for name, names in s.columns.items():
        asked, found = _first(names, header)
        if found is not None:
            ours.setdefault(found, []).append(name)
            if name not in spec.offered:
                _only(spec, ("columns", name), asked, found, header, shown, problems)
        else:
            absent[name] = names
            if name not in spec.offered:
                _lacks(spec, ("columns", name), names, header, shown, problems)
    columns: dict[str, str] = {}
    given = {*s.columns, *s.from_file_name} - {*absent}
    taken = {*given, *header}
    for cell in header:
        own = _free(cell, taken, {}) if cell in given else cell
        columns.update(dict.fromkeys(ours.get(cell) or [own], cell))
    known = (*columns, *s.from_file_name)
    for path, column in _named_by(spec):
        told = column in absent and column not in spec.offered
        found = match_name(column, known)
        if found is not None and found not in given:
            _only(spec, path, column, found, header, shown, problems)
        if found is None and not told:
            _lacks(spec, path, absent.get(column, (column,)), header if column in absent else known, shown, problems)
    return columns


def _first(names: Sequence[str], header: Sequence[str]) -> tuple[str, str | None]:
    """The first of these names that a column of the file has, and that column. `name (1)` is the first of several."""
    for name in names:
        base = name.removesuffix(" (1)")
        found = match_name(name, header) or (match_name(base, header) if base != name else None)
        if found is not None and (base == name or _again(found) in header or name in header):
            return name, found
    return "", None


def _again(name: str) -> str:
    """What the second column of a name is called."""
    return f"{name} (2)"


def _only(
    spec: SourceSpec,
    path: tuple[str | int, ...],
    asked: str,
    found: str,
    header: Sequence[str],
    shown: str,
    problems: Problems,
) -> None:
    """Refuses the name of several columns where one of them is meant."""
    if _again(found) in header and not asked.endswith(" (1)"):
        key = path[1] if path[0] == "columns" else found
        which = f'columns: {{{key}: "{found} (1)"}} for the first, "{_again(found)}" for the second'
        message = f'{shown} has several columns "{found}"; say which is meant: {which}'
        problems.error("which-column", message, spec.place(*path))


def rests_on(spec: SourceSpec) -> set[str]:
    """The columns, by our names, that the settings of a source speak of."""
    return {column for _, column in _named_by(spec)}


def _named_by(spec: SourceSpec) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every column, by our name, that the settings of a source rest on, with where they do so."""
    s = spec.settings
    for key in ("id", "contact", "time", "event"):
        column = getattr(s, key)
        if column is not None:
            yield (key,), column
    yield from ((("unique", position), column) for position, column in enumerate(s.unique or ()))
    yield from ((("types", column), column) for column in s.types if column not in spec.offered)
    yield from ((("lookup", position, "on"), lookup.on) for position, lookup in enumerate(s.lookup))
    if s.fold is not None:
        yield from ((("fold", "by", position), column) for position, column in enumerate(s.fold.by))
        gathered = enumerate(s.fold.gather or ())
        yield from ((("fold", "gather", at), column) for at, column in gathered if column not in spec.offered)


def declared_columns(spec: SourceSpec, names: Sequence[str]) -> Columns:
    """The columns of a source with the types that are known without reading it."""
    s = spec.settings
    types = dict.fromkeys(names, "")
    for column, kind in s.types.items():
        found = match_name(column, names)
        if found is not None or column not in spec.offered:
            types[found or column] = kind
    for column in s.fold.gather or () if s.fold is not None else ():
        types |= dict.fromkeys(filter(None, [match_name(column, names)]), "list")
    for column in names:
        if not types[column] and folded(column) == "email":
            types[column] = "email"
    for key in ("id", "contact", "time", "event"):
        column_name = match_name(getattr(s, key) or "", names)
        if column_name is not None and not types[column_name]:
            types[column_name] = {"time": "datetime", "event": "text"}.get(key, "")
    declared = frozenset(s.events) if s.event else frozenset({s.event_name or spec.name})
    return Columns(
        source=spec.name,
        role=spec.role,
        types=types,
        events=declared if spec.role == "events" else frozenset(),
        open=s.event is not None,
        dated=s.time is not None,
        id=match_name(s.id or s.contact or "", names) or "",
    )


def catalog(config: Config, problems: Problems) -> dict[str, Columns]:
    """What the headers of the files tell. A source whose files cannot be read is left out, after it was said why."""
    found = {}
    for name, spec in config.sources.items():
        columns = _told(spec, config, problems)
        others = [_told(lookup, config, problems) for lookup in spec.lookups]
        if columns is not None and None not in others:
            found[name] = columns_with(columns, [other for other in others if other is not None])
    return found


def columns_with(columns: Columns, others: Sequence[Columns]) -> Columns:
    """The columns of events and, where they have none of that name, those of their lookups."""
    types = dict(columns.types)
    for other in others:
        types |= {name: kind for name, kind in other.types.items() if match_name(name, types) is None}
    return replace(columns, types=types)


def _told(spec: SourceSpec, config: Config, problems: Problems) -> Columns | None:
    before = len(problems.errors)
    columns: dict[str, str] = {}
    for file in find_files(spec, config.folder, problems):
        try:
            columns |= resolve_columns(spec, named(header_of(spec, file)), file.shown, problems)
        except NotATableError as error:
            problems.error("not-a-table", str(error), spec.place(error.setting))
        except OSError:
            problems.error(
                "unreadable-file", f"{file.shown} cannot be read; is it a file, and yours?", spec.place("files")
            )
        columns |= {name: name for name in spec.settings.from_file_name}
    if len(problems.errors) > before:
        return None
    return declared_columns(spec, list(columns)) if columns else None


def _lacks(
    spec: SourceSpec,
    path: tuple[str | int, ...],
    wanted: Sequence[str],
    available: Collection[str],
    shown: str,
    problems: Problems,
) -> None:
    asked = " or ".join(f'"{name}"' for name in wanted)
    near = next(filter(None, (suggestion(name, available) for name in wanted)), "")
    valid = "" if near else f"; it has {', '.join(list(available)[:20])}"
    if any(_ADDRESS.search(name) for name in available):  # somebody's row, whom nobody else has to hear of
        near, valid = "", "; it seems to have no header, or another delimiter than , ; tab and |"
    problems.error("no-column", f"{shown} has no column {asked}{near}{valid}", spec.place(*path))
