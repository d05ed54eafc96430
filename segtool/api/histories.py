"""`history`: the size of every list over all runs, pruned ones too, and how large it will be if that goes on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from segtool.api.names import filled
from segtool.config.frozen import dataclass
from segtool.config.settings import Config
from segtool.lists.changes import DEFINITION, FIRST_RUN, NEW_LIST, REFRESHED
from segtool.lists.forecast import DAYS, FEWEST_DAYS, FEWEST_RUNS, Forecast, Size, TooFew, forecast
from segtool.store.errors import NoRunError
from segtool.store.manifest import Manifest, SegmentRecord
from segtool.store.snapshots import Snapshots

HELD = "held as it was"
CARRIED = "not part of this run"
_ANEW = (FIRST_RUN, NEW_LIST, DEFINITION, REFRESHED)
"""What people did before says nothing about the list that begins with one of these."""


@dataclass(frozen=True)
class Moment:
    """A list after one run: how many are on it, and how many entered and left in that run."""

    run: int
    as_of: str
    members: int
    entered: int
    left: int
    note: str = ""

    @property
    def net(self) -> int:
        return self.entered - self.left


@dataclass(frozen=True)
class ListHistory:
    """A list over the runs, oldest first. `forecast` is None where `why_not` says why."""

    segment: str
    label: str | None
    moments: tuple[Moment, ...]
    forecast: Forecast | None
    why_not: str = ""


@dataclass(frozen=True)
class History:
    """Every list that was asked for, in the order of the last run; lists that are gone come last."""

    timezone: str
    lists: Mapping[str, ListHistory]

    def __getitem__(self, segment: str) -> ListHistory:
        return self.lists[segment]


def history(config: Config, segments: Collection[str] = ()) -> History:
    """The sizes of these lists (of all, where none is named) over all runs, pruned ones too.

    Raises NoRunError before the first run, ConfigError for a list that no run has, and StateError.
    """
    runs = Snapshots(config.state).manifests()
    if not runs:
        raise NoRunError("there is no run yet; segtool run makes the first")
    names = dict.fromkeys(name for run in reversed(runs) for name in run.segments)
    for segment in segments:
        filled(segment, names, config)
    ceiling = _contacts(runs, config.contacts.name)
    chosen = [name for name in names if not segments or name in segments]
    return History(config.timezone, {name: _list(name, runs, ceiling, config) for name in chosen})


def _list(name: str, runs: Sequence[Manifest], ceiling: int | None, config: Config) -> ListHistory:
    records = [(run, run.segments[name]) for run in runs if name in run.segments]
    series: list[Size] = []
    for run, record in records:
        if record.carried or record.held:
            continue
        if record.note in _ANEW:
            series = []
        series.append(Size(datetime.fromisoformat(run.as_of), record.members, record.entered + record.left))
    moments = tuple(_moment(run, record) for run, record in records)
    found = _foretold(name, series, ceiling, config)
    label = records[-1][1].label
    if isinstance(found, Forecast):
        return ListHistory(name, label, moments, found)
    return ListHistory(name, label, moments, None, found)


def _moment(run: Manifest, record: SegmentRecord) -> Moment:
    entered, left = (0, 0) if record.carried else (record.entered, record.left)
    note = HELD if record.held else record.note
    return Moment(run.serial, run.as_of, record.members, entered, left, CARRIED if record.carried else note)


def _foretold(name: str, series: Sequence[Size], ceiling: int | None, config: Config) -> Forecast | str:
    """The forecast, or why there is none."""
    spec = config.segments.get(name)
    if spec is None:
        return "the list is no longer in the file"
    if spec.settings.kind == "static":
        return "a static list changes only when it is filled anew"
    found = forecast(series, ceiling)
    return _too_few(found) if isinstance(found, TooFew) else found


def _too_few(found: TooFew) -> str:
    runs = f"{found.runs} run{'' if found.runs == 1 else 's'} over {found.days:.0f} days"
    return f"{runs} are too few for a forecast; it takes {FEWEST_RUNS} runs over {FEWEST_DAYS} days, under one rule"


def _contacts(runs: Sequence[Manifest], source: str) -> int | None:
    """How many contacts there may be in DAYS days: no list can have more."""
    kept = [
        Size(datetime.fromisoformat(run.as_of), int(run.sources[source]["accounting"]["kept"]), 0)
        for run in runs
        if source in run.sources
    ]
    found = forecast(kept)
    if isinstance(found, TooFew):
        return None
    return max(kept[-1].members, round(kept[-1].members + found.flow * DAYS))
