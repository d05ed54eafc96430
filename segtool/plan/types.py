"""Column types of the language → types of the query."""

from __future__ import annotations

import narwhals as nw

_TYPES = {
    "text": nw.String(),
    "email": nw.String(),
    "number": nw.Float64(),
    "integer": nw.Int64(),
    "boolean": nw.Boolean(),
    "date": nw.Date(),
    "datetime": nw.Datetime("us"),
}


def cast(value: nw.Expr, kind: str) -> nw.Expr:
    """The value as that type."""
    return value.cast(_TYPES[kind])


def missing(kind: str) -> nw.Expr:
    """A value that nobody has."""
    return cast(nw.lit(None), kind)
