"""What the lists of a run are compared with: the run before, or nothing yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from segtool.config.definition import definition
from segtool.config.settings import Config
from segtool.lists.changes import EMPTY, Change, Roster, Situation, compare, roster
from segtool.lists.membership import Lists
from segtool.sources.context import ID


@dataclass(frozen=True)
class Before:
    """The run before: its lists, what they meant, and how many rows its sources had. Serial 0 is no run."""

    serial: int = 0
    as_of: str | None = None
    rosters: Mapping[str, Roster] = field(default_factory=dict)
    definitions: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)


def changes(lists: Lists, config: Config, before: Before, as_of: datetime) -> dict[str, Change]:
    """Every list against the run before. `as_of` is naive UTC."""
    everyone = lists.contacts.get_column(ID)
    found = {}
    for name in lists.segments:
        was = before.definitions.get(name)
        situation = Situation(
            first_run=not before.serial,
            new_list=bool(before.serial) and was is None,
            definition_changed=was is not None and was != definition(config, name),
        )
        old = before.rosters.get(name, EMPTY)
        found[name] = compare(roster(lists.ids(name), old, as_of), old, everyone, situation)
    return found


def held(before: Before, name: str) -> Change:
    """A list that stays as it was."""
    was = before.rosters.get(name, EMPTY)
    nobody = pl.DataFrame(schema={ID: pl.String, "reason": pl.String})
    return Change(was, was.members.height, nobody, nobody)
