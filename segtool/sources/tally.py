"""What became of the rows of a file, counted while they were typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Tally:
    """What became of the rows of a file, by STATUS; how many cells of its kept rows were rejected; and its events."""

    counts: Mapping[int, int]
    cells: int
    events: frozenset[str]

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON may hold it; `of` takes it back."""
        return {"counts": sorted(self.counts.items()), "cells": self.cells, "events": sorted(self.events)}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Tally:
        return cls(dict(data["counts"]), data["cells"], frozenset(data["events"]))
