"""`explain`: what a segment means in words and numbers, and why a contact is on its list or not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from oracle.files import write
from oracle.generate import ALL_FEATURES, worlds
from oracle.world import World
from test_cli import command, on_a_terminal
from typer.testing import CliRunner

import segtool
from segtool.api import Case, Explanation
from segtool.cli import app
from segtool.config.problems import ConfigError, DataError
from segtool.config.settings import Config

CONTACTS = """\
email,name,state,age,budget,seen
ann@x.org,Ann,NJ,34,200,2026-05-30
bob@x.org,Bob,NJ,51,300,2026-04-01
cy@x.org,Cy,NY,,,
dee@x.org,Dee,NJ,28,,2026-05-31
"""
ACTIVITY = """\
email,at,what,url
ann@x.org,2026-05-20 10:00,click,/pricing
ann@x.org,2026-05-21 10:00,click,/pricing
bob@x.org,2026-05-20 10:00,click,/pricing
bob@x.org,2026-05-10 10:00,stop,
dee@x.org,2026-05-22 10:00,click,/blog
"""
HEAD = """\
version: 1
timezone: Europe/Riga
as_of: 2026-06-01
sources:
  contacts: {files: contacts.csv, id: email, types: {seen: date}}
  activity: {files: activity.csv, contact: email, time: at, event: what}
"""
SEGMENTS = """\
traits:
  clicks: {did: click}
splits:
  test: {A: 100}
suppress: stopped
exclusive:
  stage: [pricing, rest]
segments:
  pricing:
    label: Looked at prices
    description: For the spring offer
    where:
      - {field: state, is: NJ}
      - any:
          - {did: click, where: {field: url, is: /pricing}, in_last: 30 days, at_least: 2}
          - {field: age, above: 50}
  stopped: {where: {did: stop}}
  old: {where: {field: age, above: 50}}
  first: {where: {field: age, is_set: true}, exclude: old, top: {count: 1, by: clicks}}
  rest: {where: everyone}
  hand: {where: {field: state, is: NY}, add: add.csv, remove: remove.csv}
