"""A document → a Config: every mistake that the text alone shows is collected, and what could be read is kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TypeVar

from segtool.config import computed, formats, model, output
from segtool.config.computed import RFM_FIELDS, Computed, conditions_of
from segtool.config.document import Block, Entry, Node, Scalar, find
from segtool.config.problems import Location, Problems, listed, suggestion
from segtool.config.references import circles
from segtool.config.segment import segment
from segtool.config.settings import Config, SegmentSpec, instant
from segtool.config.shape import shaped
from segtool.config.source import source
from segtool.config.tree import Ref, segments_of
from segtool.config.zones import known_zone, unknown_zone

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def from_node(node: Node, shown: str, folder: Path, problems: Problems) -> Config | None:
    """The configuration in `node`. Whatever cannot be read is left out and its problems are collected.

    None where a source cannot be read: without its columns nothing can be said about the names in rules.
    """
    expanded = formats.expand(node)
    node = expanded.node
    top = _top(node, problems)
    if top is None or not isinstance(node, Block):
        return None
    sources = _each(node, "sources", problems, partial(source, offered=expanded.offered))
    segments = _each(node, "segments", problems, segment)
    values = _values(node, problems)
    _value_references(values, _written(node, "segments"), problems)
    splits = _each(node, "splits", problems, computed.split)
    rfm_entry = node.entry("rfm")
    rfm = computed.rfm(rfm_entry, problems) if rfm_entry is not None else None
    _one_contacts(node, problems)
    suppress = _suppress(top, node)
    exclusive = _exclusive(top, node, problems)
    segments = {name: replace(spec, earlier=_earlier(name, exclusive)) for name, spec in segments.items()}
    for ref in (*suppress, *(ref for group in exclusive.values() for ref in group)):
        _known_segment(ref, _written(node, "segments"), problems)
    _references(segments, _written(node, "segments"), problems)
    output.check(top.output, node, problems)
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
        suppress=suppress,
        exclusive=exclusive,
        silence=top.silence or (),
        node=node,
    )


def _suppress(top: model.Document, node: Block) -> tuple[Ref, ...]:
    """The lists whose members are on no other."""
    return tuple(Ref(name, at=_place(node, "suppress", position)) for position, name in enumerate(top.suppress or ()))


def _exclusive(top: model.Document, node: Block, problems: Problems) -> dict[str, tuple[Ref, ...]]:
    """The exclusive groups, in order."""
    groups = {}
    for group, names in top.exclusive.items():
        first: dict[str, Ref] = {}
        for position, name in enumerate(names):
            ref = Ref(name, at=_place(node, "exclusive", group, position))
            if name in first:
                message = f'"{name}" is in the group "{group}" twice; keep the place that counts'
                problems.error("twice-in-group", message, ref.at)
            first.setdefault(name, ref)
        groups[group] = tuple(first.values())
    return groups


def _earlier(segment: str, exclusive: Mapping[str, tuple[Ref, ...]]) -> tuple[Ref, ...]:
    """The lists that come before this one in an exclusive group."""
    names = {group: [ref.name for ref in refs] for group, refs in exclusive.items()}
    found = [exclusive[group][: names[group].index(segment)] for group in names if segment in names[group]]
    return tuple(ref for refs in found for ref in refs)


def _place(node: Block, *path: str | int) -> Location | None:
    value, at = find(node, path)
    return value.at if isinstance(value, Scalar) else at


def _values(node: Block, problems: Problems) -> dict[str, Computed]:
    """Traits and scores, which share one space of names."""
    traits = _each(node, "traits", problems, computed.trait)
    scores = _each(node, "scores", problems, computed.score)
    for name, twice in scores.items():
        if name in traits or name in RFM_FIELDS:
            problems.error("two-names", f'"{name}" is the name of a trait and of a score; rename one', twice.at)
    return {**traits, **scores}


def _top(node: Node, problems: Problems) -> model.Document | None:
    top = shaped(model.Document, node, problems, "a segments file")
    if not isinstance(node, Block):
        return None
    if top is None:
        # The rest is checked all the same, so that every mistake is shown at once.
        return model.Document(version=1, sources={}, segments={})
    if top.version != 1:
        said = f"this segtool reads version 1 of the language, not {top.version}; write version: 1, or update segtool"
        problems.error("wrong-version", said, find(node, ("version",))[0].at)
    if not known_zone(top.timezone):
        unknown_zone(top.timezone, find(node, ("timezone",))[0].at, problems)
        return top.but(timezone="UTC")
    return top


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
        problems.error("two-contacts", _both_contacts(holders[0], extra), extra.at)


def _both_contacts(first: Entry, second: Entry) -> str:
    names = f'"{first.key}" and "{second.key}"'
    format_, key = (second.node.get(name) if isinstance(second.node, Block) else None for name in ("format", "id"))
    if isinstance(format_, Scalar) and isinstance(key, Scalar) and key.at == format_.at:
        advice = f"write id: {key.text} in the one that says who your contacts are"
        return f"{names} could both be the contacts; {advice}"
    return f"{names} both have id:; only one can be the contacts, write contact: here"


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
