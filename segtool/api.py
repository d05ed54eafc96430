"""The use cases, each a short pipeline; the command line calls these and nothing below.

A run: load config → read sources → check meaning against their columns → build the plan → evaluate once → compare
with the last snapshot → guards → write outputs → commit the snapshot → report. `check` runs the same passes and stops
before evaluating.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from segtool.config.definition import definition
from segtool.config.meaning import resolve
from segtool.config.problems import ConfigError, DataError, Problem, Problems, suggestion
from segtool.config.settings import Config, conditions_in, instant, with_needed
from segtool.lists import guards, history, membership
from segtool.lists.changes import EMPTY, Change, Situation, compare, roster
from segtool.lists.guards import Verdict
from segtool.lists.history import Before
from segtool.lists.membership import Lists
from segtool.logic import patterns
from segtool.logic.clock import Clock
from segtool.output import columns, lists, report
from segtool.output.columns import Layout
from segtool.output.csv import Style
from segtool.output.files import Outputs
from segtool.output.report import Report
from segtool.plan.plan import Plan
from segtool.sources.account import Accounting
from segtool.sources.catalog import read_all
from segtool.sources.context import Context
from segtool.sources.overrides import read_overrides
from segtool.sources.tables import Table
from segtool.store.commit import writing
from segtool.store.manifest import Manifest, SegmentRecord
from segtool.store.snapshots import Run, Snapshots
from segtool.version import __version__

Step = Callable[[str], None]


def _quiet(_: str) -> None:
    """Says nothing of the steps."""


@dataclass(frozen=True)
class Evaluation:
    """Who is on which list. Nothing of it came from the state or went there."""

    config: Config
    as_of: datetime
    lists: Lists
    tables: Mapping[str, Table]
    layouts: Mapping[str, Layout]
    warnings: tuple[Problem, ...] = ()
    measures: int = 0

    @property
    def members(self) -> dict[str, list[str]]:
        """Sorted contact ids by segment."""
        return {name: self.lists.ids(name).to_list() for name in self.lists.segments}

    def table(self, segment: str) -> pl.DataFrame:
        """A list with its output columns, sorted as its segment says."""
        now = roster(self.lists.ids(segment), None, _naive(self.as_of))
        return lists.table(now, self.lists.contacts, self.layouts[segment])


@dataclass(frozen=True)
class RunResult:
    """A run: the report, every list, and how it changed. `rejects` lists what could not be used."""

    report: Report
    changes: Mapping[str, Change]
    rejects: pl.DataFrame = field(repr=False)
    warnings: tuple[Problem, ...] = ()

    @property
    def members(self) -> dict[str, list[str]]:
        """Sorted contact ids by segment."""
        return {name: change.now.ids.to_list() for name, change in self.changes.items()}

    @property
    def sources(self) -> dict[str, Accounting]:
        """What became of the rows of every source."""
        return {line.source: line.accounting for line in self.report.sources}

    @property
    def guards(self) -> tuple[Verdict, ...]:
        return self.report.guards

    @property
    def files(self) -> tuple[str, ...]:
        """What was published, relative to the output folder."""
        return self.report.files


@dataclass(frozen=True)
class Difference:
    """Two runs (serials and instants), and how every list changed from the old to the new."""

    old: int
    new: int
    old_as_of: str
    new_as_of: str
    timezone: str
    changes: Mapping[str, Change]

    def __getitem__(self, segment: str) -> Change:
        return self.changes[segment]


def check(config: Config, step: Step = _quiet) -> list[Problem]:
    """Every problem of the rules and the files, errors and warnings, in source order."""
    problems = Problems()
    with TemporaryDirectory(prefix="segtool-") as scratch:
        resolved, tables = _read(config, _clock(config, None), Path(scratch), problems, step)
        read_overrides(resolved, tables, problems)
    return list(problems.sorted)


def evaluate(
    config: Config, as_of: datetime | str | None = None, engine: str = "polars", step: Step = _quiet
) -> Evaluation:
    """Who is on which list, without reading or writing any state. Raises ConfigError and DataError."""
    clock = _clock(config, as_of)
    problems = Problems()
    with TemporaryDirectory(prefix="segtool-") as scratch:
        resolved, tables = _read(config, clock, Path(scratch), problems, step)
        overrides = read_overrides(resolved, tables, problems)
        _refuse(problems)
        step(f"evaluating {len(resolved.segments)} segments")
        layouts = columns.layouts(resolved, {name: table.columns for name, table in tables.items()})
        fields = columns.fields(layouts)
        plan = Plan(resolved, tables, clock)
        found = membership.evaluate(plan, overrides, fields, engine)
    return Evaluation(resolved, clock.as_of, found, tables, layouts, problems.sorted, plan.measures.count)


def run(
    config: Config,
    as_of: datetime | str | None = None,
    accept: Collection[str] = (),
    dry_run: bool = False,
    only: Collection[str] = (),
    wait: float = 0.0,
    step: Step = _quiet,
) -> RunResult:
    """Evaluates, compares with the last run, writes the lists and commits the snapshot.

    `only` leaves all other lists as the run before left them. `wait` is in seconds, for the lock. Raises
    ConfigError, DataError (also where a source shrank too far), StateError, NewerStateError, LockedError.
    """
    _clock(config, as_of)  # a wrong instant is refused before anything is made
    _known(only, config.segments, "--only")
    _known(accept, {*config.segments, *config.sources}, "--accept")
    chosen = with_needed(config, only) if only else config
    if dry_run:
        last = Snapshots(config.state).latest()
        return _compared(evaluate(chosen, as_of, step=step), _before(last), accept, dry_run=True)
    with writing(config.state, config.output_folder, wait) as writer:
        last = writer.snapshots.latest()
        before = _before(last)
        evaluation = evaluate(chosen, as_of, step=step)
        result = _compared(evaluation, before, accept)
        step("writing the lists")
        manifest = _manifest(config, result, evaluation, last, accept)
        rosters = {**before.rosters, **{name: change.now for name, change in result.changes.items()}}
        outputs = _outputs(result, evaluation)
        kept = {name: rosters[name] for name in manifest.segments}
        final, _ = writer.commit(manifest, kept, outputs.write)
    return replace(result, report=final)


def diff(config: Config, old: str = "previous", new: str = "latest") -> Difference:
    """Who entered and left every list between two committed runs: serials, dates, `latest`, `previous`.

    Raises NoRunError and StateError.
    """
    snapshots = Snapshots(config.state)
    before, now = (snapshots.find(which, config.timezone) for which in (old, new))
    return Difference(
        old=before.manifest.serial,
        new=now.manifest.serial,
        old_as_of=before.manifest.as_of,
        new_as_of=now.manifest.as_of,
        timezone=config.timezone,
        changes=_between(before, now),
    )


def _clock(config: Config, as_of: datetime | str | None) -> Clock:
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


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _read(
    config: Config, clock: Clock, scratch: Path, problems: Problems, step: Step
) -> tuple[Config, dict[str, Table]]:
    """The sources, and the rules resolved against their columns."""
    tables = read_all(config, Context(clock, config.folder, scratch), problems, step)
    resolved = resolve(config, {name: table.columns for name, table in tables.items()}, problems)
    patterns.check(conditions_in(config), problems)
    return resolved, tables


def _refuse(problems: Problems) -> None:
    """One exception for all errors: of the data when it is the data alone that is wrong."""
    if problems.errors:
        only_data = all(problem.of_data for problem in problems.errors)
        raise (DataError if only_data else ConfigError)(problems.sorted)


def _known(asked: Collection[str], known: Collection[str], option: str) -> None:
    wrong = [name for name in asked if name not in known]
    if wrong:
        found = [f'{option}: there is no "{name}"{suggestion(name, known)}' for name in wrong]
        raise ConfigError([Problem("unknown-name", message) for message in found])


def _before(run: Run | None) -> Before:
    if run is None:
        return Before()
    manifest = run.manifest
    definitions = {name: record.definition for name, record in manifest.segments.items()}
    return Before(manifest.serial, manifest.as_of, run.rosters(), definitions, manifest.rows())


def _compared(evaluation: Evaluation, before: Before, accept: Collection[str], dry_run: bool = False) -> RunResult:
    """The lists against the run before, after the guards. Raises DataError where a source shrank too far."""
    config, tables = evaluation.config, evaluation.tables
    rows = {name: table.accounting.read for name, table in tables.items()}
    shrunk = guards.of_sources(config, rows, before.rows)
    refused = [verdict for verdict in shrunk if verdict.name not in accept]
    if refused:
        raise DataError([Problem("source-shrank", verdict.message, path=config.shown) for verdict in refused])
    changes = history.changes(evaluation.lists, config, before, _naive(evaluation.as_of))
    verdicts = guards.of_lists(config, changes, accept)
    held = {verdict.name for verdict in verdicts if verdict.held and not verdict.accepted}
    changes |= {name: history.held(before, name) for name in held}
    shown = Report(
        serial=before.serial + 1,
        as_of=evaluation.as_of.isoformat().replace("+00:00", "Z"),
        timezone=config.timezone,
        lines=report.lines(config, changes, held),
        sources=report.source_lines(tables, before.rows),
        previous=before.serial or None,
        previous_as_of=before.as_of,
        guards=(*(replace(verdict, accepted=True) for verdict in shrunk), *verdicts),
        rejects=sum(table.rejects.height for table in tables.values()),
        folder=str(config.output_folder),
        dry_run=dry_run,
    )
    rejects = pl.concat([table.rejects for table in tables.values()])
    return RunResult(shown, changes, rejects, evaluation.warnings)


def _outputs(result: RunResult, evaluation: Evaluation) -> Outputs:
    config = evaluation.config
    style = config.output.csv
    return Outputs(
        report=result.report,
        changes=result.changes,
        layouts=evaluation.layouts,
        contacts=evaluation.lists.contacts,
        rejects=result.rejects,
        id=evaluation.tables[config.contacts.name].columns.id,
        style=Style(style.delimiter, style.bom, config.timezone),
    )


def _manifest(
    config: Config, result: RunResult, evaluation: Evaluation, last: Run | None, accept: Collection[str]
) -> Manifest:
    """What the run remembers of itself; lists that were not asked for stay as the run before left them."""
    old = last.manifest.segments if last else {}
    made = {
        line.segment: SegmentRecord(
            definition=old[line.segment].definition if line.held else definition(config, line.segment),
            members=line.members,
            entered=line.entered,
            left=line.left,
            label=line.label,
            held=line.held,
            listed=line.listed,
        )
        for line in result.report.lines
    }
    records = {name: made.get(name) or old.get(name) for name in config.segments}
    carried = {f"{section}/{name}.csv" for name in records if name not in made for section in ("lists", "changes")}
    return Manifest(
        serial=result.report.serial,
        as_of=result.report.as_of,
        timezone=config.timezone,
        tool=__version__,
        parent=last.manifest.name if last else None,
        sources={
            name: {"accounting": asdict(table.accounting), "files": [asdict(file) for file in table.files]}
            for name, table in evaluation.tables.items()
        },
        segments={name: record for name, record in records.items() if record is not None},
        guards=tuple(verdict.message for verdict in result.guards),
        accepted=tuple(sorted(accept)),
        outputs=tuple(name for name in (last.manifest.outputs if last else ()) if name in carried),
    )


def _between(before: Run, now: Run) -> dict[str, Change]:
    """Two runs, list by list, in the order of the later one; lists that are gone come last."""
    old, new = before.rosters(), now.rosters()
    found = {}
    for name in (*new, *(name for name in old if name not in new)):
        was, is_now = before.manifest.segments.get(name), now.manifest.segments.get(name)
        moved = was is not None and is_now is not None and was.definition != is_now.definition
        situation = Situation(new_list=was is None, list_removed=is_now is None, definition_changed=moved)
        found[name] = compare(new.get(name, EMPTY), old.get(name, EMPTY), None, situation)
    return found
