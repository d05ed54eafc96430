"""Files for platforms: exact headers, one spelling before each hash, and nobody in them who cannot be found by it."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest
from conftest import shared
from lists import AS_OF, as_csv
from test_csv_output import PAYLOADS
from typer.testing import CliRunner

import segtool
from segtool.api import RunResult
from segtool.cli import app
from segtool.config import model
from segtool.config.platforms import PLATFORMS, ROLES
from segtool.config.problems import ConfigError
from segtool.output import normal

HASHES = {
    "user@example.com": "b4c9a289323b21a01c3e940f150eb9b8c542587f1abfd8f0e1cc1ffc5e475514",
    "john": "96d9632f363564cc3032521409cf22a852f2032eec099ed5967c0d000cec607a",
    "+18005550101": "61d6c2976b5d92b1ad63073a12fddd26040cd980067d03a93dd1cc50f1a3ac68",
    "18005550101": "cc4160cbb01658fcff52a57f3403e0e9c7a4735cff1574df41ee3f3036697468",
}


def sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def export(
    folder: Path,
    table: Sequence[Sequence[str]],
    platforms: Sequence[str],
    audience: Mapping[str, object] | None = None,
    **segment: object,
) -> RunResult:
    """A run whose one list of everyone goes to these platforms."""
    folder.mkdir(exist_ok=True)
    (folder / "contacts.csv").write_bytes(as_csv(table).encode())
    types = {"phone": "text"} if "phone" in table[0] else {}
    config = {
        "version": 1,
        "sources": {"contacts": {"files": "contacts.csv", "id": table[0][0], "types": types}},
        "segments": {"all": {"where": "everyone", "export": platforms, **segment}},
        "output": {"audience": audience or {}},
    }
    return segtool.run(segtool.load(config, base=folder), as_of=AS_OF)


def rows(folder: Path, platform: str, segment: str = "all") -> list[list[str]]:
    with (folder / f"output/exports/{segment}.{platform}.csv").open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))


PERSON = {
    "id": "7",
    "Email Address": " User@Example.com ",
    "phone": "1-800-555-0101",
    "First Name": "John",
    "last_name": "O'Neil-Smith",
    "company": "Acme, Inc.",
    "job_title": "VP",
    "City": "Saint-Étienne",
    "state": "NJ",
    "zip": "07030-1234",
    "country": "United States",
    "Record ID": "9001",
}
TABLE = [[*PERSON], [*PERSON.values()]]
EMAIL, JOHN, PLUS, DIGITS = HASHES.values()

WANTED = {
    "google_ads": [
        ["Email", "Phone", "First Name", "Last Name", "Country", "Zip"],
        [EMAIL, PLUS, JOHN, sha("o'neil-smith"), "US", "07030-1234"],
    ],
    "meta": [
        ["email", "phone", "fn", "ln", "zip", "ct", "st", "country"],
        [EMAIL, DIGITS, JOHN, sha("oneilsmith"), sha("07030"), sha("saintétienne"), sha("nj"), sha("us")],
    ],
    "linkedin": [
        ["email", "firstname", "lastname", "jobtitle", "employeecompany", "country", "googleaid"],
        [EMAIL, "John", "O'Neil-Smith", "VP", "Acme, Inc.", "US", ""],
    ],
    "mailchimp": [
        ["Email Address", "First Name", "Last Name", "Phone Number"],
        ["user@example.com", "John", "O'Neil-Smith", "1-800-555-0101"],
    ],
    "klaviyo": [
        [
            *("Email", "Phone Number", "First Name", "Last Name", "Organization", "Title"),
            *("City", "State / Region", "Country", "Zip Code"),
        ],
        [
            *("user@example.com", "+18005550101", "John", "O'Neil-Smith", "Acme, Inc.", "VP"),
            *("Saint-Étienne", "NJ", "United States", "07030-1234"),
        ],
    ],
    "hubspot": [
        ["Record ID", "Email", "First Name", "Last Name", "Phone Number"],
        ["9001", "user@example.com", "John", "O'Neil-Smith", "1-800-555-0101"],
    ],
    "brevo": [
        ["EMAIL", "FIRSTNAME", "LASTNAME", "SMS"],
        ["user@example.com", "John", "O'Neil-Smith", "18005550101"],
    ],
}


def test_hashes_are_those_that_the_platforms_make() -> None:
    assert normal.hashed(pl.Series([*HASHES])).to_list() == [*HASHES.values()]


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_person_is_written_as_the_platform_wants_it(tmp_path: Path, platform: str) -> None:
    export(tmp_path, TABLE, [platform], {"calling_code": 1})
    assert rows(tmp_path, platform) == WANTED[platform]
    content = (tmp_path / f"output/exports/all.{platform}.csv").read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in content


def test_the_example_of_every_platform_is_here() -> None:
    assert [*WANTED] == [*PLATFORMS]
    assert {column.role for one in PLATFORMS.values() for column in one.columns} - {""} == {*ROLES}
    assert {*ROLES} | {"calling_code"} == {*model.Audience.settings}


PHONES = [
    ("+371 26 123 456", None, "37126123456"),
    ("00371 26123456", None, "37126123456"),
    ("+44 (0)20 7946 0958", None, "442079460958"),
    ("+1 (800) 555-0101 ext. 7", None, "18005550101"),
    ("+1.800.555.0101x22", None, "18005550101"),
    ("26 123 456", None, None),
    ("26 123 456", "371", "37126123456"),
    ("026 123 456", "371", "37126123456"),
    ("37126123456", "371", "37126123456"),
    ("(800) 555-0101", "1", "18005550101"),
    ("1-800-555-0101", "1", "18005550101"),
    ("555-0101", "1", None),
    ("+1 555 0101", None, None),
    ("06 1234 5678", "39", "390612345678"),
    ("8 912 345 67 89", "7", "79123456789"),
    ("+371 26 123 456", "1", "37126123456"),
    ("+1234567890123456", None, None),
    ("n/a", "1", None),
    ("", "1", None),
]


@pytest.mark.parametrize(("written", "code", "digits"), PHONES)
def test_phone_numbers_have_the_code_of_their_country_or_are_none(
    written: str, code: str | None, digits: str | None
) -> None:
    table = pl.DataFrame({"phone": [written]}).select(
        google=normal.normal(pl.col("phone"), "phone", code), meta=normal.normal(pl.col("phone"), "phone_digits", code)
    )
    assert table.row(0) == (f"+{digits}" if digits else None, digits)


@pytest.mark.parametrize(
    ("form", "written", "made"),
    [
        ("email", " A B@X.com\t", "ab@x.com"),
        ("email", "no address", None),
        ("name", "  Mary   ANN ", "mary ann"),
        ("name", "e\u0301lise", "élise"),
        ("letters", "Mary-Ann Van den Berg", "maryannvandenberg"),
        ("letters", "정", "정"),
        ("letters", "007", None),
        ("short_zip", "SW1A 1AA", "sw1a1aa"),
        ("short_zip", "94303-5300", "94303"),
        ("country", "us", "US"),
        ("country", " LATVIA ", "LV"),
        ("country", "South Korea", "KR"),
        ("country", "Bosnia & Herzegovina", "BA"),
        ("country", "United Kingdom", "GB"),
        ("country", "Atlantis", None),
        ("country", "", None),
        ("country_lower", "Germany", "de"),
        ("year", "1968-10-21", "1968"),
        ("year", "1968", "1968"),
        ("year", "10/21/68", None),
        ("year", "19681021", None),
        ("initial", " Female", "f"),
        ("initial", "m", "m"),
        ("initial", "unknown", None),
        ("amount", "20.1", "20.1"),
        ("amount", "-3", None),
        ("amount", "=1+1", None),
        ("plain", "  ", None),
    ],
)
def test_a_text_is_brought_into_its_form_or_is_missing(form: str, written: str, made: str | None) -> None:
    assert pl.DataFrame({"a": [written]}).select(normal.normal(pl.col("a"), form)).item() == made


def test_parts_of_an_address_are_of_no_use_to_google(tmp_path: Path) -> None:
    header = ["email", "first name", "surname", "country", "postcode"]
    table = [header, ["a@x.com", "A", "B", "LV", ""], ["b@x.com", "A", "B", "Latvia", "1001"]]
    export(tmp_path, table, ["google_ads"])
    assert rows(tmp_path, "google_ads")[1:] == [
        [sha("a@x.com"), "", "", "", "", ""],
        [sha("b@x.com"), "", sha("a"), sha("b"), "LV", "1001"],
    ]


def test_whom_the_platform_cannot_know_is_left_out_and_counted(tmp_path: Path) -> None:
    table = [
        ["id", "mail", "phone", "forename", "family name"],
        ["1", "a@x.com", "+37126123456", "A", "B"],
        ["2", "", "+37126123456", "C", "D"],
        ["3", "", "26123457", "E", "F"],
        ["4", "A@X.com", "", "G", "H"],
        ["5", "d@x.com", "+371 26 123 456", "", ""],
    ]
    result = export(tmp_path, table, ["mailchimp", "klaviyo", "linkedin"])
    found = {line.platform: (line.rows, line.unknown, line.repeated) for line in result.report.exports}
    assert found == {"mailchimp": (2, 2, 1), "klaviyo": (2, 1, 2), "linkedin": (4, 0, 1)}
    assert [row[:2] for row in rows(tmp_path, "klaviyo")[1:]] == [["a@x.com", "+37126123456"], ["d@x.com", ""]]
    assert [row[1] for row in rows(tmp_path, "linkedin")[1:]] == ["A", "C", "E", ""]


def test_a_list_that_is_too_small_for_the_platform_is_noted(tmp_path: Path) -> None:
    many = [["email"], *([f"{number}@x.com"] for number in range(100))]
    result = export(tmp_path, many, ["google_ads", "meta", "linkedin", "mailchimp"])
    notes = {line.platform: line.note for line in result.report.exports}
    assert notes == {
        "google_ads": "",
        "meta": "",
        "linkedin": "LinkedIn takes 300 people and more",
        "mailchimp": "",
    }
    few = export(tmp_path / "few", many[:-1], ["google_ads"])
    assert few.report.exports[0].note == "Google Ads takes 100 people and more"


def test_a_list_that_is_too_long_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        PLATFORMS, "linkedin", type(PLATFORMS["linkedin"])(**{**vars(PLATFORMS["linkedin"]), "most": 300})
    )
    many = [["email"], *([f"{number}@x.com"] for number in range(301))]
    result = export(tmp_path, many, ["linkedin"])
    assert result.report.exports[0].note == "LinkedIn takes 300 rows at most; split the list"


def test_the_notes_are_printed_but_not_into_the_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export(tmp_path, TABLE, ["linkedin"])
    text = (
        "version: 1\nas_of: 2026-07-30\nsources: {contacts: {files: contacts.csv, id: id}}\n"
        "segments: {all: {where: everyone, export: linkedin}}\n"
    )
    (tmp_path / "segments.yaml").write_text(text)
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(app, ["run"])
    assert said.stderr == "note: exports/all.linkedin.csv: 1 rows, and LinkedIn takes 300 people and more\n"
    assert len(said.stdout.splitlines()) == 1
    assert CliRunner().invoke(app, ["run", "--quiet"]).output == ""
    as_json = CliRunner().invoke(app, ["run", "--json"])
    assert json.loads(as_json.stdout)["exports"][0]["fields"] == {
        "email": "Email Address",
        "first_name": "First Name",
        "last_name": "last_name",
        "company": "company",
        "job_title": "job_title",
        "country": "country",
    }


def test_columns_are_said_where_their_names_do_not_say_it(tmp_path: Path) -> None:
    table = [["id", "Privat", "email", "nummer"], ["1", "p@x.com", "work@x.com", "+37126123456"]]
    export(tmp_path, table, ["klaviyo"], {"email": "privat", "phone": "Nummer", "city": "id"})
    assert rows(tmp_path, "klaviyo") == [["Email", "Phone Number", "City"], ["p@x.com", "+37126123456", "1"]]


def test_what_a_person_is_and_is_worth_goes_to_meta_only_where_that_is_said(tmp_path: Path) -> None:
    table = [["email", "birthday", "gender", "value"], ["a@x.com", "1968-10-21", "F", "20.1"]]
    export(tmp_path, table, ["meta"])
    assert rows(tmp_path, "meta") == [["email"], [sha("a@x.com")]]
    export(tmp_path, table, ["meta", "brevo"], {"birthday": "birthday", "gender": "gender", "value": "value"})
    assert rows(tmp_path, "meta") == [
        ["email", "doby", "gen", "value"],
        [sha("a@x.com"), sha("1968"), sha("f"), "20.1"],
    ]
    assert rows(tmp_path, "brevo") == [["EMAIL"], ["a@x.com"]]


def test_an_address_of_any_name_is_found_by_its_type(tmp_path: Path) -> None:
    export(tmp_path, [["login", "x"], ["a@x.com", "1"]], ["mailchimp"])
    assert rows(tmp_path, "mailchimp") == [["Email Address"], ["a@x.com"]]


def test_a_column_that_the_list_does_not_show_is_exported_all_the_same(tmp_path: Path) -> None:
    export(tmp_path, TABLE, ["mailchimp"], columns=["id"])
    assert rows(tmp_path, "mailchimp") == WANTED["mailchimp"]
    assert (tmp_path / "output/lists/all.csv").read_text() == "id\n7\n"


def test_what_a_spreadsheet_would_run_is_in_no_file(tmp_path: Path) -> None:
    """Neither as it is nor with an apostrophe, which would be uploaded."""
    good = [f"{number}@x.com" for number in range(len(PAYLOADS))]
    bad = [f"{''.join(payload.split())}@x.com" for payload in PAYLOADS]
    table = [["id", "email", "first name", "company"]]
    table += [[str(number), good[number], payload, payload] for number, payload in enumerate(PAYLOADS)]
    table += [[f"b{number}", address, "Ann", "X"] for number, address in enumerate(bad)]
    table += [["+1", "+one@x.com", "Ann", "-5"], ["-1", "-one@x.com", "Ann", "+371 26 123 456"]]
    result = export(tmp_path, table, ["mailchimp", "klaviyo", "linkedin", "hubspot"])
    for path in (tmp_path / "output/exports").iterdir():
        with path.open(encoding="utf-8", newline="") as stream:
            cells = [cell for row in list(csv.reader(stream))[1:] for cell in row]
        assert [cell for cell in cells if cell.startswith(("=", "@", "'", "＝", "\t")) or "|" in cell] == [], path.name
    klaviyo = rows(tmp_path, "klaviyo")
    assert [row[0] for row in klaviyo[1:] if row[0] in good] == good
    assert {"+one@x.com", "-one@x.com"} <= {row[0] for row in klaviyo}
    assert [row[-1] for row in klaviyo if row[0] in ("+one@x.com", "-one@x.com")] == ["-5", "+371 26 123 456"]
    assert {line.platform: line.dropped > 0 for line in result.report.exports} == dict.fromkeys(
        ("mailchimp", "klaviyo", "linkedin", "hubspot"), True
    )


def test_files_of_platforms_are_private_and_listed_and_go_when_no_longer_asked_for(tmp_path: Path) -> None:
    result = export(tmp_path, TABLE, ["mailchimp", "hubspot"])
    path = tmp_path / "output/exports/all.hubspot.csv"
    assert {"exports/all.hubspot.csv", "exports/all.mailchimp.csv"} <= set(result.files)
    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    export(tmp_path, TABLE, ["mailchimp"])
    assert [path.name for path in path.parent.iterdir()] == ["all.mailchimp.csv"]


def test_nobody_who_is_suppressed_is_in_a_file_and_other_lists_stay(tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").write_bytes(as_csv([["email", "ok"], ["a@x.com", "1"], ["b@x.com", "0"]]).encode())
    config = {
        "version": 1,
        "sources": {"contacts": {"files": "contacts.csv", "id": "email"}},
        "suppress": ["out"],
        "segments": {
            "all": {"where": "everyone", "export": "mailchimp"},
            "more": {"where": "everyone", "export": "mailchimp"},
            "out": {"where": {"field": "ok", "is": 0}},
        },
    }
    for _ in range(2):
        segtool.run(segtool.load(config, base=tmp_path), as_of=AS_OF)
        assert rows(tmp_path, "mailchimp") == [["Email Address"], ["a@x.com"]]
    (tmp_path / "contacts.csv").write_bytes(as_csv([["email", "ok"], ["a@x.com", "1"], ["c@x.com", "1"]]).encode())
    segtool.run(segtool.load(config, base=tmp_path), as_of=AS_OF, only=["more"])
    assert rows(tmp_path, "mailchimp") == [["Email Address"], ["a@x.com"]]
    assert rows(tmp_path, "mailchimp", "more") == [["Email Address"], ["a@x.com"], ["c@x.com"]]


@pytest.mark.parametrize(
    ("table", "listed", "said"),
    [
        (
            [["id", "name"], ["1", "A"]],
            True,
            "Google Ads knows people by email or by phone or by first name, last name, zip and country, and no column "
            "here is known to hold that; say which one does with output: {audience: {email: COLUMN}}",
        ),
        (
            [["email"], ["a@x.com"]],
            False,
            '"all" writes no list (list: false), so there is nothing to export',
        ),
    ],
)
def test_an_export_of_nothing_is_refused(
    tmp_path: Path, table: Sequence[Sequence[str]], listed: bool, said: str
) -> None:
    with pytest.raises(ConfigError) as error:
        export(tmp_path, table, ["google_ads"], list=listed)
    assert [problem.message for problem in error.value.problems] == [said]


def test_payloads_of_others_are_in_no_file(tmp_path: Path) -> None:
    folder = shared("hostile/csv_injection")
    lines = {line.strip() for path in folder.rglob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()}
    table = [["email", "first name"], *([f"{n}@x.com", text] for n, text in enumerate(sorted(lines - {""})))]
    export(tmp_path, table, ["mailchimp"])
    assert {row[1] for row in rows(tmp_path, "mailchimp")[1:] if row[1].startswith(("=", "@", "+", "-"))} == set()
