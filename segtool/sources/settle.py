"""The type of every needed column of a source, and how its texts are read: declared, else inferred, else refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from segtool.config.columns import Columns, match_name
from segtool.config.problems import Problems
from segtool.config.settings import SourceSpec
from segtool.sources import inference
from segtool.sources.cells import Cells
from segtool.sources.context import ADDRESS, Context
from segtool.sources.typing import READINGS, Reading


def _needed(spec: SourceSpec, columns: Columns, context: Context) -> list[str]:
    if context.needed is None:
        return list(columns.types)
    wanted = {match_name(name, columns.types) for name in (*context.needed, *(spec.settings.unique or ()))}
    return [column for column in columns.types if column in wanted]


def settle(
    spec: SourceSpec,
    columns: Columns,
    read: Cells,
    context: Context,
    problems: Problems,
) -> tuple[Columns, dict[str, Reading]] | None:
    """The type of every needed column, and how its texts are read."""
    s = spec.settings
    needed = _needed(spec, columns, context)
    key = columns.id
    special = {key, match_name(s.event or "", columns.types)}
    open_columns = [name for name in needed if not columns.types[name] and name not in special]
    settled = _with_iso(s.dates, read)
    inferred = inference.infer(read.frame, open_columns, s.decimal, settled or READINGS)
    types = {name: columns.types[name] for name in needed}
    types |= {name: kind for name, (kind, _) in inferred.items()}
    if key in types and types[key] == "":
        types[key] = "email" if _holds_addresses(read, key, context) else "text"
    time = match_name(s.time or "", columns.types)
    declared_dates = [name for name in {*types, *([time] if time else [])} if _is_date(name, types, time, inferred)]
    decided = {} if s.dates else inference.date_readings(read.frame, sorted(declared_dates))
    readings = {}
    for name, kind in {**types, **({time: "datetime"} if time else {})}.items():
        dates = (inferred[name][1],) if name in inferred and inferred[name][1] else settled
        chosen = decided.get(name)
        if isinstance(chosen, inference.Undecided):
            _ambiguous(spec, name, chosen.example, problems)
            return None
        zone = context.zone(spec)
        readings[name] = Reading(kind, zone, s.decimal, dates or chosen or ("iso",), s.list_separator)
    return replace(columns, types={**columns.types, **types}), readings


def _is_date(name: str, types: Mapping[str, str], time: str | None, inferred: Mapping[str, tuple[str, str]]) -> bool:
    return name not in inferred and (name == time or types.get(name) in ("date", "datetime"))


def _with_iso(dates: tuple[str, ...] | None, read: Cells) -> tuple[str, ...] | None:
    """The readings a source names, and ISO after them where that cannot be mistaken for one of them.

    Days and months in a settled order leave ISO as it is; dates that a workbook knows to be dates come as ISO.
    """
    if dates is None or "iso" in dates:
        return dates
    plain = all(how in READINGS for how in dates) or any(file.is_workbook for file in read.files)
    return (*dates, "iso") if plain else dates


def _ambiguous(spec: SourceSpec, column: str, example: str, problems: Problems) -> None:
    first, second, *_ = example.replace("-", "/").replace(".", "/").split("/")
    message = (
        f'"{column}" of "{spec.name}" can be read in two ways: {example} is day {int(first)} of month {int(second)}, '
        f"or day {int(second)} of month {int(first)}; say dates: day_first or dates: month_first"
    )
    problems.error("ambiguous-dates", message, spec.place("types", column) or spec.at)


def _holds_addresses(read: Cells, key: str, context: Context) -> bool:
    if context.address is not None:
        return context.address
    share = read.frame.select(pl.col(key).str.contains(ADDRESS).mean()).collect(engine="streaming").item()
    return share is not None and share > 0.5
