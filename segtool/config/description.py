"""Whole segments in plain English, without any data: the rule, what happens to those who fit, the values it uses."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from segtool.config import phrases, times
from segtool.config.columns import VALUE, match_name
from segtool.config.computed import (
    RFM_FIELDS,
    Cases,
    Computed,
    EventValue,
    Passed,
    Ratio,
    Score,
    ScoreRule,
    Value,
    conditions_of,
)
from segtool.config.fields import refs_of
from segtool.config.frozen import dataclass
from segtool.config.model import Rank
from segtool.config.phrases import joined, name
from segtool.config.settings import Config, SegmentSpec
from segtool.config.tree import Condition, FieldTest, InArm, Ref, leaves
from segtool.config.words import deed, lists, outline, sentence

KINDS = {
    "static": "filled once: the same people until segtool refresh",
    "semi_dynamic": "who was on it once stays on it, whatever the rule says later",
}
"""What the kinds that remember do."""


@dataclass(frozen=True)
class Step:
    """Something that happens to a list after its rule: the key in the file and what it says."""

    key: str
    text: str


def definition_lines(spec: SegmentSpec, config: Config) -> list[str]:
    """The whole segment in plain words, a line for each part; parts of its rule are indented by two spaces."""
    lines = ["  " * clause.level + clause.text for clause in outline(spec.where)]
    lines += [step.text for step in steps(spec, config)]
    return [*lines, *background_lines(spec, config)]


def background_lines(spec: SegmentSpec, config: Config) -> list[str]:
    """What the values, the RFM fields and the splits are that a segment looks at."""
    lines = [line for used in values_used(spec, config) for line in value_lines(used)]
    return [*lines, *rfm_lines(spec, config), *split_lines(spec, config)]


def steps(spec: SegmentSpec, config: Config) -> list[Step]:
    """What happens to those who fit the rule, in the order in which it does."""
    settings = spec.settings
    found = []
    if settings.exclude:
        found.append(Step("exclude", f"but not those on {lists(settings.exclude)}"))
    for key in ("top", "bottom"):
        chosen = getattr(settings, key)
        if chosen is not None:
            found.append(Step(key, f"of these only {rank(chosen, key)}"))
    if spec.remembers:
        found.append(Step("kind", KINDS[settings.kind]))
    if settings.add:
        found.append(Step("add", f"also everyone in {joined(settings.add, 'or')}, whatever the rule says"))
    if settings.remove:
        found.append(Step("remove", f"never anyone in {joined(settings.remove, 'or')}"))
    if spec.earlier:
        earlier = lists([ref.name for ref in spec.earlier])
        found.append(Step("exclusive", f"not those on {earlier}, which come{_s(spec.earlier)} first"))
    suppressors = config.suppressors(spec.name)
    if suppressors:
        found.append(Step("suppress", f"not those on {lists(suppressors)}, which {_are(suppressors)} suppressed"))
    return found


def _s(names: Sequence[object]) -> str:
    return "" if len(names) > 1 else "s"


def _are(names: Sequence[object]) -> str:
    return "are" if len(names) > 1 else "is"


def rank(chosen: Rank, key: str) -> str:
    """`the 100 with the highest lead_score`."""
    share = f"{chosen.count}" if chosen.count is not None else f"{phrases.number(chosen.percent or 0)} percent"
    step = times.duration(chosen.change_in) if chosen.change_in is not None else None
    by = f"change of {name(chosen.by)} in {step}" if step is not None else name(chosen.by)
    return f"the {share} with the {'highest' if key == 'top' else 'lowest'} {by}"


def values_used(spec: SegmentSpec, config: Config) -> list[Computed]:
    """The traits and scores that a segment looks at, and those that they look at, each once."""
    names = _values_looked_at(spec, config, config.values)
    return [config.values[name] for name in names]


def rfm_lines(spec: SegmentSpec, config: Config) -> list[str]:
    """What the RFM fields are: all of them, then each as in RFM_FIELDS; nothing where the segment looks at none."""
    rfm = config.rfm
    if rfm is None or not {*RFM_FIELDS} & {*_values_looked_at(spec, config, (*config.values, *RFM_FIELDS))}:
        return []
    counted = "number of " if rfm.frequency.measure.kind == "count" else ""
    return [
        f"rfm is three numbers from 1 to {rfm.bins}, {rfm.bins} for the best",
        f"  how recent the latest {deed(rfm.recency)} is",
        f"  {counted}{deed(rfm.frequency)}",
        f"  {deed(rfm.monetary)}",
    ]


def split_lines(spec: SegmentSpec, config: Config) -> list[str]:
    """What the splits are that a segment looks at."""
    found = dict.fromkeys(leaf.split.name for leaf in leaves(spec.where) if isinstance(leaf, InArm))
    lines = []
    for split in (config.splits[written] for written in found if written in config.splits):
        arms = ", ".join(f"{name(arm)} {phrases.number(share)}" for arm, share in split.arms)
        lines.append(f"{name(split.name)} is drawn for ever, in percent: {arms}")
    return lines


def _values_looked_at(spec: SegmentSpec, config: Config, known: Collection[str]) -> list[str]:
    """Those of the known values that a segment looks at, itself or through other values."""
    ranks = [chosen.by for chosen in (spec.settings.top, spec.settings.bottom) if chosen is not None]
    left = [*fields_of(spec.where), *(Ref(by) for by in ranks)]
    found: dict[str, None] = {}
    while left:
        ref = left.pop(0)
        value = match_name(ref.name, known) if (ref.column or VALUE).startswith(VALUE) else None
        if value is not None and value not in found:
            found[value] = None
            left += _fields_of_value(config.values[value].value) if value in config.values else []
    return list(found)


def fields_of(condition: Condition) -> list[Ref]:
    """The fields of a contact that a condition looks at."""
    return [ref for leaf in leaves(condition) if isinstance(leaf, FieldTest) for ref in refs_of(leaf)]


def _fields_of_value(value: Value) -> list[Ref]:
    match value:
        case Passed(since):
            return [since]
        case Ratio(above, below):
            return [above, below]
    return [ref for condition in conditions_of(value) for ref in fields_of(condition)]


def value_lines(computed: Computed) -> list[str]:
    """What a trait or score is; the rules of a score and the cases of a trait are indented by two spaces."""
    own = name(computed.name)
    match computed.value:
        case EventValue(did):
            return [f"{own} is {'number of ' if did.measure.kind == 'count' else ''}{deed(did)}"]
        case Passed(since, unit):
            return [f"{own} is {unit}s since {name(since.name)}"]
        case Ratio(above, below):
            return [f"{own} is {name(above.name)} divided by {name(below.name)}"]
        case Cases(cases, otherwise):
            lines = [f"  {phrases.value(said)} if {sentence(when)}" for when, said in cases]
            rest = [f"  {phrases.value(otherwise)} otherwise"] if otherwise is not None else []
            return [f"{own} is the first of these that fits", *lines, *rest]
        case Score(rules):
            return [f"{own} is the sum of", *(f"  {_rule(rule)}" for rule in rules)]


def _rule(rule: ScoreRule) -> str:
    """`5 points for each click in the last 90 days, halved every 30 days, at most 50 together`."""
    points = f"{phrases.number(rule.points)} points"
    said = f"{points} if {sentence(rule.when)}" if rule.when is not None else points
    if rule.each is not None:
        said = f"{points} for each {deed(rule.each).removeprefix('any ')}"
    halved = f", halved every {rule.half_life}" if rule.half_life is not None else ""
    return said + halved + (f", at most {phrases.number(rule.at_most)} together" if rule.at_most is not None else "")
