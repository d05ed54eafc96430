"""Runs without some people: as if they had never been in them.

They are taken out of every run, so none of the lists says that they left. Numbers follow the tables. What is kept of
them is that somebody was forgotten, how many and when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

import polars as pl

from segtool.config.frozen import dataclass
from segtool.lists.roster import Roster
from segtool.sources import fingerprint, traces
from segtool.sources.context import ID
from segtool.sources.people import People
from segtool.store import tables
from segtool.store.manifest import FORMAT, Manifest, SegmentRecord
from segtool.store.packing import packed, unpacked
from segtool.store.snapshots import Run


@dataclass(frozen=True)
class Held:
    """A run and what it holds of some people. `before` is the run before it, where that is kept."""

    run: Run
    before: Run | None
    people: People

    @cached_property
    def lists(self) -> dict[str, set[str]]:
        """Whom of them it has on which list."""
        return _lists(self.run, self.people)

    @cached_property
    def tables(self) -> dict[str, bytes]:
        """The files that change, as they are without them: those of the lists in the format of today."""
        cleaned = {name: _without(name, content, self.people) for name, content in self._others.items()}
        others = {name: content for name, content in cleaned.items() if content is not None}
        if not self._on_lists:
            return others
        lists = tables.lists(tables.without(self._rosters, self.people.are))
        return others | {name: made() for name, made in lists}

    @cached_property
    def ids(self) -> set[str]:
        """Whom of them any of its tables has."""
        found = pl.concat([pl.Series(ID, [], dtype=pl.String), *self._on_lists])
        for name in self.tables.keys() & self._others.keys():
            table = unpacked(name, self._others[name])
            if ID in table.columns:
                found = pl.concat([found, table.get_column(ID).filter(self.people.are(table.get_column(ID)))])
        return set(found.str.to_lowercase())

    @cached_property
    def _rosters(self) -> dict[str, Roster]:
        return self.run.rosters()

    @cached_property
    def _on_lists(self) -> list[pl.Series]:
        """The ids of them that the files of the lists have."""
        everyone = [part.people for roster in self._rosters.values() for part in (roster.members, roster.hidden)]
        known = {id(people): people for people in everyone}
        found = [people.filter(self.people.are(people)).alias(ID) for people in known.values()]
        return [ids for ids in found if ids.len()]

    @cached_property
    def _others(self) -> dict[str, bytes]:
        """All other files of it."""
        names = [name for name in self.run.manifest.files if name not in tables.LISTS]
        return {name: content for name in names if (content := self.run.content(name)) is not None}

    @property
    def segments(self) -> dict[str, SegmentRecord]:
        """The records of the lists, with the numbers of those who are left."""
        before = _lists(self.before, self.people) if self.before is not None else None
        records = self.run.manifest.segments
        return {name: self._record(name, record, before) for name, record in records.items()}

    def _record(self, name: str, record: SegmentRecord, before: Mapping[str, set[str]] | None) -> SegmentRecord:
        now = self.lists.get(name, set())
        members = record.members - len(now)
        if record.carried or record.held:
            return replace(record, members=members)
        known = before if before is not None else {}
        first = self.run.manifest.parent is None
        came = now - known.get(name, set()) if before is not None or first else set()
        went = known.get(name, set()) - now
        return replace(
            record,
            members=members,
            entered=min(max(record.entered - len(came), 0), members),
            left=max(record.left - len(went), 0),
        )

    def rewritten(self, on: str, outputs: Mapping[str, str] | None = None) -> tuple[Manifest, dict[str, bytes]]:
        """The manifest and all files of the run without them; `outputs` where those changed too."""
        manifest = self.run.manifest
        whole = {name: self.run.content(name) for name in manifest.files}
        files = {name: content for name, content in whole.items() if content is not None} | self.tables
        count = manifest.forgotten.get(on, 0) + len(self.ids)
        fresh = replace(
            manifest,
            format=FORMAT if self._on_lists else manifest.format,
            segments=self.segments,
            files={name: fingerprint.of(content, manifest.files.get(name)) for name, content in files.items()},
            forgotten={**manifest.forgotten, **({on: count} if count else {})},
            outputs=manifest.outputs if outputs is None else outputs,
        )
        return fresh, files


def holdings(runs: Sequence[Run], people: People) -> list[Held]:
    """What the runs hold of these people, the oldest first. Raises StateError for damage."""
    parents = {run.folder.name: run for run in runs}
    return [Held(run, parents.get(run.manifest.parent or ""), people) for run in runs]


def _lists(run: Run, people: People) -> dict[str, set[str]]:
    """Whom of the people a run has on which published list."""
    rosters = {name: roster.members for name, roster in run.rosters().items()}
    tables_of = {id(members.people): members.people for members in rosters.values()}
    theirs = {key: people.are(ids) for key, ids in tables_of.items()}
    chosen = {name: members.on & theirs[id(members.people)] for name, members in rosters.items()}
    found = {name: set(members.people.filter(chosen[name])) for name, members in rosters.items()}
    return {name: ids for name, ids in found.items() if ids}


def _without(name: str, content: bytes, people: People) -> bytes | None:
    """A table without their rows, and with gaps where others' rows speak of them; None where nothing changes."""
    table = unpacked(name, content)
    if not traces.held_in(table, people).any():
        return None
    if ID in table.columns:
        table = table.filter(~people.are(table.get_column(ID)))
    speaking = {column.name: traces.told(column, people) for column in table.iter_columns()}
    gaps = [pl.when(~told).then(pl.col(spoken)).alias(spoken) for spoken, told in speaking.items() if told.any()]
    return packed(name, table.with_columns(gaps))
