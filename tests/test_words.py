"""Conditions and segments in plain words: everything of the language has its words, and no two mean the same."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from itertools import product
from random import Random
from typing import Any, get_args

import pytest
from oracle.generate import ALL_FEATURES, world

from segtool.config import conditions, document, model, phrases, tree, words
from segtool.config.columns import VALUE
from segtool.config.description import KINDS, definition_lines
from segtool.config.operators import BOUNDS, MEASURES, OPERATORS, PICKS, WINDOWS
from segtool.config.problems import Problems
from segtool.config.settings import Config
from segtool.config.tree import (
    All,
    AnyOf,
    Bound,
    Condition,
    Did,
    FieldTest,
    Not,
    Ref,
    Some,
    Window,
    leaves,
)
from segtool.loading import load

OPERANDS = {
    "flag": "true",
    "one": "5",
    "several": "[a, b]",
    "list": "[a, b]",
    "pair": "[1, 2]",
    "duration": "30 days",
    "point": "2026-05-01",
    "day": "today",
    "period": "last week",
    "anniversary": "{in_next: 7 days}",
    "bounds": "{at_least: 2}",
}


def condition(text: str) -> Condition:
    """The condition that a piece of YAML is."""
    problems = Problems()
    found = conditions.parse(document.parse(text, "segments.yaml"), problems)
    assert not problems.errors, problems.errors
    assert found is not None
    return found


def said(text: str) -> str:
    return words.sentence(condition(text))


# --- examples: what people read ------------------------------------------------------------------------------

SENTENCES = {
    "{field: job_title, contains: VP}": 'job_title contains "VP"',
    "{field: Job Title, is: a 'b' \"c\"}": '"Job Title" is "a \'b\' ""c"""',
    "{field: state, in: [NJ, NY, CA]}": 'state is "NJ", "NY" or "CA"',
    "{field: state, is_not: NJ}": 'state is not "NJ"',
    "{field: state, not_in: [NJ, NY]}": 'state is none of "NJ", "NY"',
    "{field: state, is_set: false}": "state has no value",
    "{field: name, starts_with: A, match_case: true}": 'name starts with "A", capitals matter',
    "{field: name, not_matches: '^A.c$'}": 'name does not match "^A.c$"',
    "{field: age, at_least: 25, below: 45.5}": "age at least 25 and below 45.5",
    "{field: age, not_between: [25, 45]}": "age not from 25 to 45",
    "{field: spent, above: {field: budget}}": "spent above the value of budget",
    "{field: newsletter, is: true}": "newsletter is true",
    "{field: code, is: 007}": "code is 007",
    "{field: tags, has_all: [a, b]}": 'tags has all of "a", "b"',
    "{field: tags, has_none: [a, b]}": 'tags has none of "a", "b"',
    "{field: tags, size: {at_least: 2, below: 5}}": "tags has at least 2 and below 5 elements",
    "{field: joined, not_in_last: 1 day}": "joined not in the last 1 day",
    "{field: joined, between: [2026-05-01, 2 weeks ago]}": "joined from 2026-05-01 to 2 weeks ago",
    "{field: seen, since: 2026-05-01T09:00, until: {field: e1}}": (
        "seen since 2026-05-01 09:00 and until the value of e1"
    ),
    "{field: joined, older_than: 60 days}": "joined at least 60 days ago",
    "{field: birthday, anniversary: {in_next: 7 days}}": "birthday has its anniversary in the next 7 days",
    "{field: birthday, anniversary: today}": "birthday has its anniversary on today",
    "{field: birthday, anniversary: in 2 days}": "birthday has its anniversary in 2 days",
    "{field: lead_score, change_in: 60 days, below: 0}": "change of lead_score in 60 days below 0",
    "{did: click}": "at least one click",
    "{did_not: [open, click], in_last: 30 days}": "no open or click in the last 30 days",
    "{did: any, during: last week}": "at least one event during last week",
    "{did_not: web.any}": "no event of web",
    "{did: any, at_least: 2}": "at least 2 times any event",
    "{not: {did: click, at_least: 2}}": "not (at least 2 times click)",
    "{did: click, at_least: 2, where: {field: url, contains: /p}, in_last: 30 days}": (
        'at least 2 times click in the last 30 days where url contains "/p"'
    ),
    "{did: click, where: [{field: url, contains: /p}, {field: at, is: x}], at_most: 4}": (
        'at most 4 times click where (url contains "/p" and "at" is "x")'
    ),
    "{did: purchase, sum: amount, in_last: 12 months, at_least: 500}": (
        "sum of amount of purchase in the last 12 months: at least 500"
    ),
    "{did: purchase, average: amount, below: 0.5}": "average amount of purchase: below 0.5",
    "{did: purchase, min: amount, exactly: 5}": "smallest amount of purchase: exactly 5",
    "{did: purchase, max: amount, above: 5}": "largest amount of purchase: above 5",
    "{did: click, distinct: campaign, at_least: 2}": "different values of campaign of click: at least 2",
    "{did: click, distinct: day, at_least: 2}": "days with click: at least 2",
    "{did: click, periods: 7 days, at_least: 2}": "periods of 7 days with click: at least 2",
    "{did: visit, first_time: true, in_last: 7 days}": "first visit: in the last 7 days",
    "{did: purchase, most_recent: true, has: {field: category, is: shoes}}": (
        'latest purchase: at any time where category is "shoes"'
    ),
    "{did: cart, then_not: {did: purchase}, within: 3 days, in_last: 30 days}": (
        "at least one cart in the last 30 days not followed by purchase within 3 days"
    ),
    "{in_segment: vip}": "on the list vip",
    "{not_in_segment: [vip, customers]}": "not on the lists vip or customers",
    "{in_segment: [vip, customers], for_at_least: 30 days}": "on the lists vip or customers for at least 30 days",
    "{not: {in_segment: vip, for_at_least: 2 weeks}}": "not on the list vip for at least 2 weeks",
    "{split: spring_test, is: A}": "in arm A of the split spring_test",
    "everyone": "everyone",
    "{not: everyone}": "nobody",
    "[{field: a1, is: 1}, {field: b1, is: 2}]": "a1 is 1 and b1 is 2",
    "{any: [{field: a1, is: 1}, {field: b1, is: 2}]}": "a1 is 1 or b1 is 2",
    "[{field: a1, in: [1, 2]}, {field: b1, is: 2}]": "all of these: a1 is 1 or 2; b1 is 2",
    "{any: [{field: a1, is: 1}, [{field: b1, is: 2}, {did: click}]]}": (
        "any of these: a1 is 1; (b1 is 2 and at least one click)"
    ),
    "{none: [{field: a1, is: 1}]}": "none of these: a1 is 1",
    "{some: {at_least: 1, at_most: 2, of: [{field: a1, is: 1}, {did: click}]}}": (
        "at least 1 and at most 2 of these: a1 is 1; at least one click"
    ),
}


