"""Work is counted, not timed: one pass over each source however many segments there are, equal measures once."""

from __future__ import annotations

import threading
import traceback
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import segtool
from segtool.plan import pieces, tallies, vocabulary
from segtool.sources import directory, parts
from segtool.sources.judge import Judge

CONTACTS = "email,state\n" + "".join(f"p{n}@x.org,{'NJ' if n % 2 else 'NY'}\n" for n in range(40))
EVENTS = "who,at,what,amount\n" + "".join(
    f"p{n % 40}@x.org,2026-0{n % 5 + 1}-1{n % 9}T10:00:00Z,{('open', 'click', 'buy')[n % 3]},{n % 7}\n"
    for n in range(200)
)


def project(segments: dict[str, Any], **more: Any) -> dict[str, Any]:
    source = {"files": "events.csv", "contact": "who", "time": "at", "event": "what", "types": {"amount": "number"}}
    return {
        "version": 1,
        "as_of": "2026-06-01",
        "sources": {"contacts": {"files": "contacts.csv", "id": "email"}, "events": source},
        "segments": segments,
        **more,
    }


def many(count: int) -> dict[str, Any]:
    """Lists of clicks, buyers and sums, each with a window of its own."""
    rules: list[Any] = [
        lambda days: {"did": "click", "in_last": f"{days} days", "at_least": 2},
        lambda days: {"did": "buy", "sum": "amount", "in_last": f"{days} days", "above": 3},
        lambda days: [{"field": "state", "is": "NJ"}, {"did_not": "any", "in_last": f"{days} days"}],
        lambda days: {"did": "open", "distinct": "day", "in_last": f"{days} days", "at_least": 2},
    ]
    return {f"s{n}": {"where": rules[n % len(rules)](n + 1)} for n in range(count)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "contacts.csv").write_text(CONTACTS, encoding="utf-8")
    (tmp_path / "events.csv").write_text(EVENTS, encoding="utf-8")
    return tmp_path


def evaluate(folder: Path, config: dict[str, Any]) -> Any:
    return segtool.evaluate(segtool.load(config, base=folder))


@pytest.mark.parametrize("count", [1, 20, 200])
def test_however_many_lists_the_scans_are_as_many(folder: Path, plans: list[str], count: int) -> None:
    """One scan for all counts and sums, one for the distinct values of a column."""
    evaluate(folder, project(many(count)))
    assert "\n".join(plans).count("Parquet SCAN") == (1 if count == 1 else 2)


