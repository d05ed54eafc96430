"""What a chain of runs makes of its lists, and what can truly be said of everyone who came or went (sections 6 to 8).

Each run is a scene: who stood where on the way to every list. A list is compared with the scene in which it was made.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .behaviour import measure
from .clock import Clock, duration
from .moment import Moment
from .operators import listed, nine
from .rows import open_book
from .segments import earlier, ranked
from .world import Spec, World

SMALL = 100
Dates = dict[str, datetime]
Texts = Mapping[str, tuple[str, str, str]]
"""By condition: what it looks at, what it needs, and what it needs where it stands under `not`; all in words."""


@dataclass(frozen=True)
class Roster:
    """Who is on a list, before suppression and as it went out, and since when. `away` are not in contacts for now."""

    on: Dates = field(default_factory=dict)
    published: Dates = field(default_factory=dict)
    away: Dates = field(default_factory=dict)

    @property
    def remembered(self) -> Dates:
        return {**self.away, **self.on}


NOBODY = Roster()


class Knowing(Moment):
    """A moment that knows since when people have been on lists."""

    def __init__(self, world: World, rosters: Mapping[str, Roster]) -> None:
        clock = Clock(world.as_of, world.zone, world.config.get("week_starts", "monday"))
        super().__init__(world, open_book(world, clock), clock)
        self.rosters = rosters

    def _in_segment(self, contact: str, condition: Spec) -> bool:
        names = [name for name in listed(condition["in_segment"]) if contact in self.lists[name]]
        if "for_at_least" not in condition:
            return bool(names)
        latest = self.clock.back(duration(condition["for_at_least"]))
        since = [self.rosters.get(name, NOBODY).remembered.get(contact) for name in names]
        return any(entry is not None and entry <= latest for entry in since)


@dataclass(frozen=True)
class Way:
    """How everyone came to be on one list: the contacts that passed each step."""

    fits: frozenset[str]
    excluded: Mapping[str, frozenset[str]]
    places: Mapping[str, int]
    chosen: frozenset[str]
    kept: frozenset[str]
    added: frozenset[str]
    removed: frozenset[str]
    taken: Mapping[str, frozenset[str]]
    on: frozenset[str]


@dataclass(frozen=True)
class Chain:
    """What the runs so far leave behind. `scenes` is, for each list, the run in which it was made."""

    serial: int = 0
    rosters: Mapping[str, Roster] = field(default_factory=dict)
    meanings: Mapping[str, tuple[str, object]] = field(default_factory=dict)
    scenes: Mapping[str, Scene] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """What a run is asked for."""

    only: Collection[str] = ()
    refresh: Collection[str] = ()
    accept: Collection[str] = ()


@dataclass(frozen=True)
class Outcome:
    """A run: the chain after it; of every list that it made, the note; and for each change all that is true of it."""

    chain: Chain
    scene: Scene
    notes: dict[str, str]
    held: frozenset[str]
    entered: dict[str, dict[str, set[str]]]
    left: dict[str, dict[str, set[str]]]


class Scene:
    """Everyone's way to every list at one instant."""

    def __init__(self, world: World, hands: Mapping[str, Any], chain: Chain, asked: Asked) -> None:
        self.world = world
        self.moment = Knowing(world, chain.rosters)
        self.people = frozenset(self.moment.book.contacts)
        self.ways: dict[str, Way] = {}
        self.rosters: Mapping[str, Roster] = {}
        for name in needed(world.config, asked.only or asked.refresh):
            goes_by_memory = name in chain.meanings and name not in asked.refresh
            was = frozenset(chain.rosters.get(name, NOBODY).remembered) & self.people if goes_by_memory else None
            self.ways[name] = way = self._way(name, hands.get(name, {}), was)
            self.moment.lists[name] = sorted(way.on)

    def _way(self, name: str, hands: Mapping[str, Any], was: frozenset[str] | None) -> Way:
        spec = self.world.config["segments"][name]
        fits = frozenset(who for who in self.people if self.moment.true(who, spec["where"]))
        excluded = {other: self.ways[other].on for other in listed(spec.get("exclude", []))}
        banned = frozenset().union(*excluded.values())
        chosen, places = sorted(fits - banned), {}
        for end in ("top", "bottom"):
            if end in spec:
                places = self._places(chosen, spec[end], end)
                chosen = ranked(self.moment, chosen, spec[end], end)
        kept = frozenset(chosen)
        kind = spec.get("kind", "dynamic")
        if was is not None and kind == "static":
            kept = was
        if was is not None and kind == "semi_dynamic":
            kept = (was | kept) - banned
        added, removed = (frozenset(hands.get(key, ())) & self.people for key in ("add", "remove"))
        taken = {other: self.ways[other].on for other in earlier(self.moment, name)}
        on = ((kept | added) - removed) - frozenset().union(*taken.values())
        return Way(fits, excluded, places, frozenset(chosen), kept, added, removed, taken, on)

    def _places(self, people: list[str], rank: Spec, end: str) -> dict[str, int]:
        values: dict[str, Any] = {who: self.moment.field(who, rank["by"]) for who in people}
        sign = -1 if end == "top" else 1
        order = sorted((sign * nine(value), who) for who, value in values.items() if value is not None)
        return {who: place for place, (_, who) in enumerate(order, 1)}

    def suppressors(self, name: str) -> list[str]:
        names: list[str] = listed(self.world.config.get("suppress", []))
        spec = self.world.config["segments"][name]
        return [] if name in names or spec.get("suppress") is False else names

    def roster(self, name: str, before: Roster, by_memory: bool) -> Roster:
        """The list of this run, with dates."""
        at, way = self.world.as_of, self.ways[name]
        hidden = frozenset().union(*(self.ways[other].on for other in self.suppressors(name)))
        on = {who: before.remembered.get(who, at) for who in way.on}
        published = {who: before.published.get(who, at) for who in way.on - hidden}
        away = {who: since for who, since in before.remembered.items() if who not in self.people}
        return Roster(on, published, away if by_memory else {})


