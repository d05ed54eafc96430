"""`forget`: some people, out of everything that segtool keeps and has published, and the proof of it.

Published files first, then all runs at once: cut off anywhere, the same call again does the rest. What is not ours is
never changed; files that still hold them are named.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from segtool.config.frozen import dataclass
from segtool.config.problems import ConfigError, Problem, Problems
from segtool.config.settings import Config
from segtool.output import forgetting
from segtool.output.forgetting import Numbers, Rest
from segtool.sources import cache, fingerprint, overrides, roll, shelf, traces
from segtool.sources.files import find_files
from segtool.sources.people import People
from segtool.store import durable, erasure, rewriting
from segtool.store.commit import STAGE, output_folder, tending
from segtool.store.erasure import Held
from segtool.store.errors import NoRunError
from segtool.store.inspection import LOCKS
from segtool.store.snapshots import ASIDE, Run, Snapshots


@dataclass(frozen=True)
class Forgetting:
    """What was done, or would be in a dry run. Paths are absolute; `runs` are serials.

    `searched` files of ours were read after it, and `left` are those that still hold somebody: none, or something
    went wrong. `elsewhere` are files that are not ours and hold them, exports above all.
    """

    asked: int
    found: int
    runs: tuple[int, ...]
    rewritten: tuple[Path, ...]
    removed: tuple[Path, ...]
    searched: int
    size: int
    left: tuple[Path, ...]
    elsewhere: tuple[Path, ...]
    dry_run: bool = False


def forget(config: Config, ids: Collection[str], dry_run: bool = False, wait: float = 0.0) -> Forgetting:
    """Takes people out of every run, of the cache and of what was published, and searches all of it for them.

    Ids are read as those of contacts are. Raises ConfigError where nobody is named, NoRunError, StateError,
    NewerStateError, LockedError.
    """
    people = People.of(ids)
    if not people.ids:
        raise ConfigError([Problem("nobody-named", "say whom to forget: segtool forget ana@example.com")])
    if not config.state.is_dir():
        raise NoRunError(f"there is no state in {config.state} yet; segtool run makes it")
    if dry_run:
        return _forgotten(config, Snapshots(config.state), people, dry_run=True)
    with tending(config.state, config.output_folder, wait) as snapshots:
        return _forgotten(config, snapshots, people, dry_run=False)


def _forgotten(config: Config, snapshots: Snapshots, people: People, dry_run: bool) -> Forgetting:
    runs = snapshots.committed()
    held = erasure.holdings(runs, people)
    theirs = [each for each in held if each.tables]
    files = Published(config, runs, held, people)
    changed = dict(files.changed())
    found = {member for each in theirs for member in each.ids}
    if not dry_run:
        files.write(changed)
        # What can be made again goes first: a rewriting that is cut off is finished without it.
        _remove(config.state, people)
        _rewrite(config.state, held, theirs, changed)
    ours = [*_ours(config.state), *files.paths()]
    left = () if dry_run else tuple(path for path in ours if traces.speaks_of(path, people))
    return Forgetting(
        asked=len(people.ids),
        found=len(found),
        runs=tuple(each.run.manifest.serial for each in theirs),
        rewritten=tuple(path for path, content in changed.items() if content is not None),
        removed=tuple(path for path, content in changed.items() if content is None),
        searched=len(ours),
        size=sum(path.stat().st_size for path in ours),
        left=left,
        elsewhere=tuple(path for path in _others(config, files) if traces.speaks_of(path, people, cells=True)),
        dry_run=dry_run,
    )


class Published:
    """The files that the kept runs published, wherever they are."""

    def __init__(self, config: Config, runs: Sequence[Run], held: Sequence[Held], people: People) -> None:
        self._config = config
        self._names: dict[Path, set[str]] = {Path(os.path.normpath(config.output_folder)): set()}
        for run in runs:
            self._names.setdefault(output_folder(run), set()).update(run.manifest.outputs)
        last = held[-1] if held else None
        self._sums = set(last.run.manifest.outputs.values()) if last is not None else set()
        fresh = last.segments if last is not None else {}
        shorter = {
            name: record for name, record in fresh.items() if last and record != last.run.manifest.segments[name]
        }
        self._rest = Rest(
            people=people,
            id=config.contacts.settings.id or "id",
            ever={name for each in held for name in each.lists},
            now=set(last.lists) if last is not None else set(),
            numbers={name: Numbers(line.members, line.entered, line.left) for name, line in shorter.items()},
        )

    def paths(self) -> list[Path]:
        """Those that are there."""
        found = (folder / name for folder, names in self._names.items() for name in sorted(names))
        return [path for path in found if path.is_file()]

    def changed(self) -> Iterator[tuple[Path, bytes | None]]:
        """The files that change, with what is to be in them; None for those that go. Reports come last."""
        there = self.paths()
        gone: set[Path] = set()
        for path in sorted(there, key=lambda path: path.name in forgetting.REPORTS):
            kept = {other.relative_to(self.folder(other)).as_posix() for other in there if other not in gone}
            content = forgetting.without(path, self._rest, kept, fingerprint.is_among(path, self._sums))
            if content is None:
                gone.add(path)
            if content is None or content != path.read_bytes():
                yield path, content

    def folder(self, path: Path) -> Path:
        """The output folder of a file."""
        return next(folder for folder in self._names if path.is_relative_to(folder))

    @property
    def folders(self) -> tuple[Path, ...]:
        return tuple(self._names)

    def write(self, changed: dict[Path, bytes | None]) -> None:
        """Each file in one step: as it was, or as it is to be."""
        for path, content in changed.items():
            stage = self.folder(path) / STAGE
            if content is None:
                path.unlink()
            else:
                durable.make_folder(stage)
                durable.write(stage / path.name, content)
                os.replace(stage / path.name, path)  # noqa: PTH105
            durable.sync_folder(path.parent)
        for folder in self.folders:
            shutil.rmtree(folder / STAGE, ignore_errors=True)


def _rewrite(root: Path, held: Sequence[Held], theirs: Sequence[Held], changed: Collection[Path]) -> None:
    """All runs that hold them, and the last one, which has the checksums of the published files."""
    if not theirs and not changed:
        return
    on = datetime.now(UTC).date().isoformat()
    fresh = {each.run.folder.name: each.rewritten(on) for each in theirs}
    last = held[-1]
    fresh[last.run.folder.name] = last.rewritten(on, _outputs(last.run))
    rewriting.rewrite(root, fresh)


def _outputs(run: Run) -> dict[str, str]:
    """What is published now. All of it: what a call that was cut off has rewritten is not told from the rest."""
    folder = output_folder(run)
    return {
        name: fingerprint.of_file(folder / name, known)
        for name, known in run.manifest.outputs.items()
        if (folder / name).is_file()
    }


def _remove(root: Path, people: People) -> None:
    """What cannot be rewritten: runs that were set aside as damaged; and what is made again when it is asked for."""
    shutil.rmtree(root / ASIDE, ignore_errors=True)
    folder = root / cache.FOLDER
    found = [
        path for path in sorted(folder.rglob("*")) if path.is_file() and traces.speaks_of(path, people, cells=True)
    ]
    if any(path.suffix == roll.SUFFIX for path in found):
        found += folder.glob(f"*{shelf.SUFFIX}")  # what they did is kept there by their numbers
    for path in found:
        path.unlink(missing_ok=True)


def _ours(root: Path) -> list[Path]:
    """Every file of the state."""
    return sorted(path for path in root.rglob("*") if path.is_file() and path.name not in LOCKS)


def _others(config: Config, files: Published) -> list[Path]:
    """The exports, the segments file and what it names; and what lies beside the published files."""
    problems = Problems()
    found = {file.path for spec in config.sources.values() for file in find_files(spec, config.folder, problems)}
    found.update(path for path in (Path(config.shown), *overrides.files_of(config)) if path.is_file())
    ours = set(files.paths())
    for folder in files.folders:
        found.update(path for path in folder.rglob("*") if path.is_file() and path not in ours)
    return sorted(found)
