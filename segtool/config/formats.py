"""Named export formats: the settings that a source starts from when it says `format: mailchimp.audience`.

They are written in `formats.yaml`, in the words of segments.yaml; here they are found and put beneath what a source
says itself, before anything else looks at it. So every later stage sees an ordinary source. What a file holds is no
concern of this module.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path

from segtool.config import document
from segtool.config.columns import match_name
from segtool.config.document import Block, Entry, Items, Node, Scalar
from segtool.config.frozen import dataclass
from segtool.config.problems import Location, listed, suggestion

_TABLE = Path(__file__).with_name("formats.yaml")
_ENTRY = re.compile(r"^([a-z]+\.[a-z_]+):\n((?:[ ].*\n|\n)*)", re.M)
_SETTINGS = "  settings:\n"

_COMBINED = ("columns", "types", "events", "from_file_name")
"""What a source says of one column or event leaves what the format says of the others."""

_ANSWERS = {
    "id": ("contact",),
    "contact": ("id",),
    "event": ("event_name", "events"),
    "event_name": ("event", "events"),
}
"""Keys that answer the same question: of a source that writes the first, the format's others are not asked."""


@dataclass(frozen=True)
class Format:
    """One named format. `settings` are those of a source; `written` is the same as YAML, with its comments."""

    name: str
    about: str
    evidence: str
    header: tuple[str, ...]
    path: str
    settings: Block
    written: str

    @property
    def verified(self) -> bool:
        return not self.evidence.startswith("not verified")

    @property
    def role(self) -> str:
        """contacts or events."""
        return "contacts" if "id" in self.settings else "events"


@cache
def _entries() -> Mapping[str, str]:
    """Every name with the text of its entry; a source needs one of them, so they are parsed one by one."""
    return dict(_ENTRY.findall(_TABLE.read_text(encoding="utf-8")))


def names() -> tuple[str, ...]:
    return tuple(_entries())


def all_formats() -> Iterator[Format]:
    return (named(name) for name in names())


@cache
def named(name: str) -> Format:
    """Raises KeyError for a name that is none."""
    text = _entries()[name]
    node = document.parse(textwrap.dedent(text), name)
    assert isinstance(node, Block)
    settings = node.get("settings")
    assert isinstance(settings, Block)
    said = document.plain(node)
    written = textwrap.dedent(text.partition(_SETTINGS)[2])
    return Format(
        name, said["about"], said["evidence"], tuple(said["header"]), said.get("path", ""), settings, written.strip()
    )


def recognised(header: Iterable[str], path: str) -> Format | None:
    """The format of a file with these columns: of several that fit, the one that knows the most of them."""
    cells = list(header)
    fitting = [
        one
        for one in all_formats()
        if all(match_name(column, cells) for column in one.header) and re.search(one.path, path.replace("\\", "/"))
    ]
    return max(fitting, key=lambda one: len(one.header), default=None)


def unknown(name: str) -> str:
    """What to say of a format that there is not."""
    near = suggestion(name, names())
    return f'there is no format "{name}"{near or f"; there are {listed(names(), most=40)}"}'


@dataclass(frozen=True)
class Expanded:
    """A document whose sources hold what their formats stand for.

    `offered` has, for every such source, the columns that the format alone speaks of: a file may lack them.
    """

    node: Node
    offered: Mapping[str, frozenset[str]]


def expand(node: Node) -> Expanded:
    """The document with the settings of named formats beneath those of its sources. A name that is none is left."""
    section = node.get("sources") if isinstance(node, Block) else None
    if not isinstance(node, Block) or not isinstance(section, Block):
        return Expanded(node, {})
    formats = {entry.key: found for entry in section.entries if (found := _format_of(entry.node)) is not None}
    if not formats:
        return Expanded(node, {})
    said = any(isinstance(entry.node, Block) and "id" in entry.node for entry in section.entries)
    offered: dict[str, frozenset[str]] = {}
    entries = []
    for entry in section.entries:
        own, known = entry.node, formats.get(entry.key)
        if known is not None and isinstance(own, Block):
            beneath = _located(known.settings, _place(own))
            beneath = _as_attributes(beneath) if said and "id" not in own else beneath
            offered[entry.key] = _speaks_of(beneath) - _speaks_of(own)
            entries.append(Entry(entry.key, _combined(own, beneath), entry.at))
        else:
            entries.append(entry)
    return Expanded(_replaced(node, "sources", Block(tuple(entries), section.at)), offered)


