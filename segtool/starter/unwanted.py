"""Who must not be written to, as far as the files say it: who unsubscribed, bounced for good, or is blocked.

One list of all of them, which `suppress` then keeps off every other. Consent that was never given is none of it: nobody
took that back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from segtool.config.columns import folded
from segtool.sources.facts import Facts
from segtool.starter import clues
from segtool.starter.draft import Draft, Part
from segtool.starter.idea import Variant
from segtool.starter.people import field

NAME = "do_not_mail"
_LABEL = "Unsubscribed, bounced or blocked"

_STATES = ("unsubscribed", "cleaned", "bounced", "hardbounced", "complained", "optedout", "blocked", "blacklisted")
"""Values of a column of states."""
_FLAGS = ("unsubscribed", "optout", "optedout", "bounced", "blocked", "blacklisted", "suppressed", "donotemail")
"""Words of a column of yes and no."""
_REASONS = ("suppressions", "suppression", "bouncereason", "emailhardbouncereason")
"""Columns that have something in them for those alone whom it concerns."""
_EVENTS = ("unsubscribe", "spam_report", "suppression")
_OTHER_CHANNELS = ("sms", "whatsapp", "phone", "call", "push")


def unwanted(draft: Draft) -> Variant | None:
    """The list, or None where no file says anything of the kind."""
    rules = [rule for part in draft.parts for rule in (_done if part.role == "events" else _said)(part)]
    if not rules:
        return None
    return Variant(NAME, _LABEL, {"where": rules[0] if len(rules) == 1 else {"any": rules}})


def _said(part: Part) -> Iterator[dict[str, Any]]:
    for fact in part.columns.values():
        if set(clues.words(fact.name)) & set(_OTHER_CHANNELS):
            continue
        name = field(part, fact.name)
        flagged = fact.type == "boolean" and any(value is True for value, _ in fact.top)
        if flagged and any(word in folded(fact.name) for word in _FLAGS):
            yield {"field": name, "is": True}
        elif folded(fact.name) in _REASONS and fact.filled:
            yield {"field": name, "is_set": True}
        elif fact.type == "text" and (states := _states(fact)):
            yield {"field": name, "is": states[0]} if len(states) == 1 else {"field": name, "in": states}


def _states(fact: Facts) -> Sequence[str]:
    return sorted(str(one) for one, _ in fact.top if folded(str(one)) in _STATES)


def _done(part: Part) -> Iterator[dict[str, Any]]:
    yield from ({"did": event} for event in _EVENTS if event in part.events)
    kinds = part.columns.get("bounce_type")
    hard = [str(one) for one, _ in kinds.top if folded(str(one)) in ("hard", "hardbounce")] if kinds else []
    if hard and "bounce" in part.events:
        yield {"did": "bounce", "where": {"field": "bounce_type", "is": hard[0]}}
