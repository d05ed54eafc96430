"""The workbook that the lists are written into, checked before anything is evaluated.

All that it holds is kept, so little is refused: what cannot be read, what cannot become an .xlsx file, and a sheet of
its own that would have to make room for one of ours although somebody has put work into it.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from segtool.config.document import find
from segtool.config.problems import Location, Problems
from segtool.config.settings import Config
from segtool.output import package, styles, workbook
from segtool.output.markup import MarkupError, elements, found
from segtool.output.package import Package, Place
from segtool.output.worksheet import MAIN

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MOST = 256 << 20
_HOLDS = {
    "drawing": "a chart or picture",
    "table": "a table",
    "pivotTable": "a pivot table",
    "comments": "comments",
    "threadedComment": "comments",
    "vmlDrawing": "comments or buttons",
    "oleObject": "an embedded object",
    "control": "buttons",
    "slicer": "a slicer",
    "timeline": "a timeline",
    "queryTable": "a query",
    "hyperlink": "links",
}


_DAMAGED = (MarkupError, KeyError, ValueError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error)
"""What reading an archive raises that is none, and reading parts that are not what they should be."""


class _RefusedError(Exception):
    """Why a template cannot be used, as the rest of a sentence that begins with its name."""


def read(config: Config, problems: Problems) -> Package:
    """The template of a configuration, or an empty workbook where it has none or problems were collected."""
    name = config.output.template
    if name is None:
        return Package()
    path, at = config.folder / name, _place(config)
    try:
        if not path.is_file():
            problems.error("no-template", f"there is no file {name}; template: is a workbook, as Excel saves it", at)
            return Package()
        _apart(path, config.output_folder / workbook.FILE)
        made = Package(_parts(path))
        _check(made, workbook.sheet_names(config))
    except _RefusedError as error:
        problems.error("unusable-template", f"{name} {error}", at)
    except _DAMAGED:
        message = f"{name} is damaged or no workbook; open it in Excel and save it anew as .xlsx"
        problems.error("unusable-template", message, at)
    except OSError as error:
        problems.error("unusable-template", f"{name} cannot be read: {error.strerror or error}", at)
    else:
        return made
    return Package()


def _place(config: Config) -> Location | None:
    value, at = find(config.node, ("output", "template"))
    return value.at or at


def _apart(template: Path, output: Path) -> None:
    if template.resolve() == output.resolve() or (output.exists() and output.samefile(template)):
        raise _RefusedError("is the workbook that is written; keep the template under another name")


def _parts(path: Path) -> dict[str, bytes]:
    with path.open("rb") as stream:
        head = stream.read(len(_OLE))
    if head == _OLE:
        raise _RefusedError("is protected by a password or saved in an old format; save it without one as .xlsx")
    with zipfile.ZipFile(path) as archive:
        entries = [entry for entry in archive.infolist() if not entry.is_dir()]
        if sum(entry.file_size for entry in entries) > _MOST:
            raise _RefusedError(f"unpacks to more than {_MOST >> 20} MiB; a template is smaller than that")
        if any(entry.flag_bits & 1 for entry in entries):
            raise _RefusedError("is protected by a password; save it without one")
        return {entry.filename: archive.read(entry) for entry in entries}


def _check(made: Package, names: Iterable[str]) -> None:
    kind = made.kinds[made.book]
    if made.book.endswith(".bin"):
        raise _RefusedError("is a binary workbook; save it as .xlsx")
    if "spreadsheetml" not in kind and "ms-excel" not in kind:
        raise MarkupError("no workbook")
    if "macroEnabled" in kind:
        raise _RefusedError("holds macros, and what is written is an .xlsx file; save it without macros as .xlsx")
    top = elements(made.text(made.book))[0]
    if top.space != MAIN and "ooxml/spreadsheetml" in top.space:
        raise _RefusedError('is a "Strict Open XML" workbook; save it as a plain "Excel Workbook" (.xlsx)')
    if top.space != MAIN or found(elements(made.text(made.book)), "sheets", "workbook") is None:
        raise MarkupError("no workbook")
    if any(name.startswith("_xmlsignatures/") for name in made.parts):
        raise _RefusedError("is signed, and a changed copy would not be; remove its signature")
    styles.with_looks(made.text(made.styles))
    if any(place.part not in made.parts for place in made.places):
        raise MarkupError("a sheet is missing")
    ours = {name.casefold() for name in names}
    for place in made.places:
        if place.name.casefold() in ours:
            _replaceable(made, place)


def _replaceable(made: Package, place: Place) -> None:
    holds = next(_work(made, place), None)
    if holds is not None:
        said = f'has {holds} on its sheet "{place.name}", which every run writes anew'
        raise _RefusedError(f"{said}; move it to a sheet of another name, or rename that sheet")


def _work(made: Package, place: Place) -> Iterator[str]:
    """What somebody has put onto a sheet that we would write anew."""
    if made.kinds[place.part] != package.OF_SHEET:
        yield "a chart"
        return
    yield from (_HOLDS.get(one.kind, one.kind) for one in made.relations(place.part) if one.kind != "printerSettings")
    inside = {one.name for one in elements(made.text(place.part))}
    if "f" in inside:
        yield "formulas"
    if "conditionalFormatting" in inside:
        yield "conditional formats"
    if "dataValidation" in inside:
        yield "checks of what is typed"
