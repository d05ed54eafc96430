"""Export files → what they hold, as one reads them before anything is said about them.

Recognised formats are read as those; of others the types are inferred, and what inference refuses because of a few odd
cells is offered as a declaration, with how many cells will not fit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path
from typing import Any

import polars as pl

from segtool.config.formats import Format
from segtool.config.frozen import dataclass
from segtool.config.problems import Problems
from segtool.config.settings import SourceSpec
from segtool.sources import cells
from segtool.sources.cells import Cells
from segtool.sources.context import ADDRESS, Context
from segtool.sources.facts import Facts, describe
from segtool.sources.headers import declared_columns
from segtool.sources.settle import Texts, settle
from segtool.sources.typing import Reading, identity, typed
from segtool.starter import clues, hunches
from segtool.starter.gathering import Group, files_of, gather, spec_of


@dataclass(frozen=True)
class Look:
    """One source to be: its files as patterns relative to the segments file, and what they hold.

    `settings` is what has to be said to read them; `keys` has, for every column that may say whose row it is, its
    distinct values. `remarks` are for the reader. `texts` are its cells, as long as the files are looked at.
    """

    group: Group
    settings: Mapping[str, Any]
    rows: int
    columns: Mapping[str, Facts]
    keys: Mapping[str, pl.Series] = field(repr=False)
    remarks: tuple[str, ...] = ()
    texts: pl.LazyFrame | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return self.group.name

    @property
    def format(self) -> Format | None:
        return self.group.format


@dataclass(frozen=True)
class Found:
    """What a heap of files turned out to be; `left` says of every file that cannot be used why."""

    looks: tuple[Look, ...]
    left: tuple[str, ...]


def look_at(paths: Sequence[str], folder: Path, context: Context) -> Found:
    """All tables among `paths` (files, folders, patterns; relative to the working folder), seen from `folder`."""
    groups, left = gather(paths, folder)
    looks: list[Look] = []
    for group in groups:
        problems = Problems()
        try:
            look = _look(group, folder, context, problems)
        except pl.exceptions.PolarsError:
            left.append(f"{group.shown} cannot be read as a table")
            continue
        left += [problem.message for problem in problems.errors]
        looks += [look] if look is not None and not problems.errors else []
    return Found(tuple(looks), tuple(left))


def _look(group: Group, folder: Path, context: Context, problems: Problems) -> Look | None:
    sheet = {"sheet": group.sheet} if group.sheet is not None else {}
    read = _read(group, sheet, folder, context.scratch, problems)
    if read is None or group.format is not None:
        return _of_format(group, read, context, problems) if read is not None else None
    hunch, remarks = hunches.of_cells(read[1].frame, read[1].columns)
    settings = {**sheet, **hunch}
    again = _read(group, settings, folder, context.scratch, problems) if hunch else read
    return _of_unknown(group, settings, again, remarks, context, problems) if again is not None else None


_Read = tuple[SourceSpec, Cells]


def _read(group: Group, settings: Mapping[str, Any], folder: Path, scratch: Path, problems: Problems) -> _Read | None:
    spec = spec_of(group.name, group.files, group.format, settings, problems)
    files = files_of(spec, folder, problems) if spec is not None else []
    if spec is None or not files:
        return None
    try:
        read = cells.read(spec, files, scratch, problems)
        if read is not None:
            read.frame.select(pl.len()).collect(engine="streaming")
    except (pl.exceptions.ComputeError, pl.exceptions.ShapeError, pl.exceptions.SchemaError):
        read = cells.read(spec, files, scratch, problems, careful=True)
    return (spec, read) if read is not None else None


def _of_format(group: Group, read: _Read, context: Context, problems: Problems) -> Look | None:
    spec, text = read
    columns = declared_columns(spec, text.columns)
    settled = settle(spec, columns, [Texts(text)], context, problems)
    known = group.format
    if settled is None or known is None:
        return None
    rows, facts = _facts(text.frame, settled.readings)
    remarks = [f"Recognised as {known.name} ({known.about}) by its columns {', '.join(known.header)}."]
    if not known.verified:
        remarks.append("What segtool knows of this format is not verified.")
    key = columns.id
    keys = {key: _values(text.frame, key, True)} if key in text.columns else {}
    return Look(group, {}, rows, facts, keys, tuple(remarks), text.frame)


def _of_unknown(
    group: Group,
    settings: Mapping[str, Any],
    read: _Read,
    remarks: tuple[str, ...],
    context: Context,
    problems: Problems,
) -> Look | None:
    spec, text = read
    settled = settle(spec, declared_columns(spec, text.columns), [Texts(text)], context, problems)
    if settled is None:
        return None
    readings = settled.readings
    decimal = spec.settings.decimal or "."
    offered = hunches.of_types(text.frame, {column: reading.kind for column, reading in readings.items()}, decimal)
    types = {column: hunch.type for column, hunch in offered.items() if hunch.type}
    for column, kind in types.items():
        dates = offered[column].dates or ("iso",)
        readings[column] = replace(readings[column], kind=kind, dates=dates)
    remarks += tuple(f'"{column}" {hunch.remark}' for column, hunch in offered.items() if hunch.remark)
    rows, facts = _facts(text.frame, readings)
    said = {**settings, **({"types": types} if types else {})}
    return Look(group, said, rows, facts, _keys(text.frame, facts), remarks, text.frame)


def _facts(frame: pl.LazyFrame, readings: Mapping[str, Reading]) -> tuple[int, dict[str, Facts]]:
    values = frame.select(typed(pl.col(name), reading).alias(name) for name, reading in readings.items())
    found = describe(values, {name: reading.kind for name, reading in readings.items()})
    return found.rows, dict(found.columns)


def _keys(frame: pl.LazyFrame, facts: Mapping[str, Facts]) -> dict[str, pl.Series]:
    """Every column that may say whose row it is: by its name, or because it holds addresses."""
    texts = [name for name, fact in facts.items() if fact.type in ("text", "email") and fact.filled]
    shares = frame.select(pl.col(name).str.contains(ADDRESS).mean() for name in texts).collect(engine="streaming")
    addresses = {name for name in texts if (shares.get_column(name).item() or 0) > 0.5}
    ids = {
        name
        for name, fact in facts.items()
        if clues.names_a_person(name) and fact.type in ("text", "email", "integer") and fact.filled
    }
    return {name: _values(frame, name, name in addresses) for name in facts if name in addresses | ids}


def _values(frame: pl.LazyFrame, column: str, address: bool) -> pl.Series:
    ids = identity(pl.col(column), address).drop_nulls().unique()
    return frame.select(ids).collect(engine="streaming").to_series()
