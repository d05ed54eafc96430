"""A month of exports, day by day: every list, date, change and reason is that of a naive model of the language.

People come, change, leave and return; they unsubscribe and resubscribe; exports are missing or cut in half; rules and
kinds are edited, lists refreshed, held and accepted. `SEGTOOL_MONTHS` sets how many such months there are.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Any

import pytest
from oracle.files import write
from oracle.memory import NOBODY, Asked, Chain, Outcome, ShrunkError
from oracle.memory import run as expected_run
from oracle.world import World

import segtool
from segtool.cli.exits import Exit, exit_code_for
from segtool.config.problems import DataError
from segtool.store.snapshots import Snapshots

MONTHS = int(os.environ.get("SEGTOOL_MONTHS", "1"))
PAIRS = 1000 if "SEGTOOL_MONTHS" in os.environ else 100
"""Of so many pairs of days it is looked at what happened between them; all of a month, where months are asked for."""
DAYS = 30
MORE = 10
PEOPLE = 150
START = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
"""The clocks go forward in the midst of the month."""

CONTACTS = {"id": "text", "state": "text", "grade": "integer", "joined": "date"}
SOURCES: dict[str, Any] = {
    "contacts": {"files": "contacts.csv", "id": "id", "types": CONTACTS},
    "optout": {
        "files": "optout.csv",
        "contact": "who",
        "optional": True,
        "guard": {"source_shrinks": "100 %"},
        "types": {"who": "text", "reason": "text"},
    },
    "mail": {
        "files": "mail.csv",
        "contact": "who",
        "time": "at",
        "event": "action",
        "types": {"who": "text", "at": "datetime", "action": "text"},
    },
    "orders": {
        "files": "orders.csv",
        "contact": "who",
        "time": "at",
        "event_name": "purchase",
        "types": {"who": "text", "at": "datetime", "amount": "integer"},
    },
}

NJ = {"field": "state", "is": "NJ"}
RICH = {"field": "grade", "at_least": 5}
RICHER = {"field": "grade", "at_least": 7}
SCORED = {"field": "grade", "is_set": True}
NEW = {"field": "joined", "in_last": "6 days"}
CLICKED = {"did": "click", "in_last": "5 days", "at_least": 2}
OPENED = {"did": "open", "in_last": "3 days"}
SPENT = {"did": "purchase", "sum": "amount", "in_last": "8 days", "at_least": 100}
IDLE = {"did_not": "any", "in_last": "4 days"}
TEXTS = {
    repr(leaf): words
    for leaf, words in (
        (NJ, ("state", 'to be "NJ"', 'not to be "NJ"')),
        (RICH, ("grade", "at least 5", "below 5")),
        (RICHER, ("grade", "at least 7", "below 7")),
        (SCORED, ("grade", "to have a value", "to have no value")),
        (NEW, ("joined", "to be in the last 6 days", "not to be in the last 6 days")),
        (CLICKED, ("click in the last 5 days", "at least 2", "below 2")),
        (OPENED, ("open in the last 3 days", "at least 1", "none")),
        (SPENT, ("sum of amount of purchase in the last 8 days", "at least 100", "below 100")),
        (IDLE, ("any event in the last 4 days", "none", "at least 1")),
    )
}
"""What each condition looks at, what it needs, and what it needs under `not`, in words."""

SEGMENTS: dict[str, Any] = {
    "unsubscribed": {"where": {"field": "optout.reason", "is_set": True}},
    "reachable": {"where": "everyone"},
    "all_of_them": {"where": "everyone", "suppress": False},
    "big": {"where": SPENT},
    "engaged": {"where": CLICKED, "add": "add.csv", "remove": "remove.csv"},
    "fresh": {"where": {"any": [NEW, OPENED]}},
    "jersey": {"where": [NJ, RICH], "add": "add.csv"},
    "ever_jersey": {"kind": "semi_dynamic", "where": NJ, "exclude": ["big"]},
    "founders": {"kind": "static", "where": RICH, "remove": "remove.csv"},
    "best": {"where": SCORED, "exclude": ["jersey"], "top": {"count": 40, "by": "grade"}, "add": "add.csv"},
    "lasting": {"where": [{"in_segment": "reachable", "for_at_least": "3 days"}, {"not": IDLE}]},
    "loyal": {"where": {"in_segment": "ever_jersey", "for_at_least": "2 days"}},
    "mixed": {"where": {"some": {"at_least": 2, "of": [NJ, RICH, OPENED, {"not_in_segment": "engaged"}]}}},
    "others": {"where": {"none": [NJ, RICHER, CLICKED]}},
    "quiet": {"kind": "semi_dynamic", "where": [IDLE, {"not": {"all": [NJ, RICH]}}]},
}
EDITS: dict[str, list[dict[str, Any]]] = {
    "jersey": [{"where": [NJ, RICHER], "add": "add.csv"}, SEGMENTS["jersey"]],
    "founders": [{**SEGMENTS["founders"], "where": RICHER}, SEGMENTS["founders"]],
    "fresh": [{"where": {"all": [NEW, OPENED]}}, SEGMENTS["fresh"]],
    "ever_jersey": [{**SEGMENTS["ever_jersey"], "kind": kind} for kind in ("static", "dynamic", "semi_dynamic")],
    "quiet": [{**SEGMENTS["quiet"], "kind": kind} for kind in ("dynamic", "static", "semi_dynamic")],
    "best": [{**SEGMENTS["best"], "bottom": {"count": 30, "by": "grade"}, "top": None}, SEGMENTS["best"]],
}
TEXTS |= {repr({"field": "optout.reason", "is_set": True}): ("optout.reason", "to have a value", "to have no value")}


EVERYTHING = {
    *("refused", "accepted", "held True", "first run", "the definition changed", "conditions"),
    *("no longer in contacts", "new contact", "back in contacts", "suppressed", "no longer suppressed"),
    *("excluded", "no longer excluded", "displaced", "now in", "moved to first", "moved from first"),
    *("moved to with conditions", "moved from with conditions", "added by override", "removed by override"),
    *("no longer added by override", "no longer removed by override"),
}
"""What every month has to have in it."""


@dataclass
class Office:
    """What the company's tools would export today."""

    random: Random
    people: dict[str, dict[str, Any]] = field(default_factory=dict)
    gone: dict[str, dict[str, Any]] = field(default_factory=dict)
    optout: dict[str, str] = field(default_factory=dict)
    mail: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    add: set[str] = field(default_factory=set)
    remove: set[str] = field(default_factory=set)

    def day(self, now: datetime) -> None:
        """What happens between yesterday and now."""
        self._come_and_go(now.date())
        for person in self.people.values():
            if self.random.random() < 0.08:
                person["state"] = self.random.choice(["NJ", "NJ", "NY", None])
            if self.random.random() < 0.1:
                person["grade"] = self.random.choice([None, *range(10)])
        for who in self._some(self.people, 4):
            self.optout[who] = "too much"
        for who in self._some(self.optout, 3):
            del self.optout[who]
        everybody = sorted({*self.people, *self.gone})
        for who in self.random.choices(everybody, k=70):
            at = now - timedelta(minutes=self.random.choice([0, 1, *range(2, 1440)]))
            self.mail.append({"who": who, "at": at, "action": self.random.choice(["open", "click"])})
        for who in self.random.choices(everybody, k=14):
            at = now - timedelta(minutes=self.random.randrange(-60, 1440))
            self.orders.append({"who": who, "at": at, "amount": self.random.choice([20, 60, 100, 150])})
        self.add = self._handed(self.add)
        self.remove = self._handed(self.remove)

    def _come_and_go(self, today: date) -> None:
        while len(self.people) + len(self.gone) < PEOPLE:
            who = f"p{len(self.people) + len(self.gone):03}"
            joined = today - timedelta(days=self.random.randrange(12))
            state = self.random.choice(["NJ", "NY", None])
            self.people[who] = {"id": who, "state": state, "grade": self.random.randrange(10), "joined": joined}
        for who in self._some(self.people, 5):
            self.gone[who] = self.people.pop(who)
        for who in self._some(self.gone, 5 if len(self.gone) > 8 else 0):
            self.people[who] = self.gone.pop(who)

    def _some(self, of: Mapping[str, Any], most: int) -> list[str]:
        return self.random.sample(sorted(of), min(len(of), self.random.randint(0, most)))

    def _handed(self, ids: set[str]) -> set[str]:
        pool = sorted({*self.people, *self.gone, "nobody"})
        return {who for who in sorted(ids) if self.random.random() < 0.8} | set(self.random.sample(pool, 2))

    def tables(self, now: datetime) -> dict[str, list[Any]]:
        return {
            "contacts": [self.people[who] for who in sorted(self.people)],
            "optout": [{"who": who, "reason": why} for who, why in sorted(self.optout.items())],
            "mail": [row for row in self.mail if row["at"] <= now],
            "orders": self.orders,
        }


