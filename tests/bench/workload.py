"""The workload: contacts, e-mail activity and purchases of a made-up shop, as CSV exports, the same for a seed.

Numbers come from a mixing function of row number and seed, in columns, so that ten million rows take seconds and no
library's random numbers can change them. Activity is exported month by month, in the order of time; one row in fifty
lacks a value, and some belong to nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

import polars as pl

from .shop import ACTIONS, AS_OF, CAMPAIGNS, CATEGORIES, DAYS, PAGES, STAGES, STATES, TITLES

_CHUNK = 1_000_000


@dataclass(frozen=True)
class Size:
    """How many rows there are."""

    contacts: int
    events: int
    purchases: int

    @property
    def label(self) -> str:
        return f"{_short(self.contacts)} contacts, {_short(self.events)} events, {_short(self.purchases)} purchases"


SIZES = {
    "tiny": Size(1_000, 10_000, 2_000),
    "small": Size(50_000, 500_000, 100_000),
    "medium": Size(250_000, 2_500_000, 500_000),
    "full": Size(1_000_000, 10_000_000, 2_000_000),
    "events": Size(1_000_000, 50_000_000, 2_000_000),
}


def write(folder: Path, size: Size, seed: int = 1) -> None:
    """The exports, below `folder`; nothing to do where they are already there for this size and seed."""
    stamp = folder / "exports.txt"
    said = f"{size} seed {seed}\n"
    if stamp.exists() and stamp.read_text(encoding="utf-8") == said:
        return
    folder.mkdir(parents=True, exist_ok=True)
    stamp.unlink(missing_ok=True)
    for old in folder.glob("*.csv"):
        old.unlink()
    _in_chunks(size.contacts, lambda rows: _contacts(rows, seed), folder / "contacts.csv")
    _in_chunks(size.purchases, lambda rows: _purchases(rows, size, seed), folder / "purchases.csv")
    months = 12
    for month in range(months):
        first, last = (size.events * part // months for part in (month, month + 1))
        made = partial(_activity, first, size, seed)
        _in_chunks(last - first, made, folder / f"activity-{month + 1:02d}.csv")
    stamp.write_text(said, encoding="utf-8")


def _in_chunks(count: int, make: Callable[[pl.Series], pl.DataFrame], path: Path) -> None:
    with path.open("wb") as stream:
        for start in range(0, max(count, 1), _CHUNK):
            rows = pl.Series("row", range(start, min(start + _CHUNK, count)), dtype=pl.UInt64)
            table = make(rows)
            table.write_csv(stream, include_header=start == 0)


def _contacts(rows: pl.Series, seed: int) -> pl.DataFrame:
    mixed = _Mixed(rows, seed)
    return pl.DataFrame({"row": rows}).select(
        email=_address(pl.col("row")),
        first_name=pl.format("Person{}", pl.col("row") % 5000),
        job_title=mixed.pick(1, TITLES),
        state=mixed.sometimes(2, mixed.pick(3, STATES)),
        lead_stage=mixed.pick(4, STAGES),
        age=mixed.sometimes(5, 18 + mixed.below(6, 60)),
        budget=mixed.sometimes(7, (mixed.below(8, 100_000) / 100).round(2)),
        signed_up=_instant(mixed.below(9, DAYS * 3 * 86_400), DAYS * 3).dt.strftime("%Y-%m-%d"),
        newsletter=pl.when(mixed.below(10, 3) > 0).then(pl.lit("true")).otherwise(pl.lit("false")),
    )


def _activity(first: int, size: Size, seed: int, rows: pl.Series) -> pl.DataFrame:
    rows = rows + first
    mixed = _Mixed(rows, seed + 100)
    second = pl.col("row") * (DAYS * 86_400) // max(size.events, 1)
    return pl.DataFrame({"row": rows}).select(
        email=_address(mixed.skewed(1, size.contacts + size.contacts // 50)),
        seen_at=_instant(second + mixed.below(2, 3), DAYS).dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        action=mixed.pick(3, ACTIONS),
        campaign=mixed.sometimes(4, mixed.pick(5, CAMPAIGNS)),
        url=pl.format("https://shop.example{}", mixed.pick(6, PAGES)),
    )


def _purchases(rows: pl.Series, size: Size, seed: int) -> pl.DataFrame:
    mixed = _Mixed(rows, seed + 200)
    second = pl.col("row") * (DAYS * 86_400) // max(size.purchases, 1)
    return pl.DataFrame({"row": rows}).select(
        order_id=pl.col("row") + 100_000,
        email=_address(mixed.skewed(1, size.contacts)),
        ordered_at=_instant(second, DAYS).dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        category=mixed.pick(2, CATEGORIES),
        amount=mixed.sometimes(3, (mixed.below(4, 30_000) / 100).round(2)),
    )


def _address(number: pl.Expr) -> pl.Expr:
    return pl.format("person{}@mail{}.example", number, number % 7)


def _instant(second: pl.Expr, days: int) -> pl.Expr:
    """A moment so many seconds after the beginning of the last `days` days."""
    start = (AS_OF - timedelta(days=days)).replace(tzinfo=None)
    return pl.lit(start).dt.cast_time_unit("us") + pl.duration(seconds=second.cast(pl.Int64))


@dataclass(frozen=True)
class _Mixed:
    """Numbers that look random and depend on the row, the seed and a lane alone (SplitMix64)."""

    rows: pl.Series
    seed: int

    def _number(self, lane: int) -> pl.Expr:
        """From 0 up to 2³¹."""
        mixed = pl.col("row") * 0x9E3779B97F4A7C15 + ((self.seed * 1000 + lane) * 0xD1342543DE82EF95) % 2**64
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            mixed = (mixed ^ (mixed // (1 << shift))) * pl.lit(factor, pl.UInt64)
        return (mixed ^ (mixed // (1 << 31))) // (1 << 33)

    def below(self, lane: int, limit: int) -> pl.Expr:
        return self._number(lane) % limit

    def skewed(self, lane: int, limit: int) -> pl.Expr:
        """Below `limit`, the small ones more often: a few people do much."""
        unit = self._number(lane).cast(pl.Float64) / 2**31
        return (unit * unit * limit).cast(pl.UInt64)

    def pick(self, lane: int, values: Sequence[str]) -> pl.Expr:
        names = pl.Series(list(values), dtype=pl.String)
        return pl.lit(names).gather(self.below(lane, len(values)))

    def sometimes(self, lane: int, value: pl.Expr) -> pl.Expr:
        """Missing once in fifty."""
        return pl.when(self.below(lane, 50) > 0).then(value)


def _short(number: int) -> str:
    for limit, unit in ((1_000_000, "M"), (1_000, "k")):
        if number >= limit:
            return f"{number / limit:g} {unit}"
    return str(number)
