"""What can go wrong with the state, one type per exit."""

from __future__ import annotations

from segtool.config.problems import SegtoolError


class StateError(SegtoolError):
    """State or output cannot be read or written: no room, no permission, damage."""


class NewerStateError(SegtoolError):
    """The state was written by a newer segtool."""


class LockedError(SegtoolError):
    """Another run holds the lock."""


class NoRunError(SegtoolError):
    """A run is asked for that is not there."""
