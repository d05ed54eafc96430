"""Limits that stop a bad export from emptying a list: judged before anything is published, all of them.

A source that shrank too far stops the run. A list that changed too far is held at what it was, together with the
lists that refer to it. Percentages count from 100 on; from some rows to none is always too far.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from segtool.config.settings import Config, SegmentSpec, SourceSpec
from segtool.lists.changes import Change

SMALL = 100
WARN_LEFT = 20.0


@dataclass(frozen=True)
class Verdict:
    """One limit that was passed or came near: about a source or a list, with the numbers."""

    name: str
    kind: str
    message: str
    held: bool
    accepted: bool = False


def of_sources(config: Config, rows: Mapping[str, int], before: Mapping[str, int]) -> list[Verdict]:
    """Every source that lost more rows than it may; `held` says that nothing is published."""
    verdicts = []
    for name, spec in config.sources.items():
        was, now = before.get(name, 0), rows.get(name, 0)
        limit = _source_limit(spec, config)
        share = 100 * (was - now) / was if was else 0.0
        if (was and not now and limit < 100) or (was >= SMALL and share > limit):
            message = (
                f'source "{name}" has {now:,} rows, last run {was:,} ({_signed(-share)}, limit −{limit:g} %); '
                f"is the export complete? If so: --accept {name}"
            )
            verdicts.append(Verdict(name, "source_shrinks", message, held=True))
    return verdicts


def _source_limit(spec: SourceSpec, config: Config) -> float:
    own = spec.settings.guard
    return own.source_shrinks if own is not None else config.guards.source_shrinks


def of_lists(config: Config, changes: Mapping[str, Change], accept: Collection[str]) -> list[Verdict]:
    """Every list that changed more than it may (held) or nearly (a warning), and those that refer to a held one."""
    verdicts: list[Verdict] = []
    for name, change in changes.items():
        if change.before >= SMALL:
            verdicts += _of_list(config.segments[name], config, change, name in accept)
    held = {verdict.name for verdict in verdicts if verdict.held and not verdict.accepted}
    for name, spec in config.segments.items():
        needs = sorted(held & _reaches(spec, config))
        if name in changes and name not in held and needs and name not in accept:
            message = f'"{name}" refers to "{needs[0]}", which is held; it stays as it was'
            verdicts.append(Verdict(name, "refers", message, held=True))
    return verdicts


def _of_list(spec: SegmentSpec, config: Config, change: Change, accepted: bool) -> list[Verdict]:
    own, general = spec.settings.guard, config.guards
    left_limit = own.left if own and own.left is not None else general.left
    entered_limit = own.entered if own and own.entered is not None else general.entered
    now = change.now.members.height
    verdicts = []
    for kind, count, limit in (
        ("left", change.left.height, left_limit),
        ("entered", change.entered.height, entered_limit),
    ):
        share = 100 * count / change.before
        numbers = f"{change.before:,} → {now:,}, {count:,} {kind} ({share:.1f} %, limit {limit:g} %)"
        if share > limit:
            # A rule that moved is no bad export: its list follows the new rule, and the report says so.
            moved = change.moved
            way_out = f"; if that is right: --accept {spec.name}" if not moved and not accepted else ""
            message = f'"{spec.name}": {numbers}{"; " + change.note if moved else ""}{way_out}'
            verdicts.append(Verdict(spec.name, kind, message, held=not moved, accepted=accepted))
        elif kind == "left" and share >= WARN_LEFT:
            verdicts.append(Verdict(spec.name, kind, f'"{spec.name}": {numbers}', held=False))
    return verdicts


def _reaches(spec: SegmentSpec, config: Config) -> set[str]:
    """Every segment that decides who is on a list, directly or through others: suppressed ones, too."""
    found: set[str] = set()
    left = [*config.suppressors(spec.name), *(ref.name for ref in spec.needs)]
    while left:
        name = left.pop()
        if name not in found and name in config.segments:
            found.add(name)
            left += [ref.name for ref in config.segments[name].needs]
    return found


def _signed(share: float) -> str:
    return f"{share:+.1f} %".replace("-", "−")
