"""`evaluate`: who is on which list, without reading or writing any state."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from segtool.api.inputs import clock_of, naive, read, refuse
from segtool.config.frozen import dataclass
from segtool.config.problems import Problem, Problems
from segtool.config.progress import Step, quiet
from segtool.config.settings import Config
from segtool.lists import membership
from segtool.lists.membership import Lists, Making
from segtool.lists.places import Crossing, Dated, at
from segtool.logic.clock import Clock
from segtool.output import columns, lists
from segtool.output.columns import Layout
from segtool.plan.plan import Plan
from segtool.sources.overrides import Override, read_overrides
from segtool.sources.tables import Table


@dataclass(frozen=True)
class Evaluation:
    """Who is on which list. Nothing of it came from the state or went there.

    `audience` are the fields that platforms get, by what they hold.
    """

    config: Config
    as_of: datetime
    lists: Lists
    plan: Plan = field(repr=False)
    overrides: Mapping[str, Override] = field(repr=False)
    tables: Mapping[str, Table]
    layouts: Mapping[str, Layout]
    warnings: tuple[Problem, ...] = ()
    audience: Mapping[str, str] = field(default_factory=dict)

    @property
    def measures(self) -> int:
        """How many distinct measures the passes over the events computed."""
        return self.plan.measures.count

    @property
    def members(self) -> dict[str, list[str]]:
        """Sorted contact ids by segment."""
        return {name: self.lists.ids(name).to_list() for name in self.lists.segments}

    def table(self, segment: str) -> pl.DataFrame:
        """A list with its output columns, sorted as its segment says."""
        on = self.lists.on(segment)
        now = Dated(self.lists.everyone, on, at(naive(self.as_of), int(on.sum())))
        found = lists.positions(now, Crossing(self.lists.everyone), self.lists.contacts, self.layouts[segment])
        return lists.table(found, self.lists.contacts, self.layouts[segment])


def evaluate(
    config: Config, as_of: datetime | str | None = None, engine: str = "polars", step: Step = quiet
) -> Evaluation:
    """Who is on which list, without reading or writing any state. Raises ConfigError and DataError.

    Every list is as on a first run: nobody is remembered on it, and nobody has been on it for any time.
    """
    return evaluated(config, clock_of(config, as_of), Past, engine, step)


@dataclass(frozen=True)
class Past:
    """What earlier runs have to do with the lists: who is remembered on which, and which of them go by that."""

    memory: pl.DataFrame | None = None
    remembered: tuple[str, ...] = ()


def evaluated(
    config: Config, clock: Clock, past: Callable[[], Past], engine: str, step: Step, cached: Path | None = None
) -> Evaluation:
    """Who is on which list at the clock's instant, given what is remembered, which is asked for when the sources are
    read. `cached` is where typed tables last.
    """
    problems = Problems(config.silence)
    # In the state folder, what a killed run leaves behind is cleared by the next one.
    place = cached.parent if cached is not None else None
    with TemporaryDirectory(prefix="tmp-" if place else "segtool-", dir=place) as scratch:
        resolved, tables = read(config, clock, Path(scratch), problems, step, cached)
        known = past()
        overrides = read_overrides(resolved, tables, problems)
        refuse(problems)
        step(f"evaluating {len(resolved.segments)} segments")
        catalog = {name: table.columns for name, table in tables.items()}
        layouts, audience = columns.layouts(resolved, catalog), columns.audience(resolved, catalog)
        fields = columns.fields(layouts) | dict(audience.values())
        plan = Plan(resolved, tables, clock, known.memory)
        found = membership.evaluate(plan, Making(overrides, known.remembered), fields, engine)
    titles = {role: title for role, (title, _) in audience.items()}
    return Evaluation(resolved, clock.as_of, found, plan, overrides, tables, layouts, problems.sorted, titles)
