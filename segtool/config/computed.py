"""Values computed for each contact: traits, scores, RFM and splits, as written and as resolved.

Reads their shapes. Refuses a trait that says two things, a score rule without points, splits that do not add up to
100 percent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from segtool.config import behaviour, conditions, values
from segtool.config.document import Block, Entry, Items, Node, Scalar
from segtool.config.frozen import dataclass
from segtool.config.operators import CLOCK_FREE, MEASURES, PICKS, WINDOWS
from segtool.config.problems import Location, Problems, listed, suggestion
from segtool.config.times import Duration
from segtool.config.tree import Condition, Did, Measure, Ref


@dataclass(frozen=True)
class EventValue:
    """A measure over events, or a column of the first or last one, or the commonest value (`did.measure` tells)."""

    did: Did


@dataclass(frozen=True)
class Passed:
    """Whole days or years that have passed since a date or an instant."""

    since: Ref
    unit: str


@dataclass(frozen=True)
class Ratio:
    """The first over the second; missing where the second is 0 or either is missing."""

    above: Ref
    below: Ref


@dataclass(frozen=True)
class Cases:
    """The value of the first condition that is true."""

    cases: tuple[tuple[Condition, Scalar], ...]
    otherwise: Scalar | None = None


@dataclass(frozen=True)
class ScoreRule:
    """Points once, when a condition is true, or for each event, halved every `half_life`; bounded by `at_most`."""

    points: float
    when: Condition | None = None
    each: Did | None = None
    at_most: float | None = None
    half_life: Duration | None = None


@dataclass(frozen=True)
class Score:
    """The sum of the rules that touch a contact; missing where none does."""

    rules: tuple[ScoreRule, ...]


RFM_FIELDS = {
    "rfm_recency": "integer",
    "rfm_frequency": "integer",
    "rfm_monetary": "integer",
    "rfm": "text",
    "rfm_group": "text",
}

Value = EventValue | Passed | Ratio | Cases | Score


@dataclass(frozen=True)
class Computed:
    """A named value. `type` is known once the names in it are resolved."""

    name: str
    value: Value
    type: str = ""
    node: Node = field(default=Block(()), compare=False, repr=False)
    at: Location | None = field(default=None, compare=False, repr=False)


_Where = Callable[[Node], Condition | None]


def trait(entry: Entry, problems: Problems) -> Computed | None:
    """One entry of `traits:`."""
    node = entry.node
    readers = {"did": _event_value, "days_since": _passed, "years_since": _passed, "ratio": _ratio, "cases": _cases}
    if not isinstance(node, Block):
        problems.error(
            "wrong-value", f'trait "{entry.key}" is a mapping, such as {{did: purchase, sum: amount}}', entry.at
        )
        return None
    leaders = [inner for inner in node.entries if inner.key in readers]
    if len(leaders) != 1:
        known = listed(list(readers))
        near = suggestion(node.entries[0].key, readers) if node.entries and not leaders else ""
        said = "says two things" if leaders else "does not say what it is"
        at = leaders[1].at if leaders else entry.at
        problems.error("trait-shape", f'trait "{entry.key}" {said}; it begins with one of {known}{near}', at)
        return None
    value = readers[leaders[0].key](node, leaders[0], problems)
    return Computed(entry.key, value, node=node, at=entry.at) if value is not None else None


def score(entry: Entry, problems: Problems) -> Computed | None:
    """One entry of `scores:`."""
    if not isinstance(entry.node, Items) or not entry.node.items:
        asked = "a list of rules, such as [{points: 20, when: {…}}]"
        problems.error("wrong-value", f'score "{entry.key}" is {asked}', entry.node.at or entry.at)
        return None
    rules = [_rule(item, problems) for item in entry.node.items]
    if any(rule is None for rule in rules):
        return None
    found = Score(tuple(rule for rule in rules if rule is not None))
    return Computed(entry.key, found, node=entry.node, at=entry.at)


def _on_event(problems: Problems) -> _Where:
    return lambda node: conditions.parse(node, problems, of_row=True)


def _event_value(node: Block, entry: Entry, problems: Problems) -> EventValue | None:
    before = len(problems.errors)
    known = ("did", "where", *WINDOWS, *MEASURES, *PICKS, "then", "then_not", "within")
    values.refuse_other_keys(node, known, problems, "in a trait")
    did = behaviour.selected(node, entry, problems, _on_event(problems))
    picks = [inner for inner in node.entries if inner.key in PICKS]
    measures = [inner for inner in node.entries if inner.key in MEASURES]
    if picks and len(picks) + len(measures) > 1:
        second = (*picks, *measures)[1]
        problems.error("two-measures", f'"{picks[0].key}" and "{second.key}" in one trait; use two traits', second.at)
    if picks:
        column = values.text(picks[0].node, problems, "the name of a column of these events")
        did = _with_measure(did, Measure(picks[0].key, column or "", at=picks[0].at))
    return EventValue(did) if len(problems.errors) == before else None


def _with_measure(did: Did, measure: Measure) -> Did:
    return Did(did.events, did.where, did.windows, measure, follow=did.follow)


def _passed(node: Block, entry: Entry, problems: Problems) -> Passed | None:
    values.refuse_other_keys(node, (entry.key,), problems, f'beside "{entry.key}"')
    name = values.text(entry.node, problems, "the name of a field")
    unit = entry.key.removesuffix("s_since")
    return Passed(Ref(name, at=entry.node.at), unit) if name is not None else None


def _ratio(node: Block, entry: Entry, problems: Problems) -> Ratio | None:
    values.refuse_other_keys(node, ("ratio",), problems, 'beside "ratio"')
    names = values.texts(entry.node, problems, "the name of a field")
    if len(names) != 2:
        problems.error("wrong-value", "ratio takes two fields: ratio: [returns, orders]", entry.node.at)
        return None
    above, below = (Ref(name, at=at) for name, at in names)
    return Ratio(above, below)


def _cases(node: Block, entry: Entry, problems: Problems) -> Cases | None:
    values.refuse_other_keys(node, ("cases", "otherwise"), problems, 'beside "cases"')
    if not isinstance(entry.node, Items) or not entry.node.items:
        problems.error("wrong-value", "cases is a list: [{when: {…}, is: Buyer}, …]", entry.node.at)
        return None
    found = [_case(item, problems) for item in entry.node.items]
    otherwise = node.get("otherwise")
    if otherwise is not None and not (isinstance(otherwise, Scalar) and otherwise.value is not None):
        problems.error("wrong-value", "otherwise takes one value", otherwise.at)
        return None
    if any(case is None for case in found):
        return None
    return Cases(tuple(case for case in found if case is not None), otherwise)


def _case(item: Node, problems: Problems) -> tuple[Condition, Scalar] | None:
    when = item.get("when") if isinstance(item, Block) else None
    value = item.get("is") if isinstance(item, Block) else None
    if not isinstance(item, Block) or when is None or not isinstance(value, Scalar) or value.value is None:
        problems.error("wrong-value", "a case is {when: {…}, is: Buyer}", item.at)
        return None
    values.refuse_other_keys(item, ("when", "is"), problems, "in a case")
    condition = conditions.parse(when, problems)
    return (condition, value) if condition is not None else None


def _rule(item: Node, problems: Problems) -> ScoreRule | None:
    if not isinstance(item, Block):
        problems.error("wrong-value", "a rule of a score is {points: 20, when: {…}}", item.at)
        return None
    before = len(problems.errors)
    values.refuse_other_keys(item, ("points", "when", "each", "at_most", "half_life"), problems, "in a rule of a score")
    given = item.get("points")
    points = values.number(given, problems) if given is not None else None
    if given is None:
        problems.error("missing-key", "a rule of a score needs points:", item.at)
    at_most = _limit(item, problems)
    when, each = item.entry("when"), item.entry("each")
    if (when is None) == (each is None):
        said = "both when: and each:" if when else "neither when: nor each:"
        problems.error("score-shape", f"this rule has {said}; it takes one of them", each.at if each else item.at)
    half_life = _half_life(item, problems)
    condition = conditions.parse(when.node, problems) if when is not None else None
    events = _each(each, problems) if each is not None else None
    if len(problems.errors) > before or points is None:
        return None
    return ScoreRule(points, condition, events, at_most, half_life)


def _limit(item: Block, problems: Problems) -> float | None:
    node = item.get("at_most")
    limit = values.number(node, problems) if node is not None else None
    if node is not None and limit is not None and limit < 0:
        problems.error("wrong-value", "at_most bounds how far the rule goes up or down; it is not negative", node.at)
    return limit


def _half_life(item: Block, problems: Problems) -> Duration | None:
    entry = item.entry("half_life")
    if entry is None:
        return None
    span = values.duration(entry.node, problems)
    if span is not None and (span.unit not in CLOCK_FREE or span.count == 0):
        problems.error("wrong-duration", "half_life takes minutes, hours, days or weeks", entry.node.at)
    if "each" not in item:
        problems.error("score-shape", "half_life: belongs to each:, whose events have an age", entry.at)
    return span


def _each(entry: Entry, problems: Problems) -> Did | None:
    node = entry.node
    did = node.entry("did") if isinstance(node, Block) else None
    if not isinstance(node, Block) or did is None:
        problems.error("wrong-value", "each takes events: each: {did: click, in_last: 90 days}", node.at)
        return None
    known = ("did", "where", *WINDOWS, "then", "then_not", "within")
    values.refuse_other_keys(node, known, problems, "in each:")
    return behaviour.selected(node, did, problems, _on_event(problems))


@dataclass(frozen=True)
class Rfm:
    """Recency, frequency and monetary value of the people with such an event, in bins by quantile.

    The three behaviours differ in what they measure: the instant, the count (of orders), the sum.
    """

    recency: Did
    frequency: Did
    monetary: Did
    bins: int
    at: Location | None = field(default=None, compare=False, repr=False)


def rfm(entry: Entry, problems: Problems) -> Rfm | None:
    """The `rfm:` section."""
    node = entry.node
    did = node.entry("did") if isinstance(node, Block) else None
    amount = node.entry("amount") if isinstance(node, Block) else None
    if not isinstance(node, Block) or did is None or amount is None:
        problems.error("wrong-value", "write rfm: {did: purchase, amount: amount, in_last: 24 months}", entry.at)
        return None
    before = len(problems.errors)
    known = ("did", "where", "amount", "order", "bins", *WINDOWS)
    values.refuse_other_keys(node, known, problems, "in rfm")
    selected = behaviour.selected(node, did, problems, _on_event(problems))
    money = values.text(amount.node, problems, "the name of a column of these events")
    order = node.entry("order")
    name = values.text(order.node, problems, "the name of a column of these events") if order is not None else None
    bins = _bins(node, problems)
    if len(problems.errors) > before:
        return None
    frequency = Measure("distinct", name, at=order.at if order else None) if name else Measure()
    return Rfm(
        recency=_with_measure(selected, Measure()),
        frequency=_with_measure(selected, frequency),
        monetary=_with_measure(selected, Measure("sum", money or "", at=amount.at)),
        bins=bins,
        at=entry.at,
    )


def _bins(node: Block, problems: Problems) -> int:
    inner = node.get("bins")
    if inner is None:
        return 5
    number = values.number(inner, problems)
    if number is None or number != int(number) or not 2 <= number <= 9:
        problems.error("wrong-value", "bins is a whole number from 2 to 9", inner.at)
        return 5
    return int(number)


@dataclass(frozen=True)
class Split:
    """Arms and the percent of people in each, in order; who is in which depends on `salt` and id alone."""

    name: str
    arms: tuple[tuple[str, float], ...]
    salt: str
    at: Location | None = field(default=None, compare=False, repr=False)


def split(entry: Entry, problems: Problems) -> Split | None:
    """One entry of `splits:`."""
    node = entry.node
    if not isinstance(node, Block) or not node.entries:
        problems.error(
            "wrong-value", f'split "{entry.key}" is its arms in percent: {{A: 45, B: 45, holdout: 10}}', entry.at
        )
        return None
    before = len(problems.errors)
    salt_node = node.get("salt")
    salt = values.text(salt_node, problems, "a word") if salt_node is not None else entry.key
    arms = []
    for inner in node.entries:
        if inner.key != "salt":
            percent = values.number(inner.node, problems)
            if percent is not None and percent < 0:
                problems.error("wrong-value", "a share is not negative", inner.node.at)
            arms.append((inner.key, float(percent or 0)))
    if len(problems.errors) == before and round(sum(share for _, share in arms), 9) != 100:
        total = sum(share for _, share in arms)
        problems.error("split-sum", f'the arms of "{entry.key}" add up to {total:g} percent, not 100', entry.at)
    return Split(entry.key, tuple(arms), salt or entry.key, entry.at) if len(problems.errors) == before else None


def conditions_of(value: Value) -> tuple[Condition, ...]:
    """The conditions inside a value."""
    if isinstance(value, Cases):
        return tuple(condition for condition, _ in value.cases)
    if isinstance(value, Score):
        return tuple(rule.when for rule in value.rules if rule.when is not None)
    return ()


def deeds_in(value: Value) -> tuple[Did, ...]:
    """The behaviour that a value measures itself (not that of its conditions)."""
    if isinstance(value, EventValue):
        return (value.did,)
    if isinstance(value, Score):
        return tuple(rule.each for rule in value.rules if rule.each is not None)
    return ()
