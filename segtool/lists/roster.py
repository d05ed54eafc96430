"""A list with its dates of entry, and what is remembered of it beyond what is published."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

import polars as pl

from segtool.config.frozen import dataclass
from segtool.lists.places import NOBODY, PLACE, SINCE, Crossing, Dated, Stay, at, places_of
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

    def stay(self, before: Dated) -> Stay:
        """Who is published today as on an earlier list."""
        return self.crossing.stay(self.published, before)


def roster(today: Today, before: Roster, as_of: datetime, stayed: Stay | None = None) -> Roster:
    """The list of today; who was on it before keeps the date of entry. `stayed` is who did, where that is known."""
    known = stayed or today.stay(before.members)
    since = _since(at(as_of, known.stayed.len()), before.members, known)
    members = Dated(today.crossing.people, today.published, since)
    if not (today.suppressed.any() or before.hidden.height or today.remembers):
        return Roster(members)
    return Roster(members, _together(today.crossing, _present(today, before, as_of), _away(today, before)))


def _present(today: Today, before: Roster, as_of: datetime) -> list[Dated]:
    """Who is suppressed today, since when the list before has them, hidden or not; and who was suppressed once."""
    on, crossing = today.suppressed, today.crossing
    since = at(as_of, int(on.sum()))
    for known in (before.members, before.hidden):
        since = _since(since, known, crossing.stay(on, known))
    back = before.hidden.those(crossing.there(today.published, before.hidden.people))
    return [Dated(crossing.people, on, since), back]


def _since(since: pl.Series, before: Dated, stayed: Stay) -> pl.Series:
    """The dates with those of before for who stayed: both sides are in the order of ids."""
    if stayed.stayed.all():
        return before.since.filter(stayed.kept)
    return since.scatter(places_of(stayed.stayed), before.since.filter(stayed.kept))


def _away(today: Today, before: Roster) -> list[pl.DataFrame]:
    """ID and SINCE of those who are remembered and not in contacts; the hidden ones may be members too."""
    if not today.remembers:
        return []
    hidden, members = (_gone(today.crossing, part) for part in (before.hidden, before.members))
    found = [hidden.table, members.table.join(hidden.table, on=ID, how="anti")]
    return [part for part in found if part.height]


def _gone(crossing: Crossing, part: Dated) -> Dated:
    """Those of them who are not in contacts."""
    gone = crossing.gone(part.people)
    return part.those(gone) if gone is not None else NOBODY


def _together(crossing: Crossing, present: list[Dated], away: list[pl.DataFrame]) -> Dated:
    """All of them; those who are present stand in the contacts."""
    if away:
        return Dated.of(pl.concat([*(part.table for part in present), *away]))
    parts = [pl.DataFrame([crossing.places(part).alias(PLACE), part.since.alias(SINCE)]) for part in present]
    return Dated.at(crossing.people, pl.concat(parts))
