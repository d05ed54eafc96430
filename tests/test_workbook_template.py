"""A template: everything of its own stays, our sheets come into it, and what would be lost is refused by its name."""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest
from conftest import shared
from lists import AS_OF, as_csv
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule, DataBarRule
from openpyxl.styles import Font, NamedStyle, PatternFill
from openpyxl.utils.datetime import CALENDAR_MAC_1904
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from openpyxl.xml.functions import tostring
from test_workbook import ALL, DOCUMENT, PEOPLE, book, cells, run

import segtool
from segtool.config.problems import ConfigError

TEMPLATE: Mapping[str, object] = {"formats": ["xlsx"], "template": "board.xlsx"}
RULE: Any = CellIsRule("greaterThan", ["1"], fill=PatternFill(bgColor="FFFF0000"))  # type: ignore[no-untyped-call]

BAR: Any = DataBarRule("min", 0, "max", 0, "FF638EC6")  # type: ignore[no-untyped-call]


def made(folder: Path, change: Any = lambda _: None, name: str = "board.xlsx") -> Path:
    """A template with all that is kept: a board that counts the sheet `all`, which is there already."""
    found: Any = openpyxl.Workbook()
    board = found.active
    board.title = "Board"
    board.append(["People", "=COUNTA(all!A:A)-1", dt.datetime(2026, 5, 1, 9, 30), "=not a formula", True, 0.25])
    board.append(["Twice", "=B1*2"])
    board["D1"].data_type = "s"
    board["B2"].number_format = "0.00"
    board["A1"].font = Font(name="Georgia", b=True, color="FF112233")
    board["A2"].hyperlink = "https://intranet.example/board"
    found.add_named_style(NamedStyle("Mine", font=Font(i=True)))
    board["A3"].style = "Mine"
    board.merge_cells("A6:C7")
    board.conditional_formatting.add("B1:B9", RULE)
    board.conditional_formatting.add("F1:F9", BAR)
    choice = DataValidation(type="list", formula1="all!$A$2:$A$9")
    choice.add("C5")
    board.add_data_validation(choice)
    board["A8"], board["B8"] = "a", "b"
    board.add_table(Table(displayName="Mine", ref="A8:B9"))
    board.column_dimensions["A"].width = 33
    board.row_dimensions[2].height = 44
    board.column_dimensions.group("H", "J", hidden=True)
    board.print_area, board.print_title_rows = "A1:F9", "1:1"
    board.oddFooter.center.text = "Page &P"
    board.page_setup.orientation, board.freeze_panes = "landscape", "B2"
    board.sheet_properties.tabColor = "FF00AA00"
    board.protection.sheet = True
    board.defined_names["near"] = DefinedName("near", attr_text="Board!$B$1")
    data = found.create_sheet("ALL")
    data.append(["old", "content", "that goes"])
    data.auto_filter.ref = "A1:C1"
    data.sheet_state = "hidden"
    found.create_sheet("Notes").append(["after"])
    found.defined_names["members"] = DefinedName("members", attr_text="all!$A$2:$A$100")
    found.properties.title, found.properties.creator = "Board of the board", "Dana"
    change(found)
    folder.mkdir(exist_ok=True)
    found.save(folder / name)
    return folder / name


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def repack(path: Path, content: Mapping[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in content.items():
            archive.writestr(name, part)


def look(cell: Any) -> tuple[object, ...]:
    """A cell with all of its format, as values that can be compared."""
    if not hasattr(cell, "font"):
        return ("merged",)
    value = getattr(cell.value, "text", cell.value) or None
    if type(value) is dt.date:
        value = dt.datetime.combine(value, dt.time())
    link = cell.hyperlink and (cell.hyperlink.target, cell.hyperlink.location)
    form = (cell.font, cell.fill, cell.border, cell.alignment, cell.protection)
    kind = cell.data_type if value is not None else None
    return (value, kind, cell.number_format, cell.style, link, *(plain(one) for one in form))


def plain(form: object) -> str:
    """What is false is not set either."""
    return repr(form).replace("=False", "=None")


def state(sheet: Any) -> dict[str, object]:
    """Everything about a sheet that somebody may have set."""
    return {
        "cells": {place: look(cell) for place, cell in sheet._cells.items() if cell.has_style or cell.value},
        "merged": sorted(str(area) for area in sheet.merged_cells.ranges),
        "widths": {name: (one.width, one.hidden, one.outline_level) for name, one in sheet.column_dimensions.items()},
        "heights": {row: one.height for row, one in sheet.row_dimensions.items() if one.height},
        "conditions": [(str(one.sqref), [repr(rule) for rule in one.rules]) for one in sheet.conditional_formatting],
        "checks": [repr(one) for one in sheet.data_validations.dataValidation],
        "tables": [repr(one) for one in sheet.tables.values()],
        "names": {name: one.attr_text for name, one in sheet.defined_names.items()},
        "print": (str(sheet.print_area), sheet.print_title_rows, repr(sheet.page_setup), repr(sheet.page_margins)),
        "header": tostring(sheet.HeaderFooter.to_tree("headerFooter")),
        "view": repr(sheet.sheet_view),
        "protection": repr(sheet.protection) if sheet.protection.sheet else None,
        "properties": repr(sheet.sheet_properties),
        "filter": sheet.auto_filter.ref,
        "state": sheet.sheet_state,
    }


def opened(path: Path) -> Any:
    return openpyxl.load_workbook(path, rich_text=True)


# --- what stays ----------------------------------------------------------------------------------------------


def test_everything_of_a_templates_own_sheets_stays(tmp_path: Path) -> None:
    template = made(tmp_path)
    before = template.read_bytes()
    run(tmp_path, PEOPLE, output=TEMPLATE)
    old, new = opened(template), opened(tmp_path / "output/segments.xlsx")
    for name in ("Board", "Notes"):
        assert state(new[name]) == state(old[name])
    assert new["Board"]["B1"].value == "=COUNTA(all!A:A)-1"
    assert new["Board"]["D1"].data_type == "s"
    assert {name: one.attr_text for name, one in new.defined_names.items()} == {"members": "all!$A$2:$A$100"}
    assert (new.properties.title, new.properties.creator) == ("Board of the board", "Dana")
    assert new.active.title == "Board"
    assert new.calculation.fullCalcOnLoad
    assert template.read_bytes() == before


def test_sheets_are_added_and_those_of_a_name_replaced_where_they_are(tmp_path: Path) -> None:
    made(tmp_path)
    run(tmp_path, PEOPLE, output=TEMPLATE)
    found = book(tmp_path)
    assert found.sheetnames == ["Board", "ALL", "Notes", "Summary", "all changes"]
    assert [[cell.value for cell in row] for row in found["ALL"]] == PEOPLE
    assert found["ALL"].auto_filter.ref == "A1:B3"
    assert found["ALL"].sheet_state == "hidden"
    assert found["ALL"]["A1"].font.name == found["Notes"]["A1"].font.name
    assert found["all changes"]["A1"].font.b


def test_results_of_another_day_are_not_kept(tmp_path: Path) -> None:
    """Excel computes a formula when it opens the file; a program that does not shows nothing, and nothing wrong."""
    template = made(tmp_path)
    old = parts(template)
    page = old["xl/worksheets/sheet1.xml"].replace(b"<v />", b"<v>99</v>")
    assert page.count(b"<v>99</v>") == 2
    repack(template, {**old, "xl/worksheets/sheet1.xml": page})
    run(tmp_path, PEOPLE, output=TEMPLATE)
    new = parts(tmp_path / "output/segments.xlsx")["xl/worksheets/sheet1.xml"]
    assert b"99" not in new
    assert new.count(b"<f>") == 2


def test_texts_in_two_formats_stay(tmp_path: Path) -> None:
    content = parts(made(tmp_path))
    page = content["xl/worksheets/sheet3.xml"]
    rich = b'<c r="A1" t="inlineStr"><is><r><rPr><b/></rPr><t>bold</t></r><r><t> plain</t></r></is></c>'
    changed = re.sub(rb'<c r="A1".*?</c>', rich, page)
    assert changed != page
    repack(tmp_path / "board.xlsx", {**content, "xl/worksheets/sheet3.xml": changed})
    run(tmp_path, PEOPLE, output=TEMPLATE)
    (text, rest) = opened(tmp_path / "output/segments.xlsx")["Notes"]["A1"].value
    assert (text.text, text.font.b, str(rest)) == ("bold", True, " plain")


def test_a_workbook_that_was_written_can_be_the_next_template(tmp_path: Path) -> None:
    run(tmp_path, PEOPLE)
    for people in (3, 4):
        (tmp_path / "board.xlsx").write_bytes((tmp_path / "output/segments.xlsx").read_bytes())
        table = [*PEOPLE, *([f"c{number}@x.com", "Cat"] for number in range(people - 2))]
        run(tmp_path, table, segments={"all": ALL, "more": ALL}, output=TEMPLATE)
        found = book(tmp_path)
        assert found.sheetnames == ["Summary", "all", "all changes", "more", "more changes"]
        assert found["more"].max_row == found["all"].max_row == people + 1
        assert found["all"].print_title_rows == "$1:$1"
    content = parts(tmp_path / "output/segments.xlsx")["xl/workbook.xml"]
    assert sorted(re.findall(rb'_FilterDatabase" localSheetId="(\d)"', content)) == [b"0", b"1", b"2", b"3", b"4"]


def test_the_same_run_into_the_same_template_writes_the_same_bytes(tmp_path: Path) -> None:
    template = made(tmp_path / "one")
    (tmp_path / "two").mkdir()
    (tmp_path / "two/board.xlsx").write_bytes(template.read_bytes())
    for name in ("one", "two"):
        run(tmp_path / name, PEOPLE, output=TEMPLATE)
    found = [(tmp_path / name / "output/segments.xlsx").read_bytes() for name in ("one", "two")]
    assert found[0] == found[1]


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


# --- what is refused -----------------------------------------------------------------------------------------


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
        "checks of what is typed": validation,
        "conditional formats": condition,
        "links": link,
    }
    for holds, work in works.items():
        made(tmp_path, lambda found, work=work: work(found["ALL"]))
        said = f'board.xlsx has {holds} on its sheet "ALL", which every run writes anew; move it to a sheet of another '
        assert refusal(tmp_path).startswith(said), holds


def with_chart(found: Any) -> None:
    chart = BarChart()
    chart.add_data(Reference(found["ALL"], min_col=2, min_row=1, max_row=3), titles_from_data=True)
    found["Board"].add_chart(chart, "D4")


def with_chart_sheet(found: Any) -> None:
    found.create_chartsheet("Chart")


def with_comment(found: Any) -> None:
    found["Board"]["A1"].comment = Comment("see", "me")


@pytest.mark.parametrize(
    ("holds", "work"), [("a chart", with_chart), ("a chart", with_chart_sheet), ("comments", with_comment)]
)
def test_what_would_be_lost_is_refused(tmp_path: Path, holds: str, work: Callable[[Any], None]) -> None:
    made(tmp_path, work)
    assert refusal(tmp_path) == (
        f"board.xlsx holds {holds}, which would be lost when the lists are written into it; "
        "take that out, or keep it in another workbook that refers to segments.xlsx"
    )


SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"


@pytest.mark.parametrize(
    ("part", "kind", "said"),
    [
        ("xl/vbaProject.bin", "application/vnd.ms-office.vbaProject", "macros"),
        ("xl/macrosheets/sheet1.xml", "application/vnd.ms-excel.macrosheet+xml", "macros"),
        ("_xmlsignatures/sig1.xml", "application/vnd.openxmlformats-package.digital-signature-xmlsignature+xml", "a s"),
        ("xl/charts/chartEx1.xml", "application/vnd.ms-office.chartex+xml", "a chart"),
        ("xl/ctrlProps/ctrlProp1.xml", "application/vnd.ms-excel.controlproperties+xml", "buttons or other controls"),
        ("xl/activeX/activeX1.xml", "application/vnd.ms-office.activeX+xml", "buttons or other controls"),
        ("xl/embeddings/oleObject1.bin", "application/vnd.openxmlformats-officedocument.oleObject", "an embedded"),
        ("xl/pivotTables/pivotTable1.xml", f"{SPREADSHEET}.pivotTable+xml", "a pivot table"),
        ("xl/slicers/slicer1.xml", "application/vnd.ms-excel.slicer+xml", "a slicer"),
        ("xl/timelines/timeline1.xml", "application/vnd.ms-excel.timeline+xml", "a timeline"),
        ("xl/threadedComments/c1.xml", "application/vnd.ms-excel.threadedcomments+xml", "comments"),
        ("xl/richData/rdrichvalue.xml", "application/vnd.ms-excel.rdrichvalue+xml", "pictures or linked data in cells"),
        ("xl/metadata.xml", f"{SPREADSHEET}.sheetMetadata+xml", "formulas that fill more than one cell"),
        ("xl/queryTables/queryTable1.xml", f"{SPREADSHEET}.queryTable+xml", "a query"),
        ("xl/connections.xml", f"{SPREADSHEET}.connections+xml", "a connection to data elsewhere"),
        ("xl/revisions/revisionLog1.xml", f"{SPREADSHEET}.revisionLog+xml", "tracked changes"),
        ("xl/media/image1.png", "image/png", "a picture"),
        ("docMetadata/LabelInfo.xml", "application/vnd.ms-office.classificationlabels+xml", "a sensitivity label"),
        ("customXml/item1.xml", "", "data of another program"),
        ("xl/webextensions/w1.xml", "application/vnd.ms-office.webextension+xml", "an add-in"),
        ("xl/anything.xml", "application/vnd.example.new+xml", 'a part that is not known here, "xl/anything.xml"'),
        ("xl/drawings/drawing1.xml", "application/vnd.openxmlformats-officedocument.drawing+xml", "a shape"),
    ],
)
def test_parts_that_would_be_lost_are_named(tmp_path: Path, part: str, kind: str, said: str) -> None:
    content = parts(made(tmp_path))
    override = f'<Override PartName="/{part}" ContentType="{kind}" />'.encode() if kind else b""
    types = content["[Content_Types].xml"].replace(b"</Types>", override + b"</Types>")
    repack(tmp_path / "board.xlsx", {**content, "[Content_Types].xml": types, part: b"<a><anchor/></a>"})
    assert refusal(tmp_path).startswith(f"board.xlsx holds {said}")


EXTENSION = '<extLst><ext uri="{}"><a/></ext></extLst>'


@pytest.mark.parametrize(
    ("element", "said"),
    [
        ('<picture r:id="rId9"/>', "a picture behind its cells"),
        ('<legacyDrawingHF r:id="rId9"/>', "a picture in a header or footer"),
        ("<controls/>", "buttons or other controls"),
        ("<oleObjects/>", "an embedded object"),
        ("<protectedRanges/>", "areas that some people may edit"),
        ("<customSheetViews/>", "views of its own"),
        ("<dataConsolidate/>", "a consolidation"),
        (EXTENSION.format("{78C0D931-6437-407D-A8EE-F0AAD7539E65}"), "conditional formats of a newer kind"),
        (EXTENSION.format("{CCE6A557-97BC-4B89-ADB6-D9C93CAAB3DF}"), "checks of what is typed that look at another"),
        (EXTENSION.format("{05C60535-1F16-4FD2-B633-F4F36F0B64E0}"), "small charts in cells"),
        (EXTENSION.format("{A8765BA9-456A-4DAB-B4F3-ACF838C121DE}"), "a slicer"),
        (EXTENSION.format("{FC87AEE6-9EDD-4A0A-B7FB-166176984837}"), "areas that some people may edit"),
        (EXTENSION.format("{00000000-0000-0000-0000-000000000000}"), "something (Unknown extension is not supported"),
        (
            EXTENSION.format("{B025F937-C7B1-47D3-B67F-A62EFF666E3E}")
            + EXTENSION.format("{78C0D931-6437-407d-A8EE-F0AAD7539E65}"),
            "conditional formats of a newer kind",
        ),
    ],
)
def test_what_would_be_lost_on_a_sheet_is_named(tmp_path: Path, element: str, said: str) -> None:
    content = parts(made(tmp_path))
    name = "xl/worksheets/sheet3.xml"
    relations = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    page = content[name].decode().replace("<worksheet ", f"<worksheet {relations} ")
    changed = page.replace("</worksheet>", f"{element}</worksheet>")
    repack(tmp_path / "board.xlsx", {**content, name: changed.encode()})
    assert refusal(tmp_path).startswith(f"board.xlsx holds {said}")


def test_a_formula_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    content = parts(made(tmp_path))
    name = "xl/worksheets/sheet1.xml"
    page = content[name].replace(b"<f>B1*2</f>", b'<f t="shared" si="7"/>')
    assert page != content[name]
    repack(tmp_path / "board.xlsx", {**content, name: page})
    assert refusal(tmp_path).startswith('board.xlsx holds a formula on its sheet "Board" that cannot be read')


def test_a_drawing_with_nothing_on_it_is_nothing(tmp_path: Path) -> None:
    """Google Sheets gives one to every sheet."""
    content = parts(made(tmp_path))
    kind = "application/vnd.openxmlformats-officedocument.drawing+xml"
    override = f'<Override PartName="/xl/drawings/drawing1.xml" ContentType="{kind}" /></Types>'.encode()
    types = content["[Content_Types].xml"].replace(b"</Types>", override)
    changed = {"[Content_Types].xml": types, "xl/drawings/drawing1.xml": b"<wsDr/>"}
    repack(tmp_path / "board.xlsx", {**content, **changed})
    run(tmp_path, PEOPLE, output=TEMPLATE)
    assert book(tmp_path).sheetnames[0] == "Board"


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
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rewritten(tmp_path, space=(main, space, "http://purl.oclc.org/ooxml/spreadsheetml/main"))
    assert "Strict Open XML" in refusal(tmp_path)
    rewritten(tmp_path, views=(main, "<bookViews>", '<fileSharing userName="x" /><bookViews>'))
    assert "holds a password for writing" in refusal(tmp_path)
    content = parts(made(tmp_path))
    repack(tmp_path / "board.xlsx", {**content, "xl/workbook.bin": b"\x83"})
    assert "is a binary workbook" in refusal(tmp_path)
    repack(tmp_path / "board.xlsx", {**content, "xl/media/a.bin": bytes(65 << 20)})
    assert "unpacks to more than 64 MiB" in refusal(tmp_path)
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
    for name in ("[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet3.xml"):
        for part in (b"", b"<a>", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'):
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


# --- workbooks of other programs -----------------------------------------------------------------------------

MADE_ANEW = re.compile(
    r"docProps/|calcChain|printerSettings|persons/|drawings/|sharedStrings|styles|theme|Content_Types|\.rels$"
)
"""Parts that are written anew; of formats, what cells have of them is compared."""
PASSED_OVER = {
    *("fileVersion", "revisionPtr", "AlternateContent", "webPublishing", "fileRecoveryPr"),
    *("ignoredErrors", "phoneticPr", "drawing", "rPh"),
}
"""Elements that say who saved the workbook and how, and what Excel marks by itself."""
CHANGED = {
    *("v", "f", "f@t", "f@si", "f@ca", "f@ref", "c@t", "row@spans", "row@customFormat", "t@space", "color@rgb"),
    *("workbookPr@defaultThemeVersion", "workbookPr@filterPrivacy", "workbookPr@showObjects"),
    *("pageSetup@id", "pageSetup@cellComments"),
}
"""Results, formulas that were written as copies of another, colours that were given twice, and what has no effect."""
LARGE = 100_000
COUNTED = re.compile(r"@(uid|dyDescent|Ignorable|count)$")


def inventory(path: Path) -> set[str]:
    """The elements and attributes of the parts of a workbook, without knowing what they mean."""
    found: set[str] = set()
    for name, part in parts(path).items():
        kind = re.sub(r"\d+(_\w+)?", "", name)
        if not MADE_ANEW.search(name):
            found |= {f"{kind}/{said}" for said in inside(ElementTree.fromstring(part), "worksheets" in name)}
    return found


def inside(element: ElementTree.Element, on_sheet: bool) -> Iterator[str]:
    tag = element.tag.rpartition("}")[2]
    unused = tag == "sheetProtection" and element.get("sheet") not in ("1", "true")
    if unused or tag in PASSED_OVER or (tag == "extLst" and not on_sheet):
        return
    if (element.text or "").strip():
        yield tag
    said = [name for name, value in element.attrib.items() if value not in ("0", "false")]
    yield from (f"{tag}@{name.rpartition('}')[2]}" for name in said)
    for child in element:
        yield from inside(child, on_sheet)


@pytest.mark.filterwarnings("ignore:Workbook contains no")
def test_workbooks_of_all_kinds_are_kept_or_refused(tmp_path: Path) -> None:
    """Real workbooks with pictures, pivot tables, tables, charts and oddities: nothing of them is lost unsaid."""
    folder = shared("hostile/calamine")
    used = 0
    for path in sorted(path for path in folder.glob("*.xls?") if path.stat().st_size < LARGE):
        (tmp_path / "contacts.csv").write_bytes(as_csv(PEOPLE).encode())
        output = {**TEMPLATE, "template": str(path)}
        config = segtool.load({**DOCUMENT, "segments": {"all": ALL}, "output": output}, base=tmp_path)
        if segtool.check(config):
            continue
        segtool.run(config, as_of=AS_OF)
        used += 1
        old, new = opened(path), opened(tmp_path / "output/segments.xlsx")
        assert new.sheetnames[: len(old.sheetnames)] == old.sheetnames
        for sheet in old:
            assert state(new[sheet.title]) == state(sheet), (path.name, sheet.title)
        written = inventory(tmp_path / "output/segments.xlsx")
        gone = {name for name in inventory(path) - written if not COUNTED.search(name)}
        gone = {name for name in gone if name.rpartition("/")[2] not in CHANGED}
        assert not gone, (path.name, gone)
    assert used >= 40
