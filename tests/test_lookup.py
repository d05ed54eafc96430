"""Tables that say more of each event: its product, its campaign."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

import segtool
from segtool.api import Evaluation
from segtool.config.problems import ConfigError, ProblemsError

FILES = {
    "contacts.csv": "email\na@x.lv\nb@x.lv\nc@x.lv\n",
    "orders.csv": "email,at,sku,paid\na@x.lv,2026-06-01,7,5\nb@x.lv,2026-06-02, '7,6\nb@x.lv,2026-06-03,8,7\n"
    "c@x.lv,2026-06-04,9,8\n",
    "products.csv": "sku,category,price,paid\n7.0,shoes,12.50,x\n8,hats,3.00,x\n",
    "seasons.csv": "category,season\nshoes,winter\n",
}
Evaluate = Callable[..., Evaluation]


@pytest.fixture
def evaluate(tmp_path: Path) -> Evaluate:
    def run(lookup: Any, where: Any, more: Mapping[str, str] | None = None, **top: Any) -> Evaluation:
        for name, content in {**FILES, **(more or {})}.items():
            (tmp_path / name).write_text(content, encoding="utf-8")
        orders = {"files": "orders.csv", "contact": "email", "time": "at", "event_name": "purchase", "lookup": lookup}
        sources = {"contacts": {"files": "contacts.csv", "id": "email"}, "orders": orders}
        text = {"version": 1, "sources": sources, "segments": {"them": {"where": where}}, **top}
        return segtool.evaluate(segtool.load(text, base=tmp_path), as_of="2026-06-30")

    return run


PRODUCTS = {"files": "products.csv", "on": "sku"}


@pytest.mark.parametrize("lookup", [PRODUCTS, [PRODUCTS], {**PRODUCTS, "on": "SKU"}])
def test_events_have_the_columns_of_their_lookup(evaluate: Evaluate, lookup: Any) -> None:
    """Keys are matched as ids are: without a spreadsheet's apostrophe and its `.0`."""
    shoes = {"did": "purchase", "where": {"field": "category", "is": "shoes"}}
    assert evaluate(lookup, shoes).members == {"them": ["a@x.lv", "b@x.lv"]}
    assert evaluate(lookup, {"did": "purchase", "sum": "price", "above": 13}).members == {"them": ["b@x.lv"]}
    missing = {"did": "purchase", "where": {"field": "category", "is_set": False}}
    assert evaluate(lookup, missing).members == {"them": ["c@x.lv"]}


def test_a_lookup_without_a_row_is_told(evaluate: Evaluate) -> None:
    found = evaluate(PRODUCTS, "everyone")
    assert found.tables["orders"].notes == ('1 row of "orders" with a sku that is not in products.csv',)
    assert found.tables["orders"].accounting.kept == 4
    assert found.tables["orders"].columns.types["price"] == "number"


def test_an_own_column_comes_before_that_of_a_lookup(evaluate: Evaluate) -> None:
    found = evaluate(PRODUCTS, {"did": "purchase", "sum": "paid", "at_least": 8})
    assert found.members == {"them": ["b@x.lv", "c@x.lv"]}
    assert [problem.message for problem in found.warnings if problem.id == "lookup-column"] == [
        '"paid" of products.csv is a column of "orders" too, and left out; give it a name in columns:'
    ]
    renamed = {**PRODUCTS, "columns": {"kind": "paid"}}
    assert evaluate(renamed, {"did": "purchase", "where": {"field": "kind", "is": "x"}}).warnings == ()


def test_several_lookups_by_one_column(evaluate: Evaluate) -> None:
    sizes = {"files": "sizes.csv", "on": "sku", "types": {"size": "text"}}
    found = evaluate(
        [PRODUCTS, sizes],
        {"did": "purchase", "where": [{"field": "size", "is": "042"}, {"field": "category", "is": "hats"}]},
        {"sizes.csv": "sku,size\n8,042\n8,042\n"},
    )
    assert found.members == {"them": ["b@x.lv"]}


def test_rows_of_a_lookup_that_cannot_be_used_are_listed(evaluate: Evaluate) -> None:
    found = evaluate({**PRODUCTS, "types": {"price": "integer"}}, "everyone")
    rejected = found.tables["orders"].rejects.rows()
    assert rejected == [("orders.lookup", "products.csv", 2, "price", "12.50", "is no whole number")]


@pytest.mark.parametrize(
    ("lookup", "told"),
    [
        ({"files": "products.csv", "on": "skew"}, 'no-column orders.csv has no column "skew"'),
        ({"files": "seasons.csv", "on": "sku"}, 'no-column seasons.csv has no column "sku"; it has category, season'),
        ({"files": "prodcts.csv", "on": "sku"}, 'no-file there is no file prodcts.csv; did you mean "products.csv"?'),
        ({"files": "products.csv"}, 'missing-key "lookup" of source "orders" needs "on"'),
        (
            {**PRODUCTS, "shete": "x"},
            'unknown-key "shete" means nothing in "lookup" of source "orders"; did you mean "sheet"?',
        ),
        ({**PRODUCTS, "types": {"price": "money"}}, 'unknown-type there is no type "money"'),
        (7, 'wrong-value "lookup" takes a mapping'),
    ],
)
def test_mistakes_in_a_lookup(evaluate: Evaluate, lookup: Any, told: str) -> None:
    with pytest.raises(ProblemsError) as caught:
        evaluate(lookup, "everyone")
    said = [f"{problem.id} {problem.message}" for problem in caught.value.problems]
    assert said[0].startswith(told), said


def test_a_lookup_is_for_events(tmp_path: Path) -> None:
    text = {
        "version": 1,
        "sources": {"contacts": {"files": "contacts.csv", "id": "email", "lookup": PRODUCTS}},
        "segments": {"them": {"where": "everyone"}},
    }
    with pytest.raises(ConfigError, match="lookup: adds columns to events"):
        segtool.load(text, base=tmp_path)


def test_a_slip_in_the_text_knows_the_columns_of_lookups(evaluate: Evaluate) -> None:
    """The headers alone are looked at: no unknown field is told of where the lookup has it."""
    with pytest.raises(ConfigError) as caught:
        evaluate(PRODUCTS, {"did": "purchase", "where": {"field": "category", "is": "shoes"}}, bogus=1)
    assert [problem.id for problem in caught.value.problems] == ["unknown-key"]
