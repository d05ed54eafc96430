"""Lists that remember: each kind over several runs, with exclusion, hands, groups, suppression, refresh and holding."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from test_cli import command

import segtool
from segtool.api import RunResult
from segtool.config.problems import ConfigError
from segtool.lists.changes import OUTDATED

NJ = {"field": "state", "is": "NJ"}
NY = {"field": "state", "is": "NY"}
OUT = {"field": "state", "is": "out"}


class Desk:
    """A project with one export: who is in which state."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.segments: dict[str, Any] = {}
        self.settings: dict[str, Any] = {}
        self.sources: dict[str, Any] = {}
        self.hands()

    def hands(self, add: Iterable[str] = (), remove: Iterable[str] = ()) -> None:
        for name, ids in (("add", add), ("remove", remove)):
            (self.folder / f"{name}.csv").write_text("\n".join(["id", *ids]) + "\n")

    def export(self, people: Mapping[str, str]) -> None:
        rows = [f"{who},{state}" for who, state in people.items()]
        (self.folder / "contacts.csv").write_text("\n".join(["id,state", *rows]) + "\n")

    def config(self) -> segtool.Config:
        source = {"contacts": {"files": "contacts.csv", "id": "id", "types": {"state": "text"}}}
        document = {"version": 1, "sources": {**source, **self.sources}, "segments": self.segments, **self.settings}
        (self.folder / "segments.yaml").write_text(json.dumps(document))
        return segtool.load(self.folder / "segments.yaml")

    def run(self, day: int | str, people: Mapping[str, str], **options: Any) -> RunResult:
        """A run on that day of March, or at that instant."""
        self.export(people)
        return segtool.run(self.config(), as_of=f"2026-03-{day:02}" if isinstance(day, int) else day, **options)

    def members(self) -> dict[str, list[str]]:
        """Every list as the last run left it."""
        return {name: [row[0] for row in segtool.show(self.config(), name).rows()] for name in self.segments}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def why(result: Any, name: str) -> dict[str, str]:
    """Everyone who entered (+) or left (-), and why."""
    change = result.changes[name]
    return {
        f"{sign}{who}": reason
        for sign, part in (("+", change.entered), ("-", change.left))
        for who, reason in part.iter_rows()
    }


def since(result: RunResult, name: str) -> dict[str, int]:
    """The day of March on which each entered."""
    return {who: at.day for who, at in result.changes[name].now.members.table.iter_rows()}


def note(result: RunResult, name: str) -> str:
    return next(line.note for line in result.report.lines if line.segment == name)


# --- the table of kinds ------------------------------------------------------------------------------------------

FIRST, SECOND = {"ana": "NJ", "bo": "NJ", "cy": "NY"}, {"ana": "NY", "bo": "NJ", "cy": "NJ"}


@pytest.mark.parametrize(
    ("kind", "later"),
    [("dynamic", ["bo", "cy"]), ("semi_dynamic", ["ana", "bo", "cy"]), ("static", ["ana", "bo"])],
)
def test_who_is_on_a_list_of_each_kind(desk: Desk, kind: str, later: list[str]) -> None:
    desk.segments = {"nj": {"kind": kind, "where": NJ}}
    assert desk.run(1, FIRST).members["nj"] == ["ana", "bo"]
    result = desk.run(2, SECOND)
    assert result.members["nj"] == later
    assert since(result, "nj") == {who: 2 if who == "cy" else 1 for who in later}
    assert desk.run(3, SECOND).members["nj"] == later


def test_a_static_list_looks_at_its_rule_no_more(desk: Desk) -> None:
    """Nothing of it is computed, and nothing is missing for that."""
    (desk.folder / "web.csv").write_text("id,at\nana,2026-02-01\n")
    desk.settings = {"traits": {"visits": {"did": "visit"}}}
    desk.segments = {
        "visitors": {"kind": "static", "where": {"did": "visit"}, "add": "add.csv"},
        "best": {"kind": "static", "where": NJ, "top": {"count": 1, "by": "visits"}},
    }
    source = {"files": "web.csv", "contact": "id", "time": "at", "event_name": "visit"}
    desk.sources = {"web": source}
    desk.run(1, FIRST)
    desk.hands(add=["bo"])
    result = desk.run(2, {"ana": "NJ", "bo": "NJ"})
    assert result.members == {"visitors": ["ana", "bo"], "best": ["ana"]}
    assert why(result, "visitors") == {"+bo": "added by override"}


