"""One pass over an event source: every measure of it, together, in one `group_by(contact)`.

The scan keeps only the columns that some measure reads and the rows that some measure could count. Counts are packed
into lanes of few sums. Distinct values are counted apart: the values of each contact first, then how many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import reduce
from math import log
from operator import and_

import narwhals as nw
import polars as pl

from segtool.config.operators import CALENDAR
from segtool.logic.clock import Clock
from segtool.logic.windows import local_day
from segtool.plan import rolling
from segtool.plan.flags import Flags, Frame, wanted
from segtool.plan.lanes import MOST, NARROW, WIDE, WORD, Lanes
from segtool.plan.measures import COUNTS, Across, HalfLife, Measure, Measures, Periods, Selection, Stream
from segtool.plan.pieces import Bounds, cut
from segtool.plan.sequences import followed
from segtool.sources.context import ID, TIME

_DAY = 24 * 60 * 60 * 1000
_VALUE = "§value"
_AT_ONCE = 3_000_000
"""Rows of pieces that are kept before they are put together."""


Collect = Callable[[Frame], pl.DataFrame]


@dataclass(frozen=True)
class Totals:
    """Measures as one row per contact that has any: ID, and each measure under its name or among the packed counts.

    `frames` are the pieces that they are counted in, each with columns that `together` puts together.
    """

    frames: Callable[[Lanes], Sequence[Frame]]
    counts: tuple[str, ...] = ()
    together: Mapping[str, str] = field(default_factory=dict)

    def collected(self, collect: Collect) -> tuple[pl.DataFrame, Lanes]:
        """The rows, and how the counts are packed in them: in narrow lanes where no count outgrows them."""
        found = self._collected(collect, NARROW)
        if not self.counts or NARROW.fit(found):
            return found, NARROW
        return self._collected(collect, WIDE), WIDE

    def unpacked(self, found: pl.DataFrame, lanes: Lanes) -> pl.DataFrame:
        """The rows with a column for each measure."""
        plain = [name for name in found.columns if not name.startswith((WORD, MOST))]
        return found.select(*plain, *lanes.unpacked(self.counts))

    def _collected(self, collect: Collect, lanes: Lanes) -> pl.DataFrame:
        parts: list[pl.DataFrame] = []
        for frame in self.frames(lanes):
            parts.append(collect(frame))
            if sum(part.height for part in parts) > _AT_ONCE:
                parts = [self._together(parts)]
        return self._together(parts)

    def _together(self, parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
        if len(parts) == 1:
            return parts[0]
        whole = pl.concat(parts).lazy()
        sums = [getattr(pl.col(name), self.together.get(name, "sum"))() for name in parts[0].columns if name != ID]
        return whole.group_by(ID).agg(sums).collect(engine="streaming")


def totals(measures: Measures, frames: Mapping[str, Frame], cuts: Mapping[str, Bounds]) -> Iterable[Totals]:
    """All measures: of every stream those that one group_by gives, and those of distinct values of a column.

    A source that has bounds in `cuts` is counted in pieces.
    """
    for stream, found in measures.of_stream.items():
        rows = rows_of(stream, [measure.selection for measure in found], measures, frames)
        plain = {measure: name for measure, name in found.items() if measure.kind != "distinct"}
        if plain:
            # Who was followed is looked up among all events, again for every piece.
            pieces = cut(rows, () if stream.after else cuts.get(stream.source, ()))
            yield _measured(pieces, plain, measures.clock)
        for column in dict.fromkeys(measure.column for measure in found if measure.kind == "distinct"):
            some = {
                measure: name for measure, name in found.items() if measure not in plain and measure.column == column
            }
            yield _distinct(rows_of(stream, [measure.selection for measure in some], measures, frames), some, measures)
    for across, name in measures.across.items():
        counted = _counted_across(across, name, measures, frames)
        yield Totals(lambda _, counted=counted: [counted])  # type: ignore[misc]


def rows_of(stream: Stream, selections: list[Selection], measures: Measures, frames: Mapping[str, Frame]) -> Frame:
    dated = measures.catalog[stream.source].dated
    rows = wanted(frames[stream.source], selections, measures.clock, dated)
    return rows if stream.after is None else followed(rows, frames, stream.after)


def _measured(pieces: Sequence[Frame], measures: Mapping[Measure, str], clock: Clock) -> Totals:
    flags = Flags(clock, [measure.selection for measure in measures])
    flagged = [flags.added_to(rows) for rows in pieces]
    counted = {measure: name for measure, name in measures.items() if measure.kind in COUNTS}
    tests = [_counts(measure, flags.holds(measure.selection), clock) for measure in counted]
    sums = [
        _aggregate(measure, flags.holds(measure.selection), clock).alias(name)
        for measure, name in measures.items()
        if measure not in counted
    ]
    together = {name: measure.kind for measure, name in measures.items() if measure.kind in ("min", "max")}
    if len(counted) < 2:
        single = [_number(test).sum().alias(name) for test, name in zip(tests, counted.values(), strict=True)]
        return Totals(lambda _: [rows.group_by(ID).agg(*single, *sums) for rows in flagged], (), together)
    return Totals(
        lambda lanes: [rows.group_by(ID).agg(*lanes.packed(tests), *sums) for rows in flagged],
        tuple(counted.values()),
        together,
    )


def _distinct(rows: Frame, measures: Mapping[Measure, str], found: Measures) -> Totals:
    """How many distinct values of one column each selection has: every value once, then those that it has."""
    (column,) = {measure.column for measure in measures}
    assert not isinstance(column, HalfLife)
    rows = rolling.added_to(rows, {column} if isinstance(column, Periods) else set())
    flags = Flags(found.clock, [measure.selection for measure in measures])
    tests = {name: flags.holds(measure.selection) for measure, name in measures.items()}
    held = [(_exists() if test is None else test).alias(name) for name, test in tests.items()]
    values = flags.added_to(rows).select(nw.col(ID), _value(column, found.clock).alias(_VALUE), *held)
    each = values.filter(~nw.col(_VALUE).is_null()).group_by(ID, _VALUE).agg(*(nw.col(name).max() for name in tests))
    counted = each.group_by(ID).agg(*(_number(nw.col(name)).sum().cast(nw.Int32).alias(name) for name in tests))
    return Totals(lambda _: [counted])


def _counted_across(across: Across, name: str, measures: Measures, frames: Mapping[str, Frame]) -> Frame:
    """How many distinct values each contact's events have over several streams together."""
    parts = []
    for stream, selection, column in across.parts:
        rows = rows_of(stream, [selection], measures, frames)
        rows = rolling.added_to(rows, {column} if isinstance(column, Periods) else set())
        flags = Flags(measures.clock, [selection])
        value = _value(column, measures.clock).cast(nw.String).alias(_VALUE)
        parts.append(flags.kept(flags.added_to(rows), selection).select(nw.col(ID), value))
    together = nw.concat(parts, how="vertical").filter(~nw.col(_VALUE).is_null())
    return together.group_by(ID).agg(nw.col(_VALUE).n_unique().alias(name))


