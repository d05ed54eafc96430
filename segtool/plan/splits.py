"""Random arms that stay the same for ever, whoever else is in the file.

The place of a contact is the first eight bytes of SHA-256 of `salt`, a NUL and the id in UTF-8, as a big-endian
number divided by 2^64: from 0 up to 1. The arms take their percent of that line in the order they are written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import polars as pl

from segtool.config.computed import Split
from segtool.plan.layers import Native
from segtool.sources.context import ID


def place(salt: str, contact: str) -> float:
    """Where a contact stands on the line from 0 to 1."""
    digest = hashlib.sha256(f"{salt}\0{contact}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def arm(split: Split, contact: str) -> str:
    """The arm of a contact."""
    at, reached = place(split.salt, contact) * 100, 0.0
    for name, percent in split.arms:
        reached += percent
        if at < reached:
            return name
    return next(name for name, percent in reversed(split.arms) if percent)


def expression(split: Split) -> Native:
    """The arm of every contact, as a column."""

    def arms(ids: pl.Series) -> pl.Series:
        found: Sequence[str] = [arm(split, contact) for contact in ids]
        return pl.Series(ids.name, found, dtype=pl.String)

    return lambda: pl.col(ID).map_batches(arms, return_dtype=pl.String, is_elementwise=True)
