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
from typing import Any

import polars as pl

from segtool.config.definition import definition
from segtool.config.meaning import find_field, resolve
from segtool.config.problems import ConfigError, DataError, Problem, Problems, suggestion
from segtool.config.settings import Config, instant, topological
from segtool.config.tree import segments_of
from segtool.lists import changes, guards, membership
from segtool.lists.changes import EMPTY, Change, Roster, Situation
from segtool.lists.guards import Verdict
from segtool.logic import patterns
from segtool.logic.clock import Clock
from segtool.output import csv, lists, report
from segtool.output.report import Report, SourceLine
from segtool.plan import plan
from segtool.sources.catalog import read_all
from segtool.sources.context import ID, Context
from segtool.sources.rejects import none
from segtool.sources.tables import Table
from segtool.store.commit import LAST, writing
from segtool.store.manifest import Manifest, SegmentRecord
from segtool.store.snapshots import Run, Snapshots
from segtool.version import __version__

Step = Callable[[str], None]


def _quiet(_: str) -> None:
    """Says nothing of the steps."""


@dataclass(frozen=True)
class Evaluation:
    """Who is on which list. `contacts` has the fields of every list; nothing of it came from or went to the state."""

    config: Config
    as_of: datetime
    lists: membership.Lists
    tables: Mapping[str, Table]
    columns: Mapping[str, tuple[str, ...]]
    warnings: tuple[Problem, ...] = ()
    measures: int = 0

    @property
    def members(self) -> dict[str, list[str]]:
        """Sorted contact ids by segment."""
        return {name: self.lists.ids(name).to_list() for name in self.lists.segments}

    def table(self, segment: str) -> pl.DataFrame:
        """A list with its output columns, sorted as its segment says."""
        roster = changes.roster(self.lists.ids(segment), None, _naive(self.as_of))
        return _list_table(self, segment, roster)


@dataclass(frozen=True)
class RunResult:
    """A run: the report, and every list and its changes."""

    report: Report
    rosters: Mapping[str, Roster]
    changes: Mapping[str, Change]
    rejects: pl.DataFrame = field(repr=False)
    warnings: tuple[Problem, ...] = ()

    @property
    def members(self) -> dict[str, list[str]]:
        return {name: roster.ids.to_list() for name, roster in self.rosters.items()}

    @property
    def sources(self) -> dict[str, Any]:
        return {line.source: line.accounting for line in self.report.sources}

    @property
    def guards(self) -> tuple[Verdict, ...]:
        return self.report.guards

    @property
    def files(self) -> tuple[str, ...]:
        return self.report.files


def check(config: Config, step: Step = _quiet) -> list[Problem]:
    """Every problem of the rules and the files, errors and warnings, in source order."""
    problems = Problems()
    with TemporaryDirectory(prefix="segtool-") as scratch:
        _read(config, _clock(config, None), Path(scratch), problems, step)
    return list(problems.sorted)


