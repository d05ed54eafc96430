"""Regular expressions of the rules, tried out on the engine that will run them (linear time, no look-around)."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from segtool.config.document import Scalar
from segtool.config.problems import Problems
from segtool.config.tree import All, AnyOf, Condition, FieldTest, Not, Some


def check(conditions: Iterable[Condition], problems: Problems) -> None:
    """One problem for every pattern that the engine refuses."""
    for condition in conditions:
        for pattern in _patterns(condition):
            try:
                pl.select(pl.lit("").str.contains(f"(?i){pattern.text}"))
            except pl.exceptions.ComputeError as error:
                problems.error("wrong-pattern", f'"{pattern.text}" is no regular expression: {why(error)}', pattern.at)


def _patterns(condition: Condition) -> Iterable[Scalar]:
    match condition:
        case All(of) | AnyOf(of) | Some(_, of):
            for inner in of:
                yield from _patterns(inner)
        case Not(of):
            yield from _patterns(of)
        case FieldTest(_, tests):
            for test in tests:
                if test.operator == "matches" and isinstance(test.operand, tuple):
                    yield from (item for item in test.operand if isinstance(item, Scalar))


def why(error: Exception) -> str:
    """The engine's own last line, without the picture it draws."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = next((line.removeprefix("error:").strip() for line in lines if line.startswith("error:")), "")
    if "look" in reason:
        return "look-around is not supported; say it with a second condition"
    if "backreferences" in reason:
        return "back-references are not supported"
    return reason or "it could not be read"
