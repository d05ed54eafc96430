"""Ids that belong to a list whatever its rule says, and ids that never do: the files of `add:` and `remove:`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from segtool.config import model
from segtool.config.columns import Columns, match_name
from segtool.config.frozen import dataclass
from segtool.config.problems import Location, Problems
from segtool.config.settings import Config, SegmentSpec, SourceSpec
from segtool.sources import cells
from segtool.sources.context import ID
from segtool.sources.files import SourceFile, find_files
from segtool.sources.tables import Table
from segtool.sources.typing import identity


@dataclass(frozen=True)
class Override:
    """Contact ids to add to a list and to take off it."""

    add: pl.Series
    remove: pl.Series


NONE = Override(pl.Series(ID, [], dtype=pl.String), pl.Series(ID, [], dtype=pl.String))


def read_overrides(config: Config, tables: Mapping[str, Table], problems: Problems) -> dict[str, Override]:
    """The overrides of every list that has some. Ids that are no contact are reported and left out."""
    contacts = tables.get(config.contacts.name)
    if contacts is None:
        return {}
    found = {}
    for name, spec in config.segments.items():
        if spec.settings.add or spec.settings.remove:
            ids = {key: _ids(spec, key, config, contacts, problems) for key in ("add", "remove")}
            found[name] = Override(ids["add"], ids["remove"])
    return found


def _ids(spec: SegmentSpec, key: str, config: Config, contacts: Table, problems: Problems) -> pl.Series:
    files = getattr(spec.settings, key)
    if not files:
        return pl.Series(ID, [], dtype=pl.String)
    written = _written(spec, key, files, config, contacts, problems)
    known = written.filter(written.is_in(contacts.frame.select(ID).collect().to_series().implode()))
    strangers = written.len() - known.len()
    if strangers:
        ids = "1 id is" if strangers == 1 else f"{strangers} ids are"
        message = f'{ids} in the "{key}" file of "{spec.name}" but not in contacts, and ignored'
        problems.without(spec.settings.silence or ()).warning("override-stranger", message, spec.place(key))
    return known


def _written(
    spec: SegmentSpec, key: str, files: tuple[str, ...], config: Config, contacts: Table, problems: Problems
) -> pl.Series:
    """The ids as they stand in the files, normalised as those of the contacts."""
    source = _source(spec, key, files)
    found = find_files(source, config.folder, problems, f'"{key}" of segment "{spec.name}"')
    with TemporaryDirectory(prefix="segtool-") as scratch:
        try:
            return _column(source, found, contacts.columns, Path(scratch), problems)
        except pl.exceptions.PolarsError:
            # Ragged rows and the like: read again row by row, which loses no other row.
            return _column(source, found, contacts.columns, Path(scratch), problems, careful=True)


def _column(
    source: SourceSpec,
    found: list[SourceFile],
    own: Columns,
    scratch: Path,
    problems: Problems,
    careful: bool = False,
) -> pl.Series:
    read = cells.read(source, found, scratch, problems, careful) if found else None
    if read is None or not read.columns:
        return pl.Series(ID, [], dtype=pl.String)
    column = match_name(own.id, read.columns) or match_name("id", read.columns) or read.columns[0]
    address = own.types.get(own.id) == "email"
    ids = read.frame.select(identity(pl.col(column), address).alias(ID)).collect().to_series()
    return ids.drop_nulls().unique().sort()


def files_of(config: Config) -> list[Path]:
    """Every file of `add:` and `remove:` that is there."""
    asked = [(spec, key, getattr(spec.settings, key)) for spec in config.segments.values() for key in ("add", "remove")]
    found = [find_files(_source(*each), config.folder, Problems()) for each in asked if each[2]]
    return [file.path for files in found for file in files]


def _source(spec: SegmentSpec, key: str, files: tuple[str, ...]) -> SourceSpec:
    """The files as a source: they are found and read as exports are."""
    at: Location | None = spec.place(key)
    return SourceSpec(f"{spec.name}.{key}", model.Source(files=tuple(files)), at=at)
