"""What is wrong with the rows and cells of a file, in words: one line for each, with the text that is meant."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

from segtool.config.frozen import dataclass
from segtool.sources import rejects
from segtool.sources.context import ID, ROW, STATUS, TIME
from segtool.sources.typing import SHORTENED

TEXT = "§text:"
"""Before the name of a column: its text, beside what it was read as."""
MISFIT = "§misfit:"
"""Before the name of a column: whether its text is no value of its type."""


@dataclass(frozen=True)
class Faults:
    """Rows with something wrong: ROW, ID, TIME where there is one, the texts of columns that can fail and which of them
    are misfits, and in STATUS whether the whole row was rejected.

    `key` says whose row it is and `time` when it was; `checked` are the columns that can fail, and `kinds` the types.
    """

    rows: pl.DataFrame
    key: str
    time: str | None
    checked: Sequence[str]
    kinds: Mapping[str, str]

    def listed(self) -> pl.DataFrame:
        """ROW, column, value and reason of every rejected row and cell, in the order of rows and columns."""
        kept = self.rows.filter(~pl.col(STATUS))
        wrong = [self._reasons(self.rows.filter(pl.col(STATUS)))]
        for name in self.checked:
            bad = kept.filter(pl.col(MISFIT + name))
            reason = rejects.WORDS[self.kinds[name]]
            wrong.append(bad.select(*_listed(pl.lit(name), pl.col(TEXT + name), pl.lit(reason))))
        order = {name: position for position, name in enumerate((self.key, self.time, *self.checked)) if name}
        rank = pl.col("column").replace_strict(order, default=-1, return_dtype=pl.Int32)
        return pl.concat(wrong).sort(ROW, rank)

    def _reasons(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Why a whole row was rejected: no one's, no time, or an id that runs."""
        key, time = self.key, self.time
        shortened = pl.col(ID).is_null() & pl.col(TEXT + key).str.contains(SHORTENED)
        why = [
            (shortened, key, "a spreadsheet has shortened this id, and its digits are lost"),
            (pl.col(ID).is_null(), key, "the row does not say whose it is"),
        ]
        if key in self.checked:
            misfit = pl.col(ID).is_null() & pl.col(TEXT + key).is_not_null()
            why.insert(0, (misfit, key, rejects.WORDS[self.kinds[key]]))
        if time is not None:
            untimed = pl.col(TIME).is_null()
            why.append((untimed & pl.col(TEXT + time).is_null(), time, "the event has no time"))
            why.append((untimed, time, rejects.WORDS["datetime"]))
        why.append((pl.lit(True), key, "a spreadsheet would run this id as a formula"))

        def first(pick: Callable[[str, str], pl.Expr]) -> pl.Expr:
            chosen = pl.lit(None, dtype=pl.String)
            for holds, name, text in reversed(why):
                chosen = pl.when(holds).then(pick(name, text)).otherwise(chosen)
            return chosen

        column = first(lambda name, _: pl.lit(name))
        value = first(lambda name, _: pl.col(TEXT + name))
        reason = first(lambda _, text: pl.lit(text))
        return rows.select(*_listed(column, value, reason))


def _listed(column: pl.Expr, value: pl.Expr, reason: pl.Expr) -> list[pl.Expr]:
    return [pl.col(ROW), column.alias("column"), value.alias("value"), reason.alias("reason")]
