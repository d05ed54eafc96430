"""`segments.xlsx`: what its cells are, read back by openpyxl and by calamine, which shares nothing with it."""

from __future__ import annotations

import datetime as dt
import gc
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import fastexcel
import openpyxl
import polars as pl
import pytest
from lists import AS_OF, as_csv, run_over

import segtool
from segtool.api import RunResult
from segtool.output import workbook, workbook_writer, worksheet
from segtool.output.workbook_template import Template
from segtool.output.worksheet import Sheet

XLSX: Mapping[str, object] = {"formats": ["csv", "xlsx"]}


def run(
    folder: Path,
    table: Sequence[Sequence[str]],
    types: Mapping[str, str] | None = None,
    segments: Mapping[str, Mapping[str, object]] | None = None,
    output: Mapping[str, object] = XLSX,
    **top: object,
) -> RunResult:
    """A run over these contacts; its files are in `folder`/output."""
    return run_over(folder, table, segments or {"all": {"where": "everyone"}}, types, output=output, **top)


def book(folder: Path) -> openpyxl.Workbook:
    return openpyxl.load_workbook(folder / "output/segments.xlsx")


def cells(folder: Path, sheet: str = "all") -> list[list[Any]]:
    """The cells of a sheet as openpyxl reads them."""
    return [[cell.value for cell in row] for row in book(folder)[sheet].iter_rows()]


PEOPLE = [["email", "name"], ["a@x.com", "Ann"], ["b@x.com", "Bob"]]

# --- one sheet -----------------------------------------------------------------------------------------------


