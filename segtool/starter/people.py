"""Ideas for lists that rest on who people are: the columns of contacts and of tables about them."""

from __future__ import annotations

from collections.abc import Iterator

from segtool.sources.facts import Facts
from segtool.starter import clues
from segtool.starter.deeds import SPANS
from segtool.starter.draft import Part
from segtool.starter.idea import Idea, Variant, idea, short, value, where

_SHARED = 200
"""So many values a column of shared values may have."""


def of_fields(part: Part) -> list[Idea]:
    """One idea or two for every column: consent and dates first, then what people share, then what is counted."""
    order = ("consent", "dates", "list", "value", "number")
    found = [one for fact in part.columns.values() if fact.name != part.key for one in _of_field(part, fact)]
    return sorted(found, key=lambda one: order.index(one.family))


def of_the_rest(part: Part) -> Iterator[Idea]:
    """What is missing, and other values: of use where there is nothing else."""
    facts = [fact for fact in part.columns.values() if fact.name != part.key]
    for fact in facts:
        if fact.filled < part.look.rows and fact.filled:
            name = field(part, fact.name)
            missing = where(f"without_{name}", f"Without {clues.title(name).lower()}", {"field": name, "is_set": False})
            yield idea("missing", 0.3, [missing])
    for fact in facts:
        yield from _other_values(part, fact)


def field(part: Part, column: str) -> str:
    """A column as a rule about contacts names it."""
    name = clues.spoken(column, part.columns)
    return name if part.role == "contacts" else f"{part.name}.{name}"


def consent(part: Part) -> tuple[str, dict[str, object]] | None:
    """The field that says who may be written to, and the test for it."""
    for fact in part.columns.values():
        if fact.type == "boolean" and _means_consent(fact.name):
            return field(part, fact.name), {"is": True}
        for one, _ in fact.top if fact.type == "text" else ():
            if str(one).lower() == "subscribed":
                return field(part, fact.name), {"is": str(one)}
    return None


def _means_consent(column: str) -> bool:
    return any(word in ("accept", "newsletter", "optin", "subscribed", "consent") for word in clues.words(column))


def _of_field(part: Part, fact: Facts) -> Iterator[Idea]:
    if clues.is_personal(fact.name) and not clues.is_birthday(fact.name):
        return
    name = field(part, fact.name)
    said = clues.title(name)
    if fact.type == "boolean":
        family = "consent" if _means_consent(fact.name) else "value"
        yield idea(family, 0.4, [where(f"{name}_yes", f"{said}: yes", {"field": name, "is": True})])
    elif fact.type in ("date", "datetime"):
        yield from _of_date(name, said, fact)
    elif fact.type in ("list", "text") and fact.top and _shared(fact):
        test = "has" if fact.type == "list" else "is"
        same = (
            where(f"{name}_{one}", f"{said}: {short(one)}", {"field": name, test: value(one)})
            for one, _ in fact.top[:6]
        )
        yield idea("list" if test == "has" else "value", 0.25, same)
    elif fact.type in ("integer", "number") and not clues.names_texts_of_digits(fact.name):
        yield from _of_number(name, said, fact)


def _of_date(name: str, said: str, fact: Facts) -> Iterator[Idea]:
    if clues.is_birthday(fact.name):
        soon = (
            where(f"{name}_{span}", f"{said} in the next {span}", {"field": name, "anniversary": {"in_next": span}})
            for span in SPANS[:3]
        )
        yield idea("dates", 0.05, soon)
        return
    if clues.is_of_later(fact.name):
        ahead = (
            where(f"{name}_next_{span}", f"{said} in the next {span}", {"field": name, "in_next": span})
            for span in SPANS[:4]
        )
        yield idea("dates", 0.1, ahead)
    past = (where(f"{name}_{span}", f"{said} in the last {span}", {"field": name, "in_last": span}) for span in SPANS)
    yield idea("dates", 0.15, past)


def _of_number(name: str, said: str, fact: Facts) -> Iterator[Idea]:
    if fact.distinct >= 8:
        high = {"where": "everyone", "top": {"percent": 10, "by": name}, "sort": f"-{name}"}
        yield idea(
            "number", 0.1, [Variant(clues.slug(f"{name}_top"), f"The highest ten percent by {said.lower()}", high)]
        )
    elif fact.distinct >= 2:
        most = (
            where(f"{name}_{least}_or_more", f"{said} of {least} or more", {"field": name, "at_least": least})
            for least in range(1, 8)
        )
        yield idea("number", 0.3, most)


def _other_values(part: Part, fact: Facts) -> Iterator[Idea]:
    name = field(part, fact.name)
    said = clues.title(name)
    if fact.type == "text" and fact.distinct >= 3 and _shared(fact) and not clues.is_personal(fact.name):
        for one, _ in fact.top[:6]:
            yield idea(
                "other values",
                0.2,
                [where(f"{name}_{one}", f"{said}: {short(one)}", {"field": name, "is": value(one)})],
            )
    if fact.type in ("integer", "number") and isinstance(fact.median, int | float):
        low = where(f"{name}_low", f"{said} below {fact.median:g}", {"field": name, "below": fact.median})
        yield idea("other values", 0.4, [low])


def _shared(fact: Facts) -> bool:
    """Whether people share values: a column of nearly as many values as rows is about single people."""
    if fact.type == "list":
        return fact.top[0][1] > 1
    return 2 <= fact.distinct <= _SHARED and fact.distinct <= fact.filled / 2