def evaluate(
    config: Config, as_of: datetime | str | None = None, engine: str = "polars", step: Step = _quiet
) -> Evaluation:
    """Who is on which list, without reading or writing any state. Raises ConfigError and DataError."""
    clock = _clock(config, as_of)
    problems = Problems()
    with TemporaryDirectory(prefix="segtool-") as scratch:
        resolved, tables = _read(config, clock, Path(scratch), problems, step)
        _refuse(problems)
        step(f"evaluating {len(resolved.segments)} segments")
        columns = {name: _columns(resolved, name, tables) for name in resolved.segments}
        fields = _fields(resolved, columns, tables)
        built = plan.build({name: spec.where for name, spec in resolved.segments.items()}, fields, tables, clock)
        found = membership.evaluate(built, resolved.segments, fields, engine)
    return Evaluation(resolved, clock.as_of, found, tables, columns, problems.sorted, built.measures)


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

    Raises ConfigError, DataError (also for a source guard), StateError, NewerStateError, LockedError.
    """
    chosen = _chosen(config, only)
    _known_names(accept, {*config.segments, *config.sources}, "--accept")
    if dry_run:
        return _prepare(chosen, config, as_of, accept, Snapshots(config.state).latest(), step, dry_run=True)[0]
    with writing(config.state, config.output_folder, wait) as writer:
        before = writer.snapshots.latest()
        result, evaluation = _prepare(chosen, config, as_of, accept, before, step)
        step("writing the lists")
        carried = _carried(config, chosen, before)
        outputs = _Outputs(result, evaluation, chosen)
        manifest = _manifest(config, result, evaluation, before, carried, accept)
        rosters = {**(before.rosters() if before and carried else {}), **result.rosters}
        kept = {name: rosters[name] for name in manifest.segments}
        committed = writer.commit(manifest, kept, outputs.write)
    complete = replace(outputs.report, files=committed.outputs)
    return replace(result, report=complete)


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
        changes=_compare_runs(before, now),
    )


def _compare_runs(before: Run, now: Run) -> dict[str, Change]:
    """Two runs, list by list, in the order of the later one; lists that are gone come last."""
    old, new = before.rosters(), now.rosters()
    names = [*now.manifest.segments, *(name for name in old if name not in new)]
    found = {}
    for name in names:
        was, is_now = before.manifest.segments.get(name), now.manifest.segments.get(name)
        moved = was is not None and is_now is not None and was.definition != is_now.definition
        situation = Situation(new_list=was is None, definition_changed=moved)
        found[name] = changes.compare(new.get(name, EMPTY), old.get(name, EMPTY), None, situation)
    return found


# The steps


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


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


def _read(
    config: Config, clock: Clock, scratch: Path, problems: Problems, step: Step
) -> tuple[Config, dict[str, Table]]:
    """The sources, and the rules resolved against their columns."""
    tables = read_all(config, Context(clock, config.folder, scratch), problems, step)
    resolved = resolve(config, {name: table.columns for name, table in tables.items()}, problems)
    patterns.check((spec.where for spec in config.segments.values()), problems)
    patterns.check((spec.only for spec in config.sources.values() if spec.only is not None), problems)
    return resolved, tables


def _refuse(problems: Problems) -> None:
    """One exception for all errors: of the data when it is the data alone that is wrong."""
    if not problems.errors:
        return
    only_data = all(problem.of_data for problem in problems.errors)
    raise (DataError if only_data else ConfigError)(problems.sorted)


def _chosen(config: Config, only: Collection[str]) -> Config:
    """The configuration with the named segments alone, and those they refer to."""
    if not only:
        return config
    _known_names(only, config.segments, "--only")
    needed = set(only)
    for wave in reversed(topological(config.segments)):
        for name in wave:
            if name in needed:
                needed.update(ref.name for ref in segments_of(config.segments[name].where))
    return replace(config, segments={name: spec for name, spec in config.segments.items() if name in needed})


def _known_names(asked: Collection[str], known: Collection[str], option: str) -> None:
    for name in asked:
        if name not in known:
            message = f'{option}: there is no "{name}"{suggestion(name, known)}'
            raise ConfigError([Problem("unknown-segment", message)])


def _prepare(
    chosen: Config,
    config: Config,
    as_of: datetime | str | None,
    accept: Collection[str],
    before: Run | None,
    step: Step,
    dry_run: bool = False,
) -> tuple[RunResult, Evaluation]:
    """Everything of a run but writing it."""
    evaluation = evaluate(chosen, as_of, step=step)
    rows = {name: table.accounting.read for name, table in evaluation.tables.items()}
    verdicts = guards.of_sources(config, rows, before.manifest.rows() if before else {})
    refused = [verdict for verdict in verdicts if verdict.name not in accept]
    if refused:
        raise DataError([Problem("source-shrank", verdict.message, path=config.shown) for verdict in refused])
    verdicts = [replace(verdict, accepted=True, held=False) for verdict in verdicts]
    found = _changes(evaluation, chosen, before)
    verdicts += guards.of_lists(chosen, found, accept)
    held = {verdict.name for verdict in verdicts if verdict.held and not verdict.accepted}
    if held and before is not None:
        old = before.rosters()
        found.update({name: _held(old.get(name, EMPTY)) for name in held})
    rosters = {name: change.now for name, change in found.items()}
    shown = _report(evaluation, chosen, found, verdicts, held, before, dry_run)
    rejected = [table.rejects for table in evaluation.tables.values()]
    return RunResult(shown, rosters, found, pl.concat([none(), *rejected]), evaluation.warnings), evaluation


def _held(before: Roster) -> Change:
    """A list that stays as it was."""
    nobody = pl.DataFrame(schema={ID: pl.String, changes.REASON: pl.String})
    return Change(before, before.members.height, nobody, nobody)


def _changes(evaluation: Evaluation, config: Config, before: Run | None) -> dict[str, Change]:
    old = before.rosters() if before else {}
    everyone = evaluation.lists.contacts.get_column(ID)
    found = {}
    for name in config.segments:
        was = before.manifest.segments.get(name) if before else None
        situation = Situation(
            first_run=before is None,
            new_list=before is not None and was is None,
            definition_changed=was is not None and was.definition != definition(config, name),
        )
        now = changes.roster(evaluation.lists.ids(name), old.get(name), _naive(evaluation.as_of))
        found[name] = changes.compare(now, old.get(name, EMPTY), everyone, situation)
    return found


def _report(
    evaluation: Evaluation,
    config: Config,
    found: Mapping[str, Change],
    verdicts: list[Verdict],
    held: Collection[str],
    before: Run | None,
    dry_run: bool,
) -> Report:
    lines = tuple(
        report.line(
            name,
            spec.settings.label,
            found[name],
            listed=spec.settings.list,
            held=name in held,
        )
        for name, spec in config.segments.items()
    )
    rows_before = before.manifest.rows() if before else {}
    sources = tuple(
        SourceLine(
            source=name,
            role=table.columns.role,
            files=tuple(file.path for file in table.files),
            accounting=table.accounting,
            rows_before=rows_before.get(name),
            notes=table.notes,
        )
        for name, table in evaluation.tables.items()
    )
    return Report(
        serial=(before.manifest.serial if before else 0) + 1,
        as_of=_stamp(evaluation.as_of),
        timezone=config.timezone,
        lines=lines,
        sources=sources,
        previous=before.manifest.serial if before else None,
        previous_as_of=before.manifest.as_of if before else None,
        guards=tuple(verdicts),
        rejects=sum(table.rejects.height for table in evaluation.tables.values()),
        folder=str(config.output_folder),
        dry_run=dry_run,
    )


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _columns(config: Config, name: str, tables: Mapping[str, Table]) -> tuple[str, ...]:
    """The output columns of a list: its own, else the file's, else the id and every contact column."""
    own = next(table.columns for table in tables.values() if table.columns.role == "contacts")
    asked = config.segments[name].settings.columns or config.output.columns
    if not asked:
        return (own.id, *(column for column in own.types if column != own.id))
    return tuple(_field(config, column, tables) for column in asked)


