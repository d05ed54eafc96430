"""`segtool profile`: what is in the files."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import segtool
from segtool.cli import console, tables
from segtool.cli.arguments import DEFAULT

if TYPE_CHECKING:
    from segtool.api.profiling import SourceProfile
    from segtool.config.settings import Config
    from segtool.sources.facts import Facts

_SETTINGS = (".yaml", ".yml")


def profile(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILES", help="A segments file, or export files themselves.")
    ] = None,
    values: Annotated[
        list[str] | None, typer.Option(metavar="COLUMN", help="Show the values of this column, whatever they tell.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say what the sources hold: types, how full, how many values, which are frequent, from when to when.

    Ids, addresses, names and birthdays are counted and not shown, unless --values asks for them.

    Exit: 0 done · 2 mistake in the file or the call · 3 the data cannot be used.
    """
    # Deferred: data frames are imported only when there is something to read.
    from segtool.api.profiling import profile as describe  # noqa: PLC0415

    with console.progress(as_json) as step:
        found = describe(_config(files or [str(DEFAULT)]), tuple(values or ()), step=step)
    if as_json:
        data = {"schema": 1, "sources": [_data(one) for one in found]}
        sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False, default=_spelled) + "\n")
    elif console.on_terminal():
        for one in found:
            _show(one)
    else:
        rows = (row for one in found for row in _rows(one))
        sys.stdout.write("".join("\t".join(console.safe(cell).plain for cell in row) + "\n" for row in rows))


def _config(files: list[str]) -> Config:
    if len(files) == 1 and Path(files[0]).suffix.lower() in _SETTINGS:
        return segtool.load(files[0])
    from segtool.api.starting import drafted  # noqa: PLC0415

    return drafted(files, Path.cwd())


def _data(one: SourceProfile) -> dict[str, Any]:
    columns = [{**asdict(fact), "private": fact.name in one.private} for fact in one.columns]
    head: dict[str, Any] = {"name": one.name, "role": one.role, "files": one.files, "rows": asdict(one.accounting)}
    if one.role == "contacts":
        return {**head, "columns": columns}
    head |= {"matching": one.matching, "people": one.people}
    if one.role == "events":
        head |= {"events": dict(one.events), "oldest": one.oldest, "newest": one.newest}
    return {**head, "columns": columns}


def _spelled(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, date) else str(value)


def _rows(one: SourceProfile) -> Iterator[tuple[str, ...]]:
    """Source, column, type, filled, distinct, least, greatest, frequent values: for other programs to read."""
    for fact in one.columns:
        ends = ("" if end is None else _spelled(end) for end in (fact.least, fact.greatest))
        yield one.name, fact.name, fact.type, str(fact.filled), str(fact.distinct), *ends, _frequent(fact)


def _frequent(fact: Facts) -> str:
    return ", ".join(f"{_spelled(value)} ({count:,})" for value, count in fact.top)


def _show(one: SourceProfile) -> None:
    out = console.out()
    files = [*one.files[:3], f"and {len(one.files) - 3} more"] if len(one.files) > 4 else one.files
    out.print(console.safe(f"{one.name} · {one.role} · {', '.join(files)}", "bold"))
    out.print(console.safe(_counts(one)))
    out.print()
    out.print(tables.columns([_line(one, fact) for fact in one.columns], out.width))
    out.print()


def _line(one: SourceProfile, fact: Facts) -> tuple[str, ...]:
    share = f"{fact.filled / one.accounting.kept:.0%}" if one.accounting.kept else ""
    values = "not shown" if fact.name in one.private else _values(fact)
    return fact.name, fact.type, share, f"{fact.distinct:,}", values


def _counts(one: SourceProfile) -> str:
    """The rows, and for events what happened when to whom."""
    said = [f"{one.accounting.kept:,} rows kept of {one.accounting.read:,}"]
    if one.role != "contacts":
        said.append(f"{one.matching:,} of them of {one.people:,} contacts")
    if one.oldest is not None and one.newest is not None:
        said.append(f"from {one.oldest:%Y-%m-%d} to {one.newest:%Y-%m-%d}")
    if one.events:
        said.append(", ".join(f"{name} {count:,}" for name, count in one.events[:8]))
    return " · ".join(said)


def _values(fact: Facts) -> str:
    if fact.top:
        return _frequent(fact)
    if fact.least is None:
        return ""
    return f"{_spelled(fact.least)} … {_spelled(fact.greatest)}"
