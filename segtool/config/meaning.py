"""What a rule's names and values mean for these files: every name a column of a known type, every value of it.

Takes the parsed rules and the catalog of the sources, returns the rules resolved, and collects what does not fit:
unknown fields and events, operators for another type, values that cannot be compared. Where a source or a type is
not known, nothing is concluded.
"""

from __future__ import annotations

from dataclasses import replace

from segtool.config import deeds, fields
from segtool.config.columns import Catalog, Columns, match_name
from segtool.config.document import find
from segtool.config.fields import Lookup, having
from segtool.config.problems import Problems, suggestion
from segtool.config.settings import Config, SegmentSpec
from segtool.config.tree import Condition, Did, Ref


def resolve(config: Config, catalog: Catalog, problems: Problems) -> Config:
    """The configuration with every rule resolved. Rules that do not fit keep their names; the problems tell."""
    look = _contact_lookup(config, catalog)

    def deed(did: Did) -> Did:
        return deeds.resolve(did, catalog, problems)

    segments = {
        name: replace(spec, where=fields.resolve(spec.where, look, problems, deed))
        for name, spec in config.segments.items()
    }
    for spec in segments.values():
        _list_columns(spec, look, problems)
    _default_columns(config, look, problems)
    return replace(config, segments=segments)


def resolve_row(condition: Condition, columns: Columns, problems: Problems) -> Condition:
    """A condition on one row of one source (`only`)."""

    def look(ref: Ref, found: Problems) -> Ref | None:
        column = match_name(ref.name, columns.types)
        if column is None:
            near = suggestion(ref.name, columns.types)
            valid = "" if near else having(columns.types)
            message = f'source "{columns.source}" has no column "{ref.name}"{near}{valid}'
            found.error("unknown-field", message, ref.at)
            return None
        return replace(ref, column=column, type=columns.types[column])

    return fields.resolve(condition, look, problems)


def find_field(name: str, config: Config, catalog: Catalog) -> Ref | None:
    """The field that a list's `columns` or `sort` names, or None."""
    return _contact_lookup(config, catalog)(Ref(name), Problems())


def _contact_lookup(config: Config, catalog: Catalog) -> Lookup:
    known = _contact_fields(config, catalog)

    def look(ref: Ref, problems: Problems) -> Ref | None:
        if known is None:
            return None
        column = match_name(ref.name, known)
        if column is not None:
            return replace(ref, column=column, type=known[column])
        near = suggestion(ref.name, known)
        elsewhere = "" if near else _in_events(ref.name, catalog)
        problems.error("unknown-field", f'there is no field "{ref.name}"{near or elsewhere}', ref.at)
        return None

    return look


def _contact_fields(config: Config, catalog: Catalog) -> dict[str, str] | None:
    """Every field of a contact; None as long as a source that could add some has not been seen."""
    if any(spec.role != "events" and name not in catalog for name, spec in config.sources.items()):
        return None
    tables = [columns for columns in catalog.values() if columns.role == "attributes"]
    found = {f"{table.source}.{column}": kind for table in tables for column, kind in table.types.items()}
    for columns in catalog.values():
        if columns.role == "contacts":
            found.update(columns.types)
    return found


def _in_events(name: str, catalog: Catalog) -> str:
    for columns in catalog.values():
        if columns.role == "events" and match_name(name, columns.types):
            return (
                f'; "{columns.source}" has such a column, and columns of events are asked for with {{did: …, where: …}}'
            )
    return ""


def _list_columns(spec: SegmentSpec, look: Lookup, problems: Problems) -> None:
    for key, names in (("columns", spec.settings.columns), ("sort", spec.settings.sort)):
        for position, name in enumerate(names or ()):
            at = spec.place(key, position)
            look(Ref(name.removeprefix("-") if key == "sort" else name, at=at), problems)


def _default_columns(config: Config, look: Lookup, problems: Problems) -> None:
    for position, name in enumerate(config.output.columns or ()):
        value, at = find(config.node, ("output", "columns", position))
        look(Ref(name, at=value.at or at), problems)
