"""The collection of odd and broken files: each is loaded as its index says, or refused with a sentence.

No file may break the program, hang, take more than 10 seconds or 1 GiB, or lose a row without a word. What the index
says of a file is an expectation here. `HOSTILE=table pytest -n 0 tests/test_hostile.py` prints what became of each.
"""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, say, shared

SECONDS = 10.0
MEBIBYTES = 1024
PATIENCE = 60.0
"""How long a file is waited for on a machine that is busy: the limit is on time at work."""


@dataclass(frozen=True)
class Rows:
    """How many rows are read and how many of them rejected, what is said of it, and how one of the kept rows begins."""

    read: int
    rejected: int = 0
    said: str = ""
    begins: tuple[str | None, ...] = ()


@dataclass(frozen=True)
class Refused:
    """What is said instead."""

    said: str


Expected = Rows | Refused

SEVERAL = Refused("has several sheets with rows; say which: sheet: ")
NO_ROWS = Rows(0, said="has a header and no rows")
ENGLISH = Rows(2, begins=("1", "english"))
PASSWORD = Refused("is protected by a password; save it without one")
JOHN = Rows(2, begins=("1101", "John", "30"))
THREE = ("1", "2", "3")

STRUCTURE: dict[str, Expected] = {
    "csv_test_data/csv/header-simple.csv": Rows(1, begins=THREE),
    "csv_test_data/csv/header-no-rows.csv": NO_ROWS,
    "csv_test_data/csv/bad-header-no-header.csv": Refused("is empty; export it again"),
    "csv_test_data/csv/all-empty.csv": Refused("has no header row"),
    "csvkit/empty.csv": Refused("has no header row"),
    # Its only row also is the last one and has no line end: it was cut off.
    "csv_test_data/csv/bad-header-less-fields.csv": Rows(1, 1, "the file ends in the midst of this row"),
    "csv_test_data/csv/bad-header-more-fields.csv": Rows(1, 1, "the row has 4 cells and the header 3"),
    "csv_test_data/csv/bad-missing-quote.csv": Rows(1, 1, "a quotation mark opens in this row and is never closed"),
    "csv_test_data/csv/bad-unescaped-quote.csv": Rows(1, begins=("1", 'This "quotes" must be escaped', "3")),
    "csv_test_data/csv/bad-quotes-with-unescaped-quote.csv": Rows(1, 1, "its quotation marks do not match"),
    "csvkit/bad.csv": Rows(3, 2, "the row has 2 cells and the header 3", ("0", "mixed types.... uh oh", "17")),
    "csvkit/test_header_newline.csv": Rows(1, begins=("d", "e", "f")),
    "csvkit/mac_newlines.csv": Rows(2, begins=THREE),
    "csvkit/optional_quote_characters.csv": Rows(1, begins=THREE),
    "frictionless/escaping.csv": Rows(3, said="blanks before quotation marks", begins=("1", "Test line 1")),
    "frictionless/issue-1109.csv": Rows(3, 1, "the row does not say whose it is", ("1", "2.3", "string")),
}

