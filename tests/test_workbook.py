"""`segments.xlsx`: what its cells are, read back by two other programs, and what becomes of a template.

openpyxl and calamine read here what the package writes without either of them.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import fastexcel
import openpyxl
import polars as pl
import pytest
from conftest import shared
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule
from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from test_csv_output import AS_OF, as_csv

import segtool
from segtool.api import RunResult
from segtool.config.problems import ConfigError
from segtool.output import package, workbook, worksheet
from segtool.output.package import Package
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
    folder.mkdir(exist_ok=True)
    (folder / "contacts.csv").write_bytes(as_csv(table).encode())
    config = {
        "version": 1,
        "sources": {"contacts": {"files": "contacts.csv", "id": table[0][0], "types": types or {}}},
        "segments": segments or {"all": {"where": "everyone"}},
        "output": output,
        **top,
    }
    return segtool.run(segtool.load(config, base=folder), as_of=AS_OF)


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
    package.write(Package(), [Sheet("long", table)], "UTC", tmp_path / "a.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "a.xlsx")["long"]
    assert list(sheet.iter_rows(min_row=2, values_only=True)) == table.rows()


@pytest.mark.parametrize(("column", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_columns_are_lettered_as_excel_does(column: int, name: str) -> None:
    assert worksheet.letters(column) == name == get_column_letter(column + 1)


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


# --- into a template -----------------------------------------------------------------------------------------


def made(folder: Path, change: Any = lambda _: None, name: str = "board.xlsx") -> Path:
    """A template: a page of its own with formulas and a chart over the sheet `all`, which is there already."""
    found = openpyxl.Workbook()
    board: Any = found.active
    board.title = "Board"
    board.append(["People", "=COUNTA(all!A:A)-1"])
    board.append(["Twice", "=B1*2"])
    board["B2"].number_format = "0.00"
    data = found.create_sheet("ALL")
    data.append(["old", "content", "that goes"])
    data.auto_filter.ref = "A1:C1"
    chart = BarChart()
    chart.add_data(Reference(data, min_col=2, min_row=1, max_row=3), titles_from_data=True)
    board.add_chart(chart, "D4")
    board.conditional_formatting.add("B1:B9", RULE)
    found.defined_names["members"] = DefinedName("members", attr_text="all!$A$2:$A$100")
    change(found)
    folder.mkdir(exist_ok=True)
    found.save(folder / name)
    return folder / name


RULE = CellIsRule("greaterThan", ["1"])  # type: ignore[no-untyped-call]
TEMPLATE: Mapping[str, object] = {"formats": ["xlsx"], "template": "board.xlsx"}


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def test_sheets_are_added_to_a_template_and_those_of_a_name_replaced(tmp_path: Path) -> None:
    template = made(tmp_path)
    before = template.read_bytes()
    run(tmp_path, PEOPLE, output=TEMPLATE)
    found = book(tmp_path)
    assert found.sheetnames == ["Board", "ALL", "Summary", "all changes"]
    assert [[cell.value for cell in row] for row in found["ALL"]] == PEOPLE
    assert found["ALL"].auto_filter.ref == "A1:B3"
    assert found["Board"]["B1"].value == "=COUNTA(all!A:A)-1"
    assert found["Board"]["B2"].number_format == "0.00"
    assert found["Board"].conditional_formatting
    board: Any = found["Board"]
    assert len(board._charts) == 1
    assert found.defined_names["members"].attr_text == "all!$A$2:$A$100"
    assert found.calculation.fullCalcOnLoad
    assert template.read_bytes() == before


def test_every_other_part_of_a_template_keeps_its_bytes(tmp_path: Path) -> None:
    template = made(tmp_path)
    run(tmp_path, PEOPLE, output=TEMPLATE)
    old, new = parts(template), parts(tmp_path / "output/segments.xlsx")
    changed = {name for name in old if old[name] != new.get(name)}
    assert changed == {
        "[Content_Types].xml",
        "xl/_rels/workbook.xml.rels",
        "xl/styles.xml",
        "xl/workbook.xml",
        "xl/worksheets/sheet2.xml",
    }
    assert "xl/charts/chart1.xml" in set(old) - changed
    assert set(new) - set(old) == {"xl/worksheets/list1.xml", "xl/worksheets/list2.xml"}


def test_results_of_another_day_are_not_kept(tmp_path: Path) -> None:
    """Excel computes a formula when it opens the file; a program that does not shows nothing, and nothing wrong."""
    template = made(tmp_path)
    old = parts(template)
    board = old["xl/worksheets/sheet1.xml"].replace(b"<v />", b"<v>99</v>")
    assert board.count(b"<v>99</v>") == 2
    repack(template, {**old, "xl/worksheets/sheet1.xml": board})
    run(tmp_path, PEOPLE, output=TEMPLATE)
    new = parts(tmp_path / "output/segments.xlsx")["xl/worksheets/sheet1.xml"]
    assert b"99" not in new
    assert new.count(b"<f>") == 2
    assert len(board) - len(new) == 2 * len(b"<v>99</v>")


def repack(path: Path, content: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in content.items():
            archive.writestr(name, part)


def test_a_workbook_that_was_written_can_be_the_next_template(tmp_path: Path) -> None:
    run(tmp_path, PEOPLE)
    (tmp_path / "board.xlsx").write_bytes((tmp_path / "output/segments.xlsx").read_bytes())
    run(tmp_path, [*PEOPLE, ["c@x.com", "Cat"]], segments={"all": ALL, "more": ALL}, output=TEMPLATE)
    found = book(tmp_path)
    assert found.sheetnames == ["Summary", "all", "all changes", "more", "more changes"]
    assert found["more"].max_row == found["all"].max_row == 4
    content = parts(tmp_path / "output/segments.xlsx")
    ids = re.findall(rb' Id="(\w+)"', content["xl/_rels/workbook.xml.rels"])
    filters = re.findall(rb'_FilterDatabase" localSheetId="(\d)"', content["xl/workbook.xml"])
    assert len(ids) == len(set(ids)) == 6
    assert sorted(filters) == [b"0", b"1", b"2", b"3", b"4"]


def test_days_are_counted_as_the_template_counts_them(tmp_path: Path) -> None:
    def from_1904(found: openpyxl.Workbook) -> None:
        found.epoch = CALENDAR_MAC_1904

    made(tmp_path, from_1904)
    people = [["email", "day"], ["a@x.com", "2026-05-01"], ["b@x.com", "1903-12-31"], ["c@x.com", "1904-01-02"]]
    run(tmp_path, people, {"day": "date"}, output=TEMPLATE)
    days = [row[1] for row in cells(tmp_path, "ALL")[1:]]
    assert days == [dt.datetime(2026, 5, 1), "1903-12-31", dt.datetime(1904, 1, 2)]


def test_a_template_of_excels_own_kind_becomes_a_workbook(tmp_path: Path) -> None:
    def as_template(found: openpyxl.Workbook) -> None:
        found.template = True

    made(tmp_path, as_template, "board.xltx")
    run(tmp_path, PEOPLE, output={**TEMPLATE, "template": "board.xltx"})
    assert b"template.main" not in parts(tmp_path / "output/segments.xlsx")["[Content_Types].xml"]
    assert not book(tmp_path).template


@pytest.mark.parametrize("prefix", [False, True])
def test_a_template_may_be_written_by_any_program(tmp_path: Path, prefix: bool) -> None:
    """With a prefix before every name, with an empty list of names, in UTF-16, and with parts in other places."""
    found = openpyxl.Workbook()
    found.save(tmp_path / "board.xlsx")
    old = parts(tmp_path / "board.xlsx")
    if prefix:
        for name in ("xl/workbook.xml", "xl/styles.xml"):
            text = re.sub(r"<(/?)(?=[a-zA-Z])(?!r:)", r"<\1m:", old[name].decode()).replace(" xmlns=", " xmlns:m=")
            old[name] = text.encode()
    else:
        text = old["xl/workbook.xml"].decode().replace("<definedNames />", "<definedNames/>")
        old["xl/workbook.xml"] = text.encode("utf-16")
    repack(tmp_path / "board.xlsx", old)
    run(tmp_path, PEOPLE, output=TEMPLATE)
    assert book(tmp_path).sheetnames == ["Sheet", "Summary", "all", "all changes"]
    assert cells(tmp_path) == PEOPLE


def refusal(folder: Path, output: Mapping[str, object] = TEMPLATE) -> str:
    """The one sentence by which the template is refused, before a run has made anything."""
    with pytest.raises(ConfigError) as error:
        run(folder, PEOPLE, output=output)
    (problem,) = error.value.problems
    assert not (folder / "output/segments.xlsx").exists()
    assert not (folder / ".segtool").exists()
    config = segtool.load({**DOCUMENT, "segments": {"all": ALL}, "output": output}, base=folder)
    assert segtool.check(config) == [problem]
    return problem.message


def test_a_sheet_with_work_on_it_does_not_make_room(tmp_path: Path) -> None:
    def formula(sheet: Any) -> None:
        sheet["E1"] = "=1+1"

    def table(sheet: Any) -> None:
        sheet.auto_filter.ref = None
        sheet.append(["a", "b", "c"])
        sheet.add_table(Table(displayName="T", ref="A1:C2"))

    def chart(sheet: Any) -> None:
        found = BarChart()
        found.add_data(Reference(sheet, min_col=1, min_row=1))
        sheet.add_chart(found, "E5")

    def note(sheet: Any) -> None:
        sheet["A1"].comment = Comment("see", "me")

    def validation(sheet: Any) -> None:
        found = DataValidation(type="whole")
        found.add("A1")
        sheet.add_data_validation(found)

    def condition(sheet: Any) -> None:
        sheet.conditional_formatting.add("A1", RULE)

    def link(sheet: Any) -> None:
        sheet["A1"].hyperlink = "https://x.example"

    works = {
        "formulas": formula,
        "a table": table,
        "a chart or picture": chart,
        "comments": note,
        "checks of what is typed": validation,
        "conditional formats": condition,
        "links": link,
    }
    for holds, work in works.items():
        made(tmp_path, lambda found, work=work: work(found["ALL"]))
        said = f'board.xlsx has {holds} on its sheet "ALL", which every run writes anew; move it to a sheet of another '
        assert refusal(tmp_path).startswith(said), holds


def rewritten(folder: Path, **changed: tuple[str, str, str]) -> None:
    """The template with texts in its parts replaced: part, text, new text."""
    old = parts(made(folder))
    for name, text, new in changed.values():
        assert text.encode() in old[name]
        old[name] = old[name].replace(text.encode(), new.encode())
    repack(folder / "board.xlsx", old)


def test_what_cannot_be_a_template_is_refused_with_a_reason(tmp_path: Path) -> None:
    types, main = "[Content_Types].xml", "xl/workbook.xml"
    sheet = "openxmlformats-officedocument.spreadsheetml.sheet.main"
    rewritten(tmp_path, kind=(types, f"vnd.{sheet}", "vnd.ms-excel.sheet.macroEnabled.main"))
    assert "holds macros" in refusal(tmp_path)
    strict = "http://purl.oclc.org/ooxml/spreadsheetml/main"
    rewritten(tmp_path, space=(main, worksheet.MAIN, strict))
    assert "Strict Open XML" in refusal(tmp_path)
    rewritten(tmp_path, book=("_rels/.rels", "xl/workbook.xml", "xl/workbook.bin"))
    content = parts(tmp_path / "board.xlsx")
    repack(tmp_path / "board.xlsx", {**content, "xl/workbook.bin": b"\x83"})
    assert "is a binary workbook" in refusal(tmp_path)
    content = parts(made(tmp_path))
    repack(tmp_path / "board.xlsx", {**content, "_xmlsignatures/sig1.xml": b"<a/>"})
    assert "is signed" in refusal(tmp_path)
    repack(tmp_path / "board.xlsx", {**content, "xl/media/a.bin": bytes(257 << 20)})
    assert "unpacks to more than 256 MiB" in refusal(tmp_path)
    (tmp_path / "board.xlsx").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600))
    assert "is protected by a password or saved in an old format" in refusal(tmp_path)


def damaged(folder: Path) -> Iterator[bytes]:
    """Files that are no workbook, each in a way of its own."""
    content = parts(made(folder))
    whole = (folder / "board.xlsx").read_bytes()
    yield b""
    yield b"email,name\n"
    yield whole[: len(whole) // 2]
    yield from (whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :] for place in range(40, 2000, 130))
    for name in (
        "[Content_Types].xml",
        "_rels/.rels",
        "xl/workbook.xml",
        "xl/styles.xml",
        "xl/_rels/workbook.xml.rels",
    ):
        for part in (b"", b"<a>", b"<a/>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'):
            repack(folder / "board.xlsx", {**content, name: part})
            yield (folder / "board.xlsx").read_bytes()
        repack(folder / "board.xlsx", {other: part for other, part in content.items() if other != name})
        yield (folder / "board.xlsx").read_bytes()


def test_a_damaged_template_is_refused_whatever_is_wrong_with_it(tmp_path: Path) -> None:
    for content in list(damaged(tmp_path)):
        (tmp_path / "board.xlsx").write_bytes(content)
        assert refusal(tmp_path) == "board.xlsx is damaged or no workbook; open it in Excel and save it anew as .xlsx"


def test_the_template_is_never_written_over(tmp_path: Path) -> None:
    template = made(tmp_path / "output", name="segments.xlsx")
    before = template.read_bytes()
    with pytest.raises(ConfigError, match="is the workbook that is written; keep the template under another name"):
        run(tmp_path, PEOPLE, output={**TEMPLATE, "template": "output/segments.xlsx"})
    assert template.read_bytes() == before
    (tmp_path / "linked.xlsx").hardlink_to(template)
    with pytest.raises(ConfigError, match="is the workbook that is written"):
        run(tmp_path, PEOPLE, output={**TEMPLATE, "template": "linked.xlsx"})


def test_workbooks_of_all_kinds_are_kept_or_refused(tmp_path: Path) -> None:
    """Real workbooks with pictures, pivot tables, tables, charts and oddities: nothing of them is lost."""
    folder = shared("hostile/calamine")
    used = 0
    for path in sorted(folder.glob("*.xls?")):
        (tmp_path / "contacts.csv").write_bytes(as_csv(PEOPLE).encode())
        output = {**TEMPLATE, "template": str(path)}
        config = segtool.load({**DOCUMENT, "segments": {"all": ALL}, "output": output}, base=tmp_path)
        if segtool.check(config):
            continue
        segtool.run(config, as_of=AS_OF)
        used += 1
        old, new = parts(path), parts(tmp_path / "output/segments.xlsx")
        gone = {name for name in old if name not in new}
        assert {name.rpartition("/")[2] for name in gone} <= {"calcChain.xml"}, path.name
        changed = {name for name in old if name in new and old[name] != new[name]}
        kinds = {re.sub(r"\d+", "", name.rpartition("/")[2]) for name in changed}
        known = {"[Content_Types].xml", "workbook.xml", "workbook.xml.rels", "styles.xml", "sheet.xml"}
        assert kinds <= known, (path.name, changed)
    assert used >= 50