def test_a_list_is_a_table_with_a_frozen_header_a_filter_and_widths(tmp_path: Path) -> None:
    run(tmp_path, [["email", "name", "n"], ["anna.karenina@mail.example", "x" * 90, "1"], ["b@x.com", "Bob", "2"]])
    sheet: Any = book(tmp_path)["all"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:C3")
    assert [cell.font.b for cell in sheet[1]] == [True, True, True]
    assert [sheet.column_dimensions[name].width for name in "ABC"] == [28, 48, 8]
    assert (sheet.page_setup.orientation, sheet.sheet_properties.pageSetUpPr.fitToPage) == ("landscape", True)


@pytest.mark.parametrize(
    ("kind", "value", "read", "shown", "form"),
    [
        ("text", "Ann", "Ann", "s", "@"),
        ("text", "00501", "00501", "s", "@"),
        ("text", "12345678901234567890", "12345678901234567890", "s", "@"),
        ("text", "+371 26 123 456", "+371 26 123 456", "s", "@"),
        ("text", "=1+1", "=1+1", "s", "@"),
        ("text", "https://x.example", "https://x.example", "s", "@"),
        ("text", "#REF!", "#REF!", "s", "@"),
        ("text", "2026-01-02", "2026-01-02", "s", "@"),
        ("text", "a\nb & <c>", "a\nb & <c>", "s", "@"),
        ("text", "🙂", "🙂", "s", "@"),
        ("list", "a,=b", "a, =b", "s", "@"),
        ("integer", "-5", -5, "n", "General"),
        ("integer", "999999999999999", 999999999999999, "n", "General"),
        ("integer", "1234567890123456", "1234567890123456", "s", "@"),
        ("number", "-0.25", -0.25, "n", "General"),
        ("number", "1e300", 1e300, "n", "General"),
        ("boolean", "yes", True, "b", "General"),
        ("boolean", "no", False, "b", "General"),
        ("date", "2026-05-01", dt.datetime(2026, 5, 1), "d", r"yyyy\-mm\-dd"),
        ("date", "1900-03-01", dt.datetime(1900, 3, 1), "d", r"yyyy\-mm\-dd"),
        ("date", "1900-02-28", "1900-02-28", "s", "@"),
        ("date", "0999-12-31", "0999-12-31", "s", "@"),
        ("datetime", "2026-07-01T00:30:00Z", dt.datetime(2026, 7, 1, 3, 30), "d", r"yyyy\-mm\-dd\ hh:mm:ss"),
        ("datetime", "1899-01-01T00:00:00Z", "1899-01-01 01:36:34", "s", "@"),
        ("text", "", None, "n", "General"),
        ("date", "", None, "n", "General"),
        ("number", "", None, "n", "General"),
        ("boolean", "", None, "n", "General"),
    ],
)
def test_a_value_is_what_it_is(tmp_path: Path, kind: str, value: str, read: object, shown: str, form: str) -> None:
    run(tmp_path, [["email", "v", "w"], ["a@x.com", value, "x"]], {"v": kind}, timezone="Europe/Riga")
    cell = book(tmp_path)["all"]["B2"]
    assert (cell.value, cell.data_type, cell.number_format, cell.hyperlink) == (read, shown, form, None)
    (row,) = fastexcel.read_excel(tmp_path / "output/segments.xlsx").load_sheet("all").to_polars().rows()
    assert row[0] == "a@x.com"
    assert row[1] == (value.replace(",", ", ") if shown == "s" and kind in ("text", "list") else row[1]) or not value


def test_what_no_cell_can_hold_is_altered_and_counted(tmp_path: Path) -> None:
    texts = ["a\x01b\x0bc", "x" * 32_767, "x" * 32_768, "🙂" * 16_384, "_x0041_ and _xyz_"]
    table = [["email", "name"], *([f"{number}@x.com", text] for number, text in enumerate(texts))]
    result = run(tmp_path, table, {"name": "text"})
    found = [row[1] for row in cells(tmp_path)[1:]]
    assert found[0] == "a�b�c"
    assert found[1] == texts[1]
    assert found[2] == "x" * 32_766 + "…"
    assert found[3] == "🙂" * 16_382 + "…"
    read = fastexcel.read_excel(tmp_path / "output/segments.xlsx").load_sheet("all").to_polars()
    assert read.get_column("name").to_list()[4] == texts[4], "as a program reads it that knows Excel's escapes"
    everyone_entered = 2
    assert result.report.altered == 3 * everyone_entered
    assert json.loads((tmp_path / "output/run.json").read_text())["altered"] == 6


def test_names_of_columns_may_hold_anything(tmp_path: Path) -> None:
    run(tmp_path, [["email", "=1+1", "<b>&\x07x"], ["a@x.com", "1", "2"]])
    sheet = book(tmp_path)["all"]
    assert [cell.value for cell in sheet[1]] == ["email", "=1+1", "<b>&x"]
    assert {cell.data_type for cell in sheet[1]} == {"s"}


def test_a_list_without_people_has_its_header(tmp_path: Path) -> None:
    nobody = {"none": {"where": {"field": "name", "is": "Zoe"}}}
    run(tmp_path, PEOPLE, segments=nobody)
    assert cells(tmp_path, "none") == [["email", "name"]]
    assert book(tmp_path)["none"].auto_filter.ref == "A1:B1"


def test_changes_have_a_sheet_of_their_own(tmp_path: Path) -> None:
    run(tmp_path, [["email", "change"], ["a@x.com", "x"], ["b@x.com", "y"]])
    run(tmp_path, [["email", "change"], ["b@x.com", "y"], ["c@x.com", "z"]])
    assert cells(tmp_path, "all changes") == [
        ["change", "email", "change (2)", "reason"],
        ["entered", "c@x.com", "z", "new contact"],
        ["left", "a@x.com", None, "no longer in contacts"],
    ]


def test_the_summary_says_the_numbers_the_rule_and_when(tmp_path: Path) -> None:
    segments: dict[str, dict[str, object]] = {
        "anns": {"label": "All Anns", "description": "Why not", "where": {"field": "name", "is": "Ann"}},
        "helper": {"where": "everyone", "list": False},
    }
    run(tmp_path, PEOPLE, segments=segments, timezone="Europe/Riga")
    rows = cells(tmp_path, "Summary")
    assert rows[0][0] == "Run 1, as of 2026-06-30 15:00 Europe/Riga; the first run: everyone entered"
    header = ["segment", "label", "members", "entered", "left", "change", "note", "who is on it", "description"]
    assert rows[2] == header
    assert rows[3] == ["anns", "All Anns", 1, 1, 0, 1, "first run", 'name is "Ann"', "Why not"]
    assert rows[4][:3] == ["helper", None, 2]
    assert book(tmp_path).sheetnames == ["Summary", "anns", "anns changes"]
    run(tmp_path, PEOPLE, segments=segments, timezone="Europe/Riga")
    assert cells(tmp_path, "Summary")[0][0].endswith("; changes since run 1 of 2026-06-30 15:00")


def test_the_summary_says_which_guard_held_a_list(tmp_path: Path) -> None:
    people = [["email", "name"], *([f"{number:03}@x.com", "Ann"] for number in range(120))]
    anns = {"anns": {"where": {"field": "name", "is": "Ann"}}}
    run(tmp_path, people, segments=anns)
    result = run(tmp_path, [[row[0], row[1].replace("Ann", "Bob")] for row in people], segments=anns)
    (verdict,) = result.guards
    rows = cells(tmp_path, "Summary")
    assert rows[-1][0] == verdict.message
    assert len(cells(tmp_path, "anns")) == 121


# --- the sheets of a workbook --------------------------------------------------------------------------------


def test_names_of_sheets_are_legal_and_tell_lists_apart(tmp_path: Path) -> None:
    names = ["history", "summary", "a" * 40, "a" * 41, "a" * 24, "x" * 31, "x" * 31 + "y"]
    run(tmp_path, PEOPLE, segments={name: {"where": "everyone"} for name in names})
    found = book(tmp_path).sheetnames
    assert len(found) == 1 + 2 * len(names)
    assert len({name.casefold() for name in found}) == len(found)
    assert max(len(name) for name in found) <= 31
    assert not {"history"} & {name.casefold() for name in found}
    assert found[1:4] == ["history (2)", "history changes", "summary (2)"]
    assert found == list(workbook.sheet_names(segtool.load({**DOCUMENT, "segments": dict.fromkeys(names, ALL)}, ".")))


ALL: Mapping[str, object] = {"where": "everyone"}
DOCUMENT: Mapping[str, Any] = {"version": 1, "sources": {"contacts": {"files": "contacts.csv", "id": "email"}}}


def test_a_list_longer_than_a_sheet_goes_on_on_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS", 4)
    people = [["email"], *([f"{number}@x.com"] for number in range(7))]
    run(tmp_path, people, segments={"all": ALL, "others": ALL})
    assert book(tmp_path).sheetnames[1:4] == ["all", "all (2)", "all (3)"]
    parts = [cells(tmp_path, name) for name in ("all", "all (2)", "all (3)")]
    assert [len(part) for part in parts] == [4, 4, 2]
    assert [part[0] for part in parts] == [["email"]] * 3
    assert [row for part in parts for row in part[1:]] == people[1:]


def test_columns_that_no_sheet_has_room_for_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "COLUMNS", 2)
    run(tmp_path, [["email", "b", "c"], ["a@x.com", "1", "2"]])
    rows = cells(tmp_path)
    assert rows[:2] == [["email", "b"], ["a@x.com", 1]]
    assert rows[-1][0] == "1 more columns are not shown: a sheet has 2"


