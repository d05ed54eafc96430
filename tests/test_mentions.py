"""Wherever a segments file can name a column of people, the column is read; and what it does not name is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import segtool
from segtool.api import Evaluation
from segtool.config.columns import match_name, meant
from segtool.sources import catalog, parts
from segtool.sources.account import Accounting

HEADER = "email,Home State,age,budget,limit,score,tags,Joined At,plan,unused,other"
CONTACTS = f"""{HEADER}
a@x.lv,NJ,20,5,4,7,"red, blue",2026-01-02,pro,1,x
b@x.lv,NY,30,3,4,9,,2025-01-02,free,2,y
c@x.lv,nj,40,9,8,8,red,2026-02-02,pro,3,z
"""
CRM = "who,Lead Stage,value,spare\na@x.lv,new,1,7\nb@x.lv,won,2,8\n"

SEGMENTS: dict[str, Any] = {
    "by_field": {"where": {"field": "home_state", "is": "nj"}},
    "by_text": {"where": {"field": "TAGS", "contains": "red"}},
    "by_another_field": {"where": {"field": "budget", "above": {"field": "limit"}}},
    "by_date": {"where": {"field": "joined-at", "in_last": "90 days"}},
    "by_table": {"where": {"field": "crm.lead_stage", "is": "new"}},
    "by_trait": {"where": {"field": "bought", "is": "yes"}},
    "by_score": {"where": {"field": "heat", "at_least": 1}},
    "by_rank": {"where": "everyone", "top": {"count": 2, "by": "age"}},
    "by_order": {"where": "everyone", "sort": ["-score"], "columns": ["email", "CRM.value"]},
    "by_nothing": {"where": {"not": {"any": [{"field": "plan", "is": "pro"}, {"field": "age", "is_set": False}]}}},
}
VALUES: dict[str, Any] = {
    "traits": {"bought": {"cases": [{"when": {"field": "plan", "is": "pro"}, "is": "yes"}]}},
    "scores": {"heat": [{"points": 1, "when": {"field": "age", "above": 25}}]},
}


def evaluate(folder: Path, segments: dict[str, Any], **more: Any) -> Evaluation:
    (folder / "contacts.csv").write_text(CONTACTS, encoding="utf-8")
    (folder / "crm.csv").write_text(CRM, encoding="utf-8")
    sources = {"people": {"files": "contacts.csv", "id": "email"}, "crm": {"files": "crm.csv", "contact": "who"}}
    config = {"version": 1, "sources": sources, "segments": segments, "output": {"columns": ["email"]}, **VALUES}
    return segtool.evaluate(segtool.load({**config, **more}, base=folder), as_of="2026-03-01")


@pytest.mark.parametrize("name", SEGMENTS)
def test_a_column_is_read_wherever_it_is_named(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = evaluate(tmp_path, {name: SEGMENTS[name]})
    monkeypatch.setattr(catalog, "mentioned", lambda _: None)
    everything = evaluate(tmp_path, {name: SEGMENTS[name]})
    assert found.members == everything.members
    assert found.table(name).equals(everything.table(name))


def columns(table: Any) -> set[str]:
    frame: pl.LazyFrame = table.frame
    return {name for name in frame.collect_schema().names() if not name.startswith("§")}


def test_what_nobody_names_is_not_read(tmp_path: Path) -> None:
    found = evaluate(tmp_path, {name: SEGMENTS[name] for name in ("by_field", "by_table")})
    assert columns(found.tables["people"]) == {"email", "Home State", "plan", "age"}, "traits and scores name two"
    assert columns(found.tables["crm"]) == {"who", "Lead Stage"}


def test_a_cell_that_does_not_fit_its_declared_type_is_told_of_whoever_needs_it(tmp_path: Path) -> None:
    """Of contacts and of tables beside them, although no rule and no list names the column."""
    typed = {
        "people": {"files": "contacts.csv", "id": "email", "types": {"other": "number"}},
        "crm": {"files": "crm.csv", "contact": "who", "types": {"lead_stage": "number"}},
    }
    found = evaluate(tmp_path, {"all": {"where": "everyone"}}, sources=typed)
    assert {name: table.accounting.cells for name, table in found.tables.items()} == {"people": 3, "crm": 2}


@pytest.mark.parametrize("all_of", [True, False])
def test_a_row_that_holds_something_elsewhere_is_no_blank_row(
    tmp_path: Path, all_of: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a large file, of which only some columns are taken out of its rows."""
    monkeypatch.setattr(parts, "SMALL", 0)
    if all_of:
        monkeypatch.setattr(catalog, "mentioned", lambda _: None)
    (tmp_path / "contacts.csv").write_text(
        "email,state,note\na@x.lv,NJ,x\n ,NY,y\n , , \n\nb@x.lv,,\n,,z\n", encoding="utf-8"
    )
    source = {"people": {"files": "contacts.csv", "id": "email"}}
    config = {"version": 1, "sources": source, "segments": {"all": {"where": "everyone", "columns": ["email"]}}}
    table = segtool.evaluate(segtool.load(config, base=tmp_path), as_of="2026-03-01").tables["people"]
    assert columns(table) == ({"email", "state", "note"} if all_of else {"email"})
    assert table.accounting == Accounting(read=4, kept=2, rejected=2)
    assert table.rejects.get_column("row").to_list() == [3, 7]


def test_a_list_that_shows_everything_needs_everything(tmp_path: Path) -> None:
    found = evaluate(tmp_path, {"all": {"where": "everyone"}}, output={})
    assert columns(found.tables["people"]) == set(HEADER.split(","))


def test_names_mean_the_same_columns_together_as_one_by_one() -> None:
    available = ["email", "State", "state", "Home State", "a-b", "A B", ""]
    names = ["email", "EMAIL", "STATE", "state", "home_state", "ab", "A B", "-", "none"]
    assert meant(names, available) == {match_name(name, available) for name in names} - {None}