@dataclass
class Day:
    """One day's run: what is asked, and the exports as they arrive."""

    at: datetime
    asked: Asked
    tables: dict[str, list[Any]]
    missing: str = ""


class Month:
    """The product and the model, side by side."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self.random = Random(seed)
        self.office = Office(self.random)
        self.segments: dict[str, Any] = deepcopy(SEGMENTS)
        self.chain = Chain()
        self.outcomes: list[Outcome] = []
        self.seen: set[str] = set()

    @property
    def document(self) -> dict[str, Any]:
        segments = {
            name: {key: value for key, value in spec.items() if value is not None}
            for name, spec in self.segments.items()
        }
        return {
            "version": 1,
            "timezone": "Europe/Riga",
            "sources": SOURCES,
            "suppress": ["unsubscribed"],
            "exclusive": {"stage": [name for name in ("big", "engaged", "fresh") if name in segments]},
            "segments": segments,
            "guards": {"entered": "300 %", "left": "50 %"},
        }

    def config(self) -> segtool.Config:
        types = {name: {**spec, "types": spec["types"]} for name, spec in SOURCES.items()}
        return segtool.load({**self.document, "sources": types}, base=self.folder)

    def go(self, day: Day) -> None:
        """A run of both, compared."""
        world = World(self.document, day.tables, day.at)
        write(world, self.folder)
        if day.missing:
            (self.folder / SOURCES[day.missing]["files"]).unlink()
        for key in ("add", "remove"):
            lines = sorted(getattr(self.office, key))
            (self.folder / f"{key}.csv").write_text("\n".join(["id", *lines]) + "\n")
        hands = {
            name: {key: getattr(self.office, key) for key in ("add", "remove") if spec.get(key)}
            for name, spec in self.segments.items()
        }
        try:
            if day.missing in ("contacts", "mail", "orders"):
                raise ShrunkError(day.missing)
            outcome = expected_run(world, hands, self.chain, day.asked, TEXTS)
        except ShrunkError:
            self.refused(day)
            return
        result = self.product(day)
        self.compare(result, outcome, day)
        self.chain = outcome.chain
        self.outcomes.append(outcome)

    def product(self, day: Day) -> Any:
        if day.asked.refresh:
            return segtool.refresh(self.config(), list(day.asked.refresh), as_of=day.at)
        return segtool.run(self.config(), as_of=day.at, only=list(day.asked.only), accept=list(day.asked.accept))

    def refused(self, day: Day) -> None:
        """Exit 3, and everything is as it was."""
        before = self.all_files()
        with pytest.raises(DataError) as caught:
            self.product(day)
        assert exit_code_for(caught.value) == Exit.DATA
        assert self.all_files() == before
        self.seen.add("refused")

    def all_files(self) -> dict[str, bytes]:
        paths = [path for part in ("output", ".segtool/runs") for path in (self.folder / part).rglob("*")]
        return {str(path): path.read_bytes() for path in (*paths, self.folder / ".segtool/CURRENT") if path.is_file()}

    def compare(self, result: Any, outcome: Outcome, day: Day) -> None:
        assert set(result.changes) == set(outcome.scene.ways)
        assert set(result.report.held) == outcome.held
        for name, change in result.changes.items():
            known = outcome.chain.rosters.get(name)
            published = known.published if known is not None else {}
            assert set(result.members[name]) == published.keys(), (day.at, name)
            naive = {who: since.astimezone(UTC).replace(tzinfo=None) for who, since in published.items()}
            assert dict(change.now.members.table.iter_rows()) == naive, (day.at, name)
            was = self.chain.rosters[name].published if name in self.chain.rosters else {}
            laws(change, was.keys(), published.keys())
            if name not in outcome.held:
                assert change.note == outcome.notes[name], (day.at, name)
                self.reasons(name, change, outcome, day)
        self.seen |= {f"held {bool(outcome.held)}", *({"accepted"} if day.asked.accept else ())}

    def reasons(self, name: str, change: Any, outcome: Outcome, day: Day) -> None:
        for part, true in ((change.entered, outcome.entered[name]), (change.left, outcome.left[name])):
            for who, reason in part.iter_rows():
                assert reason in true[who], (day.at, name, who, reason, true[who])
                self.seen.add(kind_of(reason))


def kind_of(reason: str) -> str:
    """A reason without names and numbers."""
    for start in ("moved to", "moved from"):
        if reason.startswith(start):
            return f"{start} first" if reason.endswith("which comes first") else f"{start} with conditions"
    for start in ("displaced", "now in", "suppressed", "no longer suppressed", "excluded", "no longer excluded"):
        if reason.startswith(start):
            return start
    return "conditions" if "needs" in reason or " on the list " in reason else reason


def laws(change: Any, before: Any, now: Any) -> None:
    entered, left = set(change.entered["§id"]), set(change.left["§id"])
    assert (entered, left) == (now - before, before - now)
    assert len(before & now) + len(entered) == len(now) == change.now.members.height
    assert len(before & now) + len(left) == len(before) == change.before


# --- the month -------------------------------------------------------------------------------------------------

DECK = (
    *["plain"] * 11,
    *["edit"] * 4,
    *["only"] * 3,
    *["refresh"] * 2,
    *["flood", "accept"] * 2,
    *["missing", "no optout", "half", "half accepted", "list off", "list on"],
)


def live(folder: Path, seed: int) -> Month:
    """A month with everything in it, in an order of its own; some more days where that order left something out."""
    month = Month(folder, seed)
    deck = list(DECK)
    month.random.shuffle(deck)
    for number, event in enumerate([*["plain", "plain", *deck][:DAYS], *["accept", "edit", "plain"] * MORE]):
        if number >= DAYS and month.seen >= EVERYTHING:
            break
        now = START + timedelta(days=number, minutes=month.random.choice([0, 0, 17]))
        month.office.day(now)
        month.go(arrange(month, event, now))
    return month


def arrange(month: Month, event: str, now: datetime) -> Day:
    """The run of a day on which something happens."""
    random, office = month.random, month.office
    tables = office.tables(now)
    asked = Asked()
    match event:
        case "edit":
            name = random.choice(sorted(EDITS.keys() & month.segments.keys()))
            month.segments[name] = random.choice([spec for spec in EDITS[name] if spec != month.segments[name]])
        case "only":
            asked = Asked(only=random.sample(sorted(month.segments), 2))
        case "refresh":
            remember = [name for name, spec in month.segments.items() if spec.get("kind", "dynamic") != "dynamic"]
            asked = Asked(refresh=[random.choice(sorted(remember))])
        case "flood":
            everybody = [{"who": who, "reason": "a mistake"} for who in sorted(office.people)]
            return Day(now, Asked(), {**tables, "optout": everybody})
        case "accept":
            asked = Asked(accept=["reachable", "all_of_them", "unsubscribed", "quiet"])
        case "missing":
            return Day(now, asked, tables, random.choice(["contacts", "mail", "orders"]))
        case "no optout":
            return Day(now, asked, {**tables, "optout": []}, "optout")
        case "half" | "half accepted":
            accept = ["contacts"] if event == "half accepted" else []
            return Day(now, Asked(accept=accept), {**tables, "contacts": tables["contacts"][::2]})
        case "list off":
            for name in ("fresh", "others"):
                month.segments.pop(name, None)
        case "list on":
            month.segments |= {name: SEGMENTS[name] for name in ("fresh", "others")}
    return Day(now, asked, tables)


def between_any(month: Month) -> None:
    """Between any two runs nobody is lost, and each change has the reason of the last time."""
    config = month.config()
    pairs = list(combinations(range(len(month.outcomes)), 2))
    for old, new in month.random.sample(pairs, min(PAIRS, len(pairs))):
        found = segtool.diff(config, str(old + 1), str(new + 1))
        before, now = (month.outcomes[number].chain for number in (old, new))
        assert set(found.changes) == {*before.rosters, *now.rosters}
        for name, change in found.changes.items():
            was, is_now = (chain.rosters.get(name, NOBODY).published.keys() for chain in (before, now))
            laws(change, was, is_now)
            if name in before.meanings and before.meanings[name] == now.meanings.get(name):
                last_reasons(month.outcomes[old + 1 : new + 1], name, change)
            elif name in before.meanings and name in now.meanings:
                assert change.note in ("the definition changed", OUTDATED), (old + 1, new + 1, name)
                assert set(change.entered["reason"]) | set(change.left["reason"]) <= {"the definition changed"}


OUTDATED = "the definition changed after this static list was filled; segtool refresh fills it anew"


NOT_TOLD = "no longer fits the rule, or no longer in contacts"


def last_reasons(outcomes: list[Outcome], name: str, change: Any) -> None:
    gone = max((at for at, outcome in enumerate(outcomes) if name not in outcome.chain.rosters), default=-1)
    for word, part in (("entered", change.entered), ("left", change.left)):
        for who, reason in part.iter_rows():
            told = [getattr(outcome, word).get(name, {}).get(who) for outcome in outcomes[gone + 1 :]]
            # Where the list was gone, nobody said of those who were on it then that they left.
            untold = {NOT_TOLD} if word == "left" and gone >= 0 else set[str]()
            true = next((reasons for reasons in reversed(told) if reasons is not None), untold)
            if "the list is new" in true:
                true = true | {"fits the rule now"}
            assert reason in true, (name, who, reason, true)


@pytest.mark.parametrize("seed", range(MONTHS))
def test_a_month(tmp_path: Path, seed: int) -> None:
    """As the model has it, every day and between any two days."""
    month = live(tmp_path, seed)
    assert len(Snapshots(tmp_path / ".segtool").committed()) == len(month.outcomes)
    assert month.seen >= EVERYTHING  # a month in which nothing was held and nobody came back would prove little
    between_any(month)


def test_the_same_days_leave_the_same_bytes(tmp_path: Path) -> None:
    """In another folder, too: lists, changes, report and what is remembered."""
    folders = [tmp_path / name for name in ("here", "there/deeper")]
    for folder in folders:
        folder.mkdir(parents=True)
        month = Month(folder, 5)
        for number, event in enumerate(("plain", "edit", "refresh")):
            now = START + timedelta(days=number)
            month.office.day(now)
            month.go(arrange(month, event, now))
    one, other = (published(folder) for folder in folders)
    assert one == other
    assert {path.split("/")[1] for path in one if path.startswith("output/")} >= {"lists", "changes", "run.json"}
    assert sum(path.endswith("members.parquet") for path in one) == 3


def published(folder: Path) -> dict[str, bytes]:
    """Every file that the runs left, but for what tells when an export was written."""
    paths = [path for part in ("output", ".segtool/runs") for path in (folder / part).rglob("*") if path.is_file()]
    kept = [path for path in paths if path.name != "manifest.json"]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in kept}
