"""`diff`: how every list changed between two committed runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from segtool.config.frozen import dataclass
from segtool.config.settings import Config
from segtool.lists.changes import CHANGE, NEW_LIST, OUTDATED, REASON, Change, Situation, compare
from segtool.lists.places import NOBODY, Crossing
from segtool.lists.roster import EMPTY
from segtool.sources.context import ID
from segtool.store.errors import DamageError
from segtool.store.manifest import SegmentRecord
from segtool.store.snapshots import Run, Snapshots
from segtool.store.tables import ENTERED, LEFT, SEGMENT


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
        changes=_between(before, now, _told(before, now, snapshots)),
    )


def _between(before: Run, now: Run, told: Mapping[str, pl.DataFrame]) -> dict[str, Change]:
    """Two runs, list by list, in the order of the later one; lists that are gone come last."""
    old, new = before.rosters(), now.rosters()
    # Lists without members are of nobody; all others are of the same people.
    crossing = Crossing(next((one.members.people for one in new.values() if one.members.height), NOBODY.people))
    found = {}
    for name in (*new, *(name for name in old if name not in new)):
        was, is_now = before.manifest.segments.get(name), now.manifest.segments.get(name)
        situation = Situation(
            new_list=was is None,
            list_removed=is_now is None,
            definition_changed=was is not None and is_now is not None and _meaning(was) != _meaning(is_now),
            outdated=is_now is not None and is_now.note == OUTDATED,
        )
        change = compare(new.get(name, EMPTY), old.get(name, EMPTY), crossing, situation, present=False)
        if name in told and not change.wholesale:
            change = _with_reasons(change, told[name])
        found[name] = change
    return found


def _meaning(record: SegmentRecord) -> tuple[str, str]:
    return record.kind, record.definition


def _told(before: Run, now: Run, snapshots: Snapshots) -> dict[str, pl.DataFrame]:
    """CHANGE, ID and REASON by list, as the runs after `before` told them, the latest run last.

    Nothing where one of these runs is not kept any more, or not whole: its changes would be missing. What was told of a
    list before it was gone for a while says nothing of the one that came in its place.
    """
    try:
        runs = snapshots.following(before, now)
        told = [part for run in runs if (part := run.changes()) is not None]
    except DamageError:
        return {}
    if not told or len(told) != now.manifest.serial - before.manifest.serial:
        return {}
    parts: list[pl.DataFrame] = []
    for run, part in zip(runs, told, strict=True):
        anew = [name for name, record in run.manifest.segments.items() if record.note == NEW_LIST]
        parts = [*(one.filter(~pl.col(SEGMENT).is_in(anew)) for one in parts), part]
    found = pl.concat(parts).partition_by(SEGMENT, as_dict=True, include_key=False, maintain_order=True)
    return {str(key[0]): part for key, part in found.items()}


def _with_reasons(change: Change, told: pl.DataFrame) -> Change:
    """The reason for which someone came is that of the last time she came."""
    last = told.unique([CHANGE, ID], keep="last", maintain_order=True)

    def known(part: pl.DataFrame, word: str) -> pl.DataFrame:
        reasons = last.filter(pl.col(CHANGE) == word).select(ID, pl.col(REASON).alias("told"))
        joined = part.join(reasons, on=ID, how="left")
        return joined.select(ID, pl.coalesce("told", REASON).alias(REASON)).sort(ID)

    return replace(change, entered=known(change.entered, ENTERED), left=known(change.left, LEFT))
