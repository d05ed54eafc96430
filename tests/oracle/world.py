"""What a segment is judged on: a configuration, typed rows, and one instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

Value = str | int | float | bool | date | datetime | list[str] | None
Row = Mapping[str, Value]
Spec = Mapping[str, Any]


@dataclass(frozen=True, repr=False)
class World:
    """Everything a run sees. Rows use our column names; datetimes are aware and in UTC."""

    config: Spec
    tables: Mapping[str, list[Row]]
    as_of: datetime

    def __repr__(self) -> str:
        """Short: what matters of a world is told when it goes wrong."""
        return f"World(as_of={self.as_of.isoformat()})"

    def _repr_pretty_(self, printer: Any, _cycle: bool) -> None:
        """Hypothesis prints a dataclass by its fields unless it is told otherwise."""
        printer.text(repr(self))

    @property
    def zone(self) -> ZoneInfo:
        """Where calendar days begin."""
        return ZoneInfo(self.config.get("timezone", "UTC"))

    @property
    def sources(self) -> Mapping[str, Spec]:
        """The declared sources by name."""
        sources: Mapping[str, Spec] = self.config["sources"]
        return sources

    def with_config(self, **changes: Any) -> World:
        """The same rows under a configuration that differs in some top-level keys."""
        return replace(self, config={**self.config, **changes})

    def with_table(self, source: str, rows: list[Row]) -> World:
        """The same configuration with other rows in one source."""
        return replace(self, tables={**self.tables, source: rows})
