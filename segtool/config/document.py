"""YAML text → a tree of nodes that remember where they were written.

Reads the YAML 1.2 core schema (so `no`, `on` and `012` mean what they look like), one document, mappings with
unique text keys. Refuses duplicate keys, tags, cycles, files over 1 MiB, nesting past 400 levels and anchors
that expand past 200,000 nodes, so that no file can exhaust memory. Built from the event stream and not from PyYAML's
constructors: nothing in a document is ever executed, and depth costs no stack.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

import yaml

from segtool.config.frozen import dataclass
from segtool.config.problems import ConfigError, Location, Problem, Problems

MAX_BYTES = 1 << 20
MAX_DEPTH = 400
MAX_NODES = 200_000
_EXPORTS = (".csv", ".tsv", ".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".parquet", ".zip")

Value = str | int | float | bool | None


@dataclass(frozen=True)
class Scalar:
    """One value. `text` is its spelling in the file, which a text comparison uses (`012` stays `012`)."""

    value: Value
    text: str
    at: Location | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Items:
    """A list."""

    items: tuple[Node, ...]
    at: Location | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Entry:
    """One `key: value` of a mapping."""

    key: str
    node: Node
    at: Location | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Block:
    """A mapping, its entries in the order written."""

    entries: tuple[Entry, ...]
    at: Location | None = field(default=None, compare=False, repr=False)

    def get(self, key: str) -> Node | None:
        return next((entry.node for entry in self.entries if entry.key == key), None)

    def entry(self, key: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.key == key), None)

    def __contains__(self, key: str) -> bool:
        return self.entry(key) is not None

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(entry.key for entry in self.entries)


Node = Scalar | Items | Block


def read(path: Path, shown: str) -> Node:
    """The document in `path`, which messages call `shown`.

    Raises ConfigError: not there, not readable, an export, not UTF-8, not YAML, or past a limit.
    """
    if path.suffix.lower() in _EXPORTS and path.is_file():
        message = f"{shown} is an export, not a segments file; segtool init {shown} writes one from it"
        raise _refusal("no-config", message, shown)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise _refusal(
            "no-config", f"there is no file {shown}; segtool init writes one from export files", shown
        ) from None
    except IsADirectoryError:
        raise _refusal("no-config", f"{shown} is a folder; name the YAML file in it", shown) from None
    except OSError as error:
        raise _refusal("no-config", f"{shown} cannot be read: {error.strerror}", shown) from None
    if len(raw) > MAX_BYTES:
        raise _refusal("yaml-size", "the file is over 1 MiB; a segments file is a page or two of text", shown)
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise _refusal("yaml-encoding", "the file is written as UTF-16; save it as UTF-8", shown)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        at = _place(raw.decode("utf-8", "replace"), len(raw[: error.start].decode("utf-8", "replace")), shown)
        raise ConfigError([Problem("yaml-encoding", "this is not UTF-8 text; save the file as UTF-8", at)]) from None
    return parse(text, shown)


def parse(text: str, shown: str) -> Node:
    """The one document in `text`. Raises ConfigError with the place."""
    # What is well written is read by the parser in C, if there is one: it is 17 times as fast. Mistakes are left to
    # the other, whose words are translated below.
    return _quickly(text, shown) or _carefully(text, shown)


_DISPUTED = re.compile(r"[\t\ufeff]|^%|[|>][-+0-9]*#|(^|[\s,\[{])\?(\s|$)", re.M)
"""Where the parser in C takes more than the other, or sees it elsewhere: tabs, directives, and what is rare besides."""


def _quickly(text: str, shown: str) -> Node | None:
    """The document; None where anything is wrong with it, or where the parsers may not agree on what it says."""
    quick = getattr(yaml, "CSafeLoader", None)
    if quick is None or _DISPUTED.search(text):
        return None
    builder = _Builder(shown, text.splitlines())
    try:
        for event in yaml.parse(text, Loader=quick):
            if isinstance(event, yaml.ScalarEvent) and not event.style and (not event.value or "?" in event.value):
                return None
            builder.take(event)
    except (yaml.YAMLError, ConfigError, UnicodeError):
        return None
    return None if builder.problems.errors or builder.empty else builder.root


def _carefully(text: str, shown: str) -> Node:
    builder = _Builder(shown, text.splitlines())
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            builder.take(event)
    except yaml.reader.ReaderError as error:
        sentence = "there is an invisible character here that YAML does not allow; retype this line"
        raise ConfigError([Problem("yaml-syntax", sentence, _place(text, error.position, shown))]) from None
    except yaml.MarkedYAMLError as error:
        raise ConfigError([_syntax_problem(error, builder)]) from None
    if builder.problems.errors:
        raise ConfigError(builder.problems.errors)
    if builder.root is None or builder.empty:
        raise _refusal("empty-config", "the file is empty; see segments.example.yaml for a start", shown)
    return builder.root


def wrap(data: object) -> Node:
    """Nodes without places for configuration that was built in Python.

    Raises ConfigError for values that YAML could not hold, and for nesting past the limit.
    """
    return _wrap(data, 0)


def plain(node: Node) -> Any:
    """Nodes as Python data; numbers and truth values are texts, as they are spelled."""
    if isinstance(node, Block):
        return {entry.key: plain(entry.node) for entry in node.entries}
    if isinstance(node, Items):
        return [plain(item) for item in node.items]
    return None if node.value is None else node.text


def walk(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    if isinstance(node, Block):
        for entry in node.entries:
            yield from walk(entry.node)
    elif isinstance(node, Items):
        for item in node.items:
            yield from walk(item)


def find(node: Node, path: Sequence[str | int]) -> tuple[Node, Location | None]:
    """The deepest node that `path` leads to and the place to point at (a key's, for a mapping entry).

    Steps that are no part of the document are skipped, such as the first of a list that is written without one.
    """
    at = node.at
    for step in path:
        if isinstance(node, Block) and isinstance(step, str):
            entry = node.entry(step)
            if entry is not None:
                node, at = entry.node, entry.at
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            at = node.at
    return node, at


_RESOLVERS: tuple[tuple[re.Pattern[str], Any], ...] = (
    (re.compile(r"null|Null|NULL|~|"), lambda _: None),
    (re.compile(r"true|True|TRUE"), lambda _: True),
    (re.compile(r"false|False|FALSE"), lambda _: False),
    (re.compile(r"[-+]?[0-9]{1,400}"), int),
    (re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?"), float),
)

_BEGINS_A_VALUE = frozenset("~nNtTfF-+.0123456789")
"""What a text begins with that could be more than a text; most are seen not to be by that."""


def resolve(text: str) -> Value:
    """The value of a plain scalar in the YAML 1.2 core schema."""
    if text and text[0] not in _BEGINS_A_VALUE:
        return text
    for pattern, convert in _RESOLVERS:
        if pattern.fullmatch(text):
            value: Value = convert(text)
            return value
    return text


@dataclass
class _Open:
    """A collection whose end has not been seen yet."""

    mapping: bool
    at: Location
    anchor: str | None
    nodes: list[Node] = field(default_factory=list)
    entries: dict[str, Entry] = field(default_factory=dict)
    key: tuple[str, Location] | None = None
    size: int = 1


class _Builder:
    """Puts parser events together into nodes, without recursion."""

    def __init__(self, shown: str, lines: list[str]) -> None:
        self.shown = shown
        self.lines = lines
        self.problems = Problems()
        self.root: Node | None = None
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._nodes = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            raise ConfigError(
                [
                    Problem(
                        "yaml-documents",
                        "a second document begins here (`---`); a segments file is one document",
                        self.place(event),
                    )
                ]
            )
        if isinstance(event, yaml.NodeEvent):
            self._take_node(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close()

    @property
    def empty(self) -> bool:
        return self.root is None or self.root == Scalar(None, "")

    @property
    def unclosed(self) -> Location | None:
        """Where the innermost collection that is still open begins."""
        return self._stack[-1].at if self._stack else None

    def place(self, event: yaml.Event) -> Location:
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:  # pragma: no cover - PyYAML marks every event it reads from text
            return self.location(0, 0)
        return self.location(start.line, start.column, end.column if end.line == start.line else None)

    def location(self, line: int, column: int, end: int | None = None) -> Location:
        text = self.lines[line] if line < len(self.lines) else ""
        stop = end if end is not None and end > column else max(column + 1, len(text.rstrip()))
        return Location(self.shown, line + 1, column + 1, stop + 1, text)

    def _take_node(self, event: yaml.NodeEvent) -> None:
        tag = getattr(event, "tag", None)
        if tag is not None and tag != "!":
            said = tag.replace("tag:yaml.org,2002:", "!!")
            message = f"the tag {said} is not used here; remove it, or put a text that begins with ! in quotes"
            self.problems.error("yaml-tag", message, self.place(event))
        if isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            if len(self._stack) >= MAX_DEPTH:
                message = f"this is nested more than {MAX_DEPTH} levels deep; make parts of it segments of their own"
                raise ConfigError([Problem("yaml-depth", message, self.place(event))])
            self._stack.append(_Open(isinstance(event, yaml.MappingStartEvent), self.place(event), event.anchor))

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        at = self.place(event)
        value: Value = event.value
        if not event.style and event.tag is None:
            value = resolve(event.value)
        self._add(Scalar(value, event.value, at), at, event.anchor, 1)

    def _alias(self, event: yaml.AliasEvent) -> None:
        known = self._anchors.get(event.anchor or "")
        if known is None:
            message = f"nothing before this is marked &{event.anchor}; a text that begins with * needs quotes"
            raise ConfigError([Problem("yaml-alias", message, self.place(event))])
        node, size = known
        self._add(node, self.place(event), None, size)

    def _close(self) -> None:
        done = self._stack.pop()
        node: Node = Block(tuple(done.entries.values()), done.at) if done.mapping else Items(tuple(done.nodes), done.at)
        self._add(node, done.at, done.anchor, done.size)

    def _add(self, node: Node, at: Location, anchor: str | None, size: int) -> None:
        if size > MAX_NODES:
            message = f"this repeats its anchors (& and *) until there are over {MAX_NODES:,} values; write less of it"
            raise ConfigError([Problem("yaml-size", message, at)])
        if anchor is not None:
            self._anchors[anchor] = (node, size)
        if not self._stack:
            self.root = node
            return
        parent = self._stack[-1]
        parent.size += size
        if not parent.mapping:
            parent.nodes.append(node)
        elif parent.key is None:
            parent.key = (self._key(node, at), at)
        else:
            self._enter(parent, parent.key, node)
            parent.key = None

    def _key(self, node: Node, at: Location) -> str:
        if isinstance(node, Scalar):
            return node.text
        self.problems.error("yaml-key", "a name before a colon is one text, not a list or a mapping", at)
        return ""

    def _enter(self, parent: _Open, key: tuple[str, Location], node: Node) -> None:
        name, at = key
        first = parent.entries.get(name)
        if first is not None and first.at is not None:
            self.problems.error(
                "duplicate-key", f'"{name}" is here twice (first in line {first.at.line}); keep one', at
            )
            return
        parent.entries[name] = Entry(name, node, at)


def _place(text: str, position: int, shown: str) -> Location:
    """Where a single character of `text` is."""
    start = text.rfind("\n", 0, position) + 1
    line = text[start:].split("\n", 1)[0].rstrip("\r")
    column = position - start + 1
    return Location(shown, text.count("\n", 0, position) + 1, column, column + 1, line)


def _syntax_problem(error: yaml.MarkedYAMLError, builder: _Builder) -> Problem:
    mark = error.problem_mark or error.context_mark
    if mark is None:  # pragma: no cover - PyYAML always marks its errors
        return Problem("yaml-syntax", _UNREADABLE, path=builder.shown)
    at = builder.location(mark.line, mark.column, mark.column + 1)
    before = at.text[: mark.column]
    indentation = before[: len(before) - len(before.lstrip())]
    if "\t" in (indentation + at.text[mark.column : mark.column + 1]):
        column = at.text.index("\t", 0 if "\t" in indentation else mark.column)
        at = builder.location(mark.line, column, column + 1)
        return Problem("yaml-tab", "there is a tab here, and YAML takes spaces only; replace it with spaces", at)
    opened, sentence = _in_plain_words(error)
    if opened and error.context_mark is not None:
        at = builder.location(error.context_mark.line, error.context_mark.column, error.context_mark.column + 1)
        at = builder.unclosed if error.context == "while parsing a flow node" and builder.unclosed else at
    return Problem("yaml-syntax", f"this is not YAML: {sentence}", at)


_UNREADABLE = "this line cannot be read; check its quotes, brackets and indentation"
_INDENTED = "this line is indented differently from the lines around it; align it with them"
_BRACKETS = {"]": "[", "}": "{"}

_PLAIN_WORDS: tuple[tuple[str, bool, str], ...] = (
    # What PyYAML says, whether the mistake is where its context begins, and the same in plain words.
    (r"mapping values are not allowed here", False, "a second colon in this line, or wrong indentation; "
     "put quotes around a text that holds a colon"),
    (r"could not find expected ':'", True, "a colon is missing here, or the space after it"),
    (r"found unexpected (end of stream|document separator)", True, "a quote is opened here and never closed"),
    (r"expected ',' or '(.)', but got '<stream end>'", True, "a {open} is opened here and never closed"),
    (r"expected the node content, but found '<stream end>'", True, "a bracket is opened here and never closed"),
    (r"expected ',' or '(.)', but got", False, "a comma is missing before this, or a {0} that closes the {open} "
     "of line {line}"),
    (r"expected the node content, but found '([\]}])'", False, "this {0} closes nothing; remove it"),
    (r"expected the node content, but found ','", False, "there is nothing before this comma; remove it"),
    (r"expected <block end>, but found '([\]}])'", False, "this {0} closes nothing; remove it"),
    (r"expected (<block end>|the node content), but found ':'", False, "there is no name before this colon"),
    (r"expected the node content, but found '([?*&!|>-])'", False, "a text that begins with {0} needs quotes"),
    (r"expected '<document start>', but found", False, _INDENTED),
    (r"expected <block end>, but found '<scalar>'", False, "this stands outside of the text before it; "
     "put quotes around the whole text, or check the indentation"),
    (r"expected <block end>, but found", False, _INDENTED),
    (r"sequence entries are not allowed here", False, "a list begins on a line of its own"),
    (r"found character '(.)' that cannot start any token", False, "a text that begins with {0} needs quotes"),
    (r"expected alphabetic or numeric character", True, "a text that begins with {first} needs quotes"),
    (r"found undefined tag handle", True, "a text that begins with ! needs quotes"),
    (r"(found unknown escape character|expected escape sequence)", False, "between double quotes a backslash needs "
     "another one before it; or use single quotes"),
    (r"expected (chomping or indentation|indentation indicator|a comment or a line break)", False,
     "a text that begins with | or > needs quotes"),
)  # fmt: skip


def _in_plain_words(error: yaml.MarkedYAMLError) -> tuple[bool, str]:
    """Whether the mistake is where PyYAML's context begins, and what it is."""
    for pattern, opened, words in _PLAIN_WORDS:
        found = re.match(pattern, str(error.problem or ""))
        if found is not None:
            group = found[1] if found.groups() else ""
            line = error.context_mark.line + 1 if error.context_mark is not None else 0
            first = {"while scanning an anchor": "&", "while scanning a directive": "%"}.get(error.context or "", "*")
            return opened, words.format(group, open=_BRACKETS.get(group, ""), line=line, first=first)
    return False, _UNREADABLE


def _wrap(data: object, depth: int) -> Node:
    if depth > MAX_DEPTH:
        raise _refusal("yaml-depth", f"this is nested more than {MAX_DEPTH} levels deep", "configuration")
    if isinstance(data, Mapping):
        return Block(tuple(Entry(_spelling(key), _wrap(value, depth + 1)) for key, value in data.items()))
    if isinstance(data, list | tuple):
        return Items(tuple(_wrap(item, depth + 1) for item in data))
    if data is None or isinstance(data, str | int | float | bool):
        return Scalar(data, _spelling(data))
    if hasattr(data, "isoformat"):
        return Scalar(data.isoformat(), data.isoformat())
    said = f"a value of type {type(data).__name__} cannot stand in a configuration"
    raise _refusal(
        "config-value", f"{said}; it takes texts, numbers, true/false, dates, lists and dicts", "configuration"
    )


def _spelling(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _refusal(id: str, message: str, shown: str) -> ConfigError:  # noqa: A002
    return ConfigError([Problem(id, message, path=shown)])
