"""A run that is cut off anywhere: the last committed run stays whole, and the next run tells all that is due.

`SEGTOOL_CRASH` sets at how many file operations each kind of fault is tried in each scenario (`all` for everything
that can happen at every one), and `SEGTOOL_KILLS` how often the real command is killed; `SEGTOOL_CRASH_SEED` picks
other ones.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import faults
import pytest
import upkeep_faults
from conftest import say
from faults import KINDS, Outcome

SHARE = os.environ.get("SEGTOOL_CRASH", "4")
KILLS = os.environ.get("SEGTOOL_KILLS", "3")
SEED = os.environ.get("SEGTOOL_CRASH_SEED", "1")
FULL = "SEGTOOL_CRASH" in os.environ or "SEGTOOL_KILLS" in os.environ

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="faults are made with fork and /proc")


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest) -> Iterator[list[Outcome]]:
    """Every outcome; the figures are printed when a sweep was asked for."""
    found: list[Outcome] = []
    yield found
    if FULL:
        say(request.config, *_figures(found))


def _figures(found: list[Outcome]) -> Iterator[str]:
    for scenario in dict.fromkeys(outcome.scenario for outcome in found):
        of_it = [outcome for outcome in found if outcome.scenario == scenario and outcome.took_effect]
        kinds = ", ".join(f"{count} × {kind}" for kind, count in Counter(outcome.kind for outcome in of_it).items())
        unreadable, lost, wrong = (sum(bool(getattr(o, key)) for o in of_it) for key in ("unreadable", "lost", "wrong"))
        yield f'"{scenario}": {len(of_it):,} faults took effect ({kinds})'
        yield f"  unreadable states: {unreadable}, lost or invented changes: {lost}, leftovers or mixtures: {wrong}"


def tried(scenario: str, share: str, base: Path, script: str = faults.__file__) -> list[Outcome]:
    """What came of the faults of a scenario."""
    for name in ("disk", "tmp"):
        (base / name).mkdir()
    done = subprocess.run(
        [sys.executable, script, scenario, str(base / "disk"), share, SEED],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(base / "tmp")},
    )
    assert done.returncode == 0, done.stderr
    return [Outcome(**json.loads(line)) for line in done.stdout.splitlines()]


def failures(found: list[Outcome]) -> list[Outcome]:
    return [outcome for outcome in found if outcome.unreadable or outcome.lost or outcome.wrong]


@pytest.mark.parametrize("scenario", ["first", "later", "cut off"])
def test_every_file_operation(scenario: str, tmp_path: Path, outcomes: list[Outcome]) -> None:
    """Killed, torn, without power, without room or with a broken disk: nothing is lost, nothing is invented."""
    found = tried(scenario, SHARE, tmp_path)
    outcomes += found
    assert failures(found) == []
    assert {outcome.effect for outcome in found} <= {"killed", "StateError", "survived", "nothing"}
    assert {outcome.kind for outcome in found if outcome.took_effect} == set(KINDS)


@pytest.mark.parametrize("work", ["prune", "forget", "repair"])
def test_every_file_operation_of_upkeep(work: str, tmp_path: Path, outcomes: list[Outcome]) -> None:
    """What removes and rewrites runs: no run is ever half old and half new, and the same command does the rest."""
    found = tried(work, SHARE, tmp_path, upkeep_faults.__file__)
    outcomes += found
    assert failures(found) == []
    assert {outcome.effect for outcome in found} <= {"killed", "StateError", "OSError", "survived", "nothing"}


def test_the_command_killed_at_any_moment(tmp_path: Path, outcomes: list[Outcome]) -> None:
    """`segtool run` under SIGKILL, from when it starts or from when it holds the lock."""
    found = tried("command", KILLS, tmp_path)
    outcomes += found
    assert failures(found) == []
    assert {outcome.effect for outcome in found} <= {"killed", "nothing"}
    assert any(outcome.took_effect for outcome in found)
