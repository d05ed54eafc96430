"""Which columns the sources have, and how a name finds its column.

A `Catalog` is what the files say about themselves, in the terms of the configuration; the meaning of a rule is
checked against it. A type of "" is one that is not known (yet): nothing is concluded from it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import field

from segtool.config.frozen import dataclass

INSTANT = "§time"
"""The instant of an event, whatever the file calls it."""

VALUE = "§value:"
"""Before the name of a trait, a score or an RFM field: the column that holds it."""

SINCE = "since"
"""What `columns` and `sort` of a list call the date of entry, where no field has that name."""

ENTRY = "§since"
"""The column that stands for it: it is known of a member, not of a contact."""

_IGNORED = re.compile(r"[\s_-]+")


@dataclass(frozen=True)
class Columns:
    """The columns of one source by our names, with their types.

    `events` are the event names known to occur or declared; `open` says that other names may occur too.
    """

    source: str
    role: str
    types: Mapping[str, str]
    events: frozenset[str] = frozenset()
    occurring: frozenset[str] | None = None
    open: bool = False
    dated: bool = False
    id: str = field(default="")


Catalog = Mapping[str, Columns]


def folded(name: str) -> str:
    """A column name without what people vary: case, blanks, `_` and `-`."""
    return _IGNORED.sub("", name.casefold())


def meant(names: Iterable[str], available: Collection[str]) -> set[str]:
    """The columns that any of these names means, as `match_name` does one."""
    near: dict[str, list[str]] = {}
    for column in available:
        near.setdefault(folded(column), []).append(column)
    found = set()
    for name in names:
        wanted = folded(name)
        like = near.get(wanted, []) if wanted else []
        found.update([name] if name in available else like if len(like) == 1 else [])
    return found


def match_name(name: str, available: Iterable[str]) -> str | None:
    """The column that `name` means: exactly, else ignoring case, blanks, `_` and `-` if that leaves one."""
    columns = list(available)
    if name in columns:
        return name
    wanted = folded(name)
    near = [column for column in columns if folded(column) == wanted]
    return near[0] if len(near) == 1 and wanted else None
