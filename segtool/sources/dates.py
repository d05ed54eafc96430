"""Texts → dates and instants, however exports spell them.

Instants are naive UTC with microseconds. What exports write most is read at full speed by `stamps`; all other texts are
judged here, each different one once. A judgement is made in steps, because an expression that is used twice within
another one is computed twice. Reading rules: LANGUAGE sections 3 and 10.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC
from zoneinfo import ZoneInfo

import polars as pl

from segtool.sources import stamps
from segtool.sources.context import IN_MEMORY

READINGS = ("iso", "day_first", "month_first")
COMPACT = r"^[0-9]{8}$"

_CLOCK = r"(?:[T ]+[0-9]{1,2}:[0-9]{2}(?::[0-5][0-9](?:\.[0-9]{1,9})?)?(?: ?[AaPp][Mm])?)?"
_OFFSET = r" ?(Z|z|UTC|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)$"
_TIMED = r":[0-9]{2}(?:\.[0-9]+)?(?: ?[AaPp][Mm])?"
SLASHED = rf"^[0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.][0-9]{{4}}{_CLOCK}$"
_ISO = rf"{COMPACT}|^[0-9]{{4}}[-/][0-9]{{1,2}}[-/][0-9]{{1,2}}{_CLOCK}$"
_SHAPES = {"iso": (_ISO, "%Y-%m-%d"), "day_first": (SLASHED, "%d-%m-%Y"), "month_first": (SLASHED, "%m-%d-%Y")}
_CLOCKS = {"%H:%M": (1, False), "%H:%M:%S%.f": (2, False), "%I:%M %p": (1, True), "%I:%M:%S %p": (2, True)}
"""How clocks are spelled: with so many colons, and with AM or PM or not."""
_YEARS = (1, 9999)
_ENDS_AWARE = re.compile(r"\s?(?:Z|%[:#]?z)$")
_AWARE = re.compile(r"%[:#]?z|%s")
_MOMENT = pl.Datetime("us")


def local_day(text: pl.Expr, zone: str, dates: Sequence[str]) -> pl.Expr:
    """The calendar day that is written; of an instant with an offset, its day in the zone.

    `dates` are readings or strftime patterns, tried in this order.
    """

    def judge(texts: pl.Series) -> pl.Series:
        return _local_days(texts, zone, dates)

    def read(texts: pl.Series) -> pl.Series:
        return stamps.days(texts, judge) if _reads_iso(dates) else stamps.each_once(texts, judge)

    return text.map_batches(read, pl.Date(), is_elementwise=True)


def instant(text: pl.Expr, zone: str, dates: Sequence[str]) -> pl.Expr:
    """Naive UTC; a time without an offset is a wall time of the zone, a date alone its first instant."""

    def judge(texts: pl.Series) -> pl.Series:
        return _instants(texts, zone, dates)

    def read(texts: pl.Series) -> pl.Series:
        return stamps.instants(texts, judge, _zoned(zone)) if _reads_iso(dates) else stamps.each_once(texts, judge)

    return text.map_batches(read, _MOMENT, is_elementwise=True)


def alike(texts: pl.Series, zone: str, dates: Sequence[str]) -> pl.Series | None:
    """The same of texts that are all spelled alike, and plainly; else None."""
    return stamps.uniform(texts, _zoned(zone)) if _reads_iso(dates) else None


def _zoned(zone: str) -> Callable[[pl.Series], pl.Series]:
    """What takes wall times of a zone to UTC."""
    return lambda wall: wall if zone == "UTC" else _series_to_utc(wall, zone)


def _reads_iso(dates: Sequence[str]) -> bool:
    """Whether no reading before ISO could take its spelling for something else."""
    before = dates[: dates.index("iso")] if "iso" in dates else None
    return before is not None and all(how in READINGS for how in before)


def _local_days(texts: pl.Series, zone: str, dates: Sequence[str]) -> pl.Series:
    written, wall, utc = pl.col("written"), pl.col("wall"), pl.col("utc")
    shifted = utc.dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return (
        _judged(texts, dates)
        .lazy()
        .with_columns(pl.coalesce(wall - _offset(written), *_aware(dates)).alias("utc"))
        .select(pl.when(written.is_null() & wall.is_not_null()).then(wall).otherwise(shifted).dt.date())
        .collect(engine=IN_MEMORY)
        .to_series()
    )


def _instants(texts: pl.Series, zone: str, dates: Sequence[str]) -> pl.Series:
    written, wall, found = pl.col("written"), pl.col("wall"), pl.col("found")
    judged = _judged(texts, dates)
    here = judged.get_column("wall") if zone == "UTC" else _series_to_utc(judged.get_column("wall"), zone)
    utc = pl.when(written.is_null()).then(here).otherwise(wall - _offset(written))
    return (
        judged.lazy()
        .with_columns(pl.coalesce(utc, *_aware(dates)).alias("found"))
        .select(pl.when(found.dt.year().is_between(*_YEARS)).then(found))
        .collect(engine=IN_MEMORY)
        .to_series()
    )


def _judged(texts: pl.Series, dates: Sequence[str]) -> pl.DataFrame:
    """`text`, the offset that is `written` in it, and its `wall` time."""
    text = pl.col("text")
    written = text.str.extract(rf"{_TIMED}{_OFFSET}", 1).alias("written")
    found = texts.alias("text").to_frame().select(text, written, without_offset(text).alias("bare"))
    bare = found.get_column("bare")
    walls = [_wall(bare, how) for how in dates if not _says_when(how)]
    return found.select(text, "written", pl.coalesce(pl.lit(None, _MOMENT), *walls).alias("wall"))


def to_utc(wall: pl.Expr, zone: str) -> pl.Expr:
    """Wall times of a zone as naive UTC: the first of two, and the offset from before a jump."""
    if zone == "UTC":
        return wall
    return wall.map_batches(lambda series: _series_to_utc(series, zone), _MOMENT, is_elementwise=True)


def _series_to_utc(wall: pl.Series, zone: str) -> pl.Series:
    def localised(series: pl.Series) -> pl.Series:
        zoned = series.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        return zoned.dt.convert_time_zone("UTC").dt.replace_time_zone(None)

    utc = localised(wall)
    skipped = wall.filter(utc.is_null() & wall.is_not_null()).unique()
    if skipped.is_empty():
        return utc
    # The few times that a clock change skips: `fold=0` reads them with the offset from before the jump.
    rule = ZoneInfo(zone)
    moved = [at.replace(tzinfo=rule).astimezone(UTC).replace(tzinfo=None) for at in skipped.to_list()]
    mended = wall.replace_strict(skipped, pl.Series(moved, dtype=_MOMENT), default=None)
    return utc.fill_null(mended)


def without_offset(text: pl.Expr) -> pl.Expr:
    return text.str.replace(rf"({_TIMED}){_OFFSET}", "$1")


def _offset(written: pl.Expr) -> pl.Expr:
    """`+02:00` as a duration; Z and nothing are zero."""
    sign = pl.when(written.str.starts_with("-")).then(-1).otherwise(1)
    hours = written.str.extract(r"^[+-]([0-9]{2})", 1).cast(pl.Int64).fill_null(0)
    minutes = written.str.extract(r"^[+-][0-9]{2}:?([0-9]{2})", 1).cast(pl.Int64).fill_null(0)
    return pl.duration(minutes=sign * (hours * 60 + minutes), time_unit="us")


def _aware(dates: Sequence[str]) -> list[pl.Expr]:
    """The instants of `text` by the patterns with an offset in their midst."""
    patterns = [how for how in dates if _says_when(how)]
    found = [pl.col("text").str.to_datetime(how, strict=False, time_unit="us", time_zone="UTC") for how in patterns]
    return [stamp.dt.replace_time_zone(None) for stamp in found]


def _says_when(how: str) -> bool:
    return _AWARE.search(_ENDS_AWARE.sub("", how)) is not None


def read_as(text: pl.Expr, how: str) -> pl.Expr:
    """The wall time that is written; an offset at the end was taken off before."""

    def judge(texts: pl.Series) -> pl.Series:
        return _wall(texts, how)

    def read(texts: pl.Series) -> pl.Series:
        return stamps.walls(texts, judge) if how == "iso" else judge(texts)

    return text.map_batches(read, _MOMENT, is_elementwise=True)


def _wall(texts: pl.Series, how: str) -> pl.Series:
    if how not in READINGS:
        return texts.str.to_datetime(_ENDS_AWARE.sub("", how), strict=False, time_unit="us")
    shape, order = _SHAPES[how]
    shaped = texts.str.contains(shape)
    if not shaped.any():
        return pl.Series(texts.name, [None], _MOMENT).new_from_index(0, len(texts))
    plain, colons, twelve = pl.col("plain"), pl.col("colons"), pl.col("twelve")
    # A failing attempt takes longer than one that succeeds: each text is tried by the one spelling that it can have.
    found = [pl.when(colons == 0).then(plain).str.to_date(order, strict=False).cast(_MOMENT)]
    for clock, spelled in _CLOCKS.items():
        fitting = pl.when((colons == spelled[0]) & (twelve == spelled[1])).then(plain)
        found.append(fitting.str.to_datetime(f"{order} {clock}", strict=False, time_unit="us"))
    return (
        pl.LazyFrame({"text": texts, "shaped": shaped})
        .select(_dashed(pl.when("shaped").then("text")).alias("plain"))
        .with_columns(plain.str.count_matches(":", literal=True).alias("colons"))
        .with_columns(plain.str.ends_with("M").alias("twelve"))
        .select(pl.coalesce(*found).alias(texts.name))
        .collect(engine=IN_MEMORY)
        .to_series()
    )


def _dashed(text: pl.Expr) -> pl.Expr:
    """`1/5/2026T9:00am` as `1-5-2026 9:00 AM`, and `20260105` as `2026-01-05`."""
    spread = text.str.replace(r"^([0-9]{4})([0-9]{2})([0-9]{2})$", "$1-$2-$3")
    day = spread.str.replace(r"^([0-9]+)[-/.]([0-9]+)[-/.]([0-9]+)", "$1-$2-$3").str.replace(r"[T ]+", " ")
    return day.str.to_uppercase().str.replace(r" ?([AP]M)$", " $1")
