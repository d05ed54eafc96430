"""Who came and who went between two runs, and why.

`stayed + entered = now`, `stayed + left = before`, for every list. A rule that moved is not a person who left:
when the definition changed in between, every change says so.
"""

from __future__ import annotations

from dataclasses import field, replace

import polars as pl

from segtool.config.frozen import dataclass
from segtool.lists.places import NOBODY, Crossing, Dated, Stay, places_of
from segtool.lists.roster import Roster
from segtool.sources.context import ID

CHANGE = "change"
REASON = "reason"

FIRST_RUN = "first run"
OUTDATED = "the definition changed after this static list was filled; segtool refresh fills it anew"
NEW_LIST = "the list is new"
REMOVED_LIST = "the list was removed"
REFRESHED = "filled anew by segtool refresh"
DEFINITION = "the definition changed"
ENTERED = "fits the rule now"
LEFT = "no longer fits the rule"
GONE = "no longer in contacts"
SUPPRESSED = "suppressed by {}"
NO_LONGER_SUPPRESSED = "no longer suppressed by {}"
EXCLUDED = "excluded by {}"
NO_LONGER_EXCLUDED = "no longer excluded by {}"
TAKEN_BY = "moved to {}, which comes first"
GIVEN_BY = "moved from {}, which comes first"
MOVED_TO = "moved to {}: "
MOVED_FROM = "moved from {}: "
DISPLACED = "displaced from {}: place "
RISEN = "now in {}: place "
NEW_CONTACT = "new contact"
BACK = "back in contacts"
ADDED = "added by override"
TAKEN_OFF = "removed by override"
NO_LONGER_ADDED = "no longer added by override"
NO_LONGER_TAKEN_OFF = "no longer removed by override"
EITHER = "no longer fits the rule, or no longer in contacts"
"""Between two runs that are past, when nobody knows any more who was in the contacts."""


@dataclass(frozen=True)
class Situation:
    """What is known about a list beside its members."""

    first_run: bool = False
    new_list: bool = False
    list_removed: bool = False
    definition_changed: bool = False
    refreshed: bool = False
    outdated: bool = False
    """A static list that keeps its people although its rule is another by now."""

    @property
    def note(self) -> str:
        if self.first_run:
            return FIRST_RUN
        if self.new_list or self.list_removed:
            return NEW_LIST if self.new_list else REMOVED_LIST
        if self.definition_changed:
            return DEFINITION
        return REFRESHED if self.refreshed else ""

    @property
    def remark(self) -> str:
        """What is said of the list as a whole."""
        return OUTDATED if self.outdated else self.note


@dataclass(frozen=True)
class Change:
    """A list now against a list before. `entered` and `left` have ID and REASON, sorted by ID.

    `entrants` are those who entered, with their places among the people of `now`; `leavers` are the places there of
    those who left, missing for who is not there any more.
    """

    now: Roster
    before: int
    entered: pl.DataFrame
    left: pl.DataFrame
    situation: Situation = Situation()
    entrants: Dated = NOBODY
    leavers: pl.Series = field(default_factory=lambda: NOBODY.places)

    @property
    def note(self) -> str:
        """What is said of the list as a whole."""
        return self.situation.remark

    @property
    def wholesale(self) -> bool:
        """Whether one reason goes for everyone who is in contacts, because the list itself is new or another."""
        return bool(self.situation.note)

    @property
    def moved(self) -> bool:
        """Whether the list itself was changed, by its rule or by a refresh, and not only the people."""
        return self.situation.definition_changed or self.situation.refreshed

    @property
    def count(self) -> int:
        """How many changed."""
        return self.entered.height + self.left.height

    @property
    def net(self) -> int:
        return self.entered.height - self.left.height


def compare(now: Roster, before: Roster, crossing: Crossing, situation: Situation, present: bool = True) -> Change:
    """Who entered and left. `crossing` is into the people of `now`.

    `present` tells that those are all contacts of today, so that who is not among them is gone.
    """
    on = crossing.flags(now.members)
    here = replace(now, members=Dated(crossing.people, on, now.members.since))
    return changed(here, before, crossing.stay(on, before.members), crossing, situation, present)


def changed(
    now: Roster, before: Roster, stayed: Stay, crossing: Crossing, situation: Situation, present: bool = True
) -> Change:
    """The same where it is known who stayed."""
    entrants, table = now.members.those(stayed.came), before.members.people
    went = places_of(stayed.went)
    leavers = crossing.at(went, table)
    left = _because(table[went], situation.note or (LEFT if present else EITHER))
    if present and leavers.null_count():
        gone = pl.when(pl.lit(leavers).is_null()).then(pl.lit(GONE)).otherwise(REASON)
        left = left.with_columns(gone.alias(REASON))
    return Change(
        now=now,
        before=before.members.height,
        entered=_because(now.members.people[entrants.places], situation.note or ENTERED),
        left=left,
        situation=situation,
        entrants=entrants,
        leavers=leavers,
    )


def unchanged(roster: Roster) -> Change:
    """A list that stays as it was."""
    nobody = _because(NOBODY.ids, "")
    return Change(roster, roster.members.height, nobody, nobody)


def _because(ids: pl.Series, reason: str) -> pl.DataFrame:
    """ID and REASON, the same for all."""
    return pl.DataFrame([ids.alias(ID), pl.Series(REASON, [reason]).new_from_index(0, ids.len())])
