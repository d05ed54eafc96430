"""What use cases take from the run before: its lists, what they meant, and what they remember for the next."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from segtool.api.evaluation import Past
from segtool.config.settings import Config
from segtool.lists.history import Before, Meaning
from segtool.store.errors import DamageError
from segtool.store.snapshots import Run, Snapshots


def left_by(run: Run | None, snapshots: Snapshots) -> Before:
    """What a run left for the next one; without one, nothing. Raises StateError."""
    if run is None:
        return Before()

    def earlier(serial: int) -> Before | None:
        """What tells reasons and nothing else: where it cannot be read, the reasons say less."""
        try:
            folder = snapshots.serials().get(serial)
            if folder is None:
                return None
            found = snapshots.read(folder)
            seen = found.features()
            return replace(left_by(found, snapshots), features=lambda: seen)
        except DamageError:
            return None

    manifest = run.manifest
    return Before(
        serial=manifest.serial,
        as_of=manifest.as_of,
        rosters=run.rosters(),
        meanings={name: Meaning(record.kind, record.definition) for name, record in manifest.segments.items()},
        exports=manifest.exports(),
        features=run.features,
        made=manifest.made,
        earlier=earlier,
    )


def past(earlier: Before, config: Config, refresh: Collection[str] = ()) -> Past:
    """What the lists go by that remember; those in `refresh` forget."""
    return Past(earlier.memory(config), earlier.remembered(config, refresh))
