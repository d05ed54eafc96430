"""What the markup of a sheet tells that its cells do not: errors, formulas that nobody calculated, merged ranges.

Of .xlsx and its like alone, read piece by piece. Says nothing where a part is not found in the usual way.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import field
from pathlib import Path

from segtool.config.frozen import dataclass

_PIECE = 1 << 20
_ERROR = re.compile(rb'<(?:\w+:)?c\b([^>]*?\bt="e"[^>]*)>')
_FORMULA = re.compile(
    rb"<(?:\w+:)?c\b([^>]*[^/>])>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)"
    rb"\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_TEXT = b't="str"'
_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="[A-Z]+[0-9]+:[A-Z]+([0-9]+)"')
_PLACE = re.compile(rb'\br="([A-Z]+[0-9]+)"')


@dataclass
class Marks:
    """The places of cells with an error and of formulas without a value, and how many ranges below the header are
    merged. A place that is not written is blank.
    """

    errors: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    merged: int = 0


def marks(path: Path, sheet: str, header: int) -> Marks:
    """What the markup of a sheet tells of the rows below its header (which is a row as the sheet counts them)."""
    found = Marks()
    if not zipfile.is_zipfile(path):
        return found
    try:
        with zipfile.ZipFile(path) as archive:
            part = _part_of(archive, sheet)
            if part is None:
                return found
            with archive.open(part) as stream:
                rest = b""
                while piece := stream.read(_PIECE):
                    text = rest + piece
                    # A cell that is not whole is looked at with the next piece.
                    end = max(text.rfind(b"</c>") + 4, text.rfind(b"</x:c>") + 6)
                    end = end if end > 6 else len(text)
                    _look(text[:end], header, found)
                    rest = text[end:]
                _look(rest, header, found)
    except (zipfile.BadZipFile, OSError, zlib.error):
        pass
    return found


def _look(text: bytes, header: int, found: Marks) -> None:
    if b't="e"' in text:
        found.errors += [_place(match[1]) for match in _ERROR.finditer(text)]
    if b"<f" in text or b":f" in text:
        cells = (match[1] for match in _FORMULA.finditer(text))
        found.empty += [_place(cell) for cell in cells if _TEXT not in cell]
    if b"mergeCell" in text:
        found.merged += sum(int(match[1]) > header for match in _MERGED.finditer(text))


def _place(attributes: bytes) -> str:
    place = _PLACE.search(attributes)
    return place[1].decode() if place else ""


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The part of an .xlsx that holds a sheet; None where it is not found in the usual way."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    book = archive.open("xl/workbook.xml").read(_PIECE).decode(errors="replace")
    links = archive.open("xl/_rels/workbook.xml.rels").read(_PIECE).decode(errors="replace")
    escaped = sheet.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    tag = next((tag for tag in re.findall(r"<(?:\w+:)?sheet\b[^>]*>", book) if f'name="{escaped}"' in tag), "")
    link = re.search(r'\br:id="([^"]*)"', tag)
    relation = next(
        (tag for tag in re.findall(r"<Relationship\b[^>]*>", links) if link and f'Id="{link[1]}"' in tag), ""
    )
    target = re.search(r'\bTarget="([^"]*)"', relation)
    part = target[1].removeprefix("/").removeprefix("xl/") if target else ""
    return f"xl/{part}" if f"xl/{part}" in names else None
