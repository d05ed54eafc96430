"""Contacts as lines of a CSV file: made once for all lists that show the same columns, so that a list is a selection.

What a contact does not have, such as the date of entry, is made for each list by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from segtool.lists.changes import REASON, Change
from segtool.lists.places import Crossing, Dated
from segtool.output import csv, lists
from segtool.output.columns import Layout
from segtool.output.csv import Cells, Style

_LINE = "§line"
_ON = "§on"
_KEPT = 4
"""So many sets of columns have their lines kept: most lists show the same ones."""


@dataclass(frozen=True)
class Lines:
    """Rows whose columns are final text, of one cell or of many, and how many cells were made harmless."""

    rows: pl.LazyFrame
    altered: int = 0


class Book:
    """Everyone's lines. `id` is the column of `contacts` that is never altered; `crossing` is into them."""

    def __init__(self, contacts: pl.DataFrame, crossing: Crossing, id: str, style: Style) -> None:  # noqa: A002
        fields = [name for name in contacts.columns if not name.startswith("§")]
        self._style = style
        self._id = id
        self._contacts, self._crossing = contacts, crossing
        self._cells = csv.cells(contacts.select(fields), style, {id})
        self._known: dict[tuple[str, ...], tuple[pl.Series, pl.Series | None]] = {}

    def members(self, members: Dated, layout: Layout) -> Lines:
        """The lines of a list, in its order."""
        if layout.shows_entry:
            return _lines(*self._apart(lists.positions(members, self._crossing, self._contacts, layout), layout))
        if not layout.sort and members.people is self._crossing.people:
            return self._of(members.on, layout)
        places = lists.ordered(members, self._crossing, self._contacts, layout)
        found = self._at(places, layout, lambda: lists.positions(members, self._crossing, self._contacts, layout))
        return _lines(*found)

    def changes(self, changes: Sequence[Change], layout: Layout) -> Lines:
        """The lines of who entered and left, list by list, all lists showing the columns of `layout`."""
        people, altered = self._people(changes, layout)
        reasons, more = self._reasons(changes)
        parts = pl.DataFrame([lists.words(changes), people.alias(_LINE), reasons.alias(REASON)])
        return Lines(parts.lazy(), altered + more)

    def _of(self, on: pl.Series, layout: Layout) -> Lines:
        """The lines of those whom a mask over the contacts chooses, in the order of ids."""
        everyone, runs = self._everyone(layout.columns)
        chosen = pl.DataFrame([everyone.alias(_LINE), on.rechunk().alias(_ON)]).lazy().filter(_ON).select(_LINE)
        return Lines(chosen, int(runs.filter(on).sum()) if runs is not None else 0)

    def _people(self, changes: Sequence[Change], layout: Layout) -> tuple[pl.Series, int]:
        """The lines of who entered and left, without more, and how many cells of them were altered."""
        one = self._dated if layout.shows_entry else self._moved
        parts = [one(change, layout) for change in changes]
        return pl.concat([texts for texts, _ in parts]), sum(altered for _, altered in parts)

    def _dated(self, change: Change, layout: Layout) -> tuple[pl.Series, int]:
        return self._apart(lists.changed(change), layout)

    def _moved(self, change: Change, layout: Layout) -> tuple[pl.Series, int]:
        """Of who entered by the mask, of who left by their places: these may not be there any more."""
        everyone, runs = self._everyone(layout.columns)
        left = self._at(change.leavers, layout, lambda: lists.changed(change).tail(change.left.height))
        if not change.entered.height:
            return left
        on = change.entrants.on
        altered = int(runs.filter(on).sum()) if runs is not None else 0
        return everyone.filter(on).append(left[0]), altered + left[1]

    def _at(self, places: pl.Series, layout: Layout, found: Callable[[], pl.DataFrame]) -> tuple[pl.Series, int]:
        """The same of everyone at these places in contacts; who is not there any more shows the id alone."""
        everyone, runs = self._everyone(layout.columns)
        texts, altered = everyone.gather(places), int(runs.gather(places).sum()) if runs is not None else 0
        if places.null_count():
            gone = places.is_null()
            texts = texts.scatter(gone.arg_true(), self._apart(found().filter(gone), layout)[0])
        return texts, altered

    def _reasons(self, changes: Sequence[Change]) -> tuple[pl.Series, int]:
        """The reasons of all changes as cells, each text made once, and how many of them were altered."""
        told = pl.concat([part.get_column(REASON) for change in changes for part in (change.entered, change.left)])
        each = told.unique()
        cells = csv.cells(each.to_frame(), self._style)
        texts, runs = cells.texts.to_series(), cells.runs.get(REASON)
        if each.len() == 1:  # on a first run, for everyone on every list
            return texts.new_from_index(0, told.len()), told.len() if runs is not None else 0
        altered = int(told.replace_strict(each, runs).sum()) if runs is not None else 0
        return told.replace_strict(each, texts, return_dtype=texts.dtype), altered

    def _everyone(self, columns: tuple[str, ...]) -> tuple[pl.Series, pl.Series | None]:
        """Every contact's line with these columns, and how many cells of it were altered, if any of anyone's was."""
        if columns not in self._known:
            self._known = dict(list(self._known.items())[1 - _KEPT :])
            cells = self._cells.columns(columns)
            runs = pl.DataFrame(list(cells.runs.values())).sum_horizontal() if cells.runs else None
            self._known[columns] = self._joined(cells).rechunk(), runs
        return self._known[columns]

    def _apart(self, found: pl.DataFrame, layout: Layout) -> tuple[pl.Series, int]:
        """The lines of these people (ID, SINCE, POSITION) made for this list alone, and the same of their cells."""
        known = csv.cells(pl.DataFrame(lists.own(found, layout)), self._style, {self._id})
        rows = self._cells.columns([title for title in layout.columns if title not in known.texts.columns])
        cells = known.over(rows.rows(found.get_column(lists.POSITION))).columns(layout.columns)
        return self._joined(cells), cells.altered

    def _joined(self, cells: Cells) -> pl.Series:
        gap = csv.gap(cells.texts.width)
        cell = [pl.col(name).fill_null(gap) for name in cells.texts.columns]
        return cells.texts.select(pl.concat_str(cell, separator=self._style.mark).alias(_LINE)).to_series()


def _lines(texts: pl.Series, altered: int) -> Lines:
    return Lines(texts.to_frame().lazy(), altered)
