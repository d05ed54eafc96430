"""What is allowed and probably not meant: every warning of `segtool check`, what silences it, and what does not earn it.

A section below holds cases: what was written, and after `=>` what is said of it; nothing where there is no such line.
"""

# ruff: noqa: E501 - a sentence stands on one line here, as it does on a screen

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from sections import cases

import segtool
from segtool.config import formats
from segtool.config.problems import ConfigError
from segtool.config.warnings import CODES

Content = Mapping[str, str | bytes]
Check = Callable[..., list[str]]

CONTACTS = """\
email,name,state,zip,age,seen,plan,tags
ann@x.org,Ann,NJ,07030,30,2026-05-01,Trial,"a, b"
bob@x.org,Bob,NY,10001,41,2026-05-20,Paid,a
cat@x.org,Cat,,10001,,,Paid,
dan@x.org,Dan,NJ,,28,2026-02-01,Paid,b
eve@x.org,Eve,CA,94105,45,,Paid,a
"""
ACTIVITY = """\
who,at,what,url,size
ann@x.org,2026-03-01 10:00,open,/a,010
ann@x.org,2026-05-02 10:00,Clicked,/pricing,10
bob@x.org,2026-05-03 10:00,open,/b,7
cat@x.org,2026-05-04 10:00,sent,/b,7
"""
ORDERS = "who,at,amount\nann@x.org,2025-01-05 10:00,10\nbob@x.org,2026-05-05 10:00,20\n"
FORM = "email,visit\nann@x.org,1\n"

FILES = {"contacts.csv": CONTACTS, "activity.csv": ACTIVITY, "orders.csv": ORDERS, "form.csv": FORM}
PROJECT = """\
version: 1
as_of: 2026-06-01
sources:
  contacts: {files: contacts.csv, id: email, types: {zip: text, tags: list}}
  activity: {files: activity.csv, contact: who, time: at, event: what, types: {size: text}, events: {click: Click, open: open, sent: sent}}
  orders: {files: orders.csv, contact: who, time: at, event_name: purchase}
"""


@pytest.fixture
def check(files: Callable[[Content], Path], monkeypatch: pytest.MonkeyPatch) -> Check:
    """Checks a segments.yaml beside the files above and `others`; gives what is said, a line for each problem."""

    def run(text: str, others: Content | None = None) -> list[str]:
        monkeypatch.chdir(files({**FILES, **(others or {}), "segments.yaml": text}))
        return [str(problem) for problem in segtool.check(segtool.load("segments.yaml"))]

    return run


def each(section: str) -> pytest.MarkDecorator:
    """A test for every case of a section."""
    found = list(cases(section))
    return pytest.mark.parametrize(("said", "told"), found, ids=[" ".join(said.split())[-80:] for said, _ in found])


def segment(rule: str, more: str = "") -> str:
    """The project with one list; its rule stands in line 9."""
    return f"{PROJECT}segments:\n  it:\n    where: {rule}\n{more}"


# --- conditions on contacts ---------------------------------------------------------------------------------------

