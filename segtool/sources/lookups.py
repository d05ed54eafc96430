"""Tables with one row per product, campaign and so on, whose columns are added to each event: `lookup:` of a source.

A lookup is read as a table of attributes is, with the value of `on` in the place of the contact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from segtool.config.columns import match_name
from segtool.config.frozen import dataclass
from segtool.config.problems import Problems
from segtool.config.settings import SourceSpec
from segtool.sources.context import ID, Context, key_column
from segtool.sources.tables import Table, read_table


@dataclass(frozen=True)
class _Lookup:
    """A table, the column that holds the key in each event, and the names that the table's columns get."""

    table: Table
    key: str
    columns: tuple[str, ...]


def read_lookups(spec: SourceSpec, context: Context, problems: Problems) -> list[Table] | None:
    """The tables of a source's lookups; None after their problems were collected."""
    own = replace(context, needed=None, address=False, places=None)
    tables = [read_table(lookup, own, problems) for lookup in spec.lookups]
    found = [table for table in tables if table is not None]
    return found if len(found) == len(tables) else None


def with_lookups(
    spec: SourceSpec, events: Table, tables: Sequence[Table], context: Context, problems: Problems
) -> Table:
    """The events with the columns of their lookups. An event's own column of the same name stays as it is."""
    types = dict(events.columns.types)
    made = []
    for number, table in enumerate(tables):
        added = [name for name in table.columns.types if name != table.columns.id]
        taken = [name for name in added if match_name(name, types) is not None]
        for name in taken:
            message = f'"{name}" of {_files(table)} is a column of "{spec.name}" too, and left out'
            problems.warning(
                "lookup-column", f"{message}; give it a name in columns:", spec.place("lookup", number, "files")
            )
        fresh = tuple(name for name in added if name not in taken)
        types |= {name: table.columns.types[name] for name in fresh}
        made.append(_Lookup(table, key_column(number), fresh))
    notes, frame = list(events.notes), events.frame
    for number, one in enumerate(made):
        notes += _misses(spec, events, one)
        path = context.scratch / f"{spec.name}.lookup{number}.parquet"
        frame = _joined(frame, one, path) if _asked(one, context) else frame
    return replace(
        events,
        columns=replace(events.columns, types=types),
        frame=frame.drop(one.key for one in made),
        rejects=pl.concat([events.rejects, *(table.rejects for table in tables)]),
        notes=tuple(notes),
    )


def _files(table: Table) -> str:
    return table.files[0].path if table.files else "the lookup"


def _asked(lookup: _Lookup, context: Context) -> bool:
    needed = context.needed
    return needed is None or any(match_name(name, lookup.columns) is not None for name in needed)


def _joined(frame: pl.LazyFrame, lookup: _Lookup, path: Path) -> pl.LazyFrame:
    table = lookup.table.frame.select(pl.col(ID).alias(lookup.key), *lookup.columns)
    joined = frame.join(table, on=lookup.key, how="left", maintain_order="left")
    joined.sink_parquet(path, compression="zstd", compression_level=1)
    return pl.scan_parquet(path)


def _misses(spec: SourceSpec, events: Table, lookup: _Lookup) -> list[str]:
    """How many events have a key that the table lacks."""
    known = lookup.table.frame.select(pl.col(ID).alias(lookup.key))
    missing = events.frame.select(lookup.key).drop_nulls().join(known, on=lookup.key, how="anti")
    count = missing.select(pl.len()).collect(engine="streaming").item()
    if not count:
        return []
    rows = "1 row" if count == 1 else f"{count:,} rows"
    return [f'{rows} of "{spec.name}" with a {lookup.table.columns.id} that is not in {_files(lookup.table)}']
