"""What people did: which events a condition speaks of, and how much of them there is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .clock import duration, move
from .conditions import judge, row_leaf
from .operators import Calculated, listed, number_holds
from .rows import Event
from .windows import WINDOWS, instant_in
from .world import Spec

if TYPE_CHECKING:
    from .moment import Moment

BOUNDS = ("at_least", "at_most", "above", "below", "exactly")
MEASURES = ("sum", "average", "min", "max", "distinct", "periods")


def did(moment: Moment, contact: str, spec: Spec) -> bool:
    """Whether the contact did it, as often or as much as the condition says."""
    if spec.get("first_time"):
        return any(in_window(moment, event, spec) for event in extreme(such(moment, contact, spec), min))
    if spec.get("most_recent"):
        return any(
            in_window(moment, event, spec) and fits(moment, event, spec.get("has"))
            for event in extreme(such(moment, contact, spec), max)
        )
    amount = measure(moment, contact, spec)
    bounds = {key: spec[key] for key in BOUNDS if key in spec} or {"at_least": 1}
    return amount is not None and all(number_holds(Calculated(amount), key, limit) for key, limit in bounds.items())


def such(moment: Moment, contact: str, spec: Spec) -> list[Event]:
    """The person's events of that name that satisfy `where`, whenever they were."""
    return [
        event
        for event in moment.events_of(contact)
        if any(answers(moment, event, name) for name in listed(spec["did"])) and fits(moment, event, spec.get("where"))
    ]


def fits(moment: Moment, event: Event, condition: Any) -> bool:
    """Whether the event's own columns are as asked, if anything is asked of them."""
    return condition is None or judge(condition, row_leaf(moment.clock, event.row))


def chosen(moment: Moment, contact: str, spec: Spec) -> list[Event]:
    """Those that are in the window too, and were followed as the condition says."""
    return [
        event
        for event in such(moment, contact, spec)
        if in_window(moment, event, spec) and followed(moment, contact, event, spec)
    ]


def answers(moment: Moment, event: Event, name: str) -> bool:
    """Whether an event goes by a name: `any`, `source.any`, `source.event` or its own."""
    if name == "any":
        return True
    source, dot, rest = name.partition(".")
    if dot and source in moment.event_sources:
        return event.source == source and rest in ("any", event.name)
    return event.name == name


def in_window(moment: Moment, event: Event, spec: Spec) -> bool:
    """Whether every window holds; undated events satisfy only conditions without one."""
    windows = [key for key in WINDOWS if key in spec]
    return all(event.time is not None and instant_in(moment.clock, key, spec[key], event.time) for key in windows)


def extreme(events: list[Event], which: Any) -> list[Event]:
    """All the events at the first (`min`) or the latest (`max`) instant."""
    times = [event.time for event in events if event.time is not None]
    return [event for event in events if event.time is not None and event.time == which(times)]


def followed(moment: Moment, contact: str, event: Event, spec: Spec) -> bool:
    """`then` and `then_not`: a later event within the time, or none although the time has passed."""
    if "then" not in spec and "then_not" not in spec:
        return True
    if event.time is None:
        return False
    end = move(event.time, duration(spec["within"]), moment.clock.zone, 1)
    later = such(moment, contact, spec.get("then") or spec["then_not"])
    found = any(other.time is not None and event.time < other.time <= end for other in later)
    return found if "then" in spec else not found and end <= moment.clock.as_of


def measure(moment: Moment, contact: str, spec: Spec) -> float | None:
    """The number a condition or a trait speaks of; averages and extremes of nothing are missing."""
    events = chosen(moment, contact, spec)
    kind = next((key for key in MEASURES if key in spec), None)
    if kind is None:
        return len(events)
    if kind == "distinct":
        return len(distinct(moment, events, spec["distinct"]))
    if kind == "periods":
        return periods(moment, events, spec["periods"])
    amounts: list[Any] = [event.row.get(spec[kind]) for event in events]
    amounts = [amount for amount in amounts if amount is not None]
    if kind == "sum":
        return sum(amounts) if all(isinstance(amount, int) for amount in amounts) else math.fsum(amounts)
    if not amounts:
        return None
    return math.fsum(amounts) / len(amounts) if kind == "average" else {"min": min, "max": max}[kind](amounts)


def distinct(moment: Moment, events: list[Event], of: str) -> set[Any]:
    """Values told apart exactly, or the calendar periods that hold an event."""
    if of not in ("day", "week", "month"):
        return {event.row.get(of) for event in events} - {None}
    days = [moment.clock.day_of(event.time) for event in events if event.time is not None]
    if of == "month":
        return {(day.year, day.month) for day in days}
    return {moment.clock.week_of(day) if of == "week" else day for day in days}


def periods(moment: Moment, events: list[Event], length: str) -> int:
    """Rolling periods back from `as_of` with an event in them, each bound in one step from `as_of`."""
    times = [event.time for event in events if event.time is not None]
    step, count, k = duration(length), 0, 0
    while times and moment.clock.back(step, k) >= min(times):
        low, high = moment.clock.back(step, k + 1), moment.clock.back(step, k)
        count += any(low < time <= high for time in times)
        k += 1
    return count
