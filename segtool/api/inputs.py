"""What every use case begins with: the clock, the sources, and the rules resolved against their columns."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from segtool.config.meaning import resolve
from segtool.config.problems import ConfigError, DataError, Problem, Problems
from segtool.config.progress import Step
from segtool.config.references import conditions_in
from segtool.config.settings import Config, instant
from segtool.logic import patterns
from segtool.logic.clock import Clock
from segtool.sources.catalog import read_all
from segtool.sources.context import Context
from segtool.sources.tables import Table

if TYPE_CHECKING:
    from segtool.output.workbook_template import Template


def clock_of(config: Config, as_of: datetime | str | None) -> Clock:
    """The clock of a run: what was asked for, else what the file says, else now."""
    if isinstance(as_of, str):
        read = instant(as_of, config.timezone)
        if read is None:
            message = f'as_of is a date or a date and time (2026-05-01T09:00), not "{as_of}"'
            raise ConfigError([Problem("wrong-point", message)])
        as_of = read
    if isinstance(as_of, datetime) and as_of.tzinfo is None:
        raise ValueError("as_of needs a time zone")
    moment = as_of or config.as_of or datetime.now(UTC)
    return Clock(moment.astimezone(UTC), config.timezone, config.week_starts)


def naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def read(
    config: Config, clock: Clock, scratch: Path, problems: Problems, step: Step, cached: Path | None = None
) -> tuple[Config, dict[str, Table]]:
    """The sources, and the rules resolved against their columns. `cached` is the folder of a cache that lasts."""
    context = Context(clock, config.folder, scratch, datetime.now(UTC), step=step, cached=cached)
    tables = read_all(config, context, problems)
    context.cache.tidy()
    resolved = resolve(config, {name: table.columns for name, table in tables.items()}, problems)
    patterns.check(conditions_in(config), problems)
    return resolved, tables


def template_of(config: Config, problems: Problems) -> Template:
    """The workbook that the lists are written into, or an empty one where there is none or it cannot be used."""
    # Deferred: what takes workbooks apart is much, and few configurations have one.
    from segtool.output import workbook_template  # noqa: PLC0415

    return workbook_template.read(config, problems)


def usable_template(config: Config) -> Template:
    """The workbook that the lists are written into. Raises ConfigError."""
    problems = Problems()
    found = template_of(config, problems)
    refuse(problems)
    return found


def refuse(problems: Problems) -> None:
    """One exception for all errors: of the data when it is the data alone that is wrong."""
    if problems.errors:
        only_data = all(problem.of_data for problem in problems.errors)
        raise (DataError if only_data else ConfigError)(problems.sorted)
