"""What is counted over the events of each contact: every distinct measure once, however many rules ask for it.

A behaviour becomes one measure per event source that can contribute, and an expression over their results. Events
after the clock's `as_of` do not exist; undated events lie in no window and have no order.
"""

from __future__ import annotations

from dataclasses import field, replace
from datetime import timedelta
from functools import reduce
from operator import add

import narwhals as nw

from segtool.config.columns import Catalog
from segtool.config.deeds import occur
from segtool.config.frozen import dataclass
from segtool.config.operators import CALENDAR
from segtool.config.times import Duration
from segtool.config.tree import All, Condition, Did, Part, Window
from segtool.logic.clock import Clock, Instants
from segtool.logic.rows import closed, false, to_decimals, within_decimals
from segtool.logic.windows import between
from segtool.plan.selections import Across, After, HalfLife, Measure, Periods, Pick, Selection, Stream
from segtool.plan.types import missing
from segtool.sources.context import TIME

_WHOLE = ("count", "distinct", "periods")
"""What is measured in whole numbers."""

_TICK = timedelta(microseconds=1)


_Chosen = list[tuple[Part, Stream, Selection]]


@dataclass
class Measures:
    """The measures that a set of rules needs, per stream, and the name of each one's result.

    `small` says that little is counted.
    """

    clock: Clock
    catalog: Catalog
    small: bool = False
    of_stream: dict[Stream, dict[Measure, str]] = field(default_factory=dict)
    across: dict[Across, str] = field(default_factory=dict)
    picks: dict[Pick, str] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many distinct measures there are."""
        return sum(len(found) for found in self.of_stream.values()) + len(self.across) + len(self.picks)

    def seen(self, did: Did, clock: Clock) -> nw.Expr:
        """What the behaviour is judged by: its measure, or the instant of the first or latest event."""
        return self.instant(did, _extreme_of(did), clock) if did.end else self._measured(did, clock)

    def fits(self, did: Did, clock: Clock) -> nw.Expr:
        """Whether one of the first or latest events satisfies `has`."""
        parts = tuple(replace(part, where=_both(part.where, part.has)) for part in did.parts)
        which = _extreme_of(did)
        fitting, any_of_them = (self.instant(one, which, clock) for one in (replace(did, parts=parts), did))
        return closed(fitting == any_of_them)

    def value(self, did: Did, clock: Clock) -> nw.Expr:
        """What is measured: counts and sums of nothing are 0; averages, minima and maxima of nothing are missing."""
        found = self._measured(did, clock)
        return found.cast(nw.Int32) if did.measure.kind in _WHOLE else found

    def _measured(self, did: Did, clock: Clock) -> nw.Expr:
        """What is measured; whole numbers in as few bits as hold them, without a sign, which only compare safely."""
        chosen = self._chosen(did, clock, did.windows)
        match did.measure.kind:
            case "count":
                return _whole([self._need(stream, Measure(selection, "count")) for _, stream, selection in chosen])
            case "sum":
                return to_decimals(_total(self._of_column("sum", chosen)))
            case "average":
                filled = _whole(self._of_column("filled", chosen))
                return to_decimals(_total(self._of_column("sum", chosen)) / nw.when(filled > 0).then(filled))
            case "min" | "max" as kind:
                return _extreme(kind, self._of_column(kind, chosen))
        return self._distinct(did, chosen, clock)

    def instant(self, did: Did, which: str, clock: Clock, windows: tuple[Window, ...] = ()) -> nw.Expr:
        """When the person's first (`min`) or latest (`max`) such event was; missing where there is none."""
        dated = [part for part in self._chosen(did, clock, windows) if self.catalog[part[0].source].dated]
        return _extreme(which, [self._need(stream, Measure(selection, which, TIME)) for _, stream, selection in dated])

    def weight(self, did: Did, half_life: Duration | None, clock: Clock) -> tuple[nw.Expr, nw.Expr]:
        """How many such events there are, and what they weigh together: 1 each, or less with age."""
        chosen = self._chosen(did, clock, did.windows)
        if half_life is not None:
            chosen = [part for part in chosen if self.catalog[part[0].source].dated]
        count = _whole([self._need(stream, Measure(selection, "count")) for _, stream, selection in chosen])
        if half_life is None:
            return count, count.cast(nw.Float64)
        column = HalfLife(half_life, clock)
        return count, _total(
            [self._need(stream, Measure(selection, "weight", column)) for _, stream, selection in chosen]
        )

    def picked(self, did: Did, kind: str, clock: Clock) -> nw.Expr:
        """A column of the first, last or commonest such event."""
        chosen = self._chosen(did, clock, did.windows)
        if did.measure.kind != "most_common":
            chosen = [part for part in chosen if self.catalog[part[0].source].dated]
        if not chosen:
            return missing(kind)
        key = Pick(
            did.measure.kind, kind, tuple((stream, selection, part.column) for part, stream, selection in chosen)
        )
        return nw.col(self.picks.setdefault(key, f"§pick.{len(self.picks)}"))

    def _chosen(self, did: Did, clock: Clock, windows: tuple[Window, ...]) -> _Chosen:
        """The parts that can hold events, with the stream they come from and what they select of it."""
        span = self._span(windows, clock)
        after = self._after(did, clock)
        found = []
        for part in did.parts:
            if not occur(part.names, self.catalog[part.source]):
                continue
            dated = self.catalog[part.source].dated
            if dated or not (windows or after):
                low, high = (span.low, span.high) if dated else (None, None)
                selection = Selection(part.names, part.where, low, high, self._past(part.where, clock))
                found.append((part, Stream(part.source, after), selection))
        return found

    def _past(self, where: Condition | None, clock: Clock) -> Clock | None:
        return clock if where is not None and clock != self.clock else None

    def _span(self, windows: tuple[Window, ...], clock: Clock) -> Instants:
        """All windows together; the end of the run's own time bounds nothing, for the scan ends there."""
        span = clock.span(windows)
        assert span.high is not None
        return Instants(span.low, span.high if span.high < self.clock.now + _TICK else None)

    def _after(self, did: Did, clock: Clock) -> After | None:
        follow = did.follow
        if follow is None:
            return None
        end = self._span((), clock).high
        there = [part for part in follow.parts if occur(part.names, self.catalog[part.source])]
        dated = [part for part in there if self.catalog[part.source].dated]
        later = tuple(
            (part.source, Selection(part.names, part.where, None, end, self._past(part.where, clock))) for part in dated
        )
        return After(later, follow.within, follow.negated, clock)

    def _need(self, stream: Stream, measure: Measure) -> nw.Expr:
        known = self.of_stream.setdefault(stream, {})
        number = list(self.of_stream).index(stream)
        return nw.col(known.setdefault(measure, f"§{number}.{len(known)}"))

    def _of_column(self, kind: str, chosen: _Chosen) -> list[nw.Expr]:
        return [
            self._need(stream, Measure(selection, kind, part.column))
            for part, stream, selection in chosen
            if part.column is not None
        ]

    def _distinct(self, did: Did, chosen: _Chosen, clock: Clock) -> nw.Expr:
        measure = did.measure
        timed = measure.kind == "periods" or measure.of in CALENDAR
        asked: list[tuple[Stream, Selection, str | Periods]] = []
        for part, stream, selection in chosen:
            column = Periods(measure.step, clock) if measure.step is not None else measure.of if timed else part.column
            if column is not None and (not timed or self.catalog[part.source].dated):
                asked.append((stream, selection, column))
        if len(asked) > 1:
            key = Across(tuple(asked))
            return _total([nw.col(self.across.setdefault(key, f"§across.{len(self.across)}"))])
        return _total(
            [self._need(stream, Measure(selection, "distinct", column)) for stream, selection, column in asked]
        )


