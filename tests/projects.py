"""A small project with a history, for tests that look at what is kept of it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from pathlib import Path
from typing import Any

import segtool
from segtool.config.settings import Config
from segtool.store.snapshots import Run, Snapshots

STATE, OUTPUT = ".segtool", "output"
FRIENDS = {"riga": {"field": "city", "is": "Riga"}, "rich": {"field": "points", "at_least": 5}}
DAY_1 = {"ana": ("Riga", 3), "bo": ("Riga", 8), "cy": ("Liepaja", 9)}
DAY_2 = {"ana": ("Cesis", 3), "bo": ("Riga", 8), "emi": ("Riga", 2)}

Tree = dict[str, bytes]
People = Mapping[str, tuple[str, int]]


class Project:
    """A folder with one export and a few rules."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.settings: dict[str, Any] = {}
        self.rules: dict[str, Any] = dict(FRIENDS)
        self.extra: dict[str, dict[str, Any]] = {}

    @property
    def state(self) -> Path:
        return self.folder / STATE

    @property
    def output(self) -> Path:
        return self.folder / OUTPUT

    def export(self, people: People) -> None:
        rows = "".join(f"{name}@x.lv,{city},{points}\n" for name, (city, points) in people.items())
        (self.folder / "contacts.csv").write_text("email,city,points\n" + rows, encoding="utf-8")
        os.utime(self.folder / "contacts.csv", (1, 1))

    def config(self) -> Config:
        segments = {name: {"where": rule, **self.extra.get(name, {})} for name, rule in self.rules.items()}
        source = {"contacts": {"files": "contacts.csv", "id": "email"}}
        document = {"version": 1, "sources": source, "segments": segments, **self.settings}
        (self.folder / "segments.yaml").write_text(json.dumps(document), encoding="utf-8")
        return segtool.load(self.folder / "segments.yaml")

    def run(self, people: People, as_of: str = "2026-03-01T09:00", **options: Any) -> segtool.api.RunResult:
        self.export(people)
        return segtool.run(self.config(), as_of=as_of, **options)

    def two_runs(self) -> Project:
        self.run(DAY_1, "2026-03-01T09:00")
        self.run(DAY_2, "2026-03-02T09:00")
        return self

    def copied(self, folder: Path) -> Project:
        """The same with all its runs, in a folder of its own: what took a while to live through serves many tests."""
        other = Project(shutil.copytree(self.folder, folder))
        other.settings, other.rules, other.extra = deepcopy((self.settings, self.rules, self.extra))
        return other

    def latest(self) -> Run:
        last = Snapshots(self.state).latest()
        assert last is not None
        return last

    def members(self) -> dict[str, list[tuple[str, datetime]]]:
        """Every list of the last run, with dates of entry."""
        return {name: roster.members.table.rows() for name, roster in self.latest().rosters().items()}


def tree(folder: Path) -> Tree:
    """Every file below a folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def command(project: Project, *arguments: str) -> tuple[int, str]:
    """The real command: its exit code and what it said to people."""
    done = subprocess.run(
        [sys.executable, "-m", "segtool", *arguments], cwd=project.folder, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr
