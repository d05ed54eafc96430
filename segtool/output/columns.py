"""Which columns a list shows and how it is sorted: its own, else the file's, else the id and every contact column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segtool.config.columns import Catalog
from segtool.config.meaning import Scope
from segtool.config.problems import Problems
from segtool.config.settings import Config
from segtool.config.tree import Ref


@dataclass(frozen=True)
class Layout:
    """The columns of a list, and its sort keys with whether each goes down. Names are those of the contacts frame."""

    columns: tuple[str, ...]
    sort: tuple[tuple[str, bool], ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        return (*self.columns, *(name for name, _ in self.sort))


def layouts(config: Config, catalog: Catalog) -> dict[str, Layout]:
    """The layout of every list of a configuration whose names were checked."""
    contacts = catalog[config.contacts.name]
    everything = (contacts.id, *(column for column in contacts.types if column != contacts.id))
    scope = Scope(config, catalog, Problems())
    found = {}
    for name, spec in config.segments.items():
        asked = spec.settings.columns or config.output.columns
        columns = tuple(_column(column, scope) for column in asked) if asked else everything
        keys = spec.settings.sort or ()
        sort = tuple((_column(key.removeprefix("-"), scope), key.startswith("-")) for key in keys)
        found[name] = Layout(tuple(dict.fromkeys(columns)), sort)
    return found


def fields(layouts: Mapping[str, Layout]) -> tuple[str, ...]:
    """Every field that some list shows or is sorted by."""
    return tuple(dict.fromkeys(name for layout in layouts.values() for name in layout.fields))


def _column(name: str, scope: Scope) -> str:
    ref = scope.look(Ref(name), Problems())
    assert ref is not None, name
    assert ref.column is not None, name
    return ref.column
