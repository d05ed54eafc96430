"""How cells of a workbook look: a few formats, added behind those that a template has.

A template's own formats keep their numbers, so its sheets look as they did; ours come after them and take its font.
"""

from __future__ import annotations

import re
from enum import IntEnum

from segtool.output import markup
from segtool.output.markup import Edit, Element

PART = "xl/styles.xml"

BLANK = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    b'<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
    b'<fonts count="1"><font><sz val="11"/><name val="Calibri"/><family val="2"/></font></fonts>'
    b'<fills count="2"><fill><patternFill patternType="none"/></fill>'
    b'<fill><patternFill patternType="gray125"/></fill></fills>'
    b'<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    b'<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    b'<cellXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
    b'<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
    b"</styleSheet>"
)

_TEXT_FORMAT = 49
"""Excel's own number of `@`: what is typed into such a cell stays text."""
_FIRST_OWN_FORMAT = 164
"""The first number that is free for formats of a workbook's own."""


class Look(IntEnum):
    """Our formats, counted from the first of them in the workbook."""

    HEADER = 0
    TEXT = 1
    DAY = 2
    MOMENT = 3
    WRAPPED = 4
    NUMBER = 5
    """A number beside wrapped texts, at the top of its row as they are."""


def with_looks(part: bytes) -> tuple[bytes, int]:
    """The styles with ours behind them, and the number of the first. Raises MarkupError."""
    found = markup.elements(part)
    top = found[0]
    fonts, formats, xfs = (markup.found(found, name, "styleSheet") for name in ("fonts", "numFmts", "cellXfs"))
    if fonts is None or xfs is None:
        raise markup.MarkupError("it has no styles")
    font = markup.found(found, "font", "fonts")
    bold = _bold(part, font) if font is not None else f"<{fonts.prefix}font><{fonts.prefix}b/></{fonts.prefix}font>"
    ids = [int(one.attributes["numFmtId"]) for one in found if one.name == "numFmt" and one.path[-1] == "numFmts"]
    own = max([_FIRST_OWN_FORMAT - 1, *ids]) + 1
    first = _number(found, "xf", "cellXfs")
    edits = [
        *_more(part, fonts, [bold], _number(found, "font", "fonts")),
        *_more(part, xfs, _xfs(xfs.prefix, own, _number(found, "font", "fonts")), first),
    ]
    codes = [
        f'<{top.prefix}numFmt numFmtId="{own + place}" formatCode="{code}"/>'
        for place, code in enumerate(("yyyy\\-mm\\-dd", "yyyy\\-mm\\-dd\\ hh:mm:ss"))
    ]
    if formats is not None:
        edits += _more(part, formats, codes, len(ids))
    else:
        block = f'<{top.prefix}numFmts count="{len(codes)}">{"".join(codes)}</{top.prefix}numFmts>'
        edits.append(Edit(top.inside, top.inside, block))
    return markup.edited(part, edits), first


def _number(found: tuple[Element, ...], name: str, parent: str) -> int:
    return sum(1 for one in found if one.name == name and one.path[-1:] == (parent,))


def _more(part: bytes, element: Element, more: list[str], before: int) -> list[Edit]:
    """`more` children of an element that counts its children."""
    tag = part[element.start : element.inside].decode()
    counted = re.sub(r'count\s*=\s*["\']\d+["\']', f'count="{before + len(more)}"', tag)
    if element.empty:
        name = counted[1:].split(None, 1)[0].rstrip("/>")
        return [Edit(element.start, element.end, f"{counted[:-2].rstrip()}>{''.join(more)}</{name}>")]
    return [Edit(element.start, element.inside, counted), Edit(element.tail, element.tail, "".join(more))]


def _bold(part: bytes, font: Element) -> str:
    """The template's own font, bold."""
    content = "" if font.empty else part[font.inside : font.tail].decode()
    plain = re.sub(rf"<{re.escape(font.prefix)}b(?:\s[^>]*)?/>", "", content)
    return f"<{font.prefix}font><{font.prefix}b/>{plain}</{font.prefix}font>"


def _xfs(prefix: str, own: int, bold: int) -> list[str]:
    """One format for each Look, in its order."""
    number = 'numFmtId="{}" fontId="{}" fillId="0" borderId="0" xfId="0"'
    plain = number.format(_TEXT_FORMAT, 0)
    aligned = 'applyNumberFormat="1" applyAlignment="1"'
    return [
        f'<{prefix}xf {number.format(_TEXT_FORMAT, bold)} applyNumberFormat="1" applyFont="1"/>',
        f'<{prefix}xf {plain} applyNumberFormat="1"/>',
        *(f'<{prefix}xf {number.format(own + place, 0)} applyNumberFormat="1"/>' for place in (0, 1)),
        f'<{prefix}xf {plain} {aligned}><{prefix}alignment vertical="top" wrapText="1"/></{prefix}xf>',
        f'<{prefix}xf {number.format(0, 0)} {aligned}><{prefix}alignment vertical="top"/></{prefix}xf>',
    ]
