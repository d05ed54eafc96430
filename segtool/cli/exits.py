"""Exit codes: the contract with cron. Any code that is not here must be taken for a failure."""

from __future__ import annotations

from enum import IntEnum

from segtool.config.problems import ConfigError, DataError
from segtool.store.errors import LockedError, NewerStateError, NoRunError, StateError


class Exit(IntEnum):
    """What a command's end means."""

    DONE = 0
    DIFFERENT = 1
    CONFIG = 2
    DATA = 3
    HELD = 4
    STATE = 5
    NEWER = 6
    BUG = 70
    LOCKED = 75
    INTERRUPTED = 130
    TERMINATED = 143


_CODES: tuple[tuple[type[Exception], Exit], ...] = (
    (ConfigError, Exit.CONFIG),
    (DataError, Exit.DATA),
    (LockedError, Exit.LOCKED),
    (NewerStateError, Exit.NEWER),
    (StateError, Exit.STATE),
    (NoRunError, Exit.CONFIG),
)


def exit_code_for(error: Exception) -> Exit:
    return next((code for kind, code in _CODES if isinstance(error, kind)), Exit.BUG)
