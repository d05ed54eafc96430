"""Where the people of rows stand among the contacts: their place, in the order of ids; strangers have none.

Events are counted by place, which is a small number, and not by id, which is a text.
What is looked up for the rows of a query is made before it begins: a query that began within another one could wait for
it, and the other one for it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from threading import Lock

import polars as pl

from segtool.sources.cache import Cache
from segtool.sources.context import ID, NUMBER, PLACE
from segtool.sources.directory import Directory
from segtool.sources.roll import Roll, roll_of

_KIND = pl.UInt32()


class Places:
    """The places of contacts, of which `people` has ID: each once, in order.

    `key` is that of their table. Where it is None, because it depends on when they were read, nobody has a number.
    Raises ValueError where an id is there twice.
    """

    def __init__(self, people: pl.LazyFrame, key: str | None, cache: Cache) -> None:
        self._people = people.select(ID)
        self._key = key
        self._lock = Lock()
        self._known: Directory | None = None
        self.roll: Roll | None = roll_of(people, key, cache) if key is not None else None

    def ready(self) -> None:
        """Makes what `numbered` asks."""
        with self._lock:
            if self._known is None:
                self._known = Directory(self._ids)

    def numbered(self, rows: pl.DataFrame, as_written: bool = False) -> pl.DataFrame:
        """The rows with NUMBER on the roll; ID stays with those who are not on it. It has to be `ready`.

        Addresses `as_written` may have capitals: few are not as the roll has them, and only these are looked at again.
        """
        ids = rows.get_column(ID)
        numbers = self._positions(ids)
        kept = _nothing(ids)
        if numbers.null_count():
            left = numbers.is_null().arg_true()
            others = ids.gather(left)
            if as_written:
                others = others.str.to_lowercase()
                found = self._positions(others)
                numbers = numbers.scatter(left, found)
                others = others.zip_with(found.is_null(), _nothing(others))
            kept = kept.scatter(left, others)
        return pl.DataFrame([kept, numbers.alias(NUMBER), *rows.drop(ID)])

    def added_to(self, rows: pl.LazyFrame, size: int | None) -> pl.LazyFrame:
        """The rows with PLACE, and every ID. They were `numbered` when so many people were on the roll; None: never."""
        standing = self._standing
        if size is None:
            self.ready()
            return rows.with_columns(_each(pl.col(ID), lambda ids: _at(standing, self._positions(ids))).alias(PLACE))
        if size < len(self._ids):
            self.ready()
            rows = rows.with_columns(_each(pl.struct(NUMBER, ID), self._by_now).alias(NUMBER))
        number = pl.col(NUMBER)
        place = number if standing is None else _each(number, standing.gather)
        written = pl.coalesce(_each(number, self._ids.gather, pl.String()), ID)
        return rows.with_columns(place.alias(PLACE), written.alias(ID)).drop(NUMBER)

    def of(self, ids: pl.Series) -> pl.Series:
        """The place of each id; missing where it is nobody's."""
        self.ready()
        return _at(self._standing, self._positions(ids))

    def _by_now(self, people: pl.Series) -> pl.Series:
        """The numbers of people, those too who were not on the roll when rows of theirs were numbered."""
        numbers, ids = people.struct.field(NUMBER), people.struct.field(ID)
        left = numbers.is_null()
        return numbers.scatter(left.arg_true(), self._positions(ids.filter(left))) if left.any() else numbers

    @cached_property
    def _standing(self) -> pl.Series | None:
        """The place of each number; None where that is the number itself."""
        if self.roll is None or (self.roll.begun == self._key and self.roll.is_first):
            return None
        self.ready()
        numbers = self._positions(self._people.collect().to_series())
        places = pl.int_range(len(numbers), dtype=_KIND, eager=True)
        return pl.repeat(None, self.roll.size, dtype=_KIND, eager=True).scatter(numbers, places)

    @cached_property
    def _ids(self) -> pl.Series:
        """Everybody's, by number; without a roll, by place."""
        known = self.roll.ids if self.roll is not None else self._people
        return known.collect().to_series()

    def _positions(self, ids: pl.Series) -> pl.Series:
        assert self._known is not None
        return self._known.positions(ids)


def _at(standing: pl.Series | None, numbers: pl.Series) -> pl.Series:
    return numbers if standing is None else standing.gather(numbers)


def _each(value: pl.Expr, work: Callable[[pl.Series], pl.Series], kind: pl.DataType = _KIND) -> pl.Expr:
    return value.map_batches(work, return_dtype=kind, is_elementwise=True)


def _nothing(texts: pl.Series) -> pl.Series:
    return pl.Series(texts.name, [None], dtype=pl.String).new_from_index(0, len(texts))
