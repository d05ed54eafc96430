"""The operators of field conditions: one table that the parser, the schema and the documentation read.

A negative operator is only a name for the complement of its base; nothing else in the tool knows about it.
"""

from __future__ import annotations

from segtool.config.frozen import dataclass

ColumnType = str
TEXT: tuple[ColumnType, ...] = ("text", "email")
NUMBER: tuple[ColumnType, ...] = ("integer", "number")
TIME: tuple[ColumnType, ...] = ("date", "datetime")
TYPES: tuple[ColumnType, ...] = (*TEXT, *NUMBER, "boolean", *TIME, "list")

IN_WORDS = {
    "text": "text",
    "email": "e-mail addresses",
    "integer": "numbers",
    "number": "numbers",
    "boolean": "true/false values",
    "date": "dates",
    "datetime": "dates with times",
    "list": "lists",
}


@dataclass(frozen=True)
class Operator:
    """`operand` says what stands behind the colon:

    flag · one · several (one or a list of them) · list · pair · duration · point · day · period · anniversary · bounds
    """

    name: str
    base: str
    types: tuple[ColumnType, ...]
    operand: str
    summary: str

    @property
    def negated(self) -> bool:
        return self.name != self.base


def _positive(name: str, types: tuple[ColumnType, ...], operand: str, summary: str) -> Operator:
    return Operator(name, name, types, operand, summary)


_SCALARS = (*TEXT, *NUMBER, "boolean")

OPERATORS: dict[str, Operator] = {
    operator.name: operator
    for operator in (
        _positive("is_set", TYPES, "flag", "whether there is a value at all"),
        _positive("is", _SCALARS, "several", "equal to the value, or to any of a list"),
        Operator("is_not", "is", _SCALARS, "several", "complement of is"),
        _positive("in", (*TEXT, *NUMBER), "list", "equal to any of the list"),
        Operator("not_in", "in", (*TEXT, *NUMBER), "list", "complement of in"),
        _positive("contains", TEXT, "several", "the text, or any of a list, is somewhere inside"),
        Operator("not_contains", "contains", TEXT, "several", "complement of contains"),
        _positive("starts_with", TEXT, "several", "begins with the text, or any of a list"),
        Operator("not_starts_with", "starts_with", TEXT, "several", "complement of starts_with"),
        _positive("ends_with", TEXT, "several", "ends with the text, or any of a list"),
        Operator("not_ends_with", "ends_with", TEXT, "several", "complement of ends_with"),
        _positive("matches", TEXT, "several", "fits the regular expression, anywhere in the text"),
        Operator("not_matches", "matches", TEXT, "several", "complement of matches"),
        _positive("above", NUMBER, "one", "greater than"),
        _positive("at_least", NUMBER, "one", "greater than or equal to"),
        _positive("below", NUMBER, "one", "less than"),
        _positive("at_most", NUMBER, "one", "less than or equal to"),
        _positive("between", (*NUMBER, *TIME), "pair", "from the first to the second, both included"),
        Operator("not_between", "between", (*NUMBER, *TIME), "pair", "complement of between"),
        _positive("in_last", TIME, "duration", "within the time up to now"),
        Operator("not_in_last", "in_last", TIME, "duration", "complement of in_last"),
        _positive("in_next", TIME, "duration", "within the time from now on"),
        Operator("not_in_next", "in_next", TIME, "duration", "complement of in_next"),
        _positive("older_than", TIME, "duration", "longer ago than"),
        _positive("before", TIME, "point", "strictly before"),
        _positive("after", TIME, "point", "strictly after"),
        _positive("since", TIME, "point", "at or after"),
        _positive("until", TIME, "point", "at or before"),
        _positive("on", TIME, "day", "within that day"),
        Operator("not_on", "on", TIME, "day", "complement of on"),
        _positive("during", TIME, "period", "within the calendar period"),
        Operator("not_during", "during", TIME, "period", "complement of during"),
        _positive("anniversary", TIME, "anniversary", "the same day of any year"),
        _positive("has", ("list",), "one", "the element is in the list"),
        _positive("has_any", ("list",), "list", "at least one of the elements is in the list"),
        _positive("has_all", ("list",), "list", "every one of the elements is in the list"),
        Operator("has_none", "has_any", ("list",), "list", "complement of has_any"),
        _positive("size", ("list",), "bounds", "how many elements the list has"),
    )
}

BOUNDS = ("at_least", "at_most", "above", "below", "exactly")
WINDOWS = ("in_last", "in_next", "older_than", "before", "after", "since", "until", "on", "between", "during")
MEASURES = ("sum", "average", "min", "max", "distinct", "periods")
ORDER = ("first_time", "most_recent", "has", "then", "then_not", "within")
PICKS = ("first", "last", "most_common")
CLOCK_FREE = ("minute", "hour", "day", "week")
CALENDAR = ("day", "week", "month")