FITTING = """
{field: state, is: NJ}

{field: plan, is: Free}
=> 9:20: warning[matches-nobody] no contact fits this; "plan" holds "Paid" and "Trial"

{field: plan, in: [Pade, Trail]}
=> 9:20: warning[matches-nobody] no contact fits this; "plan" holds "Paid", did you mean that?

{field: tags, has: c}
=> 9:20: warning[matches-nobody] no contact fits this; "tags" holds "a" and "b"

{field: age, above: 100}
=> 9:20: warning[matches-nobody] no contact fits this

{field: plan, is_not: Free}
=> 9:20: warning[matches-everyone] every contact fits this, so it tells nobody apart; remove it, or ask for more

{not: {field: plan, is: Free}}
=> 9:26: warning[matches-nobody] no contact fits this; "plan" holds "Paid" and "Trial"

{field: email, is_set: true}
=> 9:20: warning[matches-everyone] every contact fits this, so it tells nobody apart; remove it, or ask for more

everyone

[everyone, {field: state, is: NJ}]

{did: purchase, sum: amount, above: 1000}
=> 9:18: warning[matches-nobody] no contact did this

{did_not: purchase, where: {field: amount, above: 1000}}
=> 9:22: warning[matches-nobody] no contact did this

{did: purchase, at_most: 9}
=> 9:18: warning[matches-everyone] every contact did this, so it tells nobody apart

{all: [{field: state, is: NJ}, {field: age, above: 35}]}
=> 9:13: warning[matches-nobody] no contact fits all of these together, though each of them fits some; look for two that exclude each other

[{field: state, is: NJ}, {field: age, above: 35}]
=> 9:12: warning[matches-nobody] no contact fits all of these together, though each of them fits some; look for two that exclude each other

{all: [{field: plan, is: Free}, {field: state, is: NJ}]}
=> 9:27: warning[matches-nobody] no contact fits this; "plan" holds "Paid" and "Trial"

{any: [{field: state, is: NJ}, {field: state, is_set: false}, {field: age, above: 40}]}
=> 9:13: warning[matches-everyone] every contact fits one of these, so they tell nobody apart

{none: [{field: state, is: NJ}, {field: state, is_set: false}, {field: age, above: 40}]}
=> 9:13: warning[matches-everyone] every contact fits one of these, so they tell nobody apart

{some: {at_least: 3, of: [{field: state, is: NJ}, {field: state, is: NY}, {field: age, above: 35}]}}
=> 9:13: warning[matches-nobody] no contact fits as many of these; set another number

{some: {at_most: 2, of: [{field: state, is: NJ}, {field: state, is: NY}, {field: age, above: 35}]}}
=> 9:13: warning[matches-everyone] every contact fits as many of these; set another number
"""


@each(FITTING)
def test_conditions_that_tell_nobody_apart(said: str, told: list[str], check: Check) -> None:
    assert check(segment(said)) == [f"segments.yaml:{line}" for line in told]


ONLY = """
{field: state, is_not: NJ}

{field: plan, is: Free}
=> 4:49: warning[matches-nobody] no row of "contacts" fits this, so nothing of it is read

{field: email, is_set: true}
=> 4:49: warning[matches-everyone] every row of "contacts" fits this, so it leaves nothing out; remove it, or ask for more

[{field: plan, is: Paid}, {field: plan, is: Trial}]
=> 4:41: warning[matches-nobody] no row of "contacts" fits this, so nothing of it is read
"""


@each(ONLY)
def test_rows_that_are_left_out(said: str, told: list[str], check: Check) -> None:
    project = PROJECT.replace("id: email,", f"only: {said}, id: email,") + "segments: {it: {where: everyone}}\n"
    assert [line.removeprefix("segments.yaml:") for line in check(project) if '"contacts" fits' in line] == told
    quiet = project.replace("contacts: {", "contacts: {silence: [matches-nobody, matches-everyone], ")
    assert not [line for line in check(quiet) if '"contacts" fits' in line]


def test_what_a_format_leaves_out_is_not_spoken_of(check: Check) -> None:
    project = "version: 1\nsources: {contacts: {files: c.csv, format: FORMAT}}\nsegments: {it: {where: everyone}}\n"
    columns = formats.named("shopify.customers").header
    export = (
        ",".join(columns)
        + "\n"
        + "".join(
            ",".join(address if column == "Email" else "" for column in columns) + "\n"
            for address in ("a@x.org", "b@x.org")
        )
    )
    assert formats.named("shopify.customers").settings.get("only") is not None
    said = check(project.replace("FORMAT", "shopify.customers"), {"c.csv": export})
    assert not [line for line in said if '"contacts" fits' in line]


def test_one_contact_says_nothing_about_a_rule(check: Check) -> None:
    alone = {"contacts.csv": CONTACTS.split("bob", maxsplit=1)[0]}
    assert check(segment("{field: state, is: NJ}"), alone) == []
    assert check(segment("{field: state, is: NJ}"), {"contacts.csv": CONTACTS.split("ann", maxsplit=1)[0]}) == []


