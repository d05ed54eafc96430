"""What a setting takes: the kinds of values that segments.yaml has outside of conditions.

A kind reads a node, or says at its place what it takes instead, and tells editors the same as JSON Schema. A text is
what is spelled in the file, so `012` stays `012`. Which settings there are is for `config.model` to say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from segtool.config import times
from segtool.config.document import Block, Items, Node, Scalar, resolve
from segtool.config.problems import Location, Problems, listed, suggestion

T = TypeVar("T")
Schema = dict[str, Any]

SCALAR: Schema = {"type": ["string", "number", "boolean"]}
"""Also what takes a text: a sheet may be called 2026, and an event 404."""

DURATION: Schema = {"type": "string", "pattern": times.DURATION_PATTERN}


MAPPING = "a mapping of `name: value`"
_EMPTY = "is empty; write a value"


class Asked:
    """What is read: the nearest name and its place. `where` is what the whole is called, such as `source "crm"`."""

    def __init__(self, key: str, at: Location | None, where: str, problems: Problems) -> None:
        self.key, self.at, self.where, self.problems = key, at, where, problems

    def inside(self, key: str, at: Location | None) -> Asked:
        return Asked(key, at, self.where, self.problems)

    def wrong(self, node: Node, said: str) -> None:
        self.problems.error("wrong-value", f'"{self.key}" {said}', node.at or self.at)


class UnfitError(Exception):
    """What a value is not, in words that follow the name of its setting."""


def other(expected: str, node: Node) -> UnfitError:
    return UnfitError(f"takes {expected}{instead(node)}")


class Kind(Generic[T]):
    """One kind of value."""

    def read(self, node: Node, asked: Asked) -> T | None:
        """The value; None after saying what is wrong with it."""
        try:
            return self.value(node)
        except UnfitError as unfit:
            asked.wrong(node, str(unfit))
            return None

    def value(self, node: Node) -> T:
        """The value of a kind that has no others inside. Raises UnfitError."""
        raise NotImplementedError

    def schema(self, definitions: Schema) -> Schema:
        """What editors are told; mappings with keys of their own are put into `definitions`."""
        raise NotImplementedError


class Text(Kind[str]):
    """A text in which the pattern `needs` is found. Some of what it may be is `offered` to editors."""

    def __init__(self, needs: str = "", offered: Sequence[str] = ()) -> None:
        self._needs = needs
        self._offered = offered

    def value(self, node: Node) -> str:
        if not isinstance(node, Scalar) or node.value is None:
            raise other("a text", node)
        if not re.search(self._needs, node.text):
            raise UnfitError(_EMPTY)
        return node.text

    def schema(self, definitions: Schema) -> Schema:
        if self._offered:
            return {"type": "string", "enum": [*self._offered]}
        return {**SCALAR, "pattern": self._needs} if self._needs else SCALAR


class OneOf(Kind[str]):
    """One of some words."""

    def __init__(self, *words: str) -> None:
        self._words = words

    def value(self, node: Node) -> str:
        if not isinstance(node, Scalar):
            raise other("a text", node)
        if node.value is not None and node.text in self._words:
            return node.text
        valid = [word for word in self._words if word != "\t"]  # which is shown as the word that it goes by
        shown = listed([word if word[0].isalpha() else f'"{word}"' for word in valid], most=24)
        raise UnfitError(f'cannot be "{node.text}"{suggestion(node.text, valid) or f"; write {shown}"}')

    def schema(self, definitions: Schema) -> Schema:
        return {"type": "string", "enum": [*self._words]}


class Flag(Kind[bool]):
    """true or false."""

    def value(self, node: Node) -> bool:
        if isinstance(node, Scalar) and isinstance(node.value, bool):
            return node.value
        raise other("true or false", node)

    def schema(self, definitions: Schema) -> Schema:
        return {"type": "boolean"}


class Whole(Kind[int]):
    """A whole number within bounds."""

    def __init__(self, least: int | None = None, most: int | None = None) -> None:
        self._least, self._most = least, most

    def value(self, node: Node) -> int:
        value = node.value if isinstance(node, Scalar) else None
        if not isinstance(value, int) or isinstance(value, bool):
            raise other("a whole number", node)
        if self._least is not None and value < self._least:
            raise other("a number that is not negative", node)
        if self._most is not None and value > self._most:
            raise UnfitError(f"is at most {self._most:,}")
        return value

    def schema(self, definitions: Schema) -> Schema:
        bounds = {"minimum": self._least, "maximum": self._most}
        return {"type": "integer", **{key: bound for key, bound in bounds.items() if bound is not None}}


class Version(Whole):
    """The version of the language; what else it could be is said apart."""

    def schema(self, definitions: Schema) -> Schema:
        return {"const": 1}


class Percent(Kind[float]):
    """A share in percent, with the sign or without."""

    def value(self, node: Node) -> float:
        try:
            number = float(_spelled(node).removesuffix("%").strip())
        except ValueError:
            number = -1.0
        if not 0 <= number < 1e9:
            raise other("a percentage such as 20 %", node)
        return number

    def schema(self, definitions: Schema) -> Schema:
        return {"type": ["string", "number"]}


class CallingCode(Kind[str]):
    """The code that telephone numbers of a country begin with, without the +."""

    def value(self, node: Node) -> str:
        code = _spelled(node).removeprefix("+")
        if re.fullmatch("[1-9][0-9]{0,3}", code):
            return code
        raise other("the code that calls to a country begin with, such as 371 or 1", node)

    def schema(self, definitions: Schema) -> Schema:
        return {"type": ["string", "integer"]}


class Age(Kind[str]):
    """A duration, as it is spelled."""

    def value(self, node: Node) -> str:
        if times.duration(_spelled(node)) is not None:
            return _spelled(node)
        raise other("a duration such as 36 hours or 2 days", node)

    def schema(self, definitions: Schema) -> Schema:
        return DURATION


class Several(Kind[tuple[T, ...]]):
    """One or a list of them."""

    def __init__(self, of: Kind[T]) -> None:
        self._of = of

    def read(self, node: Node, asked: Asked) -> tuple[T, ...] | None:
        if not isinstance(node, Items):
            one = self._of.read(node, asked)
            return None if one is None else (one,)
        if not node.items:
            asked.wrong(node, _EMPTY)
            return None
        read = [self._of.read(item, asked.inside(asked.key, item.at)) for item in node.items]
        found = tuple(value for value in read if value is not None)
        return found if len(found) == len(read) else None

    def schema(self, definitions: Schema) -> Schema:
        one = self._of.schema(definitions)
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


class Named(Kind[Mapping[str, T]]):
    """Values by a name that the writer chooses."""

    def __init__(self, of: Kind[T]) -> None:
        self._of = of

    def read(self, node: Node, asked: Asked) -> Mapping[str, T] | None:
        if not isinstance(node, Block):
            asked.wrong(node, str(other(MAPPING, node)))
            return None
        read = {entry.key: self._of.read(entry.node, asked.inside(entry.key, entry.at)) for entry in node.entries}
        found = {key: value for key, value in read.items() if value is not None}
        return found if len(found) == len(read) else None

    def schema(self, definitions: Schema) -> Schema:
        return {"type": "object", "additionalProperties": self._of.schema(definitions)}


class Apart(Kind[Node]):
    """What is read elsewhere: here it is right, whatever it is."""

    def value(self, node: Node) -> Node:
        return node

    def schema(self, definitions: Schema) -> Schema:
        return {}


def _spelled(node: Node) -> str:
    return node.text if isinstance(node, Scalar) and node.value is not None else ""


def instead(value: Node) -> str:
    """`, not "x"`: what is there instead of what is expected."""
    if isinstance(value, Items):
        return ", not a list"
    if isinstance(value, Block):
        return ", not a mapping of `name: value`"
    if value.value is None and not value.text:
        return ", and there is nothing here"
    hint = "; put a space after the colon" if re.match(r"[\w-]+:\S", value.text) else ""
    if isinstance(value.value, str) and not isinstance(resolve(value.text), str):
        hint = "; remove the quotes"
    return f', not "{_shortened(value.text)}"{hint}'


def _shortened(text: str, most: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"
