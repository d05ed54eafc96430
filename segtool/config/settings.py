"""The whole configuration as one frozen value, and how it is put together from a document.

`Config` is what every later stage takes. `from_node` collects every mistake that the text alone shows and keeps
what could be read, so that one pass reports all of them.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

from segtool.config import computed, conditions, model, times
from segtool.config import values as config_values
from segtool.config.computed import RFM_FIELDS, Computed, Rfm, Split, conditions_of, deeds_in
from segtool.config.document import Block, Entry, Node, Scalar, find
from segtool.config.operators import TYPES
from segtool.config.problems import Location, Problems, listed, suggestion
from segtool.config.shape import misspelt, shaped
from segtool.config.tree import Condition, Did, Ref, leaves, segments_of

_SEGMENT_NAME = re.compile(r"[a-z0-9_-]{1,80}")
_SOURCE_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_DIRECTIVE = re.compile(r"%(?:[-_0]?([A-Za-eg-z%])|(?:\.[369]?|[369])(f)|:?(z))")
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


@dataclass(frozen=True)
class SourceSpec:
    """One source: its settings, the condition on its rows, and where they stand."""

    name: str
    settings: model.Source
    only: Condition | None = None
    node: Node = field(default=Block(()), compare=False, repr=False)
    at: Location | None = field(default=None, compare=False, repr=False)

    @property
    def role(self) -> str:
        return self.settings.role

    def place(self, *path: str | int) -> Location | None:
        """Where a setting stands; the source's own name when it is not written."""
        value, at = find(self.node, path)
        if value is self.node:
            return self.at
        return value.at if isinstance(value, Scalar) else at


@dataclass(frozen=True)
class SegmentSpec:
    """One list: its settings and its rule."""

    name: str
    settings: model.Segment
    where: Condition
    node: Node = field(default=Block(()), compare=False, repr=False)
    at: Location | None = field(default=None, compare=False, repr=False)

    def place(self, *path: str | int) -> Location | None:
        value, at = find(self.node, path)
        return value.at if isinstance(value, Scalar) else at

    @property
    def needs(self) -> tuple[Ref, ...]:
        """The segments that this one refers to: in its rule, and as excluded."""
        excluded = self.settings.exclude or ()
        refs = tuple(Ref(name, at=self.place("exclude", position)) for position, name in enumerate(excluded))
        return (*segments_of(self.where), *refs)


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
    node: Node = field(default=Block(()), compare=False, repr=False)

    @property
    def contacts(self) -> SourceSpec:
        return next(spec for spec in self.sources.values() if spec.role == "contacts")

    @property
    def output_folder(self) -> Path:
        return self.folder / self.output.folder


WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def from_node(node: Node, shown: str, folder: Path, problems: Problems) -> Config | None:
    """The configuration in `node`. Whatever cannot be read is left out and its problems are collected.

    None where a source cannot be read: without its columns nothing can be said about the names in rules.
    """
    top = _top(node, problems)
    if top is None or not isinstance(node, Block):
        return None
    sources = _each(node, "sources", problems, _source)
    segments = _each(node, "segments", problems, _segment)
    values = _values(node, problems)
    _value_references(values, _written(node, "segments"), problems)
    splits = _each(node, "splits", problems, computed.split)
    rfm_entry = node.entry("rfm")
    rfm = computed.rfm(rfm_entry, problems) if rfm_entry is not None else None
    _one_contacts(node, problems)
    _references(segments, _written(node, "segments"), problems)
    as_of = _as_of(top, node, problems)
    if len(sources) < len(_written(node, "sources")):
        return None
    return Config(
        shown=shown,
        folder=folder,
        timezone=top.timezone,
        week_starts=WEEKDAYS.index(top.week_starts),
        as_of=as_of,
        guards=top.guards,
        output=top.output,
        state=folder / top.state,
        sources=sources,
        segments=segments,
        values=values,
        rfm=rfm,
        splits=splits,
        node=node,
    )


def _values(node: Block, problems: Problems) -> dict[str, Computed]:
    """Traits and scores, which share one space of names."""
    traits = _each(node, "traits", problems, computed.trait)
    scores = _each(node, "scores", problems, computed.score)
    for name, twice in scores.items():
        if name in traits or name in RFM_FIELDS:
            problems.error("two-names", f'"{name}" is the name of a trait and of a score; rename one', twice.at)
    return {**traits, **scores}


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


