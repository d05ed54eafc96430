"""Ids of Salesforce: 15 characters of a report and 18 of everything else mean one record, and capitals count."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

import segtool
from segtool.sources import salesforce

SHORT, LONG = "001D000000IRFma", "001D000000IRFmaIAH"


@pytest.mark.parametrize(
    ("written", "other"),
    [
        (SHORT, LONG),
        (LONG, SHORT),
        ("001d000000irfma", "001d000000irfmaAAA"),
        ("001D000000IRFmaIAI", None),
        ("001D000000IRFmaiah", None),
        ("001D000000IRFm", None),
        ("ann@example.com", None),
    ],
)
def test_an_id_has_two_lengths(written: str, other: str | None) -> None:
    assert salesforce.others([written]) == ({written: other} if other is not None else {})


def evaluated(
    folder: Path, contacts: Sequence[str], clicks: Sequence[str], crm: Sequence[str]
) -> segtool.api.Evaluation:
    tables = {
        "contacts": ["id,name", *(f"{each},x" for each in contacts)],
        "clicks": ["who,at", *(f"{each},2026-06-01" for each in clicks)],
        "crm": ["lead,stage", *(f"{each},{number}" for number, each in enumerate(crm))],
    }
    for name, lines in tables.items():
        (folder / f"{name}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    sources = {
        "contacts": {"files": "contacts.csv", "id": "id"},
        "clicks": {"files": "clicks.csv", "contact": "who", "time": "at", "event_name": "click"},
        "crm": {"files": "crm.csv", "contact": "lead"},
    }
    segments = {
        "clicked": {"where": {"did": "click"}},
        "staged": {"where": {"field": "crm.stage", "is_set": True}},
    }
    return segtool.evaluate(
        segtool.load({"version": 1, "sources": sources, "segments": segments}, base=folder), as_of="2026-06-30"
    )


@pytest.mark.parametrize(("ours", "theirs"), [(SHORT, LONG), (LONG, SHORT), (LONG, LONG), (SHORT, SHORT)])
def test_both_lengths_are_one_person_who_keeps_the_contacts_own(tmp_path: Path, ours: str, theirs: str) -> None:
    other = "001D000000IRFmA"  # another person: capitals count
    found = evaluated(tmp_path, [ours, "x"], [theirs, theirs, other], [theirs, other])
    assert found.members == {"clicked": [ours], "staged": [ours]}
    assert found.tables["clicks"].accounting.strangers == 1
    assert found.tables["crm"].accounting.strangers == 1


def test_nobody_gets_two_rows_of_a_table_with_one_each(tmp_path: Path) -> None:
    found = evaluated(tmp_path, [SHORT], [SHORT, LONG], [LONG, SHORT])
    assert found.members == {"clicked": [SHORT], "staged": [SHORT]}
    assert found.tables["clicks"].accounting.strangers == 0
    assert found.tables["crm"].accounting.strangers == 1
    assert found.lists.contacts.height == 1
