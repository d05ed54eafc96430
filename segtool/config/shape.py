"""Located nodes → the models of `config.model`, with every mistake said in plain words at its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from segtool.config.document import Block, Items, Node, Scalar, find, plain, resolve
from segtool.config.problems import Location, Problems, listed, nearest, suggestion

M = TypeVar("M", bound=BaseModel)

_KINDS = {
    "string_type": "a text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "dict_type": "a mapping of `name: value`",
    "model_type": "a mapping of `name: value`",
    "literal_error": "a text",
    "greater_than_equal": "a number that is not negative",
}


def shaped(model: type[M], node: Node, problems: Problems, where: str, skip: Sequence[str] = ()) -> M | None:
    """`node` as a `model`, leaving out the keys in `skip`.

    After problems were collected it is what could be read, or None where that is not enough.
    """
    if not isinstance(node, Block):
        empty = isinstance(node, Scalar) and not node.text
        said = "is empty; write its settings below it" if empty else f"is a mapping of `name: value`{_instead(node)}"
        problems.error("wrong-value", f"{where} {said}", node.at)
        return None
    data = {key: value for key, value in plain(node).items() if key not in skip}
    try:
        return model.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        misspelt = set(_misspelt(details, model, skip))
        for detail in details:
            if detail["type"] != "missing" or detail["loc"] not in misspelt:
                _report(detail, model, node, problems, where, skip)
        wrong = {detail["loc"][0] for detail in details}
        return _validated(model, {key: value for key, value in data.items() if key not in wrong})


def _validated(model: type[M], data: Mapping[str, Any]) -> M | None:
    try:
        return model.model_validate(data)
    except ValidationError:
        return None


def misspelt(node: Block, key: str, known: Sequence[str]) -> bool:
    """Whether some key of `node` that is none of `known` was probably meant to be `key`."""
    return any(other not in known and nearest(other, known) == key for other in node.keys)


def _misspelt(
    details: Sequence[ErrorDetails], model: type[BaseModel], skip: Sequence[str]
) -> Iterator[tuple[int | str, ...]]:
    """Where a key is missing because it was misspelt: its misspelling alone is reported."""
    for path in (detail["loc"] for detail in details if detail["type"] == "extra_forbidden"):
        near = nearest(str(path[-1]), _known(model, path, skip))
        yield (*path[:-1], near or "")


def _report(
    detail: ErrorDetails, model: type[BaseModel], node: Block, problems: Problems, where: str, skip: Sequence[str]
) -> None:
    path = detail["loc"]
    if detail["type"] == "extra_forbidden":
        _unknown_key(path, model, node, problems, where, skip)
    elif detail["type"] == "missing":
        _, at = find(node, path[:-1])
        about = _about(model, path)
        problems.error("missing-key", f'{_inside(path, where)} needs "{path[-1]}"{about}', at)
    else:
        value, key_at = find(node, path)
        problems.error("wrong-value", _sentence(detail, path, value), value.at or key_at)


def _unknown_key(
    path: tuple[int | str, ...],
    model: type[BaseModel],
    node: Block,
    problems: Problems,
    where: str,
    skip: Sequence[str],
) -> None:
    known = _known(model, path, skip)
    key = str(path[-1])
    near = suggestion(key, known)
    valid = listed(known, "and", most=48) if not near else ""
    hint = near or (f"; known there: {valid}" if valid else "")
    problems.error("unknown-key", f'"{key}" means nothing in {_inside(path, where)}{hint}', _key_place(node, path))


def _key_place(node: Block, path: tuple[int | str, ...]) -> Location | None:
    return find(node, path)[1]


def _known(model: type[BaseModel], path: tuple[int | str, ...], skip: Sequence[str]) -> list[str]:
    """The keys that could stand where the last step of `path` does."""
    return [*_keys(model, path[:-1]), *(skip if len(path) == 1 else ())]


def _keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """The keys of the model that `path` leads to."""
    return list(getattr(_model_at(model, path), "model_fields", {}))


def _about(model: type[BaseModel], path: tuple[int | str, ...]) -> str:
    """What a missing key is for, from its description."""
    field = getattr(_model_at(model, path[:-1]), "model_fields", {}).get(path[-1])
    said = getattr(field, "description", None) or ""
    return f": {said[0].lower()}{said[1:]}" if said else ""


def _model_at(model: type[BaseModel], path: tuple[int | str, ...]) -> Any:
    current: Any = model
    for step in path:
        if isinstance(step, int):  # an entry of a list: what the list is of
            continue
        field = getattr(current, "model_fields", {}).get(step)
        if field is None:
            return None
        inner = [arg for arg in getattr(field.annotation, "__args__", ()) if hasattr(arg, "model_fields")]
        current = inner[0] if inner else field.annotation
    return current


def _inside(path: tuple[int | str, ...], where: str) -> str:
    names = [str(step) for step in path[:-1] if isinstance(step, str)]
    return f'"{names[-1]}" of {where}' if names else where


def _sentence(detail: ErrorDetails, path: tuple[int | str, ...], value: Node) -> str:
    key = next((str(step) for step in reversed(path) if isinstance(step, str)), "this")
    kind = detail["type"]
    if kind == "literal_error" and isinstance(value, Scalar):
        # Of a tab's two spellings the word is shown.
        valid = [name for name in re.findall(r"'([^']*)'", detail["ctx"]["expected"]) if name != "\\t"]
        near = suggestion(value.text, valid)
        shown = listed([name if name[0].isalpha() else f'"{name}"' for name in valid], most=24)
        return f'"{key}" cannot be "{value.text}"{near or f"; write {shown}"}'
    if kind == "value_error":
        return f'"{key}" takes {detail["ctx"]["error"]}{_instead(value)}'
    if kind in ("too_short", "string_too_short", "string_pattern_mismatch"):
        return f'"{key}" is empty; write a value'
    if kind == "less_than_equal":
        return f'"{key}" is at most {detail["ctx"]["le"]:,}'
    expected = _KINDS.get(kind, "another kind of value")
    return f'"{key}" takes {expected}{_instead(value)}'


def _instead(value: Node) -> str:
    """What is there instead of what is expected."""
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
