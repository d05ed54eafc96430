"""What a column really holds, where a condition on it fits nobody.

Looked at only then: one small query for each such condition.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from segtool.config.columns import VALUE
from segtool.config.computed import Cases
from segtool.config.deeds import occur
from segtool.config.document import Scalar
from segtool.config.frozen import dataclass
from segtool.config.operators import TEXT
from segtool.config.problems import nearest, quoted
from segtool.config.settings import Config
from segtool.config.tree import Condition, Did, FieldTest
from segtool.plan.rfm import GROUPS
from segtool.sources.tables import Table

_SHOWN = 6
_READ = 5000


@dataclass(frozen=True)
class Near:
    """The values of contacts, for what was probably meant."""

    config: Config
    tables: Mapping[str, Table]

    def hint(self, condition: Condition) -> str:
        """`; did you mean "NJ"?`, or what the column holds where that is little, or nothing."""
        if isinstance(condition, Did):
            return self._timeless(condition)
        if not isinstance(condition, FieldTest) or len(condition.tests) != 1 or not condition.field.column:
            return ""
        test = condition.tests[0]
        if test.negated or test.operator not in ("is", "in", "has", "has_any") or not isinstance(test.operand, tuple):
            return ""
        held = self._values(condition.field.column, condition.field.type)
        if held is None:
            return ""
        for item in test.operand:
            meant = nearest(item.text, held) if isinstance(item, Scalar) else None
            if meant is not None:
                return f'; "{condition.field.name}" holds "{meant}", did you mean that?'
        if not held:
            return f'; "{condition.field.name}" is empty throughout'
        shown = quoted(held, "and", _SHOWN)
        return f'; "{condition.field.name}" holds {shown}' if shown else ""

    def _timeless(self, did: Did) -> str:
        """Why no event lies in a window, where none has a time."""
        sources = [part.source for part in did.parts if occur(part.names, self.tables[part.source].columns)]
        if not did.windows or not sources or any(self.tables[name].columns.dated for name in sources):
            return ""
        return f"; the rows of {quoted(sources, 'and')} have no time, so none lies in a window"

    def _values(self, column: str, kind: str) -> list[str] | None:
        """The texts in a column of contacts or of a table of theirs; None for what is no text."""
        if column.startswith(VALUE):
            return self._said(column.removeprefix(VALUE))
        if kind not in (*TEXT, "list"):
            return None
        contacts = self.tables[self.config.contacts.name]
        if column in contacts.columns.types:
            frame, name = contacts.frame, column
        else:
            source, _, name = column.partition(".")
            if source not in self.tables or name not in self.tables[source].columns.types:
                return None
            frame = self.tables[source].frame
        values = pl.col(name).explode() if kind == "list" else pl.col(name)
        found = frame.select(values.drop_nulls().unique().sort()).head(_READ).collect().to_series()
        return found.to_list()

    def _said(self, name: str) -> list[str] | None:
        """The texts that a value can be, where the file says them."""
        if name == "rfm_group":
            return sorted({group for groups in GROUPS.values() for group in groups})
        computed = self.config.values.get(name)
        if computed is None or not isinstance(computed.value, Cases):
            return None
        texts = [text for _, text in computed.value.cases]
        texts += [computed.value.otherwise] if computed.value.otherwise is not None else []
        return [text.text for text in texts]
