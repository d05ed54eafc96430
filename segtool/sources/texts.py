"""Delimited text → a lazy table of text cells: read by the engine, or row by row where that could lose a row.

Rows that are no rows of their table are handed over as misfits, each with its row and reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import islice
from mmap import ACCESS_READ, mmap
from pathlib import Path

import polars as pl

from segtool.config.frozen import dataclass
from segtool.sources import dialect, extent, widths
from segtool.sources.context import ROW
from segtool.sources.dialect import Dialect, Marks
from segtool.sources.files import SourceFile
from segtool.sources.glance import signs_of
from segtool.sources.kinds import NotATableError

CUT = "the file ends in the midst of this row"
_BATCH = 50_000
_WIDE = 1000
_TAIL = 1 << 20
_CELLS = "§cells"


@dataclass(frozen=True)
class Misfit:
    """A row that is no row of its table: which row, why, and what it says where it says one thing."""

    row: int
    reason: str
    text: str | None = None


@dataclass(frozen=True)
class Raw:
    """The cells of one file: its header as written, the rows below it (ROW counts them), and what is none of them.

    `above` rows stand above the header. `notes` says what was found out about the file. `plain` says that no cell has a
    sign that nobody sees, because all are ASCII, nor a line end of more than one sign, nor is written as a formula;
    `bare` that none has a blank. Unless rows are `counted`, those that lack cells are still among them.
    """

    header: Sequence[str]
    frame: pl.LazyFrame
    misfits: tuple[Misfit, ...] = ()
    notes: tuple[str, ...] = ()
    above: int = 0
    plain: bool = False
    bare: bool = False
    counted: bool = True


def read(file: SourceFile, found: Dialect, careful: bool, hasty: bool = False) -> Raw:
    """The cells below the header. Raises NotATableError."""
    scanned = None
    if not careful and not found.spaced:
        with suppress(pl.exceptions.ComputeError):  # a row is too long, or a byte does not fit
            scanned = _scan(file, found, hasty and 1 < len(found.header) < _WIDE)
    return _row_by_row(file, found) if scanned is None else scanned


def _scan(file: SourceFile, found: Dialect, hasty: bool) -> Raw | None:
    """The fast reader; None where quotation marks that do not match could hide rows from it."""
    source, marks = _content(file, found, hasty)
    width = len(found.header)
    frame = pl.scan_csv(
        source,
        separator=found.delimiter,
        schema={f"column_{n}": pl.String for n in range(width)},
        has_header=False,  # the header is read as a row and left out: the first row says how wide all are
        skip_lines=found.above,
        row_index_name=ROW,
        glob=False,
    )
    with _mapped(source) as content:
        # Some cell goes over several lines.
        several = marks.quotes > 0 and frame.select(pl.len()).collect().item() != marks.lines - found.above
        sound = not marks.quotes or dialect.quotes_match(content, found.delimiter)
        if several and not sound:
            return None
        if marks.quotes % 2 and dialect.last_line(content).count(b'"') % 2:
            return None
        if not marks.ended and dialect.is_long(content, found):
            return None
        ends = _end(content, found, marks.ended)
        again = marks.counted and dialect.has_header_again(source, found)
    if ends:
        rows = int(frame.select(pl.len()).collect().item())
        frame = frame.head(rows - len(ends))
    frame = frame.slice(1)
    misfits = [replace(one, row=rows - n + found.rows_above) for n, one in enumerate(ends) if one.reason]
    told = widths.odd_rows(source, found, marks, frame, several, sound) if marks.counted else ({}, None)
    if told is None:
        return None
    odd, usual = told
    if odd:
        misfits += [Misfit(row + 1 + found.rows_above, reason) for row, reason in odd.items()]
        frame = frame.filter(~pl.col(ROW).is_in(list(odd)))
    if again:
        repeated, frame = without_header(frame, found.header)
        misfits += [Misfit(row + 1 + found.rows_above, extent.AGAIN) for row in repeated]
    notes = _notes(file, found, usual)
    misfits.sort(key=lambda misfit: misfit.row)
    return Raw(found.header, frame, tuple(misfits), notes, found.rows_above, marks.plain, marks.bare, marks.counted)


def without_header(frame: pl.LazyFrame, header: Sequence[str]) -> tuple[list[int], pl.LazyFrame]:
    """Which rows repeat the header (by ROW), as in files that were put together of several; and the others."""
    columns = [name for name in frame.collect_schema().names() if name != ROW]
    same = [pl.col(name) == cell for name, cell in zip(columns, header, strict=True) if cell.strip()]
    alike = pl.all_horizontal(same).fill_null(False)
    rows = frame.filter(alike).select(ROW).collect(engine="streaming").to_series().to_list()
    return rows, frame.filter(~alike) if rows else frame


def _end(content: bytes | mmap, found: Dialect, ended: bool) -> list[Misfit]:
    """What follows the last row of the table, from the end upwards, and blank rows there, which have no reason.

    Their positions are not known yet.
    """
    found_: list[Misfit] = []
    start = max(0, len(content) - _TAIL)
    tail = content[start:].decode(errors="replace")
    lines = tail.removesuffix("\n").split("\n")[1:]
    for line in reversed(lines[-extent.LAST :]):
        cells = dialect.cells_of(line, found)
        if cells is None:
            break
        if not any(cell.strip() for cell in cells):
            found_.append(Misfit(0, ""))
        elif extent.is_below(cells, len(found.header)):
            found_.append(Misfit(0, extent.BELOW, extent.text_of(cells)))
        elif not ended and not found_ and dialect.is_cut(line, found):
            found_.append(Misfit(0, CUT))
        else:
            break
    while found_ and not found_[-1].reason:
        found_.pop()
    return found_


def _notes(file: SourceFile, found: Dialect, usual: int | None) -> tuple[str, ...]:
    """What there is to say of how the file was read."""
    width = len(found.header)
    notes = [f"{file.shown}: blanks before quotation marks were taken away"] if found.spaced else []
    if usual is not None and any(cell.strip() for cell in found.header[usual:]):
        few = f"no row has more than {usual} of the {width} cells of its header"
        notes.append(f"{file.shown}: {few}; the others are missing")
    return tuple(notes)


def _content(file: SourceFile, found: Dialect, hasty: bool) -> tuple[Path | bytes, Marks]:
    """The path of a file that can be read as it is, else its text in plain UTF-8."""
    if found.plain:
        signs = file.signs or signs_of(file.path)
        if signs.simple:
            return file.path, dialect.simple_marks(file.path, found.delimiter, signs, hasty)
        with _mapped(file.path) as content:
            marks = dialect.marks(content, found.delimiter)
        if not marks.carriage and not marks.nul:
            return file.path, marks
    text = dialect.decoded(file, found).encode()
    return text, dialect.marks(text, found.delimiter)


@contextmanager
def _mapped(source: Path | bytes) -> Iterator[bytes | mmap]:
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as stream, mmap(stream.fileno(), 0, access=ACCESS_READ) as content:
        yield content


def _row_by_row(file: SourceFile, found: Dialect) -> Raw:
    """Every row by itself, in plain Python, which can say of each what is wrong with it."""
    width = len(found.header)
    misfits: list[Misfit] = []
    text = dialect.decoded(file, found)
    rows = _fitting(file, text, found, misfits)
    schema = {ROW: pl.UInt32, _CELLS: pl.UInt32, **{f"column_{n}": pl.String for n in range(width)}}
    frames = [pl.DataFrame(schema=schema)]
    while batch := list(islice(rows, _BATCH)):
        frames.append(pl.DataFrame(batch, schema=schema, orient="row"))
    frame = pl.concat(frames)
    filled = pl.any_horizontal(pl.exclude(ROW, _CELLS).str.strip_chars() != "")
    # That all rows end in separators says nothing; where some do, nobody knows which of their cells is too many.
    long = any(misfit.reason.endswith(widths.beside(width)) for misfit in misfits)
    frame = frame if long else _without_trailing(frame, filled, width)
    most = int(frame.get_column(_CELLS).max() or width)  # type: ignore[arg-type]
    usual = width if long else min(most, width)
    enough = min(usual, widths.named(found))
    fits = pl.col(_CELLS).is_between(enough, width)
    few = frame.filter(~fits & filled).select(ROW, _CELLS)
    misfits += [Misfit(row + 1 + found.rows_above, widths.misfit(cells, width)) for row, cells in few.iter_rows()]
    misfits.sort(key=lambda misfit: misfit.row)
    kept = frame.filter(fits).drop(_CELLS)
    narrow = usual if usual < width else None
    return Raw(
        found.header,
        kept.lazy(),
        tuple(misfits),
        _notes(file, found, narrow),
        found.rows_above,
        text.isascii() and '"=""' not in text,
    )


def _without_trailing(frame: pl.DataFrame, filled: pl.Expr, width: int) -> pl.DataFrame:
    """The rows, of which none is too long if all are so by as many blank cells."""
    counts = frame.filter(filled).get_column(_CELLS).unique()
    if counts.len() == 1 and counts.item() > width:
        return frame.with_columns(pl.lit(width, dtype=pl.UInt32).alias(_CELLS))
    return frame


def _fitting(file: SourceFile, text: str, found: Dialect, misfits: list[Misfit]) -> Iterator[list[int | str]]:
    """The rows of a file: its position below the header, how many cells it has, and these. Appends to `misfits`."""
    width, position, swallowed = len(found.header), 0, 0
    ends = _end(text[-_TAIL:].encode() if len(text) > _TAIL else text.encode(), found, not text or text.endswith("\n"))
    last = sum(1 for _ in dialect.records(text, found)) - 1 if ends else 0
    below = {last - number: misfit for number, misfit in enumerate(ends) if misfit.reason}
    for position, (cells, swallowed) in enumerate(dialect.records(text, found)):
        if position <= found.rows_above:
            continue
        if position in below:
            misfits.append(replace(below[position], row=position + 1))
        elif swallowed < 0:
            misfits.append(Misfit(position + 1, widths.UNCLOSED))
        elif swallowed:
            lines = f"; it takes in {swallowed} lines" if swallowed > 1 else ""
            misfits.append(Misfit(position + 1, f"{widths.UNSOUND}{lines}"))
        elif cells == list(found.header):
            misfits.append(Misfit(position + 1, extent.AGAIN))
        elif any(cell.strip() for cell in cells[width:]):
            misfits.append(Misfit(position + 1, widths.misfit(len(cells), width)))
        else:
            yield [position - found.rows_above, len(cells), *cells[:width], *[""] * (width - len(cells))]
    if swallowed > 1:
        message = f"a quotation mark opens in row {position + 1} of {file.shown} and takes in all that follows"
        raise NotATableError(f"{message}; close it there, or export the file again")
