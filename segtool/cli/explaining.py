"""`segtool explain`: a segment in plain words with numbers, and why a contact is on its list or not."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

import segtool
from segtool.cli import console, tables
from segtool.cli.arguments import DEFAULT

if TYPE_CHECKING:
    from segtool.api import Case, Explanation, Seen

_WIDEST = 72
"""Where the values stand beside the conditions; a longer condition pushes its own to the right."""


def explain(
    segment: Annotated[str, typer.Argument(metavar="SEGMENT", help="The segment.")],
    contact: Annotated[str | None, typer.Argument(metavar="ID", help="The id of one contact.")] = None,
    file: Annotated[Path, typer.Option("--file", "-f", metavar="FILE", help="The segments file.")] = DEFAULT,
    as_of: Annotated[
        str | None, typer.Option(metavar="WHEN", help="The instant that counts as now: 2026-05-01 or 2026-05-01T09:00.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Say in plain words who belongs and how many contacts each condition keeps; with ID, why that one is in or out.

    Tells what a run would find now, and writes nothing.

    Exit: 0 done · 2 mistake in the file or the call, or no such contact · 3 the data cannot be used ·
    5 the state cannot be read.
    """
    with console.progress(unseen=as_json) as step:
        config = segtool.load(file)
        if contact is None:
            explanation = segtool.explain(config, segment, as_of=as_of, step=step)
            data, lines = asdict(explanation), _segment(explanation)
        else:
            case = segtool.why(config, segment, contact, as_of=as_of, step=step)
            data, lines = asdict(case), _case(case)
    if as_json:
        sys.stdout.write(json.dumps({"schema": 1, **data}, indent=2, ensure_ascii=False, default=_instant) + "\n")
        return
    out = console.out()
    for line in lines:
        out.print(line)


def _instant(moment: Any) -> str:
    assert isinstance(moment, datetime)
    return moment.isoformat().replace("+00:00", "Z")


def _segment(found: Explanation) -> Iterator[Text]:
    """The segment in words, each line with how many contacts fit it alone, and how many are left of all."""
    yield from _title(found.segment, found)
    if found.description:
        yield console.safe(found.description, "dim")
    yield Text()
    yield console.safe(f"{'fit':>9}{'left':>9}", "bold")
    yield _counted(found.contacts, found.contacts, "all contacts")
    for part in found.parts:
        yield _counted(part.fit, part.left, "  " * part.level + part.text)
    for cut in found.cuts:
        yield _counted(None, cut.left, cut.text)
    yield _counted(None, found.members, f"on the list {found.segment}")
    if found.values:
        yield Text()
        yield from (console.safe(line) for line in found.values)
    yield Text()
    yield console.safe(_last_size(found))


def _case(found: Case) -> Iterator[Text]:
    """Every condition with whether the contact fits it and what was seen, and what came of it."""
    yield from _title(f"{found.contact} on {found.segment}", found)
    yield Text()
    rows = [(part.holds, "  " * part.level + part.text, _values(part)) for part in found.parts]
    rows += [(turn.on, turn.text, turn.detail) for turn in found.turns]
    made = [("  " * worth.level + worth.text, worth.value or "") for worth in found.values]
    width = min(max(len(text) for text in (*(text for _, text, _ in rows), *(text for text, _ in made))), _WIDEST)
    for holds, text, value in rows:
        mark = console.safe("yes  ", "green") if holds else console.safe("no   ", "red")
        yield mark.append_text(_with_value(text, value, width))
    yield Text()
    if made:
        yield from (_with_value(text, value, width + 5) for text, value in made)
        yield Text()
    yield console.safe(f"{'On' if found.on else 'Not on'} the list: {found.why}.", "bold")
    yield console.safe(_since(found))


def _with_value(text: str, value: str, width: int) -> Text:
    said = console.safe(f"{text:<{width}}" if value else text)
    return said.append_text(console.safe(f"  {value}" if value else "", "dim"))


def _title(subject: str, found: Explanation | Case) -> Iterator[Text]:
    yield console.safe(subject + (f" · {found.label}" if found.label else ""), "bold")
    yield console.safe(f"As of {tables.moment(_instant(found.as_of), found.timezone)} {found.timezone}", "dim")


def _counted(fit: int | None, left: int | None, text: str) -> Text:
    numbers = "".join(f"{number:>9,}" if number is not None else " " * 9 for number in (fit, left))
    return console.safe(f"{numbers}  {text}")


def _values(part: Seen) -> str:
    return ", ".join(f"{name}: {value}" if name else value for name, value in part.values.items())


def _run(found: Explanation | Case) -> str:
    assert found.last is not None
    return f"run {found.last.run} ({tables.moment(found.last.as_of, found.timezone)})"


def _last_size(found: Explanation) -> str:
    if found.last is None:
        return "No run has filled this list yet."
    changed = " Its definition has changed since." if found.last.changed else ""
    return f"After {_run(found)} the list had {found.last.members:,}.{changed}"


def _since(found: Case) -> str:
    if found.last is None:
        return "No run has filled this list yet."
    run = f"after {_run(found)}"
    changed = " The definition has changed since." if found.last.changed else ""
    if found.since is None:
        return (f"Not on it {run}; the next run puts it there." if found.on else f"Not on it {run} either.") + changed
    since = f"since {tables.moment(_instant(found.since), found.timezone)}"
    return (f"On it {run}, {since}." if found.on else f"On it {run}, {since}; the next run takes it off.") + changed
