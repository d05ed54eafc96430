"""Where a plan runs. Each engine collects lazy frames, all at once, and hands back Polars data."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import narwhals as nw
import polars as pl


def _polars(frames: Sequence[nw.LazyFrame[Any]]) -> list[pl.DataFrame]:
    return pl.collect_all([frame.to_native() for frame in frames], engine="streaming")


ENGINES: Mapping[str, Callable[[Sequence[nw.LazyFrame[Any]]], list[pl.DataFrame]]] = {"polars": _polars}


def collect(frames: Sequence[nw.LazyFrame[Any]], engine: str) -> list[pl.DataFrame]:
    """The data of lazy frames, side by side. Raises ValueError for an engine that is not there."""
    if engine not in ENGINES:
        raise ValueError(f"there is no engine {engine!r}; known: {', '.join(ENGINES)}")
    return ENGINES[engine](frames)
