"""Texts that somebody typed in order to do harm, in every place where texts stand, in every file that is written."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pytest
from conftest import shared
from lists import AS_OF, as_csv
from test_csv_output import PAYLOADS, nothing_runs, read, would_run

import segtool
from segtool.api import RunResult

UNHARMED = {"n": "-5.5", "phone": "+371 26 123 456", "code": "-00501"}
"""A negative number, a phone number and an id that begins as a formula does."""


def everywhere(folder: Path, texts: Sequence[str]) -> RunResult:
    """A run over contacts that have each text in every kind of column, and labels and names of columns like it."""
    people = [[f"-{number:04}", text, f"x,{text}", text, *UNHARMED.values()] for number, text in enumerate(texts)]
    header = ["id", "name", "tags", "amount", *UNHARMED]
    (folder / "contacts.csv").write_bytes(as_csv([header, *people]).encode())
    (folder / "crm.csv").write_bytes(as_csv([["id", "stage"], *([row[0], row[1]] for row in people)]).encode())
    visits = [["id", "at", "page"], *([row[0], "2026-06-01", row[1]] for row in people)]
    (folder / "web.csv").write_bytes(as_csv(visits).encode())
    bad = texts[0]
    types = {"name": "text", "tags": "list", "amount": "number", "phone": "text", "code": "text"}
    config = {
        "version": 1,
        "sources": {
            "contacts": {"files": "contacts.csv", "id": "id", "types": types},
            "crm": {"files": "crm.csv", "contact": "id", "types": {"stage": "text"}},
            "web": {"files": "web.csv", "contact": "id", "time": "at", "types": {"page": "text"}},
        },
        "traits": {
            "page": {"did": "web", "most_common": "page"},
            "said": {"cases": [{"when": "everyone", "is": bad}]},
        },
        "segments": {
            "all": {
                "label": bad,
                "description": bad,
                "where": {"field": "name", "is_not": f"{bad}x"},
                "columns": ["id", "name", "tags", "crm.stage", "page", "said", *UNHARMED],
            }
        },
        "output": {"formats": ["csv", "xlsx"]},
    }
    return segtool.run(segtool.load(config, base=folder), as_of=AS_OF)


def check(folder: Path, texts: Sequence[str]) -> None:
    result = everywhere(folder, texts)
    assert len(result.members["all"]) == len(texts)
    for path in (folder / "output").rglob("*.csv"):
        if path.parent.name not in ("lists", "changes"):  # those begin with ids, which are never altered
            does_nothing(read(path), path)
    for part in ("lists", "changes"):
        rows = read(folder / f"output/{part}/all.csv")
        at = rows[0].index("id")
        assert [row[at] for row in rows[1:]] == [f"-{number:04}" for number in range(len(texts))]
        assert all(row[rows[0].index("n") :][:3] == [*UNHARMED.values()] for row in rows[1:])
        does_nothing([[cell for place, cell in enumerate(row) if place != at] for row in rows], Path(part))
    in_workbook(folder / "output/segments.xlsx", len(texts))


def does_nothing(rows: Sequence[Sequence[str]], path: Path) -> None:
    """No cell runs; and where a program splits at another mark, none that calls, pipes or refers."""
    assert [cell for row in rows for cell in row if would_run(cell)] == [], path
    split = [part for row in rows for cell in row for part in re.split(r"[;\t\r\n]", cell)]
    assert [part for part in split if would_run(part.lstrip('" ')) and re.search("[=(|!]", part)] == [], path


def in_workbook(path: Path, people: int) -> None:
    """No formula, no link and no way to one in any part; texts are texts and the rest is what it was."""
    with zipfile.ZipFile(path) as archive:
        assert {name for name in archive.namelist() if name.endswith(".rels")} == {
            "_rels/.rels",
            "xl/_rels/workbook.xml.rels",
        }
        for name in archive.namelist():
            tags = set(re.findall(rb"<([\w:]+)", archive.read(name)))
            assert not tags & {b"f", b"hyperlink", b"hyperlinks", b"oleObject", b"ddeLink", b"externalReference"}, name
    for sheet in openpyxl.load_workbook(path).worksheets:
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
        assert {cell.data_type for cell in cells} <= {"s", "n"}
        assert [cell.coordinate for cell in cells if cell.hyperlink] == []
        assert {cell.number_format for cell in cells if cell.data_type == "s"} == {"@"}
    rows = list(openpyxl.load_workbook(path)["all"].iter_rows(values_only=True))
    assert len(rows) == people + 1
    assert {row[-3:] for row in rows[1:]} == {(-5.5, "+371 26 123 456", "-00501")}


def test_payloads_do_nothing_in_any_file(tmp_path: Path) -> None:
    check(tmp_path, PAYLOADS)


def test_payloads_of_others_do_nothing_in_any_file(tmp_path: Path) -> None:
    folder = shared("hostile/csv_injection")
    lines = {line.strip() for path in folder.rglob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()}
    found = {line for path in folder.rglob("*.md") for line in path.read_text(encoding="utf-8").splitlines()}
    check(tmp_path, sorted((lines | {line for line in found if line[:1] in "=+-@"}) - {""}))


def test_naughty_strings_do_nothing_in_any_file(tmp_path: Path) -> None:
    folder = shared("hostile/naughty_strings")
    strings = json.loads((folder / "blns.json").read_text(encoding="utf-8"))
    texts = sorted({text.strip() for text in strings if text.strip() and "\0" not in text})
    assert len(texts) > 400
    check(tmp_path, texts)


@pytest.mark.parametrize("text", ["=1+1", "@SUM(1)", "=cmd|' /C calc'!A0"])
def test_a_payload_as_the_name_of_a_column_does_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "contacts.csv").write_bytes(as_csv([["id", text], ["1", "x"]]).encode())
    sources = {"contacts": {"files": "contacts.csv", "id": "id"}}
    config = {"version": 1, "sources": sources, "segments": {"all": {"where": "everyone"}}}
    segtool.run(segtool.load({**config, "output": {"formats": ["csv", "xlsx"]}}, base=tmp_path), as_of=AS_OF)
    nothing_runs(tmp_path / "output/lists/all.csv")
    cell = openpyxl.load_workbook(tmp_path / "output/segments.xlsx")["all"]["B1"]
    assert (cell.value, cell.data_type) == (text, "s")
