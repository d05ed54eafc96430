"""Conditions on one text, judged once for each value that occurs and not for every row.

Campaigns, pages, states and stages have few values over many rows; to fold and search each of them ten million times is
most of what such a condition would cost. A text that has many values is judged row by row after all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from operator import or_

import narwhals as nw
import polars as pl

from segtool.config.fields import refs_of
from segtool.config.frozen import dataclass
from segtool.config.tree import Condition
from segtool.sources.context import IN_MEMORY

_FLAGS = "§flags"
_COMPARED = 4
"""A text is compared with so many values faster than it is looked up among them."""
_VALUES = 2_000
"""Of a batch with more values, and from so many that are remembered on, every row is judged."""


def column_of(condition: Condition) -> str | None:
    """The one text column that a condition looks at; None where it looks at anything else."""
    read = {(ref.column, ref.type) for ref in refs_of(condition)}
    (column, kind), *more = read or {(None, "")}
    return column if kind == "text" and not more else None


@dataclass(frozen=True)
class _Seen:
    """The values that were seen so far, with a column for each test, and the same as expressions over texts."""

    values: pl.DataFrame
    texts: frozenset[str | None]
    held: tuple[pl.Expr, ...]


class Vocabulary:
    """The values of a column that were seen so far, and which of `tests` hold for each."""

    def __init__(self, column: str, tests: Mapping[str, nw.Expr]) -> None:
        self._column = column
        self._tests = tests
        self._seen = self._with(self._judged(pl.Series(column, [None], dtype=pl.String)))

    def added_to(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows with a column for each test, under its name."""
        flags = pl.Struct(dict.fromkeys(self._tests, pl.Boolean))
        held = pl.col(self._column).map_batches(self._flags, return_dtype=flags, is_elementwise=True)
        return rows.with_columns(held.alias(_FLAGS)).unnest(_FLAGS)

    def _flags(self, texts: pl.Series) -> pl.Series:
        texts, seen = texts.alias(self._column), self._seen
        if len(seen.texts) > _VALUES or (values := texts.unique()).len() > _VALUES:
            return self._judged(texts).drop(self._column).to_struct(_FLAGS)
        new = [value for value in values.to_list() if value not in seen.texts]
        if new:
            judged = self._judged(pl.Series(self._column, new, dtype=pl.String))
            seen = self._seen = self._with(pl.concat([seen.values, judged]))
        return texts.to_frame().select(seen.held).to_struct(_FLAGS)

    def _with(self, values: pl.DataFrame) -> _Seen:
        texts = values.get_column(self._column)
        return _Seen(values, frozenset(texts), tuple(_held(texts, values.get_column(name)) for name in self._tests))

    def _judged(self, values: pl.Series) -> pl.DataFrame:
        tests: Iterable[nw.Expr] = (test.alias(name) for name, test in self._tests.items())
        judged = nw.from_native(values.to_frame().lazy()).with_columns(*tests)
        return judged.to_native().collect(engine=IN_MEMORY)  # it is within a query, which may wait for no other


def _held(values: pl.Series, holds: pl.Series) -> pl.Expr:
    """Whether a text is one of the values for which a test holds."""
    text, among = pl.col(values.name), values.filter(holds)
    if 0 < among.len() <= _COMPARED and not among.null_count():
        equal: pl.Expr = reduce(or_, (text == value for value in among))
        return equal.fill_null(False).alias(holds.name)
    return text.is_in(among.implode(), nulls_equal=True).alias(holds.name)
