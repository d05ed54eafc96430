"""Text cells → typed rows, and what became of them.

Every cell is typed once: plain texts at full speed, all others by the rules of `typing`. What is wrong with a row is
kept beside, for `faults` to say in words.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from threading import Lock

import polars as pl

from segtool.config.columns import Columns, match_name
from segtool.config.settings import SourceSpec
from segtool.logic.rows import FOLDED
from segtool.sources import categories, plain
from segtool.sources.claims import Claim, RefutedError
from segtool.sources.context import (
    ADDRESS,
    BAD,
    EVENT,
    ID,
    KEPT,
    NUMBER,
    PLACE,
    REJECTED,
    ROW,
    STATUS,
    TIME,
    key_column,
)
from segtool.sources.faults import MISFIT, TEXT, Faults
from segtool.sources.tally import Tally
from segtool.sources.trimming import batched
from segtool.sources.typing import TYPES, Reading, identity, typed

_SIGN = r"[=\x{FF1D}]|[+\-@\x{FF0B}\x{FF0D}\x{FF20}].*[(|!]"
RUNS_AS_FORMULA = rf"""^(?:{_SIGN})|[,;\t\r\n]["\s]*(?:{_SIGN})"""
_PHONE = r"^\+[0-9][0-9 ().\-]*$"


class Judge:
    """Types the cells of one file batch by batch, in whatever thread a batch comes by, and remembers what is wrong.
    Raises RefutedError where a batch holds what was claimed not to be there.

    A typed row has ID, for events TIME, EVENT and the keys of lookups, and the columns. Rejected rows are left out,
    unless `only` has to judge them too: then all rows stay, and each has ROW, STATUS and BAD (how many of its cells
    were rejected). Where people have numbers, they are kept `numbered`; columns of `few` values as categories. Raises
    ManyError where one has many.
    """

    def __init__(
        self,
        spec: SourceSpec,
        columns: Columns,
        readings: Mapping[str, Reading],
        address: bool | None,
        claims: Mapping[str, Claim],
        numbered: Callable[[pl.DataFrame, bool], pl.DataFrame] | None = None,
        few: Collection[str] = (),
    ) -> None:
        self._spec = spec
        self._columns = columns
        self._readings = readings
        self._claims = claims
        self._numbered = numbered
        self._few = few
        s = spec.settings
        self._time = match_name(s.time or "", columns.types)
        self._event = match_name(s.event or "", columns.types)
        kind = columns.types.get(columns.id, "")
        own = kind == "email" if kind else False
        self._address = own if address is None else address
        self._checked = [name for name in readings if name != self._time and self._can_fail(name)]
        # Where a person's number is looked up, capitals are looked at only of those who are not found as written.
        self._as_written = numbered is not None and self._address and columns.id not in self._checked
        self._lock = Lock()
        self._counts: Counter[int] = Counter()
        self._bad = 0
        self._events: set[str] = set()
        self._faults: list[pl.DataFrame] = []

    @property
    def faults(self) -> Faults | None:
        """What is wrong with the rows of all batches until now."""
        if not self._faults:
            return None
        return Faults(
            pl.concat(self._faults),
            key=self._columns.id,
            time=self._time,
            checked=self._checked,
            kinds={name: reading.kind for name, reading in self._readings.items()},
        )

    @property
    def tally(self) -> Tally:
        """Of all batches until now."""
        return Tally(dict(self._counts), self._bad, frozenset(self._events))

    @cached_property
    def kept(self) -> dict[str, pl.DataType]:
        """The columns that a table is kept with: those that do not follow from the others."""
        elsewhere = {*self.again, *self._constant}
        number = {NUMBER: pl.UInt32()} if self._numbered is not None else {}
        kinds = number | {name: kind for name, kind in self._schema().items() if name not in elsewhere}
        return kinds | {name: categories.kind(self._spec.name, name) for name in self._few}

    @property
    def repeating(self) -> dict[str, str]:
        """The columns of `kept` that may have few values, and from which column of the texts each is made."""
        texts = {name: name for name in self.kept if name in self._readings and self._readings[name].kind == "text"}
        return {**texts, **({EVENT: self._event} if self._event else {})}

    @cached_property
    def again(self) -> dict[str, str]:
        """Columns of a typed row that are another one of it, and which."""
        kinds = {name: reading.kind for name, reading in self._readings.items()}
        key, time, event = self._columns.id, self._time, self._event
        found = {key: ID} if kinds.get(key) in ("text", "email") else {}
        if time and kinds.get(time) == "datetime":
            found[time] = TIME
        if event and kinds.get(event) == "text" and not self._spec.settings.events:
            found.setdefault(event, EVENT)
        return found

    @property
    def _constant(self) -> dict[str, pl.Expr]:
        """Columns that say the same in every row."""
        if self._columns.role != "events":
            return {}
        s = self._spec.settings
        name = {} if self._event else {EVENT: pl.lit(s.event_name or self._spec.name, dtype=pl.String)}
        return name if self._time else {**name, TIME: pl.lit(None, dtype=pl.Datetime("us"))}

    def whole(self, kept: pl.LazyFrame) -> pl.LazyFrame:
        """The typed rows, of a table as it is kept; with PLACE where that is known, and the twins that there are."""
        known = categories.paired(kept)
        columns = known.collect_schema()
        pairs = {**self.again, **{categories.twin(name): categories.twin(other) for name, other in self.again.items()}}
        made = {name: pl.col(other) for name, other in pairs.items() if other in columns}
        twins = [name for name in (*columns, *made) if categories.is_twin(name)]
        whole = known.with_columns(**self._constant, **made)
        return whole.select(*self._schema(), *twins, pl.col(f"^{PLACE}$"))

    def nothing(self) -> pl.LazyFrame:
        """The typed rows of a source that is not there."""
        return pl.LazyFrame(schema=self._schema())

    def _schema(self) -> dict[str, pl.DataType]:
        made: dict[str, pl.DataType] = {ID: pl.String()}
        if self._columns.role == "events":
            made |= {TIME: pl.Datetime("us"), EVENT: pl.String()}
            made |= {key_column(number): pl.String() for number, _ in enumerate(self._spec.settings.lookup)}
        made |= {name: TYPES[reading.kind] for name, reading in self._readings.items()}
        made |= {FOLDED + name: TYPES["list"] for name, reading in self._readings.items() if reading.kind == "list"}
        if self._spec.only is not None:
            made |= {ROW: pl.Int64(), STATUS: pl.Int8(), BAD: pl.Int32()}
        return made

    def _can_fail(self, name: str) -> bool:
        kind = self._readings[name].kind
        return kind not in ("text", "email", "list") or (
            kind == "email" and self._spec.settings.types.get(name) == "email"
        )

    @property
    def asked(self) -> set[str]:
        """The columns that it looks at."""
        keys = [match_name(lookup.on, self._columns.types) or lookup.on for lookup in self._spec.settings.lookup]
        return {name for name in (self._columns.id, self._time, self._event, *keys, *self._readings) if name}

    def of(self, texts: pl.LazyFrame) -> pl.LazyFrame:
        """The typed rows of text cells, with the columns of `kept`; their `tally` is whole when all were taken."""
        return batched(texts, self.judged, self.kept)

    def judged(self, texts: pl.DataFrame) -> pl.DataFrame:
        """The typed rows of a batch of text cells, with the columns of `kept`."""
        plainly = self._plainly(texts)
        values = plainly | self._otherwise(texts, [name for name in self._readings if name not in plainly])
        refuted = [
            name
            for name, claim in self._claims.items()
            if not claim.holds(texts[name], values[name], plainly=name in plainly)
        ]
        if refuted:
            raise RefutedError(refuted)
        made = {ID: self._id(texts, values)}
        if self._time:
            made[TIME] = self._instant(texts, values, self._time)
        if self._event:
            made[EVENT] = self._name(texts.get_column(self._event))
        if self._columns.role == "events":
            lookups = enumerate(self._spec.settings.lookup)
            made |= {key_column(number): self._key(texts, lookup.on) for number, lookup in lookups}
        made |= values
        made |= {
            FOLDED + name: value.list.eval(pl.element().str.to_lowercase())
            for name, value in values.items()
            if value.dtype == pl.List
        }
        typed_rows = pl.DataFrame([value.alias(name) for name, value in made.items()])
        return self._told(texts, typed_rows)

    def _told(self, texts: pl.DataFrame, made: pl.DataFrame) -> pl.DataFrame:
        """The rows that stay, after what became of all of them was noted."""
        wrong = self._rejected(made)
        failed = [name for name in self._checked if made[name].null_count() > texts[name].null_count()]
        if failed:
            cells = [_misfit(texts[name], made[name]).cast(pl.Int32).alias(name) for name in failed]
            bad = pl.DataFrame(cells).sum_horizontal()
        else:
            bad = pl.Series([0], dtype=pl.Int32).new_from_index(0, made.height)
        rejected = int(wrong.sum())
        kept = made.filter(~wrong) if rejected else made
        listed = wrong | (bad > 0) if rejected or failed else None
        events = kept.get_column(EVENT).unique().drop_nulls() if self._columns.open else ()
        with self._lock:
            self._counts[KEPT] += made.height - rejected
            self._counts[REJECTED] += rejected
            self._events.update(events)
            if listed is not None:
                self._bad += int((bad.filter(~wrong) if rejected else bad).sum())
                self._faults.append(self._fault(texts, made, wrong).filter(listed))
        if self._spec.only is not None:
            status = pl.select(pl.when(wrong).then(REJECTED).otherwise(KEPT).cast(pl.Int8).alias(STATUS)).to_series()
            kept = made.with_columns(texts[ROW], status, bad.alias(BAD))
        if self._numbered is not None:
            kept = self._numbered(kept, self._as_written)
        return pl.DataFrame([self._packed(kept.get_column(name)) for name in self.kept])

    def _packed(self, column: pl.Series) -> pl.Series:
        return categories.of(column, self.kept[column.name]) if column.name in self._few else column

    def _fault(self, texts: pl.DataFrame, made: pl.DataFrame, wrong: pl.Series) -> pl.DataFrame:
        """What is needed to tell what is wrong with rows."""
        misfits = [_misfit(texts[name], made[name]).alias(MISFIT + name) for name in self._checked]
        asked = (self._columns.id, self._time, *self._checked)
        written = [texts[name].alias(TEXT + name) for name in dict.fromkeys(asked) if name is not None]
        times = [made[TIME]] if self._time else []
        ids = made[ID].str.to_lowercase() if self._as_written else made[ID]
        return pl.DataFrame([texts[ROW], ids, wrong.alias(STATUS), *times, *written, *misfits])

    def _plainly(self, texts: pl.DataFrame) -> dict[str, pl.Series]:
        """The values of the columns of which every text is spelled plainly."""
        found = {name: self._plain(texts.get_column(name), name) for name in self._readings}
        return {name: value for name, value in found.items() if value is not None}

    def _otherwise(self, texts: pl.DataFrame, names: Sequence[str]) -> dict[str, pl.Series]:
        """The values of other columns, by the expressions that judge them."""
        found = texts.select(self._typed(names)) if names else texts.clear()
        return {name: found[name] for name in names}

    def _plain(self, text: pl.Series, name: str) -> pl.Series | None:
        """The values of a column that is plain text by text; None where its expression has to judge them."""
        reading = self._readings[name]
        if reading.kind == "email" and self._can_fail(name):
            return None
        if name == self._columns.id and reading.kind in ("text", "email"):
            return self._lowered(text) if self._address else None
        return plain.values(text, reading)

    def _typed(self, names: Sequence[str]) -> Iterator[pl.Expr]:
        """Columns by their readings: those that are read alike in one expression, as there may be thousands."""
        alike: dict[Reading, list[str]] = {}
        for name in names:
            reading = self._readings[name]
            if name == self._columns.id or reading.kind == "email":
                yield self._value(name).alias(name)
            else:
                alike.setdefault(reading, []).append(name)
        for reading, same in alike.items():
            yield typed(pl.col(same), reading)

    def _value(self, name: str) -> pl.Expr:
        value = typed(pl.col(name), self._readings[name])
        if name == self._columns.id and self._readings[name].kind in ("text", "email"):
            value = identity(pl.col(name), self._address)
        if self._readings[name].kind == "email" and self._can_fail(name):
            value = pl.when(value.str.contains(ADDRESS)).then(value)
        return value

    def _id(self, texts: pl.DataFrame, values: Mapping[str, pl.Series]) -> pl.Series:
        """Whose row it is; missing where the cell does not fit the type that was declared for it."""
        key = self._columns.id
        if key in self.again:
            return values[key]
        text = texts.get_column(key)
        found = self._lowered(text) if self._address else texts.select(identity(pl.col(key), False)).to_series()
        return found.set(values[key].is_null(), None) if key in self._checked else found

    def _lowered(self, addresses: pl.Series) -> pl.Series:
        return addresses if self._as_written else addresses.str.to_lowercase()

    def _key(self, texts: pl.DataFrame, on: str) -> pl.Series:
        """What a lookup is found by: as the ids of its table are read."""
        name = match_name(on, self._columns.types) or on
        return texts.select(identity(pl.col(name), address=False)).to_series()

    def _instant(self, texts: pl.DataFrame, values: Mapping[str, pl.Series], time: str) -> pl.Series:
        reading = self._readings[time]
        if reading.kind == "datetime":
            return values[time]
        return texts.select(typed(pl.col(time), replace(reading, kind="datetime"))).to_series()

    def _name(self, written: pl.Series) -> pl.Series:
        events = self._spec.settings.events
        spelled = {text.strip(): name for name, texts in events.items() for text in texts}
        if not spelled:
            return written
        ours = [name for name in events if name not in spelled]
        known = {**spelled, **{name: name for name in ours}}
        return written.replace_strict(list(known), list(known.values()), default=written, return_dtype=pl.String)

    def _rejected(self, made: pl.DataFrame) -> pl.Series:
        wrong = made[ID].is_null()
        if self._columns.role == "contacts":
            key = made[ID]
            runs = key.str.contains(RUNS_AS_FORMULA)
            if runs.any():
                wrong = wrong | (runs & ~key.str.contains(_PHONE)).fill_null(False)
        return wrong | made[TIME].is_null() if self._time else wrong


def _misfit(text: pl.Series, value: pl.Series) -> pl.Series:
    """Which texts could not be read as values."""
    return text.is_not_null() & value.is_null()
