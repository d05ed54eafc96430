"""Which rows a measure counts: names and conditions as boolean columns, each computed once per row."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import and_, or_
from typing import Any

import narwhals as nw

from segtool.logic.clock import Clock, Instants
from segtool.logic.rows import compile_condition
from segtool.logic.windows import between
from segtool.plan.measures import Selection
from segtool.sources.context import EVENT, TIME

Frame = nw.LazyFrame[Any]


class Flags:
    """Name tests and conditions of selections as columns, whatever number of measures share them."""

    def __init__(self, clock: Clock, selections: Sequence[Selection]) -> None:
        names = dict.fromkeys(chosen.names for chosen in selections if chosen.names is not None)
        wheres = dict.fromkeys((chosen.where, chosen.past) for chosen in selections if chosen.where is not None)
        self._names = {key: number for number, key in enumerate(names)}
        self._wheres = {key: number for number, key in enumerate(wheres)}
        self._columns = [_is_named(names).alias(f"§n{number}") for names, number in self._names.items()]
        self._columns += [
            compile_condition(where, past or clock).alias(f"§w{number}")
            for (where, past), number in self._wheres.items()
        ]

    def added_to(self, rows: Frame) -> Frame:
        return rows.with_columns(*self._columns) if self._columns else rows

    def holds(self, selection: Selection) -> nw.Expr | None:
        """Whether an event is selected; None where every event is."""
        tests = []
        if selection.names is not None:
            tests.append(nw.col(f"§n{self._names[selection.names]}"))
        if selection.where is not None:
            tests.append(nw.col(f"§w{self._wheres[selection.where, selection.past]}"))
        if selection.low is not None or selection.high is not None:
            tests.append(between(nw.col(TIME), Instants(selection.low, selection.high)))
        return reduce(and_, tests) if tests else None

    def kept(self, rows: Frame, selection: Selection) -> Frame:
        """The rows that are selected, of rows that have the flags."""
        holds = self.holds(selection)
        return rows if holds is None else rows.filter(holds)


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
    needed = [_named_since(names, low) for low, names in by_low.items()]
    if None in widest:
        needed.append(nw.col(TIME) >= nw.lit(widest[None]))
    return rows.filter(reduce(or_, needed))


def _named_since(names: list[str], low: datetime | None) -> nw.Expr:
    named = _is_named(tuple(sorted(names)))
    return named if low is None else named & (nw.col(TIME) >= nw.lit(low))


def _is_named(names: tuple[str, ...]) -> nw.Expr:
    test = nw.col(EVENT) == names[0] if len(names) == 1 else nw.col(EVENT).is_in(list(names))
    return test.fill_null(False)
