"""Every list of the example, worked out a second time in plain Python.

The sample data is made by a script, and the example says who is on each list of it. Here the same question is
answered with none of segtool's machinery: files read with `csv` and `openpyxl`, times with `zoneinfo`, and each
segment a function of one person, written from the language alone. Where the two answers differ, one of them
misread the language.
"""

import csv
import re
import runpy
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook

import segtool

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_data"
NEW_YORK = ZoneInfo("America/New_York")
AS_OF = datetime(2026, 6, 30, 18, tzinfo=NEW_YORK)
TODAY = AS_OF.date()

Cells = Mapping[str, str]


# --- a naive reading of the files ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Event:
    """Something that happened to somebody, as one row of one file tells it."""

    at: datetime
    source: str
    what: str
    row: Cells


@dataclass(frozen=True)
class Person:
    """A contact with everything known about them: the last row of each table, and the events up to `as_of`."""

    contact: Cells
    crm: Cells
    events: list[Event] = field(default_factory=list)

    def did(self, *names: str, days: int | None = None, at: datetime = AS_OF) -> list[Event]:
        """Events of these names, ever or in the last so many days: after the first instant, up to the last."""
        start = at - timedelta(days=days) if days else datetime.min.replace(tzinfo=UTC)
        return [event for event in self.events if event.what in names and start < event.at <= at]


def rows_of(path: Path) -> Iterator[Cells]:
    """Trimmed cells by column name; a blank cell is an empty text."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            yield {name: value.strip() for name, value in row.items()}


def table(path: Path, key: str) -> dict[str, Cells]:
    """One row for each address, the last one; rows without an address are nobody's."""
    return {row[key].lower(): row for row in rows_of(path) if row[key]}


def instant(text: str) -> datetime | None:
    """Read a timestamp, as UTC where it does not say its offset; None for a broken one."""
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        return None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def mail_events() -> Iterator[tuple[str, Event]]:
    """The mail export under our names, each message once."""
    ours = {
        "Sent": "sent",
        "Opened": "open",
        "Clicked": "click",
        "Replied": "reply",
        "Bounce": "bounce",
        "bounced": "bounce",
        "Unsubscribed": "unsubscribe",
    }
    seen: set[str] = set()
    for path in sorted((SAMPLE / "activity").glob("activity-*.csv")):
        for row in rows_of(path):
            at = instant(row["timestamp"])
            if at and row["message_id"] not in seen:
                seen.add(row["message_id"])
                yield row["email"].lower(), Event(at, "email_activity", ours.get(row["action"], row["action"]), row)


def web_events() -> Iterator[tuple[str, Event]]:
    """The website's export under our names."""
    ours = {"Page view": "visit", "Form submitted": "form", "Search": "search", "Download": "download"}
    for row in rows_of(SAMPLE / "web.csv"):
        at = instant(row["at"])
        assert at is not None
        yield row["visitor_email"].lower(), Event(at, "web", ours[row["what"]], row)


def order_events() -> Iterator[tuple[str, Event]]:
    """The lines of the shop's workbook; its times are wall times of New York."""
    sheet = load_workbook(SAMPLE / "orders.xlsx")["Orders"]
    rows = sheet.iter_rows(values_only=True)
    header = [str(name) for name in next(rows)]
    for values in rows:
        row = {name: str(value).strip() for name, value in zip(header, values, strict=True)}
        at = values[header.index("ordered_at")]
        if isinstance(at, datetime):
            event = Event(at.replace(tzinfo=NEW_YORK), "orders", row["kind"].lower(), row)
            yield row["email"].lower(), event


@pytest.fixture(scope="module")
def people() -> dict[str, Person]:
    return everybody()


@cache
def everybody() -> dict[str, Person]:
    """Everybody in the contacts export by address, with what they did until `as_of`."""
    crm = table(SAMPLE / "crm.csv", "email")
    contacts = table(SAMPLE / "contacts.csv", "Email Address")
    found = {address: Person(row, crm.get(address, {})) for address, row in contacts.items()}
    for address, event in (*mail_events(), *web_events(), *order_events()):
        if address in found and event.at <= AS_OF:
            found[address].events.append(event)
    return found


# --- a naive reading of the segments -------------------------------------------------------------------------

Rule = Callable[[Person], bool]
RULES: dict[str, Rule] = {}


def segment(rule: Rule) -> Rule:
    """Note the function as the rule of the segment of its name."""
    RULES[rule.__name__] = rule
    return rule


def day(text: str, *patterns: str) -> date | None:
    """The day a cell says in one of these styles; a broken or empty cell is no day."""
    for pattern in patterns:
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=UTC).date()
        except ValueError:
            continue
    return None


def elements(text: str) -> set[str]:
    """The elements of a list cell, without capitals; an element in quotes may hold a comma."""
    cells = next(csv.reader([text], skipinitialspace=True), [])
    return {cell.strip().lower() for cell in cells} - {""}


