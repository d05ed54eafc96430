"""How many contacts fit which conditions: all of them asked first, and answered by one query."""

from __future__ import annotations

from dataclasses import field

import narwhals as nw

from segtool.config.frozen import dataclass
from segtool.config.tree import Condition
from segtool.plan import engines
from segtool.plan.plan import Plan

_ALL = "§contacts"


@dataclass
class Counts:
    """Conditions and how many contacts fit them; equal conditions are counted once."""

    plan: Plan
    _names: dict[Condition, str] = field(default_factory=dict)
    _found: dict[str, int] = field(default_factory=dict)

    def ask(self, condition: Condition) -> None:
        """Asks how many contacts fit."""
        self._names.setdefault(condition, f"§count:{len(self._names)}")

    def collect(self) -> None:
        """Answers all that was asked."""
        fits = {name: self.plan.condition(condition).cast(nw.Int64) for condition, name in self._names.items()}
        # As columns first: a condition that is true or false for everyone is no column that could be added up.
        frame = self.plan.frame(()).with_columns(**fits).select(nw.len().alias(_ALL), nw.col(*fits).sum())
        found = engines.collect(frame, "polars", self.plan.small).row(0, named=True)
        self._found = {name: int(number or 0) for name, number in found.items()}

    @property
    def contacts(self) -> int:
        """How many contacts there are."""
        return self._found[_ALL]

    def of(self, condition: Condition) -> int:
        """How many contacts fit."""
        return self._found[self._names[condition]]
