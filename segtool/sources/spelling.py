"""How the values of declared columns are spelled: dates day first or month first, numbers with a point or a comma.

Decided for a whole column, by all its values; a column that can be read in two ways is left undecided, and one that a
spreadsheet has half converted is told, never read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from segtool.config.frozen import dataclass
from segtool.sources import numbers
from segtool.sources.context import IN_MEMORY, Engine
from segtool.sources.dates import SLASHED, read_as, without_offset
from segtool.sources.inference import Facts

_SLASHED_START = r"^[0-9]{1,2}[-/.]"
_ISO_START = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
_SEPARATORS = ("/", ".", "-")
_ENOUGH = 2
"""From so many different dates of either kind on, it is no chance that all of one have days up to 12, and none of the
other."""


@dataclass(frozen=True)
class Undecided:
    """A column whose values fit two readings alike; `example` is one of them."""

    example: str


@dataclass(frozen=True)
class Damaged:
    """A column of which a spreadsheet took some dates for others: `taken` is one of these, `left` is as it was."""

    taken: str
    left: str


def orders(frame: pl.LazyFrame, columns: Sequence[str], engine: Engine) -> dict[str, Facts]:
    """How many dates of declared columns can be read day first and month first, and whether some were turned round."""
    some = _slashed(frame, columns) if engine == IN_MEMORY else columns
    rows = pl.collect_all([_order(frame, column) for column in some], engine=engine)
    found = {name: row.row(0, named=True) for name, row in zip(some, rows, strict=True)}
    facts = dict.fromkeys(columns, Facts()) | {
        name: Facts(first=row["day"], second=row["month"], example=row["example"], turned=_among(row))
        for name, row in found.items()
    }
    # Beside texts that can be nothing but what they say, dates in the ISO spelling may be what a spreadsheet made.
    asked = [name for name, row in found.items() if _left(row) is not None and not facts[name].turned]
    isos = pl.collect_all([_iso(frame, name) for name in asked], engine=engine)
    for name, iso in zip(asked, isos, strict=True):
        count, late, example = iso.row(0)
        left = _left(found[name])
        if count >= _ENOUGH and not late and left is not None:
            facts[name] = replace(facts[name], turned=(example, left))
    return facts


def _slashed(frame: pl.LazyFrame, columns: Sequence[str]) -> list[str]:
    """The columns in which there is a date with the year at its end at all: few."""
    started = frame.select(pl.col(columns).str.contains(_SLASHED_START).any()).collect(engine=IN_MEMORY)
    return [name for name, some in started.row(0, named=True).items() if some]


def is_slashed(text: pl.Series) -> pl.Series:
    """Which texts could be dates with the year at their end."""
    return text.str.contains(_SLASHED_START)


def _order(frame: pl.LazyFrame, column: str) -> pl.LazyFrame:
    started = frame.select(pl.col(column).alias("text")).filter(pl.col("text").str.contains(_SLASHED_START))
    text = without_offset(pl.col("text"))
    slashed = started.select(pl.when(text.str.contains(SLASHED)).then(text).alias("text"))
    both = slashed.with_columns(read_as(pl.col("text"), how).alias(how) for how in ("day_first", "month_first"))
    day, month = pl.col("day_first").is_not_null(), pl.col("month_first").is_not_null()
    differ = (pl.col("day_first") != pl.col("month_first")).fill_null(False)
    separator = pl.col("text").str.extract(r"^[0-9]+([-/.])", 1)
    kinds = [
        expression
        for mark in _SEPARATORS
        for expression in (
            pl.col("text").filter((separator == mark) & day & month).n_unique().alias(f"both{mark}"),
            pl.col("text").filter((separator == mark) & (day ^ month)).n_unique().alias(f"sure{mark}"),
            pl.col("text").filter((separator == mark) & (day | month)).first().alias(f"text{mark}"),
        )
    ]
    return both.select(
        day.sum().alias("day"),
        month.sum().alias("month"),
        pl.col("text").filter(differ).first().alias("example"),
        *kinds,
    )


def _iso(frame: pl.LazyFrame, column: str) -> pl.LazyFrame:
    """How many different dates in the ISO spelling there are, how many with a day after the 12th, and one of them."""
    text = frame.select(pl.col(column).alias("text")).filter(pl.col("text").str.contains(_ISO_START))
    late = pl.col("text").str.slice(8, 2) > "12"
    return text.select(pl.col("text").n_unique().alias("different"), late.sum().alias("late"), pl.col("text").first())


def _left(row: dict[str, object]) -> str | None:
    """A date of a spelling that has only dates with a day after the 12th: those that a spreadsheet cannot turn."""
    for mark in _SEPARATORS:
        sure, both, text = row[f"sure{mark}"], row[f"both{mark}"], row[f"text{mark}"]
        if isinstance(sure, int) and sure >= _ENOUGH and not both:
            return str(text)
    return None


def _among(row: dict[str, object]) -> tuple[str, ...]:
    """Two dates of a column, of one spelling that has none but days up to 12, and of one that has none of these."""
    left = _left(row)
    for mark in _SEPARATORS:
        both = row[f"both{mark}"]
        if left is not None and isinstance(both, int) and both >= _ENOUGH and not row[f"sure{mark}"]:
            return str(row[f"text{mark}"]), left
    return ()


def marks(frame: pl.LazyFrame, columns: Sequence[str], engine: Engine) -> dict[str, Facts]:
    """How many numbers of declared columns can be read with a decimal point and with a decimal comma.

    Plain columns are not looked at any further: a point in them is a decimal point.
    """
    plain = frame.select(numbers.is_plain(pl.col(columns)) | pl.col(columns).is_null()).select(pl.all().all())
    odd = [name for name, every in plain.collect(engine=engine).row(0, named=True).items() if not every]
    rows = pl.collect_all([_marked(frame, column) for column in odd], engine=engine)
    found = {name: row.row(0) for name, row in zip(odd, rows, strict=True)}
    return {name: Facts(*((), *found[name])) if name in found else Facts() for name in columns}


def _marked(frame: pl.LazyFrame, column: str) -> pl.LazyFrame:
    some = frame.select(pl.col(column).alias("text")).filter(pl.col("text").str.contains("[.,]"))
    both = some.with_columns(numbers.number(pl.col("text"), mark).alias(mark) for mark in (".", ","))
    differ = (pl.col(".") != pl.col(",")).fill_null(False)
    return both.select(pl.col(".").count(), pl.col(",").count(), pl.col("text").filter(differ).first())


def date_reading(found: Facts) -> tuple[str, ...] | Undecided | Damaged:
    """How the dates of a declared column are written: ISO always, and the slashed order that fits more values.

    Undecided where both orders fit equally and differ.
    """
    if found.turned:
        return Damaged(*found.turned)
    if found.first == found.second and found.example is not None:
        return Undecided(found.example)
    if not found.first and not found.second:
        return ("iso",)
    return ("iso", "day_first" if found.first >= found.second else "month_first")


def decimal_mark(found: Facts) -> str | Undecided:
    """The decimal mark of a declared column: that by which more of its values are numbers."""
    if found.first == found.second and found.example is not None:
        return Undecided(found.example)
    return "," if found.second > found.first else "."
