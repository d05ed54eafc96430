"""Files → one lazy table of text cells: trimmed, blank as missing, every row knowing where it came from.

Nothing is typed here and nothing is dropped but rows that hold nothing at all and rows with more cells than the
header, which are handed over as rejects.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from pathlib import Path

import polars as pl

from segtool.config.frozen import dataclass
from segtool.config.problems import Problems, listed
from segtool.config.settings import SourceSpec
from segtool.sources import dialect, excel, extent, parquet, quirks, texts
from segtool.sources.context import ROW
from segtool.sources.files import SourceFile
from segtool.sources.headers import named, resolve_columns, rests_on, wanted
from segtool.sources.kinds import NotATableError
from segtool.sources.texts import Misfit, Raw
from segtool.sources.trimming import Trimming

SAMPLE = 1000
"""Rows at the beginning of a file that are looked at before the others."""


@dataclass(frozen=True)
class Cells:
    """`frame` has the source's columns as text under our names, and ROW and FILE; `head` some rows of each file.

    `misfits` come with the position of their file.
    `notes` says what was found out about the files, one line each; `folded` how many rows of a file (its position)
    became part of another one. `some` makes the frame with fewer columns, where that takes less.
    """

    frame: pl.LazyFrame
    head: pl.LazyFrame
    columns: tuple[str, ...]
    files: tuple[SourceFile, ...]
    misfits: tuple[tuple[int, Misfit], ...] = ()
    notes: tuple[str, ...] = ()
    folded: Mapping[int, int] = field(default_factory=dict)
    some: Callable[[Collection[str]], pl.LazyFrame] | None = None

    def of(self, columns: Collection[str]) -> pl.LazyFrame:
        """The frame, with these columns at least."""
        return self.some(columns) if self.some is not None else self.frame


def read(
    spec: SourceSpec,
    files: Sequence[SourceFile],
    scratch: Path,
    problems: Problems,
    careful: bool = False,
    hasty: bool = False,
) -> Cells | None:
    """The text cells of all files of a source; None after problems were collected.

    `careful` reads row by row in plain Python, for files that the fast reader refuses; `hasty` leaves it to the rows to
    show, by UncountedError, that some may lack cells. What is packed is unpacked into
    `scratch`.
    """
    frames: list[pl.LazyFrame] = []
    heads: list[pl.LazyFrame] = []
    columns: dict[str, None] = {}
    misfits: list[tuple[int, Misfit]] = []
    notes: list[str] = []
    folded: dict[int, int] = {}
    before = len(problems.errors)
    quirks.check_patterns(spec, problems)
    if len(problems.errors) > before:
        return None
    for number, file in enumerate(files):
        try:
            inside = file.unpacked(scratch)
            raw = _raw(spec, inside, careful, hasty and spec.settings.fold is None)
        except NotATableError as error:
            problems.error("not-a-table", str(error), spec.place(error.setting))
            continue
        notes.extend(raw.notes)
        if raw.above and spec.settings.skip_rows is None:
            notes.append(_found_below(file, raw.above))
        written = named(raw.header)
        names = resolve_columns(spec, written, file.shown, problems)
        nameless = _nameless(raw, written)
        spoken = rests_on(spec)
        names = {
            ours: cell for ours, cell in names.items() if ours != cell or ours in spoken or nameless.get(cell, True)
        }
        notes.extend(_odd_names(file, raw, written, nameless))
        positions = {cell: position for position, cell in enumerate(written)}
        places = {name: positions[cell] for name, cell in names.items()}
        missing = spec.settings.missing or ()
        trimming = Trimming(places, missing, raw.above + 1, number, raw.plain, raw.bare, raw.counted, raw.header[0])
        some = partial(_lines, trimming, raw.frame, names, spec, inside)
        lines = some()
        head = _lines(trimming, raw.frame.head(SAMPLE), names, spec, inside)
        frames.append(quirks.folded(lines, spec, ROW))
        heads.append(quirks.folded(head, spec, ROW))
        if spec.settings.fold is not None:
            folded[number] = quirks.fewer(lines, frames[-1])
        columns.update(dict.fromkeys((*names, *spec.settings.from_file_name)))
        misfits.extend((number, misfit) for misfit in raw.misfits)
    if len(problems.errors) > before:
        return None
    table, head = (pl.concat(of_all, how="diagonal") if len(of_all) > 1 else of_all[0] for of_all in (frames, heads))
    apart = some if len(files) == 1 and quirks.apart(spec) else None
    return Cells(table, head, tuple(columns), tuple(files), tuple(misfits), tuple(notes), folded, apart)


def names_of(spec: SourceSpec) -> dict[str, None]:
    """The columns that the configuration names: those of an optional source that is not there."""
    s = spec.settings
    keys = (s.id, s.contact, s.time, s.event, *(s.unique or ()), *s.columns, *s.from_file_name, *s.types)
    return dict.fromkeys(key for key in (*keys, *(lookup.on for lookup in s.lookup)) if key is not None)


def _raw(spec: SourceSpec, file: SourceFile, careful: bool, hasty: bool) -> Raw:
    """The cells of one file as they stand in it. Raises NotATableError."""
    s = spec.settings
    if file.is_workbook:
        sheet = excel.cells(file, s.sheet, s.skip_rows, wanted(spec))
        rows = _as_written(sheet.frame).lazy().with_row_index(ROW, offset=1)
        again, rows = texts.without_header(rows, sheet.header)
        misfits = [Misfit(row + 1 + sheet.above, extent.AGAIN) for row in again]
        misfits += [Misfit(row, extent.BELOW, text) for row, text in sheet.below]
        return Raw(sheet.header, rows, tuple(misfits), sheet.notes, sheet.above)
    if file.kind == "parquet":
        return parquet.read(file, spec)
    found = dialect.sniff(file, s.delimiter, s.encoding, s.skip_rows, wanted(spec))
    raw = texts.read(file, found, careful, hasty)
    if found.plain and found.delimiter == ",":
        return raw
    mark = {"\t": "tab", ";": "semicolon", "|": "bar"}.get(found.delimiter, "comma")
    return replace(raw, notes=(f"{file.shown} was read as {found.encoding}, separated by {mark}", *raw.notes))


def _nameless(read: Raw, names: Sequence[str]) -> dict[str, bool]:
    """The columns without a name in the header, and whether they hold anything."""
    blank = [place for place, cell in enumerate(read.header) if not cell.strip()]
    if not blank:
        return {}
    cells = [name for name in read.frame.collect_schema().names() if name != ROW]
    asked = [(pl.col(cells[place]).str.strip_chars() != "").any().alias(names[place]) for place in blank]
    return read.frame.select(asked).collect(engine="streaming").row(0, named=True)


def _odd_names(file: SourceFile, read: Raw, names: Sequence[str], nameless: Mapping[str, bool]) -> Iterator[str]:
    """What the columns are called that have no name of their own."""
    filled = [f'"{name}"' for name, holds in nameless.items() if holds]
    if len(filled) == 1:
        yield f"{file.shown}: a column without a name is called {filled[0]}"
    elif filled:
        called = listed(filled, "and") or f"{filled[0]} to {filled[-1]}"
        yield f"{file.shown}: {len(filled):,} columns without a name are called {called}"
    written = [" ".join(cell.split()) for cell in read.header]
    for cell, count in Counter(written).items():
        if cell and count > 1:
            others = [name for own, name in zip(written, names, strict=True) if own == cell]
            called = listed(others, "and") or f"{others[0]} to {others[-1]}"
            yield f"{file.shown}: {count:,} columns have the same name; they are called {called}"


def _found_below(file: SourceFile, above: int) -> str:
    rows = "row 1 above it is no part of it" if above == 1 else f"rows 1 to {above} above it are no part of it"
    return f"{file.shown}: the table begins with its header in row {above + 1}; {rows}"


def _as_written(frame: pl.DataFrame) -> pl.DataFrame:
    """A workbook's dates come with a time and its times with a date: days where a column has midnights alone."""
    time_alone = r"^1899-12-3[01] ([0-9]{2}:[0-9]{2}:[0-9]{2})"
    frame = frame.with_columns(pl.all().str.replace(time_alone, "$1"))
    midnight = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} 00:00:00$"
    timed = r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}"
    days = [column.name for column in frame.iter_columns() if _midnights_alone(column, midnight, timed)]
    return frame.with_columns(pl.col(days).str.replace(r"^([0-9]{4}-[0-9]{2}-[0-9]{2}) 00:00:00$", "$1"))


def _midnights_alone(column: pl.Series, midnight: str, timed: str) -> bool:
    at_midnight = column.str.contains(midnight)
    return bool(at_midnight.any()) and not (column.str.contains(timed) & ~at_midnight).any()


def _lines(
    trimming: Trimming,
    raw: pl.LazyFrame,
    names: Mapping[str, str],
    spec: SourceSpec,
    file: SourceFile,
    asked: Collection[str] | None = None,
) -> pl.LazyFrame:
    """Trimmed cells with what the file's name says, as the quirks of its export want them read."""
    prepared = quirks.unmarked(quirks.filled(trimming.of(raw, asked), spec, names), spec, names)
    return quirks.from_name(prepared, spec, file) if spec.settings.from_file_name else prepared
