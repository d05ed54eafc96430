"""Problems → lines that a person, an editor or a build server reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from segtool.cli.console import safe
from segtool.config.problems import Problem

if TYPE_CHECKING:
    from rich.console import Console

FORMATS = ("full", "concise", "json", "github")
MOST = 20
WIDTH = 160
"""How much of a line is shown around the place in question."""


def show(problems: Sequence[Problem], console: Console, form: str = "full") -> None:
    """Prints every problem; `full` with its line and a caret, at most MOST of them."""
    if form == "json":
        from rich.text import Text  # noqa: PLC0415

        console.print(Text(as_json(problems)))
        return
    shown = problems[:MOST] if form == "full" else problems
    for problem in shown:
        if form == "github":
            console.print(safe(_github(problem)))
        else:
            _print(problem, console, excerpt=form == "full")
    if len(problems) > len(shown):
        console.print(safe(f"… and {len(problems) - len(shown)} more; --format concise shows all"))


def as_json(problems: Sequence[Problem]) -> str:
    data = [
        {
            "id": problem.id,
            "severity": problem.severity,
            "message": problem.message,
            "file": problem.at.file if problem.at else problem.path or None,
            "line": problem.at.line if problem.at else None,
            "column": problem.at.column if problem.at else None,
            "end_column": problem.at.end if problem.at else None,
        }
        for problem in problems
    ]
    return json.dumps({"schema": 1, "problems": data}, indent=2, ensure_ascii=False)


def _print(problem: Problem, console: Console, *, excerpt: bool) -> None:
    colour = "red" if problem.severity == "error" else "yellow"
    line = safe(problem.place)
    line.append_text(safe(f"{problem.severity}[{problem.id}]", f"bold {colour}"))
    line.append_text(safe(f" {problem.message}"))
    console.print(line)
    if excerpt and problem.at is not None and problem.at.text:
        _excerpt(problem, console, colour)


def _excerpt(problem: Problem, console: Console, colour: str) -> None:
    from rich.cells import cell_len  # noqa: PLC0415

    at = problem.at
    assert at is not None
    number = str(at.line)
    gutter = " " * len(number)
    first = max(0, at.column - 1 - WIDTH // 2) if len(at.text) > WIDTH else 0
    shown = at.text[first : first + WIDTH]
    cut = "…" if first else ""
    before = safe(cut + at.text[first : at.column - 1]).plain
    marked = safe(shown[at.column - 1 - first : at.end - 1 - first]).plain
    rest = "…" if first + WIDTH < len(at.text) else ""
    console.print(safe(f" {gutter} |", "dim"))
    console.print(safe(f" {number} | ", "dim").append_text(safe(cut + shown + rest)))
    carets = "^" * max(1, cell_len(marked))
    console.print(safe(f" {gutter} | ", "dim").append_text(safe(" " * cell_len(before) + carets, colour)))


def _github(problem: Problem) -> str:
    """A workflow command; its values escape the characters that would end them."""
    at = problem.at
    place = {"file": at.file if at else problem.path or None, "line": at and at.line, "col": at and at.column}
    properties = {**place, "endColumn": at and at.end, "title": problem.id}
    said = ",".join(f"{key}={_escaped(str(value), ':,')}" for key, value in properties.items() if value is not None)
    return f"::{problem.severity} {said}::{_escaped(problem.message)}"


def _escaped(text: str, also: str = "") -> str:
    return "".join(f"%{ord(letter):02X}" if letter in f"%\r\n{also}" else letter for letter in text)
