"""What the traits and scores that a segment looks at come to for one contact, and what each rule of a score gives.

A score is the sum of scores of one rule each. So the rules are evaluated as scores of their own, beside the others and
in the same pass: nothing here computes points.
"""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from segtool.config.columns import VALUE
from segtool.config.computed import Computed, Passed, Ratio, Score
from segtool.config.description import rfm_lines, split_lines, value_lines, values_used
from segtool.config.frozen import dataclass
from segtool.config.phrases import name
from segtool.config.settings import Config
from segtool.config.tree import Ref
from segtool.lists.membership import Lists
from segtool.lists.sentences import MISSING, as_text
from segtool.sources.context import ID

_RULE = "§rule:"
_GROUPS = ("rfm", "rfm_recency", "rfm_frequency", "rfm_monetary")
_NO_POINTS = "none"


@dataclass(frozen=True)
class Worth:
    """A line about a trait or score, and what it is for the contact; None where the line is no value."""

    level: int
    text: str
    value: str | None


def with_rules(config: Config, segment: str) -> Config:
    """The configuration with every rule of the scores that the segment looks at as a score of its own.

    The list shows these, the values, and the fields that they are made of.
    """
    spec = config.segments[segment]
    used = values_used(spec, config)
    rules = {rule.name: rule for computed in used for rule in _rules(computed)}
    fields = [known for computed in used for known in (computed.name, *(ref.name for ref in _made_of(computed)))]
    groups = _GROUPS if rfm_lines(spec, config) else ()
    shown = dict.fromkeys([*fields, *rules, *groups])
    if not shown:
        return config
    showing = replace(spec, settings=spec.settings.but(columns=tuple(shown)))
    return replace(config, values={**config.values, **rules}, segments={**config.segments, segment: showing})


def composition(config: Config, segment: str, lists: Lists, contact: str, zone: str) -> tuple[Worth, ...]:
    """Every line of the values that the segment looks at, with what it is for the contact.

    `config` is resolved, of a run `with_rules`.
    """
    one = lists.contacts.filter(pl.col(ID) == contact)
    texts = one.select(as_text(column, kind, zone) for column, kind in one.schema.items()).row(0, named=True)
    found: list[Worth] = []
    for computed in values_used(config.segments[segment], config):
        first, *lines = value_lines(computed)
        found.append(Worth(0, first, texts[computed.name]))
        columns = [ref for ref in _made_of(computed) if ref.column is not None and not ref.column.startswith(VALUE)]
        found += [Worth(1, name(ref.name), texts[ref.column or ref.name]) for ref in columns]
        rules = [rule.name for rule in _rules(computed)]
        values = [_points(texts[rule]) for rule in rules] if rules else [None] * len(lines)
        found += [Worth(1, line.strip(), value) for line, value in zip(lines, values, strict=True)]
    spec = config.segments[segment]
    for line, group in zip(rfm_lines(spec, config), _GROUPS, strict=False):
        found.append(Worth(int(group != _GROUPS[0]), line.strip(), texts[group]))
    return (*found, *(Worth(0, line, None) for line in split_lines(spec, config)))


def _rules(computed: Computed) -> list[Computed]:
    value = computed.value
    rules = value.rules if isinstance(value, Score) else ()
    return [Computed(f"{_RULE}{computed.name}:{number}", Score((rule,))) for number, rule in enumerate(rules)]


def _points(given: str) -> str:
    return _NO_POINTS if given == MISSING else given


def _made_of(computed: Computed) -> tuple[Ref, ...]:
    """The fields whose values make this one."""
    match computed.value:
        case Passed(since):
            return (since,)
        case Ratio(above, below):
            return above, below
    return ()
