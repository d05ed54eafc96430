"""`segtool init`: export files become a segments file that runs, with its reasons and with lists of some use."""

from __future__ import annotations

import csv
import io
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from conftest import ROOT, shared
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.api.starting import Start, start
from segtool.config.document import parse, plain
from segtool.config.problems import DataError
from segtool.config.writing import comment, flow
from segtool.starter import clues
from segtool.starter.idea import idea, where

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
SAMPLES = ROOT / "tests" / "formats"
Files = Callable[[Mapping[str, str | bytes]], Path]


def begin(folder: Path, *paths: str) -> Start:
    """A start in a folder with the files in it, written to segments.yaml there."""
    made = start([str(folder / path) for path in paths] or [str(folder)], folder, now=NOW)
    (folder / "segments.yaml").write_text(made.text, encoding="utf-8")
    return made


def sources(made: Start) -> dict[str, Any]:
    """The sources of the text, as data."""
    found: dict[str, Any] = plain(parse(made.text, ""))["sources"]
    return found


def runs(folder: Path, made: Start) -> dict[str, int]:
    """The lists of a run of segments.yaml; they have as many people as the file says."""
    result = segtool.run(segtool.load(folder / "segments.yaml"), as_of=None if "\nas_of:" in made.text else NOW)
    found = {name: len(members) for name, members in result.members.items()}
    assert found == dict(made.lists)
    return found


def warnings(folder: Path, made: Start) -> list[str]:
    """What is probably not meant in it, on the day that it was made."""
    text = (
        made.text
        if "\nas_of:" in made.text
        else made.text.replace("\nversion", f"\nas_of: {NOW:%Y-%m-%dT%H:%MZ}\nversion")
    )
    (folder / "checked.yaml").write_text(text, encoding="utf-8")
    return [str(problem) for problem in segtool.check(segtool.load(folder / "checked.yaml"))]


