"""What turned the rules of all lists, in words.

Each sentence is made once for all the changes of all lists that it is said of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import polars as pl

from segtool.config.frozen import dataclass

_CHANGE, _TURN, _TEXT = "change", "turn", "text"
_NUMBER = pl.Series([0], dtype=pl.UInt32)

Said = Callable[[Sequence[tuple[int, bool, pl.Series]]], pl.Series]
"""What became of leaves, or of their opposites, for some rows of people each: sentences, one after the other."""


@dataclass(frozen=True)
class Turn:
    """A leaf that turned the rule of a list for some changes; `negated` where it had to go the other way.

    `changes` are the numbers of the changes, `rows` the people whom they are about.
    """

    leaf: int
    negated: bool
    changes: pl.Series
    rows: pl.Series


def in_words(turns: Sequence[Turn], count: int, said: Said) -> pl.Series:
    """For each of so many changes, what turned the rule, in the order of the turns; missing where nothing did."""
    if not turns:
        return pl.repeat(None, count, dtype=pl.String, eager=True)
    alike: dict[tuple[int, bool], list[int]] = {}
    for number, turn in enumerate(turns):
        alike.setdefault((turn.leaf, turn.negated), []).append(number)
    order = [number for numbers in alike.values() for number in numbers]
    asked = [(*key, pl.concat([turns[number].rows for number in numbers])) for key, numbers in alike.items()]
    columns = (
        pl.concat([turns[number].changes for number in order]).alias(_CHANGE),
        pl.concat([_NUMBER.new_from_index(0, turns[number].rows.len()) + number for number in order]).alias(_TURN),
        said(asked).alias(_TEXT),
    )
    found = _joined(pl.DataFrame(columns))
    places = pl.repeat(None, count, dtype=pl.UInt32, eager=True)
    at = places.scatter(found.get_column(_CHANGE), pl.int_range(found.height, dtype=pl.UInt32, eager=True))
    return found.get_column(_TEXT)[at]


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
