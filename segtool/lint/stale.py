"""Static lists whose definition changed after they were filled: they keep the people of the rule that was."""

from __future__ import annotations

from collections.abc import Mapping

from segtool.config.definition import definition
from segtool.config.problems import Problems
from segtool.config.settings import Config
from segtool.lint.rules import silenced

CODE = "stale-static"


def report(config: Config, filled: Mapping[str, str], problems: Problems) -> None:
    """`filled` holds the definition by which every list of the last run was made, a static one when it was filled."""
    for name, spec in config.segments.items():
        if spec.settings.kind == "static" and filled.get(name, definition(config, name)) != definition(config, name):
            message = (
                f'the definition of "{name}" changed after the list was filled, and a static list keeps its people; '
                f"segtool refresh {name} fills it anew"
            )
            problems.without(silenced(spec)).warning(CODE, message, spec.at)