def known_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def _top(node: Node, problems: Problems) -> model.Document | None:
    top = shaped(model.Document, node, problems, "a segments file")
    if not isinstance(node, Block):
        return None
    if top is None:
        # The rest is checked all the same, so that every mistake is shown at once.
        return model.Document.model_validate({"version": 1, "sources": {}, "segments": {}})
    if top.version != 1:
        said = f"this segtool reads version 1 of the language, not {top.version}; write version: 1, or update segtool"
        problems.error("wrong-version", said, find(node, ("version",))[0].at)
    if not known_zone(top.timezone):
        _unknown_zone(top.timezone, find(node, ("timezone",))[0].at, problems)
        return top.model_copy(update={"timezone": "UTC"})
    return top


def _unknown_zone(name: str, at: Location | None, problems: Problems) -> None:
    asked = "; write an IANA name such as Europe/Riga, America/New_York or UTC"
    # A city alone is its zone: Riga, New York.
    by_city = {zone.rpartition("/")[2].replace("_", " ").casefold(): zone for zone in sorted(available_timezones())}
    city = by_city.get(name.replace("_", " ").casefold())
    near = f'; did you mean "{city}"?' if city else suggestion(name, by_city.values())
    problems.error("unknown-timezone", f'there is no time zone "{name}"{near or asked}', at)


def _as_of(top: model.Document, node: Block, problems: Problems) -> datetime | None:
    if top.as_of is None:
        return None
    read = instant(top.as_of, top.timezone)
    if read is None:
        at = find(node, ("as_of",))[0].at
        problems.error("wrong-point", f'as_of is a date or a date and time (2026-05-01T09:00), not "{top.as_of}"', at)
    return read


T = TypeVar("T")


def _each(node: Block, section: str, problems: Problems, read: Callable[[Entry, Problems], T | None]) -> dict[str, T]:
    """Every entry of a section that could be read, by name."""
    inner = node.get(section)
    if not isinstance(inner, Block):
        return {}
    if not inner.entries:
        problems.error("empty-section", f'"{section}" is empty; write at least one', inner.at)
    found = {entry.key: read(entry, problems) for entry in inner.entries}
    return {name: spec for name, spec in found.items() if spec is not None}


def _source(entry: Entry, problems: Problems) -> SourceSpec | None:
    name = entry.key
    if not _SOURCE_NAME.fullmatch(name) or name == "any":
        asked = "any means every event" if name == "any" else "it has letters, digits, _ and - only"
        problems.error("source-name", f'"{name}" cannot be the name of a source; {asked}', entry.at)
    before = len(problems.errors)
    settings = shaped(model.Source, entry.node, problems, f'source "{name}"', skip=("only",))
    only_node = entry.node.get("only") if isinstance(entry.node, Block) else None
    only = conditions.parse(only_node, problems, of_row=True) if only_node is not None else None
    if settings is None:
        return None
    spec = SourceSpec(name, settings, only, entry.node, entry.at)
    if len(problems.errors) == before:
        _coherent(spec, problems)
    # Of a source that says what it is, the columns are known, and rules can be checked against them.
    known = len(problems.errors) == before
    _readable(spec, problems)
    return replace(spec, settings=_usable(settings)) if known else None


def _usable(settings: model.Source) -> model.Source:
    """The settings without what no reader could take, so that headers can be read for all that."""
    types = {column: kind for column, kind in settings.types.items() if kind in TYPES}
    encoding = settings.encoding if settings.encoding and _is_encoding(settings.encoding) else None
    return settings.model_copy(update={"types": types, "encoding": encoding})


def _coherent(spec: SourceSpec, problems: Problems) -> None:
    """Whether the settings of a source go together."""
    s = spec.settings
    if s.id is None and s.contact is None:
        asked = "add id: COLUMN (these are the contacts) or contact: COLUMN (rows about contacts)"
        problems.error("no-contact", f'source "{spec.name}" does not say whose rows these are; {asked}', spec.at)
    if s.id is not None and (s.contact or s.time or s.event or s.event_name):
        message = "a source with id: is the contacts; contact:, time: and event: belong into other sources"
        problems.error("two-roles", message, spec.place("id"))
    if s.event and s.event_name:
        message = "event: names a column and event_name: names every row; remove one of them"
        problems.error("two-roles", message, spec.place("event_name"))
    if s.events and not s.event:
        message = "events: needs event: COLUMN, the column that says what happened"
        problems.error("events-without-event", message, spec.place("events"))
    if s.unique and spec.role != "events":
        message = "unique: is for events; for contacts and tables say duplicates: last or first"
        problems.error("wrong-role", message, spec.place("unique"))


