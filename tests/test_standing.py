"""Where the people of rows stand among the contacts: what a dictionary of their ids says, whoever came and went since
the rows were numbered."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segtool.sources import directory, roll
from segtool.sources.cache import Cache
from segtool.sources.directory import Directory
from segtool.sources.places import Places

NAMES = st.integers(0, 3000).map(lambda number: f"p{number}@x.org")
SOME = st.sets(st.integers(0, 9).map(str))
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def among(people: Sequence[str], cache: Cache, key: str | None) -> Places:
    return Places(pl.LazyFrame({"§id": sorted(people)}, schema={"§id": pl.String}), key, cache)


def rows_of(ids: Sequence[str | None]) -> pl.DataFrame:
    return pl.DataFrame({"§id": ids, "n": range(len(ids))}, schema={"§id": pl.String, "n": pl.Int64})


def standing(places: Places, kept: pl.DataFrame, size: int | None, ids: Sequence[str | None]) -> list[int | None]:
    """The places of rows as they were kept, which get their ids again."""
    found = places.added_to(kept.lazy(), size).collect()
    assert sorted(found.columns) == ["n", "§id", "§place"]
    assert found.get_column("n").to_list() == list(range(len(ids)))
    assert found.get_column("§id").to_list() == list(ids)
    return found.get_column("§place").to_list()


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(NAMES, unique=True, max_size=600), st.lists(st.none() | NAMES, max_size=600))
def test_positions_are_those_of_a_dictionary(texts: list[str], asked: list[str | None]) -> None:
    known = {name: position for position, name in enumerate(texts)}
    for few in (0, 700, 2000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(directory, "FEW", few)
            found = Directory(pl.Series(texts, dtype=pl.String)).positions(pl.Series(asked, dtype=pl.String))
        assert found.dtype == pl.UInt32
        assert found.to_list() == [known.get(name) if name is not None else None for name in asked]


def test_many_share_the_bits_of_their_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "FEW", 0)
    monkeypatch.setattr(directory, "_LEAST_BITS", 1)
    texts = [f"p{number}" for number in range(5000)]
    known = Directory(pl.Series(texts))
    assert len(known._hashes._levels) >= 4
    assert known.positions(pl.Series([*texts, "p5000", None])).to_list() == [*range(5000), None, None]


def test_many_small_batches_are_found_as_one_large_one_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """A join for each of them would look at all that is known again and again."""
    monkeypatch.setattr(directory, "FEW", 100)
    known = Directory(pl.Series([f"p{number}" for number in range(50)]))
    joined: list[int] = []
    join = pl.DataFrame.join

    def joining(self: pl.DataFrame, *args: Any, **options: Any) -> pl.DataFrame:
        joined.append(self.height)
        return join(self, *args, **options)

    monkeypatch.setattr(pl.DataFrame, "join", joining)
    batches = [[f"p{number}", "stranger"] for number in range(50)]
    assert [known.positions(pl.Series(batch)).to_list() for batch in batches] == [
        [number, None] for number in range(50)
    ]
    assert len(joined) < 25


@pytest.mark.parametrize("few", [0, 1000])
def test_an_id_that_is_there_twice_is_refused_and_not_searched_for_ever(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "FEW", few)
    with pytest.raises(ValueError, match="twice"):
        Directory(pl.Series(["ada", "bob", "ada"]))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(SOME, min_size=1, max_size=6), st.data())
def test_rows_stay_as_good_as_they_were_while_people_come_and_go(
    tmp_path_factory: pytest.TempPathFactory, nights: list[set[str]], data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("cache")
    kept: list[tuple[str, pl.DataFrame, int, list[str]]] = []
    for night, people in enumerate(nights):
        places = among(sorted(people), Cache(folder, NOW + timedelta(days=night)), " ".join(sorted(people)))
        assert places.roll is not None
        places.ready()
        ids = data.draw(st.lists(st.integers(0, 9).map(str), max_size=8))
        kept.append((places.roll.version, places.numbered(rows_of(ids)), places.roll.size, ids))
        known = {name: place for place, name in enumerate(sorted(people))}
        for version, rows, size, written in kept:
            if version in places.roll.versions:
                assert standing(places, rows, size, written) == [known.get(one) for one in written]


def test_what_is_kept_of_a_row_is_the_number_and_no_id(tmp_path: Path) -> None:
    places = among(["ada", "bob"], Cache(tmp_path, NOW), "one")
    places.ready()
    kept = places.numbered(rows_of(["bob", "eve", None, "bob"]))
    assert kept.select("§id", "§number").rows() == [(None, 1), ("eve", None), (None, None), (None, 1)]


def test_contacts_that_depend_on_when_they_were_read_have_no_numbers(tmp_path: Path) -> None:
    places = among(["ada", "bob"], Cache(tmp_path, NOW), None)
    assert places.roll is None
    assert standing(places, rows_of(["bob", "eve"]), None, ["bob", "eve"]) == [1, None]
    assert list(tmp_path.iterdir()) == []


def test_who_is_new_is_written_below_all_others(tmp_path: Path) -> None:
    rolls = [among(people, Cache(tmp_path, NOW), "-".join(people)).roll for people in (["b"], ["a", "b"], ["b"], ["c"])]
    assert [len(one.versions) for one in rolls if one is not None] == [1, 2, 2, 3], "nobody new is no version"
    assert rolls[-1] is not None
    assert rolls[-1].ids.collect().to_series().to_list() == ["b", "a", "c"]
    assert rolls[-1].of == ("b", "a-b", "c")


def test_a_roll_that_is_outgrown_is_begun_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roll, "_OUTGROWN", 1)
    first, then, last = (
        among(people, Cache(tmp_path, NOW), "-".join(people)).roll for people in (["a", "b"], ["c"], ["c", "d", "e"])
    )
    assert first is not None
    assert then is not None
    assert last is not None
    assert first.version not in then.versions
    assert list(then.versions.values()) == [1]
    assert list(last.versions.values()) == [1, 3]


def test_a_roll_that_is_damaged_is_another_one(tmp_path: Path) -> None:
    before = among(["ada"], Cache(tmp_path, NOW), "one").roll
    (path,) = tmp_path.glob("*.roll")
    path.write_bytes(path.read_bytes()[:-9])
    after = among(["ada"], Cache(tmp_path, NOW + timedelta(days=1)), "one").roll
    assert before is not None
    assert after is not None
    assert before.version not in after.versions


def test_what_was_numbered_by_a_version_that_is_lost_is_not_believed(tmp_path: Path) -> None:
    """A power cut may take back the roll and leave the rows: then others get the numbers."""
    among(["ada"], Cache(tmp_path, NOW), "one")
    saved = {path: path.read_bytes() for path in tmp_path.iterdir()}
    lost = among(["ada", "bob"], Cache(tmp_path, NOW + timedelta(days=1)), "two").roll
    for path, content in saved.items():
        path.write_bytes(content)
    other = among(["ada", "eve"], Cache(tmp_path, NOW + timedelta(days=2)), "three").roll
    assert lost is not None
    assert other is not None
    assert lost.size == other.size
    assert lost.version not in other.versions
