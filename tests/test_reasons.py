"""Why someone entered or left, in words that a marketer reads: every kind of condition, and every other cause."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from test_cli import command
from test_kinds import FIRST, NJ, NY, Desk, why

import segtool
from segtool.api import RunResult
from segtool.config.tree import Condition
from segtool.lists import changes as said
from segtool.lists.sides import Side, Sight
from segtool.plan.plan import Plan
from segtool.store.snapshots import Run

# --- every kind of condition ---------------------------------------------------------------------------------------

THEN, NOW = "2026-06-01T12:00", "2026-07-01T12:00"
COLUMNS = "id,state,name,age,newsletter,joined,last_login,trial_ends,birthday,tags,spent,budget"
LOW = "NY,Bo,20,no,2026-05-20,2026-05-30T08:00,2026-06-15,1990-07-03,trial,50,100"
HIGH = "NJ,VP Ann,40,yes,2026-06-25,2026-06-30T08:00,2026-07-05,1990-06-05,vip;trial,250,100"
SAME = "NY,Cy,30,no,2026-05-20,2026-05-30T08:00,2026-07-02,1990-06-05,trial,50,100"
EMPTY = ",,,,,,,,,,"
PEOPLE = (
    {"up": LOW, "down": HIGH, "same": SAME, "blank": LOW, "filled": EMPTY},
    {"up": HIGH, "down": LOW, "same": SAME, "blank": EMPTY, "filled": LOW},
)
"""For `same` time alone passes."""
EVENTS = """\
who,at,action,amount,category
up,2026-06-20T10:00,click,,
up,2026-06-21T10:00,click,,
up,2026-06-10T10:00,cart,,
up,2026-06-25T10:00,purchase,120,shoes
down,2026-05-20T10:00,click,,
down,2026-05-21T10:00,click,,
down,2026-05-22T10:00,click,,
down,2026-05-10T10:00,purchase,150,shoes
down,2026-05-12T10:00,cart,,
down,2026-05-13T10:00,purchase,30,shoes
down,2026-06-20T10:00,purchase,0.5,hats
same,2026-05-25T10:00,click,,
same,2026-05-31T10:00,cart,,
"""
FILE = """\
version: 1
sources:
  contacts:
    files: contacts.csv
    id: id
    list_separator: ;
    types: {age: integer, newsletter: boolean, joined: date, last_login: datetime, trial_ends: date, birthday: date,
      tags: list, spent: number, budget: number}
  events:
    {files: events.csv, contact: who, time: at, event: action, types: {amount: number, category: text}}
traits:
  orders: {did: purchase, in_last: 30 days}
  clicks: {did: click, in_last: 30 days}
  last_order: {did: purchase, last: time}
  favourite: {did: purchase, most_common: category}
  days_idle: {days_since: last_order}
  per_click: {ratio: [orders, clicks]}
  persona: {cases: [{when: {did: purchase, in_last: 30 days}, is: Buyer}], otherwise: Visitor}
scores:
  lead:
    - {points: 5, each: {did: click}, half_life: 30 days}
    - {points: 10, when: {field: state, is: NJ}}
rfm: {did: purchase, amount: amount, in_last: 30 days, bins: 5}
splits:
  test: {A: 50, B: 50}
segments:
  nj: {where: {field: state, is: NJ}}
  ny: {where: {field: state, is: NY}}
