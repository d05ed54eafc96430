"""What a run says of itself, as one value: the terminal, `summary.csv`, `run.json` and `--json` all show this."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from segtool.config.settings import Config
from segtool.lists.changes import Change
from segtool.lists.guards import Verdict
from segtool.lists.moves import Move
from segtool.sources.account import Accounting
from segtool.sources.tables import Table

SCHEMA = 1


@dataclass(frozen=True)
class Line:
    """One list in numbers."""

    segment: str
    label: str | None
    members: int
    entered: int
    left: int
    before: int
    note: str = ""
    listed: bool = True
    held: bool = False

    @property
    def net(self) -> int:
        return self.entered - self.left


@dataclass(frozen=True)
class SourceLine:
    """One source in numbers, with what was found out about its files."""

    source: str
    role: str
    files: tuple[str, ...]
    accounting: Accounting
    rows_before: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExportLine:
    """One list for one platform: rows in its file, people whom the platform cannot know, rows that would repeat
    somebody, values left out because a spreadsheet would run them, and the fields that were taken, by what they hold.
    """

    segment: str
    platform: str
    file: str
    rows: int
    unknown: int
    repeated: int
    dropped: int
    fields: Mapping[str, str]
    note: str = ""


@dataclass(frozen=True)
class Report:
    """One run. `previous` is the serial it is compared with; `files` are relative to `folder`,
    and that to the segments file: the same run says the same wherever it is made. `escaped` counts cells of CSV files
    that a spreadsheet would have run, `altered` those of the workbook that no sheet could hold as they were.
    """

    serial: int
    as_of: str
    timezone: str
    lines: tuple[Line, ...]
    sources: tuple[SourceLine, ...]
    previous: int | None = None
    previous_as_of: str | None = None
    guards: tuple[Verdict, ...] = ()
    moves: tuple[Move, ...] = ()
    rejects: int = 0
    escaped: int = 0
    altered: int = 0
    exports: tuple[ExportLine, ...] = ()
    folder: str = ""
    files: tuple[str, ...] = ()
    dry_run: bool = False

    @property
    def held(self) -> tuple[str, ...]:
        return tuple(line.segment for line in self.lines if line.held)

    def as_data(self) -> dict[str, Any]:
        """The report as plain data, in a settled order."""
        data = asdict(self)
        data["segments"] = [{**asdict(line), "net": line.net} for line in self.lines]
        data["moves"] = [
            {"group": move.group, "from": move.origin, "to": move.target, "contacts": move.contacts}
            for move in self.moves
        ]
        del data["lines"]
        return {"schema": SCHEMA, **data}

    def as_json(self) -> str:
        return json.dumps(self.as_data(), indent=2, ensure_ascii=False) + "\n"

    def summary(self) -> pl.DataFrame:
        """One row per list: the table of `summary.csv`."""
        rows = [
            (line.segment, line.label, line.members, line.entered, line.left, line.net, _note(line))
            for line in self.lines
        ]
        names = ("segment", "label", "members", "entered", "left", "change", "note")
        kinds = (pl.String, pl.String, pl.Int64, pl.Int64, pl.Int64, pl.Int64, pl.String)
        return pl.DataFrame(rows, schema=dict(zip(names, kinds, strict=True)), orient="row")


def lines(config: Config, changes: Mapping[str, Change], held: Collection[str]) -> tuple[Line, ...]:
    """Every list's numbers, in the order of the file."""
    return tuple(
        Line(
            segment=name,
            label=spec.settings.label,
            members=changes[name].now.members.height,
            entered=changes[name].entered.height,
            left=changes[name].left.height,
            before=changes[name].before,
            note=changes[name].note,
            listed=spec.settings.list,
            held=name in held,
        )
        for name, spec in config.segments.items()
    )


def source_lines(tables: Mapping[str, Table], rows_before: Mapping[str, int]) -> tuple[SourceLine, ...]:
    """Every source's numbers, in the order of the file."""
    return tuple(
        SourceLine(
            source=name,
            role=table.columns.role,
            files=tuple(file.path for file in table.files),
            accounting=table.accounting,
            rows_before=rows_before.get(name),
            notes=table.notes,
        )
        for name, table in tables.items()
    )


def _note(line: Line) -> str:
    return "held: it changed too much to be trusted" if line.held else line.note
