"""A table → the XML of one sheet: frozen header, filter, widths, real dates and numbers, and text that stays text.

Every text is written as a text, so nothing in it can become a formula or a link, and its cell is formatted as text, so
that editing it does not make it one either. What no sheet can hold (control characters, texts beyond Excel's limit) is
replaced and counted. The XML is built by column expressions, a slice of rows at a time: memory does not grow with rows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from segtool.output import csv
from segtool.output.styles import Look

ROWS = 1_048_576
COLUMNS = 16_384
LONGEST = 32_767
"""In a cell, as Excel counts: in UTF-16 units."""

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"

_EXACT = 10**15 - 1
"""The largest whole number that Excel shows as it is."""
_CELLS = 200_000
"""In one slice."""
_WIDTHS_FROM = 1_000
"""Rows that the widths of columns are taken from."""
_NARROW, _WIDE, _WRAPPED = 8, 48, 60
_LINE, _HIGHEST = 15, 405
"""Heights in points: of a line, and the largest that a row may have."""
_CONTROL = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"
_ASTRAL = r"[\x{10000}-\x{10FFFF}]"
_ESCAPE = r"_(x[0-9A-Fa-f]{4}_)"
"""A text that Excel would take for one character."""
_EPOCH = {False: 25_569, True: 24_107}
"""1 January 1970 as workbooks count days, from 1900 and from 1904."""
_FIRST_DAY = {False: 61, True: 1}
"""From here on all programs count alike: Excel knows a 29 February 1900."""
_DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Sheet:
    """One sheet: lines of text, a table under its header, and lines below.

    Columns in `wrapped` hold texts of several lines; where there are any, rows are as high as these need.
    """

    name: str
    table: pl.DataFrame
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    wrapped: Collection[str] = ()

    @property
    def header(self) -> int:
        """The row of the header."""
        return len(self.above) + (2 if self.above else 1)

    @property
    def area(self) -> str:
        """The cells of the table and its header."""
        return f"A{self.header}:{letters(max(self.table.width, 1) - 1)}{self.header + self.table.height}"


@dataclass(frozen=True)
class Setting:
    """What a sheet takes from its workbook: the number of the first of our formats, and where its days begin."""

    zone: str = "UTC"
    first: int = 0
    from_1904: bool = False
    selected: bool = False

    def look(self, look: Look) -> str:
        return f' s="{self.first + look}"'


def letters(column: int) -> str:
    """The name of a column counted from 0: A, Z, AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name