def test_a_list_without_a_kind_is_dynamic(desk: Desk) -> None:
    desk.segments = {"nj": {"where": NJ}}
    desk.run(1, FIRST)
    assert desk.run(2, SECOND).members["nj"] == ["bo", "cy"]


def test_evaluate_remembers_nothing(desk: Desk) -> None:
    desk.segments = {"nj": {"kind": "static", "where": NJ}}
    desk.run(1, FIRST)
    desk.export(SECOND)
    assert segtool.evaluate(desk.config(), as_of="2026-03-02").members["nj"] == ["bo", "cy"]


def test_a_ranking_fills_a_semi_dynamic_list_and_takes_nobody_off(desk: Desk) -> None:
    rank = {"count": 1, "by": "points"}
    desk.segments = {"best": {"kind": "semi_dynamic", "where": "everyone", "top": rank}}
    for day, points, expected in ((1, "5", ["ana"]), (2, "9", ["ana", "bo"])):
        (desk.folder / "contacts.csv").write_text(f"id,state,points\nana,NJ,7\nbo,NJ,{points}\n")
        assert segtool.run(desk.config(), as_of=f"2026-03-{day:02}").members["best"] == expected


# --- exclusion and hands -------------------------------------------------------------------------------------------


def test_exclusion_takes_people_off_a_semi_dynamic_list_and_not_off_a_static_one(desk: Desk) -> None:
    rule = {"where": NJ, "exclude": ["out"]}
    desk.segments = {
        "out": {"where": OUT},
        "semi": {"kind": "semi_dynamic", **rule},
        "static": {"kind": "static", **rule},
    }
    desk.run(1, FIRST)
    result = desk.run(2, FIRST | {"ana": "out"})
    assert (result.members["semi"], result.members["static"]) == (["bo"], ["ana", "bo"])
    assert why(result, "semi") == {"-ana": "excluded by out"}
    back = desk.run(3, FIRST | {"ana": "NY"})
    assert back.members["semi"] == ["bo"]  # off is off: she has to fit to come again
    again = desk.run(4, FIRST)
    assert since(again, "semi") == {"ana": 4, "bo": 1}
    assert why(again, "semi") == {"+ana": 'state: NY → NJ, needs to be "NJ"'}


@pytest.mark.parametrize("kind", ["dynamic", "semi_dynamic", "static"])
def test_whoever_is_removed_is_off_even_if_added(desk: Desk, kind: str) -> None:
    desk.segments = {"nj": {"kind": kind, "where": NJ, "add": "add.csv", "remove": "remove.csv"}}
    desk.hands(add=["cy"], remove=["bo", "nobody"])
    assert desk.run(1, FIRST).members["nj"] == ["ana", "cy"]
    desk.hands(add=["cy"], remove=["cy"])
    result = desk.run(2, FIRST)
    assert why(result, "nj")["-cy"] == "removed by override"
    assert "cy" not in result.members["nj"]
    desk.hands(add=["cy"])
    result = desk.run(3, FIRST)
    assert why(result, "nj") == {"+cy": "no longer removed by override"}


def test_a_list_that_remembers_remembers_whom_a_hand_added(desk: Desk) -> None:
    """And forgets whom a hand removed."""
    desk.segments = {
        kind: {"kind": kind, "where": NJ, "add": "add.csv", "remove": "remove.csv"}
        for kind in ("dynamic", "semi_dynamic", "static")
    }
    desk.hands(add=["cy"])
    desk.run(1, FIRST)
    desk.hands(remove=["ana"])
    result = desk.run(2, FIRST | {"ana": "NY"})
    assert result.members == {"dynamic": ["bo"], "semi_dynamic": ["bo", "cy"], "static": ["bo", "cy"]}
    assert why(result, "dynamic") == {"-ana": "removed by override", "-cy": "no longer added by override"}
    desk.hands()
    assert desk.run(3, FIRST | {"ana": "NY"}).members["static"] == ["bo", "cy"]