"""


def said(folder: Path, *arguments: str) -> list[str]:
    """The lines that a command writes into a pipe, in this process."""
    done = CliRunner().invoke(app, [*arguments, "--file", str(folder / "segments.yaml")], catch_exceptions=False)
    return done.stdout.splitlines()


def project(folder: Path, more: str = SEGMENTS, files: Mapping[str, str] | None = None) -> Config:
    content = {"contacts.csv": CONTACTS, "activity.csv": ACTIVITY, "add.csv": "email\nann@x.org\ndee@x.org\n"}
    content |= {"remove.csv": "email\ndee@x.org\n", "segments.yaml": HEAD + more, **(files or {})}
    for name, text in content.items():
        (folder / name).write_text(text)
    return segtool.load(folder / "segments.yaml")


# --- a whole segment -----------------------------------------------------------------------------------------


def funnel(found: Explanation) -> list[tuple[str, int | None, int | None]]:
    parts = [("  " * part.level + part.text, part.fit, part.left) for part in found.parts]
    return [*parts, *((cut.text, None, cut.left) for cut in found.cuts)]


def test_every_part_of_a_rule_is_counted(tmp_path: Path) -> None:
    found = segtool.explain(project(tmp_path), "pricing")
    assert (found.contacts, found.members, found.label) == (4, 1, "Looked at prices")
    assert found.description == "For the spring offer"
    assert funnel(found) == [
        ("all of these", 2, None),
        ('  state is "NJ"', 3, 3),
        ("  any of these", 2, 2),
        ('    at least 2 times click in the last 30 days where url is "/pricing"', 1, None),
        ("    age above 50", 1, None),
        ("not those on the list stopped, which is suppressed", None, 1),
    ]
    assert found.last is None


def test_each_condition_is_counted_alone_and_after_those_before_it(tmp_path: Path) -> None:
    where = "[{field: budget, is_set: true}, {field: age, below: 40}, {not: {did: stop}}]"
    found = segtool.explain(project(tmp_path, f"segments:\n  mine: {{where: {where}}}\n"), "mine")
    assert [(part.fit, part.left) for part in found.parts] == [(1, None), (2, 2), (2, 1), (3, 1)]


def test_every_step_after_the_rule_is_counted(tmp_path: Path) -> None:
    config = project(tmp_path)
    found = segtool.explain(config, "first")
    assert funnel(found) == [
        ("age has a value", 3, 3),
        ("but not those on the list old", None, 2),
        ("of these only the 1 with the highest clicks", None, 1),
        ("not those on the list stopped, which is suppressed", None, 1),
    ]
    assert found.values == ("clicks is number of click",)
    assert [(cut.key, cut.left) for cut in segtool.explain(config, "hand").cuts] == [
        ("add", 3),
        ("remove", 2),
        ("suppress", 2),
    ]
    assert [(cut.key, cut.left) for cut in segtool.explain(config, "rest").cuts] == [("exclusive", 2), ("suppress", 2)]
    assert segtool.explain(config, "stopped").cuts == ()


@pytest.mark.parametrize("kind", ["static", "semi_dynamic"])
def test_what_earlier_runs_remember_is_counted(tmp_path: Path, kind: str) -> None:
    ranked = f"segments:\n  mine: {{kind: {kind}, where: {{did: click}}, top: {{count: 2, by: age}}}}\n"
    config = project(tmp_path, ranked)
    assert funnel(segtool.explain(config, "mine"))[1:] == [("of these only the 2 with the highest age", None, 2)]
    segtool.run(config)
    config = project(tmp_path, ranked, {"contacts.csv": CONTACTS.replace("28", "99")})
    found = segtool.explain(config, "mine")
    assert [(cut.key, cut.left) for cut in found.cuts] == [("top", 2), ("kind", 2 if kind == "static" else 3)]
    assert found.last is not None
    assert (found.last.run, found.last.members) == (1, 2)
    assert segtool.run(config).members["mine"] == ["ann@x.org", "bob@x.org", "dee@x.org"][: found.members]


def test_as_of_is_the_instant_it_is_judged_at(tmp_path: Path) -> None:
    config = project(tmp_path)
    assert segtool.explain(config, "pricing", as_of="2026-05-21").parts[3].fit == 0
    lines = said(tmp_path, "explain", "stopped", "--as-of", "2026-05-01")
    assert lines[5].split() == ["0", "0", "at", "least", "one", "stop"]


def test_nothing_is_written(tmp_path: Path) -> None:
    config = project(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    segtool.explain(config, "pricing")
    segtool.why(config, "pricing", "ann@x.org")
    assert sorted(tmp_path.rglob("*")) == before


# --- one contact ---------------------------------------------------------------------------------------------


def seen(found: Case) -> list[tuple[str, bool, str]]:
    return [
        (part.text, part.holds, ", ".join(f"{k}={v}" if k else v for k, v in part.values.items()))
        for part in found.parts
    ]


def test_every_condition_is_told_with_what_was_seen(tmp_path: Path) -> None:
    config = project(tmp_path)
    found = segtool.why(config, "pricing", "dee@x.org")
    assert seen(found) == [
        ("all of these", False, ""),
        ('state is "NJ"', True, "NJ"),
        ("any of these", False, ""),
        ('at least 2 times click in the last 30 days where url is "/pricing"', False, "0"),
        ("age above 50", False, "28"),
    ]
    assert [(part.subject, part.needs) for part in found.parts[1:2]] == [("state", 'is "NJ"')]
    assert (found.on, found.why) == (False, "does not fit the rule")
    assert segtool.why(config, "pricing", "ann@x.org").why == "fits the rule"


LEAVES = {
    "{field: seen, in_last: 7 days}": "2026-05-30",
    "{not: {field: seen, in_last: 7 days}}": "2026-05-30",
    "{field: age, above: {field: budget}}": "34, budget=200",
    "{did: click, first_time: true, in_last: 7 days}": "2026-05-20 10:00",
    "{did_not: stop}": "0",
    "{did: stop, first_time: true}": "no value",
    "{split: test, is: A}": "A",
    "{in_segment: [old, young]}": "young",
    "{in_segment: old}": "none",
    "{not_in_segment: young}": "young",
    "{in_segment: young, for_at_least: 2 days}": "young since=no value",
    "everyone": "",
}


@pytest.mark.parametrize("rule", LEAVES)
def test_what_a_condition_looked_at_is_shown(tmp_path: Path, rule: str) -> None:
    others = "  old: {where: {field: age, above: 50}}\n  young: {where: {field: age, below: 50}}\n"
    config = project(tmp_path, f"splits: {{test: {{A: 100}}}}\nsegments:\n{others}  mine: {{where: {rule}}}\n")
    (part,) = seen(segtool.why(config, "mine", "ann@x.org"))
    assert part[2] == LEAVES[rule]


def test_what_a_negative_condition_needs_is_told(tmp_path: Path) -> None:
    config = project(tmp_path, "segments:\n  mine: {where: [{did_not: stop}, {not: {field: age, above: 50}}]}\n")
    parts = segtool.why(config, "mine", "ann@x.org").parts[1:]
    assert [(part.subject, part.needs) for part in parts] == [("stop", "none"), ("age", "not above 50")]


VERDICTS = [
    ("pricing", "bob@x.org", False, "suppressed: on the list stopped"),
    ("first", "bob@x.org", False, "excluded: on the list old"),
    ("first", "dee@x.org", False, "not among the 1 with the highest clicks: 1, place 2"),
    ("first", "cy@x.org", False, "does not fit the rule"),
    ("first", "ann@x.org", True, "fits the rule"),
    ("rest", "ann@x.org", False, "on the list pricing, which comes first"),
    ("hand", "ann@x.org", True, "added by hand"),
    ("hand", "dee@x.org", False, "removed by hand"),
    ("hand", "cy@x.org", True, "fits the rule"),
]


@pytest.mark.parametrize(("segment", "who", "on", "why"), VERDICTS)
def test_the_last_step_that_had_a_say_is_the_reason(tmp_path: Path, segment: str, who: str, on: bool, why: str) -> None:
    found = segtool.why(project(tmp_path), segment, who)
    assert (found.on, found.why) == (on, why)


def test_who_has_no_value_has_no_place(tmp_path: Path) -> None:
    config = project(tmp_path, "segments:\n  mine: {where: everyone, bottom: {percent: 50, by: budget}}\n")
    found = segtool.why(config, "mine", "cy@x.org")
    assert found.why == "not among the 50 percent with the lowest budget: no value, no place"
    assert [(turn.key, turn.on, turn.detail) for turn in found.turns] == [("bottom", False, "no value, no place")]
    assert segtool.why(config, "mine", "ann@x.org").turns[0].detail == "200, place 1"


def test_lists_that_remember_say_so(tmp_path: Path) -> None:
    segments = """\