MISSING = """
{field: state, is_not: NJ}
=> 9:20: warning[missing-included] 1 of 5 contacts fits only because it has no "state"; if that is not meant, add {field: state, is_set: true}

{field: seen, not_in_last: 30 days}
=> 9:20: warning[missing-included] 2 of 5 contacts fit only because they have no "seen"; if that is not meant, add {field: seen, is_set: true}

{not: {field: seen, in_last: 30 days}}
=> 9:26: warning[missing-included] 2 of 5 contacts fit only because they have no "seen"; if that is not meant, add {field: seen, is_set: true}

{none: [{field: age, below: 40}, {field: plan, is: Trial}]}
=> 9:28: warning[missing-included] 1 of 5 contacts fits only because it has no "age"; if that is not meant, add {field: age, is_set: true}

{field: tags, has_none: [b]}
=> 9:20: warning[missing-included] 1 of 5 contacts fits only because it has no "tags"; if that is not meant, add {field: tags, is_set: true}

[{field: state, is_not: NJ}, {field: age, above: 20}]

{field: state, is_set: true, is_not: NJ}

[{field: state, is_set: true}, {not: {field: state, is: NJ}}]

{any: [{field: state, is_set: false}, {field: state, is_not: NJ}]}

{not: {field: state, is_not: NJ}}

{some: {at_most: 1, of: [{field: state, is: NJ}, {field: age, above: 35}]}}
=> 9:13: warning[matches-everyone] every contact fits as many of these; set another number

{some: {at_most: 0, of: [{field: state, is: NJ}, {field: age, above: 42}]}}
=> 9:45: warning[missing-included] 1 of 5 contacts fits only because it has no "state"; if that is not meant, add {field: state, is_set: true}
=> 9:69: warning[missing-included] 1 of 5 contacts fits only because it has no "age"; if that is not meant, add {field: age, is_set: true}

{did_not: purchase}
"""


@each(MISSING)
def test_who_belongs_only_for_want_of_a_value(said: str, told: list[str], check: Check) -> None:
    assert check(segment(said)) == [f"segments.yaml:{line}" for line in told]


def test_a_few_missing_values_are_not_worth_a_word(check: Check) -> None:
    """From one percent of the contacts on."""
    people = "".join(f"p{number}@x.org,P,NY,1,1,2026-05-01,Paid,a\n" for number in range(96))
    rule = segment("[{field: state, is_not: NJ}, {field: name, is_not: Bob}]")
    assert ["1 of 101" in line for line in check(rule, {"contacts.csv": CONTACTS + people})] == []
    assert len(check(rule, {"contacts.csv": CONTACTS + people.split("p95")[0]})) == 1


def test_values_that_the_file_says_are_offered(check: Check) -> None:
    text = PROJECT + (
        "traits:\n  band: {cases: [{when: {field: age, below: 35}, is: Young}], otherwise: Old}\n"
        "rfm: {did: purchase, amount: amount}\n"
        "segments:\n  a: {where: {field: band, is: Yuong}}\n  b: {where: {field: rfm_group, is: champion}}\n"
        "  c: {where: {field: band, is: Middle}}\n"
    )
    assert check(text) == [
        'segments.yaml:11:22: warning[matches-nobody] no contact fits this; "band" holds "Young", did you mean that?',
        'segments.yaml:12:22: warning[matches-nobody] no contact fits this; "rfm_group" holds "champions", did you mean that?',
        'segments.yaml:13:22: warning[matches-nobody] no contact fits this; "band" holds "Young" and "Old"',
    ]


def test_conditions_in_scores_and_traits_are_looked_at(check: Check) -> None:
    text = PROJECT + (
        "traits:\n  group: {cases: [{when: {field: plan, is: Free}, is: 1}]}\n"
        "scores:\n  heat:\n    - {points: 1, when: {field: state, is_not: NJ}}\n"
        "segments:\n  it: {where: {field: heat, at_least: 1}}\n"
    )
    assert [line.split("]")[0] for line in check(text)] == [
        "segments.yaml:8:34: warning[matches-nobody",
        "segments.yaml:11:33: warning[missing-included",
    ]


