"""Which rows a measure counts: names and conditions as boolean columns, each computed once per row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any

import narwhals as nw

from segtool.logic.clock import Clock, Instants
from segtool.logic.rows import compile_condition
from segtool.logic.windows import between
from segtool.plan.selections import Selection
from segtool.plan.vocabulary import Vocabulary, column_of
from segtool.sources import categories
from segtool.sources.context import EVENT, TIME

Frame = nw.LazyFrame[Any]


class Flags:
    """Name tests, conditions and windows of selections as columns, whatever number of measures share them.

    Of a `small` source, every condition is judged row by row.
    """

    def __init__(self, clock: Clock, selections: Sequence[Selection], small: bool = False) -> None:
        names = dict.fromkeys(chosen.names for chosen in selections if chosen.names is not None)
        wheres = dict.fromkeys((chosen.where, chosen.past) for chosen in selections if chosen.where is not None)
        spans = dict.fromkeys(span for chosen in selections if (span := _span(chosen)) is not None)
        self._names = {key: f"§n{number}" for number, key in enumerate(names)}
        self._wheres = {key: f"§w{number}" for number, key in enumerate(wheres)}
        self._spans = {key: f"§t{number}" for number, key in enumerate(spans)}
        self._columns: list[nw.Expr] = []
        texts: dict[str, dict[str, nw.Expr]] = {}
        for (where, past), flag in self._wheres.items():
            test, text = compile_condition(where, past or clock), column_of(where)
            if text is None or small:
                self._columns.append(test.alias(flag))
            else:
                texts.setdefault(text, {})[flag] = test
        self._vocabularies = [Vocabulary(text, tests) for text, tests in texts.items()]
        self._columns += [
            between(nw.col(TIME), span).fill_null(False).alias(flag) for span, flag in self._spans.items()
        ]

    def added_to(self, rows: Frame) -> Frame:
        # Native: a function over the texts of a batch is not portable.
        event = _event(rows)
        for vocabulary in self._vocabularies:
            rows = nw.from_native(vocabulary.added_to(rows.to_native()))
        names = (_is_named(names, event).alias(flag) for names, flag in self._names.items())
        return rows.with_columns(*names, *self._columns) if self._names or self._columns else rows

    def of(self, selection: Selection) -> tuple[str, ...]:
        """The columns that are all true where an event is selected; none where every event is."""
        flags = []
        if selection.names is not None:
            flags.append(self._names[selection.names])
        if selection.where is not None:
            flags.append(self._wheres[selection.where, selection.past])
        span = _span(selection)
        if span is not None:
            flags.append(self._spans[span])
        return tuple(flags)

    def kept(self, rows: Frame, selection: Selection) -> Frame:
        """The rows that are selected, of rows that have the flags."""
        flags = self.of(selection)
        return rows.filter(*(nw.col(flag) for flag in flags)) if flags else rows


def _span(selection: Selection) -> Instants | None:
    """The window of a selection that has one."""
    open_ended = selection.low is None and selection.high is None
    return None if open_ended else Instants(selection.low, selection.high)


def wanted(rows: Frame, selections: Sequence[Selection], clock: Clock, dated: bool) -> Frame:
    """The rows that exist by now and that at least one selection could hold: per event name, its widest window."""
    if dated:
        rows = rows.filter(nw.col(TIME) <= nw.lit(clock.now))
    widest: dict[str | None, datetime | None] = {}
    for selection in selections:
        for name in selection.names if selection.names is not None else (None,):
            low = widest.get(name, selection.low)
            widest[name] = min(low, selection.low) if low is not None and selection.low is not None else None
    if None in widest and widest[None] is None:
        return rows
    by_low: dict[datetime | None, list[str]] = {}
    for name, low in widest.items():
        if name is not None:
            by_low.setdefault(low, []).append(name)
    event = _event(rows)
    needed = [_named_since(names, event, low) for low, names in by_low.items()]
    if None in widest:
        needed.append(nw.col(TIME) >= nw.lit(widest[None]))
    return rows.filter(reduce(or_, needed))


def _event(rows: Frame) -> nw.Expr:
    """The names of events, as categories where these are there."""
    return nw.col(categories.best(EVENT, rows.collect_schema()))


def _named_since(names: list[str], event: nw.Expr, low: datetime | None) -> nw.Expr:
    named = _is_named(tuple(sorted(names)), event)
    return named if low is None else named & (nw.col(TIME) >= nw.lit(low))


def _is_named(names: tuple[str, ...], event: nw.Expr) -> nw.Expr:
    test = event == names[0] if len(names) == 1 else event.is_in(list(names))
    return test.fill_null(False)