segments:
  filled: {kind: static, where: {field: state, is: NJ}}
  grows: {kind: semi_dynamic, where: {field: state, is: NJ}}
"""
    segtool.run(project(tmp_path, segments))
    moved = CONTACTS.replace("Bob,NJ", "Bob,NY").replace("Cy,NY", "Cy,NJ")
    config = project(tmp_path, segments, {"contacts.csv": moved})
    for name in ("filled", "grows"):
        found = segtool.why(config, name, "bob@x.org")
        assert (found.on, found.why) == (True, "was on it before, and the list keeps its people")
    found = segtool.why(config, "filled", "cy@x.org")
    assert (found.on, found.why.split(",")[0]) == (False, "fits the rule")
    assert segtool.why(config, "grows", "cy@x.org").why == "fits the rule"


def test_exclusion_takes_people_off_a_list_that_grows(tmp_path: Path) -> None:
    segments = """\
segments:
  old: {where: {field: age, above: 60}}
  grows: {kind: semi_dynamic, where: {field: state, is: NJ}, exclude: old}
"""
    assert segtool.run(project(tmp_path, segments)).members["grows"] == ["ann@x.org", "bob@x.org", "dee@x.org"]
    config = project(tmp_path, segments, {"contacts.csv": CONTACTS.replace("Bob,NJ,51", "Bob,NJ,61")})
    found = segtool.why(config, "grows", "bob@x.org")
    assert (found.on, found.why) == (False, "excluded: on the list old")
    assert segtool.run(config).members["grows"] == ["ann@x.org", "dee@x.org"]


def test_the_last_run_is_told_with_the_date_of_entry(tmp_path: Path) -> None:
    segments = "segments:\n  nj: {where: {field: state, is: NJ}}\n"
    config = project(tmp_path, segments)
    assert said(tmp_path, "explain", "nj", "ann@x.org")[-1] == "No run has filled this list yet."
    segtool.run(config, as_of="2026-05-30T10:00")
    segtool.run(config, as_of="2026-05-31T10:00")
    moved = CONTACTS.replace("Bob,NJ", "Bob,NY").replace("Cy,NY", "Cy,NJ").replace("dee@", "eve@")
    config = project(tmp_path, segments + "  new: {where: everyone}\n", {"contacts.csv": moved})
    run = "after run 2 (2026-05-31 10:00)"
    told = {
        "ann@x.org": f"On it {run}, since 2026-05-30 10:00.",
        "bob@x.org": f"On it {run}, since 2026-05-30 10:00; the next run takes it off.",
        "cy@x.org": f"Not on it {run}; the next run puts it there.",
    }
    for who, line in told.items():
        assert said(tmp_path, "explain", "nj", who)[-1] == line
    assert said(tmp_path, "explain", "new", "ann@x.org")[-1] == "No run has filled this list yet."
    gone = command(tmp_path, "explain", "nj", "dee@x.org")
    assert gone.code == 2
    assert 'no contact has the id "dee@x.org"; 4 contacts were read, and run 2 had it on the list' in gone.err


@pytest.mark.parametrize("more", ["SEGMENTS", "VALUES"])
def test_a_definition_that_did_not_change_is_not_said_to(tmp_path: Path, more: str) -> None:
    config = project(tmp_path, {"SEGMENTS": SEGMENTS, "VALUES": VALUES}[more], PRICED)
    segtool.run(config)
    for name in config.segments:
        for found in (segtool.explain(config, name), segtool.why(config, name, "ann@x.org")):
            assert found.last is not None
            assert not found.last.changed, name


@pytest.mark.parametrize("kind", ["static", "dynamic"])
def test_a_definition_that_changed_since_is_told(tmp_path: Path, kind: str) -> None:
    segments = f"segments:\n  mine: {{kind: {kind}, where: {{field: state, is: NJ}}}}\n"
    segtool.run(project(tmp_path, segments))
    assert said(tmp_path, "explain", "mine")[-1] == "After run 1 (2026-06-01 00:00) the list had 3."
    project(tmp_path, segments.replace("NJ", "NY"))
    assert said(tmp_path, "explain", "mine")[-1].endswith("the list had 3. Its definition has changed since.")
    assert said(tmp_path, "explain", "mine", "cy@x.org")[-1].endswith(". The definition has changed since.")


@pytest.mark.parametrize("written", ["Ann@X.org", "  ann@x.org "])
def test_addresses_are_found_however_they_are_written(tmp_path: Path, written: str) -> None:
    assert segtool.why(project(tmp_path), "pricing", written).contact == "ann@x.org"


@pytest.mark.parametrize("written", ["'007", "007", " 007"])
def test_other_ids_are_found_as_exports_have_them(tmp_path: Path, written: str) -> None:
    files = {"contacts.csv": "code,state\n007,NJ\n7,NY\n"}
    (tmp_path / "contacts.csv").write_text(files["contacts.csv"])
    (tmp_path / "segments.yaml").write_text(
        "version: 1\nsources: {contacts: {files: contacts.csv, id: code, types: {code: text}}}\n"
        "segments: {nj: {where: {field: state, is: NJ}}}\n"
    )
    assert segtool.why(segtool.load(tmp_path / "segments.yaml"), "nj", written).on


def test_an_id_of_nobody_names_nobody_else(tmp_path: Path) -> None:
    config = project(tmp_path)
    for wrong in ("anne@x.org", "", "'"):
        with pytest.raises(ConfigError) as raised:
            segtool.why(config, "pricing", wrong)
        (problem,) = raised.value.problems
        assert problem.id == "unknown-contact"
        assert problem.message == f'no contact has the id "{wrong}"; 4 contacts were read'


def test_mistakes_in_the_call_are_told(tmp_path: Path) -> None:
    project(tmp_path)
    done = command(tmp_path, "explain", "prising")
    assert (done.code, done.out) == (2, "")
    assert 'error[unknown-segment] there is no segment "prising"; did you mean "pricing"?' in done.err
    more = "".join(f"  l{number}: {{where: everyone}}\n" for number in range(12))
    with (tmp_path / "segments.yaml").open("a", encoding="utf-8") as stream:
        stream.write(more)
    said = 'error[unknown-segment] there is no segment "vip"; check the names below segments:\n'
    assert command(tmp_path, "explain", "vip").err == said
    (tmp_path / "activity.csv").unlink()
    assert command(tmp_path, "explain", "pricing").code == 3
    with pytest.raises(DataError):
        segtool.why(segtool.load(tmp_path / "segments.yaml"), "pricing", "ann@x.org")


PRICES = ("amount", *"12345")
PRICED = {"activity.csv": "\n".join(map(",".join, zip(ACTIVITY.split("\n"), PRICES, strict=False))) + "\n"}
VALUES = """\
traits:
  clicks: {did: click}
  idle: {days_since: seen}
  share: {ratio: [clicks, age]}
  kind: {cases: [{when: {field: idle, below: 5}, is: Fresh}], otherwise: Stale}
