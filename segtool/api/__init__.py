"""The use cases, each a short pipeline; the command line calls these and nothing below."""

from segtool.api.checking import check
from segtool.api.comparing import Difference, diff
from segtool.api.evaluation import Evaluation, evaluate
from segtool.api.histories import History, ListHistory, Moment, history
from segtool.api.running import RunResult, refresh, run
from segtool.api.showing import Listing, show

__all__ = [
    "Difference",
    "Evaluation",
    "History",
    "ListHistory",
    "Listing",
    "Moment",
    "RunResult",
    "check",
    "diff",
    "evaluate",
    "history",
    "refresh",
    "run",
    "show",
]