def test_a_reason_is_what_changed_and_not_what_was_so_before(desk: Desk) -> None:
    """An added contact whom something else keeps off all the time leaves because the hand is gone."""
    desk.segments = {
        "out": {"where": {"field": "state", "in": ["NJ", "out"]}},
        "nj": {"where": NJ, "exclude": ["out"], "add": "add.csv"},
        "best": {"where": "everyone", "bottom": {"count": 1, "by": "state_number"}, "add": "add.csv"},
    }
    (desk.folder / "contacts.csv").write_text("id,state,state_number\nana,NJ,7\nbo,NY,1\n")
    desk.hands(add=["ana"])
    assert segtool.run(desk.config(), as_of="2026-03-01").members["nj"] == ["ana"]
    desk.hands()
    result = segtool.run(desk.config(), as_of="2026-03-02")
    assert why(result, "nj") == why(result, "best") == {"-ana": "no longer added by override"}


# --- groups --------------------------------------------------------------------------------------------------------


def test_a_contact_is_in_the_first_list_of_each_group_that_fits(desk: Desk) -> None:
    """Two groups that share a list: `a` before `b`, and `b` as it then is before `c`."""
    everyone = {"where": "everyone"}
    desk.settings = {"exclusive": {"one": ["a", "b"], "two": ["b", "c"]}}
    desk.segments = {"a": {"where": NJ}, "b": {"where": {"field": "state", "in": ["NJ", "NY"]}}, "c": everyone}
    people = FIRST | {"dee": "LA"}
    assert desk.run(1, people).members == {"a": ["ana", "bo"], "b": ["cy"], "c": ["ana", "bo", "dee"]}
    result = desk.run(2, people | {"ana": "NY"})
    assert result.members == {"a": ["bo"], "b": ["ana", "cy"], "c": ["bo", "dee"]}
    assert why(result, "b") == {"+ana": "moved from a, which comes first"}
    assert why(result, "a") == {"-ana": 'moved to b: state: NJ → NY, needs to be "NJ"'}
    assert why(result, "c") == {"-ana": "moved to b, which comes first"}
    assert [(move.group, move.origin, move.target, move.contacts) for move in result.report.moves] == [
        ("one", "a", "b", 1),
        ("two", "c", "b", 1),
    ]


def test_an_earlier_list_of_a_group_takes_people_off_lists_that_remember(desk: Desk) -> None:
    desk.settings = {"exclusive": {"one": ["a", "semi", "static"]}}
    desk.segments = {
        "a": {"where": OUT},
        "semi": {"kind": "semi_dynamic", "where": NJ},
        "static": {"kind": "static", "where": NY},
    }
    desk.run(1, FIRST)
    result = desk.run(2, {"ana": "out", "bo": "NJ", "cy": "out"})
    assert why(result, "semi") == {"-ana": "moved to a, which comes first"}
    assert why(result, "static") == {"-cy": "moved to a, which comes first"}
    later = desk.run(3, FIRST)
    assert later.members == {"a": [], "semi": ["ana", "bo"], "static": []}


# --- suppression ---------------------------------------------------------------------------------------------------


def test_suppression(desk: Desk) -> None:
    """The suppressed are off every list but the suppressing one and those that say so; references see them."""
    desk.settings = {"suppress": ["gone", "bounced"]}
    desk.segments = {
        "gone": {"where": OUT},
        "bounced": {"where": {"field": "state", "in": ["out", "bounced"]}},
        "all": {"where": "everyone"},
        "news": {"where": "everyone", "suppress": False},
        "looking": {"where": {"in_segment": "all"}, "suppress": False},
        "not_all": {"where": {"not_in_segment": "all"}, "suppress": False},
    }
    people = {"ana": "NJ", "bo": "out", "cy": "bounced"}
    result = desk.run(1, people)
    assert result.members == {
        "gone": ["bo"],
        "bounced": ["bo", "cy"],
        "all": ["ana"],
        "news": ["ana", "bo", "cy"],
        "looking": ["ana", "bo", "cy"],
        "not_all": [],
    }
    result = desk.run(2, {"ana": "out", "bo": "NJ", "cy": "bounced"})
    assert why(result, "all") == {"+bo": "no longer suppressed by gone", "-ana": "suppressed by gone"}
    assert why(result, "news") == {}


