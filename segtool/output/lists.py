"""Rosters → the tables of a list and of its changes, with the columns that were asked for."""

from __future__ import annotations

import polars as pl

from segtool.lists.changes import CHANGE, REASON, Change
from segtool.lists.roster import SINCE, Roster
from segtool.output.columns import Layout
from segtool.sources.context import ID

POSITION = "§position"


def positions(roster: Roster, contacts: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """ID, SINCE and POSITION in `contacts` of every member, sorted as asked, then by id; missing values come last.

    A member that `contacts` no longer has (of a list that was held) has no position.
    """
    sort = [name for name in dict.fromkeys(name for name, _ in layout.sort) if not layout.is_entry(name)]
    known = contacts.select(ID, *(pl.col(name).alias(f"§sort:{name}") for name in sort)).with_row_index(POSITION)
    joined = roster.members.select(ID, SINCE).join(known, on=ID, how="left")
    return joined.sort(
        [pl.col(SINCE if layout.is_entry(name) else f"§sort:{name}") for name, _ in layout.sort] + [pl.col(ID)],
        descending=[down for _, down in layout.sort] + [False],
        nulls_last=True,
    ).select(ID, SINCE, POSITION)


def changed(change: Change, contacts: pl.DataFrame) -> pl.DataFrame:
    """CHANGE, ID, SINCE, POSITION in `contacts` and REASON of who entered, then of who left (who is on it no more)."""
    known = contacts.select(ID).with_row_index(POSITION)
    parts = [
        part.join(known, on=ID, how="left")
        .join(change.now.members.select(ID, SINCE), on=ID, how="left")
        .select(pl.lit(word).alias(CHANGE), ID, SINCE, POSITION, REASON)
        for word, part in (("entered", change.entered), ("left", change.left))
    ]
    return pl.concat(parts)


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
