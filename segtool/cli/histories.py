"""`segtool history`: how the lists grew and shrank, and where they are going."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import segtool
from segtool.cli import console, tables
from segtool.cli.arguments import DEFAULT

if TYPE_CHECKING:
    from segtool.api import History, ListHistory
    from segtool.lists.forecast import Forecast


_SHOWN = 30
"""How many runs of a list are shown on a terminal, if not all of them are asked for."""


def history(
    segment: Annotated[
        str | None, typer.Argument(metavar="SEGMENT", help="One list, run by run; all lists if none is named.")
    ] = None,
    file: Annotated[Path, typer.Option("--file", "-f", metavar="FILE", help="The segments file.")] = DEFAULT,
    whole: Annotated[bool, typer.Option("--all", help="Show every run of the list, not the last 30.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show the sizes of the lists over the runs, and a forecast for 30 days.

    Into a pipe go the runs of every list, separated by tabs: list, run, as of, members, entered, left, change, note.

    Exit: 0 done · 2 no such list, or no run yet · 5 the state cannot be read.
    """
    found = segtool.history(segtool.load(file), [segment] if segment is not None else [])
    if as_json:
        sys.stdout.write(json.dumps(_data(found), indent=2, ensure_ascii=False) + "\n")
    elif not console.on_terminal():
        _lines(found)
    elif segment is not None:
        _one(found[segment], found.timezone, len(found[segment].moments) if whole else _SHOWN)
    else:
        _all(found)


def _data(found: History) -> dict[str, Any]:
    return {"schema": 1, "segments": [_list_data(one) for one in found.lists.values()]}


def _list_data(one: ListHistory) -> dict[str, Any]:
    runs = [{**asdict(moment), "net": moment.net} for moment in one.moments]
    return {"segment": one.segment, "label": one.label, "runs": runs, "forecast": _forecast_data(one)}


def _forecast_data(one: ListHistory) -> dict[str, Any]:
    found = one.forecast
    if found is None:
        return {"why_not": one.why_not}
    return {
        "days": 30,
        "expected": found.expected,
        "low": found.low,
        "high": found.high,
        "confidence": 0.9,
        "per_day": round(found.flow, 3),
        "per_day_error": round(found.error, 3),
        "runs": found.runs,
        "since": found.since.isoformat().replace("+00:00", "Z"),
    }


def _lines(found: History) -> None:
    for one in found.lists.values():
        for moment in one.moments:
            numbers = (moment.members, moment.entered, moment.left, moment.net)
            cells = (one.segment, moment.run, moment.as_of, *numbers, moment.note)
            sys.stdout.write("\t".join(console.safe(str(cell)).plain for cell in cells) + "\n")


def _all(found: History) -> None:
    console.out().print(tables.histories(found.lists.values()))
    known = [one.forecast is not None for one in found.lists.values()]
    if any(known):
        said = "In 30 days: nine times in ten between these two, if people come and go as they have."
        console.tell(said, "dim")
    if not all(known):
        console.tell("?: no forecast yet; segtool history NAME says why.", "dim")


def _one(one: ListHistory, zone: str, most: int) -> None:
    out = console.out()
    out.print(console.safe(f"{one.segment}{' · ' + one.label if one.label else ''}", "bold"))
    out.print()
    out.print(tables.moments(one.moments[-most:], zone))
    if len(one.moments) > most:
        before = len(one.moments) - most
        runs = "1 run" if before == 1 else f"{before:,} runs"
        console.tell(f"{runs} before these: segtool history {one.segment} --all", "dim")
    out.print()
    sizes = [moment.members for moment in one.moments]
    out.print(console.safe(f"{tables.graph(sizes)}  {min(sizes):,} to {max(sizes):,}"))
    out.print(console.safe(_in_words(one.forecast, zone) if one.forecast else f"No forecast: {one.why_not}."))


def _in_words(found: Forecast, zone: str) -> str:
    since = tables.moment(found.since.isoformat(), zone)
    flow = f"{tables.signed(found.flow)} a day, give or take {found.error:,.1f}"
    return (
        f"In 30 days: about {found.expected:,}, nine times in ten between {found.low:,} and {found.high:,},"
        f" if people come and go as in the {found.runs} runs since {since} ({flow})."
    )
