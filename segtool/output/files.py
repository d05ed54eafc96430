"""Every file of a run, written into one folder: lists, changes, rejects, summary, and the report itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from segtool.lists.changes import CHANGE, REASON, Change
from segtool.output import csv, lists
from segtool.output.columns import Layout
from segtool.output.csv import Cells, Style
from segtool.output.report import Report
from segtool.sources.context import ID

REPORT = "run.json"


@dataclass(frozen=True)
class Outputs:
    """What is written. `id` is the column that no file ever alters; `contacts` has the fields of every layout."""

    report: Report
    changes: Mapping[str, Change]
    layouts: Mapping[str, Layout]
    contacts: pl.DataFrame
    rejects: pl.DataFrame
    id: str
    style: Style

    def write(self, folder: Path) -> Report:
        """The report, knowing the files that were written and the cells that were made harmless. Raises OSError."""
        for section in ("lists", "changes"):
            (folder / section).mkdir(mode=0o700, parents=True, exist_ok=True)
        escaped = 0
        names = ["rejects.csv", "summary.csv", REPORT]
        fields = [name for name in self.contacts.columns if not name.startswith("§")]
        cells = csv.cells(self.contacts.select(fields), self.style, {self.id})
        for line in self.report.lines:
            if line.listed:
                found = {"lists": self._list(line.segment, cells), "changes": self._changes(line.segment, cells)}
                for section, part in found.items():
                    path = f"{section}/{line.segment}.csv"
                    escaped += csv.save(part, folder / path, self.style)
                    names.append(path)
        escaped += csv.write(self.rejects, folder / "rejects.csv", self.style)
        csv.write(self.report.summary(), folder / "summary.csv", self.style)
        report = replace(self.report, escaped=escaped, files=tuple(sorted(names)))
        (folder / REPORT).write_text(report.as_json(), encoding="utf-8")
        return report

    def _list(self, segment: str, cells: Cells) -> Cells:
        found = lists.positions(self.changes[segment].now, self.contacts, self.layouts[segment])
        return self._rows(found, cells, segment)

    def _changes(self, segment: str, cells: Cells) -> Cells:
        found = lists.changed(self.changes[segment], self.contacts)
        word, reason = (csv.cells(found.select(name), self.style) for name in (CHANGE, REASON))
        return word.beside(self._rows(found, cells, segment)).beside(reason)

    def _rows(self, found: pl.DataFrame, cells: Cells, segment: str) -> Cells:
        """The columns of a list for these people; who is no longer in contacts shows the id alone."""
        rows = cells.columns(self.layouts[segment].columns).rows(found.get_column(lists.POSITION))
        if self.id not in rows.texts.columns:
            return rows
        ids = csv.cells(found.select(pl.col(ID).alias(self.id)), self.style, {self.id})
        return Cells(rows.texts.with_columns(ids.texts.get_column(self.id)), rows.runs)
