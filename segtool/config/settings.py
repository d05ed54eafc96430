"""The whole configuration as one frozen value: what every later stage takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from segtool.config import model, times
from segtool.config.computed import Computed, Rfm, Split
from segtool.config.document import Block, Node, Scalar, find
from segtool.config.frozen import dataclass
from segtool.config.problems import Location
from segtool.config.tree import Condition, Ref, segments_of


@dataclass(frozen=True)
class SourceSpec:
    """One source: its settings, the condition on its rows, and where they stand.

    `offered` are the columns that only its format speaks of: its files may lack them.
    """

    name: str
    settings: model.Source
    only: Condition | None = None
    offered: frozenset[str] = frozenset()
    node: Node = field(default=Block(()), compare=False, repr=False)
    at: Location | None = field(default=None, compare=False, repr=False)

    @property
    def role(self) -> str:
        return self.settings.role

    @property
    def lookups(self) -> tuple[SourceSpec, ...]:
        """The lookups of the source as tables of attributes, of which `on` says whose row it is."""
        return tuple(self._lookup(number, lookup) for number, lookup in enumerate(self.settings.lookup))

    def _lookup(self, number: int, lookup: model.Lookup) -> SourceSpec:
        shared = {name: getattr(lookup, name) for name in model.Lookup.settings if name != "on"}
        settings = model.Source(**shared, contact=lookup.on)
        node, _ = find(self.node, ("lookup", number))
        return SourceSpec(f"{self.name}.lookup", settings, node=node, at=self.place("lookup", number, "on"))

    def place(self, *path: str | int) -> Location | None:
        """Where a setting stands; the source's own name when it is not written."""
        value, at = find(self.node, path)
        if value is self.node:
            return self.at
        return value.at if isinstance(value, Scalar) else at


@dataclass(frozen=True)
class SegmentSpec:
    """One list: its settings and its rule. `earlier` are the lists that come first in an exclusive group with it."""

    name: str
    settings: model.Segment
    where: Condition
    earlier: tuple[Ref, ...] = ()
    node: Node = field(default=Block(()), compare=False, repr=False)
    at: Location | None = field(default=None, compare=False, repr=False)

    def place(self, *path: str | int) -> Location | None:
        value, at = find(self.node, path)
        return value.at if isinstance(value, Scalar) else at

    @property
    def needs(self) -> tuple[Ref, ...]:
        """The segments that this one is made of: in its rule, excluded, and earlier in an exclusive group."""
        excluded = self.settings.exclude or ()
        refs = tuple(Ref(name, at=self.place("exclude", position)) for position, name in enumerate(excluded))
        return (*segments_of(self.where), *refs, *self.earlier)

    @property
    def follows_rule(self) -> bool:
        """Whether the rule has a say in who comes and goes, once the list is filled."""
        return self.settings.kind != "static"

    @property
    def remembers(self) -> bool:
        """Whether earlier runs have a say in who is on the list."""
        return self.settings.kind != "dynamic"


@dataclass(frozen=True)
class Config:
    """A segments.yaml, read. Paths are absolute; `shown` is what messages call the file."""

    shown: str
    folder: Path
    timezone: str
    week_starts: int
    as_of: datetime | None
    guards: model.Guards
    output: model.Output
    state: Path
    sources: Mapping[str, SourceSpec]
    segments: Mapping[str, SegmentSpec]
    values: Mapping[str, Computed] = field(default_factory=dict)
    rfm: Rfm | None = None
    splits: Mapping[str, Split] = field(default_factory=dict)
    suppress: tuple[Ref, ...] = ()
    exclusive: Mapping[str, tuple[Ref, ...]] = field(default_factory=dict)
    silence: tuple[str, ...] = ()
    node: Node = field(default=Block(()), compare=False, repr=False)

    @property
    def contacts(self) -> SourceSpec:
        return next(spec for spec in self.sources.values() if spec.role == "contacts")

    @property
    def output_folder(self) -> Path:
        return self.folder / self.output.folder

    def suppressors(self, segment: str) -> tuple[str, ...]:
        """The segments whose members are kept off this list."""
        names = tuple(ref.name for ref in self.suppress)
        return () if segment in names or not self.segments[segment].settings.suppress else names


def instant(text: str, zone: str) -> datetime | None:
    """An `as_of` in ISO text as an aware UTC datetime; without an offset it is a wall time in `zone`.

    A date alone is the first instant of that day.
    """
    point = times.point(text)
    if point is None or (point.instant is None and point.day is None):
        return None
    wall = point.instant or datetime(point.day.year, point.day.month, point.day.day)  # type: ignore[union-attr]
    aware = wall if wall.tzinfo else wall.replace(tzinfo=ZoneInfo(zone))
    try:
        return aware.astimezone(UTC)
    except OverflowError:  # the first or last day of the calendar, shifted beyond it
        return None
