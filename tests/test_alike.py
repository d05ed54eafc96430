"""The same data gives the same lists, however it is written, and is read once however it is packed."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import openpyxl
import polars as pl
import pytest

import segtool
from segtool.sources import archives, cache, cells
from segtool.sources.glance import glance

Rows = Sequence[Sequence[object]]

HEADER = ("Key", "Name", "Spent", "Joined", "Seen", "VIP", "Tags", "Zip")
PEOPLE: Rows = [
    (1001, "Zoë Müller", 1234.5, date(2026, 1, 31), datetime(2026, 6, 1, 9, 30), True, "a, b", "07030"),
    (1002, 'Ann "A" Bee', -0.25, date(2025, 12, 1), datetime(2026, 6, 28, 23, 59), False, "b", "10001"),
    (1003, "two\nlines", None, None, None, None, None, None),
    (None, "nobody", 5, date(2026, 2, 3), datetime(2026, 6, 1, 9, 31), True, "c", "00501"),
    (1002, "Bee, Ann", 70000, date(2026, 3, 13), datetime(2026, 6, 29, 1, 2), False, "c,a", "10002"),
]
ABOVE: Rows = [("Our people",), (), ("Period", "May")]
BELOW: Rows = [("Grand Total", None, 71239.25), ("Confidential Information - Do Not Distribute",)]
SPEC: dict[str, Any] = {
    "id": "key",
    "columns": {"key": "Key", "spent": "Spent"},
    "types": {"tags": "list", "vip": "boolean", "zip": "text"},
}
SEGMENTS: dict[str, Any] = {
    "spent": {"field": "spent", "above": 1000},
    "new": {"field": "joined", "since": "2026-01-01"},
    "seen": {"field": "seen", "in_last": "7 days"},
    "vips": {"field": "vip", "is": True},
    "tagged": {"field": "tags", "has": "a"},
    "zip": {"field": "zip", "starts_with": "0"},
    "named": {"field": "name", "contains": ["müller", "lines"]},
}


def spelled(value: object) -> str:
    """A value as a program writes it into a text file."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return "" if value is None else str(value)


def text(rows: Rows, delimiter: str = ",", end: str = "\n", quoting: Any = csv.QUOTE_MINIMAL) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows([spelled(value) for value in row] for row in rows)
    return stream.getvalue()


def workbook(rows: Rows) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def parquet(rows: Rows) -> bytes:
    header, *found = rows
    stream = io.BytesIO()
    columns = {str(name): [row[place] for row in found] for place, name in enumerate(header)}
    pl.DataFrame(columns).write_parquet(stream)
    return stream.getvalue()


