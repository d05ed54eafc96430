"""Names that a call asks for and nobody has: told with those that are near. Reads no data."""

from __future__ import annotations

from collections.abc import Collection

from segtool.config.problems import ConfigError, Problem, listed, suggestion
from segtool.config.settings import Config


def known(asked: Collection[str], known: Collection[str], option: str) -> None:
    """Refuses names that are none of those known; `option` is where they were said."""
    wrong = [name for name in asked if name not in known]
    if wrong:
        found = [f'{option}: there is no "{name}"{suggestion(name, known)}' for name in wrong]
        raise ConfigError([Problem("unknown-name", message) for message in found])


def filled(asked: str, lists: Collection[str], config: Config) -> None:
    """Refuses a list that no run has filled; `lists` are those that some run has."""
    if asked in lists:
        return
    near = suggestion(asked, lists) or f"; there is {listed(lists, 'and')}" * bool(listed(lists))
    message = f'there is no list "{asked}"{near}'
    if asked in config.segments:
        message = f'no run has filled "{asked}" yet; segtool run fills it'
    raise ConfigError([Problem("unknown-segment", message)])
