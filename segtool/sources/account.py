"""What became of the rows of a source: stored, counted, and one row kept where several mean the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from segtool.config.columns import Columns, match_name
from segtool.config.frozen import dataclass
from segtool.config.settings import SourceSpec
from segtool.sources.context import (
    BAD,
    EVENT,
    FILE,
    FILTERED,
    ID,
    IN_MEMORY,
    KEPT,
    PLACE,
    REJECTED,
    ROW,
    STATUS,
    STREAMED,
    TIME,
)
from segtool.sources.tally import Tally

_MARK = "§mark"


@dataclass(frozen=True)
class Accounting:
    """What became of the rows of a source: read = kept + duplicates + rejected + filtered.

    `cells` counts rejected cells of rows that were kept; `strangers` the kept events of people not in contacts.
    """

    read: int
    kept: int
    duplicates: int = 0
    rejected: int = 0
    filtered: int = 0
    cells: int = 0
    strangers: int = 0


@dataclass(frozen=True)
class Stored:
    """The rows that are kept, how many came from each file, and what became of all of them.

    `repeated` of them are left out already, so that those of each file have one for each ID and are sorted by it.
    `bad` counts rejected cells of kept rows; `events` are those that occur among these, None where nobody looked.
    """

    kept: pl.LazyFrame
    rows: Mapping[int, int]
    counts: Mapping[int, int]
    bad: int
    events: frozenset[str]
    repeated: int = 0


def of_tallies(kept: pl.LazyFrame, tallies: Sequence[Tally]) -> Stored:
    """Rows of which none is filtered: they were counted when they were typed."""
    counts: Counter[int] = Counter()
    for tally in tallies:
        counts.update(tally.counts)
    return Stored(
        kept,
        {number: sum(tally.counts.values()) for number, tally in enumerate(tallies)},
        counts,
        sum(tally.cells for tally in tallies),
        frozenset[str]().union(*(tally.events for tally in tallies)),
        sum(tally.repeated for tally in tallies),
    )


def counted(judged: pl.LazyFrame, named: bool) -> Stored:
    """Judged rows, counted in one pass. `named` asks for the events that occur."""
    names = [pl.col(EVENT).drop_nulls().unique()] if named else []
    asked = judged.group_by(FILE, STATUS).agg(pl.len(), pl.col(BAD).sum(), *names)
    rows: Counter[int] = Counter()
    counts: Counter[int] = Counter()
    bad = 0
    events: set[str] = set()
    for file, status, count, wrong, *found in asked.collect(engine="streaming").iter_rows():
        rows[file] += count
        counts[status] += count
        if status == KEPT:
            bad += wrong
            events.update(*found)
    return Stored(judged.filter(pl.col(STATUS) == KEPT), rows, counts, bad, frozenset(events))


def events_of(kept: pl.LazyFrame) -> frozenset[str]:
    """The events that occur, in a pass of its own."""
    return frozenset(kept.select(pl.col(EVENT).drop_nulls().unique()).collect(engine="streaming").to_series())


def accounting(stored: Stored, duplicates: int) -> Accounting:
    return Accounting(
        read=sum(stored.counts.values()),
        kept=stored.counts.get(KEPT, 0) - duplicates,
        duplicates=duplicates,
        rejected=stored.counts.get(REJECTED, 0),
        filtered=stored.counts.get(FILTERED, 0),
        cells=stored.bad,
    )


def one_per_contact(spec: SourceSpec, stored: Stored) -> tuple[pl.LazyFrame, int]:
    """One row per contact, the last or first of all files, sorted by ID; and how many rows that took away."""
    rows = stored.kept.collect()
    one = one_each(rows, spec)
    return one.lazy(), stored.repeated + rows.height - one.height


def one_each(rows: pl.DataFrame, spec: SourceSpec) -> pl.DataFrame:
    """One of the rows for each ID, the last or first, sorted by ID. No ID is missing."""
    if not rows.get_column(ID).is_sorted():
        rows = rows.sort(ID, maintain_order=True)
    keys = rows.get_column(ID)
    end = keys.ne_missing(keys.shift(1 if spec.settings.duplicates == "first" else -1))
    return rows if end.all() else rows.filter(end)


def one_per_event(spec: SourceSpec, columns: Columns, stored: Stored, path: Path | None) -> tuple[pl.LazyFrame, int]:
    """One row per value of `unique`, the earliest; and how many rows that took away. Without a path, in memory.

    The order of the other columns settles ties, whatever the order of rows and files. Only rows that may have the same
    value as another one, by 64 bits of it, are put into an order; of the others none is held in memory.
    """
    kept = stored.kept
    if not spec.settings.unique:
        return kept, 0
    subset = [match_name(name, columns.types) or name for name in spec.settings.unique]
    schema = kept.collect_schema()
    complete = pl.all_horizontal(pl.col(subset).is_not_null())
    marked = kept.filter(complete).with_columns(
        pl.struct(_told_apart(name, schema[name]) for name in subset).hash().alias(_MARK)
    )
    engine = IN_MEMORY if path is None else STREAMED
    several = marked.group_by(_MARK).len().filter(pl.col("len") > 1).select(_MARK).collect(engine=engine).lazy()
    rows = marked.join(several, on=_MARK, how="semi").drop(_MARK).collect(engine=engine)
    if rows.is_empty():
        return kept, 0
    ties = [_told_apart(name, kind) for name, kind in schema.items() if name not in (ROW, FILE, TIME, PLACE)]
    first = rows.sort(TIME, *ties).unique(subset=subset, keep="first", maintain_order=True)
    alone = marked.join(several, on=_MARK, how="anti").drop(_MARK)
    unique = pl.concat([first.lazy(), alone, kept.filter(~complete)])
    if path is None:
        return unique.collect(engine=engine).lazy(), rows.height - first.height
    unique.sink_parquet(path, compression="lz4")
    return pl.scan_parquet(path), rows.height - first.height


def _told_apart(name: str, kind: pl.DataType) -> pl.Expr:
    """A column as what two of its values differ by: lists by their elements, and no zero is less than another."""
    if kind.is_nested():
        return pl.col(name).list.join("\0")
    return pl.col(name) + 0.0 if kind.is_float() else pl.col(name)
