"""Named export formats: a sample of each loads with its format's name alone, typed, and every setting gives way."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import polars as pl
import pytest
from conftest import ROOT

import segtool
from segtool.config import document, formats, model
from segtool.config.document import plain, wrap
from segtool.config.problems import ConfigError, DataError, Problems
from segtool.config.schema import schema
from segtool.config.shape import shaped
from segtool.logic.clock import Clock
from segtool.sources.context import EVENT, TIME, Context
from segtool.sources.tables import Table, read_table

SAMPLES = ROOT / "tests" / "formats"
PEOPLE = "email\nmara.lind@example.org\nivo@example.org\nold@example.org\n"
MARA, IVO, OLD = "mara.lind@example.org", "ivo@example.org", "old@example.org"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def load(folder: Path, sources: dict[str, Any], **more: Any) -> segtool.config.settings.Config:
    """A configuration with these sources and one list of everyone."""
    return segtool.load({"version": 1, "sources": sources, "segments": {"all": {"where": "everyone"}}, **more}, folder)


def sample(name: str, folder: Path, **settings: Any) -> Table:
    """The sample of a format, read as that format and with `settings`; events beside three contacts."""
    source = {"format": name, "files": sorted(str(path) for path in (SAMPLES / name).rglob("*.csv")), **settings}
    sources: dict[str, Any] = {"it": source}
    if formats.named(name).role == "events":
        (folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
        sources["people"] = {"files": "people.csv", "id": "email"}
    config = load(folder, sources)
    problems = Problems()
    clock = Clock(datetime(2026, 7, 1, tzinfo=UTC), "UTC", 0)
    context = Context(
        clock,
        folder,
        folder,
        clock.as_of,
        address=None if config.sources["it"].role == "contacts" else True,
    )
    table = read_table(config.sources["it"], context, problems)
    assert table is not None, [str(problem) for problem in problems.sorted]
    return table


def rows(table: Table, *columns: str) -> list[tuple[Any, ...]]:
    """Some columns of a table, in the order of the file."""
    return table.frame.select(columns).collect().rows()


CONTACTS: dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]] = {
    "mailchimp.audience": (
        ("email", "status", "rating", "confirmed", "changed", "unsubscribed_at", "cleaned_at", "tags", "phone"),
        [
            (OLD, "cleaned", 1, None, None, None, at("2024-09-09 09:09:09"), None, None),
            (
                MARA,
                "subscribed",
                4,
                at("2024-02-11 08:30:00"),
                at("2026-05-02 10:00:00"),
                None,
                None,
                ["VIP", "Spring, early"],
                "+1 202-555-0101",
            ),
            (IVO, "subscribed", 2, at("2025-07-01 17:45:10"), at("2026-01-05"), None, None, None, None),
            ("noa@example.org", "unsubscribed", 1, None, None, at("2026-03-03 09:12:44"), None, None, None),
        ],
    ),
    "hubspot.contacts": (
        ("email", "record_id", "created", "companies", "emails_opened", "last_open", "unsubscribed"),
        [
            (MARA, "51", at("2024-02-11 08:30"), ["8001", "8002"], 12, at("2026-06-01 08:00"), None),
            (IVO, "52", at("2025-07-01 17:45"), None, None, None, True),
        ],
    ),
    "klaviyo.profiles": (
        ("email", "klaviyo_id", "state", "zip", "phone", "email_consent", "created", "lifetime_value", "orders"),
        [
            (
                MARA,
                "01HXMARA",
                "New Jersey",
                "07102",
                "+12025550101",
                "SUBSCRIBED",
                at("2024-02-11 08:30"),
                512.4,
                6,
            ),
            (IVO, "01HXIVO", None, None, None, "UNSUBSCRIBED", at("2025-07-01 17:45:10"), None, None),
        ],
    ),
    "shopify.customers": (
        ("email", "customer_id", "accepts_email", "zip", "phone", "total_spent", "orders", "tags"),
        [
            (MARA, "7210448301122", True, "07102", "+12025550101", 790.44, 6, ["retail", "ag-exempt"]),
            (IVO, "7210448301123", False, None, None, 0.0, 0, None),
        ],
    ),
    "stripe.customers": (
        ("email", "customer_id", "created", "delinquent", "plan", "total_spend", "payments", "tier (metadata)"),
        [
            (MARA, "cus_A", at("2024-02-11 08:31"), False, "pro_monthly", 412.5, 7, "gold"),
            (IVO, "cus_B", at("2025-07-01 17:46"), True, None, 0.0, 0, None),
        ],
    ),
    "woocommerce.customers": (
        ("email", "name", "last_active", "signed_up", "orders", "total_spend", "zip", "phone"),
        [
            (
                MARA,
                "Mara Lind",
                at("2026-06-01 09:05"),
                at("2024-02-11 08:30"),
                6,
                790.44,
                "07102",
                "+12025550101",
            ),
            (IVO, "Ivo", at("2026-01-05 17:00"), at("2025-07-01 17:45:10"), 0, 0.0, "1001", None),
        ],
    ),
    "brevo.contacts": (
        ("email", "last_name", "phone", "email_blocked", "sms_blocked", "added"),
        [
            (MARA, "Lind", "12025550101", False, False, at("2022-04-12 09:30")),
            (IVO, None, None, True, False, at("2023-12-25 23:59")),
        ],
    ),
    "mautic.contacts": (
        ("email", "contact_id", "job_title", "points", "zip", "stage"),
        [(MARA, "1", "CEO", 120, "07102", "Customer"), (IVO, "2", None, 0, None, None)],
    ),
    "salesforce.leads": (
        ("email", "company", "owner", "source", "status"),
        [
            (MARA, "Heron Ltd", "Dana Whitfield", "Web", "Open - Not Contacted"),
            (IVO, "Vesper", "Lee Ono", "Webinar", "Working"),
        ],
    ),
    "activecampaign.contacts": (
        ("email", "tags", "created", "status"),
        [
            (MARA, ["vip", "spring"], at("2024-02-11 08:30"), "Active"),
            (IVO, None, at("2025-07-01 17:45:10"), "Unsubscribed"),
        ],
    ),
}

EVENTS: dict[str, tuple[tuple[str, ...], list[tuple[Any, ...]]]] = {
    "mailchimp.opens": (
        ("email", EVENT, TIME, "campaign"),
        [
            (MARA, "open", at("2026-06-01 08:00"), "812_spring-sale"),
            (IVO, "open", at("2026-06-01 09:30:15"), "812_spring-sale"),
        ],
    ),
    "mailchimp.clicks": (
        ("email", EVENT, TIME, "campaign", "url"),
        [(MARA, "click", at("2026-06-01 08:01"), "812_spring-sale", "https://shop.example/pricing?x=1")],
    ),
    "mailchimp.bounces": (
        ("email", EVENT, TIME, "bounce_type", "campaign"),
        [(OLD, "bounce", None, "hard", "812_spring-sale"), (IVO, "bounce", None, "soft", "812_spring-sale")],
    ),
    "mailchimp.opened": (
        ("email", EVENT, TIME, "opens", "campaign"),
        [(MARA, "campaign_open", None, 3, "812_spring-sale"), (IVO, "campaign_open", None, 1, "812_spring-sale")],
    ),
    "mailchimp.clicked": (
        ("email", EVENT, TIME, "clicks", "campaign"),
        [(MARA, "campaign_click", None, 3, "812_spring-sale"), (IVO, "campaign_click", None, 1, "812_spring-sale")],
    ),
    "shopify.orders": (
        ("email", EVENT, TIME, "order", "total", "refunded", "product", "sku", "zip", "tags", "order_id"),
        [
            (
                MARA,
                "purchase",
                at("2026-05-01 07:50:26"),
                "#1001",
                95.0,
                0.0,
                ["Boots, brown", 'Socks "wool"'],
                ["BT-1", "SK-9"],
                "07102",
                ["gift", "b2b"],
                "5900000000001",
            ),
            (
                MARA,
                "refund",
                at("2026-05-20 16:00:00"),
                "#1002",
                20.0,
                20.0,
                ["Cap"],
                None,
                "07102",
                None,
                "5900000000002",
            ),
            (
                IVO,
                "purchase",
                at("2026-05-22 10:00:00"),
                "#1004",
                40.0,
                0.0,
                ["Cap", "Scarf"],
                None,
                "07102",
                ["gift", "b2b"],
                "5900000000004",
            ),
        ],
    ),
    "stripe.payments": (
        ("email", EVENT, TIME, "payment_id", "amount", "decline_reason"),
        [
            (IVO, "failed", at("2026-06-06 10:05"), None, 19.0, "insufficient_funds"),
            (IVO, "failed", at("2026-06-06 10:06"), None, 19.0, "insufficient_funds"),
            (MARA, "purchase", at("2026-06-05 20:38:34"), "ch_3A", 35.82, None),
            (MARA, "refund", at("2026-06-06 10:00"), "ch_3B", 19.0, None),
            (OLD, "purchase", at("2026-06-07 12:00"), "ch_3D", 49.0, None),
        ],
    ),
    "sendgrid.activity": (
        ("email", EVENT, TIME, "campaign", "bounce_type"),
        [
            (MARA, "open", at("2026-06-01 08:00"), "Spring", None),
            (MARA, "click", at("2026-06-01 08:01"), "Spring", None),
            (OLD, "bounce", at("2026-06-01 08:02"), None, "hard"),
        ],
    ),
    "sendgrid.suppressions": (
        ("email", EVENT, TIME, "status"),
        [
            (OLD, "suppression", at("2026-01-01 00:00"), "5.1.1"),
            (IVO, "suppression", at("2026-06-01 08:00"), None),
        ],
    ),
}


@pytest.mark.parametrize("name", CONTACTS)
def test_a_sample_of_people_loads(name: str, tmp_path: Path) -> None:
    columns, expected = CONTACTS[name]
    table = sample(name, tmp_path)
    assert sorted(map(str, rows(table, *columns))) == sorted(map(str, expected))
    assert table.rejects.is_empty()
    assert table.columns.role == "contacts"


@pytest.mark.parametrize("name", EVENTS)
def test_a_sample_of_events_loads(name: str, tmp_path: Path) -> None:
    columns, expected = EVENTS[name]
    table = sample(name, tmp_path)
    assert sorted(rows(table, *columns), key=str) == sorted(expected, key=str)
    assert table.rejects.is_empty()
    assert table.columns.dated == (expected[0][2] is not None)


def test_every_format_has_a_sample() -> None:
    assert {*formats.names()} == {*CONTACTS, *EVENTS}


@pytest.mark.parametrize("name", formats.names())
def test_a_format_is_settings_of_a_source(name: str) -> None:
    """Every key is one that a source has, and every column the settings rest on is named."""
    found = formats.named(name)
    problems = Problems()
    node = wrap({"files": "x.csv", **plain(found.settings)})
    assert shaped(model.Source, node, problems, name, skip=("only",)) is not None
    assert problems.errors == ()
    assert found.about
    assert found.evidence
    assert found.verified == (name not in ("salesforce.leads", "activecampaign.contacts"))


def test_the_schema_knows_the_keys() -> None:
    source = {
        "format": "shopify.orders",
        "files": "x.csv",
        "columns": {"email": ["A", "B"]},
        "from_file_name": {"campaign": "^(.*)$"},
        "fold": {"by": "order", "gather": ["product"]},
    }
    said = {"version": 1, "sources": {"it": source}, "segments": {"all": {"where": "everyone"}}}
    jsonschema.Draft7Validator(schema()).validate(said)


# --- what a source says goes before its format -----------------------------------------------------------------


def test_a_sources_own_column_goes_first_and_leaves_the_others(files: Any) -> None:
    folder = files({"a.csv": "Email,Alias,Record ID,First Name,Vorname\na@x.org,b@x.org,7,Ann,Anna\n"})
    spec = load(folder, {"it": {"format": "hubspot.contacts", "files": "a.csv", "columns": {"first_name": "Vorname"}}})
    assert spec.sources["it"].settings.columns["first_name"] == ("Vorname",)
    assert spec.sources["it"].settings.columns["email"] == ("Email",)
    result = segtool.evaluate(spec)
    assert result.table("all").select("email", "first_name", "First Name").rows() == [("a@x.org", "Anna", "Ann")]


def test_another_id_than_the_formats(files: Any) -> None:
    """The format leaves out people without an address because it is their id; with another id it does not."""
    folder = files({"a.csv": "Email,Record ID\na@x.org,7\n,8\n"})
    spec = load(folder, {"it": {"format": "hubspot.contacts", "files": "a.csv", "id": "record_id"}})
    assert segtool.evaluate(spec).members == {"all": ["7", "8"]}
    own = load(folder, {"it": {"format": "hubspot.contacts", "files": "a.csv", "id": "email"}})
    result = segtool.evaluate(own)
    assert result.members == {"all": ["a@x.org"]}
    assert result.tables["it"].accounting.filtered == 1


def test_a_spelling_given_to_another_event_is_taken_from_the_formats(tmp_path: Path) -> None:
    table = sample("shopify.orders", tmp_path, events={"paid_order": "paid"})
    assert {name for (name,) in rows(table, EVENT)} == {"paid_order", "refund"}
    table = sample("stripe.payments", tmp_path, events={"purchase": ["Paid", "Refunded"]})
    assert {name for (name,) in rows(table, EVENT)} == {"purchase", "failed"}


def test_one_name_for_all_events(tmp_path: Path) -> None:
    table = sample("shopify.orders", tmp_path, event_name="order")
    assert rows(table, EVENT) == [("order",)] * 3
    table = sample("shopify.orders", tmp_path, event="source")
    assert {name for (name,) in rows(table, EVENT)} == {"web"}


def test_lines_that_are_not_folded(tmp_path: Path) -> None:
    """Any other setting gives way as a whole."""
    table = sample("shopify.orders", tmp_path, fold={"by": "order"}, unique=["order", "sku"])
    assert table.columns.types["product"] != "list"
    assert sorted(rows(table, "product")) == [("Boots, brown",), ("Cap",), ("Cap",)]


def test_a_column_instead_of_the_file_name(files: Any) -> None:
    folder = files({"cleaned_x.csv": "Email Address,MEMBER_RATING,LEID,EUID,My Status\na@x.org,1,2,3,fine\n"})
    source = {"format": "mailchimp.audience", "files": "cleaned_x.csv"}
    for settings, status in (({}, "cleaned"), ({"columns": {"status": "My Status"}}, "fine")):
        result = segtool.evaluate(load(folder, {"it": {**source, **settings}}))
        assert result.table("all").get_column("status").to_list() == [status]
    own = load(folder, {"it": {**source, "from_file_name": {"email": "^[a-z]+"}, "id": "My Status"}})
    assert segtool.evaluate(own).table("all").select("email", "status").rows() == [("cleaned", "cleaned")]


# --- whose contacts ------------------------------------------------------------------------------------------


def test_one_of_two_exports_of_people_is_the_contacts(files: Any) -> None:
    """The one that says `id`; of the other, whose format says it too, the people are attributes."""
    folder = files(
        {
            "shop.csv": "Email,Total Spent,Total Orders,Tax Exempt\nA@x.org,10,1,no\nb@x.org,0,0,no\n",
            "subscribed_1.csv": "Email Address,MEMBER_RATING,LEID,EUID\na@x.org,5,1,1\n",
        }
    )
    shop = {"format": "shopify.customers", "files": "shop.csv"}
    mail = {"format": "mailchimp.audience", "files": "subscribed_1.csv"}
    rule = {"good": {"where": {"field": "mail.rating", "at_least": 4}}}
    config = load(folder, {"shop": {**shop, "id": "email"}, "mail": mail})
    assert config.sources["mail"].role == "attributes"
    said = {"version": 1, "sources": {"shop": shop, "mail": {**mail, "contact": "email"}}, "segments": rule}
    for sources in ({"shop": {**shop, "id": "email"}, "mail": mail}, said["sources"]):
        result = segtool.evaluate(segtool.load({**said, "sources": sources}, folder))
        assert result.members == {"good": ["a@x.org"]}


def refused(text: str, folder: Path) -> list[tuple[str, str, int, int]]:
    """The problems of a segments file: id, message, line, column."""
    (folder / "segments.yaml").write_text(text, encoding="utf-8")
    with pytest.raises((ConfigError, DataError)) as caught:
        segtool.evaluate(segtool.load(folder / "segments.yaml"))
    return [(p.id, p.message, p.at.line, p.at.column) for p in caught.value.problems if p.at is not None]


REST = "segments:\n  all: {where: everyone}\n"


def test_two_exports_of_people_and_neither_is_said_to_be_the_contacts(tmp_path: Path) -> None:
    text = f"""version: 1
