"""Exports that come packed, as Parquet, or under the name of something else: read for what they are."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest

import segtool
from segtool.config.problems import ConfigError, DataError
from segtool.sources.tables import Table

PEOPLE = b"email,city\na@x.lv,Riga\nb@x.lv,\n"
MORE = b"email,city\nc@x.lv,Cesis\n"
Read = Callable[..., Table]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """The contacts in files of these contents."""

    def table(content: Mapping[str, bytes], **settings: Any) -> Table:
        for name, written in content.items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(written)
        source = {"files": next(iter(content)), "id": "email", **settings}
        text = {"version": 1, "sources": {"c": source}, "segments": {"all": {"where": "everyone"}}}
        return segtool.evaluate(segtool.load(text, base=tmp_path), as_of="2026-06-30").tables["c"]

    return table


def said(read: Read, content: Mapping[str, bytes], **settings: Any) -> str:
    """The one problem with these files."""
    with pytest.raises((ConfigError, DataError)) as caught:
        read(content, **settings)
    assert len(caught.value.problems) == 1, caught.value.problems
    return caught.value.problems[0].message


def archive(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return stream.getvalue()


def workbook(rows: list[tuple[object, ...]]) -> bytes:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("People")
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def ids(table: Table) -> list[str]:
    return table.frame.collect().get_column("§id").to_list()


@pytest.mark.parametrize("name", ["contacts.csv.gz", "contacts.csv", "contacts"])
@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, lambda text: archive({"c.csv": text})])
def test_a_packed_file_is_read_whatever_its_name(read: Read, name: str, pack: Callable[[bytes], bytes]) -> None:
    content = pack(PEOPLE)
    table = read({name: content})
    assert ids(table) == ["a@x.lv", "b@x.lv"]
    assert [(file.size, file.rows) for file in table.files] == [(len(content), 2)]


def test_every_table_in_an_archive_is_a_file_of_the_source(read: Read) -> None:
    inside = {"old/b.csv": MORE, "a.csv": PEOPLE + b"d@x.lv,1,2\n", "readme.pdf": b"%PDF", "__MACOSX/._a.csv": b"\0"}
    table = read({"export.zip": archive(inside)})
    assert ids(table) == ["a@x.lv", "b@x.lv", "c@x.lv"]
    assert [file.path for file in table.files] == ["export.zip/a.csv", "export.zip/old/b.csv"]
    assert table.rejects.rows()[0][1:3] == ("export.zip/a.csv", 4)


def test_one_table_of_an_archive_may_be_meant(read: Read) -> None:
    packed = {"export.zip": archive({"people.csv": PEOPLE, "orders.csv": b"sku\n1\n"})}
    assert ids(read(packed, files="export.zip/people.csv")) == ["a@x.lv", "b@x.lv"]
    assert ids(read(packed, files="ex*.zip/p*.csv")) == ["a@x.lv", "b@x.lv"]
    assert said(read, packed, files="export.zip/peple.csv") == (
        'export.zip holds no peple.csv; did you mean "people.csv"?'
    )


def locked() -> bytes:
    """An archive whose one entry says that it needs a password."""
    content = bytearray(archive({"a.csv": PEOPLE}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1
    return bytes(content)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("c.zip", archive({"readme.pdf": b"%PDF"}), "c.zip holds no table; its files should end in .csv, "),
        ("c.zip", archive({"c.csv": PEOPLE})[:-30], "c.zip is damaged or only partly downloaded; fetch it again"),
        ("c.zip", locked(), "c.zip is protected by a password; unpack it first"),
        ("c.zip", archive({"c.csv": b""}), "c.zip/c.csv is empty; export it again"),
        ("c.zip", archive({"c.csv": gzip.compress(PEOPLE, mtime=0)}), "c.zip/c.csv is packed twice; unpack it first"),
        ("c.zip", archive({f"{n}.csv": b"" for n in range(10_001)}), "c.zip holds 10,001 files, more than an export"),
        ("c.gz", gzip.compress(PEOPLE, mtime=0)[:-12], "c.gz is damaged or only partly downloaded; fetch it again"),
        ("c.gz", gzip.compress(bytes(200 << 20), 1), "c.gz unpacks to more than 200 times its size, as no export"),
        ("c.parquet", b"PAR1" + bytes(40), "c.parquet is damaged or only partly downloaded; fetch it again"),
    ],
)
def test_what_cannot_be_unpacked_is_said(read: Read, name: str, content: bytes, told: str) -> None:
    assert said(read, {name: content}).startswith(told)


def test_a_workbook_is_known_by_its_content(read: Read) -> None:
    assert ids(read({"c.csv": workbook([("email",), ("a@x.lv",)])})) == ["a@x.lv"]
    assert ids(read({"c.zip": archive({"c.xlsx": workbook([("email",), ("b@x.lv",)])})})) == ["b@x.lv"]


def test_the_cells_of_parquet_are_what_they_would_be_in_text(read: Read) -> None:
    stream = io.BytesIO()
    pl.DataFrame(
        {
            "email": ["A@x.lv ", "b@x.lv"],
            "age": [41, None],
            "spent": [12.5, 3.0],
            "born": [date(1990, 1, 2), None],
            "seen": [datetime(2026, 1, 2, 3, 4, 5, 600_000), None],
            "joined": [datetime(2026, 1, 2, 3, tzinfo=UTC), None],
            "active": [True, False],
            "tags": [["a", 'b "c", d'], []],
        }
    ).write_parquet(stream)
    table = read({"c.parquet": stream.getvalue()}, types={"tags": "list"})
    frame = table.frame.collect()
    assert {name: kind for name, kind in table.columns.types.items() if name != "email"} == {
        "age": "integer",
        "spent": "number",
        "born": "date",
        "seen": "datetime",
        "joined": "datetime",
        "active": "boolean",
        "tags": "list",
    }
    assert frame.select(list(table.columns.types)).rows()[0] == (
        "a@x.lv",
        41,
        12.5,
        date(1990, 1, 2),
        datetime(2026, 1, 2, 3, 4, 5, 600_000),
        datetime(2026, 1, 2, 3),
        True,
        ["a", 'b "c", d'],
    )
    assert frame.get_column("tags").to_list()[1] is None


def test_a_column_of_parquet_that_is_no_column_of_a_table(read: Read) -> None:
    stream = io.BytesIO()
    pl.DataFrame({"email": ["a@x.lv"], "more": [{"a": 1}]}).write_parquet(stream)
    assert said(read, {"c.parquet": stream.getvalue()}).startswith('c.parquet: column "more" holds Struct')


def test_cells_of_a_workbook_that_hold_an_error_are_counted(read: Read, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for row in (("email", "n"), ("a@x.lv", 1), ("b@x.lv", "#DIV/0!"), ("c@x.lv", "#N/A")):
        sheet.append(row)
    for place in ("B3", "B4"):
        sheet[place].data_type = "e"
    book.save(tmp_path / "c.xlsx")
    table = read({"c.xlsx": (tmp_path / "c.xlsx").read_bytes()})
    assert table.frame.collect().get_column("n").to_list() == [1, None, None]
    assert table.notes == (
        "c.xlsx: 2 cells hold an error such as #N/A in place of a value (the first is B3) and count as missing",
    )


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet", "csv.gz"])
def test_one_table_gives_the_same_lists_in_every_form(read: Read, kind: str) -> None:
    rows = [("email", "n", "day"), ("a@x.lv", 7, date(2026, 1, 2)), ("b@x.lv", None, date(2026, 3, 4))]
    lines = "".join(",".join("" if cell is None else str(cell) for cell in row) + "\n" for row in rows).encode()
    stream = io.BytesIO()
    pl.DataFrame([dict(zip(rows[0], row, strict=True)) for row in rows[1:]]).write_parquet(stream)
    forms = {
        "csv": lines,
        "xlsx": workbook(list(rows)),
        "parquet": stream.getvalue(),
        "csv.gz": gzip.compress(lines, mtime=0),
    }
    table = read({f"c.{kind}": forms[kind]})
    assert table.columns.types == {"email": "email", "n": "integer", "day": "date"}
    assert table.frame.collect().select(list(table.columns.types)).rows() == rows[1:]