@pytest.mark.parametrize("kind", ["dynamic", "semi_dynamic", "static"])
def test_whoever_resubscribes_is_back_with_a_new_date(desk: Desk, kind: str) -> None:
    """On a list that remembers even if she does not fit any more."""
    desk.settings = {"suppress": ["gone"]}
    desk.segments = {
        "gone": {"where": {"field": "state", "starts_with": "out"}},
        "nj": {"kind": kind, "where": {"field": "state", "ends_with": "NJ"}},
    }
    desk.run(1, FIRST)
    desk.run(2, FIRST | {"ana": "out NJ", "bo": "out"})
    result = desk.run(3, FIRST | {"bo": "NY"})
    assert since(result, "nj") == {"ana": 3, **({} if kind == "dynamic" else {"bo": 3})}
    assert set(why(result, "nj").values()) == {"no longer suppressed by gone"}


def test_someone_added_by_hand_who_resubscribes_was_suppressed(desk: Desk) -> None:
    desk.settings = {"suppress": ["gone"]}
    desk.segments = {"gone": {"where": OUT}, "nj": {"where": NJ, "add": "add.csv"}}
    desk.hands(add=["cy"])
    desk.run(1, FIRST | {"cy": "out"})
    assert why(desk.run(2, FIRST), "nj") == {"+cy": "no longer suppressed by gone"}


# --- for how long ---------------------------------------------------------------------------------------------------

LASTING = {"nj": {"where": NJ}, "lasting": {"where": {"in_segment": "nj", "for_at_least": "3 days"}}}


def test_nobody_has_been_on_a_list_for_any_time_on_a_first_run(desk: Desk) -> None:
    desk.segments = {**LASTING, "not": {"where": {"not_in_segment": "nj", "for_at_least": "3 days"}}}
    assert desk.run(1, FIRST).members == {"nj": ["ana", "bo"], "lasting": [], "not": ["ana", "bo", "cy"]}


@pytest.mark.parametrize(("at", "members"), [("2026-03-04T08:59:59Z", []), ("2026-03-04T09:00Z", ["ana", "bo"])])
def test_for_at_least_is_exact_to_the_instant(desk: Desk, at: str, members: list[str]) -> None:
    desk.segments = LASTING
    desk.run("2026-03-01T09:00Z", FIRST)
    assert desk.run(at, FIRST).members["lasting"] == members


def test_days_are_calendar_steps(desk: Desk) -> None:
    """Across a clock change three days ago is the same wall time: an hour less has passed."""
    desk.settings = {"timezone": "Europe/Riga"}
    desk.segments = LASTING
    desk.run("2026-03-27T09:00", FIRST)
    assert desk.run("2026-03-30T08:59", FIRST).members["lasting"] == []
    assert desk.run("2026-03-30T09:00", FIRST).members["lasting"] == ["ana", "bo"]


def test_a_break_begins_the_time_anew(desk: Desk) -> None:
    desk.segments = LASTING
    desk.run(1, FIRST)
    desk.run(2, FIRST | {"ana": "NY"})
    desk.run(3, FIRST)
    result = desk.run(4, FIRST)
    assert result.members["lasting"] == ["bo"]
    assert why(result, "lasting") == {"+bo": "now on the list nj for at least 3 days"}
    assert desk.run(6, FIRST).members["lasting"] == ["ana", "bo"]


def test_suppression_is_no_break_and_neither_is_absence_from_a_list_that_remembers(desk: Desk) -> None:
    desk.settings = {"suppress": ["gone"]}
    desk.segments = {
        "gone": {"where": {"field": "state", "contains": "out"}},
        "nj": {"where": {"field": "state", "contains": "NJ"}},
        "ever": {"kind": "semi_dynamic", "where": {"field": "state", "contains": "NJ"}},
        "long": {"where": {"in_segment": "nj", "for_at_least": "3 days"}},
        "ever_long": {"where": {"in_segment": "ever", "for_at_least": "3 days"}},
    }
    desk.run(1, FIRST)
    desk.run(2, {"ana": "out NJ", "cy": "NY"})
    result = desk.run(4, FIRST)
    assert (result.members["long"], result.members["ever_long"]) == (["ana"], ["ana", "bo"])


def test_a_list_that_was_carried_or_held_still_counts(desk: Desk) -> None:
    desk.segments = LASTING | {"other": {"where": NY}}
    desk.run(1, FIRST)
    desk.run(3, FIRST | {"ana": "NY"}, only=["other"])
    assert desk.run(4, FIRST).members["lasting"] == ["ana", "bo"]


# --- a rule that changed under a static list -----------------------------------------------------------------------


def test_a_static_list_whose_rule_changed_says_so_at_every_run(desk: Desk) -> None:
    desk.segments = {"nj": {"kind": "static", "where": NJ}}
    desk.run(1, FIRST)
    desk.segments = {"nj": {"kind": "static", "where": NY}}
    for day in (2, 3):
        result = desk.run(day, FIRST)
        assert (result.members["nj"], note(result, "nj")) == (["ana", "bo"], OUTDATED)
        assert segtool.diff(desk.config())["nj"].note == OUTDATED
    desk.segments = {"nj": {"kind": "static", "where": NJ}}
    result = desk.run(4, FIRST)
    assert (note(result, "nj"), segtool.diff(desk.config())["nj"].note) == ("", "")
    desk.segments = {"nj": {"kind": "static", "where": NY}}
    result = segtool.refresh(desk.config(), ["nj"], as_of="2026-03-05")
    assert (result.members["nj"], note(result, "nj")) == (["cy"], "the definition changed")
    assert note(desk.run(6, FIRST), "nj") == ""


def test_a_kind_that_changed(desk: Desk) -> None:
    """A list that becomes static keeps those who are on it; one that becomes dynamic follows its rule."""
    members = []
    for day, kind in enumerate(("dynamic", "static", "semi_dynamic", "dynamic"), 1):
        desk.segments = {"nj": {"kind": kind, "where": NJ}}
        result = desk.run(day, FIRST if day == 1 else SECOND)
        members.append(result.members["nj"])
        assert note(result, "nj") == ("first run" if day == 1 else "the definition changed")
    assert members == [["ana", "bo"], ["ana", "bo"], ["ana", "bo", "cy"], ["bo", "cy"]]
    found = segtool.diff(desk.config())["nj"]
    assert (found.note, set(found.left["reason"])) == ("the definition changed", {"the definition changed"})
    assert note(desk.run(9, SECOND), "nj") == ""


# --- refresh -------------------------------------------------------------------------------------------------------


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """A static and a semi_dynamic list, filled when ana and bo were in New Jersey; now bo and cy are."""
    desk.segments = {kind: {"kind": kind, "where": NJ} for kind in ("static", "semi_dynamic")} | {"nj": {"where": NJ}}
    desk.run(1, FIRST)
    desk.run(2, SECOND)
    return desk


@pytest.mark.parametrize("kind", ["static", "semi_dynamic"])
def test_refresh_fills_a_list_anew(filled: Desk, kind: str) -> None:
    others = {name: ids for name, ids in filled.members().items() if name != kind}
    tried = segtool.refresh(filled.config(), [kind], as_of="2026-03-03", dry_run=True)
    assert (tried.members, filled.members()[kind]) != ({kind: ["bo", "cy"]}, ["bo", "cy"])
    result = segtool.refresh(filled.config(), [kind], as_of="2026-03-03")
    assert result.members == tried.members == {kind: ["bo", "cy"]}
    assert set(why(result, kind).values()) == {"filled anew by segtool refresh"}
    assert since(result, kind)["bo"] == 1
    assert {name: ids for name, ids in filled.members().items() if name != kind} == others
    assert filled.run(4, FIRST).members[kind] == (["bo", "cy"] if kind == "static" else ["ana", "bo", "cy"])


