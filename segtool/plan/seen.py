"""What a condition looks at, as named columns: the count, sum, instant or field that its truth depends on.

The name of a column depends on what is looked at alone, not on the clock nor on what is asked of it. So the same
columns of an earlier run show what was seen then, and a rule can be judged over them again.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace

from segtool.config.columns import VALUE
from segtool.config.fields import refs_of
from segtool.config.tree import Condition, Did, FieldTest, InArm, leaves
from segtool.logic.rows import FOLDED

SEEN = "§seen:"
"""Before a digest: what a behaviour comes to."""
FITS = "§fits:"
"""Before a digest: whether the first or latest event satisfies `has`."""
SPLIT = "§split:"
"""Before the name of a split: the contact's arm."""


def value_of(did: Did) -> str:
    """The column with the number, or the instant of the first or latest event, that the behaviour is judged by."""
    asked = replace(did, bounds=(), windows=() if did.end else did.windows, has=None)
    parts = tuple(replace(part, has=None) for part in did.parts)
    return f"{SEEN}{_digest(replace(asked, parts=parts))}"


def fit_of(did: Did) -> str:
    """The column that says whether that event satisfies `has`."""
    return f"{FITS}{_digest(replace(did, bounds=(), windows=()))}"


def columns_of(condition: Condition) -> tuple[str, ...]:
    """Every column that the truth of a resolved condition depends on, other lists aside."""
    found: dict[str, None] = {}
    for leaf in leaves(condition):
        found.update(dict.fromkeys(_columns(leaf)))
    return tuple(found)


def shown_of(leaf: Condition) -> str | None:
    """The column whose value says why a leaf is true or not; None where there is no value to show."""
    if isinstance(leaf, Did):
        return value_of(leaf)
    if isinstance(leaf, FieldTest) and leaf.field.column is not None:
        return _of_field(leaf, leaf.field.column)
    return None


def compared_with(leaf: Condition) -> tuple[str, ...]:
    """The columns of other fields that a field is compared with."""
    if not isinstance(leaf, FieldTest):
        return ()
    return tuple(ref.column for ref in refs_of(leaf) if ref.column is not None and ref != leaf.field)


def told_of(leaf: Condition) -> tuple[str, ...]:
    """The columns whose values are told: what the leaf looks at, and what that is compared with."""
    own = shown_of(leaf)
    return (own, *compared_with(leaf)) if own is not None else ()


def changed(name: str, step: object) -> str:
    """The column with how much a value has changed since."""
    return f"{name}Δ{step}"


def _columns(leaf: Condition) -> list[str]:
    match leaf:
        case Did():
            return [value_of(leaf), *([fit_of(leaf)] if leaf.has is not None else [])]
        case InArm(split):
            return [f"{SPLIT}{split.name}"]
        case FieldTest(field):
            own = [_of_field(leaf, field.column)] if field.column is not None else []
            folded = [f"{FOLDED}{field.column}"] if field.type == "list" else []
            return [*own, *folded, *compared_with(leaf)]
    return []


def _of_field(leaf: FieldTest, column: str) -> str:
    return changed(column, leaf.change) if leaf.change is not None and column.startswith(VALUE) else column


def _digest(did: Did) -> str:
    """The same for equal values, in every process."""
    return hashlib.sha256(repr(did).encode()).hexdigest()[:16]
