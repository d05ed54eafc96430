"""Sources → typed tables, with an account of every row.

A table is lazy and read again by the plan: events from a Parquet file in the scratch folder, contacts and
attributes from memory. read = kept + duplicates + rejected + filtered, for every source; whatever is not kept is
counted, and what was rejected is listed with file, row, column and reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import narwhals as nw
import polars as pl

from segtool.config.columns import Columns
from segtool.config.meaning import resolve_row
from segtool.config.problems import Problems
from segtool.config.settings import SourceSpec
from segtool.config.tree import Condition
from segtool.logic.rows import compile_condition
from segtool.sources import account, cells, pace, rejects
from segtool.sources.account import Accounting, Stored
from segtool.sources.arrival import check_arrival
from segtool.sources.cells import Cells
from segtool.sources.context import BAD, EVENT, FILE, FILTERED, ROW, STATUS, Context
from segtool.sources.files import FileRecord, SourceFile, ended, find_files, fingerprint, unchanged
from segtool.sources.headers import declared_columns
from segtool.sources.judge import Judge
from segtool.sources.settle import settle

_PASSES = "§only"


@dataclass(frozen=True)
class Table:
    """A source, typed. `frame` has ID, the columns by our names, and for events TIME and EVENT."""

    name: str
    columns: Columns
    frame: pl.LazyFrame
    accounting: Accounting
    rejects: pl.DataFrame
    files: tuple[FileRecord, ...]
    notes: tuple[str, ...] = ()


def read_table(spec: SourceSpec, context: Context, problems: Problems) -> Table | None:
    """One source as a typed table; None after its problems were collected."""
    before = len(problems.errors)
    files = find_files(spec, context.folder, problems)
    check_arrival(spec, files, context, problems)
    if len(problems.errors) > before:
        return None
    try:
        table = _read(spec, files, context, problems)
    except (pl.exceptions.ComputeError, pl.exceptions.ShapeError, pl.exceptions.SchemaError):
        # Ragged rows, bytes that are no UTF-8, quotes that never close: read again row by row, which can say where.
        table = _read(spec, files, context, problems, careful=True)
    for file in files:
        if not unchanged(file):
            message = f"{file.shown} changed while it was read; wait until the export is finished and run again"
            problems.error("changing-file", message, spec.place("files"))
    return table if len(problems.errors) == before else None


def _read(
    spec: SourceSpec, files: Sequence[SourceFile], context: Context, problems: Problems, careful: bool = False
) -> Table | None:
    read = cells.read(spec, files, context.scratch, problems, careful)
    settled = settle(spec, declared_columns(spec, read.columns), read, context, problems) if read else None
    if read is None or settled is None:
        return None
    columns, readings = settled
    before = len(problems.errors)
    only = resolve_row(spec.only, columns, problems) if spec.only is not None else None
    if len(problems.errors) > before:
        return None
    judge = Judge(spec, columns, readings, read, context)
    judged = _with_status(judge, only, context)
    seen = pace.watched(judged, spec.name, files, context.step)
    is_events = columns.role == "events"
    stored = account.store(seen, context.scratch / f"{spec.name}.parquet" if is_events else None)
    if is_events:
        kept, lost = account.one_per_event(spec, columns, stored, context.scratch / f"{spec.name}.unique.parquet")
        columns = _with_events(columns, kept)
    else:
        kept, lost = account.one_per_contact(spec, stored)
        if lost and spec.settings.duplicates == "error":
            message = f'{lost} rows of "{spec.name}" repeat a {columns.id} (duplicates: error refuses that)'
            problems.error("duplicate-id", message, spec.place("duplicates"))
            return None
    counted = account.accounting(stored, lost)
    found = judge.rejects(judged) if counted.rejected or counted.cells else None
    listed = rejects.listed(found, spec.name, read.files) if found is not None else rejects.none()
    return _table(
        spec, columns, kept.drop(STATUS, BAD, ROW, FILE, _PASSES, strict=False), counted, listed, (read, stored)
    )


def _with_status(judge: Judge, only: Condition | None, context: Context) -> pl.LazyFrame:
    """The judged rows, each kept, rejected, or filtered by `only` (which is asked first)."""
    frame, status = judge.frame(), judge.status()
    if only is not None:
        passes = compile_condition(only, context.clock).alias(_PASSES)
        frame = nw.from_native(frame).with_columns(passes).to_native()
        status = pl.when(~pl.col(_PASSES)).then(FILTERED).otherwise(status)
    return frame.with_columns(status.cast(pl.Int8).alias(STATUS))


def _table(
    spec: SourceSpec,
    columns: Columns,
    kept: pl.LazyFrame,
    counted: Accounting,
    listed: pl.DataFrame,
    origin: tuple[Cells, Stored],
) -> Table:
    read, stored = origin
    misfits = rejects.of_misfits(read.misfits, spec.name, read.files)
    extra = misfits.height
    folded = sum(read.folded.values())
    counted = replace(
        counted,
        read=counted.read + extra + folded,
        rejected=counted.rejected + extra,
        duplicates=counted.duplicates + folded,
    )
    lost = dict(misfits.group_by("file").len().iter_rows())
    records = tuple(
        FileRecord(
            path=file.shown,
            size=file.size,
            modified_ns=file.modified_ns,
            sha256=fingerprint(file.path),
            rows=stored.rows.get(number, 0) + lost.get(file.shown, 0) + read.folded.get(number, 0),
            ended=ended(file),
        )
        for number, file in enumerate(read.files)
    )
    return Table(spec.name, columns, kept, counted, rejects.merged(misfits, listed, read.files), records, read.notes)


def _with_events(columns: Columns, kept: pl.LazyFrame) -> Columns:
    """The columns, knowing which events occur."""
    if not columns.open:
        return columns
    names = kept.select(pl.col(EVENT).unique()).collect(engine="streaming").to_series()
    occurring = frozenset(name for name in names if name is not None)
    return replace(columns, occurring=occurring, events=columns.events | occurring)
