"""A list with its dates of entry, and what is remembered of it beyond what is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

import polars as pl

from segtool.lists.places import NOBODY, PLACE, SINCE, Crossing, Dated, at
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

    def dated(self, chosen: pl.Series, known: tuple[Dated, ...], moment: datetime) -> Dated:
        """Those whom a mask over the contacts chooses, each since when the last of `known` has it, else since now."""
        places = chosen.arg_true()
        since = at(moment, places.len())
        for dated in known:
            were = self.crossing.places(dated)
            stayed = chosen.gather(were).fill_null(False)
            mine = self.crossing.flags(were).gather(places).arg_true()
            since = since.scatter(mine, dated.since.filter(stayed))
        return Dated(self.crossing.people, places, since)


def roster(today: Today, before: Roster, as_of: datetime) -> Roster:
    """The list of today; who was on it before keeps the date of entry."""
    members = today.dated(today.published, (before.members,), as_of)
    if not (today.suppressed.any() or before.hidden.height or today.remembers):
        return Roster(members)
    hidden = today.dated(today.suppressed, (before.members, before.hidden), as_of)
    were = today.crossing.places(before.hidden)
    back = before.hidden.taken(today.published.gather(were).fill_null(False))
    away = _away(today, before) if today.remembers else []
    return Roster(members, _together(today.crossing, [hidden, back], away))


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
