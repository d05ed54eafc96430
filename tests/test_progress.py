"""What somebody who waits sees: on a terminal alone, and never in what another program reads."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import PIPE, Popen, run

import pytest

import segtool
from segtool.cli import console
from segtool.config.progress import Reading
from segtool.sources.files import SourceFile
from segtool.sources.pace import expected_rows

Files = Callable[[Mapping[str, str | bytes]], Path]

SEGMENTS = """\
version: 1
as_of: 2026-06-30
sources:
  contacts: {files: contacts.csv, id: id}
  web: {files: [web-1.csv, web-2.csv], contact: id, time: at}
segments:
  all: {where: {did: web}}
"""


@pytest.fixture
def project(files: Files) -> Path:
    visits = "".join(f"{number},2026-06-01\n" for number in range(2_000))
    return files(
        {
            "segments.yaml": SEGMENTS,
            "contacts.csv": "id,name\n" + "".join(f"{number},x\n" for number in range(1_000)),
            "web-1.csv": f"id,at\n{visits}",
            "web-2.csv": f"id,at\n{visits}",
        }
    )


def test_every_row_of_every_source_is_told_of(project: Path) -> None:
    heard: list[str | Reading] = []
    segtool.run(segtool.load(project / "segments.yaml"), step=heard.append)
    readings = [step for step in heard if isinstance(step, Reading)]
    last = {reading.source: reading for reading in readings}
    assert {name: reading.rows for name, reading in last.items()} == {"contacts": 1_000, "web": 4_000}
    assert [reading.rows for reading in readings if reading.source == "web"] == sorted(
        reading.rows for reading in readings if reading.source == "web"
    )
    for name, rows in (("contacts", 1_000), ("web", 4_000)):
        expected = last[name].expected
        assert expected is not None
        assert abs(expected - rows) <= 2
    assert heard[0] == "reading contacts"
    assert heard.index("reading web") > heard.index(last["contacts"])


def test_the_result_is_the_same_whether_somebody_looks_or_not(project: Path) -> None:
    config = segtool.load(project / "segments.yaml")
    assert segtool.evaluate(config, step=lambda _: None).members == segtool.evaluate(config).members


def test_rows_are_told_from_the_first_lines_and_the_size(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text("id,name\n" + "12345,abcdef\n" * 100_000)
    file = SourceFile(path, "long.csv", path.stat().st_size, 0)
    found = expected_rows([file])
    assert found is not None
    assert abs(found - 100_000) < 100
    assert expected_rows([file, SourceFile(path, "book.xlsx", 1, 0, kind="workbook")]) is None


@pytest.mark.parametrize(
    ("reading", "seconds", "said"),
    [
        (Reading("web"), 0.0, "reading web"),
        (Reading("web", 1_200), 9.0, "reading web: 1,200 rows"),
        (Reading("web", 1_200, 4_800), 0.5, "reading web: 1,200 rows"),
        (Reading("web", 1_200, 4_800), 3.0, "reading web: 1,200 rows, 25 %, 10 s left"),
        (Reading("web", 1_200, 120_000), 3.0, "reading web: 1,200 rows, 1 %, 4 min left"),
        (Reading("web", 5_000, 4_800), 10.0, "reading web: 5,000 rows, 99 %, 1 s left"),
        (Reading("100%", 1), 0.0, "reading 100%: 1 rows"),
    ],
)
def test_a_reading_in_words(reading: Reading, seconds: float, said: str) -> None:
    assert console.reading(reading, seconds) == said


COMMAND = [sys.executable, "-m", "segtool", "run", "segments.yaml"]


def test_nothing_of_it_reaches_a_pipe(project: Path) -> None:
    said = run(COMMAND, cwd=project, capture_output=True, text=True, check=True, env={**os.environ, "FORCE_COLOR": "1"})
    assert said.stderr == ""
    assert re.fullmatch(r"segtool: run 1 ok: [^\x1b]*\n", said.stdout)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
def test_it_is_seen_on_a_terminal_and_data_stays_data(project: Path) -> None:
    import pty  # noqa: PLC0415 - not everywhere

    terminal, end = pty.openpty()
    with Popen(COMMAND, cwd=project, stdout=PIPE, stderr=end, env={**os.environ, "TERM": "xterm"}) as process:
        os.close(end)
        seen = b""
        while part := _read(terminal):
            seen += part
        assert process.stdout is not None
        data = process.stdout.read()
    os.close(terminal)
    assert process.returncode == 0
    assert b"reading " in seen or b"starting" in seen
    assert re.fullmatch(rb"segtool: run 1 ok: [^\x1b]*\n", data)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # its other end was closed
        return b""
