"""Numbers that are compared as texts.

A text column compares spellings, so that `is: 7030` does not find the zip code 07030, nor `is: 12` the cell 12.0. Said
only where that happens: the same number is there in another spelling.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from segtool.config.columns import VALUE
from segtool.config.document import Scalar
from segtool.config.fields import number_of
from segtool.config.frozen import dataclass
from segtool.config.operators import TEXT
from segtool.config.problems import Problems
from segtool.config.settings import Config
from segtool.config.tree import Condition, FieldTest, leaves
from segtool.lint.rules import deeds, rules_of
from segtool.sources.tables import Table

CODE = "number-as-text"


@dataclass(frozen=True)
class Compared:
    """A number that a rule compares with a text column of a source; `leaf` is the condition on contacts it is in."""

    leaf: Condition
    source: str
    column: str
    field: str
    value: Scalar
    silence: tuple[str, ...]


def report(config: Config, tables: Mapping[str, Table], problems: Problems) -> set[Condition]:
    """Warns of every such number; a query only where a text column is compared with one. Gives the conditions."""
    told: set[Condition] = set()
    found = list(dict.fromkeys(_compared(config, tables)))
    for source in dict.fromkeys(one.source for one in found):
        own = [one for one in found if one.source == source]
        frame = tables[source].frame.select(
            expression for number, one in enumerate(own) for expression in _asked(one, number)
        )
        answers = frame.collect(engine="streaming").row(0, named=True)
        for number, one in enumerate(own):
            if answers[f"count{number}"]:
                told.add(one.leaf)
                heard = problems.without(one.silence).without(config.sources[source].settings.silence or ())
                heard.warning(CODE, _said(one, answers[f"count{number}"], answers[f"other{number}"]), one.value.at)
    return told


def _said(one: Compared, count: int, other: str) -> str:
    rows = "1 row has" if count == 1 else f"{count:,} rows have"
    return (
        f'"{one.field}" holds text, so {one.value.text} is looked for in this spelling; {rows} that number in '
        f'another one, such as "{other}": write it so, or declare types: {{{one.column}: number}}'
    )


def _asked(one: Compared, number: int) -> tuple[pl.Expr, pl.Expr]:
    """How many rows have the number in another spelling, and one of these spellings."""
    text = pl.col(one.column)
    differs = text.str.to_lowercase() != one.value.text.strip().lower()
    same = text.str.strip_chars().cast(pl.Float64, strict=False) == float(number_of(one.value) or 0)
    other = text.filter((differs & same).fill_null(False))
    return other.len().alias(f"count{number}"), other.min().alias(f"other{number}")


def _compared(config: Config, tables: Mapping[str, Table]) -> Iterator[Compared]:
    """Every number beside `is` or `in` of a text column, of contacts and of events."""
    for rule in rules_of(config):
        for test, value in _numbers(rule.condition):
            column = test.field.column or ""
            own = config.contacts.name
            source, _, name = (own, "", column) if column in tables[own].columns.types else column.partition(".")
            if not column.startswith(VALUE) and source in tables:
                yield Compared(test, source, name, test.field.name, value, rule.silence)
    for did, silence in deeds(config):
        for part in (*did.parts, *(did.follow.parts if did.follow else ())):
            for condition in (part.where, part.has):
                for test, value in _numbers(condition) if condition is not None else ():
                    yield Compared(did, part.source, test.field.column or "", test.field.name, value, silence)


def _numbers(condition: Condition) -> Iterator[tuple[FieldTest, Scalar]]:
    for leaf in leaves(condition):
        if isinstance(leaf, FieldTest) and leaf.field.type in TEXT and leaf.field.column:
            for test in leaf.tests:
                values = test.operand if test.operator in ("is", "in") and isinstance(test.operand, tuple) else ()
                for value in values:
                    if isinstance(value, Scalar) and number_of(value) is not None:
                        yield leaf, value
