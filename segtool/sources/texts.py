"""Delimited text → a lazy table of text cells: read by the engine, or row by row where that could lose a row.

Rows that are no rows of their table are handed over as misfits, each with its row and reason.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from mmap import ACCESS_READ, mmap
from pathlib import Path

import polars as pl

from segtool.sources import dialect
from segtool.sources.context import ROW
from segtool.sources.dialect import Dialect, Marks
from segtool.sources.files import SourceFile
from segtool.sources.kinds import NotATableError

CUT = "the file ends in the midst of this row"
_BATCH = 50_000


@dataclass(frozen=True)
class Misfit:
    """A row that is no row of its table: which row, and why."""

    row: int
    reason: str


@dataclass(frozen=True)
class Raw:
    """The cells of one file: its header as written, the rows below it (with ROW), and what is none of them.

    `notes` says what was found out about the file.
    """

    header: Sequence[str]
    frame: pl.LazyFrame
    misfits: tuple[Misfit, ...] = ()
    notes: tuple[str, ...] = ()


def read(file: SourceFile, found: Dialect, skip_rows: int, careful: bool) -> Raw:
    """The cells below the header. Raises NotATableError."""
    scanned = None if careful else _scan(file, found)
    return _row_by_row(file, found, skip_rows) if scanned is None else scanned


def _scan(file: SourceFile, found: Dialect) -> Raw | None:
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
        misfits.append(Misfit(last + found.above, CUT))
        frame = frame.slice(0, last - 1)
    return Raw(found.header, frame.slice(1), tuple(misfits))


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


def _row_by_row(file: SourceFile, found: Dialect, skip_rows: int) -> Raw:
    """Every row by itself: too many cells make a misfit, too few are missing cells at the end."""
    width = len(found.header)
    misfits: list[Misfit] = []
    rows = _fitting(file, found, skip_rows, misfits)
    schema = {ROW: pl.UInt32, **{f"column_{n}": pl.String for n in range(width)}}
    frames = [pl.DataFrame(schema=schema)]
    while batch := list(islice(rows, _BATCH)):
        frames.append(pl.DataFrame(batch, schema=schema, orient="row"))
    return Raw(found.header, pl.concat(frames).lazy(), tuple(misfits))


def _fitting(file: SourceFile, found: Dialect, skip_rows: int, misfits: list[Misfit]) -> Iterator[list[int | str]]:
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
                misfits.append(Misfit(position + 1, CUT))
            elif swallowed:
                reason = f"its quotation marks do not match; it takes in {swallowed} lines"
                misfits.append(Misfit(position + 1, reason))
            elif any(cell.strip() for cell in cells[width:]):
                reason = f"the row has {len(cells)} cells and the header {width}"
                misfits.append(Misfit(position + 1, reason))
            else:
                yield [position - skip_rows, *cells[:width], *[""] * (width - len(cells))]
    except csv.Error as error:
        raise NotATableError(f"{file.shown} cannot be read from row {position + 2} on: {error}") from None
    if swallowed:
        message = f"a quotation mark opens in row {position + 1} of {file.shown} and takes in all that follows"
        raise NotATableError(f"{message}; close it there, or export the file again")