HEADERS: dict[str, Expected] = {
    "frictionless/duplicate-headers.csv": Refused('has several columns "id"'),
    "frictionless/duplicate-column.csv": Rows(1, said="2 columns have the same name; they are called B and B (2)"),
    "frictionless/capital-invalid.csv": Rows(10, 2, "they are called name and name (2)"),
    "frictionless/invalid.csv": Rows(3, 3, "the row has 5 cells and the header 4"),
    "frictionless/blank-headers.csv": Rows(2, said='a column without a name is called "column 2"'),
    "frictionless/defective-rows.csv": Rows(2, 2, "the row has 2 cells and the header 3"),
    "frictionless/structure-errors.csv": Rows(3, 1, "the row has 6 cells and the header 3", ("1101", "John", "30")),
    "frictionless/schema-errors.csv": Rows(4, 1, "the row has 6 cells and the header 3"),
    "frictionless/issue-1004-data1.csv": Rows(5, 2, "the row has 5 cells and the header 4"),
    "frictionless/blank-rows.csv": JOHN,
    "frictionless/blank-rows-multiple.csv": JOHN,
    "frictionless/blank-rows-no-fields.csv": JOHN,
    "frictionless/countries.csv": Rows(5, 2, "begins with its header in row 2", ("1", "Ireland", "Britain", "67")),
    "frictionless/matrix-with-comment.csv": Rows(4, said="header in row 2", begins=("11", "12", "13", "14")),
    "frictionless/skip-blank-at-the-end.csv": Rows(2, 1, "the row has 1 cell and the header 2", ("1", "2")),
    "frictionless/skip-rows.csv": Rows(3, 1, "begins with its header in row 2", ("1", "english")),
    "frictionless/skip-rows-before-headers.csv": Rows(2, said="header in row 2", begins=("1", "english")),
    "csvkit/test_skip_lines.csv": Rows(1, said="header in row 4", begins=THREE),
    "csvkit/test_skip_lines.xls": Rows(5, said="header in row 4", begins=("Chicago Reader", "1971-01-01")),
    # Its numbers are those of a workbook that counts from 1904, and it does not say that it does.
    "csvkit/test_skip_lines.xlsx": Rows(5, said="header in row 4", begins=("Chicago Reader", "1966-12-31")),
    "csvkit/bad_skip_lines.csv": Rows(3, 2, "header in row 4"),
    "frictionless/without-rows.csv": NO_ROWS,
    "frictionless/wide.csv": Rows(3),
    "frictionless/long.csv": Rows(6, begins=("1", "a")),
    "csvkit/test_empty_columns.csv": Rows(2, 1, "the row does not say whose it is", ("a", None, None)),
    "csvkit/test_extra_header.csv": Rows(1, said="no row has more than 3 of the 4 cells", begins=(*THREE, None)),
    "frictionless/leading-zeros.csv": Rows(3, begins=("01",)),
    "csvkit/test_no_leading_zeroes.csv": Rows(1, begins=("01", "00.11", "0.1")),
    "frictionless/numeric-labels.csv": Rows(3, begins=("id1", "TRUE")),
}

ENCODINGS: dict[str, Expected] = {
    "frictionless/bom.csv": ENGLISH,
    "csvkit/test_utf8_bom.csv": Rows(2, begins=THREE),
    "csvkit/test_utf16_big.csv": Rows(2, said="was read as utf-16, separated by comma", begins=THREE),
    "csvkit/test_utf16_little.csv": Rows(2, said="was read as utf-16, separated by comma", begins=THREE),
    "csvkit/test_latin1.csv": Rows(2, said="was read as windows-1252", begins=THREE),
    "frictionless/latin1.csv": Rows(2, said="was read as windows-1252", begins=("1", "english")),
    "frictionless/table-with-accents.csv": Rows(638, said="was read as windows-1252"),
    "frictionless/issue-811.csv": Rows(7904, said="was read as windows-1252"),
    "frictionless/issue-647.csv.txt": Rows(882, said="was read as windows-1252"),
    "frictionless/table-infer-iso-8859-7.csv": Refused("say in which encoding: it is, such as mac-roman"),
    "csvkit/null_byte.csv": Refused("has a NUL byte in line 2"),
    "frictionless/issue-905/bad.csv": Rows(1, begins=("3", "Kāwanatanga")),
    "frictionless/ascii-notvalid.csv": Rows(1, begins=("1", "ssµ", "ab€")),
    "frictionless/issue-844.csv": Rows(2, begins=("andy", "47")),
    "frictionless/encoding-issue-274.csv": Rows(507),
    "frictionless/table-unicode-headers.csv": ENGLISH,
    # The index would refuse packed files: what a file is, its content says, and these hold tables.
    "frictionless/compression/implicit-gz.csv": ENGLISH,
    "frictionless/compression/implicit-zip.csv": ENGLISH,
    "frictionless/table.csv.gz": ENGLISH,
    "frictionless/table.csv.zip": ENGLISH,
    "csvkit/dummy.csv.bz2": Rows(1, begins=THREE),
    "frictionless/text.txt": NO_ROWS,
}

