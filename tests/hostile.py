"""Loads one odd file after another, as the contacts of a configuration, and says what became of each.

Run as a program: reads questions on its standard input, a line of JSON each ({"path", "source"}), and writes a line of
JSON for each. `source` has the settings of the source; without an `id`, the first column is taken as it, and all cells
as text. Whatever the file is, it may be refused, but it may not break. A segments file is loaded, and nothing else.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import segtool
from segtool.config.problems import Problems, SegtoolError
from segtool.config.settings import SourceSpec
from segtool.sources.files import find_files
from segtool.sources.headers import header_of, named
from segtool.sources.kinds import NotATableError

MOST = 50
"""How many rows are told."""


def load(path: Path, settings: dict[str, Any]) -> dict[str, Any]:
    """What became of the rows, with the notes and the first of the values; or `refused` with what was said."""
    if path.suffix == ".yaml":
        return _of_rules(path)
    # The name of a file may look like a pattern.
    source: dict[str, Any] = {"files": path.name, **settings}
    try:
        if "id" not in source:
            source |= _guessed(path, source)
        result = segtool.evaluate(_config(source, path))
    except SegtoolError as error:
        return {"refused": str(error)}
    table = result.tables["c"]
    counted = table.accounting
    values = table.frame.select(name for name in table.frame.collect_schema() if not name.startswith("§")).head(MOST)
    return {
        "read": counted.read,
        "kept": counted.kept,
        "rejected": counted.rejected,
        "balanced": counted.read == counted.kept + counted.duplicates + counted.rejected,
        "listed": table.rejects.height - counted.cells == counted.rejected,
        "reasons": sorted(set(table.rejects.get_column("reason").to_list()))[:5],
        "notes": table.notes,
        "values": [[None if value is None else str(value) for value in row] for row in values.collect().rows()],
    }


def _of_rules(path: Path) -> dict[str, Any]:
    try:
        segtool.load(path)
    except SegtoolError as error:
        return {"refused": str(error)}
    return {
        "read": 0,
        "kept": 0,
        "rejected": 0,
        "balanced": True,
        "listed": True,
        "reasons": [],
        "notes": [],
        "values": [],
    }


def _guessed(path: Path, source: dict[str, Any]) -> dict[str, Any]:
    """The first column as the id, and every one as text."""
    spec = _spec({**source, "id": "id"}, path)
    try:
        names = named(header_of(spec, find_files(spec, path.parent, Problems())[0]))
    except (NotATableError, IndexError):
        return {"id": "id"}
    told = [name for name in names if f"{name} (2)" not in names] if len(names) < 100 else []
    types = dict.fromkeys(told, "text")
    return {"id": names[0], "types": types | source.get("types", {})}


def _spec(source: dict[str, Any], path: Path) -> SourceSpec:
    return _config(source, path).sources["c"]


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
        question = json.loads(line)
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
        begun, worked = time.monotonic(), time.process_time()
        outcome = load(Path(question["path"]), question["source"])
        spent = {"seconds": time.monotonic() - begun, "worked": time.process_time() - worked}
        outcome |= {name: round(seconds, 2) for name, seconds in spent.items()} | {"memory": _peak()}
        sys.stdout.write(json.dumps(outcome) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
