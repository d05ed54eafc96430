"""Ideas for lists that rest on what people did."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from segtool.starter import clues
from segtool.starter.draft import Part
from segtool.starter.idea import Idea, Variant, idea, short, value, where

_DAYS = {"7 days": 7, "30 days": 30, "90 days": 90, "6 months": 183, "12 months": 365, "24 months": 730}
SPANS = tuple(_DAYS)
_TIMES = (2, 3, 5, 10, 20)
_SUMS = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 50_000)
MAIL = ("open", "click", "sent", "delivered", "bounce", "reply", "unsubscribe")
ROUTINE = ("processed", "sent", "delivered", "deferred", "dropped")
"""What a mail program does, and nobody it writes to."""
_SETBACKS = ("refund", "voided", "failed", "bounce", "unsubscribe", "sent", "delivered")
_DID = {
    "purchase": "Bought",
    "click": "Clicked",
    "open": "Opened something",
    "sent": "Were sent something",
    "delivered": "Received something",
    "bounce": "Bounced",
    "reply": "Replied",
    "unsubscribe": "Unsubscribed",
    "page_view": "Viewed a page",
    "visit": "Visited",
    "refund": "Had something refunded",
    "donation": "Donated",
    "campaign_open": "Opened a campaign",
    "campaign_click": "Clicked in a campaign",
}
_Rule = dict[str, Any]


def of_event(part: Part, event: str) -> Iterator[Idea]:
    """Everything about one kind of event of a source."""
    main = event == "purchase" or (len(part.events) == 1 and event not in MAIL)
    spans = within(part.days)
    # Mail programs open mails by themselves, so clicks say more where there are any.
    told = event not in ROUTINE and not (event == "open" and "click" in part.events)
    if part.time is None:
        yield from _undated(event)
    else:
        yield from [idea(event, 0.2, (_lately(event, span) for span in spans))] if told else ()
        yield from _of_buyers(event, spans) if main else ()
        yield from _unanswered(part, event, spans)
        yield from [idea(event, 0.1, (_often(event, times, _year(part)) for times in _TIMES))] if told else ()
    yield from _of_money(part, event) if main else ()
    yield from _again(event, spans, _year(part)) if main and part.time is not None else ()
    yield from _of_details(part, event) if main or (told and event not in _SETBACKS) else ()


def within(days: int) -> tuple[str, ...]:
    """The spans that a history of so many days can answer, or the shortest."""
    return tuple(span for span in SPANS if _DAYS[span] <= days) or SPANS[:1]


def _year(part: Part) -> str:
    """A year, or as much of it as there is."""
    return next(span for span in reversed(within(part.days)) if _DAYS[span] <= _DAYS["12 months"])


def of_anything(days: int) -> Iterator[Idea]:
    """Whatever people did, and since when they have not, in a history of so many days."""
    spans = within(days)
    quiet = (
        where(f"quiet_{span}", f"Did nothing in the last {span}", {"did_not": "any", "in_last": span})
        for span in spans[1:] or spans
    )
    yield idea("quiet", 0.3, quiet)
    active = (
        where(f"active_{span}", f"Did something in the last {span}", {"did": "any", "in_last": span}) for span in spans
    )
    yield idea("quiet", 0.4, active)


def never_seen() -> Idea:
    return idea("quiet", 0.2, [where("never_seen", "Nothing ever happened with them", {"did_not": "any"})])


def _said(event: str) -> str:
    return _DID.get(event, f"{clues.title(event)}:")


def _undated(event: str) -> Iterator[Idea]:
    yield idea(event, 0.3, [where(f"{event}_ever", f"{_said(event)} at all", {"did": event})])
    often = (
        where(f"{event}_{n}_times", f"{_said(event)} {n} times or more", {"did": event, "at_least": n}) for n in _TIMES
    )
    yield idea(event, 0.15, often)


def _lately(event: str, span: str) -> Variant:
    return where(f"{event}_{span}", f"{_said(event)} in the last {span}", {"did": event, "in_last": span})


def _often(event: str, times: int, span: str) -> Variant:
    rule = {"did": event, "in_last": span, "at_least": times}
    return where(f"{event}_{times}_times", f"{_said(event)} {times} times or more in the last {span}", rule)


def _of_buyers(event: str, spans: Sequence[str]) -> Iterator[Idea]:
    """The life of a customer: new, lost, there but once."""
    did: _Rule = {"did": event}
    new = (
        where(f"first_{event}_{span}", f"{_said(event)} for the first time in the last {span}",
              {**did, "first_time": True, "in_last": span})
        for span in spans
    )  # fmt: skip
    yield idea(event, 0.15, new)
    lapsed = (
        where(f"no_{event}_{span}", f"{_said(event)} before, but not in the last {span}",
              did, {"did_not": event, "in_last": span})
        for span in spans[1:]
    )  # fmt: skip
    yield idea(event, 0.3, lapsed)
    yield idea(event, 0.4, [where(f"{event}_once", f"{_said(event)} exactly once", {**did, "exactly": 1})])


def _again(event: str, spans: Sequence[str], year: str) -> Iterator[Idea]:
    """Who comes back: after a while, or month by month."""
    did: _Rule = {"did": event}
    back = (
        where(f"{event}_again_{span}", f"{_said(event)} in the last {span}, and before that",
              {**did, "in_last": span}, {**did, "older_than": span})
        for span in spans[1:]
    )  # fmt: skip
    yield idea(event, 0.2, back)
    months = (
        where(f"{event}_in_{n}_months", f"{_said(event)} in {n} or more months of the last {year}",
              {**did, "distinct": "month", "in_last": year, "at_least": n})
        for n in (2, 3, 4, 6)
    )  # fmt: skip
    yield idea(event, 0.15, months)
    before = where(f"{event}_last_month", f"{_said(event)} last month", {**did, "during": "last month"})
    yield idea(event, 0.2, [before])


def _unanswered(part: Part, event: str, spans: Sequence[str]) -> Iterator[Idea]:
    """Mail that was sent and not opened, opened and not clicked."""
    answers = {"open": ("click", "clicked"), "sent": ("open", "opened"), "delivered": ("click", "clicked")}
    after, what = answers.get(event, ("", ""))
    if after in part.events:
        waiting = (
            where(f"{event}_without_{after}_{span}", f"{_said(event)} in the last {span}, and {what} nothing",
                  {"did": event, "in_last": span}, {"did_not": after, "in_last": span})
            for span in spans[1:] or spans
        )  # fmt: skip
        yield idea(event, 0.3, waiting)


def _of_money(part: Part, event: str) -> Iterator[Idea]:
    amount = part.amount
    if amount is None:
        return
    name = clues.spoken(amount, part.columns)
    measure: _Rule = {"did": event, "sum": name, **({"in_last": _year(part)} if part.time is not None else {})}
    when = f" in the last {_year(part)}" if part.time is not None else ""
    spent = (
        where(f"{clues.slug(name)}_over_{least}", f"{clues.title(name)} of {least:,} or more{when}",
              {**measure, "at_least": least})
        for least in _SUMS
    )  # fmt: skip
    yield idea(event, 0.15, spent)
    largest = (
        where(f"{clues.slug(name)}_once_{least}", f"{clues.title(name)} of {least:,} or more at once",
              {"did": event, "max": name, "at_least": least})
        for least in _SUMS
    )  # fmt: skip
    yield idea(event, 0.1, largest)
    trait = f"{clues.slug(name)}_sum"
    best = {"where": {"field": trait, "above": 0}, "top": {"percent": 10, "by": trait}, "sort": f"-{trait}"}
    label = f"The ten percent with the highest {clues.title(name).lower()}{when}"
    yield idea(event, 0.05, [Variant(f"best_by_{clues.slug(name)}", label, best, {trait: measure})])


def _of_details(part: Part, event: str) -> Iterator[Idea]:
    """What the events are about: the commonest values of their columns."""
    own = (part.key, part.time, part.event_column)
    for fact in sorted(part.columns.values(), key=lambda fact: clues.names_texts_of_digits(fact.name)):
        if fact.name in own or clues.is_personal(fact.name) or not fact.top:
            continue
        few = fact.type == "text" and 2 <= fact.distinct <= 60 and fact.distinct <= fact.filled / 2
        if few or fact.type == "list":
            name = clues.spoken(fact.name, part.columns)
            test = "has" if fact.type == "list" else "is"
            about = (
                where(f"{event}_{name}_{one}", f"{_said(event)} with {clues.title(name).lower()} {short(one)}",
                      {"did": event, "where": {"field": name, test: value(one)}})
                for one, _ in fact.top[:4]
            )  # fmt: skip
            yield idea(f"{event} details", 0.15, about)