def _readable(spec: SourceSpec, problems: Problems) -> None:
    """Whether the settings say how cells are read."""
    s = spec.settings
    for column, kind in s.types.items():
        if kind not in TYPES:
            near = suggestion(kind, TYPES) or f"; write {listed(TYPES)}"
            problems.error("unknown-type", f'there is no type "{kind}"{near}', spec.place("types", column))
    if s.timezone is not None and not known_zone(s.timezone):
        _unknown_zone(s.timezone, spec.place("timezone"), problems)
    if s.encoding is not None and not _is_encoding(s.encoding):
        asked = "write utf-8, windows-1252, utf-16 or mac-roman"
        problems.error("wrong-encoding", f'there is no encoding "{s.encoding}"; {asked}', spec.place("encoding"))
    _dates(spec, problems)
    _spellings(spec, problems)


def _is_encoding(name: str) -> bool:
    """Whether Python knows it as an encoding of text files (and not of bytes or of domain names)."""
    try:
        bytes(4).decode(name)
    except (LookupError, ValueError):
        return False
    return codecs.lookup(name).name not in ("idna", "punycode")


def _dates(spec: SourceSpec, problems: Problems) -> None:
    for pattern in spec.settings.dates or ():
        if pattern not in ("day_first", "month_first", "iso") and not _is_date_pattern(pattern):
            asked = "write day_first, month_first, iso, or a pattern such as %d.%m.%Y"
            problems.error("wrong-dates", f'dates cannot be "{pattern}"; {asked}', spec.place("dates"))


def _is_date_pattern(pattern: str) -> bool:
    """Whether a strftime pattern reads a whole date, and both hour and minute or neither."""
    letters = {letter for found in _DIRECTIVE.findall(pattern) for letter in found if letter}
    day = (letters & set("de") and letters & set("mbBh")) or "j" in letters
    whole = letters & set("FDxv") or (letters & set("Yy") and day)
    half_day = bool(letters & set("I"))
    hour = half_day or "H" in letters
    clock = hour == ("M" in letters) and (hour or "S" not in letters) and half_day == bool(letters & set("pP"))
    known = letters <= set("YymbBhdejaAHIpPMSfTRzZFDxv%") and "%" not in _DIRECTIVE.sub("", pattern)
    return bool(known and whole and clock)


def _spellings(spec: SourceSpec, problems: Problems) -> None:
    seen: dict[str, str] = {}
    for name, spelled in spec.settings.events.items():
        for text in spelled:
            if seen.setdefault(text, name) != name:
                message = f'"{text}" is given to two events, "{seen[text]}" and "{name}"; remove it from one of them'
                problems.error("two-names", message, spec.place("events", name))


def _segment(entry: Entry, problems: Problems) -> SegmentSpec | None:
    name = entry.key
    if not _SEGMENT_NAME.fullmatch(name) or name in _RESERVED:
        asked = "it is also a file name: lower-case letters, digits, _ and -"
        plain = re.sub(r"[^a-z0-9_-]+", "_", name.lower()).strip("_")[:60]
        plain = f"{plain}_list" if plain in _RESERVED else plain
        example = f"; {plain} is one" if plain else ""
        problems.error("segment-name", f'"{name}" cannot be the name of a segment; {asked}{example}', entry.at)
    settings = shaped(model.Segment, entry.node, problems, f'segment "{name}"', skip=("where",))
    if not isinstance(entry.node, Block):
        return None
    where = entry.node.get("where")
    if where is None:
        if not misspelt(entry.node, "where", [*model.Segment.model_fields, "where"]):
            said = f'segment "{name}" needs "where": who belongs, such as {{field: state, is: NJ}} or everyone'
            problems.error("missing-key", said, entry.at)
        return None
    condition = conditions.parse(where, problems)
    if condition is None or settings is None:
        return None
    spec = SegmentSpec(name, settings, condition, entry.node, entry.at)
    _rank(spec, problems)
    return spec


def _rank(spec: SegmentSpec, problems: Problems) -> None:
    """Whether `top` or `bottom` say one exact number."""
    top, bottom = spec.settings.top, spec.settings.bottom
    if top is not None and bottom is not None:
        message = "top: and bottom: in one segment; keep one, and make a second segment for the other"
        problems.error("rank-shape", message, spec.place("bottom"))
    for key, rank in (("top", top), ("bottom", bottom)):
        if rank is None:
            continue
        if (rank.count is None) == (rank.percent is None):
            problems.error("rank-shape", f"{key}: takes one of count: and percent:", spec.place(key))
        if rank.percent is not None and rank.percent > 100:
            problems.error("rank-shape", "percent: is 100 at most", spec.place(key, "percent"))
        if rank.change_in is not None:
            config_values.duration(find(spec.node, (key, "change_in"))[0], problems)


def _written(node: Block, section: str) -> tuple[str, ...]:
    inner = node.get(section)
    return inner.keys if isinstance(inner, Block) else ()


