"""What use cases take from the run before: its lists, what they meant, and what they remember for the next."""

from __future__ import annotations

from collections.abc import Collection

from segtool.api.evaluation import Past
from segtool.config.settings import Config
from segtool.lists.history import Before, Meaning
from segtool.store.snapshots import Run


def before(run: Run | None) -> Before:
    """The run as the one to compare with; nothing before the first."""
    if run is None:
        return Before()
    manifest = run.manifest
    return Before(manifest.serial, manifest.as_of, run.rosters(), meanings(run), manifest.exports(), run.features())


def meanings(run: Run | None) -> dict[str, Meaning]:
    """What the lists of a run meant."""
    records = run.manifest.segments if run is not None else {}
    return {name: Meaning(record.kind, record.definition) for name, record in records.items()}


def past(earlier: Before, config: Config, refresh: Collection[str] = ()) -> Past:
    """What the lists go by that remember; those in `refresh` forget."""
    return Past(earlier.memory(config), earlier.remembered(config, refresh))
