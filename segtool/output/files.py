"""Every file of a run, written into one folder: lists, changes, the workbook, rejects, summary, and the report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from segtool.config.platforms import PLATFORMS
from segtool.config.settings import Config
from segtool.lists.changes import CHANGE, REASON, Change
from segtool.output import audience, csv, lists, package, workbook
from segtool.output.columns import Layout
from segtool.output.csv import Cells, Style
from segtool.output.package import Package
from segtool.output.report import ExportLine, Report

REPORT = "run.json"


def of_list(path: str) -> str:
    """The list that a file is of, by its path below the folder; "" for a file of the run as a whole."""
    section, _, name = path.rpartition("/")
    return name.partition(".")[0] if section else ""


@dataclass(frozen=True)
class Outputs:
    """What is written. `contacts` has the fields of every layout and of `audience`, which names those that platforms
    get by what they hold; the sheets are added to `template`.
    """

    config: Config
    report: Report
    changes: Mapping[str, Change]
    layouts: Mapping[str, Layout]
    contacts: pl.DataFrame
    rejects: pl.DataFrame
    id: str
    audience: Mapping[str, str] = field(default_factory=dict)
    template: Package = field(default_factory=Package)

    @property
    def style(self) -> Style:
        asked = self.config.output.csv
        return Style(asked.delimiter, asked.bom, self.config.timezone, asked.decimal)

    def write(self, folder: Path) -> Report:
        """The report, knowing the files that were written and the cells that were altered. Raises OSError."""
        counts = {"rejects.csv": csv.write(self.rejects, folder / "rejects.csv", self.style)}
        csv.write(self.report.summary(), folder / "summary.csv", self.style)
        altered = 0
        if "csv" in self.config.output.formats:
            counts |= self._csv(folder)
        names = [*counts, "summary.csv", REPORT]
        if "xlsx" in self.config.output.formats:
            altered = package.write(self.template, workbook.sheets(self), self.style.zone, folder / workbook.FILE)
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

    def _csv(self, folder: Path) -> dict[str, int]:
        """Writes the lists and their changes; how many cells of each file were made harmless."""
        for section in ("lists", "changes"):
            (folder / section).mkdir(mode=0o700, parents=True, exist_ok=True)
        fields = [name for name in self.contacts.columns if not name.startswith("§")]
        cells = csv.cells(self.contacts.select(fields), self.style, {self.id})
        counts = {}
        for line in self.report.lines:
            if line.listed:
                found = {"lists": self._list(line.segment, cells), "changes": self._changes(line.segment, cells)}
                for section, part in found.items():
                    path = f"{section}/{line.segment}.csv"
                    counts[path] = csv.save(part, folder / path, self.style)
        return counts

    def _exports(self, folder: Path) -> Iterator[ExportLine]:
        """Writes the files for platforms; what became of each list."""
        code = self.config.output.audience.calling_code
        for line in self.report.lines:
            for name in self.config.segments[line.segment].settings.export or ():
                (folder / "exports").mkdir(mode=0o700, exist_ok=True)
                found = lists.positions(self.changes[line.segment].now, self.contacts, self.layouts[line.segment])
                made = audience.audience(lists.people(found, self.contacts), self.audience, PLATFORMS[name], code)
                path = f"exports/{line.segment}.{name}.csv"
                csv.save(made.cells, folder / path, audience.STYLE)
                yield audience.line(made, line.segment, path)

    def _list(self, segment: str, cells: Cells) -> Cells:
        found = lists.positions(self.changes[segment].now, self.contacts, self.layouts[segment])
        return self._rows(found, cells, segment)

    def _changes(self, segment: str, cells: Cells) -> Cells:
        found = lists.changed(self.changes[segment], self.contacts)
        word, reason = (csv.cells(found.select(name), self.style) for name in (CHANGE, REASON))
        return word.beside(self._rows(found, cells, segment)).beside(reason)

    def _rows(self, found: pl.DataFrame, cells: Cells, segment: str) -> Cells:
        """The columns of a list for these people; who is no longer in contacts shows the id alone."""
        layout = self.layouts[segment]
        known = csv.cells(pl.DataFrame(lists.own(found, layout)), self.style, {self.id})
        rows = cells.columns([title for title in layout.columns if title not in known.texts.columns])
        return known.over(rows.rows(found.get_column(lists.POSITION))).columns(layout.columns)
