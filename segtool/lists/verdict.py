"""Why one contact is on a list or not: the last step that had a say."""

from __future__ import annotations

from itertools import pairwise

from segtool.config import description
from segtool.config.frozen import dataclass
from segtool.config.settings import Config
from segtool.config.words import lists
from segtool.lists.judgement import Judgement

SUPPRESS = "suppress"


@dataclass(frozen=True)
class Turn:
    """A step for one contact: its key, whether she is on the list after it, and what about her decided."""

    key: str
    on: bool
    detail: str = ""


@dataclass(frozen=True)
class Verdict:
    """Whether the contact is on the published list, and why; with every step on the way."""

    on: bool
    why: str
    turns: tuple[Turn, ...]


def verdict(one: Judgement, config: Config) -> Verdict:
    """The verdict on the one contact that is judged."""
    turns = [Turn(key, bool(one.after(key).item()), _detail(key, one, config)) for key in one.steps]
    first = turns[0]
    why = "fits the rule" if first.on else "does not fit the rule"
    for before, turn in pairwise(turns):
        if before.on != turn.on:
            why = _why(turn, one)
    return Verdict(turns[-1].on, why, tuple(turns[1:]))


def _detail(key: str, one: Judgement, config: Config) -> str:
    """What about the contact decides at a step."""
    spec = one.spec
    if key in ("top", "bottom"):
        return f"{one.ranked}, " + ("no place" if one.place is None else f"place {one.place:,}")
    named = {
        "exclude": spec.settings.exclude or (),
        "exclusive": [ref.name for ref in spec.earlier],
        SUPPRESS: config.suppressors(spec.name),
    }
    found = one.on(named.get(key, ()))
    return f"on {lists(found)}" if found else ""


def _why(turn: Turn, one: Judgement) -> str:
    """What the step says of those whom it puts on the list or takes off."""
    settings = one.spec.settings
    match turn.key:
        case "exclude":
            return f"excluded: {turn.detail}"
        case "top" | "bottom" as key:
            rank = getattr(settings, key)
            return f"not among {description.rank(rank, key)}: {turn.detail}"
        case "kind" if turn.on:
            return "was on it before, and the list keeps its people"
        case "kind":
            return "fits the rule, but the list was filled before and stays as it is until segtool refresh"
        case "add":
            return "added by hand"
        case "remove":
            return "removed by hand"
        case "exclusive":
            return f"{turn.detail}, which comes first"
    return f"suppressed: {turn.detail}"