DELIMITERS: dict[str, Expected] = {
    "frictionless/delimiter.csv": Rows(2, said="separated by semicolon", begins=("1", "english")),
    "frictionless/issue-1138.csv": Rows(7, said="separated by semicolon", begins=("09.07.2013 12:00:00", "146")),
    "frictionless/accent.csv": Rows(2, said="separated by semicolon"),
    "frictionless/table.tsv": Rows(3, said="separated by tab", begins=("1", "english")),
    # Its quotation mark is #, which nobody could guess.
    "frictionless/dialect.csv": Rows(2, 1, "the row has 3 cells and the header 2"),
    # The index counts 28 lines of a file that has 9 rows.
    "frictionless/issue-1478/table.csv": Rows(9, said="separated by bar", begins=("DESH_PR_0273", "01.06.2013")),
    "frictionless/issue-1009-comma.csv": Rows(1, begins=("0123", "c")),
    "frictionless/country-2.csv": Rows(5, said="separated by semicolon", begins=("1", None, "Britain", "67")),
    "frictionless/issue-1066.csv": Rows(21_624, 1, "its quotation marks do not match; it takes in 69 lines"),
    "frictionless/issue-1066-largecellsizewithdeviation.csv": Rows(19),
    "frictionless/issue-1066-smallcellsizewithdeviation.csv": Rows(12),
    "frictionless/issue-277.csv": Rows(75),
}

VALUES: dict[str, tuple[dict[str, Any], Expected]] = {
    "csvkit/test_date_format.csv": ({"types": {"a": "date"}}, Rows(2, begins=("2014-01-02",))),
    "csvkit/test_numeric_date_format.csv": ({"types": {"a": "date"}}, Rows(2, begins=("2014-01-02",))),
    "csvkit/date_like_number.csv": ({"types": {}}, Rows(1, begins=("4.5",))),
    "frictionless/issue-1100.csv": (
        {"types": {"timestamp": "datetime"}, "dates": "%Y-%m-%d %H.%M.%S"},
        Rows(2, begins=("0", "2022-05-25 10:39:15")),
    ),
    "frictionless/timezone-with-id.csv": (
        {"types": {"datetime": "datetime"}},
        Rows(4, begins=("1", "2020-01-01 15:00:00")),
    ),
    "csvkit/test_locale.csv": (
        {"types": {"a": "number", "b": "integer"}},
        Rows(1, begins=("1.7", "200000000", None)),
    ),
    "frictionless/issue-825.csv": (
        {"types": {"2011": "number"}, "decimal": ","},
        Rows(2, said="is no number", begins=("Galleria d'Arte moderna e mostre temporanee", "23824.0")),
    ),
    "frictionless/table-infer-missing-values.csv": ({"missing": "-"}, Rows(7, 3)),
    "frictionless/blank-cells.csv": ({}, Rows(5, begins=("1", "Paul"))),
    "csvkit/blanks.csv": ({"id": "b"}, Rows(1, begins=(None, "NA", "N/A", "NONE", "NULL", "."))),
    "frictionless/without-headers.csv": ({"id": "id"}, Refused('has no column "id"')),
    "frictionless/without-headers-extra.csv": ({"id": "id"}, Refused('has no column "id"')),
    "csvkit/no_header_row.csv": ({"id": "id"}, Refused('has no column "id"')),
    "csvkit/no_header_row3.csv": ({"id": "id"}, Refused('has no column "id"')),
    "frictionless/cast-int-to-string-issue-1251.xlsx": ({"id": "A"}, Rows(2, begins=("001", "b", "1", "a", "1"))),
    "frictionless/table-infer-iso-8859-7.csv": ({"encoding": "iso-8859-7"}, Rows(4)),
    "calamine/any_sheets.xlsx": ({"sheet": "Hidden"}, Refused("has no header row")),
    "frictionless/sheets.xlsx": ({"sheet": "Sheet1"}, Rows(1, begins=("1", "london"))),
}

