"""What values and lists ask of the plan that they become part of."""

from __future__ import annotations

from typing import Protocol

import narwhals as nw

from segtool.config.settings import Config
from segtool.config.times import Duration
from segtool.config.tree import Condition, Ref
from segtool.logic.clock import Clock
from segtool.plan.layers import Layers
from segtool.plan.measures import Measures


class Maker(Protocol):
    """A plan in the making: whatever is asked for becomes part of it."""

    config: Config
    clock: Clock
    layers: Layers
    measures: Measures

    def condition(self, condition: Condition, clock: Clock | None = None) -> nw.Expr:
        """The condition about a contact, judged at the clock's instant."""

    def column(self, name: str, clock: Clock | None = None) -> nw.Expr:
        """A field, or a value at the clock's instant."""

    def column_name(self, name: str, clock: Clock) -> str:
        """The name of the column that holds a field or value at the clock's instant."""

    def change(self, name: str, step: Duration, clock: Clock | None = None) -> nw.Expr:
        """How much a value has changed by the clock's instant since `step` before it."""

    def field(self, name: str) -> Ref:
        """The field that a list names, resolved."""
