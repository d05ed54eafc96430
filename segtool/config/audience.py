"""Which fields hold what platforms know people by: as `output: audience:` says, else found by name and type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from segtool.config.columns import Columns, folded
from segtool.config.document import find
from segtool.config.platforms import EMAIL, PLATFORMS, ROLES, Platform
from segtool.config.problems import Location, Problems, listed
from segtool.config.settings import Config
from segtool.config.tree import Ref


class Names(Protocol):
    """Who knows which column a name stands for."""

    def look(self, ref: Ref, problems: Problems) -> Ref | None: ...


def roles(config: Config, contacts: Columns, names: Names, problems: Problems) -> dict[str, Ref]:
    """The field for each role that some platform asks for and that is there, in the order of ROLES."""
    asked = {role for platform in asked_platforms(config) for role in platform.roles}
    found = {}
    for role in ROLES:
        said = getattr(config.output.audience, role)
        name = said if said is not None else _usual(role, contacts)
        wanted = said is not None or role in asked
        ref = names.look(Ref(name, at=_place(config, role)), problems) if name is not None and wanted else None
        if ref is not None and role in asked:
            found[role] = ref
    return found


def asked_platforms(config: Config) -> tuple[Platform, ...]:
    names = dict.fromkeys(name for spec in config.segments.values() for name in spec.settings.export or ())
    return tuple(PLATFORMS[name] for name in names)


def check(config: Config, contacts: Columns, names: Names, problems: Problems) -> None:
    """Whether every list that is exported has something that its platform knows people by."""
    before = len(problems.errors)
    found = roles(config, contacts, names, problems)
    if len(problems.errors) > before:
        return
    for spec in config.segments.values():
        for position, name in enumerate(spec.settings.export or ()):
            platform, at = PLATFORMS[name], spec.place("export", position)
            if not spec.settings.list:
                message = f'"{spec.name}" writes no list (list: false), so there is nothing to export'
                problems.error("unlisted-export", message, at)
            elif not any(found.keys() >= set(needed) for needed in platform.known_by):
                message = (
                    f"{platform.title} knows people by {_needs(platform)}, and no column here is known to hold that; "
                    "say which one does with output: {audience: {email: COLUMN}}"
                )
                problems.error("no-audience-column", message, at)


def _usual(role: str, contacts: Columns) -> str | None:
    """The contact column that usually holds this: by its name, of addresses by its type."""
    by_name = {folded(column): column for column in reversed(list(contacts.types))}
    named = next((by_name[name] for name in ROLES[role] if name in by_name), None)
    addresses = (column for column, kind in contacts.types.items() if kind == EMAIL)
    return named or (next(addresses, None) if role == EMAIL else None)


def _needs(platform: Platform) -> str:
    ways = [listed([role.replace("_", " ") for role in way], "and") for way in platform.known_by]
    return " or by ".join(ways)


def _place(config: Config, role: str) -> Location | None:
    value, at = find(config.node, ("output", "audience", role))
    return value.at or at


def columns_of(found: Mapping[str, Ref]) -> dict[str, str]:
    """Role → column."""
    return {role: ref.column for role, ref in found.items() if ref.column is not None}
