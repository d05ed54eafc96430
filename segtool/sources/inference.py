"""What a column is when nobody said: judged over every value, never over a sample alone.

A column is a number only if every value is one that no spreadsheet would have changed (no leading zero, at most 15
digits), or where every value is an amount that can be read in one way; and a date only if exactly one way of reading
fits every value. A list is never inferred.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from segtool.config.frozen import dataclass
from segtool.sources import numbers
from segtool.sources.context import ADDRESS, IN_MEMORY, Engine
from segtool.sources.dates import COMPACT, READINGS, read_as, without_offset

_PLAIN_INTEGER = r"^-?(?:0|[1-9][0-9]{0,14})$"
_PLAIN_NUMBER = r"^-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?$"
_MANY_DIGITS = r"(?:[0-9][.,' ]?){16}"
_ZERO_FIRST = r"^[^0-9.,]*0[0-9]"


MARKS = {"point": ".", "comma": ","}
"""Numbers with marks for thousands, currencies and the like, by their decimal mark."""

_CANDIDATES: tuple[str, ...] = ("boolean", "integer", "number", *MARKS, *READINGS)
_LOOKS = {
    "boolean": re.compile("true$|false$", re.IGNORECASE),
    "integer": re.compile("-?[0-9]+$"),
    "number": re.compile("-?[0-9.,]+(?:[eE].*)?$"),
    "point": numbers.LOOKS,
    "comma": numbers.LOOKS,
    "iso": re.compile("[0-9]{4}[-/]"),
    "day_first": re.compile("[0-9]{1,2}[-/.]"),
    "month_first": re.compile("[0-9]{1,2}[-/.]"),
}
_SOME = ("clock", "sign", "differ")
"""Marks that one value is enough for."""

_SAMPLE = 1000
_AT_ONCE = 200


@dataclass(frozen=True)
class Facts:
    """What the values of one column in one file, or in several, say of its type.

    `fits` are the candidates that every value fits, with `empty` where there is no value, and `clock` or `sign` where
    some value has a time of day or what only an amount has. `first` and `second` count the values that can be read in
    either of two ways, `example` is one that differs between them. `turned` are two values of a column that a
    spreadsheet has half converted: one that it took for a date, and one that it left.
    """

    fits: tuple[str, ...] = ()
    first: int = 0
    second: int = 0
    example: str | None = None
    turned: tuple[str, ...] = ()
    addresses: int = 0
    values: int = 0

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Facts:
        return cls(**{**data, "fits": tuple(data["fits"]), "turned": tuple(data["turned"])})

    def and_of(self, other: Facts) -> Facts:
        """Of both files together. A file that has nothing in the column says nothing against a type."""
        fits = tuple(kind for kind in self.fits if kind in other.fits and kind not in _SOME)
        some = tuple(mark for mark in _SOME if mark in (*self.fits, *other.fits))
        return Facts(
            fits=(*fits, *some),
            first=self.first + other.first,
            second=self.second + other.second,
            example=self.example or other.example,
            turned=self.turned or other.turned,
            addresses=self.addresses + other.addresses,
            values=self.values + other.values,
        )


def fitting(
    frame: pl.LazyFrame, columns: Sequence[str], decimal: str | None, dates: Sequence[str], engine: Engine
) -> dict[str, Facts]:
    """What undeclared columns could be, by all their values. `decimal` and `dates` are what may be meant, if told."""
    return {name: Facts(fits=found) for name, found in _fits_of_all(frame, columns, decimal, dates, engine).items()}


def addresses(frame: pl.LazyFrame, columns: Sequence[str], engine: Engine) -> dict[str, Facts]:
    """How many values of columns are addresses."""
    every = pl.col(columns)
    asked = [every.str.contains(ADDRESS).sum().name.suffix("§addresses"), every.count().name.suffix("§values")]
    row = frame.select(asked).collect(engine=engine).row(0, named=True)
    return {name: Facts(addresses=row[f"{name}§addresses"], values=row[f"{name}§values"]) for name in columns}


def _fits_of_all(
    frame: pl.LazyFrame, columns: Sequence[str], decimal: str | None, dates: Sequence[str], engine: Engine
) -> dict[str, tuple[str, ...]]:
    """The candidates for each column. A first look at the head leaves few columns that need the whole file."""
    candidates = tuple(kind for kind in _CANDIDATES if _may_be(kind, decimal, dates))
    head = frame.select(columns).head(_SAMPLE).collect(engine=engine)
    firsts = head.select(pl.all().drop_nulls().first()).row(0, named=True)
    possible = {column: _possible(firsts[column], candidates) for column in columns}
    found = _fitting(head.lazy(), {column: kinds for column, kinds in possible.items() if kinds}, decimal, IN_MEMORY)
    if head.height == _SAMPLE:
        left = {column: _cheap(fits) for column, fits in found.items() if set(fits) & set(candidates)}
        again = _fitting(frame, left, decimal, engine)
        # Of numbers that looked plain in the head, some may have marks further down.
        late = {name: tuple(MARKS) for name, fits in again.items() if not _plain(fits) and _plain(found[name])}
        late = {name: tuple(kind for kind in kinds if kind in possible[name]) for name, kinds in late.items()}
        found = again | _fitting(frame, {name: kinds for name, kinds in late.items() if kinds}, decimal, engine)
    return {column: found.get(column, ()) for column in columns}


def _may_be(kind: str, decimal: str | None, dates: Sequence[str]) -> bool:
    """Whether a candidate is none that the settings exclude."""
    return kind in dates if kind in READINGS else decimal in (None, MARKS.get(kind, decimal))


def _plain(fits: tuple[str, ...]) -> bool:
    return "number" in fits or "integer" in fits


def _cheap(fits: tuple[str, ...]) -> tuple[str, ...]:
    """The candidates without those that plain numbers make unnecessary."""
    return tuple(kind for kind in fits if not (_plain(fits) and kind in MARKS))


def _possible(first: str | None, candidates: tuple[str, ...]) -> tuple[str, ...]:
    """What a look at the first value leaves, so that few columns need the thorough one."""
    return tuple(kind for kind in candidates if first is None or _LOOKS[kind].match(first))


def _fitting(
    frame: pl.LazyFrame, candidates: Mapping[str, tuple[str, ...]], decimal: str | None, engine: Engine
) -> dict[str, tuple[str, ...]]:
    """The candidates that every value of a column fits; some columns at a time, because each check takes memory."""
    found: dict[str, tuple[str, ...]] = {}
    columns = list(candidates)
    for start in range(0, len(columns), _AT_ONCE):
        some = {column: candidates[column] for column in columns[start : start + _AT_ONCE]}
        found |= _fitting_at_once(frame.select(list(some)), some, decimal, engine)
    return found


def _fitting_at_once(
    frame: pl.LazyFrame, candidates: Mapping[str, tuple[str, ...]], decimal: str | None, engine: Engine
) -> dict[str, tuple[str, ...]]:
    """The candidates that every value of a column fits, with `empty` and the marks of some where they apply."""
    every = pl.col(list(candidates))
    checks = [
        every.is_null().all().name.suffix("§empty"),
        every.str.contains(":", literal=True).any().name.suffix("§clock"),
    ]
    for kind in _CANDIDATES:
        columns = [column for column, kinds in candidates.items() if kind in kinds]
        if columns:
            checks.append(fits(pl.col(columns), kind, decimal or ".").all().name.suffix(f"§{kind}"))
    marked = [column for column, kinds in candidates.items() if set(kinds) & set(MARKS)]
    if marked:
        point, comma = (numbers.number(pl.col(marked), mark) for mark in MARKS.values())
        checks.append(numbers.is_sign(pl.col(marked)).any().name.suffix("§sign"))
        checks.append((point != comma).any().name.suffix("§differ"))
    row = frame.select(checks).collect(engine=engine).row(0, named=True)
    marks = (*_CANDIDATES, "empty", *_SOME)
    return {column: _true_of(row, column, marks) for column in candidates}


def _true_of(row: Mapping[str, object], column: str, marks: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(mark for mark in marks if row.get(f"{column}§{mark}"))


def fits(text: pl.Expr, kind: str, decimal: str) -> pl.Expr:
    """Whether a text could be a value of this candidate; missing where the text is."""
    if kind == "boolean":
        return text.str.to_lowercase().is_in(["true", "false"])
    if kind == "integer":
        return text.str.contains(_PLAIN_INTEGER)
    if kind == "number":
        point = text.str.replace(",", ".", literal=True) if decimal == "," else text
        plain = point.str.contains(_PLAIN_NUMBER) & ~point.str.contains(_MANY_DIGITS)
        return plain & ~text.str.contains(".", literal=True) if decimal == "," else plain
    if kind in MARKS:
        kept = ~text.str.contains(_ZERO_FIRST) & ~text.str.contains(_MANY_DIGITS)
        return pl.when(text.is_not_null()).then(kept & numbers.number(text, MARKS[kind]).is_not_null())
    read = ~text.str.contains(COMPACT) & read_as(without_offset(text), kind).is_not_null()
    return pl.when(text.is_not_null()).then(read)


def is_sure(fits: tuple[str, ...]) -> bool:
    """Whether what is `decided` by some values stays so if all fit it; and for text, whatever the others are."""
    if "empty" in fits:
        return False
    kind, how = decided(fits)
    return not how if kind in ("boolean", "integer", "number") else kind != "text" or not {*fits} & {*READINGS, *MARKS}


def decided(fits: tuple[str, ...]) -> tuple[str, str]:
    """The type that is left, and how its values are read ("" for plainly); text where nothing else fits every value.

    A date has its order of day and month, and a number its decimal mark.
    """
    if "empty" in fits:
        return "text", ""
    for kind in ("boolean", "integer", "number"):
        if kind in fits:
            return kind, ""
    marks = [kind for kind in MARKS if kind in fits]
    if marks and "sign" in fits and (len(marks) == 1 or "differ" not in fits):
        return "number", MARKS[marks[0]]
    readings = [kind for kind in fits if kind in READINGS]
    if len(readings) == 1:
        return ("datetime" if "clock" in fits else "date"), readings[0]
    return "text", ""