def test_a_large_source_is_counted_in_pieces(folder: Path, plans: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    extremes: dict[str, Any] = {
        "max": {"where": {"did": "buy", "max": "amount", "above": 3}},
        "first": {"where": {"did": "click", "first_time": True, "in_last": "60 days"}},
        "bought": {"where": {"did": "buy", "sum": "amount", "above": 10}},
    }
    rules = project(many(20) | extremes)
    expected = evaluate(folder, rules).members
    scans = "\n".join(plans).count("Parquet SCAN")
    monkeypatch.setattr(pieces, "EVENTS", 30)
    assert evaluate(folder, rules).members == expected
    assert "\n".join(plans).count("Parquet SCAN") == 2 * scans + 6


def test_every_event_is_in_one_piece(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Those at the very instant of a cut too."""
    times = ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04", "2026-01-05"]
    rows = "".join(f"p{n % 2}@x.org,{time},open,1\n" for time in times for n in range(10))
    (folder / "events.csv").write_text("who,at,what,amount\n" + rows, encoding="utf-8")
    (folder / "contacts.csv").write_text("email,state\np0@x.org,NJ\np1@x.org,NY\n", encoding="utf-8")
    rules = project({"all": {"where": {"did": "open", "exactly": 25}}})
    monkeypatch.setattr(pieces, "EVENTS", 13)
    assert evaluate(folder, rules).members == {"all": ["p0@x.org", "p1@x.org"]}


@pytest.mark.parametrize("small", [True, False])
@pytest.mark.parametrize("of", ["events", "contacts"])
@pytest.mark.parametrize("values", [0, 3, 2_000])
def test_a_text_of_few_values_is_judged_by_value(
    folder: Path, monkeypatch: pytest.MonkeyPatch, values: int, of: str, small: bool
) -> None:
    """And row by row when there turn out to be more, or few rows: the same, for missing texts and negations too."""
    monkeypatch.setattr(parts, "SMALL", parts.SMALL if small else 0)
    asked: list[int] = []
    judged = vocabulary.Vocabulary._judged

    def judging(self: vocabulary.Vocabulary, texts: pl.Series) -> pl.DataFrame:
        asked.append(len(texts))
        return judged(self, texts)

    monkeypatch.setattr(vocabulary.Vocabulary, "_judged", judging)
    pages = ["/Pricing", "/pricing/teams", "/docs", "", "/Demo", "/careers", "/", "/PRICING"]
    rows = "".join(f"p{n}@x.org,2026-05-01,open,{n},{pages[n % 8]}\n" for n in range(40))
    (folder / "events.csv").write_text("who,at,what,amount,page\n" + rows, encoding="utf-8")
    people = "".join(f"p{n}@x.org,{pages[n % 8]}\n" for n in range(40))
    (folder / "contacts.csv").write_text("email,page\n" + people, encoding="utf-8")
    tests: dict[str, tuple[dict[str, Any], set[int]]] = {
        "is": ({"is": "/pricing"}, {0, 7}),
        "case": ({"is": "/pricing", "match_case": True}, set()),
        "contains": ({"contains": "pricing"}, {0, 1, 7}),
        "is_not": ({"is_not": "/docs"}, {0, 1, 3, 4, 5, 6, 7}),
        "missing": ({"is_set": False}, {3}),
        "none": ({"is": "/nowhere"}, set()),
    }
    tested = {name: {"field": "page", **test} for name, (test, _) in tests.items()}
    rules = {
        name: {"where": test if of == "contacts" else {"did": "open", "where": test}} for name, test in tested.items()
    }
    monkeypatch.setattr(vocabulary, "_VALUES", values)
    found = evaluate(folder, project(rules)).members
    assert found == {
        name: sorted(f"p{n}@x.org" for n in range(40) if n % 8 in held) for name, (_, held) in tests.items()
    }
    if small:
        assert asked == []
    elif values == 2_000:  # values, and not rows, of which there are more
        assert 1 < max(asked) < len(set(pages))


def test_a_tally_looks_at_the_rows_that_it_selects(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many measures a source has, each is counted over its own rows."""
    looked: list[int] = []
    count = tallies._count

    def looking(rows: pl.DataFrame, flags: tuple[str, ...], totals: Any) -> None:
        looked.append(rows.filter(pl.all_horizontal(flags)).height)
        count(rows, flags, totals)

    monkeypatch.setattr(tallies, "_count", looking)
    monkeypatch.setattr(tallies, "FEW", 0)
    evaluate(folder, project({"few": {"where": {"did": "click", "in_last": "20 days"}}} | many(20)))
    assert min(looked) < 10
    assert len(looked) == 16


def test_no_query_begins_within_another_one(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It could wait for the other one, and that for it: what is called for the rows of a query has all it needs."""
    within: list[str] = []
    collect = pl.LazyFrame.collect

    def collecting(self: pl.LazyFrame, *args: Any, **options: Any) -> Any:
        # The engine's own threads are none that Python has begun.
        if isinstance(threading.current_thread(), threading._DummyThread) and options.get("engine") != "in-memory":
            within.append("".join(traceback.format_stack(limit=4)))
        return collect(self, *args, **options)

    monkeypatch.setattr(pl.LazyFrame, "collect", collecting)
    monkeypatch.setattr(parts, "SMALL", 0)
    monkeypatch.setattr(directory, "FEW", 0)
    config = project({"text": {"where": {"did": "click", "where": {"field": "what", "contains": "LIC"}}}} | many(20))
    for people in ("", "z@x.org,NJ\n"):
        with (folder / "contacts.csv").open("a", encoding="utf-8") as stream:
            stream.write(people)
        segtool.run(segtool.load(config, base=folder))
    assert within == []


def test_equal_measures_are_computed_once(folder: Path) -> None:
    rule = {"did": "click", "in_last": "30 days", "at_least": 2}
    other = {"did": "click", "in_last": "30 days", "at_most": 5}
    result = evaluate(folder, project({"a": {"where": rule}, "b": {"where": {"not": rule}}, "c": {"where": other}}))
    assert result.measures == 1


def test_a_score_and_a_change_add_measures_not_passes(folder: Path, plans: list[str]) -> None:
    score = [{"points": n, "each": {"did": "click", "in_last": f"{n} days"}, "at_most": 50} for n in range(31, 41)]
    plain = evaluate(folder, project(many(20)))
    scored = evaluate(
        folder,
        project(
            {**many(20), "fallen": {"where": {"field": "heat", "change_in": "30 days", "below": 0}}},
            scores={"heat": score},
        ),
    )
    assert "\n".join(plans).count("Parquet SCAN") == 4
    assert scored.measures == plain.measures + 20


def test_only_the_columns_and_rows_that_count_are_read(folder: Path, plans: list[str]) -> None:
    result = evaluate(folder, project({"recent": {"where": {"did": "click", "in_last": "10 days"}}}))
    assert "amount" not in result.tables["events"].frame.collect_schema().names()
    assert '"click"' in plans[1]
    assert "2026-05-22" in plans[1], "the widest window is asked of the scan"


def test_every_row_is_parsed_and_typed_once_and_never_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One scan of each file, in which its rows are typed; and none where the cache has them."""
    scanned: list[str] = []
    typed: list[int] = []
    scan, judged = pl.scan_csv, Judge.judged

    def scanning(source: Path, **more: Any) -> pl.LazyFrame:
        scanned.append(source.name)
        return scan(source, **more)

    def judging(self: Judge, texts: pl.DataFrame) -> pl.DataFrame:
        typed.append(texts.height)
        return judged(self, texts)

    monkeypatch.setattr(pl, "scan_csv", scanning)
    monkeypatch.setattr(Judge, "judged", judging)
    config = segtool.load(project(many(20)), base=folder)
    for expected in ((["contacts.csv", "events.csv"], 240), ([], 0)):
        segtool.run(config)
        assert (scanned, sum(typed)) == expected
        scanned.clear()
        typed.clear()
