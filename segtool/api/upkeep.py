"""The use cases that keep the state in order: `verify` and `prune`."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from segtool.config.frozen import dataclass
from segtool.config.problems import ConfigError, Problem
from segtool.config.settings import Config
from segtool.store import lock, retention
from segtool.store.commit import tending
from segtool.store.errors import NoRunError
from segtool.store.repair import repair as put_right
from segtool.store.retention import Policy
from segtool.store.snapshots import Run, Snapshots
from segtool.store.verification import Verification, examine

_CANNOT_WRITE = (errno.EROFS, errno.EACCES, errno.EPERM)


@dataclass(frozen=True)
class Pruning:
    """Which runs were removed (or would be, in a dry run), which are left, and how many bytes that frees."""

    removed: tuple[int, ...]
    kept: tuple[int, ...]
    freed: int
    dry_run: bool = False


def prune(config: Config, keep_last: int = 0, keep_daily: int = 0, dry_run: bool = False, wait: float = 0.0) -> Pruning:
    """Removes old runs; keeps the last `keep_last`, and the last run of each of the last `keep_daily` days with one.

    The last two runs are always kept, and nothing is removed while one of them is damaged. Raises ConfigError where
    nothing is to be kept, NoRunError, StateError, NewerStateError, LockedError.
    """
    policy = Policy(keep_last, keep_daily)
    if policy.keeps_nothing:
        message = "say what to keep: --keep-last 30, --keep-daily 90, or both"
        raise ConfigError([Problem("nothing-to-keep", message)])
    _there(config)
    if dry_run:
        kept, removed = retention.split(Snapshots(config.state).committed(), policy, config.timezone)
        return _pruning(kept, removed, dry_run=True)
    with tending(config.state, config.output_folder, wait) as snapshots:
        kept, removed = retention.split(snapshots.committed(), policy, config.timezone)
        outcome = _pruning(kept, removed)
        for run in kept[-retention.NEEDED :]:
            run.check()
        retention.prune(config.state, removed)
    return outcome


def _pruning(kept: list[Run], removed: list[Run], dry_run: bool = False) -> Pruning:
    serials = [tuple(run.manifest.serial for run in runs) for runs in (removed, kept)]
    return Pruning(serials[0], serials[1], sum(retention.size(run) for run in removed), dry_run)


@dataclass(frozen=True)
class Checkup:
    """What a verification found, and what was repaired before it."""

    found: Verification
    repaired: tuple[str, ...] = ()


def verify(config: Config, repair: bool = False, wait: float = 0.0) -> Checkup:
    """Reads everything of the state again, and tells what is damaged and what can be recovered.

    `repair` does what can be done, and reads again. Raises NoRunError, NewerStateError, LockedError, and StateError
    where nothing can be repaired.
    """
    _there(config)
    with _held(config.state, wait, needed=repair):
        done = put_right(config.state, config.output_folder) if repair else ()
        return Checkup(examine(config.state), done)


def _there(config: Config) -> None:
    """Refuses to look after a state that was never made."""
    if not config.state.is_dir():
        raise NoRunError(f"there is no state in {config.state} yet; segtool run makes it")


@contextmanager
def _held(root: Path, wait: float, needed: bool) -> Iterator[None]:
    """The lock; none where nobody can write, as in a backup that is looked at."""
    with ExitStack() as stack:
        try:
            stack.enter_context(lock.held(root, wait))
        except OSError as error:
            if needed or error.errno not in _CANNOT_WRITE:
                raise
        yield
