"""Every rule about sources: what a file may look like, what its cells mean, and what becomes of each row.

The law over all of them is the last part: read = kept + duplicates + rejected + filtered, however messy the export.
"""

from __future__ import annotations

import csv
import io
import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import segtool
from segtool.api import Evaluation
from segtool.config.problems import ConfigError, DataError
from segtool.sources import cells as text_cells
from segtool.sources import excel
from segtool.sources import parts as file_parts
from segtool.sources.account import Accounting
from segtool.sources.dates import instant
from segtool.sources.tables import Table

AS_OF = "2026-06-30T12:00:00Z"

Sheet = Sequence[Sequence[object]]
Content = str | bytes | Sheet | Mapping[str, Sheet]
Spec = Mapping[str, Any]


def write(folder: Path, files: Mapping[str, Content]) -> None:
    """Text and bytes as they are; rows as a workbook, of one sheet or of several named ones."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, str | bytes):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        else:
            workbook(content if isinstance(content, Mapping) else {"Export": content}).save(path)


def workbook(sheets: Mapping[str, Sheet]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    return book


def evaluate(
    folder: Path,
    files: Mapping[str, Content],
    sources: Mapping[str, Spec],
    segments: Mapping[str, object] | None = None,
    **top: object,
) -> Evaluation:
    """What the program makes of these files. `segments` are conditions by name."""
    write(folder, files)
    rules = {name: {"where": where} for name, where in (segments or {"all": "everyone"}).items()}
    config = segtool.load({"version": 1, "sources": sources, "segments": rules, **top}, base=folder)
    return segtool.evaluate(config, as_of=AS_OF)


def refusal(folder: Path, content: Content, name: str = "contacts.csv", **settings: object) -> str:
    """What is said about contacts that cannot be read."""
    with pytest.raises((ConfigError, DataError)) as caught:
        evaluate(folder, {name: content}, {"contacts": {"files": name, "id": "email", **settings}})
    assert len(caught.value.problems) == 1, caught.value.problems
    return caught.value.problems[0].message


Contacts = Callable[..., Table]


@pytest.fixture
def contacts(tmp_path: Path) -> Contacts:
    """The contacts in one file, as the program reads them."""

    def read(content: Content, name: str = "contacts.csv", **settings: object) -> Table:
        spec = {"files": name, "id": "email", **settings}
        zone = spec.pop("zone", "UTC")
        return evaluate(tmp_path, {name: content}, {"contacts": spec}, timezone=zone).tables["contacts"]

    return read


def rows(table: Table) -> list[dict[str, Any]]:
    """The kept rows by our names, those of contacts in the order of their ids."""
    frame = table.frame.collect()
    return frame.select(name for name in frame.columns if not name.startswith("§")).to_dicts()


def column(table: Table, name: str) -> list[Any]:
    return table.frame.collect().get_column(name).to_list()


def ids(table: Table) -> list[str]:
    return table.frame.collect().get_column("§id").to_list()


def rejects(table: Table) -> list[tuple[object, ...]]:
    """File, row, column, value and reason."""
    return table.rejects.drop("source").rows()


def rejected_rows(table: Table) -> list[int]:
    return table.rejects.get_column("row").to_list()


def of_values(values: Iterable[str], name: str = "v") -> str:
    """A file of contacts with one more column."""
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["email", name])
    writer.writerows([f"{number:06}@x.com", value] for number, value in enumerate(values))
    return lines.getvalue()


# --- names of columns ----------------------------------------------------------------------------------------


def test_columns_are_renamed_to_our_names(contacts: Contacts) -> None:
    table = contacts("Email Address,Job Title\na@x.com,VP\n", columns={"email": "Email Address", "title": "Job Title"})
    assert rows(table) == [{"email": "a@x.com", "title": "VP"}]


def test_what_is_not_renamed_keeps_its_own_name(contacts: Contacts) -> None:
    assert rows(contacts("email,Job Title\na@x.com,VP\n")) == [{"email": "a@x.com", "Job Title": "VP"}]


@pytest.mark.parametrize("written", ["e_mail address", "E-MAIL-ADDRESS", "Emailaddress", " email  address "])
def test_names_are_matched_ignoring_case_blanks_underscores_and_hyphens(contacts: Contacts, written: str) -> None:
    assert rows(contacts("Email Address,n\na@x.com,1\n", columns={"email": written})) == [{"email": "a@x.com", "n": 1}]


def test_an_exact_name_comes_before_a_loose_one(contacts: Contacts) -> None:
    table = contacts("E-Mail,email\nloose@x.com,exact@x.com\n")
    assert ids(table) == ["exact@x.com"]


def test_a_loose_name_that_fits_two_columns_fits_none(tmp_path: Path) -> None:
    assert 'no column "email"' in refusal(tmp_path, "E-Mail,e_mail\na@x.com,b@x.com\n")


def test_a_name_given_to_one_column_leaves_the_column_that_had_it_in_place(contacts: Contacts) -> None:
    text = "email,Email Address,name\nwork,a@x.com,Ann\n"
    table = contacts(text, columns={"email": "Email Address"})
    assert rows(table) == [{"email (2)": "work", "email": "a@x.com", "name": "Ann"}]


def test_two_names_may_be_swapped(contacts: Contacts) -> None:
    table = contacts("email,first,last\na@x.com,Smith,Ann\n", columns={"first": "last", "last": "first"})
    assert rows(table) == [{"email": "a@x.com", "last": "Smith", "first": "Ann"}]


def test_one_column_may_have_two_of_our_names(contacts: Contacts) -> None:
    table = contacts("email,Name\na@x.com,Ann\n", columns={"full": "Name", "short": "Name"})
    assert rows(table) == [{"email": "a@x.com", "full": "Ann", "short": "Ann"}]


def test_repeated_names_are_numbered_and_blank_ones_go_by_position(contacts: Contacts) -> None:
    table = contacts("email,n,n,,n\na@x.com,1,2,3,4\n")
    assert rows(table) == [{"email": "a@x.com", "n": 1, "n (2)": 2, "column 4": 3, "n (3)": 4}]


def test_how_columns_of_one_name_or_none_are_called_is_said(contacts: Contacts) -> None:
    table = contacts("email,n,n,,,\na@x.com,1,2,,3,\nb@x.com,4,5,, ,\n")
    assert list(rows(table)[0]) == ["email", "n", "n (2)", "column 5"]
    assert table.notes == (
        'contacts.csv: a column without a name is called "column 5"',
        "contacts.csv: 2 columns have the same name; they are called n and n (2)",
    )


def test_a_column_that_is_there_twice_has_to_be_said_which(contacts: Contacts, tmp_path: Path) -> None:
    text = "Title\n\nemail,n,email,at,at\na@x.com,1,b@x.com,2,3\n"
    said = 'contacts.csv has several columns "email"; say which is meant: '
    assert refusal(tmp_path, text).startswith(said)
    assert refusal(tmp_path, text, id="who", columns={"who": "email"}).startswith(said)
    assert ids(contacts(text, id="who", columns={"who": "email (1)"})) == ["a@x.com"]
    assert ids(contacts(text, id="who", columns={"who": "email (2)"})) == ["b@x.com"]
    assert "columns: {when: " in refusal(tmp_path, text, id="n", columns={"when": "at"})


def test_signs_that_nobody_sees_are_no_part_of_a_name(contacts: Contacts) -> None:
    table = contacts("\ufeff\ufeffemail\u200b,\u200ffirst\u00a0name\u00ad\u2028\na@x.com,Ann\n")
    assert rows(table) == [{"email": "a@x.com", "first name": "Ann"}]


@pytest.mark.parametrize("name", ["*", "^.*$", "^e", "§row", "§id", "a§integer", "a,b", 'say "hi"', "a.b"])
def test_any_name_may_head_a_column(contacts: Contacts, name: str) -> None:
    quoted = name.replace('"', '""')
    table = contacts(f'email,"{quoted}",n\na@x.com,x,1\n')
    assert [list(row.values()) for row in rows(table)] == [["a@x.com", "x", 1]]


def test_a_header_over_several_lines_is_one_name(contacts: Contacts) -> None:
    assert rows(contacts('email,"my\nnote"\na@x.com,x\n')) == [{"email": "a@x.com", "my note": "x"}]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"id": "mail"}, 'no column "mail"; did you mean "email"?'),
        ({"columns": {"title": "Job"}}, 'no column "Job"; it has email, name'),
        ({"types": {"nam": "text"}}, 'no column "nam"; did you mean "name"?'),
    ],
)
def test_a_column_that_is_not_there_is_said_with_what_is(tmp_path: Path, settings: Spec, said: str) -> None:
    assert said in refusal(tmp_path, "email,name\na@x.com,Ann\n", **settings)


def test_columns_that_only_some_files_have_are_missing_in_the_others(tmp_path: Path) -> None:
    files = {"1.csv": "email,a\na@x.com,1\n", "2.csv": "b,email\n2,b@x.com\n"}
    table = evaluate(tmp_path, files, {"contacts": {"files": "*.csv", "id": "email"}}).tables["contacts"]
    assert rows(table) == [
        {"email": "a@x.com", "a": 1, "b": None},
        {"email": "b@x.com", "a": None, "b": 2},
    ]


def test_a_thousand_columns_are_read(contacts: Contacts) -> None:
    width = 1000
    header, row = (",".join(f"{mark}{number}" for number in range(width)) for mark in ("c", ""))
    table = contacts(f"email,{header}\na@x.com,{row}\n")
    assert rows(table) == [{"email": "a@x.com", **{f"c{number}": number for number in range(width)}}]


# --- cells: blank, trimmed, missing --------------------------------------------------------------------------


def test_cells_are_trimmed(contacts: Contacts) -> None:
    assert column(contacts(of_values(["  Ann ", "\tBob\u00a0", "\u3000Eve"])), "v") == ["Ann", "Bob", "Eve"]


@pytest.mark.parametrize("sign", ["\u200b", "\ufeff", "\u2060", "\u200e", "\u00ad", "\u202c"])
@pytest.mark.parametrize("name", ["contacts.csv", "contacts.xlsx"])
def test_signs_that_nobody_sees_part_nobody(contacts: Contacts, sign: str, name: str) -> None:
    found = [
        ["email", "n", "t"],
        [f"{sign}a@x{sign}.com {sign}", f"5{sign}", f"{sign} Zoë{sign}"],
        ["B@x.com", sign, "x"],
    ]
    text = "\n".join(",".join(row) for row in found)
    table = contacts(text if name.endswith("csv") else found, name)
    assert [tuple(row.values()) for row in rows(table)] == [("a@x.com", 5, "Zoë"), ("b@x.com", None, "x")]


@pytest.mark.parametrize("word", ["👩\u200d💻", "می\u200cخواهم", "क\u200dष"])
def test_signs_that_nobody_sees_stay_where_they_mean_something(contacts: Contacts, word: str) -> None:
    assert column(contacts(f"email,n\na@x.com,{word}\u200b\n"), "n") == [word]


@pytest.mark.parametrize("blank", ["\u0085", "\u2028", "\u2029", "\u3000", "\u00a0", "\u2003", "\x0b", "\x0c", "\t"])
def test_blanks_of_every_kind_are_trimmed_and_end_no_row(contacts: Contacts, blank: str) -> None:
    table = contacts(f"email,n\n{blank}a@x.com{blank},x{blank}y\n{blank}b@x.com,{blank}\n")
    assert [tuple(row.values()) for row in rows(table)] == [("a@x.com", f"x{blank}y"), ("b@x.com", None)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_line_ends_within_a_cell_are_of_one_kind(contacts: Contacts, encoding: str) -> None:
    table = contacts('email,n\r\na@x.com,"1\r\n2"\r\nb@x.com,"3\r4\n5"\r\n'.encode(encoding))
    assert column(table, "n") == ["1\n2", "3\n4\n5"]


def test_a_cell_of_blanks_alone_is_missing(contacts: Contacts) -> None:
    assert column(contacts(of_values(["", " ", "\u00a0\t", "x"])), "v") == [None, None, None, "x"]


def test_texts_that_mean_no_value_are_missing(contacts: Contacts) -> None:
    table = contacts(of_values(["n/a", " n/a ", "N/A", "-", "NA"]), missing=["n/a", "-"])
    assert column(table, "v") == [None, None, "N/A", None, "NA"]


def test_nothing_is_missing_but_blanks_unless_said(contacts: Contacts) -> None:
    texts = ["NA", "null", "None", "-", "NaN", "nan"]
    assert column(contacts(of_values(texts)), "v") == texts


def test_a_missing_text_does_not_stop_a_column_from_being_numbers(contacts: Contacts) -> None:
    assert column(contacts(of_values(["1", "n/a", "2"]), missing="n/a"), "v") == [1, None, 2]


# --- types that nobody declared ------------------------------------------------------------------------------

INFERRED: list[tuple[str, list[str], str]] = [
    ("whole numbers", ["1", "0", "-5", "999999999999999"], "integer"),
    ("a leading zero", ["1", "007"], "text"),
    ("a leading zero after the sign", ["1", "-07"], "text"),
    ("more than fifteen digits", ["1", "1234567890123456"], "text"),
    ("more than fifteen digits with a point", ["1.5", "12345678.12345678"], "text"),
    ("a phone number", ["+37126123456"], "text"),
    ("a plus sign", ["1", "+1"], "text"),
    ("decimals", ["1.5", "2", "-0.25", ".5", "1e5"], "number"),
    ("a leading zero before the point", ["00.5"], "text"),
    ("more than a number can hold", ["1", "1e999"], "text"),
    ("thousands", ["1,234"], "text"),
    ("decimal commas in a source of points", ["1,5"], "text"),
    ("percent", ["5%", "12.5 %"], "number"),
    ("money", ["$1,234.50", "$ 12", "($3)", "-$4.5"], "number"),
    ("money with a decimal comma", ["1.234,50 €", "12 €"], "number"),
    ("whole amounts", ["€ 1.234", "€ 12"], "number"),
    ("marks of both kinds", ["1,234.50", "12"], "number"),
    ("percents with a point and with a comma", ["1.5%", "1,5%"], "text"),
    ("money that can be read in two ways", ["CHF 1'234", "CHF 1,50"], "number"),
    ("a telephone", ["(202) 555-0101"], "text"),
    ("groups of digits", ["552 100 554", "552 100 555"], "text"),
    ("a list of numbers", ["1,2", "12,50"], "text"),
    ("sizes", ["12 kg"], "text"),
    ("an amount with a leading zero", ["$007"], "text"),
    ("more digits than a spreadsheet keeps", ["$1234567890123456"], "text"),
    ("digits of another script", ["1", "١٢"], "text"),
    ("hexadecimal", ["0x1F"], "text"),
    ("not a number", ["1", "NaN"], "text"),
    ("infinity", ["1", "inf"], "text"),
    ("true and false", ["true", "FALSE", "True"], "boolean"),
    ("yes and no", ["yes", "no"], "text"),
    ("ones and zeros", ["1", "0"], "integer"),
    ("true and a number", ["true", "1"], "text"),
    ("ISO dates", ["2026-01-02", "2026-12-31"], "date"),
    ("ISO dates and blanks", ["2026-01-02", "", " "], "date"),
    ("ISO dates with slashes", ["2026/01/02"], "date"),
    ("ISO dates and times", ["2026-01-02 10:00", "2026-01-02"], "datetime"),
    ("instants", ["2026-01-02T10:00:00Z", "2026-01-02T10:00:00+02:00"], "datetime"),
    ("day first, because of one value", ["01/02/2026", "31/01/2026"], "date"),
    ("month first, because of one value", ["01/02/2026", "01/31/2026"], "date"),
    ("day or month first", ["01/02/2026", "03/04/2026"], "text"),
    ("the same day and month, either way", ["02/02/2026"], "text"),
    ("day first and month first", ["31/01/2026", "01/31/2026"], "text"),
    ("ISO and day first", ["2026-01-02", "31/01/2026"], "text"),
    ("a day that is no day", ["2026-01-02", "2026-02-30"], "text"),
    ("eight digits", ["20260102"], "integer"),
    ("years of two digits", ["31/01/26"], "text"),
    ("a word among dates", ["2026-01-02", "soon"], "text"),
    ("names of months", ["2 January 2026"], "text"),
    ("elements", ["a,b", "c"], "text"),
    ("nothing at all", ["", " "], "text"),
]


@pytest.mark.parametrize(("values", "kind"), [case[1:] for case in INFERRED], ids=[case[0] for case in INFERRED])
def test_the_type_of_a_column_is_inferred_from_all_of_it(contacts: Contacts, values: list[str], kind: str) -> None:
    assert contacts(of_values(values)).columns.types["v"] == kind


@pytest.mark.parametrize(
    ("usual", "odd"),
    [("5", "007"), ("5", "x"), ("1.5", "1,5"), ("true", "yes"), ("2026-01-02", "x"), ("31/01/2026", "01/31/2026")],
)
@pytest.mark.parametrize("before", [999, 1000, 1001, 2500])
def test_one_value_far_down_decides_as_well(contacts: Contacts, usual: str, odd: str, before: int) -> None:
    table = contacts(of_values([usual] * before + [odd]))
    assert table.columns.types["v"] == "text"
    assert column(table, "v")[-1] == odd
    assert not rejects(table)


def test_a_column_that_begins_with_a_thousand_blanks_is_judged_by_what_follows(contacts: Contacts) -> None:
    assert column(contacts(of_values([""] * 1500 + ["5"])), "v")[-1] == 5


def test_inferred_values_have_their_type(contacts: Contacts) -> None:
    table = contacts("email,i,n,b,d,t\na@x.com,5,2.5,TRUE,31/01/2026,2026-01-31 10:00\n")
    assert rows(table) == [
        {
            "email": "a@x.com",
            "i": 5,
            "n": 2.5,
            "b": True,
            "d": date(2026, 1, 31),
            "t": datetime(2026, 1, 31, 10),
        }
    ]


def test_an_inferred_column_rejects_nothing(contacts: Contacts) -> None:
    table = contacts(of_values([value for _, values, _ in INFERRED for value in values]))
    assert (table.accounting.cells, table.accounting.rejected) == (0, 0)


def test_decimal_commas_are_inferred_where_the_source_has_them(contacts: Contacts) -> None:
    table = contacts("email;comma;point;whole\na@x.com;1,5;2.5;3\nb@x.com;-,25;;\n", decimal=",")
    assert dict(table.columns.types) == {"email": "email", "comma": "number", "point": "text", "whole": "integer"}
    assert column(table, "comma") == [1.5, -0.25]


@pytest.mark.parametrize(
    ("dates", "kinds"),
    [
        ("day_first", {"iso": "date", "slashed": "date"}),
        ("month_first", {"iso": "date", "slashed": "date"}),
        (["day_first", "iso"], {"iso": "date", "slashed": "date"}),
        ("iso", {"iso": "date", "slashed": "text"}),
        ("%d.%m.%Y", {"iso": "text", "slashed": "text"}),
    ],
)
def test_dates_of_a_source_settle_how_a_column_is_inferred(
    contacts: Contacts, dates: str | list[str], kinds: Mapping[str, str]
) -> None:
    table = contacts("email,iso,slashed\na@x.com,2026-02-01,03/04/2026\n", dates=dates)
    assert dict(table.columns.types) == {"email": "email", **kinds}
    assert not rejects(table)


def test_day_first_and_month_first_differ(contacts: Contacts) -> None:
    read = [column(contacts(of_values(["03/04/2026"]), dates=dates), "v") for dates in ("day_first", "month_first")]
    assert read == [[date(2026, 4, 3)], [date(2026, 3, 4)]]


# --- declared types ------------------------------------------------------------------------------------------

TYPED: dict[str, list[tuple[str, object]]] = {
    "integer": [
        ("5", 5),
        ("5.0", 5),
        ("5.00", 5),
        ("007", 7),
        ("-5", -5),
        ("+5", 5),
        ("123456789012345678", 123456789012345678),
        ("5.5", None),
        ("5,0", 5),
        ("1e3", None),
        ("12345678901234567890", None),
        ("five", None),
        ("٥", None),
    ],
    "number": [
        ("5", 5.0),
        ("007.5", 7.5),
        ("-.5", -0.5),
        ("+2.5", 2.5),
        ("1e3", 1000.0),
        ("5.", 5.0),
        ("1,5", 1.5),
        ("1,234.5", 1234.5),
        ("$5", 5),
        ("5%", 0.05),
        ("NaN", None),
        ("inf", None),
        ("1e999", None),
        ("٥", None),
    ],
    "boolean": [
        ("true", True),
        ("TRUE", True),
        ("yes", True),
        ("Yes", True),
        ("1", True),
        ("false", False),
        ("no", False),
        ("0", False),
        ("y", True),
        ("on", True),
        ("2", None),
        ("1.0", True),
    ],
    "text": [("007", "007"), ("5.0", "5.0"), ("2026-01-02", "2026-01-02"), ("true", "true")],
    "email": [
        ("Ann@X.com", "ann@x.com"),
        (" ann@x.com ", "ann@x.com"),
        ("ann", None),
        ("ann@", None),
        ("a nn@x.com", None),
        ("ann@x@y", None),
    ],
    "date": [
        ("2026-01-02", date(2026, 1, 2)),
        ("2026-1-2", date(2026, 1, 2)),
        ("2026/01/02", date(2026, 1, 2)),
        ("20260102", date(2026, 1, 2)),
        ("2026-01-02T23:30:00", date(2026, 1, 2)),
        ("2026-01-02 23:30", date(2026, 1, 2)),
        ("2024-02-29", date(2024, 2, 29)),
        ("2026-02-29", None),
        ("2026-13-01", None),
        ("0000-00-00", None),
        ("2026-01", None),
        ("26-01-02", None),
        ("tomorrow", None),
        ("٢٠٢٦-٠١-٠٢", None),
    ],
    "list": [
        ("a,b", ["a", "b"]),
        (" a , b ", ["a", "b"]),
        ("a", ["a"]),
        ('"a,b",c', ["a,b", "c"]),
        ('"say ""hi""",c', ['say "hi"', "c"]),
        ('" a "', ["a"]),
        ("a,,b,", ["a", "b"]),
        ('a,"",b', ["a", "b"]),
        ("a b,c", ["a b", "c"]),
        ("a;b", ["a;b"]),
        (",", None),
        (' , "" ', None),
        ("a,a", ["a", "a"]),
        ('5" nail,b', ['5" nail', "b"]),
    ],
}
REASONS = {
    "integer": "is no whole number",
    "number": "is no number",
    "boolean": "is neither true nor false",
    "email": "is no e-mail address",
    "date": "is no date that this column's other dates are read by",
    "datetime": "is no date and time",
}