def _format_of(source: Node) -> Format | None:
    name = source.get("format") if isinstance(source, Block) else None
    return named(name.text) if isinstance(name, Scalar) and name.text in names() else None


def _place(source: Block) -> Location | None:
    name = source.get("format")
    return name.at if name is not None else None


def _located(node: Block, at: Location | None) -> Block:
    """The settings as if they stood where the format is named: mistakes in them are shown there."""
    return Block(tuple(Entry(entry.key, _moved(entry.node, at), at) for entry in node.entries), at)


def _moved(node: Node, at: Location | None) -> Node:
    if isinstance(node, Block):
        return _located(node, at)
    if isinstance(node, Items):
        return Items(tuple(_moved(item, at) for item in node.items), at)
    return Scalar(node.value, node.text, at)


def _as_attributes(settings: Block) -> Block:
    """People who are not the contacts, because another source has `id`: more fields of each contact."""
    entries = (Entry("contact", e.node, e.at) if e.key == "id" else e for e in settings.entries)
    return Block(tuple(entries), settings.at)


def _combined(own: Block, beneath: Block) -> Block:
    """A source's own settings, and those of its format where it has none."""
    answered = {key for written in own.keys for key in _ANSWERS.get(written, ())}
    if _whose(own) not in (None, _whose(beneath)):
        answered.add("only")  # it leaves out rows without the format's own id
    entries = {entry.key: entry for entry in own.entries}
    for entry in _untaken(own, beneath).entries:
        mine = entries.get(entry.key)
        if entry.key in answered:
            continue
        if mine is None:
            entries[entry.key] = entry
        elif entry.key in _COMBINED:
            entries[entry.key] = Entry(mine.key, _both(entry.key, mine.node, entry.node), mine.at)
    return Block(tuple(entries.values()), own.at)


def _untaken(own: Block, beneath: Block) -> Block:
    """The format without the columns that the source takes from elsewhere: out of the file's name, or out of it."""
    for key, other in (("columns", "from_file_name"), ("from_file_name", "columns")):
        taken, section = own.get(other), beneath.get(key)
        if isinstance(taken, Block) and isinstance(section, Block):
            left = tuple(entry for entry in section.entries if entry.key not in taken)
            beneath = _replaced(beneath, key, Block(left, section.at))
    return beneath


def _whose(settings: Block) -> str | None:
    """The column that says whose row it is."""
    key = settings.get("id") or settings.get("contact")
    return key.text if isinstance(key, Scalar) else None


def _both(key: str, own: Node, beneath: Node) -> Node:
    if not isinstance(own, Block) or not isinstance(beneath, Block):
        return own
    spelled = {text for entry in own.entries for text in _texts(entry.node)} if key == "events" else set()
    others = (entry for entry in beneath.entries if entry.key not in own)
    kept = (left for entry in others if (left := _without(entry, spelled)) is not None)
    return Block((*own.entries, *kept), own.at)


def _without(entry: Entry, spelled: set[str]) -> Entry | None:
    """An event without the spellings that the source gives to another one."""
    left = [text for text in _texts(entry.node) if text not in spelled]
    if not spelled or left == _texts(entry.node):
        return entry
    at = entry.node.at
    return Entry(entry.key, Items(tuple(Scalar(text, text, at) for text in left), at), entry.at) if left else None


def _texts(node: Node) -> list[str]:
    items = node.items if isinstance(node, Items) else (node,)
    return [item.text for item in items if isinstance(item, Scalar)]


def _speaks_of(settings: Block) -> frozenset[str]:
    """Our names of the columns that the settings name or type."""
    sections = (settings.get(key) for key in ("columns", "types"))
    return frozenset(name for section in sections if isinstance(section, Block) for name in section.keys)


def _replaced(node: Block, key: str, value: Node) -> Block:
    return Block(
        tuple(Entry(entry.key, value, entry.at) if entry.key == key else entry for entry in node.entries), node.at
    )