def needed(config: Spec, names: Collection[str]) -> list[str]:
    """The lists of a run, each after those that it refers to: all of them, or these and what they need."""
    ordered: list[str] = []

    def visit(name: str) -> None:
        if name not in ordered:
            for other in sorted(refers(config, name)):
                visit(other)
            ordered.append(name)

    for name in [*names, *listed(config.get("suppress", []))] if names else config["segments"]:
        visit(name)
    return ordered


def refers(config: Spec, name: str) -> set[str]:
    """The lists that one is made of."""
    spec = config["segments"][name]
    found = {other for leaf in leaves(spec["where"]) for other in _lists_of(leaf)}
    found |= set(listed(spec.get("exclude", [])))
    groups = [group for group in config.get("exclusive", {}).values() if name in group]
    return found | {other for group in groups for other in group[: group.index(name)]}


def _lists_of(leaf: Any) -> list[str]:
    if not isinstance(leaf, Mapping):
        return []
    names: list[str] = listed(leaf.get("in_segment", leaf.get("not_in_segment", [])))
    return names


def leaves(condition: Any) -> list[Any]:
    """The conditions without parts."""
    inside = _parts(condition)
    return [leaf for part in inside for leaf in leaves(part)] if inside else [condition]


def _parts(condition: Any) -> list[Any]:
    if isinstance(condition, list):
        return condition
    if isinstance(condition, Mapping):
        for key in ("all", "any", "none"):
            if key in condition:
                return list(condition[key])
        if "not" in condition:
            return [condition["not"]]
        if "some" in condition:
            return list(condition["some"]["of"])
    return []


def meaning(config: Spec, name: str) -> object:
    """All that decides who fits: of the list and of those its rule speaks of."""
    spec = config["segments"][name]
    own = {key: spec[key] for key in ("where", "exclude", "top", "bottom", "add", "remove") if key in spec}
    groups = [group for group in config.get("exclusive", {}).values() if name in group]
    after = [other for group in groups for other in group[: group.index(name)]]
    within = {other for leaf in leaves(spec["where"]) for other in _lists_of(leaf)}
    within |= set(listed(spec.get("exclude", [])))
    return repr([own, after, [(other, meaning(config, other)) for other in sorted(within)]])


class ShrunkError(Exception):
    """Nothing is published."""


