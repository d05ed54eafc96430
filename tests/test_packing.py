"""What is in the files of a run, byte by byte."""

from __future__ import annotations

import polars as pl
import pytest

from segtool.store.packing import packed, unpacked

HIDDEN = "planted-far-away@nowhere.example"
FILES = pytest.mark.parametrize("name", ["some.arrow", "some.parquet"])


@FILES
@pytest.mark.parametrize("column", [[HIDDEN, "b", "c"], [[HIDDEN], ["b", "c"], []], [{"a": HIDDEN}, {"a": "b"}, None]])
def test_nothing_but_the_values(name: str, column: list[object]) -> None:
    """Neither texts of rows that were filtered out, nor those under a gap, are written."""
    table = pl.DataFrame({"n": [1, 2, 3], "it": column})
    left = table.filter(pl.col("n") > 1)
    gapped = table.with_columns(pl.when(pl.col("n") > 1).then(pl.col("it")).alias("it"))
    assert HIDDEN.encode() in packed(name, table)
    for known in (left, gapped, table.slice(1)):
        content = packed(name, known)
        assert HIDDEN.encode() not in content
        assert unpacked(name, content).equals(known)


@FILES
def test_an_empty_table(name: str) -> None:
    table = pl.DataFrame({"id": ["a"], "on": [True]}).clear()
    assert unpacked(name, packed(name, table)).equals(table)