WORKBOOKS: dict[str, Expected] = {
    "calamine/date.xlsx": Rows(2, begins=("2021-01-02 00:00:00", "16")),
    "calamine/date.xls": Rows(2, begins=("2021-01-02 00:00:00", "16")),
    "calamine/date_1904.xlsx": Rows(2, begins=("2021-01-02 00:00:00", "16")),
    "calamine/date_1904.xls": Rows(2, begins=("2021-01-02 00:00:00", "16")),
    "calamine/date_1904.xlsb": Rows(2, begins=("2021-01-02 00:00:00", "16")),
    "calamine/date_iso.xlsx": Rows(5, begins=("2021-01-01T10:10:10",)),
    "csvkit/test.xlsx": Rows(5, begins=("Chicago Reader", "1971-01-01", "40", "true", "1", "1971-01-01 04:14:00")),
    "csvkit/test.xls": Rows(5, begins=("Chicago Reader", "1971-01-01", "40", "true", "1", "1971-01-01 04:14:00")),
    "calamine/any_sheets.xlsx": Rows(3, 1, 'sheet "Visible" was read', ("3", "4")),
    "calamine/any_sheets.ods": Rows(3, 1, 'sheet "Visible" was read', ("3", "4")),
    "csvkit/sheets.xlsx": SEVERAL,
    "csvkit/sheets.xls": SEVERAL,
    "frictionless/sheets.xlsx": SEVERAL,
    "frictionless/sheet2.xlsx": Rows(2, said='sheet "Sheet2" was read', begins=("1", "english")),
    "calamine/merge_cells.xlsx": Rows(1, said="2 ranges are merged below the header"),
    "calamine/merged_range.xlsx": SEVERAL,
    "frictionless/merged-cells.xlsx": Rows(0, said="1 range is merged below the header"),
    "frictionless/multiline-headers.xlsx": Rows(3, 2, 'a column without a name is called "column 4"'),
    "calamine/errors.xlsx": Refused("has no header row"),
    "calamine/pictures_in_cell_and_over_cell.xlsx": Refused("has no header row"),
    "calamine/formula.issue.xlsx": Refused('has several columns "23"'),
    "calamine/issue_553.xlsx": Rows(18, 3, "it repeats the header"),
    "calamine/shared_formula_simple.xlsx": Rows(2, begins=("2", "4")),
    "calamine/issue_174.xlsx": Rows(1, begins=("123", "Test Contact Name")),
    "calamine/temperature-in-middle.xlsx": Rows(2, said="header in row 4", begins=("celsius", "22.2222")),
    "calamine/no-header.xlsx": Rows(1, said="header in row 3", begins=("b", "1")),
    "calamine/header-row.xlsx": Rows(1, said="header in row 9", begins=("put data here", *THREE)),
    "calamine/strict_iso_paths.xlsx": Rows(75),
    "calamine/inlineStr_cdata.xlsx": Rows(1, begins=("12345", "NormalText")),
    "calamine/inlineStr_with_value.xlsx": Rows(1, begins=("1", "+", None, "1.", "RQ11610", "requirement")),
    "calamine/encoded_entities.xlsx": NO_ROWS,
    "calamine/has_x000D_.xlsx": NO_ROWS,
    "calamine/rph.xlsx": NO_ROWS,
    "calamine/whitespace_trim.xlsx": SEVERAL,
    "calamine/richtext-namespaced.xlsx": Refused("has no sheet with rows; it has Sheet1, Sheet2 and Sheet3"),
    "calamine/empty_shared_string_value.xlsx": Rows(
        2, 1, "the row does not say whose it is", ("Alice", None, "Active")
    ),
    "calamine/nonstandard-xml-ns-prefix.xlsx": Rows(2, begins=("1", "3")),
    "frictionless/cast-int-to-string-issue-1251.xls": Rows(2, begins=("001", "b", "1", "a", "1")),
    "frictionless/number-format-multicode.xlsx": Rows(3, begins=("4.511197752",)),
    "frictionless/preserve-formatting-percentage.xlsx": Rows(3, begins=("123", "0.52")),
    "frictionless/issue-1024.xlsx": Rows(50, 3),
    "calamine/vba.xlsm": Refused("has no sheet with rows"),
    "calamine/issue3.xlsm": Refused("has no sheet with rows"),
}

