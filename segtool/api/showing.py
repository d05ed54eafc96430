"""`show`: a list as the last run left it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import field
from datetime import datetime
from zoneinfo import ZoneInfo

import polars as pl

from segtool.api.names import filled
from segtool.config.frozen import dataclass
from segtool.config.settings import Config
from segtool.lists.places import SINCE
from segtool.sources import fingerprint
from segtool.sources.context import ID
from segtool.store.errors import NoRunError
from segtool.store.snapshots import Run, Snapshots

_CELL_IN_QUOTES = re.compile(r'"(?:[^"]|"")*"')


@dataclass(frozen=True)
class Listing:
    """A list after a run: its columns and, row by row, its cells as text.

    The rows are those of the published file; ids and dates of entry where the list has none, or where
    the file is not any more what the run wrote, which `altered` tells.
    """

    segment: str
    label: str | None
    run: int
    as_of: str
    timezone: str
    members: int
    columns: tuple[str, ...]
    altered: bool
    _cells: str | pl.DataFrame = field(repr=False)

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Every member, in the order of the list."""
        if isinstance(self._cells, str):
            reader = _reader(self._cells)
            next(reader)
            return map(tuple, reader)
        zone = ZoneInfo(self.timezone)
        return ((member, _wall(since, zone)) for member, since in self._cells.iter_rows())


def show(config: Config, segment: str) -> Listing:
    """The list as the last run left it. Raises NoRunError, ConfigError for a list that it has not, StateError."""
    run = Snapshots(config.state).latest()
    if run is None:
        raise NoRunError("there is no run yet; segtool run makes the first")
    filled(segment, run.manifest.segments, config)
    record = run.manifest.segments[segment]
    text = _published(config, run, segment)
    members = run.rosters()[segment].members.table
    return Listing(
        segment=segment,
        label=record.label,
        run=run.manifest.serial,
        as_of=run.manifest.as_of,
        timezone=config.timezone,
        members=members.height,
        columns=tuple(next(_reader(text))) if text is not None else (config.contacts.settings.id or ID, SINCE),
        altered=_file(segment) in run.manifest.outputs and text is None,
        _cells=text if text is not None else members,
    )


def _published(config: Config, run: Run, segment: str) -> str | None:
    """The published file, if it still is what the run wrote."""
    expected = run.manifest.outputs.get(_file(segment))
    path = config.output_folder / _file(segment)
    try:
        content = path.read_bytes()
    except OSError:
        return None
    return content.decode("utf-8-sig") if fingerprint.of(content, expected) == expected else None


def _file(segment: str) -> str:
    return f"lists/{segment}.csv"


def _reader(text: str) -> Iterator[list[str]]:
    """The rows, split at the mark of the time: whatever could be one stands in quotes elsewhere."""
    header = text[: text.find("\n")]
    mark = re.search("[,;\t]", _CELL_IN_QUOTES.sub("", header))
    return csv.reader(io.StringIO(text, newline=""), delimiter=mark[0] if mark else ",", strict=True)


def _wall(since: datetime, zone: ZoneInfo) -> str:
    return since.replace(tzinfo=ZoneInfo("UTC")).astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