def judged(did: Did, seen: nw.Expr, fits: nw.Expr | None, clock: Clock) -> nw.Expr:
    """Whether the behaviour is true, given what it is judged by."""
    if not did.end:
        # Counts are whole; sums and averages were rounded where they were made.
        return within_decimals(to_decimals(seen) if did.measure.kind in ("min", "max") else seen, did.bounds)
    holds = closed(between(seen, clock.span(did.windows)))
    return holds & fits if fits is not None else holds


def _extreme_of(did: Did) -> str:
    return "min" if did.end == "first" else "max"


def _both(one: Condition | None, other: Condition | None) -> Condition | None:
    present = tuple(condition for condition in (one, other) if condition is not None)
    return All(present) if present else None


def _extreme(which: str, found: list[nw.Expr]) -> nw.Expr:
    if not found:
        return nw.when(false()).then(nw.lit(0.0))
    return (nw.min_horizontal if which == "min" else nw.max_horizontal)(*found)


def _whole(counts: list[nw.Expr]) -> nw.Expr:
    """The sum of numbers of rows, which have room for themselves but not for each other."""
    return _total(counts if len(counts) == 1 else [count.cast(nw.Int32) for count in counts])


def _total(counts: list[nw.Expr]) -> nw.Expr:
    """The sum of the parts; who has no row in any of them has 0."""
    return reduce(add, (count.fill_null(0) for count in counts)) if counts else nw.lit(0)
