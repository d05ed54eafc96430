"""The same work for files, measures or lists, two at a time: while Python or the disk is at one, the other goes on.

Most of the work is in Polars, which leaves Python free. No more than two, because each holds some rows in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Done = TypeVar("Done")

AT_ONCE = 2


def together(work: Callable[[Item], Done], items: Iterable[Item], alone: bool = False) -> list[Done]:
    """What becomes of the items, in their order; `alone` takes them one after the other.

    The first failure, in the order of the items, is raised; what was not begun by then is left.
    """
    if alone:
        return [work(item) for item in items]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        begun = [pool.submit(work, item) for item in items]
        try:
            return [one.result() for one in begun]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
