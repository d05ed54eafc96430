"""The use cases, each a short pipeline; the command line calls these and nothing below."""

from segtool.api.checking import check
from segtool.api.comparing import Difference, diff
from segtool.api.evaluation import Evaluation, evaluate
from segtool.api.explaining import Case, Explanation, Seen, explain, why
from segtool.api.forgetting import Forgetting, forget
from segtool.api.histories import History, ListHistory, Moment, history
from segtool.api.running import RunResult, refresh, run
from segtool.api.showing import Listing, show
from segtool.api.upkeep import Checkup, Pruning, prune, verify

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
