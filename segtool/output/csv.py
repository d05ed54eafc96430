"""Tables → CSV that people open in a spreadsheet: quoted where needed, nothing in it that would run.

A cell of text that a spreadsheet would take for a formula gets a leading apostrophe; numbers, phone numbers, dates
and the id column never do. Instants are written as wall times of the configured zone. Same table, same bytes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import BinaryIO

import polars as pl

from segtool.sources import disk

_TRIGGER = r"^[\s\x00-\x1f]*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]|^[\t\r\n]"
_NUMBER = r"^[+-]?[.,]?[0-9][0-9.,' \x{A0}\x{202F}]*(?:[eE][+-]?[0-9]+)?\s?%?$"
_PHONE = r"^\+[0-9 \x{A0}().\-/]{7,24}$"
_PHONE_DIGITS = (7, 15)


_NEEDS_QUOTES = r'[,;\t|"\r\n]|^\s|\s$'
_SPECIAL = rf"[=+\-@\x{{FF1D}}\x{{FF0B}}\x{{FF0D}}\x{{FF20}}]|{_NEEDS_QUOTES}"
"""In every cell that a closer look would alter: that at a million harmless ones takes its time."""

_SEPARATORS = ",;\t\r\n"
_INNER = r"[=\x{FF1D}]|[+\-@\x{FF0B}\x{FF0D}\x{FF20}][^,;\t\r\n]*[(|!]"


@dataclass(frozen=True)
class Style:
    """How a CSV file is written; `zone` is where instants are shown."""

    delimiter: str = ","
    bom: bool = False
    zone: str = "UTC"
    decimal: str = "."

    @property
    def mark(self) -> str:
        return "\t" if self.delimiter == "tab" else self.delimiter

    @property
    def inner(self) -> str:
        """A formula within a cell, where a program that splits at another mark would begin a cell."""
        others = "".join(mark for mark in _SEPARATORS if mark != self.mark)
        return rf"""([{others}]["\s]*)({_INNER})"""


@dataclass(frozen=True)
class Cells:
    """A table whose cells are final text, quoted and harmless; `runs` marks those that were altered, where any was.

    Made once for all lists that show the same contacts: a list then is a selection of rows and columns.
    """

    texts: pl.DataFrame
    runs: Mapping[str, pl.Series]

    def rows(self, chosen: pl.Series) -> Cells:
        """The rows at these positions; a missing position is a row of gaps."""
        texts = self.texts.select(pl.all().gather(chosen))
        return Cells(texts, {name: flags.gather(chosen) for name, flags in self.runs.items()})

    def columns(self, names: Sequence[str]) -> Cells:
        return Cells(self.texts.select(names), {name: flags for name, flags in self.runs.items() if name in names})

    def over(self, other: Cells) -> Cells:
        """These columns, and in place of those that `other` has as well, its own."""
        kept = [name for name in other.texts.columns if name not in self.texts.columns]
        runs = {name: flags for name, flags in other.runs.items() if name in kept}
        texts = pl.DataFrame([*self.texts, *(other.texts.get_column(name) for name in kept)])
        return Cells(texts, {**self.runs, **runs})

    @property
    def altered(self) -> int:
        """How many cells were made harmless."""
        return sum(int(flags.sum()) for flags in self.runs.values())


def cells(table: pl.DataFrame, style: Style, exact: Collection[str] = ()) -> Cells:
    """The cells of `table` as they are written; the columns in `exact` are never altered, only quoted."""
    shown = texts(table, style.zone)
    numbers = [name for name in table.columns if table.schema[name].is_float() and style.decimal != "."]
    marked = shown.with_columns(pl.col(name).str.replace(".", style.decimal, literal=True) for name in numbers)
    guarded = {name for name in shown.columns if name not in exact and table.schema[name] in (pl.String, pl.List)}
    special = marked.select(
        pl.col(name).str.contains(_SPECIAL if name in guarded else _NEEDS_QUOTES) for name in marked.columns
    )
    done, runs = [], {}
    for text, mask in zip(marked.iter_columns(), special.iter_columns(), strict=True):
        rows, safe = mask.arg_true(), text
        if text.name in guarded:
            running = _running(text, rows, style)
            safe = _at(text, running, lambda cell: _harmless(cell, style))
            if running.len():
                runs[text.name] = pl.repeat(False, text.len(), eager=True).alias(text.name).scatter(running, True)
        done.append(_at(safe, rows, _quoted))
    return Cells(pl.DataFrame(done), runs)


def _running(text: pl.Series, rows: pl.Series, style: Style) -> pl.Series:
    """Those of these rows whose cell a spreadsheet would run."""
    for look in (_suspect, would_run):
        rows = rows.filter(text.gather(rows).to_frame().select(look(pl.col(text.name), style)).to_series())
    return rows


def _at(text: pl.Series, rows: pl.Series, change: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """A column whose cells at these rows are changed."""
    if not rows.len():
        return text
    name = text.name
    return text.scatter(rows, text.gather(rows).to_frame().select(change(pl.col(name)).alias(name)).to_series())


def save(found: Cells, path: Path, style: Style) -> int:
    """Writes a header and the cells; how many of them were made harmless."""
    with disk.refusals(path), opened(path, header(found.texts.columns, style), style) as stream:
        found.texts.write_csv(
            stream, include_header=False, separator=style.mark, quote_style="never", null_value=gap(found.texts.width)
        )
    return found.altered


def header(names: Sequence[str], style: Style) -> str:
    return style.mark.join(_title(name, style) for name in names)


def gap(width: int) -> str:
    """A missing cell in a table of so many columns: a line with nothing on it would be no row."""
    return "" if width > 1 else '""'


@contextmanager
def opened(path: Path, first: str, style: Style) -> Iterator[BinaryIO]:
    """The file, begun with its header."""
    with path.open("wb") as stream:
        stream.write(b"\xef\xbb\xbf" if style.bom else b"")
        stream.write((first + "\n").encode())
        yield stream


@dataclass(frozen=True)
class Page:
    """A file to write: its header, and rows whose columns are final text, of one cell or of many."""

    path: Path
    header: str
    rows: pl.LazyFrame


def save_pages(pages: Collection[Page], style: Style) -> None:
    """Writes all of them in one go: what they choose from is then looked at while it is near the processor."""
    folder = Path(os.path.commonpath([page.path.parent for page in pages]))
    with disk.refusals(folder), ExitStack() as streams:
        begun = [
            page.rows.sink_csv(
                streams.enter_context(opened(page.path, page.header, style)),
                include_header=False,
                separator=style.mark,
                quote_style="never",
                lazy=True,
            )
            for page in pages
        ]
        pl.collect_all(begun)


@cache
def _title(name: str, style: Style) -> str:
    """A column's name as a cell. Names come from files too, and may hold anything."""
    title = pl.DataFrame({"title": [name]}).select(_quoted(_harmless(pl.col("title"), style)))
    return str(title.item())


def write(table: pl.DataFrame, path: Path, style: Style, exact: Collection[str] = ()) -> int:
    """Writes `table` to `path`; the columns in `exact` are never altered. How many cells were made harmless."""
    return save(cells(table, style, exact), path, style)


def beside(names: Sequence[str], more: Sequence[str]) -> list[str]:
    """The names of the columns of two tables; of two with one name, the second is numbered."""
    taken = {*names, *more}
    return [*names, *(_other(name, taken) if name in names else name for name in more)]


def between(before: pl.DataFrame, table: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """The columns of all three; of two with one name, the later is numbered."""
    names = beside(beside(before.columns, table.columns), after.columns)
    columns = [*before.iter_columns(), *table.iter_columns(), *after.iter_columns()]
    return pl.DataFrame([column.alias(name) for column, name in zip(columns, names, strict=True)])


def _other(name: str, taken: Collection[str]) -> str:
    return next(f"{name} ({number})" for number in count(2) if f"{name} ({number})" not in taken)


def texts(table: pl.DataFrame, zone: str) -> pl.DataFrame:
    """Every cell as people read it; instants as wall times of `zone`."""
    return table.select(as_text(table.schema[name], name, zone) for name in table.columns)


def wall_time(instant: pl.Expr, zone: str) -> pl.Expr:
    """Naive UTC → what the clock of `zone` showed, without a zone."""
    return instant.dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.replace_time_zone(None)


def as_text(kind: pl.DataType, name: str, zone: str) -> pl.Expr:
    """A column as texts, under its name."""
    column = pl.col(name)
    if isinstance(kind, pl.Datetime):
        return wall_time(column, zone).dt.strftime("%Y-%m-%d %H:%M:%S").alias(name)
    if isinstance(kind, pl.List):
        element = pl.element()
        needs = element.str.contains(r'[,"]')
        quoted = pl.lit('"') + element.str.replace_all('"', '""', literal=True) + '"'
        return column.list.eval(pl.when(needs).then(quoted).otherwise(element)).list.join(", ").alias(name)
    if kind.is_float():
        # 20.0 is 20 to a marketer; the value is the same.
        return column.cast(pl.String).str.replace(r"\.0$", "").alias(name)
    return column.cast(pl.String).alias(name)


def would_run(text: pl.Expr, style: Style) -> pl.Expr:
    """Whether a spreadsheet would run this text, or a part of it, as a formula."""
    return (_begins(text) | text.str.contains(style.inner)).fill_null(False)


def _suspect(text: pl.Expr, style: Style) -> pl.Expr:
    """Whether an even closer look at this text is needed."""
    return text.str.contains(_TRIGGER) | text.str.contains(style.inner)


def _begins(text: pl.Expr) -> pl.Expr:
    digits = text.str.count_matches("[0-9]")
    phone = text.str.contains(_PHONE) & digits.is_between(*_PHONE_DIGITS)
    return text.str.contains(_TRIGGER) & ~text.str.contains(_NUMBER) & ~phone


def _harmless(text: pl.Expr, style: Style) -> pl.Expr:
    inside = text.str.replace_all(style.inner, "$1'$2")
    return pl.when(_begins(text)).then(pl.lit("'") + inside).otherwise(inside)


def _quoted(text: pl.Expr) -> pl.Expr:
    """In quotes where any delimiter in use anywhere could split the cell, or a line end could break it."""
    needs = text.str.contains(_NEEDS_QUOTES)
    return pl.when(needs).then(pl.lit('"') + text.str.replace_all('"', '""', literal=True) + '"').otherwise(text)
