"""What the workbook says: a summary with every rule in words, and for each list a sheet of its people and its changes.

A list that is longer than a sheet goes on on the next one. Sheets are made one after the other as they are asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import count
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import polars as pl

from segtool.config.description import definition_lines
from segtool.config.settings import Config
from segtool.lists.changes import CHANGE, REASON
from segtool.output import csv, lists
from segtool.output.report import Report
from segtool.output.worksheet import COLUMNS, ROWS, Sheet

if TYPE_CHECKING:
    from segtool.output.files import Outputs

FILE = "segments.xlsx"
SUMMARY = "Summary"

_LONGEST = 31
_RESERVED = {"history", SUMMARY.casefold()}
"""Names of sheets that Excel, or we, use for something else."""
_RULE = "who is on it"


def sheet_names(config: Config) -> tuple[str, ...]:
    """The names of all sheets, but for those on which a very long list goes on."""
    pairs = _names([name for name, spec in config.segments.items() if spec.settings.list])
    return (SUMMARY, *(name for pair in pairs.values() for name in pair))


def sheets(outputs: Outputs) -> Iterator[Sheet]:
    """Every sheet of a run, in order."""
    yield _summary(outputs.report, outputs.config)
    names = _names([line.segment for line in outputs.report.lines if line.listed])
    taken = {SUMMARY.casefold(), *(name.casefold() for pair in names.values() for name in pair)}
    taken |= {name.casefold() for name in outputs.template.sheets}
    for segment, (people, changes) in names.items():
        layout, change = outputs.layouts[segment], outputs.told()[segment]
        found = lists.positions(change.now.members, outputs.crossing, outputs.contacts, layout)
        yield from _parts(people, lists.table(found, outputs.contacts, layout), taken)
        moved = lists.changed(change)
        shown = lists.table(moved, outputs.contacts, layout)
        yield from _parts(changes, csv.between(moved.select(CHANGE), shown, moved.select(REASON)), taken)


def _names(segments: Collection[str]) -> dict[str, tuple[str, str]]:
    """The sheets of each list: its own, and that of its changes. Names of segments are safe but for their length."""
    taken = set(_RESERVED)
    found = {}
    for segment in segments:
        people = _free(segment, "", taken)
        found[segment] = (people, _free(segment, " changes", taken | {people.casefold()}))
        taken |= {name.casefold() for name in found[segment]}
    return found


def _free(name: str, end: str, taken: Collection[str]) -> str:
    """`name` and `end`, cut and numbered until no other sheet is called so."""
    ends = (end if number == 1 else f"{end} ({number})" for number in count(1))
    names = (f"{name[: _LONGEST - len(end)]}{end}" for end in ends)
    return next(fitting for fitting in names if fitting.casefold() not in taken)


def _parts(name: str, table: pl.DataFrame, taken: set[str]) -> Iterator[Sheet]:
    """The sheets of one table: more than one where it is longer than a sheet."""
    missing = table.width - COLUMNS
    below = (f"{missing:,} more columns are not shown: a sheet has {COLUMNS:,}",) if missing > 0 else ()
    size = ROWS - 1 - (len(below) + 2 if below else 0)
    for start in range(0, max(table.height, 1), size):
        if start:
            name = _free(name.partition(" (")[0], "", taken)
            taken.add(name.casefold())
        yield Sheet(name, table.slice(start, size).select(table.columns[:COLUMNS]), below=below)


def _summary(report: Report, config: Config) -> Sheet:
    rows = [
        {
            "segment": line.segment,
            "label": line.label,
            "members": line.members,
            "entered": line.entered,
            "left": line.left,
            "change": line.net,
            "note": note,
            _RULE: "\n".join(definition_lines(config.segments[line.segment], config)),
            "description": config.segments[line.segment].settings.description,
        }
        for line, note in zip(report.lines, report.summary().get_column("note"), strict=True)
    ]
    texts = dict.fromkeys(("segment", "label", "note", _RULE, "description"), pl.String)
    table = pl.DataFrame(rows, schema_overrides=texts)
    guards = tuple(verdict.message for verdict in report.guards)
    return Sheet(SUMMARY, table, (_title(report),), guards, (_RULE, "description"))


def _title(report: Report) -> str:
    now = _moment(report.as_of, report.timezone)
    before = "the first run: everyone entered"
    if report.previous is not None and report.previous_as_of is not None:
        before = f"changes since run {report.previous} of {_moment(report.previous_as_of, report.timezone)}"
    return f"Run {report.serial}, as of {now} {report.timezone}; {before}"


def _moment(instant: str, zone: str) -> str:
    return datetime.fromisoformat(instant).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