def test_refresh_from_the_command_line(filled: Desk) -> None:
    before = filled.members()
    said = command(filled.folder, "refresh", "static", "semi_dynamic", "--as-of", "2026-03-03", "--dry-run", "--json")
    assert said.code == 0
    assert [line["members"] for line in json.loads(said.out)["segments"]] == [2, 2]
    assert filled.members() == before
    said = command(filled.folder, "refresh", "static", "--as-of", "2026-03-03")
    assert (said.code, "1 segments, 1 entered, 1 left" in said.out) == (0, True)
    assert filled.members() == {**before, "static": ["bo", "cy"]}


@pytest.mark.parametrize(("name", "said"), [("nj", "is dynamic"), ("statik", 'there is no "statik"')])
def test_only_lists_that_remember_can_be_refreshed(filled: Desk, name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        segtool.refresh(filled.config(), [name])


def test_a_refreshed_list_forgets_who_was_missing(filled: Desk) -> None:
    filled.run(3, {"bo": "NJ", "cy": "NJ"})
    segtool.refresh(filled.config(), ["static"], as_of="2026-03-04")
    assert filled.run(5, FIRST).members["static"] == ["bo", "cy"]


# --- lists that a run is not about, that are new, or come back ------------------------------------------------------


def test_only_leaves_the_others_and_what_they_remember(desk: Desk) -> None:
    desk.segments = {kind: {"kind": kind, "where": NJ} for kind in ("dynamic", "semi_dynamic", "static")}
    desk.run(1, FIRST)
    result = desk.run(2, SECOND, only=["semi_dynamic"])
    assert result.members == {"semi_dynamic": ["ana", "bo", "cy"]}
    assert desk.members() == {"dynamic": ["ana", "bo"], "semi_dynamic": ["ana", "bo", "cy"], "static": ["ana", "bo"]}
    result = desk.run(3, SECOND)
    assert result.members == {"dynamic": ["bo", "cy"], "semi_dynamic": ["ana", "bo", "cy"], "static": ["ana", "bo"]}


def test_reasons_after_a_run_that_was_not_about_the_list(desk: Desk) -> None:
    """What the list was made of counts, not what has been exported in between."""
    desk.segments = {"nj": {"where": NJ, "remove": "remove.csv"}, "ny": {"where": NY}}
    desk.run(1, FIRST)
    for day in (2, 3, 4, 5):
        desk.run(day, SECOND, only=["ny"])
    assert why(desk.run(6, SECOND), "nj") == {
        "+cy": 'state: NY → NJ, needs to be "NJ"',
        "-ana": 'state: NJ → NY, needs to be "NJ"',
    }


def test_reasons_where_that_run_is_gone(desk: Desk) -> None:
    """Less is said, and nothing wrong."""
    desk.segments = {"nj": {"where": NJ, "remove": "remove.csv", "add": "add.csv"}, "ny": {"where": NY}}
    desk.run(1, FIRST)
    for day in (2, 3):
        desk.run(day, SECOND, only=["ny"])
    segtool.prune(desk.config(), keep_last=2)
    assert why(desk.run(4, SECOND), "nj") == {"+cy": "fits the rule now", "-ana": "no longer fits the rule"}


@pytest.mark.parametrize("kind", ["semi_dynamic", "static"])
def test_a_list_that_was_removed_and_is_back_begins_anew(desk: Desk, kind: str) -> None:
    nj = {"nj": {"kind": kind, "where": NJ}}
    versions: list[dict[str, Any]] = [nj, {"ny": {"where": NY}}, nj]
    for day, segments in enumerate(versions, 1):
        desk.segments = segments
        result = desk.run(day, SECOND if day == 3 else FIRST)
    assert (result.members["nj"], note(result, "nj")) == (["bo", "cy"], "the list is new")
    assert set(since(result, "nj").values()) == {3}


# --- contacts that vanish -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["dynamic", "semi_dynamic", "static"])
def test_whoever_is_missing_from_contacts_is_on_no_list_and_comes_back_to_those_that_remember(
    desk: Desk, kind: str
) -> None:
    desk.segments = {"nj": {"kind": kind, "where": NJ}}
    desk.run(1, FIRST)
    gone = desk.run(2, {"bo": "NJ", "cy": "NY"})
    assert (gone.members["nj"], why(gone, "nj")) == (["bo"], {"-ana": "no longer in contacts"})
    desk.run(3, {"bo": "NJ", "cy": "NY"})
    back = desk.run(4, FIRST | {"ana": "NY"})
    assert back.members["nj"] == (["bo"] if kind == "dynamic" else ["ana", "bo"])
    assert why(back, "nj") == ({} if kind == "dynamic" else {"+ana": "back in contacts"})
    assert since(back, "nj") == ({"bo": 1} if kind == "dynamic" else {"ana": 4, "bo": 1})


# --- held lists ----------------------------------------------------------------------------------------------------

MANY = {f"p{number:03}": "NJ" for number in range(120)}
BAD = dict.fromkeys(MANY, "NY")


def test_a_held_list_keeps_what_it_remembers(desk: Desk) -> None:
    """Also who is suppressed and who is missing; and the next run tells why against what the list was made of."""
    desk.settings = {"suppress": ["gone"]}
    desk.segments = {
        "gone": {"where": {"field": "state", "contains": "out"}},
        "nj": {"kind": "semi_dynamic", "where": {"field": "state", "contains": "NJ"}, "exclude": ["ny"]},
        "plain": {"where": {"field": "state", "contains": "NJ"}, "add": "add.csv"},
        "ny": {"where": NY},
    }
    desk.run(1, MANY)
    missing = {who: state for who, state in MANY.items() if who != "p001"} | {"p000": "out"}
    desk.run(2, missing)
    result = desk.run(3, dict.fromkeys(missing, "NY"))
    assert set(result.report.held) == {"nj", "plain"}
    assert len(result.members["nj"]) == len(result.members["plain"]) == 118
    back = desk.run(4, MANY | {"p002": "NY"}, accept=["ny"])
    assert len(back.members["nj"]) == 119  # all but p002, whom `exclude` takes off
    assert why(back, "nj")["+p000"] == "no longer suppressed by gone"
    assert why(back, "nj")["+p001"] == "back in contacts"
    assert why(back, "plain")["-p002"] == 'state: NJ → NY, needs to contain "NJ"'
    assert since(back, "nj")["p003"] == 1


def test_accepting_a_held_list_tells_why(desk: Desk) -> None:
    desk.segments = {"nj": {"where": NJ, "add": "add.csv", "remove": "remove.csv"}}
    desk.run(1, MANY)
    assert desk.run(2, BAD).report.held == ("nj",)
    result = desk.run(3, BAD, accept=["nj"])
    assert set(why(result, "nj").values()) == {'state: NJ → NY, needs to be "NJ"'}
    assert result.members["nj"] == []


@pytest.mark.parametrize("kind", ["static", "semi_dynamic", "dynamic"])
def test_a_new_list_that_refers_to_a_held_one_is_filled_by_the_next_run(desk: Desk, kind: str) -> None:
    desk.segments = {"nj": {"where": NJ}}
    desk.run(1, MANY)
    desk.segments["new"] = {"kind": kind, "where": {"in_segment": "nj"}}
    assert set(desk.run(2, BAD).report.held) == {"nj", "new"}
    result = desk.run(3, MANY)
    assert len(result.members["new"]) == 120
    assert note(result, "new") == "the list is new"


def test_the_date_of_entry_is_that_of_the_published_list(desk: Desk) -> None:
    desk.segments = {"nj": {"where": NJ}}
    desk.run("2026-03-01T09:00Z", FIRST)
    result = desk.run("2026-03-02T09:00Z", SECOND)
    assert dict(result.changes["nj"].now.members.table.iter_rows()) == {
        "bo": datetime(2026, 3, 1, 9),
        "cy": datetime(2026, 3, 2, 9),
    }
