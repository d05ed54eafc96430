"""Values that are quick to define: `dataclass` as everybody knows it, in a fifth of the time.

The one of the standard library compiles six functions for each class while it is imported; for the classes of a check
that takes as long as reading its files. Here classes share all functions but one, and that one is compiled when the
first value of its class is made: of many classes there is none. To type checkers it is the same as the other, and its
values are data classes to `replace`, `fields` and `asdict`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NoReturn

__all__ = ["dataclass"]


def _dataclass(cls: Any = None, *, frozen: bool = False) -> Any:
    """Of the settings of fields it knows `default`, `default_factory`, `repr` and `compare`."""
    return _made(cls, frozen) if cls is not None else lambda cls: _made(cls, frozen)


def _made(cls: Any, frozen: bool) -> Any:
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
    compared = [one.name for one in dataclasses.fields(made) if one.compare]
    made.__init__, made.__repr__ = _first_init(made), _repr
    made.__eq__, made.__hash__ = _equality(attrgetter(*compared) if compared else lambda _: ())
    if frozen:
        made.__setattr__, made.__delattr__ = _refuse, _refuse
    else:
        made.__hash__ = None
    return made


def _first_init(cls: Any) -> Callable[..., None]:
    """What compiles the initializer that takes its place."""

    def __init__(self: Any, *args: Any, **values: Any) -> None:  # noqa: N807
        made = _init(cls)
        if cls.__init__ is __init__:
            cls.__init__ = made
        made(self, *args, **values)

    return __init__


def _init(cls: Any) -> Callable[..., None]:
    known: dict[str, Any] = {"_set": object.__setattr__, "_none": dataclasses.MISSING}
    taken, body = ["self"], []
    for one in dataclasses.fields(cls):
        name, value = one.name, one.name
        if one.default_factory is not dataclasses.MISSING:
            known[f"_of_{name}"] = one.default_factory
            taken.append(f"{name}=_none")
            value = f"_of_{name}() if {name} is _none else {name}"
        elif one.default is not dataclasses.MISSING:
            known[f"_of_{name}"] = one.default
            taken.append(f"{name}=_of_{name}")
        else:
            taken.append(name)
        body.append(f"    _set(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        body.append("    self.__post_init__()")
    exec("\n".join([f"def __init__({', '.join(taken)}):", *(body or ["    pass"])]), known)
    made: Callable[..., None] = known["__init__"]
    made.__qualname__ = f"{cls.__qualname__}.__init__"
    return made


def _refuse(self: object, name: str, *_: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"{type(self).__name__} is frozen: {name!r} cannot be changed")


def _repr(self: Any) -> str:
    shown = (f"{one.name}={getattr(self, one.name)!r}" for one in dataclasses.fields(self) if one.repr)
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _equality(key: Callable[[Any], Any]) -> tuple[Callable[[Any, object], bool], Callable[[Any], int]]:
    """Values of one class are equal where what `key` takes of them is."""

    def __eq__(self: Any, other: object) -> bool:  # noqa: N807
        return bool(key(self) == key(other)) if type(other) is type(self) else NotImplemented

    def __hash__(self: Any) -> int:  # noqa: N807
        return hash(key(self))

    return __eq__, __hash__


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass
