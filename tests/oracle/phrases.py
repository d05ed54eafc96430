"""Random conditions: on fields, on what people did, on other lists, and every way to combine them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from . import vocabulary as words
from .maker import Maker
from .vocabulary import Types

Condition = Any
TEXTUAL = ("text", "email")
NUMERIC = ("integer", "number")
TIMES = ("date", "datetime")
FIELD_TYPES = (
    "text",
    "email",
    "integer",
    "number",
    "boolean",
    "date",
    "date",
    "datetime",
    "datetime",
    "list",
)


@dataclass
class Scope:
    """What conditions may speak of at some place in a configuration."""

    fields: Types
    events: dict[str, list[str]] = field(default_factory=dict)
    sources: dict[str, Types] = field(default_factory=dict)
    segments: list[str] = field(default_factory=list)
    computed: list[str] = field(default_factory=list)

    def named(self, *kinds: str) -> list[str]:
        """The fields of some types."""
        return [name for name, kind in self.fields.items() if kind in kinds]

    def answering(self, names: list[str]) -> Types:
        """The columns of all events that go by these names."""
        columns: Types = {}
        for name in names:
            for source, types in self.sources.items():
                if name == "any" or name.startswith(f"{source}.") or source in self.events.get(name, []):
                    columns |= types
        return columns


def tree(maker: Maker, leaf: Callable[[], Condition], depth: int) -> Condition:
    """Leaves joined by combinators; a plain list means `all`."""
    if depth == 0 or not maker.chance(2):
        return leaf()
    way = maker.pick(["not", "all", "any", "none", "some", "list"])
    if way == "not":
        return {"not": tree(maker, leaf, depth - 1)}
    parts = [tree(maker, leaf, depth - 1) for _ in range(maker.pick([2, 1, 3]))]
    if way == "some":
        bounds = maker.some(["at_least", "at_most", "exactly"], 2)
        return {"some": {**{bound: maker.pick([1, 2, 3]) for bound in bounds}, "of": parts}}
    return parts if way == "list" else {way: parts}


def membership(maker: Maker, scope: Scope) -> Condition:
    """In one of some other lists, or in none."""
    names = maker.some(scope.segments, 2)
    if maker.has("for_at_least", 8):
        return {"in_segment": names[0], "for_at_least": maker.length(False)}
    key = maker.pick(["in_segment", "not_in_segment"])
    return {key: names[0] if len(names) == 1 else names}


def on_field(maker: Maker, scope: Scope) -> Condition:
    """One or two operators on a field."""
    name = some_field(maker, scope)
    if name in scope.computed and scope.fields[name] == "number" and maker.has("change_in"):
        length = maker.length()
        maker.remember("in_last", length)
        return {"field": name, "change_in": length, **on_number(maker, Scope({name: "number"}), name)}
    found: dict[str, Any] = {"field": name}
    for _ in range(maker.pick([1, 1, 1, 2])):
        said = operator(maker, scope, name)
        maker.asked(name, scope.fields[name], *next(iter(said.items())))
        found |= said
    if scope.fields[name] in (*TEXTUAL, "list") and maker.chance(3):
        found["match_case"] = maker.pick([True, True, False])
    return found


def some_field(maker: Maker, scope: Scope) -> str:
    """A computed field now and then, else one of a type, so that types of few fields come up as well."""
    if scope.computed and maker.chance(2):
        return maker.favourite(scope.computed, 2)
    kinds = [kind for kind in FIELD_TYPES if kind in scope.fields.values()]
    return maker.favourite(scope.named(maker.pick(kinds)), 2)


def operator(maker: Maker, scope: Scope, name: str) -> dict[str, Any]:
    """An operator that the type of the field has."""
    kind = scope.fields[name]
    if maker.chance(10):
        return {"is_set": maker.chance(2)}
    if kind in TEXTUAL:
        return on_text(maker, scope, name)
    if kind in NUMERIC:
        return on_number(maker, scope, name)
    if kind in TIMES:
        return on_time(maker, scope, name)
    if kind == "list":
        return on_list(maker)
    others = scope.named("boolean")
    operand: Any = {"field": maker.pick(others)} if maker.chance(6) else maker.chance(2)
    return {maker.pick(["is", "is_not"]): operand}


def text_value(maker: Maker, kind: str, key: str) -> Any:
    """Something to compare a text with: a whole, a part, a pattern, sometimes a number."""
    if key.endswith("matches"):
        return maker.pick(words.PATTERNS)
    if maker.chance(12):
        return maker.pick([12, 7, 1])
    if kind == "email" and maker.chance(2):
        return maker.pick([*words.EMAILS, "@x.com", "ann", "X.COM", "y.org"])
    if key in ("is", "is_not", "in", "not_in") or maker.chance(3):
        return maker.pick(maker.texts)
    return maker.part()


def on_text(maker: Maker, scope: Scope, name: str) -> dict[str, Any]:
    """A comparison of texts."""
    base = maker.favourite(["is", "in", "contains", "starts_with", "ends_with", "matches"], 3)
    key = maker.pick([base, "is_not" if base == "is" else f"not_{base}"])
    kind = scope.fields[name]
    if base not in ("in", "matches") and maker.chance(6):
        return {key: {"field": maker.pick(scope.named(*TEXTUAL))}}
    if base == "in" or maker.chance(4):
        return {key: [text_value(maker, kind, key) for _ in range(maker.pick([1, 2, 3]))]}
    return {key: text_value(maker, kind, key)}


def on_number(maker: Maker, scope: Scope, name: str) -> dict[str, Any]:
    """A comparison of numbers."""
    single = ["is", "is_not", "above", "at_least", "below", "at_most"]
    key = maker.favourite([*single, "in", "not_in", "between", "not_between"], 5)
    whole = scope.fields[name] == "integer"
    limits: list[Any] = maker.integers if whole else maker.limits()
    others = [other for other in scope.named(*NUMERIC) if other != name]
    if key.endswith("between"):
        low, high = sorted([maker.pick(limits), maker.pick(limits)])
        if others and maker.chance(8):
            return {key: [low, {"field": maker.pick(others)}]}
        return {key: [low, high]}
    if key in ("in", "not_in") or (key in ("is", "is_not") and maker.chance(6)):
        return {key: [maker.pick(limits) for _ in range(maker.pick([1, 2, 3]))]}
    if others and maker.chance(4):
        return {key: {"field": maker.pick(others)}}
    return {key: maker.pick(limits)}


def on_time(maker: Maker, scope: Scope, name: str) -> dict[str, Any]:
    """A window, its complement, or a comparison with another day or instant."""
    whole_days = scope.fields[name] == "date"
    others = [other for other in scope.named(*TIMES) if other != name]
    if others and maker.chance(4):
        key = maker.pick(["before", "after", "since", "until"])
        return {key: {"field": maker.pick(others)}}
    if others and maker.chance(12):
        key = maker.pick(["between", "not_between"])
        return {key: [maker.point(whole_days), {"field": maker.pick(others)}]}
    key, value = maker.window(whole_days, anniversaries=True)
    if key in ("in_last", "in_next", "during", "between", "on") and maker.chance(3):
        key = f"not_{key}"
    return {key: value}


def on_list(maker: Maker) -> dict[str, Any]:
    """What a list has, or how long it is."""
    key = maker.favourite(["has", "has_any", "has_all", "has_none", "size"], 3)
    if key == "size":
        bounds = maker.some(["at_least", "at_most", "above", "below", "exactly"], 2)
        return {key: {bound: maker.pick([1, 2, 3]) for bound in bounds}}
    values: list[Any] = [*maker.elements, *maker.elements, "none", 12]
    if key == "has":
        return {key: maker.pick(values)}
    return {key: list(dict.fromkeys(maker.some(values)))}


def on_row(maker: Maker, columns: Types, depth: int = 1) -> Condition:
    """A condition on the columns of one row."""
    scope = Scope(columns)
    return tree(maker, lambda: on_field(maker, scope), depth)
