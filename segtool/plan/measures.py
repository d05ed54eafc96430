"""What is counted over the events of each contact: every distinct measure once, however many segments ask for it.

A behaviour (`did`) becomes one measure per event source that can contribute, and an expression over their results
that says whether the bounds hold. Events after `as_of` do not exist; undated events lie in no window.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from operator import add

import narwhals as nw

from segtool.config.columns import Catalog
from segtool.config.operators import CALENDAR
from segtool.config.tree import Condition, Did, Part
from segtool.logic.clock import Clock, Instants
from segtool.logic.rows import false, within_bounds

DECIMALS = 9
"""Sums and averages are compared to this many places, so that 0.1 + 0.2 is 0.3."""


@dataclass(frozen=True)
class Selection:
    """Which events of a source: names (None: every event), a condition on the event, from `low` up to `high`."""

    names: tuple[str, ...] | None
    where: Condition | None
    low: datetime | None = None
    high: datetime | None = None


@dataclass(frozen=True)
class Measure:
    """One number per contact over a selection: count, filled, sum, min, max or distinct of a column.

    `filled` counts the events that have a value. `column` may be a calendar period for `distinct`.
    """

    selection: Selection
    kind: str
    column: str = ""


@dataclass(frozen=True)
class Across:
    """Distinct values over several sources, which no sum of parts can give: (source, selection, column) each."""

    parts: tuple[tuple[str, Selection, str], ...]


@dataclass
class Measures:
    """The measures that a set of rules needs, per event source, and the name of each one's result."""

    clock: Clock
    catalog: Catalog
    of_source: dict[str, dict[Measure, str]] = field(default_factory=dict)
    across: dict[Across, str] = field(default_factory=dict)

    def expression(self, did: Did) -> nw.Expr:
        """Whether the bounds hold, over the columns that `of_source` and `across` will have."""
        parts = self._parts(did)
        combine: Mapping[str, Callable[[Did, list[tuple[Part, Selection]]], nw.Expr]] = {
            "count": self._count,
            "sum": self._sum,
            "average": self._average,
            "min": self._extreme,
            "max": self._extreme,
            "distinct": self._distinct,
        }
        return within_bounds(combine[did.measure.kind](did, parts), did.bounds)

    def _parts(self, did: Did) -> list[tuple[Part, Selection]]:
        """The parts that can hold events, with what they select."""
        span = self._span(did)
        found = []
        for part in did.parts:
            dated = self.catalog[part.source].dated
            if dated or not did.windows:
                low, high = (span.low, span.high) if dated else (None, None)
                found.append((part, Selection(part.names, part.where, low, high)))
        return found

    def _span(self, did: Did) -> Instants:
        """All windows together. What lies after now does not exist, so it bounds nothing."""
        spans = [self.clock.instants(window) for window in did.windows]
        low = max((span.low for span in spans if span.low is not None), default=None)
        high = min((span.high for span in spans if span.high is not None), default=None)
        after_now = self.clock.now + timedelta(microseconds=1)
        return Instants(low, high if high is not None and high < after_now else None)

    def _need(self, source: str, measure: Measure) -> nw.Expr:
        known = self.of_source.setdefault(source, {})
        name = known.setdefault(measure, f"§{source}.{len(known)}")
        return nw.col(name)

    def _count(self, did: Did, parts: list[tuple[Part, Selection]]) -> nw.Expr:  # noqa: ARG002
        return _total([self._need(part.source, Measure(chosen, "count")) for part, chosen in parts])

    def _sum(self, did: Did, parts: list[tuple[Part, Selection]]) -> nw.Expr:  # noqa: ARG002
        return _total(self._of_column("sum", parts)).round(DECIMALS)

    def _average(self, did: Did, parts: list[tuple[Part, Selection]]) -> nw.Expr:  # noqa: ARG002
        values = _total(self._of_column("filled", parts))
        quotient = _total(self._of_column("sum", parts)) / nw.when(values > 0).then(values)
        return quotient.round(DECIMALS)

    def _extreme(self, did: Did, parts: list[tuple[Part, Selection]]) -> nw.Expr:
        found = self._of_column(did.measure.kind, parts)
        if not found:
            return _missing()
        return (nw.min_horizontal if did.measure.kind == "min" else nw.max_horizontal)(*found)

    def _of_column(self, kind: str, parts: list[tuple[Part, Selection]]) -> list[nw.Expr]:
        return [
            self._need(part.source, Measure(chosen, kind, part.column))
            for part, chosen in parts
            if part.column is not None
        ]

    def _distinct(self, did: Did, parts: list[tuple[Part, Selection]]) -> nw.Expr:
        calendar = did.measure.of in CALENDAR
        asked = [
            (part.source, chosen, did.measure.of if calendar else part.column or "")
            for part, chosen in parts
            if (self.catalog[part.source].dated if calendar else part.column is not None)
        ]
        if len(asked) == 1:
            source, chosen, column = asked[0]
            return _total([self._need(source, Measure(chosen, "distinct", column))])
        if not asked:
            return _total([])
        key = Across(tuple(asked))
        return _total([nw.col(self.across.setdefault(key, f"§across.{len(self.across)}"))])


def _total(counts: list[nw.Expr]) -> nw.Expr:
    """The sum of the parts; who has no row in any of them has 0."""
    return reduce(add, (count.fill_null(0) for count in counts)) if counts else nw.lit(0)


def _missing() -> nw.Expr:
    return nw.when(false()).then(nw.lit(0.0))
