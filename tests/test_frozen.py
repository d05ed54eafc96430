"""Values of data classes: as those of the standard library, whose own tests need no repeating here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import asdict, field, fields, is_dataclass, replace
from typing import Any

import pytest

from segtool.config import frozen
from segtool.config.frozen import dataclass


@dataclass(frozen=True)
class Shelf:
    """A shelf."""

    name: str
    books: tuple[str, ...] = ()
    wide: bool = False
    notes: dict[str, str] = field(default_factory=dict)
    at: int | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Corner(Shelf):
    """A shelf in a corner."""

    angle: int = 90

    def __post_init__(self) -> None:
        if self.angle > 180:
            raise ValueError("no corner")


@dataclass(frozen=True)
class Nothing:
    """Without fields."""


@dataclass
class Pile:
    books: list[str] = field(default_factory=list)


def test_a_value_is_made_of_its_fields() -> None:
    made = Shelf("top", wide=True)
    assert asdict(made) == {"name": "top", "books": (), "wide": True, "notes": {}, "at": None}
    assert Shelf("top").notes is not made.notes
    assert repr(made) == "Shelf(name='top', books=(), wide=True, notes={})"
    assert Shelf.__match_args__ == ("name", "books", "wide", "notes", "at")


def test_values_are_equal_by_what_they_compare() -> None:
    first, second = Corner("top", at=1), Corner("top", at=2)
    assert first == second
    assert first != Corner("top", angle=60)
    assert Shelf("top") != first, "of another class"
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())


def test_equal_values_have_one_hash() -> None:
    one, other = (replace(Corner("top", ("a",), at=at), notes=()) for at in (1, 2))  # type: ignore[arg-type]
    assert len({one, other, replace(one, books=("b",))}) == 2


@pytest.mark.parametrize("change", [lambda shelf: setattr(shelf, "name", "x"), lambda shelf: delattr(shelf, "name")])
def test_a_frozen_value_stays_as_it_is(change: Callable[[Any], None]) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError, match="'name'"):
        change(Corner("top"))


def test_others_can_be_changed_and_have_no_hash() -> None:
    pile = Pile()
    pile.books.append("a")
    pile.books = [*pile.books, "b"]
    assert pile == Pile(["a", "b"])
    with pytest.raises(TypeError, match="unhashable"):
        hash(pile)


def test_wrong_arguments_are_named() -> None:
    made: Any = Shelf
    for values in ({}, {"name": "a", "boks": ()}):
        with pytest.raises(TypeError, match=r"Shelf.__init__\(\).*('name'|'boks')"):
            made(**values)
    with pytest.raises(ValueError, match="no corner"):
        Corner("top", angle=270)


def test_the_initializer_is_compiled_for_the_first_value() -> None:
    """And for a class without values never, which is what it is for."""

    @dataclass(frozen=True)
    class Late:
        name: str

    before = Late.__init__
    assert Late("a") == Late(name="a")
    assert Late.__init__ is not before
    assert Late.__init__.__code__.co_varnames == ("self", "name")


def test_to_the_standard_library_they_are_its_own() -> None:
    assert is_dataclass(Shelf)
    assert [one.name for one in fields(Corner)][-1] == "angle"
    assert replace(Shelf("top"), wide=True) == Shelf("top", wide=True)
    assert frozen.dataclass is not dataclasses.dataclass
