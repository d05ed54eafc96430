"""Dates and times in the one spelling that exports use most, read at full speed.

`2026-05-01`, `2026-05-01T09:00:00`, `2026-05-01 09:00:00` and the same with a Z or an offset like +02:00 need no
judgement. All other texts of a column go to whoever can judge them, each different one once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

import polars as pl

from segtool.sources import stencil
from segtool.sources.context import IN_MEMORY

_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-5][0-9]"
_OFFSET = r"[+-](?:0[0-9]|1[0-5]):[0-5][0-9]"
_STAMP = rf"{_DAY}[T ]{_CLOCK}(?:Z|{_OFFSET})?$"
_DAY_ALONE = rf"{_DAY}$"
_DATE = len("2026-05-01")
_WALL = len("2026-05-01T09:00:00")
_MOMENT = pl.Datetime("us")
_FEW = 10
"""Of so many texts one may be spelled unlike the others, to be judged by itself."""
_BOUNDS: Mapping[pl.DataType, tuple[date, date]] = {
    pl.Date(): (date.min, date.max),
    _MOMENT: (datetime.min, datetime.max),
}
"""What has a year from 1 to 9999."""

Judge = Callable[[pl.Series], pl.Series]


def instants(text: pl.Series, judge: Judge, zoned: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """Texts → naive UTC. `zoned` takes wall times to UTC; `judge` reads what is not spelled plainly."""
    alike = _as_first(text, zoned, text.len() // _FEW)
    if alike is not None:
        return _judged(text, alike, judge)
    fits = pl.when(pl.col("text").str.contains(_STAMP)).then("text")
    found = _read(text, fits, pl.col("fits").str.slice(_WALL).alias("mark"))
    wall, marks = found.get_columns()
    known = set(marks.unique())
    if known <= {None, ""}:
        return _judged(text, zoned(wall), judge)
    read = wall if known <= {None, "Z"} else wall - _offsets(marks)
    return _judged(text, read.zip_with(marks != "", zoned(wall)) if "" in known else read, judge)


def uniform(text: pl.Series, zoned: Callable[[pl.Series], pl.Series]) -> pl.Series | None:
    """Naive UTC of texts that are all spelled as the first one is; else None."""
    spelled = _spelling(text)
    if spelled is not None and text.len() >= stencil.MANY:
        wall = stencil.instants(text, *spelled)
        if wall is not None:
            return wall if spelled[1] else zoned(wall)
    read = _as_first(text, zoned, 0)
    known = read is not None and read.null_count() == text.null_count() and read.is_between(*_BOUNDS[_MOMENT]).all()
    return read if known else None


def _spelling(text: pl.Series) -> tuple[str, str] | None:
    """What the first text has between day and clock, and at its end; None where it is no plain date and time."""
    found = re.fullmatch(rf"{_DAY}([T ]){_CLOCK}(Z?)", str(text.drop_nulls().first()))
    return (found[1], found[2]) if found is not None else None


def _as_first(text: pl.Series, zoned: Callable[[pl.Series], pl.Series], few: int) -> pl.Series | None:
    """Naive UTC of the texts that are spelled as the first one is; None where more than a few are not."""
    spelled = _spelling(text)
    if spelled is None:
        return None
    between, mark = spelled
    odd = ~text.str.contains(f"{_DAY}{between}{_CLOCK}{mark}$")
    others = odd.sum()
    if others > few:
        return None
    alike = text.set(odd, None) if others else text
    how = f"%Y-%m-%d{between}%H:%M:%S{mark}"
    wall = alike.str.to_datetime(how, strict=False, time_unit="us", cache=False)
    return wall if mark else zoned(wall)


def are_stamps(text: pl.Series) -> bool:
    """Whether every text is a plain date and time."""
    return bool(text.str.contains(_STAMP).all())


def are_days(text: pl.Series) -> bool:
    """Whether every text is a plain day."""
    return bool(text.str.contains(_DAY_ALONE).all())


def walls(text: pl.Series, judge: Judge) -> pl.Series:
    """Texts without an offset → wall times; a day alone is its first instant."""
    fits = pl.when(pl.col("text").str.contains(rf"{_DAY}(?:[T ]{_CLOCK})?$")).then("text")
    return _judged(text, _read(text, fits).to_series(), judge)


def days(text: pl.Series, judge: Judge) -> pl.Series:
    """Texts → calendar days, plain where the text says nothing but the day."""
    fits = pl.when(pl.col("text").str.contains(_DAY_ALONE)).then("text")
    read = (
        text.alias("text")
        .to_frame()
        .lazy()
        .select(fits.str.to_date("%Y-%m-%d", strict=False))
        .collect(engine=IN_MEMORY)
    )
    return _judged(text, read.to_series(), judge)


def _read(text: pl.Series, fits: pl.Expr, *more: pl.Expr) -> pl.DataFrame:
    """The wall times of the texts that fit, and what else is asked of these. Texts stand in a step of their own."""
    parted = pl.col("fits").str.slice(_DATE, 1)
    plain = pl.col("fits").str.slice(0, _WALL)
    spelled = [
        pl.when(parted == mark).then(plain).str.to_datetime(f"%Y-%m-%d{mark}%H:%M:%S", strict=False, time_unit="us")
        for mark in "T "
    ]
    alone = pl.when(parted == "").then(plain).str.to_date("%Y-%m-%d", strict=False).cast(_MOMENT)
    frame = text.alias("text").to_frame().lazy().select(fits.alias("fits"))
    return frame.select(pl.coalesce(*spelled, alone).alias(text.name), *more).collect(engine=IN_MEMORY)


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


def _judged(text: pl.Series, read: pl.Series, judge: Judge) -> pl.Series:
    """What was read, and for all other texts what `judge` makes of them."""
    first, last = _BOUNDS[read.dtype]
    outside = (read < first) | (read > last)
    if outside.any():
        read = read.set(outside, None)
    if read.null_count() == text.null_count():
        return read
    left = text.is_not_null() & read.is_null()
    return read.scatter(left.arg_true(), each_once(text.filter(left), judge))


def each_once(texts: pl.Series, judge: Judge) -> pl.Series:
    """What `judge` makes of the texts, asked of each different one once."""
    different = texts.unique()
    table = pl.DataFrame({"text": different, "read": judge(different)})
    found = texts.alias("text").to_frame().join(table, on="text", how="left", nulls_equal=True, maintain_order="left")
    return found.get_column("read").alias(texts.name)
