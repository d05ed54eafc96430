"""Sheets → an .xlsx file, through openpyxl, which takes a quarter of a second to load: import this where it is needed.

Our sheets go straight into the archive, row by row, in cells that are made once for a column and filled anew for every
row; a template's own sheets are saved as they were loaded. Every text is written as a text, so nothing in it can become
a formula or a link, and its cell is formatted as text, so that editing it does not make it one either. Same sheets,
same template, same instant: same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import polars as pl
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.drawing.spreadsheet_drawing import SpreadsheetDrawing
from openpyxl.styles import Alignment
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.workbook.properties import CalcProperties
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.dimensions import SheetDimension
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.writer.excel import ExcelWriter
from openpyxl.xml.functions import Element, SubElement

from segtool.output import worksheet
from segtool.output.workbook_template import Template, opened
from segtool.output.worksheet import Sheet

_CREATOR = "segtool"
_WHEN = (1980, 1, 1, 0, 0, 0)
_LARGE = 1 << 31
"""Bytes of a sheet from which its entry needs the larger kind of header."""
_FIRST_DAY, _FIRST_DAY_1904 = date(1900, 3, 1), date(1904, 1, 2)
"""From here on all programs count alike: Excel knows a 29 February 1900."""

Row = tuple[int, Sequence[Any]]


@dataclass(frozen=True)
class Look:
    """How cells look. `@` is text: what is typed into such a cell stays text."""

    form: str = "General"
    bold: bool = False
    alignment: Alignment | None = None


_HEADER = Look("@", bold=True)
_TEXT = Look("@")
_DAY = Look(r"yyyy\-mm\-dd")
_MOMENT = Look(r"yyyy\-mm\-dd\ hh:mm:ss")
_PLAIN = Look()
_WRAPPED = Look("@", alignment=Alignment(vertical="top", wrap_text=True))
_BESIDE_WRAPPED = Look(alignment=Alignment(vertical="top"))


def write(template: Template, sheets: Iterable[Sheet], zone: str, as_of: datetime, path: Path) -> int:
    """Writes the workbook with these sheets; how many cells had to be altered. Raises OSError.

    A sheet of the template that has the name of one of ours is replaced where it is. The sheets may be made one after
    the other: no more than one is held.
    """
    book = opened(template) if template else _empty()
    book.template = False  # a workbook, and no longer a template of Excel's own
    book.properties.modified = as_of
    if not template:
        book.properties.created, book.properties.creator = as_of, _CREATOR
    # Results of formulas are those of another day.
    book.calculation = book.calculation or CalcProperties()
    book.calculation.fullCalcOnLoad = True
    with _Archive(path, "w", ZIP_DEFLATED) as archive:
        writer = _BookWriter(book, archive)
        altered = sum(writer.add(sheet, zone) for sheet in sheets)
        writer.write_data()
    return altered


def _empty() -> Workbook:
    book = Workbook()
    book.remove(book.worksheets[0])
    return book


class _Archive(ZipFile):
    """An archive whose entries are the same whenever and wherever it is made."""

    def writestr(self, entry: Any, content: Any, *_: Any) -> None:
        super().writestr(_entry(entry), content, ZIP_DEFLATED)


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, _WHEN)
    entry.create_system, entry.external_attr = 0, 0
    entry.compress_type = ZIP_DEFLATED
    return entry


class _BookWriter(ExcelWriter):
    """Writes ours as they come, then all that a workbook needs around them, and nothing into files beside it."""

    _archive: ZipFile

    def __init__(self, book: Workbook, archive: ZipFile) -> None:
        super().__init__(book, archive)
        self._book = book
        self._written: set[str] = set()

    def add(self, sheet: Sheet, zone: str) -> int:
        """Writes one of our sheets; how many cells had to be altered."""
        place = _place(self._book, sheet)
        # Sheets are numbered in their order; ours come last, or where one of the same name was.
        place._id = self._book.index(place) + 1
        large = sheet.table.height * sheet.table.width * 100 > _LARGE
        with self._archive.open(_entry(place.path[1:]), "w", force_zip64=large) as stream:
            _finish(_SheetWriter(place, stream, sheet, zone))
        self._written.add(place.title)
        return sheet.unfit

    def write_worksheet(self, sheet: Any) -> None:
        sheet._drawing = SpreadsheetDrawing()  # empty: a template that has drawings is refused
        if sheet.title not in self._written:
            with self._archive.open(_entry(sheet.path[1:]), "w") as stream:
                writer: Any = WorksheetWriter(sheet, stream)
                _finish(writer)
            sheet._rels = writer._rels
        self.manifest.append(sheet)


def _finish(writer: WorksheetWriter) -> None:
    """Writes a sheet, and whatever happens ends the writer's generators while what they write into is open."""
    try:
        writer.write()
    finally:
        writer.close()


def _place(book: Workbook, sheet: Sheet) -> Any:
    """The empty sheet for ours: at the end, or where one of the same name was, under its name and as hidden as it."""
    old = next((one for one in book.worksheets if one.title.casefold() == sheet.name.casefold()), None)
    if old is None:
        new = book.create_sheet(sheet.name)
    else:
        position = book.index(old)
        book.remove(old)
        new = book.create_sheet(old.title, position)
        new.sheet_state, new.defined_names = old.sheet_state, old.defined_names
        new.sheet_view.tabSelected = old.sheet_view.tabSelected
        new.sheet_properties.tabColor = old.sheet_properties.tabColor
    _laid_out(new, sheet)
    return new


