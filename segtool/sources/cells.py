"""Files → one lazy table of text cells: trimmed, blank as missing, every row knowing where it came from.

Nothing is typed here and nothing is dropped but rows that hold nothing at all and rows with more cells than the
header, which are handed over as rejects.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from segtool.config.problems import Problems
from segtool.config.settings import SourceSpec
from segtool.sources import dialect, excel
from segtool.sources.dialect import Dialect, NotATableError
from segtool.sources.files import SourceFile
from segtool.sources.headers import named, resolve_columns

ROW = "§row"
FILE = "§file"


@dataclass(frozen=True)
class Misfit:
    """A row that is no row of its table: which file (its position), which row, and why."""

    file: int
    row: int
    reason: str


@dataclass(frozen=True)
class Cells:
    """`frame` has the source's columns as text under our names, and ROW and FILE.

    `notes` says what was found out about the files, one line each.
    """

    frame: pl.LazyFrame
    columns: tuple[str, ...]
    files: tuple[SourceFile, ...]
    misfits: tuple[Misfit, ...] = ()
    notes: tuple[str, ...] = ()


def read(spec: SourceSpec, files: Sequence[SourceFile], problems: Problems, careful: bool = False) -> Cells | None:
    """The text cells of all files of a source; None after problems were collected.

    `careful` reads row by row in plain Python, for files that the fast reader refuses.
    """
    frames: list[pl.LazyFrame] = []
    columns: dict[str, None] = {}
    misfits: list[Misfit] = []
    notes: list[str] = []
    before = len(problems.errors)
    for number, file in enumerate(files):
        try:
            header, frame, wrong = _one(spec, file, number, careful, notes)
        except NotATableError as error:
            problems.error("not-a-table", str(error), spec.place("files"))
            continue
        names = resolve_columns(spec, named(header), file.shown, problems)
        frames.append(_prepared(frame, list(names), number, spec))
        columns.update(dict.fromkeys(names))
        misfits.extend(wrong)
    if len(problems.errors) > before:
        return None
    if not frames:
        frames = [_nothing(spec, columns)]
    table = pl.concat(frames, how="diagonal") if len(frames) > 1 else frames[0]
    return Cells(table, tuple(columns), tuple(files), tuple(misfits), tuple(notes))


def _nothing(spec: SourceSpec, columns: dict[str, None]) -> pl.LazyFrame:
    """The empty table of an optional source that is not there: the columns that the configuration names."""
    s = spec.settings
    keys = (s.id, s.contact, s.time, s.event, *(s.unique or ()), *s.columns, *s.types)
    columns.update(dict.fromkeys(key for key in keys if key is not None))
    schema = dict.fromkeys(columns, pl.String)
    return pl.LazyFrame(schema={**schema, ROW: pl.Int64, FILE: pl.Int32})


_Raw = tuple[Sequence[str], pl.LazyFrame, list[Misfit]]


def _one(spec: SourceSpec, file: SourceFile, number: int, careful: bool, notes: list[str]) -> _Raw:
    s = spec.settings
    if file.is_workbook:
        names, frame = excel.cells(file, s.sheet, s.skip_rows)
        return names, _whole_days(frame).lazy().with_row_index(ROW), []
    found = dialect.sniff(file, s.delimiter, s.encoding, s.skip_rows)
    if not found.plain or found.delimiter != ",":
        mark = {"\t": "tab", ";": "semicolon", "|": "bar"}.get(found.delimiter, "comma")
        notes.append(f"{file.shown} was read as {found.encoding}, separated by {mark}")
    if careful:
        return _row_by_row(file, found, s.skip_rows, number)
    return found.header, _scan(file, found, s.skip_rows), []


def _scan(file: SourceFile, found: Dialect, skip_rows: int) -> pl.LazyFrame:
    source = file.path if found.plain else io.BytesIO(dialect.decoded(file, found).encode())
    return pl.scan_csv(
        source,
        separator=found.delimiter,
        schema={f"column_{n}": pl.String for n in range(len(found.header))},
        has_header=False,
        skip_rows=skip_rows + 1,
        raise_if_empty=False,
        row_index_name=ROW,
    )


def _row_by_row(file: SourceFile, found: Dialect, skip_rows: int, number: int) -> _Raw:
    """Every row by itself: too many cells make a misfit, too few are missing cells at the end."""
    width = len(found.header)
    rows = csv.reader(io.StringIO(dialect.decoded(file, found), newline=""), delimiter=found.delimiter)
    good: list[list[str]] = []
    numbers: list[int] = []
    misfits: list[Misfit] = []
    try:
        for position, cells in enumerate(rows):
            if position <= skip_rows or not cells:
                continue
            if any(cell.strip() for cell in cells[width:]):
                reason = f"the row has {len(cells)} cells and the header {width}"
                misfits.append(Misfit(number, position + 1, reason))
                continue
            good.append(cells[:width] + [""] * (width - len(cells)))
            numbers.append(position - skip_rows - 1)
    except csv.Error as error:
        raise NotATableError(f"{file.shown} cannot be read from row {len(good) + 2} on: {error}") from None
    columns = [f"column_{n}" for n in range(width)]
    frame = pl.DataFrame(good, schema=dict.fromkeys(columns, pl.String), orient="row")
    return found.header, frame.with_columns(pl.Series(ROW, numbers, dtype=pl.UInt32)).lazy(), misfits


def _whole_days(frame: pl.DataFrame) -> pl.DataFrame:
    """A workbook's dates come with a time; where a column has midnights alone, they are days."""
    midnight = r"^\d{4}-\d{2}-\d{2} 00:00:00$"
    timed = r"^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"
    days = [column.name for column in frame.iter_columns() if _midnights_alone(column, midnight, timed)]
    return frame.with_columns(pl.col(days).str.replace(r"^(\d{4}-\d{2}-\d{2}) 00:00:00$", "$1"))


def _midnights_alone(column: pl.Series, midnight: str, timed: str) -> bool:
    at_midnight = column.str.contains(midnight)
    return bool(at_midnight.any()) and not (column.str.contains(timed) & ~at_midnight).any()


def _prepared(frame: pl.LazyFrame, names: list[str], number: int, spec: SourceSpec) -> pl.LazyFrame:
    """Our names, trimmed cells, missing texts as missing, rows that hold nothing left out."""
    s = spec.settings
    raw = [name for name in frame.collect_schema().names() if name != ROW]
    cells = [_trimmed(pl.col(name), s.missing or ()).alias(ours) for name, ours in zip(raw, names, strict=False)]
    below_header = s.skip_rows + 2  # rows are counted as a spreadsheet shows them
    return (
        frame.select((pl.col(ROW).cast(pl.Int64) + below_header).alias(ROW), *cells)
        .filter(pl.any_horizontal(pl.col(names).is_not_null()))
        .with_columns(pl.lit(number, dtype=pl.Int32).alias(FILE))
    )


def _trimmed(cell: pl.Expr, missing: Sequence[str]) -> pl.Expr:
    text = cell.str.strip_chars()
    return pl.when(text.is_in(["", *missing])).then(None).otherwise(text)
