"""`segtool forget`: people who asked to be, out of everything that is kept and published."""

from __future__ import annotations

import csv
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import segtool
from segtool.cli import console
from segtool.cli.arguments import DEFAULT, seconds
from segtool.cli.exits import Exit
from segtool.cli.upkeep import Json, Wait, size, spans
from segtool.config.problems import ConfigError, Problem

if TYPE_CHECKING:
    from segtool.api.forgetting import Forgetting

_MARKS = ",;\t|"


def forget(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID", help="Whom: ids as contacts have them.")] = None,
    ids_file: Annotated[
        Path | None,
        typer.Option("--file", metavar="FILE", help="A table of ids: its id column, else its first. - reads stdin."),
    ] = None,
    config_file: Annotated[Path, typer.Option("--config", "-c", metavar="FILE", help="The segments file.")] = DEFAULT,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Say where they are; change nothing.")] = False,
    wait: Wait = "0s",
    as_json: Json = False,
) -> None:
    """Take people out of every run, the cache and the published files, and search all of it for them.

    Nothing that is said or kept names them. Exports are not changed: those that still hold them are told.

    Exit: 0 done · 2 nobody was named · 5 state or output cannot be read or written · 75 another run is under way.
    """
    config = segtool.load(config_file)
    listed = _listed(ids_file, config.contacts.settings.id or "id") if ids_file is not None else []
    done = segtool.forget(config, [*(ids or ()), *listed], dry_run=dry_run, wait=seconds(wait))
    if as_json:
        sys.stdout.write(json.dumps(_data(done), indent=2, ensure_ascii=False) + "\n")
    else:
        _tell(done)
    if done.left:
        raise typer.Exit(Exit.STATE)


def _listed(path: Path, name: str) -> list[str]:
    """The ids in a table. A header that is taken for an id is nobody's."""
    try:
        content = sys.stdin.buffer.read() if str(path) == "-" else path.read_bytes()
        lines = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        message = f"{path} cannot be read; it should be a CSV file in UTF-8"
        raise ConfigError([Problem("unreadable-ids", message)]) from None
    mark = max(_MARKS, key=(lines[0] if lines else "").count)
    rows = [row for row in csv.reader(lines, delimiter=mark) if row]
    titles = [title.strip().lower() for title in rows[0]] if rows else []
    place = next((titles.index(title) for title in (name.lower(), "id") if title in titles), None)
    found = rows if place is None else rows[1:]
    return [row[place or 0] for row in found if len(row) > (place or 0)]


def _data(done: Forgetting) -> dict[str, Any]:
    return {
        "schema": 1,
        "asked": done.asked,
        "found": done.found,
        "runs": list(done.runs),
        "rewritten": [str(path) for path in done.rewritten],
        "removed": [str(path) for path in done.removed],
        "searched": {"files": done.searched, "bytes": done.size},
        "left": [str(path) for path in done.left],
        "elsewhere": [str(path) for path in done.elsewhere],
        "dry_run": done.dry_run,
    }


def _tell(done: Forgetting) -> None:
    out = console.out()
    for line in _lines(done):
        out.print(console.safe(line))


def _lines(done: Forgetting) -> list[str]:
    """What was done, what proves it, and what is left to the reader."""
    would = "would be " if done.dry_run else ""
    lines = [f"{done.found} of {_people(done.asked)} found, in {spans(done.runs)}; {would}taken out"]
    if not done.found:
        lines = [f"None of {_people(done.asked)} is in any run"]
    lines += [f"  {would}rewritten: {_shown(path)}" for path in done.rewritten]
    lines += [f"  {would}removed, and made again by the next run: {_shown(path)}" for path in done.removed]
    if not done.dry_run:
        found = "nothing of them is left" if not done.left else "still there:"
        lines.append(f"Searched {done.searched:,} files ({size(done.size)}) of state and output: {found}")
        lines += [f"  {_shown(path)}" for path in done.left]
    if done.elsewhere:
        lines.append("Not changed, because these are not segtool's files; from an export they come in again:")
        lines += [f"  {_shown(path)}" for path in done.elsewhere]
    return lines


def _people(count: int) -> str:
    return "1 person" if count == 1 else f"{count:,} people"


def _shown(path: Path) -> str:
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
