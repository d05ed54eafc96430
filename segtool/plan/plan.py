"""Rules and tables → one lazy frame of contacts on which every rule is an expression.

The frame has ID, the fields that rules and lists name, and the results of every measure; nothing is computed
before it is collected, once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import narwhals as nw

from segtool.config.columns import Catalog
from segtool.config.fields import refs_of
from segtool.config.tree import Condition, Did, InSegment, leaves
from segtool.logic.clock import Clock
from segtool.logic.rows import FOLDED, compile_condition
from segtool.plan.flags import Frame
from segtool.plan.measures import Measures
from segtool.plan.passes import results
from segtool.sources.context import ID
from segtool.sources.tables import Table

SEGMENT = "§segment:"
"""Before a segment's name: the column that says who is on its list."""


@dataclass(frozen=True)
class Plan:
    """`contacts` is lazy; `rules` are expressions over it. A rule may look at SEGMENT columns of earlier ones."""

    contacts: Frame
    rules: Mapping[str, nw.Expr]
    measures: int


def build(rules: Mapping[str, Condition], fields: Iterable[str], tables: Mapping[str, Table], clock: Clock) -> Plan:
    """The plan for resolved rules by name, carrying `fields` (contact columns and `source.column`) along."""
    catalog: Catalog = {name: table.columns for name, table in tables.items()}
    measures = Measures(clock, catalog)

    def beyond(leaf: Did | InSegment) -> nw.Expr:
        if isinstance(leaf, Did):
            return measures.holds(leaf, clock)
        return nw.any_horizontal(*(nw.col(f"{SEGMENT}{ref.name}") for ref in leaf.names), ignore_nulls=True)

    expressions = {name: compile_condition(rule, clock, beyond) for name, rule in rules.items()}
    contacts = _contacts(tables, {*fields, *fields_of(rules.values())})
    frames = {name: nw.from_native(table.frame) for name, table in tables.items()}
    for frame in results(measures, frames):
        contacts = contacts.join(frame, on=ID, how="left")
    count = sum(len(found) for found in measures.of_stream.values()) + len(measures.across)
    return Plan(contacts, expressions, count)


def fields_of(rules: Iterable[Condition]) -> set[str]:
    """The contact columns and `source.column`s that resolved rules look at."""
    return {ref.column for rule in rules for leaf in leaves(rule) for ref in refs_of(leaf) if ref.column is not None}


def _contacts(tables: Mapping[str, Table], fields: set[str]) -> Frame:
    own = next(table for table in tables.values() if table.columns.role == "contacts")
    frame = nw.from_native(own.frame)
    for table in tables.values():
        if table.columns.role == "attributes":
            wanted = [f"{table.name}.{column}" for column in table.columns.types]
            taken = [column for column in wanted if column in fields and column not in own.columns.types]
            if taken:
                frame = frame.join(_attributes(table, taken), on=ID, how="left")
    return frame


def _attributes(table: Table, taken: list[str]) -> Frame:
    """ID and the columns that are asked for, as `source.column`."""
    chosen = [nw.col(ID)]
    for name in taken:
        column = name.removeprefix(f"{table.name}.")
        chosen.append(nw.col(column).alias(name))
        if table.columns.types[column] == "list":
            chosen.append(nw.col(f"{FOLDED}{column}").alias(f"{FOLDED}{name}"))
    return nw.from_native(table.frame).select(*chosen)
