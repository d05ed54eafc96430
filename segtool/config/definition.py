"""What a list means, as a hash: it changes when its rule, a rule or value it refers to, or the calendar does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from segtool.config.columns import match_name
from segtool.config.computed import RFM_FIELDS, Computed, Passed, Ratio, conditions_of
from segtool.config.document import Block, plain
from segtool.config.fields import refs_of
from segtool.config.settings import Config, SegmentSpec
from segtool.config.tree import Condition, InArm, leaves, segments_of

_DECIDES = ("where", "exclude", "top", "bottom", "add", "remove")


def definition(config: Config, segment: str) -> str:
    """A hash of everything in the file that decides who fits. Labels, columns and order do not.

    Neither do the rules of lists that suppress it or come before it in a group: who is off for them is told why.
    """
    said: dict[str, object] = {"of": segment, "timezone": config.timezone, "week_starts": config.week_starts}
    left = [f"segment {segment}"]
    while left:
        name = left.pop()
        if name not in said:
            said[name], needs = _part(config, name)
            left += needs
    text = json.dumps(said, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _part(config: Config, name: str) -> tuple[object, list[str]]:
    """What is written under a name, and the names it refers to."""
    kind, _, own = name.partition(" ")
    if kind == "segment" and own in config.segments:
        return _segment(config, config.segments[own])
    if kind == "value" and own in config.values:
        computed = config.values[own]
        return plain(computed.node), _of_value(config, computed)
    if kind == "rfm" and isinstance(config.node, Block):
        section = config.node.get("rfm")
        return plain(section) if section is not None else None, []
    if kind == "split" and own in config.splits:
        split = config.splits[own]
        return [split.salt, *split.arms], []
    return None, []


def _segment(config: Config, spec: SegmentSpec) -> tuple[object, list[str]]:
    entries = spec.node.entries if isinstance(spec.node, Block) else ()
    written = {entry.key: plain(entry.node) for entry in entries if entry.key in _DECIDES}
    ranks = [rank.by for rank in (spec.settings.top, spec.settings.bottom) if rank is not None]
    if spec.earlier:
        written["after"] = [ref.name for ref in spec.earlier]
    made_of = {ref.name for ref in spec.needs} - {ref.name for ref in spec.earlier}
    needs = [f"segment {name}" for name in sorted(made_of)]
    return written, needs + _of_rules(config, [spec.where]) + _fields(config, ranks)


def _of_value(config: Config, computed: Computed) -> list[str]:
    value = computed.value
    names: list[str] = []
    if isinstance(value, Passed):
        names = [value.since.name]
    if isinstance(value, Ratio):
        names = [value.above.name, value.below.name]
    rules = conditions_of(value)
    segments = [f"segment {ref.name}" for rule in rules for ref in segments_of(rule)]
    return segments + _of_rules(config, rules) + _fields(config, names)


def _of_rules(config: Config, rules: Iterable[Condition]) -> list[str]:
    found = [leaf for rule in rules for leaf in leaves(rule)]
    arms = [f"split {leaf.split.name}" for leaf in found if isinstance(leaf, InArm)]
    return arms + _fields(config, [ref.name for leaf in found for ref in refs_of(leaf)])


def _fields(config: Config, names: Iterable[str]) -> list[str]:
    """Fields that are values; one that is a column as well does no harm."""
    matched = [match_name(name, (*config.values, *RFM_FIELDS)) for name in names]
    return [f"rfm {name}" if name in RFM_FIELDS else f"value {name}" for name in matched if name is not None]
