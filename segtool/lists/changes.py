"""Who came and who went between two runs, and why.

`stayed + entered = now`, `stayed + left = before`, for every list. A rule that moved is not a person who left:
when the definition changed in between, every change says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import polars as pl

from segtool.sources.context import ID

SINCE = "since"
CHANGE = "change"
REASON = "reason"
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {ID: pl.String, SINCE: pl.Datetime("us")}

FIRST_RUN = "first run"
NEW_LIST = "the list is new"
REMOVED_LIST = "the list was removed"
DEFINITION = "the definition changed"
ENTERED = "fits the rule now"
LEFT = "no longer fits the rule"
GONE = "no longer in contacts"
EITHER = "no longer fits the rule, or no longer in contacts"
"""Between two runs that are past, when nobody knows any more who was in the contacts."""


@dataclass(frozen=True)
class Roster:
    """A list as it is: ID and since when (naive UTC), sorted by ID."""

    members: pl.DataFrame

    @property
    def ids(self) -> pl.Series:
        return self.members.get_column(ID)


@dataclass(frozen=True)
class Change:
    """A list now against a list before. `entered` and `left` have ID and REASON, sorted by ID."""

    now: Roster
    before: int
    entered: pl.DataFrame
    left: pl.DataFrame
    note: str = ""

    @property
    def net(self) -> int:
        return self.entered.height - self.left.height


EMPTY = Roster(pl.DataFrame(schema=SCHEMA))


def roster(ids: pl.Series, before: Roster | None, as_of: datetime) -> Roster:
    """The list of `ids`; who was on it before keeps the date of entry."""
    now = pl.DataFrame({ID: ids}, schema={ID: pl.String})
    known = (before or EMPTY).members
    dated = now.join(known, on=ID, how="left").with_columns(pl.col(SINCE).fill_null(as_of))
    return Roster(dated.select(ID, SINCE).sort(ID))


@dataclass(frozen=True)
class Situation:
    """What is known about a list beside its members."""

    first_run: bool = False
    new_list: bool = False
    list_removed: bool = False
    definition_changed: bool = False

    @property
    def note(self) -> str:
        if self.first_run:
            return FIRST_RUN
        if self.new_list or self.list_removed:
            return NEW_LIST if self.new_list else REMOVED_LIST
        return DEFINITION if self.definition_changed else ""


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
        note=situation.note,
    )
