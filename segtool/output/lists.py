"""Rosters → the tables of a list and of its changes, with the columns that were asked for."""

from __future__ import annotations

import polars as pl

from segtool.lists.changes import CHANGE, REASON, Change
from segtool.lists.roster import Roster
from segtool.output.columns import Layout
from segtool.sources.context import ID

POSITION = "§position"


def positions(roster: Roster, contacts: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """ID and POSITION in `contacts` of every member, sorted as asked, then by id; missing values come last.

    A member that `contacts` no longer has (of a list that was held) has no position.
    """
    sort = list(dict.fromkeys(name for name, _ in layout.sort))
    known = contacts.select(ID, *(pl.col(name).alias(f"§sort:{name}") for name in sort)).with_row_index(POSITION)
    joined = roster.members.select(ID).join(known, on=ID, how="left")
    return joined.sort(
        [pl.col(f"§sort:{name}") for name, _ in layout.sort] + [pl.col(ID)],
        descending=[down for _, down in layout.sort] + [False],
        nulls_last=True,
    ).select(ID, POSITION)


def table(roster: Roster, contacts: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """The list as a table of typed columns."""
    chosen = positions(roster, contacts, layout).get_column(POSITION)
    return contacts.select(layout.columns).select(pl.all().gather(chosen))


def changed(change: Change, contacts: pl.DataFrame) -> pl.DataFrame:
    """CHANGE, ID, POSITION in `contacts` and REASON of who entered, then of who left."""
    known = contacts.select(ID).with_row_index(POSITION)
    parts = [
        part.join(known, on=ID, how="left").select(pl.lit(word).alias(CHANGE), ID, POSITION, REASON)
        for word, part in (("entered", change.entered), ("left", change.left))
    ]
    return pl.concat(parts)
