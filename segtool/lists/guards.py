"""Limits that stop a bad export from emptying a list: judged before anything is published, all of them.

A source that shrank too far stops the run. A list that changed too far is held at what it was, together with the
lists that refer to it. Percentages count from 100 on; from some rows to none is always too far.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from segtool.config.frozen import dataclass
from segtool.config.settings import Config, SegmentSpec, SourceSpec
from segtool.lists.changes import Change
from segtool.sources.arrival import elapsed, modified
from segtool.sources.files import FileRecord

SMALL = 100
WARN_LEFT = 20.0
RECENT = timedelta(minutes=10)
"""A file that was written so shortly before the run may still be being written."""

Exports = Mapping[str, Sequence[FileRecord]]
"""The files of every source, with their rows."""


@dataclass(frozen=True)
class Verdict:
    """One limit that was passed or came near: about a source or a list, with the numbers."""

    name: str
    kind: str
    message: str
    held: bool
    accepted: bool = False


def of_sources(config: Config, now: Exports, before: Exports, at: datetime) -> list[Verdict]:
    """Every source that lost more rows than it may, or that ends in the midst of a line as it did not before.

    `held` says that nothing is published. `at` is the real time.
    """
    verdicts = []
    for name, spec in config.sources.items():
        old, new = before.get(name, ()), now.get(name, ())
        was, rows = (sum(file.rows for file in files) for files in (old, new))
        limit = _source_limit(spec, config)
        share = 100 * (was - rows) / was if was else 0.0
        if (was and not rows and limit < 100) or (was >= SMALL and share > limit):
            about = new[0].path if len(new) == len(old) == 1 else f'source "{name}"'
            message = (
                f"{about} has {_count(rows, new)}, last run {was:,} ({_signed(-share)}, limit −{limit:g} %)"
                f"{_cause(new, old, at)}; is the export complete? If so: --accept {name}"
            )
            verdicts.append(Verdict(name, "source_shrinks", message, held=True))
        elif old and all(file.ended for file in old):
            verdicts += [_cut_off(name, file) for file in new if not file.ended]
    return verdicts


def _cut_off(name: str, file: FileRecord) -> Verdict:
    message = (
        f"{file.path} does not end with a line end, as the files of its source did last run, so its end is probably "
        f"missing ({file.rows:,} rows are there); fetch it again. If it is complete: --accept {name}"
    )
    return Verdict(name, "source_cut", message, held=True)


def _count(rows: int, files: Sequence[FileRecord]) -> str:
    if rows or not files:
        return f"{rows:,} rows"
    return "a header and no rows" if len(files) == 1 else "headers and no rows"


def _cause(now: Sequence[FileRecord], before: Sequence[FileRecord], at: datetime) -> str:
    """The likely cause: files that are gone, the one that lost most, or one that was only just written."""
    paths = {file.path: file for file in now}
    lost = sorted(before, key=lambda file: (paths[file.path].rows if file.path in paths else 0) - file.rows)
    gone = [file for file in lost if file.path not in paths]
    if len(now) < len(before) and gone:
        others = f" and {len(gone) - 1:,} more are" if len(gone) > 1 else " is"
        return f"; {gone[0].path} ({gone[0].rows:,} rows){others} not there any more"
    worst = next((paths[file.path] for file in lost if file.path in paths), now[0])
    said = ""
    if len(now) > 1 and worst.path == lost[0].path:
        said = f"; {worst.path} had {lost[0].rows:,} rows and has {worst.rows:,}"
    age = at - modified(worst)
    if age < RECENT:
        said += f"; {worst.path if len(now) > 1 else 'it'} was modified {elapsed(age)} before the run"
    return said


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
