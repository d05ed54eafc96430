"""`segtool diff`: two runs, side by side."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

import segtool
from segtool.cli import console, tables
from segtool.cli.arguments import DEFAULT
from segtool.cli.exits import Exit
from segtool.config.problems import ConfigError, Problem, suggestion

if TYPE_CHECKING:
    from segtool.api import Difference
    from segtool.lists.changes import Change

Form = Literal["table", "csv", "json"]


def diff(
    old: Annotated[
        str, typer.Argument(metavar="OLD", help="A run: its number, a date, latest or previous.")
    ] = "previous",
    new: Annotated[str, typer.Argument(metavar="NEW", help="The run to compare it with.")] = "latest",
    file: Annotated[Path, typer.Option("--file", "-f", metavar="FILE", help="The segments file.")] = DEFAULT,
    segment: Annotated[
        list[str] | None, typer.Option("--segment", "-s", metavar="SEGMENT", help="Only this list.")
    ] = None,
    members: Annotated[bool, typer.Option("--members", "-m", help="Name who entered and who left.")] = False,
    form: Annotated[Form, typer.Option("--format", help="How it is printed.")] = "table",
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON document with who came, who went, and why.")
    ] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit 1 when there are differences.")] = False,
) -> None:
    """Say who entered and who left between two runs.

    Exit: 0 done · 1 there are differences (with --exit-code) · 2 no such run or list.
    """
    config = segtool.load(file)
    found = segtool.diff(config, old, new)
    chosen = _chosen(found, segment or [])
    if form == "json" or as_json:
        sys.stdout.write(json.dumps(_data(found, chosen, members or as_json), indent=2, ensure_ascii=False) + "\n")
    elif form == "csv":
        _csv(chosen, members)
    else:
        _show(found, chosen, members)
    if exit_code and any(change.entered.height or change.left.height for change in chosen.values()):
        raise typer.Exit(Exit.DIFFERENT)


def _chosen(found: Difference, wanted: list[str]) -> dict[str, Change]:
    for name in wanted:
        if name not in found.changes:
            message = f'there is no list "{name}" in these runs{suggestion(name, found.changes)}'
            raise ConfigError([Problem("unknown-segment", message)])
    return {name: change for name, change in found.changes.items() if not wanted or name in wanted}


def _rows(change: Change) -> Iterator[tuple[str, str, str]]:
    for word, part in (("entered", change.entered), ("left", change.left)):
        for member, reason in part.iter_rows():
            yield word, member, reason


def _data(found: Difference, chosen: dict[str, Change], members: bool) -> dict[str, Any]:
    lists = []
    for name, change in chosen.items():
        numbers: dict[str, Any] = {
            "segment": name,
            "before": change.before,
            "members": change.now.members.height,
            "entered": change.entered.height,
            "left": change.left.height,
            "note": change.note,
        }
        if members:
            numbers["changes"] = [{"change": w, "id": i, "reason": r} for w, i, r in _rows(change)]
        lists.append(numbers)
    runs = {"old": {"run": found.old, "as_of": found.old_as_of}, "new": {"run": found.new, "as_of": found.new_as_of}}
    return {"schema": 1, **runs, "segments": lists}


def _csv(chosen: dict[str, Change], members: bool) -> None:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    if members:
        writer.writerow(("segment", "change", "id", "reason"))
        writer.writerows((name, *row) for name, change in chosen.items() for row in _rows(change))
        return
    writer.writerow(("segment", "before", "members", "entered", "left", "note"))
    writer.writerows(_numbers(chosen))


def _numbers(chosen: dict[str, Change]) -> Iterable[tuple[str, int, int, int, int, str]]:
    for name, change in chosen.items():
        now = change.now.members.height
        yield name, change.before, now, change.entered.height, change.left.height, change.note


def _show(found: Difference, chosen: dict[str, Change], members: bool) -> None:
    out = console.out()
    if not console.on_terminal():
        rows: list[tuple[object, ...]] = list(_numbers(chosen))
        if members:
            rows += [(name, *row) for name, change in chosen.items() for row in _rows(change)]
        for row in rows:
            sys.stdout.write("\t".join(console.safe(str(cell)).plain for cell in row) + "\n")
        return
    old, new = tables.moment(found.old_as_of, found.timezone), tables.moment(found.new_as_of, found.timezone)
    out.print(console.safe(f"Run {found.old} ({old}) → run {found.new} ({new})", "bold"))
    out.print()
    out.print(tables.differences(_numbers(chosen)))
    if members:
        for name, change in chosen.items():
            if change.entered.height or change.left.height:
                out.print()
                out.print(console.safe(name, "bold"))
                for word, who, why in _rows(change):
                    sign, colour = ("+", "green") if word == "entered" else ("−", "red")
                    out.print(console.safe(f"  {sign} {who}", colour).append_text(console.safe(f"  {why}", "dim")))
