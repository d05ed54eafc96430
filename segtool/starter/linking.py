"""Tables that say more of events: one row for each product, campaign or shop, whose key the events name.

Such a table has nobody in it; its columns are added to the events by `lookup`. A link is judged as one to people is: by
the values that both columns have in common.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from segtool.config.columns import folded, match_name
from segtool.config.frozen import dataclass
from segtool.config.model import Lookup
from segtool.sources.typing import identity
from segtool.starter import clues
from segtool.starter.draft import Part
from segtool.starter.looking import Look

_ENOUGH = 0.5
"""The share of the events' values from which on a table is one that they refer to."""


@dataclass(frozen=True)
class _Link:
    """The column of a table that has one row for each value, that of the events, and how much they have in common."""

    part: Part
    column: str
    key: str
    share: float


def linked(look: Look, parts: Sequence[Part]) -> tuple[Part, Part] | None:
    """A source of events that refers to this table, and the same with the lookup; None where none does."""
    links = [link for part in parts if part.role == "events" for link in _links(look, part)]
    best = max(links, key=lambda link: link.share, default=None)
    return (best.part, _with(look, best)) if best is not None and best.share >= _ENOUGH else None


def names_things(look: Look) -> bool:
    """Whether a table is about things, by its name: its ids are nobody's then."""
    return clues.holds_things(look.name)


def _links(look: Look, part: Part) -> Iterator[_Link]:
    for column, fact in look.columns.items():
        if not fact.filled or fact.distinct < fact.filled or fact.type not in ("text", "integer"):
            continue
        for key, other in part.columns.items():
            if other.type in ("text", "integer") and other.filled and _alike(look, column, key):
                yield _Link(part, column, key, _share(look, column, part, key))


def _alike(look: Look, column: str, key: str) -> bool:
    """`sku` and `sku`, `Variant SKU` and `Lineitem sku`, and in a table of products `id` and `product_id`."""
    ours, theirs = folded(column), folded(key)
    things = clues.words(look.name)
    skus = ours.endswith("sku") and theirs.endswith("sku")
    return ours == theirs != "id" or skus or any(theirs == f"{thing}{ours}" for thing in things)


def _share(look: Look, column: str, part: Part, key: str) -> float:
    """How much of the values of the events the table has."""
    if look.texts is None or part.look.texts is None:
        return 0.0
    known, named = (_values(frame, name) for frame, name in ((look.texts, column), (part.look.texts, key)))
    return int(named.is_in(known.implode()).sum()) / named.len() if named.len() else 0.0


def _values(frame: pl.LazyFrame, column: str) -> pl.Series:
    values = identity(pl.col(column), False).drop_nulls().unique()
    return frame.select(values).collect(engine="streaming").to_series()


def _with(look: Look, link: _Link) -> Part:
    part = link.part
    names = _names(look, link)
    columns = {name: column for name, column in names.items() if name != column}
    files = look.group.files
    known = {name: value for name, value in look.settings.items() if name in Lookup.settings}
    own = {"files": files[0] if len(files) == 1 else list(files), "on": link.key}
    lookup = own | ({"columns": columns} if columns else {}) | known
    said = f"{look.group.shown} has one row for each {link.column}: {link.share:.0%} of the {link.key} here are in it."
    lookups = [*part.settings.get("lookup", ()), lookup]
    settings: Mapping[str, Any] = {**part.settings, "lookup": lookups}
    facts = {name: replace(look.columns[column], name=name) for name, column in names.items() if column != link.column}
    wider = replace(part.look, columns={**part.columns, **facts})
    return replace(part, look=wider, settings=settings, reasons=(*part.reasons, said))


def _names(look: Look, link: _Link) -> dict[str, str]:
    """What the table's columns are called beside those of the events, of which some may have the same names."""
    about = next((word for word in clues.words(look.name)), "its")
    found = {}
    for column in look.columns:
        taken = match_name(column, link.part.columns) is not None
        name = link.key if column == link.column else f"{about}_{clues.slug(column)}" if taken else column
        found[name] = column
    return found
