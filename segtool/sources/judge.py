"""The typed rows of a source, and what is wrong with them: rejected rows and cells, each with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import polars as pl

from segtool.config.columns import Columns, match_name
from segtool.config.settings import SourceSpec
from segtool.logic.rows import FOLDED
from segtool.sources import rejects
from segtool.sources.cells import Cells
from segtool.sources.context import (
    ADDRESS,
    BAD,
    EVENT,
    FILE,
    ID,
    KEPT,
    REJECTED,
    ROW,
    STATUS,
    TIME,
    Context,
    key_column,
)
from segtool.sources.typing import Reading, identity, typed

_SIGN = r"[=\x{FF1D}]|[+\-@\x{FF0B}\x{FF0D}\x{FF20}].*[(|!]"
RUNS_AS_FORMULA = rf"""^(?:{_SIGN})|[,;\t\r\n]["\s]*(?:{_SIGN})"""
_PHONE = r"^\+[0-9][0-9 ().\-]*$"

_TYPED = "§typed:"


class Judge:
    """The typed rows of a source and what is wrong with them."""

    def __init__(
        self, spec: SourceSpec, columns: Columns, readings: Mapping[str, Reading], read: Cells, context: Context
    ) -> None:
        self._spec = spec
        self._columns = columns
        self._readings = readings
        self._cells = read
        s = spec.settings
        self._time = match_name(s.time or "", columns.types)
        self._event = match_name(s.event or "", columns.types)
        kind = columns.types.get(columns.id, "")
        own = kind == "email" if kind else False
        self._address = own if context.address is None else context.address
        self._checked = [name for name in readings if name != self._time and self._can_fail(name)]

    def _can_fail(self, name: str) -> bool:
        kind = self._readings[name].kind
        return kind not in ("text", "email", "list") or (
            kind == "email" and self._spec.settings.types.get(name) == "email"
        )

    def _value(self, name: str) -> pl.Expr:
        value = typed(pl.col(name), self._readings[name])
        if name == self._columns.id and self._readings[name].kind in ("text", "email"):
            value = identity(pl.col(name), self._address)
        if self._readings[name].kind == "email" and self._can_fail(name):
            value = pl.when(value.str.contains(ADDRESS)).then(value)
        return value

    def _bad(self, name: str) -> pl.Expr:
        return pl.col(name).is_not_null() & pl.col(_TYPED + name).is_null()

    def frame(self) -> pl.LazyFrame:
        """ROW, FILE, ID, TIME and EVENT for events, the typed columns, and how many cells of the row were rejected."""
        made = [pl.col(ROW), pl.col(FILE), self._id().alias(ID)]
        if self._columns.role == "events":
            made += [self._instant().alias(TIME), self._name().alias(EVENT)]
            lookups = enumerate(self._spec.settings.lookup)
            made += [self._key(lookup.on).alias(key_column(number)) for number, lookup in lookups]
        made += [pl.col(_TYPED + name).alias(name) for name in self._readings]
        made += [
            pl.col(_TYPED + name).list.eval(pl.element().str.to_lowercase()).alias(FOLDED + name)
            for name in self._readings
            if self._readings[name].kind == "list"
        ]
        bad = [self._bad(name).cast(pl.Int32) for name in self._checked]
        made.append((pl.sum_horizontal(bad) if bad else pl.lit(0)).cast(pl.Int32).alias(BAD))
        # Typed in a step of its own: each cell is read once, whatever looks at it.
        return self._cells.frame.with_columns(self._typed()).select(made)

    def _typed(self) -> Iterator[pl.Expr]:
        """Every column by its reading: those that are read alike in one expression, as there may be thousands."""
        alike: dict[Reading, list[str]] = {}
        for name, reading in self._readings.items():
            if name == self._columns.id or reading.kind == "email":
                yield self._value(name).alias(_TYPED + name)
            else:
                alike.setdefault(reading, []).append(name)
        for reading, names in alike.items():
            yield typed(pl.col(names), reading).name.prefix(_TYPED)

    def judged(self) -> pl.LazyFrame:
        """The typed rows, each kept or rejected."""
        return self.frame().with_columns(self.status().cast(pl.Int8).alias(STATUS))

    def _id(self) -> pl.Expr:
        """Whose row it is; missing where the cell does not fit the type that was declared for it."""
        key = self._columns.id
        found = identity(pl.col(key), self._address)
        return pl.when(pl.col(_TYPED + key).is_not_null()).then(found) if key in self._checked else found

    def _key(self, on: str) -> pl.Expr:
        """What a lookup is found by: as the ids of its table are read."""
        return identity(pl.col(match_name(on, self._columns.types) or on), address=False)

    def _instant(self) -> pl.Expr:
        if self._time is None:
            return pl.lit(None, dtype=pl.Datetime("us"))
        reading = self._readings[self._time]
        if reading.kind == "datetime":
            return pl.col(_TYPED + self._time)
        return typed(pl.col(self._time), replace(reading, kind="datetime"))

    def _name(self) -> pl.Expr:
        s = self._spec.settings
        if self._event is None:
            return pl.lit(s.event_name or self._spec.name)
        spelled = {text.strip(): name for name, texts in s.events.items() for text in texts}
        written = pl.col(self._event)
        if not spelled:
            return written
        ours = [name for name in s.events if name not in spelled]
        known = {**spelled, **{name: name for name in ours}}
        return written.replace_strict(list(known), list(known.values()), default=written, return_dtype=pl.String)

    def status(self) -> pl.Expr:
        wrong = pl.col(ID).is_null()
        if self._columns.role == "contacts":
            wrong = wrong | self._runs()
        if self._time:
            wrong = wrong | pl.col(TIME).is_null()
        return pl.when(wrong).then(REJECTED).otherwise(KEPT)

    def _runs(self) -> pl.Expr:
        key = pl.col(ID)
        return (key.str.contains(RUNS_AS_FORMULA) & ~key.str.contains(_PHONE)).fill_null(False)

    def is_listed(self) -> pl.Expr:
        """Whether a row of the judged ones was rejected, or a cell of it."""
        return (pl.col(STATUS) == REJECTED) | ((pl.col(STATUS) == KEPT) & (pl.col(BAD) > 0))

    def rejects(self, judged: pl.LazyFrame) -> pl.DataFrame:
        """Every rejected row and cell of the judged rows, with FILE and ROW."""
        about = judged.filter(self.is_listed())
        values = [pl.col(name).alias(_TYPED + name) for name in self._checked]
        narrow = about.select(ROW, FILE, ID, STATUS, *([TIME] if self._time else []), *values)
        texts = [name for name in (self._columns.id, self._time, *self._checked) if name is not None]
        written = [pl.col(name).alias(f"§text:{name}") for name in dict.fromkeys(texts)]
        texts_again = self._cells.frame.select(ROW, FILE, *written)
        found = narrow.join(texts_again, on=[ROW, FILE]).collect(engine="streaming").lazy()
        wrong = [self._reasons(found.filter(pl.col(STATUS) == REJECTED))]
        kept = found.filter(pl.col(STATUS) == KEPT)
        for name in self._checked:
            text = pl.col(f"§text:{name}")
            bad = kept.filter(text.is_not_null() & pl.col(_TYPED + name).is_null())
            reason = rejects.WORDS[self._readings[name].kind]
            wrong.append(bad.select(*_listed(pl.lit(name), text, pl.lit(reason))))
        order = {name: position for position, name in enumerate(texts)}
        rank = pl.col("column").replace_strict(order, default=-1, return_dtype=pl.Int32)
        return pl.concat(wrong).sort(FILE, ROW, rank).collect()

    def _reasons(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Why a whole row was rejected: no one's, no time, or an id that runs."""
        key, time = self._columns.id, self._time
        why = [(pl.col(ID).is_null(), key, "the row does not say whose it is")]
        if key in self._checked:
            misfit = pl.col(ID).is_null() & pl.col(f"§text:{key}").is_not_null()
            why.insert(0, (misfit, key, rejects.WORDS[self._readings[key].kind]))
        if time is not None:
            untimed = pl.col(TIME).is_null()
            why.append((untimed & pl.col(f"§text:{time}").is_null(), time, "the event has no time"))
            why.append((untimed, time, rejects.WORDS["datetime"]))
        why.append((pl.lit(True), key, "a spreadsheet would run this id as a formula"))

        def first(pick: Callable[[str, str], pl.Expr]) -> pl.Expr:
            chosen = pl.lit(None, dtype=pl.String)
            for holds, name, text in reversed(why):
                chosen = pl.when(holds).then(pick(name, text)).otherwise(chosen)
            return chosen

        column = first(lambda name, _: pl.lit(name))
        value = first(lambda name, _: pl.col(f"§text:{name}"))
        reason = first(lambda _, text: pl.lit(text))
        return rows.select(*_listed(column, value, reason))


def _listed(column: pl.Expr, value: pl.Expr, reason: pl.Expr) -> list[pl.Expr]:
    return [pl.col(FILE), pl.col(ROW), column.alias("column"), value.alias("value"), reason.alias("reason")]
