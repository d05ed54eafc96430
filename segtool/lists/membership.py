"""Who is on which list: every rule's column, in waves, so that a rule can look at the lists it refers to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import narwhals as nw
import polars as pl

from segtool.config.settings import SegmentSpec, topological
from segtool.plan import engines
from segtool.plan.plan import SEGMENT, Plan
from segtool.sources.context import ID


@dataclass(frozen=True)
class Lists:
    """`contacts` has ID, the carried fields and a boolean column per segment, sorted by ID."""

    contacts: pl.DataFrame
    segments: tuple[str, ...]

    def rows(self, segment: str) -> pl.DataFrame:
        """The contacts on a list, sorted by ID."""
        return self.contacts.filter(pl.col(f"{SEGMENT}{segment}"))

    def ids(self, segment: str) -> pl.Series:
        return self.rows(segment).get_column(ID)


def evaluate(plan: Plan, segments: Mapping[str, SegmentSpec], fields: Sequence[str], engine: str) -> Lists:
    """Everyone's place on every list, in one collect."""
    frame = plan.contacts
    for wave in topological(segments):
        frame = frame.with_columns(*(plan.rules[name].alias(f"{SEGMENT}{name}") for name in wave))
    columns = [f"{SEGMENT}{name}" for name in segments]
    chosen = frame.select(nw.col(ID), *(nw.col(field) for field in fields), *(nw.col(name) for name in columns))
    return Lists(engines.collect(chosen, engine).sort(ID), tuple(segments))