def _laid_out(place: Any, sheet: Sheet) -> None:
    place.freeze_panes = f"A{sheet.header + 1}"
    place.auto_filter.ref = _area(sheet)
    for column, width in enumerate(sheet.widths, start=1):
        place.column_dimensions[get_column_letter(column)].width = width
    for row, height in enumerate(sheet.heights, start=sheet.header + 1):
        place.row_dimensions[row].height = height
    place.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    place.page_setup.orientation, place.page_setup.fitToHeight = "landscape", False
    place.print_title_rows = f"{sheet.header}:{sheet.header}"


def _area(sheet: Sheet) -> str:
    """The cells of the table and its header."""
    return f"A{sheet.header}:{get_column_letter(max(sheet.table.width, 1))}{sheet.end}"


class _SheetWriter(WorksheetWriter):
    """Writes a sheet whose rows are made as they are asked for."""

    def __init__(self, place: Any, stream: Any, sheet: Sheet, zone: str) -> None:
        super().__init__(place, stream)
        self._place, self._sheet, self._zone = place, sheet, zone

    def write_dimensions(self) -> None:
        last = self._sheet.end + (len(self._sheet.below) + 1 if self._sheet.below else 0)
        self.xf.send(SheetDimension(f"A1:{get_column_letter(max(self._sheet.table.width, 1))}{last}").to_tree())

    def rows(self) -> Iterator[Row]:  # type: ignore[override]
        sheet = self._sheet
        yield from self._lines(sheet.above, 1, _HEADER)
        titles = [self._cell(column, _HEADER) for column in range(1, sheet.table.width + 1)]
        yield _row(sheet.header, titles, titles, [worksheet.line(name) for name in sheet.table.columns])
        yield from self._table()
        yield from self._lines(sheet.below, sheet.end + 2, _TEXT)

    def _lines(self, lines: Sequence[str], first: int, look: Look) -> Iterator[Row]:
        cells = [self._cell(1, look)]
        yield from (_row(number, cells, cells, [worksheet.line(line)]) for number, line in enumerate(lines, first))

    def _table(self) -> Iterator[Row]:
        kinds = self._sheet.table.dtypes
        texts = [self._cell(column, self._text) for column, _ in enumerate(kinds, start=1)]
        cells = [self._cell(column, self._look(kind), kind) for column, kind in enumerate(kinds, start=1)]
        first_day = _FIRST_DAY_1904 if self._place.parent.epoch == CALENDAR_MAC_1904 else _FIRST_DAY
        number = self._sheet.header
        for columns in self._sheet.slices(self._zone, first_day):
            for values in zip(*columns, strict=True):
                number += 1
                yield _row(number, cells, texts, values)

    @property
    def _text(self) -> Look:
        return _WRAPPED if self._sheet.wrapped else _TEXT

    def _look(self, kind: pl.DataType) -> Look:
        if worksheet.is_text(kind):
            return self._text
        if kind.is_temporal():
            return _DAY if kind == pl.Date else _MOMENT
        return _BESIDE_WRAPPED if self._sheet.wrapped else _PLAIN

    def _cell(self, column: int, look: Look, kind: pl.DataType | None = None) -> Any:
        cell: Any = Cell(self._place, row=1, column=column)
        cell.number_format = look.form
        if look.alignment is not None:
            cell.alignment = look.alignment
        if look.bold:
            font = copy(cell.font)  # the template's own
            font.b = True
            cell.font = font
        cell.data_type = _data_type(kind)
        return cell

    def write_drawings(self) -> None:
        """Without this, every id, phone number and zip would carry a mark that says it is no number."""
        kinds = enumerate(self._sheet.table.dtypes, start=1)
        first, last = self._sheet.header + 1, self._sheet.end
        texts = [get_column_letter(column) for column, kind in kinds if worksheet.is_text(kind)]
        if texts and last >= first:
            marks = Element("ignoredErrors")
            areas = " ".join(f"{column}{first}:{column}{last}" for column in texts)
            SubElement(marks, "ignoredError", {"sqref": areas, "numberStoredAsText": "1"})
            self.xf.send(marks)
        super().write_drawings()


def _data_type(kind: pl.DataType | None) -> str:
    """What openpyxl calls it: text, a flag, a date, a number."""
    if kind is None or worksheet.is_text(kind):
        return "s"
    if kind == pl.Boolean:
        return "b"
    return "d" if kind.is_temporal() else "n"


def _row(number: int, cells: Sequence[Any], texts: Sequence[Any], values: Sequence[object]) -> Row:
    """The cells of a row, filled; a missing value has none, and one that its own cell cannot show a cell of text."""
    filled = []
    for own, text, value in zip(cells, texts, values, strict=True):
        if value is not None:
            cell = text if type(value) is str else own
            cell.row = number
            cell._value = value  # not through `value`, which takes a text that begins with = for a formula
            filled.append(cell)
    return number, filled
