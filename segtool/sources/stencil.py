"""Instants of many texts that are all laid out like `2026-05-01T09:00:00Z`: every sign stands where it always does.

Reads digits by their place, a column of digits at a time, in half the time that looking at each text takes. Says
nothing at all where a single text is laid out in another way, or tells no time that there is.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    import numpy as np

    Numbers = np.ndarray[Any, np.dtype[Any]]

MANY = 10_000
"""Fewer texts are read in less time than it takes to import NumPy."""
_DAY = "1970-01-01"
_CLOCK = "00:00:00"
_LAST = 9999
"""Years have four digits."""
_SECONDS = 24 * 60 * 60


def instants(text: pl.Series, between: str, mark: str) -> pl.Series | None:
    """Wall times of one text or more, missing where it is. `between` is what parts day and clock, `mark` is the end."""
    import numpy as np  # noqa: PLC0415

    layout = f"{_DAY}{between}{_CLOCK}{mark}"
    there = text.fill_null(layout) if text.has_nulls() else text
    if (there.str.len_bytes() != len(layout)).any():
        return None
    signs = there.cast(pl.Binary).bin.reinterpret(dtype=pl.Array(pl.UInt8, len(layout))).to_numpy()
    columns = np.ascontiguousarray(signs.T) - np.uint8(ord("0"))
    places = np.array([sign.isdigit() for sign in layout])
    others = np.frombuffer(layout.encode(), dtype=np.uint8)[~places] - np.uint8(ord("0"))
    if columns[places].max() > 9 or (columns[~places] != others[:, None]).any():
        return None
    seconds = _seconds(columns)
    if seconds is None:
        return None
    found = pl.Series(text.name, seconds * 1_000_000).cast(pl.Datetime("us"))
    return found.set(text.is_null(), None) if text.has_nulls() else found


def _seconds(columns: Numbers) -> Numbers | None:
    """Since 1970, of digits by their columns; None where one of them is no time."""
    century, year, month, day, hour, minute, second = (
        columns[place] * 10 + columns[place + 1] for place in (0, 2, 5, 8, 11, 14, 17)
    )
    years = century.astype("int32") * 100 + year
    if not (years.min() and month.min() > 0 and month.max() <= 12 and hour.max() < 24):
        return None
    if not (minute.max() < 60 and second.max() < 60 and day.min()):
        return None
    months = years * 12 + month - 13
    if (day > _lengths().take(months)).any():
        return None
    days = _first_days().take(months) + day - 1
    clock = (hour.astype("int32") * 60 + minute) * 60 + second
    seconds: Numbers = days.astype("int64") * _SECONDS + clock
    return seconds


@cache
def _first_days() -> Numbers:
    """Of each month from the year 1 on, in days since 1970."""
    import numpy as np  # noqa: PLC0415

    months = np.arange("0001-01", f"{_LAST + 1}-02", dtype="datetime64[M]")
    return months.astype("datetime64[D]").astype("int32")


@cache
def _lengths() -> Numbers:
    """How many days each of these months has."""
    import numpy as np  # noqa: PLC0415

    return np.diff(_first_days()).astype("uint8")
