"""One value out of a contact's events: of the first or last event, or the commonest.

Several events at the same first or latest instant are all it, and the smallest value that is there is taken; of
equally common values, the alphabetically first.
"""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from segtool.plan.flags import Flags, Frame
from segtool.plan.measures import Measures
from segtool.plan.passes import rows_of
from segtool.plan.selections import Pick
from segtool.plan.types import cast
from segtool.sources.context import PLACE, TIME

_VALUE = "§value"
_COUNT = "§count"
_END = "§end"


def picked(pick: Pick, name: str, measures: Measures, frames: Mapping[str, Frame]) -> Frame:
    """One row per contact that has such a value: PLACE and the value."""
    parts = []
    for stream, selection, column in pick.parts:
        flags = Flags(measures.clock, [selection], measures.small)
        rows = flags.kept(flags.added_to(rows_of(stream, [selection], measures, frames)), selection)
        value = nw.col(column) if column is not None else nw.lit(None)
        kept = rows.select(nw.col(PLACE), nw.col(TIME), cast(value, pick.type).alias(_VALUE))
        parts.append(kept)
    events = nw.concat(parts, how="vertical") if len(parts) > 1 else parts[0]
    found = _commonest(events) if pick.which == "most_common" else _end(events, pick.which)
    return found.group_by(PLACE).agg(nw.col(_VALUE).min().alias(name))


def _end(events: Frame, which: str) -> Frame:
    """The events at the first or latest instant of each contact."""
    dated = events.filter(~nw.col(TIME).is_null())
    instant = nw.col(TIME).min() if which == "first" else nw.col(TIME).max()
    ends = dated.group_by(PLACE).agg(instant.alias(_END))
    return dated.join(ends, on=PLACE, how="left").filter(nw.col(TIME) == nw.col(_END))


def _commonest(events: Frame) -> Frame:
    """The values that no other value of the contact is commoner than."""
    counts = events.filter(~nw.col(_VALUE).is_null()).group_by(PLACE, _VALUE).agg(nw.len().alias(_COUNT))
    most = counts.group_by(PLACE).agg(nw.col(_COUNT).max().alias(_END))
    return counts.join(most, on=PLACE, how="left").filter(nw.col(_COUNT) == nw.col(_END))
