"""`check`: every problem of the rules and the files. The same passes as a run, stopped before evaluating."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from segtool.api.inputs import Step, clock_of, quiet, read
from segtool.config.problems import Problem, Problems
from segtool.config.settings import Config
from segtool.sources.overrides import read_overrides


def check(config: Config, step: Step = quiet) -> list[Problem]:
    """Every problem of the rules and the files, errors and warnings, in source order."""
    problems = Problems()
    with TemporaryDirectory(prefix="segtool-") as scratch:
        resolved, tables = read(config, clock_of(config, None), Path(scratch), problems, step)
        read_overrides(resolved, tables, problems)
    return list(problems.sorted)