def write(sheet: Sheet, setting: Setting) -> Iterator[tuple[bytes, int]]:
    """The pieces of the sheet, each with the number of its cells that had to be altered."""
    yield _top(sheet, setting).encode(), 0
    for row, line in enumerate(sheet.above, start=1):
        yield _line(row, [line], setting, Look.HEADER).encode(), 0
    yield _line(sheet.header, sheet.table.columns, setting, Look.HEADER).encode(), 0
    size = max(1, _CELLS // max(1, sheet.table.width))
    for start in range(0, sheet.table.height, size):
        part = sheet.table.slice(start, size)
        yield _rows(part, sheet, setting, sheet.header + 1 + start), _unfit(part)
    last = sheet.header + sheet.table.height + 2
    for row, line in enumerate(sheet.below, start=last):
        yield _line(row, [line], setting, Look.TEXT).encode(), 0
    yield _tail(sheet).encode(), 0


def _top(sheet: Sheet, setting: Setting) -> str:
    below = f"A{sheet.header + 1}"
    selected = ' tabSelected="1"' if setting.selected else ""
    widths = "".join(
        f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>'
        for place, width in enumerate(_widths(sheet), start=1)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
        f'<worksheet xmlns="{MAIN}"><sheetPr><pageSetUpPr fitToPage="1"/></sheetPr>'
        f'<sheetViews><sheetView{selected} workbookViewId="0"><pane ySplit="{sheet.header}" topLeftCell="{below}" '
        f'activePane="bottomLeft" state="frozen"/><selection pane="bottomLeft" activeCell="{below}" sqref="{below}"/>'
        f'</sheetView></sheetViews><sheetFormatPr defaultRowHeight="15"/>'
        f"{f'<cols>{widths}</cols>' if widths else ''}<sheetData>"
    )


def _tail(sheet: Sheet) -> str:
    texts = [place for place, kind in enumerate(sheet.table.dtypes) if kind == pl.String]
    first, last = sheet.header + 1, sheet.header + sheet.table.height
    areas = " ".join(f"{letters(place)}{first}:{letters(place)}{last}" for place in texts)
    # Without this, every id, phone number and zip would carry a mark that says it is no number.
    ignored = f'<ignoredErrors><ignoredError sqref="{areas}" numberStoredAsText="1"/></ignoredErrors>'
    return (
        f'</sheetData><autoFilter ref="{sheet.area}"/>'
        '<pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75" header="0.3" footer="0.3"/>'
        '<pageSetup orientation="landscape" fitToHeight="0"/>'
        f"{ignored if areas and last >= first else ''}</worksheet>"
    )


def _widths(sheet: Sheet) -> Iterator[int]:
    """A width for every column, in characters, with room for the button of the filter."""
    sample = sheet.table.head(_WIDTHS_FROM)
    shown = csv.texts(sample, "UTC")
    for name in sheet.table.columns:
        longest = shown.get_column(name).str.len_chars().max() or 0
        assert isinstance(longest, int)
        most = _WRAPPED if name in sheet.wrapped else _WIDE
        yield min(max(longest + 2, len(name) + 4, _NARROW), most)


def _line(row: int, texts: Sequence[str], setting: Setting, look: Look) -> str:
    cells = pl.DataFrame({"text": list(texts)}, schema={"text": pl.String}).select(_escaped(_fit(pl.col("text"))))
    start = f'{setting.look(look)} t="inlineStr"><is><t xml:space="preserve">'
    written = (
        f'<c r="{letters(place)}{row}"{start}{text}</t></is></c>' for place, text in enumerate(cells.to_series())
    )
    return f'<row r="{row}">{"".join(written)}</row>'


def _rows(part: pl.DataFrame, sheet: Sheet, setting: Setting, first: int) -> bytes:
    """The rows of a slice of the table; `first` is the row of its first."""
    numbered = part.with_columns(pl.int_range(first, first + part.height).cast(pl.String).alias("§row"))
    row = pl.col("§row")
    cells = [
        _cell(name, part.schema[name], f"{letters(place)}", bool(sheet.wrapped), setting)
        for place, name in enumerate(part.columns)
    ]
    start = [pl.lit('<row r="'), row, pl.lit('"'), *_height(sheet), pl.lit(">")]
    written = numbered.select(pl.concat_str(*start, *cells, pl.lit("</row>")))
    return "".join(written.to_series()).encode()


def _height(sheet: Sheet) -> Iterator[pl.Expr]:
    """The height that the longest wrapped text of a row needs: not every program finds it by itself."""
    if sheet.wrapped:
        lines = [
            pl.col(name).str.split("\n").list.eval((pl.element().str.len_chars() - 1) // _WRAPPED + 1).list.sum()
            for name in sheet.wrapped
        ]
        most = pl.max_horizontal(*lines, 1).clip(upper_bound=_HIGHEST // _LINE)
        yield from (pl.lit(' ht="'), (most * _LINE).cast(pl.String), pl.lit('" customHeight="1"'))


def _cell(name: str, kind: pl.DataType, column: str, wrapped: bool, setting: Setting) -> pl.Expr:
    """One column's cells; a missing value has none."""
    value = pl.col(name)
    number = Look.NUMBER if wrapped else None

    def cell(look: Look | None, more: str, content: pl.Expr, close: str) -> pl.Expr:
        style = setting.look(look) if look is not None else ""
        return pl.concat_str(
            pl.lit(f'<c r="{column}'), pl.col("§row"), pl.lit(f'"{style}{more}'), content, pl.lit(close)
        )

    def text(shown: pl.Expr) -> pl.Expr:
        look = Look.WRAPPED if wrapped else Look.TEXT
        return cell(look, ' t="inlineStr"><is><t xml:space="preserve">', _escaped(_fit(shown)), "</t></is></c>")

    if kind == pl.Boolean:
        made = cell(number, ' t="b"><v>', value.cast(pl.Int8).cast(pl.String), "</v></c>")
    elif kind.is_integer():
        exact = cell(number, "><v>", value.cast(pl.String), "</v></c>")
        made = pl.when(value.is_between(-_EXACT, _EXACT)).then(exact).otherwise(text(value.cast(pl.String)))
    elif kind.is_float():
        finite = cell(number, "><v>", value.cast(pl.String), "</v></c>")
        made = pl.when(value.is_finite()).then(finite).otherwise(text(value.cast(pl.String)))
    elif kind.is_temporal():
        serial = _serial(value, kind, setting)
        look = Look.DAY if kind == pl.Date else Look.MOMENT
        dated = cell(look, "><v>", serial.cast(pl.String), "</v></c>")
        known = serial >= _FIRST_DAY[setting.from_1904]
        made = pl.when(known).then(dated).otherwise(text(csv.as_text(kind, name, setting.zone)))
    else:
        made = text(csv.as_text(kind, name, setting.zone))
    return made.fill_null("")


def _serial(value: pl.Expr, kind: pl.DataType, setting: Setting) -> pl.Expr:
    """A date or instant as workbooks count: days, and their fraction on the clock of the zone."""
    epoch = _EPOCH[setting.from_1904]
    if kind == pl.Date:
        return value.cast(pl.Int32) + epoch
    wall = csv.wall_time(value, setting.zone).cast(pl.Datetime("us")).cast(pl.Int64)
    return wall / _DAY_US + epoch


def _units(text: pl.Expr) -> pl.Expr:
    return text.str.len_chars() + text.str.count_matches(_ASTRAL)


def _fit(text: pl.Expr) -> pl.Expr:
    """A text as a cell can hold it."""
    visible = text.str.replace_all(_CONTROL, "\N{REPLACEMENT CHARACTER}")
    short = pl.when(text.str.contains(_ASTRAL)).then(LONGEST // 2 - 1).otherwise(LONGEST - 1)
    cut = visible.str.slice(0, short) + "…"
    return pl.when(_units(text) > LONGEST).then(cut).otherwise(visible)


def _escaped(text: pl.Expr) -> pl.Expr:
    """For XML, whose lines end in one way, and for Excel, which reads `_x0041_` as A."""
    lines = text.str.replace_all("\r\n?", "\n").str.replace_all(_ESCAPE, "_x005F_${1}")
    return lines.str.replace_many(["&", "<", ">"], ["&amp;", "&lt;", "&gt;"])


def _unfit(part: pl.DataFrame) -> int:
    """How many texts a cell cannot hold as they are."""
    texts = [name for name in part.columns if part.schema[name] in (pl.String, pl.List)]
    shown = part.select(csv.as_text(part.schema[name], name, "UTC") for name in texts)
    flags = shown.select(
        (pl.col(name).str.contains(_CONTROL) | (_units(pl.col(name)) > LONGEST)).sum() for name in texts
    )
    return sum(int(count) for count in flags.row(0)) if texts else 0