def table(header: list[str], rows: list[dict[str, object]]) -> str:
    out = io.StringIO()
    writer = csv.DictWriter(out, header, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def header(sample: str) -> list[str]:
    """The columns of a format's sample."""
    with next((SAMPLES / sample).rglob("*.csv")).open(encoding="utf-8-sig", newline="") as stream:
        return list(dict.fromkeys(next(csv.reader(stream))))


class World:
    """People and what they did, the same in every run of the tests."""

    def __init__(self) -> None:
        self.chance = random.Random(7)
        self.people = [f"person{n}@example.org" for n in range(120)]

    def moment(self, days: int, form: str = "%Y-%m-%d %H:%M:%S") -> str:
        return (NOW - timedelta(days=self.chance.random() * days)).strftime(form)

    def any_of(self, *values: str) -> str:
        return self.chance.choice(values)

    def shop(self) -> dict[str, str]:
        """A Shopify shop and a Mailchimp audience that share some people."""
        customers: list[dict[str, object]] = [
            {
                "Customer ID": f"'72104483{n:05d}",
                "Email": address if n % 10 else "",
                "Accepts Email Marketing": self.any_of("yes", "no"),
                "Default Address City": self.any_of("Riga", "Oslo"),
                "Total Spent": f"{self.chance.random() * 300:.2f}",
                "Total Orders": self.chance.randrange(5),
                "Tax Exempt": "no",
                "Tags": self.any_of("", "vip", "vip, b2b"),
            }
            for n, address in enumerate(self.people[:90])
        ]
        orders: list[dict[str, object]] = []
        for n in range(200):
            who, when = self.chance.choice(self.people[:90]), self.moment(300, "%Y-%m-%d %H:%M:%S +0200")
            total = f"{self.chance.random() * 90:.2f}"
            lines: list[dict[str, object]] = [
                {"Name": f"#{n}", "Email": who, "Created at": when, "Lineitem name": "Cap"} for _ in range(n % 3 + 1)
            ]
            orders += [{**lines[0], "Financial Status": "paid", "Total": total}, *lines[1:]]
        files = {
            "customers_export.csv": table(header("shopify.customers"), customers),
            "orders_export_1.csv": table(header("shopify.orders"), orders),
        }
        for status, part in (("subscribed", self.people[60:110]), ("unsubscribed", self.people[110:])):
            members: list[dict[str, object]] = [
                {"Email Address": address, "MEMBER_RATING": n % 5 + 1, "OPTIN_TIME": self.moment(700), "LEID": n}
                for n, address in enumerate(part)
            ]
            columns = ["Email Address", "First Name", "MEMBER_RATING", "OPTIN_TIME", "LEID", "EUID", "TAGS"]
            files[f"audience/{status}_email_audience_export_9f.csv"] = table(columns, members)
        return files

    def sales(self) -> dict[str, str]:
        """A HubSpot portal and a Stripe account."""
        contacts: list[dict[str, object]] = [
            {
                "Record ID": n,
                "Email": address,
                "Lead Status": self.any_of("New", "Open", ""),
                "Create Date": self.moment(800, "%Y-%m-%d %H:%M"),
                "Contact owner": self.any_of("Dana", "Lee"),
            }
            for n, address in enumerate(self.people)
        ]
        payments: list[dict[str, object]] = [
            {
                "id": f"ch_{n}",
                "Created date (UTC)": self.moment(400),
                "Amount": f"{self.chance.random() * 90:.2f}",
                "Amount Refunded": "0.00",
                "Currency": "eur",
                "Status": self.any_of("Paid", "Paid", "Failed"),
                "Customer Email": self.any_of(*self.people).title() if n % 9 else "",
            }
            for n in range(250)
        ]
        return {
            "hubspot-crm-exports-all.csv": table(header("hubspot.contacts"), contacts),
            "unified_payments.csv": table(header("stripe.payments"), payments),
        }


# --- recognised exports ------------------------------------------------------------------------------------------


def test_a_shop_and_its_newsletter(files: Files) -> None:
    folder = files(World().shop())
    made = begin(folder)
    found = sources(made)
    assert {name: source["format"] for name, source in found.items()} == {
        "shopify_customers": "shopify.customers",
        "mailchimp_audience": "mailchimp.audience",
        "shopify_orders": "shopify.orders",
    }
    assert found["shopify_customers"]["id"] == "email"
    assert found["mailchimp_audience"]["files"] == "audience/*_email_audience_export_*.csv"
    assert found["mailchimp_audience"]["contact"] == "email"
    assert len(runs(folder, made)) == 10
    assert all(0 < count < 81 for count in made.lists.values())
    assert made.left == ()
    assert "# Recognised as shopify.orders" in made.text
    assert "rows are of people who are not in contacts" in made.text


def test_a_portal_and_its_payments(files: Files) -> None:
    folder = files(World().sales())
    made = begin(folder)
    assert sources(made) == {
        "hubspot_contacts": {"files": "hubspot-crm-exports-all.csv", "format": "hubspot.contacts"},
        "stripe_payments": {"files": "unified_payments.csv", "format": "stripe.payments"},
    }
    assert len(runs(folder, made)) == 10


def test_all_of_them_together(files: Files) -> None:
    """Several exports of people: one is the contacts, which the file says, and the others tell more of them."""
    world = World()
    folder = files(world.shop() | world.sales())
    made = begin(folder)
    written = sources(made)
    assert [name for name, source in written.items() if "id" in source] == ["hubspot_contacts"]
    assert written["shopify_customers"]["contact"] == "email"
    assert len(runs(folder, made)) == 10


def test_a_start_has_nothing_that_its_own_check_warns_of(files: Files) -> None:
    """No list looks further back than the data do, and none asks what everyone fits."""
    world = World()
    folder = files(world.shop() | world.sales())
    assert warnings(folder, begin(folder)) == []


UNWANTED = {
    "subscribed_1.csv": "Email Address,MEMBER_RATING,LEID,EUID\na@x.lv,5,1,1\nb@x.lv,4,2,2\nc@x.lv,5,3,3\n"
    "e@x.lv,5,5,5\nf@x.lv,3,6,6\n",
    "unsubscribed_1.csv": "Email Address,MEMBER_RATING,LEID,EUID\nd@x.lv,4,4,4\n",
    "activity.csv": "email,timestamp,action,bounce_type\n"
    "a@x.lv,2026-06-01,Opened,\nb@x.lv,2026-06-10,Bounce,Hard\nc@x.lv,2026-06-02,Bounce,Soft\n"
    "c@x.lv,2026-06-03,Unsub,\n",
    "crm.csv": "email,sms_blocked,Opted Out,stage\na@x.lv,true,false,lead\nb@x.lv,false,false,lead\n"
    "c@x.lv,true,false,won\nd@x.lv,true,true,won\n",
}


def test_who_must_not_be_written_to_is_on_no_other_list(files: Files) -> None:
    folder = files(UNWANTED)
    made = begin(folder)
    written = plain(parse(made.text, ""))
    assert written["suppress"] == ["do_not_mail"]
    assert written["segments"]["do_not_mail"]["where"]["any"] == [
        {"field": "status", "is": "unsubscribed"},
        {"did": "unsubscribe"},
        {"did": "bounce", "where": {"field": "bounce_type", "is": "Hard"}},
        {"field": "crm.opted_out", "is": "true"},
    ]
    runs(folder, made)
    lists = segtool.evaluate(segtool.load(folder / "segments.yaml"), as_of=NOW).members
    assert lists.pop("do_not_mail") == ["b@x.lv", "c@x.lv", "d@x.lv"]
    assert {who for members in lists.values() for who in members} <= {"a@x.lv", "e@x.lv", "f@x.lv"}
    assert len(lists) > 2


def test_nobody_left_to_write_to_is_no_reason_for_empty_lists(files: Files) -> None:
    folder = files({"contacts.csv": "email,city,unsubscribed\na@x.lv,Riga,true\nb@x.lv,Riga,true\nc@x.lv,Oslo,true\n"})
    made = begin(folder)
    assert "suppress" not in made.text
    assert made.lists


GOODS = {
    "customers.csv": "customer_id,email,country\n"
    + "".join(f"{n},p{n}@x.lv,{'LV' if n % 2 else 'EE'}\n" for n in range(1, 41)),
    "order_items.csv": "order_id,customer_id,ordered_at,product_id,price,campaign\n"
    + "".join(f"{n},{n % 35 + 1},2026-0{n % 6 + 1}-11,{n % 9 + 1:03},{n},c{n % 2}\n" for n in range(120)),
    "products.csv": "id,kind,price\n" + "".join(f"{n:03},{('shoes', 'hats')[n % 2]},{n}\n" for n in range(1, 10)),
    "campaigns.csv": "campaign,season\nc0,Spring\nc1,Autumn\n",
    "stores.csv": "store_id,town\n1,Riga\n2,Oslo\n",
}


def test_tables_of_things_say_more_of_events(files: Files) -> None:
    """Products by `product_id` and campaigns by the name of the column; a table that no event refers to is left out."""
    folder = files(GOODS)
    made = begin(folder)
    assert sources(made)["order_items"]["lookup"] == [
        {"files": "campaigns.csv", "on": "campaign"},
        {"files": "products.csv", "on": "product_id", "columns": {"product_id": "id", "product_price": "price"}},
    ]
    assert "products.csv has one row for each id: 100% of the product_id here are in it." in made.text
    assert made.left == ("stores.csv has no column that says whose rows they are",)
    assert warnings(folder, made) == []
    runs(folder, made)
    rule = {"did": "purchase", "where": {"field": "kind", "is": "shoes"}}
    document = plain(parse(made.text, "")) | {"version": 1, "segments": {"shoes": {"where": rule}}}
    assert len(segtool.evaluate(segtool.load(document, base=folder), as_of=NOW).members["shoes"]) > 10


def test_a_table_that_events_do_not_refer_to_is_no_lookup(files: Files) -> None:
    """Of the names alone it could be one; its values are others, or stand there twice."""
    others = GOODS["products.csv"].replace("\n0", "\n9")
    twice = GOODS["products.csv"] + "001,coats,9\n"
    for products in (others, twice):
        made = begin(files({**GOODS, "products.csv": products}))
        assert "products.csv" not in str(sources(made))


def test_the_archive_as_it_comes(tmp_path: Path) -> None:
    """Mailchimp sends the files of an audience in one archive; their names say who is still subscribed."""
    with zipfile.ZipFile(tmp_path / "audience_export_9f.zip", "w") as archive:
        for path in (SAMPLES / "mailchimp.audience").iterdir():
            archive.write(path, path.name)
    made = begin(tmp_path)
    written = sources(made)["mailchimp_audience"]
    assert written["files"] == [
        "audience_export_9f.zip/cleaned_email_audience_export_0a1b2c.csv",
        "audience_export_9f.zip/subscribed_email_audience_export_0a1b2c.csv",
        "audience_export_9f.zip/unsubscribed_email_audience_export_0a1b2c.csv",
    ]
    found = segtool.evaluate(segtool.load(tmp_path / "segments.yaml"), as_of=NOW).lists.contacts
    assert found.height == 4
    runs(tmp_path, made)


@pytest.mark.parametrize("sample", sorted(path.name for path in SAMPLES.iterdir()))
def test_every_sample_is_recognised(sample: str, tmp_path: Path) -> None:
    made = start([str(SAMPLES / sample)], tmp_path, now=NOW)
    assert sample in {source.get("format") for source in sources(made).values()}


def test_orders_alone(files: Files) -> None:
    """Who the contacts are, the orders say themselves."""
    folder = files({"orders.csv": World().shop()["orders_export_1.csv"]})
    made = begin(folder)
    assert sources(made)["contacts"] == {"files": "orders.csv", "id": "email", "columns": {"email": "Email"}}
    assert "No file has one row for each person" in made.text
    assert len(runs(folder, made)) == 10


# --- files that nobody knows -------------------------------------------------------------------------------------


def test_the_sample_data_of_this_project(tmp_path: Path) -> None:
    made = start([str(ROOT / "sample_data")], tmp_path, now=NOW)
    (tmp_path / "segments.yaml").write_text(made.text, encoding="utf-8")
    found = sources(made)
    assert list(found) == ["contacts", "activity", "crm", "orders", "web"]
    assert found["contacts"]["id"] == "Email Address"
    assert found["contacts"]["types"] == {"Languages": "list", "Birthday": "date", "Tags": "list"}
    assert (found["activity"]["contact"], found["activity"]["time"]) == ("email", "timestamp")
    assert (found["activity"]["event"], found["activity"]["unique"]) == ("action", "message_id")
    assert found["activity"]["events"]["bounce"] == ["Bounce", "bounced"]
    assert found["activity"]["files"].endswith("sample_data/activity/activity-*.csv")
    assert set(found["crm"]) == {"files", "contact", "types"}
    assert (found["orders"]["sheet"], found["orders"]["event"], found["orders"]["time"]) == (
        "Orders",
        "kind",
        "ordered_at",
    )
    assert found["web"]["contact"] == "visitor_email"
    assert len(runs(tmp_path, made)) == 10
    assert [said for said in made.left if "orders.xlsx (sheet Notes)" in said]


def test_a_file_of_contacts_alone(tmp_path: Path) -> None:
    made = start([str(ROOT / "sample_data" / "contacts.csv")], tmp_path, now=NOW)
    (tmp_path / "segments.yaml").write_text(made.text, encoding="utf-8")
    assert list(sources(made)) == ["contacts"]
    assert len(runs(tmp_path, made)) == 10


def test_german_files(files: Files) -> None:
    """Semicolons, decimal commas, days first, Windows letters, N/A."""
    rows = [f"{n};{n % 28 + 1:02d}.{n % 12 + 1:02d}.2025;{n},50;{'Köln' if n % 3 else 'Ulm'};n/a" for n in range(1, 80)]
    text = "Kundennr;Kauf am;Umsatz;Ort;Notiz\n" + "\n".join([*rows, "7;01.02.2026;-;Köln;da"]) + "\n"
    folder = files(
        {
            "bestellungen.csv": text.encode("windows-1252"),
            "kunden.csv": "Kundennr;Ort\n" + "".join(f"{n};Ulm\n" for n in range(1, 90)),
        }
    )
    made = begin(folder)
    written = sources(made)
    assert written["kunden"] == {"files": "kunden.csv", "id": "Kundennr"}
    orders = written["bestellungen"]
    assert (orders["contact"], orders["decimal"], orders["missing"]) == ("Kundennr", ",", ["-", "n/a"])
    config = segtool.load(folder / "segments.yaml")
    assert segtool.evaluate(config).tables["bestellungen"].rejects.is_empty()
    assert made.lists
    runs(folder, made)


TWO_WAYS = "id,seen,plan\n1,01/02/2026,a\n2,03/04/2026,a\n3,05/06/2026,b\n4,07/08/2026,b\n"


def test_dates_that_can_be_read_in_two_ways_are_not_guessed(files: Files) -> None:
    folder = files({"people.csv": TWO_WAYS})
    made = begin(folder)
    assert "types" not in sources(made)["people"]
    assert '"seen" has dates such as 01/02/2026, which can be read in two ways' in " ".join(
        made.text.replace("#", "").split()
    )
    runs(folder, made)


def test_few_cells_that_do_not_fit_are_told(files: Files) -> None:
    rows = [f"{n},2026-0{n % 6 + 1}-11,{n * 1.5}\n" for n in range(1, 40)]
    folder = files({"members.csv": "member_id,joined,weight\n" + "".join(rows) + "40,soon,heavy\n"})
    made = begin(folder)
    assert sources(made)["members"]["types"] == {"joined": "date", "weight": "number"}
    assert '"joined" is read as date; 1 of its cells is no date.' in made.text
    assert "2 cells of it cannot be used" in made.text
    runs(folder, made)


def test_groups_with_an_open_end_are_no_numbers(files: Files) -> None:
    rows = [f"{n},{n % 4 + 1}\n" for n in range(1, 40)]
    folder = files({"people.csv": "id,household\n" + "".join(rows) + "40,5+\n"})
    assert "types" not in sources(begin(folder))["people"]


@pytest.mark.parametrize(
    ("time", "more"),
    [("20260{}01", {}), ("177{}000000", {"dates": "%s"}), ("2026-0{}-01T09:00:00Z", {}), ("0{}/15/2026", {})],
)
def test_times_of_every_kind(time: str, more: dict[str, str], files: Files) -> None:
    rows = [f"{n % 9},{time.format(n % 5 + 1)}\n" for n in range(40)]
    folder = files(
        {"visits.csv": "who,when\n" + "".join(rows), "people.csv": "id\n" + "".join(f"{n}\n" for n in range(12))}
    )
    made = begin(folder)
    expected = {"files": "visits.csv", "contact": "who", "time": "when", "event_name": "visit"}
    assert sources(made)["visits"] == expected | more
    assert segtool.evaluate(segtool.load(folder / "segments.yaml")).tables["visits"].accounting.kept == 40
    runs(folder, made)


def test_events_of_long_ago_have_their_own_now(files: Files) -> None:
    rows = [f"{n % 9},199{n % 8 + 1}-05-06,{n}\n" for n in range(60)]
    folder = files({"sales.csv": "customer_id,date,amount\n" + "".join(rows)})
    made = begin(folder)
    assert plain(parse(made.text, ""))["as_of"] == "1998-05-07"
    assert sources(made)["sales"]["event_name"] == "purchase"
    assert runs(folder, made)


def test_events_of_today_go_by_the_real_now(files: Files) -> None:
    rows = [f"{n % 9},2026-06-{n % 28 + 1:02d}\n" for n in range(60)]
    assert "as_of" not in plain(parse(begin(files({"clicks.csv": "user_id,at\n" + "".join(rows)})).text, ""))


def test_events_without_a_time(files: Files) -> None:
    folder = files(
        {"people.csv": "id,n\n1,a\n2,b\n3,c\n4,d\n", "campaigns.csv": "id,campaign\n1,x\n1,y\n1,x\n2,x\n2,y\n"}
    )
    made = begin(folder)
    assert sources(made)["campaigns"] == {"files": "campaigns.csv", "contact": "id", "event_name": "campaign"}
    assert "No column says when" in made.text
    assert runs(folder, made)["campaign_ever"] == 2


def test_sheets_are_tables_of_their_own(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "People"  # type: ignore[union-attr]
    book.active.append(["email", "city"])  # type: ignore[union-attr]
    sheet = book.create_sheet("Visits")
    sheet.append(["email", "at"])
    for n in range(20):
        book["People"].append([f"p{n}@example.org", "Riga" if n % 3 else "Oslo"])
        sheet.append([f"p{n % 4}@example.org", datetime(2026, 6, n + 1, 9)])
    book.save(tmp_path / "all.xlsx")
    made = begin(tmp_path)
    assert sources(made) == {
        "people": {"files": "all.xlsx", "id": "email", "sheet": "People"},
        "visits": {"files": "all.xlsx", "contact": "email", "time": "at", "event_name": "visit", "sheet": "Visits"},
    }
    assert runs(tmp_path, made)


@pytest.mark.parametrize("name", ["hillstrom/split", "complete_journey", "cdnow/cdnow_master.csv", "cdnow"])
def test_data_of_others(name: str, tmp_path: Path) -> None:
    made = start([str(shared(f"data/{name}"))], tmp_path, now=NOW)
    (tmp_path / "segments.yaml").write_text(made.text, encoding="utf-8")
    assert len(runs(tmp_path, made)) == 10


# --- what is left out, and what is refused -----------------------------------------------------------------------


def test_files_of_no_use_are_left_out_with_a_reason(files: Files) -> None:
    folder = files(
        {
            "people.csv": "id,city\n1,Riga\n2,Riga\n3,Oslo\n",
            "page.csv": "<!DOCTYPE html><html></html>",
            "empty.csv": "",
            "cities.csv": "city,country\nRiga,LV\n",
            "woo.csv": "Date,Order #,Status,Customer,Items sold\n2026-01-01,1,done,Ann,1\n",
            "aggregate_activity/not_opened/5_spring.csv": "Email Address\na@x.lv\n",
            "output/run.json": "{}",
            "output/lists/vip.csv": "id\n1\n",
            ".hidden/x.csv": "id\n1\n",
            "note.md": "no table",
        }
    )
    made = begin(folder)
    assert list(sources(made)) == ["people"]
    unused = ["aggregate_activity/not_opened/5_spring.csv", "cities.csv", "empty.csv", "page.csv", "woo.csv"]
    assert sorted(said.split(" ")[0] for said in made.left) == unused
    assert "no column that says whose rows they are" in made.text
    assert "WooCommerce's list of orders, which has no e-mail addresses" in " ".join(made.text.replace("#", "").split())
    runs(folder, made)


def test_a_file_that_nothing_links_is_left_out(files: Files) -> None:
    folder = files({"people.csv": "id,city\n1,Riga\n2,Riga\n3,Oslo\n", "other.csv": "user,x\na,1\nb,2\nb,3\n"})
    (said,) = begin(folder).left
    assert said == "other.csv has no column that says whose rows they are, or none whose ids are contacts"


def test_nothing_to_begin_with(files: Files) -> None:
    folder = files({"a.md": "x", "sub/b.csv": "<html>"})
    for paths, said in (([folder / "none*.csv"], "there is no file"), ([folder / "sub"], "is a web page")):
        with pytest.raises(DataError, match=said):
            start([str(path) for path in paths], folder, now=NOW)
    with pytest.raises(DataError, match=r"has no export files in it"):
        start([str(files({"x/y.md": ""}) / "x")], folder, now=NOW)


def test_rows_of_nobody(files: Files) -> None:
    folder = files({"a.csv": "city,n\nRiga,1\nOslo,2\n"})
    with pytest.raises(DataError, match=r"says whose rows they are: a\.csv"):
        start([str(folder)], folder, now=NOW)


def test_data_that_carry_no_list(files: Files) -> None:
    folder = files({"a.csv": "id\n1\n"})
    made = begin(folder)
    assert dict(made.lists) == {"everyone": 1}
    assert "These data carry no list" in made.text
    runs(folder, made)


def test_a_name_that_yaml_would_take_for_something_else(files: Files) -> None:
    """Columns and values are written so that they read back as themselves."""
    rows = [f"{n},{'yes: no' if n % 2 else '#1'},{'007' if n % 3 else 'x'}\n" for n in range(40)]
    folder = files({"it's #1.csv": "id,'a: b',true\n" + "".join(rows)})
    made = begin(folder)
    (source,) = sources(made).values()
    assert source["files"] == "it's #1.csv"
    assert runs(folder, made)


def test_an_idea_that_does_not_fit_after_all_is_dropped(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = files({"people.csv": "id,city\n1,Riga\n2,Riga\n3,Oslo\n"})
    wrong = idea("value", 0.5, [where("wrong", "Wrong", {"field": "town", "is": "Riga"})])
    right = idea("value", 0.5, [where("right", "Right", {"field": "city", "is": "Riga"})])
    monkeypatch.setattr("segtool.api.starting.ideas", lambda _: [wrong, right])
    assert dict(begin(folder).lists) == {"right": 2}


def test_too_many_files_are_told(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = files({f"{letter}/people.csv": f"id,city\n{letter},Riga\n" for letter in "abc"})
    monkeypatch.setattr("segtool.starter.gathering._MOST_FILES", 1)
    made = begin(folder)
    assert made.left == (f"{folder} has 3 files; the first 1 of them were looked at",)
    assert [source["files"] for source in sources(made).values()] == ["a/people.csv"]


# --- the command -------------------------------------------------------------------------------------------------


def command(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "segtool", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


def test_from_exports_to_lists(files: Files) -> None:
    folder = files({f"exports/{name}": text for name, text in World().sales().items()})
    said = command(folder, "init", "exports")
    assert (said.returncode, said.stdout) == (0, "")
    assert said.stderr.endswith("Wrote segments.yaml with 10 lists. Next: segtool run\n")
    assert "Recognised as hubspot.contacts" in said.stderr
    assert command(folder, "run").returncode == 0
    assert len(list((folder / "output/lists").iterdir())) == 10


def test_a_file_that_is_there_is_kept(files: Files) -> None:
    folder = files({"people.csv": "id,city\n1,Riga\n2,Oslo\n", "segments.yaml": "mine"})
    said = command(folder, "init", "people.csv")
    assert said.returncode == 2
    assert said.stderr.startswith("error[file-exists] segments.yaml is there already")
    assert (folder / "segments.yaml").read_text(encoding="utf-8") == "mine"
    assert command(folder, "init", "people.csv", "--force").returncode == 0
    assert (folder / "segments.yaml").read_text(encoding="utf-8") != "mine"


def test_to_standard_output(files: Files) -> None:
    folder = files({"people.csv": "id,city\n1,Riga\n2,Oslo\n"})
    said = command(folder, "init", "*.csv", "--output", "-")
    assert plain(parse(said.stdout, ""))["sources"] == {"people": {"files": "people.csv", "id": "id"}}
    assert not (folder / "segments.yaml").exists()
    assert "Wrote" not in said.stderr


def test_nothing_that_can_be_read(files: Files) -> None:
    said = command(files({"sub/a.md": ""}), "init", "sub")
    assert (said.returncode, said.stdout) == (3, "")
    assert said.stderr == "error[no-file] no file here can be read as a table: sub has no export files in it\n"


# --- the pieces --------------------------------------------------------------------------------------------------


SCALARS = st.one_of(
    st.text(max_size=12), st.integers(), st.booleans(), st.sampled_from(["no", "on", "1.5", "~", "a: b"])
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
)


@given(VALUES)
def test_what_is_written_reads_back(value: Any) -> None:
    def spelled(found: Any) -> Any:
        if isinstance(found, dict):
            return {key: spelled(inner) for key, inner in found.items()}
        if isinstance(found, list):
            return [spelled(inner) for inner in found]
        return found

    text = flow(value)
    assert "\n" not in text
    read = parse(f"it: {text}\n", "")
    assert spelled(_data(read)["it"]) == value


def _data(node: Any) -> Any:
    """A document as data, with numbers and truth values for what they are."""
    if hasattr(node, "entries"):
        return {entry.key: _data(entry.node) for entry in node.entries}
    if hasattr(node, "items"):
        return [_data(item) for item in node.items]
    return node.value


@given(st.text(max_size=300))
def test_a_comment_stays_one(said: str) -> None:
    for line in comment(said):
        assert line.startswith("# ")
        assert parse(f"{line}\na: 1\n", "") == parse("a: 1\n", "")


@pytest.mark.parametrize(
    ("spelled", "name"),
    [
        ("Opened", "open"),
        ("Email Opened", "open"),
        ("Page view", "page_view"),
        ("CLICKED", "click"),
        ("Bestellt!", "bestellt"),
    ],
)
def test_events_get_the_usual_names(spelled: str, name: str) -> None:
    assert clues.event_of_spelling(spelled) == name


def test_what_names_hint_at() -> None:
    assert all(clues.names_a_person(name) for name in ("Customer ID", "email", "visitor_email", "household_id", "who"))
    assert not any(clues.names_a_person(name) for name in ("order_id", "city", "product_id"))
    assert all(clues.is_personal(name) for name in ("First Name", "Phone Number", "Birthday", "IP"))
    assert not any(clues.is_personal(name) for name in ("city", "tags", "plan"))
    assert clues.spoken("First Name", ["First Name", "id"]) == "first_name"
    assert clues.spoken("First Name", ["First Name", "first_name"]) == "First Name"
