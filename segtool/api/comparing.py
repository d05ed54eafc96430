"""`diff`: how every list changed between two committed runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segtool.config.settings import Config
from segtool.lists.changes import Change, Situation, compare
from segtool.lists.roster import EMPTY
from segtool.store.snapshots import Run, Snapshots


@dataclass(frozen=True)
class Difference:
    """Two runs (serials and instants), and how every list changed from the old to the new."""

    old: int
    new: int
    old_as_of: str
    new_as_of: str
    timezone: str
    changes: Mapping[str, Change]

    def __getitem__(self, segment: str) -> Change:
        return self.changes[segment]


def diff(config: Config, old: str = "previous", new: str = "latest") -> Difference:
    """Who entered and left every list between two committed runs: serials, dates, `latest`, `previous`.

    Raises NoRunError and StateError.
    """
    snapshots = Snapshots(config.state)
    before, now = (snapshots.find(which, config.timezone) for which in (old, new))
    return Difference(
        old=before.manifest.serial,
        new=now.manifest.serial,
        old_as_of=before.manifest.as_of,
        new_as_of=now.manifest.as_of,
        timezone=config.timezone,
        changes=_between(before, now),
    )


def _between(before: Run, now: Run) -> dict[str, Change]:
    """Two runs, list by list, in the order of the later one; lists that are gone come last."""
    old, new = before.rosters(), now.rosters()
    found = {}
    for name in (*new, *(name for name in old if name not in new)):
        was, is_now = before.manifest.segments.get(name), now.manifest.segments.get(name)
        moved = was is not None and is_now is not None and was.definition != is_now.definition
        situation = Situation(new_list=was is None, list_removed=is_now is None, definition_changed=moved)
        found[name] = compare(new.get(name, EMPTY), old.get(name, EMPTY), None, situation)
    return found
