"""`did` and `did_not`: which events, in which window, measured how, and what came after.

Reads the shape only. Refuses a measure without a bound, two measures in one condition and anything that could be
read in two ways.
"""

from __future__ import annotations

from collections.abc import Callable

from segtool.config import values
from segtool.config.document import Block, Entry, Node
from segtool.config.operators import BOUNDS, MEASURES, ORDER, WINDOWS
from segtool.config.problems import Problems
from segtool.config.tree import Bound, Condition, Did, Follow, Measure, Ref, Window

KEYS = ("where", *WINDOWS, *BOUNDS, *MEASURES, *ORDER)
AT_LEAST_ONCE = (Bound("at_least", 1),)

Where = Callable[[Node], Condition | None]


def parse(node: Block, entry: Entry, problems: Problems, where: Where) -> Did | None:
    """The behaviour that `node` describes; `where` reads a condition on one event."""
    before = len(problems.errors)
    values.refuse_other_keys(node, (entry.key, *KEYS), problems, f'beside "{entry.key}"')
    did = selected(node, entry, problems, where)
    bounds = values.bounds(node, problems, BOUNDS)
    end = _end(node, problems)
    _coherent(node, did.measure, end, problems)
    has = node.get("has")
    row = where(has) if has is not None else None
    if len(problems.errors) > before:
        return None
    return Did(
        events=did.events,
        where=did.where,
        windows=did.windows,
        measure=did.measure,
        bounds=bounds or AT_LEAST_ONCE,
        end=end,
        has=row,
        follow=did.follow,
    )


def selected(node: Block, entry: Entry, problems: Problems, where: Where) -> Did:
    """Which events and what is measured over them, without any bound: what conditions and traits share."""
    events = _events(entry, problems)
    inner = node.get("where")
    row = where(inner) if inner is not None else None
    windows = _windows(node, problems)
    return Did(events, row, windows, _measure(node, problems), follow=_follow(node, problems, where))


def _events(entry: Entry, problems: Problems) -> tuple[Ref, ...]:
    return tuple(Ref(name, at=at) for name, at in values.texts(entry.node, problems, "the name of an event"))


def _windows(node: Block, problems: Problems) -> tuple[Window, ...]:
    read = (values.window(entry, problems, of_events=True) for entry in node.entries if entry.key in WINDOWS)
    return tuple(window for window in read if window is not None)


def _measure(node: Block, problems: Problems) -> Measure:
    entries = [entry for entry in node.entries if entry.key in MEASURES]
    if not entries:
        return Measure()
    if len(entries) > 1:
        asked = f'"{entries[0].key}" and "{entries[1].key}" in one condition; use one, or two conditions'
        problems.error("two-measures", asked, entries[1].at)
    entry = entries[0]
    if entry.key == "periods":
        step = values.duration(entry.node, problems)
        if step is not None and step.count == 0:
            problems.error("wrong-duration", "periods of no length cannot be counted", entry.node.at)
        return Measure(entry.key, step=step, at=entry.at)
    column = values.text(entry.node, problems, "the name of a column of these events")
    return Measure(entry.key, column or "", at=entry.at)


def _end(node: Block, problems: Problems) -> str:
    """`first` or `latest`, where the condition is about that one event."""
    found = []
    for key, end in (("first_time", "first"), ("most_recent", "latest")):
        inner = node.get(key)
        if inner is not None and values.flag(inner, problems):
            found.append(end)
    if len(found) > 1:
        at = node.entry("most_recent")
        problems.error("two-ends", "first_time and most_recent in one condition; use two", at.at if at else None)
    return found[0] if found else ""


def _coherent(node: Block, measure: Measure, end: str, problems: Problems) -> None:
    """What cannot stand together."""
    if end:
        for entry in node.entries:
            if entry.key in (*BOUNDS, *MEASURES, "then", "then_not", "within"):
                name = "first_time" if end == "first" else "most_recent"
                message = f'"{entry.key}" cannot stand beside {name}, which is about one event'
                problems.error("one-event", message, entry.at)
    elif measure.kind != "count" and not any(entry.key in BOUNDS for entry in node.entries):
        said = measure.step if measure.kind == "periods" else measure.of
        asked = f'"{measure.kind}: {said}" is not compared with anything; add at_least, at_most, above or below'
        problems.error("measure-without-bound", asked, measure.at)
    has = node.entry("has")
    if has is not None and end != "latest":
        problems.error("has-alone", "has: is about the latest event; add most_recent: true", has.at)


def _follow(node: Block, problems: Problems, where: Where) -> Follow | None:
    later = [entry for entry in node.entries if entry.key in ("then", "then_not")]
    within = node.entry("within")
    if not later:
        if within is not None:
            problems.error("within-alone", "within: says how soon; add then: {did: …} or then_not: {did: …}", within.at)
        return None
    entry = later[0]
    if len(later) > 1:
        problems.error("two-follows", "then and then_not in one condition; use two", later[1].at)
    if within is None:
        problems.error("no-within", f'"{entry.key}" needs within: how soon after, such as within: 14 days', entry.at)
    span = values.duration(within.node, problems) if within is not None else None
    inner = entry.node.entry("did") if isinstance(entry.node, Block) else None
    if inner is None or not isinstance(entry.node, Block):
        problems.error("wrong-value", f"write {entry.key}: {{did: EVENT}}, with where: if it matters", entry.node.at)
        return None
    values.refuse_other_keys(entry.node, ("did", "where"), problems, f'inside "{entry.key}"')
    asked = entry.node.get("where")
    row = where(asked) if asked is not None else None
    events = _events(inner, problems)
    return Follow(events, row, span, entry.key == "then_not") if span is not None else None