def _one_contacts(node: Block, problems: Problems) -> None:
    section = node.entry("sources")
    if section is None or not isinstance(section.node, Block):
        return
    entries = section.node.entries
    holders = [entry for entry in entries if isinstance(entry.node, Block) and "id" in entry.node]
    if not holders and entries and all(isinstance(entry.node, Block) and "contact" in entry.node for entry in entries):
        message = "no source says who the contacts are; one of them needs id: COLUMN instead of contact: COLUMN"
        problems.error("no-contacts", message, section.at)
    for extra in holders[1:]:
        message = (
            f'"{holders[0].key}" and "{extra.key}" both have id:; only one can be the contacts, write contact: here'
        )
        problems.error("two-contacts", message, extra.at)


def _references(segments: Mapping[str, SegmentSpec], written: tuple[str, ...], problems: Problems) -> None:
    for spec in segments.values():
        for ref in spec.needs:
            _known_segment(ref, written, problems)
    graph = {name: [ref.name for ref in spec.needs if ref.name in segments] for name, spec in segments.items()}
    for circle in circles(graph):
        message = f"segments refer to each other in a circle: {' → '.join((*circle, circle[0]))}"
        message = f"{message}; take one of these references out"
        problems.error("circle", message, segments[circle[0]].at)


def _value_references(values: Mapping[str, Computed], written: tuple[str, ...], problems: Problems) -> None:
    conditions = [condition for computed in values.values() for condition in conditions_of(computed.value)]
    for ref in (ref for condition in conditions for ref in segments_of(condition)):
        _known_segment(ref, written, problems)


def _known_segment(ref: Ref, written: tuple[str, ...], problems: Problems) -> None:
    if ref.name not in written:
        near = suggestion(ref.name, written)
        valid = listed(written, "and")
        others = f"; the segments are {valid}" if valid else "; check the names below segments:"
        problems.error("unknown-segment", f'there is no segment "{ref.name}"{near or others}', ref.at)


def circles(graph: Mapping[str, list[str]]) -> list[tuple[str, ...]]:
    """Each circle once, beginning with its first name in the graph. Iterative: chains may be long."""
    order = {name: position for position, name in enumerate(graph)}
    done: set[str] = set()
    found: dict[frozenset[str], tuple[str, ...]] = {}
    for start in graph:
        path: list[str] = []
        stack: list[tuple[str, bool]] = [(start, True)]
        while stack:
            name, entering = stack.pop()
            if not entering:
                done.add(path.pop())
            elif name in path:
                circle = path[path.index(name) :]
                first = circle.index(min(circle, key=lambda member: order[member]))
                found.setdefault(frozenset(circle), (*circle[first:], *circle[:first]))
            elif name not in done:
                path.append(name)
                stack.append((name, False))
                stack.extend((inner, True) for inner in reversed(graph[name]))
    return list(found.values())


def with_needed(config: Config, names: Collection[str]) -> Config:
    """The configuration with the named segments alone, and those they refer to."""
    needed = set(names)
    for wave in reversed(topological(config.segments)):
        for name in wave:
            if name in needed:
                needed.update(ref.name for ref in config.segments[name].needs)
    return replace(config, segments={name: spec for name, spec in config.segments.items() if name in needed})


def topological(segments: Mapping[str, SegmentSpec]) -> list[list[str]]:
    """The segments in waves: each wave refers to earlier ones alone."""
    left = {name: {ref.name for ref in spec.needs} for name, spec in segments.items()}
    waves: list[list[str]] = []
    while left:
        ready = [name for name, needs in left.items() if not needs & left.keys()]
        waves.append(ready)
        left = {name: needs for name, needs in left.items() if name not in ready}
    return waves


def conditions_in(config: Config) -> list[Condition]:
    """Every condition of the configuration, those on rows and events too."""
    found = [spec.where for spec in config.segments.values()]
    found += [spec.only for spec in config.sources.values() if spec.only is not None]
    found += [condition for computed in config.values.values() for condition in conditions_of(computed.value)]
    for did in deeds_of(config):
        later = did.follow.where if did.follow is not None else None
        found += [condition for condition in (did.where, did.has, later) if condition is not None]
    return found


def deeds_of(config: Config) -> list[Did]:
    """Every behaviour that some rule or value of the configuration looks at."""
    rules = [spec.where for spec in config.segments.values()]
    values = [computed.value for computed in config.values.values()]
    rules += [condition for value in values for condition in conditions_of(value)]
    found = [leaf for rule in rules for leaf in leaves(rule) if isinstance(leaf, Did)]
    found += [did for value in values for did in deeds_in(value)]
    if config.rfm is not None:
        found += [config.rfm.recency, config.rfm.frequency, config.rfm.monetary]
    return found
