"""What can be counted of events: which events of which source, and what of them. Equal values are the same measure."""

from __future__ import annotations

from datetime import datetime

from segtool.config.frozen import dataclass
from segtool.config.times import Duration
from segtool.config.tree import Condition
from segtool.logic.clock import Clock


@dataclass(frozen=True)
class Selection:
    """Which events of a source: names (None: every event), a condition on the event, from `low` up to `high`.

    `past` is the clock by which the condition's own windows are judged, where that is not the run's.
    """

    names: tuple[str, ...] | None
    where: Condition | None
    low: datetime | None = None
    high: datetime | None = None
    past: Clock | None = None


@dataclass(frozen=True)
class After:
    """Followed, strictly later, by one of these events within that time; or, negated, by none although it passed."""

    later: tuple[tuple[str, Selection], ...]
    within: Duration
    negated: bool
    clock: Clock


@dataclass(frozen=True)
class Stream:
    """The events of one source, all of them or those that were followed as `after` says."""

    source: str
    after: After | None = None


@dataclass(frozen=True)
class Periods:
    """The rolling period that an event lies in, counted back from the clock's `as_of`."""

    step: Duration
    clock: Clock


@dataclass(frozen=True)
class HalfLife:
    """The weight that an event still has: halved with every such length of its age."""

    step: Duration
    clock: Clock

    @property
    def microseconds(self) -> float:
        minutes = {"minute": 1, "hour": 60, "day": 24 * 60, "week": 7 * 24 * 60}[self.step.unit]
        return self.step.count * minutes * 60e6


@dataclass(frozen=True)
class Measure:
    """One number per contact over a selection: count, filled, sum, min, max or distinct of a column, or weight.

    `filled` counts the events that have a value. For `distinct`, `column` may be a calendar or rolling period.
    """

    selection: Selection
    kind: str
    column: str | Periods | HalfLife = ""


@dataclass(frozen=True)
class Across:
    """Distinct values over several streams, which no sum of parts can give."""

    parts: tuple[tuple[Stream, Selection, str | Periods], ...]


@dataclass(frozen=True)
class Pick:
    """One value out of the events of several streams: of the `first` or `last`, or the `most_common`."""

    which: str
    type: str
    parts: tuple[tuple[Stream, Selection, str | None], ...]
