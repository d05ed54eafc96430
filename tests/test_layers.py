"""The house holds: imports run one way, and each dependency has one door. A planted breach is found."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    """What import-linter says of the package in `folder`, under the contracts of the project."""
    command = [sys.executable, "-c", LINT, "--config", str(ROOT / "pyproject.toml"), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A folder with a copy of the package."""
    shutil.copytree(ROOT / "segtool", tmp_path / "segtool", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def broken(folder: Path) -> list[str]:
    """The contracts that are broken, by name."""
    said = lint(folder)
    assert said.returncode == 1, said.stdout + said.stderr
    return [line.split(" BROKEN")[0] for line in said.stdout.splitlines() if " BROKEN" in line]


def plant(module: Path, line: str) -> None:
    """Adds an import at the end of a module."""
    with module.open("a", encoding="utf-8") as stream:
        stream.write(f"\n{line}\n")


def test_the_house_holds(copy: Path) -> None:
    said = lint(copy)
    assert said.returncode == 0, said.stdout + said.stderr
    assert " 0 broken" in said.stdout


def test_an_import_upwards_is_found(copy: Path) -> None:
    plant(copy / "segtool/config/times.py", "import segtool.cli")
    assert "the house: imports run one way" in broken(copy)


def test_a_hidden_import_upwards_is_found(copy: Path) -> None:
    plant(copy / "segtool/lists/guards.py", "def f():\n    from segtool.store import manifest")
    assert broken(copy) == ["the house: imports run one way"]


def test_a_new_file_knows_nothing_of_runs(copy: Path) -> None:
    """What writes a first segments file sees files and settings, and no lists or snapshots."""
    plant(copy / "segtool/starter/ideas.py", "import segtool.store")
    assert broken(copy) == ["the house: imports run one way"]


def test_other_doors_are_found(copy: Path) -> None:
    """YAML is read in one place, the terminal is one room's, and the ground floor knows no data."""
    plant(copy / "segtool/sources/files.py", "import yaml")
    plant(copy / "segtool/output/csv.py", "import rich")
    plant(copy / "segtool/config/values.py", "import polars")
    assert broken(copy) == [
        "yaml enters in config.document alone",
        "typer and rich stay in cli",
        "the ground floor knows no data frames",
    ]
