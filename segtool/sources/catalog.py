"""All sources of a configuration, read: contacts first, because the others' ids look like theirs."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import polars as pl

from segtool.config.deeds import columns_of
from segtool.config.fields import refs_of
from segtool.config.frozen import dataclass
from segtool.config.mentions import in_source, mentioned
from segtool.config.problems import Problems
from segtool.config.references import deeds_of
from segtool.config.settings import Config, SourceSpec
from segtool.sources import salesforce
from segtool.sources.context import ID, IN_MEMORY, PLACE, STREAMED, Context
from segtool.sources.files import SourceFile, find_files
from segtool.sources.lookups import read_lookups, with_lookups
from segtool.sources.parts import is_small
from segtool.sources.places import Places
from segtool.sources.tables import Table, read_table
from segtool.sources.together import together


def read_all(config: Config, context: Context, problems: Problems, whole: bool = False) -> dict[str, Table]:
    """Every source that could be read, by name, in the order of the file; the others left problems.

    The columns that some rule or list needs, or every one for `whole`.
    """
    specs = list(config.sources.values())
    first = [spec for spec in specs if spec.role == "contacts"]
    others = [spec for spec in specs if spec.role != "contacts"]
    files = _files(others, context)
    small = is_small(files)
    new = not small and not all(map(context.cache.knows, files))
    _glance_at(config, context)
    needed = _Needed() if whole else _Needed(event_columns(config), mentioned(config))
    tables = {spec.name: _read(spec, needed, context, problems) for spec in first}
    contacts = next((table for table in tables.values() if table is not None), None)
    if contacts is not None:
        address = contacts.columns.types.get(contacts.columns.id) == "email"
        context = replace(context, address=address, places=Places(contacts.frame, contacts.key, context.cache))

    def read(spec: SourceSpec) -> tuple[Table | None, Problems]:
        own = problems.beside()
        return _read(spec, needed, context, own), own

    with ThreadPoolExecutor(1) as beside:
        if new and context.places is not None:  # rows that are typed are told apart by people, which takes a while
            beside.submit(context.places.ready)
        found = together(read, others, alone=small)
    for spec, (table, own) in zip(others, found, strict=True):
        problems.extend(own.sorted)
        tables[spec.name] = table
    known = {spec.name: table for spec in specs if (table := tables[spec.name]) is not None}
    if contacts is None:
        return known
    return {name: _with_strangers(table, contacts, context) for name, table in known.items()}


def _read(spec: SourceSpec, needed: _Needed, context: Context, problems: Problems) -> Table | None:
    """One source with what its lookups say; None after its problems were collected."""
    context.step(f"reading {spec.name}")
    asked = replace(context, needed=needed.of(spec), places=context.places if spec.role == "events" else None)
    table = read_table(spec, asked, problems)
    lookups = read_lookups(spec, context, problems)
    if table is None or lookups is None:
        return None
    return with_lookups(spec, table, lookups, asked, problems) if lookups else table


def _glance_at(config: Config, context: Context) -> None:
    """Looks at the bytes of all files at once: what is read afterwards begins with what they tell."""
    files = _files(config.sources.values(), context)
    together(context.cache.content, files, alone=is_small(files))


def _files(specs: Iterable[SourceSpec], context: Context) -> list[SourceFile]:
    unheard = Problems()
    return [file for spec in specs for file in find_files(spec, context.folder, unheard)]


def event_columns(config: Config) -> frozenset[str]:
    """Every column of events that some rule names; what no rule names is not read."""
    return frozenset(name for did in deeds_of(config) for name in columns_of(did))


@dataclass(frozen=True)
class _Needed:
    """The names of columns that rules and lists look at: those of events, and of what is told of people; None is all.

    A column that can have cells that do not fit is always one of people's, because these cells are reported.
    """

    events: frozenset[str] | None = None
    people: frozenset[str] | None = None

    def of(self, spec: SourceSpec) -> frozenset[str] | None:
        """The names among which are those of the columns that a source needs."""
        own = {ref.name for ref in refs_of(spec.only)} if spec.only is not None else set()
        if spec.role == "events":
            return None if self.events is None else self.events | own
        if self.people is None:
            return None
        s = spec.settings
        always = {*own, *s.types, *(name for name in (s.id, s.contact) if name)}
        return (self.people if spec.role == "contacts" else in_source(self.people, spec.name)) | always


def _with_strangers(table: Table, contacts: Table, context: Context) -> Table:
    """The table, knowing how many of its kept rows are of people who are not in contacts."""
    if table is contacts or context.places is None:
        return table
    cache = context.cache
    key = cache.key("strangers", table.key, contacts.key) if table.key and contacts.key else None
    noted = cache.note(key) if key else None
    if noted is not None:
        return _told(table, noted["count"])
    unknown = _unknown(table, context.places)
    count = unknown.select(pl.len()).collect(engine=IN_MEMORY if table.small else STREAMED).item()
    if count and contacts.frame.select(pl.col(ID).str.contains(salesforce.ID).any()).collect().item():
        return _met(table, unknown.select(ID), context.places, count)
    if key:
        cache.write_note(key, {"count": count})
    return _told(table, count)


def _unknown(table: Table, places: Places) -> pl.LazyFrame:
    """The rows of people who are not in contacts."""
    if table.columns.role == "events":
        return table.frame.filter(pl.col(PLACE).is_null())
    ids = table.frame.select(ID).collect()
    return ids.filter(places.of(ids.get_column(ID)).is_null()).lazy()


def _told(table: Table, count: int) -> Table:
    return replace(table, accounting=replace(table.accounting, strangers=count))


def _met(table: Table, unknown: pl.LazyFrame, places: Places, count: int) -> Table:
    """The table with the ids of Salesforce as the contacts have them, where these have them in their other length.

    In a table with one row for each person nobody gets a second one.
    """
    found = unknown.filter(pl.col(ID).str.contains(salesforce.ID)).group_by(ID).agg(pl.len().alias("rows"))
    strangers = found.collect(engine="streaming")
    pairs = salesforce.others(strangers.get_column(ID))
    others = pl.Series(pairs.values(), dtype=pl.String)
    standing = dict(zip(pairs, places.of(others), strict=True))
    if table.columns.role != "events":
        taken = set(places.of(table.frame.select(ID).collect().to_series()))
        standing = {written: place for written, place in standing.items() if place not in taken}
    same = {written: place for written, place in standing.items() if place is not None}
    met = int(strangers.filter(pl.col(ID).is_in(list(same))).get_column("rows").sum())
    if not same:
        return _told(table, count)
    frame = table.frame
    if table.columns.role == "events":
        standing_of = pl.col(ID).replace_strict(list(same), list(same.values()), default=None, return_dtype=pl.UInt32)
        frame = frame.with_columns(pl.coalesce(PLACE, standing_of).alias(PLACE))
    frame = frame.with_columns(pl.col(ID).replace({name: pairs[name] for name in same}))
    return _told(replace(table, frame=frame), count - met)
