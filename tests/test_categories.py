"""Texts of events that have few values are kept as categories; whatever is asked of them, the answers are the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import segtool
from segtool.sources import categories, parts
from segtool.sources.judge import Judge

PAGES = ["/pricing", "/Pricing", "/docs", "", "/demo"]
NAMES = ["click", "open", "click", "Buy it"]
CONTACTS = "email\n" + "".join(f"p{n}@x.org\n" for n in range(40))
RULES: dict[str, Any] = {
    "clicked": {"did": "click"},
    "either": {"did": ["open", "Buy it"], "at_least": 2},
    "no_clicks": {"did_not": "click", "in_last": "45 days"},
    "page": {"did": "click", "where": {"field": "page", "is": "/pricing"}},
    "no_page": {"did": "any", "where": {"field": "page", "is_set": False}},
    "other_page": {"did": "any", "where": {"field": "page", "is_not": "/docs"}},
    "some": {"did": "any", "where": {"any": [{"field": "page", "contains": "o"}, {"field": "note", "is": "n1"}]}},
    "note": {"did": "any", "where": {"field": "note", "contains": "n1"}},
    "pages": {"did": "any", "distinct": "page", "at_least": 2},
    "then": {"did": "open", "then": {"did": "click"}, "within": "90 days"},
    "by_name": {"did": "any", "where": {"field": "what", "starts_with": "Buy"}},
}


def rows(first: int, last: int) -> str:
    """Events of which each combination of name and page is somebody's; every note is another one."""
    made = (
        f"p{n % 40}@x.org,2026-0{n % 5 + 1}-1{n % 9},{NAMES[(n + n // 40) % 4]},{PAGES[n * 7 // 3 % 5]},n{n}\n"
        for n in range(first, last)
    )
    return "who,at,what,page,note\n" + "".join(made)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "contacts.csv").write_text(CONTACTS, encoding="utf-8")
    (tmp_path / "events-1.csv").write_text(rows(0, 130), encoding="utf-8")
    (tmp_path / "events-2.csv").write_text(rows(130, 230), encoding="utf-8")
    monkeypatch.setattr(parts, "SMALL", 0)
    monkeypatch.setattr(categories, "_SAMPLED", 20)
    return tmp_path


def config(folder: Path, **source: Any) -> segtool.config.settings.Config:
    events = {"files": "events-*.csv", "contact": "who", "time": "at", "event": "what", **source}
    document = {
        "version": 1,
        "sources": {"contacts": {"files": "contacts.csv", "id": "email"}, "events": events},
        "segments": {name: {"where": rule} for name, rule in RULES.items()},
    }
    return segtool.load(document, base=folder)


def run(folder: Path, **source: Any) -> tuple[dict[str, list[str]], int]:
    """Who is on each list, and how many events were kept."""
    result = segtool.run(config(folder, **source), as_of="2026-06-01")
    return {name: list(ids) for name, ids in result.members.items()}, result.sources["events"].kept


def kept(folder: Path) -> list[set[str]]:
    """Which columns of each file's events are categories."""
    tables = [pl.read_parquet_schema(path) for path in sorted((folder / ".segtool" / "cache").glob("*.rows"))]
    return [
        {name for name, kind in table.items() if isinstance(kind, pl.Categorical)}
        for table in tables
        if "page" in table
    ]


def plainly(folder: Path, **source: Any) -> tuple[dict[str, list[str]], int]:
    """The same as a source that is held in memory tells it, which has no categories."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "SMALL", 1 << 30)
        found = segtool.run(config(folder, **source), as_of="2026-06-01", dry_run=True, cache=False)
    return {name: list(ids) for name, ids in found.members.items()}, found.sources["events"].kept


@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize(
    "source",
    [
        {},
        {"events": {"click": ["click"], "open": ["open"], "Buy it": ["Buy it"]}},
        {"unique": ["what", "page", "at"]},
        {"only": {"field": "page", "is_set": True}},
    ],
)
def test_answers_are_those_of_texts(folder: Path, source: dict[str, Any], again: bool) -> None:
    expected = plainly(folder, **source)
    assert all(ids for name, ids in expected[0].items() if name != "no_page" or "only" not in source)
    found = [run(folder, **source) for _ in range(1 + again)]
    assert found == [expected] * (1 + again)
    assert kept(folder) == [{"§event", "page"} | ({"what"} if "events" in source else set())] * 2


def test_contacts_have_none(folder: Path) -> None:
    """However many they are, and whatever is asked of their rows before one of each is kept."""
    people = "".join(f"p{n}@x.org,{'NJ' if n % 2 else 'NY'}\n" for n in range(40))
    (folder / "contacts.csv").write_text(f"email,state\n{people}", encoding="utf-8")
    document = {
        "version": 1,
        "sources": {"contacts": {"files": "contacts.csv", "id": "email", "only": {"field": "state", "is": "NJ"}}},
        "segments": {"nj": {"where": {"field": "state", "is": "NJ"}}, "ny": {"where": {"field": "state", "is": "NY"}}},
    }
    result = segtool.run(segtool.load(document, base=folder), as_of="2026-06-01")
    assert {name: len(ids) for name, ids in result.members.items()} == {"nj": 20, "ny": 0}
    (table,) = (folder / ".segtool" / "cache").glob("*.rows")
    assert not any(isinstance(kind, pl.Categorical) for kind in pl.read_parquet_schema(table).values())


def test_whoever_counts_looks_at_no_texts(folder: Path, monkeypatch: pytest.MonkeyPatch, plans: list[str]) -> None:
    """Neither at the names of events nor at what a condition is about."""
    monkeypatch.setitem(globals(), "RULES", {name: RULES[name] for name in ("either", "page", "no_page", "note")})
    run(folder)
    (counting,) = (plan for plan in plans if "Parquet SCAN" in plan and "page" in plan)
    assert 'col("§category:page").python_udf()' in counting
    assert 'col("§category:§event") == "click"' in counting
    assert "cast(String)" not in counting


def test_a_column_that_turns_out_to_have_many_values_is_read_as_texts(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """That is noted: the file is not begun with categories again."""
    begun: list[set[str]] = []
    making = Judge.__init__

    def made(self: Judge, *given: Any) -> None:
        making(self, *given)
        if self._spec.name == "events" and self._few:
            begun.append(set(self._few))

    monkeypatch.setattr(Judge, "__init__", made)
    monkeypatch.setattr(categories, "MOST", 3)
    expected = plainly(folder)
    assert run(folder) == expected
    assert kept(folder) == [{"§event"}] * 2
    assert sorted(begun, key=len) == [{"§event"}] * 2 + [{"§event", "page"}] * 2
    begun.clear()
    for path in (folder / ".segtool" / "cache").glob("*.rows"):
        path.unlink()
    assert run(folder) == expected
    assert begun == [{"§event"}] * 2


def test_one_file_may_have_more_values_than_another(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then the column has no categories for anybody."""
    monkeypatch.setattr(categories, "_SAMPLED", 110)
    expected = plainly(folder)
    assert run(folder) == expected
    assert kept(folder) in (
        [{"§event", "page"}, {"§event", "page", "note"}],
        [{"§event", "page", "note"}, {"§event", "page"}],
    )


def test_files_that_were_typed_apart_have_the_same_categories(folder: Path) -> None:
    """Numbers are those of a run: another one may give others, and a file that is typed later more."""
    expected = plainly(folder)
    other = (folder / "events-2.csv").rename(folder / "later.csv")
    run(folder)
    other.rename(folder / "events-2.csv")
    assert run(folder) == expected
    assert kept(folder) == [{"§event", "page"}] * 2
