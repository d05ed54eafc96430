"""Texts of events that have few values, kept as categories beside what they stand for: a number for each value.

Names of events, campaigns and pages say the same few things over millions of rows. To compare numbers, and to write and
read them, takes a fraction of what the texts would. Whoever asks for the column gets texts; who counts can look at its
twin.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import polars as pl

_TWIN = "§category:"
_SAMPLED = 200
"""A column that has more values in the first rows of a file is not one of few values."""
MOST = 4096
"""So many values are few, of all files of a source together."""


class ManyError(Exception):
    """A column that seemed to have few values has many."""

    def __init__(self, column: str) -> None:
        super().__init__(column)
        self.column = column


def twin(column: str) -> str:
    """The name under which the categories of a column are found, where it has them."""
    return f"{_TWIN}{column}"


def is_twin(name: str) -> bool:
    return name.startswith(_TWIN)


def few(head: pl.LazyFrame, columns: Mapping[str, str]) -> set[str]:
    """Which of the columns have few values in some first rows; `columns` says what each is called there."""
    if not columns:
        return set()
    counts = head.select(pl.col(written).n_unique().alias(name) for name, written in columns.items()).collect()
    return {name for name, count in counts.row(0, named=True).items() if count <= _SAMPLED}


def kind(source: str, column: str) -> pl.Categorical:
    """What categories of a source's column are: numbered in the order in which they come by, for all of its files."""
    return pl.Categorical(pl.Categories(f"{source}:{column}", "segtool"))


def of(texts: pl.Series, kind: pl.DataType) -> pl.Series:
    """The same as categories. Raises ManyError."""
    found = texts.cast(kind)
    highest = found.to_physical().max()
    if isinstance(highest, int) and highest >= MOST:
        raise ManyError(texts.name)
    return found


def paired(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The rows with texts in place of categories, and these as their twins."""
    columns = [name for name, kind in rows.collect_schema().items() if isinstance(kind, pl.Categorical)]
    texts = (pl.col(name).cast(pl.String) for name in columns)
    return rows.with_columns(*texts, *(pl.col(name).alias(twin(name)) for name in columns))


def shared(frames: Sequence[pl.LazyFrame]) -> list[pl.LazyFrame]:
    """The frames without twins that not all of them have: to be put together."""
    had = [set(filter(is_twin, frame.collect_schema())) for frame in frames]
    common = set[str].intersection(*had) if had else set()
    return [frame.drop(twins - common) for frame, twins in zip(frames, had, strict=True)]


def best(column: str, columns: Collection[str]) -> str:
    """The twin of a column if it is among these columns; otherwise its name."""
    return twin(column) if twin(column) in columns else column
