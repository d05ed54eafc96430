"""Sources → typed tables, with an account of every row.

A table is lazy and read again by the plan: from Parquet files in the cache, or from memory where it is small.
read = kept + duplicates + rejected + filtered, for every source; whatever is not kept is counted, and what was
rejected is listed with file, row, column and reason.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import narwhals as nw
import polars as pl

from segtool.config.columns import Columns
from segtool.config.frozen import dataclass
from segtool.config.meaning import resolve_row
from segtool.config.problems import Problems
from segtool.config.settings import SourceSpec
from segtool.config.tree import Condition
from segtool.logic.rows import compile_condition
from segtool.sources import account, categories, cells, rejects
from segtool.sources.account import Accounting, Stored
from segtool.sources.arrival import check_arrival
from segtool.sources.claims import RefutedError
from segtool.sources.context import BAD, FILE, FILTERED, IN_MEMORY, PLACE, ROW, STATUS, Context
from segtool.sources.files import FileRecord, SourceFile, find_files, unchanged
from segtool.sources.headers import declared_columns
from segtool.sources.judge import Judge
from segtool.sources.pace import Watch
from segtool.sources.parts import Part, UnusableError, is_small
from segtool.sources.settle import Settled, settle
from segtool.sources.shelf import Typed
from segtool.sources.together import together

_PASSES = "§only"


@dataclass(frozen=True)
class Table:
    """A source, typed. `frame` has ID, the columns by our names, and for events TIME and EVENT, and PLACE: where
    the person stands among the contacts.

    Of contacts and attributes it has one row for each ID, sorted by it. Two tables with the same `key` have the same
    rows; it is None where these depend on when they are read. A `small` one is in memory, or soon read.
    """

    name: str
    columns: Columns
    frame: pl.LazyFrame
    accounting: Accounting
    rejects: pl.DataFrame
    files: tuple[FileRecord, ...]
    notes: tuple[str, ...] = ()
    key: str | None = None
    small: bool = False


def read_table(spec: SourceSpec, context: Context, problems: Problems) -> Table | None:
    """One source as a typed table; None after its problems were collected."""
    before = len(problems.errors)
    files = find_files(spec, context.folder, problems)
    check_arrival(spec, files, context, problems)
    if len(problems.errors) > before:
        return None
    try:
        table = _read(spec, files, context, problems)
    except UnusableError:
        table = None
    for file in files:
        if not unchanged(file):
            message = f"{file.shown} changed while it was read; wait until the export is finished and run again"
            problems.error("changing-file", message, spec.place("files"))
    return table if len(problems.errors) == before else None


def _read(spec: SourceSpec, files: Sequence[SourceFile], context: Context, problems: Problems) -> Table | None:
    parts = _parts(spec, files, context, problems)
    names = dict.fromkeys(name for part in parts for name in part.columns) if parts else cells.names_of(spec)
    watch = Watch(spec.name, files, context.step)
    declared = declared_columns(spec, list(names))
    try:
        found = _settled(lambda: settle(spec, declared, parts, context, problems), parts, watch)
    finally:
        for part in parts:
            problems.extend(part.problems.sorted)
    if found is None:
        return None
    settled, typed = found
    columns = settled.columns
    before = len(problems.errors)
    only = resolve_row(spec.only, columns, problems) if spec.only is not None else None
    if len(problems.errors) > before:
        return None
    nothing = Judge(spec, columns, settled.readings, context.address, {}).nothing()
    nowhere = [pl.lit(None, pl.UInt32).alias(PLACE)] if context.places is not None else []
    frames = [one.frame for one in typed] or [nothing.with_columns(*nowhere, pl.lit(0, pl.Int32).alias(FILE))]
    judged, small = pl.concat(categories.shared(frames), how="diagonal"), is_small(files)
    if small:
        judged = judged.collect(engine=IN_MEMORY).lazy()
    told = pl.concat([rejects.untold(), *(one.rejects for one in typed if one.rejects is not None)])
    if only is None:
        stored = account.of_tallies(judged, [one.tally for one in typed])
    else:
        judged = _filtered(judged, only, context)
        stored, told = account.counted(judged, columns.open), rejects.without(told, judged)
    if columns.role == "events":
        path = None if small else context.scratch / f"{spec.name}.unique.parquet"
        kept, lost = account.one_per_event(spec, columns, stored, path)
        occurring = account.events_of(kept) if lost and columns.open else stored.events
        columns = _with_events(columns, occurring)
    else:
        alone = only is None and len(typed) == 1
        kept, lost = (stored.kept, stored.repeated) if alone else account.one_per_contact(spec, stored)
        if lost and spec.settings.duplicates == "error":
            rows = "1 row" if lost == 1 else f"{lost:,} rows"
            verb = "repeats" if lost == 1 else "repeat"
            message = f'{rows} of "{spec.name}" {verb} an earlier {columns.id} (duplicates: error refuses that)'
            problems.error("duplicate-id", message, spec.place("duplicates"))
            return None
    listed = rejects.listed(told, spec.name, files)
    kept = kept.drop(STATUS, BAD, ROW, FILE, _PASSES, strict=False)
    parts_keys = [one.key for one in typed]
    key = context.cache.key("table", spec.settings.duplicates, spec.settings.unique, parts_keys)
    counts = account.accounting(stored, lost)
    return _table(
        Table(
            spec.name,
            columns,
            kept,
            counts,
            rejects.none(),
            (),
            key=key if only is None else None,
            small=small,
        ),
        parts,
        stored,
        listed,
    )


def _settled(
    settle: Callable[[], Settled | None], parts: Sequence[Part], watch: Watch
) -> tuple[Settled, list[Typed]] | None:
    """The types, and the rows with them; None after problems were collected.

    What a sample claimed and some row refutes is looked at as a whole, and settled anew.
    """
    alone = len(parts) < 2 or is_small([part.file for part in parts])
    while (settled := settle()) is not None:
        with suppress(RefutedError):
            numbered = list(enumerate(parts))
            return settled, together(lambda one: one[1].typed(settled, one[0], watch), numbered, alone=alone)
    return None


def _parts(spec: SourceSpec, files: Sequence[SourceFile], context: Context, problems: Problems) -> list[Part]:
    """Every file of a source. Raises UnusableError when all that cannot be used were told."""
    small = is_small(files)

    def part(file: SourceFile) -> tuple[Part | None, Problems]:
        own = problems.beside()
        with suppress(UnusableError):
            return Part(spec, file, context, own, small), own
        return None, own

    found = together(part, files, alone=small or len(files) < 2)
    for _, own in found:
        problems.extend(own.sorted)
    parts = [part for part, _ in found if part is not None]
    if len(parts) < len(files):
        raise UnusableError
    return parts


def _filtered(frame: pl.LazyFrame, only: Condition, context: Context) -> pl.LazyFrame:
    """The judged rows, those that `only` refuses as filtered, whatever else is wrong with them."""
    passes = compile_condition(only, context.clock).alias(_PASSES)
    asked = nw.from_native(frame).with_columns(passes).to_native()
    status = pl.when(~pl.col(_PASSES)).then(FILTERED).otherwise(pl.col(STATUS))
    return asked.with_columns(status.cast(pl.Int8).alias(STATUS))


def _table(table: Table, parts: Sequence[Part], stored: Stored, listed: pl.DataFrame) -> Table:
    """The table with what its files tell: rows that are no rows of it, and those that were folded."""
    files = [part.file for part in parts]
    lines = [(number, misfit) for number, part in enumerate(parts) for misfit in part.misfits]
    misfits = rejects.of_misfits(lines, table.name, files)
    folded = sum(part.folded for part in parts)
    counted = table.accounting
    counted = replace(
        counted,
        read=counted.read + misfits.height + folded,
        rejected=counted.rejected + misfits.height,
        duplicates=counted.duplicates + folded,
    )
    records = tuple(
        part.record(stored.rows.get(number, 0) + len(part.misfits) + part.folded) for number, part in enumerate(parts)
    )
    bare = [f"{record.path} has a header and no rows" for record in records if not record.rows]
    return replace(
        table,
        accounting=counted,
        rejects=rejects.merged(misfits, listed, files),
        files=records,
        notes=tuple(dict.fromkeys([*(note for part in parts for note in part.notes), *bare])),
    )


def _with_events(columns: Columns, occurring: frozenset[str]) -> Columns:
    """The columns, knowing which events occur."""
    return replace(columns, occurring=occurring, events=columns.events | occurring) if columns.open else columns
