"""The passes over event sources: every measure of a source together, however many there are.

The scan keeps only the columns that some measure reads and the rows that some measure could count; whatever decides
about a row is a flag of it before anything is counted. Distinct values are counted apart: the values of each contact
first, then how many there are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from math import log

import narwhals as nw
import polars as pl

from segtool.config.operators import CALENDAR
from segtool.logic.clock import Clock
from segtool.logic.windows import local_day
from segtool.plan import rolling
from segtool.plan.flags import Flags, Frame, wanted
from segtool.plan.measures import Measures
from segtool.plan.people import aligned
from segtool.plan.pieces import Bounds, cut
from segtool.plan.selections import Across, HalfLife, Measure, Periods, Selection, Stream
from segtool.plan.sequences import followed
from segtool.plan.tallies import Tally, Totals
from segtool.sources.context import PLACE, TIME
from segtool.sources.together import together

_DAY = 24 * 60 * 60 * 1000
_VALUE = "§value"

Collect = Callable[[Frame], pl.DataFrame]


def counted(
    measures: Measures, frames: Mapping[str, Frame], cuts: Mapping[str, Bounds], people: int, collect: Collect
) -> Iterable[pl.Series]:
    """Every measure as a column under its name, a line for each of the people: those of a stream in one pass.

    Distinct values take a pass for each column. A source that has bounds in `cuts` is counted in pieces. Two passes are
    under way at a time: what adds to lines keeps one processor busy.
    """
    found = _passes(measures, frames, cuts, people, collect)
    done = together(lambda one: one(), found, alone=measures.small)
    yield from (column for columns in done for column in columns)


def _passes(
    measures: Measures, frames: Mapping[str, Frame], cuts: Mapping[str, Bounds], people: int, collect: Collect
) -> Iterator[Callable[[], Sequence[pl.Series]]]:
    """Each makes the columns of some measures."""

    def lines(rows: Frame) -> Sequence[pl.Series]:
        return aligned(collect(rows), people).get_columns()

    for stream, found in measures.of_stream.items():
        plain = {measure: name for measure, name in found.items() if measure.kind != "distinct"}
        if plain:
            rows = rows_of(stream, [measure.selection for measure in found], measures, frames)
            # Who was followed is looked up among all events, again for every piece.
            pieces = cut(rows, () if stream.after else cuts.get(stream.source, ()))
            yield partial(_tallied, pieces, plain, measures, people, collect)
        for column in dict.fromkeys(measure.column for measure in found if measure.kind == "distinct"):
            some = {
                measure: name for measure, name in found.items() if measure not in plain and measure.column == column
            }
            chosen = rows_of(stream, [measure.selection for measure in some], measures, frames)
            yield partial(lines, _distinct(chosen, some, measures))
    for across, name in measures.across.items():
        yield partial(lines, _counted_across(across, name, measures, frames))


def rows_of(stream: Stream, selections: list[Selection], measures: Measures, frames: Mapping[str, Frame]) -> Frame:
    dated = measures.catalog[stream.source].dated
    rows = wanted(frames[stream.source], selections, measures.clock, dated)
    return rows if stream.after is None else followed(rows, frames, stream.after)


def _tallied(
    pieces: Sequence[Frame], measures: Mapping[Measure, str], found: Measures, people: int, collect: Collect
) -> Sequence[pl.Series]:
    """Counts, sums and extremes: the rows with all their flags, then each tally of those that it selects."""
    flags = Flags(found.clock, [measure.selection for measure in measures], found.small)
    values: dict[tuple[str, object], str] = {}
    read: list[nw.Expr] = []
    tallies: dict[str, Tally] = {}
    for measure, name in measures.items():
        chosen, kind, column = flags.of(measure.selection), measure.kind, ""
        if kind != "count":
            key = (kind if kind == "filled" else "", measure.column)
            column = values.setdefault(key, f"§v{len(values)}")
            if len(values) > len(read):
                read.append(_read(measure, found.clock).alias(column))
        if kind == "filled":
            chosen, kind, column = (*chosen, column), "count", ""
        tallies[name] = Tally(chosen, "sum" if kind == "weight" else kind, column)
    needed = dict.fromkeys(flag for tally in tallies.values() for flag in (*tally.flags, tally.column) if flag)
    totals = Totals(tallies, people)
    for rows in pieces:
        flagged = flags.added_to(rows).with_columns(*read) if read else flags.added_to(rows)
        totals.add(collect(flagged.select(PLACE, *needed)))
    return totals.columns()


def _read(measure: Measure, clock: Clock) -> nw.Expr:
    """What a measure reads of an event; of `filled` whether there is a value."""
    if isinstance(measure.column, HalfLife):
        return _weight(measure.column)
    value = _value(measure.column, clock)
    return ~value.is_null() if measure.kind == "filled" else value


def _distinct(rows: Frame, measures: Mapping[Measure, str], found: Measures) -> Frame:
    """How many distinct values of one column each selection has: every value once, then those that it has."""
    (column,) = {measure.column for measure in measures}
    assert not isinstance(column, HalfLife)
    rows = rolling.added_to(rows, {column} if isinstance(column, Periods) else set())
    flags = Flags(found.clock, [measure.selection for measure in measures], found.small)
    held = [_holds(flags.of(measure.selection)).alias(name) for measure, name in measures.items()]
    values = flags.added_to(rows).select(nw.col(PLACE), _value(column, found.clock).alias(_VALUE), *held)
    known = values.filter(~nw.col(_VALUE).is_null())
    each = known.group_by(PLACE, _VALUE).agg(*(nw.col(name).max() for name in measures.values()))
    return each.group_by(PLACE).agg(*(_number(nw.col(name)).sum().alias(name) for name in measures.values()))


def _counted_across(across: Across, name: str, measures: Measures, frames: Mapping[str, Frame]) -> Frame:
    """How many distinct values each contact's events have over several streams together."""
    parts = []
    for stream, selection, column in across.parts:
        rows = rows_of(stream, [selection], measures, frames)
        rows = rolling.added_to(rows, {column} if isinstance(column, Periods) else set())
        flags = Flags(measures.clock, [selection], measures.small)
        value = _value(column, measures.clock).cast(nw.String).alias(_VALUE)
        parts.append(flags.kept(flags.added_to(rows), selection).select(nw.col(PLACE), value))
    every = nw.concat(parts, how="vertical").filter(~nw.col(_VALUE).is_null())
    return every.group_by(PLACE).agg(nw.col(_VALUE).n_unique().alias(name))


def _holds(flags: Sequence[str]) -> nw.Expr:
    """Whether all flags are true, as they are where there are none."""
    return (
        nw.all_horizontal(*(nw.col(flag) for flag in flags), ignore_nulls=True) if flags else ~nw.col(PLACE).is_null()
    )


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
