"""Conditions on one text, judged once for each value that occurs and not for every row.

Campaigns, pages, states and stages have few values over many rows; to fold and search each of them ten million times is
most of what such a condition would cost. Where there are categories, rows are told by these, and not even compared as
texts. A text that has many values is judged row by row after all.
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
from segtool.sources import categories
from segtool.sources.context import IN_MEMORY

_FLAGS, _VALUE = "§flags", "§value"
_COMPARED = 4
"""A row is compared with so many values faster than it is looked up among them."""
_VALUES = 2_000
"""Of a batch with more values, and from so many that are remembered on, every row is judged."""


def column_of(condition: Condition) -> str | None:
    """The one text column that a condition looks at; None where it looks at anything else."""
    read = {(ref.column, ref.type) for ref in refs_of(condition)}
    (column, kind), *more = read or {(None, "")}
    return column if kind == "text" and not more else None


@dataclass(frozen=True)
class _Seen:
    """The values that were seen so far, with a column for each test, and the same as expressions over them.

    A value is a text, or the number of a category.
    """

    table: pl.DataFrame
    values: frozenset[str | int | None]
    held: tuple[pl.Expr, ...]


class Vocabulary:
    """The values of a column that were seen so far, and which of `tests` hold for each."""

    def __init__(self, column: str, tests: Mapping[str, nw.Expr]) -> None:
        self._column = column
        self._tests = tests
        self._seen: _Seen | None = None

    def added_to(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """The rows with a column for each test, under its name."""
        flags = pl.Struct(dict.fromkeys(self._tests, pl.Boolean))
        looked_at = pl.col(categories.best(self._column, rows.collect_schema()))
        held = looked_at.map_batches(self._flags, return_dtype=flags, is_elementwise=True)
        return rows.with_columns(held.alias(_FLAGS)).unnest(_FLAGS)

    def _flags(self, batch: pl.Series) -> pl.Series:
        seen = self._seen
        if (seen is not None and len(seen.values) > _VALUES) or (different := batch.unique()).len() > _VALUES:
            return self._judged(batch).to_struct(_FLAGS)
        if seen is None:
            seen = self._with(self._told(different.clear().extend_constant(None, 1)))
        if not seen.values.issuperset(different.to_physical()):
            known = seen.table.get_column(_VALUE).implode()
            new = different.filter(~different.to_physical().is_in(known, nulls_equal=True))
            seen = self._seen = self._with(pl.concat([seen.table, self._told(new)]))
        return batch.to_physical().alias(_VALUE).to_frame().select(seen.held).to_struct(_FLAGS)

    def _with(self, table: pl.DataFrame) -> _Seen:
        values = table.get_column(_VALUE)
        return _Seen(table, frozenset(values), tuple(_held(values, table.get_column(name)) for name in self._tests))

    def _told(self, different: pl.Series) -> pl.DataFrame:
        """Different values, and what holds for each."""
        return self._judged(different).insert_column(0, different.to_physical().alias(_VALUE))

    def _judged(self, values: pl.Series) -> pl.DataFrame:
        """A column for each test."""
        tests: Iterable[nw.Expr] = (test.alias(name) for name, test in self._tests.items())
        texts = values.cast(pl.String).alias(self._column).to_frame().lazy()
        judged = nw.from_native(texts).select(*tests)
        return judged.to_native().collect(engine=IN_MEMORY)  # it is within a query, which may wait for no other


def _held(values: pl.Series, holds: pl.Series) -> pl.Expr:
    """Whether a value is one of those for which a test holds."""
    value, among = pl.col(values.name), values.filter(holds)
    if 0 < among.len() <= _COMPARED and not among.null_count():
        equal: pl.Expr = reduce(or_, (value == one for one in among))
        return equal.fill_null(False).alias(holds.name)
    return value.is_in(among.implode(), nulls_equal=True).alias(holds.name)
