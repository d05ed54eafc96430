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
    bare: dict[str, Problems] = {}
    for did, silence in deeds(config):
        for ref in (*did.events, *(did.follow.events if did.follow else ())):
            table = _declaring(ref, tables)
            if table is not None and table.accounting.read == 0:
                bare.setdefault(table.name, problems.without(silence))
            elif table is not None:
                _unseen(ref, table, config, problems.without(silence))
        if not _possible(did, tables):
            hopeless.add(did)
    for name, heard in bare.items():
        spec = config.sources[name]
        message = f'"{name}" has no rows, so nothing ever happens in it; is the export complete?'
        heard.without(spec.settings.silence or ()).warning(CODE, message, spec.place("files"))
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


def _declaring(ref: Ref, tables: Mapping[str, Table]) -> Table | None:
    """The table that declares an event which no row has; None where some row has it, or nobody declares it."""
    source, _, event = ref.name.partition(".")
    own = source in tables and tables[source].columns.role == "events"
    name = event if own and event else ref.name
    declaring = [
        table for table in tables.values() if name in table.columns.events and (not own or table.name == source)
    ]
    if not declaring or any(_happens(name, table) for table in declaring):
        return None
    return declaring[0] if declaring[0].files else None


def _unseen(ref: Ref, table: Table, config: Config, problems: Problems) -> None:
    settings = config.sources[table.name].settings
    name = ref.name.removeprefix(f"{table.name}.")
    spelled = settings.events.get(name, (name,))
    said = f", spelled {quoted(spelled)}" if spelled != (name,) else ""
    hint = suggestion(spelled[0], table.columns.occurring or ()) or "; is that how the file spells it?"
    message = f'no row of "{table.name}" has the event "{name}"{said}{hint}'
    problems.without(settings.silence or ()).warning(CODE, message, ref.at)