# --- events --------------------------------------------------------------------------------------------------------

EVENTS = """
{did: open}
=> 9:18: warning[opens-alone] "it" rests on opens alone, and mail programs open mails by themselves, or hide that a person did; ask for clicks, replies or visits as well

[{field: state, is_set: true}, {did_not: activity.open, where: {field: url, is: /a}}]
=> 9:53: warning[opens-alone] "it" rests on opens alone, and mail programs open mails by themselves, or hide that a person did; ask for clicks, replies or visits as well

[{did: sent}, {did_not: open}]
=> 9:36: warning[opens-alone] "it" rests on opens alone, and mail programs open mails by themselves, or hide that a person did; ask for clicks, replies or visits as well

{field: opens, above: 0}
=> 8:3: warning[opens-alone] "it" rests on opens alone, and mail programs open mails by themselves, or hide that a person did; ask for clicks, replies or visits as well

{did: [open, purchase]}

{did: open, then_not: {did: purchase}, within: 3 days}

{any: [{did: open}, {did: purchase}]}

{did: activity.any}

{did: sent}

{did: purchase, in_last: 12 months}

{did: open, at_least: 1, in_last: 12 months}
=> 9:18: warning[opens-alone] "it" rests on opens alone, and mail programs open mails by themselves, or hide that a person did; ask for clicks, replies or visits as well
=> 9:37: warning[longer-than-history] this looks back to 2025-06-01, and the oldest row of "activity" is of 2026-03-01; add older exports, or shorten it

{did_not: any, in_last: 12 months}
=> 9:27: warning[longer-than-history] this looks back to 2025-06-01, and the oldest row of "activity" is of 2026-03-01; add older exports, or shorten it

{did: activity.any, older_than: 1 year}
=> 9:32: warning[longer-than-history] this asks for what was before 2025-06-01, and the oldest row of "activity" is of 2026-03-01; add older exports, or shorten it

{did: activity.any, since: 2026-02-25}

{did: click}
=> 9:18: warning[never-happens] no row of "activity" has the event "click", spelled "Click"; did you mean "Clicked"?

{did_not: click}
=> 9:22: warning[never-happens] no row of "activity" has the event "click", spelled "Click"; did you mean "Clicked"?

{did: webinar}
=> 9:18: warning[never-happens] no row has the event "webinar"

{did: [webinar, purchase]}
=> 9:19: warning[never-happens] no row has the event "webinar"

{did: purchase, then: {did: click}, within: 3 days}
=> 9:18: warning[matches-nobody] no contact did this
=> 9:40: warning[never-happens] no row of "activity" has the event "click", spelled "Click"; did you mean "Clicked"?
"""
OPENS = "traits:\n  opens: {did: open}\n"


@each(EVENTS)
def test_events(said: str, told: list[str], check: Check) -> None:
    assert check(segment(said, OPENS)) == [f"segments.yaml:{line}" for line in told]


@pytest.mark.parametrize(
    ("name", "is_open"),
    [
        ("open", True),
        ("Opened", True),
        ("email_opened", True),
        ("emailOpen", True),
        ("opened e-mail", True),
        ("account opened", False),
        ("open_house", False),
        ("reopen", False),
        ("click", False),
    ],
)
def test_which_names_are_opens(name: str, is_open: bool, check: Check) -> None:
    text = segment(f"{{did: '{name}'}}")
    said = check(text, {"activity.csv": ACTIVITY.replace("open", name)})
    assert any("opens-alone" in line for line in said) == is_open


def test_events_without_a_time_lie_in_no_window(check: Check) -> None:
    text = segment("{did_not: visit, in_last: 30 days}").replace(
        "segments:", "  form: {files: form.csv, contact: email, event_name: visit}\nsegments:"
    )
    assert check(text) == [
        'segments.yaml:10:22: warning[matches-nobody] no contact did this; the rows of "form" have no time, so none lies in a window'
    ]


