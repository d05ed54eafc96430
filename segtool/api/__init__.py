"""The use cases, each a short pipeline; the command line calls these and nothing below."""

from segtool.api.checking import check
from segtool.api.comparing import Difference, diff
from segtool.api.evaluation import Evaluation, evaluate
from segtool.api.running import RunResult, refresh, run

__all__ = ["Difference", "Evaluation", "RunResult", "check", "diff", "evaluate", "refresh", "run"]
