"""Random conditions on what people did, and on everything about a contact together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .clock import duration
from .maker import Maker
from .phrases import NUMERIC, Condition, Scope, membership, on_field, on_row, tree
from .vocabulary import Types


def condition(maker: Maker, scope: Scope, depth: int = 2) -> Condition:
    """A condition on a contact, of a few levels."""
    leaves: list[Callable[[Maker, Scope], Condition]] = [on_field] * 4
    if scope.events:
        leaves += [behaviour] * 6
    if scope.segments:
        leaves.append(membership)
    return tree(maker, lambda: maker.pick(leaves)(maker, scope), depth)


def event_names(maker: Maker, scope: Scope) -> list[str]:
    """One name, or a few of them, in every form that a name has."""
    names = [*scope.events, "any", *(f"{source}.any" for source in scope.sources)]
    names += [f"{source}.{event}" for event, sources in scope.events.items() for source in sources]
    return maker.some(names, 2) if maker.chance(4) else [maker.favourite(names, 3)]


def windows(maker: Maker) -> dict[str, Any]:
    """No window, one, or two that are both required."""
    return dict(maker.window(False) for _ in range(maker.pick([0, 1, 1, 1, 2])))


def bounds(maker: Maker, limits: list[Any]) -> dict[str, Any]:
    """How much: one bound or two."""
    keys = maker.some(["at_least", "at_most", "above", "below", "exactly"], 2 if maker.chance(4) else 1)
    return {key: maker.pick(limits) for key in keys}


def measure(maker: Maker, columns: Types) -> dict[str, Any]:
    """What is measured, when it is not the number of events."""
    kind = maker.favourite(["sum", "average", "min", "max", "distinct", "periods"], 2)
    if kind == "periods":
        if "periods" not in maker.features:
            return {"distinct": "day"}
        length = maker.length()
        maker.instants += [maker.clock.back(duration(length), k) for k in range(1, 4)]
        return {"periods": length}
    if kind == "distinct":
        plain = [name for name, type_ in columns.items() if type_ != "list"]
        return {"distinct": maker.pick(["day", "week", "month"]) if maker.chance(2) else maker.favourite(plain, 2)}
    numbers = [name for name, type_ in columns.items() if type_ in NUMERIC]
    return {kind: maker.favourite(numbers, 1)} if numbers else {}


def behaviour_core(maker: Maker, scope: Scope) -> tuple[dict[str, Any], Types]:
    """Which events, as far as names and their own columns go; and the columns that they have."""
    names = event_names(maker, scope)
    columns = scope.answering(names)
    found: dict[str, Any] = {"did": names[0] if len(names) == 1 else names}
    if maker.chance(3):
        found["where"] = on_row(maker, columns, maker.pick([0, 0, 1]))
    return found, columns


def behaviour(maker: Maker, scope: Scope) -> Condition:
    """Something that people did, or did not do."""
    found, columns = behaviour_core(maker, scope)
    if maker.chance(3):
        found["did_not"] = found.pop("did")
    if maker.has("first_time", 5):
        return {**found, "first_time": True, **dict([maker.window(False)])}
    if maker.has("most_recent", 5):
        return most_recent(maker, found, columns)
    found |= windows(maker)
    if maker.has("then", 5):
        return {**found, **followed(maker, scope)}
    if maker.chance(3):
        what = measure(maker, columns)
        return {
            **found,
            **what,
            **bounds(maker, maker.limits() if not {"distinct", "periods"} & set(what) else [0, 1, 2, 3]),
        }
    return {**found, **(bounds(maker, [1, 2, 3, 0]) if maker.chance(2) else {})}


def most_recent(maker: Maker, found: dict[str, Any], columns: Types) -> Condition:
    """The latest such event, in a window or of a kind."""
    latest = {**found, "most_recent": True}
    if maker.chance(2):
        latest["has"] = on_row(maker, columns)
    return {**latest, **dict([maker.window(False)])} if "has" not in latest or maker.chance(2) else latest


def followed(maker: Maker, scope: Scope) -> dict[str, Any]:
    """What came after, or did not, and within what time; events are put just so far apart."""
    later, _ = behaviour_core(maker, scope)
    length = maker.length()
    maker.within.append(length)
    maker.remember("in_last", length)
    return {maker.pick(["then", "then_not"]): later, "within": length}
