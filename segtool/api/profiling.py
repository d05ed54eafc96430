"""`profile`: what the sources hold, column by column, and how they fit together.

Values that are about one person each are not told unless they are asked for: ids, addresses, names, birthdays, and
whatever hardly any rows share.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from segtool.api.inputs import clock_of, refuse
from segtool.config.columns import Columns, match_name
from segtool.config.frozen import dataclass
from segtool.config.problems import ConfigError, Problem, Problems, suggestion
from segtool.config.progress import Step, quiet
from segtool.config.settings import Config
from segtool.sources.account import Accounting
from segtool.sources.catalog import read_all
from segtool.sources.context import EVENT, ID, TIME, Context
from segtool.sources.facts import Facts, counted, describe
from segtool.sources.tables import Table
from segtool.starter import clues

MOST = 5
_SHARED = 3
"""A value is told when at least so many rows have it."""


@dataclass(frozen=True)
class SourceProfile:
    """One source. Of events: how many rows each has, how many are of contacts, of how many contacts, and from when
    to when (UTC). `private` are the columns whose values are not told."""

    name: str
    role: str
    files: tuple[str, ...]
    accounting: Accounting
    columns: tuple[Facts, ...]
    private: frozenset[str]
    events: tuple[tuple[str, int], ...] = ()
    people: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None

    @property
    def matching(self) -> int:
        """Rows of people who are in contacts."""
        return self.accounting.kept - self.accounting.strangers


def profile(config: Config, values: Collection[str] = (), step: Step = quiet) -> tuple[SourceProfile, ...]:
    """Every source, described in one pass each. `values` names columns whose values are told whatever they are.

    Raises ConfigError and DataError.
    """
    problems = Problems()
    with TemporaryDirectory(prefix="segtool-") as scratch:
        context = Context(clock_of(config, None), config.folder, Path(scratch), datetime.now(UTC), step=step)
        tables = read_all(config, context, problems, whole=True)
        refuse(problems)
        _known(values, tables)
        contacts = tables[config.contacts.name].frame.select(ID, pl.lit(True).alias("§known"))
        found = []
        for table in tables.values():
            step(f"describing {table.name}")
            found.append(_of(table, contacts, values))
    return tuple(found)


def _known(values: Collection[str], tables: Mapping[str, Table]) -> None:
    columns = {column for table in tables.values() for column in table.columns.types}
    wrong = [name for name in values if match_name(name, columns) is None]
    if wrong:
        said = [f'--values: no source has a column "{name}"{suggestion(name, columns)}' for name in wrong]
        raise ConfigError([Problem("unknown-name", message) for message in said])


def _of(table: Table, contacts: pl.LazyFrame, values: Collection[str]) -> SourceProfile:
    columns = table.columns
    private = _private(columns, values)
    known = pl.col("§known").fill_null(False)
    more = {"people": pl.col(ID).filter(known).n_unique()}
    if columns.role == "events":
        more |= {"events": counted(pl.col(EVENT).drop_nulls(), 1000)}
        more |= {"oldest": pl.col(TIME).min(), "newest": pl.col(TIME).max()}
    frame = table.frame.join(contacts, on=ID, how="left")
    found = describe(frame, columns.types, MOST, more)
    events = tuple((one[EVENT], one["§count"]) for one in found.more.get("events") or ())
    return SourceProfile(
        table.name,
        columns.role,
        tuple(file.path for file in table.files),
        table.accounting,
        tuple(_told(fact, private, values) for fact in found.columns.values()),
        private,
        events,
        found.more["people"],
        found.more.get("oldest"),
        found.more.get("newest"),
    )


def _private(columns: Columns, values: Collection[str]) -> frozenset[str]:
    """The columns that name a person, and were not asked for."""
    asked = {match_name(name, columns.types) for name in values}
    return frozenset(
        name
        for name, kind in columns.types.items()
        if name not in asked and (name == columns.id or kind == "email" or clues.is_personal(name))
    )


def _told(fact: Facts, private: Collection[str], values: Collection[str]) -> Facts:
    """What may be told of a column."""
    if fact.name in private:
        return replace(fact, top=(), least=None, median=None, greatest=None)
    asked = match_name(fact.name, values) is not None
    return fact if asked else replace(fact, top=tuple(one for one in fact.top if one[1] >= _SHARED))