scores:
  heat:
    - {points: 20, when: {field: state, is: NJ}}
    - {points: 5, each: {did: click}, at_most: 8}
    - {points: -3, when: {field: kind, is: Stale}}
rfm: {did: click, amount: amount}
splits:
  test: {A: 100}
segments:
  hot: {label: Hot, where: [{field: heat, above: 5}, {split: test, is: A}], columns: [name]}
  fresh: {where: {field: kind, is: Fresh}}
  best: {where: {field: rfm_group, is_set: true}}
  rfm: {where: {field: rfm, is_set: true}}
  ratio: {where: everyone, top: {count: 2, by: share}}
"""


def worth(found: Case) -> list[tuple[str, str | None]]:
    return [("  " * one.level + one.text, one.value) for one in found.values]


def test_a_score_is_told_rule_by_rule(tmp_path: Path) -> None:
    config = project(tmp_path, VALUES, PRICED)
    found = segtool.why(config, "hot", "ann@x.org")
    assert worth(found) == [
        ("heat is the sum of", "28"),
        ('  20 points if state is "NJ"', "20"),
        ("  5 points for each click, at most 8 together", "8"),
        ('  -3 points if kind is "Stale"', "none"),
        ("kind is the first of these that fits", "Fresh"),
        ('  "Fresh" if idle below 5', None),
        ('  "Stale" otherwise', None),
        ("idle is days since seen", "2"),
        ("  seen", "2026-05-30"),
        ("test is drawn for ever, in percent: A 100", None),
    ]
    assert [value for _, value in worth(segtool.why(config, "hot", "bob@x.org"))[:4]] == ["22", "20", "5", "-3"]
    assert segtool.explain(config, "hot").values[:2] == ("heat is the sum of", '  20 points if state is "NJ"')


def test_values_are_told_with_what_they_are_made_of(tmp_path: Path) -> None:
    config = project(tmp_path, VALUES, PRICED)
    assert worth(segtool.why(config, "ratio", "ann@x.org")) == [
        ("share is clicks divided by age", "0.058823529"),
        ("  age", "34"),
        ("clicks is number of click", "2"),
    ]
    assert worth(segtool.why(config, "fresh", "cy@x.org"))[0] == ("kind is the first of these that fits", "Stale")


def test_rfm_is_told_part_by_part(tmp_path: Path) -> None:
    config = project(tmp_path, VALUES, PRICED)
    found = worth(segtool.why(config, "best", "dee@x.org"))
    assert [text for text, _ in found] == [
        "rfm is three numbers from 1 to 5, 5 for the best",
        "  how recent the latest click is",
        "  number of click",
        "  sum of amount of click",
    ]
    whole, *parts = [value or "" for _, value in found]
    assert "".join(parts) == whole == segtool.why(config, "rfm", "dee@x.org").parts[0].values[""]
    assert [value for _, value in worth(segtool.why(config, "best", "cy@x.org"))] == ["no value"] * 4


# --- as the command line says it -----------------------------------------------------------------------------


def test_a_pipe_gets_plain_text(tmp_path: Path) -> None:
    project(tmp_path)
    done = command(tmp_path, "explain", "first")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "first",
        "As of 2026-06-01 00:00 Europe/Riga",
        "",
        "      fit     left",
        "        4        4  all contacts",
        "        3        3  age has a value",
        "                 2  but not those on the list old",
        "                 1  of these only the 1 with the highest clicks",
        "                 1  not those on the list stopped, which is suppressed",
        "                 1  on the list first",
        "",
        "clicks is number of click",
        "",
        "No run has filled this list yet.",
    ]
    assert said(tmp_path, "explain", "pricing", "bob@x.org") == [
        "bob@x.org on pricing · Looked at prices",
        "As of 2026-06-01 00:00 Europe/Riga",
        "",
        "yes  all of these",
        'yes    state is "NJ"                                                         NJ',
        "yes    any of these",
        'no       at least 2 times click in the last 30 days where url is "/pricing"  1',
        "yes      age above 50                                                        51",
        "no   not those on the list stopped, which is suppressed                      on the list stopped",
        "",
        "Not on the list: suppressed: on the list stopped.",
        "No run has filled this list yet.",
    ]


def test_a_terminal_gets_the_same_words(tmp_path: Path) -> None:
    project(tmp_path)
    code, shown = on_a_terminal(tmp_path, "explain", "first", "ann@x.org")
    assert code == 0
    assert "\x1b[32myes" in shown
    assert "On the list: fits the rule." in shown


def test_json_is_one_document(tmp_path: Path) -> None:
    config = project(tmp_path)
    segtool.run(config)
    found = json.loads("\n".join(said(tmp_path, "explain", "first", "--json")))
    assert (found["schema"], found["segment"], found["as_of"], found["members"]) == (
        1,
        "first",
        "2026-05-31T21:00:00Z",
        1,
    )
    assert found["parts"] == [{"level": 0, "text": "age has a value", "fit": 3, "left": 3}]
    assert found["cuts"][0] == {"key": "exclude", "text": "but not those on the list old", "left": 2}
    assert found["last"] == {"run": 1, "as_of": "2026-05-31T21:00:00Z", "members": 1, "changed": False}
    found = json.loads("\n".join(said(tmp_path, "explain", "first", "ann@x.org", "--json")))
    assert (found["contact"], found["on"], found["since"]) == ("ann@x.org", True, "2026-05-31T21:00:00Z")
    assert found["parts"][0] == {
        "level": 0,
        "text": "age has a value",
        "holds": True,
        "subject": "age",
        "needs": "has a value",
        "values": {"": "34"},
    }


def test_data_cannot_drive_the_terminal(tmp_path: Path) -> None:
    project(tmp_path, files={"contacts.csv": CONTACTS.replace("NY", "\x1b[31m[red]")})
    _, shown = on_a_terminal(tmp_path, "explain", "hand", "cy@x.org", NO_COLOR="1")
    assert "\x1b[31m" not in shown
    assert "[red]" in shown


# --- against everything that is known about lists ------------------------------------------------------------


def parts_of(found: Case, number: int) -> Iterator[bool]:
    """Whether the lines directly below a line hold."""
    level = found.parts[number].level
    for part in found.parts[number + 1 :]:
        if part.level <= level:
            return
        if part.level == level + 1:
            yield part.holds


RULES: dict[str, Any] = {"all of these": all, "any of these": any, "none of these": lambda parts: not any(parts)}


@settings(
    max_examples=4,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(worlds(ALL_FEATURES))
def test_explanations_agree_with_the_lists(world: World) -> None:
    with TemporaryDirectory() as folder:
        config = segtool.load(write(world, Path(folder)), base=folder)
        evaluation = segtool.evaluate(config, as_of=world.as_of)
        members, everyone = evaluation.members, evaluation.lists.contacts.to_series(0).to_list()
        random = Random(1)
        for name in random.sample(sorted(config.segments), 2):
            found = segtool.explain(config, name, as_of=world.as_of)
            assert found.members == len(members[name])
            who = random.choice(everyone) if everyone else None
            if who is not None:
                case = segtool.why(config, name, who, as_of=world.as_of)
                assert case.on == (who in members[name])
                for number, part in enumerate(case.parts):
                    if part.text in RULES:
                        assert part.holds == RULES[part.text](list(parts_of(case, number))), (name, who, part)
