"""A condition over the columns of one row → an expression.

The null rule lives here, once: `closed` turns every comparison with a missing value false at the place where it is
compiled, so that `not` is a plain complement everywhere above. Sources (`only`), events (`where`) and contacts
(fields) all compile here; what looks beyond the row is handed to `beyond`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import and_, or_

import narwhals as nw

from segtool.config.document import Scalar
from segtool.config.fields import boolean_of, number_of
from segtool.config.operators import NUMBER, TEXT
from segtool.config.tree import (
    All,
    AnyOf,
    Bound,
    Condition,
    Did,
    Everyone,
    FieldTest,
    InSegment,
    Not,
    Ref,
    Some,
    Test,
    Window,
)
from segtool.logic import windows
from segtool.logic.clock import Clock

FOLDED = "§folded:"
"""Before the name of a list column: its elements in lower case (narwhals cannot map over lists)."""

Beyond = Callable[[Did | InSegment], nw.Expr]


def closed(expression: nw.Expr) -> nw.Expr:
    """The null rule: a comparison with a missing value is false."""
    return expression.fill_null(False)


def false() -> nw.Expr:
    return nw.lit(False)


def _refuse(leaf: Did | InSegment) -> nw.Expr:
    raise TypeError(f"{type(leaf).__name__} is no condition on one row")


def compile_condition(condition: Condition, clock: Clock, beyond: Beyond = _refuse) -> nw.Expr:
    """The condition as a boolean expression without missing values."""
    match condition:
        case Everyone():
            return nw.lit(True)
        case All(of):
            return reduce(and_, (compile_condition(inner, clock, beyond) for inner in of))
        case AnyOf(of):
            return reduce(or_, (compile_condition(inner, clock, beyond) for inner in of))
        case Not(of):
            return ~compile_condition(of, clock, beyond)
        case Some(bounds, of):
            count = nw.sum_horizontal(*(compile_condition(inner, clock, beyond).cast(nw.Int32) for inner in of))
            return within_bounds(count, bounds)
        case FieldTest(field, tests, match_case):
            return reduce(and_, (_test(test, field, match_case, clock) for test in tests))
    return beyond(condition)


def within_bounds(value: nw.Expr, bounds: tuple[Bound, ...]) -> nw.Expr:
    """Every bound holds; false where the value is missing."""
    return closed(reduce(and_, (_bound(value, bound) for bound in bounds)))


def _bound(value: nw.Expr, bound: Bound) -> nw.Expr:
    return {
        "at_least": lambda: value >= bound.number,
        "at_most": lambda: value <= bound.number,
        "above": lambda: value > bound.number,
        "below": lambda: value < bound.number,
        "exactly": lambda: value == bound.number,
    }[bound.key]()


def _test(test: Test, field: Ref, match_case: bool, clock: Clock) -> nw.Expr:
    positive = closed(_positive(test, field, match_case, clock)) if field.column is not None else false()
    return ~positive if test.negated else positive


def _positive(test: Test, field: Ref, match_case: bool, clock: Clock) -> nw.Expr:
    column = nw.col(field.column or "")
    operand = test.operand
    if test.operator == "is_set":
        return ~column.is_null()
    if isinstance(operand, Window):
        return windows.lies_within(column, field.type, operand, clock)
    assert isinstance(operand, tuple), test
    if test.operator == "size":
        return within_bounds(column.list.len().cast(nw.Int64), tuple(b for b in operand if isinstance(b, Bound)))
    values = tuple(item for item in operand if isinstance(item, Scalar | Ref))
    if field.type == "list":
        return _list_test(test.operator, field, values, match_case)
    if field.type in NUMBER:
        return _number_test(test.operator, column, values)
    if field.type == "boolean":
        return _boolean_test(column, values)
    assert field.type in TEXT, field
    return _text_test(test.operator, column, values, match_case)


def _any(expressions: list[nw.Expr]) -> nw.Expr:
    return reduce(or_, expressions) if expressions else false()


def _other(ref: Ref) -> nw.Expr:
    return nw.col(ref.column) if ref.column is not None else nw.lit(None)


def _text_test(operator: str, column: nw.Expr, values: tuple[Scalar | Ref, ...], match_case: bool) -> nw.Expr:
    if operator == "matches":
        patterns = [value.text for value in values if isinstance(value, Scalar)]
        return _any([column.str.contains(pattern if match_case else f"(?i){pattern}") for pattern in patterns])
    folded = column if match_case else column.str.to_lowercase()
    known = [value.text.strip() for value in values if isinstance(value, Scalar)]
    texts = known if match_case else [text.lower() for text in known]
    others = [
        nw.col(value.column) if match_case else nw.col(value.column).str.to_lowercase()
        for value in values
        if isinstance(value, Ref) and value.column is not None
    ]
    if operator in ("is", "in"):
        among = [folded.is_in(texts)] if texts else []
        return _any([*among, *(folded == other for other in others)])
    compare = {
        "contains": lambda value: folded.str.contains(value, literal=True),
        "starts_with": folded.str.starts_with,
        "ends_with": folded.str.ends_with,
    }[operator]
    return _any([compare(value) for value in (*texts, *others)])


def _number_test(operator: str, column: nw.Expr, values: tuple[Scalar | Ref, ...]) -> nw.Expr:
    read = [_other(value) if isinstance(value, Ref) else number_of(value) for value in values]
    if operator in ("is", "in"):
        return _any([column == value for value in read])
    if operator == "between":
        return (column >= read[0]) & (column <= read[1])
    return _any(
        [
            {
                "above": lambda: column > read[0],
                "at_least": lambda: column >= read[0],
                "below": lambda: column < read[0],
                "at_most": lambda: column <= read[0],
            }[operator]()
        ]
    )


def _boolean_test(column: nw.Expr, values: tuple[Scalar | Ref, ...]) -> nw.Expr:
    return _any([column == (_other(value) if isinstance(value, Ref) else boolean_of(value)) for value in values])


def _list_test(operator: str, field: Ref, values: tuple[Scalar | Ref, ...], match_case: bool) -> nw.Expr:
    column = nw.col(field.column if match_case and field.column else f"{FOLDED}{field.column}")
    texts = [value.text.strip() for value in values if isinstance(value, Scalar)]
    held = [closed(column.list.contains(text if match_case else text.lower())) for text in texts]
    return reduce(and_ if operator == "has_all" else or_, held)
