"""Located nodes → the models of `config.model`, with every mistake said in plain words at its place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from segtool.config.document import Block, Items, Node, find, plain
from segtool.config.problems import Location, Problems, listed, suggestion

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
    "greater_than_equal": "a number that is not negative",
}


def shaped(model: type[M], node: Node, problems: Problems, where: str, skip: Sequence[str] = ()) -> M | None:
    """`node` as a `model`, leaving out the keys in `skip`; None after its problems were collected."""
    if not isinstance(node, Block):
        kind = "a list" if isinstance(node, Items) else "a value"
        problems.error("wrong-value", f"{where} is a mapping of `name: value`, not {kind}", node.at)
        return None
    data = {key: value for key, value in plain(node).items() if key not in skip}
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _report(detail, model, node, problems, where, skip)
        return None


def _report(
    detail: ErrorDetails, model: type[BaseModel], node: Block, problems: Problems, where: str, skip: Sequence[str]
) -> None:
    path = detail["loc"]
    if detail["type"] == "extra_forbidden":
        _unknown_key(path, model, node, problems, where, skip)
    elif detail["type"] == "missing":
        _, at = find(node, path[:-1])
        problems.error("missing-key", f'{_inside(path, where)} needs "{path[-1]}"', at)
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
    known = [*_keys(model, path[:-1]), *(skip if len(path) == 1 else ())]
    key = str(path[-1])
    near = suggestion(key, known)
    valid = listed(known, "and") if not near else ""
    hint = near or (f"; known there: {valid}" if valid else "")
    problems.error("unknown-key", f'"{key}" means nothing in {_inside(path, where)}{hint}', _key_place(node, path))


def _key_place(node: Block, path: tuple[int | str, ...]) -> Location | None:
    return find(node, path)[1]


def _keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """The keys of the model that `path` leads to."""
    current: Any = model
    for step in path:
        field = getattr(current, "model_fields", {}).get(step)
        if field is None:
            return []
        inner = [arg for arg in getattr(field.annotation, "__args__", ()) if hasattr(arg, "model_fields")]
        current = inner[0] if inner else field.annotation
    return list(getattr(current, "model_fields", {}))


def _inside(path: tuple[int | str, ...], where: str) -> str:
    names = [str(step) for step in path[:-1] if isinstance(step, str)]
    return f'"{names[-1]}" of {where}' if names else where


def _sentence(detail: ErrorDetails, path: tuple[int | str, ...], value: Node) -> str:
    key = next((str(step) for step in reversed(path) if isinstance(step, str)), "this")
    said = getattr(value, "text", "")
    kind = detail["type"]
    if kind == "literal_error":
        valid = [name.strip("' ") for name in detail["ctx"]["expected"].replace(" or ", ", ").split(", ")]
        near = suggestion(said, valid)
        return f'"{key}" cannot be "{said}"{near or "; write " + detail["ctx"]["expected"]}'
    if kind == "value_error":
        return f'"{key}": {detail["ctx"]["error"]}'
    if kind in ("too_short", "string_too_short"):
        return f'"{key}" is empty'
    expected = _KINDS.get(kind, "another kind of value")
    return f'"{key}" takes {expected}'