def test_a_source_without_rows_has_no_events(check: Check) -> None:
    empty = {"orders.csv": ORDERS.split("ann", maxsplit=1)[0]}
    rules = segment("{any: [{did: purchase}, {did: purchase, in_last: 90 days}]}")
    assert check(rules, empty) == [
        'segments.yaml:6:19: warning[never-happens] "orders" has no rows, so nothing ever happens in it; is the export complete?'
    ]


def test_an_optional_source_may_be_away(check: Check) -> None:
    text = segment("{did: [purchase, visit]}").replace(
        "segments:", "  form: {files: no.csv, contact: email, event_name: visit, optional: true}\nsegments:"
    )
    assert check(text) == []


# --- numbers and texts ---------------------------------------------------------------------------------------------

NUMBERS = """
{field: zip, is: 07030}

{field: zip, is: 7030}
=> 9:29: warning[number-as-text] "zip" holds text, so 7030 is looked for in this spelling; 1 row has that number in another one, such as "07030": write it so, or declare types: {zip: number}

{field: zip, in: [10001, 94105.0]}
=> 9:37: warning[number-as-text] "zip" holds text, so 94105.0 is looked for in this spelling; 1 row has that number in another one, such as "94105": write it so, or declare types: {zip: number}

{did: activity.any, where: {field: size, is: 10}}
=> 9:57: warning[number-as-text] "size" holds text, so 10 is looked for in this spelling; 1 row has that number in another one, such as "010": write it so, or declare types: {size: number}
"""


@each(NUMBERS)
def test_numbers_that_are_compared_as_texts(said: str, told: list[str], check: Check) -> None:
    assert check(segment(said)) == [f"segments.yaml:{line}" for line in told]


# --- lists among each other ----------------------------------------------------------------------------------------

LISTS = """
  a: {where: {all: [{field: state, is: NJ}, {field: age, above: 29}]}}
  b: {where: [{field: Age, above: 29}, {field: state, in: [nj]}], label: Another}
=> 9:3: warning[same-rule] "b" means the same as "a"; remove one of them, or change its rule

  a: {where: {field: state, is_not: NJ, is_set: true}}
  b: {where: {all: [{not: {field: state, is: NJ}}, {field: state, is_set: true}]}}
=> 9:3: warning[same-rule] "b" means the same as "a"; remove one of them, or change its rule

  a: {where: {did_not: purchase}}
  b: {where: {none: [{did: purchase}]}}
=> 9:3: warning[same-rule] "b" means the same as "a"; remove one of them, or change its rule

  a: {where: {field: state, is: NJ}}
  b: {where: {field: state, is: NJ}, exclude: a}
  c: {where: {field: state, is: NJ, match_case: true}}
  d: {where: {field: state, is: NJ}, kind: static}
  e: {where: {field: state, is: NJ}, kind: static}
  f: {where: {any: [{field: state, is: NJ}, {field: age, above: 29}]}}
  g: {where: {field: state, is: NJ}, top: {count: 1, by: age}}

  a: {where: {did: purchase, at_least: 2}}
  b: {where: {did: purchase}}
=> 8:20: warning[matches-nobody] no contact did this

  a: {where: {field: state, is: NJ}, list: false}
  b: {where: {in_segment: a}}
=> 9:27: warning[unlisted-reference] "a" writes no list (list: false); if it is meant as a helper, write silence: unlisted-reference there

  a: {where: {field: state, is: NJ}, list: false}
  b: {where: {field: age, above: 29}, exclude: [a]}
=> 9:49: warning[unlisted-reference] "a" writes no list (list: false); if it is meant as a helper, write silence: unlisted-reference there

  a: {where: {field: state, is: NJ}, list: false}
=> 8:3: warning[unused-segment] "a" writes no list (list: false), and nothing refers to it; remove it, or its list: false

  a: {where: {field: state, is: NJ}, add: form.csv}

  a: {where: {field: state, is: NJ}, add: away.csv}
=> 8:43: warning[override-stranger] 1 id is in the "add" file of "a" but not in contacts, and ignored
"""