@pytest.mark.parametrize("text", SENTENCES)
def test_what_a_condition_says(text: str) -> None:
    assert said(text) == SENTENCES[text]


LEAVES = {
    "{field: job_title, contains: VP, starts_with: A}": ("job_title", 'contains "VP" and starts with "A"'),
    "{did: click, in_last: 30 days, at_least: 2}": ("click in the last 30 days", "at least 2"),
    "{did: purchase, sum: amount, above: 80}": ("sum of amount of purchase", "above 80"),
    "{did: click, first_time: true, where: {field: url, is: x}, in_last: 7 days}": (
        'first click where url is "x"',
        "in the last 7 days",
    ),
    "{in_segment: [a1, b1]}": ("the lists a1 or b1", "on it"),
    "{in_segment: a1, for_at_least: 1 year}": ("the list a1", "on it for at least 1 year"),
    "{split: test, is: A1}": ("the split test", "arm A1"),
    "everyone": ("everyone", "a contact"),
}


@pytest.mark.parametrize("text", LEAVES)
def test_what_a_leaf_looks_at_and_what_it_needs(text: str) -> None:
    leaf = condition(text)
    assert (words.subject(leaf), words.need(leaf)) == LEAVES[text]


NEGATED = {
    "{field: state, is: NJ}": 'is not "NJ"',
    "{field: state, is_not: NJ}": 'is "NJ"',
    "{field: age, above: 1, below: 5}": "not (above 1 and below 5)",
    "{did: click}": "none",
    "{did: click, at_least: 2}": "below 2",
    "{did: click, exactly: 2}": "not exactly 2",
    "{did: click, average: x1, at_least: 2}": "not at least 2",
    "{did: click, at_least: 2, at_most: 4}": "not at least 2 and at most 4",
    "{did: click, first_time: true, in_last: 7 days}": "not in the last 7 days",
    "{in_segment: a1}": "not on it",
    "{split: test, is: A1}": "not arm A1",
}


