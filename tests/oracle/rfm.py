"""Recency, frequency and monetary value: bins by quantile over the people with a purchase.

A bin is 1 + the whole part of bins * (people strictly below) / people, so that equal values share
a bin, a lone value is in bin 1, and nobody's bin depends on the order of anything.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from .behaviour import chosen
from .world import Spec, Value

if TYPE_CHECKING:
    from .moment import Moment

PARTS = ("rfm_recency", "rfm_frequency", "rfm_monetary")


def rfm_field(moment: Moment, contact: str, name: str) -> Value:
    """One of the three bins, or the three of them in a row; groups are not told here."""
    spec = moment.world.config["rfm"]
    if name == "rfm":
        bins = [binned(moment, contact, spec, part) for part in PARTS]
        return None if None in bins else "".join(str(part) for part in bins)
    return binned(moment, contact, spec, name)


def binned(moment: Moment, contact: str, spec: Spec, part: str) -> int | None:
    """The bin of one contact among all that have bought."""
    values = {one: facts(moment, one, spec, part) for one in moment.book.contacts}
    there = [value for value in values.values() if value is not None]
    mine = values[contact]
    if mine is None:
        return None
    below = sum(1 for value in there if value < mine)
    return 1 + int(spec.get("bins", 5)) * below // len(there)


def facts(moment: Moment, contact: str, spec: Spec, part: str) -> Any:
    """When someone bought last, how often, and for how much; `None` for who never did."""
    events = [event for event in chosen(moment, contact, spec) if event.time is not None]
    if not events:
        return None
    if part == "rfm_recency":
        return max(event.time for event in events if event.time is not None)
    if part == "rfm_monetary":
        amounts: list[Any] = [event.row.get(spec["amount"]) for event in events]
        return round(math.fsum(amount for amount in amounts if amount is not None), 9)
    if "order" in spec:
        return len({event.row.get(spec["order"]) for event in events} - {None})
    return len(events)
