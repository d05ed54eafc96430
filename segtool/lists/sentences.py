"""One condition that changed, in a sentence with the values before and after.

Says what is there and what is needed, so that nobody has to look anything up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo

import polars as pl

from segtool.config import phrases, words
from segtool.config.document import Scalar
from segtool.config.fields import number_of
from segtool.config.frozen import dataclass
from segtool.config.tree import Bound, Condition, Did, FieldTest, InSegment, Test, Window

MISSING = "no value"
_LONGEST = 60
_SIDES = ("then", "now")
_PIECES = pl.DataFrame(schema=dict.fromkeys(("about", "then 0", "now 0", "needs"), pl.String))
"""Of a sentence: what it is about, the values before and after, and what is needed."""
_VERBS = {"is": "to be", "contains": "to contain", "starts": "to start", "ends": "to end", "matches": "to match"}


@dataclass(frozen=True)
class Told:
    """A condition that changed for some contacts, or its opposite, where that is needed.

    `now` is whom it is true for now. `values` are what it looks at, and then what that is compared with, before and
    after; none where there is no value to show.
    """

    leaf: Condition
    negated: bool
    now: pl.Series
    values: tuple[tuple[pl.Series, pl.Series], ...]


def in_words(told: Sequence[Told], zone: str) -> pl.Series:
    """A sentence for each of the contacts, one after the other: all of them are put together at once."""
    texts = iter(_texts([(part, one.leaf) for one in told for pair in one.values for part in pair], zone))
    parts = [_PIECES.clear()]
    for one in told:
        values = {f"{side} {slot}": next(texts) for slot in range(len(one.values)) for side in _SIDES}
        parts.append(pl.DataFrame(_with_values(one, values) if values else {"now 0": _on_or_off(one)}))
    found = pl.concat(parts, how="diagonal")
    pieces = [pl.col("about"), *_both(0), pl.col("needs")]
    for slot in range(1, max((len(one.values) for one in told), default=0)):
        there = pl.when(pl.col(f"now {slot}").is_not_null())
        pieces += [there.then(pl.lit(" (")), *_both(slot), there.then(pl.lit(")"))]
    return found.select(pl.concat_str(pieces, ignore_nulls=True)).to_series()


def _on_or_off(told: Told) -> pl.Series:
    """`now on the list vip`, `no longer on the list vip`: where there is no value to show."""
    said = words.sentence(told.leaf)
    if isinstance(told.leaf, InSegment) and told.leaf.for_at_least is None:
        said = f"on {words.subject(told.leaf)}"
    return pl.Series([f"now {said}"]).zip_with(told.now, pl.Series([f"no longer {said}"]))


def _with_values(told: Told, values: Mapping[str, pl.Series]) -> dict[str, pl.Series]:
    """The pieces of `spent: 50 → 120, needs above the value of budget (100)`."""
    about, needs = f"{words.subject(told.leaf)}: ", f", needs {_needs(told.leaf, told.negated)}"
    constant = {
        name: pl.Series([text]).new_from_index(0, told.now.len()) for name, text in (("about", about), ("needs", needs))
    }
    return {**constant, **values}


def _both(slot: int) -> tuple[pl.Expr, pl.Expr]:
    """`3 → 1`; one value where both are the same."""
    before, after = (pl.col(f"{side} {slot}") for side in _SIDES)
    return pl.when(before != after).then(before + " → "), after


def _texts(values: Sequence[tuple[pl.Series, Condition]], zone: str) -> list[pl.Series]:
    """Values as people read them, those of a kind at once; numbers as what they are compared with asks for it."""
    alike: dict[tuple[pl.DataType, tuple[float, ...]], list[int]] = {}
    for number, (part, leaf) in enumerate(values):
        alike.setdefault((part.dtype, tuple(limits_of(leaf)) if part.dtype.is_float() else ()), []).append(number)
    found: dict[int, pl.Series] = {}
    for (kind, limits), numbers in alike.items():
        whole = pl.concat([values[number][0].alias("value") for number in numbers]).to_frame()
        texts, start = whole.select(as_text("value", kind, zone, limits)).to_series(), 0
        for number in numbers:
            found[number] = texts.slice(start, values[number][0].len())
            start += found[number].len()
    return [found[number] for number in range(len(values))]


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
