"""One good file, spoilt in one way at a time: the rest of it is read, and what is spoilt is named or refused.

No cell of any row may ever be another's.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import segtool
from segtool.config.problems import DataError
from segtool.sources.tables import Table

HEADER = ["email", "name", "city", "amount", "joined", "note", "phone", "zip", "tags"]
CITIES = ("Riga, LV", "New York", "Ōsaka")
PEOPLE = [
    [
        f"u{n}@x.com",
        f"Name {n}",
        CITIES[n % 3],
        f"{n * 13.5:.2f}",
        f"2026-0{n % 9 + 1}-1{n % 9}",
        'say "hi", ok' if n % 7 == 0 else "plain",
        f"+3712{n:07}",
        f"0{n:04}",
        "a,b" if n % 3 else "",
    ]
    for n in range(84)
]
CLEAN = [tuple(cell or None for cell in person) for person in PEOPLE]


def text(rows: list[list[str]], **how: Any) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n", **how).writerows(rows)
    return stream.getvalue()


def cell(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if set(value) & set(',"') else value


BASE = text([HEADER, *PEOPLE])
LINES = BASE.splitlines()


def read(folder: Path, content: str | bytes) -> Table:
    (folder / "c.csv").write_bytes(content.encode() if isinstance(content, str) else content)
    source = {"files": "c.csv", "id": "email", "types": dict.fromkeys(HEADER[1:], "text")}
    config = segtool.load({"version": 1, "sources": {"c": source}, "segments": {"a": {"where": "everyone"}}}, folder)
    table = segtool.evaluate(config).tables["c"]
    counted = table.accounting
    assert counted.read == counted.kept + counted.duplicates + counted.rejected
    assert table.rejects.height == counted.rejected
    return table


def values(table: Table) -> list[tuple[Any, ...]]:
    """The rows of the table in the order of the people's numbers, which is that of the file."""
    return sorted(table.frame.select(HEADER).collect().rows(), key=lambda row: (len(row[0]), row[0]))


def lines_of(content: str, mark: str) -> str:
    return "\n".join(mark.join(row) for row in csv.reader(io.StringIO(content))) + "\n"


HARMLESS: dict[str, str | bytes] = {
    "no line end": BASE.rstrip("\n"),
    "blank lines at the end": BASE + "\n\n",
    "blank lines between": "\n\n".join(LINES),
    "CRLF": BASE.replace("\n", "\r\n"),
    "CR": BASE.replace("\n", "\r"),
    "line ends of two kinds": "".join(line + ("\r\n" if n % 2 else "\n") for n, line in enumerate(LINES)),
    "semicolons": text([HEADER, *PEOPLE], delimiter=";"),
    "bars": text([HEADER, *PEOPLE], delimiter="|"),
    "tabs and no quotation marks": "\n".join("\t".join(row) for row in [HEADER, *PEOPLE]),
    "a separator of two signs": "\n".join(", ".join(map(cell, row)) for row in [HEADER, *PEOPLE]),
    "a line that says the separator": "sep=;\n" + text([HEADER, *PEOPLE], delimiter=";"),
    "titles": "Report\nCreated: 2026-01-01, by Ann\n\n" + BASE,
    "titles in cells": "Report,,,,,,,,\nfrom,2026-01-01,to,2026-02-01,,,,,\n,,,,,,,,\n" + BASE,
    "separators at the ends of lines": "\n".join(line + "," for line in LINES),
    "separators at the ends of rows": "\n".join([LINES[0], *(line + "," for line in LINES[1:])]),
    "blanks before lines": "\n".join("  " + line for line in LINES),
    "two marks of UTF-8": "\ufeff\ufeff" + BASE,
    "a mark of UTF-8 and quotation marks": "\ufeff" + text([HEADER, *PEOPLE], quoting=csv.QUOTE_ALL),
    "UTF-16 without a mark": BASE.encode("utf-16-be"),
    "UTF-32": BASE.encode("utf-32"),
    "formulas that keep zeros": text([HEADER, *([*row[:7], f'="{row[7]}"', row[8]] for row in PEOPLE)]),
}


