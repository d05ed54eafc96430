"""An idea for a list: a question in several sizes, of which counting finds the one that fits.

`in_last: 7 days` may be nobody and `in_last: 12 months` everyone; the size nearest to the wished share is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any

from segtool.config.frozen import dataclass
from segtool.starter.clues import slug


@dataclass(frozen=True)
class Variant:
    """One size: what the list is called, its label, its settings, and the traits that they need."""

    name: str
    label: str
    segment: Mapping[str, Any]
    traits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Idea:
    """`share` is how much of the contacts it should best have; `family` keeps ten lists from being ten of a kind."""

    family: str
    share: float
    variants: tuple[Variant, ...]


def idea(family: str, share: float, variants: Iterable[Variant]) -> Idea:
    return Idea(family, share, tuple(variants))


def where(name: str, label: str, *conditions: Mapping[str, Any]) -> Variant:
    """A list of those whom all conditions fit."""
    rule = [dict(condition) for condition in conditions]
    return Variant(slug(name), label, {"where": rule if len(rule) > 1 else rule[0]})


def value(found: object) -> Any:
    """A value as a rule compares it: texts as they are spelled."""
    return found if isinstance(found, bool | int | float) else str(found)


def short(found: object) -> str:
    """A value as a label names it."""
    said = " ".join(str(found).split())
    return said if len(said) <= 40 else f"{said[:39]}…"