BROKEN: dict[str, Expected] = {
    "calamine/pass_protected.xlsx": PASSWORD,
    "calamine/pass_protected.xlsb": PASSWORD,
    "calamine/pass_protected.ods": PASSWORD,
    "frictionless/table.xls": ENGLISH,
    "frictionless/table.ods": ENGLISH,
    "calamine/issues.xlsb": SEVERAL,
    "calamine/too_small.xls": Refused("is text, not a workbook"),
    "calamine/issue252.xlsx": Refused("is damaged or no workbook"),
    "calamine/issue_419.xlsx": NO_ROWS,
    "calamine/issue_530.xlsx": Rows(4, 2),
    "calamine/minimal_package.xlsx": Rows(193, said="header in row 3"),
    "calamine/empty_s_attribute.xlsx": Rows(4, begins=("John", "1")),
    "calamine/pivots.xlsx": SEVERAL,
    "calamine/issue_594_dos.ods": Refused("is damaged or no workbook"),
    # Both hold sheets that can be read, within the limits.
    "calamine/OOM_alloc.xls": Rows(23, 16),
    "calamine/OOM_alloc2.xls": Rows(191),
    "calamine/OOM_alloc3.xls": Refused("is damaged or no workbook"),
    # An archive of tables is read as such; that two of one are of different shapes is said.
    "frictionless/package-invalid.zip": Refused('data2.csv has no column "id"'),
    "frictionless/resource.zip": ENGLISH,
    "yaml_bombs/python_object_apply.yaml": Refused("segments"),
}

TOLERATED = {"9C9N", "9JBA", "CVW2", "DK95_01", "EB22", "G5U8", "MUS6_01", "QB6E", "RHX7", "S98Z", "SU5Z", "YJV2"}
"""Documents that are no YAML and that PyYAML reads; as segments files, they are refused for what they say."""

EXPECTED: dict[str, Expected] = STRUCTURE | HEADERS | ENCODINGS | DELIMITERS | WORKBOOKS | BROKEN
FOLDERS = ("calamine", "csv_spectrum", "csv_test_data", "csvkit", "frictionless", "naughty_strings", "csv_injection")


@dataclass
class Loader:
    """The process that loads one file after another. One that breaks is started anew for the next file."""

    process: subprocess.Popen[bytes] | None = None
    outcomes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def load(self, path: Path, source: dict[str, Any]) -> dict[str, Any]:
        """What became of a file; `broke` where that was nothing that the program should ever do."""
        process = self.process = self.process or _start()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"path": str(path), "source": source}).encode() + b"\n")
        process.stdin.flush()
        with selectors.DefaultSelector() as ready:
            ready.register(process.stdout, selectors.EVENT_READ)
            line = process.stdout.readline() if ready.select(PATIENCE) else b""
        outcome: dict[str, Any] = json.loads(line) if line else {"broke": self.stop() or "it never came back"}
        self.outcomes.append((f"{path.parent.name}/{path.name}", outcome))
        return outcome

    def stop(self) -> str:
        """What the process said last."""
        process, self.process = self.process, None
        if process is None:
            return ""
        process.kill()
        return process.communicate()[1].decode(errors="replace")[-600:]


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.hostile"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        bufsize=0,
    )


@pytest.fixture
def loader(pytestconfig: pytest.Config) -> Iterator[Loader]:
    found = Loader()
    yield found
    found.stop()
    if os.environ.get("HOSTILE") == "table":
        say(pytestconfig, f"{'file':<48} rows kept  rej.  sec. MiB", *map(_line, found.outcomes))


def _line(told: tuple[str, dict[str, Any]]) -> str:
    name, outcome = told
    if "broke" in outcome:
        return f"{name:<48} BROKE {outcome['broke']}"
    spent = f"{outcome['seconds']:6.2f} {outcome['memory']:4}"
    if "refused" in outcome:
        return f"{name:<48} {'refused':<14} {spent}  {outcome['refused'].partition('] ')[2]}"
    counts = f"{outcome['read']:6} {outcome['kept']:5} {outcome['rejected']:5}"
    return f"{name:<48} {counts} {spent}  {'; '.join((*outcome['reasons'], *outcome['notes']))}"


