"""Texts spelled as programs spell them → values, at full speed; a column with any other text is left to `typing`.

Refuses nothing and rejects nothing: it says what a column is worth, or that somebody else has to look.
"""

from __future__ import annotations

import polars as pl

from segtool.sources import dates
from segtool.sources.typing import Reading

_SAFE = 15
"""So many characters hold no whole number that is too long for one."""


def values(text: pl.Series, reading: Reading) -> pl.Series | None:
    """The values of a column of which every text is spelled plainly; else None."""
    match reading.kind:
        case "text":
            return text
        case "email":
            return text.str.to_lowercase()
        case "integer":
            return _whole(text)
        case "number" if reading.decimal == ".":
            return _complete(text, text.cast(pl.Float64, strict=False))
        case "boolean":
            truth = text == "true"
            return truth if _all(truth | (text == "false")) else None
        case "datetime":
            return dates.alike(text, reading.zone, reading.dates)
    return None


def _whole(text: pl.Series) -> pl.Series | None:
    longest = text.str.len_bytes().max()
    if isinstance(longest, int) and longest > _SAFE:
        return None
    return _complete(text, text.cast(pl.Int64, strict=False))


def _complete(text: pl.Series, read: pl.Series) -> pl.Series | None:
    """What was read, where every text was, and to a number that there is."""
    finite = read.dtype == pl.Int64 or _all(read.is_finite())
    return read if finite and read.null_count() == text.null_count() else None


def _all(truth: pl.Series) -> bool:
    """Whether it holds wherever there is a text."""
    return bool(truth.all())
