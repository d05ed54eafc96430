"""Where the people of rows stand among the contacts: what a dictionary of their ids says, looked up once for a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segtool.sources import places as standing
from segtool.sources.cache import Cache
from segtool.sources.places import Places

IDS = st.lists(st.integers(0, 3000).map(lambda number: f"p{number}@x.org"), max_size=600)
NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    return Cache(tmp_path, NOW)


def among(people: Sequence[str], cache: Cache, key: str | None = None) -> Places:
    return Places(pl.LazyFrame({"§id": sorted(people)}, schema={"§id": pl.String}), key, cache)


def looked_up(places: Places, ids: Sequence[str | None], key: str = "rows") -> list[int | None]:
    rows = pl.LazyFrame({"§id": ids, "n": range(len(ids))}, schema={"§id": pl.String, "n": pl.Int64})
    found = places.added_to(rows, key).collect()
    assert found.columns == ["§id", "n", "§place"]
    assert found.get_column("n").to_list() == list(range(len(ids)))
    return found.get_column("§place").to_list()


@given(IDS, IDS)
def test_places_are_those_of_a_dictionary(
    tmp_path_factory: pytest.TempPathFactory, here: list[str], ids: list[str]
) -> None:
    people = sorted(set(here))
    known = {name: place for place, name in enumerate(people)}
    places = among(people, Cache(tmp_path_factory.getbasetemp() / "standing", NOW))
    assert looked_up(places, ids) == [known.get(name) for name in ids]


def test_many_share_the_last_bits_of_their_hash(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(standing, "_LEAST_BITS", 1)
    monkeypatch.setattr(standing, "_ROWS", 7)
    people = sorted(f"p{number}" for number in range(5000))
    assert looked_up(among(people, cache), [*people, "p5000", None]) == [*range(5000), None, None]


def test_an_id_that_is_there_twice_is_refused_and_not_searched_for_ever(cache: Cache) -> None:
    with pytest.raises(ValueError, match="twice"):
        looked_up(among(["ada", "bob", "ada"], cache), ["ada"])


def test_a_file_is_looked_up_once_for_the_same_contacts(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    of = Places.of

    def counted(self: Places, ids: pl.Series) -> pl.Series:
        asked.append(len(ids))
        return of(self, ids)

    monkeypatch.setattr(Places, "of", counted)
    for key, people, place in [
        ("one", ["bob"], 0),
        ("one", ["bob"], 0),
        ("two", ["ada", "bob"], 1),
        (None, ["bob"], 0),
    ]:
        assert looked_up(among(people, cache, key), ["eve", "bob"]) == [None, place]
    assert asked == [2, 2, 2], "once for each table of contacts, and always where these depend on when they were read"


def test_places_that_are_damaged_are_looked_up_anew(tmp_path: Path) -> None:
    def found() -> list[int | None]:
        return looked_up(among(["ada", "bob"], Cache(tmp_path, NOW + timedelta(days=1)), "one"), ["bob", "eve"])

    assert found() == [1, None]
    (path,) = tmp_path.glob("*.places")
    path.write_bytes(path.read_bytes()[:-9])
    assert found() == [1, None]