@pytest.mark.parametrize(("kind", "value", "meant"), [(kind, *case) for kind, found in TYPED.items() for case in found])
def test_a_cell_of_a_declared_type(contacts: Contacts, kind: str, value: str, meant: object) -> None:
    assert column(contacts(of_values([value, ""]), types={"v": kind}), "v") == [meant, None]


@pytest.mark.parametrize("kind", REASONS)
def test_a_cell_that_does_not_fit_is_rejected_and_counts_as_missing(contacts: Contacts, kind: str) -> None:
    table = contacts("email,v\na@x.com,\nb@x.com, what \n", types={"v": kind})
    assert column(table, "v") == [None, None]
    assert rejects(table) == [("contacts.csv", 3, "v", "what", REASONS[kind])]
    assert table.accounting == Accounting(read=2, kept=2, cells=1)


@pytest.mark.parametrize("kind", ["list", "text"])
def test_lists_and_texts_take_every_cell(contacts: Contacts, kind: str) -> None:
    table = contacts(of_values([",", "x", "=1", '"']), types={"v": kind})
    assert table.accounting == Accounting(read=4, kept=4)


def test_several_rejected_cells_of_a_row_are_listed_one_by_one(contacts: Contacts) -> None:
    table = contacts("email,a,b\na@x.com,x,y\nb@x.com,1,z\n", types={"b": "date", "a": "integer"})
    assert [found[1:4] for found in rejects(table)] == [(2, "a", "x"), (2, "b", "y"), (3, "b", "z")]
    assert table.accounting == Accounting(read=2, kept=2, cells=3)


def test_the_row_is_counted_as_a_spreadsheet_counts_it(contacts: Contacts) -> None:
    text = 'Report\nof "May"\nemail,n\n\na@x.com,"1\n2"\n,\nb@x.com,x\n\nc@x.com,y\n'
    assert rejected_rows(contacts(text, types={"n": "integer"}, skip_rows=2)) == [5, 7, 9]


def test_the_row_of_a_workbook_is_that_of_its_sheet(contacts: Contacts) -> None:
    sheet = [["Report"], [], ["email", "n"], [], ["a@x.com", "x"], [None, None], ["b@x.com", "y"]]
    table = contacts(sheet, "contacts.xlsx", types={"n": "integer"}, skip_rows=2)
    assert rejected_rows(table) == [5, 7]


def test_the_row_of_a_file_read_row_by_row_is_the_same(contacts: Contacts) -> None:
    text = 'email,n\n\na@x.com,"1\n2"\nb@x.com,1,2\n\nc@x.com,x\n'
    table = contacts(text, types={"n": "integer"})
    assert rejected_rows(table) == [3, 4, 6]


def test_every_file_is_named_with_its_own_rows(tmp_path: Path) -> None:
    files = {"in/1.csv": "email,n\na@x.com,x\n", "in/2.csv": "n,email\n1,b@x.com\ny,c@x.com\n"}
    spec = {"files": "in/*.csv", "id": "email", "types": {"n": "integer"}}
    table = evaluate(tmp_path, files, {"contacts": spec}).tables["contacts"]
    assert [found[:4] for found in rejects(table)] == [("in/1.csv", 2, "n", "x"), ("in/2.csv", 3, "n", "y")]


@pytest.mark.parametrize(
    ("value", "number"), [("1,5", 1.5), ("-,5", -0.5), ("2", 2.0), ("1.5", None), ("1.234,5", 1234.5)]
)
def test_numbers_with_a_decimal_comma(contacts: Contacts, value: str, number: float | None) -> None:
    assert column(contacts(of_values([value]), types={"v": "number"}, decimal=","), "v") == [number]


AMOUNTS = [
    (["1,234.50", "1 234", "12,34,567.00", "1'234.5", "1’234.5"], [1234.5, 1234, 1234567, 1234.5, 1234.5]),
    (["1.234,50", "1 234,50", "1\u00a0234,50", "1\u202f234,50", "1'234"], [1234.5, 1234.5, 1234.5, 1234.5, 1234]),
    (["12,5", "80", "1250,50", "1.000"], [12.5, 80, 1250.5, 1000]),
    (["$1.5", "1.5 USD", "US$ 1.5", "£1.5", "R$1.5", "1.5 kr", "CHF 1.5", "₹ 1.5"], [1.5] * 8),
    (["(12.50)", "($12.50)", "$(12.50)", "-$12.50", "$-12.50", "12.50-", "−12.50", "- 12.50"], [-12.5] * 8),
    (["50%", "12.5 %", "(5%)", "-5 %"], [0.5, 0.125, -0.05, -0.05]),
    (["'12.50", "+3.5", "1e3", ".5", "1."], [12.5, 3.5, 1000, 0.5, 1]),
    (["$1,234", "$950"], [1234, 950]),
    (["1.234", "2.5"], [1.234, 2.5]),
    (["€1.234", "€950"], [1234, 950]),
]


