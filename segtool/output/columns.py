"""Which columns a list shows and how it is sorted: its own, else the file's, else the id and every contact column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from segtool.config.columns import VALUE, Catalog
from segtool.config.meaning import Scope
from segtool.config.problems import Problems
from segtool.config.settings import Config
from segtool.config.tree import Ref


@dataclass(frozen=True)
class Layout:
    """The columns of a list, and its sort keys with whether each goes down, by the titles that people see.

    `fields` maps each of these titles to the column of the plan that holds it.
    """

    columns: tuple[str, ...]
    sort: tuple[tuple[str, bool], ...]
    fields: Mapping[str, str]


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
        found[name] = Layout(tuple(shown), sort, {**shown, **dict(field for field, _ in keys)})
    return found


def fields(layouts: Mapping[str, Layout]) -> dict[str, str]:
    """Every field that some list shows or is sorted by: title → column."""
    return {title: column for layout in layouts.values() for title, column in layout.fields.items()}


def _field(name: str, scope: Scope) -> tuple[str, str]:
    """The title and the column of a field: a value is shown under its own name."""
    ref = scope.look(Ref(name), Problems())
    assert ref is not None, name
    assert ref.column is not None, name
    return ref.column.removeprefix(VALUE), ref.column
