"""Where a plan runs. Each engine collects a lazy frame and hands back Polars data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import narwhals as nw
import polars as pl

from segtool.sources.context import IN_MEMORY, STREAMED


def _polars(frame: nw.LazyFrame[Any], small: bool) -> pl.DataFrame:
    native: pl.LazyFrame = frame.to_native()
    return native.collect(engine=IN_MEMORY if small else STREAMED)


ENGINES: Mapping[str, Callable[[nw.LazyFrame[Any], bool], pl.DataFrame]] = {"polars": _polars}


def collect(frame: nw.LazyFrame[Any], engine: str, small: bool = False) -> pl.DataFrame:
    """The data of a lazy frame, which is over little where it is `small`. Raises ValueError for an engine that is not
    there."""
    if engine not in ENGINES:
        raise ValueError(f"there is no engine {engine!r}; known: {', '.join(ENGINES)}")
    return ENGINES[engine](frame, small)
