"""`run`: a run from the files to the committed snapshot, and what it reports.

Load config → read sources → check meaning against their columns → build the plan → evaluate once → compare with the
last snapshot → guards → write outputs → commit the snapshot → report.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime

import polars as pl

from segtool.api import past
from segtool.api.evaluation import Evaluation, evaluated
from segtool.api.inputs import clock_of, known, naive, usable_template
from segtool.config.problems import ConfigError, DataError, Problem
from segtool.config.progress import Step, quiet
from segtool.config.references import with_needed
from segtool.config.settings import Config
from segtool.lists import guards, history
from segtool.lists.changes import Change
from segtool.lists.guards import Verdict
from segtool.lists.history import Before, Meaning, meaning
from segtool.lists.moves import moves
from segtool.lists.reasons import Reasons, Then
from segtool.output import report
from segtool.output.files import Outputs, of_list
from segtool.output.package import Package
from segtool.output.report import Report
from segtool.sources.account import Accounting
from segtool.store.commit import writing
from segtool.store.manifest import Manifest, SegmentRecord
from segtool.store.snapshots import Run, Snapshots
from segtool.store.tables import Kept
from segtool.version import __version__


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
class Request:
    """What a run is asked for beside its configuration: names of lists and sources, by option."""

    accept: Collection[str] = ()
    only: Collection[str] = ()
    refresh: Collection[str] = ()
    dry_run: bool = False


def run(
    config: Config,
    as_of: datetime | str | None = None,
    accept: Collection[str] = (),
    dry_run: bool = False,
    only: Collection[str] = (),
    wait: float = 0.0,
    step: Step = quiet,
) -> RunResult:
    """Evaluates, compares with the last run, writes the lists and commits the snapshot.

    `only` leaves all other lists as the run before left them. `wait` is in seconds, for the lock. Raises
    ConfigError, DataError (also where a source shrank too far), StateError, NewerStateError, LockedError.
    """
    return _run(config, as_of, Request(accept, only, dry_run=dry_run), wait, step)


def refresh(
    config: Config,
    segments: Collection[str],
    as_of: datetime | str | None = None,
    dry_run: bool = False,
    wait: float = 0.0,
    step: Step = quiet,
) -> RunResult:
    """Fills lists that remember anew, by a run of these lists alone. Raises as `run` does."""
    known(segments, config.segments, "refresh")
    for name in segments:
        if not config.segments[name].remembers:
            message = f'"{name}" is dynamic: every run fills it anew; refresh is for static and semi_dynamic lists'
            raise ConfigError([Problem("not-remembered", message, config.segments[name].at)])
    return _run(config, as_of, Request(only=segments, refresh=segments, dry_run=dry_run), wait, step)


def _run(config: Config, as_of: datetime | str | None, request: Request, wait: float, step: Step) -> RunResult:
    clock_of(config, as_of)  # a wrong instant is refused before anything is made
    known(request.only, config.segments, "--only")
    known(request.accept, {*config.segments, *config.sources}, "--accept")
    chosen = with_needed(config, request.only) if request.only else config
    workbook = usable_template(chosen)
    if request.dry_run:
        before = past.before(Snapshots(config.state).latest())
        return _compared(_evaluated(chosen, as_of, before, request, step), before, request)
    with writing(config.state, config.output_folder, wait) as writer:
        last = writer.snapshots.latest()
        before = past.before(last)
        evaluation = _evaluated(chosen, as_of, before, request, step)
        result = _compared(evaluation, before, request)
        step("writing the lists")
        manifest = _manifest(config, result, evaluation, last, request)
        rosters = {**before.rosters, **{name: change.now for name, change in result.changes.items()}}
        outputs = _outputs(result, evaluation, workbook)
        lists = {name: rosters[name] for name in manifest.segments}
        kept = Kept(lists, result.changes, evaluation.lists.features)
        final, _ = writer.commit(manifest, kept, outputs.write)
    return replace(result, report=final)


def _evaluated(
    config: Config, as_of: datetime | str | None, before: Before, request: Request, step: Step
) -> Evaluation:
    remembered = past.past(before, config, request.refresh)
    return evaluated(config, clock_of(config, as_of), remembered, "polars", step)


def _compared(evaluation: Evaluation, before: Before, request: Request) -> RunResult:
    """The lists against the run before, after the guards. Raises DataError where a source shrank too far."""
    config, tables = evaluation.config, evaluation.tables
    exports = {name: table.files for name, table in tables.items()}
    shrunk = guards.of_sources(config, exports, before.exports, datetime.now(UTC))
    refused = [verdict for verdict in shrunk if verdict.name not in request.accept]
    if refused:
        raise DataError([Problem("source-shrank", verdict.message, path=config.shown) for verdict in refused])
    changes = history.changes(evaluation.lists, config, before, naive(evaluation.as_of), request.refresh)
    verdicts = guards.of_lists(config, changes, request.accept)
    held = {verdict.name for verdict in verdicts if verdict.held and not verdict.accepted}
    changes |= {name: history.held(before, name) for name in held}
    changes = _told(changes, evaluation, before)
    shown = Report(
        serial=before.serial + 1,
        as_of=evaluation.as_of.isoformat().replace("+00:00", "Z"),
        timezone=config.timezone,
        lines=report.lines(config, changes, held),
        sources=report.source_lines(tables, before.rows),
        previous=before.serial or None,
        previous_as_of=before.as_of,
        moves=moves(config, changes),
        guards=(*(replace(verdict, accepted=True) for verdict in shrunk), *verdicts),
        rejects=sum(table.rejects.height for table in tables.values()),
        folder=config.output.folder,
        dry_run=request.dry_run,
    )
    rejects = pl.concat([table.rejects for table in tables.values()])
    return RunResult(shown, changes, rejects, evaluation.warnings)


def _meanings(config: Config, result: RunResult, last: Run | None, request: Request) -> dict[str, Meaning]:
    """What every list means that this run made; one that is held is still what it was."""
    before = past.meanings(last)
    found = {}
    for line in result.report.lines:
        name = line.segment
        now = meaning(name, config, before, name in request.refresh)
        found[name] = before.get(name, now) if line.held else now
    return found


def _told(changes: Mapping[str, Change], evaluation: Evaluation, before: Before) -> dict[str, Change]:
    """The changes with their reasons, against what the run before saw."""
    if before.as_of is None:
        return dict(changes)
    plan = evaluation.plan
    clock = replace(plan.clock, as_of=datetime.fromisoformat(before.as_of))
    then = Then(plan.then(clock), before.features, before.rosters)
    return Reasons(plan, evaluation.lists, evaluation.overrides, then).told(changes)


def _outputs(result: RunResult, evaluation: Evaluation, workbook: Package) -> Outputs:
    config = evaluation.config
    return Outputs(
        config=config,
        report=result.report,
        changes=result.changes,
        layouts=evaluation.layouts,
        contacts=evaluation.lists.contacts,
        rejects=result.rejects,
        id=evaluation.tables[config.contacts.name].columns.id,
        audience=evaluation.audience,
        template=workbook,
    )


def _manifest(
    config: Config, result: RunResult, evaluation: Evaluation, last: Run | None, request: Request
) -> Manifest:
    """What the run remembers of itself; lists that were not asked for stay as the run before left them."""
    old = last.manifest.segments if last else {}
    meanings = _meanings(config, result, last, request)
    made = {
        line.segment: SegmentRecord(
            definition=meanings[line.segment].definition,
            kind=meanings[line.segment].kind,
            note=line.note,
            members=line.members,
            entered=line.entered,
            left=line.left,
            label=line.label,
            held=line.held,
            listed=line.listed,
        )
        for line in result.report.lines
    }
    left = {name: replace(record, carried=True) for name, record in old.items() if name not in made}
    records = {name: (made | left)[name] for name in config.segments if name in made or name in left}
    kept, published = records.keys() & left.keys(), last.manifest.outputs if last else {}
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
        segments=records,
        guards=tuple(verdict.message for verdict in result.guards),
        accepted=tuple(sorted(request.accept)),
        outputs={path: known for path, known in published.items() if of_list(path) in kept},
    )
