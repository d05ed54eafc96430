"""The benchmark's own rightness: the same exports for a seed, contenders that agree, or a word that they do not."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bench import reporting, workload
from bench.comparing import DifferentError, Measured, Task, agree, compare, ratios
from bench.measuring import Cost
from bench.rules import rules
from bench.workload import Size

SIZE = Size(contacts=300, events=3_000, purchases=600)


def _digest(folder: Path) -> str:
    return sha256(b"".join(path.read_bytes() for path in sorted(folder.glob("*.csv")))).hexdigest()


def test_a_seed_always_makes_the_same_exports(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("same", 1), ("other", 2)):
        workload.write(tmp_path / name, SIZE, seed)
    one, same, other = (_digest(tmp_path / name) for name in ("one", "same", "other"))
    assert one == same != other
    assert one[:16] == "b871dc5d5d3f0c76"


def test_the_rules_are_all_different() -> None:
    chosen = rules(1_000)
    assert len({rule.name for rule in chosen}) == len({rule.tests for rule in chosen}) == 1_000


def test_all_contenders_give_the_same_lists(tmp_path: Path) -> None:
    pytest.importorskip("duckdb")
    tasks = [Task(name, 24) for name in ("segtool-first", "duckdb-each", "duckdb-expert")]
    said: list[str] = []
    found = compare(tmp_path, SIZE, tasks, 1, said.append)
    assert [one.task for one in found] == tasks
    assert len(said) == 3
    spoilt = tmp_path / "out" / "duckdb-each-24" / "segment_0005.csv"
    spoilt.write_text(spoilt.read_text(encoding="utf-8") + "ghost@mail.example,,,\n", encoding="utf-8")
    with pytest.raises(DifferentError, match="segment_0005"):
        agree(tmp_path, tasks)


def test_what_is_claimed_is_a_ratio_of_wall_times() -> None:
    found = {
        task: Measured(task, (Cost(wall, 1.0, 1.0),))
        for task, wall in ((Task("segtool-cold", 200), 3.0), (Task("duckdb-each", 200), 20.0))
    }
    assert ratios(found) == [("200 segments, cold, to DuckDB with a statement for each", 0.15, 0.15)]
    page = reporting.table(SIZE, list(found.values()), 1)
    assert "| 200 segments, cold, to DuckDB with a statement for each | 0.15 | 0.15 |" in page


def test_the_picture_is_whole() -> None:
    drawn = reporting.picture({"events": [(1e6, 1.0), (2e6, 2.1)], "contacts": [(1e3, 0.5), (4e3, 0.6)]})
    root = ElementTree.fromstring(drawn)
    assert len(root.findall(".//{http://www.w3.org/2000/svg}circle")) == 4
