"""Values computed for each contact: traits, scores, and how much either has changed."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from .behaviour import chosen, extreme, measure
from .clock import Clock, Duration, duration, move, move_day
from .operators import nine
from .world import Spec, Value

if TYPE_CHECKING:
    from .moment import Moment


def trait(moment: Moment, contact: str, spec: Spec) -> Value:
    """The value of one trait."""
    if "first" in spec or "last" in spec:
        return end_value(moment, contact, spec)
    if "most_common" in spec:
        return most_common(moment, contact, spec)
    if "days_since" in spec:
        return passed(moment.clock, moment.field(contact, spec["days_since"]), Duration(1, "day"))
    if "years_since" in spec:
        return passed(moment.clock, moment.field(contact, spec["years_since"]), Duration(1, "year"))
    if "ratio" in spec:
        return ratio(moment, contact, spec["ratio"])
    if "cases" in spec:
        return cases(moment, contact, spec)
    return measure(moment, contact, spec)


def end_value(moment: Moment, contact: str, spec: Spec) -> Value:
    """A column of the first or last event; of several at once, the smallest value that is there."""
    which, column = (min, spec["first"]) if "first" in spec else (max, spec["last"])
    ends = extreme(chosen(moment, contact, spec), which)
    values: list[Any] = [event.time if column == "time" else event.row.get(column) for event in ends]
    smallest: Value = min((value for value in values if value is not None), default=None)
    return smallest


def most_common(moment: Moment, contact: str, spec: Spec) -> Value:
    """The commonest value; of equally common ones, the alphabetically first."""
    values: list[Any] = [event.row.get(spec["most_common"]) for event in chosen(moment, contact, spec)]
    counts = {value: values.count(value) for value in values if value is not None}
    return min(counts, key=lambda value: (-counts[value], value), default=None)


def passed(clock: Clock, value: Any, unit: Duration) -> int | None:
    """Whole days or years that have passed since a day or an instant; negative for the future."""
    if value is None:
        return None
    day = clock.day_of(value)
    count = 1 + (clock.today.year - day.year if unit.unit == "year" else (clock.today - day).days)
    while not _reached(clock, value, unit, count):
        count -= 1
    return count


def _reached(clock: Clock, value: date | datetime, unit: Duration, count: int) -> bool:
    """Whether so many units after a day, or after the same wall time, have come."""
    if isinstance(value, datetime):
        return move(value, unit, clock.zone, count) <= clock.as_of
    return move_day(value, unit, count) <= clock.today


def ratio(moment: Moment, contact: str, names: list[str]) -> float | None:
    """The first over the second; missing when either is, or when the second is nothing."""
    above: Any = moment.field(contact, names[0])
    below: Any = moment.field(contact, names[1])
    if above is None or below is None or nine(below) == 0:
        return None
    return float(above / below)


def cases(moment: Moment, contact: str, spec: Spec) -> Value:
    """The value of the first case that is true."""
    for case in spec["cases"]:
        if moment.true(contact, case["when"]):
            value: Value = case["is"]
            return value
    otherwise: Value = spec.get("otherwise")
    return otherwise


def score(moment: Moment, contact: str, rules: list[Spec]) -> float | None:
    """The sum of the rules that touch the contact; nobody's score is 0 for want of a rule."""
    parts = [points(moment, contact, rule) for rule in rules]
    touched = [part for part in parts if part is not None]
    return sum(touched) if touched else None


def points(moment: Moment, contact: str, rule: Spec) -> float | None:
    """What one rule gives, within its bound; `None` when it does not touch the contact."""
    if "when" in rule:
        total: float | None = rule["points"] if moment.true(contact, rule["when"]) else None
    else:
        shares = event_shares(moment, contact, rule)
        total = rule["points"] * sum(shares) if shares else None
    if total is None or "at_most" not in rule:
        return total
    return max(-float(rule["at_most"]), min(float(rule["at_most"]), total))


def event_shares(moment: Moment, contact: str, rule: Spec) -> list[float]:
    """How much of its points each event still gives: all, or less with every half-life of its age."""
    events = chosen(moment, contact, rule["each"])
    if "half_life" not in rule:
        return [1.0 for _ in events]
    half = duration(rule["half_life"]).span
    return [0.5 ** ((moment.clock.as_of - event.time) / half) for event in events if event.time is not None]


def change(moment: Moment, contact: str, name: str, length: str) -> float | None:
    """Value now less value then; what is missing on one side alone counts as 0 there."""
    now: Any = moment.field(contact, name)
    then: Any = moment.earlier(length).field(contact, name)
    if now is None and then is None:
        return None
    return float((now or 0) - (then or 0))