sources:
  shop: {{format: shopify.customers, files: a.csv}}
  mail: {{format: mailchimp.audience, files: b.csv}}
{REST}"""
    message = '"shop" and "mail" could both be the contacts; write id: email in the one that says who your contacts are'
    assert ("two-contacts", message, 4, 3) in refused(text, tmp_path)


def test_a_format_that_there_is_not(tmp_path: Path) -> None:
    text = f"version: 1\nsources:\n  shop: {{format: shopify.custmers, files: a.csv}}\n{REST}"
    message = 'there is no format "shopify.custmers"; did you mean "shopify.customers"?'
    assert refused(text, tmp_path) == [("unknown-format", message, 3, 18)]
    text = f"version: 1\nsources:\n  shop: {{format: quux, files: a.csv}}\n{REST}"
    ((id_, message, _, _),) = refused(text, tmp_path)
    assert id_ == "unknown-format"
    assert all(name in message for name in formats.names())


def test_a_file_of_another_format(files: Any) -> None:
    """Said where the format is named, in the words of the file."""
    folder = files({"a.csv": "E-mail,Total Spent\na@x.org,1\n"})
    sources = "  mail: {format: mailchimp.opens, files: a.csv}\n  p: {files: a.csv, id: E-mail}\n"
    text = f"version: 1\nsources:\n{sources}{REST}"
    found = refused(text, folder)
    assert [(id_, line, column) for id_, _, line, column in found] == [("no-column", 3, 18)]
    assert 'a.csv has no column "Timestamp"; it has' in found[0][1]


# --- what formats do, asked for by any source ---------------------------------------------------------------------


def test_a_column_of_several_names(files: Any) -> None:
    folder = files({"old.csv": "Mail,Name\na@x.org,Ann\n", "new.csv": "E-Mail,Name\nb@x.org,Bob\n"})
    source: dict[str, Any] = {"files": ["old.csv", "new.csv"], "id": "email", "columns": {"email": ["E-Mail", "Mail"]}}
    result = segtool.evaluate(load(folder, {"it": source}))
    assert result.table("all").select("email", "Name").rows() == [("a@x.org", "Ann"), ("b@x.org", "Bob")]
    text = f"version: 1\nsources:\n  it: {{files: old.csv, id: email, columns: {{email: [Email, e mail]}}}}\n{REST}"
    ((id_, message, _, column),) = refused(text, folder)
    assert (id_, column) == ("no-column", 45)
    assert message.startswith('old.csv has no column "Email" or "e mail"')


def test_a_column_of_several_names_has_the_first_that_is_not_missing(files: Any) -> None:
    """Row by row; the others keep their own names."""
    folder = files({"a.csv": "id,Phone,Mobile,Fax\n1,11,12,13\n2, ,22,23\n3,n/a,,33\n4,,,\n"})
    source = {
        "files": "a.csv",
        "id": "id",
        "columns": {"reach": ["Phone", "mobile", "FAX", "Pager"]},
        "types": {"reach": "text"},
        "missing": ["n/a"],
    }
    table = segtool.evaluate(load(folder, {"it": source})).table("all")
    assert table.select("id", "reach", "Mobile", "Fax").rows() == [
        ("1", "11", 12, 13),
        ("2", "22", 22, 23),
        ("3", "33", None, 33),
        ("4", None, None, None),
    ]


def test_what_stands_in_the_name_of_a_file(files: Any) -> None:
    folder = files({"2026-05_vip.csv": "id\n1\n", "2026-06_.csv": "id\n2\n", "other.csv": "id\n3\n"})
    source = {
        "files": "*.csv",
        "id": "id",
        "from_file_name": {"month": r"^\d{4}-\d\d", "kind": r"_(\w*)\."},
        "types": {"month": "text"},
    }
    result = segtool.evaluate(load(folder, {"it": source}))
    assert result.table("all").select("id", "month", "kind").rows() == [
        ("1", "2026-05", "vip"),
        ("2", "2026-06", None),
        ("3", None, None),
    ]


def test_what_stands_in_the_name_of_a_file_may_be_the_event(files: Any) -> None:
    folder = files({"p.csv": "id\n1\n2\n", "opens.csv": "who\n1\n", "clicks.csv": "who\n2\n"})
    source: dict[str, Any] = {"files": ["opens.csv", "clicks.csv"], "contact": "who", "event": "what"}
    source |= {"from_file_name": {"what": r"^(\w+)s\."}}
    said: dict[str, Any] = {"version": 1, "sources": {"p": {"files": "p.csv", "id": "id"}, "e": source}}
    said |= {"segments": {"clicked": {"where": {"did": "click"}}, "opened": {"where": {"did": "open"}}}}
    assert segtool.evaluate(segtool.load(said, folder)).members == {"clicked": ["2"], "opened": ["1"]}


def test_a_pattern_for_file_names_that_is_none(files: Any) -> None:
    folder = files({"a.csv": "id\n1\n"})
    text = f"version: 1\nsources:\n  it: {{files: a.csv, id: id, from_file_name: {{kind: (}}}}\n{REST}"
    ((id_, message, line, column),) = refused(text, folder)
    assert (id_, line, column) == ("wrong-pattern", 3, 53)
    assert message.startswith('"(" is no regular expression')


def test_a_column_of_two_origins(files: Any) -> None:
    folder = files({"a.csv": "id\n1\n"})
    text = f"version: 1\nsources:\n  it: {{files: a.csv, id: a, columns: {{a: id}}, from_file_name: {{a: x}}}}\n{REST}"
    ((id_, message, _, _),) = refused(text, folder)
    assert (id_, message) == (
        "two-names",
        '"a" comes from the file\'s name and from a column; remove it from one of them',
    )


LINES = """order,who,at,total,item
1,a,2026-05-01,10,x
1,a,,,"y, z"
2,b,2026-05-02,5,
,b,2026-05-03,1,x
,b,2026-05-03,1,x
"""


def folded(folder: Path, **settings: Any) -> Table:
    source = {"files": "lines.csv", "contact": "who", "time": "at", "event_name": "purchase", **settings}
    config = load(folder, {"p": {"files": "p.csv", "id": "id"}, "it": source})
    problems = Problems()
    clock = Clock(datetime(2026, 7, 1, tzinfo=UTC), "UTC", 0)
    table = read_table(
        config.sources["it"],
        Context(clock, folder, folder, clock.as_of, address=False),
        problems,
    )
    assert table is not None, problems.sorted
    return table


def test_lines_become_one_row(files: Any) -> None:
    """Read = kept + duplicates + rejected + filtered: what became part of another row is a duplicate."""
    folder = files({"lines.csv": LINES, "p.csv": "id\na\nb\n"})
    table = folded(folder, fold={"by": "order", "gather": "item"})
    assert sorted(rows(table, "who", "total", "item"), key=str) == [
        ("a", 10, ["x", "y, z"]),
        ("b", 1, ["x"]),
        ("b", 1, ["x"]),
        ("b", 5, None),
    ]
    counted = table.accounting
    assert (counted.read, counted.kept, counted.duplicates, counted.rejected) == (5, 4, 1, 0)
    assert table.files[0].rows == 5


def test_the_first_value_that_is_there_counts(files: Any) -> None:
    lines = "order,who,at,total,item\n3,,,,x\n3,a,2026-05-04,7,y\n3,b,2026-05-05,8,\n"
    table = folded(files({"lines.csv": lines, "p.csv": "id\na\nb\n"}), fold={"by": "order", "gather": "item"})
    assert rows(table, "who", TIME, "total", "item") == [("a", at("2026-05-04"), 7, ["x", "y"])]


def test_a_reject_of_folded_lines_names_the_first(files: Any) -> None:
    folder = files({"lines.csv": LINES.replace("2026-05-02", "soon"), "p.csv": "id\na\nb\n"})
    table = folded(folder, fold={"by": "order", "gather": "item"}, list_separator=";")
    assert table.rejects.select("row", "column", "value").rows() == [(4, "at", "soon")]
    assert table.accounting.read == 5


def test_folding_by_a_column_that_is_not_there(files: Any) -> None:
    folder = files({"a.csv": "id,b\n1,2\n"})
    text = f"version: 1\nsources:\n  it: {{files: a.csv, id: id, fold: {{by: c, gather: d}}}}\n{REST}"
    assert [(id_, column) for id_, _, _, column in refused(text, folder)] == [("no-column", 41), ("no-column", 52)]


def test_seconds_since_1970(files: Any) -> None:
    """They are instants, whatever the zone."""
    folder = files({"a.csv": "id,at\n1,1767225600\n"})
    source = {"files": "a.csv", "id": "id", "types": {"at": "datetime"}, "dates": "%s"}
    result = segtool.evaluate(load(folder, {"it": source}, timezone="Asia/Tokyo"))
    (table,) = result.tables.values()
    assert table.frame.select("at").collect().item() == at("2026-01-01 00:00")


def test_nothing_is_read_where_nothing_is(files: Any) -> None:
    """An optional source that is not there has the columns of its format."""
    folder = files({"p.csv": "id\na\n"})
    orders = {"format": "shopify.orders", "files": "none-*.csv", "optional": True}
    said = {"version": 1, "sources": {"p": {"files": "p.csv", "id": "id"}, "orders": orders}}
    said["segments"] = {"none": {"where": {"did": "purchase", "sum": "total", "at_least": 1}}}
    assert segtool.evaluate(segtool.load(said, folder)).members == {"none": []}


def test_the_frame_of_a_file_with_its_quirks_is_lazy(files: Any) -> None:
    """What is not asked for is not gathered."""
    folder = files({"lines.csv": LINES, "p.csv": "id\na\nb\n"})
    table = folded(folder, fold={"by": "order"})
    assert isinstance(table.frame, pl.LazyFrame)
    assert table.columns.types["item"] == "text"


# --- segtool formats -------------------------------------------------------------------------------------------


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "segtool", "formats", *arguments], capture_output=True, text=True, check=False
    )


def test_the_command_lists_every_format() -> None:
    said = command()
    lines = [line.split("\t") for line in said.stdout.splitlines()]
    assert (said.returncode, said.stderr) == (0, "")
    assert [line[0] for line in lines] == list(formats.names())
    unsure = [name for name, _, about in lines if about.endswith("(not verified)")]
    assert unsure == ["salesforce.leads", "activecampaign.contacts"]


@pytest.mark.parametrize("name", ["shopify.orders", "mailchimp.audience"])
def test_the_command_shows_what_a_format_stands_for(name: str) -> None:
    said = command(name).stdout
    assert plain(document.parse(said, "")) == plain(formats.named(name).settings)
    assert formats.named(name).evidence in said
    assert ("say contact: instead of id:" in said) == (name == "mailchimp.audience")


def test_the_command_for_programs() -> None:
    found = json.loads(command("--json").stdout)["formats"]
    assert [one["name"] for one in found] == list(formats.names())
    (one,) = json.loads(command("stripe.payments", "--json").stdout)["formats"]
    assert (one["settings"]["time"], one["holds"], one["verified"]) == ("created", "events", True)


def test_the_command_for_a_name_that_is_none() -> None:
    said = command("stripe.payment")
    assert (said.returncode, said.stdout) == (2, "")
    assert said.stderr == 'error[unknown-format] there is no format "stripe.payment"; did you mean "stripe.payments"?\n'
