"""How a list comes together on a first run (section 6)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from .operators import compared, listed
from .world import Spec

if TYPE_CHECKING:
    from .moment import Moment


def build(moment: Moment, segment: str) -> list[str]:
    """`where`, minus `exclude`, then `top` or `bottom`, minus earlier lists of the same group."""
    spec: Spec = moment.world.config["segments"][segment]
    excluded = {contact for name in listed(spec.get("exclude", [])) for contact in moment.members(name)}
    members = [
        contact
        for contact in sorted(moment.book.contacts)
        if moment.true(contact, spec["where"]) and contact not in excluded
    ]
    for end in ("top", "bottom"):
        if end in spec:
            members = ranked(moment, members, spec[end], end)
    taken = {contact for name in earlier(moment, segment) for contact in moment.members(name)}
    return sorted(contact for contact in members if contact not in taken)


def earlier(moment: Moment, segment: str) -> list[str]:
    """The lists that come first in an exclusive group of this one."""
    groups: Any = moment.world.config.get("exclusive", {})
    return [name for group in groups.values() if segment in group for name in group[: group.index(segment)]]


def ranked(moment: Moment, members: list[str], spec: Spec, end: str) -> list[str]:
    """The best or worst by a value; ties by id; who has no value is not ranked."""
    values: dict[str, Any] = {
        contact: moment.number_or_change(contact, spec["by"], spec.get("change_in")) for contact in members
    }
    sign = -1 if end == "top" else 1
    there = [contact for contact in members if values[contact] is not None]
    order = sorted(there, key=lambda contact: (sign * compared(values[contact]), contact))
    return order[: size(spec, len(order))]


def size(spec: Spec, people: int) -> int:
    """How many stay: a count, or a percentage of those ranked, rounded up exactly."""
    if "count" in spec:
        return int(spec["count"])
    exact = Fraction(str(spec["percent"])) * people / 100
    return -(-exact.numerator // exact.denominator)


def published(moment: Moment, segment: str) -> list[str]:
    """The list as it goes out: without the members of the suppressed lists."""
    suppress: list[str] = listed(moment.world.config.get("suppress", []))
    spec = moment.world.config["segments"][segment]
    if segment in suppress or spec.get("suppress") is False:
        return moment.members(segment)
    hidden = {contact for name in suppress for contact in moment.members(name)}
    return [contact for contact in moment.members(segment) if contact not in hidden]
