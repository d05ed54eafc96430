"""Who went from one list of an exclusive group to another, in numbers."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import permutations

from segtool.config.frozen import dataclass
from segtool.config.settings import Config
from segtool.lists.changes import Change
from segtool.sources.context import ID


@dataclass(frozen=True)
class Move:
    """How many contacts left one list of a group and entered another in the same run."""

    group: str
    origin: str
    target: str
    contacts: int


def moves(config: Config, changes: Mapping[str, Change]) -> tuple[Move, ...]:
    """Every way that someone went, in the order of the groups."""
    found = []
    for group, refs in config.exclusive.items():
        for origin, target in permutations([ref.name for ref in refs if ref.name in changes], 2):
            left, entered = changes[origin].left, changes[target].entered
            contacts = left.join(entered, on=ID, how="semi").height if left.height and entered.height else 0
            if contacts:
                found.append(Move(group, origin, target, contacts))
    return tuple(found)
