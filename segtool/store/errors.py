"""What can go wrong with the state, one type per exit."""

from __future__ import annotations

from pathlib import Path

from segtool.config.problems import SegtoolError


class StateError(SegtoolError):
    """State or output cannot be read or written: no room, no permission, damage."""


class DamageError(StateError):
    """A file of the state is not as it was written: which, and `what` is wrong with it."""

    def __init__(self, path: Path, what: str) -> None:
        self.path = path
        self.what = what
        super().__init__(f"{path} {what}; nothing was changed. segtool verify says what is whole and what to do")


class NewerStateError(SegtoolError):
    """The state was written by a newer segtool."""


class LockedError(SegtoolError):
    """Another run holds the lock."""


class NoRunError(SegtoolError):
    """A run is asked for that is not there."""
