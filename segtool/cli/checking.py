"""`segtool check` and `segtool schema`: mistakes before the night does, and an editor that knows the language."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Literal

import typer

import segtool
from segtool.cli import console, diagnostics
from segtool.cli.arguments import DEFAULT, File
from segtool.cli.exits import Exit
from segtool.config.problems import ConfigError, Problem

Form = Literal["full", "concise", "json", "github"]


def check(
    file: File = DEFAULT,
    form: Annotated[Form, typer.Option("--format", help="How problems are printed.")] = "full",
) -> None:
    """Find every mistake in the file and in how it fits the data, all at once.

    Exit: 0 nothing wrong (warnings do not count) · 2 mistakes · 3 only the data is at fault.
    """
    found = _problems(file)
    errors = [problem for problem in found if problem.severity == "error"]
    if found or form == "json":
        diagnostics.show(found, console.out(), form)
    if form in ("full", "concise"):
        sys.stdout.flush()
        _closing(file, found, errors)
    if errors:
        raise typer.Exit(Exit.DATA if all(problem.of_data for problem in errors) else Exit.CONFIG)


def _problems(file: File) -> list[Problem]:
    try:
        with console.progress(unseen=False) as step:
            config = segtool.load(file)
            return segtool.check(config, step=step)
    except ConfigError as error:
        return list(error.problems)


def _closing(file: File, found: list[Problem], errors: list[Problem]) -> None:
    warnings = len(found) - len(errors)
    said = f"{len(errors)} error{_s(len(errors))}" if errors else f"{file}: nothing wrong"
    more = f", {warnings} warning{_s(warnings)} (silence: [NAME] in the file keeps one quiet)" if warnings else ""
    console.tell(said + more)


def _s(count: int) -> str:
    return "" if count == 1 else "s"


def schema() -> None:
    """Print the JSON Schema of segments files, for an editor's completion.

    Save it beside the file and begin the file with: # yaml-language-server: $schema=segtool.schema.json
    """
    # Deferred: no other command needs it.
    from segtool.config.schema import schema as make_schema  # noqa: PLC0415

    sys.stdout.write(json.dumps(make_schema(), indent=2, ensure_ascii=False) + "\n")
