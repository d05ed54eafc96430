"""What a column is when nobody said: judged over every value, never over a sample alone.

A column is a number only if every value is one that no spreadsheet would have changed (no leading zero, at most 15
digits), and a date only if exactly one way of reading fits every value. A list is never inferred.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from segtool.sources.context import ADDRESS
from segtool.sources.dates import COMPACT, READINGS, SLASHED, read_as, without_offset
from segtool.sources.typing import pointed

_PLAIN_INTEGER = r"^-?(?:0|[1-9][0-9]{0,14})$"
_PLAIN_NUMBER = r"^-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?$"
_MANY_DIGITS = r"(?:[0-9]\.?){16}"


@dataclass(frozen=True)
class Undecided:
    """A column whose dates fit day first and month first alike; `example` is one of them."""

    example: str


_CANDIDATES: tuple[str, ...] = ("boolean", "integer", "number", *READINGS)
_LOOKS = {
    "boolean": re.compile("true$|false$", re.IGNORECASE),
    "integer": re.compile("-?[0-9]+$"),
    "number": re.compile("-?[0-9.,]+(?:[eE].*)?$"),
    "iso": re.compile("[0-9]{4}[-/]"),
    "day_first": re.compile("[0-9]{1,2}[-/.]"),
    "month_first": re.compile("[0-9]{1,2}[-/.]"),
}
_SLASHED_START = r"^[0-9]{1,2}[-/.]"
_SAMPLE = 1000
_AT_ONCE = 200


@dataclass(frozen=True)
class Facts:
    """What the values of one column in one file, or in several, say of its type.

    `fits` are the candidates that every value fits, with `empty` where there is no value and `clock` where some value
    has a time of day. `day` and `month` count the dates that can be read in that order, `example` is one that differs.
    """

    fits: tuple[str, ...] = ()
    day: int = 0
    month: int = 0
    example: str | None = None
    addresses: int = 0
    values: int = 0

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Facts:
        return cls(**{**data, "fits": tuple(data["fits"])})

    def and_of(self, other: Facts) -> Facts:
        """Of both files together. A file that has nothing in the column says nothing against a type."""
        fits = tuple(kind for kind in self.fits if kind in other.fits and kind != "clock")
        clock = ("clock",) if "clock" in (*self.fits, *other.fits) else ()
        return Facts(
            fits=(*fits, *clock),
            day=self.day + other.day,
            month=self.month + other.month,
            example=self.example or other.example,
            addresses=self.addresses + other.addresses,
            values=self.values + other.values,
        )


def facts(
    kind: str, frame: pl.LazyFrame, columns: Sequence[str], decimal: str, dates: Sequence[str]
) -> dict[str, Facts]:
    """What all values of some columns say: `kind` is fits (what undeclared ones could be), orders or addresses.

    `dates` are the readings that may be meant.
    """
    if not columns:
        return {}
    if kind == "fits":
        return {name: Facts(fits=found) for name, found in _fits_of_all(frame, columns, decimal, dates).items()}
    return _orders(frame, columns) if kind == "orders" else _addresses(frame, columns)


def _addresses(frame: pl.LazyFrame, columns: Sequence[str]) -> dict[str, Facts]:
    checks = [
        check
        for name in columns
        for check in (
            pl.col(name).str.contains(ADDRESS).sum().alias(f"{name}§addresses"),
            pl.col(name).count().alias(f"{name}§values"),
        )
    ]
    row = frame.select(checks).collect(engine="streaming").row(0, named=True)
    return {name: Facts(addresses=row[f"{name}§addresses"], values=row[f"{name}§values"]) for name in columns}


def _fits_of_all(
    frame: pl.LazyFrame, columns: Sequence[str], decimal: str, dates: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """The candidates for each column. A first look at the head leaves few columns that need the whole file."""
    candidates = tuple(kind for kind in _CANDIDATES if kind not in READINGS or kind in dates)
    head = frame.select(columns).head(_SAMPLE).collect(engine="streaming")
    firsts = head.select(pl.all().drop_nulls().first()).row(0, named=True)
    possible = {column: _possible(firsts[column], candidates) for column in columns}
    found = _fitting(head.lazy(), {column: kinds for column, kinds in possible.items() if kinds}, decimal)
    if head.height == _SAMPLE:
        left = {column: fits for column, fits in found.items() if set(fits) & set(candidates)}
        found = _fitting(frame, left, decimal)
    return {column: found.get(column, ()) for column in columns}


def _possible(first: str | None, candidates: tuple[str, ...]) -> tuple[str, ...]:
    """What a look at the first value leaves, so that few columns need the thorough one."""
    return tuple(kind for kind in candidates if first is None or _LOOKS[kind].match(first))


def _fitting(
    frame: pl.LazyFrame, candidates: Mapping[str, tuple[str, ...]], decimal: str
) -> dict[str, tuple[str, ...]]:
    """The candidates that every value of a column fits; some columns at a time, because each check takes memory."""
    found: dict[str, tuple[str, ...]] = {}
    columns = list(candidates)
    for start in range(0, len(columns), _AT_ONCE):
        some = {column: candidates[column] for column in columns[start : start + _AT_ONCE]}
        found |= _fitting_at_once(frame.select(list(some)), some, decimal)
    return found


def _fitting_at_once(
    frame: pl.LazyFrame, candidates: Mapping[str, tuple[str, ...]], decimal: str
) -> dict[str, tuple[str, ...]]:
    """The candidates that every value of a column fits, with the marks `empty` and `clock` where they apply."""
    every = pl.col(list(candidates))
    checks = [
        every.is_null().all().name.suffix("§empty"),
        every.str.contains(":", literal=True).any().name.suffix("§clock"),
    ]
    for kind in _CANDIDATES:
        columns = [column for column, kinds in candidates.items() if kind in kinds]
        if columns:
            checks.append(_fits(pl.col(columns), kind, decimal).all().name.suffix(f"§{kind}"))
    row = frame.select(checks).collect(engine="streaming").row(0, named=True)
    marks = (*_CANDIDATES, "empty", "clock")
    return {column: _true_of(row, column, marks) for column in candidates}


def _true_of(row: Mapping[str, object], column: str, marks: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(mark for mark in marks if row.get(f"{column}§{mark}"))


def _fits(text: pl.Expr, kind: str, decimal: str) -> pl.Expr:
    """Missing where the text is."""
    if kind == "boolean":
        return text.str.to_lowercase().is_in(["true", "false"])
    if kind == "integer":
        return text.str.contains(_PLAIN_INTEGER)
    if kind == "number":
        point = pointed(text, decimal)
        plain = point.str.contains(_PLAIN_NUMBER) & ~point.str.contains(_MANY_DIGITS)
        return pl.when(text.is_not_null()).then(plain.fill_null(False))
    read = ~text.str.contains(COMPACT) & read_as(without_offset(text), kind).is_not_null()
    return pl.when(text.is_not_null()).then(read)


def decided(fits: tuple[str, ...]) -> tuple[str, str]:
    """The type that is left, and the date reading or ""; text where nothing else fits every value."""
    if "empty" in fits:
        return "text", ""
    for kind in ("boolean", "integer", "number"):
        if kind in fits:
            return kind, ""
    readings = [kind for kind in fits if kind in READINGS]
    if len(readings) == 1:
        return ("datetime" if "clock" in fits else "date"), readings[0]
    return "text", ""


def _orders(frame: pl.LazyFrame, columns: Sequence[str]) -> dict[str, Facts]:
    """How many dates of declared columns can be read day first and month first."""
    asked = [_order(frame, column) for column in columns]
    rows = [found.row(0) for found in pl.collect_all(asked, engine="streaming")]
    return {
        name: Facts(day=day, month=month, example=example)
        for name, (day, month, example) in zip(columns, rows, strict=True)
    }


def _order(frame: pl.LazyFrame, column: str) -> pl.LazyFrame:
    # Of most columns the first condition leaves nothing: the thorough look is at few texts.
    started = frame.select(pl.col(column).alias("text")).filter(pl.col("text").str.contains(_SLASHED_START))
    text = without_offset(pl.col("text"))
    slashed = started.select(pl.when(text.str.contains(SLASHED)).then(text).alias("text"))
    both = slashed.with_columns(read_as(pl.col("text"), how).alias(how) for how in ("day_first", "month_first"))
    differ = (pl.col("day_first") != pl.col("month_first")).fill_null(False)
    return both.select(
        pl.col("day_first").count(), pl.col("month_first").count(), pl.col("text").filter(differ).first()
    )


def date_reading(found: Facts) -> tuple[str, ...] | Undecided:
    """How the dates of a declared column are written: ISO always, and the slashed order that fits more values.

    Undecided where both orders fit equally and differ.
    """
    if found.day == found.month and found.example is not None:
        return Undecided(found.example)
    if not found.day and not found.month:
        return ("iso",)
    return ("iso", "day_first" if found.day >= found.month else "month_first")
