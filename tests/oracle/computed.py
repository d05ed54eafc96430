"""Random traits, scores and RFM, which later conditions may speak of as fields."""

from __future__ import annotations

from typing import Any

from . import vocabulary as words
from .deeds import behaviour_core, condition, windows
from .maker import Maker
from .phrases import NUMERIC, Scope
from .vocabulary import Types


def computed(maker: Maker, scope: Scope) -> dict[str, Any]:
    """A few traits and scores; each is added to what may be spoken of."""
    found: dict[str, Any] = {}
    for feature, make in (("traits", trait), ("scores", score)):
        for number in range(maker.pick([1, 2, 3, 4]) if feature in maker.features else 0):
            name = f"{feature[:-1]}_{number}"
            spec, kind = make(maker, scope)
            found.setdefault(feature, {})[name] = spec
            scope.fields[name] = kind
            scope.computed.append(name)
    return found


def trait(maker: Maker, scope: Scope) -> tuple[Any, str]:
    """A trait and its type."""
    ways = ["count", "measure", "end", "end", "most_common", "days_since", "years_since", "ratio", "cases"]
    way = maker.favourite(ways, 3)
    if way == "cases":
        return cases(maker, scope)
    if way == "ratio":
        return {"ratio": maker.some(scope.named(*NUMERIC), 1) + maker.some(scope.named(*NUMERIC), 1)}, "number"
    if way.endswith("since"):
        return {way: maker.pick(scope.named("date", "datetime"))}, "number"
    spec, columns = behaviour_core(maker, scope)
    if way == "end":
        return end(maker, spec, columns)
    if way == "most_common":
        texts = [name for name, kind in columns.items() if kind == "text"]
        return ({**spec, "most_common": maker.pick(texts)}, "text") if texts else (spec, "number")
    return (measured(maker, spec, columns) if way == "measure" else spec), "number"


def measured(maker: Maker, spec: dict[str, Any], columns: Types) -> dict[str, Any]:
    """A number of something else than events."""
    numbers = [name for name, kind in columns.items() if kind in NUMERIC]
    kinds = ["distinct", *(["sum", "average", "min", "max"] if numbers else [])]
    kind = maker.pick(kinds + (["periods"] if "periods" in maker.features else []))
    if kind == "periods":
        return {**spec, kind: maker.length()}
    if kind == "distinct":
        return {
            **spec,
            kind: maker.pick([*(name for name in columns if columns[name] != "list"), "day", "month"]),
        }
    return {**spec, kind: maker.pick(numbers)}


def end(maker: Maker, spec: dict[str, Any], columns: Types) -> tuple[Any, str]:
    """A column of the first or the last event; `time` is its instant."""
    plain = {name: kind for name, kind in columns.items() if kind not in ("list", "boolean")}
    dated = {"at", "bought"} & set(plain)  # nobody asks when something undated was
    column = maker.pick(["time", *plain] if dated else list(plain))
    return {**spec, maker.pick(["first", "last"]): column}, {"time": "datetime", **plain}[column]


def cases(maker: Maker, scope: Scope) -> tuple[Any, str]:
    """One of a few words or numbers, by conditions."""
    alone = Scope(scope.fields, scope.events, scope.sources, [], scope.computed)
    kind = maker.pick(["text", "number"])
    values: list[Any] = words.TEXTS if kind == "text" else words.LIMITS
    count = maker.pick([1, 2])
    listed = [{"when": condition(maker, alone, 1), "is": maker.pick(values)} for _ in range(count)]
    spec: dict[str, Any] = {"cases": listed}
    return ({**spec, "otherwise": maker.pick(values)} if maker.chance(2) else spec), kind


def score(maker: Maker, scope: Scope) -> tuple[Any, str]:
    """One to three rules."""
    return [rule(maker, scope) for _ in range(maker.pick([1, 2, 3]))], "number"


def rule(maker: Maker, scope: Scope) -> dict[str, Any]:
    """Points once, or points for each event, which may fade."""
    spec: dict[str, Any] = {"points": maker.pick([1, 5, -5, 0.1, 0.2, 20])}
    maker.hints += [spec["points"], 2 * spec["points"], spec["points"] / 2, 3 * spec["points"]]
    if maker.chance(2):
        alone = Scope(scope.fields, scope.events, scope.sources, [], scope.computed)
        return {**spec, "when": condition(maker, alone, 1)}
    each, _ = behaviour_core(maker, scope)
    spec["each"] = {**each, **windows(maker)}
    if maker.chance(2):
        spec["at_most"] = maker.pick([1, 5, 10, 0.5])
        maker.hints += [spec["at_most"], -spec["at_most"]]
    if maker.chance(2):
        spec["half_life"] = maker.pick(["1 day", "30 days", "2 weeks", "90 minutes", "36 hours"])
    return spec


def rfm(maker: Maker, scope: Scope) -> dict[str, Any]:
    """Recency, frequency and monetary value of purchases."""
    spec = {"did": "purchase", "amount": "amount", "bins": maker.pick([5, 3, 2])}
    scope.fields |= {
        "rfm_recency": "number",
        "rfm_frequency": "number",
        "rfm_monetary": "number",
        "rfm": "text",
    }
    return {"rfm": {**spec, **({"in_last": maker.length()} if maker.chance(2) else {})}}
