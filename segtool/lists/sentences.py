"""One condition that changed, in a sentence with the values before and after.

Says what is there and what is needed, so that nobody has to look anything up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import polars as pl

from segtool.config import phrases, words
from segtool.config.document import Scalar
from segtool.config.fields import number_of
from segtool.config.tree import Bound, Condition, Did, FieldTest, InSegment, Test, Window

MISSING = "no value"
_LONGEST = 60
_SIDES = ("then", "now")
_VERBS = {"is": "to be", "contains": "to contain", "starts": "to start", "ends": "to end", "matches": "to match"}


def on_or_off(leaf: Condition, now: pl.Series) -> pl.Series:
    """`now on the list vip`, `no longer on the list vip`: where there is no value to show."""
    said = words.sentence(leaf)
    if isinstance(leaf, InSegment) and leaf.for_at_least is None:
        said = f"on {words.subject(leaf)}"
    return pl.Series([f"now {said}"]).zip_with(now, pl.Series([f"no longer {said}"]))


def with_values(leaf: Condition, negated: bool, values: Sequence[tuple[pl.Series, pl.Series]], zone: str) -> pl.Series:
    """`spent: 50 → 120, needs above the value of budget (100)`. `negated` where the opposite is needed.

    `values` are what the leaf looks at, and then what that is compared with: before and after, for each contact.
    """
    limits = limits_of(leaf)
    seen = pl.DataFrame(
        [
            part.alias(f"{side} {place}")
            for place, pair in enumerate(values)
            for side, part in zip(_SIDES, pair, strict=True)
        ]
    )
    texts = seen.select(as_text(name, kind, zone, limits).alias(name) for name, kind in seen.schema.items())
    own, *others = (_both(*(pl.col(f"{side} {place}") for side in _SIDES)) for place in range(len(values)))
    pieces = [pl.lit(f"{words.subject(leaf)}: "), *own, pl.lit(f", needs {_needs(leaf, negated)}")]
    for other in others:
        pieces += [pl.lit(" ("), *other, pl.lit(")")]
    return texts.select(pl.concat_str(pieces)).to_series()


def _both(before: pl.Expr, after: pl.Expr) -> tuple[pl.Expr, pl.Expr]:
    """`3 → 1`; one value where both are the same."""
    return pl.when(before != after).then(before + " → ").otherwise(pl.lit("")), after


def _needs(leaf: Condition, negated: bool) -> str:
    """`at least 2`, `to contain "VP"`, `to be in the last 30 days`."""
    if isinstance(leaf, Did):
        return _needs_of_deed(leaf, negated)
    if not isinstance(leaf, FieldTest):
        return words.need(leaf, negated=negated)
    tests = leaf.tests
    if negated and len(tests) == 1:
        tests, negated = (_opposite(tests[0]),), False
    if not negated:
        return " and ".join(_infinitive(words.need(leaf, test), test) for test in tests)
    return words.need(leaf, negated=True)


def _needs_of_deed(leaf: Did, negated: bool) -> str:
    need = words.need(leaf, negated=negated)
    if not leaf.end:
        return need
    if leaf.windows:
        return f"not to be {need.removeprefix('not ')}" if negated else f"to be {need}"
    where = need.partition(" where ")[2]
    return f"{'none' if negated else 'one'} where {where}" if where else "none" if negated else "one"


def _opposite(test: Test) -> Test:
    """What has to be true for a test to be untrue. The value stands beside it: a missing one is no riddle."""
    if test.operator in phrases.OPPOSITE:
        return replace(test, operator=phrases.OPPOSITE[test.operator])
    return replace(test, negated=not test.negated)


def _infinitive(need: str, test: Test) -> str:
    verb, _, rest = need.partition(" ")
    if need.startswith("is not "):
        return f"not to be {need.removeprefix('is not ')}"
    if verb in _VERBS:
        return f"{_VERBS[verb]} {rest}"
    if verb == "has":
        return f"to have {rest}"
    if verb == "does":
        return f"not to {rest.removeprefix('not ')}"
    if isinstance(test.operand, Window) or test.operator == "between":
        return f"not to be {rest}" if verb == "not" else f"to be {need}"
    return need


def as_text(name: str, kind: pl.DataType, zone: str, limits: Sequence[float] | None = None) -> pl.Expr:
    """A value as people read it; a long text is cut. With the numbers that it is compared with, it is rounded."""
    column = pl.col(name)
    if isinstance(kind, pl.List):
        text = column.list.join(", ")
    elif isinstance(kind, pl.Datetime):
        local = column.dt.replace_time_zone("UTC").dt.convert_time_zone(ZoneInfo(zone).key)
        text = local.dt.strftime("%Y-%m-%d %H:%M")
    elif kind.is_float():
        text = (column if limits is None else _rounded(column, limits)).cast(pl.String).str.replace(r"\.0$", "")
    else:
        text = column.cast(pl.String)
    if not (kind.is_numeric() or kind.is_temporal()):
        text = pl.when(text.str.len_chars() > _LONGEST).then(text.str.slice(0, _LONGEST) + "…").otherwise(text)
    return text.fill_null(MISSING)


def _rounded(column: pl.Expr, limits: Iterable[float]) -> pl.Expr:
    """Two decimals, but all that count where rounding would put the value on or across what it is compared with."""
    short, exact = column.round(2), column.round(9)
    crossed = [(short != exact) & ((short - limit) * (exact - limit) <= 0) for limit in limits]
    return pl.when(pl.any_horizontal(pl.lit(False), *crossed)).then(exact).otherwise(short)


def limits_of(leaf: Condition) -> list[float]:
    """The numbers that a leaf compares with."""
    if isinstance(leaf, Did):
        return [bound.number for bound in leaf.bounds]
    operands = [test.operand for test in leaf.tests] if isinstance(leaf, FieldTest) else []
    parts = [part for operand in operands if isinstance(operand, tuple) for part in operand]
    numbers = [number_of(part) for part in parts if isinstance(part, Scalar)]
    bounds = [part.number for part in parts if isinstance(part, Bound)]
    return [*bounds, *(number for number in numbers if number is not None)]
