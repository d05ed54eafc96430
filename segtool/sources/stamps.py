"""Dates and times in the one spelling that exports use most, read at full speed.

`2026-05-01`, `2026-05-01T09:00:00`, `2026-05-01 09:00:00` and the same with a Z or an offset like +02:00 need no
judgement. All other texts of a column go to whoever can judge them, each different one once.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import polars as pl

_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-5][0-9]"
_OFFSET = r"[+-](?:0[0-9]|1[0-5]):[0-5][0-9]"
_STAMP = rf"{_DAY}[T ]{_CLOCK}(?:Z|{_OFFSET})?$"
_WALL = len("2026-05-01T09:00:00")
_DAY_ALONE = rf"{_DAY}$"
_YEARS = (1, 9999)

Judge = Callable[[pl.Series], pl.Series]


def instants(text: pl.Series, judge: Judge, zoned: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Texts → naive UTC. `zoned` takes wall times to UTC; `judge` reads what is not spelled plainly."""
    stamps = _only(text, _STAMP)
    wall, marks = _stamps(stamps.str.slice(0, _WALL)), stamps.str.slice(_WALL)
    marked = (marks != "").fill_null(True)
    read = wall - _offsets(marks)
    return _judged(text, read if marked.all() else read.zip_with(marked, zoned(wall)), judge)


def walls(text: pl.Series, judge: Judge) -> pl.Series:
    """Texts without an offset → wall times; a day alone is its first instant."""
    return _judged(text, _stamps(_only(text, rf"{_DAY}(?:[T ]{_CLOCK})?$")), judge)


def days(text: pl.Series, judge: Judge) -> pl.Series:
    """Texts → calendar days, plain where the text says nothing but the day."""
    return _judged(text, _only(text, _DAY_ALONE).str.to_date("%Y-%m-%d", strict=False), judge)


def _offsets(marks: pl.Series) -> pl.Series:
    """What `+02:00` comes to. There are few different ones."""
    known = marks.unique().drop_nulls()
    offsets = pl.Series([_offset(mark) for mark in known], dtype=pl.Duration("us"))
    return marks.replace_strict(known, offsets, default=None)


def _offset(mark: str) -> timedelta:
    if mark in ("", "Z"):
        return timedelta()
    ahead = timedelta(hours=int(mark[1:3]), minutes=int(mark[4:6]))
    return -ahead if mark.startswith("-") else ahead


def _only(text: pl.Series, shape: str) -> pl.Series:
    """The texts of this shape; the others missing."""
    fits = text.str.contains(shape).fill_null(False)
    return text if fits.all() else text.zip_with(fits, pl.Series([None], dtype=pl.String).new_from_index(0, text.len()))


def _stamps(text: pl.Series) -> pl.Series:
    """By whichever of the spellings there are."""
    found = pl.Series(text.name, [None], dtype=pl.Datetime("us")).new_from_index(0, text.len())
    for how in ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S"):
        if found.null_count() > text.null_count():
            found = found.fill_null(text.str.to_datetime(how, strict=False, time_unit="us", cache=False))
    if found.null_count() > text.null_count():
        found = found.fill_null(text.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us")))
    return found


def _judged(text: pl.Series, read: pl.Series, judge: Judge) -> pl.Series:
    """What was read, and for all other texts what `judge` makes of them."""
    read = read.set(~read.dt.year().is_between(*_YEARS), None)
    left = text.is_not_null() & read.is_null()
    if not left.any():
        return read
    return read.scatter(left.arg_true(), each_once(text.filter(left), judge))


def each_once(texts: pl.Series, judge: Judge) -> pl.Series:
    """What `judge` makes of the texts, asked of each different one once."""
    different = texts.unique()
    table = pl.DataFrame({"text": different, "read": judge(different)})
    found = texts.to_frame("text").join(table, on="text", how="left", nulls_equal=True, maintain_order="left")
    return found.get_column("read").alias(texts.name)