@each(LISTS)
def test_lists(said: str, told: list[str], check: Check) -> None:
    others = {"away.csv": "email\nzoe@x.org\n"}
    assert check(f"{PROJECT}segments:\n{said}\n", others) == [f"segments.yaml:{line}" for line in told]


def test_references_at_the_top_and_in_scores(check: Check) -> None:
    text = (
        f"{PROJECT}suppress: [gone]\nscores:\n  heat: [{{points: 1, when: {{in_segment: rich}}}}]\n"
        "segments:\n  gone: {where: {field: state, is: NY}, list: false}\n"
        "  rich: {where: {field: age, above: 29}, list: false}\n  it: {where: {field: heat, above: 0}}\n"
    )
    assert [line.split("]")[0] for line in check(text)] == [
        "segments.yaml:7:12: warning[unlisted-reference",
        "segments.yaml:9:41: warning[unlisted-reference",
    ]


STATIC = (
    PROJECT
    + "segments:\n  it: {where: {field: state, is: %s}, kind: static%s}\n  by: {where: {field: age, above: 29}}\n"
)


def test_a_static_list_of_an_earlier_rule(check: Check) -> None:
    assert check(STATIC % ("NJ", "")) == []
    segtool.run(segtool.load("segments.yaml"))
    assert check(STATIC % ("NJ", ", label: New Jersey")) == []
    assert check(STATIC % ("NY", "")) == [
        'segments.yaml:8:3: warning[stale-static] the definition of "it" changed after the list was filled, and a static list keeps its people; segtool refresh it fills it anew'
    ]
    assert check(STATIC % ("NY", ", silence: stale-static")) == []
    assert check((STATIC % ("NY", "")).replace("static", "dynamic")) == []
    segtool.run(segtool.load("segments.yaml"))
    assert check(STATIC % ("NY", "")) == [], "it keeps the people that it has, and they are those of this rule"


def test_a_state_that_cannot_be_read_is_no_mistake_of_the_rules(check: Check) -> None:
    check(STATIC % ("NJ", ""))
    segtool.run(segtool.load("segments.yaml"))
    Path(".segtool/CURRENT").write_text("nonsense", encoding="utf-8")
    assert check(STATIC % ("NY", "")) == []


# --- silence -------------------------------------------------------------------------------------------------------

PROVOKED = """\
traits:
  empty: {cases: [{when: {field: plan, is: Free}, is: 1}]}
segments:
  nobody: {where: {field: plan, is: Free}SILENCE}
  everybody: {where: {field: plan, is_not: Free}SILENCE}
  missing: {where: {field: state, is_not: NJ}SILENCE}
  opens: {where: {did: open}SILENCE}
  never: {where: {any: [{did: click}, {did: purchase}]}SILENCE}
  undeclared: {where: {did: [purchase, webinar]}SILENCE}
  longer: {where: {did: activity.any, in_last: 12 months}SILENCE}
  number: {where: {field: zip, in: [7030, 10001]}SILENCE}
  helper: {where: {field: state, is: NJ}, list: falseSILENCE}
  user: {where: [{in_segment: helper}, {field: age, above: 29}]SILENCE}
  useless: {where: {field: state, is: CA}, list: falseSILENCE}
  same: {where: {did: open}SILENCE}
  stranger: {where: {field: name, is: Ann}, add: away.csvSILENCE}
"""
AWAY = {"away.csv": "email\nzoe@x.org\n"}


def codes(said: list[str]) -> list[str]:
    return [found[1] for line in said if (found := re.search(r"warning\[([a-z-]+)\]", line))]


IN_ONE_FILE = [code for code in CODES if code != "stale-static"]