@pytest.mark.parametrize("content", HARMLESS.values(), ids=HARMLESS.keys())
def test_what_does_no_harm_changes_nothing(tmp_path: Path, content: str | bytes) -> None:
    table = read(tmp_path, content)
    assert values(table) == CLEAN
    assert table.accounting.read == 84


def less(row: list[str], place: int) -> str:
    """Two cells run into one."""
    at = min(place, len(row) - 2)
    return ",".join(map(cell, [*row[:at], row[at] + row[at + 1], *row[at + 2 :]]))


SPOILT: dict[str, Callable[[list[str], int], str]] = {
    "a separator too many": lambda row, place: ",".join([*map(cell, row[:place]), "", *map(cell, row[place:])]),
    "a separator too few": less,
    "a quotation mark too many": lambda row, place: ",".join(
        ('"' if number == place else "") + cell(value) for number, value in enumerate(row)
    ),
    "another separator": lambda row, _: ";".join(row),
    "a mark escaped by a backslash": lambda row, place: ",".join(
        '"say \\"hi\\", ok"' if number == max(place, 1) else cell(value) for number, value in enumerate(row)
    ),
}


@pytest.mark.parametrize("kind", SPOILT)
@pytest.mark.parametrize("place", [0, 1, 5, 8])
@pytest.mark.parametrize("number", [0, 1, 42, 83])
def test_one_spoilt_row_is_named_and_all_others_are_read(tmp_path: Path, kind: str, place: int, number: int) -> None:
    lines = [*LINES]
    lines[number + 1] = SPOILT[kind](PEOPLE[number], place)
    table = read(tmp_path, "\n".join(lines) + "\n")
    spoilt = {number}
    if table.rejects.height and "takes in 2 lines" in str(table.rejects["reason"][0]):
        spoilt.add(number + 1)
    assert values(table) == [person for position, person in enumerate(CLEAN) if position not in spoilt]
    assert table.rejects["row"].to_list() == [number + 2]


BESIDE: dict[str, tuple[str, list[int]]] = {
    "the header again": ("\n".join([*LINES[:41], LINES[0], *LINES[41:]]), [42]),
    "the header again and again": ("\n".join([LINES[0], *LINES, LINES[0]]), [2, 87]),
    "a total and a remark": (BASE + "\nTotal,,,47061.00,,,,,\nend of report\n", [87, 88]),
    "a second table": (BASE + "\nother,table\n1,2\n", [87, 88]),
    "a wider second table": (BASE + "\n" + ",".join("abcdefghijk") + "\n" + ",".join("12345678901") + "\n", [87, 88]),
    "comments": ("\n".join([*LINES[:3], "# a remark, by Ann", *LINES[3:]]), [4]),
}


@pytest.mark.parametrize(("content", "named"), BESIDE.values(), ids=BESIDE.keys())
def test_what_is_no_row_is_named(tmp_path: Path, content: str, named: list[int]) -> None:
    table = read(tmp_path, content)
    assert values(table) == CLEAN
    assert table.rejects["row"].to_list() == named


REFUSED: dict[str, tuple[str | bytes, str]] = {
    "colons": (text([HEADER, *PEOPLE], delimiter=":"), "or another delimiter than , ; tab and |"),
    "no header": (text(PEOPLE), "it seems to have no header"),
    "a byte that is none of UTF-8": (BASE.encode() + b"\xed\xa0\x80,,,,,,,,\n", "but for a byte in line 86"),
    "half a letter at the end": (BASE.encode() + b"\xc5", "is not written in utf-8 throughout (at byte "),
    "zeros at the end": (BASE.encode() + bytes(9), "has a NUL byte in line 86"),
    "nothing but zeros": (bytes(512), "has a NUL byte in line 1"),
    "half of it is binary": (BASE.encode()[:999] + bytes(range(256)), "but for a byte in line 15"),
}


@pytest.mark.parametrize(("content", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_what_cannot_be_read_is_refused_and_names_nobody(tmp_path: Path, content: str | bytes, said: str) -> None:
    with pytest.raises(DataError) as caught:
        read(tmp_path, content)
    assert said in caught.value.problems[0].message
    assert "u0@x.com" not in str(caught.value)
    assert "Name 0" not in str(caught.value)
