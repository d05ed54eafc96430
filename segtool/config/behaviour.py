"""`did` and `did_not`: which events, in which window, measured how.

Reads the shape only. Refuses a measure without a bound, two measures in one condition and anything that could be
read in two ways.
"""

from __future__ import annotations

from collections.abc import Callable

from segtool.config import values
from segtool.config.document import Block, Entry, Node
from segtool.config.operators import BOUNDS, MEASURES, WINDOWS
from segtool.config.problems import Problems
from segtool.config.tree import Bound, Condition, Did, Measure, Ref, Window

KEYS = ("where", *WINDOWS, *BOUNDS, *MEASURES)


def parse(node: Block, entry: Entry, problems: Problems, where: Callable[[Node], Condition | None]) -> Did | None:
    """The behaviour that `node` describes; `where` reads a condition on one event."""
    before = len(problems.errors)
    values.refuse_other_keys(node, (entry.key, *KEYS), problems, f'beside "{entry.key}"')
    names = values.texts(entry.node, problems, "the name of an event")
    inner = node.get("where")
    row = where(inner) if inner is not None else None
    windows = _windows(node, problems)
    bounds = values.bounds(node, problems, BOUNDS)
    measure = _measure(node, problems)
    if measure is not None and measure.kind != "count" and not bounds:
        asked = f'"{measure.kind}: {measure.of}" is not compared with anything; add at_least, at_most, above or below'
        problems.error("measure-without-bound", asked, measure.at)
    if len(problems.errors) > before or measure is None:
        return None
    at_least_once = (Bound("at_least", 1),)
    events = tuple(Ref(name, at=at) for name, at in names)
    return Did(events, row, windows, measure, bounds or at_least_once)


def _windows(node: Block, problems: Problems) -> tuple[Window, ...]:
    read = (values.window(entry, problems, of_events=True) for entry in node.entries if entry.key in WINDOWS)
    return tuple(window for window in read if window is not None)


def _measure(node: Block, problems: Problems) -> Measure | None:
    entries = [entry for entry in node.entries if entry.key in MEASURES]
    if not entries:
        return Measure()
    if len(entries) > 1:
        asked = f'"{entries[0].key}" and "{entries[1].key}" in one condition; use one, or two conditions'
        problems.error("two-measures", asked, entries[1].at)
        return None
    entry = entries[0]
    column = values.text(entry.node, problems, "the name of a column of these events")
    return Measure(entry.key, column, entry.at) if column is not None else None
