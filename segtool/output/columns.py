"""Which columns a list shows and how it is sorted: its own, else the file's, else the id and every contact column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segtool.config.audience import columns_of, roles
from segtool.config.columns import ENTRY, SINCE, VALUE, Catalog
from segtool.config.meaning import Scope
from segtool.config.problems import Problems
from segtool.config.settings import Config
from segtool.config.tree import Ref


@dataclass(frozen=True)
class Layout:
    """The columns of a list, and its sort keys with whether each goes down, by the titles that people see.

    `id` is the column that holds the ids, where it is shown. `fields` maps each of these titles to the column of the
    plan that holds it, or to ENTRY.
    """

    columns: tuple[str, ...]
    sort: tuple[tuple[str, bool], ...]
    fields: Mapping[str, str]
    id: str

    def is_entry(self, title: str) -> bool:
        """Whether this column is the date of entry, which is known of a member alone."""
        return self.fields[title] == ENTRY

    @property
    def shows_entry(self) -> bool:
        """Whether one of its columns is the date of entry."""
        return any(self.is_entry(title) for title in self.columns)


def layouts(config: Config, catalog: Catalog) -> dict[str, Layout]:
    """The layout of every list of a configuration whose names were checked."""
    contacts = catalog[config.contacts.name]
    everything = (contacts.id, *(column for column in contacts.types if column != contacts.id))
    scope = Scope(config, catalog, Problems())
    found = {}
    for name, spec in config.segments.items():
        asked = spec.settings.columns or config.output.columns
        shown = dict(_field(column, scope) for column in asked) if asked else {column: column for column in everything}
        keys = [(_field(key.removeprefix("-"), scope), key.startswith("-")) for key in spec.settings.sort or ()]
        sort = tuple((title, down) for (title, _), down in keys)
        found[name] = Layout(tuple(shown), sort, {**shown, **dict(field for field, _ in keys)}, contacts.id)
    return found


def fields(layouts: Mapping[str, Layout]) -> dict[str, str]:
    """Every field of contacts that some list shows or is sorted by: title → column."""
    found = {title: column for layout in layouts.values() for title, column in layout.fields.items()}
    return {title: column for title, column in found.items() if column != ENTRY}


def audience(config: Config, catalog: Catalog) -> dict[str, tuple[str, str]]:
    """The fields that some platform gets, by what they hold: role → title and column."""
    scope = Scope(config, catalog, Problems())
    found = roles(config, catalog[config.contacts.name], scope, Problems())
    return {role: (column.removeprefix(VALUE), column) for role, column in columns_of(found).items()}


def _field(name: str, scope: Scope) -> tuple[str, str]:
    """The title and the column of a field: a value is shown under its own name."""
    ref = scope.shown(Ref(name), Problems())
    assert ref is not None, name
    assert ref.column is not None, name
    if ref.column == ENTRY:
        return SINCE, ENTRY
    return ref.column.removeprefix(VALUE), ref.column
