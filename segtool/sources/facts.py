"""What a column holds, in numbers: how full, how many values, which are frequent, from where to where.

Computed over all columns of a table in one collect. What of it may be shown to whom is decided by those who ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

import polars as pl

Value = str | int | float | bool | date | datetime

TOP = 50
_COUNTED = ("text", "email", "boolean", "list")
_RANGED = ("integer", "number", "date", "datetime")


@dataclass(frozen=True)
class Facts:
    """One column: `filled` rows have a value, of which `distinct` differ.

    `top` has the most frequent values of texts, truth values and lists (element by element), most frequent first, with
    how many rows have each; `least`, `median` and `greatest` are of numbers and times.
    """

    name: str
    type: str
    filled: int
    distinct: int
    top: tuple[tuple[Value, int], ...] = ()
    least: Value | None = None
    median: Value | None = None
    greatest: Value | None = None


def describe(frame: pl.LazyFrame, types: Mapping[str, str], top: int = TOP) -> tuple[int, dict[str, Facts]]:
    """How many rows a typed table has, and the facts of the columns in `types`, whose types those are."""
    asked = [pl.len().alias("§rows")]
    for position, (name, kind) in enumerate(types.items()):
        asked += [expression.alias(f"{key}§{position}") for key, expression in _asked(name, kind, top)]
    row = frame.select(asked).collect(engine="streaming").row(0, named=True)
    return row["§rows"], {
        name: _facts(name, kind, {key: row.get(f"{key}§{position}") for key in (*_KEYS, "top")})
        for position, (name, kind) in enumerate(types.items())
    }


_KEYS = ("filled", "distinct", "least", "median", "greatest")


def _asked(name: str, kind: str, top: int) -> Iterator[tuple[str, pl.Expr]]:
    column = pl.col(name)
    values = column.drop_nulls()
    elements = values.explode(empty_as_null=False, keep_nulls=False) if kind == "list" else values
    yield "filled", column.count()
    yield "distinct", elements.n_unique()
    if kind in _COUNTED and top:
        # Counted values come in any order, so they are put into one before they are ranked by their counts.
        counted = elements.value_counts(name="§count").sort()
        ranked = counted.sort_by(counted.struct.field("§count"), descending=True, maintain_order=True)
        yield "top", ranked.head(top).implode()
    if kind in _RANGED:
        yield "least", column.min()
        yield "median", column.median()
        yield "greatest", column.max()


def _facts(name: str, kind: str, row: Mapping[str, object]) -> Facts:
    top = row["top"] or ()
    pairs = tuple((one[name], one["§count"]) for one in top)  # type: ignore[attr-defined]
    numbers = {key: row[key] for key in _KEYS}
    return Facts(name, kind, top=pairs, **numbers)  # type: ignore[arg-type]