def _fault(name: str, outcome: dict[str, Any], expected: Expected | None) -> str | None:
    """What is wrong with the outcome."""
    if "broke" in outcome:
        return f"{name} broke: {outcome['broke']}"
    if outcome["worked"] > SECONDS or outcome["memory"] > MEBIBYTES:
        return f"{name} took {outcome['worked']} s and {outcome['memory']} MiB"
    if "refused" in outcome:
        sentence = outcome["refused"]
        named = Path(name).name in sentence or name.endswith(".yaml")
        if isinstance(expected, Rows) or not named or "Traceback" in sentence or "Error" in sentence:
            return f"{name}: {sentence}"
        return None if expected is None or expected.said in sentence else f"{name}: {sentence}"
    if not outcome["balanced"] or not outcome["listed"]:
        return f"{name} lost a row: {outcome}"
    if expected is None:
        return None
    if isinstance(expected, Refused):
        return f"{name} was read: {outcome}"
    told = " ".join((*outcome["reasons"], *outcome["notes"]))
    begun = {tuple(row[: len(expected.begins)]) for row in outcome["values"]} | {()}
    fits = (outcome["read"], outcome["rejected"]) == (expected.read, expected.rejected) and expected.begins in begun
    return None if fits and expected.said in told else f"{name}: {expected}, and not {outcome}"


def _none_of(faults: list[str | None]) -> None:
    told = [fault for fault in faults if fault is not None]
    assert not told, "\n".join(told)


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_file_is_read_as_the_index_says_or_refused_with_a_sentence(folder: str, loader: Loader) -> None:
    collection = shared("hostile")
    paths = sorted(path for path in (collection / folder).rglob("*") if path.is_file())
    assert paths
    faults = []
    for path in paths:
        name = path.relative_to(collection).as_posix()
        faults.append(_fault(name, loader.load(path, {}), EXPECTED.get(name)))
    _none_of(faults)


def test_every_expectation_is_of_a_file() -> None:
    collection = shared("hostile")
    assert not [name for name in (*EXPECTED, *VALUES) if not (collection / name).is_file()]


def test_values_are_what_the_source_says(loader: Loader) -> None:
    collection = shared("hostile")
    faults = [_fault(name, loader.load(collection / name, said), wanted) for name, (said, wanted) in VALUES.items()]
    _none_of(faults)


def test_records_are_those_that_come_with_the_files(loader: Loader) -> None:
    """In csv-spectrum with names; in csv-test-data as rows without a header, of which the first is taken for one."""
    collection = shared("hostile")
    for path in sorted((collection / "csv_spectrum" / "csvs").glob("*.csv")):
        told = json.loads((path.parent.parent / "json" / f"{path.stem}.json").read_text(encoding="utf-8"))
        wanted = told if isinstance(told, list) else [told]
        found = loader.load(path, {"duplicates": "last"})["values"]
        clean = [[_read(value) for value in record.values()] for record in wanted]
        if path.stem == "location_coordinates":  # the record that comes with it has another telephone number
            clean[0][0] = found[0][0]
        assert found == sorted((row for row in clean if row[0] is not None), key=lambda row: str(row[0])), path.name
    for path in sorted((collection / "csv_test_data" / "csv").glob("[!b]*.csv")):
        known = path.parent.parent / "json" / f"{path.stem}.json"
        records = json.loads(known.read_text(encoding="utf-8")) if known.exists() else []
        if len(records) == 2 and isinstance(records[1], list):
            row = [_read(value) for value in records[1]]
            assert loader.load(path, {}).get("values", []) == ([row] if any(row) else []), path.name


def _read(value: str) -> str | None:
    """A cell as it is read: trimmed, with ordinary line ends."""
    text = value.replace("\r\n", "\n").strip()
    return text or None


def test_no_document_breaks_the_program(loader: Loader) -> None:
    """YAML that is none, YAML that is odd, and YAML that would do harm."""
    collection = shared("hostile")
    paths = sorted([*(collection / "yaml_test_suite").rglob("*.yaml"), *(collection / "yaml_bombs").rglob("*.yaml")])
    faults = []
    for path in paths:
        outcome = loader.load(path, {})
        faults.append(_fault(path.name, outcome, Refused("") if "valid" not in path.parts else None))
        if path.stem not in TOLERATED and "invalid" in path.parts and "[yaml-" not in outcome.get("refused", ""):
            faults.append(f"{path.name}: {outcome}")
    assert paths
    _none_of(faults)
