"""What a person who waits is told: the step that is taken, and how far the reading of a source is.

Values and a callback; whoever listens decides how they look. Nobody listens unless told to.
"""

from __future__ import annotations

from collections.abc import Callable

from segtool.config.frozen import dataclass


@dataclass(frozen=True)
class Reading:
    """A source while it is read: the rows so far, and about how many there will be, where that can be told."""

    source: str
    rows: int = 0
    expected: int | None = None

    @property
    def share(self) -> float | None:
        """How much of it is done, from 0 to just below 1: the end is known only when it is there."""
        return min(self.rows / self.expected, 0.99) if self.expected else None


Step = Callable[[str | Reading], None]


def quiet(_: str | Reading) -> None:
    """Listens to nothing."""
