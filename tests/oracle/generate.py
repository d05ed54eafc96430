"""Random worlds: first what is asked, then rows on and beside every bound that was spoken of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from . import vocabulary as words
from .clock import Clock, duration, move
from .computed import computed, rfm
from .deeds import condition
from .maker import Maker
from .phrases import Scope, on_row
from .rows import identity
from .vocabulary import ACTIVITY, ALL_FEATURES, CONTACTS, CRM, NO_FEATURES, ORDERS, Types
from .world import Row, World

__all__ = ["ALL_FEATURES", "NO_FEATURES", "worlds"]

ABSENT = {"email": "nobody@x.com", "text": "nobody"}
EVENT_NAMES = {"open": ["Opened", "OPEN"], "click": "Clicked", "purchase": "Bought"}
ACTIONS = ["open", "Opened", "OPEN", "Clicked", "click", "Bought", "Bounced", "opened", None]
ORDER_ACTIONS = ["purchase", "Purchase", "RF", "refund", None]
DATED = [{"event_name": "purchase"}, {}]
UNDATED = [{"event_name": "purchase"}, {"event": "what"}]


def worlds(features: frozenset[str] = NO_FEATURES, segments: int = 12) -> st.SearchStrategy[World]:
    """Worlds with up to so many segments.

    Each comes from one drawn seed: choices are then independent of one another, which meets far more
    of the language than drawing each of some thousand choices; `smallest` makes a difference small.
    """
    return st.integers(0, 2**62).map(lambda seed: world(Random(seed), features, segments))


def world(random: Random, features: frozenset[str], segments: int) -> World:
    """One world."""
    zone, written = random.choice(words.SCENES)
    shift = timedelta(microseconds=random.choice(words.MICROSECONDS))
    as_of = datetime.fromisoformat(written).replace(tzinfo=UTC) + shift
    week = random.choice(["monday", "sunday", "saturday"])
    maker = Maker(random, Clock(as_of, ZoneInfo(zone), week), features)
    kind = maker.pick(["email", "text"])
    config: dict[str, Any] = {"version": 1, "timezone": zone, "week_starts": week}
    config["sources"] = sources(maker, kind)
    config |= questions(maker, config["sources"], segments)
    return World(config, tables(maker, config["sources"], kind), as_of)


def sources(maker: Maker, kind: str) -> dict[str, Any]:
    """The declared sources: contacts, perhaps an attribute table, one or two kinds of events."""
    own: Types = {"email" if kind == "email" else "code": kind, **CONTACTS}
    if maker.chance(3):
        own["crm.stage"] = "text"
    found: dict[str, Any] = {"contacts": {"files": "contacts.csv", "id": next(iter(own)), "types": own}}
    if maker.has("duplicates"):
        found["contacts"]["duplicates"] = maker.pick(["last", "first"])
    found["crm"] = {"files": "crm.csv", "contact": "who", "types": {"who": kind, **CRM}}
    found["activity"] = activity(maker, kind)
    if maker.chance(2):
        found["orders"] = orders(maker, kind)
    for name in ("crm", "activity", "orders"):
        if name in found and maker.has("only", 10):
            found[name]["only"] = on_row(maker, dict(found[name]["types"]))
        if name in found and maker.chance(6):
            found[name]["timezone"] = maker.pick(["Europe/Riga", "America/New_York", "Asia/Kathmandu"])
    return found


def activity(maker: Maker, kind: str) -> dict[str, Any]:
    """Dated events of several names."""
    types = {"who": kind, "at": "datetime", "action": "text", **ACTIVITY, "msg": "text"}
    spec = {"files": "activity.csv", "contact": "who", "time": "at", "event": "action", "events": EVENT_NAMES}
    spec["types"] = types
    if maker.has("unique"):
        spec["unique"] = maker.pick([["who", "msg"], "msg"])
    return spec


def orders(maker: Maker, kind: str) -> dict[str, Any]:
    """Events of one kind with a time, or events without any."""
    spec: dict[str, Any] = {"files": "orders.csv", "contact": "who", "types": {"who": kind, **ORDERS}}
    if maker.chance(2):
        spec |= maker.pick(UNDATED)
    else:
        spec |= {"time": "bought", **maker.pick(DATED)}
        spec["types"]["bought"] = "datetime"
    if "event" in spec:
        spec["types"]["what"] = "text"
        spec["events"] = {"purchase": "Purchase", "refund": ["Refund", "RF"]}
    return spec


def questions(maker: Maker, declared: dict[str, Any], segments: int) -> dict[str, Any]:
    """Traits, scores and segments."""
    scope = whole_scope(declared)
    found: dict[str, Any] = computed(maker, scope)
    if maker.has("rfm"):
        found |= rfm(maker, scope)
    found["segments"] = {}
    for number in range(maker.random.randint(min(6, segments), segments)):
        name = f"s{number}"
        found["segments"][name] = segment(maker, scope)
        scope.segments.append(name)
    names = list(found["segments"])
    if maker.has("suppress", 8):
        found["suppress"] = maker.some(names, 2)
        found["segments"][maker.pick(names)]["suppress"] = False
    if maker.has("exclusive", 8):
        found["exclusive"] = {"group": exclusive(maker, names)}
    return found


def exclusive(maker: Maker, names: list[str]) -> list[str]:
    """Lists in the order of their numbers, so that references and ranks never form a circle."""
    return sorted(maker.some(names), key=lambda name: int(name[1:]))


def segment(maker: Maker, scope: Scope) -> dict[str, Any]:
    """One list; its rule is now and then everyone."""
    spec: dict[str, Any] = {
        "where": "everyone" if maker.chance(15) else condition(maker, scope, maker.pick([0, 0, 1, 2]))
    }
    if scope.segments and maker.has("exclude", 8):
        spec["exclude"] = maker.some(scope.segments, 2)
    if maker.has("top", 8):
        spec[maker.pick(["top", "bottom"])] = top(maker, scope)
    return spec


def top(maker: Maker, scope: Scope) -> dict[str, Any]:
    """So many, or such a part of the list, by some number."""
    many = {"count": maker.pick([1, 2, 3])} if maker.chance(2) else {"percent": maker.pick([10, 25, 50, 100, 30])}
    by = maker.pick(scope.named("number", "integer"))
    if by in scope.computed and maker.has("change_in"):
        return {**many, "by": by, "change_in": maker.length()}
    return {**many, "by": by}


def whole_scope(declared: dict[str, Any]) -> Scope:
    """Everything that conditions on contacts may speak of."""
    scope = Scope(dict(declared["contacts"]["types"]))
    for name, source in declared.items():
        columns = {column: kind for column, kind in source["types"].items() if column != source.get("event")}
        if name == "crm":
            scope.fields |= {f"crm.{column}": kind for column, kind in columns.items() if column != "who"}
        if name in ("activity", "orders"):
            scope.sources[name] = columns
            for event in spoken_of(name, source):
                scope.events.setdefault(event, []).append(name)
    return scope


def spoken_of(name: str, source: dict[str, Any]) -> list[str]:
    """The names that a source's events go by; one is spelled in the rows alone."""
    if "events" not in source:
        return [source.get("event_name", name)]
    seen_only = ["Bounced"] if name == "activity" and "only" not in source else []
    return [*source["events"], *seen_only]


