"""Rosters → the tables of a list and of its changes, with the columns that were asked for."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from segtool.lists.changes import CHANGE, REASON, Change, Roster
from segtool.sources.context import ID


def table(roster: Roster, contacts: pl.DataFrame, columns: Sequence[str], sort: Sequence[str] = ()) -> pl.DataFrame:
    """The list: `columns` of its members, sorted as asked, then by id. Missing values come last.

    `columns` are fields of `contacts`, and ID stands for the id itself. A member that `contacts` no longer has (a
    list that was held) shows the id alone.
    """
    joined = roster.members.select(ID).join(contacts, on=ID, how="left")
    keys = [(key.removeprefix("-"), key.startswith("-")) for key in sort]
    ordered = joined.sort(
        [pl.col(key) for key, _ in keys] + [pl.col(ID)],
        descending=[down for _, down in keys] + [False],
        nulls_last=True,
    )
    return ordered.select(columns)


def change_table(change: Change, contacts: pl.DataFrame, columns: Sequence[str]) -> pl.DataFrame:
    """Who entered, then who left: what happened, the list's columns, and why."""
    parts = [
        part.join(contacts, on=ID, how="left").select(pl.lit(word).alias(CHANGE), *columns, pl.col(REASON))
        for word, part in (("entered", change.entered), ("left", change.left))
    ]
    return pl.concat(parts)
