"""`run`: a run from the files to the committed snapshot, and what it reports.

Load config → read sources → check meaning against their columns → build the plan → evaluate once → compare with the
last snapshot → guards → write outputs → commit the snapshot → report.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field, replace
from datetime import UTC, datetime

import polars as pl

from segtool.api import past, remembering
from segtool.api.evaluation import Evaluation, Past, evaluated
from segtool.api.inputs import clock_of, naive, usable_template
from segtool.api.names import known
from segtool.api.remembering import Request
from segtool.config.frozen import dataclass
from segtool.config.problems import ConfigError, DataError, Problem
from segtool.config.progress import Step, quiet
from segtool.config.references import with_needed
from segtool.config.settings import Config
from segtool.lists import guards, history
from segtool.lists.changes import Change
from segtool.lists.guards import Verdict
from segtool.lists.history import Before
from segtool.lists.moves import moves
from segtool.lists.reasons import Reasons
from segtool.lists.sides import Then
from segtool.output import report
from segtool.output.files import Outputs
from segtool.output.report import Report
from segtool.output.workbook_template import Template
from segtool.sources.account import Accounting
from segtool.sources.cache import FOLDER
from segtool.store.commit import writing
from segtool.store.packing import packed
from segtool.store.snapshots import Snapshots
from segtool.store.tables import FEATURES, Kept


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


def run(  # noqa: PLR0913, PLR0917 - what a run may be asked for
    config: Config,
    as_of: datetime | str | None = None,
    accept: Collection[str] = (),
    dry_run: bool = False,
    only: Collection[str] = (),
    wait: float = 0.0,
    step: Step = quiet,
    cache: bool = True,
) -> RunResult:
    """Evaluates, compares with the last run, writes the lists and commits the snapshot.

    `only` leaves all other lists as the run before left them. `wait` is in seconds, for the lock. Without `cache`
    every file is read anew. Raises ConfigError, DataError (also where a source shrank too far), StateError,
    NewerStateError, LockedError.
    """
    return _run(config, as_of, Request(accept, only, dry_run=dry_run, cache=cache), wait, step)


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
    template = usable_template(chosen)
    if request.dry_run:
        snapshots = Snapshots(config.state)
        before = past.left_by(snapshots.latest(), snapshots)
        evaluation = _evaluated(chosen, as_of, lambda: before, request, step)
        result = _compared(evaluation, before, request)
        return replace(result, changes=_told(result.changes, evaluation, before))
    with writing(config.state, config.output_folder, wait) as writer:
        last = writer.snapshots.latest()
        with ThreadPoolExecutor(2) as beside:
            left = beside.submit(past.left_by, last, writer.snapshots)
            evaluation = _evaluated(chosen, as_of, left.result, request, step)
            before = left.result()
            features = beside.submit(packed, FEATURES, evaluation.lists.features)
            result = _compared(evaluation, before, request)
            step("writing the lists")
            # While the lists are written, which do not say why anybody is on them.
            told = beside.submit(_told, result.changes, evaluation, before).result
            manifest = remembering.manifest(config, result.report, evaluation, last, before, request)
            rosters = {**before.rosters, **{name: change.now for name, change in result.changes.items()}}
            outputs = _outputs(result, told, evaluation, template)
            lists = {name: rosters[name] for name in manifest.segments}
            kept = Kept(lists, told, features.result)
            final, _ = writer.commit(manifest, kept, outputs.write)
            return replace(result, report=final, changes=told())


def _evaluated(
    config: Config, as_of: datetime | str | None, before: Callable[[], Before], request: Request, step: Step
) -> Evaluation:
    def remembered() -> Past:
        return past.past(before(), config, request.refresh)

    # A dry run holds no lock, and the cache belongs to who does.
    cached = config.state / FOLDER if request.cache and not request.dry_run else None
    return evaluated(config, clock_of(config, as_of), remembered, "polars", step, cached)


def _compared(evaluation: Evaluation, before: Before, request: Request) -> RunResult:
    """The lists against the run before, after the guards, without reasons. Raises DataError where a source shrank too
    far.
    """
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
    noted = _earlier(evaluation.as_of, before) if not request.dry_run else ()
    return RunResult(shown, changes, rejects, (*evaluation.warnings, *noted))


def _earlier(as_of: datetime, before: Before) -> Iterator[Problem]:
    """A note where the clock ran backwards: runs follow each other as they were made, whatever it says."""
    if before.as_of is not None and as_of < datetime.fromisoformat(before.as_of):
        message = f"this run is as of {as_of:%Y-%m-%d %H:%M} UTC, before the last one ({before.as_of})"
        compared = f"it follows run {before.serial} and is compared with it all the same"
        yield Problem("earlier-than-before", f"{message}; {compared}", severity="warning")


def _told(changes: Mapping[str, Change], evaluation: Evaluation, before: Before) -> dict[str, Change]:
    """The changes with their reasons, each against what the run saw that filled the list before."""
    asked = {name: change for name, change in changes.items() if not change.wholesale and change.count}
    found: dict[str, Change] = {}
    for serial in sorted({before.made[name] for name in asked}):
        then = before if serial == before.serial else before.earlier(serial)
        part = {name: change for name, change in asked.items() if before.made[name] == serial}
        reasons = Reasons(evaluation.plan, evaluation.lists, _then(evaluation, then, before))
        found |= reasons.told(part)
    return {**changes, **found}


def _then(evaluation: Evaluation, then: Before | None, before: Before) -> Then:
    """What a run saw; of one that is not kept any more, no more than the lists as they were left."""
    known, plan = then or before, evaluation.plan
    clock = replace(plan.clock, as_of=datetime.fromisoformat(known.as_of or ""))
    seen = then.features() if then is not None else None
    return Then(plan.then(clock, known.memory(evaluation.config)), seen, known.rosters)


def _outputs(
    result: RunResult, told: Callable[[], Mapping[str, Change]], evaluation: Evaluation, template: Template
) -> Outputs:
    config = evaluation.config
    return Outputs(
        config=config,
        report=result.report,
        changes=result.changes,
        told=told,
        layouts=evaluation.layouts,
        contacts=evaluation.lists.contacts,
        everyone=evaluation.lists.everyone,
        rejects=result.rejects,
        id=evaluation.tables[config.contacts.name].columns.id,
        audience=evaluation.audience,
        template=template,
    )
