"""What the lists of a run are compared with: the run before, or nothing yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from datetime import datetime
from functools import reduce

import polars as pl

from segtool.config.definition import definition
from segtool.config.frozen import dataclass
from segtool.config.references import with_memory
from segtool.config.settings import Config
from segtool.lists.changes import Change, Situation, changed, unchanged
from segtool.lists.guards import Exports
from segtool.lists.membership import PUBLISHED, Lists
from segtool.lists.places import SINCE, Crossing
from segtool.lists.roster import EMPTY, Roster, Today, roster
from segtool.plan.plan import SEGMENT, SINCE_OF
from segtool.sources.context import ID


@dataclass(frozen=True)
class Meaning:
    """What a list was in an earlier run: its kind, and the hash of its definition (of a static one, when filled)."""

    kind: str
    definition: str


def _nothing() -> pl.LazyFrame | None:
    return None


def _no_run(_: int) -> Before | None:
    return None


@dataclass(frozen=True)
class Before:
    """The run before: its lists, what they meant, and the files of its sources. Serial 0 is no run.

    `features` reads what it saw of every contact, as `Lists.features`; None where that was not kept. `made` is, for
    each list, the run that last filled it: not this one, where it was held or not part of it. `earlier` looks such a
    run up; None where it is not kept any more.
    """

    serial: int = 0
    as_of: str | None = None
    rosters: Mapping[str, Roster] = field(default_factory=dict)
    meanings: Mapping[str, Meaning] = field(default_factory=dict)
    exports: Exports = field(default_factory=dict)
    features: Callable[[], pl.LazyFrame | None] = _nothing
    made: Mapping[str, int] = field(default_factory=dict)
    earlier: Callable[[int], Before | None] = _no_run

    @property
    def rows(self) -> dict[str, int]:
        """Rows read per source."""
        return {name: sum(file.rows for file in files) for name, files in self.exports.items()}

    def roster(self, name: str) -> Roster:
        return self.rosters.get(name, EMPTY)

    def remembered(self, config: Config, refresh: Collection[str]) -> tuple[str, ...]:
        """The lists that go by what this run remembers."""
        return tuple(
            name
            for name, spec in config.segments.items()
            if spec.remembers and name in self.meanings and name not in refresh
        )

    def memory(self, config: Config) -> pl.DataFrame | None:
        """ID and, under SINCE_OF and the name of a list whose past matters, since when the contact is on it."""
        known = [name for name in with_memory(config) if name in self.meanings]
        parts = [self.roster(name).remembered.table.rename({SINCE: f"{SINCE_OF}{name}"}) for name in known]
        return reduce(_joined, parts) if parts else None


def _joined(one: pl.DataFrame, other: pl.DataFrame) -> pl.DataFrame:
    return one.join(other, on=ID, how="full", coalesce=True)


def changes(
    lists: Lists, config: Config, before: Before, as_of: datetime, refresh: Collection[str] = ()
) -> dict[str, Change]:
    """Every list against the run before. `as_of` is naive UTC."""
    remembered = before.remembered(config, refresh)
    crossing, everyone = Crossing(lists.everyone), lists.contacts.get_column

    def change(name: str) -> Change:
        published, listed = everyone(f"{PUBLISHED}{name}"), everyone(f"{SEGMENT}{name}")
        today = Today(crossing, published, listed & ~published, name in remembered)
        old = before.roster(name)
        stayed = today.stay(old.members)
        now = roster(today, old, as_of, stayed)
        return changed(now, old, stayed, crossing, _situation(name, config, before, name in refresh))

    return {name: change(name) for name in lists.segments}


def _situation(name: str, config: Config, before: Before, refreshed: bool) -> Situation:
    was, now = before.meanings.get(name), meaning(name, config, before.meanings, refreshed)
    return Situation(
        first_run=not before.serial,
        new_list=bool(before.serial) and was is None,
        definition_changed=was is not None and was != now,
        refreshed=refreshed,
        outdated=_filled(name, config, was, refreshed) and now.definition != definition(config, name),
    )


def meaning(name: str, config: Config, before: Mapping[str, Meaning], refreshed: bool) -> Meaning:
    """What a list means from this run on: a static one what it meant when it was filled."""
    was = before.get(name)
    kept = was.definition if was is not None and _filled(name, config, was, refreshed) else definition(config, name)
    return Meaning(config.segments[name].settings.kind, kept)


def _filled(name: str, config: Config, was: Meaning | None, refreshed: bool) -> bool:
    """Whether it is a static list that an earlier run filled."""
    return config.segments[name].settings.kind == "static" and was is not None and not refreshed


def held(before: Before, name: str) -> Change:
    """A list that stays as it was."""
    return unchanged(before.roster(name))