@pytest.mark.parametrize("text", NEGATED)
def test_what_makes_a_leaf_untrue(text: str) -> None:
    assert words.need(condition(text), negated=True) == NEGATED[text]


def test_one_test_of_a_field_alone() -> None:
    leaf = condition("{field: age, at_least: 25, below: 45}")
    assert isinstance(leaf, FieldTest)
    assert [words.need(leaf, test) for test in leaf.tests] == ["at least 25", "below 45"]


def test_a_combination_has_no_subject() -> None:
    with pytest.raises(TypeError):
        words.subject(condition("{not: {did: click}}"))
    with pytest.raises(TypeError):
        words.need(condition("{any: [{did: click}, {did: open}]}"))


def test_an_outline_has_a_line_for_each_part() -> None:
    found = words.outline(
        condition(
            "[{field: a1, is: 1}, {all: [{any: [{did: open}, {did_not: click}]}]}, {none: [{did: a1}, {did: b1}]}, "
            "{not: {some: {at_least: 2, of: [{did: c1}]}}}]"
        )
    )
    assert ["  " * clause.level + clause.text for clause in found] == [
        "all of these",
        "  a1 is 1",
        "  any of these",
        "    at least one open",
        "    no click",
        "  none of these",
        "    at least one a1",
        "    at least one b1",
        "  not",
        "    at least 2 of these",
        "      at least one c1",
    ]


def test_deep_conditions_are_said_in_one_go() -> None:
    node: Condition = condition("{did: click}")
    for number in range(100):
        node = All((node, node)) if number < 2 else Not(AnyOf((All((node, condition("{did: open}"))),)))
    assert words.sentence(node).count("at least one open") == 98
    assert len(list(words.outline(node))) > 98


# --- completeness: everything has its words ------------------------------------------------------------------


def operator_test(key: str) -> tree.Test:
    found = condition(f"{{field: x1, {key}: {OPERANDS[OPERATORS[key].operand]}}}")
    assert isinstance(found, FieldTest)
    return found.tests[0]


def test_every_operator_has_words_of_its_own() -> None:
    found = {key: phrases.test(operator_test(key)) for key in OPERATORS}
    assert found.pop("in") == found["is"]
    assert found.pop("not_in") == found["is_not"]
    assert len(set(found.values())) == len(found), found
    assert not [text for text in found.values() if "_" in text or not text.strip()]


def test_every_negative_operator_says_so() -> None:
    for key, operator in OPERATORS.items():
        if operator.negated:
            assert re.search(r"\b(not|none)\b", phrases.test(operator_test(key))), key


@pytest.mark.parametrize("key", WINDOWS)
def test_every_window_of_events_has_words(key: str) -> None:
    kind = OPERATORS[key].operand
    value = "[2026-05-01, today]" if kind == "pair" else OPERANDS[kind]
    assert said(f"{{did: click, {key}: {value}}}") != said("{did: click}")


def test_every_bound_and_measure_has_words() -> None:
    measured = {key: "7 days" if key == "periods" else "x1" for key in MEASURES}
    found = [said(f"{{did: click, {key}: {of}, at_least: 2}}") for key, of in measured.items()]
    found += [said(f"{{did: click, {bound}: 2}}") for bound in BOUNDS]
    assert len(set(found)) == len(MEASURES) + len(BOUNDS)


def test_every_class_of_the_tree_has_words() -> None:
    spoken = {type(part) for text in SENTENCES for part in _parts(condition(text))}
    assert set(get_args(Condition)) <= spoken


