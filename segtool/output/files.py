"""Every file of a run, written into one folder: lists, changes, the workbook, rejects, summary, and the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import polars as pl

from segtool.config.platforms import PLATFORMS
from segtool.config.settings import Config
from segtool.lists.changes import CHANGE, REASON, Change
from segtool.lists.places import Crossing
from segtool.output import audience, csv, lists, workbook
from segtool.output.columns import Layout
from segtool.output.csv import Style
from segtool.output.lines import Book, Lines
from segtool.output.report import ExportLine, Report
from segtool.output.workbook_template import Template
from segtool.sources.together import together

REPORT = "run.json"


def of_list(path: str) -> str:
    """The list that a file is of, by its path below the folder; "" for a file of the run as a whole."""
    section, _, name = path.rpartition("/")
    return name.partition(".")[0] if section else ""


@dataclass(frozen=True)
class Outputs:
    """What is written. `contacts` has the fields of every layout and of `audience`, which names those that platforms
    get by what they hold; `everyone` are its ids; the sheets are added to `template`.
    """

    config: Config
    report: Report
    changes: Mapping[str, Change]
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
        counts = {"rejects.csv": csv.write(self.rejects, folder / "rejects.csv", self.style)}
        csv.write(self.report.summary(), folder / "summary.csv", self.style)
        altered = 0
        if "csv" in self.config.output.formats:
            counts |= self._csv(folder, whole)
        names = [*counts, "summary.csv", REPORT]
        if "xlsx" in self.config.output.formats:
            altered = self._workbook(folder / workbook.FILE)
            names.append(workbook.FILE)
        exports = tuple(self._exports(folder))
        names += [line.file for line in exports]
        report = replace(
            self.report,
            escaped=sum(counts.values()),
            altered=altered,
            exports=exports,
            files=tuple(sorted(names)),
        )
        (folder / REPORT).write_text(report.as_json(), encoding="utf-8")
        return report

    def _csv(self, folder: Path, whole: Callable[[str], object]) -> dict[str, int]:
        """Writes the lists and their changes; how many cells of each file were made harmless."""
        for section in ("lists", "changes"):
            (folder / section).mkdir(mode=0o700, parents=True, exist_ok=True)
        book = Book(self.contacts, self.crossing, self.id, self.style)
        listed = [line.segment for line in self.report.lines if line.listed]
        reasons = book.reasons([self.changes[segment] for segment in listed])
        written = together(lambda one: self._of_list(*one, book, folder, whole), zip(listed, reasons, strict=True))
        return {path: altered for part in written for path, altered in part.items()}

    def _of_list(
        self, segment: str, reasons: Lines, book: Book, folder: Path, whole: Callable[[str], object]
    ) -> dict[str, int]:
        """Writes a list and its changes; how many cells of each were made harmless."""
        layout, change, style = self.layouts[segment], self.changes[segment], self.style
        titles = csv.beside(csv.beside([CHANGE], layout.columns), [REASON])
        parts = {
            f"lists/{segment}.csv": (layout.columns, book.members(change.now.members, layout)),
            f"changes/{segment}.csv": (titles, book.changes(change, reasons, layout)),
        }
        for path, (names, lines) in parts.items():
            csv.save_lines(lines.texts, csv.header(names, style), folder / path, style)
            whole(path)
        return {path: lines.altered for path, (_, lines) in parts.items()}

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
