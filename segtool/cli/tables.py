"""Reports and differences → tables for a terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import accumulate
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table

from segtool.cli.console import safe

if TYPE_CHECKING:
    from segtool.api import ListHistory, Moment
    from segtool.output.report import Line, Report


_NAME = 12
_BARS = "▁▂▃▄▅▆▇█"
_PLAIN_BARS = "_.-=+*%#"
"""For a terminal that has no blocks."""


def moment(as_of: str, zone: str) -> str:
    """An instant as people of the zone say it."""
    local = datetime.fromisoformat(as_of).astimezone(ZoneInfo(zone))
    return local.strftime("%Y-%m-%d %H:%M")


def show_run(report: Report, console: Console) -> None:
    """The tables of a run."""
    against = "first run, so everyone entered"
    if report.previous is not None and report.previous_as_of is not None:
        against = f"changes since run {report.previous} ({moment(report.previous_as_of, report.timezone)})"
    title = f"Run {report.serial}" if not report.dry_run else "Dry run (nothing is written)"
    console.print(
        safe(f"{title} · as of {moment(report.as_of, report.timezone)} {report.timezone} · {against}", "bold")
    )
    console.print()
    console.print(_sources(report))
    console.print()
    console.print(_segments(report.lines))
    if report.moves:
        console.print()
        console.print(_moves(report))


class _Whole(Table):
    """A table whose columns on the right are never cut: in a narrow terminal the texts give way, the longest first."""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        widths = [max(map(_width, (column.header, *column.cells))) for column in self.columns]
        texts = [place for place, column in enumerate(self.columns) if column.justify != "right"]
        excess = sum(widths) + 2 * len(widths) - options.max_width
        while excess > 0 and max((widths[place] for place in texts), default=0) > _NAME:
            widths[max(texts, key=widths.__getitem__)] -= 1
            excess -= 1
        for column, width in zip(self.columns, widths, strict=True):
            column.width = width
        yield from super().__rich_console__(console, options)


_READABLE = 32
"""A column of a list is no wider than this where others have no room."""


def _width(cell: object) -> int:
    return cell_len(str(cell))


def _table(*columns: str, numbers_from: int = 1) -> Table:
    """A table without lines: texts on the left, cut off rather than wrapped; numbers on the right, never cut."""
    table = _Whole(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for position, name in enumerate(columns):
        number = position >= numbers_from
        width = _NAME if not number and not position else None
        table.add_column(name, justify="right" if number else "left", no_wrap=True, min_width=width)
    return table


def _sources(report: Report) -> Table:
    """The account of every source: read = kept + duplicates + rejected + filtered. Columns of zeros are left out."""
    counts = {
        "Read": [line.accounting.read for line in report.sources],
        "Kept": [line.accounting.kept for line in report.sources],
        "Duplicates": [line.accounting.duplicates for line in report.sources],
        "Rejected": [line.accounting.rejected for line in report.sources],
        "Filtered": [line.accounting.filtered for line in report.sources],
        "Bad cells": [line.accounting.cells for line in report.sources],
        "Strangers": [line.accounting.strangers for line in report.sources],
    }
    shown = {name: numbers for name, numbers in counts.items() if any(numbers) or name in ("Read", "Kept")}
    table = _table("Source", *shown)
    for position, line in enumerate(report.sources):
        table.add_row(safe(line.source), *(_count(numbers[position]) for numbers in shown.values()))
    return table


def _segments(lines: Sequence[Line]) -> Table:
    table = _table("Segment", "", "Members", "Entered", "Left", "Change", numbers_from=2)
    for line in lines:
        mark = "! " if line.held else ""
        style = "yellow" if line.held else "" if line.listed else "dim"
        table.add_row(
            safe(mark + line.segment, style),
            safe(line.label or "", "dim"),
            _count(line.members),
            _count(line.entered),
            _count(line.left),
            signed(line.net),
        )
    return table


def _moves(report: Report) -> Table:
    """Who went from one list of an exclusive group to another."""
    table = _table("Group", "From", "To", "Contacts", numbers_from=3)
    for move in report.moves:
        table.add_row(safe(move.group), safe(move.origin), safe(move.target), _count(move.contacts))
    return table


def _count(number: int) -> str:
    return f"{number:,}"


def signed(number: float) -> str:
    """`+3`, `−2`, `+0.5`, `0`."""
    short = number if isinstance(number, int) else round(number, 1)
    return f"{short:+,}".replace("-", "−") if short else "0"


def differences(rows: Iterable[tuple[str, int, int, int, int, str]]) -> Table:
    """Segment, before, members, entered, left and note, as a table."""
    table = _table("Segment", "Before", "Now", "Entered", "Left", "Change")
    table.add_column("", style="dim")
    for name, before, now, entered, left, note in rows:
        numbers = (_count(before), _count(now), _count(entered), _count(left), signed(entered - left))
        table.add_row(safe(name), *numbers, safe(note))
    return table


def graph(sizes: Sequence[int], width: int = 60) -> str:
    """Sizes as a row of bars between the smallest and the largest; of many, as many as fit, the last among them."""
    most = len(sizes) - 1
    shown = sizes if len(sizes) <= width else [sizes[round(most * step / (width - 1))] for step in range(width)]
    low, high = min(shown), max(shown)
    bars = _BARS if _can_be_shown(_BARS) else _PLAIN_BARS
    return "".join(bars[round((len(bars) - 1) * (size - low) / (high - low)) if high > low else 0] for size in shown)


def _can_be_shown(text: str) -> bool:
    try:
        text.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:
        return False
    return True


def histories(lists: Iterable[ListHistory]) -> Table:
    """Every list: its size now, how it came to that, and in 30 days."""
    table = _table("Segment", "Runs", "Members", "Change", "In 30 days", numbers_from=2)
    for one in lists:
        last, found = one.moments[-1], one.forecast
        sizes = [moment.members for moment in one.moments]
        coming = f"{_count(found.low)} to {_count(found.high)}" if found is not None else "?"
        table.add_row(safe(one.segment), graph(sizes, 24), _count(last.members), signed(last.net), coming)
    return table


def moments(found: Iterable[Moment], zone: str) -> Table:
    """A list, run by run."""
    table = _table("Run", "As of", "Members", "Entered", "Left", "Change", numbers_from=2)
    table.add_column("", style="dim")
    for one in found:
        numbers = (_count(one.members), _count(one.entered), _count(one.left), signed(one.net))
        table.add_row(str(one.run), moment(one.as_of, zone), *numbers, safe(one.note))
    return table


def listing(columns: Sequence[str], rows: Sequence[Sequence[str]], width: int) -> Table:
    """The rows of a list, with as many of its columns as can be read on lines of this width."""
    titles = [safe(name).plain for name in columns]
    wanted = [min(_READABLE, max(map(_width, cells))) for cells in zip(titles, *rows, strict=True)]
    shown = max(1, sum(end <= width for end in accumulate(one + 2 for one in wanted)))
    table = _table(*titles[:shown], numbers_from=shown)
    for column, least in zip(table.columns, wanted, strict=False):
        column.min_width = min(least, width)
    for row in rows:
        table.add_row(*(safe(cell) for cell in row[:shown]))
    return table


def columns(rows: Sequence[Sequence[str]], width: int) -> Table:
    """Columns of a source: name, type, two counts, and what is in it, which is cut off at the end of the line."""
    table = _table("Column", "Type", "Filled", "Distinct", "Values", numbers_from=5)
    for position, column in enumerate(table.columns[:4]):
        column.min_width = max(len(str(column.header)), *(min(30, cell_len(row[position])) for row in rows), 1)
        column.justify = "right" if position >= 2 else "left"
    left = width - sum((column.min_width or 0) + 2 for column in table.columns[:4])
    for row in rows:
        name, kind, filled, distinct, values = row
        shown = safe(values, "dim")
        shown.truncate(max(20, left), overflow="ellipsis")
        table.add_row(safe(name), kind, filled, distinct, shown)
    return table
