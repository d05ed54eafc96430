"""Conditions on one text of an event, judged once for each value that occurs and not for every row.

Campaigns, pages and categories have few values over many events; folding and searching each of them ten million times
is most of what a behaviour with `where` would cost. A text that has many values is judged row by row after all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import narwhals as nw
import polars as pl

from segtool.config.fields import refs_of
from segtool.config.tree import Condition

_FLAGS = "§flags"
_VALUES = 2_000
"""Up to so many values are remembered with what holds for them."""


def column_of(condition: Condition) -> str | None:
    """The one text column that a condition looks at; None where it looks at anything else."""
    read = {(ref.column, ref.type) for ref in refs_of(condition)}
    (column, kind), *more = read or {(None, "")}
    return column if kind == "text" and not more else None


@dataclass
class Vocabulary:
    """The values of a column that were seen so far, and which of `tests` hold for each."""

    column: str
    tests: Mapping[str, nw.Expr]
    _known: pl.DataFrame = field(init=False)

    def __post_init__(self) -> None:
        self._known = self._judged(pl.Series(self.column, [None], dtype=pl.String))

    def added_to(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows with a column for each test, under its name."""
        flags = pl.Struct(dict.fromkeys(self.tests, pl.Boolean))
        held = pl.col(self.column).map_batches(self._flags, return_dtype=flags, is_elementwise=True)
        return rows.with_columns(held.alias(_FLAGS)).unnest(_FLAGS)

    def _flags(self, texts: pl.Series) -> pl.Series:
        texts = texts.alias(self.column)
        known = self._known
        seen = texts.unique() if known.height <= _VALUES else texts
        if known.height + seen.len() > 2 * _VALUES:
            return self._judged(texts).drop(self.column).to_struct(_FLAGS)
        new = seen.filter(~seen.is_in(known.get_column(self.column).implode(), nulls_equal=True))
        if new.len():
            known = self._known = pl.concat([known, self._judged(new)])
        return pl.DataFrame([_held(texts, known, name) for name in self.tests]).to_struct(_FLAGS)

    def _judged(self, values: pl.Series) -> pl.DataFrame:
        tests: Iterable[nw.Expr] = (test.alias(name) for name, test in self.tests.items())
        return nw.from_native(values.to_frame()).with_columns(*tests).to_native()


def _held(texts: pl.Series, known: pl.DataFrame, name: str) -> pl.Series:
    """Whether the test of that name holds for each text."""
    values = known.filter(pl.col(name)).get_column(texts.name)
    if values.len() == 1 and values.null_count() == 0:
        return texts.eq_missing(values.first()).alias(name)
    return texts.is_in(values.implode(), nulls_equal=True).alias(name)
