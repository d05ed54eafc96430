"""Workbooks → text cells, through calamine; the directory of the file is looked at before it is opened.

Refuses encrypted, damaged and inflated workbooks with a sentence, and never guesses between two sheets with rows.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING

import fastexcel

from segtool.config.problems import listed, suggestion
from segtool.sources.dialect import NotATableError
from segtool.sources.files import SourceFile

if TYPE_CHECKING:
    import polars as pl

_MAX_UNPACKED = 1 << 30
_MAX_RATIO = 200
_RATIO_FROM = 100 << 20
_MAX_ENTRIES = 10_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def header(file: SourceFile, sheet: str | None, skip_rows: int) -> tuple[str, ...]:
    """The header cells. Raises NotATableError."""
    reader = _open(file)
    name = _sheet(reader, file, sheet)
    with _reading(file, name):
        columns = reader.load_sheet(name, header_row=skip_rows, n_rows=1, dtypes="string").available_columns()
    return tuple("" if column.name.startswith("__UNNAMED__") else column.name for column in columns)


def cells(file: SourceFile, sheet: str | None, skip_rows: int) -> tuple[tuple[str, ...], pl.DataFrame]:
    """The header and the rows below it, every cell as text. Raises NotATableError."""
    frame = _cells(file, sheet, skip_rows)
    if not frame.height or not any((cell or "").strip() for cell in frame.row(0)):
        raise NotATableError(f"{file.shown} has no header row where one is expected; see skip_rows and sheet")
    names = tuple(cell or "" for cell in frame.row(0))
    return names, frame.slice(1)


def _cells(file: SourceFile, sheet: str | None, skip_rows: int) -> pl.DataFrame:
    # Deferred: a slip in segments.yaml is answered without loading the engine.
    import polars as pl  # noqa: PLC0415

    reader = _open(file)
    name = _sheet(reader, file, sheet)
    with _reading(file, name):
        return pl.DataFrame(reader.load_sheet(name, header_row=None, skip_rows=skip_rows, dtypes="string"))


def _reading(file: SourceFile, sheet: str) -> AbstractContextManager[None]:
    return _refusing(f'{file.shown}: sheet "{sheet}" cannot be read', "save it anew")


@contextmanager
def _refusing(what: str, advice: str) -> Iterator[None]:
    """Whatever the reader cannot do with a workbook is a sentence about the workbook."""
    try:
        yield
    except BaseException as error:
        # Where the reader itself breaks down, it raises a BaseException whose type it does not publish.
        if not isinstance(error, fastexcel.FastExcelError) and type(error).__name__ != "PanicException":
            raise
        raise NotATableError(f"{what} ({_reason(error)}); {advice}") from None


def _open(file: SourceFile) -> fastexcel.ExcelReader:
    with file.path.open("rb") as stream:
        head = stream.read(8)
    if head.startswith(_OLE) and file.path.suffix.lower() in (".xlsx", ".xlsm", ".xlsb"):
        raise NotATableError(f"{file.shown} is protected by a password; save it without one")
    if head.startswith(b"PK"):
        _weigh(file)
    with _refusing(f"{file.shown} is no readable workbook", "open it in Excel and save it anew"):
        return fastexcel.read_excel(file.path)


def _weigh(file: SourceFile) -> None:
    """Refuses an archive that would unpack to more than a workbook ever does, before unpacking it."""
    try:
        with zipfile.ZipFile(io.BytesIO(file.path.read_bytes())) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError):
        raise NotATableError(f"{file.shown} is damaged or only partly downloaded; fetch it again") from None
    unpacked = sum(entry.file_size for entry in entries)
    packed = max(1, sum(entry.compress_size for entry in entries))
    inflated = unpacked > _RATIO_FROM and unpacked / packed > _MAX_RATIO
    if unpacked > _MAX_UNPACKED or len(entries) > _MAX_ENTRIES or inflated:
        raise NotATableError(
            f"{file.shown} unpacks to {unpacked >> 20} MiB, more than a workbook should; export it as CSV"
        )


def _sheet(reader: fastexcel.ExcelReader, file: SourceFile, wanted: str | None) -> str:
    names = reader.sheet_names
    if wanted is not None:
        if wanted in names:
            return wanted
        near = suggestion(wanted, names)
        valid = "" if near else f"; it has {listed(names, 'and') or 'many others'}"
        raise NotATableError(f'{file.shown} has no sheet "{wanted}"{near}{valid}')
    if len(names) == 1:
        return names[0]
    if not names:
        raise NotATableError(f"{file.shown} has no sheet; save it anew")
    full = [name for name in names if _has_rows(reader, file, name)]
    if len(full) == 1:
        return full[0]
    if not full:
        raise NotATableError(f"{file.shown} has no sheet with rows")
    raise NotATableError(f"{file.shown} has several sheets with rows; say which: sheet: {listed(full) or full[0]}")


def _has_rows(reader: fastexcel.ExcelReader, file: SourceFile, sheet: str) -> bool:
    """Whether somebody who opens the workbook sees rows on this sheet."""
    with _reading(file, sheet):
        loaded = reader.load_sheet(sheet, header_row=None, n_rows=2, dtypes="string")
        return loaded.visible == "visible" and loaded.total_height > 1


def _reason(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "damaged").removeprefix("calamine error: ")
