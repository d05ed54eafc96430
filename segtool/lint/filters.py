"""`only:` of a source that parts no row from another: every row fits it, or none does.

Told by the account of the source, which says how many rows it left out: nothing is read for it. What a named format
leaves out is for files of other people, and not spoken of.
"""

from __future__ import annotations

from collections.abc import Mapping

from segtool.config.document import find
from segtool.config.problems import Location, Problems
from segtool.config.settings import Config, SourceSpec
from segtool.lint.constant import EVERYONE, NOBODY
from segtool.lint.rules import place_of
from segtool.sources.account import Accounting
from segtool.sources.tables import Table


def report(config: Config, tables: Mapping[str, Table], problems: Problems) -> None:
    for name, table in tables.items():
        spec = config.sources[name]
        said = _said(name, table.accounting) if table.accounting.read > 1 else None
        at = place_of(spec.only) if spec.only is not None else None
        if spec.only is not None and said is not None and not _is_of_format(spec, at):
            problems.without(spec.settings.silence or ()).warning(*said, at)


def _is_of_format(spec: SourceSpec, at: Location | None) -> bool:
    """Whether what stands there comes with the format, whose settings stand where it is named."""
    return spec.settings.format is not None and at == find(spec.node, ("format",))[0].at


def _said(source: str, rows: Accounting) -> tuple[str, str] | None:
    """The kind of warning, and its words."""
    if rows.filtered == 0:
        message = f'every row of "{source}" fits this, so it leaves nothing out; remove it, or ask for more'
        return EVERYONE, message
    if rows.filtered + rows.rejected == rows.read:
        return NOBODY, f'no row of "{source}" fits this, so nothing of it is read'
    return None
