"""The ways to fill the lists that are compared. Each runs in a process of its own and leaves `<out>/<segment>.csv`.

python -m tests.bench.contenders NAME EXPORTS OUT SEGMENTS
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

from .rules import COLUMNS, Did, Measure, Rule, rules

AS_OF = "2026-07-01T00:00:00Z"
EARLIER = "2026-06-30T00:00:00Z"
CACHE = ".segtool/cache"


def config(exports: Path, chosen: list[Rule]) -> dict[str, Any]:
    """The workload's segments file."""
    return {
        "version": 1,
        "sources": {
            "contacts": {"files": str(exports / "contacts.csv"), "id": "email"},
            "activity": {
                "files": str(exports / "activity-*.csv"),
                "contact": "email",
                "time": "seen_at",
                "event": "action",
            },
            "purchases": {
                "files": str(exports / "purchases.csv"),
                "contact": "email",
                "time": "ordered_at",
                "event_name": "purchase",
            },
        },
        "output": {"columns": list(COLUMNS)},
        "segments": {rule.name: rule.yaml() for rule in chosen},
    }


def prepare(exports: Path, out: Path, count: int, cold: bool) -> None:
    """A project whose last run was a day earlier, so that the runs that are measured have changes and reasons; for a
    `cold` one, without what that run kept of the files."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    said = json.dumps(config(exports, rules(count)))
    (out / "segments.yaml").write_text(said, encoding="utf-8")
    subprocess.run(_segtool(out, EARLIER), check=True)
    if cold:
        shutil.rmtree(out / CACHE)


def _segtool(out: Path, as_of: str) -> list[str]:
    return [sys.executable, "-m", "segtool", "run", str(out / "segments.yaml"), "--as-of", as_of, "--quiet"]


def _become(command: list[str]) -> NoReturn:
    """Runs a command in place of this process: the others need no second one either."""
    os.execv(command[0], command)


def segtool_first(exports: Path, out: Path, count: int) -> None:
    """Without a run before and without a cache."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / "segments.yaml").write_text(json.dumps(config(exports, rules(count))), encoding="utf-8")
    _become(_segtool(out, AS_OF))


def segtool_cold(_exports: Path, out: Path, _count: int) -> None:
    """The next night, but every file is parsed anew, as there is no cache: lists, changes with reasons, snapshot."""
    assert not (out / CACHE).exists()
    _become(_segtool(out, AS_OF))


def segtool_warm(_exports: Path, out: Path, _count: int) -> None:
    """The next night over unchanged files: a new `as_of`, new lists, changes with reasons, snapshot."""
    assert (out / CACHE).exists()
    _become(_segtool(out, AS_OF))


def duckdb_each(exports: Path, out: Path, count: int) -> None:
    """Tables loaded from the files, then a statement for every segment."""
    connection = _loaded(exports)
    for rule in rules(count):
        where = " AND ".join(test.sql() for test in rule.tests)
        _copy(connection, f"SELECT {', '.join(COLUMNS)} FROM contacts WHERE {where}", out, rule)


def duckdb_expert(exports: Path, out: Path, count: int) -> None:
    """All aggregates of a source in one statement over the rows that any needs, straight from the files; then a COPY
    for every list."""
    chosen = rules(count)
    connection = _connection()
    names: dict[Measure, str] = {}
    joins = []
    for source in ("activity", "purchases"):
        measures = list(dict.fromkeys(m for rule in chosen for m in rule.measures() if m.source == source))
        if not measures:
            continue
        names.update({measure: f"{source}_{number}" for number, measure in enumerate(measures)})
        aggregates = ", ".join(f"{m.total()} FILTER (WHERE {m.rows()}) AS {names[m]}" for m in measures)
        needed = " OR ".join(f"({rows})" for rows in dict.fromkeys(_widest(measures)))
        connection.execute(
            f"CREATE TABLE {source}_totals AS SELECT email, {aggregates} "
            f"FROM {_scan(exports, source)} WHERE {needed} GROUP BY email"
        )
        joins.append(f"LEFT JOIN {source}_totals USING (email)")
    connection.execute(f"CREATE TABLE people AS SELECT * FROM {_scan(exports, 'contacts')} {' '.join(joins)}")
    for rule in chosen:
        tests = [test.expert(names) if isinstance(test, Did) else test.sql() for test in rule.tests]
        _copy(connection, f"SELECT {', '.join(COLUMNS)} FROM people WHERE {' AND '.join(tests)}", out, rule)


