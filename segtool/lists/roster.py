"""A list with its dates of entry, and what is remembered of it beyond what is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import polars as pl

from segtool.lists.places import NOBODY, PLACE, SINCE, Crossing, Dated, Stay, at, stay
from segtool.sources.context import ID


@dataclass(frozen=True)
class Roster:
    """`members` is the published list, with the date of entry of each.

    `hidden` are those whom the list remembers otherwise: on it but suppressed, or for now no longer in contacts; and
    those who were suppressed once, whose place on the list is older than that on the published one.
    """

    members: Dated = NOBODY
    hidden: Dated = NOBODY

    @property
    def ids(self) -> pl.Series:
        return self.members.ids

    @cached_property
    def remembered(self) -> Dated:
        """The list before suppression, and those who may come back to the contacts."""
        if not self.hidden.height:
            return self.members
        hidden = self.hidden.table
        return Dated.of(pl.concat([hidden, self.members.table.join(hidden, on=ID, how="anti")]))


EMPTY = Roster()


@dataclass(frozen=True)
class Today:
    """A list as a run finds it: masks over everyone in contacts, who is published and who is suppressed.

    `crossing` finds people of earlier runs among the contacts; `remembers` says whether the list goes by them.
    """

    crossing: Crossing
    published: pl.Series
    suppressed: pl.Series
    remembers: bool

    @cached_property
    def places(self) -> pl.Series:
        """Where those who are published stand in contacts."""
        return self.published.arg_true()

    def stay(self, before: Dated) -> Stay:
        """Who is published today as on an earlier list."""
        return stay(self.places, self.published, before, self.crossing)


def roster(today: Today, before: Roster, as_of: datetime, stayed: Stay | None = None) -> Roster:
    """The list of today; who was on it before keeps the date of entry. `stayed` is who did, where that is known."""
    known = stayed or today.stay(before.members)
    since = _since(at(as_of, today.places.len()), before.members, known)
    members = Dated(today.crossing.people, today.places, since)
    if not (today.suppressed.any() or before.hidden.height or today.remembers):
        return Roster(members)
    hidden = _suppressed(today, before, as_of)
    were = today.crossing.places(before.hidden)
    back = before.hidden.taken(today.published.gather(were).fill_null(False))
    away = _away(today, before) if today.remembers else []
    return Roster(members, _together(today.crossing, [hidden, back], away))


def _suppressed(today: Today, before: Roster, as_of: datetime) -> Dated:
    """Those who are suppressed today, each since when the list before has them, hidden or not."""
    places = today.suppressed.arg_true()
    since = at(as_of, places.len())
    for known in (before.members, before.hidden):
        since = _since(since, known, stay(places, today.suppressed, known, today.crossing))
    return Dated(today.crossing.people, places, since)


def _since(since: pl.Series, before: Dated, stayed: Stay) -> pl.Series:
    """The dates with those of before for who stayed: both sides are in the order of ids."""
    return since.scatter(stayed.now.arg_true(), before.since.filter(stayed.before))


def _away(today: Today, before: Roster) -> list[pl.DataFrame]:
    """ID and SINCE of those who are remembered and not in contacts; the hidden ones may be members too."""
    parts = [part.taken(today.crossing.places(part).is_null()) for part in (before.hidden, before.members)]
    hidden, members = (part.table for part in parts)
    return [hidden, members.join(hidden, on=ID, how="anti")] if hidden.height else [members] * bool(members.height)


def _together(crossing: Crossing, present: list[Dated], away: list[pl.DataFrame]) -> Dated:
    """All of them; those who are present stand in the contacts."""
    if away:
        return Dated.of(pl.concat([*(part.table for part in present), *away]))
    parts = [pl.DataFrame([crossing.places(part).alias(PLACE), part.since.alias(SINCE)]) for part in present]
    both = pl.concat(parts).sort(PLACE)
    return Dated(crossing.people, both.get_column(PLACE), both.get_column(SINCE))
