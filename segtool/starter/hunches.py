"""What the cells of an unknown file suggest beyond plain inference: texts that mean nothing, decimal commas, columns
whose type all but a few cells agree on.

A hunch becomes a line of the segments file, where people see it; the cells that do not fit are reported by every run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from segtool.config.frozen import dataclass
from segtool.sources.dates import read_as, without_offset
from segtool.starter import clues

_SAMPLE = 20_000
_ENOUGH = 0.9
_PLAIN = r"^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]+)?$"
_COMMA = r"^-?(?:0|[1-9][0-9]{0,14}),[0-9]+$"
_COMMA_OR_PLAIN = r"^-?(?:0|[1-9][0-9]{0,14})(?:,[0-9]+)?$"
_LONGEST = 13
_KINDS = 20


_NOT = {"date": "no date", "datetime": "no date and time", "number": "no number"}


@dataclass(frozen=True)
class Hunch:
    """A type to declare ("" for none), how dates are written, and what to tell the reader."""

    type: str
    dates: tuple[str, ...] = ()
    remark: str = ""


def of_cells(frame: pl.LazyFrame, columns: Sequence[str]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Settings for the whole source, `missing` and `decimal`, and what to tell the reader of them."""
    head = frame.select(columns).head(_SAMPLE).collect()
    settings: dict[str, Any] = {}
    odd = {text for column in head.iter_columns() for text in _meaningless(column)}
    if odd:
        settings["missing"] = sorted(odd)
        head = head.with_columns(pl.when(~pl.all().is_in(sorted(odd))).then(pl.all()))
    some = head.select(pl.col(columns).str.contains(_COMMA).mean()).row(0)
    most = head.select(pl.col(columns).str.contains(_COMMA_OR_PLAIN).mean()).row(0)
    shares = zip(columns, some, most, strict=True)
    marked = [name for name, comma, number in shares if (comma or 0) > _ENOUGH / 3 and (number or 0) >= _ENOUGH]
    if marked:
        settings["decimal"] = ","
        return settings, (f"Numbers have a decimal comma ({', '.join(marked)}).",)
    return settings, ()


def _meaningless(column: pl.Series) -> list[str]:
    """The texts of a column that say that nothing is known, where its other values say something."""
    values = column.drop_nulls().unique(maintain_order=True)
    short = values.filter(values.str.len_chars() <= _LONGEST)
    found = [text for text in short if clues.means_nothing(text)]
    return found if len(found) < values.len() else []


def of_types(frame: pl.LazyFrame, types: Mapping[str, str], decimal: str = ".") -> dict[str, Hunch]:
    """What to declare of the columns that inference left as text or could not know, by column."""
    head = frame.select(list(types)).head(_SAMPLE).collect()
    found = {}
    for column, kind in types.items():
        if kind == "text":
            hunch = _of_text(head.get_column(column).drop_nulls(), decimal)
            if hunch is not None:
                found[column] = hunch
    return found


def _of_text(values: pl.Series, decimal: str) -> Hunch | None:
    column = values.name
    if values.is_empty() or clues.names_texts_of_digits(column):
        return None
    if values.str.to_lowercase().is_in(["yes", "no"]).all():
        return Hunch("boolean")
    if clues.names_a_list(column) and values.str.contains(",", literal=True).any():
        return Hunch("list", remark="is taken for a list, because it has commas.")
    dates = _of_dates(values)
    if dates is not None:
        return dates
    plain = _COMMA_OR_PLAIN if decimal == "," else _PLAIN
    fits = values.str.contains(plain)
    measured = values.n_unique() > _KINDS  # a few numbers and a text such as 5+ are names of groups
    return (
        Hunch("number", remark=_odd("number", values, fits)) if _mostly(fits) and measured and not fits.all() else None
    )


def _of_dates(values: pl.Series) -> Hunch | None:
    frame = values.to_frame("v")
    text = without_offset(pl.col("v"))
    read = frame.select(read_as(text, how).alias(how) for how in ("iso", "day_first", "month_first"))
    iso, day, month = (read.get_column(how) for how in read.columns)
    slashed = day if day.count() >= month.count() else month
    fits = iso.is_not_null() | slashed.is_not_null()
    compact = values.str.contains("^[0-9]{8}$").any() or not _mostly(fits)
    if compact:
        return None
    if day.count() == month.count() and (day != month).any():
        example = values.filter((day != month).fill_null(False))[0]
        return Hunch(
            "", remark=f"has dates such as {example}, which can be read in two ways; add it to types:, and dates:."
        )
    kind = "datetime" if values.str.contains(":", literal=True).any() else "date"
    order = ("day_first",) if slashed is day else ("month_first",)
    dates = ("iso",) if not slashed.count() else ("iso", *order)
    return Hunch(kind, dates, _odd(kind, values, fits))


def _mostly(fits: pl.Series) -> bool:
    return int(fits.sum()) >= _ENOUGH * fits.len()


def _odd(kind: str, values: pl.Series, fits: pl.Series) -> str:
    """How many cells will not fit."""
    wrong = values.len() - int(fits.sum())
    return f"is read as {kind}; {wrong:,} of its cells {'are' if wrong > 1 else 'is'} {_NOT[kind]}." if wrong else ""