@pytest.mark.parametrize(("values", "read"), AMOUNTS)
def test_amounts_are_read_as_the_whole_column_is_written(
    contacts: Contacts, values: list[str], read: list[float]
) -> None:
    assert column(contacts(of_values(values), types={"v": "number"}), "v") == pytest.approx(read)


@pytest.mark.parametrize("values", [["1,234"], ["1,234", "5"], ["1,234", "5.678,9", "5,678.9"]])
def test_numbers_that_can_be_read_in_two_ways_are_refused_with_both(tmp_path: Path, values: list[str]) -> None:
    said = refusal(tmp_path, of_values(values), types={"v": "number"})
    assert said == (
        "\"v\" of \"contacts\" can be read in two ways: 1,234 is 1234, or 1.234; say decimal: '.' or decimal: ','"
    )
    for mark, read in ((".", 1234), (",", 1.234)):
        spec = {"files": "contacts.csv", "id": "email", "types": {"v": "number"}, "decimal": mark}
        table = evaluate(tmp_path, {}, {"contacts": spec}).tables["contacts"]
        assert column(table, "v")[0] == read


def test_every_column_that_can_be_read_in_two_ways_is_said(tmp_path: Path) -> None:
    files = {"c.csv": 'email,n,d,m\na@x.com,"1,234",01/02/2026,"5,678"\n'}
    spec = {"files": "c.csv", "id": "email", "types": {"n": "number", "d": "date", "m": "integer"}}
    with pytest.raises(DataError) as caught:
        evaluate(tmp_path, files, {"contacts": spec})
    assert sorted(one.id for one in caught.value.problems) == [
        "ambiguous-dates",
        "ambiguous-numbers",
        "ambiguous-numbers",
    ]


@pytest.mark.parametrize(
    "value", ["12 pcs", "abc", "1.2.3", "--5", "(-5)", "5)", "%", "$", "1 2", "12 34", "1,23", "0x1F"]
)
def test_what_is_no_amount_is_rejected(contacts: Contacts, value: str) -> None:
    table = contacts(of_values(["1.5", value, "2,345.5"]), types={"v": "number"})
    assert column(table, "v") == [1.5, None, 2345.5]
    assert rejects(table) == [("contacts.csv", 3, "v", value, "is no number")]


def test_a_mark_far_down_makes_amounts_of_numbers(contacts: Contacts) -> None:
    table = contacts(of_values(["5"] * 2500 + ["$1,234.50"]))
    assert column(table, "v")[-2:] == [5, 1234.5]


TURNED = {
    "a column of ISO dates beside texts": (
        ["2026-04-03", "2026-06-05", "04/13/2026", "04/25/2026"],
        "2026-04-03",
        "04/13/2026",
    ),
    "a column of two separators": (
        ["03.04.2026", "05.06.2026", "04/13/2026", "04/25/2026"],
        "03.04.2026",
        "04/13/2026",
    ),
}


@pytest.mark.parametrize(("values", "taken", "left"), TURNED.values(), ids=TURNED.keys())
def test_dates_that_a_spreadsheet_has_half_converted_are_reported(
    tmp_path: Path, values: list[str], taken: str, left: str
) -> None:
    said = refusal(tmp_path, of_values(values), types={"v": "date"})
    assert said == (
        f'"v" of "contacts" is damaged: a spreadsheet took some of its dates for others, such as {taken} (each of '
        f"these has a day up to 12), and left others, such as {left}; export it again and use that file unopened, or "
        "say dates: if these are right"
    )
    spec = {"files": "contacts.csv", "id": "email", "types": {"v": "date"}, "dates": ["iso", "month_first"]}
    assert None not in column(evaluate(tmp_path, {}, {"contacts": spec}).tables["contacts"], "v")


def test_dates_of_a_workbook_that_is_half_converted_are_reported(tmp_path: Path) -> None:
    days: list[object] = [datetime(2026, 4, 3), "04/13/2026", datetime(2026, 6, 5), "04/25/2026"]
    sheet: list[list[object]] = [["email", "v"], *([f"{number}@x.com", day] for number, day in enumerate(days))]
    assert "is damaged" in refusal(tmp_path, sheet, "contacts.xlsx", types={"v": "date"})


@pytest.mark.parametrize(
    "values",
    [
        ["2026-04-03", "2026-06-15", "04/13/2026", "04/25/2026"],
        ["2026-04-03", "2026-06-05", "04/13/2026", "04/05/2026"],
        ["2026-04-03", "04/13/2026", "04/25/2026"],
        ["2026-04-03", "2026-06-05", "04/13/2026", "04/13/2026"],
    ],
)
def test_dates_of_two_spellings_that_nobody_turned_are_read(contacts: Contacts, values: list[str]) -> None:
    assert None not in column(contacts(of_values(values), types={"v": "date"}), "v")


@pytest.mark.parametrize("key", ["1.2E+10", "1,23457E+15", "9E+3", "'1.2e+10"])
def test_an_id_that_a_spreadsheet_has_shortened_is_nobody(tmp_path: Path, key: str) -> None:
    files = {
        "c.csv": f"id;n\n{key};1\n{key};2\n12000000000;3\n",
        "mail.csv": f"id;at;sku\n{key};2026-01-01;p\n12000000000;2026-01-01;{key}\n",
        "sku.csv": f"sku;kind\n{key};x\np;y\n",
    }
    mail = {"files": "mail.csv", "contact": "id", "time": "at", "lookup": {"files": "sku.csv", "on": "sku"}}
    where = {"did": "mail", "where": {"field": "kind", "is_set": True}}
    found = evaluate(
        tmp_path, files, {"c": {"files": "c.csv", "id": "id"}, "mail": mail}, {"all": "everyone", "k": where}
    )
    assert found.members == {"all": ["12000000000"], "k": []}
    reason = "a spreadsheet has shortened this id, and its digits are lost"
    assert [one[1:] for one in rejects(found.tables["c"])] == [(2, "id", key, reason), (3, "id", key, reason)]
    assert [one[1:] for one in rejects(found.tables["mail"])] == [(2, "id", key, reason), (2, "sku", key, reason)]


@pytest.mark.parametrize("key", ["12E10", "1E5", "E+10", "1.2.3E+5", "12.5E+10"])
def test_ids_that_only_look_shortened_are_ids(contacts: Contacts, key: str) -> None:
    assert ids(contacts(f"id,n\n{key},1\n", id="id")) == [key]


def test_crosses_and_blanks_are_true_and_nothing(contacts: Contacts) -> None:
    table = contacts(of_values(["x", "", "X", " "]), types={"v": "boolean"})
    assert column(table, "v") == [True, None, True, None]
    assert not rejects(table)


@pytest.mark.parametrize(("value", "number"), [("5", 5), ("5,0", 5), ("5.0", None), ("5,5", None)])
def test_whole_numbers_with_a_decimal_comma(contacts: Contacts, value: str, number: int | None) -> None:
    assert column(contacts(of_values([value]), types={"v": "integer"}, decimal=","), "v") == [number]


@pytest.mark.parametrize(
    ("mark", "value", "elements"),
    [
        (";", "a;b,c", ["a", "b,c"]),
        (";", '"a;b";c', ["a;b", "c"]),
        ("|", "a|b||c", ["a", "b", "c"]),
        (" ", "a  b", ["a", "b"]),
        ("^", "a^b]", ["a", "b]"]),
        ("]", "a]b", ["a", "b"]),
        ("\\", "a\\b", ["a", "b"]),
        ("-", "a-b", ["a", "b"]),
    ],
)
def test_lists_with_another_separator(contacts: Contacts, mark: str, value: str, elements: list[str]) -> None:
    table = contacts(of_values([value]), types={"v": "list"}, list_separator=mark)
    assert column(table, "v") == [elements]


def test_a_separator_of_several_characters(contacts: Contacts) -> None:
    table = contacts(of_values(["a::b:c", '"a::b"::c']), types={"v": "list"}, list_separator="::")
    assert column(table, "v") == [["a", "b:c"], ["a::b", "c"]]


# --- dates and times -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dates", "value", "day"),
    [
        ("iso", "2026-02-01", date(2026, 2, 1)),
        ("iso", "01/02/2026", None),
        ("day_first", "01/02/2026", date(2026, 2, 1)),
        ("day_first", "1.2.2026", date(2026, 2, 1)),
        ("day_first", "1-2-2026", date(2026, 2, 1)),
        ("day_first", "31/01/2026 17:30", date(2026, 1, 31)),
        ("day_first", "01/31/2026", None),
        ("day_first", "2026-02-01", date(2026, 2, 1)),
        ("day_first", "20260201", date(2026, 2, 1)),
        ("month_first", "01/02/2026", date(2026, 1, 2)),
        ("month_first", "31/01/2026", None),
        (["month_first", "day_first"], "31/01/2026", date(2026, 1, 31)),
        (["month_first", "day_first"], "01/02/2026", date(2026, 1, 2)),
        ("%d.%m.%y", "01.02.26", date(2026, 2, 1)),
        ("%d %b %Y", "1 Feb 2026", date(2026, 2, 1)),
        ("%B %d, %Y", "February 1, 2026", date(2026, 2, 1)),
        ("%Y%m%d", "20260201", date(2026, 2, 1)),
        ("%Y-%d-%m", "2026-02-01", date(2026, 1, 2)),
        ("%d.%m.%Y", "2026-02-01", None),
        (["%d.%m.%Y", "iso"], "2026-02-01", date(2026, 2, 1)),
        (["%d %b %Y", "%d.%m.%y"], "01.02.26", date(2026, 2, 1)),
    ],
)
def test_dates_are_read_as_the_source_says(
    contacts: Contacts, dates: str | list[str], value: str, day: date | None
) -> None:
    assert column(contacts(of_values([value]), types={"v": "date"}, dates=dates), "v") == [day]


@pytest.mark.parametrize(
    ("values", "days"),
    [
        (["2026-02-01", "31/01/2026", "01/02/2026"], [date(2026, 2, 1), date(2026, 1, 31), date(2026, 2, 1)]),
        (["2026-02-01", "01/31/2026", "01/02/2026"], [date(2026, 2, 1), date(2026, 1, 31), date(2026, 1, 2)]),
        (["2026-02-01", "20260131"], [date(2026, 2, 1), date(2026, 1, 31)]),
        (["02/02/2026"], [date(2026, 2, 2)]),
        (["31/01/2026", "30/01/2026", "01/31/2026"], [date(2026, 1, 31), date(2026, 1, 30), None]),
    ],
)
def test_declared_dates_are_read_by_the_order_that_fits_most_of_the_column(
    contacts: Contacts, values: list[str], days: list[date | None]
) -> None:
    assert column(contacts(of_values(values), types={"v": "date"}), "v") == days


def test_a_column_that_can_be_read_in_two_ways_is_refused_with_both(tmp_path: Path) -> None:
    said = refusal(tmp_path, of_values(["2026-01-02", "03/04/2026"]), types={"v": "date"})
    assert said == (
        '"v" of "contacts" can be read in two ways: 03/04/2026 is day 3 of month 4, or day 4 of month 3; '
        "say dates: day_first or dates: month_first"
    )


def test_the_time_of_events_is_refused_as_well_where_it_can_be_read_in_two_ways(tmp_path: Path) -> None:
    files = {"contacts.csv": "email\na@x.com\n", "e.csv": "email,at\na@x.com,03.04.2026 10:00\n"}
    sources = {"contacts": CONTACTS, "e": {"files": "e.csv", "contact": "email", "time": "at"}}
    with pytest.raises(DataError, match=r'"at" of "e" can be read in two ways: 03.04.2026 10:00 is day 3 of month 4'):
        evaluate(tmp_path, files, sources)


INSTANTS = [
    ("2026-05-01T09:00:00Z", "UTC", "2026-05-01 09:00:00"),
    ("2026-05-01T09:00:00z", "Europe/Riga", "2026-05-01 09:00:00"),
    ("2026-05-01 09:00:00 UTC", "Europe/Riga", "2026-05-01 09:00:00"),
    ("2026-05-01T09:00:00+02:00", "UTC", "2026-05-01 07:00:00"),
    ("2026-05-01 09:00:00-05:30", "Europe/Riga", "2026-05-01 14:30:00"),
    ("2026-05-01T09:00:00+15:59", "UTC", "2026-04-30 17:01:00"),
    ("2026-05-01T09:00:00+16:00", "UTC", None),
    ("2026-05-01T09:00:00+0200", "UTC", "2026-05-01 07:00:00"),
    ("2026-05-01T09:00:00+02", "UTC", "2026-05-01 07:00:00"),
    ("2026-05-01 09:00:00 +0200", "UTC", "2026-05-01 07:00:00"),
    ("2026-05-01T09:00-05:30", "Europe/Riga", "2026-05-01 14:30:00"),
    ("2026-05-01 9:00 PM +02:00", "UTC", "2026-05-01 19:00:00"),
    ("2026-05-01T09:00:00", "UTC", "2026-05-01 09:00:00"),
    ("2026-05-01 09:00:00", "Europe/Riga", "2026-05-01 06:00:00"),
    ("2026-05-01  09:00", "UTC", "2026-05-01 09:00:00"),
    ("2026-05-01T9:00", "UTC", "2026-05-01 09:00:00"),
    ("2026/5/1 9:00", "UTC", "2026-05-01 09:00:00"),
    ("2026-05-01T09:00:00.5", "UTC", "2026-05-01 09:00:00.500000"),
    ("2026-05-01T09:00:00.123456789Z", "UTC", "2026-05-01 09:00:00.123456"),
    ("2026-05-01 9:00 PM", "UTC", "2026-05-01 21:00:00"),
    ("2026-05-01 12:30:15am", "UTC", "2026-05-01 00:30:15"),
    ("2026-05-01 12:30 pm", "UTC", "2026-05-01 12:30:00"),
    ("31/05/2026 9:05", "UTC", "2026-05-31 09:05:00"),
    ("2026-05-01", "UTC", "2026-05-01 00:00:00"),
    ("2026-05-01", "Europe/Riga", "2026-04-30 21:00:00"),
    ("20260501", "Europe/Riga", "2026-04-30 21:00:00"),
    ("2018-11-04", "America/Sao_Paulo", "2018-11-04 03:00:00"),  # this day began at one o'clock
    ("2026-11-01", "America/Havana", "2026-11-01 04:00:00"),  # and this one had its first hour twice
    ("2026-03-29 02:59", "Europe/Riga", "2026-03-29 00:59:00"),
    ("2026-03-29 03:30", "Europe/Riga", "2026-03-29 01:30:00"),  # skipped by the clock: read as 04:30
    ("2026-03-29 04:30", "Europe/Riga", "2026-03-29 01:30:00"),
    ("2026-10-25 03:30", "Europe/Riga", "2026-10-25 00:30:00"),  # twice on the clock: the first of the two
    ("2026-10-25 03:30+02:00", "Europe/Riga", "2026-10-25 01:30:00"),
    ("2011-12-30 12:00", "Pacific/Apia", "2011-12-30 22:00:00"),  # a day that this place never had
    ("2026-05-01 23:59:60", "UTC", None),
    ("2026-05-01 24:00", "UTC", None),
    ("2026-05-01 13:00 PM", "UTC", None),
    ("2026-05-01 09:60", "UTC", None),
    ("2026-05-01 09", "UTC", None),
    ("2026-05-01T", "UTC", None),
    ("2026-05-01 09:00:00 EST", "UTC", None),
    ("2026-05-01 09:00:00+25:00", "UTC", None),
    ("2026-05-01 09:00:00+02:75", "UTC", None),
    ("2026-02-30 09:00", "UTC", None),
    ("09:00", "UTC", None),
    ("0000-00-00 00:00:00", "UTC", None),
    ("0001-01-01T00:00:00", "Europe/Riga", None),  # the year 0 as an instant
    ("9999-12-31T23:59:59", "Europe/Riga", "9999-12-31 21:59:59"),
    ("9999-12-31T23:59:59", "America/New_York", None),
]


@pytest.mark.parametrize(("value", "zone", "meant"), INSTANTS)
def test_a_date_and_time(contacts: Contacts, value: str, zone: str, meant: str | None) -> None:
    table = contacts(of_values([value]), types={"v": "datetime"}, zone=zone)
    assert [str(at) if at else None for at in column(table, "v")] == [meant]
    assert len(rejects(table)) == (meant is None)


@pytest.mark.parametrize(
    ("pattern", "value", "meant"),
    [
        ("%d.%m.%Y %H:%M", "01.05.2026 9:05", "2026-05-01 06:05:00"),
        ("%d.%m.%y %I:%M %p", "01.05.26 09:05 PM", "2026-05-01 18:05:00"),
        ("%d.%m.%Y", "01.05.2026", "2026-04-30 21:00:00"),
        ("%d.%m.%Y %H:%M", "01.05.2026 09:05 +00:00", "2026-05-01 09:05:00"),
        ("%Y/%m/%d %H:%M:%S %z", "2026/05/01 10:00:00 +0200", "2026-05-01 08:00:00"),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-05-01T10:00:00+02:00", "2026-05-01 08:00:00"),
        ("%Y-%m-%dT%H:%M:%S%:z", "2026-05-01T10:00:00+02:00", "2026-05-01 08:00:00"),
        ("%Y-%m-%dT%H:%M:%SZ", "2026-05-01T10:00:00Z", "2026-05-01 10:00:00"),
        ("%a %b %d %H:%M:%S %z %Y", "Fri May 01 10:00:00 +0200 2026", "2026-05-01 08:00:00"),
        ("%d.%m.%Y %H:%M", "2026-05-01 09:05", None),
    ],
)
def test_a_date_and_time_by_a_pattern(contacts: Contacts, pattern: str, value: str, meant: str | None) -> None:
    table = contacts(of_values([value]), types={"v": "datetime"}, dates=pattern, zone="Europe/Riga")
    assert [str(at) if at else None for at in column(table, "v")] == [meant]


def test_the_zone_of_a_source_is_that_of_its_times_without_an_offset(contacts: Contacts) -> None:
    values = ["2026-05-01 09:00", "2026-05-01 09:00Z", "2026-05-01"]
    table = contacts(of_values(values), types={"v": "datetime"}, zone="Europe/Riga", timezone="America/New_York")
    assert column(table, "v") == [datetime(2026, 5, 1, 13), datetime(2026, 5, 1, 9), datetime(2026, 5, 1, 4)]


def test_the_day_of_an_instant_in_a_column_of_days_is_that_of_the_zone(contacts: Contacts) -> None:
    values = ["2026-05-01T23:30:00Z", "2026-05-01 23:30", "2026-05-01T00:30:00+05:00"]
    table = contacts(of_values(values), types={"v": "date"}, zone="Europe/Riga")
    assert column(table, "v") == [date(2026, 5, 2), date(2026, 5, 1), date(2026, 4, 30)]


# --- time zones, against the standard library ----------------------------------------------------------------

ZONES = ("Europe/Riga", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC")


@cache
def changes(zone: str) -> list[datetime]:
    """Naive UTC instants at which the zone's clock is changed, to the minute."""
    rule = ZoneInfo(zone)

    def offset(at: datetime) -> timedelta | None:
        return at.replace(tzinfo=UTC).astimezone(rule).utcoffset()

    found = []
    days = [datetime(1975, 1, 1) + timedelta(days=7 * week) for week in range(52 * 75)]
    for low, high in pairwise(days):
        early, late = low, high
        if offset(low) != offset(high):
            while late - early > timedelta(minutes=1):
                middle = early + (late - early) / 2
                early, late = (middle, late) if offset(middle) == offset(low) else (early, middle)
            found.append(late.replace(second=0, microsecond=0))
    return found or [datetime(2026, 1, 1)]


@st.composite
def wall_times(draw: st.DrawFn) -> tuple[str, list[datetime]]:
    """A zone, and wall times within two days of its changes."""
    zone = draw(st.sampled_from(ZONES))
    near = st.builds(
        lambda at, minutes: at + timedelta(minutes=minutes),
        st.sampled_from(changes(zone)),
        st.integers(-48 * 60, 48 * 60),
    )
    anywhere = st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1))
    return zone, draw(st.lists(near | anywhere, min_size=1, max_size=50))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(wall_times())
def test_wall_times_are_the_instants_that_the_standard_library_finds(found: tuple[str, list[datetime]]) -> None:
    zone, walls = found
    expected = [wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None) for wall in walls]
    texts = pl.DataFrame({"v": [wall.isoformat() for wall in walls]})
    read = texts.select(instant(pl.col("v"), zone, ("iso",))).to_series()
    assert read.to_list() == expected


@pytest.mark.parametrize("zone", ZONES)
def test_every_minute_around_a_change_is_read(zone: str) -> None:
    walls = [at + timedelta(minutes=minute) for at in changes(zone)[-8:] for minute in range(-900, 900, 7)]
    expected = [wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None) for wall in walls]
    texts = pl.DataFrame({"v": [wall.isoformat(" ") for wall in walls]})
    assert texts.select(instant(pl.col("v"), zone, ("iso",))).to_series().to_list() == expected


# --- ids -----------------------------------------------------------------------------------------------------

CONTACTS: Spec = {"files": "contacts.csv", "id": "email"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("  Ann@X.COM ", "ann@x.com"),
        ("ÄNN@x.com", "änn@x.com"),
        ("a+b@x.com", "a+b@x.com"),
        ("o'neil@x.com", "o'neil@x.com"),
    ],
)
def test_addresses_are_trimmed_and_lower_cased(contacts: Contacts, written: str, meant: str) -> None:
    table = contacts(f"email\n{written}\n")
    assert (ids(table), column(table, "email")) == ([meant], [meant])


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (" aB ", "aB"),
        ("007", "007"),
        ("'007", "007"),
        ("''007", "'007"),
        ("' 007", "007"),
        ("123.0", "123"),
        ("'123.0", "123"),
        ("123.00", "123.00"),
        ("123.5", "123.5"),
        ("a.0", "a.0"),
        ("12345678901234567890", "12345678901234567890"),
        ("+371 26 123 456", "+371 26 123 456"),
        ("+1 (202) 358-0001", "+1 (202) 358-0001"),
        ("-5", "-5"),
        ("@ann", "@ann"),
        ("a'b", "a'b"),
    ],
)
def test_other_ids_are_text_as_it_stands(contacts: Contacts, written: str, meant: str) -> None:
    table = contacts(f"Key\n{written}\n", id="Key")
    assert (ids(table), column(table, "Key"), table.columns.types["Key"]) == ([meant], [meant], "text")


def test_an_id_is_an_address_where_most_of_the_column_are(contacts: Contacts) -> None:
    assert ids(contacts("login\nA@x.com\nB@x.com\nRoot\n", id="login")) == ["a@x.com", "b@x.com", "root"]
    assert ids(contacts("login\nA@x.com\nAnn\nRoot\n", id="login")) == ["A@x.com", "Ann", "Root"]


def test_a_declared_text_is_no_address(contacts: Contacts) -> None:
    assert ids(contacts("login\nA@x.com\n", id="login", types={"login": "text"})) == ["A@x.com"]


@pytest.mark.parametrize(
    ("kind", "text", "kept", "why"),
    [("email", "bob", "ann@x.com", "is no e-mail address"), ("integer", "x7", "007", "is no whole number")],
)
def test_a_row_whose_id_does_not_fit_its_declared_type_is_rejected(
    contacts: Contacts, kind: str, text: str, kept: str, why: str
) -> None:
    table = contacts(f"key,n\n{text},1\n{kept},2\n", id="key", types={"key": kind})
    assert ids(table) == [kept]
    assert rejects(table) == [("contacts.csv", 2, "key", text, why)]
    assert table.accounting == Accounting(read=2, kept=1, rejected=1)


@pytest.mark.parametrize("blank", ["", "  ", "'", "' ", "-"])
def test_a_row_without_an_id_is_rejected(contacts: Contacts, blank: str) -> None:
    table = contacts(f"key,n\n{blank},1\nx,2\n", id="key", missing="-")
    assert ids(table) == ["x"]
    assert [found[1:3] for found in rejects(table)] == [(2, "key")]
    assert rejects(table)[0][4] == "the row does not say whose it is"


@pytest.mark.parametrize("key", ["=1+1", "'=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-cmd|x", "＝1", "a;=1", "a\t=1"])
def test_a_row_whose_id_would_run_in_a_spreadsheet_is_rejected(contacts: Contacts, key: str) -> None:
    table = contacts(f'key,n\n"{key}",1\n', id="key", delimiter=",")
    assert ids(table) == []
    assert rejects(table)[0][4] == "a spreadsheet would run this id as a formula"


@pytest.mark.parametrize(
    ("their_ids", "written"),
    [
        (["a@x.com"], " A@X.com"),
        (["Key7"], "Key7"),
        (["007"], "'007"),
        (["123"], "123.0"),
        (["'12'"], "''12'"),
    ],
)
def test_the_contact_of_other_sources_is_normalised_as_the_id_is(
    tmp_path: Path, their_ids: list[str], written: str
) -> None:
    listed = "".join(f"{key}\n" for key in their_ids).replace("'12'", "''12'")
    files = {
        "contacts.csv": f"id\n{listed}",
        "e.csv": f"who,at\n{written},2026-01-01\n",
        "t.csv": f"who,n\n{written},5\n",
    }
    sources = {
        "contacts": {"files": "contacts.csv", "id": "id"},
        "e": {"files": "e.csv", "contact": "who", "time": "at"},
        "t": {"files": "t.csv", "contact": "who"},
    }
    found = evaluate(tmp_path, files, sources, {"did": {"did": "e"}, "has": {"field": "t.n", "is": 5}})
    assert found.members == {"did": their_ids, "has": their_ids}


def test_the_case_of_an_id_that_is_no_address_is_its_own(tmp_path: Path) -> None:
    files = {"contacts.csv": "id\nab\nAB\n", "e.csv": "who,at\nAB,2026-01-01\n"}
    sources = {
        "contacts": {"files": "contacts.csv", "id": "id"},
        "e": {"files": "e.csv", "contact": "who", "time": "at"},
    }
    found = evaluate(tmp_path, files, sources, {"did": {"did": "e"}})
    assert found.members == {"did": ["AB"]}


# --- one row for each contact --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("duplicates", "kept"),
    [
        (None, {"email": "a@x.com", "n": 3, "m": None}),
        ("last", {"email": "a@x.com", "n": 3, "m": None}),
        ("first", {"email": "a@x.com", "n": 1, "m": 10}),
    ],
)
def test_one_whole_row_stands_for_a_contact(
    contacts: Contacts, duplicates: str | None, kept: dict[str, object]
) -> None:
    text = "email,n,m\na@x.com,1,10\nA@x.com ,2,20\na@X.com,3,\n"
    table = contacts(text, **({"duplicates": duplicates} if duplicates else {}))
    assert rows(table) == [kept]
    assert table.accounting == Accounting(read=3, kept=1, duplicates=2)