def open_document(rows: Rows) -> bytes:
    """A spreadsheet as LibreOffice has it, with what a reader looks at."""
    kind = "urn:oasis:names:tc:opendocument:xmlns"
    lines = "".join(f"<table:table-row>{''.join(map(_cell, row))}</table:table-row>" for row in rows)
    content = (
        f'<office:document-content xmlns:office="{kind}:office:1.0" xmlns:table="{kind}:table:1.0" '
        f'xmlns:text="{kind}:text:1.0"><office:body><office:spreadsheet><table:table table:name="People">{lines}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f'<manifest:manifest xmlns:manifest="{kind}:manifest:1.0"/>'
    sheet = "application/vnd.oasis.opendocument.spreadsheet"
    files = {"mimetype": sheet, "content.xml": content, "META-INF/manifest.xml": manifest}
    return archive({name: text.encode() for name, text in files.items()})


def _cell(value: object) -> str:
    if value is None:
        return "<table:table-cell/>"
    if isinstance(value, bool):
        return f'<table:table-cell office:value-type="boolean" office:boolean-value="{str(value).lower()}"/>'
    if isinstance(value, int | float):
        return f'<table:table-cell office:value-type="float" office:value="{value}"/>'
    if isinstance(value, date):
        return f'<table:table-cell office:value-type="date" office:date-value="{value.isoformat()}"/>'
    paragraphs = "".join(f"<text:p>{escape(line)}</text:p>" for line in str(value).split("\n"))
    return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'


def archive(files: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return stream.getvalue()


Written = tuple[str, bytes, dict[str, Any]]


def ways(rows: Rows) -> dict[str, Written]:
    """The same rows in files of every kind: name, content, and what a source has to say of it."""
    found: dict[str, Written] = {}
    for name, mark in (("comma", ","), ("semicolon", ";"), ("tab", "\t"), ("bar", "|")):
        for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "windows-1252", "mac-roman"):
            said = {"encoding": encoding} if encoding == "mac-roman" else {}
            found[f"{name}, {encoding}"] = "c.csv", text(rows, mark).encode(encoding), said
    plain = text(rows).encode()
    return found | {
        "CRLF": ("c.csv", text(rows, end="\r\n").encode(), {}),
        "CR": ("c.csv", text(rows, end="\r", quoting=csv.QUOTE_ALL).replace("two\nlines", "two\rlines").encode(), {}),
        "all quoted": ("c.csv", text(rows, quoting=csv.QUOTE_ALL).encode(), {}),
        "blanks before quotation marks": (
            "c.csv",
            text(rows, quoting=csv.QUOTE_ALL).replace('","', '", "').encode(),
            {},
        ),
        "no line end at the end": ("c.csv", plain.rstrip(b"\n"), {}),
        "gzip": ("c.csv.gz", gzip.compress(plain), {}),
        "bzip2": ("c.csv.bz2", bz2.compress(plain), {}),
        "xz": ("c.csv.xz", lzma.compress(plain), {}),
        "zip": ("c.zip", archive({"in/c.csv": plain, "read me.md": b"# hello"}), {}),
        "zip of a workbook": ("c.zip", archive({"c.xlsx": workbook(rows)}), {}),
        "workbook": ("c.xlsx", workbook(rows), {}),
        "open document": ("c.ods", open_document(rows), {}),
    }


def outcome(folder: Path, written: Written, missing_above: int = 0) -> dict[str, Any]:
    name, content, said = written
    (folder / name).write_bytes(content)
    rules = {key: {"where": where} for key, where in SEGMENTS.items()}
    source = {**SPEC, **said, "files": name}
    config = segtool.load({"version": 1, "sources": {"people": source}, "segments": rules}, base=folder)
    result = segtool.evaluate(config, as_of="2026-06-30T12:00:00Z")
    table = result.tables["people"]
    frame = table.frame.collect()
    return {
        "members": result.members,
        "rows": frame.select(name for name in frame.columns if not name.startswith("§")).rows(),
        "types": dict(table.columns.types),
        "account": table.accounting,
        "rejects": [(row - missing_above, *rest) for row, *rest in table.rejects.drop("source", "file").rows()],
    }


WHOLE: Rows = [*ABOVE, HEADER, *PEOPLE, *BELOW]
WAYS = ways([row if row in (HEADER, *PEOPLE) else (*row, *[None] * (len(HEADER) - len(row))) for row in WHOLE])


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return outcome(tmp_path_factory.mktemp("plain"), WAYS["comma, utf-8"])


def test_the_data_says_something(plain: dict[str, Any]) -> None:
    assert plain["members"] == {
        "spent": ["1001", "1002"],
        "new": ["1001", "1002"],
        "seen": ["1002"],
        "vips": ["1001"],
        "tagged": ["1001", "1002"],
        "zip": ["1001"],
        "named": ["1001", "1003"],
    }
    assert [(row, said) for row, _, said, _ in plain["rejects"]] == [
        (8, None),
        (10, "Grand Total 71239.25"),
        (11, "Confidential Information - Do Not Distribute"),
    ]
    assert (plain["account"].read, plain["account"].kept, plain["account"].duplicates) == (7, 3, 1)


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
def test_lists_do_not_depend_on_how_a_file_is_written(tmp_path: Path, way: Written, plain: dict[str, Any]) -> None:
    assert outcome(tmp_path, way) == plain


def test_a_table_of_columns_gives_the_same_lists(tmp_path: Path) -> None:
    """Parquet has neither titles nor totals."""
    rows = [HEADER, *PEOPLE]
    files: list[Written] = [("c.csv", text(rows).encode(), {}), ("c.parquet", parquet(rows), {})]
    assert outcome(tmp_path, files[0]) == outcome(tmp_path, files[1])


def test_several_files_of_an_archive_are_one_table(tmp_path: Path) -> None:
    rows = list(PEOPLE)
    one: Written = ("c.csv", text([HEADER, *rows]).encode(), {})
    first, second = text([HEADER, *rows[:2]], "\t").encode("utf-16"), workbook([HEADER, *rows[2:]])
    two: Written = ("c.zip", archive({"1.txt": first, "2.xlsx": second}), {})
    found, wanted = outcome(tmp_path, two), outcome(tmp_path, one)
    for name in ("members", "rows", "types", "account"):
        assert found[name] == wanted[name]


@pytest.mark.parametrize(
    "way", ["comma, utf-8", "semicolon, windows-1252", "blanks before quotation marks", "gzip", "zip", "workbook"]
)
def test_a_file_that_was_read_is_not_opened_again(tmp_path: Path, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By what is asked of the readers, and not by a clock."""
    asked: list[str] = []

    def counting(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*given: Any, **more: Any) -> Any:
            asked.append(name)
            return real(*given, **more)

        return counted

    monkeypatch.setattr(cache, "_RACY", -(10**18))  # files are believed at once
    monkeypatch.setattr(cells, "read", counting("cells", cells.read))
    monkeypatch.setattr(archives, "unpack", counting("unpack", archives.unpack))
    monkeypatch.setattr(cache, "glance", counting("content", glance))
    name, content, said = WAYS[way]
    (tmp_path / name).write_bytes(content)
    source = {**SPEC, **said, "files": name}
    rules = {key: {"where": where} for key, where in SEGMENTS.items()}
    config = segtool.load({"version": 1, "sources": {"people": source}, "segments": rules}, base=tmp_path)
    first = segtool.run(config, as_of="2026-06-30T12:00:00Z")
    assert asked.count("cells") == asked.count("content") == 1
    asked.clear()
    second = segtool.run(config, as_of="2026-06-30T12:00:00Z")
    assert asked == []
    assert second.members == first.members
    assert second.rejects.equals(first.rejects)
