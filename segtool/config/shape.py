"""Mappings with known keys: which settings they have, and located nodes → their values.

Every mistake is said in plain words at its place, all at once. Refuses every key that it does not know.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, ClassVar, Generic, NoReturn, Self, TypeVar, cast

from segtool.config.document import Block, Node, Scalar
from segtool.config.kinds import MAPPING, Asked, Kind, Schema, instead, other
from segtool.config.problems import Problems, listed, nearest, suggestion

T = TypeVar("T")
_NEEDED: Any = object()


class Setting(Generic[T]):
    """A key of a mapping: what it takes, what it is when it is not written, and what it is for."""

    def __init__(self, kind: Kind[T], default: T | None, about: str) -> None:
        self.kind, self.default, self.about = kind, default, about

    @property
    def needed(self) -> bool:
        return self.default is _NEEDED

    def read(self, node: Node, asked: Asked) -> tuple[T | None, bool]:
        """The value, and whether it is right. Nothing after the colon is as good as no key, where that is allowed."""
        if self.default is None and isinstance(node, Scalar) and node.value is None:
            return None, True
        value = self.kind.read(node, asked)
        return value, value is not None

    def schema(self, definitions: Schema) -> Schema:
        said = self.kind.schema(definitions)
        if self.default is None:
            said = {"anyOf": [*said.get("anyOf", [said]), {"type": "null"}]}
        if isinstance(self.default, str | int | float | tuple | None):
            said = {**said, "default": [*self.default] if isinstance(self.default, tuple) else self.default}
        return {**said, "description": self.about}


def required(kind: Kind[T], about: str) -> T:
    """A setting that has to be written. In the class it stands for its value, as all of these do."""
    return cast(T, Setting(kind, _NEEDED, about))


def possible(kind: Kind[T], about: str) -> T | None:
    """A setting that is None where it is not written."""
    return cast(T, Setting(kind, None, about))


def setting(kind: Kind[T], default: T, about: str) -> T:
    """A setting that is `default` where it is not written."""
    return cast(T, Setting(kind, default, about))


class Shape:
    """A mapping with known keys, as a frozen value with an attribute for each of them."""

    settings: ClassVar[Mapping[str, Setting[Any]]] = {}

    def __init_subclass__(cls) -> None:
        own = {name: found for name, found in vars(cls).items() if isinstance(found, Setting)}
        for name in own:
            delattr(cls, name)  # a value has its own
        cls.settings = {**cls.settings, **own}

    def __init__(self, **values: Any) -> None:
        """Values as they are, unchecked. Raises TypeError for a name that is none, and for one that is needed."""
        unknown = [name for name in values if name not in self.settings]
        missing = [name for name, known in self.settings.items() if known.needed and name not in values]
        if unknown or missing:
            raise TypeError(f"{type(self).__name__}: unknown {unknown}, missing {missing}")
        self.__dict__.update({name: known.default for name, known in self.settings.items()} | values)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__} is frozen")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash(tuple(vars(self).values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"

    def but(self, **values: Any) -> Self:
        """The same with other values."""
        return type(self)(**{**vars(self), **values})

    def data(self, without: Collection[str] = ()) -> dict[str, Any]:
        """As plain data that JSON can hold."""
        return {name: _data(value) for name, value in vars(self).items() if name not in without}


S = TypeVar("S", bound=Shape)


class Inner(Kind[S]):
    """A mapping with known keys inside of another."""

    def __init__(self, shape: type[S]) -> None:
        self._shape = shape

    def read(self, node: Node, asked: Asked) -> S | None:
        if not isinstance(node, Block):
            asked.wrong(node, str(other(MAPPING, node)))
            return None
        values, wrong = _values(self._shape, node, f'"{asked.key}" of {asked.where}', asked)
        return None if wrong else self._shape(**values)

    def schema(self, definitions: Schema) -> Schema:
        name = self._shape.__name__
        if name not in definitions:
            definitions[name] = schema_of(self._shape, definitions)
        return {"$ref": f"#/definitions/{name}"}


def schema_of(shape: type[Shape], definitions: Schema) -> Schema:
    """What editors are told of the keys of a mapping."""
    needed = [name for name, known in shape.settings.items() if known.needed]
    return {
        "type": "object",
        "properties": {name: known.schema(definitions) for name, known in shape.settings.items()},
        **({"required": needed} if needed else {}),
        "additionalProperties": False,
    }


def shaped(shape: type[S], node: Node, problems: Problems, where: str, skip: Sequence[str] = ()) -> S | None:
    """`node` as a `shape`, leaving out the keys in `skip`.

    After problems were collected it is what could be read, or None where that is not enough.
    """
    if not isinstance(node, Block):
        empty = isinstance(node, Scalar) and not node.text
        said = "is empty; write its settings below it" if empty else f"is {MAPPING}{instead(node)}"
        problems.error("wrong-value", f"{where} {said}", node.at)
        return None
    values, wrong = _values(shape, node, where, Asked("", node.at, where, problems), skip)
    needed = {name for name, known in shape.settings.items() if known.needed}
    return None if needed & wrong else shape(**values)


def misspelt(node: Block, key: str, known: Sequence[str]) -> bool:
    """Whether some key of `node` that is none of `known` was probably meant to be `key`."""
    return any(other not in known and nearest(other, known) == key for other in node.keys)


def _values(
    shape: type[Shape], node: Block, called: str, asked: Asked, skip: Sequence[str] = ()
) -> tuple[dict[str, Any], set[str]]:
    """The values that could be read, and the names of what could not, or is missing. `called` is the mapping's name."""
    written = {entry.key: entry for entry in node.entries}
    known = [*shape.settings, *skip]
    strange = [key for key in written if key not in known]
    meant = {nearest(key, known) for key in strange}
    values, wrong = {}, set(strange)
    for name, one in shape.settings.items():
        entry = written.get(name)
        if entry is not None:
            values[name], right = one.read(entry.node, asked.inside(name, entry.at))
            wrong |= set() if right else {name}
        elif one.needed:
            wrong.add(name)
            if name not in meant:  # else its misspelling alone is reported
                asked.problems.error("missing-key", f'{called} needs "{name}"{_about(one)}', asked.at)
    for key in strange:
        said = f'"{key}" means nothing in {called}{_instead_of(key, known)}'
        asked.problems.error("unknown-key", said, written[key].at)
    return {name: value for name, value in values.items() if name not in wrong}, wrong


def _instead_of(key: str, known: Iterable[str]) -> str:
    valid = listed(known, "and", most=48)
    return suggestion(key, known) or (f"; known there: {valid}" if valid else "")


def _about(one: Setting[Any]) -> str:
    return f": {one.about[0].lower()}{one.about[1:]}" if one.about else ""


def _data(value: Any) -> Any:
    if isinstance(value, Shape):
        return value.data()
    if isinstance(value, Mapping):
        return {key: _data(inner) for key, inner in value.items()}
    return [_data(inner) for inner in value] if isinstance(value, tuple) else value
