"""Every file of a run, written into one folder: lists, changes, the workbook, rejects, summary, and the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from itertools import groupby
from pathlib import Path

import polars as pl

from segtool.config.platforms import PLATFORMS
from segtool.config.settings import Config
from segtool.lists.changes import CHANGE, REASON, Change
from segtool.lists.places import Crossing
from segtool.output import audience, csv, lists, workbook
from segtool.output.columns import Layout
from segtool.output.csv import Page, Style
from segtool.output.lines import Book
from segtool.output.report import ExportLine, Report
from segtool.output.workbook_template import Template

REPORT = "run.json"
_LISTS, _LINES = 32, 500_000
"""So many lists are written together, for which so many lines have to be made.

Of each, two files are open twice at the same time: some systems let a program have 256.
"""


def of_list(path: str) -> str:
    """The list that a file is of, by its path below the folder; "" for a file of the run as a whole."""
    section, _, name = path.rpartition("/")
    return name.partition(".")[0] if section else ""


@dataclass(frozen=True)
class Outputs:
    """What is written. `contacts` has the fields of every layout and of `audience`, which names those that platforms
    get by what they hold; `everyone` are its ids; the sheets are added to `template`. `told` are the changes with their
    reasons, which are asked for when the lists are written: they may take until then.
    """

    config: Config
    report: Report
    changes: Mapping[str, Change]
    told: Callable[[], Mapping[str, Change]]
    layouts: Mapping[str, Layout]
    contacts: pl.DataFrame
    everyone: pl.Series
    rejects: pl.DataFrame
    id: str
    audience: Mapping[str, str] = field(default_factory=dict)
    template: Template = field(default_factory=Template)

    @cached_property
    def crossing(self) -> Crossing:
        """Finds members in the contacts."""
        return Crossing(self.everyone)

    @property
    def style(self) -> Style:
        asked = self.config.output.csv
        return Style(asked.delimiter, asked.bom, self.config.timezone, asked.decimal)

    def write(self, folder: Path, whole: Callable[[str], object]) -> Report:
        """The report, knowing the files that were written and the cells that were altered. Raises OSError.

        `whole` is told of every list, by its file's name below the folder, as soon as that is written.
        """
        escaped = csv.write(self.rejects, folder / "rejects.csv", self.style)
        csv.write(self.report.summary(), folder / "summary.csv", self.style)
        names, altered = ["rejects.csv", "summary.csv", REPORT], 0
        if "csv" in self.config.output.formats:
            for paths, cells in self._csv(folder):
                for path in paths:
                    whole(path)
                names += paths
                escaped += cells
        if "xlsx" in self.config.output.formats:
            altered = self._workbook(folder / workbook.FILE)
            names.append(workbook.FILE)
        exports = tuple(self._exports(folder))
        names += [line.file for line in exports]
        report = replace(
            self.report,
            escaped=escaped,
            altered=altered,
            exports=exports,
            files=tuple(sorted(names)),
        )
        (folder / REPORT).write_text(report.as_json(), encoding="utf-8")
        return report

    def _csv(self, folder: Path) -> Iterator[tuple[list[str], int]]:
        """Writes the lists, then their changes, some at a time; their paths, and how many cells were made harmless."""
        for section in ("lists", "changes"):
            (folder / section).mkdir(mode=0o700, parents=True, exist_ok=True)
        book = Book(self.contacts, self.crossing, self.id, self.style)
        groups = list(self._groups())
        for pages in (self._lists, self._changes):
            for segments in groups:
                made, altered = pages(segments, book, folder)
                csv.save_pages(made.values(), self.style)
                yield list(made), altered

    def _groups(self) -> Iterator[list[str]]:
        """All lists, together those that show the same columns, as many as take little memory."""
        listed = sorted((line.segment for line in self.report.lines if line.listed), key=self._columns)
        for _, alike in groupby(listed, self._columns):
            group: list[str] = []
            for segment in alike:
                if group and (len(group) == _LISTS or sum(map(self._made, (*group, segment))) > _LINES):
                    yield group
                    group = []
                group.append(segment)
            yield group

    def _columns(self, segment: str) -> tuple[str, ...]:
        return self.layouts[segment].columns

    def _made(self, segment: str) -> int:
        """How many lines have to be made for a list and its changes; those of a list as it stands are there."""
        layout, change = self.layouts[segment], self.changes[segment]
        return change.count + (change.now.members.height if layout.sort or layout.shows_entry else 0)

    def _lists(self, segments: Sequence[str], book: Book, folder: Path) -> tuple[dict[str, Page], int]:
        """The files of lists that show the same columns; the same of their cells."""
        header, pages, altered = csv.header(self._columns(segments[0]), self.style), {}, 0
        for segment in segments:
            path = f"lists/{segment}.csv"
            lines = book.members(self.changes[segment].now.members, self.layouts[segment])
            pages[path] = Page(folder / path, header, lines.rows)
            altered += lines.altered
        return pages, altered

    def _changes(self, segments: Sequence[str], book: Book, folder: Path) -> tuple[dict[str, Page], int]:
        """Those of their changes."""
        changes = [self.told()[name] for name in segments]
        moved, start, pages = book.changes(changes, self.layouts[segments[0]]), 0, {}
        header = csv.header(csv.beside(csv.beside([CHANGE], self._columns(segments[0])), [REASON]), self.style)
        for segment, change in zip(segments, changes, strict=True):
            path = f"changes/{segment}.csv"
            pages[path] = Page(folder / path, header, moved.rows.slice(start, change.count))
            start += change.count
        return pages, moved.altered

    def _workbook(self, path: Path) -> int:
        """Writes all sheets; how many cells had to be altered."""
        # Here and not above: openpyxl takes a quarter of a second to load, and most runs write no workbook.
        from segtool.output import workbook_writer  # noqa: PLC0415

        as_of = datetime.fromisoformat(self.report.as_of).astimezone(UTC).replace(tzinfo=None)
        return workbook_writer.write(self.template, workbook.sheets(self), self.style.zone, as_of, path)

    def _exports(self, folder: Path) -> Iterator[ExportLine]:
        """Writes the files for platforms; what became of each list."""
        code = self.config.output.audience.calling_code
        for line in self.report.lines:
            for name in self.config.segments[line.segment].settings.export or ():
                (folder / "exports").mkdir(mode=0o700, exist_ok=True)
                now, layout = self.changes[line.segment].now.members, self.layouts[line.segment]
                found = lists.positions(now, self.crossing, self.contacts, layout)
                made = audience.audience(lists.people(found, self.contacts), self.audience, PLATFORMS[name], code)
                path = f"exports/{line.segment}.{name}.csv"
                csv.save(made.cells, folder / path, audience.STYLE)
                yield audience.line(made, line.segment, path)
