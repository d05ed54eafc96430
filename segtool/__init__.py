"""Audience lists from export files: who belongs, who came, who left, and why.

    config = segtool.load("segments.yaml")
    problems = segtool.check(config)
    result = segtool.evaluate(config)
    run = segtool.run(config)
    changes = segtool.diff(config)

The parts are imported when they are first used: `load` needs no data frames, so a slip in the file is answered at
once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segtool.api import check, diff, evaluate, explain, forget, history, prune, refresh, run, show, verify, why
    from segtool.loading import load

__all__ = [
    "check",
    "diff",
    "evaluate",
    "explain",
    "forget",
    "history",
    "load",
    "prune",
    "refresh",
    "run",
    "show",
    "verify",
    "why",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415

    return getattr(import_module("segtool.loading" if name == "load" else "segtool.api"), name)
