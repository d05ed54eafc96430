"""`load`: a segments file → a `Config`, or every problem that can be told without reading the data.

Needs no data frames: a slip is answered at once. When the text has mistakes, the headers of the files are looked at
too, so that misspelt fields and missing files are shown together with them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from segtool.config.load import read
from segtool.config.meaning import resolve
from segtool.config.problems import ConfigError, Problems
from segtool.config.settings import Config
from segtool.sources.headers import catalog


def load(source: str | Path | Mapping[str, Any], base: str | Path | None = None) -> Config:
    """The configuration in a file, or in a mapping whose relative paths begin at `base`.

    Raises ConfigError, which carries every problem found, each with file, line and column.
    """
    problems = Problems()
    config = read(source, base, problems)
    if problems.errors or config is None:
        if config is not None:
            quieter = problems.without(config.silence)
            resolve(config, catalog(config, quieter), quieter)
        raise ConfigError(problems.sorted)
    return config
