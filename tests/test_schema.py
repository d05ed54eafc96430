"""`segtool schema`: what an editor completes from knows every key of the language, and accepts what it accepts."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from subprocess import run
from typing import Any

import jsonschema
import pytest
from conftest import ROOT

from segtool.config import behaviour, document, times
from segtool.config.computed import RFM_FIELDS
from segtool.config.conditions import LEADERS
from segtool.config.document import Block, Items, Node
from segtool.config.operators import BOUNDS, MEASURES, OPERATORS, PICKS, WINDOWS
from segtool.config.problems import Problems
from segtool.config.reading import from_node
from segtool.config.schema import schema
from segtool.config.shape import Shape

SCHEMA = schema()
VALIDATOR = jsonschema.Draft7Validator(SCHEMA)


def data(node: Node) -> Any:
    """What an editor makes of a document: numbers and truth values by YAML 1.2, and `on` is a text."""
    if isinstance(node, Block):
        return {entry.key: data(entry.node) for entry in node.entries}
    if isinstance(node, Items):
        return [data(item) for item in node.items]
    return node.value


def read(text: str) -> Any:
    return data(document.parse(text, "segments.yaml"))


def mistakes(text: str) -> list[str]:
    return [f"{list(error.absolute_path)}: {error.message}" for error in VALIDATOR.iter_errors(read(text))]


def properties(node: Any) -> Iterator[tuple[str, Any]]:
    """Every key that the schema knows anywhere, with its own schema."""
    if isinstance(node, dict):
        known = node.get("properties")
        if isinstance(known, dict):
            yield from known.items()
        for inner in node.values():
            yield from properties(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from properties(inner)


KNOWN = {key for key, _ in properties(SCHEMA)}


def test_the_command_prints_it() -> None:
    said = run([sys.executable, "-m", "segtool", "schema"], capture_output=True, text=True, check=True)
    assert json.loads(said.stdout) == SCHEMA
    assert said.stderr == ""


def test_it_is_a_schema_of_draft_7() -> None:
    jsonschema.Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"


def keywords(node: Any, *, of: str = "") -> Iterator[str]:
    """Every keyword in use; names of properties and definitions are none."""
    if isinstance(node, dict):
        for key, inner in node.items():
            yield from () if of in ("properties", "definitions") else (key,)
            yield from keywords(inner, of="" if of in ("properties", "definitions") else key)
    elif isinstance(node, list):
        for inner in node:
            yield from keywords(inner)


def test_it_uses_what_editors_read() -> None:
    """A misspelt keyword is valid and checks nothing."""
    known = set(jsonschema.Draft7Validator.VALIDATORS) | {"$schema", "title", "description", "default", "definitions"}
    assert set(keywords(SCHEMA)) - known == set()
    assert [key for key, inner in properties(SCHEMA) if "title" in inner] == [], "shown in place of the description"


def test_the_example_is_valid_and_completed_from_it() -> None:
    text = (ROOT / "segments.example.yaml").read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=segtool.schema.json\n")
    assert mistakes(text) == []


def models() -> Iterator[type[Shape]]:
    left: list[type[Shape]] = [Shape]
    while left:
        found = left.pop()
        left += found.__subclasses__()
        yield found


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param([*OPERATORS, "match_case", "change_in"], id="operators"),
        pytest.param(LEADERS, id="conditions"),
        pytest.param(behaviour.KEYS, id="what people did"),
        pytest.param([*WINDOWS, *BOUNDS, *MEASURES, *PICKS], id="windows, bounds and measures"),
        pytest.param(["days_since", "years_since", "ratio", "cases", "otherwise"], id="traits"),
        pytest.param(["points", "when", "each", "at_most", "half_life"], id="scores"),
        pytest.param(["amount", "order", "bins", "salt"], id="rfm and splits"),
        *(pytest.param([*shape.settings], id=shape.__name__) for shape in models()),
    ],
)
def test_it_knows_every_key(keys: list[str]) -> None:
    assert set(keys) - KNOWN == set()


def test_every_operator_is_explained() -> None:
    conditions = [each.get("properties", {}) for each in SCHEMA["definitions"]["condition"]["anyOf"]]
    of_fields = next(keys for keys in conditions if "field" in keys)
    told = {name: of_fields[name]["description"] for name in OPERATORS}
    assert told == {name: operator.summary for name, operator in OPERATORS.items()}


def test_every_setting_is_explained() -> None:
    settings = {**SCHEMA["properties"], **SCHEMA["definitions"]["source"]["properties"]}
    settings |= SCHEMA["definitions"]["segment"]["properties"]
    assert [key for key, inner in settings.items() if not inner.get("description")] == []


def test_nothing_is_explained_in_the_words_of_the_code() -> None:
    """The docstrings of the models speak to readers of the code."""
    docstrings = {shape.__doc__ for shape in models() if shape.__doc__}
    told = [each.get("description", "") for each in (SCHEMA, *SCHEMA["definitions"].values())]
    assert docstrings & set(told) == set()


def test_periods_are_offered() -> None:
    during = next(inner for key, inner in properties(SCHEMA) if key == "during")
    assert during["enum"] == list(times.PERIODS)


WHERE = """\
version: 1
sources: {contacts: {files: contacts.csv, id: email}}
segments: {a: {where: %s}}
"""


@pytest.mark.parametrize(
    "where",
    [
        "everyone",
        "[everyone, {not: everyone}]",
        "{some: {at_least: 1, at_most: 2, of: [everyone]}}",
        "{field: zip, is: 02134}",
        "{field: 2026, in: [1, yes, 1.5]}",
        "{field: age, between: [{field: low}, 3]}",
        "{field: seen, before: {field: trial_ends}, in_last: 30 DAYS}",
        "{field: seen, on: 2026-05-01, anniversary: {in_next: 7 days}}",
        "{field: tags, size: {at_least: 2}, has_any: [a, b]}",
        "{field: warmth, change_in: 60 days, below: 0}",
        "{did: 404, distinct: day, at_least: 2, since: 30 days ago}",
        "{did: [open, activity.any], where: [{field: url, contains: /pricing}], periods: 7 days, above: 1}",
        "{did_not: any, most_recent: true, has: {field: category, is: shoes}}",
        "{did: cart, then_not: {did: purchase}, within: 3 days}",
        "{in_segment: [a, b]}",
        "{split: spring_test, is: A}",
    ],
)
def test_it_accepts_what_the_language_accepts(where: str) -> None:
    problems = Problems()
    from_node(document.parse(WHERE % where, "segments.yaml"), "segments.yaml", ROOT, problems)
    assert [problem for problem in problems.errors if problem.id not in {"unknown-segment", "circle"}] == []
    assert mistakes(WHERE % where) == []


COMPUTED = """\
version: 1
sources: {contacts: {files: contacts.csv, id: email}}
traits:
  orders_12m: {did: purchase, in_last: 12 months}
  spend_12m: {did: purchase, sum: amount, in_last: 12 months}
  last_order: {did: purchase, last: time}
  favourite: {did: purchase, most_common: category, where: {field: amount, above: 3}}
  days_idle: {days_since: last_order}
  return_rate: {ratio: [returns, orders]}
  persona: {cases: [{when: {field: title, contains: VP}, is: Buyer}], otherwise: Unknown}
