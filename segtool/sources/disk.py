"""What a disk refuses, whoever was writing: as Python says it, with a number and the place."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def refusals(place: Path) -> Iterator[None]:
    """What is written inside goes to `place`: Polars tells of failures without it, and not always as OSError."""
    import polars as pl  # noqa: PLC0415

    try:
        yield
    except (OSError, pl.exceptions.ComputeError) as error:
        found = re.search(r"\(os error ([0-9]+)\)", str(error))
        if found is None:
            raise
        number = int(found.group(1))
        raise OSError(number, os.strerror(number), str(place)) from error
