"""Cases from other projects' own test suites, translated into the segment language.

A case that uses a part of the language that is not built is skipped by name of that part; one that contradicts the
language's own page is listed in DIFFERING with the reason.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import SHARED

import segtool
from segtool.config.problems import ConfigError

DIFFERING: dict[str, str] = {}


def _cases() -> list[Any]:
    folder = SHARED / "conformance"
    found = []
    for path in sorted(folder.glob("*.yaml")) if folder.exists() else []:
        cases = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        found += [pytest.param(case, id=case["id"]) for case in cases]
    return found or [pytest.param(None, marks=pytest.mark.skip(reason="the shared conformance cases are not here"))]


@pytest.mark.parametrize("case", _cases())
def test_case(case: dict[str, Any], tmp_path: Path) -> None:
    """The members of segment `case` are those that the other project expects."""
    if case["id"] in DIFFERING:
        pytest.skip(f"differs: {DIFFERING[case['id']]}")
    for name, text in {"contacts.csv": case["contacts"], "events.csv": case["events"], **case.get("files", {})}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    try:
        config = segtool.load(case["config"], base=tmp_path)
    except ConfigError as error:
        later = [problem for problem in error.problems if problem.id == "not-yet"]
        if len(later) == len(error.problems):
            pytest.skip(later[0].message)
        raise
    assert segtool.evaluate(config, as_of=case["as_of"]).members["case"] == sorted(case["expected"])
