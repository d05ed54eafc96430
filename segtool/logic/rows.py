"""A condition over the columns of one row → an expression.

The null rule lives here, once: `closed` turns every comparison with a missing value false at the place where it is
compiled, so that `not` is a plain complement everywhere above. Sources (`only`), events (`where`) and contacts
(fields) all compile here; what looks beyond the row is handed to `beyond`, and `column` says where a field is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import reduce
from operator import and_, or_

import narwhals as nw

from segtool.config.columns import VALUE
from segtool.config.document import Scalar
from segtool.config.fields import boolean_of, number_of
from segtool.config.frozen import dataclass
from segtool.config.operators import NUMBER, TEXT
from segtool.config.times import Duration
from segtool.config.tree import (
    All,
    AnyOf,
    Bound,
    Condition,
    Did,
    Everyone,
    FieldTest,
    InArm,
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

Beyond = Callable[[Did | InSegment | InArm], nw.Expr]
Column = Callable[[str, Duration | None], nw.Expr]
Judged = Callable[[FieldTest], nw.Expr | None]


def closed(expression: nw.Expr) -> nw.Expr:
    """The null rule: a comparison with a missing value is false."""
    return expression.fill_null(False)


def false() -> nw.Expr:
    return nw.lit(False)


def _refuse(leaf: Did | InSegment | InArm) -> nw.Expr:
    raise TypeError(f"{type(leaf).__name__} is no condition on one row")


def _plain(column: str, change: Duration | None) -> nw.Expr:
    assert change is None, column
    return nw.col(column)


def compile_condition(
    condition: Condition,
    clock: Clock,
    beyond: Beyond = _refuse,
    column: Column = _plain,
    judged: Judged = lambda _: None,
) -> nw.Expr:
    """The condition as a boolean expression without missing values.

    `beyond` says what is no condition on one row, `column` what a field is, `judged` where a test was judged already.
    """
    return _Rows(clock, beyond, column, judged).condition(condition)


DECIMALS = 9
"""What is computed is compared to this many places, so that 0.1 + 0.2 is 0.3. Values of a file are exact."""


def within_bounds(value: nw.Expr, bounds: tuple[Bound, ...]) -> nw.Expr:
    """Every bound holds; false where the value is missing."""
    return closed(reduce(and_, (_bound(value, bound.key, _short(bound.number)) for bound in bounds)))


def within_decimals(value: nw.Expr, bounds: tuple[Bound, ...]) -> nw.Expr:
    """Every bound holds to DECIMALS, of a value that has no more than these; false where it is missing."""
    return within_bounds(value, tuple(replace(bound, number=round(bound.number, DECIMALS)) for bound in bounds))


def to_decimals(value: nw.Expr) -> nw.Expr:
    return value.cast(nw.Float64).round(DECIMALS)


def _short(number: float) -> float:
    """A whole number as one, so that a column of whole numbers is compared as it is."""
    return int(number) if abs(number) < 1 << 31 and number == int(number) else number


def _bound(value: nw.Expr, key: str, limit: float) -> nw.Expr:
    return {
        "at_least": lambda: value >= limit,
        "at_most": lambda: value <= limit,
        "above": lambda: value > limit,
        "below": lambda: value < limit,
        "exactly": lambda: value == limit,
    }[key]()


@dataclass(frozen=True)
class _Rows:
    """Compiles conditions on one kind of row."""

    clock: Clock
    beyond: Beyond
    column: Column
    judged: Judged

    def condition(self, condition: Condition) -> nw.Expr:
        match condition:
            case Everyone():
                return nw.lit(True)
            case All(of):
                return reduce(and_, (self.condition(inner) for inner in of))
            case AnyOf(of):
                return reduce(or_, (self.condition(inner) for inner in of))
            case Not(of):
                return ~self.condition(of)
            case Some(bounds, of):
                count = nw.sum_horizontal(*(self.condition(inner).cast(nw.Int32) for inner in of))
                return within_bounds(count, bounds)
            case FieldTest(tests=tests):
                known = self.judged(condition)
                return known if known is not None else reduce(and_, (self._test(test, condition) for test in tests))
        return self.beyond(condition)

    def _test(self, test: Test, condition: FieldTest) -> nw.Expr:
        known = condition.field.column is not None
        positive = closed(self._positive(test, condition)) if known else false()
        return ~positive if test.negated else positive

    def _positive(self, test: Test, condition: FieldTest) -> nw.Expr:
        field, operand = condition.field, test.operand
        column = self.column(field.column or "", condition.change)
        if field.type == "list" and not isinstance(operand, bool) and test.operator != "size":
            return _list_test(test.operator, field, _scalars(operand), condition.match_case)
        if test.operator == "is_set":
            return ~column.is_null()
        if isinstance(operand, Window):
            return windows.lies_within(column, field.type, operand, self.clock, self._other)
        assert isinstance(operand, tuple), test
        if test.operator == "size":
            bounds = tuple(bound for bound in operand if isinstance(bound, Bound))
            return within_bounds(column.list.len().cast(nw.Int64), bounds)
        values = tuple(item for item in operand if isinstance(item, Scalar | Ref))
        if field.type in NUMBER:
            computed = (field.column or "").startswith(VALUE)
            return self._number_test(test.operator, column, values, DECIMALS if computed else None)
        if field.type == "boolean":
            return _any([column == self._boolean(value) for value in values])
        assert field.type in TEXT, field
        return self._text_test(test.operator, column, values, condition.match_case)

    def _other(self, ref: Ref) -> nw.Expr:
        """Another field that is compared with; missing where the row has none."""
        return self.column(ref.column, None) if ref.column is not None else nw.lit(None)

    def _number(self, value: Scalar | Ref, decimals: int | None) -> object:
        """What a number is compared with; beside a computed one, to as many decimals."""
        if isinstance(value, Ref):
            other = self._other(value)
            return other if decimals is None else other.cast(nw.Float64).round(decimals)
        number = number_of(value)
        return number if decimals is None or number is None else round(number, decimals)

    def _boolean(self, value: Scalar | Ref) -> object:
        return self._other(value) if isinstance(value, Ref) else boolean_of(value)

    def _number_test(
        self, operator: str, column: nw.Expr, values: tuple[Scalar | Ref, ...], decimals: int | None
    ) -> nw.Expr:
        read = [self._number(value, decimals) for value in values]
        if operator in ("is", "in"):
            return _any([column == value for value in read])
        return {
            "between": lambda: (column >= read[0]) & (column <= read[-1]),
            "above": lambda: column > read[0],
            "at_least": lambda: column >= read[0],
            "below": lambda: column < read[0],
            "at_most": lambda: column <= read[0],
        }[operator]()

    def _text_test(self, operator: str, column: nw.Expr, values: tuple[Scalar | Ref, ...], match_case: bool) -> nw.Expr:
        if operator == "matches":
            patterns = [value.text for value in values if isinstance(value, Scalar)]
            return _any([column.str.contains(pattern if match_case else f"(?i){pattern}") for pattern in patterns])
        known = [value.text.strip() for value in values if isinstance(value, Scalar)]
        fields = [self._other(value) for value in values if isinstance(value, Ref) and value.column is not None]
        texts = known if match_case else [text.lower() for text in known]
        others = fields if match_case else [field.str.to_lowercase() for field in fields]
        folded = column if match_case else column.str.to_lowercase()
        if operator in ("is", "in"):
            among = [folded == texts[0] if len(texts) == 1 else folded.is_in(texts)] if texts else []
            return _any([*among, *(folded == other for other in others)])
        compare = {
            "contains": lambda value: folded.str.contains(value, literal=True),
            "starts_with": folded.str.starts_with,
            "ends_with": folded.str.ends_with,
        }[operator]
        given: list[str | nw.Expr] = [*texts, *others]
        return _any([compare(value) for value in given])


def _any(expressions: list[nw.Expr]) -> nw.Expr:
    return reduce(or_, expressions) if expressions else false()


def _scalars(operand: object) -> tuple[Scalar, ...]:
    return tuple(item for item in operand if isinstance(item, Scalar)) if isinstance(operand, tuple) else ()


def _list_test(operator: str, field: Ref, values: tuple[Scalar, ...], match_case: bool) -> nw.Expr:
    column = nw.col(field.column if match_case and field.column else f"{FOLDED}{field.column}")
    texts = [value.text.strip() for value in values]
    held = [closed(column.list.contains(text if match_case else text.lower())) for text in texts]
    return reduce(and_ if operator == "has_all" else or_, held)
