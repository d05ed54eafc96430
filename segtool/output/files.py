"""Every file of a run, written into one folder: lists, changes, rejects, summary, and the report itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from segtool.lists.changes import Change
from segtool.output import csv, lists
from segtool.output.columns import Layout
from segtool.output.csv import Style
from segtool.output.report import Report

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
        for line in self.report.lines:
            if line.listed:
                for section, table in self._tables(line.segment).items():
                    path = f"{section}/{line.segment}.csv"
                    escaped += csv.write(table, folder / path, self.style, {self.id})
                    names.append(path)
        escaped += csv.write(self.rejects, folder / "rejects.csv", self.style)
        csv.write(self.report.summary(), folder / "summary.csv", self.style)
        report = replace(self.report, escaped=escaped, files=tuple(sorted(names)))
        (folder / REPORT).write_text(report.as_json(), encoding="utf-8")
        return report

    def _tables(self, segment: str) -> dict[str, pl.DataFrame]:
        change, layout = self.changes[segment], self.layouts[segment]
        return {
            "lists": lists.table(change.now, self.contacts, layout),
            "changes": lists.change_table(change, self.contacts, layout),
        }