def pandas(exports: Path, out: Path, count: int) -> None:
    """As people write it: frames in memory, a groupby for every question."""
    pd: Any = import_module("pandas")
    tables = {
        "activity": pd.concat(
            [pd.read_csv(path, parse_dates=["seen_at"]) for path in sorted(exports.glob("activity-*.csv"))]
        ),
        "purchases": pd.read_csv(exports / "purchases.csv", parse_dates=["ordered_at"]),
    }
    contacts = pd.read_csv(exports / "contacts.csv")
    for rule in rules(count):
        chosen = pd.Series(True, index=contacts.index)
        for test in rule.tests:
            if isinstance(test, Did):
                chosen &= test.pandas(contacts, lambda measure: measure.pandas(tables))
            else:
                chosen &= test.pandas(contacts)
        contacts.loc[chosen, list(COLUMNS)].sort_values("email").to_csv(out / f"{rule.name}.csv", index=False)


def floor(exports: Path, out: Path, count: int) -> None:
    """No lists: Polars reads the columns that the segments need, to a maximum each."""
    import polars as pl  # noqa: PLC0415

    chosen = rules(count)
    sources = {"contacts", *(measure.source for rule in chosen for measure in rule.measures())}
    needed = {
        "contacts": COLUMNS,
        "activity": ("email", "seen_at", "action", "campaign", "url"),
        "purchases": ("email", "ordered_at", "category", "amount"),
    }
    asked = [measure for rule in chosen for measure in rule.measures()]
    used = {measure.column for measure in asked} | {"amount" for measure in asked if measure.what == "sum"}
    for source in sorted(sources):
        always = {"email", "seen_at", "action", "ordered_at", *COLUMNS, *used}
        columns = [name for name in needed[source] if name in always]
        files = sorted(exports.glob(f"{source}*.csv"))
        scanned = pl.scan_csv(files, infer_schema=False).select(pl.col(columns).max())
        scanned.collect(engine="streaming").write_csv(out / f"{source}.csv")


CONTENDERS: dict[str, Callable[[Path, Path, int], None]] = {
    "segtool-first": segtool_first,
    "segtool-cold": segtool_cold,
    "segtool-warm": segtool_warm,
    "duckdb-each": duckdb_each,
    "duckdb-expert": duckdb_expert,
    "pandas": pandas,
    "floor": floor,
}


def lists(name: str, out: Path) -> Path:
    """Where a contender's lists are."""
    return out / "output" / "lists" if name.startswith("segtool") else out


def _connection() -> Any:
    duckdb: Any = import_module("duckdb")
    connection = duckdb.connect()
    connection.execute("SET preserve_insertion_order = false")
    return connection


def _scan(exports: Path, source: str) -> str:
    return f"read_csv('{exports}/{source}*.csv', header = true, types = {_types(source)})"


def _types(source: str) -> str:
    time = {"activity": "{'seen_at': 'TIMESTAMP'}", "purchases": "{'ordered_at': 'TIMESTAMP'}"}
    return time.get(source, "{'email': 'VARCHAR'}")


def _loaded(exports: Path) -> Any:
    connection = _connection()
    for source in ("contacts", "activity", "purchases"):
        connection.execute(f"CREATE TABLE {source} AS SELECT * FROM {_scan(exports, source)}")
    return connection


def _widest(measures: list[Measure]) -> list[str]:
    """The rows that some measure needs: for every event its widest window."""
    widest: dict[str | None, int | None] = {}
    for measure in measures:
        days = widest.get(measure.event, measure.days)
        widest[measure.event] = max(days, measure.days) if days is not None and measure.days is not None else None
    return [Measure(measures[0].source, event, days).rows() for event, days in widest.items()]


def _copy(connection: Any, query: str, out: Path, rule: Rule) -> None:
    connection.execute(f"COPY ({query} ORDER BY email) TO '{out / rule.name}.csv' (HEADER)")


if __name__ == "__main__":
    contender, exports_folder, out_folder, segments = sys.argv[1:]
    CONTENDERS[contender](Path(exports_folder), Path(out_folder), int(segments))
