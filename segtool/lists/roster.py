"""A list with its dates of entry, and what is remembered of it beyond what is published."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from segtool.sources.context import ID

SINCE = "since"
SCHEMA: dict[str, pl.DataType | type[pl.DataType]] = {ID: pl.String, SINCE: pl.Datetime("us")}


def _nobody() -> pl.DataFrame:
    return pl.DataFrame(schema=SCHEMA)


@dataclass(frozen=True)
class Roster:
    """`members` is the published list: ID and since when (naive UTC), sorted by ID.

    `hidden` are those whom the list remembers otherwise: on it but suppressed, or for now no longer in contacts; and
    those who were suppressed once, whose place on the list is older than that on the published one.
    """

    members: pl.DataFrame
    hidden: pl.DataFrame = field(default_factory=_nobody)

    @property
    def ids(self) -> pl.Series:
        return self.members.get_column(ID)

    @property
    def remembered(self) -> pl.DataFrame:
        """ID and since when of the list before suppression, and of those who may come back to the contacts."""
        if not self.hidden.height:
            return self.members
        return pl.concat([self.hidden, self.members.join(self.hidden, on=ID, how="anti")]).sort(ID)


EMPTY = Roster(_nobody())


@dataclass(frozen=True)
class Today:
    """A list as a run finds it: who is published, who is suppressed, all contacts (ids), and whether it remembers."""

    published: pl.Series
    suppressed: pl.Series
    contacts: pl.Series
    remembers: bool


def roster(today: Today, before: Roster, as_of: datetime) -> Roster:
    """The list of today; who was on it before keeps the date of entry."""
    members = _dated(today.published, before.members, as_of)
    if not (today.suppressed.len() or before.hidden.height or today.remembers):
        return Roster(members)
    hidden = _dated(today.suppressed, before.remembered, as_of)
    back = before.hidden.join(members, on=ID, how="semi")
    away = before.remembered.join(today.contacts.to_frame(), on=ID, how="anti") if today.remembers else _nobody()
    return Roster(members, pl.concat([hidden, back, away]).sort(ID))


def _dated(ids: pl.Series, known: pl.DataFrame, as_of: datetime) -> pl.DataFrame:
    now = pl.DataFrame({ID: ids}, schema={ID: pl.String})
    dated = now.join(known, on=ID, how="left").with_columns(pl.col(SINCE).fill_null(as_of))
    return dated.select(ID, SINCE).sort(ID)
