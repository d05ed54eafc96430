"""Published files without some people: their rows taken out, and whatever cannot be told apart taken away.

The other rows stay byte for byte as they are. A file that does not say whose rows are whose (a list without the id
column, a workbook, an audience file of hashes) cannot be mended; it is made again by the next run.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from segtool.output.files import REPORT
from segtool.sources import traces
from segtool.sources.people import People

SUMMARY = "summary.csv"
REPORTS = (SUMMARY, REPORT)
"""What holds numbers and no people."""
CHANGES = "changes"
_MARKS = (",", ";", "\t", "|")


@dataclass(frozen=True)
class Numbers:
    """What a list counts after people were forgotten."""

    members: int
    entered: int
    left: int


@dataclass(frozen=True)
class Rest:
    """What is known of the people: the lists they were `ever` on, and are on `now`; `id` is the ids' column."""

    people: People
    id: str
    ever: Collection[str]
    now: Collection[str]
    numbers: Mapping[str, Numbers]


def without(path: Path, rest: Rest, kept: Collection[str], untouched: bool) -> bytes | None:
    """What is to be in a published file; None where it must go. `kept` names the files that stay. Raises OSError.

    A file of a list they are on that is `untouched` and has no row of theirs has them in some other guise.
    """
    if path.name == REPORT:
        return _report(path, rest, kept)
    if path.name == SUMMARY:
        return _summary(path, rest)
    rows = _rows(path, rest.id) if path.suffix == ".csv" else None
    if rows is None:
        return None if _may_hold(path, rest) else path.read_bytes()
    found = rows.without(rest.people)
    missed = untouched and len(found) == path.stat().st_size and path.parent.name != CHANGES
    return None if missed and any(name in path.name for name in rest.now) else found


def _may_hold(path: Path, rest: Rest) -> bool:
    """Whether it names them, or has rows of which nobody can tell whose they are."""
    empty = path.suffix == ".csv" and path.read_bytes().count(b"\n") < 2
    return (bool(rest.ever) and not empty) or traces.speaks_of(path, rest.people)


@dataclass(frozen=True)
class _Rows:
    """A CSV file: its records as they are written, the header first, and where in them the id is."""

    mark: str
    records: tuple[str, ...]
    place: int

    def without(self, people: People) -> bytes:
        ids = pl.Series([self.cells(record)[self.place :][:1] for record in self.records[1:]], dtype=pl.List(pl.String))
        theirs = people.are(ids.list.first()) if len(ids) else ids
        others = [record for record, gone in zip(self.records[1:], theirs, strict=True) if not gone]
        return "".join([self.records[0], *self._blanked(others, people)]).encode()

    def _blanked(self, records: list[str], people: People) -> Iterator[str]:
        """Rows of others that speak of them: the cell is emptied, the row stays."""
        speaking = people.in_cells(pl.Series(records, dtype=pl.String))
        for record, speaks in zip(records, speaking, strict=True):
            yield self._written(record, people) if speaks else record

    def _written(self, record: str, people: People) -> str:
        cells = ["" if people.in_text(cell) else cell for cell in self.cells(record)]
        return _line(cells, self.mark)

    def cells(self, record: str) -> list[str]:
        return next(csv.reader(io.StringIO(record, newline=""), delimiter=self.mark), [])


def _rows(path: Path, name: str) -> _Rows | None:
    """The records of a CSV file; None where no column has ids. Raises OSError."""
    try:
        records = tuple(_records(path.read_bytes().decode("utf-8")))
    except UnicodeDecodeError:  # saved by another program
        return None
    for mark in _MARKS:
        header = next(csv.reader(io.StringIO(records[0], newline=""), delimiter=mark), []) if records else []
        names = [title.lstrip("\ufeff").strip('"').lower() for title in header]
        if name.lower() in names:
            return _Rows(mark, records, names.index(name.lower()))
    return None


def _records(text: str) -> Iterator[str]:
    """Records as they are written, line ends included; a cell in quotes may go over several lines."""
    begun = ""
    for line in io.StringIO(text, newline="\n"):
        begun += line
        if begun.count('"') % 2 == 0:
            yield begun
            begun = ""
    if begun:
        yield begun


def _line(cells: list[str], mark: str) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=mark, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _summary(path: Path, rest: Rest) -> bytes | None:
    """The numbers of the lists that are shorter now."""
    rows = _rows(path, "segment")
    if rows is None:
        return None
    header = [title.lstrip("\ufeff") for title in rows.cells(rows.records[0])]

    def renumbered(record: str) -> str:
        cells = dict(zip(header, rows.cells(record), strict=False))
        found = rest.numbers.get(cells.get("segment", ""))
        if found is None:
            return record
        fresh = {**_counts(found), "change": found.entered - found.left}
        cells |= {name: str(count) for name, count in fresh.items() if name in cells}
        return _line(list(cells.values()), rows.mark)

    return "".join([rows.records[0], *(renumbered(record) for record in rows.records[1:])]).encode()


def _counts(found: Numbers) -> dict[str, int]:
    return {"members": found.members, "entered": found.entered, "left": found.left}


def _report(path: Path, rest: Rest, kept: Collection[str]) -> bytes | None:
    """The numbers of the lists that are shorter now, and the files that are still there."""
    try:
        data = json.loads(path.read_bytes())
        data["files"] = [name for name in data["files"] if name in kept]
        for line in data["segments"]:
            found = rest.numbers.get(line["segment"])
            if found is not None:
                before = found.members - found.entered + found.left
                line |= {**_counts(found), "before": before, "net": found.entered - found.left}
    except (ValueError, KeyError, TypeError):
        return None
    content = json.dumps(data, indent=2, ensure_ascii=False) + "\n"
    return None if rest.people.in_text(content) else content.encode()