def _counts(measure: Measure, holds: nw.Expr | None, clock: Clock) -> nw.Expr:
    """Whether an event counts; of `filled` those that have a value."""
    tests = [] if holds is None else [holds]
    if measure.kind == "filled":
        assert not isinstance(measure.column, HalfLife)
        tests.append(~_value(measure.column, clock).is_null())
    return reduce(and_, tests) if tests else _exists()


def _aggregate(measure: Measure, holds: nw.Expr | None, clock: Clock) -> nw.Expr:
    column = _weight(measure.column) if isinstance(measure.column, HalfLife) else _value(measure.column, clock)
    value = nw.when(holds).then(column) if holds is not None else column
    match measure.kind:
        case "min":
            return value.min()
        case "max":
            return value.max()
    return value.sum()


def _exists() -> nw.Expr:
    """True of every row."""
    return ~nw.col(ID).is_null()


def _number(flag: nw.Expr) -> nw.Expr:
    return nw.when(flag).then(1).otherwise(0)


def _weight(half_life: HalfLife) -> nw.Expr:
    """0.5 to the number of half-lives that an event is old."""
    now = int((half_life.clock.now - datetime(1970, 1, 1)) / timedelta(microseconds=1))
    age = (now - nw.col(TIME).dt.timestamp("us")).cast(nw.Float64)
    return (age * (-log(2) / half_life.microseconds)).exp()


def _value(column: str | Periods, clock: Clock) -> nw.Expr:
    """A column of the event, or the calendar or rolling period it lies in."""
    if isinstance(column, Periods):
        return nw.col(rolling.name_of(column))
    if column not in CALENDAR:
        return nw.col(column)
    day = local_day(nw.col(TIME), clock)
    if column == "day":
        return day
    if column == "month":
        return day.dt.year().cast(nw.Int32) * 12 + day.dt.month().cast(nw.Int32)
    since_first_monday = day.dt.timestamp("ms") // _DAY - 4 - clock.week_starts  # 1970-01-05 was a Monday
    return since_first_monday // 7
