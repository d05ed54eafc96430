"""Text cells → typed cells: one expression per type.

A text that does not fit becomes missing; the caller compares with the text to find what was rejected. Reading rules:
LANGUAGE sections 3 and 10.
"""

from __future__ import annotations

import polars as pl

from segtool.config.frozen import dataclass
from segtool.sources import numbers
from segtool.sources.dates import instant, local_day

_YES = (
    *("true", "yes", "y", "t", "1", "1.0", "x", "on", "✓", "✔", "☑"),
    *("wahr", "ja", "j", "vrai", "oui", "verdadero", "verdadeiro", "sí", "si", "sim", "vero", "sì", "waar"),
    *("sant", "sand", "sann", "tosi", "prawda", "tak", "pravda", "ano", "igaz", "igen", "истина", "да", "jā"),
)
_NO = (
    *("false", "no", "n", "f", "0", "0.0", "off"),
    *("falsch", "nein", "faux", "non", "falso", "não", "nao", "onwaar", "nee"),
    *("falskt", "falsk", "usann", "nej", "nei", "epätosi", "fałsz", "nie", "nepravda", "ne", "hamis", "nem"),
    *("ложь", "нет", "nē"),
)
_TRUTH = {**dict.fromkeys(_YES, True), **dict.fromkeys(_NO, False)}
"""As exports say it, and Excel in the languages it speaks. A cross means yes, and its absence nothing."""

SHORTENED = r"^'?[0-9](?:[.,][0-9]+)?[eE]\+[0-9]+$"
"""What a spreadsheet makes of a long number: the rest of its digits is lost."""

_SEPARATOR = "\x1f"

TYPES: dict[str, pl.DataType] = {
    "text": pl.String(),
    "email": pl.String(),
    "integer": pl.Int64(),
    "number": pl.Float64(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us"),
    "list": pl.List(pl.String()),
}
"""What the values of a type are."""


@dataclass(frozen=True)
class Reading:
    """How the texts of one column are read. `dates` are readings or strftime patterns, tried in this order."""

    kind: str
    zone: str = "UTC"
    decimal: str = "."
    dates: tuple[str, ...] = ("iso",)
    separator: str = ","


def typed(text: pl.Expr, reading: Reading) -> pl.Expr:
    """The column as its type; missing where the text does not fit."""
    match reading.kind:
        case "integer":
            return numbers.whole(text, reading.decimal)
        case "number":
            return numbers.number(text, reading.decimal)
        case "boolean":
            return text.str.to_lowercase().replace_strict(_TRUTH, default=None, return_dtype=pl.Boolean)
        case "date":
            return local_day(text, reading.zone, reading.dates)
        case "datetime":
            return instant(text, reading.zone, reading.dates)
        case "list":
            return elements(text, reading.separator)
        case "email":
            return text.str.to_lowercase()
    return text


def identity(text: pl.Expr, address: bool) -> pl.Expr:
    """A contact's id: addresses in lower case; others as they are, without Excel's apostrophe or `.0`.

    What a spreadsheet has shortened is nobody's: two of them may look the same.
    """
    if address:
        return text.str.to_lowercase()
    plain = text.str.strip_prefix("'").str.strip_chars().str.replace(r"^(\d+)\.0$", "$1")
    return pl.when((plain != "") & ~plain.str.contains(SHORTENED)).then(plain)


def elements(text: pl.Expr, separator: str = ",") -> pl.Expr:
    """The elements of a cell, quotes removed, blank ones dropped; missing when there are none."""
    if len(separator) > 1:
        found = elements(text.str.replace_all(separator, _SEPARATOR, literal=True), _SEPARATOR)
        return found.list.eval(pl.element().str.replace_all(_SEPARATOR, separator, literal=True))
    inside = f"[^\\x{{{ord(separator):x}}}]"
    quoted = pl.element().str.strip_chars()
    bare = (
        pl.when(quoted.str.contains(r'(?s)^".*"$'))
        .then(quoted.str.slice(1, quoted.str.len_chars() - 2).str.replace_all('""', '"', literal=True))
        .otherwise(quoted)
        .str.strip_chars()
    )
    parts = text.str.extract_all(rf'\s*"(?:[^"]|"")*"\s*|{inside}+').list.eval(bare.filter(bare != ""))
    return pl.when(parts.list.len() > 0).then(parts)
