"""The operators of section 4.1 on one value. A missing value satisfies none but `is_set: false`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from .clock import Clock
from .windows import day_in, instant_in
from .world import Value

COMPLEMENTS = {
    "is_not": "is",
    "not_in": "in",
    "not_contains": "contains",
    "not_starts_with": "starts_with",
    "not_ends_with": "ends_with",
    "not_matches": "matches",
    "not_between": "between",
    "not_in_last": "in_last",
    "not_in_next": "in_next",
    "not_during": "during",
    "not_on": "on",
    "has_none": "has_any",
}
NUMERIC = (int, float)


def holds(clock: Clock, value: Value, key: str, operand: Any, match_case: bool = False) -> bool:
    """Whether one operator is true of one value; a negative one is the exact complement."""
    if key in COMPLEMENTS:
        return not holds(clock, value, COMPLEMENTS[key], operand, match_case)
    if key == "is_set":
        return (value is not None) is bool(operand)
    if value is None or missing_in(operand):
        return False
    if isinstance(value, bool):
        return value in listed(operand)
    if isinstance(value, NUMERIC):
        return number_holds(value, key, operand)
    if isinstance(value, datetime):
        return instant_in(clock, key, operand, value)
    if isinstance(value, date):
        return day_in(clock, key, operand, value)
    if isinstance(value, list):
        return list_holds(value, key, operand, match_case)
    return any(text_holds(value, key, spelled(wanted), match_case) for wanted in listed(operand))


def missing_in(operand: Any) -> bool:
    """Whether the other side is a field without a value."""
    return operand is None or (isinstance(operand, list) and None in operand)


def listed(operand: Any) -> list[Any]:
    """One value or a list of them, as a list."""
    return operand if isinstance(operand, list) else [operand]


def spelled(operand: Any) -> str:
    """A number or a date where a text is compared stands for its spelling."""
    return operand if isinstance(operand, str) else str(operand)


class Calculated(float):
    """A number that no file holds."""


def nine(number: float) -> float:
    """What is calculated is compared to nine decimal places, so that 0.1 + 0.2 is 0.3; as a float, on both sides."""
    return round(float(number), 9)


def number_holds(value: float, key: str, operand: Any) -> bool:
    """The comparisons of numbers; those of a file are exact."""

    def near(number: float) -> float:
        return nine(number) if isinstance(value, Calculated) else number

    if key in ("is", "in", "exactly"):
        return near(value) in [near(wanted) for wanted in listed(operand)]
    if key == "between":
        return near(operand[0]) <= near(value) <= near(operand[1])
    limit = near(operand)
    if key == "above":
        return near(value) > limit
    if key == "at_least":
        return near(value) >= limit
    if key == "below":
        return near(value) < limit
    if key == "at_most":
        return near(value) <= limit
    raise ValueError(key)


def compared(value: float) -> float:
    """A number as others are compared with it."""
    return nine(value) if isinstance(value, Calculated) else value


def text_holds(value: str, key: str, wanted: str, match_case: bool) -> bool:
    """The comparisons of texts; ignoring case compares lower-cased texts."""
    if key == "matches":
        return re.search(wanted, value, 0 if match_case else re.IGNORECASE) is not None
    if not match_case:
        value, wanted = value.lower(), wanted.lower()
    if key in ("is", "in"):
        return value == wanted
    if key == "contains":
        return wanted in value
    if key == "starts_with":
        return value.startswith(wanted)
    if key == "ends_with":
        return value.endswith(wanted)
    raise ValueError(key)


def list_holds(value: list[str], key: str, operand: Any, match_case: bool) -> bool:
    """The comparisons of lists; elements are compared as texts are."""
    if key == "size":
        assert isinstance(operand, Mapping)
        return all(number_holds(len(value), bound, limit) for bound, limit in operand.items())
    found = [
        any(text_holds(element, "is", spelled(wanted), match_case) for element in value) for wanted in listed(operand)
    ]
    if key in ("has", "has_any"):
        return any(found)
    if key == "has_all":
        return all(found)
    raise ValueError(key)
