"""Every rule about contacts that a file has, and all that people did which it looks at.

Rules stand in segments, in the cases of traits and in the scores. What a rule asks of people may hide in a trait or
score that it compares.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from segtool.config.columns import VALUE, match_name
from segtool.config.computed import RFM_FIELDS, Computed, Passed, Ratio, conditions_of, deeds_in
from segtool.config.fields import refs_of
from segtool.config.frozen import dataclass
from segtool.config.problems import Location
from segtool.config.settings import Config, SegmentSpec
from segtool.config.tree import Condition, Did, children, leaves


@dataclass(frozen=True)
class Rule:
    """A condition on contacts and what it silences. `segment` is empty inside of a trait or score."""

    condition: Condition
    silence: tuple[str, ...] = ()
    segment: str = ""


def rules_of(config: Config) -> list[Rule]:
    """Every rule of the file, in its order."""
    values = [Rule(condition) for value in config.values.values() for condition in conditions_of(value.value)]
    return values + [Rule(spec.where, silenced(spec), spec.name) for spec in config.segments.values()]


def silenced(spec: SegmentSpec) -> tuple[str, ...]:
    return spec.settings.silence or ()


def nodes(condition: Condition) -> Iterator[Condition]:
    """The condition and every one inside of it."""
    yield condition
    for inner in children(condition):
        yield from nodes(inner)


def deeds(config: Config) -> Iterator[tuple[Did, tuple[str, ...]]]:
    """All that rules and values look at of what people did, with what is silenced there."""
    for rule in rules_of(config):
        yield from ((leaf, rule.silence) for leaf in leaves(rule.condition) if isinstance(leaf, Did))
    for computed in config.values.values():
        yield from ((did, ()) for did in deeds_in(computed.value))
    if config.rfm is not None:
        yield config.rfm.recency, ()


def behind(config: Config, conditions: Iterable[Condition]) -> list[Did]:
    """What people did as far as these conditions depend on it, also through traits, scores and RFM."""
    found: list[Did] = []
    left, seen = list(conditions), set[str]()
    while left:
        for leaf in leaves(left.pop(0)):
            found += [leaf] if isinstance(leaf, Did) else []
            for name in _values(leaf):
                if name not in seen:
                    seen.add(name)
                    deeds, inside = _inside(name, config)
                    found += deeds
                    left += inside
    return found


def behind_value(config: Config, name: str) -> list[Did]:
    """What people did as far as a trait or score depends on it."""
    value = match_name(name, config.values)
    deeds, inside = _inside(value, config) if value is not None else ([], [])
    return deeds + behind(config, inside)


def _values(leaf: Condition) -> list[str]:
    columns = [ref.column or "" for ref in refs_of(leaf)]
    return [column.removeprefix(VALUE) for column in columns if column.startswith(VALUE)]


def _inside(name: str, config: Config) -> tuple[list[Did], list[Condition]]:
    """What a value measures itself, and the conditions in it."""
    if name in RFM_FIELDS and config.rfm is not None:
        return [config.rfm.recency], []
    computed = config.values[name]
    deeds, inside = list(deeds_in(computed.value)), list(conditions_of(computed.value))
    for other in _parts(computed):
        more, further = _inside(other, config)
        deeds, inside = deeds + more, inside + further
    return deeds, inside


def _parts(computed: Computed) -> list[str]:
    """The values that a value is worked out from."""
    match computed.value:
        case Passed(since):
            refs = [since]
        case Ratio(above, below):
            refs = [above, below]
        case _:
            return []
    columns = [ref.column or "" for ref in refs]
    return [column.removeprefix(VALUE) for column in columns if column.startswith(VALUE)]


def place_of(condition: Condition) -> Location | None:
    """Where a condition stands: its own word, the field or event that it is about."""
    at = getattr(condition, "at", None)
    if at is not None:
        return at  # type: ignore[no-any-return]
    refs = [*getattr(condition, "events", ()), *getattr(condition, "names", ())]
    refs += [getattr(condition, name) for name in ("field", "split") if hasattr(condition, name)]
    return refs[0].at if refs else None
