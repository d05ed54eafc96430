"""What turned the rules of all lists, in words.

Each sentence is made once for all the changes of all lists that it is said of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import polars as pl

from segtool.config.frozen import dataclass

_CHANGE, _TURN, _TEXT = "change", "turn", "text"

Said = Callable[[int, bool, pl.Series], pl.Series]
"""What became of a leaf, or of its opposite, for each of these rows of people."""


@dataclass(frozen=True)
class Turn:
    """A leaf that turned the rule of a list for some changes; `negated` where it had to go the other way.

    `changes` are the numbers of the changes, `rows` the people whom they are about.
    """

    leaf: int
    negated: bool
    changes: pl.Series
    rows: pl.Series


def in_words(turns: Iterable[Turn], count: int, said: Said) -> pl.Series:
    """For each of so many changes, what turned the rule, in the order of the turns; missing where nothing did."""
    alike: dict[tuple[int, bool], list[tuple[int, Turn]]] = {}
    for number, turn in enumerate(turns):
        alike.setdefault((turn.leaf, turn.negated), []).append((number, turn))
    parts = [_part(same, said(*key, pl.concat([turn.rows for _, turn in same]))) for key, same in alike.items()]
    if not parts:
        return pl.repeat(None, count, dtype=pl.String, eager=True)
    found = _joined(pl.concat(parts))
    places = pl.repeat(None, count, dtype=pl.UInt32, eager=True)
    at = places.scatter(found.get_column(_CHANGE), pl.int_range(found.height, dtype=pl.UInt32, eager=True))
    return found.get_column(_TEXT)[at]


def _part(same: list[tuple[int, Turn]], texts: pl.Series) -> pl.DataFrame:
    """The same sentence, of the changes of several lists."""
    numbers = [pl.Series([number], dtype=pl.UInt32).new_from_index(0, turn.changes.len()) for number, turn in same]
    changes = pl.concat([turn.changes for _, turn in same])
    return pl.DataFrame([changes.alias(_CHANGE), pl.concat(numbers).alias(_TURN), texts.alias(_TEXT)])


def _joined(found: pl.DataFrame) -> pl.DataFrame:
    """Each change once; no two of its sentences say the same."""
    repeated = found.get_column(_CHANGE).is_duplicated()
    several = (
        found.filter(repeated)
        .sort(_CHANGE, _TURN)
        .unique([_CHANGE, _TEXT], keep="first", maintain_order=True)
        .group_by(_CHANGE, maintain_order=True)
        .agg(pl.col(_TEXT).str.join("; "))
    )
    return pl.concat([found.filter(~repeated).drop(_TURN), several]).rechunk()
