"""`check`: every problem of the rules and the files, by the same passes as a run, and what is probably not meant."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from segtool.api.inputs import Step, clock_of, quiet, read
from segtool.config.problems import Problem, Problems
from segtool.config.settings import Config
from segtool.lint.review import review
from segtool.output import template
from segtool.sources.overrides import read_overrides


def check(config: Config, step: Step = quiet) -> list[Problem]:
    """Every problem of the rules and the files, errors and warnings, in source order.

    What is only probably a mistake is looked for where there is none for certain.
    """
    problems = Problems(config.silence)
    with TemporaryDirectory(prefix="segtool-") as scratch:
        clock = clock_of(config, None)
        resolved, tables = read(config, clock, Path(scratch), problems, step)
        overrides = read_overrides(resolved, tables, problems)
        if not problems.errors:
            step("looking at the rules")
            review(resolved, tables, overrides, clock, problems)
    template.read(config, problems)
    return list(problems.sorted)
