"""The type of every needed column of a source, and how its texts are read: declared, else inferred, else refused."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar

import polars as pl

from segtool.config.columns import Columns, match_name, meant
from segtool.config.frozen import dataclass
from segtool.config.problems import Problems
from segtool.config.settings import SourceSpec
from segtool.sources import inference, numbers, spelling
from segtool.sources.cells import Cells
from segtool.sources.claims import Claim
from segtool.sources.context import STREAMED, Context, Engine
from segtool.sources.dates import READINGS
from segtool.sources.inference import MARKS, Facts
from segtool.sources.spelling import Damaged, Undecided
from segtool.sources.typing import Reading

How = TypeVar("How")
_SLASHED = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.][0-9]{4}")


def facts_of(
    kind: str,
    frame: pl.LazyFrame,
    columns: Sequence[str],
    decimal: str | None,
    dates: Sequence[str],
    engine: Engine = STREAMED,
) -> dict[str, Facts]:
    """What all values of some columns say: `kind` is fits (what undeclared ones could be), orders, marks or addresses.

    `decimal` and `dates` are the readings that may be meant.
    """
    if not columns:
        return {}
    if kind == "fits":
        return inference.fitting(frame, columns, decimal, dates, engine)
    asked = {"orders": spelling.orders, "marks": spelling.marks, "addresses": inference.addresses}
    return asked[kind](frame, columns, engine)


class Told(Protocol):
    """What settles types: one file of a source, or several at once."""

    @property
    def is_workbook(self) -> bool:
        """Whether dates may come from a workbook, which knows them to be dates."""

    @property
    def doubted(self) -> Collection[str]:
        """The columns of which a sample will not do."""

    def facts(
        self, kind: str, columns: Sequence[str], decimal: str | None, dates: Sequence[str], whole: bool
    ) -> dict[str, Facts]:
        """What the values of those columns that are there say of their type: all of them, or a sample will do."""


@dataclass(frozen=True)
class Texts:
    """The text cells of all files of a source at once, of which nothing is kept."""

    read: Cells

    @property
    def is_workbook(self) -> bool:
        return any(file.is_workbook for file in self.read.files)

    @property
    def doubted(self) -> Collection[str]:
        return self.read.columns

    def facts(
        self,
        kind: str,
        columns: Sequence[str],
        decimal: str | None,
        dates: Sequence[str],
        whole: bool,  # noqa: ARG002
    ) -> dict[str, Facts]:
        return facts_of(kind, self.read.frame, columns, decimal, dates)


def _needed(spec: SourceSpec, columns: Columns, context: Context) -> list[str]:
    if context.needed is None:
        return list(columns.types)
    wanted = meant((*context.needed, *(spec.settings.unique or ())), columns.types)
    return [column for column in columns.types if column in wanted]


@dataclass(frozen=True)
class Settled:
    """The types of all columns, how the texts of those that are needed are read, and what was claimed of their values
    on the strength of a sample: typing them shows whether it is so."""

    columns: Columns
    readings: dict[str, Reading]
    claims: dict[str, Claim]


def settle(
    spec: SourceSpec,
    columns: Columns,
    parts: Sequence[Told],
    context: Context,
    problems: Problems,
) -> Settled | None:
    """The type of every needed column over all files, and how its texts are read."""
    s = spec.settings
    needed = _needed(spec, columns, context)
    key = columns.id
    special = {key, match_name(s.event or "", columns.types)}
    open_columns = [name for name in needed if not columns.types[name] and name not in special]
    settled = _with_iso(s.dates, parts)
    fits = _fits(parts, open_columns, s.decimal, settled or READINGS)
    inferred = {name: inference.decided(fits[name].fits) if name in fits else ("text", "") for name in open_columns}
    types = {name: columns.types[name] for name in needed}
    types |= {name: kind for name, (kind, _) in inferred.items()}
    if key in types and types[key] == "":
        types[key] = "email" if _holds_addresses(parts, key, context) else "text"
    time = match_name(s.time or "", columns.types)
    declared = sorted({*types, *([time] if time else [])} - {*inferred})
    dates = [name for name in declared if name == time or types.get(name) in ("date", "datetime")]
    numbers = [name for name in declared if name != time and types.get(name) in ("integer", "number")]
    orders = {} if s.dates else _found("orders", parts, dates)
    marks = {} if s.decimal else _found("marks", parts, numbers)
    readings = {}
    before = len(problems.errors)
    for name, kind in {**types, **({time: "datetime"} if time else {})}.items():
        how = inferred[name][1] if name in inferred else ""
        order = _decided(spec, name, spelling.date_reading(orders[name]) if name in orders else None, problems)
        mark = _decided(spec, name, spelling.decimal_mark(marks[name]) if name in marks else None, problems)
        readings[name] = Reading(
            kind,
            context.zone(spec),
            how if how in MARKS.values() else s.decimal or mark or ".",
            (how,) if how in READINGS else settled or order or ("iso",),
            s.list_separator,
        )
    if len(problems.errors) > before:
        return None
    claims = {name: Claim("unslashed") for name, found in orders.items() if found == Facts()}
    claims |= {name: Claim("plain") for name, found in marks.items() if found == Facts()}
    for name, (kind, how) in inferred.items():
        if kind != "text" and how not in MARKS.values():
            claims[name] = Claim(how or kind, s.decimal or ".", clock=kind == "datetime")
    return Settled(replace(columns, types={**columns.types, **types}), readings, claims)


def _decided(spec: SourceSpec, column: str, found: How | Undecided | Damaged | None, problems: Problems) -> How | None:
    """How a column is read; None after it was said why that cannot be known."""
    if isinstance(found, Undecided):
        _ambiguous(spec, column, found.example, problems)
        return None
    if isinstance(found, Damaged):
        _damaged(spec, column, found, problems)
        return None
    return found


def _fits(parts: Sequence[Told], columns: Sequence[str], decimal: str | None, dates: Sequence[str]) -> dict[str, Facts]:
    """What undeclared columns could be: all values are looked at where a sample leaves room for doubt."""
    found = _sampled("fits", parts, columns, decimal, dates)
    unsure = [name for name, fact in found.items() if not inference.is_sure(fact.fits)]
    return found | _merged("fits", parts, unsure, decimal, dates)


def _found(kind: str, parts: Sequence[Told], columns: Sequence[str]) -> dict[str, Facts]:
    """How declared columns are spelled: all values are looked at where some of a sample are not plain."""
    found = _sampled(kind, parts, columns, None, ())
    odd = [name for name, fact in found.items() if fact != Facts()]
    return found | _merged(kind, parts, odd, None, ())


def _sampled(
    kind: str, parts: Sequence[Told], columns: Sequence[str], decimal: str | None, dates: Sequence[str]
) -> dict[str, Facts]:
    """What a sample says of each column, that of the first file that has a value; and where a sample was wrong, all.

    What the other files hold can only be less than that: they are held to it when they are typed.
    """
    found: dict[str, Facts] = {}
    for part in parts:
        doubted = part.doubted
        wanted = [name for name in columns if name in doubted or name not in found or "empty" in found[name].fits]
        _merge(found, part.facts(kind, wanted, decimal, dates, whole=False))
    return found


def _merged(
    kind: str, parts: Sequence[Told], columns: Sequence[str], decimal: str | None, dates: Sequence[str]
) -> dict[str, Facts]:
    """What all values of all files say of each column."""
    found: dict[str, Facts] = {}
    for part in parts if columns else ():
        _merge(found, part.facts(kind, columns, decimal, dates, whole=True))
    return found


def _merge(found: dict[str, Facts], others: Mapping[str, Facts]) -> None:
    for name, fact in others.items():
        found[name] = found[name].and_of(fact) if name in found else fact


def _with_iso(dates: tuple[str, ...] | None, parts: Sequence[Told]) -> tuple[str, ...] | None:
    """The readings a source names, and ISO after them where that cannot be mistaken for one of them.

    Days and months in a settled order leave ISO as it is; dates that a workbook knows to be dates come as ISO.
    """
    if dates is None or "iso" in dates:
        return dates
    plain = all(how in READINGS for how in dates) or any(part.is_workbook for part in parts)
    return (*dates, "iso") if plain else dates


def _ambiguous(spec: SourceSpec, column: str, example: str, problems: Problems) -> None:
    at = spec.place("types", column) or spec.at
    whose = f'"{column}" of "{spec.name}" can be read in two ways'
    if not _SLASHED.match(example):
        point, comma = (_shown(example, mark) for mark in (".", ","))
        message = f"{whose}: {example} is {point}, or {comma}; say decimal: '.' or decimal: ','"
        problems.error("ambiguous-numbers", message, at)
        return
    first, second = (int(part) for part in _SLASHED.match(example).groups())  # type: ignore[union-attr]
    message = (
        f"{whose}: {example} is day {first} of month {second}, or day {second} of month {first}; "
        "say dates: day_first or dates: month_first"
    )
    problems.error("ambiguous-dates", message, at)


def _shown(example: str, mark: str) -> str:
    return f"{numbers.marked(pl.Series([example]), mark).item():.12g}"


def _damaged(spec: SourceSpec, column: str, found: Damaged, problems: Problems) -> None:
    message = (
        f'"{column}" of "{spec.name}" is damaged: a spreadsheet took some of its dates for others, such as '
        f"{found.taken} (each of these has a day up to 12), and left others, such as {found.left}; "
        "export it again and use that file unopened, or say dates: if these are right"
    )
    problems.error("damaged-dates", message, spec.place("types", column) or spec.at)


def _holds_addresses(parts: Sequence[Told], key: str, context: Context) -> bool:
    if context.address is not None:
        return context.address
    found = _merged("addresses", parts, [key], None, ())
    return key in found and found[key].addresses > found[key].values / 2