def _parts(value: object) -> Iterator[Condition]:
    if isinstance(value, get_args(Condition)):
        yield value
    if is_dataclass(value):
        for part in fields(value):
            yield from _parts(getattr(value, part.name))
    elif isinstance(value, tuple):
        for inner in value:
            yield from _parts(inner)


# --- faithfulness: what differs is said differently ----------------------------------------------------------


def meant(node: Condition) -> Condition:
    """The condition without what makes no difference: combinations of one, two ways to write one operator."""
    match node:
        case All(of) | AnyOf(of) if len(of) == 1:
            return meant(of[0])
        case All(of):
            return All(tuple(map(meant, of)))
        case AnyOf(of):
            return AnyOf(tuple(map(meant, of)))
        case Some(bounds, of):
            return Some(bounds, tuple(map(meant, of)))
        case Not(AnyOf(of)):
            return Not(AnyOf(tuple(map(meant, of))))
        case Not(of):
            return Not(meant(of))
        case FieldTest(tests=tests):
            return replace(node, tests=tuple(map(_meant_test, tests)))
        case Did(where=where, has=has, follow=follow):
            after = follow.where if follow is not None else None
            return replace(
                node,
                where=meant(where) if where is not None else None,
                has=meant(has) if has is not None else None,
                follow=replace(follow, where=meant(after)) if follow is not None and after is not None else follow,
            )
    return node


def _meant_test(test: tree.Test) -> tree.Test:
    one = isinstance(test.operand, tuple) and len(test.operand) == 1
    if test.operator in ("has_any", "has_all") and one:
        return replace(test, operator="has")
    if isinstance(test.operand, Window):
        return replace(test, operator="window")
    return replace(test, operator="is") if test.operator == "in" else test


def rules(seed: int) -> Iterator[Any]:
    """The rules of a random world, and every condition inside them."""
    made = world(Random(seed), ALL_FEATURES, 12).config
    for spec in made["segments"].values():
        yield from _inside(spec["where"])


def _inside(where: Any) -> Iterator[Any]:
    yield where
    parts = where if isinstance(where, list) else []
    if isinstance(where, dict):
        for key in ("all", "any", "none", "not", "some", "where"):
            found = where.get(key, [])
            parts += found if isinstance(found, list) else [found] if key != "some" else found["of"]
    for part in parts:
        yield from _inside(part)


def test_no_two_conditions_have_the_same_sentence() -> None:
    known: dict[str, Condition] = {}
    for seed in range(150):
        for rule in rules(seed):
            problems = Problems()
            found = conditions.parse(document.wrap(rule), problems)
            if found is None or problems.errors:
                continue
            text = words.sentence(found)
            assert known.setdefault(text, meant(found)) == meant(found), text
            shape = "\n".join("  " * clause.level + clause.text for clause in words.outline(found))
            assert known.setdefault(shape, meant(found)) == meant(found), shape
    assert len(known) > 2000


def combined(parts: Sequence[Condition], *sizes: int) -> list[Condition]:
    """Every combination of so many parts, and every part negated."""
    tuples = [of for size in sizes for of in product(parts, repeat=size)]
    several = [AnyOf(of) for of in tuples] + [Some((Bound("at_least", 2),), of) for of in tuples]
    return [*map(All, tuples), *several, *map(Not, (*parts, *several))]


def test_no_two_trees_of_the_same_leaves_have_the_same_sentence() -> None:
    rows = [condition("{field: a1, is: 1}"), condition("{field: a1, in: [1, 2], above: 3}")]
    small = [*rows, *combined(rows, 2, 3)]
    deeds = [Did((Ref("b1"),), where, bounds=(Bound("at_least", 1),)) for where in small]
    known: dict[str, Condition] = {}
    few = [rows[0], *combined(rows[:1], 2, 3)[:6], *deeds[2:8]]
    for tree_ in (*small, *deeds, *combined(few, 2, 3)):
        assert known.setdefault(words.sentence(tree_), meant(tree_)) == meant(tree_), words.sentence(tree_)
    assert len(known) > 5000


