"""Who came, who went, and why: the laws that hold between any two runs, and the words for each case."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import segtool
from segtool.api import Difference, RunResult
from segtool.lists.changes import (
    DEFINITION,
    EITHER,
    ENTERED,
    FIRST_RUN,
    GONE,
    LEFT,
    NEW_LIST,
    REMOVED_LIST,
    Change,
    Situation,
    compare,
)
from segtool.lists.places import Crossing
from segtool.lists.roster import EMPTY, Roster, Today, roster
from segtool.sources.context import ID

NOW = datetime(2026, 3, 1, 9)
EARLIER = datetime(2026, 2, 1, 9)


def as_roster(ids: Iterable[str], since: datetime = EARLIER) -> Roster:
    return roster(today(ids), EMPTY, since)


def today(ids: Iterable[str], suppressed: Iterable[str] = (), remembers: bool = False) -> Today:
    """A list of today, whose contacts are those on it."""
    on, off = set(ids), set(suppressed)
    everyone = sorted(on | off)
    published, hidden = (pl.Series([who in part for who in everyone], dtype=pl.Boolean) for part in (on, off))
    return Today(Crossing(pl.Series(ID, everyone, dtype=pl.String)), published, hidden, remembers)


def reasons(part: pl.DataFrame) -> dict[str, str]:
    """Why, by id."""
    return dict(part.iter_rows())


# --- the laws, over any two lists ----------------------------------------------------------------------------

IDS = st.sets(st.text(alphabet="abcÄ€'=", min_size=1, max_size=3), max_size=12)
SITUATIONS = st.builds(Situation, st.booleans(), st.booleans(), st.booleans(), st.booleans())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(before=IDS, now=IDS, others=IDS, situation=SITUATIONS, present=st.booleans())
def test_nobody_is_lost_between_two_lists(
    before: set[str], now: set[str], others: set[str], situation: Situation, present: bool
) -> None:
    """stayed + entered = now, stayed + left = before; each with one reason, in the order of ids."""
    contacts = now | others
    ids = pl.Series(ID, sorted(contacts), dtype=pl.String)
    is_now = roster(Today(Crossing(ids), ids.is_in(sorted(now)), ids.is_in([]), False), EMPTY, NOW)
    change = compare(is_now, as_roster(before), Crossing(is_now.members.people), situation, present)
    entered, left = reasons(change.entered), reasons(change.left)
    stayed = now & before
    assert stayed | entered.keys() == now
    assert stayed | left.keys() == before
    assert not stayed & (entered.keys() | left.keys())
    assert (len(stayed) + len(entered), len(stayed) + len(left)) == (change.now.ids.len(), change.before)
    assert change.net == len(now) - len(before)
    assert change.entrants.ids.to_list() == list(entered)
    places = [sorted(contacts).index(who) if who in contacts else None for who in left]
    assert change.leavers.to_list() == places
    assert list(entered) == sorted(entered)
    assert list(left) == sorted(left)
    assert set(entered.values()) <= {situation.note or ENTERED}
    if not present:
        assert set(left.values()) <= {situation.note or EITHER}
    else:
        assert all(why == (situation.note or LEFT if who in contacts else GONE) for who, why in left.items())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(before=IDS, now=IDS)
def test_who_stays_keeps_the_date_of_entry(before: set[str], now: set[str]) -> None:
    dated = roster(today(now), as_roster(before), NOW)
    assert dict(dated.members.table.iter_rows()) == {who: EARLIER if who in before else NOW for who in now}
    assert dated.ids.to_list() == sorted(now)


@pytest.mark.parametrize(
    ("situation", "note"),
    [
        (Situation(), ""),
        (Situation(definition_changed=True), DEFINITION),
        (Situation(new_list=True), NEW_LIST),
        (Situation(list_removed=True), REMOVED_LIST),
        (Situation(first_run=True, new_list=True), FIRST_RUN),
    ],
)
def test_what_is_said_of_a_list(situation: Situation, note: str) -> None:
    assert situation.note == note


# --- a fortnight of exports ------------------------------------------------------------------------------------

People = Mapping[str, Mapping[str, Any]]
CITIES = ("Riga", "Cesis", "Liepaja", "")


class Office:
    """A folder into which someone exports the contacts every day."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings: dict[str, Any] = {}
        self.segments: dict[str, Any] = {}

    def config(self) -> segtool.Config:
        source = {"contacts": {"files": "contacts.csv", "id": "email"}}
        document = {"version": 1, "sources": source, "segments": self.segments, **self.settings}
        return segtool.load(document, base=self.folder)

    def run(self, people: People, as_of: str = "2026-03-01T09:00", **options: Any) -> RunResult:
        rows = "".join(f"{name}@x.lv,{who['city']},{who['points']}\n" for name, who in people.items())
        (self.folder / "contacts.csv").write_text("email,city,points\n" + rows, encoding="utf-8")
        return segtool.run(self.config(), as_of=as_of, **options)

    def diff(self, old: str = "previous", new: str = "latest") -> Difference:
        return segtool.diff(self.config(), old, new)

    def table(self, path: str) -> list[dict[str, str]]:
        """An output file as whoever uses it reads it."""
        text = (self.folder / "output" / path).read_text(encoding="utf-8")
        return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