scores:
  lead_score:
    - {points: 20, when: {field: job_title, contains: VP}}
    - {points: 5, each: {did: click, in_last: 90 days}, at_most: 50, half_life: 30 days}
rfm: {did: purchase, amount: amount, order: order_id, in_last: 24 months, bins: 5}
splits:
  spring_test: {A: 45, B: 45, holdout: 10, salt: 2026}
segments:
  best: {where: everyone, top: {percent: 10 %, by: lead_score, change_in: 30 days}, exclude: worst, sort: -lead_score}
  worst: {where: {field: rfm_monetary, at_most: 2}, bottom: {count: 100, by: lead_score}, list: false}
  year: {label: 2026, columns: [email, 2026], where: everyone}
"""


def test_it_accepts_computed_values() -> None:
    problems = Problems()
    from_node(document.parse(COMPUTED, "segments.yaml"), "segments.yaml", ROOT, problems)
    assert problems.errors == ()
    assert mistakes(COMPUTED) == []
    assert set(RFM_FIELDS) >= {"rfm_monetary"}


TOP = "version: 1\nsources: {contacts: {files: contacts.csv, id: email}}\nsegments: {a: {where: everyone}}\n"


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "version: 1\n",
        TOP.replace("version: 1", "version: 2"),
        TOP + "retention: 3\n",
        TOP + "week_starts: funday\n",
        TOP + "guards: {lft: 20 %}\n",
        TOP + "output: {csv: {delimiter: x}}\n",
        TOP.replace("files: contacts.csv, ", ""),
        TOP.replace("id: email", "id: email, fomat: hubspot"),
        TOP.replace("id: email", "id: email, types: {joined: dat}"),
        TOP.replace("id: email", "id: email, skip_rows: -1"),
        TOP.replace("id: email", "id: ''"),
        TOP.replace("id: email", "id: email, missing: []"),
        TOP.replace("id: email", "id: email, lookup: []"),
        TOP.replace("id: email", "id: email, guard: {left: 3}"),
        TOP.replace("a: {", "A B: {"),
        TOP.replace("{a: {where: everyone}}", "{}"),
        TOP.replace("where: everyone", "label: All"),
        TOP.replace("where: everyone", "where: everyone, lable: All"),
        TOP.replace("where: everyone", "where: everyone, list: perhaps"),
        TOP.replace("where: everyone", "where: everyone, top: {count: 3}"),
        WHERE % "everybody",
        WHERE % "[]",
        WHERE % "{}",
        WHERE % "{all: everyone}",
        WHERE % "{feild: state, is: NJ}",
        WHERE % "{field: state, si: NJ}",
        WHERE % "{field: state, is: []}",
        WHERE % "{field: state, is: {a: 1}}",
        WHERE % "{field: state, is_set: maybe}",
        WHERE % "{field: age, between: [1, 2, 3]}",
        WHERE % "{field: seen, in_last: 30d}",
        WHERE % "{field: seen, in_last: 30}",
        WHERE % "{field: seen, during: spring}",
        WHERE % "{field: seen, anniversary: {in_last: 7}}",
        WHERE % "{field: tags, size: {at_lest: 2}}",
        WHERE % "{did: open, at_lest: 2}",
        WHERE % "{did: open, at_least: two}",
        WHERE % "{did: open, where: everybody}",
        WHERE % "{did: open, then: click, within: 3 days}",
        WHERE % "{did: open, field: state, is: NJ}",
        WHERE % "{in_segment: []}",
        WHERE % "{split: spring_test}",
        TOP + "traits: {orders: purchase}\n",
        TOP + "traits: {rate: {ratio: [a]}}\n",
        TOP + "scores: {warmth: [{when: everyone}]}\n",
        TOP + "scores: {warmth: [{points: 3}]}\n",
        TOP + "scores: {warmth: [{points: 3, when: everyone, each: {did: open}}]}\n",
        TOP + "rfm: {did: open}\n",
        TOP + "rfm: {did: open, amount: amount, bins: 20}\n",
        TOP + "splits: {test: {A: half}}\n",
    ],
)
def test_it_refuses(text: str) -> None:
    """What the editor marks, the tool refuses too."""
    assert mistakes(text) != []
    problems = Problems()
    from_node(document.parse(text, "segments.yaml"), "segments.yaml", ROOT, problems)
    assert problems.errors != ()