def run(world: World, hands: Mapping[str, Any], chain: Chain, asked: Asked, texts: Texts) -> Outcome:
    """One more run. Raises ShrunkError."""
    rows = {name: len(world.tables[name]) for name in world.sources}
    for name, source in world.sources.items():
        limit = float(str(source.get("guard", {}).get("source_shrinks", 20)).removesuffix("%"))
        was, count = chain.rows.get(name, 0), rows[name]
        shrunk = (was and not count and limit < 100) or (was >= SMALL and 100 * (was - count) / was > limit)
        if shrunk and name not in asked.accept:
            raise ShrunkError(name)
    scene = Scene(world, hands, chain, asked)
    rosters, meanings = dict(chain.rosters), dict(chain.meanings)
    notes, moved = {}, set()
    for name in scene.ways:
        old, known = chain.rosters.get(name, NOBODY), name in chain.meanings
        refreshed = name in asked.refresh
        kind = world.config["segments"][name].get("kind", "dynamic")
        rosters[name] = scene.roster(name, old, kind != "dynamic" and known and not refreshed)
        filled = kind == "static" and known and not refreshed
        meanings[name] = (kind, chain.meanings[name][1] if filled else meaning(world.config, name))
        notes[name] = _note(chain, name, meanings[name], refreshed)
        if notes[name] in ("the definition changed", "filled anew by segtool refresh"):
            moved.add(name)
        if meanings[name][1] != meaning(world.config, name):
            notes[name] = OUTDATED
    held = _held(scene, chain, rosters, moved, asked)
    for name in held:
        rosters[name] = chain.rosters.get(name, NOBODY)
        meanings[name] = chain.meanings.get(name, meanings[name])
    entered, left = {}, {}
    for name in scene.ways:
        now, before = rosters[name].published, chain.rosters.get(name, NOBODY).published
        wholesale = _note(chain, name, meanings[name], name in asked.refresh) if name not in held else ""
        told = Told(name, scene, chain, wholesale, texts)
        entered[name] = {who: told.came(who) for who in now.keys() - before.keys()}
        left[name] = {who: told.went(who) for who in before.keys() - now.keys()}
    scene.rosters = rosters
    fresh = {name for name in scene.ways if name not in held}
    new_and_held = {name for name in held if name not in chain.meanings}
    present = [name for name in world.config["segments"] if name in rosters and name not in new_and_held]
    after = Chain(
        chain.serial + 1,
        {name: rosters[name] for name in present},
        {name: meanings[name] for name in present},
        {name: scene if name in fresh else chain.scenes[name] for name in present},
        rows,
    )
    return Outcome(after, scene, notes, frozenset(held), entered, left)


OUTDATED = "the definition changed after this static list was filled; segtool refresh fills it anew"


def _note(chain: Chain, name: str, now: tuple[str, object], refreshed: bool) -> str:
    if not chain.serial:
        return "first run"
    if name not in chain.meanings:
        return "the list is new"
    if chain.meanings[name] != now:
        return "the definition changed"
    return "filled anew by segtool refresh" if refreshed else ""


def _held(scene: Scene, chain: Chain, rosters: Mapping[str, Roster], moved: set[str], asked: Asked) -> set[str]:
    """The lists that changed too far, and those that look at one of them."""
    held = set()
    for name in scene.ways:
        before, now = (found.get(name, NOBODY).published for found in (chain.rosters, rosters))
        if len(before) >= SMALL and name not in moved | set(asked.accept):
            left, entered = len(before.keys() - now.keys()), len(now.keys() - before.keys())
            if 100 * left / len(before) > 50 or 100 * entered / len(before) > 300:
                held.add(name)
    direct = frozenset(held)
    for name in scene.ways:
        reached: set[str] = set()
        todo = [*scene.suppressors(name), *refers(scene.world.config, name)]
        while todo:
            other = todo.pop()
            if other not in reached:
                reached.add(other)
                todo += refers(scene.world.config, other)
        if reached & direct and name not in asked.accept:
            held.add(name)
    return held


