"""What refers to what: waves, circles, and everything that a configuration's rules look at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from segtool.config.computed import conditions_of, deeds_in
from segtool.config.settings import Config, SegmentSpec
from segtool.config.tree import Condition, Did, InSegment, leaves


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
    """The configuration with the named segments alone, and those they refer to or are suppressed by."""
    needed = {*names, *(ref.name for ref in config.suppress)}
    for wave in reversed(topological(config.segments)):
        for name in wave:
            if name in needed:
                needed.update(ref.name for ref in config.segments[name].needs)
    groups = {group: tuple(ref for ref in refs if ref.name in needed) for group, refs in config.exclusive.items()}
    kept = {name: spec for name, spec in config.segments.items() if name in needed}
    return replace(config, segments=kept, exclusive=groups)


def topological(segments: Mapping[str, SegmentSpec]) -> list[list[str]]:
    """The segments in waves: each wave refers to earlier ones alone."""
    left = {name: {ref.name for ref in spec.needs} for name, spec in segments.items()}
    waves: list[list[str]] = []
    while left:
        ready = [name for name, needs in left.items() if not needs & left.keys()]
        waves.append(ready)
        left = {name: needs for name, needs in left.items() if name not in ready}
    return waves


def with_memory(config: Config) -> tuple[str, ...]:
    """The segments whose past matters: of a kind that remembers, or asked about with `for_at_least`."""
    lasting = {
        ref.name
        for rule in rules_of(config)
        for leaf in leaves(rule)
        if isinstance(leaf, InSegment) and leaf.for_at_least is not None
        for ref in leaf.names
    }
    return tuple(name for name, spec in config.segments.items() if spec.remembers or name in lasting)


def rules_of(config: Config) -> list[Condition]:
    """Every rule about a contact: of segments and of values."""
    rules = [spec.where for spec in config.segments.values()]
    return rules + [condition for computed in config.values.values() for condition in conditions_of(computed.value)]


def conditions_in(config: Config) -> list[Condition]:
    """Every condition of the configuration, those on rows and events too."""
    found = rules_of(config)
    found += [spec.only for spec in config.sources.values() if spec.only is not None]
    for did in deeds_of(config):
        later = did.follow.where if did.follow is not None else None
        found += [condition for condition in (did.where, did.has, later) if condition is not None]
    return found


def deeds_of(config: Config) -> list[Did]:
    """Every behaviour that some rule or value of the configuration looks at."""
    values = [computed.value for computed in config.values.values()]
    found = [leaf for rule in rules_of(config) for leaf in leaves(rule) if isinstance(leaf, Did)]
    found += [did for value in values for did in deeds_in(value)]
    if config.rfm is not None:
        found += [config.rfm.recency, config.rfm.frequency, config.rfm.monetary]
    return found
