"""Loads one odd file after another, as the contacts of a configuration, and says what became of each.

Run as a program: reads the paths of files on its standard input, one a line, and writes one line of JSON for each.
The first column is taken as the id; whatever the file is, that may be refused, but it may not break.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import segtool
from segtool.config.problems import Problems, SegtoolError
from segtool.sources.files import find_files
from segtool.sources.headers import header_of, named
from segtool.sources.kinds import NotATableError


def load(path: Path) -> dict[str, Any]:
    """`rows` and what became of them, or `refused` with what was said."""
    # The name of a file may look like a pattern.
    source: dict[str, Any] = {"files": path.name, "id": "id"}
    try:
        source["id"] = _first_column(source, path)
        result = segtool.evaluate(_config(source, path))
    except SegtoolError as error:
        return {"refused": str(error)}
    counted = result.tables["c"].accounting
    return {
        "read": counted.read,
        "kept": counted.kept,
        "duplicates": counted.duplicates,
        "rejected": counted.rejected,
        "listed": result.tables["c"].rejects.height - counted.cells,
        "notes": result.tables["c"].notes,
    }


def _first_column(source: dict[str, Any], path: Path) -> str:
    spec = _config(source, path).sources["c"]
    try:
        return named(header_of(spec, find_files(spec, path.parent, Problems())[0]))[0]
    except (NotATableError, IndexError):
        return "id"


def _config(source: dict[str, Any], path: Path) -> segtool.config.settings.Config:
    document = {"version": 1, "sources": {"c": source}, "segments": {"all": {"where": "everyone"}}}
    return segtool.load(document, base=path.parent)


def _peak() -> int:
    """The most memory that this process and the one that reads workbooks have had, in MiB."""
    total = 0
    children = Path("/proc/self/task").glob("*/children")
    for pid in ("self", *(pid for path in children for pid in path.read_text().split())):
        status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        total += next((int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")), 0)
    return total >> 10


def main() -> None:
    for line in sys.stdin:
        path = Path(line.rstrip("\n"))
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
        begun = time.monotonic()
        outcome = load(path)
        outcome |= {"seconds": round(time.monotonic() - begun, 2), "memory": _peak()}
        sys.stdout.write(json.dumps(outcome) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