"""
SENTENCES: dict[str, dict[str, str]] = {
    "{field: state, is: NJ}": {
        "+up": 'state: NY → NJ, needs to be "NJ"',
        "-down": 'state: NJ → NY, needs to be "NJ"',
    },
    "{field: state, is_not: NJ}": {
        "+down": 'state: NJ → NY, needs not to be "NJ"',
        "-up": 'state: NY → NJ, needs not to be "NJ"',
    },
    "{field: state, in: [NJ, CA]}": {
        "+up": 'state: NY → NJ, needs to be "NJ" or "CA"',
        "-down": 'state: NJ → NY, needs to be "NJ" or "CA"',
    },
    "{field: state, not_in: [NJ, CA]}": {
        "+down": 'state: NJ → NY, needs to be none of "NJ", "CA"',
        "-up": 'state: NY → NJ, needs to be none of "NJ", "CA"',
    },
    "{field: state, is_set: true}": {
        "+filled": "state: no value → NY, needs to have a value",
        "-blank": "state: NY → no value, needs to have a value",
    },
    "{field: state, is_set: false}": {
        "+blank": "state: NY → no value, needs to have no value",
        "-filled": "state: no value → NY, needs to have no value",
    },
    "{field: name, contains: VP}": {
        "+up": 'name: Bo → VP Ann, needs to contain "VP"',
        "-down": 'name: VP Ann → Bo, needs to contain "VP"',
    },
    "{field: name, not_contains: VP}": {
        "+down": 'name: VP Ann → Bo, needs not to contain "VP"',
        "-up": 'name: Bo → VP Ann, needs not to contain "VP"',
    },
    "{field: name, starts_with: [VP, CEO]}": {
        "+up": 'name: Bo → VP Ann, needs to start with "VP" or "CEO"',
        "-down": 'name: VP Ann → Bo, needs to start with "VP" or "CEO"',
    },
    "{field: name, not_starts_with: [VP, CEO]}": {
        "+down": 'name: VP Ann → Bo, needs to start with none of "VP", "CEO"',
        "-up": 'name: Bo → VP Ann, needs to start with none of "VP", "CEO"',
    },
    "{field: name, ends_with: Ann, match_case: true}": {
        "+up": 'name: Bo → VP Ann, needs to end with "Ann", capitals matter',
        "-down": 'name: VP Ann → Bo, needs to end with "Ann", capitals matter',
    },
    '{field: name, matches: "^vp"}': {
        "+up": 'name: Bo → VP Ann, needs to match "^vp"',
        "-down": 'name: VP Ann → Bo, needs to match "^vp"',
    },
    '{field: name, not_matches: "^vp"}': {
        "+down": 'name: VP Ann → Bo, needs not to match "^vp"',
        "-up": 'name: Bo → VP Ann, needs not to match "^vp"',
    },
    "{field: age, is: 40}": {
        "+up": "age: 20 → 40, needs to be 40",
        "-down": "age: 40 → 20, needs to be 40",
    },
    "{field: age, above: 30}": {
        "+up": "age: 20 → 40, needs above 30",
        "-down": "age: 40 → 20, needs above 30",
    },
    "{field: age, at_most: 30}": {
        "+down": "age: 40 → 20, needs at most 30",
        "+filled": "age: no value → 20, needs at most 30",
        "-blank": "age: 20 → no value, needs at most 30",
        "-up": "age: 20 → 40, needs at most 30",
    },
    "{field: age, between: [30, 50]}": {
        "+up": "age: 20 → 40, needs to be from 30 to 50",
        "-down": "age: 40 → 20, needs to be from 30 to 50",
    },
    "{field: age, not_between: [30, 50]}": {
        "+down": "age: 40 → 20, needs not to be from 30 to 50",
        "-up": "age: 20 → 40, needs not to be from 30 to 50",
    },
    "{field: age, at_least: 18, below: 30}": {
        "+down": "age: 40 → 20, needs at least 18 and below 30",
        "+filled": "age: no value → 20, needs at least 18 and below 30",
        "-blank": "age: 20 → no value, needs at least 18 and below 30",
        "-up": "age: 20 → 40, needs at least 18 and below 30",
    },
    "{not: {field: age, at_least: 18, below: 30}}": {
        "+blank": "age: 20 → no value, needs not (at least 18 and below 30)",
        "+up": "age: 20 → 40, needs not (at least 18 and below 30)",
        "-down": "age: 40 → 20, needs not (at least 18 and below 30)",
        "-filled": "age: no value → 20, needs not (at least 18 and below 30)",
    },
    "{not: {field: age, above: 30}}": {
        "+down": "age: 40 → 20, needs at most 30",
        "-up": "age: 20 → 40, needs at most 30",
    },
    "{field: newsletter, is: true}": {
        "+up": "newsletter: false → true, needs to be true",
        "-down": "newsletter: true → false, needs to be true",
    },
    "{field: newsletter, is_not: true}": {
        "+down": "newsletter: true → false, needs not to be true",
        "-up": "newsletter: false → true, needs not to be true",
    },
    "{field: joined, in_last: 30 days}": {
        "-blank": "joined: 2026-05-20 → no value, needs to be in the last 30 days",
        "-same": "joined: 2026-05-20, needs to be in the last 30 days",
    },
    "{field: joined, not_in_last: 30 days}": {
        "+blank": "joined: 2026-05-20 → no value, needs not to be in the last 30 days",
        "+same": "joined: 2026-05-20, needs not to be in the last 30 days",
    },
    "{field: joined, older_than: 30 days}": {
        "+down": "joined: 2026-06-25 → 2026-05-20, needs to be at least 30 days ago",
        "+filled": "joined: no value → 2026-05-20, needs to be at least 30 days ago",
        "+same": "joined: 2026-05-20, needs to be at least 30 days ago",
    },
    "{field: joined, before: 2026-06-01}": {
        "+down": "joined: 2026-06-25 → 2026-05-20, needs to be before 2026-06-01",
        "+filled": "joined: no value → 2026-05-20, needs to be before 2026-06-01",
        "-blank": "joined: 2026-05-20 → no value, needs to be before 2026-06-01",
        "-up": "joined: 2026-05-20 → 2026-06-25, needs to be before 2026-06-01",
    },
    "{field: joined, during: this month}": {
        "-down": "joined: 2026-06-25 → 2026-05-20, needs to be during this month",
    },
    "{field: joined, between: [2026-06-01, 2026-06-30]}": {
        "+up": "joined: 2026-05-20 → 2026-06-25, needs to be from 2026-06-01 to 2026-06-30",
        "-down": "joined: 2026-06-25 → 2026-05-20, needs to be from 2026-06-01 to 2026-06-30",
    },
    "{field: trial_ends, in_next: 7 days}": {
        "+same": "trial_ends: 2026-07-02, needs to be in the next 7 days",
        "+up": "trial_ends: 2026-06-15 → 2026-07-05, needs to be in the next 7 days",
    },
    "{field: trial_ends, on: 2026-07-05}": {
        "+up": "trial_ends: 2026-06-15 → 2026-07-05, needs to be on 2026-07-05",
        "-down": "trial_ends: 2026-07-05 → 2026-06-15, needs to be on 2026-07-05",
    },
    "{field: last_login, in_last: 3 days}": {
        "-blank": "last_login: 2026-05-30 08:00 → no value, needs to be in the last 3 days",
        "-same": "last_login: 2026-05-30 08:00, needs to be in the last 3 days",
    },
    "{field: last_login, since: 2026-06-01T09:00}": {
        "+up": "last_login: 2026-05-30 08:00 → 2026-06-30 08:00, needs to be since 2026-06-01 09:00",
        "-down": "last_login: 2026-06-30 08:00 → 2026-05-30 08:00, needs to be since 2026-06-01 09:00",
    },
    "{field: birthday, anniversary: {in_next: 7 days}}": {
        "+filled": "birthday: no value → 1990-07-03, needs to have its anniversary in the next 7 days",
        "-same": "birthday: 1990-06-05, needs to have its anniversary in the next 7 days",
    },
    "{field: tags, has: vip}": {
        "+up": 'tags: trial → vip, trial, needs to have "vip"',
        "-down": 'tags: vip, trial → trial, needs to have "vip"',
    },
    "{field: tags, has_any: [vip, gold]}": {
        "+up": 'tags: trial → vip, trial, needs to have "vip" or "gold"',
        "-down": 'tags: vip, trial → trial, needs to have "vip" or "gold"',
    },
    "{field: tags, has_all: [vip, trial]}": {
        "+up": 'tags: trial → vip, trial, needs to have all of "vip", "trial"',
        "-down": 'tags: vip, trial → trial, needs to have all of "vip", "trial"',
    },
    "{field: tags, has_none: [vip, gold]}": {
        "+down": 'tags: vip, trial → trial, needs to have none of "vip", "gold"',
        "-up": 'tags: trial → vip, trial, needs to have none of "vip", "gold"',
    },
    "{field: tags, size: {at_least: 2}}": {
        "+up": "tags: trial → vip, trial, needs to have at least 2 elements",
        "-down": "tags: vip, trial → trial, needs to have at least 2 elements",
    },
    "{field: spent, above: {field: budget}}": {
        "+up": "spent: 50 → 250, needs above the value of budget (100)",
        "-down": "spent: 250 → 50, needs above the value of budget (100)",
    },
    "{field: trial_ends, after: {field: joined}}": {
        "+filled": "trial_ends: no value → 2026-06-15, needs to be after the value of joined (no value → 2026-05-20)",
        "-blank": "trial_ends: 2026-06-15 → no value, needs to be after the value of joined (2026-05-20 → no value)",
    },
    "{did: click, in_last: 30 days, at_least: 2}": {
        "+up": "click in the last 30 days: 0 → 2, needs at least 2",
        "-down": "click in the last 30 days: 3 → 0, needs at least 2",
    },
    "{did: click, in_last: 30 days}": {
        "+up": "click in the last 30 days: 0 → 2, needs at least 1",
        "-down": "click in the last 30 days: 3 → 0, needs at least 1",
        "-same": "click in the last 30 days: 1 → 0, needs at least 1",
    },
    "{did_not: click, in_last: 30 days}": {
        "+down": "click in the last 30 days: 3 → 0, needs none",
        "+same": "click in the last 30 days: 1 → 0, needs none",
        "-up": "click in the last 30 days: 0 → 2, needs none",
    },
    "{did: click, in_last: 30 days, at_most: 1}": {
        "+down": "click in the last 30 days: 3 → 0, needs at most 1",
        "-up": "click in the last 30 days: 0 → 2, needs at most 1",
    },
    "{not: {did: click, in_last: 30 days, at_least: 2}}": {
        "+down": "click in the last 30 days: 3 → 0, needs below 2",
        "-up": "click in the last 30 days: 0 → 2, needs below 2",
    },
    "{did: any, during: last month}": {
        "+up": "any event during last month: 0 → 4, needs at least 1",
        "-same": "any event during last month: 2 → 0, needs at least 1",
    },
    "{did: [click, cart], in_last: 30 days, at_least: 3}": {
        "+up": "click or cart in the last 30 days: 0 → 3, needs at least 3",
        "-down": "click or cart in the last 30 days: 4 → 0, needs at least 3",
    },
    "{did: purchase, where: {field: category, is: shoes}, in_last: 30 days}": {
        "+up": 'purchase in the last 30 days where category is "shoes": 0 → 1, needs at least 1',
        "-down": 'purchase in the last 30 days where category is "shoes": 2 → 0, needs at least 1',
    },
    "{did: purchase, sum: amount, in_last: 30 days, at_least: 100}": {
        "+up": "sum of amount of purchase in the last 30 days: 0 → 120, needs at least 100",
        "-down": "sum of amount of purchase in the last 30 days: 180 → 0.5, needs at least 100",
    },
    "{did: purchase, average: amount, in_last: 30 days, at_least: 50}": {
        "+up": "average amount of purchase in the last 30 days: no value → 120, needs at least 50",
        "-down": "average amount of purchase in the last 30 days: 90 → 0.5, needs at least 50",
    },
    "{did: purchase, max: amount, in_last: 30 days, above: 100}": {
        "+up": "largest amount of purchase in the last 30 days: no value → 120, needs above 100",
        "-down": "largest amount of purchase in the last 30 days: 150 → 0.5, needs above 100",
    },
    "{did: purchase, min: amount, in_last: 30 days, below: 20}": {
        "+down": "smallest amount of purchase in the last 30 days: 30 → 0.5, needs below 20",
    },
    "{did: click, distinct: day, in_last: 30 days, at_least: 2}": {
        "+up": "days with click in the last 30 days: 0 → 2, needs at least 2",
        "-down": "days with click in the last 30 days: 3 → 0, needs at least 2",
    },
    "{did: any, distinct: category, in_last: 30 days, at_least: 1}": {
        "+up": "different values of category of any event in the last 30 days: 0 → 1, needs at least 1",
    },
    "{did: click, periods: 7 days, in_last: 30 days, at_least: 1}": {
        "+up": "periods of 7 days with click in the last 30 days: 0 → 1, needs at least 1",
        "-down": "periods of 7 days with click in the last 30 days: 1 → 0, needs at least 1",
        "-same": "periods of 7 days with click in the last 30 days: 1 → 0, needs at least 1",
    },
    "{did: click, first_time: true, in_last: 30 days}": {
        "+up": "first click: no value → 2026-06-20 10:00, needs to be in the last 30 days",
        "-down": "first click: 2026-05-20 10:00, needs to be in the last 30 days",
        "-same": "first click: 2026-05-25 10:00, needs to be in the last 30 days",
    },
    "{did: purchase, most_recent: true, in_last: 30 days}": {
        "+up": "latest purchase: no value → 2026-06-25 10:00, needs to be in the last 30 days",
    },
    "{did: purchase, most_recent: true, has: {field: category, is: hats}}": {
        "+down": 'latest purchase: 2026-05-13 10:00 → 2026-06-20 10:00, needs one where category is "hats"',
    },
    "{did: cart, then: {did: purchase}, within: 20 days, in_last: 30 days}": {
        "+up": "cart in the last 30 days followed by purchase within 20 days: 0 → 1, needs at least 1",
        "-down": "cart in the last 30 days followed by purchase within 20 days: 1 → 0, needs at least 1",
    },
    "{did: cart, then_not: {did: purchase}, within: 3 days, in_last: 60 days}": {
        "+same": "cart in the last 60 days not followed by purchase within 3 days: 0 → 1, needs at least 1",
        "+up": "cart in the last 60 days not followed by purchase within 3 days: 0 → 1, needs at least 1",
    },
    "{field: orders, at_least: 1}": {
        "+up": "orders: 0 → 1, needs at least 1",
    },
    "{field: last_order, in_last: 7 days}": {
        "+up": "last_order: no value → 2026-06-25 10:00, needs to be in the last 7 days",
    },
    "{field: favourite, is: shoes}": {
        "+up": 'favourite: no value → shoes, needs to be "shoes"',
    },
    "{field: days_idle, at_most: 7}": {
        "+up": "days_idle: no value → 6, needs at most 7",
    },
    "{field: per_click, above: 0.4}": {
        "+up": "per_click: no value → 0.5, needs above 0.4",
        "-down": "per_click: 0.67 → no value, needs above 0.4",
    },
    "{field: persona, is: Buyer}": {
        "+up": 'persona: Visitor → Buyer, needs to be "Buyer"',
    },
    "{field: lead, at_least: 10}": {
        "+up": "lead: no value → 17.83, needs at least 10",
        "-down": "lead: 21.61 → 5.81, needs at least 10",
    },
    "{field: lead, change_in: 30 days, below: 0}": {
        "+down": "change of lead in 30 days: 11.61 → -5.81, needs below 0",
        "+same": "change of lead in 30 days: 4.25 → -2.12, needs below 0",
    },
    "{field: rfm_frequency, at_least: 1}": {
        "+up": "rfm_frequency: no value → 1, needs at least 1",
    },
    "{field: rfm_group, is_set: true}": {
        "+up": "rfm_group: no value → about_to_sleep, needs to have a value",
    },
    "{in_segment: nj}": {
        "+up": "now on the list nj",
        "-down": "no longer on the list nj",
    },
    "{not_in_segment: nj}": {
        "+down": "no longer on the list nj",
        "-up": "now on the list nj",
    },
    "{in_segment: [nj, ny]}": {
        "+filled": "now on the lists nj or ny",
        "-blank": "no longer on the lists nj or ny",
    },
    "[{split: test, is: A}, {field: state, is: NJ}]": {
        "+up": 'state: NY → NJ, needs to be "NJ"',
        "-down": 'state: NJ → NY, needs to be "NJ"',
    },
    "{any: [{field: state, is: NJ}, {did: click, in_last: 30 days, at_least: 2}, {field: age, above: 100}]}": {
        "+up": 'state: NY → NJ, needs to be "NJ"; click in the last 30 days: 0 → 2, needs at least 2',
        "-down": 'state: NJ → NY, needs to be "NJ"; click in the last 30 days: 3 → 0, needs at least 2',
    },
    "{none: [{field: state, is: NJ}, {field: age, above: 30}]}": {
        "+down": 'state: NJ → NY, needs not to be "NJ"; age: 40 → 20, needs at most 30',
        "-up": 'state: NY → NJ, needs not to be "NJ"; age: 20 → 40, needs at most 30',
    },
    "{some: {at_least: 2, of: [{field: state, is: NJ}, {field: newsletter, is: true}, {field: tags, has: gold}]}}": {
        "+up": 'state: NY → NJ, needs to be "NJ"; newsletter: false → true, needs to be true',
        "-down": 'state: NJ → NY, needs to be "NJ"; newsletter: true → false, needs to be true',
    },
    "{some: {exactly: 1, of: [{field: state, is: NJ}, {field: joined, older_than: 30 days}, {field: age, is: 20}]}}": {
        "+same": "joined: 2026-05-20, needs to be at least 30 days ago",
        "-blank": "age: 20 → no value, needs to be 20",
        "-down": (
            "joined: 2026-06-25 → 2026-05-20, needs not to be at least 30 days ago; age: 40 → 20, needs not to be 20"
        ),
    },
    "{not: {all: [{field: state, is: NJ}, {any: [{field: age, above: 30}, {field: age, below: 5}]}]}}": {
        "+down": 'state: NJ → NY, needs not to be "NJ"; age: 40 → 20, needs at most 30',
        "-up": 'state: NY → NJ, needs not to be "NJ"; age: 20 → 40, needs at most 30',
    },
}
"""By rule: everyone who entered (+) or left (-), and the reason."""


def export(folder: Path, people: dict[str, str]) -> None:
    rows = [f"{who},{row}" for who, row in people.items()]
    (folder / "contacts.csv").write_text("\n".join([COLUMNS, *rows]) + "\n")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, RunResult]:
    """Two runs of a list for every rule, and what the second one said."""
    folder = tmp_path_factory.mktemp("told")
    lists = "".join(f"  rule{number}: {{where: {rule}}}\n" for number, rule in enumerate(SENTENCES))
    (folder / "segments.yaml").write_text(FILE + lists)
    (folder / "events.csv").write_text(EVENTS)
    config = segtool.load(folder / "segments.yaml")
    export(folder, PEOPLE[0])
    segtool.run(config, as_of=THEN)
    export(folder, PEOPLE[1])
    return folder, segtool.run(config, as_of=NOW)


@pytest.mark.parametrize(("number", "rule"), list(enumerate(SENTENCES)), ids=str)
def test_every_condition_says_what_turned(told: tuple[Path, RunResult], number: int, rule: str) -> None:
    assert why(told[1], f"rule{number}") == SENTENCES[rule]


def test_files_and_commands_say_the_same(told: tuple[Path, RunResult]) -> None:
    """`changes/*.csv`, `segtool diff --members` and its JSON have the sentences of the run."""
    folder, result = told
    expected = {name: why(result, name) for name in result.changes if result.changes[name].count}
    signs = {"entered": "+", "left": "-"}
    for name, wanted in expected.items():
        with (folder / f"output/changes/{name}.csv").open(encoding="utf-8") as file:
            assert {f"{signs[row['change']]}{row['id']}": row["reason"] for row in csv.DictReader(file)} == wanted
    data = json.loads(command(folder, "diff", "--members", "--json").out)
    for one in data["segments"]:
        found = {f"{signs[row['change']]}{row['id']}": row["reason"] for row in one["changes"]}
        assert found == expected.get(one["segment"], {})
    plain = command(folder, "diff", "--members", "--format", "csv").out
    rows = list(csv.DictReader(plain.splitlines()))
    assert {(row["segment"], f"{signs[row['change']]}{row['id']}", row["reason"]) for row in rows} == {
        (name, who, reason) for name, reasons in expected.items() for who, reason in reasons.items()
    }


def test_over_several_runs_the_last_reason_counts(desk: Desk) -> None:
    desk.segments = {"nj": {"where": NJ}}
    for day, state in enumerate(("NY", "NJ", "LA", "CA", "NJ"), 1):
        desk.run(day, {"ana": state})
    found = segtool.diff(desk.config(), "1", "5")
    assert why(found, "nj") == {"+ana": 'state: CA → NJ, needs to be "NJ"'}
    assert why(segtool.diff(desk.config(), "2", "4"), "nj") == {"-ana": 'state: NJ → LA, needs to be "NJ"'}
    assert why(segtool.diff(desk.config(), "2", "5"), "nj") == {}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_the_other_field_is_told_where_it_alone_changed(desk: Desk) -> None:
    desk.segments = {"rich": {"where": {"field": "spent", "above": {"field": "budget"}}}}
    for day, budget in ((1, 100), (2, 40)):
        (desk.folder / "contacts.csv").write_text(f"id,state,spent,budget\nana,NJ,50,{budget}\n")
        result = segtool.run(desk.config(), as_of=f"2026-03-{day:02}")
    assert why(result, "rich") == {"+ana": "spent: 50, needs above the value of budget (100 → 40)"}


@pytest.mark.parametrize(
    ("before", "after", "said"), [("9.996", "10.001", "9.996 → 10.001"), ("9.123456", "12.345678", "9.12 → 12.35")]
)
def test_decimals_are_cut_where_that_does_not_matter(desk: Desk, before: str, after: str, said: str) -> None:
    """A number that would be rounded onto the limit, or across, is told exactly."""
    desk.segments = {"rich": {"where": {"field": "spent", "above": 10}}}
    for day, spent in ((1, before), (2, after)):
        (desk.folder / "contacts.csv").write_text(f"id,state,spent\nana,NJ,{spent}\n")
        result = segtool.run(desk.config(), as_of=f"2026-03-{day:02}")
    assert why(result, "rich") == {"+ana": f"spent: {said}, needs above 10"}


def test_how_long_someone_has_been_on_a_list(desk: Desk) -> None:
    desk.segments = {"nj": {"where": NJ}, "lasting": {"where": {"in_segment": "nj", "for_at_least": "2 days"}}}
    desk.run(1, FIRST)
    assert set(why(desk.run(3, FIRST), "lasting").values()) == {"now on the list nj for at least 2 days"}
    result = desk.run(4, FIRST | {"ana": "NY"})
    assert why(result, "lasting") == {"-ana": "no longer on the list nj for at least 2 days"}


def test_rules_that_look_at_no_column(desk: Desk) -> None:
    """Then nothing is known of people but their lists."""
    desk.segments = {"all": {"where": "everyone", "kind": "semi_dynamic"}, "same": {"where": {"in_segment": "all"}}}
    desk.run(1, {"ana": "NJ", "bo": "NY"})
    result = desk.run(2, {"bo": "NY", "cy": "NJ"})
    assert why(result, "same") == {"-ana": "no longer in contacts", "+cy": "new contact"}
    assert why(desk.run(3, {"ana": "NJ"}), "all")["+ana"] == "back in contacts"


def test_a_column_of_another_type_than_yesterday(desk: Desk) -> None:
    """Yesterday's values cannot be judged by today's rule: less is said, and nothing breaks."""
    desk.segments = {"zip": {"where": {"field": "zip", "is": 10001}}}
    for day, codes in ((1, (10002, 10003)), (2, (10001, "LV-1010"))):
        rows = [f"{who},NJ,{code}" for who, code in zip(("ana", "bo"), codes, strict=True)]
        (desk.folder / "contacts.csv").write_text("\n".join(["id,state,zip", *rows]) + "\n")
        result = segtool.run(desk.config(), as_of=f"2026-03-{day:02}")
    assert why(result, "zip") == {"+ana": "fits the rule now"}


def test_a_count_that_needs_more_room_than_yesterday(desk: Desk) -> None:
    """How wide a number is kept is no difference: 250 fits into a byte, and 300 does not."""
    rows = [f"ana,click,2026-03-{1 if number < 250 else 2:02}" for number in range(300)]
    (desk.folder / "clicks.csv").write_text("\n".join(["who,action,at", *rows]) + "\n")
    desk.sources = {"clicks": {"files": "clicks.csv", "contact": "who", "time": "at", "event": "action"}}
    desk.segments = {"keen": {"where": {"did": "click", "at_least": 280}}}
    _, result = (desk.run(f"2026-03-{day:02}T12:00", {"ana": "NJ"}) for day in (1, 2))
    assert why(result, "keen") == {"+ana": "click: 250 → 300, needs at least 280"}


# --- every other cause ---------------------------------------------------------------------------------------------

CAUSES: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "contacts": (
        {"where": {"field": "state", "in": ["X", "Y"]}},
        {"-vic": "no longer in contacts", "+new": "new contact", "+tim": "new contact"},
    ),
    "remembers": ({"kind": "semi_dynamic", "where": {"field": "state", "is": "Y"}}, {"+tim": "back in contacts"}),
    "suppressed": (
        {"where": {"field": "state", "contains": "S"}, "suppress": True},
        {"-sue": "suppressed by out", "+sid": "no longer suppressed by out"},
    ),
    "excluded": (
        {"where": {"field": "state", "contains": "S"}, "exclude": ["out"]},
        {"-sue": "excluded by out", "+sid": "no longer excluded by out"},
    ),
    "by_hand": (
        {"where": {"field": "state", "is": "H"}, "add": "add.csv", "remove": "remove.csv"},
        {
            "+cy": "added by override",
            "-dee": "no longer added by override",
            "-hal": "removed by override",
            "+hob": "no longer removed by override",
        },
    ),
    "best": (
        {"where": {"field": "state", "is": "P"}, "top": {"count": 1, "by": "points"}},
        {
            "-pam": 'displaced from the 1 with the highest "points": place 1 → 2',
            "+pip": 'now in the 1 with the highest "points": place 2 → 1',
        },
    ),
    "first": (
        {"where": NJ},
        {
            "-ana": 'moved to second: state: NJ → NY, needs to be "NJ"',
            "+bo": 'moved from second: state: NY → NJ, needs to be "NJ"',
        },
    ),
    "second": (
        {"where": {"field": "state", "in": ["NJ", "NY"]}},
        {"+ana": "moved from first, which comes first", "-bo": "moved to first, which comes first"},
    ),
}
"""Lists, and why people enter and leave them from the second run to the third. `tim` misses the second."""
PEOPLE_OF_CAUSES = """\
ana NJ NY
bo NY NJ
cy - -
dee - -
hal H H
hob H H
new . X
pam P,9 P,2
pip P,1 P,7
sid Sout S
sue S Sout
tim . Y
vic X .
"""
"""By name: the state (and points) in the second run and in the third; a point where there is no such contact."""


@pytest.fixture(scope="module")
def causes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Desk, RunResult]:
    desk = Desk(tmp_path_factory.mktemp("causes"))
    desk.settings = {"suppress": ["out"], "exclusive": {"one": ["first", "second"]}}
    desk.segments = {name: {"suppress": False, **spec} for name, (spec, _) in CAUSES.items()}
    desk.segments["out"] = {"where": {"field": "state", "contains": "out"}}
    desk.hands(add=["dee"], remove=["hob"])
    days = [[(row.split()[0], row.split()[day]) for row in PEOPLE_OF_CAUSES.splitlines()] for day in (1, 2)]
    days = [[*days[0][:-2], ("tim", "Y"), days[0][-1]], *days]
    for number, people in enumerate(days, 1):
        rows = [f"{who},{state}{',' * ('P' not in state)}" for who, state in people if state != "."]
        (desk.folder / "contacts.csv").write_text("\n".join(["id,state,points", *rows]) + "\n")
        if number == 3:
            desk.hands(add=["cy"], remove=["hal"])
        result = segtool.run(desk.config(), as_of=f"2026-03-{number:02}")
    return desk, result


@pytest.mark.parametrize("name", CAUSES)
def test_every_cause_says_what_happened(causes: tuple[Desk, RunResult], name: str) -> None:
    assert why(causes[1], name) == CAUSES[name][1]


def told_elsewhere(desk: Desk) -> Iterator[str]:
    """What is said of lists as a whole, and where what was seen is not known any more."""
    nj, ny = {"where": NJ}, {"where": NY}
    desk.segments = {"nj": nj, "other": ny, "fixed": {"kind": "static", **nj}}
    results = [desk.run(1, FIRST)]
    for day in (2, 3):
        desk.run(day, FIRST, only=["other"])
    segtool.prune(desk.config(), keep_last=2)
    results.append(desk.run(4, {"ana": "NY", "bo": "NJ", "cy": "NJ"}))
    results.append(segtool.refresh(desk.config(), ["fixed"], as_of="2026-03-05"))
    desk.segments = {"nj": ny, "fresh": ny, "fixed": {"kind": "static", **ny}}
    results.append(desk.run(6, FIRST))
    for result in results:
        for change in result.changes.values():
            yield from (change.note, *change.entered["reason"], *change.left["reason"])


def test_every_reason_there_is_has_been_told(causes: tuple[Desk, RunResult], tmp_path: Path) -> None:
    told = {reason for name in CAUSES for reason in why(causes[1], name).values()} | set(told_elsewhere(Desk(tmp_path)))
    constants = {
        name: value
        for name, value in vars(said).items()
        if name.isupper() and isinstance(value, str) and name not in ("CHANGE", "REASON", "ID")
    }
    never = {name for name, text in constants.items() if not any(_like(text, reason) for reason in told)}
    assert never == {"REMOVED_LIST", "EITHER"}  # said by diff alone: see the tests of changes


def _like(text: str, reason: str) -> bool:
    """Whether a reason is this one, with the names filled in."""
    start, _, end = text.partition("{}")
    return reason.startswith(start) and end in reason and (bool(start != text) or reason == text)


# --- what it costs ---------------------------------------------------------------------------------------------------


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """How often the features of an earlier run are read; of how many people how many conditions are judged."""
    done: dict[str, list[Any]] = {"read": [], "judged": []}
    read, judged = Run.features, Side.of

    def reading(run: Run) -> pl.LazyFrame | None:
        done["read"].append(run.manifest.serial)
        return read(run)

    def judging(sight: Sight, ids: pl.Series, plan: Plan, conditions: Mapping[int, Condition]) -> Side:
        done["judged"].append((sight.table.height, len(conditions)))
        return judged(sight, ids, plan, conditions)

    monkeypatch.setattr(Run, "features", reading)
    monkeypatch.setattr(Side, "of", judging)
    return done


def test_reasons_cost_what_changed(desk: Desk, work: dict[str, list[Any]]) -> None:
    """Nothing where nobody changed, and else no more contacts than did, each condition once for all lists."""
    where = {"ny": {"field": "state", "is": "NY"}, "la": {"field": "state", "is": "LA"}}
    desk.segments = {"nj": {"where": NJ}, "any": {"where": {"any": list(where.values())}}}
    desk.segments |= {name: {"where": rule} for name, rule in where.items()}
    many = {f"p{number:03}": "NJ" for number in range(90)}
    desk.run(1, many)
    desk.run(2, many)
    assert work == {"read": [], "judged": []}
    desk.run(3, many | {"p001": "NY", "p002": "LA"})
    assert work == {"read": [2], "judged": [(2, 3), (2, 3)]}
