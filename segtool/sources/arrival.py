"""Whether an export has arrived: young enough for its source's `max_age`, and marked as finished by its `ready` file.

Looks at names and times alone, before anything is read. The clock of the machine comes from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from segtool.config import times
from segtool.config.problems import Problems
from segtool.config.settings import SourceSpec
from segtool.logic.clock import Clock
from segtool.sources.context import Context
from segtool.sources.files import FileRecord, SourceFile, expand, shown_path

_STEPS = (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1))


def check_arrival(spec: SourceSpec, files: Sequence[SourceFile], context: Context, problems: Problems) -> None:
    """Collects what says that the files are not those that the source waits for."""
    if not files:
        return
    newest = max(files, key=lambda file: file.modified_ns)
    _old(spec, newest, len(files) > 1, context, problems)
    _unfinished(spec, newest, context, problems)


def _old(spec: SourceSpec, newest: SourceFile, several: bool, context: Context, problems: Problems) -> None:
    step = times.duration(spec.settings.max_age or "")
    if step is None:
        return
    written = modified(newest)
    oldest = Clock(context.now, context.clock.zone).moved(step, -1).replace(tzinfo=UTC)
    if written < oldest:
        local = written.astimezone(ZoneInfo(context.clock.zone))
        age = elapsed(context.now - written)
        among = ", the newest of its files," if several else ""
        message = (
            f"{newest.shown}{among} was written {local:%Y-%m-%d %H:%M}, {age} ago, and max_age is {step}; "
            "did the export run?"
        )
        problems.error("old-file", message, spec.place("max_age"))


def _unfinished(spec: SourceSpec, newest: SourceFile, context: Context, problems: Problems) -> None:
    """A marker of an earlier export says nothing of this one: it must not be older than the newest file."""
    for position, pattern in enumerate(spec.settings.ready or ()):
        at = spec.place("ready", position) or spec.place("ready")
        stamps = [(path.stat().st_mtime_ns, path) for path in expand(pattern, context.folder)]
        if not stamps:
            message = f'there is no {pattern} yet, so the export of source "{spec.name}" is not finished'
            problems.error("not-ready", f"{message}; run again when it is there", at)
            continue
        stamp, path = max(stamps)
        if stamp < newest.modified_ns:
            marker = shown_path(path, context.folder)
            message = f"{newest.shown} was written after {marker}, so a new export has begun and is not finished"
            problems.error("not-ready", f"{message}; run again when {marker} is written anew", at)


def modified(file: SourceFile | FileRecord) -> datetime:
    """When the file was last written, aware."""
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=file.modified_ns // 1000)


def elapsed(age: timedelta) -> str:
    """`4 seconds`, `26 hours`: in the largest unit of which there are at least two, or else in seconds."""
    seconds = max(0, int(age.total_seconds()))
    unit, length = next((step for step in _STEPS if seconds >= 2 * step[1]), _STEPS[-1])
    count = seconds // length
    return f"{count:,} {unit}{'' if count == 1 else 's'}"
