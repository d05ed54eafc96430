"""How time grows with contacts, events, segments and the changed share of files, at four sizes each."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from . import workload
from .comparing import Say
from .contenders import prepare
from .measuring import cost
from .workload import Size

_STEPS = (0.25, 0.5, 0.75, 1.0)


def growth(folder: Path, size: Size, segments: int, say: Say) -> dict[str, list[tuple[float, float]]]:
    """By what grows: how much of it, and the seconds of a cold run (of a warm one, for changed files)."""

    def cold(at: Size, count: int) -> float:
        return _run(folder, at, count, "segtool-cold")

    found: dict[str, list[tuple[float, float]]] = {}

    def series(name: str, points: list[tuple[float, Callable[[], float]]]) -> None:
        found[name] = []
        for much, seconds in points:
            found[name].append((much, seconds()))
            say(f"{name} {much:g}: {found[name][-1][1]:.1f} s")

    series(
        "contacts",
        [
            (much, lambda much=much: cold(replace(size, contacts=int(much)), segments))  # type: ignore[misc]
            for much in (size.contacts * step for step in _STEPS)
        ],
    )
    series(
        "events",
        [
            (much, lambda much=much: cold(replace(size, events=int(much)), segments))  # type: ignore[misc]
            for much in (size.events * step for step in _STEPS)
        ],
    )
    series(
        "segments",
        [
            (count, lambda count=count: cold(size, count))  # type: ignore[misc]
            for count in (segments, 2 * segments, 3 * segments, 5 * segments)
        ],
    )
    series(
        "changed share of files",
        [
            (share, lambda share=share: _run(folder, size, segments, "segtool-warm", share))  # type: ignore[misc]
            for share in (0, 0.25, 0.5, 1)
        ],
    )
    return found


def _run(folder: Path, size: Size, segments: int, contender: str, changed: float = 0) -> float:
    exports, out = folder / "exports", folder / "out" / "growth"
    workload.write(exports, size)
    prepare(exports, out, segments, cold=contender == "segtool-cold")
    files = sorted(exports.glob("activity-*.csv"))
    for path in files[: round(len(files) * changed)]:
        os.utime(path)
        with path.open("ab") as stream:
            stream.write(b"nobody@mail.example,2025-07-01T00:00:00Z,sent,,\n")
        (exports / "exports.txt").unlink(missing_ok=True)
    return cost(("tests.bench.contenders", contender, str(exports), str(out), str(segments))).wall
