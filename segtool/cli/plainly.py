"""Words of the command line → values, where nothing has to be thought about: a text is a text.

Typer would build a validator for every parameter, and import what builds them: a sixth of a check of small files. What
is not plain is left to it, and with it all that is to be said of wrong values.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

_LEFT: Any = object()


def take(params: Iterable[Any]) -> None:
    """Makes parameters take plain values as they are. Where Typer keeps no validators, they stay as they were."""
    for param in params:
        if getattr(param, "_runtime_param", _LEFT) is None:
            param._runtime_param = _Plainly()


class _Plainly:
    """Stands where Typer keeps the validator of a parameter, until it is needed."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:
        made = _plain(value, param)
        if made is _LEFT:
            param._runtime_param = None
            made = param.get_runtime_param().coerce(value, param=param, ctx=ctx)
        return made


def _plain(value: Any, param: Any) -> Any:
    """The value of a parameter; _LEFT where it takes more than a look."""
    kind = param.type_descriptor.annotation
    if value is None:
        return () if param.multiple or param.nargs == -1 else None
    if kind == list[str]:
        plain = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
        return [*value] if plain else _LEFT
    if kind is Path and isinstance(value, str | Path):
        return Path(value) if not Path(value).exists() or os.access(value, os.R_OK) else _LEFT
    if kind is int and isinstance(value, str) and value.isascii() and value.isdigit():
        within = len(value) < 10 and int(value) >= (param.min or 0) and param.max is None
        return int(value) if within else _LEFT
    if get_origin(kind) is Literal:
        return value if value in get_args(kind) else _LEFT
    return value if kind in (str, bool, int) and type(value) is kind else _LEFT