def test_a_repeated_contact_may_be_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, "email\na@x.com\nA@x.com\nb@x.com\n", duplicates="error")
    assert said == '1 row of "contacts" repeats an earlier email (duplicates: error refuses that)'


FILES = {"b.csv": "email,n\nx@x.com,2\n", "a.csv": "email,n\nx@x.com,1\n", "c.csv": "email,n\nx@x.com,3\n"}


@pytest.mark.parametrize(
    ("files", "duplicates", "kept"),
    [
        ("*.csv", "last", 3),
        ("*.csv", "first", 1),
        (["c.csv", "a.csv"], "last", 1),
        (["c.csv", "a.csv"], "first", 3),
        (["c.csv", "*.csv"], "first", 3),
        (["c.csv", "*.csv"], "last", 2),
    ],
)
def test_files_count_in_the_order_they_are_listed_and_patterns_by_name(
    tmp_path: Path, files: object, duplicates: str, kept: int
) -> None:
    spec = {"files": files, "id": "email", "duplicates": duplicates}
    assert column(evaluate(tmp_path, FILES, {"contacts": spec}).tables["contacts"], "n") == [kept]


def test_a_file_that_two_patterns_name_is_read_once(tmp_path: Path) -> None:
    spec = {"files": ["a.csv", "?.csv"], "id": "email"}
    table = evaluate(tmp_path, FILES, {"contacts": spec}).tables["contacts"]
    assert [file.path for file in table.files] == ["a.csv", "b.csv", "c.csv"]
    assert table.accounting.read == 3


def test_a_rejected_row_is_no_duplicate(contacts: Contacts) -> None:
    table = contacts("email,n\na@x.com,1\n,2\n,3\n")
    assert table.accounting == Accounting(read=3, kept=1, rejected=2)


def test_tables_of_attributes_keep_one_row_too(tmp_path: Path) -> None:
    files = {"contacts.csv": "email\na@x.com\n", "t.csv": "email,n\nA@x.com,1\na@x.com,2\nz@x.com,3\n"}
    sources = {"contacts": CONTACTS, "t": {"files": "t.csv", "contact": "email", "duplicates": "first"}}
    found = evaluate(tmp_path, files, sources, {"one": {"field": "t.n", "is": 1}})
    assert found.members == {"one": ["a@x.com"]}
    assert found.tables["t"].accounting == Accounting(read=3, kept=2, duplicates=1, strangers=1)


# --- events --------------------------------------------------------------------------------------------------

PEOPLE = "email\na@x.com\nb@x.com\nc@x.com\n"
MAIL: Spec = {"files": "mail.csv", "contact": "email", "time": "at"}


def of_events(
    folder: Path, text: str | Mapping[str, Content], segments: Mapping[str, object], **settings: object
) -> Evaluation:
    """Three contacts and one source of events."""
    files: Mapping[str, Content] = {"mail.csv": text} if isinstance(text, str) else text
    return evaluate(
        folder, {"contacts.csv": PEOPLE, **files}, {"contacts": CONTACTS, "mail": {**MAIL, **settings}}, segments
    )


def counts(folder: Path, text: str | Mapping[str, Content], name: str = "mail", **settings: object) -> dict[str, int]:
    """How many events of a name each of the three contacts has."""
    segments = {f"n{number}": {"did": name, "exactly": number} for number in range(5)}
    found = of_events(folder, text, segments, **settings)
    return {key: int(segment[1:]) for segment, members in found.members.items() for key in members}


def test_rows_are_events_of_the_source_by_its_name(tmp_path: Path) -> None:
    text = "email,at\nA@x.com,2026-01-01\na@x.com,2026-01-02\nb@x.com,2026-01-01\n"
    assert counts(tmp_path, text) == {"a@x.com": 2, "b@x.com": 1, "c@x.com": 0}


def test_rows_are_events_of_the_name_that_the_source_gives(tmp_path: Path) -> None:
    text = "email,at\na@x.com,2026-01-01\n"
    assert counts(tmp_path, text, "purchase", event_name="purchase")["a@x.com"] == 1


NAMED = """email,at,action
a@x.com,2026-01-01,Opened
a@x.com,2026-01-02, open
b@x.com,2026-01-01,OPENED
b@x.com,2026-01-02,Clicked
c@x.com,2026-01-01,
"""


@pytest.mark.parametrize(
    ("name", "expected"),
    [("open", [2, 0, 0]), ("click", [0, 1, 0]), ("OPENED", [0, 1, 0]), ("any", [2, 2, 1]), ("mail.any", [2, 2, 1])],
)
def test_names_of_events_are_matched_exactly_and_then_given_ours(
    tmp_path: Path, name: str, expected: list[int]
) -> None:
    found = counts(tmp_path, NAMED, name, event="action", events={"open": ["Opened", "open"], "click": "Clicked"})
    assert list(dict(sorted(found.items())).values()) == expected


def test_an_event_that_is_not_named_keeps_its_spelling(tmp_path: Path) -> None:
    assert counts(tmp_path, NAMED, "Clicked", event="action", events={"open": "Opened"})["b@x.com"] == 1


def test_a_row_whose_event_is_blank_is_an_event_without_a_name(tmp_path: Path) -> None:
    found = of_events(tmp_path, NAMED, {"any": {"did": "any"}}, event="action")
    assert "c@x.com" in found.members["any"]
    assert found.tables["mail"].accounting == Accounting(read=5, kept=5)


@pytest.mark.parametrize("at", ["", " ", "soon", "2026-02-30"])
def test_an_event_without_a_time_is_rejected(tmp_path: Path, at: str) -> None:
    table = of_events(tmp_path, f"email,at\na@x.com,{at}\nb@x.com,2026-01-01\n", {"all": "everyone"}).tables["mail"]
    assert table.accounting == Accounting(read=2, kept=1, rejected=1)
    why = "is no date and time" if at.strip() else "the event has no time"
    assert rejects(table) == [("mail.csv", 2, "at", at.strip() or None, why)]


def test_a_source_without_time_holds_undated_events(tmp_path: Path) -> None:
    segments = {
        "ever": {"did": "webinar"},
        "lately": {"did": "webinar", "in_last": "100 years"},
        "not_lately": {"did_not": "webinar", "in_last": "100 years"},
        "before": {"did": "webinar", "before": "2100-01-01"},
    }
    files = {"contacts.csv": PEOPLE, "w.csv": "email\na@x.com\n"}
    sources = {"contacts": CONTACTS, "w": {"files": "w.csv", "contact": "email", "event_name": "webinar"}}
    found = evaluate(tmp_path, files, sources, segments)
    everyone = ["a@x.com", "b@x.com", "c@x.com"]
    assert found.members == {"ever": ["a@x.com"], "lately": [], "not_lately": everyone, "before": []}


def test_events_of_strangers_are_counted_and_belong_to_nobody(tmp_path: Path) -> None:
    text = "email,at\na@x.com,2026-01-01\nz@x.com,2026-01-01\ny@x.com,2026-01-01\n,2026-01-01\n"
    found = of_events(tmp_path, text, {"did": {"did": "mail"}})
    assert found.members == {"did": ["a@x.com"]}
    assert found.tables["mail"].accounting == Accounting(read=4, kept=3, rejected=1, strangers=2)


def test_a_cell_that_a_rule_looks_at_is_rejected_in_an_event_that_is_kept(tmp_path: Path) -> None:
    text = "email,at,amount\na@x.com,2026-01-01,x\na@x.com,2026-01-02,5\n"
    found = of_events(
        tmp_path, text, {"spent": {"did": "mail", "sum": "amount", "at_least": 5}}, types={"amount": "number"}
    )
    assert found.members == {"spent": ["a@x.com"]}
    assert rejects(found.tables["mail"]) == [("mail.csv", 2, "amount", "x", "is no number")]
    assert found.tables["mail"].accounting == Accounting(read=2, kept=2, cells=1)


# --- unique --------------------------------------------------------------------------------------------------


def test_rows_with_one_value_are_one_event(tmp_path: Path) -> None:
    text = "email,at,id\na@x.com,2026-01-01,1\na@x.com,2026-01-02,1\na@x.com,2026-01-03,2\n"
    assert counts(tmp_path, text, unique="id")["a@x.com"] == 2


def test_rows_must_agree_in_all_the_columns(tmp_path: Path) -> None:
    text = "email,at,id,part\na@x.com,2026-01-01,1,x\na@x.com,2026-01-02,1,y\na@x.com,2026-01-03,1,x\n"
    assert counts(tmp_path, text, unique=["id", "part"])["a@x.com"] == 2


def test_a_missing_value_makes_no_two_rows_one(tmp_path: Path) -> None:
    text = "email,at,id,part\n" + "a@x.com,2026-01-01,,x\n" * 2 + "b@x.com,2026-01-01,1,\n" * 2
    found = counts(tmp_path, text, unique=["id", "part"])
    assert (found["a@x.com"], found["b@x.com"]) == (2, 2)


def test_the_rows_that_were_one_event_are_duplicates(tmp_path: Path) -> None:
    text = "email,at,id\n" + "a@x.com,2026-01-01,1\n" * 3 + "a@x.com,,1\n"
    found = of_events(tmp_path, text, {"all": "everyone"}, unique="id")
    assert found.tables["mail"].accounting == Accounting(read=4, kept=1, duplicates=2, rejected=1)


EARLIEST = ["a@x.com,2026-03-01,1,late", "a@x.com,2026-01-01,1,early", "a@x.com,2026-02-01,1,middle"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
@pytest.mark.parametrize("split", [0, 1, 2])
def test_the_earliest_row_stands_for_all_in_whatever_order_and_file(
    tmp_path: Path, order: tuple[int, ...], split: int
) -> None:
    lines = [EARLIEST[place] for place in order]
    parts = [lines[:split], lines[split:]]
    files = {f"mail-{number}.csv": "\n".join(["email,at,id,what", *part, ""]) for number, part in enumerate(parts)}
    segments = {word: {"did": "mail", "where": {"field": "what", "is": word}} for word in ("early", "middle", "late")}
    found = of_events(tmp_path, files, segments, files="mail-*.csv", unique="id")
    assert found.members == {"early": ["a@x.com"], "middle": [], "late": []}


@pytest.mark.parametrize("kind", ["text", "list"])
def test_of_rows_at_one_instant_the_same_one_stands_in_whatever_order(tmp_path: Path, kind: str) -> None:
    lines = [f"a@x.com,2026-01-01,1,{word}" for word in ("x", "y")]
    operator = "has" if kind == "list" else "is"
    segments = {word: {"did": "mail", "where": {"field": "what", operator: word}} for word in ("x", "y")}
    found = [
        of_events(
            tmp_path, "\n".join(["email,at,id,what", *order, ""]), segments, unique="id", types={"what": kind}
        ).members
        for order in (lines, lines[::-1])
    ]
    assert found[0] == found[1]
    assert sorted(map(len, found[0].values())) == [0, 1]


def test_undated_rows_may_be_one_event_too(tmp_path: Path) -> None:
    files = {"contacts.csv": PEOPLE, "w.csv": "email,id\na@x.com,1\na@x.com,1\na@x.com,2\n"}
    spec = {"files": "w.csv", "contact": "email", "event_name": "webinar", "unique": "id"}
    found = evaluate(tmp_path, files, {"contacts": CONTACTS, "w": spec}, {"two": {"did": "webinar", "exactly": 2}})
    assert found.members == {"two": ["a@x.com"]}


# --- only ----------------------------------------------------------------------------------------------------


def test_rows_that_the_condition_refuses_are_not_read(contacts: Contacts) -> None:
    text = "email,state\na@x.com,NJ\nb@x.com,NY\nc@x.com,\n"
    table = contacts(text, only={"field": "state", "is": "nj"})
    assert ids(table) == ["a@x.com"]
    assert table.accounting == Accounting(read=3, kept=1, filtered=2)


def test_the_condition_is_judged_before_ids_and_duplicates_are_looked_at(contacts: Contacts) -> None:
    text = "email,n\na@x.com,1\na@x.com,2\n,2\n,1\n"
    table = contacts(text, only={"field": "n", "is": 1})
    assert column(table, "n") == [1]
    assert table.accounting == Accounting(read=4, kept=1, rejected=1, filtered=2)
    assert rejected_rows(table) == [5]


def test_the_condition_is_judged_before_times_are_looked_at(tmp_path: Path) -> None:
    text = "email,at,kind\na@x.com,,x\na@x.com,2026-01-01,y\na@x.com,,y\n"
    found = of_events(tmp_path, text, {"did": {"did": "mail"}}, only={"field": "kind", "is": "y"})
    assert found.tables["mail"].accounting == Accounting(read=3, kept=1, rejected=1, filtered=1)


def test_the_condition_sees_typed_cells(contacts: Contacts) -> None:
    text = 'email,n,tags\na@x.com,10,"x,y"\nb@x.com,9,y\nc@x.com,11,z\nd@x.com,word,y\n'
    both = {"all": [{"field": "n", "at_least": 10}, {"field": "tags", "has": "Y"}]}
    table = contacts(text, types={"n": "integer", "tags": "list"}, only=both)
    assert ids(table) == ["a@x.com"]
    assert table.accounting == Accounting(read=4, kept=1, filtered=3)


def test_a_cell_of_a_row_that_is_not_read_is_not_rejected(contacts: Contacts) -> None:
    text = "email,n,state\na@x.com,word,NY\nb@x.com,word,NJ\n"
    table = contacts(text, types={"n": "integer"}, only={"field": "state", "is": "NJ"})
    assert rejected_rows(table) == [3]
    assert table.accounting == Accounting(read=2, kept=1, filtered=1, cells=1)


def test_a_missing_value_passes_a_negative_condition(contacts: Contacts) -> None:
    table = contacts("email,state\na@x.com,NJ\nb@x.com,\n", only={"field": "state", "is_not": "NJ"})
    assert ids(table) == ["b@x.com"]


def test_the_condition_of_events_may_look_at_a_column_that_no_rule_uses(tmp_path: Path) -> None:
    text = "email,at,kind\na@x.com,2026-01-01,x\nb@x.com,2026-01-01,y\n"
    found = of_events(tmp_path, text, {"did": {"did": "mail"}}, only={"field": "Kind", "is": "x"})
    assert found.members == {"did": ["a@x.com"]}


# --- files ---------------------------------------------------------------------------------------------------


def test_optional_files_may_be_absent(tmp_path: Path) -> None:
    files = {"contacts.csv": PEOPLE}
    sources = {"contacts": CONTACTS, "mail": {**MAIL, "files": ["mail/*.csv", "more.csv"], "optional": True}}
    found = evaluate(tmp_path, files, sources, {"did": {"did": "mail"}, "not": {"did_not": "mail"}})
    assert found.members == {"did": [], "not": ["a@x.com", "b@x.com", "c@x.com"]}
    assert found.tables["mail"].accounting == Accounting(read=0, kept=0)


def test_an_absent_optional_table_has_the_columns_that_are_declared(tmp_path: Path) -> None:
    spec = {"files": "t.csv", "contact": "email", "optional": True, "types": {"n": "integer"}}
    found = evaluate(
        tmp_path, {"contacts.csv": PEOPLE}, {"contacts": CONTACTS, "t": spec}, {"n": {"field": "t.n", "is": 1}}
    )
    assert found.members == {"n": []}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ("contact.csv", 'there is no file contact.csv; did you mean "contacts.csv"?'),
        ("exports/contacts.csv", 'there is no folder exports, where source "contacts" should be'),
        ("*.tsv", 'no file fits *.tsv, for source "contacts"; check the folder and the name'),
    ],
)
def test_a_file_that_is_not_there_is_said(tmp_path: Path, files: str, said: str) -> None:
    write(tmp_path, {"contacts.csv": PEOPLE})
    assert refusal(tmp_path, PEOPLE, files=files) == said


