"""People as masks over tables of ids: what is found between two tables is what sets of ids say."""

from __future__ import annotations

from datetime import datetime

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from segtool.lists.places import Crossing, Dated

IDS = st.sets(st.sampled_from([f"{letter}{number}" for letter in "aBé" for number in range(5)]))
AS_OF = datetime(2026, 3, 1)


def table(ids: set[str]) -> pl.Series:
    return pl.Series("§id", sorted(ids), dtype=pl.String)


def dated(people: pl.Series, ids: set[str]) -> Dated:
    """These of the people, each since a minute of their own."""
    on = people.is_in(sorted(ids))
    since = [AS_OF.replace(minute=place) for place in on.arg_true()]
    return Dated(people, on, pl.Series("since", since, dtype=pl.Datetime("us")))


@given(IDS, IDS, IDS, IDS)
def test_two_lists_of_two_tables(here: set[str], there: set[str], now: set[str], before: set[str]) -> None:
    """Who came, went and stayed; and where those of the other table stand in this one."""
    now, before = now & here, before & there
    crossing, old = Crossing(table(here)), dated(table(there), before)
    on = crossing.people.is_in(sorted(now))
    found = crossing.stay(on, old)
    assert set(crossing.people.filter(found.came)) == now - before
    assert set(old.people.filter(found.went)) == before - now
    assert set(crossing.people.filter(on).filter(found.stayed)) == now & before
    assert set(old.ids.filter(found.kept)) == now & before
    places = {name: place for place, name in enumerate(crossing.people)}
    assert crossing.places(old).to_list() == [places.get(name) for name in sorted(before)]
    assert crossing.each(old.people).to_list() == [places.get(name) for name in sorted(there)]
    assert set(old.people.filter(crossing.there(on, old.people))) == now & there
    gone = crossing.gone(old.people)
    assert (set(old.people.filter(gone)) if gone is not None else set()) == there - here


@given(IDS, IDS, IDS)
def test_some_of_a_list(everyone: set[str], some: set[str], chosen: set[str]) -> None:
    """Everyone keeps her date."""
    people = table(everyone)
    whole = dated(people, some & everyone)
    dates = dict(zip(whole.ids, whole.since, strict=True))
    part = whole.those(people.is_in(sorted(chosen)))
    assert dict(part.table.iter_rows()) == {name: dates[name] for name in some & everyone & chosen}
    assert part.places.to_list() == [place for place, name in enumerate(people) if name in some & chosen]
    assert Dated.of(part.table).table.rows() == part.table.rows()