def _field(config: Config, name: str, tables: Mapping[str, Table]) -> str:
    ref = find_field(name, config, {name: table.columns for name, table in tables.items()})
    if ref is None or ref.column is None:
        raise ConfigError([Problem("unknown-field", f'output: there is no field "{name}"', path=config.shown)])
    return ref.column


def _fields(config: Config, columns: Mapping[str, tuple[str, ...]], tables: Mapping[str, Table]) -> tuple[str, ...]:
    """Every field that some list shows or is sorted by."""
    fields = dict.fromkeys(column for chosen in columns.values() for column in chosen)
    for name in config.segments:
        fields.update(dict.fromkeys(_sort_fields(config, name, tables)))
    return tuple(fields)


def _sort_fields(config: Config, name: str, tables: Mapping[str, Table]) -> list[str]:
    return [_field(config, key.removeprefix("-"), tables) for key in config.segments[name].settings.sort or ()]


def _list_table(evaluation: Evaluation, segment: str, roster: Roster) -> pl.DataFrame:
    config = evaluation.config
    keys = config.segments[segment].settings.sort or ()
    fields = _sort_fields(config, segment, evaluation.tables)
    sort = [f"-{name}" if key.startswith("-") else name for key, name in zip(keys, fields, strict=True)]
    return lists.table(roster, evaluation.lists.contacts, evaluation.columns[segment], sort)


class _Outputs:
    """Writes the files of a run into a folder."""

    def __init__(self, result: RunResult, evaluation: Evaluation, config: Config) -> None:
        self.report = result.report
        self._result = result
        self._evaluation = evaluation
        self._config = config
        style = config.output.csv
        self._style = csv.Style(style.delimiter, style.bom, config.timezone)
        own = next(table.columns for table in evaluation.tables.values() if table.columns.role == "contacts")
        self._exact = {own.id}

    def write(self, folder: Path) -> list[str]:
        """Raises OSError."""
        names: list[str] = []
        escaped = 0
        for section in ("lists", "changes"):
            (folder / section).mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, spec in self._config.segments.items():
            if spec.settings.list:
                for section, table in (("lists", self._list(name)), ("changes", self._changes(name))):
                    path = f"{section}/{name}.csv"
                    escaped += csv.write(table, folder / path, self._style, self._exact).escaped
                    names.append(path)
        escaped += csv.write(self._result.rejects, folder / "rejects.csv", self._style).escaped
        csv.write(self.report.summary(), folder / "summary.csv", self._style)
        names += ["rejects.csv", "summary.csv", LAST]
        self.report = replace(self.report, escaped=escaped, files=tuple(sorted(names)))
        (folder / LAST).write_text(self.report.as_json(), encoding="utf-8")
        return names

    def _list(self, name: str) -> pl.DataFrame:
        return _list_table(self._evaluation, name, self._result.rosters[name])

    def _changes(self, name: str) -> pl.DataFrame:
        contacts = self._evaluation.lists.contacts
        return lists.change_table(self._result.changes[name], contacts, self._evaluation.columns[name])


def _carried(config: Config, chosen: Config, before: Run | None) -> dict[str, SegmentRecord]:
    """Lists that were not asked for (`only`): they stay as the run before left them."""
    if before is None:
        return {}
    return {
        name: record
        for name, record in before.manifest.segments.items()
        if name in config.segments and name not in chosen.segments
    }


def _manifest(
    config: Config,
    result: RunResult,
    evaluation: Evaluation,
    before: Run | None,
    carried: Mapping[str, SegmentRecord],
    accept: Collection[str],
) -> Manifest:
    old = before.manifest.segments if before else {}
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
    files = before.manifest.outputs if before else ()
    sources = {
        name: {"accounting": asdict(table.accounting), "files": [asdict(file) for file in table.files]}
        for name, table in evaluation.tables.items()
    }
    return Manifest(
        serial=result.report.serial,
        as_of=result.report.as_of,
        timezone=config.timezone,
        tool=__version__,
        parent=before.manifest.name if before else None,
        sources=sources,
        segments={**{name: {**carried, **made}[name] for name in config.segments if name in {**carried, **made}}},
        guards=tuple(verdict.message for verdict in result.report.guards),
        accepted=tuple(sorted(accept)),
        outputs=tuple(
            name for name in files if name.removesuffix(".csv").rpartition("/")[2] in carried and "/" in name
        ),
    )