def says(events: Iterable[Event], column: str, text: str) -> list[Event]:
    """Those of the events whose column contains the text, whatever the capitals."""
    return [event for event in events if text in event.row[column].lower()]


def total(events: Iterable[Event]) -> float:
    """The sum of the amounts that are numbers, to nine decimal places."""
    amounts = [event.row["amount"] for event in events]
    return round(sum(float(text) for text in amounts if re.fullmatch(r"-?[0-9.]+", text)), 9)


def within_days(when: date | None, days: int) -> bool:
    """Today or one of the days before it, so many in all; no day is not within."""
    return when is not None and TODAY - timedelta(days=days) < when <= TODAY


def beacon_signs(me: Person) -> list[bool]:
    """The four ways to show interest in Beacon."""
    return [
        bool(says(me.did("click"), "url", "beacon")),
        bool(says(me.did("visit"), "page", "beacon")),
        bool(says(me.did("search"), "query", "beacon")),
        any(event.row["product"].lower() == "beacon" for event in me.did("download")),
    ]


@segment
def nj_vice_presidents(me: Person) -> bool:
    title = me.contact["Job Title"].lower()
    words = re.findall(r"\w+", title)
    chief = "vice president" in title or any(word in words for word in ("vp", "svp", "evp"))
    return chief and me.contact["State"].lower() in ("nj", "new jersey")


@segment
def women_25_to_45(me: Person) -> bool:
    born = day(me.contact["Birthday"], "%d/%m/%Y", "%Y-%m-%d")
    if born is None or me.contact["Gender"].lower() not in ("f", "female"):
        return False
    birthday_to_come = (TODAY.month, TODAY.day) < (born.month, born.day)
    return 25 <= TODAY.year - born.year - birthday_to_come <= 45


@segment
def canada_french(me: Person) -> bool:
    return me.contact["Country"] == "Canada" and "french" in elements(me.contact["Languages"])


@segment
def webinar_guests(me: Person) -> bool:
    return "spring webinar" in elements(me.contact["Tags"])


@segment
def trial_last_day(me: Person) -> bool:
    return me.contact["Plan"] == "Trial" and me.contact["Trial Ends"] == "2026-06-30"


@segment
def pricing_clickers(me: Person) -> bool:
    return len(says(me.did("click", days=30), "url", "/pricing")) >= 2


@segment
def sent_but_not_opened(me: Person) -> bool:
    return bool(me.did("sent", days=90)) and not me.did("open", days=90)


@segment
def hard_bounced(me: Person) -> bool:
    return any(event.row["bounce_type"].lower() == "hard" for event in me.did("bounce"))


@segment
def soft_bounced_often(me: Person) -> bool:
    return sum(event.row["bounce_type"].lower() == "soft" for event in me.did("bounce")) >= 4


@segment
def replied(me: Person) -> bool:
    return bool(me.did("reply"))


@segment
def unsubscribed(me: Person) -> bool:
    return bool(me.did("unsubscribe"))


@segment
def pricing_without_form(me: Person) -> bool:
    looked = any(event.row["page"] == "/pricing" for event in me.did("visit", days=30))
    return looked and not me.did("form", days=30)


@segment
def beacon_interest(me: Person) -> bool:
    return any(beacon_signs(me))


@segment
def beacon_demo_invites(me: Person) -> bool:
    owns_it = any(event.row["product"] == "Beacon" for event in me.did("purchase"))
    return sum(beacon_signs(me)) >= 2 and not owns_it and not opportunities(me)


@segment
def bought_last_7_days(me: Person) -> bool:
    return bool(me.did("purchase", days=7))


@segment
def spent_over_500(me: Person) -> bool:
    year = [event for event in me.did("purchase", "refund") if event.at > AS_OF.replace(year=2025)]
    return total(year) > 500


@segment
def bought_once(me: Person) -> bool:
    orders = {event.row["order_id"] for event in me.did("purchase")}
    return len(orders) == 1 and not me.did("purchase", days=90)


@segment
def refunded(me: Person) -> bool:
    return bool(me.did("refund"))


@segment
def active_60_days(me: Person) -> bool:
    by_mail = me.did("open", "click", "reply", days=60)
    start = AS_OF - timedelta(days=60)
    elsewhere = [event for event in me.events if event.source in ("web", "orders") and event.at > start]
    return bool(by_mail or elsewhere)


@segment
def no_interaction_60_days(me: Person) -> bool:
    return not active_60_days(me)


@segment
def no_marketing_touch_60_days(me: Person) -> bool:
    touched = day(me.crm.get("last_marketing_touch", ""), "%m/%d/%Y")
    return not me.did("sent", days=60) and not within_days(touched, 60)


