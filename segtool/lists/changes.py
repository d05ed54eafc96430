"""Who came and who went between two runs, and why.

`stayed + entered = now`, `stayed + left = before`, for every list. A rule that moved is not a person who left:
when the definition changed in between, every change says so.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

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
class Change:
    """A list now against a list before. `entered` and `left` have ID and REASON, sorted by ID."""

    now: Roster
    before: int
    entered: pl.DataFrame
    left: pl.DataFrame
    note: str = ""
    wholesale: bool = False
    """Whether one reason goes for everyone who is in contacts, because the list itself is new or another."""
    moved: bool = False
    """Whether the list itself was changed, by its rule or by a refresh, and not only the people."""

    @property
    def count(self) -> int:
        """How many changed."""
        return self.entered.height + self.left.height

    @property
    def net(self) -> int:
        return self.entered.height - self.left.height


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


def compare(now: Roster, before: Roster, contacts: pl.Series | None, situation: Situation) -> Change:
    """Who entered and left. `contacts` are all ids of today's export, where that is known."""
    entered = now.members.join(before.members, on=ID, how="anti").select(ID)
    left = before.members.join(now.members, on=ID, how="anti").select(ID)
    came = pl.lit(situation.note or ENTERED)
    went = pl.lit(situation.note or (LEFT if contacts is not None else EITHER))
    if contacts is not None:
        went = pl.when(pl.col(ID).is_in(contacts.implode())).then(went).otherwise(pl.lit(GONE))
    return Change(
        now=now,
        before=before.members.height,
        entered=entered.with_columns(came.alias(REASON)).sort(ID),
        left=left.with_columns(went.alias(REASON)).sort(ID),
        note=situation.remark,
        wholesale=bool(situation.note),
        moved=situation.definition_changed or situation.refreshed,
    )
