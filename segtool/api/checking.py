"""`check`: every problem of the rules and the files, by the same passes as a run, and what is probably not meant."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from segtool.api.inputs import clock_of, read, template_of
from segtool.config.problems import Problem, Problems
from segtool.config.progress import Step, quiet
from segtool.config.settings import Config
from segtool.lint.review import review
from segtool.sources.overrides import read_overrides
from segtool.store.errors import NewerStateError, StateError


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
            review(resolved, tables, overrides, _filled(config), clock, problems)
    if config.output.template is not None:
        template_of(config, problems)
    return list(problems.sorted)


def _filled(config: Config) -> dict[str, str]:
    """The definition by which every list of the last run was made; of a static one, by which it was filled."""
    if not config.state.exists():
        return {}
    # Deferred: what remembers runs is much, and a file is checked before it first runs.
    from segtool.store.snapshots import Snapshots  # noqa: PLC0415

    try:
        run = Snapshots(config.state).latest()
    except (StateError, NewerStateError):  # what is wrong with the state is for a run or verify to say
        return {}
    records = run.manifest.segments if run is not None else {}
    return {name: record.definition for name, record in records.items()}
