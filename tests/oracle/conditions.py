"""Combining conditions, and conditions on a field, for contacts and for single rows alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .clock import Clock
from .operators import holds, number_holds
from .world import Row, Spec, Value

Leaf = Callable[[Spec], bool]
Lookup = Callable[[str], Value]
NOT_OPERATORS = ("field", "match_case", "change_in")


def judge(condition: Any, leaf: Leaf) -> bool:
    """True or false, never unknown. What is not a combinator is left to `leaf`."""
    if condition == "everyone":
        return True
    if isinstance(condition, list):
        return all(judge(one, leaf) for one in condition)
    if "all" in condition:
        return all(judge(one, leaf) for one in condition["all"])
    if "any" in condition:
        return any(judge(one, leaf) for one in condition["any"])
    if "none" in condition:
        return not any(judge(one, leaf) for one in condition["none"])
    if "not" in condition:
        return not judge(condition["not"], leaf)
    if "some" in condition:
        return _some(condition["some"], leaf)
    return leaf(condition)


def _some(spec: Spec, leaf: Leaf) -> bool:
    """So many of the conditions are true."""
    true = sum(judge(one, leaf) for one in spec["of"])
    return all(number_holds(true, bound, limit) for bound, limit in spec.items() if bound != "of")


def field_holds(clock: Clock, condition: Spec, value: Value, lookup: Lookup) -> bool:
    """Every operator of the mapping is true of the value."""
    match_case = condition.get("match_case", False)
    return all(
        holds(clock, value, key, operand_of(operand, lookup), match_case)
        for key, operand in condition.items()
        if key not in NOT_OPERATORS
    )


def operand_of(operand: Any, lookup: Lookup) -> Any:
    """The other side of a comparison, which may be another field, or hold some."""
    if isinstance(operand, Mapping) and set(operand) == {"field"}:
        return lookup(operand["field"])
    if isinstance(operand, list):
        return [operand_of(one, lookup) for one in operand]
    return operand


def row_leaf(clock: Clock, row: Row) -> Leaf:
    """Conditions on one row's own columns; a column that its source lacks is missing."""
    return lambda condition: field_holds(clock, condition, row.get(condition["field"]), row.get)
