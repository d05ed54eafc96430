"""What the first rows of a file say of a column's type, to be held to by every other row of it.

A type is judged over every value, never over a sample alone. But the pass that types the values can check that each
of them fits what was claimed of it; only where one does not, the file is looked through before it is typed again.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from segtool.config.frozen import dataclass
from segtool.sources import inference, numbers, spelling, stamps
from segtool.sources.dates import READINGS


class RefutedError(Exception):
    """Some values are not what was claimed of these columns."""

    def __init__(self, columns: Sequence[str]) -> None:
        super().__init__(", ".join(columns))
        self.columns = tuple(columns)


@dataclass(frozen=True)
class Claim:
    """That every value of a column fits `kind`, a candidate of inference; or for "unslashed" that none is a date whose
    day and month could change places, and for "plain" that all are numbers without marks. `clock` says that times of
    day are expected; without it none has one.
    """

    kind: str
    decimal: str = "."
    clock: bool = False

    def holds(self, text: pl.Series, value: pl.Series, plainly: bool = False) -> bool:
        """Whether it does for these texts, read as these values; `plainly` where all are spelled as programs do."""
        if self.kind == "unslashed":
            # What is all read as it was claimed to be spelled is not spelled otherwise.
            return value.null_count() == text.null_count() or not spelling.is_slashed(text).any()
        if self.kind == "plain":
            return self._all(text, numbers.is_plain(pl.col("text")) | pl.col("text").is_null())
        if self.kind in READINGS:
            return self._are_dates(text, value, plainly)
        return self._all(text, inference.fits(pl.col("text"), self.kind, self.decimal))

    def _are_dates(self, text: pl.Series, value: pl.Series, plainly: bool) -> bool:
        if plainly and self.kind == "iso" and self.clock and value.dtype == pl.Datetime:
            return True  # plain dates with a time were read, each held to its spelling
        if self.kind == "iso" and value.null_count() == text.null_count():
            plain = stamps.are_stamps(text) if self.clock else stamps.are_days(text)
            if plain:
                return True
        timed = pl.col("text").str.contains(":", literal=True)
        fitting = inference.fits(pl.col("text"), self.kind, self.decimal)
        return self._all(text, fitting if self.clock else fitting & ~timed)

    def _all(self, text: pl.Series, holds: pl.Expr) -> bool:
        """Whether something holds for every text that is there."""
        return bool(text.alias("text").to_frame().select(holds.all()).item())
