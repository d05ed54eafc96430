"""What a run leaves to the next: its manifest, with what every list means from now on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, replace

from segtool.api.evaluation import Evaluation
from segtool.config.frozen import dataclass
from segtool.config.settings import Config
from segtool.lists.history import Before, meaning
from segtool.output.files import of_list
from segtool.output.report import Report
from segtool.store.manifest import Manifest, SegmentRecord
from segtool.store.snapshots import Run
from segtool.version import __version__


@dataclass(frozen=True)
class Request:
    """What a run is asked for beside its configuration: names of lists and sources, by option."""

    accept: Collection[str] = ()
    only: Collection[str] = ()
    refresh: Collection[str] = ()
    dry_run: bool = False
    cache: bool = True


def manifest(
    config: Config, report: Report, evaluation: Evaluation, last: Run | None, before: Before, request: Request
) -> Manifest:
    """What the run remembers of itself; lists that were not asked for stay as the run before left them."""
    old = last.manifest.segments if last else {}
    made = _records(config, report, before, request.refresh)
    run_of = {name: serial for name, serial in before.made.items() if name not in made}
    left = {name: replace(old[name], carried=True, made=serial) for name, serial in run_of.items()}
    records = {name: (made | left)[name] for name in config.segments if name in made or name in left}
    kept, published = records.keys() & left.keys(), last.manifest.outputs if last else {}
    return Manifest(
        serial=report.serial,
        as_of=report.as_of,
        timezone=config.timezone,
        tool=__version__,
        parent=last.manifest.name if last else None,
        sources={
            name: {"accounting": asdict(table.accounting), "files": [asdict(file) for file in table.files]}
            for name, table in evaluation.tables.items()
        },
        segments=records,
        guards=tuple(verdict.message for verdict in report.guards),
        accepted=tuple(sorted(request.accept)),
        outputs={path: known for path, known in published.items() if of_list(path) in kept},
    )


def _records(config: Config, report: Report, before: Before, refreshed: Collection[str]) -> dict[str, SegmentRecord]:
    """What is remembered of every list of this run; one that is held is still what it was.

    One that is new and held has not been filled yet, so there is nothing to remember.
    """
    found = {}
    for line in report.lines:
        name = line.segment
        now = meaning(name, config, before.meanings, name in refreshed)
        known = before.meanings.get(name) if line.held else now
        if known is None:
            continue
        found[name] = SegmentRecord(
            definition=known.definition,
            kind=known.kind,
            note=line.note,
            members=line.members,
            entered=line.entered,
            left=line.left,
            label=line.label,
            held=line.held,
            listed=line.listed,
            made=before.made[name] if line.held else report.serial,
        )
    return found