@pytest.mark.parametrize("name", ["[may].csv", "what?.csv", "a*b.csv", "a b ä.csv", "#1.csv", "a%20b.csv"])
def test_a_file_may_have_any_name(contacts: Contacts, name: str) -> None:
    assert ids(contacts(PEOPLE, name)) == ["a@x.com", "b@x.com", "c@x.com"]


def test_the_rows_of_every_file_are_counted(tmp_path: Path) -> None:
    files = {"1.csv": "email,n\na@x.com,1\n,2\n", "2.csv": "email,n\nb@x.com,1,2\n", "3.csv": "email,n\n"}
    table = evaluate(tmp_path, files, {"contacts": {"files": "*.csv", "id": "email"}}).tables["contacts"]
    assert [(file.path, file.rows) for file in table.files] == [("1.csv", 2), ("2.csv", 1), ("3.csv", 0)]


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reading = text_cells.read

    def read_and_append(*arguments: Any, **options: Any) -> object:
        found = reading(*arguments, **options)
        with (tmp_path / "contacts.csv").open("a") as stream:
            stream.write("late@x.com\n")
        return found

    monkeypatch.setattr(text_cells, "read", read_and_append)
    said = refusal(tmp_path, PEOPLE)
    assert said == "contacts.csv changed while it was read; wait until the export is finished and run again"


# --- text files ----------------------------------------------------------------------------------------------

DIALECTS: dict[str, tuple[bytes, Spec]] = {
    "comma": (b"email,n\nA@x.com,1\n", {}),
    "semicolon": (b"email;n\nA@x.com;1\n", {}),
    "tab": (b"email\tn\nA@x.com\t1\n", {}),
    "bar": (b"email|n\nA@x.com|1\n", {}),
    "semicolon, with commas in the cells": (b'email;n;"x, y"\nA@x.com;1;\n', {}),
    "said to be tab": (b"email\tn,m,o\nA@x.com\t1\n", {"delimiter": "tab", "columns": {"n": "n,m,o"}}),
    "UTF-8 with a mark": ("\ufeffemail,n\nA@x.com,1\n".encode(), {}),
    "UTF-8 with a mark before a quote": ('\ufeff"email","n"\n"A@x.com","1"\n'.encode(), {}),
    "UTF-16": ("email\tn\nA@x.com\t1\n".encode("utf-16"), {}),
    "UTF-16 the other way": (b"\xfe\xff" + "email,n\nA@x.com,1\n".encode("utf-16-be"), {}),
    "UTF-16 without a mark": ("email,n\nA@x.com,1\n".encode("utf-16-be"), {}),
    "UTF-16 without a mark, said": ("email,n\nA@x.com,1\n".encode("utf-16-le"), {"encoding": "utf-16-le"}),
    "CRLF": (b"email,n\r\nA@x.com,1\r\n", {}),
    "CR alone": (b"email,n\rA@x.com,1\r", {}),
    "no line end at the end": (b"email,n\nA@x.com,1", {}),
    "blank lines": (b"email,n\n\n\nA@x.com,1\n\n  \n,\n\n", {}),
    "quotes": (b'"email","n"\n"A@x.com","1"\n', {}),
    "blank cells at the end": (b"email,n\nA@x.com,1,,\n", {}),
    "rows above the header": (b'Report "May\nof 5" nails\n\nemail,n\nA@x.com,1\n', {"skip_rows": 3}),
    "a quoted line end above the header": (b'"Report\nof May"\nemail,n\nA@x.com,1\n', {"skip_rows": 1}),
    "blank lines above the header": (b"\n\nemail,n\nA@x.com,1\n", {"skip_rows": 2}),
}


@pytest.mark.parametrize("name", DIALECTS)
def test_the_way_a_file_is_written_does_not_matter(contacts: Contacts, name: str) -> None:
    content, settings = DIALECTS[name]
    table = contacts(content, **settings)
    assert [(row["email"], row["n"]) for row in rows(table)] == [("a@x.com", 1)]
    assert table.accounting == Accounting(read=1, kept=1)


@pytest.mark.parametrize(
    ("encoding", "said"),
    [("utf-8", None), ("utf-16", None), ("windows-1252", None), ("utf-8-sig", None), ("mac-roman", "mac-roman")],
)
def test_accents_survive_every_encoding(contacts: Contacts, encoding: str, said: str | None) -> None:
    table = contacts(of_values(["Zoë Müller", "naïve €"]).encode(encoding), **({"encoding": said} if said else {}))
    assert column(table, "v") == ["Zoë Müller", "naïve €"]


def test_how_an_unusual_file_was_read_is_told(contacts: Contacts) -> None:
    assert contacts("email;n\na@x.com;é\n".encode("windows-1252")).notes == (
        "contacts.csv was read as windows-1252, separated by semicolon",
    )
    assert contacts("email,n\na@x.com,é\n").notes == ()


def test_the_first_accent_tells_the_encoding_wherever_it_is(contacts: Contacts) -> None:
    table = contacts(b"email,n\n" + b"a@x.com,1\n" * 30_000 + b"b@x.com,\xe9\n")
    assert rows(table)[-1] == {"email": "b@x.com", "n": "é"}


def test_an_encoding_that_does_not_fit_further_down_is_refused(tmp_path: Path) -> None:
    content = "email,n\né@x.com,1\n".encode() + b"a@x.com,1\n" * 30_000 + b"b@x.com,\xe9\n"
    said = refusal(tmp_path, content)
    assert said.startswith(f"contacts.csv is not written in utf-8 throughout (at byte {len(content) - 2})")


@pytest.mark.parametrize(
    "cell",
    ['5" nail', 'say ""hi""', '"quoted" and more', 'a""b', "it's", 'x"', '6" pipe', "\\", "#", "a\tb", "a;b", "a|b"],
)
def test_stray_marks_in_a_cell_change_no_other_cell(contacts: Contacts, cell: str) -> None:
    table = contacts(f"email,note,n\na@x.com,{cell},1\nb@x.com,x,2\nc@x.com,{cell},3\n", delimiter=",")
    assert [(row["email"], row["n"]) for row in rows(table)] == [("a@x.com", 1), ("b@x.com", 2), ("c@x.com", 3)]


def test_stray_marks_in_a_large_file_lose_no_row(contacts: Contacts) -> None:
    lines = [
        f"{number:05}@x.com,{'5 nail' if number % 7 else chr(34).join(('5', ' nail'))},{number}"
        for number in range(20_000)
    ]
    table = contacts("\n".join(["email,note,n", *lines]))
    assert column(table, "n") == list(range(20_000))


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_quoted_cell_may_go_over_several_lines(contacts: Contacts, end: str) -> None:
    text = f'email,note,n{end}a@x.com,"one{end}two, ""three""{end}",1{end}b@x.com,x,2{end}'
    table = contacts(text)
    assert column(table, "n") == [1, 2]
    assert column(table, "note")[0].split() == ["one", "two,", '"three"']


def test_rows_that_end_with_cr_may_hold_other_line_ends(contacts: Contacts) -> None:
    assert column(contacts('email,note,n\ra@x.com,"one\ntwo",1\rb@x.com,x,2\r'), "n") == [1, 2]


def test_a_few_rows_may_end_with_cr(contacts: Contacts) -> None:
    assert column(contacts("email,n\na@x.com,1\rb@x.com,2\nc@x.com,3\n"), "n") == [1, 2, 3]


TITLED = {
    "a title": "Contacts, May 2026\nemail;n\n",
    "titles with cells": "Report;Contacts;;\nOf;May;2026;\nemail;n\n",
    "comments": "# made by hand, on Monday\n# email\n\nemail;n\n",
    "a title that spans lines": '"Contacts\nof May"\n\nemail;n\n',
    "a title with quotation marks": 'The "good" ones, of 5"\nemail;n\n',
}


@pytest.mark.parametrize("above", TITLED.values(), ids=TITLED.keys())
def test_the_header_is_found_below_what_stands_above_it(contacts: Contacts, above: str) -> None:
    table = contacts(above + "a@x.com;1,5\nb@x.com;2,5\nc@x.com;3\nd@x.com\n", decimal=",")
    assert rows(table) == [
        {"email": "a@x.com", "n": 1.5},
        {"email": "b@x.com", "n": 2.5},
        {"email": "c@x.com", "n": 3},
    ]
    place = len(list(csv.reader(io.StringIO(above), delimiter=";")))
    assert rejected_rows(table) == [place + 4]
    assert f"contacts.csv: the table begins with its header in row {place}; " in table.notes[-1]


def test_the_header_of_a_sheet_is_found_below_what_stands_above_it(contacts: Contacts) -> None:
    sheet = [["Contacts of May"], [], ["Made by", "Ann"], ["n", "email"], [1, "a@x.com"], ["soon", "b@x.com"]]
    table = contacts(sheet, "contacts.xlsx", types={"n": "integer"})
    assert rows(table) == [{"n": 1, "email": "a@x.com"}, {"n": None, "email": "b@x.com"}]
    assert rejected_rows(table) == [6]
    said = "contacts.xlsx: the table begins with its header in row 4; rows 1 to 3 above it are no part of it"
    assert table.notes == (said,)


def test_rows_above_the_header_are_as_many_as_the_source_says(tmp_path: Path) -> None:
    said = refusal(tmp_path, "Contacts\nemail,n\na@x.com,1\n", skip_rows=0)
    assert said == 'contacts.csv has no column "email"; it has Contacts'


def test_the_header_is_that_with_the_id_although_a_row_above_looks_like_one(contacts: Contacts) -> None:
    table = contacts("Who,What\n\nemail,n\na@x.com,1\n")
    assert rows(table) == [{"email": "a@x.com", "n": 1}]


ENDED = [
    "Grand Totals (5700 records)",
    "Total;;1.234,50",
    "Sum: 12;;",
    "Confidential Information - Do Not Distribute",
    "Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved.",
    "Generated on 2026-05-01;;",
    "# end of report",
    "3 rows;;",
    "-----;;",
]


@pytest.mark.parametrize("line", ENDED)
@pytest.mark.parametrize("end", ["", "\n", "\n\n;;\n"])
def test_totals_and_remarks_below_the_table_are_no_rows(contacts: Contacts, line: str, end: str) -> None:
    text = f"key;n;m\na;1;2\nb;3;4\n\n{line}\n;;\nTotal;4;\n{line}{end}"
    for name, content in (("c.csv", text), ("c.xlsx", [row.split(";") for row in text.split("\n")])):
        table = contacts(content, name, id="key")
        assert ids(table) == ["a", "b"]
        said = " ".join(line.replace(";", " ").split())
        reason = "it stands below the table, and is no row of it"
        below = [(row, None, said if row != 7 else "Total 4", reason) for row in (5, 7, 8)]
        assert [found[1:] for found in rejects(table)] == below
        assert table.accounting == Accounting(read=5, kept=2, rejected=3)


@pytest.mark.parametrize("last", ["Total Wine;1;2", "c@x.com;;", "Ann Smith;;", "Sumner;;", "12;;"])
def test_what_could_be_somebody_at_the_end_is_a_row(contacts: Contacts, last: str) -> None:
    assert len(ids(contacts(f"key;n;m\na;1;2\n{last}\n", id="key"))) == 2