LOOKALIKES = [
    ('{field: a1, is: "5"}', "{field: a1, is: 5}"),
    ('{field: a1, is: "true"}', "{field: a1, is: true}"),
    ("{field: a1, is: {field: b1}}", '{field: a1, is: "the value of b1"}'),
    ("{field: a1, in: [x, y]}", "{field: a1, is: 'x\" or \"y'}"),
    ("{did: any}", '{did: "any event"}'),
    ("{did: any}", "{did: event}"),
    ("{did: [click, open]}", '{did: "click or open"}'),
    ("{did: click, where: {field: u1, is: x}, in_last: 7 days}", "{did: click, where: {field: u1, in_last: 7 days}}"),
    ("{did: click, distinct: day, at_least: 1}", "{did: click, distinct: Day, at_least: 1}"),
    ("{did: click, first_time: true}", "{did: click, most_recent: true}"),
    ("{in_segment: [a1, b1]}", '{in_segment: "a1 or b1"}'),
    ("[{field: a1, is: 1}, {any: [{did: b1}, {did: c1}]}]", "{any: [[{field: a1, is: 1}, {did: b1}], {did: c1}]}"),
    ("{field: a1, above: 1, below: 2}", "[{field: a1, above: 1}, {field: below, is: 2}]"),
    ("{field: a1, since: today}", "{field: a1, on: today}"),
    ("{field: a1, older_than: 60 days}", "{field: a1, until: 60 days ago}"),
]


@pytest.mark.parametrize(("one", "other"), LOOKALIKES)
def test_what_looks_alike_is_told_apart(one: str, other: str) -> None:
    assert said(one) != said(other)


# --- whole segments ------------------------------------------------------------------------------------------

SOURCES = {"contacts": {"files": "c.csv", "id": "email"}}


def config(**sections: Any) -> Config:
    return load({"version": 1, "sources": SOURCES, **sections}, base=".")


def test_a_segment_is_told_in_order() -> None:
    found = config(
        traits={"idle": {"days_since": "seen"}, "orders": {"did": "purchase", "in_last": "12 months"}},
        scores={
            "lead": [
                {"points": 20, "when": {"field": "idle", "below": 5}},
                {"points": 2.5, "each": {"did": "any"}, "at_most": 50, "half_life": "30 days"},
            ]
        },
        segments={
            "vip": {
                "where": [{"field": "state", "is": "NJ"}, {"field": "orders", "above": 2}],
                "exclude": ["staff", "old"],
                "top": {"count": 100, "by": "lead", "change_in": "30 days"},
                "add": "always.csv",
                "remove": ["never.csv", "gone.csv"],
            },
            "staff": {"where": "everyone", "bottom": {"percent": 12.5, "by": "idle"}},
            "old": {"where": "everyone"},
        },
    )
    assert definition_lines(found.segments["vip"], found) == [
        "all of these",
        '  state is "NJ"',
        "  orders above 2",
        "but not those on the lists staff or old",
        "of these only the 100 with the highest change of lead in 30 days",
        "also everyone in always.csv, whatever the rule says",
        "never anyone in never.csv or gone.csv",
        "orders is number of purchase in the last 12 months",
        "lead is the sum of",
        "  20 points if idle below 5",
        "  2.5 points for each event, halved every 30 days, at most 50 together",
        "idle is days since seen",
    ]
    assert definition_lines(found.segments["staff"], found)[:2] == [
        "everyone",
        "of these only the 12.5 percent with the lowest idle",
    ]


def test_what_keeps_people_on_or_off_a_list_is_told_last() -> None:
    found = config(
        suppress=["gone", "bounced"],
        exclusive={"stage": ["first", "second", "third"]},
        segments={
            "first": {"where": "everyone", "kind": "static", "suppress": False},
            "second": {"where": "everyone", "kind": "semi_dynamic", "exclude": "gone"},
            "third": {"where": "everyone"},
            "gone": {"where": "everyone"},
            "bounced": {"where": "everyone"},
        },
    )
    assert definition_lines(found.segments["first"], found)[1:] == [
        "filled once: the same people until segtool refresh",
    ]
    assert definition_lines(found.segments["second"], found)[1:] == [
        "but not those on the list gone",
        "who was on it once stays on it, whatever the rule says later",
        'not those on the list "first", which comes first',
        "not those on the lists gone or bounced, which are suppressed",
    ]
    assert definition_lines(found.segments["third"], found)[1] == (
        'not those on the lists "first" or second, which come first'
    )
    assert definition_lines(found.segments["gone"], found) == ["everyone"]


