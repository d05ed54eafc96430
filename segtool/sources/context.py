"""What reading a source takes from outside, and the names of the columns that reading adds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from segtool.config.columns import INSTANT
from segtool.config.frozen import dataclass
from segtool.config.progress import Step, quiet
from segtool.config.settings import SourceSpec
from segtool.logic.clock import Clock
from segtool.sources.cache import Cache

if TYPE_CHECKING:
    from segtool.sources.places import Places

ROW = "§row"
FILE = "§file"
ID = "§id"
TIME = INSTANT
EVENT = "§event"
PLACE = "§place"
NUMBER = "§number"
BAD = "§bad"
STATUS = "§status"
KEPT, FILTERED, REJECTED = 0, 1, 2
ADDRESS = r"^[^@\s]+@[^@\s]+$"

Engine = Literal["in-memory", "streaming"]
IN_MEMORY: Engine = "in-memory"
STREAMED: Engine = "streaming"
"""How a query runs: rows that are in memory already are answered for sooner than they could be streamed."""


def key_column(number: int) -> str:
    """The column of events by which they are found in one of the source's lookups."""
    return f"§on:{number}"


@dataclass(frozen=True)
class Context:
    """What reading one source takes from outside: the clock, where to put tables, how ids look, what is asked for.

    `clock` is that of the rules and `now` that of the machine, by which files are old or new.
    `address` is None while the contacts themselves are read. `needed` of None asks for every column. `step` hears how
    far the reading is. `places` are those of the contacts, for events alone. `cached` is the folder of a cache that
    lasts; without one, tables are kept in `scratch`.
    """

    clock: Clock
    folder: Path
    scratch: Path
    now: datetime
    address: bool | None = None
    places: Places | None = None
    needed: Collection[str] | None = None
    step: Step = quiet
    cached: Path | None = None
    cache: Cache = field(default=None, repr=False)  # type: ignore[assignment]

    def __post_init__(self) -> None:
        if self.cache is None:  # the contexts made of this one share it
            folder = self.cached or self.scratch / "parts"
            object.__setattr__(self, "cache", Cache(folder, self.now, lasts=self.cached is not None))

    def zone(self, spec: SourceSpec) -> str:
        """Where times of this source without an offset are."""
        return spec.settings.timezone or self.clock.zone
