"""The answer the program is compared with."""

from __future__ import annotations

from .clock import Clock
from .moment import Moment
from .rows import open_book
from .segments import published
from .world import World


def at(world: World) -> Moment:
    """The world as it stands at its `as_of`."""
    clock = Clock(world.as_of, world.zone, world.config.get("week_starts", "monday"))
    return Moment(world, open_book(world, clock), clock)


def members(world: World) -> dict[str, list[str]]:
    """The members of every segment on a first run, sorted by id."""
    moment = at(world)
    return {segment: published(moment, segment) for segment in world.config["segments"]}