def test_every_kind_that_remembers_has_words() -> None:
    kinds = model.Segment.settings["kind"].kind.schema({})["enum"]
    assert {*KINDS} == {kind for kind in kinds if kind != "dynamic"}


TRAITS = {
    "{did: purchase, last: category}": "category of the last purchase",
    "{did: purchase, first: time}": "time of the first purchase",
    "{did: purchase, most_common: category}": "most common category of purchase",
    "{did: purchase, max: amount}": "largest amount of purchase",
    "{years_since: birthday}": "years since birthday",
    "{ratio: [returns, orders]}": "returns divided by orders",
}


@pytest.mark.parametrize("text", TRAITS)
def test_what_a_trait_is(text: str) -> None:
    trait = document.plain(document.parse(text, "x"))
    found = config(traits={"t1": trait}, segments={"a1": {"where": {"field": "t1", "is_set": True}}})
    assert definition_lines(found.segments["a1"], found)[1] == f"t1 is {TRAITS[text]}"


def test_every_pick_has_words() -> None:
    assert {key for key in PICKS for text in TRAITS if f"{key}:" in text} == set(PICKS)


def test_cases_are_told_one_by_one() -> None:
    cases = [{"when": {"did": "purchase"}, "is": "Buyer"}, {"when": {"did": "click"}, "is": 2}]
    found = config(
        traits={"persona": {"cases": cases, "otherwise": "Unknown"}},
        segments={"a1": {"where": {"field": "persona", "is": "Buyer"}}},
    )
    assert definition_lines(found.segments["a1"], found)[1:] == [
        "persona is the first of these that fits",
        '  "Buyer" if at least one purchase',
        "  2 if at least one click",
        '  "Unknown" otherwise',
    ]


@pytest.mark.parametrize("order", [None, "order_id"])
def test_rfm_is_told_where_it_is_looked_at(order: str | None) -> None:
    asked = {"did": "purchase", "amount": "amount", "in_last": "2 years", "bins": 4} | (
        {"order": order} if order else {}
    )
    found = config(
        rfm=asked,
        traits={"persona": {"cases": [{"when": {"field": "rfm", "is": "444"}, "is": "Best"}]}},
        segments={
            "a1": {"where": {"field": "rfm_recency", "at_least": 3}},
            "b1": {"where": {"field": "persona", "is": "Best"}},
            "c1": {"where": {"field": "state", "is": "NJ"}},
        },
    )
    times = "different values of order_id of purchase" if order else "number of purchase"
    lines = [
        "rfm is three numbers from 1 to 4, 4 for the best",
        "  how recent the latest purchase in the last 2 years is",
        f"  {times} in the last 2 years",
        "  sum of amount of purchase in the last 2 years",
    ]
    assert definition_lines(found.segments["a1"], found)[1:] == lines
    assert definition_lines(found.segments["b1"], found)[3:] == lines
    assert definition_lines(found.segments["c1"], found)[1:] == []


def test_splits_are_told_with_their_arms() -> None:
    found = config(
        splits={"test": {"A1": 45, "B1": 45.5, "holdout": 9.5}},
        segments={"a1": {"where": {"any": [{"split": "test", "is": "A1"}, {"split": "test", "is": "B1"}]}}},
    )
    assert definition_lines(found.segments["a1"], found)[3:] == [
        "test is drawn for ever, in percent: A1 45, B1 45.5, holdout 9.5"
    ]


def test_a_column_of_a_trait_s_name_is_no_trait() -> None:
    found = config(traits={"t1": {"did": "x"}}, segments={"a1": {"where": {"field": "t1", "is_set": True}}})
    spec = found.segments["a1"]
    leaf = leaves(spec.where)[0]
    assert isinstance(leaf, FieldTest)
    column = replace(spec, where=replace(leaf, field=replace(leaf.field, column="t1")))
    value = replace(spec, where=replace(leaf, field=replace(leaf.field, column=f"{VALUE}t1")))
    assert len(definition_lines(column, found)) == 1
    assert len(definition_lines(value, found)) == 2