def test_every_code_is_provoked_here(check: Check) -> None:
    assert set(codes(check(PROJECT + PROVOKED.replace("SILENCE", ""), AWAY))) == set(IN_ONE_FILE)


@pytest.mark.parametrize("code", IN_ONE_FILE)
def test_a_silenced_code_is_not_heard(code: str, check: Check) -> None:
    """For all, and for one list at a time; the other codes are heard as before."""
    plain = check(PROJECT + PROVOKED.replace("SILENCE", ""), AWAY)
    rest = [line.split(": ", 1)[1] for line in plain if f"[{code}]" not in line]
    everywhere = check(f"{PROJECT}silence: {code}\n{PROVOKED.replace('SILENCE', '')}", AWAY)
    assert [line.split(": ", 1)[1] for line in everywhere] == rest
    own = check(PROJECT + PROVOKED.replace("SILENCE", f", silence: [{code}]"), AWAY)
    assert [line for line in own if f"[{code}]" in line] == [line for line in plain if ":8:" in line and code in line]
    assert len(own) == len(rest) + (code == "matches-nobody")


@pytest.mark.parametrize(("code", "source"), [("never-happens", 1), ("longer-than-history", 1), ("number-as-text", 0)])
def test_a_source_silences_what_is_about_it(code: str, source: int, check: Check) -> None:
    first = "contact: who, time: at, event: what" if source else "id: email"
    text = PROJECT.replace(first, f"{first}, silence: {code}") + PROVOKED.replace("SILENCE", "")
    said = check(text, AWAY)
    assert [line for line in said if f"[{code}]" in line and "webinar" not in line] == []
    assert len(codes(said)) > 10


def test_silence_of_what_there_is_not(check: Check) -> None:
    with pytest.raises(ConfigError) as caught:
        check(f"{PROJECT}silence: [opens-alon]\nsegments:\n  a: {{where: everyone, silence: unknown-field}}\n")
    assert [str(problem).split("; write")[0] for problem in caught.value.problems] == [
        'segments.yaml:7:11: error[wrong-value] "silence" cannot be "opens-alon"; did you mean "opens-alone"?',
        'segments.yaml:9:33: error[wrong-value] "silence" cannot be "unknown-field"',
    ]


def test_a_silence_that_is_not_needed_today_is_no_mistake(check: Check) -> None:
    """The data of tomorrow may need it."""
    assert check(segment("{field: state, is: NJ}", "silence: [matches-nobody]\n")) == []


# --- as a whole ----------------------------------------------------------------------------------------------------


def test_mistakes_come_before_doubts(check: Check) -> None:
    text = segment("[{field: plan, is: Free}, {field: stat, is: NJ}]")
    assert [line.split()[1] for line in check(text)] == ["error[unknown-field]"]


def test_a_run_does_not_look(check: Check) -> None:
    """A run says what it always said: what it met on its way."""
    check(PROJECT + PROVOKED.replace("SILENCE", ""), AWAY)
    run = segtool.run(segtool.load("segments.yaml"))
    assert {problem.id for problem in run.warnings} == {"never-happens", "override-stranger"}


def test_rules_without_places_are_looked_at_too(check: Check) -> None:
    check(segment("everyone"))
    source = {"files": "contacts.csv", "id": "email"}
    config: dict[str, Any] = {"version": 1, "sources": {"contacts": source}}
    config["segments"] = {"it": {"where": {"field": "plan", "is": "Free"}}}
    (problem,) = segtool.check(segtool.load(config, base="."))
    assert (problem.id, problem.severity, problem.at) == ("matches-nobody", "warning", None)
    config["segments"]["it"]["silence"] = "matches-nobody"
    assert segtool.check(segtool.load(config, base=".")) == []


def test_everything_is_counted_in_one_query(check: Check, plans: list[str]) -> None:
    check(PROJECT + PROVOKED.replace("SILENCE", ""), AWAY)
    scanned = re.findall(r"Parquet SCAN \[(.+?)\]", "\n".join(plans))
    assert len(scanned) == len(set(scanned)) == 2  # the activity and the orders, each once
