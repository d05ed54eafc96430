"""Who went from list to list within exclusive groups: the same as counting by hand, wherever it is told."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import permutations
from pathlib import Path
from random import Random

import pytest
from test_cli import on_a_terminal
from test_kinds import Desk

STYLES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
GROUPS = {"stage": ["top", "middle", "rest"], "region": ["east", "west"], "mixed": ["west", "rest"]}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.settings = {"exclusive": GROUPS, "suppress": ["out"]}
    desk.segments = {
        name: {"where": {"field": "state", "contains": letters}}
        for name, letters in (("top", "T"), ("middle", ["T", "M"]), ("rest", ""), ("east", "E"), ("west", ["E", "W"]))
    }
    desk.segments["rest"] = {"where": "everyone"}
    desk.segments["out"] = {"where": {"field": "state", "is": "out"}}
    return desk


def test_moves_are_those_that_one_counts(desk: Desk) -> None:
    random = Random(3)
    before: dict[str, set[str]] = {}
    seen: set[str] = set()
    for day in range(1, 6):
        people = {f"p{number}": random.choice(["TE", "TW", "ME", "W", "E", "", "out"]) for number in range(40)}
        result = desk.run(day, people)
        now = {name: set(ids) for name, ids in result.members.items()}
        counted = Counter(
            (group, origin, target)
            for group, names in GROUPS.items()
            for origin, target in permutations(names, 2)
            for who in before.get(origin, set()) - now[origin]
            if who in now[target] - before.get(target, set())
        )
        told = {(move.group, move.origin, move.target): move.contacts for move in result.report.moves}
        assert told == dict(counted)
        data = json.loads((desk.folder / "output/run.json").read_text())
        assert {(one["group"], one["from"], one["to"]): one["contacts"] for one in data["moves"]} == told
        seen |= {group for group, *_ in told}
        before = now
    assert seen == {"stage", "region", "mixed"}


def test_a_terminal_shows_them_by_group(desk: Desk) -> None:
    desk.run(1, {"ana": "TE", "bo": "TE", "cy": "M"})
    desk.export({"ana": "ME", "bo": "MW", "cy": "T"})
    _, shown = on_a_terminal(desk.folder, "run", "--as-of", "2026-03-02", NO_COLOR="1")
    lines = [line.split() for line in STYLES.sub("", shown).splitlines()]
    at = lines.index(["Group", "From", "To", "Contacts"])
    assert lines[at + 1 : at + 4] == [
        ["stage", "top", "middle", "2"],
        ["stage", "middle", "top", "1"],
        ["region", "east", "west", "1"],
    ]


def test_nobody_moved(desk: Desk) -> None:
    """No table of nothing; nor is somebody who came anew, or left for good, a move."""
    desk.run(1, {"ana": "TE", "bo": "M"})
    desk.export({"ana": "TE", "cy": "M"})
    _, shown = on_a_terminal(desk.folder, "run", "--as-of", "2026-03-02", NO_COLOR="1")
    assert "Contacts" not in shown
    assert json.loads((desk.folder / "output/run.json").read_text())["moves"] == []
