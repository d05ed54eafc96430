"""`segtool show`: who is on a list."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

import segtool
from segtool.cli import console, tables
from segtool.cli.arguments import DEFAULT

if TYPE_CHECKING:
    from segtool.api import Listing

Form = Literal["table", "csv", "json"]
SCREEN = 40
"""How many rows a terminal shows unless it is told otherwise."""


def show(
    segment: Annotated[str, typer.Argument(metavar="SEGMENT", help="The list.")],
    file: Annotated[Path, typer.Option("--file", "-f", metavar="FILE", help="The segments file.")] = DEFAULT,
    limit: Annotated[int | None, typer.Option(min=1, metavar="N", help="Only so many members.")] = None,
    form: Annotated[Form, typer.Option("--format", help="How it is printed.")] = "table",
    as_json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
) -> None:
    """Show who is on a list since the last run, with the columns of its file.

    A terminal shows the first 40; into a pipe go all of them, separated by tabs.

    Exit: 0 done · 2 no such list, or no run yet · 5 the state cannot be read.
    """
    found = segtool.show(segtool.load(file), segment)
    terminal = console.on_terminal()
    form = "json" if as_json else form
    most = SCREEN if limit is None and form == "table" and terminal else limit
    rows = islice(found.rows(), most)
    left_out = 0
    if form == "json":
        _json(found, rows)
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(found.columns)
        writer.writerows(rows)
    elif terminal:
        out = console.out()
        table = tables.listing(found.columns, list(rows), out.width)
        out.print(table)
        left_out = len(found.columns) - len(table.columns)
    else:
        for row in (found.columns, *rows):
            sys.stdout.write("\t".join(console.safe(cell).plain for cell in row) + "\n")
    sys.stdout.flush()
    if form == "table":
        _narrate(found, most if terminal else None, left_out)


def _json(found: Listing, rows: Iterator[tuple[str, ...]]) -> None:
    data = {
        "schema": 1,
        "segment": found.segment,
        "label": found.label,
        "run": found.run,
        "as_of": found.as_of,
        "members": found.members,
        "columns": found.columns,
        "rows": list(rows),
    }
    sys.stdout.write(json.dumps(data, indent=2, ensure_ascii=False) + "\n")


def _narrate(found: Listing, most: int | None, left_out: int) -> None:
    """Which list this is, and what of it is not shown."""
    if console.on_terminal():
        run = f"run {found.run} ({tables.moment(found.as_of, found.timezone)})"
        people = f"{found.members:,} member{'' if found.members == 1 else 's'}"
        more = f"; the first {most:,} are shown, --limit shows more" if most and most < found.members else ""
        wide = f"; {left_out} more column{'s have' if left_out > 1 else ' has'} no room here, --format csv shows all"
        console.tell(f"{found.segment}: {people} after {run}{more}{wide if left_out else ''}", "dim")
    if found.altered:
        message = "its file is not as the run wrote it; these are the ids and the dates of entry that the run remembers"
        console.tell(f"note: {message}", "yellow")