def test_a_total_in_the_midst_is_a_row(contacts: Contacts) -> None:
    assert ids(contacts("key,n\na,1\nTotal,\nb,2\n", id="key")) == ["Total", "a", "b"]


FOREIGN = {
    "mac-roman": "Jürgen Müller, Café",
    "windows-1251": "Привет",
    "iso-8859-7": "Καλημέρα",
    "cp1250": "Pawłowski",
}


@pytest.mark.parametrize(("encoding", "word"), FOREIGN.items())
def test_a_text_whose_words_are_none_is_in_another_encoding(tmp_path: Path, encoding: str, word: str) -> None:
    content = f"email;n\na@x.com;{word}\n".encode(encoding)
    assert "say in which encoding: it is" in refusal(tmp_path, content)
    found = evaluate(
        tmp_path,
        {"contacts.csv": content},
        {"contacts": {"files": "contacts.csv", "id": "email", "encoding": encoding}},
    )
    assert column(found.tables["contacts"], "n") == [word]


@pytest.mark.parametrize("word", ["Zoë", "Škoda", "DUŠAN", "cœur", "“A–B”", "O’Neil™", "naïveté", "Ænes", "10 €"])
def test_words_of_western_languages_are_read_without_asking(contacts: Contacts, word: str) -> None:
    text = f"email;n\na@x.com;{word}\n".encode("windows-1252")
    assert column(contacts(text, types={"n": "text"}), "n") == [word]


def test_blanks_before_quotation_marks_are_none_of_the_cell(contacts: Contacts) -> None:
    table = contacts('"email", "n", "t"\n"a@x.com", "1", "x, y"\n"b@x.com", "2", ""\n')
    assert [tuple(row.values()) for row in rows(table)] == [("a@x.com", 1, "x, y"), ("b@x.com", 2, None)]


def test_a_mark_that_opens_in_the_last_row_spoils_that_row_alone(contacts: Contacts) -> None:
    table = contacts('email,n\na@x.com,1\nb@x.com,"2,3\n')
    assert ids(table) == ["a@x.com"]
    assert [found[1:] for found in rejects(table)] == [
        (3, None, None, "a quotation mark opens in this row and is never closed")
    ]


def test_a_quotation_mark_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    said = refusal(tmp_path, 'email,n\na@x.com,1\nb@x.com,"2\nc@x.com,3\nd@x.com,4\n')
    assert said == (
        "a quotation mark opens in row 3 of contacts.csv and takes in all that follows; "
        "close it there, or export the file again"
    )


def test_a_row_that_takes_in_others_by_its_quotation_marks_is_rejected_with_how_many(contacts: Contacts) -> None:
    table = contacts('email,n\na@x.com,"1\nb@x.com,2\nc@x.com,"3\nd@x.com,4\n')
    assert ids(table) == ["d@x.com"]
    assert [found[1:] for found in rejects(table)] == [
        (2, None, None, "its quotation marks do not match; it takes in 3 lines")
    ]
    assert table.accounting == Accounting(read=2, kept=1, rejected=1)


RAGGED = "email,n,m\n{first}\na@x.com,1,2\nb@x.com,3\nc@x.com\nd@x.com,4,5,6\ne@x.com,7,8,,\n"


@pytest.mark.parametrize("first", ["z@x.com,0,0", "z@x.com,0", "z@x.com", "", "z@x.com,0,0,0", '"z@x.com",",",","'])
def test_rows_with_too_few_cells_or_too_many_are_rejected_by_line(contacts: Contacts, first: str) -> None:
    table = contacts(RAGGED.format(first=first))
    read = [tuple(row.values()) for row in rows(table) if row["email"] != "z@x.com"]
    assert [tuple(map(str, row)) for row in read] == [("a@x.com", "1", "2")]
    assert [found[1:] for found in rejects(table) if found[1] != 2] == [
        (4, None, None, "the row has 2 cells and the header 3"),
        (5, None, None, "the row has 1 cell and the header 3"),
        (6, None, None, "the row has 4 cells and the header 3"),
        (7, None, None, "the row has 5 cells and the header 3"),
    ]
    assert len(rejects(table)) == 4 + (first in ("z@x.com,0", "z@x.com", "z@x.com,0,0,0"))


SHORT = (
    'email,n,m\na@x.com,1,\n{odd}\nb@x.com,3\n"c@x.com",",",\n"d,@x.com","4"\n"e\n@x.com",5,"6"\n"f\n,@x.com",7\n,\n'
)


@pytest.mark.parametrize("odd", ["", '"g@x.com","a ""b"", ""c"",",', 'g@x.com,5" x,'])
def test_a_row_is_short_by_its_cells_and_not_by_its_lines_or_marks(contacts: Contacts, odd: str) -> None:
    table = contacts(SHORT.format(odd=odd), types={"n": "text", "m": "text"})
    assert sorted(ids(table)) == sorted(["a@x.com", "c@x.com", "e\n@x.com", *(["g@x.com"] if odd else [])])
    assert rejected_rows(table) == [4, 6, 8]


@pytest.mark.parametrize("quoted", ["", '"x, y"'])
@pytest.mark.parametrize("end", ["", "\n"])
def test_separators_at_the_end_of_one_row_may_be_a_cell_too_many(contacts: Contacts, end: str, quoted: str) -> None:
    assert rejected_rows(contacts(f"email,n,m\na@x.com,{quoted},2\nb@x.com,,1,{end}")) == [3]
    assert rejected_rows(contacts(f"email,n,m\na@x.com,{quoted},2,\nb@x.com,,1,{end}")) == []


def test_columns_that_no_row_reaches_are_no_excuse_where_another_row_is_too_long(contacts: Contacts) -> None:
    assert rejected_rows(contacts("email,n,m\na@x.com,1\nb@x.com,1,2,3\n")) == [2, 3]


def test_columns_that_no_row_reaches_are_missing_and_said(contacts: Contacts) -> None:
    table = contacts("email,n,m,k\na@x.com,1,2\nb@x.com,3,4\n")
    assert [tuple(row.values()) for row in rows(table)] == [("a@x.com", 1, 2, None), ("b@x.com", 3, 4, None)]
    assert table.notes == ("contacts.csv: no row has more than 3 of the 4 cells of its header; the others are missing",)


def test_a_file_of_long_rows_alone_is_rejected_row_by_row(contacts: Contacts) -> None:
    table = contacts("email,n\na@x.com,1,2\nb@x.com,1,2\n")
    assert table.accounting == Accounting(read=2, kept=0, rejected=2)


@pytest.mark.parametrize("text", ["email,n", "email,n\n", "email,n\r\n", "\ufeffemail,n\n", "email,n\n\n,\n"])
def test_a_header_alone_is_a_table_without_rows(contacts: Contacts, text: str) -> None:
    table = contacts(text)
    assert (rows(table), table.accounting) == ([], Accounting(read=0, kept=0))
    assert table.notes == ("contacts.csv has a header and no rows",)
    assert list(table.columns.types) == ["email", "n"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "contacts.csv is empty; export it again"),
        (b"\n\n", "contacts.csv has no header row; see skip_rows"),
        (b"<!DOCTYPE html><html>", "contacts.csv is a web page, not a table; the export probably failed"),
        (b"\xef\xbb\xbf \r\n\t<html>\n", "contacts.csv is a web page, not a table; the export probably failed"),
        ("\ufeff<!-- x --><HTML>".encode("utf-16-le"), "contacts.csv is a web page, not a table"),
        (b'{"error": "no access"}', "contacts.csv is JSON, not a table; export it as CSV"),
        (b'\xef\xbb\xbf\n{\n  "error": "no access"\n}', "contacts.csv is JSON, not a table; export it as CSV"),
        (b'[\n  {"email": "a@x.com"}\n]', "contacts.csv is JSON, not a table; export it as CSV"),
        (b"[]", "contacts.csv is JSON, not a table; export it as CSV"),
        (b"\x1f\x8b\x08\x00", "contacts.csv is damaged or only partly downloaded; fetch it again"),
        (
            b"email,n\na@x.com,1\nb@x\0.com,2\n",
            "contacts.csv has a NUL byte in line 3, so it is damaged or no text file",
        ),
        (b"email\n\x81\n", "contacts.csv is not written in windows-1252; say encoding:"),
    ],
)
def test_what_is_no_table_is_said_to_be_none(tmp_path: Path, content: bytes, said: str) -> None:
    assert refusal(tmp_path, content).startswith(said)


def test_a_long_cell_is_read(contacts: Contacts) -> None:
    assert [len(text) for text in column(contacts(of_values(["x" * 500_000, "y"])), "v")] == [500_000, 1]


# --- workbooks -----------------------------------------------------------------------------------------------


def test_a_workbook_is_read_as_a_table(contacts: Contacts) -> None:
    sheet = [
        ["email", "n", "f", "b", "day", "at", "code"],
        ["A@x.com", 5, 2.5, True, date(2026, 1, 2), datetime(2026, 1, 2, 9, 30, 15), "007"],
        ["b@x.com", None, 3, False, None, datetime(2026, 1, 3), "8"],
    ]
    assert rows(contacts(sheet, "contacts.xlsx")) == [
        {
            "email": "a@x.com",
            "n": 5,
            "f": 2.5,
            "b": True,
            "day": date(2026, 1, 2),
            "at": datetime(2026, 1, 2, 9, 30, 15),
            "code": "007",
        },
        {"email": "b@x.com", "n": None, "f": 3.0, "b": False, "day": None, "at": datetime(2026, 1, 3), "code": "8"},
    ]


def test_dates_of_a_workbook_are_days_where_none_has_a_time(contacts: Contacts) -> None:
    sheet = [["email", "day", "at"], ["a@x.com", datetime(2026, 1, 2), datetime(2026, 1, 2)]]
    sheet.append(["b@x.com", datetime(2026, 1, 3), datetime(2026, 1, 3, 0, 0, 1)])
    table = contacts(sheet, "contacts.xlsx")
    assert (table.columns.types["day"], table.columns.types["at"]) == ("date", "datetime")


@pytest.mark.parametrize("dates", ["day_first", "%d.%m.%Y"])
def test_dates_that_a_workbook_knows_to_be_dates_are_read_however_others_are_written(
    contacts: Contacts, dates: str
) -> None:
    sheet = [["email", "day"], ["a@x.com", datetime(2026, 2, 1)], ["b@x.com", "03.04.2026"]]
    table = contacts(sheet, "contacts.xlsx", types={"day": "date"}, dates=dates)
    assert column(table, "day") == [date(2026, 2, 1), date(2026, 4, 3)]


def test_a_time_of_day_has_no_date(contacts: Contacts) -> None:
    table = contacts([["email", "t"], ["a@x.com", time(9, 5)]], "contacts.xlsx")
    assert column(table, "t") == ["09:05:00"]


def test_numbers_of_a_workbook_are_ids_without_a_point(contacts: Contacts) -> None:
    table = contacts([["id", "n"], [123, 1], [37126123456, 2], ["'007", 3]], "contacts.xlsx", id="id")
    assert ids(table) == ["007", "123", "37126123456"]


def test_formulas_that_nobody_calculated_and_merged_cells_are_told(contacts: Contacts) -> None:
    book = workbook({"Notes": [], "People": [["email", "n", "m"], ["a@x.com", "=1+1", 1], ["b@x.com", 2, "=B3"]]})
    book["People"].append(["c@x.com", 3])
    book["People"].merge_cells("B4:C4")
    stream = io.BytesIO()
    book.save(stream)
    table = contacts(stream.getvalue(), "contacts.xlsx")
    assert column(table, "n") == [None, 2, 3]
    assert table.notes == (
        'contacts.xlsx: sheet "People" was read; no other that is visible has rows',
        "contacts.xlsx: 2 cells hold a formula that was never calculated (the first is B2) and count as missing; "
        "save the workbook in Excel",
        "contacts.xlsx: 1 range is merged below the header; a value counts in the first cell of it alone",
    )


def test_what_a_workbook_could_not_calculate_is_missing(contacts: Contacts) -> None:
    sheet = [["email", "n"], ["a@x.com", "#DIV/0!"], ["b@x.com", "#N/A"], ["c@x.com", 5]]
    assert column(contacts(sheet, "contacts.xlsx"), "n") == [None, None, 5]


def test_blank_rows_of_a_workbook_are_no_rows(contacts: Contacts) -> None:
    sheet = [["email", "n"], [None, None], ["a@x.com", 1], [], [" ", None], ["b@x.com", 2]]
    table = contacts(sheet, "contacts.xlsx")
    assert ids(table) == ["a@x.com", "b@x.com"]
    assert table.accounting == Accounting(read=2, kept=2)


def test_rows_above_the_header_of_a_workbook_are_skipped(contacts: Contacts) -> None:
    sheet = [["Report"], [], ["email", "n"], ["a@x.com", 1]]
    assert rows(contacts(sheet, "contacts.xlsx", skip_rows=2)) == [{"email": "a@x.com", "n": 1}]


def test_a_workbook_of_fewer_rows_than_are_skipped_has_no_header(tmp_path: Path) -> None:
    said = refusal(tmp_path, [["Report"], ["email"], ["a@x.com"]], "contacts.xlsx", skip_rows=5)
    assert said == "contacts.xlsx has no header row where one is expected; see skip_rows and sheet"


def test_a_header_alone_is_a_workbook_without_rows(contacts: Contacts) -> None:
    table = contacts([["email", "n"]], "contacts.xlsx")
    assert table.notes == ("contacts.xlsx has a header and no rows",)
    assert ids(table) == []


def test_texts_of_a_workbook_are_read_letter_by_letter(contacts: Contacts) -> None:
    names = ["Žanete", "李小龙", "👩‍👧", None, "O'Neil", "x" * 5000]
    sheet = [["email", "name"], *([f"p{n}@x.com", name] for n, name in enumerate(names))]
    assert column(contacts(sheet, "contacts.xlsx"), "name") == names


