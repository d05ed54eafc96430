"""`run`: a run from the files to the committed snapshot, and what it reports.

Load config → read sources → check meaning against their columns → build the plan → evaluate once → compare with the
last snapshot → guards → write outputs → commit the snapshot → report.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

import polars as pl

from segtool.api.evaluation import Evaluation, evaluate
from segtool.api.inputs import Step, clock_of, known, naive, quiet
from segtool.config.definition import definition
from segtool.config.problems import DataError, Problem
from segtool.config.references import with_needed
from segtool.config.settings import Config
from segtool.lists import guards, history
from segtool.lists.changes import Change
from segtool.lists.guards import Verdict
from segtool.lists.history import Before
from segtool.output import report
from segtool.output.csv import Style
from segtool.output.files import Outputs
from segtool.output.report import Report
from segtool.sources.account import Accounting
from segtool.store.commit import writing
from segtool.store.manifest import Manifest, SegmentRecord
from segtool.store.snapshots import Run, Snapshots
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
    clock_of(config, as_of)  # a wrong instant is refused before anything is made
    known(only, config.segments, "--only")
    known(accept, {*config.segments, *config.sources}, "--accept")
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
    changes = history.changes(evaluation.lists, config, before, naive(evaluation.as_of))
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
        folder=config.output.folder,
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
        outputs={name: known for name, known in last.manifest.outputs.items() if name in carried} if last else {},
    )
