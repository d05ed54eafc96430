"""The use cases, each a short pipeline; the command line calls these and nothing below.

A use case is imported when it is first asked for: `check` needs nothing of what writes or forgets.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from segtool.api.checking import check
    from segtool.api.comparing import Difference, diff
    from segtool.api.evaluation import Evaluation, evaluate
    from segtool.api.explaining import Case, Explanation, Seen, explain, why
    from segtool.api.forgetting import Forgetting, forget
    from segtool.api.histories import History, ListHistory, Moment, history
    from segtool.api.running import RunResult, refresh, run
    from segtool.api.showing import Listing, show
    from segtool.api.upkeep import Checkup, Pruning, prune, verify

_MODULES = {
    "checking": ("check",),
    "comparing": ("Difference", "diff"),
    "evaluation": ("Evaluation", "evaluate"),
    "explaining": ("Case", "Explanation", "Seen", "explain", "why"),
    "forgetting": ("Forgetting", "forget"),
    "histories": ("History", "ListHistory", "Moment", "history"),
    "running": ("RunResult", "refresh", "run"),
    "showing": ("Listing", "show"),
    "upkeep": ("Checkup", "Pruning", "prune", "verify"),
}

__all__ = [
    "Case",
    "Checkup",
    "Difference",
    "Evaluation",
    "Explanation",
    "Forgetting",
    "History",
    "ListHistory",
    "Listing",
    "Moment",
    "Pruning",
    "RunResult",
    "Seen",
    "check",
    "diff",
    "evaluate",
    "explain",
    "forget",
    "history",
    "prune",
    "refresh",
    "run",
    "show",
    "verify",
    "why",
]


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
