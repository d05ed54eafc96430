"""Files → one lazy table of text cells: trimmed, blank as missing, every row knowing where it came from.

Nothing is typed here and nothing is dropped but rows that hold nothing at all and rows with more cells than the
header, which are handed over as rejects.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from mmap import ACCESS_READ, mmap
from pathlib import Path

import polars as pl

from segtool.config.problems import Problems
from segtool.config.settings import SourceSpec
from segtool.sources import dialect, excel, quirks
from segtool.sources.dialect import Dialect, Marks, NotATableError
from segtool.sources.files import SourceFile
from segtool.sources.headers import named, resolve_columns

ROW = "§row"
FILE = "§file"
CUT = "the file ends in the midst of this row"
_BATCH = 50_000


@dataclass(frozen=True)
class Misfit:
    """A row that is no row of its table: which file (its position), which row, and why."""

    file: int
    row: int
    reason: str


@dataclass(frozen=True)
class Cells:
    """`frame` has the source's columns as text under our names, and ROW and FILE.

    `notes` says what was found out about the files, one line each; `folded` how many rows of a file (its position)
    became part of another one.
    """

    frame: pl.LazyFrame
    columns: tuple[str, ...]
    files: tuple[SourceFile, ...]
    misfits: tuple[Misfit, ...] = ()
    notes: tuple[str, ...] = ()
    folded: Mapping[int, int] = field(default_factory=dict)


def read(spec: SourceSpec, files: Sequence[SourceFile], problems: Problems, careful: bool = False) -> Cells | None:
    """The text cells of all files of a source; None after problems were collected.

    `careful` reads row by row in plain Python, for files that the fast reader refuses.
    """
    frames: list[pl.LazyFrame] = []
    columns: dict[str, None] = {}
    misfits: list[Misfit] = []
    notes: list[str] = []
    folded: dict[int, int] = {}
    before = len(problems.errors)
    quirks.check_patterns(spec, problems)
    if len(problems.errors) > before:
        return None
    for number, file in enumerate(files):
        try:
            header, frame, wrong = _one(spec, file, number, careful, notes)
        except NotATableError as error:
            problems.error("not-a-table", str(error), spec.place("files"))
            continue
        written = named(header)
        names = resolve_columns(spec, written, file.shown, problems)
        positions = {cell: position for position, cell in enumerate(written)}
        prepared = _prepared(frame, {name: positions[cell] for name, cell in names.items()}, number, spec)
        prepared = quirks.unmarked(prepared, spec)
        if spec.settings.from_file_name:
            prepared = quirks.from_name(prepared, spec, file)
        if spec.settings.fold is not None:
            lines, prepared = prepared, quirks.folded(prepared, spec, ROW)
            folded[number] = quirks.fewer(lines, prepared)
        frames.append(prepared)
        columns.update(dict.fromkeys((*names, *spec.settings.from_file_name)))
        misfits.extend(wrong)
    if len(problems.errors) > before:
        return None
    if not frames:
        frames = [_nothing(spec, columns)]
    table = pl.concat(frames, how="diagonal") if len(frames) > 1 else frames[0]
    return Cells(table, tuple(columns), tuple(files), tuple(misfits), tuple(notes), folded)


def _nothing(spec: SourceSpec, columns: dict[str, None]) -> pl.LazyFrame:
    """The empty table of an optional source that is not there: the columns that the configuration names."""
    s = spec.settings
    keys = (s.id, s.contact, s.time, s.event, *(s.unique or ()), *s.columns, *s.from_file_name, *s.types)
    columns.update(dict.fromkeys(key for key in keys if key is not None))
    schema = dict.fromkeys(columns, pl.String)
    return pl.LazyFrame(schema={**schema, ROW: pl.Int64, FILE: pl.Int32})


_Raw = tuple[Sequence[str], pl.LazyFrame, list[Misfit]]


def _one(spec: SourceSpec, file: SourceFile, number: int, careful: bool, notes: list[str]) -> _Raw:
    s = spec.settings
    if file.is_workbook:
        names, sheet = excel.cells(file, s.sheet, s.skip_rows)
        return names, _as_written(sheet).lazy().with_row_index(ROW, offset=1), []
    found = dialect.sniff(file, s.delimiter, s.encoding, s.skip_rows)
    if not found.plain or found.delimiter != ",":
        mark = {"\t": "tab", ";": "semicolon", "|": "bar"}.get(found.delimiter, "comma")
        notes.append(f"{file.shown} was read as {found.encoding}, separated by {mark}")
    scanned = None if careful else _scan(file, found, number)
    if scanned is None:
        return _row_by_row(file, found, s.skip_rows, number)
    return found.header, *scanned


def _scan(file: SourceFile, found: Dialect, number: int) -> tuple[pl.LazyFrame, list[Misfit]] | None:
    """The fast reader; None where quotation marks that do not match could hide rows from it."""
    source, marks = _content(file, found)
    frame = pl.scan_csv(
        source,
        separator=found.delimiter,
        schema={f"column_{n}": pl.String for n in range(len(found.header))},
        has_header=False,  # the header is read as a row and left out: the first row says how wide all are
        skip_lines=found.above,
        row_index_name=ROW,
        glob=False,
    )
    if marks.quoted and frame.select(pl.len()).collect().item() != marks.lines - found.above:
        # Some cell goes over several lines.
        with _mapped(source) as content:
            if not dialect.quotes_match(content, found.delimiter):
                return None
    misfits = []
    if not marks.ended and _is_cut(source, found):
        last = int(frame.select(pl.len()).collect().item())
        misfits.append(Misfit(number, last + found.above, CUT))
        frame = frame.slice(0, last - 1)
    return frame.slice(1), misfits


def _is_cut(source: Path | bytes, found: Dialect) -> bool:
    """Whether the last line has no line end and lacks cells."""
    with _mapped(source) as content:
        last = content[content.rfind(b"\n") + 1 :].decode(errors="replace")
    return dialect.is_cut(last, found)


def _content(file: SourceFile, found: Dialect) -> tuple[Path | bytes, Marks]:
    """The path of a file that can be read as it is, else its text in plain UTF-8."""
    if found.plain:
        with _mapped(file.path) as content:
            marks = dialect.marks(content)
        if not marks.carriage and not marks.nul:
            return file.path, marks
    text = dialect.decoded(file, found).encode()
    return text, dialect.marks(text)


@contextmanager
def _mapped(source: Path | bytes) -> Iterator[bytes | mmap]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
        yield content


def _row_by_row(file: SourceFile, found: Dialect, skip_rows: int, number: int) -> _Raw:
    """Every row by itself: too many cells make a misfit, too few are missing cells at the end."""
    width = len(found.header)
    misfits: list[Misfit] = []
    rows = _fitting(file, found, skip_rows, number, misfits)
    schema = {ROW: pl.UInt32, **{f"column_{n}": pl.String for n in range(width)}}
    frames = [pl.DataFrame(schema=schema)]
    while batch := list(islice(rows, _BATCH)):
        frames.append(pl.DataFrame(batch, schema=schema, orient="row"))
    return found.header, pl.concat(frames).lazy(), misfits


def _fitting(
    file: SourceFile, found: Dialect, skip_rows: int, number: int, misfits: list[Misfit]
) -> Iterator[list[int | str]]:
    """The rows of a file, each its position below the header and its cells. Appends to `misfits`."""
    width, position, swallowed = len(found.header), 0, 0
    text = dialect.decoded(file, found)
    last = -1
    if dialect.is_cut(text[text.rfind("\n") + 1 :], found):
        last = sum(1 for _ in dialect.records(text, found.delimiter)) - 1
    try:
        for position, (cells, swallowed) in enumerate(dialect.records(text, found.delimiter)):
            if position <= skip_rows:
                continue
            if position == last:
                misfits.append(Misfit(number, position + 1, CUT))
            elif swallowed:
                reason = f"its quotation marks do not match; it takes in {swallowed} lines"
                misfits.append(Misfit(number, position + 1, reason))
            elif any(cell.strip() for cell in cells[width:]):
                reason = f"the row has {len(cells)} cells and the header {width}"
                misfits.append(Misfit(number, position + 1, reason))
            else:
                yield [position - skip_rows, *cells[:width], *[""] * (width - len(cells))]
    except csv.Error as error:
        raise NotATableError(f"{file.shown} cannot be read from row {position + 2} on: {error}") from None
    if swallowed:
        message = f"a quotation mark opens in row {position + 1} of {file.shown} and takes in all that follows"
        raise NotATableError(f"{message}; close it there, or export the file again")


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


def _prepared(frame: pl.LazyFrame, positions: Mapping[str, int], number: int, spec: SourceSpec) -> pl.LazyFrame:
    """Our names, trimmed cells, missing texts as missing, rows that hold nothing left out.

    `positions` says which column of the file has our name.
    """
    s = spec.settings
    raw = [name for name in frame.collect_schema().names() if name != ROW]
    cells = [_trimmed(pl.col(raw[place]), s.missing or ()).alias(ours) for ours, place in positions.items()]
    header = s.skip_rows + 1  # rows are counted as a spreadsheet shows them
    return (
        frame.select((pl.col(ROW).cast(pl.Int64) + header).alias(ROW), *cells)
        .filter(pl.any_horizontal(pl.col(list(positions)).is_not_null()))
        .with_columns(pl.lit(number, dtype=pl.Int32).alias(FILE))
    )


def _trimmed(cell: pl.Expr, missing: Sequence[str]) -> pl.Expr:
    text = cell.str.strip_chars()
    return pl.when(text.is_in(["", *missing])).then(None).otherwise(text)