@segment
def never_seen(me: Person) -> bool:
    return not me.events


@segment
def leads(me: Person) -> bool:
    return me.crm.get("lead_stage") in ("New", "Contacted", "Qualified", "Opportunity")


@segment
def dana_leads(me: Person) -> bool:
    return leads(me) and me.crm.get("sales_rep") == "Dana Whitfield"


@segment
def opportunities(me: Person) -> bool:
    return me.crm.get("lead_stage") == "Opportunity"


@segment
def untouched_leads(me: Person) -> bool:
    return leads(me) and not within_days(day(me.crm.get("last_sales_touch", ""), "%m/%d/%Y"), 30)


def score(me: Person, days_ago: int = 0) -> int | None:
    """The lead score as it was so many days ago; nobody has earned it who has earned nothing."""
    at = AS_OF - timedelta(days=days_ago)
    chief = any(word in me.contact["Job Title"].lower() for word in ("vice president", "chief", "founder", "owner"))
    clicks = len(me.did("click", days=90, at=at))
    looks = sum(event.row["page"] == "/pricing" for event in me.did("visit", days=90, at=at))
    forms = len(me.did("form", days=90, at=at))
    earned = 20 * chief + min(60, 10 * clicks) + min(40, 10 * looks) + 25 * bool(forms)
    return earned if chief or clicks or looks or forms else None


def rise(me: Person, days: int) -> int:
    """By how much the score is higher than so many days ago."""
    return (score(me) or 0) - (score(me, days) or 0)


def first_of(rank: Callable[[Person], int], choose: Callable[[list[str]], int], rule: Rule) -> set[str]:
    """The addresses with the highest rank among those who fit, as many as chosen; equal ones by address."""
    order = sorted((-rank(person), address) for address, person in everybody().items() if rule(person))
    addresses = [address for _, address in order]
    return set(addresses[: choose(addresses)])


@cache
def rising() -> set[str]:
    return first_of(lambda me: rise(me, 30), lambda _: 50, lambda me: leads(me) and rise(me, 30) > 0)