RULES: dict[str, tuple[Any, Any]] = {
    "riga": ({"field": "city", "is": "Riga"}, lambda who: who["city"] == "Riga"),
    "rich": ({"field": "points", "at_least": 6}, lambda who: who["points"] >= 6),
    "not_rich": ({"not_in_segment": "rich"}, lambda who: who["points"] < 6),
    "nowhere": ({"field": "city", "is_set": False}, lambda who: not who["city"]),
}
POORER = ({"field": "points", "at_least": 4}, lambda who: who["points"] >= 4)
NOT_POORER = ({"not_in_segment": "rich"}, lambda who: who["points"] < 4)


def next_day(random: Random, people: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Some move, some win or lose points, some vanish from the export and some of those come back."""
    pool = {f"p{number}": {"city": random.choice(CITIES), "points": random.randrange(10)} for number in range(60)}
    kept = {name: dict(who) for name, who in people.items() if random.random() > 0.1}
    for who in kept.values():
        if random.random() < 0.2:
            who["city"] = random.choice(CITIES)
        if random.random() < 0.2:
            who["points"] = random.randrange(10)
    return kept | {name: pool[name] for name in random.sample(sorted(pool), 6) if name not in kept}


def test_a_fortnight(office: Office) -> None:
    """Every day's lists are those of a naive model; whoever applies the changes one by one has the lists.

    On the way a list is added, one removed, and a rule changed that another list refers to.
    """
    random = Random(1)
    people: dict[str, dict[str, Any]] = {}
    rules = {name: RULES[name] for name in ("riga", "rich", "not_rich")}
    history: list[dict[str, set[str]]] = []
    applied: dict[str, set[str]] = {}
    since: dict[tuple[str, str], datetime] = {}
    for day in range(14):
        people = next_day(random, people) | ({"p1": {"city": "Riga", "points": 9}} if day % 3 else {})
        if day == 4:
            rules["nowhere"] = RULES["nowhere"]
        if day == 7:
            rules |= {"rich": POORER, "not_rich": NOT_POORER}
        if day == 10:
            del rules["riga"], applied["riga"]
        office.segments = {name: {"where": rule} for name, (rule, _) in rules.items()}
        at = NOW + timedelta(days=day)
        result = office.run(people, at.isoformat())
        lists = {name: {f"{who}@x.lv" for who in people if fits(people[who])} for name, (_, fits) in rules.items()}
        assert {name: set(ids) for name, ids in result.members.items()} == lists
        for name, ids in lists.items():
            laws(result.changes[name], history[-1].get(name, set()) if history else set(), ids)
            applied[name] = after(office.table(f"changes/{name}.csv"), applied.get(name, set()))
            assert applied[name] == ids == {row["email"] for row in office.table(f"lists/{name}.csv")}
            since = {key: value for key, value in since.items() if key[0] != name or key[1] in ids}
            since |= {(name, who): at for who in ids if (name, who) not in since}
            assert dict(result.changes[name].now.members.table.iter_rows()) == {who: since[name, who] for who in ids}
        history.append(lists)
    for (old, before), (new, now) in combinations(enumerate(history, 1), 2):
        found = office.diff(str(old), str(new))
        assert set(found.changes) == {*before, *now}
        for name, change in found.changes.items():
            laws(change, before.get(name, set()), now.get(name, set()))


def laws(change: Change, before: set[str], now: set[str]) -> None:
    entered, left = set(change.entered[ID]), set(change.left[ID])
    stayed = before & now
    assert (entered, left) == (now - before, before - now)
    assert len(stayed) + len(entered) == len(now) == change.now.ids.len()
    assert len(stayed) + len(left) == len(before) == change.before


def after(changes: list[dict[str, str]], before: set[str]) -> set[str]:
    """The list of someone who knows it from its changes alone."""
    entered, left = ({row["email"] for row in changes if row["change"] == word} for word in ("entered", "left"))
    assert len(entered) + len(left) == len(changes)
    assert not entered & before
    assert left <= before
    return (before | entered) - left


# --- the words -------------------------------------------------------------------------------------------------

ANA, BO, CY = ({"city": city, "points": points} for city, points in (("Riga", 3), ("Riga", 8), ("Cesis", 9)))
RIGA = {"riga": {"where": {"field": "city", "is": "Riga"}}}
RICH = {"rich": {"where": {"field": "points", "at_least": 6}}}
RICH_IN_RIGA = {"both": {"where": [{"in_segment": "riga"}, {"in_segment": "rich"}]}}


def why(result: RunResult | Difference, segment: str) -> tuple[dict[str, str], dict[str, str]]:
    change = result.changes[segment]
    return reasons(change.entered), reasons(change.left)


def note(result: RunResult, segment: str) -> str:
    return next(line.note for line in result.report.lines if line.segment == segment)


def test_the_first_run(office: Office) -> None:
    """Everyone entered, and it says that it is the first run wherever it is told."""
    office.segments = RIGA
    result = office.run({"ana": ANA, "cy": CY})
    assert why(result, "riga") == ({"ana@x.lv": "first run"}, {})
    assert note(result, "riga") == "first run"
    assert office.table("changes/riga.csv") == [
        {"change": "entered", "email": "ana@x.lv", "city": "Riga", "points": "3", "reason": "first run"}
    ]
    assert office.table("summary.csv")[0]["note"] == "first run"


def test_someone_comes_and_someone_goes(office: Office) -> None:
    office.segments = RIGA
    office.run({"ana": ANA, "bo": BO, "cy": CY})
    result = office.run({"ana": ANA | {"city": "Cesis"}, "cy": CY | {"city": "Riga"}, "dee": ANA})
    entered = {"cy@x.lv": 'city: Cesis → Riga, needs to be "Riga"', "dee@x.lv": "new contact"}
    left = {"ana@x.lv": 'city: Riga → Cesis, needs to be "Riga"', "bo@x.lv": "no longer in contacts"}
    assert why(result, "riga") == (entered, left)
    assert note(result, "riga") == ""
    rows = office.table("changes/riga.csv")
    assert [(row["change"], row["email"], row["city"]) for row in rows] == [
        ("entered", "cy@x.lv", "Riga"),
        ("entered", "dee@x.lv", "Riga"),
        ("left", "ana@x.lv", "Cesis"),
        ("left", "bo@x.lv", ""),
    ]


def test_a_list_that_is_new(office: Office) -> None:
    office.segments = RIGA
    office.run({"ana": ANA, "bo": BO})
    office.segments = RIGA | RICH
    result = office.run({"ana": ANA, "bo": BO})
    assert why(result, "rich") == ({"bo@x.lv": "the list is new"}, {})
    assert (note(result, "rich"), note(result, "riga")) == ("the list is new", "")


def test_a_list_that_comes_back(office: Office) -> None:
    """It is new: what it was before it was removed is in the runs of then."""
    for segments in (RIGA | RICH, RIGA, RIGA | RICH):
        office.segments = segments
        result = office.run({"bo": BO}, "2026-03-05")
    assert why(result, "rich") == ({"bo@x.lv": "the list is new"}, {})


@pytest.mark.parametrize(
    ("segments", "moved"),
    [
        ({"riga": {"where": {"field": "city", "is_not": "Riga"}}}, {"riga", "both"}),
        ({"rich": {"where": {"field": "points", "at_least": 9}}}, {"rich", "both"}),
        ({"both": {"where": [{"in_segment": "rich"}, {"in_segment": "riga"}]}}, {"both"}),
        ({"rich": {**RICH["rich"], "label": "Big", "columns": "points", "sort": "-points", "list": False}}, set()),
        ({"rich": {**RICH["rich"], "guard": {"left": "10 %"}, "description": "For spring"}}, set()),
    ],
)
def test_a_definition_that_changed(office: Office, segments: dict[str, Any], moved: set[str]) -> None:
    """Said of the list and of each who moved, and of every list that refers to it; looks do not count."""
    office.segments = RIGA | RICH | RICH_IN_RIGA
    office.run({"ana": ANA, "bo": BO, "cy": CY})
    office.segments = office.segments | segments
    result = office.run({"ana": ANA, "bo": BO, "cy": CY})
    assert {name for name in office.segments if note(result, name) == DEFINITION} == moved
    for name in office.segments:
        said = {reason for part in why(result, name) for reason in part.values()}
        assert said <= ({DEFINITION} if name in moved else set())
    again = office.run({"ana": ANA, "bo": BO, "cy": CY})
    assert {note(again, name) for name in office.segments} == {""}


def test_a_rule_that_moved_is_not_a_person_who_left(office: Office) -> None:
    """Whoever is on a list for a new rule did not change; whoever is gone from contacts did."""
    office.segments = RICH
    office.run({"ana": ANA, "bo": BO, "cy": CY})
    office.segments = {"rich": {"where": {"field": "points", "at_most": 3}}}
    result = office.run({"ana": ANA, "bo": BO})
    assert why(result, "rich") == (
        {"ana@x.lv": "the definition changed"},
        {"bo@x.lv": "the definition changed", "cy@x.lv": "no longer in contacts"},
    )


def test_another_calendar_is_another_definition(office: Office) -> None:
    """Days begin elsewhere, so every rule may mean something else."""
    office.segments = RIGA
    office.run({"ana": ANA})
    office.settings = {"timezone": "Europe/Riga"}
    assert note(office.run({"ana": ANA}), "riga") == DEFINITION


# --- between any two runs ----------------------------------------------------------------------------------------


@pytest.fixture
def four_runs(office: Office) -> Office:
    """`rich` is there in runs 1 and 2, `both` from run 3 on; in run 4 the rule of `riga` is another one."""
    office.segments = RIGA | RICH
    office.run({"ana": ANA, "bo": BO}, "2026-03-01")
    office.run({"ana": ANA, "cy": CY}, "2026-03-02")
    office.segments = RIGA | {"both": {"where": "everyone"}}
    office.run({"ana": ANA, "cy": CY}, "2026-03-03")
    office.segments = {"both": {"where": "everyone"}, "riga": {"where": {"field": "city", "is": "Cesis"}}}
    office.run({"ana": ANA, "cy": CY}, "2026-03-04")
    return office


def test_a_difference(four_runs: Office) -> None:
    """It tells the reasons that the runs told."""
    found = four_runs.diff("1", "2")
    assert (found.old, found.new, found.old_as_of) == (1, 2, "2026-03-01T00:00:00Z")
    assert why(found, "riga") == ({}, {"bo@x.lv": "no longer in contacts"})
    assert why(found, "rich")[0] == {"cy@x.lv": "new contact"}


def test_a_difference_over_lists_that_came_and_went(four_runs: Office) -> None:
    """In the order of the later run; what is gone comes last, with everyone who was on it."""
    found = four_runs.diff("2", "latest")
    assert list(found.changes) == ["both", "riga", "rich"]
    assert why(found, "rich") == ({}, {"cy@x.lv": "the list was removed"})
    assert why(found, "both") == ({"ana@x.lv": "the list is new", "cy@x.lv": "the list is new"}, {})
    assert why(found, "riga") == ({"cy@x.lv": "the definition changed"}, {"ana@x.lv": "the definition changed"})
    assert [found[name].note for name in found.changes] == [NEW_LIST, DEFINITION, REMOVED_LIST]
    assert found["rich"].now.ids.to_list() == []


def test_a_difference_backwards(four_runs: Office) -> None:
    there, back = four_runs.diff("1", "3"), four_runs.diff("3", "1")
    for name, change in there.changes.items():
        assert change.entered[ID].to_list() == back[name].left[ID].to_list()
        assert change.left[ID].to_list() == back[name].entered[ID].to_list()
    assert why(back, "both")[1] == dict.fromkeys(["ana@x.lv", "cy@x.lv"], "the list was removed")


def test_a_difference_where_nobody_is_on_the_first_list(office: Office) -> None:
    office.segments = {"nobody": {"where": {"field": "city", "is": "Rome"}}, "riga": {"where": RULES["riga"][0]}}
    ana, bo = ({"ana": {"city": "Riga", "points": 1}}, {"bo": {"city": "Riga", "points": 1}})
    for people in (ana, ana | bo, bo):
        office.run(people)
    assert why(office.diff("1", "3"), "riga")[0].keys() == {"bo@x.lv"}
    assert [office.diff("1", "3")[name].net for name in ("nobody", "riga")] == [0, 0]


def test_a_run_and_itself(four_runs: Office) -> None:
    found = four_runs.diff("latest", "4")
    assert all(change.net == 0 and not change.note for change in found.changes.values())


def test_every_run_tells_what_the_difference_tells(four_runs: Office) -> None:
    """`changes/*.csv` and `diff` of the last two runs name the same people."""
    found = four_runs.diff()
    for name, change in found.changes.items():
        rows = four_runs.table(f"changes/{name}.csv")
        for word, part in (("entered", change.entered), ("left", change.left)):
            assert [row["email"] for row in rows if row["change"] == word] == part[ID].to_list()
