"""The use cases, each a short pipeline; the command line calls these and nothing below."""

from segtool.api.checking import check
from segtool.api.comparing import Difference, diff
from segtool.api.evaluation import Evaluation, evaluate
from segtool.api.histories import History, ListHistory, Moment, history
from segtool.api.running import RunResult, refresh, run
from segtool.api.showing import Listing, show
from segtool.api.upkeep import Checkup, Pruning, prune, verify

__all__ = [
    "Checkup",
    "Difference",
    "Evaluation",
    "History",
    "ListHistory",
    "Listing",
    "Moment",
    "Pruning",
    "RunResult",
    "check",
    "diff",
    "evaluate",
    "history",
    "prune",
    "refresh",
    "run",
    "show",
    "verify",
]
