"""The type of every needed column of a source, and how its texts are read: declared, else inferred, else refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from segtool.config.columns import Columns, match_name
from segtool.config.problems import Problems
from segtool.config.settings import SourceSpec
from segtool.sources import inference
from segtool.sources.cells import Cells
from segtool.sources.context import Context
from segtool.sources.dates import READINGS
from segtool.sources.inference import Facts
from segtool.sources.typing import Reading


class Told(Protocol):
    """What settles types: one file of a source, or several at once."""

    @property
    def is_workbook(self) -> bool:
        """Whether dates may come from a workbook, which knows them to be dates."""

    def facts(self, kind: str, columns: Sequence[str], decimal: str, dates: Sequence[str]) -> dict[str, Facts]:
        """What all values of those columns that are there say of their type."""


@dataclass(frozen=True)
class Texts:
    """The text cells of all files of a source at once, of which nothing is kept."""

    read: Cells

    @property
    def is_workbook(self) -> bool:
        return any(file.is_workbook for file in self.read.files)

    def facts(self, kind: str, columns: Sequence[str], decimal: str, dates: Sequence[str]) -> dict[str, Facts]:
        return inference.facts(kind, self.read.frame, columns, decimal, dates)


def _needed(spec: SourceSpec, columns: Columns, context: Context) -> list[str]:
    if context.needed is None:
        return list(columns.types)
    wanted = {match_name(name, columns.types) for name in (*context.needed, *(spec.settings.unique or ()))}
    return [column for column in columns.types if column in wanted]


def settle(
    spec: SourceSpec,
    columns: Columns,
    parts: Sequence[Told],
    context: Context,
    problems: Problems,
) -> tuple[Columns, dict[str, Reading]] | None:
    """The type of every needed column over all files, and how its texts are read."""
    s = spec.settings
    needed = _needed(spec, columns, context)
    key = columns.id
    special = {key, match_name(s.event or "", columns.types)}
    open_columns = [name for name in needed if not columns.types[name] and name not in special]
    settled = _with_iso(s.dates, parts)
    fits = _merged("fits", parts, open_columns, s.decimal, settled or READINGS)
    inferred = {name: inference.decided(fits[name].fits) if name in fits else ("text", "") for name in open_columns}
    types = {name: columns.types[name] for name in needed}
    types |= {name: kind for name, (kind, _) in inferred.items()}
    if key in types and types[key] == "":
        types[key] = "email" if _holds_addresses(parts, key, context) else "text"
    time = match_name(s.time or "", columns.types)
    declared = sorted(name for name in {*types, *([time] if time else [])} if _is_date(name, types, time, inferred))
    orders = {} if s.dates else _merged("orders", parts, declared, s.decimal, ())
    readings = {}
    for name, kind in {**types, **({time: "datetime"} if time else {})}.items():
        dates = (inferred[name][1],) if name in inferred and inferred[name][1] else settled
        chosen = inference.date_reading(orders[name]) if name in orders else None
        if isinstance(chosen, inference.Undecided):
            _ambiguous(spec, name, chosen.example, problems)
            return None
        zone = context.zone(spec)
        readings[name] = Reading(kind, zone, s.decimal, dates or chosen or ("iso",), s.list_separator)
    return replace(columns, types={**columns.types, **types}), readings


def _merged(
    kind: str, parts: Sequence[Told], columns: Sequence[str], decimal: str, dates: Sequence[str]
) -> dict[str, Facts]:
    """What the values of all files say of each column."""
    found: dict[str, Facts] = {}
    for part in parts:
        for name, fact in part.facts(kind, columns, decimal, dates).items():
            found[name] = found[name].and_of(fact) if name in found else fact
    return found


def _is_date(name: str, types: Mapping[str, str], time: str | None, inferred: Mapping[str, tuple[str, str]]) -> bool:
    return name not in inferred and (name == time or types.get(name) in ("date", "datetime"))


def _with_iso(dates: tuple[str, ...] | None, parts: Sequence[Told]) -> tuple[str, ...] | None:
    """The readings a source names, and ISO after them where that cannot be mistaken for one of them.

    Days and months in a settled order leave ISO as it is; dates that a workbook knows to be dates come as ISO.
    """
    if dates is None or "iso" in dates:
        return dates
    plain = all(how in READINGS for how in dates) or any(part.is_workbook for part in parts)
    return (*dates, "iso") if plain else dates


def _ambiguous(spec: SourceSpec, column: str, example: str, problems: Problems) -> None:
    first, second, *_ = example.replace("-", "/").replace(".", "/").split("/")
    message = (
        f'"{column}" of "{spec.name}" can be read in two ways: {example} is day {int(first)} of month {int(second)}, '
        f"or day {int(second)} of month {int(first)}; say dates: day_first or dates: month_first"
    )
    problems.error("ambiguous-dates", message, spec.place("types", column) or spec.at)


def _holds_addresses(parts: Sequence[Told], key: str, context: Context) -> bool:
    if context.address is not None:
        return context.address
    found = _merged("addresses", parts, [key], "", ())
    return key in found and found[key].addresses > found[key].values / 2
