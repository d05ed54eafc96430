"""Where a plan runs. Each engine collects a lazy frame and hands back Polars data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import narwhals as nw
import polars as pl


def _polars(frame: nw.LazyFrame[Any]) -> pl.DataFrame:
    native: pl.LazyFrame = frame.to_native()
    return native.collect(engine="streaming")


ENGINES: Mapping[str, Callable[[nw.LazyFrame[Any]], pl.DataFrame]] = {"polars": _polars}


def collect(frame: nw.LazyFrame[Any], engine: str) -> pl.DataFrame:
    """The data of a lazy frame. Raises ValueError for an engine that is not there."""
    if engine not in ENGINES:
        raise ValueError(f"there is no engine {engine!r}; known: {', '.join(ENGINES)}")
    return ENGINES[engine](frame)
