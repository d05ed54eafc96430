"""What every test may use: a folder to write exports into, and the shared material where it is there."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl
import pytest

from segtool.plan import engines
from segtool.sources import parts

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"

# Commands that tests start keep what was compiled of the program, as those of people do.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


@pytest.fixture(scope="session", autouse=True)
def no_power_cut() -> Iterator[None]:
    """Nothing is forced onto the disk here, which takes a fifth of the time of a small run.

    Which calls a commit makes, and in which order, is for `faults` to see.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda _: None)
        yield


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., Path]:
    """Writes files, given as name and content, into a folder, and gives the folder."""

    def write(content: Mapping[str, str | bytes]) -> Path:
        for name, written in content.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(written.encode() if isinstance(written, str) else written)
        return tmp_path

    return write


def shared(path: str) -> Path:
    """A folder of the shared material, or a skip that says so."""
    folder = SHARED / path
    if not folder.exists():
        pytest.skip(f"the shared material ({path}) is not here")
    return folder


def say(config: pytest.Config, *lines: str) -> None:
    """Prints figures that were asked for, past whatever catches the output of tests."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    catcher = config.pluginmanager.get_plugin("capturemanager")
    if reporter is not None and catcher is not None:
        with catcher.global_and_fixture_disabled():
            for line in ("", *lines):
                reporter.write_line(line)


@pytest.fixture
def plans(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every query that was collected for the lists, as its plan; sources are read as large ones are."""
    seen: list[str] = []
    collect = engines.collect

    def watched(frame: nw.LazyFrame[Any], engine: str, small: bool = False) -> pl.DataFrame:
        seen.append(frame.to_native().explain(optimized=True))
        return collect(frame, engine, small)

    monkeypatch.setattr(engines, "collect", watched)
    monkeypatch.setattr(parts, "SMALL", 0)
    return seen