def test_what_lies_in_the_working_folder_does_not_read_workbooks(
    tmp_path: Path, contacts: Contacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("zipfile.py", "json.py", "segtool.py"):
        (tmp_path / name).write_text("raise SystemExit", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    excel._reader().stop()
    assert ids(contacts([["email"], ["a@x.com"]], "contacts.xlsx")) == ["a@x.com"]


def test_the_only_sheet_with_rows_is_read(contacts: Contacts) -> None:
    sheets: Mapping[str, Sheet] = {"Cover": [["Hello"]], "Leads": [["email"], ["a@x.com"]], "Empty": []}
    assert ids(contacts(sheets, "contacts.xlsx")) == ["a@x.com"]


TWO: Mapping[str, Sheet] = {"Leads": [["email"], ["a@x.com"]], "Old": [["email"], ["b@x.com"]]}


def test_of_two_sheets_with_rows_one_is_to_be_named(tmp_path: Path, contacts: Contacts) -> None:
    said = refusal(tmp_path, TWO, "contacts.xlsx")
    assert said == "contacts.xlsx has several sheets with rows; say which: sheet: Leads or Old"
    assert ids(contacts(TWO, "contacts.xlsx", sheet="Old")) == ["b@x.com"]


def test_a_sheet_that_is_not_there_is_said(tmp_path: Path) -> None:
    assert refusal(tmp_path, TWO, "contacts.xlsx", sheet="Lead") == (
        'contacts.xlsx has no sheet "Lead"; did you mean "Leads"?'
    )


def test_a_hidden_sheet_is_read_only_when_named(tmp_path: Path) -> None:
    book = workbook(TWO)
    book["Old"].sheet_state = "hidden"
    book.save(tmp_path / "contacts.xlsx")
    for sheet, found in (({}, ["a@x.com"]), ({"sheet": "Old"}, ["b@x.com"])):
        spec = {"files": "contacts.xlsx", "id": "email", **sheet}
        assert ids(evaluate(tmp_path, {}, {"contacts": spec}).tables["contacts"]) == found


def packed(sheets: Mapping[str, Sheet]) -> bytes:
    stream = io.BytesIO()
    workbook(sheets).save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("c.csv", packed(TWO), "c.csv has several sheets with rows; say which: sheet: Leads or Old"),
        ("c.xlsx", b"email,n\na@x.com,1\n", "c.xlsx is text, not a workbook; if it is a table, name it .csv"),
        ("c.xls", b"\n<table><tr><td>email</td></tr></table>", "c.xls is a web page or XML, not a workbook"),
        ("c.xls", b"\x09\x08\x10\x00" + bytes(range(256)), "c.xls is damaged or no workbook"),
        ("c.xlsx", packed(TWO)[:2000], "c.xlsx is damaged or only partly downloaded; fetch it again"),
        ("c.xlsx", packed(TWO).replace(b"xl/worksheets", b"xl/werksheets"), "c.xlsx: sheet"),
        ("c.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(4096), "c.xlsx is protected by a password"),
        ("c.xlsx", packed({"Empty": []}), "c.xlsx has no header row where one is expected"),
        ("c.xlsx", packed({"A": [], "B": []}), "c.xlsx has no sheet with rows"),
    ],
)
def test_a_workbook_that_cannot_be_read_is_said_to_be_so(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    assert refusal(tmp_path, content, name).startswith(said)


# --- the law: read = kept + duplicates + rejected + filtered -------------------------------------------------

KEYS = st.sampled_from(["a@x.com", " A@X.com", "b@x.com", "c@x.com", "z@x.com", "", "  "])
TIMES = st.sampled_from(["2026-01-01", "2026-01-02 10:00", "2026-01-01T00:00:00Z", "", "soon", "31/01/2026"])
NUMBERS = st.sampled_from(["1", "2", "", "x", "1.5"])
WORDS = st.sampled_from(["keep", "drop", "", 'a "b"', "c,d", "e\nf", '5" g'])
EVENT = st.tuples(KEYS, TIMES, NUMBERS, WORDS, st.sampled_from(["1", "2", "3", "4", ""]))
ROW = EVENT | EVENT | EVENT | st.just(()) | st.just(("", "", "", "", "")) | EVENT.map(lambda row: (*row, "more"))

LAW_CONTACTS: Spec = {
    "files": "contacts*.csv",
    "id": "email",
    "types": {"n": "integer"},
    "only": {"field": "word", "is_not": "drop"},
}
LAW_MAIL: Spec = {
    "files": "mail*.csv",
    "contact": "email",
    "time": "at",
    "types": {"n": "integer"},
    "unique": "id",
    "only": {"field": "word", "is_not": "drop"},
}
LAW_SEGMENTS = {
    "one": {"field": "n", "is": 1},
    "sum": {"did": "mail", "sum": "n", "at_least": 2},
    "late": {"did": "mail", "after": "2026-01-01"},
    **{f"n{number}": {"did": "mail", "exactly": number} for number in range(4)},
}
Rows = list[tuple[str, ...]]


def as_csv(found: Rows) -> str:
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(["email", "at", "n", "word", "id"])
    for row in found:
        if row:
            writer.writerow(row)
        else:
            lines.write("\r\n")
    return lines.getvalue()


def expected_account(found: Rows, spec: Spec) -> Accounting:
    """What becomes of the rows, worked out one by one."""
    read = kept = duplicates = rejected = filtered = 0
    seen: set[str] = set()
    for row in found:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        read += 1
        if len(row) > 5:
            rejected += 1
            continue
        email, at, _, word, key = cells
        if word == "drop":
            filtered += 1
        elif not email or ("time" in spec and at in ("", "soon")):
            rejected += 1
        else:
            mark = key if "unique" in spec else email.lower()
            duplicates += mark in seen and mark != ""
            kept += mark not in seen or mark == ""
            seen.add(mark)
    return Accounting(read=read, kept=kept, duplicates=duplicates, rejected=rejected, filtered=filtered)


def outcome(files: Mapping[str, Content], small: int = file_parts.SMALL) -> tuple[Evaluation, dict[str, list[str]]]:
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(file_parts, "SMALL", small)
        found = evaluate(Path(folder), files, {"contacts": LAW_CONTACTS, "mail": LAW_MAIL}, LAW_SEGMENTS)
    return found, found.members


@settings(max_examples=60, deadline=None, derandomize=True)
@given(people=st.lists(ROW, max_size=12), mail=st.lists(ROW, max_size=12), cut=st.integers(0, 12))
@example(people=[("a@x.com", "", "x", "", "", "more")], mail=[], cut=0)
def test_every_row_is_kept_or_accounted_for_in_one_file_or_two(people: Rows, mail: Rows, cut: int) -> None:
    whole, members = outcome({"contacts.csv": as_csv(people), "mail.csv": as_csv(mail)})
    for name, found, spec in (("contacts", people, LAW_CONTACTS), ("mail", mail, LAW_MAIL)):
        counted = whole.tables[name].accounting
        expected = expected_account(found, spec)
        assert counted.read == counted.kept + counted.duplicates + counted.rejected + counted.filtered
        parts = ("read", "kept", "duplicates", "rejected", "filtered")
        assert [getattr(counted, part) for part in parts] == [getattr(expected, part) for part in parts]
        assert whole.tables[name].rejects.height == counted.rejected + counted.cells
    split, split_members = outcome(
        {
            "contacts-1.csv": as_csv(people[:cut]),
            "contacts-2.csv": as_csv(people[cut:]),
            "mail-1.csv": as_csv(mail[:cut]),
            "mail-2.csv": as_csv(mail[cut:]),
        }
    )
    assert split_members == members
    for name, table in whole.tables.items():
        assert split.tables[name].accounting == table.accounting
        assert sum(file.rows for file in split.tables[name].files) == table.accounting.read
    assert rows(split.tables["contacts"]) == rows(whole.tables["contacts"])


@settings(max_examples=40, deadline=None, derandomize=True)
@given(people=st.lists(ROW, max_size=12), mail=st.lists(ROW, max_size=12))
def test_large_files_are_read_as_small_ones_are(people: Rows, mail: Rows) -> None:
    files = {"contacts.csv": as_csv(people), "mail.csv": as_csv(mail)}
    (small, members), (large, large_members) = outcome(files), outcome(files, small=0)
    assert large_members == members
    for name, table in small.tables.items():
        assert large.tables[name].accounting == table.accounting
        assert large.tables[name].rejects.equals(table.rejects)
    assert rows(large.tables["contacts"]) == rows(small.tables["contacts"])


CELL = st.text(st.sampled_from('ab", \n\r;\u00a0é'), max_size=6)
WIDTH = 3


@st.composite
def texts(draw: st.DrawFn) -> tuple[str, list[list[str]]]:
    """A file as some program may have written it, and its rows: cells quoted or not, rows short, long or blank."""
    found = draw(st.lists(st.lists(CELL, min_size=0, max_size=WIDTH + 1), max_size=8))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    lines = [",".join(f"c{number}" for number in range(WIDTH))]
    for row in found:
        cells = []
        for cell in row:
            plain = not set(cell) & set(",\n\r") and not cell.lstrip().startswith('"')
            cells.append(cell if plain and draw(st.booleans()) else '"' + cell.replace('"', '""') + '"')
        lines.append(",".join(cells))
    return end.join(lines) + draw(st.sampled_from(["", end])), found


@settings(max_examples=150, deadline=None, derandomize=True)
@given(texts())
@example(("c0,c1,c2\na\n", [["a"]]))
@example(("c0,c1,c2\na,b,c\na", [["a", "b", "c"], ["a"]]))
@example(('c0,c1,c2\na,5" x,y\nb,"p\nq",r', [["a", '5" x', "y"], ["b", "p\nq", "r"]]))
def test_a_text_file_is_read_cell_by_cell_however_it_is_quoted(written: tuple[str, list[list[str]]]) -> None:
    text, found = written
    last = text[text.rfind("\n") + 1 :]
    cut = bool(last.strip()) and '"' not in last and last.count(",") < WIDTH - 1
    wanted: list[list[str | None]] = []
    whole = [[" ".join(cell.split()) for cell in row] for row in (found[:-1] if cut else found)]
    filled = [cells for cells in whole if any(cells)]
    ended = len({len(cells) for cells in filled}) == 1 and not any(any(cells[WIDTH:]) for cells in filled)
    widths = [WIDTH if any(cells[WIDTH:]) else min(len(cells), WIDTH) for cells in whole]
    usual = max(widths, default=WIDTH)
    for cells in filled:
        if not any(cells[WIDTH:]) and (usual <= len(cells) <= WIDTH or (ended and len(cells) > WIDTH)):
            wanted.append([cell or None for cell in (*cells[:WIDTH], *[""] * (WIDTH - len(cells)))])
    with TemporaryDirectory() as folder:
        spec = {"files": "c.csv", "id": "key", "columns": {"key": "c0"}, "delimiter": ",", "duplicates": "first"}
        keyed = {**spec, "types": {f"c{number}": "text" for number in range(1, WIDTH)}}
        table = evaluate(Path(folder), {"c.csv": text}, {"contacts": keyed}).tables["contacts"]
    read = [[" ".join(cell.split()) if cell else None for cell in row.values()] for row in rows(table)]
    firsts: dict[str | None, list[str | None]] = {}
    for one in wanted:
        firsts.setdefault(one[0], one)
    # Cells are compared with their blanks folded, and ids are sorted as they stand.
    assert sorted(read, key=str) == sorted((row for key, row in firsts.items() if key is not None), key=str)


VALUES = (
    st.none()
    | st.integers(-(10**9), 10**9)
    | st.floats(-1e6, 1e6, allow_nan=False).map(lambda value: round(value, 3) + 0.0)
    | st.booleans()
    | st.text(string.ascii_letters + "0-é '", max_size=5)
)
DAYS = st.dates(date(1990, 1, 1), date(2040, 1, 1))
STAMPS = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1)).map(lambda at: at.replace(second=1, microsecond=0))


def spelled(value: object) -> str:
    """A value as a program writes it into a text file."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(1, 6), VALUES | DAYS, VALUES | STAMPS), max_size=6))
def test_a_workbook_and_a_text_file_of_the_same_data_are_the_same(found: list[tuple[object, ...]]) -> None:
    sheet = [("key", "v", "w"), *found]
    lines = io.StringIO()
    csv.writer(lines).writerows([spelled(cell) for cell in row] for row in sheet)
    tables = []
    for name, content in (("c.csv", lines.getvalue()), ("c.xlsx", sheet)):
        with TemporaryDirectory() as folder:
            result = evaluate(Path(folder), {name: content}, {"contacts": {"files": name, "id": "key"}})
            tables.append((rows(result.tables["contacts"]), result.tables["contacts"].accounting, result.members))
    assert tables[0] == tables[1]


@pytest.mark.parametrize("sign", [chr(number) for number in range(1, 32) if chr(number) not in "\r\n"])
def test_a_control_character_separates_nothing(files: Callable[..., Path], sign: str) -> None:
    """Rows are counted whole, whatever stands in their cells."""
    folder = files({"a.csv": f'id,name,city\n1,a{sign}b,Riga\n2,"c, d",Oslo\n'})
    config = {
        "version": 1,
        "sources": {"a": {"files": "a.csv", "id": "id"}},
        "segments": {"all": {"where": "everyone"}},
    }
    found = segtool.evaluate(segtool.load(config, base=folder), as_of="2026-06-30")
    assert found.members == {"all": ["1", "2"]}
