"""Times that are read by the place of their digits, against Python's own reading of them."""

from __future__ import annotations

from datetime import datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segtool.sources import stamps, stencil

LAYOUTS = [("T", "Z"), ("T", ""), (" ", "Z"), (" ", "")]
times = st.datetimes(min_value=datetime(1, 1, 1), max_value=datetime(9999, 12, 31, 23, 59, 59)).map(
    lambda time: time.replace(microsecond=0)
)


def written(time: datetime, between: str, mark: str) -> str:
    return time.isoformat(sep=between) + mark


@given(st.lists(st.none() | times, min_size=1, max_size=20), st.sampled_from(LAYOUTS))
def test_every_time_there_is(chosen: list[datetime | None], layout: tuple[str, str]) -> None:
    text = pl.Series("at", [None if time is None else written(time, *layout) for time in chosen], dtype=pl.String)
    found = stencil.instants(text, *layout)
    assert found is not None
    assert found.equals(pl.Series("at", chosen, dtype=pl.Datetime("us")), check_names=True)


digits = st.text("0123456789", min_size=14, max_size=14)


@given(st.lists(digits, min_size=1, max_size=3))
def test_times_that_there_are_not(chosen: list[str]) -> None:
    """29 February of most years, 24:00, second 60, year 0: nothing is said of any text."""
    texts = [f"{d[:4]}-{d[4:6]}-{d[6:8]}T{d[8:10]}:{d[10:12]}:{d[12:]}Z" for d in chosen]
    try:
        known = [datetime.fromisoformat(text.removesuffix("Z")) for text in texts]
    except ValueError:
        assert stencil.instants(pl.Series(texts), "T", "Z") is None
    else:
        assert stencil.instants(pl.Series(texts), "T", "Z").to_list() == known  # type: ignore[union-attr]


GOOD = "2026-05-01T09:00:00Z"


@pytest.mark.parametrize(
    "odd",
    [
        *("2026-05-01 09:00:00Z", "2026-05-01T09:00:00z", "2026-05-01T09:00:00", "+026-05-01T09:00:00Z"),
        *("12026-5-01T09:00:00Z", "2026-02-29T09:00:00Z", "2026-05-01T09:00:60Z", "2026-05-01T24:00:00Z"),
        *("2026-05-00T09:00:00Z", "2026-00-01T09:00:00Z", "0000-01-01T09:00:00Z", "2026-05-01T9:00:000Z"),
        *("2026/05/01T09:00:00Z", "2026-05-01T09:00:0٣Z", "", "2026-05-01T09-00:00Z", "2026-05-01T09:60:00Z"),
    ],
)
def test_one_that_is_laid_out_in_another_way(odd: str) -> None:
    assert stencil.instants(pl.Series([GOOD]), "T", "Z") is not None
    for texts in ([GOOD, odd], [odd, GOOD], [odd]):
        assert stencil.instants(pl.Series(texts), "T", "Z") is None


def test_texts_whose_lengths_make_up_for_each_other() -> None:
    assert stencil.instants(pl.Series([GOOD + "0", GOOD[:-1]]), "T", "Z") is None


def test_many_are_read_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the same as few are."""
    texts = pl.Series("at", [GOOD, None, "2024-02-29T23:59:59Z"] * stencil.MANY)
    found = stamps.uniform(texts, lambda wall: wall)
    monkeypatch.setattr(stencil, "instants", None)
    few = stamps.uniform(texts.head(3), lambda wall: wall)
    assert found is not None
    assert few is not None
    assert found.equals(pl.concat([few] * stencil.MANY), check_names=True)
