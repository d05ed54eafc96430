"""What became of the rows of a file, counted while they were typed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from segtool.config.frozen import dataclass


@dataclass(frozen=True)
class Tally:
    """What became of the rows of a file, by STATUS; how many cells of its kept rows were rejected; and its events.

    `repeated` kept rows are of somebody whose row is another one.
    """

    counts: Mapping[int, int]
    cells: int
    events: frozenset[str]
    repeated: int = 0

    @property
    def plain(self) -> dict[str, Any]:
        """As JSON may hold it; `of` takes it back."""
        counts = sorted(self.counts.items())
        return {"counts": counts, "cells": self.cells, "events": sorted(self.events), "repeated": self.repeated}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Tally:
        return cls(dict(data["counts"]), data["cells"], frozenset(data["events"]), data["repeated"])
