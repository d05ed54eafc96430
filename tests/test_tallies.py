"""Few rows are grouped and many are added line by line: of the same rows both make the same columns."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from segtool.plan import tallies
from segtool.plan.tallies import Tally, Totals
from segtool.sources.context import PLACE

PEOPLE = 5
KINDS = [("count", "")] + [
    (kind, column)
    for kind, columns in (("sum", "amount quantity"), ("min", "amount quantity at"), ("max", "amount quantity at"))
    for column in columns.split()
]
TALLIES = {
    f"{kind} {column} {' and '.join(flags)}": Tally(flags, kind, column)
    for flags in ((), ("bought",), ("bought", "lately"))
    for kind, column in KINDS
}
SCHEMA: dict[str, Any] = {
    PLACE: pl.UInt32,
    "bought": pl.Boolean,
    "lately": pl.Boolean,
    "amount": pl.Float64,
    "quantity": pl.Int32,
    "at": pl.Datetime("us"),
}
ROW = st.tuples(
    st.integers(0, PEOPLE - 1),
    st.booleans(),
    st.booleans(),
    st.none() | st.integers(-9, 9).map(lambda quarters: quarters / 4),
    st.none() | st.integers(-9, 9),
    st.none() | st.integers(0, 9).map(lambda days: datetime(2026, 5, 1) + timedelta(days=days)),
)


def counted(pieces: list[pl.DataFrame], few: int) -> pl.DataFrame:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tallies, "FEW", few)
        totals = Totals(TALLIES, PEOPLE)
        for rows in pieces:
            totals.add(rows)
        return pl.DataFrame(totals.columns())


@settings(max_examples=40, deadline=None)
@given(pieces=st.lists(st.lists(ROW, max_size=12), min_size=1, max_size=3), few=st.integers(1, 20))
def test_however_rows_are_counted(pieces: list[list[tuple[object, ...]]], few: int) -> None:
    frames = [pl.DataFrame(rows, schema=SCHEMA, orient="row") for rows in pieces]
    by_line = counted(frames, 0)
    assert_frame_equal(counted(frames, 1000), by_line)
    assert_frame_equal(counted(frames, few), by_line)
    together = [row for rows in pieces for row in rows]
    assert by_line.get_column("count  bought").to_list() == [
        sum(1 for place, bought, *_ in together if place == line and bought) for line in range(PEOPLE)
    ]
