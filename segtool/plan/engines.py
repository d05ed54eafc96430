"""Where a plan runs. Each engine collects lazy frames and hands back Polars data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import narwhals as nw
import polars as pl


def _polars(frames: Sequence[nw.LazyFrame[Any]]) -> list[pl.DataFrame]:
    # One after the other: each has all cores, and memory of its own only while it runs.
    return [frame.to_native().collect(engine="streaming") for frame in frames]


ENGINES: Mapping[str, Callable[[Sequence[nw.LazyFrame[Any]]], list[pl.DataFrame]]] = {"polars": _polars}


def collect(frames: Sequence[nw.LazyFrame[Any]], engine: str) -> list[pl.DataFrame]:
    """The data of lazy frames. Raises ValueError for an engine that is not there."""
    if engine not in ENGINES:
        raise ValueError(f"there is no engine {engine!r}; known: {', '.join(ENGINES)}")
    return ENGINES[engine](frames)
