"""Rules and tables → one lazy frame of contacts on which every rule and value is a column.

What several rules need is made once: measures per event source, values and lists as columns in layers. The events are
counted when the frame is asked for; what is made of the counts, when it is collected.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import narwhals as nw
import polars as pl

from segtool.config.columns import VALUE, Catalog
from segtool.config.computed import RFM_FIELDS
from segtool.config.meaning import Scope
from segtool.config.problems import Problems
from segtool.config.settings import Config
from segtool.config.times import Duration
from segtool.config.tree import Condition, Did, FieldTest, InArm, InSegment, Ref
from segtool.logic.clock import Clock
from segtool.logic.rows import FOLDED, closed, compile_condition
from segtool.plan import engines, rfm, seen, splits, values
from segtool.plan.flags import Frame
from segtool.plan.layers import Layers
from segtool.plan.measures import Measures, judged
from segtool.plan.passes import counted
from segtool.plan.people import aligned
from segtool.plan.picks import picked
from segtool.plan.pieces import Bounds, bounds
from segtool.plan.types import missing
from segtool.plan.vocabulary import Vocabulary, column_of
from segtool.sources.context import ID, PLACE
from segtool.sources.tables import Table

SEGMENT = "§segment:"
"""Before a segment's name: the column that says who is on its list, before suppression."""
SINCE_OF = "§since:"
"""Before a segment's name: the column that says since when earlier runs remember the contact on its list."""