@cache
def best() -> set[str]:
    def tenth(scored: list[str]) -> int:
        return -(-len(scored) // 10)

    return first_of(lambda me: score(me) or 0, tenth, lambda me: leads(me) and score(me) is not None)


@segment
def leads_without_score(me: Person) -> bool:
    return leads(me) and score(me) is None


@segment
def hot_leads(me: Person) -> bool:
    return leads(me) and (score(me) or 0) > 80


@segment
def rising_leads(me: Person) -> bool:
    return me.contact["Email Address"].lower() in rising()


@segment
def best_leads(me: Person) -> bool:
    return me.contact["Email Address"].lower() in best()


@segment
def cooling_leads(me: Person) -> bool:
    return leads(me) and rise(me, 60) < 0


# --- the groups of customers ----------------------------------------------------------------------------------

GROUPS = {
    "champions": "54 55 45",
    "loyal": "43 44 34 35",
    "potential_loyalists": "52 53 42",
    "new_customers": "51",
    "promising": "41",
    "need_attention": "33",
    "about_to_sleep": "31 32",
    "at_risk": "23 24 25 13",
    "cannot_lose": "14 15",
    "hibernating": "21 22",
    "lost": "11 12",
}
"""Each group by the cells of recency, then of the mean of frequency and money, halves rounded up."""


@cache
def cells() -> dict[str, str]:
    """The cell of everyone who bought within twelve months."""
    facts: dict[str, tuple[float, float, float]] = {}
    for address, person in everybody().items():
        year = [event for event in person.did("purchase") if event.at > AS_OF.replace(year=2025)]
        if year:
            orders = {event.row["order_id"] for event in year}
            facts[address] = max(event.at for event in year).timestamp(), len(orders), total(year)
    found = {}
    for address, own in facts.items():
        below = [sum(other[part] < own[part] for other in facts.values()) for part in range(3)]
        recency, frequency, money = (1 + 5 * count // len(facts) for count in below)
        found[address] = f"{recency}{(frequency + money + 1) // 2}"
    return found


def of_group(name: str) -> Rule:
    return lambda me: cells().get(me.contact["Email Address"].lower(), "none") in GROUPS[name].split()


RULES.update({name: of_group(name) for name in GROUPS})


# --- people on the edge of a rule, by the name in their address ----------------------------------------------

INSIDE = {
    "women_25_to_45": ["turned-25-today", "turns-46-tomorrow"],
    "trial_last_day": ["trial-ends-today"],
    "pricing_clickers": ["second-click-inside", "second-click-now"],
    "sent_but_not_opened": ["open-too-old"],
    "hard_bounced": ["three-soft-one-hard"],
    "soft_bounced_often": ["four-soft"],
    "bought_last_7_days": ["bought-just-inside", "bought-now"],
    "spent_over_500": ["spent-500-01"],
    "refunded": ["spent-600-refunded-200"],
    "never_seen": ["nothing-ever", "nothing-yet"],
    "untouched_leads": ["touched-30-days-ago", "never-touched"],
}
OUTSIDE = {
    "women_25_to_45": ["turns-25-tomorrow", "turned-46-today", "impossible-birthday"],
    "trial_last_day": ["trial-ends-yesterday", "trial-ends-tomorrow", "trial-became-pro"],
    "pricing_clickers": ["second-click-at-start", "second-click-later-today", "clicked-once-exported-twice"],
    "sent_but_not_opened": ["open-just-inside"],
    "soft_bounced_often": ["three-soft-one-hard"],
    "bought_last_7_days": ["bought-at-start", "bought-this-evening"],
    "spent_over_500": ["spent-500", "spent-600-refunded-200", "spent-long-ago"],
    "never_seen": ["nameless-event"],
    "untouched_leads": ["touched-29-days-ago"],
}


CAMPAIGNS = ("trial_last_day", "beacon_demo_invites", "pricing_clickers")
"""Everyone is in the first of these that fits."""
NOT_SUPPRESSED = ("unsubscribed", "hard_bounced", "soft_bounced_often")


def listed(me: Person, name: str) -> bool:
    """Whether a contact is on the published list: who fits, minus earlier campaigns, minus who is out of reach."""
    earlier = CAMPAIGNS[: CAMPAIGNS.index(name)] if name in CAMPAIGNS else ()
    out_of_reach = name not in NOT_SUPPRESSED and (unsubscribed(me) or hard_bounced(me))
    return RULES[name](me) and not any(RULES[other](me) for other in earlier) and not out_of_reach


def expected(people: dict[str, Person], name: str) -> list[str]:
    """The members of the published list, sorted."""
    return sorted(address for address, person in people.items() if listed(person, name))


@pytest.mark.parametrize("name", RULES)
def test_expected_lists_are_neither_empty_nor_everyone(people: dict[str, Person], name: str) -> None:
    assert 0 < len(expected(people, name)) < len(people)


@pytest.mark.parametrize("name", sorted({*INSIDE, *OUTSIDE}))
def test_people_on_the_edge_fall_on_their_side(people: dict[str, Person], name: str) -> None:
    def on_list(edge: str) -> bool:
        return RULES[name](people[f"edge.{edge}@heron.example"])

    assert [edge for edge in INSIDE.get(name, []) if not on_list(edge)] == []
    assert [edge for edge in OUTSIDE.get(name, []) if on_list(edge)] == []


# --- segtool's answer ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def members() -> Mapping[str, list[str]]:
    """The members of every segment of the example as segtool evaluates it."""
    return segtool.evaluate(segtool.load(ROOT / "segments.example.yaml")).members


def test_nothing_about_the_example_is_in_doubt() -> None:
    assert segtool.check(segtool.load(ROOT / "segments.example.yaml")) == []


def test_everyone_who_bought_lately_is_in_one_group(
    members: Mapping[str, list[str]], people: dict[str, Person]
) -> None:
    reachable = {address for address, me in people.items() if not (unsubscribed(me) or hard_bounced(me))}
    assert sorted(address for name in GROUPS for address in members[name]) == sorted(reachable & cells().keys())


def test_every_segment_of_the_example_has_a_rule_here(members: Mapping[str, list[str]]) -> None:
    assert set(members) == set(RULES)


@pytest.mark.parametrize("name", RULES)
def test_each_list_is_as_worked_out_by_hand(
    members: Mapping[str, list[str]], people: dict[str, Person], name: str
) -> None:
    assert members[name] == expected(people, name)


# --- the files themselves ------------------------------------------------------------------------------------


def contents(folder: Path) -> dict[str, bytes | dict[str, bytes]]:
    """Every data file below the folder; a workbook by its parts, since another zlib packs the same otherwise."""
    return {
        path.relative_to(folder).as_posix(): parts_of(path) if path.suffix == ".xlsx" else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".csv", ".xlsx")
    }


def parts_of(workbook: Path) -> dict[str, bytes]:
    """The parts of a workbook by name."""
    with zipfile.ZipFile(workbook) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_the_sample_is_what_its_script_makes(tmp_path: Path) -> None:
    runpy.run_path(str(SAMPLE / "make.py"))["make"](tmp_path)

    made, kept = contents(tmp_path), contents(SAMPLE)

    assert list(made) == list(kept)
    assert [name for name in made if made[name] != kept[name]] == []


def test_making_the_sample_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    make = runpy.run_path(str(SAMPLE / "make.py"))["make"]
    make(tmp_path / "one")
    make(tmp_path / "two")

    first, second = ((tmp_path / folder / "orders.xlsx").read_bytes() for folder in ("one", "two"))

    assert first == second