def tables(maker: Maker, declared: dict[str, Any], kind: str) -> dict[str, list[Row]]:
    """Rows for every source, most of them about the contacts there are."""
    everyone = words.EMAILS + words.MORE_EMAILS if kind == "email" else words.CODES
    ids = maker.random.sample(everyone, maker.pick([1, 3, 8, 10, 12, 12]))
    found: dict[str, list[Row]] = {"contacts": contacts(maker, declared["contacts"], ids, kind)}
    people = [*ids, *ids, *ids, ABSENT[kind], None]
    for name, source in declared.items():
        if name != "contacts":
            count = maker.pick([0, 8, 16] if name == "crm" else [2, 20, 40, 60])
            found[name] = [row(maker, source, people, kind) for _ in range(count)]
            if "time" in source:
                found[name] += echoes(maker, source, found[name])
            if name == "crm" and "duplicates" not in maker.features:
                found[name] = list({identity(one["who"], kind): one for one in found[name]}.values())
            if "unique" in source:
                found[name] = alike(found[name], source, kind)
    bounced: dict[str, Any] = dict.fromkeys(declared["activity"]["types"])
    found["activity"].append({**bounced, "who": ABSENT[kind], "action": "Bounced", "at": maker.clock.as_of})
    return found


def contacts(maker: Maker, source: dict[str, Any], ids: list[str], kind: str) -> list[Row]:
    """One row for each contact, or more of them, or rows without an id, when duplicates are on."""
    column = source["id"]
    found: list[Row] = [row(maker, source, [one], kind) for one in ids]
    if "duplicates" in maker.features:
        return found + [row(maker, source, [*ids, None], kind) for _ in range(maker.pick([0, 1, 3]))]
    return list({identity(one[column], kind): one for one in found}.values())


def row(maker: Maker, source: dict[str, Any], people: list[Any], kind: str) -> Row:
    """A row about one of these people, whose id is spelled as files spell ids."""
    found = {name: maker.cell(type_, name) for name, type_ in source["types"].items()}
    person = maker.pick(people)
    found[source.get("id") or source["contact"]] = person and maker.pick(words.spelled_alike(person, kind))
    if "event" in source:
        found[source["event"]] = maker.pick(ACTIONS if source["event"] == "action" else ORDER_ACTIONS)
    if "msg" in found:
        found["msg"] = maker.pick(words.MESSAGES)
    if "time" in source:
        found[source["time"]] = None if maker.chance(30) else maker.moment()
    return found


def echoes(maker: Maker, source: dict[str, Any], rows: list[Row]) -> list[Row]:
    """More rows of the same people: at the same instant as another, or just so long after it."""
    found: list[Row] = []
    for one in maker.random.sample(rows, len(rows) // 2):
        time: Any = one[source["time"]]
        if time is None:
            continue
        if maker.within and maker.chance(2):
            time = move(time, duration(maker.pick(maker.within)), maker.clock.zone, 1)
            time += timedelta(microseconds=maker.pick([0, 0, 0, 1, -1]))
        again: dict[str, Any] = {
            **row(maker, source, [one[source["contact"]]], kind="text"),
            source["time"]: time,
        }
        if "event" in source and maker.chance(2):
            again[source["event"]] = one[source["event"]]
        found.append(again)
    return found


def alike(rows: list[Row], source: dict[str, Any], kind: str) -> list[Row]:
    """Rows that are one event and have one time are the same throughout: nothing says which would stand."""
    columns = [source["unique"]] if isinstance(source["unique"], str) else source["unique"]
    first: dict[Any, Row] = {}
    found = []
    for one in rows:
        own = {**one, source["contact"]: identity(one[source["contact"]], kind)}
        key = (own[source["time"]], *(own[name] for name in columns))
        found.append(one if None in key else first.setdefault(key, one))
    return found
