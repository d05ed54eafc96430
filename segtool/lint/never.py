"""Events that a source declares and no row has: misspelled, or not exported.

A name that nobody declared is spoken of where names are read; this is about those that look right. An optional source
that is not there today is no mistake.
"""

from __future__ import annotations

from collections.abc import Mapping

from segtool.config.problems import Problems, quoted, suggestion
from segtool.config.settings import Config
from segtool.config.tree import Condition, Did, Ref
from segtool.lint.rules import deeds
from segtool.sources.tables import Table

CODE = "never-happens"


def report(config: Config, tables: Mapping[str, Table], problems: Problems) -> set[Condition]:
    """Warns of every such event that a rule asks for; gives the behaviour that nobody can have shown therefore."""
    hopeless: set[Condition] = set()
    for did, silence in deeds(config):
        for ref in (*did.events, *(did.follow.events if did.follow else ())):
            _look(ref, config, tables, problems.without(silence))
        if not _possible(did, tables):
            hopeless.add(did)
    return hopeless


def _possible(did: Did, tables: Mapping[str, Table]) -> bool:
    """Whether some row has such an event."""
    return any(
        tables[part.source].accounting.kept > 0
        if part.names is None
        else any(_happens(name, tables[part.source]) for name in part.names)
        for part in did.parts
    )


def _happens(name: str, table: Table) -> bool:
    occurring = table.columns.occurring
    return name in occurring if occurring is not None else table.accounting.kept > 0


def _look(ref: Ref, config: Config, tables: Mapping[str, Table], problems: Problems) -> None:
    source, _, event = ref.name.partition(".")
    own = source in tables and tables[source].columns.role == "events"
    name = event if own and event else ref.name
    declaring = [
        table for table in tables.values() if name in table.columns.events and (not own or table.name == source)
    ]
    if not declaring or any(_happens(name, table) for table in declaring):
        return
    table = declaring[0]
    settings = config.sources[table.name].settings
    if table.files:
        spelled = settings.events.get(name, (name,))
        said = f", spelled {quoted(spelled)}" if spelled != (name,) else ""
        hint = suggestion(spelled[0], table.columns.occurring or ()) or "; is that how the file spells it?"
        message = f'no row of "{table.name}" has the event "{name}"{said}{hint}'
        problems.without(settings.silence or ()).warning(CODE, message, ref.at)
