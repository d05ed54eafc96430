"""Everything that a draft's data could carry, the most useful first; counting decides what of it is of use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from segtool.starter import deeds, people
from segtool.starter.draft import Draft, Part
from segtool.starter.idea import Idea, idea, where

_EVENTS = 6
"""So many kinds of events of one source are worth a thought: what people did first."""


def ideas(draft: Draft) -> list[Idea]:
    bought: list[Idea] = []
    mailed: list[Idea] = []
    done: list[Idea] = []
    for part in draft.events:
        for event in _frequent(part):
            kind = bought if event == "purchase" else mailed if event in deeds.MAIL else done
            kind += deeds.of_event(part, event)
    about = [part for part in draft.parts if part.role != "events"]
    fields = [one for part in about for one in people.of_fields(part)]
    dates = [one for one in fields if one.family in ("consent", "dates")]
    values = [one for one in fields if one not in dates]
    days = max((part.days for part in draft.events), default=0)
    anything = list(deeds.of_anything(days)) if any(part.time is not None for part in draft.events) else []
    between = [*_silent_subscribers(draft, about), *([deeds.never_seen()] if draft.events else [])]
    turns = (bought[::2], mailed, anything, values, dates, bought[1::2], done, between)
    return [*_in_turn(turns), *(one for part in about for one in people.of_the_rest(part))]


def _frequent(part: Part) -> list[str]:
    return sorted(part.events, key=lambda name: (name in deeds.ROUTINE, -part.events[name], name))[:_EVENTS]


def _in_turn(kinds: Sequence[Sequence[Idea]]) -> Iterator[Idea]:
    """One of each kind, then another of each, until none is left."""
    for position in range(max((len(kind) for kind in kinds), default=0)):
        yield from (kind[position] for kind in kinds if position < len(kind))


def _silent_subscribers(draft: Draft, about: Sequence[Part]) -> Iterator[Idea]:
    """What only several files together can tell: who may be written to, and has not bought."""
    found = next((known for part in about if (known := people.consent(part)) is not None), None)
    if found is not None and any("purchase" in part.events for part in draft.events):
        name, test = found
        rule = {"field": name, **test}
        label = "May be written to, and never bought"
        yield idea("consent", 0.3, [where("subscribed_never_bought", label, rule, {"did_not": "purchase"})])
