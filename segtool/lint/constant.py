"""Conditions that part nobody from nobody: no contact fits them, or every one does.

What a part explains is not said again of the whole: an `all` with a hopeless part is hopeless, too. A list that is
empty says so in its own rule, and not at every reference to it.
"""

from __future__ import annotations

from collections.abc import Collection

from segtool.config.problems import Problems
from segtool.config.tree import All, AnyOf, Condition, Did, Everyone, InSegment, Not, Some, children
from segtool.lint.counts import Counts
from segtool.lint.near import Near
from segtool.lint.rules import Rule, nodes, place_of

NOBODY, EVERYONE = "matches-nobody", "matches-everyone"


def ask(rules: Collection[Rule], counts: Counts) -> None:
    for rule in rules:
        for node in nodes(rule.condition):
            counts.ask(node)


def report(
    rules: Collection[Rule], counts: Counts, explained: Collection[Condition], near: Near, problems: Problems
) -> None:
    """Warns of every condition that no contact or every one fits. Those of `explained` were spoken of already."""
    if counts.contacts < 2:
        return
    for rule in rules:
        _look(rule.condition, counts, explained, near, problems.without(rule.silence))


def _look(
    node: Condition, counts: Counts, explained: Collection[Condition], near: Near, problems: Problems
) -> str | None:
    """Whether nobody or everybody fits, after a word on it where nothing inside explains it."""
    inside = [_look(child, counts, explained, near, problems) for child in children(node)]
    number = counts.of(node)
    found = NOBODY if number == 0 else EVERYONE if number == counts.contacts else None
    if found is not None and node not in explained and not _follows(node, found, inside):
        problems.warning(found, _said(node, found, near), place_of(node))
    return found


def _follows(node: Condition, found: str, inside: list[str | None]) -> bool:
    """Whether what is inside, or what a name stands for, says it already."""
    match node:
        case All() | AnyOf():
            return found in inside
        case Some():
            return any(inside)
        case Not() | Everyone() | InSegment():
            return True
    return False


def _said(node: Condition, found: str, near: Near) -> str:
    who = "no contact" if found == NOBODY else "every contact"
    match node:
        case Did():
            return f"{who} did this{near.hint(node) if found == NOBODY else ', so it tells nobody apart'}"
        case All():
            return (
                f"{who} fits all of these together, though each of them fits some; look for two that exclude each other"
            )
        case AnyOf():
            return f"{who} fits one of these, so they tell nobody apart"
        case Some():
            return f"{who} fits as many of these; set another number"
    if found == EVERYONE:
        return f"{who} fits this, so it tells nobody apart; remove it, or ask for more"
    return f"{who} fits this{near.hint(node)}"
