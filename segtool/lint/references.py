"""References between lists that deserve a second look.

A list that others refer to and that writes none itself is a helper, or was switched off and forgotten; only its author
knows, and says so with `silence`. One that writes none and that nothing refers to does nothing at all.
"""

from __future__ import annotations

from segtool.config.computed import conditions_of
from segtool.config.problems import Problems
from segtool.config.settings import Config
from segtool.config.tree import Ref, segments_of
from segtool.lint.rules import silenced

UNLISTED, UNUSED = "unlisted-reference", "unused-segment"


def report(config: Config, problems: Problems) -> None:
    values = [condition for value in config.values.values() for condition in conditions_of(value.value)]
    used: list[tuple[Ref, tuple[str, ...]]] = [(ref, ()) for condition in values for ref in segments_of(condition)]
    used += [(ref, ()) for ref in (*config.suppress, *(ref for group in config.exclusive.values() for ref in group))]
    used += [(ref, silenced(spec)) for spec in config.segments.values() for ref in spec.needs]
    for ref, silence in used:
        other = config.segments[ref.name]
        if not other.settings.list:
            message = (
                f'"{ref.name}" writes no list (list: false); if it is meant as a helper, write '
                f"silence: {UNLISTED} there"
            )
            problems.without(silence).without(silenced(other)).warning(UNLISTED, message, ref.at)
    names = {ref.name for ref, _ in used}
    for spec in config.segments.values():
        if not spec.settings.list and spec.name not in names:
            message = (
                f'"{spec.name}" writes no list (list: false), and nothing refers to it; remove it, or its list: false'
            )
            problems.without(silenced(spec)).warning(UNUSED, message, spec.at)
