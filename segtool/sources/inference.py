"""What a column is when nobody said: judged over every value, never over a sample alone.

A column is a number only if every value is one that no spreadsheet would have changed (no leading zero, at most 15
digits), and a date only if exactly one way of reading fits every value. A list is never inferred.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from segtool.sources.typing import COMPACT, READINGS, SLASHED, pointed, read_as, without_offset

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
_SLASHED_AT_ALL = r"^[0-9]{1,2}[-/.]"
"""What every date with the year at its end begins with."""
_SAMPLE = 1000
_AT_ONCE = 200


def infer(
    frame: pl.LazyFrame, columns: Sequence[str], decimal: str = ".", dates: Sequence[str] = READINGS
) -> Mapping[str, tuple[str, str]]:
    """Undeclared columns → (type, date reading or ""), judged over every value; text where nothing else fits all.

    `dates` are the readings that may be meant. A first look at the head leaves few columns that need the whole file.
    """
    candidates = tuple(kind for kind in _CANDIDATES if kind not in READINGS or kind in dates)
    if not columns:
        return {}
    head = frame.select(columns).head(_SAMPLE).collect()
    possible = {column: _possible(head.get_column(column), candidates) for column in columns}
    found = _fitting(head.lazy(), {column: kinds for column, kinds in possible.items() if kinds}, decimal)
    if head.height == _SAMPLE:
        left = {column: fits for column, fits in found.items() if set(fits) & set(candidates)}
        found = _fitting(frame, left, decimal)
    return {column: _decided(found.get(column, ())) for column in columns}


def _possible(head: pl.Series, candidates: tuple[str, ...]) -> tuple[str, ...]:
    """What a look at the first value leaves, so that few columns need the thorough one."""
    value = head.drop_nulls().head(1).to_list()
    return tuple(kind for kind in candidates if not value or _LOOKS[kind].match(value[0]))


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
    checks = []
    for column, kinds in candidates.items():
        checks.append(pl.col(column).is_null().all().alias(f"{column}§empty"))
        checks.append(pl.col(column).str.contains(":", literal=True).any().alias(f"{column}§clock"))
        checks += [
            _fits(pl.col(column), kind, decimal).all().alias(f"{column}§{kind}")
            for kind in kinds
            if kind in _CANDIDATES
        ]
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


def _decided(fits: tuple[str, ...]) -> tuple[str, str]:
    if "empty" in fits:
        return "text", ""
    for kind in ("boolean", "integer", "number"):
        if kind in fits:
            return kind, ""
    readings = [kind for kind in fits if kind in READINGS]
    if len(readings) == 1:
        return ("datetime" if "clock" in fits else "date"), readings[0]
    return "text", ""


def date_readings(frame: pl.LazyFrame, columns: Sequence[str]) -> Mapping[str, tuple[str, ...] | Undecided]:
    """How the dates of declared columns are written: ISO always, and the slashed order that fits more values.

    Undecided where both orders fit equally and differ.
    """
    if not columns:
        return {}
    slashed_at_all = [pl.col(column).str.contains(_SLASHED_AT_ALL).any().alias(column) for column in columns]
    row = frame.select(slashed_at_all).collect(engine="streaming").row(0, named=True)
    plain: dict[str, tuple[str, ...] | Undecided] = {column: ("iso",) for column in columns if not row[column]}
    return {**plain, **_slashed_readings(frame, [column for column in columns if row[column]])}


def _slashed_readings(frame: pl.LazyFrame, columns: Sequence[str]) -> Mapping[str, tuple[str, ...] | Undecided]:
    if not columns:
        return {}
    checks = []
    for column in columns:
        text = without_offset(pl.col(column))
        slashed = pl.when(text.str.contains(SLASHED)).then(text)
        day, month = read_as(slashed, "day_first"), read_as(slashed, "month_first")
        differ = (day.is_not_null() & month.is_not_null() & (day != month)).fill_null(False)
        checks += [
            day.count().alias(f"{column}§day"),
            month.count().alias(f"{column}§month"),
            slashed.filter(differ).first().alias(f"{column}§example"),
        ]
    row = frame.select(checks).collect(engine="streaming").row(0, named=True)
    found: dict[str, tuple[str, ...] | Undecided] = {}
    for column in columns:
        day, month, example = row[f"{column}§day"], row[f"{column}§month"], row[f"{column}§example"]
        if day == month and example is not None:
            found[column] = Undecided(example)
        else:
            found[column] = (
                ("iso",) if not day and not month else ("iso", "day_first" if day >= month else "month_first")
            )
    return found
