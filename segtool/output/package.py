"""Our sheets into a workbook: those of a template keep every byte, and ours are added to its parts.

A workbook is an archive of parts that name each other. Loading a template and saving it anew would lose whatever the
library in between does not know (charts, pictures, pivot tables, slicers, newer kinds of formats), so nothing is
loaded: the lists of sheets, of names, of parts and of formats are extended, our sheets are put beside the others, and
all else is copied. Only the remembered results of formulas are left out, because they are those of another day: Excel
computes them when it opens the file. Without a template the same is done to an empty workbook.

Same sheets, same template: same bytes.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import count
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from segtool.output import markup, styles, worksheet
from segtool.output.markup import Edit, Element
from segtool.output.worksheet import MAIN, Setting, Sheet

_TYPES = "[Content_Types].xml"
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
OF_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_OF_BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_WHEN = (1980, 1, 1, 0, 0, 0)
_LARGE = 1 << 31
"""Bytes of a part from which its entry needs the larger kind of header."""
_CACHED = re.compile(
    rb"(<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>))\s*<(?:\w+:)?v(?:\s[^<>]*)?>[^<]+</(?:\w+:)?v>"
)
"""A formula and, behind it, the result that it had."""

_BLANK = {
    _TYPES: (
        f'{_HEAD}<Types xmlns="{_PACKAGE}content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_OF_BOOK}"/>'
        f'<Override PartName="/{styles.PART}" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>'
    ).encode(),
    "_rels/.rels": (
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ).encode(),
    "xl/workbook.xml": (
        f'{_HEAD}<workbook xmlns="{MAIN}" xmlns:r="{_RELATIONS}">'
        "<bookViews><workbookView/></bookViews><sheets/><calcPr/></workbook>"
    ).encode(),
    "xl/_rels/workbook.xml.rels": (
        f'{_HEAD}<Relationships xmlns="{_PACKAGE}relationships">'
        f'<Relationship Id="rId1" Type="{_RELATIONS}/styles" Target="styles.xml"/></Relationships>'
    ).encode(),
    styles.PART: styles.BLANK,
}


@dataclass(frozen=True)
class Relation:
    """What a part says of another: `target` is the name of a part, or an address outside of the workbook."""

    id: str
    kind: str
    target: str


@dataclass(frozen=True)
class Place:
    """A sheet of a template: its name, where it stands among the sheets, and its part."""

    name: str
    position: int
    part: str


@dataclass(frozen=True)
class Package:
    """The parts of a workbook by their names, in the order of its archive."""

    parts: Mapping[str, bytes] = field(default_factory=lambda: _BLANK)

    @property
    def blank(self) -> bool:
        return self.parts is _BLANK

    def text(self, part: str) -> bytes:
        """A part that is XML, in UTF-8. Raises KeyError."""
        return markup.in_utf8(self.parts[part])

    @property
    def book(self) -> str:
        """The part that lists the sheets. Raises MarkupError."""
        found = [one.target for one in self.relations("") if one.kind == "officeDocument"]
        if not found or found[0] not in self.parts:
            raise markup.MarkupError("it lists no sheets")
        return found[0]

    @property
    def styles(self) -> str:
        """The part that says how cells look."""
        return next((one.target for one in self.relations(self.book) if one.kind == "styles"), styles.PART)

    @property
    def places(self) -> tuple[Place, ...]:
        """The sheets, in their order."""
        targets = {one.id: one.target for one in self.relations(self.book)}
        sheets = [
            one for one in markup.elements(self.text(self.book)) if one.name == "sheet" and one.path[-1] == "sheets"
        ]
        return tuple(
            Place(one.attributes["name"], position, targets.get(one.attributes.get(f"{_RELATIONS} id", ""), ""))
            for position, one in enumerate(sheets)
        )

    @property
    def from_1904(self) -> bool:
        """Whether days are counted from 1904, as on old Macs."""
        found = markup.found(markup.elements(self.text(self.book)), "workbookPr", "workbook")
        return found is not None and found.attributes.get("date1904") in ("1", "true")

    @cached_property
    def kinds(self) -> dict[str, str]:
        """The content type of every part."""
        found = [one.attributes for one in markup.elements(self.text(_TYPES))]
        ends = {one["Extension"].lower(): one["ContentType"] for one in found if "Extension" in one}
        own = {one["PartName"].lstrip("/"): one["ContentType"] for one in found if "PartName" in one}
        return {part: own.get(part) or ends.get(part.rpartition(".")[2].lower(), "") for part in self.parts}

    def relations(self, part: str) -> tuple[Relation, ...]:
        """What a part refers to; "" is the workbook as a whole."""
        own = relations_of(part)
        if own not in self.parts:
            return ()
        found = (one for one in markup.elements(self.text(own)) if one.name == "Relationship")
        return tuple(
            Relation(
                one.attributes["Id"],
                one.attributes["Type"].rpartition("/")[2],
                one.attributes["Target"] if one.attributes.get("TargetMode") == "External" else _target(part, one),
            )
            for one in found
        )


def relations_of(part: str) -> str:
    """The part that says what `part` refers to."""
    folder, _, name = part.rpartition("/")
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _target(part: str, relation: Element) -> str:
    folder = "/" + part.rpartition("/")[0]
    return posixpath.normpath(posixpath.join(folder, relation.attributes["Target"])).lstrip("/")


def write(package: Package, sheets: Iterable[Sheet], zone: str, path: Path) -> int:
    """Writes the workbook with these sheets; how many cells had to be altered. Raises OSError and MarkupError.

    A sheet of the template that has the name of one of ours is replaced where it is. The sheets may be made one after
    the other: no more than one is held.
    """
    book = _Book(package)
    with path.open("wb") as stream, zipfile.ZipFile(stream, "w") as archive:
        altered = sum(book.add(sheet, zone, archive) for sheet in sheets)
        for name, content in book.finished():
            archive.writestr(_entry(name), content, zipfile.ZIP_DEFLATED)
    return altered


def _entry(name: str) -> zipfile.ZipInfo:
    """The same in every archive, whenever and wherever it is made."""
    entry = zipfile.ZipInfo(name, _WHEN)
    entry.create_system, entry.external_attr = 0, 0
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


@dataclass(frozen=True)
class _Added:
    """One of our sheets; `place` is the sheet of the template that it replaces, `id` what a new one is known by."""

    name: str
    part: str
    area: str
    place: Place | None
    id: str


class _Book:
    """A workbook while sheets are added to it."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._places = {place.name.casefold(): place for place in package.places}
        self._styles = package.styles
        self._looks, first = styles.with_looks(package.text(self._styles))
        self._setting = Setting(first=first, from_1904=package.from_1904)
        self._ids = {one.id for one in package.relations(package.book)}
        self._added: list[_Added] = []

    def add(self, sheet: Sheet, zone: str, archive: zipfile.ZipFile) -> int:
        place = self._places.get(sheet.name.casefold())
        part = place.part if place is not None else self._free_part()
        setting = replace(self._setting, zone=zone, selected=self._package.blank and not self._added)
        known = next(name for number in count(1) if (name := f"list{number}") not in self._ids)
        self._ids.add(known)
        self._added.append(_Added(sheet.name, part, sheet.area, place, known))
        large = sheet.table.height * sheet.table.width * 100 > _LARGE
        with archive.open(_entry(part), "w", force_zip64=large) as stream:
            altered = 0
            for piece, unfit in worksheet.write(sheet, setting):
                stream.write(piece)
                altered += unfit
        return altered

    def _free_part(self) -> str:
        taken = {name.casefold() for name in self._package.parts} | {added.part for added in self._added}
        folder = self._package.book.rpartition("/")[0]
        return next(name for number in count(1) if (name := f"{folder}/worksheets/list{number}.xml") not in taken)

    def finished(self) -> Iterator[tuple[str, bytes]]:
        """Every part but our sheets."""
        package = self._package
        replaced = {added.part for added in self._added if added.place is not None}
        chain = next((one for one in package.relations(package.book) if one.kind == "calcChain"), None)
        gone = replaced | {relations_of(part) for part in replaced} | ({chain.target} if chain else set())
        gone |= {one.target for part in replaced for one in package.relations(part) if one.kind == "printerSettings"}
        kinds = package.kinds
        changed: dict[str, Callable[[bytes], bytes]] = {
            _TYPES: lambda part: self._types(part, gone),
            relations_of(package.book): lambda part: self._relations(part, chain),
            package.book: self._sheets,
        }
        for name, content in package.parts.items():
            if name == self._styles:
                yield name, self._looks
            elif name in changed:
                yield name, changed[name](package.text(name))
            elif name not in gone:
                yield name, _CACHED.sub(rb"\1", content) if kinds.get(name) == OF_SHEET else content

    @property
    def _new(self) -> Sequence[_Added]:
        return [added for added in self._added if added.place is None]

    def _types(self, part: bytes, gone: set[str]) -> bytes:
        found = markup.elements(part)
        top, edits = found[0], []
        for one in (one for one in found if one.name == "Override"):
            name, kind = one.attributes["PartName"].lstrip("/"), one.attributes["ContentType"]
            if name in gone and kind != OF_SHEET:
                edits.append(markup.removed(one))
            if name == self._package.book and kind != _OF_BOOK:  # a workbook, and no longer a template of Excel's own
                edits.append(markup.with_attribute(part, one, "ContentType", _OF_BOOK))
        new = "".join(
            f'<{top.prefix}Override PartName="/{added.part}" ContentType="{OF_SHEET}"/>' for added in self._new
        )
        return markup.edited(part, [*edits, markup.appended(part, top, new)])

    def _relations(self, part: bytes, chain: Relation | None) -> bytes:
        found = markup.elements(part)
        edits = [markup.removed(one) for one in found if chain is not None and one.attributes.get("Id") == chain.id]
        new = "".join(
            f'<{found[0].prefix}Relationship Id="{added.id}" Type="{_RELATIONS}/worksheet" Target="/{added.part}"/>'
            for added in self._new
        )
        return markup.edited(part, [*edits, markup.appended(part, found[0], new)])

    def _sheets(self, part: bytes) -> bytes:
        """The list of sheets with ours, the areas of our filters, and the wish to have every formula computed."""
        found = markup.elements(part)
        sheets = markup.found(found, "sheets", "workbook")
        assert sheets is not None
        known = [one for one in found if one.name == "sheet" and one.path[-1] == "sheets"]
        last = max((int(one.attributes["sheetId"]) for one in known), default=0)
        new = "".join(
            f'<{sheets.prefix}sheet xmlns:r="{_RELATIONS}" name={quoteattr(added.name)} sheetId="{last + number}" '
            f'r:id="{added.id}"/>'
            for number, added in enumerate(self._new, start=1)
        )
        edits = [markup.appended(part, sheets, new), *self._names(part, found, len(known)), *_computed(part, found)]
        return markup.edited(part, edits)

    def _names(self, part: bytes, found: Sequence[Element], known: int) -> Iterator[Edit]:
        """The hidden name that every filtered area has; the one that a replaced sheet had goes."""
        positions = [
            added.place.position if added.place is not None else known + self._new.index(added) for added in self._added
        ]
        names = markup.found(found, "definedNames", "workbook")
        prefix = found[0].prefix
        new = "".join(
            f'<{prefix}definedName name="_xlnm._FilterDatabase" localSheetId="{position}" hidden="1">'
            f"{escape(_quoted(added.name))}!{_absolute(added.area)}</{prefix}definedName>"
            for position, added in sorted(zip(positions, self._added, strict=True), key=lambda pair: pair[0])
        )
        for one in found:
            filtered = one.name == "definedName" and one.attributes.get("name") == "_xlnm._FilterDatabase"
            if filtered and int(one.attributes.get("localSheetId", -1)) in positions:
                yield markup.removed(one)
        if names is not None:
            yield markup.appended(part, names, new)
        else:
            before = [one for one in found if one.name in ("sheets", "functionGroups", "externalReferences")]
            at = max(one.end for one in before)
            yield Edit(at, at, f"<{prefix}definedNames>{new}</{prefix}definedNames>")


def _computed(part: bytes, found: Sequence[Element]) -> Iterator[Edit]:
    """The wish to have every formula computed when the file is opened."""
    settings = markup.found(found, "calcPr", "workbook")
    if settings is not None:
        yield markup.with_attribute(part, settings, "fullCalcOnLoad", "1")
        return
    before = [
        one
        for one in found
        if one.path == ("workbook",) and one.name in ("sheets", "functionGroups", "externalReferences", "definedNames")
    ]
    at = max(one.end for one in before)
    yield Edit(at, at, f'<{found[0].prefix}calcPr fullCalcOnLoad="1"/>')


def _quoted(name: str) -> str:
    """The name of a sheet as formulas have it."""
    return "'" + name.replace("'", "''") + "'"


def _absolute(area: str) -> str:
    return ":".join(re.sub(r"([A-Z]+)(\d+)", r"$\1$\2", corner) for corner in area.split(":"))
