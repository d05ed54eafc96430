"""Makes a world in which something is wrong as small as it gets, so that a person can read it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from .world import World

Wrong = Callable[[World], bool]


def smallest(world: World, wrong: Wrong, tries: int = 1500) -> World:
    """Take away what can go, again and again, while it stays wrong."""
    left = tries
    again = True
    while again:
        again = False
        for simpler in simpler_worlds(world):
            left -= 1
            if left <= 0:
                return world
            if wrong(simpler):
                world, again = simpler, True
                break
    return world


def simpler_worlds(world: World) -> Iterator[World]:
    """Worlds with less in them, those with much less first."""
    yield from _fewer_segments(world)
    yield from _fewer_rows(world)
    for key in ("suppress", "exclusive", "rfm"):
        if key in world.config:
            yield _without(world, key)
    for name in ("crm", "activity", "orders"):
        if name in world.sources:
            yield world.with_config(sources={one: world.sources[one] for one in world.sources if one != name})
    for key in ("segments", "traits", "scores", "rfm"):
        for part in simpler(world.config.get(key, {})):
            yield world.with_config(**{key: part})
    for name in world.sources:
        for key in ("only", "unique", "timezone", "duplicates"):
            if key in world.sources[name]:
                source = {inner: value for inner, value in world.sources[name].items() if inner != key}
                yield world.with_config(sources={**world.sources, name: source})
    yield from _fewer_cells(world)


def _without(world: World, key: str) -> World:
    """A configuration that does not speak of something."""
    return replace(world, config={other: value for other, value in world.config.items() if other != key})


def _fewer_segments(world: World) -> Iterator[World]:
    segments = world.config["segments"]
    for name in segments:
        if len(segments) > 1:
            yield world.with_config(segments={other: segments[other] for other in segments if other != name})
    for key in ("traits", "scores"):
        for name in world.config.get(key, {}):
            kept = {other: spec for other, spec in world.config[key].items() if other != name}
            yield world.with_config(**{key: kept}) if kept else _without(world, key)


def _fewer_rows(world: World) -> Iterator[World]:
    for name in world.sources:
        rows = world.tables[name]
        size = len(rows)
        while size:
            for start in range(0, len(rows), size):
                yield world.with_table(name, rows[:start] + rows[start + size :])
            size //= 2


def _fewer_cells(world: World) -> Iterator[World]:
    for name, source in world.sources.items():
        rows = world.tables[name]
        keep = {source.get("id"), source.get("contact"), source.get("time")}
        for number, row in enumerate(rows):
            for column in row:
                if column not in keep and row[column] is not None:
                    yield world.with_table(name, [*rows[:number], {**row, column: None}, *rows[number + 1 :]])


def simpler(spec: Any) -> Iterator[Any]:
    """A part of a configuration with one thing less, or with one part in the place of the whole."""
    if isinstance(spec, Mapping):
        for key, value in spec.items():
            if key in ("not", "all", "any", "none", "list"):
                yield from value if isinstance(value, list) else [value]
            if key == "some":
                yield from value["of"]
            if key not in ("where", "of", "is", "points"):
                yield {other: spec[other] for other in spec if other != key}
            for part in simpler(value):
                yield {**spec, key: part}
    elif isinstance(spec, list):
        for number, value in enumerate(spec):
            if len(spec) > 1:
                yield spec[:number] + spec[number + 1 :]
            for part in simpler(value):
                yield [*spec[:number], part, *spec[number + 1 :]]
