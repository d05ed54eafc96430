"""XML parts edited in place: elements are found by a parser, and everything around an edit keeps its bytes.

Parsing a part and writing it anew would lose what Excel relies on, such as prefixes that only attributes name.
Refuses a part that declares entities or a document type: no workbook has those.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import quoteattr

_START_TAG = re.compile(rb"<[^>\"']*(?:(?:\"[^\"]*\"|'[^']*')[^>\"']*)*>")
_PREFIX = re.compile(rb"<([^\s:/>]+:)?")


class MarkupError(Exception):
    """A part that is no XML, or none that belongs into a workbook."""


@dataclass(frozen=True)
class Element:
    """One element: bytes `start` to `end`, of which `inside` to `tail` is its content.

    `path` are the names of the elements around it, outermost first; names are local, `space` is the namespace. An
    attribute with a namespace is called `namespace name`.
    """

    name: str
    space: str
    path: tuple[str, ...]
    attributes: Mapping[str, str]
    prefix: str
    start: int
    inside: int
    tail: int
    end: int

    @property
    def empty(self) -> bool:
        """Whether it is written as one tag, `<name/>`."""
        return self.tail == self.end


@dataclass(frozen=True)
class Edit:
    """`text` in place of the bytes from `start` to `end`."""

    start: int
    end: int
    text: str


def elements(part: bytes) -> tuple[Element, ...]:
    """Every element of a part that is encoded in UTF-8, in document order. Raises MarkupError."""
    return tuple(sorted(_elements(part), key=lambda element: element.start))


def _elements(part: bytes) -> Iterator[Element]:
    parser = expat.ParserCreate(namespace_separator=" ")
    opened: list[tuple[str, Mapping[str, str], int]] = []
    closed: list[tuple[str, Mapping[str, str], int, int, tuple[str, ...]]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        opened.append((name, attributes, parser.CurrentByteIndex))

    def end(_: str) -> None:
        name, attributes, began = opened.pop()
        path = tuple(outer.rpartition(" ")[2] for outer, _, _ in opened)
        closed.append((name, attributes, began, parser.CurrentByteIndex, path))

    def refuse(*_: object) -> None:
        raise MarkupError("a document type is declared")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(part, True)
    except expat.ExpatError as error:
        raise MarkupError(str(error)) from None
    for name, attributes, began, tail, path in closed:
        tag, prefix = _START_TAG.match(part, began), _PREFIX.match(part, began)
        assert tag is not None, name
        assert prefix is not None, name
        empty = tag[0].endswith(b"/>")
        space, _, local = name.rpartition(" ")
        yield Element(
            name=local,
            space=space,
            path=path,
            attributes=attributes,
            prefix=(prefix[1] or b"").decode(),
            start=began,
            inside=tag.end(),
            tail=tag.end() if empty else tail,
            end=tag.end() if empty else part.index(b">", tail) + 1,
        )


def in_utf8(part: bytes) -> bytes:
    """A part in UTF-8, whatever its encoding was; without a declaration where that would now be wrong."""
    if part[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        return part.removeprefix(b"\xef\xbb\xbf")
    return re.sub(r"^<\?xml[^>]*\?>\s*", "", part.decode("utf-16")).encode()


def edited(part: bytes, edits: Iterable[Edit]) -> bytes:
    """The part with these edits, which do not overlap; of several at one place the first comes first."""
    pieces, at = [], 0
    for edit in sorted(edits, key=lambda edit: (edit.start, edit.end)):
        pieces += [part[at : edit.start], edit.text.encode()]
        at = edit.end
    return b"".join((*pieces, part[at:]))


def appended(part: bytes, element: Element, text: str) -> Edit:
    """`text` as the last content of `element`."""
    if not element.empty:
        return Edit(element.tail, element.tail, text)
    tag = part[element.start : element.end].decode()
    name = re.match(r"<([^\s/>]+)", tag)
    assert name is not None
    return Edit(element.start, element.end, f"{tag[:-2].rstrip()}>{text}</{name[1]}>")


def with_attribute(part: bytes, element: Element, name: str, value: str) -> Edit:
    """`element` with this attribute, in place of the one of that name."""
    tag = part[element.start : element.inside].decode()
    bare = re.sub(rf"\s{name}\s*=\s*(?:\"[^\"]*\"|'[^']*')", "", tag)
    opening = re.match(r"<[^\s/>]+", bare)
    assert opening is not None
    new = f"{opening[0]} {name}={quoteattr(value)}{bare[opening.end() :]}"
    return Edit(element.start, element.start + len(tag.encode()), new)


def removed(element: Element) -> Edit:
    return Edit(element.start, element.end, "")


def found(elements: Sequence[Element], name: str, parent: str) -> Element | None:
    """The first element of that name right inside one called `parent`; "" is the top."""
    fits = (one for one in elements if one.name == name and (one.path[-1:] or ("",))[0] == parent)
    return next(fits, None)
