"""Rosters → the tables of a list and of its changes, with the columns that were asked for."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from segtool.lists.changes import CHANGE, REASON, Change
from segtool.lists.places import SINCE, Crossing, Dated
from segtool.output.columns import Layout
from segtool.sources.context import ID

POSITION = "§position"
_ROW = "§row"


def positions(members: Dated, crossing: Crossing, contacts: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """ID, SINCE and POSITION in `contacts` of every member, sorted as asked, then by id; missing values come last.

    `crossing` is into the contacts. A member whom they no longer have (of a list that was held) has no position.
    """
    found = members.table.hstack([crossing.places(members).alias(POSITION)])
    return found.select(pl.all().gather(_order(found, contacts, layout))) if layout.sort else found


def ordered(members: Dated, crossing: Crossing, contacts: pl.DataFrame, layout: Layout) -> pl.Series:
    """The same members' positions alone."""
    places = crossing.places(members)
    if not layout.sort:
        return places
    return places.gather(_order(pl.DataFrame({SINCE: members.since, POSITION: places}), contacts, layout))


def _order(found: pl.DataFrame, contacts: pl.DataFrame, layout: Layout) -> pl.Series:
    """The rows of SINCE and POSITION of members sorted by id, in the order that is asked for."""
    known = {
        f"§sort:{number}": found.get_column(SINCE)
        if layout.is_entry(name)
        else contacts.get_column(name).gather(found.get_column(POSITION))
        for number, (name, _) in enumerate(layout.sort)
    }
    rows = pl.DataFrame(known).with_row_index(_ROW)
    keys, down = [*known, _ROW], [*(down for _, down in layout.sort), False]
    return rows.sort(keys, descending=down, nulls_last=True).get_column(_ROW)


def changed(change: Change) -> pl.DataFrame:
    """CHANGE, ID, SINCE, POSITION in the contacts and REASON of who entered, then of who left."""
    came = [change.entrants.since.alias(SINCE), change.entrants.places.alias(POSITION)]
    entered = change.entered.select(pl.lit("entered").alias(CHANGE), ID, *map(pl.lit, came), REASON)
    never = pl.lit(None, pl.Datetime("us")).alias(SINCE)
    left = change.left.select(pl.lit("left").alias(CHANGE), ID, never, pl.lit(change.leavers.alias(POSITION)), REASON)
    return pl.concat([entered, left])


def words(changes: Iterable[Change]) -> pl.Series:
    """CHANGE of everyone in `changed`, change by change."""
    entered, left = (pl.Series(CHANGE, [word]) for word in ("entered", "left"))
    return pl.concat(
        [
            word.new_from_index(0, part.height)
            for change in changes
            for word, part in ((entered, change.entered), (left, change.left))
        ]
    )


def people(found: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """The rows of `contacts` of the people in `found`."""
    return contacts.select(pl.all().gather(found.get_column(POSITION)))


def own(found: pl.DataFrame, layout: Layout) -> dict[str, pl.Series]:
    """The columns of a list that come from its roster, for the people in `found`: the id and the date of entry."""
    columns = {title: SINCE if layout.is_entry(title) else ID for title in layout.columns}
    return {
        title: found.get_column(column) for title, column in columns.items() if column == SINCE or title == layout.id
    }


def table(found: pl.DataFrame, contacts: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """The columns of a list for the people in `found`, typed; who is no longer in contacts shows the id alone."""
    known, chosen = own(found, layout), found.get_column(POSITION)
    columns = {title: known[title] if title in known else contacts.get_column(title) for title in layout.columns}
    return pl.DataFrame(
        {title: column if title in known else column.gather(chosen) for title, column in columns.items()}
    )
