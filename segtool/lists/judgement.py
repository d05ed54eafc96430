"""Every part of a segment judged for every contact: the lines of its rule, and the list after each step that makes it.

Over what an evaluation has seen already: nothing is read or measured again.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import narwhals as nw
import polars as pl

from segtool.config.fields import refs_of
from segtool.config.frozen import dataclass
from segtool.config.settings import SegmentSpec
from segtool.config.tree import Condition, FieldTest, InArm, InSegment, leaves
from segtool.config.words import Clause, outline
from segtool.lists.membership import PUBLISHED, Lists, Making
from segtool.lists.ranking import POSITION, columns_of
from segtool.lists.sentences import MISSING, as_text
from segtool.plan import seen
from segtool.plan.plan import SEGMENT, SINCE_OF, Plan
from segtool.plan.rfm import ONE
from segtool.sources.context import ID


@dataclass(frozen=True)
class Judgement:
    """A segment judged. `truths` has ID, a boolean column per line and step, and all that was seen.

    `lines` are the rule, `steps` the keys of what makes the list; the last is `suppress`, the published list.
    `ranked_by` is the column that a ranking goes by, where there is one.
    """

    spec: SegmentSpec
    lines: tuple[Clause, ...]
    steps: tuple[str, ...]
    truths: pl.DataFrame
    zone: str
    ranked_by: str | None = None

    @property
    def contacts(self) -> int:
        return self.truths.height

    def fit(self, line: int) -> pl.Series:
        """Whom a line of the rule is true for."""
        return self.truths.get_column(_line(line))

    def after(self, step: str) -> pl.Series:
        """Who is on the list after a step."""
        return self.truths.get_column(_step(step))

    def of(self, contact: str) -> Judgement:
        """The same for one contact alone, or for nobody."""
        alone = self.truths.filter(pl.col(ID) == contact)
        return replace(self, truths=alone)

    def on(self, segments: Collection[str]) -> list[str]:
        """The lists, of these, that the one contact is on before suppression."""
        return [name for name in segments if self.truths.get_column(f"{SEGMENT}{name}").item()]

    @property
    def place(self) -> int | None:
        """The one contact's place in the ranking."""
        found = self.truths.get_column(f"{POSITION}{self.spec.name}").item()
        return int(found) if found is not None else None

    @property
    def ranked(self) -> str:
        """What the ranking sees of the one contact."""
        assert self.ranked_by is not None
        kind = self.truths.schema[self.ranked_by]
        return str(self.truths.select(as_text(self.ranked_by, kind, self.zone)).item())

    def values(self, condition: Condition) -> dict[str, str]:
        """What is seen of the one contact where a leaf looks, by the name of it; nothing where there is no value."""
        if isinstance(condition, InSegment) and condition.for_at_least is None:
            return {"": ", ".join(self.on([ref.name for ref in condition.names])) or "none"}
        columns = _looked_at(condition)
        kinds = {name: self.truths.schema.get(column) for name, column in columns.items()}
        shown = [
            pl.lit(MISSING).alias(name) if kind is None else as_text(columns[name], kind, self.zone).alias(name)
            for name, kind in kinds.items()
        ]
        return dict(self.truths.select(shown).row(0, named=True)) if shown else {}


def judge(spec: SegmentSpec, plan: Plan, making: Making, lists: Lists) -> Judgement:
    """The segment judged over what its evaluation has seen."""
    lines = tuple(outline(spec.where))
    stages = making.stages(spec, plan, plan.condition)
    places = [name for name in lists.contacts.columns if name.startswith((SEGMENT, PUBLISHED))]
    side = lists.contacts.select(ID, *places).join(lists.features, on=ID).with_columns(pl.lit(1).alias(ONE))
    side = plan.remembering(side)
    columns = [plan.condition(line.condition).alias(_line(number)) for number, line in enumerate(lines)]
    columns += [stage.members().alias(_step(stage.key)) for stage in stages]
    columns.append(nw.col(f"{PUBLISHED}{spec.name}").alias(_step("suppress")))
    truths = nw.from_native(side).with_columns(*columns).to_native()
    steps = (*(stage.key for stage in stages), "suppress")
    ranked_by = next(iter(columns_of(spec, plan)), None)
    return Judgement(spec, lines, steps, truths.sort(ID), plan.clock.zone, ranked_by)


def _line(number: int) -> str:
    return f"§line:{number}"


def _step(key: str) -> str:
    return f"§step:{key}"


def _looked_at(condition: Condition) -> dict[str, str]:
    """The columns that a leaf looks at, by what to call them; nobody has one of a list that no run remembers."""
    (leaf, *others) = leaves(condition)
    if others:
        return {}
    match leaf:
        case InArm(split):
            return {"": f"{seen.SPLIT}{split.name}"}
        case InSegment(names):
            return {f"{ref.name} since": f"{SINCE_OF}{ref.name}" for ref in names}
        case FieldTest(field):
            compared = {ref.name: ref.column for ref in refs_of(leaf) if ref != field and ref.column is not None}
            return {"": seen.shown_of(leaf) or "", **compared} if field.column is not None else {}
    column = seen.shown_of(leaf)
    return {"": column} if column is not None else {}
