"""Draws operands, and remembers every bound that is spoken of, so that rows can be put on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, TypeVar

from . import vocabulary as words
from .clock import Clock, duration
from .windows import WINDOWS

T = TypeVar("T")


class Maker:
    """The source of every choice in one world."""

    def __init__(self, random: Random, clock: Clock, features: frozenset[str]) -> None:
        self.random = random
        self.clock = clock
        self.features = features
        self.instants: list[datetime] = [clock.as_of]
        self.texts = random.sample(words.texts(), 6)
        self.elements = random.sample(words.ELEMENTS, 5)
        self.integers = random.sample(words.INTEGERS, 5)
        self.numbers = random.sample(words.NUMBERS, 5)
        self.lengths = random.sample(words.DAY_LENGTHS, 3) + random.sample(words.ELAPSED_LENGTHS, 1)
        self.within: list[str] = []
        self.hints: list[float] = []
        self.pools: dict[str, list[Any]] = {}
        self.favour: dict[str, float] = {}
        self.said: dict[tuple[bool, bool], list[tuple[str, Any]]] = {}

    def pick(self, options: Sequence[T]) -> T:
        """One of these."""
        return self.random.choice(options)

    def favourite(self, options: Sequence[str], count: int) -> str:
        """Mostly one of the few options that this world favours, so that it goes deep, not wide."""
        if self.chance(6):
            return self.pick(options)
        order = sorted(dict.fromkeys(options), key=lambda option: self.favour.setdefault(option, self.random.random()))
        return self.pick(order[:count])

    def chance(self, one_in: int) -> bool:
        """True once in so many times."""
        return self.random.randrange(one_in) == 0

    def limits(self) -> list[Any]:
        """Numbers to compare with: those that rows hold, sums of two of them, and others between."""
        sums = [round(self.pick(self.numbers) + self.pick(self.numbers), 2) for _ in range(4)]
        return [*self.numbers, *sums, *words.LIMITS, *self.ages(), *self.hints]

    def ages(self) -> list[int]:
        """How many days lie between today and the days that are spoken of."""
        return [(self.clock.today - self.clock.day_of(moment)).days for moment in self.instants[-4:]]

    def part(self) -> str:
        """A piece of a text that rows hold, or of one that they do not."""
        if self.chance(3):
            return self.pick(words.PARTS)
        whole = self.pick(self.texts)
        start, end = sorted([self.random.randint(0, len(whole)), self.random.randint(0, len(whole))])
        part = whole[start:end].strip() or whole
        return self.pick([part, part.upper(), part.lower()])

    def some(self, options: Sequence[T], most: int = 3) -> list[T]:
        """One to a few different ones, in any order."""
        return self.random.sample(options, self.random.randint(1, min(most, len(options))))

    def has(self, feature: str, one_in: int = 2) -> bool:
        """Whether a feature is on and comes up this time."""
        return feature in self.features and self.chance(one_in)

    def length(self, elapsed: bool = True) -> str:
        """A duration."""
        lengths = self.lengths if elapsed else self.lengths[:-1]
        return self.pick(lengths if self.chance(2) else [*lengths, *lengths, *words.lengths(elapsed)])

    def point(self, whole_days: bool) -> str:
        """A point in time, in every way of saying one."""
        way = self.pick(["word", "ago", "in", "date", "time"])
        if way == "word":
            return self.pick(["today", "yesterday", "tomorrow", "now"])
        if way == "ago":
            return f"{self.length(not whole_days)} ago"
        if way == "in":
            return f"in {self.length(not whole_days)}"
        day = self.some_day()
        return day.isoformat() if way == "date" else self._written_time(day)

    def day_point(self) -> str:
        """A point that is a calendar day, for `on`."""
        return self.pick(["today", "yesterday", "tomorrow", self.some_day().isoformat()])

    def some_day(self) -> date:
        """A day not far from today."""
        if self.chance(8):
            return date(self.pick([self.clock.today.year, 2028, 2027]), *self.pick([(2, 28), (3, 1), (12, 31)]))
        days = self.pick([0, -1, 1, -2, -7, -30, -31, 5, -365, -366, 30, -90])
        return self.clock.today + timedelta(days=days)

    def _written_time(self, day: date) -> str:
        """A date and a time, with or without seconds and offset, also at times that clocks skip."""
        hour, minute = self.pick([0, 1, 2, 3, 12, 23]), self.pick(["00", "30", "15", "59:59"])
        return f"{day.isoformat()}T{hour:02d}:{minute}{self.pick(['', '', 'Z', '+02:00', '-05:30'])}"

    def points(self, whole_days: bool) -> list[str]:
        """Two points in order, as `between` wants them."""
        pair = [self.point(whole_days), self.point(whole_days)]
        return sorted(pair, key=lambda point: self._starts(self.clock.point(point)))

    def _starts(self, point: date | datetime) -> datetime:
        return point if isinstance(point, datetime) else self.clock.day_start(point)

    def window(self, whole_days: bool, anniversaries: bool = False) -> tuple[str, Any]:
        """A window, mostly one that was spoken of before, so that rows meet its bounds often."""
        said = self.said.setdefault((whole_days, anniversaries), [])
        if len(said) < 3 or self.chance(6):
            said.append(self._new_window(whole_days, anniversaries))
        return self.pick(said)

    def _new_window(self, whole_days: bool, anniversaries: bool) -> tuple[str, Any]:
        """A window and its operand; its bounds are remembered."""
        keys = WINDOWS if anniversaries else WINDOWS[:-1]
        key = self.favourite(keys, 4)
        value: Any
        if key in ("in_last", "in_next", "older_than"):
            value = self.length(not whole_days)
        elif key == "on":
            value = self.day_point()
        elif key == "between":
            value = self.points(whole_days)
        elif key == "during":
            value = self.pick(words.PERIODS)
        elif key == "anniversary":
            value = self._anniversary()
        else:
            value = self.point(whole_days)
        self.remember(key, value)
        return key, value

    def _anniversary(self) -> Any:
        way = self.pick(["leap", "point", "in_next", "in_last"])
        if way == "leap":
            return self.pick(["2026-02-28", "2027-03-01", "2028-02-28", "2028-02-29", "2028-03-01"])
        return self.point(True) if way == "point" else {way: self.length(False)}

    def remember(self, key: str, value: Any) -> None:
        """Keep the bounds of a window for the rows."""
        self.instants += self.bounds(key, value)

    def bounds(self, key: str, value: Any) -> list[datetime]:
        """The instants at which a window begins or ends."""
        if isinstance(value, dict):
            return [bound for inner, length in value.items() for bound in self.bounds(inner, length)]
        if isinstance(value, list):
            return [bound for one in value for bound in self.bounds(key, one)]
        return self._bounds(key, value)

    def asked(self, name: str, kind: str, key: str, value: Any) -> None:
        """Remember what a field is compared with, so that some of its values are just that."""
        if key == "is_set" or "matches" in key or "field" in str(value) or key == "size":
            return
        pool = self.pools.setdefault(name.rpartition(".")[2], [])
        values = value if isinstance(value, list) else [value]
        if kind in ("date", "datetime"):
            pool += self.bounds(key.removeprefix("not_"), value)
        elif kind == "email":
            pool += [str(text) for text in values if str(text) in words.EMAILS]
        elif kind == "text":
            pool += [way for text in values for way in near_texts(str(text))]
        elif kind == "list":
            pool += [[self.pick(near_texts(str(one))[:3]) for one in values]]
        elif kind == "integer":
            pool += [one for one in values if isinstance(one, int)]
        else:
            pool += values

    def _bounds(self, key: str, value: str) -> list[datetime]:
        if key in ("in_last", "older_than"):
            return [self.clock.back(duration(value))]
        if key == "in_next":
            return [self.clock.ahead(duration(value))]
        if key == "during":
            return [self.clock.day_start(day) for day in self.clock.period(value)]
        point = self.clock.point(value)
        if isinstance(point, datetime):
            return [point]
        return [self.clock.day_start(point), self.clock.day_end(point)]

    def moment(self, pool: list[datetime] | None = None) -> datetime:
        """An instant on a remembered bound, or a little beside it."""
        beside = timedelta(microseconds=self.pick(words.NEAR_MICROSECONDS))
        return self.pick(pool or self.instants).astimezone(UTC) + beside

    def day(self, pool: list[datetime] | None = None) -> date:
        """A calendar day on a remembered bound, next to it, or the same day of another year."""
        if self.chance(8):
            return self.pick([date(1996, 2, 29), date(2024, 2, 29), date(1996, 2, 28), date(1999, 3, 1)])
        near = self.clock.day_of(self.pick(pool or self.instants)) + timedelta(days=self.pick([0, 0, 0, -1, 1]))
        return in_year(near, self.pick([1996, 1985, 2000])) if self.chance(4) else near

    def cell(self, kind: str, name: str = "") -> Any:
        """A value of a type, missing one time in six."""
        if self.chance(6):
            return None
        pool = self.pools.get(name.rpartition(".")[2], []) if self.chance(2) else []
        if kind == "date":
            return self.day(pool)
        if kind == "datetime":
            return self.moment(pool)
        if pool:
            return self.pick(pool)
        if kind == "list":
            return [self.pick(self.elements) for _ in range(self.pick([1, 2, 2, 3]))]
        values: dict[str, Sequence[Any]] = {
            "text": self.texts,
            "email": words.EMAILS,
            "integer": self.integers,
            "number": self.numbers,
            "boolean": [True, False],
        }
        return self.pick(values[kind])


def in_year(day: date, year: int) -> date:
    """The same day of another year, or the day before if that year has none such."""
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)


def near_texts(text: str) -> list[str]:
    """A text, the same in other cases, and with something before or after it."""
    return [text, text.upper(), text.lower(), f"x{text}", f"{text}x"]
