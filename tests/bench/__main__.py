"""`python -m tests.bench`: makes the workload, runs the contenders, prints and writes what it measured."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import growing, reporting
from .comparing import Task, compare
from .workload import SIZES

TASKS = (
    Task("segtool-cold", 200),
    Task("segtool-warm", 200),
    Task("segtool-first", 200),
    Task("duckdb-each", 200),
    Task("duckdb-expert", 200),
    Task("segtool-cold", 50),
    Task("duckdb-expert", 50),
    Task("segtool-cold", 1),
    Task("floor", 1),
    Task("pandas", 50),
)


def main() -> None:
    arguments = _arguments()
    folder = Path(arguments.folder)
    size = SIZES[arguments.size]
    if arguments.growth:
        found = growing.growth(folder, size, arguments.segments, _say)
        (folder / "growth.json").write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        (folder / "growth.svg").write_text(reporting.picture(found), encoding="utf-8")
        _say(f"wrote {folder}/growth.json and {folder}/growth.svg")
        return
    only = arguments.only or [task.contender for task in TASKS]
    tasks = [task for task in TASKS if task.contender in only]
    measured = compare(folder, size, tasks, arguments.rounds, _say)
    sys.stdout.write(reporting.write(folder, size, measured, arguments.rounds))
    _say(f"all lists are the same; wrote {folder}/results.md and {folder}/results.json")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("--size", choices=SIZES, default="full", help="how many rows (default: full)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each contender runs (default: 3)")
    parser.add_argument("--folder", default="bench", help="where exports and lists go (default: bench)")
    parser.add_argument("--only", nargs="+", metavar="CONTENDER", help="these contenders alone")
    parser.add_argument("--growth", action="store_true", help="how time grows, instead of the comparison")
    parser.add_argument("--segments", type=int, default=200, help="segments of the growth runs (default: 200)")
    return parser.parse_args()


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    main()
