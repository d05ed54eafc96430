"""`segtool verify` and `segtool prune`: the state, read again and kept small."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

import segtool
from segtool.cli import console
from segtool.cli.arguments import DEFAULT, File, seconds
from segtool.cli.exits import Exit

if TYPE_CHECKING:
    from segtool.api.upkeep import Checkup, Pruning
    from segtool.store.inspection import Finding

Wait = Annotated[str, typer.Option(metavar="TIME", help="How long to wait for another run: 30s, 10m, 1h.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def verify(
    file: File = DEFAULT,
    repair: Annotated[
        bool, typer.Option("--repair", help="Go on from the newest whole run; set aside what is damaged.")
    ] = False,
    wait: Wait = "0s",
    as_json: Json = False,
) -> None:
    """Read everything that segtool remembers again, and say what is damaged and what can be recovered.

    Exit: 0 all is whole · 5 something is damaged · 6 state of a newer segtool · 75 another run is under way.
    """
    found = segtool.verify(segtool.load(file), repair=repair, wait=seconds(wait))
    if as_json:
        sys.stdout.write(json.dumps(_data(found), indent=2, ensure_ascii=False) + "\n")
    else:
        _show(found)
    if found.found.damage:
        raise typer.Exit(Exit.STATE)


def _data(checkup: Checkup) -> dict[str, Any]:
    found = checkup.found
    return {
        "schema": 1,
        "whole": not found.damage,
        "state": str(found.root),
        "last": found.last,
        "can_go_on_from": found.successor,
        "runs": {"whole": list(found.whole), "damaged": list(found.damaged), "pruned": found.pruned},
        "files": found.files,
        "bytes": found.size,
        "repaired": list(checkup.repaired),
        "findings": [
            {
                "kind": finding.kind,
                "file": str(finding.path),
                "run": finding.run,
                "message": finding.message,
                "advice": finding.advice or None,
            }
            for finding in found.findings
        ],
    }


def _show(checkup: Checkup) -> None:
    found, out = checkup.found, console.out()
    for line in checkup.repaired:
        out.print(console.safe(line, "green"))
    for finding in found.findings:
        out.print(_line(finding))
    runs = f"{len(found.whole)} of {len(found.whole) + len(found.damaged)} runs are whole"
    pruned = f", {found.pruned} were pruned" if found.pruned else ""
    read = f"{found.files:,} files, {size(found.size)}"
    if not found.damage:
        last = f"; the last is run {found.last}" if found.last is not None else ""
        out.print(console.safe(f"Whole: {runs}{pruned}{last} ({read})", "bold green"))
        return
    out.print(console.safe(f"Damaged: {runs}{pruned} ({read})", "bold red"))


def _line(finding: Finding) -> Text:
    colour = "red" if finding.kind == "damage" else "yellow"
    line = console.safe(f"{finding.kind}: ", f"bold {colour}")
    line.append_text(console.safe(f"{_shown(finding.path)} {finding.message}"))
    return line.append_text(console.safe(f"; {finding.advice}", "dim")) if finding.advice else line


def _shown(path: Path) -> str:
    """As seen from here, where it is below."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def prune(
    file: File = DEFAULT,
    keep_last: Annotated[int, typer.Option(min=0, metavar="N", help="Keep the last N runs.")] = 0,
    keep_daily: Annotated[
        int, typer.Option(min=0, metavar="N", help="Keep the last run of each of the last N days that have one.")
    ] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Say what would go; remove nothing.")] = False,
    wait: Wait = "0s",
    as_json: Json = False,
) -> None:
    """Remove old runs from what segtool remembers. The last two are always kept; no list is touched.

    Exit: 0 done · 2 nothing was said about what to keep · 5 the state cannot be read or written.
    """
    config = segtool.load(file)
    done = segtool.prune(config, keep_last, keep_daily, dry_run=dry_run, wait=seconds(wait))
    if as_json:
        numbers = {"removed": list(done.removed), "kept": list(done.kept), "bytes": done.freed, "dry_run": done.dry_run}
        sys.stdout.write(json.dumps({"schema": 1, **numbers}, indent=2) + "\n")
        return
    _tell(done)


def _tell(done: Pruning) -> None:
    verb = "Would remove" if done.dry_run else "Removed"
    removed = f"{verb} {spans(done.removed)} ({size(done.freed)})" if done.removed else "Nothing to remove"
    sys.stdout.write(f"{removed}; kept {spans(done.kept) or 'none'}\n")


def spans(serials: tuple[int, ...]) -> str:
    """`runs 1 to 4, 6 and 9`."""
    if not serials:
        return ""
    parts: list[list[int]] = []
    for serial in serials:
        if parts and serial == parts[-1][-1] + 1:
            parts[-1].append(serial)
        else:
            parts.append([serial])
    texts = [str(part[0]) if len(part) == 1 else f"{part[0]} to {part[-1]}" for part in parts]
    text = f"{', '.join(texts[:-1])} and {texts[-1]}" if len(texts) > 1 else texts[0]
    return f"run{'s' if len(serials) > 1 else ''} {text}"


def size(count: int) -> str:
    """A number of bytes, for people."""
    for unit, one in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if count >= one:
            return f"{count / one:,.1f} {unit}"
    return f"{count:,} bytes"
