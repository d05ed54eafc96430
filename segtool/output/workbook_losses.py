"""What a workbook holds that would be lost if it were loaded and saved, by the parts of its archive.

What is kept is listed, and all else is a loss, so a kind of part that nobody has thought of is one too. Parts that
Excel makes anew by itself (the order of calculation, a preview, the settings of a printer) are none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from xml.etree import ElementTree

_TYPES = "[Content_Types].xml"
_SHEET = "spreadsheetml.worksheet+xml"
_BOOKS = ("spreadsheetml.sheet.main+xml", "spreadsheetml.template.main+xml")
_KEPT = (
    *_BOOKS,
    _SHEET,
    "spreadsheetml.sharedStrings+xml",
    "spreadsheetml.styles+xml",
    "spreadsheetml.table+xml",
    "spreadsheetml.externalLink+xml",
    "officedocument.theme+xml",
    "package.core-properties+xml",
    "officedocument.extended-properties+xml",
    "officedocument.custom-properties+xml",
    "package.relationships+xml",
)
_MADE_ANEW = ("spreadsheetml.calcChain+xml", "spreadsheetml.printerSettings", "ms-excel.person+xml")
_KINDS = {
    "macroEnabled": "macros",
    "vbaProject": "macros",
    "macrosheet": "macros",
    "digital-signature": "a signature",
    "chart": "a chart",
    "controlproperties": "buttons or other controls",
    "activeX": "buttons or other controls",
    "oleObject": "an embedded object",
    "embeddings/": "an embedded object",
    "pivot": "a pivot table",
    "slicer": "a slicer",
    "timeline": "a timeline",
    "threadedcomments": "comments",
    "comments": "comments",
    "richvalue": "pictures or linked data in cells",
    "sheetMetadata": "formulas that fill more than one cell",
    "queryTable": "a query",
    "connections": "a connection to data elsewhere",
    "revision": "tracked changes",
    "image/": "a picture",
    "media/": "a picture",
    "drawing": "a shape",
    "LabelInfo": "a sensitivity label",
    "customXml": "data of another program",
    "webextension": "an add-in",
}
"""Words of a content type or a part's name, and what such a part is; the first that fits says it."""

_ON_SHEETS = {
    "picture": "a picture behind its cells",
    "legacyDrawingHF": "a picture in a header or footer",
    "oleObjects": "an embedded object",
    "controls": "buttons or other controls",
    "protectedRanges": "areas that some people may edit",
    "customSheetViews": "views of its own",
    "dataConsolidate": "a consolidation",
}
_IN_BOOKS = {"fileSharing": "a password for writing", "customWorkbookViews": "views of its own"}

_WARNED = {
    "Conditional Formatting extension": "conditional formats of a newer kind, such as data bars or icons",
    "Data Validation extension": "checks of what is typed that look at another sheet",
    "Sparkline Group extension": "small charts in cells",
    "Slicer List extension": "a slicer",
    "Protected Range extension": "areas that some people may edit",
    "header or footer": "a header or footer that cannot be read",
    "Print area": "an area for printing that cannot be read",
    "Print titles": "rows for printing that cannot be read",
    "serial value": "a date that cannot be read",
}
_HARMLESS = ("default style", "no stylesheet", "Ignored Error extension")


def books(parts: Mapping[str, bytes]) -> list[str]:
    """The parts that list the sheets: one, in a workbook. Raises KeyError and ParseError."""
    return [part for part, kind in _kinds(parts).items() if kind.endswith(_BOOKS)]


def sheets_listed(parts: Mapping[str, bytes]) -> list[str]:
    """The names of all sheets that there should be."""
    trees = [ElementTree.fromstring(parts[book]) for book in books(parts)]
    return [sheet.attrib["name"] for tree in trees for sheet in tree.iterfind("{*}sheets/{*}sheet")]


def losses(parts: Mapping[str, bytes]) -> Iterator[str]:
    """What would be lost, in words, the most telling first. Raises KeyError and ParseError."""
    types = _kinds(parts)
    lost = {part: kind for part, kind in types.items() if not _kept(part, kind, parts[part])}
    for word, said in _KINDS.items():
        yield from (said for part, kind in lost.items() if word.lower() in f"{kind} {part}".lower())
    for part, kind in types.items():
        known = _ON_SHEETS if kind.endswith(_SHEET) else _IN_BOOKS if kind.endswith(_BOOKS) else {}
        if known:
            yield from (known[name] for name in _inside(parts[part]) if name in known)
    yield from (f'a part that is not known here, "{part}"' for part in lost)


def warned(messages: Iterable[str]) -> str | None:
    """What is lost by what openpyxl says of it, in words if there are any; None where nothing is."""
    said = [message for message in messages if not any(text in message for text in _HARMLESS)]
    known = (words for message in said for text, words in _WARNED.items() if text in message)
    return next(known, f"something ({said[0]})" if said else None)


def _kinds(parts: Mapping[str, bytes]) -> dict[str, str]:
    """The content type of every part."""
    found = [one.attrib for one in ElementTree.fromstring(parts[_TYPES])]
    ends = {one["Extension"].lower(): one["ContentType"] for one in found if "Extension" in one}
    own = {one["PartName"].lstrip("/"): one["ContentType"] for one in found if "PartName" in one}
    return {part: own.get(part) or ends.get(part.rpartition(".")[2].lower(), "") for part in parts if part != _TYPES}


def _kept(part: str, kind: str, content: bytes) -> bool:
    preview = part.startswith("docProps/thumbnail.")
    foreign = part.startswith("customXml/")  # its parts are plain XML by their type
    blank = kind.endswith("officedocument.drawing+xml") and not any(_inside(content))  # as Google Sheets writes it
    return preview or blank or (kind.endswith((*_KEPT, *_MADE_ANEW)) and not foreign)


def _inside(part: bytes) -> Iterator[str]:
    """The names of the elements right inside the top one."""
    for element in ElementTree.fromstring(part):
        yield element.tag.rpartition("}")[2]
