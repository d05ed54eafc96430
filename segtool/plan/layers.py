"""Columns that are made of other columns, in as few steps as their dependencies allow.

A column is defined once under its name, however many ask for it; asking while another is being defined makes that
one wait for it. `applied` adds them layer by layer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

import narwhals as nw
import polars as pl

from segtool.config.frozen import dataclass
from segtool.plan.flags import Frame

Native = Callable[[], pl.Expr]


@dataclass
class Layers:
    """Defined columns with their layer. Native ones are for what the portable expressions lack."""

    _columns: dict[str, tuple[int, nw.Expr | Native]] = field(default_factory=dict)
    _open: list[int] = field(default_factory=list)

    def define(self, name: str, make: Callable[[], nw.Expr | Native]) -> nw.Expr:
        """The column `name`, made by `make` when it is asked for first."""
        if name not in self._columns:
            self._open.append(0)
            made = make()
            self._columns[name] = (self._open.pop(), made)
        if self._open:
            self._open[-1] = max(self._open[-1], self._columns[name][0] + 1)
        return nw.col(name)

    def applied(self, frame: Frame) -> Frame:
        """The frame with every defined column."""
        for layer in sorted({layer for layer, _ in self._columns.values()}):
            made = {name: expression for name, (level, expression) in self._columns.items() if level == layer}
            portable = [column.alias(name) for name, column in made.items() if isinstance(column, nw.Expr)]
            native = [column().alias(name) for name, column in made.items() if not isinstance(column, nw.Expr)]
            frame = frame.with_columns(*portable) if portable else frame
            frame = nw.from_native(frame.to_native().with_columns(native)) if native else frame
        return frame
