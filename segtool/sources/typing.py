"""Text cells → typed cells: one expression per type.

A text that does not fit becomes missing; the caller compares with the text to find what was rejected. Instants
are naive UTC with microseconds. Reading rules: LANGUAGE sections 3 and 10.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC
from zoneinfo import ZoneInfo

import polars as pl

from segtool.sources import stamps

NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$"
_INTEGER = r"^[+-]?[0-9]{1,18}(?:\.0+)?$"
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}

_CLOCK = r"(?:[T ]+[0-9]{1,2}:[0-9]{2}(?::[0-5][0-9](?:\.[0-9]{1,9})?)?(?: ?[AaPp][Mm])?)?"
_OFFSET = r" ?(Z|z|UTC|[+-](?:0[0-9]|1[0-5])(?::?[0-5][0-9])?)$"
_TIMED = r":[0-9]{2}(?:\.[0-9]+)?(?: ?[AaPp][Mm])?"
_ISO_SHAPE = rf"^[0-9]{{4}}[-/][0-9]{{1,2}}[-/][0-9]{{1,2}}{_CLOCK}$"
COMPACT = r"^[0-9]{8}$"
SLASHED = rf"^[0-9]{{1,2}}[-/.][0-9]{{1,2}}[-/.][0-9]{{4}}{_CLOCK}$"
READINGS = ("iso", "day_first", "month_first")
_CLOCKS = ("%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
_SEPARATOR = "\x1f"
_YEARS = (1, 9999)
_ENDS_AWARE = re.compile(r"\s?(?:Z|%[:#]?z)$")
_AWARE = re.compile(r"%[:#]?z|%s")


@dataclass(frozen=True)
class Reading:
    """How the texts of one column are read. `dates` are readings or strftime patterns, tried in this order."""

    kind: str
    zone: str = "UTC"
    decimal: str = "."
    dates: tuple[str, ...] = ("iso",)
    separator: str = ","


def typed(text: pl.Expr, reading: Reading) -> pl.Expr:
    """The column as its type; missing where the text does not fit."""
    match reading.kind:
        case "integer":
            point = pointed(text, reading.decimal)
            whole = point.str.replace(r"\.0+$", "").str.strip_prefix("+")
            return pl.when(point.str.contains(_INTEGER)).then(whole).cast(pl.Int64, strict=False)
        case "number":
            return _number(text, reading.decimal)
        case "boolean":
            return text.str.to_lowercase().replace_strict(_TRUTH, default=None, return_dtype=pl.Boolean)
        case "date":
            return local_day(text, reading)
        case "datetime":
            return instant(text, reading)
        case "list":
            return elements(text, reading.separator)
        case "email":
            return text.str.to_lowercase()
    return text


def identity(text: pl.Expr, address: bool) -> pl.Expr:
    """A contact's id: addresses in lower case; others as they are, without Excel's apostrophe or `.0`."""
    if address:
        return text.str.to_lowercase()
    plain = text.str.strip_prefix("'").str.strip_chars().str.replace(r"^(\d+)\.0$", "$1")
    return pl.when(plain != "").then(plain)


def _number(text: pl.Expr, decimal: str) -> pl.Expr:
    point = pointed(text, decimal)
    value = pl.when(point.str.contains(NUMBER)).then(point.str.strip_prefix("+")).cast(pl.Float64, strict=False)
    return pl.when(value.is_finite()).then(value)


def pointed(text: pl.Expr, decimal: str) -> pl.Expr:
    """The text with a point as its decimal mark; missing where it has a point that is none."""
    if decimal == ".":
        return text
    return pl.when(~text.str.contains(".", literal=True)).then(text.str.replace(",", ".", literal=True))


def elements(text: pl.Expr, separator: str = ",") -> pl.Expr:
    """The elements of a cell, quotes removed, blank ones dropped; missing when there are none."""
    if len(separator) > 1:
        found = elements(text.str.replace_all(separator, _SEPARATOR, literal=True), _SEPARATOR)
        return found.list.eval(pl.element().str.replace_all(_SEPARATOR, separator, literal=True))
    inside = f"[^\\x{{{ord(separator):x}}}]"
    quoted = pl.element().str.strip_chars()
    bare = (
        pl.when(quoted.str.contains(r'(?s)^".*"$'))
        .then(quoted.str.slice(1, quoted.str.len_chars() - 2).str.replace_all('""', '"', literal=True))
        .otherwise(quoted)
        .str.strip_chars()
    )
    parts = text.str.extract_all(rf'\s*"(?:[^"]|"")*"\s*|{inside}+').list.eval(bare.filter(bare != ""))
    return pl.when(parts.list.len() > 0).then(parts)


def local_day(text: pl.Expr, reading: Reading) -> pl.Expr:
    """The calendar day that is written; of an instant with an offset, its day in the zone."""

    def judged(texts: pl.Expr) -> pl.Expr:
        return _local_day(texts, reading)

    if not _reads_iso(reading):
        return judged(text)
    return text.map_batches(lambda series: stamps.days(series, judged), pl.Date(), is_elementwise=True)


def instant(text: pl.Expr, reading: Reading) -> pl.Expr:
    """Naive UTC; a time without an offset is a wall time of the zone, a date alone its first instant."""

    def judged(texts: pl.Expr) -> pl.Expr:
        return _instant(texts, reading)

    def zoned(wall: pl.Series) -> pl.Series:
        return wall if reading.zone == "UTC" else _series_to_utc(wall, reading.zone)

    if not _reads_iso(reading):
        return judged(text)
    kind = pl.Datetime("us")
    return text.map_batches(lambda series: stamps.instants(series, judged, zoned), kind, is_elementwise=True)


def _reads_iso(reading: Reading) -> bool:
    """Whether no reading before ISO could take its spelling for something else."""
    before = reading.dates[: reading.dates.index("iso")] if "iso" in reading.dates else None
    return before is not None and all(how in READINGS for how in before)


def _local_day(text: pl.Expr, reading: Reading) -> pl.Expr:
    written = text.str.extract(rf"{_TIMED}{_OFFSET}", 1)
    wall = _wall(without_offset(text), reading)
    utc = pl.coalesce(wall - _offset(written), *_aware(text, reading))
    shifted = utc.dt.replace_time_zone("UTC").dt.convert_time_zone(reading.zone).dt.replace_time_zone(None)
    return pl.when(written.is_null() & wall.is_not_null()).then(wall).otherwise(shifted).dt.date()


def _instant(text: pl.Expr, reading: Reading) -> pl.Expr:
    written = text.str.extract(rf"{_TIMED}{_OFFSET}", 1)
    wall = _wall(without_offset(text), reading)
    utc = pl.when(written.is_null()).then(to_utc(wall, reading.zone)).otherwise(wall - _offset(written))
    found = pl.coalesce(utc, *_aware(text, reading))
    return pl.when(found.dt.year().is_between(*_YEARS)).then(found)


def to_utc(wall: pl.Expr, zone: str) -> pl.Expr:
    """Wall times of a zone as naive UTC: the first of two, and the offset from before a jump."""
    if zone == "UTC":
        return wall
    return wall.map_batches(lambda series: _series_to_utc(series, zone), pl.Datetime("us"), is_elementwise=True)


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
    mended = wall.replace_strict(skipped, pl.Series(moved, dtype=pl.Datetime("us")), default=None)
    return utc.fill_null(mended)


def without_offset(text: pl.Expr) -> pl.Expr:
    return text.str.replace(rf"({_TIMED}){_OFFSET}", "$1")


def _offset(written: pl.Expr) -> pl.Expr:
    """`+02:00` as a duration; Z and nothing are zero."""
    sign = pl.when(written.str.starts_with("-")).then(-1).otherwise(1)
    hours = written.str.extract(r"^[+-](\d{2})", 1).cast(pl.Int64).fill_null(0)
    minutes = written.str.extract(r"^[+-]\d{2}:?(\d{2})", 1).cast(pl.Int64).fill_null(0)
    return pl.duration(minutes=sign * (hours * 60 + minutes), time_unit="us")


def _wall(text: pl.Expr, reading: Reading) -> pl.Expr:
    nothing = pl.lit(None, pl.Datetime("us"))
    return pl.coalesce(nothing, *(_read_as(text, how) for how in reading.dates if not _says_when(how)))


def _aware(text: pl.Expr, reading: Reading) -> list[pl.Expr]:
    """The instants by the patterns with an offset in their midst."""
    patterns = [how for how in reading.dates if _says_when(how)]
    stamps = [text.str.to_datetime(how, strict=False, time_unit="us", time_zone="UTC") for how in patterns]
    return [stamp.dt.replace_time_zone(None) for stamp in stamps]


def _says_when(how: str) -> bool:
    return _AWARE.search(_ENDS_AWARE.sub("", how)) is not None


def read_as(text: pl.Expr, how: str) -> pl.Expr:
    """The wall time that is written; an offset at the end was taken off before."""
    if how == "iso":
        kind = pl.Datetime("us")
        return text.map_batches(lambda series: stamps.walls(series, _iso), kind, is_elementwise=True)
    return _read_as(text, how)


def _iso(text: pl.Expr) -> pl.Expr:
    return _read_as(text, "iso")


def _read_as(text: pl.Expr, how: str) -> pl.Expr:
    if how not in READINGS:
        return text.str.to_datetime(_ENDS_AWARE.sub("", how), strict=False, time_unit="us")
    order = {"iso": "%Y-%m-%d", "day_first": "%d-%m-%Y", "month_first": "%m-%d-%Y"}[how]
    shape = _ISO_SHAPE if how == "iso" else SLASHED
    shaped = pl.when(text.str.contains(shape)).then(text)
    plain = _dashed(shaped)
    days = plain.str.to_date(order, strict=False).cast(pl.Datetime("us"))
    stamps = [plain.str.to_datetime(f"{order} {clock}", strict=False, time_unit="us") for clock in _CLOCKS]
    found = [stamps[0], days, *stamps[1:]]
    if how == "iso":
        compact = pl.when(text.str.contains(COMPACT)).then(text).str.to_date("%Y%m%d", strict=False)
        found.append(compact.cast(pl.Datetime("us")))
    return pl.coalesce(*found)


def _dashed(text: pl.Expr) -> pl.Expr:
    """`1/5/2026T9:00am` as `1-5-2026 9:00 AM`."""
    day = text.str.replace(r"^(\d+)[-/.](\d+)[-/.](\d+)", "$1-$2-$3").str.replace(r"[T ]+", " ")
    return day.str.to_uppercase().str.replace(r" ?([AP]M)$", " $1")