def test_slices_of_a_long_table_follow_each_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worksheet, "_CELLS", 6)
    table = pl.DataFrame({"a": range(10), "b": [f"t{number}" for number in range(10)]})
    workbook_writer.write(Template(), [Sheet("long", table)], "UTC", dt.datetime(2026, 1, 1), tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["long"]
    assert list(sheet.iter_rows(min_row=2, values_only=True)) == table.rows()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
def test_a_full_disk_is_said_once() -> None:
    """By the error alone: nothing that is left open speaks of it as well."""
    table = pl.DataFrame({"a": [f"{number * 7919}" for number in range(20_000)]})
    with pytest.raises(OSError, match="No space left"):
        workbook_writer.write(Template(), [Sheet("long", table)], "UTC", dt.datetime(2026, 1, 1), Path("/dev/full"))
    gc.collect()


def test_an_interrupted_workbook_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> Iterator[list[list[object]]]:
        yield [["x"] * 5]
        raise KeyboardInterrupt

    monkeypatch.setattr(Sheet, "slices", interrupted)
    sheet = Sheet("long", pl.DataFrame({"a": ["x"] * 9}))
    with pytest.raises(KeyboardInterrupt):
        workbook_writer.write(Template(), [sheet], "UTC", dt.datetime(2026, 1, 1), tmp_path / "a.xlsx")
    gc.collect()


def test_the_same_run_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        run(tmp_path / name, PEOPLE)
    found = [(tmp_path / name / "output/segments.xlsx").read_bytes() for name in ("one", "two")]
    assert found[0] == found[1]


def test_the_workbook_is_private_and_listed_and_goes_when_no_longer_asked_for(tmp_path: Path) -> None:
    result = run(tmp_path, PEOPLE)
    path = tmp_path / "output/segments.xlsx"
    assert "segments.xlsx" in result.files
    assert path.stat().st_mode & 0o777 == 0o600
    result = run(tmp_path, PEOPLE, output={"formats": "xlsx"})
    written = sorted(path.name for path in (tmp_path / "output").rglob("*.*"))
    assert written == ["rejects.csv", "run.json", "segments.xlsx", "summary.csv"] == sorted(result.files)
    run(tmp_path, PEOPLE, output={})
    assert not path.exists()
    assert (tmp_path / "output/lists/all.csv").exists()


def test_one_list_alone_is_a_workbook_of_that_list(tmp_path: Path) -> None:
    run(tmp_path, PEOPLE, segments={"all": ALL, "more": ALL})
    config = segtool.load({**DOCUMENT, "segments": {"all": ALL, "more": ALL}, "output": XLSX}, base=tmp_path)
    segtool.run(config, as_of=AS_OF, only=["more"])
    assert book(tmp_path).sheetnames == ["Summary", "more", "more changes"]


# --- the date of entry ---------------------------------------------------------------------------------------


def test_the_date_of_entry_is_a_column_that_a_list_may_ask_for(tmp_path: Path) -> None:
    everyone = {"all": {"where": "everyone", "columns": ["email", "since"], "sort": ["-since"]}}
    run(tmp_path, PEOPLE, segments=everyone, timezone="Europe/Riga")
    (tmp_path / "contacts.csv").write_bytes(as_csv([*PEOPLE[:2], ["c@x.com", "Cat"]]).encode())
    config = segtool.load({**DOCUMENT, "segments": everyone, "timezone": "Europe/Riga", "output": XLSX}, base=tmp_path)
    segtool.run(config, as_of="2026-07-02T12:00:00Z")
    lists, changes = ((tmp_path / f"output/{part}/all.csv").read_text().splitlines() for part in ("lists", "changes"))
    assert lists == ["email,since", "c@x.com,2026-07-02 15:00:00", "a@x.com,2026-06-30 15:00:00"]
    assert changes[1:] == [
        "entered,c@x.com,2026-07-02 15:00:00,new contact",
        "left,b@x.com,,no longer in contacts",
    ]
    assert cells(tmp_path)[1] == ["c@x.com", dt.datetime(2026, 7, 2, 15)]


def test_a_field_of_that_name_comes_first(tmp_path: Path) -> None:
    everyone = {"all": {"where": "everyone", "columns": ["Since"]}}
    run(tmp_path, [["email", "since"], ["a@x.com", "always"]], segments=everyone)
    assert (tmp_path / "output/lists/all.csv").read_text() == "since\nalways\n"


def test_nothing_but_the_date_of_entry_may_be_asked_for(tmp_path: Path) -> None:
    run(tmp_path, PEOPLE, output={**XLSX, "columns": "since"})
    assert (tmp_path / "output/lists/all.csv").read_text() == "since\n" + "2026-06-30 12:00:00\n" * 2
    config = segtool.load({**DOCUMENT, "segments": {"all": ALL}, "output": {"columns": "since"}}, base=tmp_path)
    assert segtool.evaluate(config, as_of=AS_OF).table("all").columns == ["since"]
