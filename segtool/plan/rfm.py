"""Recency, frequency and monetary value in bins by quantile, and the group they make.

Bin = 1 + ⌊bins × people strictly below ÷ people⌋, over the people with such an event: equal values share a bin, and
nobody's bin depends on the order of anything. Higher is better.
"""

from __future__ import annotations

from functools import reduce
from operator import add

import narwhals as nw

from segtool.config.columns import VALUE
from segtool.plan.maker import Maker

ONE = "§one"
"""A column of ones: the partition that holds everyone."""

_NUMBERS = ("rfm_recency", "rfm_frequency", "rfm_monetary")

GROUPS: dict[int, tuple[str, str, str, str, str]] = {
    5: ("new_customers", "potential_loyalists", "potential_loyalists", "champions", "champions"),
    4: ("promising", "potential_loyalists", "loyal", "loyal", "champions"),
    3: ("about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"),
    2: ("hibernating", "hibernating", "at_risk", "at_risk", "at_risk"),
    1: ("lost", "lost", "at_risk", "cannot_lose", "cannot_lose"),
}
"""By recency, then by the mean of frequency and monetary value (halves up), 1 to 5: all 25 cells."""


def expression(name: str, plan: Maker) -> nw.Expr:
    """One of the RFM fields; missing for people without such an event."""
    if name == "rfm":
        return nw.concat_str(*(_bin(part, plan).cast(nw.String) for part in _NUMBERS))
    if name == "rfm_group":
        return _group(plan)
    return _of(name, plan)


def _bin(name: str, plan: Maker) -> nw.Expr:
    return plan.column(f"{VALUE}{name}", plan.clock)


def _of(name: str, plan: Maker) -> nw.Expr:
    rfm = plan.config.rfm
    assert rfm is not None, name
    measures, clock = plan.measures, plan.clock
    last = measures.instant(rfm.recency, "max", clock, rfm.recency.windows)
    fact = {
        "rfm_recency": lambda: last,
        "rfm_frequency": lambda: measures.value(rfm.frequency, clock),
        "rfm_monetary": lambda: measures.value(rfm.monetary, clock),
    }[name]()
    known = plan.layers.define(f"§{name}", lambda: nw.when(~last.is_null()).then(fact))
    below = known.rank("min").over(ONE).cast(nw.Int64) - 1
    people = known.count().over(ONE).cast(nw.Int64)
    return below * rfm.bins // people + 1


def _group(plan: Maker) -> nw.Expr:
    recency, frequency, monetary = (_bin(part, plan) for part in _NUMBERS)
    value = (frequency + monetary + 1) // 2
    cells = [
        nw.when((recency == r) & (value == v)).then(nw.lit(name)).otherwise(nw.lit(""))
        for r, names in GROUPS.items()
        for v, name in enumerate(names, start=1)
    ]
    found = nw.concat_str(*cells) if len(cells) > 1 else reduce(add, cells)
    return nw.when(~recency.is_null()).then(found)
