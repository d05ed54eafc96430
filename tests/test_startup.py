"""What a command costs before it does anything: which modules it imports, and how many queries a check asks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from conftest import ROOT

import segtool
from segtool.sources import parts

PER_FILE = 30
"""More would be felt: each takes a millisecond or more, however small the file."""


def imported(folder: Path, *args: str, code: int = 0, module: str = "segtool") -> set[str]:
    """The modules that a command imports. `code` is what it ends with."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", module, *args],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return {line.split("|")[-1].strip() for line in done.stderr.splitlines() if line.startswith("import time:")}


def own(found: set[str], room: str) -> set[str]:
    """The modules of one room of the house among them."""
    return {name.removeprefix("segtool.") for name in found if name.startswith(f"segtool.{room}.")}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    contacts = "email,born\n" + "".join(f"p{n}@x.org,{n % 28 + 1:02}/01/1990\n" for n in range(40))
    (tmp_path / "contacts.csv").write_text(contacts, encoding="utf-8")
    for month in (1, 2, 3):
        rows = "".join(f"p{n}@x.org,2026-0{month}-11T10:00:0{n % 10}Z,buy,{n % 7}\n" for n in range(20))
        (tmp_path / f"events-{month}.csv").write_text(f"who,at,what,amount\n{rows}", encoding="utf-8")
    (tmp_path / "segments.yaml").write_text(text(1), encoding="utf-8")
    return tmp_path


def text(segments: int) -> str:
    lists = "".join(
        f"  s{n}: {{where: [{{did: buy, in_last: 200 days, at_least: {n + 1}}}, {{field: born, is_set: true}}]}}\n"
        for n in range(segments)
    )
    return f"""version: 1
as_of: 2026-06-01
sources:
  contacts: {{files: contacts.csv, id: email, dates: day_first, types: {{born: date}}}}
  events: {{files: events-*.csv, contact: who, time: at, event: what}}
segments:
{lists}"""


def test_help_needs_no_engine_and_no_reader(tmp_path: Path) -> None:
    found = imported(tmp_path, "--help")
    assert "segtool.cli.commands" in found
    assert not {"polars", "narwhals", "yaml", "fastexcel", "numpy", "filelock", "rich.console", "pydantic"} & found
    assert not {name for name in found if name.startswith(("segtool.api", "segtool.sources", "segtool.plan"))}
    assert own(found, "cli") == {"cli.commands", "cli.console", "cli.exits", "cli.plainly"}


def test_a_command_needs_no_other(tmp_path: Path) -> None:
    found = imported(tmp_path, "forget", "--help")
    assert own(found, "cli") - {"cli.forgetting", "cli.upkeep"} == {
        "cli.arguments",
        "cli.commands",
        "cli.console",
        "cli.exits",
        "cli.plainly",
    }


def test_a_mistake_is_answered_without_the_engine(project: Path) -> None:
    with (project / "segments.yaml").open("a", encoding="utf-8") as stream:
        stream.write("  wrong: {were: everyone}\n")
    found = imported(project, "check", code=2)
    assert "segtool.config.load" in found
    assert not {"polars", "narwhals", "fastexcel", "numpy", "pydantic"} & found


def test_a_check_imports_nothing_that_writes(project: Path) -> None:
    found = imported(project, "check")
    assert "segtool.lint.review" in found
    assert own(found, "api") <= {"api.checking", "api.inputs"}
    assert own(found, "output") == set()
    assert own(found, "store") == {"store.errors"}
    assert "sources.sheets" not in own(found, "sources")
    of_all = {"cli.commands", "cli.console", "cli.exits", "cli.plainly"}
    assert own(found, "cli") - {"cli.checking"} == of_all | {"cli.arguments", "cli.diagnostics"}
    assert not {"filelock", "xml.parsers.expat", "openpyxl", "numpy", "pandas", "pyarrow", "pydantic"} & found


def test_a_check_that_finds_nothing_imports_nothing_that_lays_it_out() -> None:
    found = imported(ROOT, "check", "segments.example.yaml")
    assert "segtool.lint.review" in found
    assert not {name for name in found if name.startswith("rich.")}


@pytest.mark.parametrize("words", [("history",), ("show", "s0"), ("diff", "1"), ("verify",)])
def test_what_is_remembered_is_told_without_what_reads_and_plans(project: Path, words: tuple[str, ...]) -> None:
    segtool.run(segtool.load(project / "segments.yaml"))
    found = imported(project, *words)
    assert "segtool.store.snapshots" in found
    assert not {"narwhals", "fastexcel", "openpyxl"} & found
    assert not {name for name in found if name.startswith(("segtool.plan", "segtool.output", "segtool.sources.tables"))}


def test_workbooks_are_read_without_the_engine(tmp_path: Path) -> None:
    """It takes longer to load than most workbooks do to be read."""
    found = imported(tmp_path, module="segtool.sources.sheets")
    assert {"fastexcel", "segtool.sources.arrow"} <= found
    assert not {"polars", "narwhals", "yaml"} & found


@pytest.fixture
def queries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every query that is asked, by how; those of a table in memory too."""
    asked: list[str] = []

    def counted(name: str, made: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **settings: Any) -> Any:
            asked.append(name)
            return made(*args, **settings)

        return call

    for name in ("collect", "_collect_eager", "sink_parquet"):
        monkeypatch.setattr(pl.LazyFrame, name, counted(name, getattr(pl.LazyFrame, name)))
    monkeypatch.setattr(pl, "collect_all", counted("collect_all", pl.collect_all))
    return asked


def checked(folder: Path, queries: list[str], segments: int) -> int:
    """How many queries a check asks."""
    (folder / "segments.yaml").write_text(text(segments), encoding="utf-8")
    queries.clear()
    found = segtool.check(segtool.load(folder / "segments.yaml"))
    assert not [problem for problem in found if problem.severity == "error"]
    return len(queries)


def test_more_lists_ask_no_more_queries(project: Path, queries: list[str]) -> None:
    """But for one or two, of threads that meet the same new value at the same time."""
    assert abs(checked(project, queries, 40) - checked(project, queries, 2)) < 5


def test_a_file_more_asks_few_queries_more(project: Path, queries: list[str]) -> None:
    before = checked(project, queries, 2)
    (project / "events-4.csv").write_bytes((project / "events-3.csv").read_bytes())
    assert checked(project, queries, 2) - before <= PER_FILE


def test_small_sources_are_read_in_memory(project: Path, queries: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    checked(project, queries, 2)
    assert "sink_parquet" not in queries
    monkeypatch.setattr(parts, "SMALL", 0)
    checked(project, queries, 2)
    assert "sink_parquet" in queries
