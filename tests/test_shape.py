"""Mappings with known keys as values: frozen, equal by what they hold, made of known names alone."""

from __future__ import annotations

import pytest

from segtool.config import model


def test_a_value_of_every_setting() -> None:
    made = model.Fold(by=("order",))
    assert (made.by, made.gather) == (("order",), None)
    assert made.data() == {"by": ["order"], "gather": None}
    assert repr(made) == "Fold(by=('order',), gather=None)"


def test_what_is_inherited_is_overridden_in_its_place() -> None:
    assert [*model.Guards.settings] == ["left", "entered", "source_shrinks"]
    assert (model.Guards().left, model.Guard().left) == (50.0, None)


def test_the_same_with_other_values() -> None:
    made = model.Fold(by=("order",))
    changed = made.but(gather=("sku",))
    assert (changed.by, changed.gather, made.gather) == (("order",), ("sku",), None)
    assert changed == model.Fold(by=("order",), gather=("sku",))
    assert changed != made
    assert hash(changed) == hash(model.Fold(by=("order",), gather=("sku",)))
    assert model.Guard(left=50.0, entered=300.0) != model.Guards()


def test_inner_mappings_are_data_too() -> None:
    held = model.Output(columns=("email",)).data(without=["audience"])
    assert held == {
        "folder": "output",
        "formats": ["csv"],
        "template": None,
        "columns": ["email"],
        "csv": {"delimiter": ",", "bom": False, "decimal": "."},
    }


def test_no_value_can_be_changed() -> None:
    with pytest.raises(AttributeError, match="frozen"):
        model.Fold(by=("order",)).by = ("other",)


@pytest.mark.parametrize("values", [{}, {"by": ("order",), "gahter": ("sku",)}])
def test_only_known_names_and_all_that_are_needed(values: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(TypeError, match=r"gahter|'by'"):
        model.Fold(**values)
