"""What a column holds, in numbers: how full, how many values, which are frequent, from where to where.

Computed over all columns of a table together. What of it may be shown to whom is decided by those who ask.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

import polars as pl

from segtool.config.frozen import dataclass

Value = str | int | float | bool | date | datetime

TOP = 50
_AT_ONCE = 300
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


@dataclass(frozen=True)
class Described:
    """How many rows a table has, the facts of its columns, and what else was asked for, by name."""

    rows: int
    columns: Mapping[str, Facts]
    more: Mapping[str, Any]


def describe(
    frame: pl.LazyFrame, types: Mapping[str, str], top: int = TOP, more: Mapping[str, pl.Expr] | None = None
) -> Described:
    """A typed table, described: the columns in `types`, whose types those are, and `more`.

    One collect, or for very wide tables one for some hundreds of columns, because each of them takes memory.
    """
    names = list(types)
    asked = [pl.len().alias("§rows"), *(expression.alias(f"{name}§more") for name, expression in (more or {}).items())]
    found: dict[str, Facts] = {}
    head: Mapping[str, Any] = {}
    for start in range(0, max(1, len(names)), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        for position, name in enumerate(some):
            asked += [expression.alias(f"{key}§{position}") for key, expression in _asked(name, types[name], top)]
        row = frame.select(asked).collect(engine="streaming").row(0, named=True)
        head = head or row
        for position, name in enumerate(some):
            numbers = {key: row.get(f"{key}§{position}") for key in (*_KEYS, "top")}
            found[name] = _facts(name, types[name], numbers)
        asked = []
    return Described(head["§rows"], found, {name: head[f"{name}§more"] for name in more or {}})


def counted(values: pl.Expr, top: int) -> pl.Expr:
    """The most frequent values as one list of {value, §count}; those of one count in their own order."""
    # Counted values come in any order, so they are put into one before they are ranked by their counts.
    counts = values.value_counts(name="§count").sort()
    ranked = counts.sort_by(counts.struct.field("§count"), descending=True, maintain_order=True)
    return ranked.head(top).implode()


_KEYS = ("filled", "distinct", "least", "median", "greatest")


def _asked(name: str, kind: str, top: int) -> Iterator[tuple[str, pl.Expr]]:
    column = pl.col(name)
    values = column.drop_nulls()
    elements = values.explode(empty_as_null=False, keep_nulls=False) if kind == "list" else values
    yield "filled", column.count()
    yield "distinct", elements.n_unique()
    if kind in _COUNTED and top:
        yield "top", counted(elements, top)
    if kind in _RANGED:
        yield "least", column.min()
        yield "median", column.median()
        yield "greatest", column.max()


def _facts(name: str, kind: str, row: Mapping[str, object]) -> Facts:
    top = row["top"] or ()
    pairs = tuple((one[name], one["§count"]) for one in top)  # type: ignore[attr-defined]
    numbers = {key: row[key] for key in _KEYS}
    return Facts(name, kind, top=pairs, **numbers)  # type: ignore[arg-type]