@dataclass(frozen=True)
class Told:
    """All that is true of a change of one list."""

    name: str
    now: Scene
    chain: Chain
    wholesale: str
    texts: Texts

    @property
    def then(self) -> Scene:
        return self.chain.scenes[self.name]

    def came(self, who: str) -> set[str]:
        """Why someone is on the list."""
        if self.wholesale:
            return {self.wholesale}
        before, now = self.chain.rosters[self.name], self.now.ways[self.name]
        if who not in self.then.people:
            if who in before.remembered:
                return {"back in contacts"}
            return {"added by override" if who in now.added and who not in now.kept else "new contact"}
        then = self.then.ways[self.name]
        kind = self.now.world.config["segments"][self.name].get("kind", "dynamic")
        if who in then.on:
            return {f"no longer suppressed by {one}" for one in self._on(self.then, self._suppressors(self.then), who)}
        passed = then.kept | then.added
        found = {
            f"moved from {one}, which comes first" for one in then.taken if who in then.taken[one] and who in passed
        }
        if who in now.added - then.added and who not in now.kept:
            found.add("added by override")
        if who in (then.removed & passed) - now.removed:
            found.add("no longer removed by override")
        found |= {
            f"no longer excluded by {one}"
            for one in then.excluded
            if who in then.excluded[one] and who in then.fits and who not in now.excluded.get(one, ())
        }
        banned = frozenset().union(*then.excluded.values())
        if who in then.fits - banned - then.chosen and who in now.chosen:
            found.add(self._place("now in", who))
        if kind != "static" and who in now.fits - then.fits:
            found.add(self._moved("from", self.then, who) + self._conditions(who))
        return found

    def went(self, who: str) -> set[str]:
        """Why someone is not on it any more."""
        if who not in self.now.people:
            return {"no longer in contacts"}
        if self.wholesale:
            return {self.wholesale}
        now, then = self.now.ways[self.name], self.then.ways[self.name]
        if who in now.on:
            return {f"suppressed by {one}" for one in self._on(self.now, self._suppressors(self.now), who)}
        kind = self.now.world.config["segments"][self.name].get("kind", "dynamic")
        passed = (now.kept | now.added) - now.removed
        found = {f"moved to {one}, which comes first" for one in now.taken if who in now.taken[one] and who in passed}
        if who in now.removed - then.removed:
            found.add("removed by override")
        if kind == "semi_dynamic" or (kind == "dynamic" and who in now.fits):
            found |= {
                f"excluded by {one}"
                for one in now.excluded
                if who in now.excluded[one] and who not in then.excluded.get(one, ())
            }
        if kind == "dynamic":
            banned = frozenset().union(*now.excluded.values())
            if who in then.added - now.added and who not in then.chosen:
                found.add("no longer added by override")
            if who in (now.fits & then.chosen) - banned - now.chosen:
                found.add(self._place("displaced from", who))
            if who in then.fits - now.fits:
                found.add(self._moved("to", self.now, who) + self._conditions(who))
        return found

    def _suppressors(self, scene: Scene) -> list[str]:
        return scene.suppressors(self.name)

    def _on(self, scene: Scene, names: Collection[str], who: str) -> list[str]:
        return [name for name in names if who in scene.ways[name].on]

    def _place(self, word: str, who: str) -> str:
        spec = self.now.world.config["segments"][self.name]
        rank, end = (spec["top"], "highest") if "top" in spec else (spec["bottom"], "lowest")
        places = [scene.ways[self.name].places.get(who, "none") for scene in (self.then, self.now)]
        return f"{word} the {rank['count']} with the {end} {rank['by']}: place {places[0]} → {places[1]}"

    def _moved(self, way: str, scene: Scene, who: str) -> str:
        """The other list of the group."""
        groups = [group for group in self.now.world.config.get("exclusive", {}).values() if self.name in group]
        others = [other for group in groups for other in group if other != self.name]
        known = [other for other in others if other in self.now.ways]
        ons = {other: scene.ways[other].on if scene is self.now else _remembered(scene, other) for other in known}
        there = [other for other in known if who in ons[other]]
        return f"moved {way} {there[0]}: " if there else ""

    def _conditions(self, who: str) -> str:
        found = dict.fromkeys(self._turned(self.now.world.config["segments"][self.name]["where"], who, False))
        return "; ".join(found)

    def _turned(self, condition: Any, who: str, negated: bool) -> Iterator[str]:
        """The words for each condition that turned the one it is part of."""
        was, now = (scene.moment.true(who, condition) for scene in (self.then, self.now))
        inside = _parts(condition)
        if not inside:
            if was != now:
                yield self._text(condition, who, now, negated)
            return
        turns = isinstance(condition, Mapping) and ("not" in condition or "none" in condition)
        truths = [[scene.moment.true(who, part) for scene in (self.then, self.now)] for part in inside]
        rose = sum(after for _, after in truths) > sum(before for before, _ in truths)
        for part, (before, after) in zip(inside, truths, strict=True):
            way = rose if isinstance(condition, Mapping) and "some" in condition else now != turns
            if was != now and before != after and after == way:
                yield from self._turned(part, who, negated != turns)

    def _text(self, leaf: Any, who: str, now: bool, negated: bool) -> str:
        if "in_segment" in leaf or "not_in_segment" in leaf:
            on = now if "in_segment" in leaf else not now
            words = "on the list " + (leaf.get("in_segment") or leaf.get("not_in_segment"))
            words += f" for at least {leaf['for_at_least']}" if "for_at_least" in leaf else ""
            return f"{'now' if on else 'no longer'} {words}"
        subject, need, opposite = self.texts[repr(leaf)]
        before, after = (_seen(scene.moment, who, leaf) for scene in (self.then, self.now))
        values = after if before == after else f"{before} → {after}"
        return f"{subject}: {values}, needs {opposite if negated else need}"


def _remembered(scene: Scene, name: str) -> Collection[str]:
    """Who was on a list when that run was over, whether or not it was about it."""
    return scene.rosters.get(name, NOBODY).remembered


def _seen(moment: Moment, who: str, leaf: Spec) -> str:
    """What a condition looked at, as people write it."""
    if "field" in leaf:
        value = moment.field(who, leaf["field"])
        return "no value" if value is None else str(value)
    amount = measure(moment, who, {**leaf, "did": leaf.get("did", leaf.get("did_not"))})
    return str(int(amount)) if amount is not None and amount == int(amount) else str(amount)
