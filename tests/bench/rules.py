"""The segments of the workload, each as segtool, a database and pandas say it.

A rule is a conjunction of tests: of a contact's column, or of what the contact did. It is written once here and said
in three languages, so that all contenders answer the same question. The kinds are those that marketers write: most
have two behaviours, something done and something not done.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any

from .shop import AS_OF, CAMPAIGNS, CATEGORIES, STAGES, STATES

COLUMNS = ("email", "first_name", "state", "lead_stage")
"""What every list shows."""


@dataclass(frozen=True)
class Column:
    """A test of a contact's own column. `word` is segtool's operator."""

    name: str
    word: str
    value: Any

    def yaml(self) -> dict[str, Any]:
        return {"field": self.name, self.word: self.value}

    def sql(self) -> str:
        match self.word:
            case "is":
                return f"{self.name} = {_quoted(self.value)}"
            case "is_not":
                return f"({self.name} IS NULL OR {self.name} <> {_quoted(self.value)})"
            case "contains":
                return f"{self.name} ILIKE '%{self.value}%'"
            case "at_least":
                return f"{self.name} >= {self.value}"
        return f"{self.name} < {self.value}"

    def pandas(self, contacts: Any) -> Any:
        column = contacts[self.name]
        match self.word:
            case "is":
                return column == self.value
            case "is_not":
                return column != self.value
            case "contains":
                return column.str.contains(self.value, case=False, regex=False)
            case "at_least":
                return column >= self.value
        return column < self.value


@dataclass(frozen=True)
class Measure:
    """What a contact did: the number of events, a sum, or the days with one."""

    source: str
    event: str | None = None
    days: int | None = None
    column: str | None = None
    value: str | None = None
    what: str = "count"

    @property
    def time(self) -> str:
        return "seen_at" if self.source == "activity" else "ordered_at"

    def yaml(self) -> dict[str, Any]:
        said: dict[str, Any] = {"did": self.event or "purchase"}
        if self.column is not None:
            said["where"] = {"field": self.column, "contains" if self.column == "url" else "is": self.value}
        if self.days is not None:
            said["in_last"] = f"{self.days} days"
        if self.what == "sum":
            said["sum"] = "amount"
        if self.what == "days":
            said["distinct"] = "day"
        return said

    def rows(self) -> str:
        """Which rows count, in SQL."""
        tests = [f"{self.time} <= {_instant(0)}"]
        if self.event is not None:
            tests.append(f"action = {_quoted(self.event)}")
        if self.days is not None:
            tests.append(f"{self.time} > {_instant(self.days)}")
        if self.column == "url":
            tests.append(f"url ILIKE '%{self.value}%'")
        elif self.column is not None:
            tests.append(f"{self.column} = {_quoted(self.value)}")
        return " AND ".join(tests)

    def total(self) -> str:
        return {"count": "count(*)", "sum": "sum(amount)", "days": f"count(DISTINCT {self.time}::DATE)"}[self.what]

    def pandas(self, tables: dict[str, Any]) -> Any:
        """Per contact who has any."""
        table = tables[self.source]
        chosen = table[self.time] <= AS_OF
        if self.event is not None:
            chosen &= table["action"] == self.event
        if self.days is not None:
            chosen &= table[self.time] > AS_OF - timedelta(days=self.days)
        if self.column == "url":
            chosen &= table["url"].str.contains(self.value, case=False, regex=False)
        elif self.column is not None:
            chosen &= table[self.column] == self.value
        grouped = table[chosen].groupby("email")
        match self.what:
            case "sum":
                return grouped["amount"].sum()
            case "days":
                return grouped[self.time].agg(lambda times: times.dt.date.nunique())
        return grouped.size()


@dataclass(frozen=True)
class Did:
    """A measure against a bound; `at_most` also holds for those who never did it."""

    measure: Measure
    word: str
    number: float

    def yaml(self) -> dict[str, Any]:
        return {**self.measure.yaml(), self.word: self.number}

    def sql(self) -> str:
        """By a subquery of its own, as people write it."""
        test = ">=" if self.word == "at_least" else ">"
        query = f"SELECT email FROM {self.measure.source} WHERE {self.measure.rows()} GROUP BY email"
        inside = f"email IN ({query} HAVING {self.measure.total()} {test} {self.number})"
        return inside if self.word == "at_least" else f"NOT ({inside})"

    def expert(self, names: dict[Measure, str]) -> str:
        """Over the aggregates that were computed for all segments together."""
        test = ">=" if self.word == "at_least" else "<="
        return f"coalesce({names[self.measure]}, 0) {test} {self.number}"

    def pandas(self, contacts: Any, totals: Callable[[Measure], Any]) -> Any:
        found = contacts["email"].map(totals(self.measure)).fillna(0)
        return found >= self.number if self.word == "at_least" else found <= self.number


@dataclass(frozen=True)
class Rule:
    """One segment: every test holds."""

    name: str
    tests: tuple[Column | Did, ...]

    def yaml(self) -> dict[str, Any]:
        return {"where": {"all": [test.yaml() for test in self.tests]}}

    def measures(self) -> list[Measure]:
        return [test.measure for test in self.tests if isinstance(test, Did)]


def rules(count: int) -> list[Rule]:
    """So many different segments, a mix of all kinds from the first ones on."""
    kinds = [_stage_and_clicks(), _sleepers(), _spenders(), _titles(), _readers(), _lapsed(), _pages(), _mixed()]
    found: list[Rule] = []
    while len(found) < count:
        for kind in kinds:
            found.append(Rule(f"segment_{len(found):04d}", next(kind)))
    return found[:count]


Tests = tuple[Column | Did, ...]


def _forever(values: Sequence[Any]) -> Any:
    step = 0
    while True:
        yield from ((*value, step) for value in values)
        step += 1


def _stage_and_clicks() -> Any:
    """Leads of a stage who clicked lately and did not buy."""
    for stage, days, step in _forever(list(product(STAGES, (7, 14, 30, 60, 90)))):
        clicks = Did(Measure("activity", "click", days), "at_least", 1 + step)
        yield (Column("lead_stage", "is", stage), clicks, Did(Measure("purchases", days=days), "at_most", 0))


def _sleepers() -> Any:
    """Who got mail in a state and opened (almost) none of it."""
    for days, state, step in _forever(list(product((30, 60, 90, 120, 180), STATES[:5]))):
        sent = Did(Measure("activity", "sent", days), "at_least", 1)
        yield (Column("state", "is", state), sent, Did(Measure("activity", "open", days), "at_most", step))


def _spenders() -> Any:
    """Who spent much, in more than one order."""
    for amount, days, step in _forever(list(product((100, 250, 500), (30, 90, 180, 365)))):
        spent = Did(Measure("purchases", days=days, what="sum"), "at_least", amount + step)
        yield (spent, Did(Measure("purchases", days=days), "at_least", 2))


def _titles() -> Any:
    """Vice presidents in New Jersey, and the like."""
    for title, state, step in _forever(list(product(("VP", "Director", "Founder", "Head"), STATES))):
        yield (
            Column("job_title", "contains", title),
            Column("state", "is", state),
            Column("age", "at_least", 25 + step),
        )


def _readers() -> Any:
    """Who opened a campaign and did not click, or got it and did not open."""
    ways = (("open", "click"), ("sent", "open"))
    for campaign, (did, did_not), step in _forever(list(product(CAMPAIGNS, ways))):
        first = Did(Measure("activity", did, None, "campaign", campaign), "at_least", 1 + step)
        yield (first, Did(Measure("activity", did_not, None, "campaign", campaign), "at_most", 0))


def _lapsed() -> Any:
    """Who bought of a category, and nothing since."""
    for category, days, step in _forever(list(product(CATEGORIES, (30, 60, 90, 180)))):
        bought = Did(Measure("purchases", column="category", value=category), "at_least", 1 + step)
        yield (bought, Did(Measure("purchases", days=days), "at_most", 0))


def _pages() -> Any:
    """Who clicked a page, is no customer, and did not buy."""
    for page, days, step in _forever(list(product(("/pricing", "/demo", "/docs"), (14, 30, 90)))):
        visited = Did(Measure("activity", "click", days, "url", page), "at_least", 1 + step)
        stayed = Did(Measure("purchases", days=days), "at_most", 0)
        yield (visited, stayed, Column("lead_stage", "is_not", "Customer"))


def _mixed() -> Any:
    """Who reads on several days, has a small budget, and buys little."""
    for state, days, step in _forever(list(product(STATES, (30, 60, 90)))):
        active = Did(Measure("activity", "open", days, what="days"), "at_least", 2 + step)
        poor = Did(Measure("purchases", days=days), "at_most", 2)
        yield (Column("state", "is_not", state), Column("budget", "below", 800), active, poor)


def _instant(days: int) -> str:
    moment = AS_OF - timedelta(days=days)
    return f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S}'"


def _quoted(text: Any) -> str:
    return "'" + str(text).replace("'", "''") + "'"
