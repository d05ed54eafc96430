"""The workbook that the lists are written into, checked before anything is evaluated.

Loading and saving it keeps its sheets, formulas, formats and names. What that would lose is refused by its name,
and so are a file that cannot be read, one that cannot become an .xlsx file, and a sheet of its own that would have to
make room for one of ours although somebody has put work into it.
"""

from __future__ import annotations

import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree.ElementTree import ParseError

from segtool.config.document import find
from segtool.config.problems import Location, Problems
from segtool.config.settings import Config
from segtool.output import workbook
from segtool.output.workbook_losses import books, losses, sheets_listed, warned

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST = 64 << 20
"""Bytes; loaded, a workbook takes some twenty times as many."""
_PROTECTED = "is protected by a password; save it without one"
_STRICT = b"purl.oclc.org/ooxml"


@dataclass(frozen=True)
class Template:
    """A workbook as it was read, and the names of its sheets; without content, an empty one."""

    content: bytes = b""
    sheets: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.content)


class _RefusedError(Exception):
    """Why a template cannot be used, as the rest of a sentence that begins with its name."""


class _DamagedError(Exception):
    """It is no workbook, or one that cannot be read."""


def read(config: Config, problems: Problems) -> Template:
    """The template of a configuration, or an empty workbook where it has none or problems were collected."""
    name = config.output.template
    if name is None:
        return Template()
    path, at = config.folder / name, _place(config)
    try:
        if not path.is_file():
            problems.error("no-template", f"there is no file {name}; template: is a workbook, as Excel saves it", at)
            return Template()
        _apart(path, config.output_folder / workbook.FILE)
        if path.stat().st_size > _MOST:
            raise _too_large()
        return _checked(path.read_bytes(), workbook.sheet_names(config))
    except _RefusedError as error:
        problems.error("unusable-template", f"{name} {error}", at)
    except _DamagedError:
        message = f"{name} is damaged or no workbook; open it in Excel and save it anew as .xlsx"
        problems.error("unusable-template", message, at)
    except OSError as error:
        problems.error("unusable-template", f"{name} cannot be read: {error.strerror or error}", at)
    return Template()


def opened(template: Template) -> Workbook:
    """A template that was found usable, loaded anew."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _load(template.content)


def _load(content: bytes) -> Workbook:
    # Here and not above: it takes a quarter of a second to load, and most runs have no template.
    from openpyxl import load_workbook  # noqa: PLC0415

    return load_workbook(BytesIO(content), rich_text=True)


def _place(config: Config) -> Location | None:
    value, at = find(config.node, ("output", "template"))
    return value.at or at


def _apart(template: Path, output: Path) -> None:
    if template.resolve() == output.resolve() or (output.exists() and output.samefile(template)):
        raise _RefusedError("is the workbook that is written; keep the template under another name")


def _checked(content: bytes, names: Iterable[str]) -> Template:
    if content.startswith(_OLE):
        raise _RefusedError("is protected by a password or saved in an old format; save it without one as .xlsx")
    try:
        parts = _parts(content)
        _kept(parts)
        book = _loaded(content)
    except (KeyError, ValueError, EOFError, NotImplementedError, ParseError, zipfile.BadZipFile, zlib.error):
        raise _DamagedError from None
    _whole(book, parts)
    ours = {name.casefold() for name in names}
    for sheet in book.worksheets:
        if sheet.title.casefold() in ours:
            _replaceable(sheet)
    return Template(content, tuple(book.sheetnames))


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(content)) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if sum(entry.file_size for entry in entries) > _MOST:
            raise _too_large()
        if any(entry.flag_bits & 1 for entry in entries):
            raise _RefusedError(_PROTECTED)
        return {entry.filename: archive.read(entry) for entry in entries}


def _kept(parts: Mapping[str, bytes]) -> None:
    """Refuses what another program has to save first, and what would be lost."""
    if any(b"<!DOCTYPE" in part for name, part in parts.items() if name.endswith((".xml", ".rels"))):
        raise ValueError("no part of a workbook declares a type of document")
    if any(name.endswith("workbook.bin") for name in parts):
        raise _RefusedError("is a binary workbook; save it as .xlsx")
    if any(_STRICT in parts[book] for book in books(parts)):
        raise _RefusedError('is a "Strict Open XML" workbook; save it as a plain "Excel Workbook" (.xlsx)')
    lost = next(losses(parts), None)
    if lost is not None:
        raise _lost(lost)


def _too_large() -> _RefusedError:
    return _RefusedError(f"unpacks to more than {_MOST >> 20} MiB; a template is smaller than that")


def _lost(what: str) -> _RefusedError:
    said = f"holds {what}, which would be lost when the lists are written into it"
    return _RefusedError(f"{said}; take that out, or keep it in another workbook that refers to {workbook.FILE}")


def _loaded(content: bytes) -> Workbook:
    """The workbook, whatever else it is that cannot be read of it. Raises ValueError."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            book = _load(content)
        except Exception as error:  # openpyxl checks little of what it reads, and anything may come of it
            raise ValueError(str(error)) from error
    lost = warned(str(warning.message) for warning in said)
    if lost is not None:
        raise _lost(lost)
    return book


def _whole(book: Workbook, parts: Mapping[str, bytes]) -> None:
    """Refuses a workbook of which not everything came in."""
    if not book.worksheets or len(book.worksheets) != len(sheets_listed(parts)):
        raise _DamagedError
    for sheet in book.worksheets:
        for cell in _formulas(sheet):
            if cell == "=":
                raise _lost(f'a formula on its sheet "{sheet.title}" that cannot be read')


def _formulas(sheet: Worksheet) -> Iterator[object]:
    # Not by rows: one cell in a far corner would make one for every place before it.
    return (cell.value for cell in sheet._cells.values() if getattr(cell, "data_type", "") == "f")


def _replaceable(sheet: Worksheet) -> None:
    holds = next(_work(sheet), None)
    if holds is not None:
        said = f'has {holds} on its sheet "{sheet.title}", which every run writes anew'
        raise _RefusedError(f"{said}; move it to a sheet of another name, or rename that sheet")


def _work(sheet: Worksheet) -> Iterator[str]:
    """What somebody has put onto a sheet that we would write anew."""
    if next(_formulas(sheet), None) is not None:
        yield "formulas"
    if sheet.tables:
        yield "a table"
    if sheet.conditional_formatting:
        yield "conditional formats"
    if sheet.data_validations.dataValidation:
        yield "checks of what is typed"
    if any(getattr(cell, "hyperlink", None) for cell in sheet._cells.values()):
        yield "links"