class Plan:
    """Collects what rules need, then makes the frame. `config` is resolved against the columns of `tables`.

    `memory` has ID and, under SINCE_OF and a segment's name, since when the contact has been on its list.
    """

    def __init__(
        self, config: Config, tables: Mapping[str, Table], clock: Clock, memory: pl.DataFrame | None = None
    ) -> None:
        self.config = config
        self.clock = clock
        self._memory = memory
        self.layers = Layers()
        self._tables = tables
        self._fields: set[str] = set()
        self._texts: dict[str, dict[FieldTest, str]] = {}
        self._rules: dict[str, Callable[[], nw.Expr]] = {}
        catalog: Catalog = {name: table.columns for name, table in tables.items()}
        self.small = all(table.small for table in tables.values())
        self.measures = Measures(clock, catalog, self.small)
        self._scope = Scope(config, catalog, Problems())

    def rule(self, condition: Condition) -> nw.Expr:
        """The condition as part of the plan: what it asks of texts is judged by value, before anything else."""
        return self._compiled(condition, self.clock, self._text)

    def condition(self, condition: Condition, clock: Clock | None = None) -> nw.Expr:
        """The condition about a contact, judged at the clock's instant, over the columns that it looks at alone."""
        return self._compiled(condition, clock or self.clock)

    def _compiled(
        self, condition: Condition, at: Clock, judged: Callable[[FieldTest], nw.Expr | None] = lambda _: None
    ) -> nw.Expr:
        def beyond(leaf: Did | InSegment | InArm) -> nw.Expr:
            if isinstance(leaf, Did):
                return self._did(leaf, at)
            if isinstance(leaf, InArm):
                split = self.config.splits[leaf.split.name]
                return self.layers.define(f"{seen.SPLIT}{split.name}", lambda: splits.expression(split)) == leaf.arm
            lists = [self._on(ref.name, leaf.for_at_least, at) for ref in leaf.names]
            return nw.any_horizontal(*lists, ignore_nulls=True)

        def column(name: str, step: Duration | None) -> nw.Expr:
            return self.change(name, step, at) if step is not None else self.column(name, at)

        return compile_condition(condition, at, beyond, column, judged)

    def _text(self, test: FieldTest) -> nw.Expr | None:
        """The column that says whether a text passes; None of what is no text of the contact."""
        column = column_of(test)
        if column is None or column.startswith(VALUE):
            return None
        self._fields.add(column)
        tests = self._texts.setdefault(column, {})
        return nw.col(tests.setdefault(test, f"§text:{column}:{len(tests)}"))

    def _did(self, did: Did, clock: Clock) -> nw.Expr:
        """Whether people did it, over the columns that show what they did."""
        shown = self.layers.define(self._at(seen.value_of(did), clock), lambda: self.measures.seen(did, clock))
        fits = None
        if did.has is not None:
            fits = self.layers.define(self._at(seen.fit_of(did), clock), lambda: self.measures.fits(did, clock))
        return judged(did, shown, fits, clock)

    def column(self, name: str, clock: Clock | None = None) -> nw.Expr:
        """A field, or a value at the clock's instant."""
        at = clock or self.clock
        if not name.startswith(VALUE):
            self._fields.add(name)
            return nw.col(name)
        value = name.removeprefix(VALUE)
        if value in self.config.values:
            computed = self.config.values[value]
            return self.layers.define(self.column_name(name, at), lambda: values.expression(computed, self, at))
        assert value in RFM_FIELDS, name
        return self.layers.define(name, lambda: rfm.expression(value, self))

    def column_name(self, name: str, clock: Clock) -> str:
        """The name of the column that holds a field or value at the clock's instant."""
        return self._at(name, clock) if name.startswith(VALUE) else name

    def _at(self, name: str, clock: Clock) -> str:
        return f"{name}@{clock.as_of.isoformat()}" if clock != self.clock else name

    def change(self, name: str, step: Duration, clock: Clock | None = None) -> nw.Expr:
        """How much a value has changed by the clock's instant since `step` before it."""
        at = clock or self.clock
        own = seen.changed(self.column_name(name, at), step)
        return self.layers.define(own, lambda: values.change(self, name, step, at))

    def segment(self, name: str) -> nw.Expr:
        """Who is on a list: the column that its rule makes."""
        return self.layers.define(f"{SEGMENT}{name}", self._rules[name])

    def since(self, name: str) -> nw.Expr:
        """Since when earlier runs remember the contact on a list; missing where they do not."""
        own = f"{SINCE_OF}{name}"
        known = self._memory is not None and own in self._memory.columns
        return nw.col(own) if known else missing("datetime")

    def _on(self, name: str, lasting: Duration | None, clock: Clock) -> nw.Expr:
        """Whether the contact is on a list, and has been for that long."""
        if lasting is None:
            return self.segment(name)
        return self.segment(name) & closed(self.since(name) <= nw.lit(clock.moved(lasting, -1)))

    def field(self, name: str) -> Ref:
        """The field that a list names, resolved."""
        found = self._scope.look(Ref(name), Problems())
        assert found is not None, name
        return found

    def set_rule(self, segment: str, rule: Callable[[], nw.Expr]) -> None:
        """Says how a list is made; it is made when it is asked for."""
        self._rules[segment] = rule

    def remembering(self, contacts: pl.DataFrame) -> pl.DataFrame:
        """A table of contacts with the columns that `since` asks for."""
        return (
            contacts.join(self._memory, on=ID, how="left", maintain_order="left")
            if self._memory is not None
            else contacts
        )

    def then(self, clock: Clock, memory: pl.DataFrame | None) -> Plan:
        """The same rules at an earlier instant, to be judged over columns that were seen then."""
        past = Plan(self.config, self._tables, clock, memory)
        for name in self.config.segments:
            past.set_rule(name, lambda: nw.lit(False))
        return past

    def frame(self, fields: Collection[str], engine: str = "polars") -> Frame:
        """One row per contact, sorted by ID: ID, `fields` and every defined column. Raises ValueError for an engine.

        The events are counted by the engine, source by source; what is left is done over the contacts in memory.
        """

        def collect(frame: Frame) -> pl.DataFrame:
            return engines.collect(frame, engine, self.small)

        for field in fields:
            self.column(field)
        frames = {name: _known(table) for name, table in self._tables.items() if table.columns.role == "events"}
        # In one piece, as the counts are: columns in other pieces than their neighbours are copied at every step.
        contacts = _sorted(collect(self._contacts())).rechunk()
        people = contacts.height
        parts = [contacts, pl.DataFrame(list(counted(self.measures, frames, self._cuts(), people, collect)))]
        for pick, name in self.measures.picks.items():
            parts.append(aligned(collect(picked(pick, name, self.measures, frames)), people))
        if self._memory is not None:
            remembered = contacts.select(ID).join(self._memory, on=ID, how="left", maintain_order="left")
            parts.append(remembered.drop(ID))
        whole = self._judged(pl.concat(parts, how="horizontal").lazy())
        return self.layers.applied(whole.with_columns(nw.lit(1).alias(rfm.ONE)))

    def _judged(self, contacts: pl.LazyFrame) -> Frame:
        """The contacts with what is asked of their texts: by value, or where there are few, contact by contact."""
        for column, tests in self._texts.items():
            held = {name: compile_condition(test, self.clock) for test, name in tests.items()}
            if self.small:
                contacts = nw.from_native(contacts).with_columns(**held).to_native()
            else:
                contacts = Vocabulary(column, held).added_to(contacts)
        return nw.from_native(contacts)

    def _cuts(self) -> dict[str, Bounds]:
        """Where the sources are cut that are too large to be counted in one piece."""
        sources = {stream.source for stream in self.measures.of_stream}
        return {name: bounds(self._tables[name], self.clock.now) for name in sources}

    def _contacts(self) -> Frame:
        own = self._tables[self.config.contacts.name]
        frame: Frame = nw.from_native(own.frame)
        for table in self._tables.values():
            if table.columns.role == "attributes":
                wanted = [f"{table.name}.{column}" for column in table.columns.types]
                taken = [name for name in wanted if name in self._fields and name not in own.columns.types]
                if taken:
                    frame = frame.join(_attributes(table, taken), on=ID, how="left")
        return frame


def _known(events: Table) -> Frame:
    """The events of contacts: those of strangers count for nobody."""
    return nw.from_native(events.frame).filter(~nw.col(PLACE).is_null())


def _sorted(contacts: pl.DataFrame) -> pl.DataFrame:
    return contacts if contacts.get_column(ID).is_sorted() else contacts.sort(ID)


def _attributes(table: Table, taken: list[str]) -> Frame:
    """ID and the columns that are asked for, as `source.column`."""
    chosen = [nw.col(ID)]
    for name in taken:
        column = name.removeprefix(f"{table.name}.")
        chosen.append(nw.col(column).alias(name))
        if table.columns.types[column] == "list":
            chosen.append(nw.col(f"{FOLDED}{column}").alias(f"{FOLDED}{name}"))
    return nw.from_native(table.frame).select(*chosen)
