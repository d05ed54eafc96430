"""Rosters → the tables of a list and of its changes, with the columns that were asked for."""

from __future__ import annotations

import polars as pl

from segtool.lists.changes import CHANGE, REASON, Change, Roster
from segtool.output.columns import Layout
from segtool.sources.context import ID


def table(roster: Roster, contacts: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """The list, sorted as asked, then by id; missing values come last.

    A member that `contacts` no longer has (of a list that was held) shows nothing but gaps beside the id.
    """
    joined = roster.members.select(ID).join(contacts, on=ID, how="left")
    ordered = joined.sort(
        [pl.col(name) for name, _ in layout.sort] + [pl.col(ID)],
        descending=[down for _, down in layout.sort] + [False],
        nulls_last=True,
    )
    return ordered.select(layout.columns)


def change_table(change: Change, contacts: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Who entered, then who left: what happened, the list's columns, and why."""
    parts = [
        part.join(contacts, on=ID, how="left").select(pl.lit(word).alias(CHANGE), *layout.columns, pl.col(REASON))
        for word, part in (("entered", change.entered), ("left", change.left))
    ]
    return pl.concat(parts)
