"""Everyone who entered or left some list, as each of two runs saw them: a row each, the same one on both sides.

Every condition is judged once over these rows, however many lists ask it; a list takes its own rows of that. About
nobody else anything is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property, reduce
from operator import or_

import narwhals as nw
import polars as pl

from segtool.config.frozen import dataclass
from segtool.config.tree import Condition, segments_of
from segtool.lists.changes import Change
from segtool.lists.membership import Lists
from segtool.lists.places import Crossing, all_of, chosen, flags, places_of
from segtool.lists.roster import EMPTY, Roster
from segtool.plan.plan import SEGMENT, Plan
from segtool.sources.context import ID

_ROW = "§row"


@dataclass(frozen=True)
class Then:
    """The run before: its rules at its own instant, what it saw of every contact (if that was kept), and its lists.

    `features` are sorted by ID.
    """

    plan: Plan
    features: pl.LazyFrame | None
    rosters: Mapping[str, Roster]


@dataclass(frozen=True)
class People:
    """Whom changes are about: `ids` of those who are in contacts, sorted, and after them of those who are gone.

    `places` says where they are among the contacts, missing for who is gone. `rows` is which of them each change is
    about, list by list, those who entered before those who left.
    """

    ids: pl.Series
    places: pl.Series
    rows: pl.Series

    @classmethod
    def of(cls, changes: Collection[Change], everyone: pl.Series) -> People:
        """`everyone` are the contacts, among whom the changes have places."""
        asked = pl.concat([part for change in changes for part in (change.entrants.places, change.leavers)])
        on = flags(asked, everyone.len())
        here, places, rows = everyone.filter(on), places_of(on), (on.cum_sum() - 1)[asked]
        if not asked.null_count():
            return cls(here, places, rows)
        left = pl.concat([change.left.get_column(ID).filter(change.leavers.is_null()) for change in changes])
        gone = left.unique().sort()
        rows = rows.scatter(places_of(asked.is_null()), gone.search_sorted(left) + here.len())
        return cls(pl.concat([here, gone]), places.extend_constant(None, gone.len()), rows)


@dataclass(frozen=True)
class Sight:
    """The people as a run saw them.

    `there` is who was in its contacts, `table` what its rules looked at, with gaps for who was not there, and `on`
    says who of some rows was on a list before suppression.
    """

    there: pl.Series
    table: pl.DataFrame
    on: Callable[[str, pl.Series], pl.Series]

    @cached_property
    def columns(self) -> frozenset[str]:
        return frozenset(self.table.columns)

    @classmethod
    def of_today(cls, people: People, lists: Lists, wanted: Collection[str]) -> Sight:
        """Of the columns, those that are `wanted`."""

        def on(name: str, rows: pl.Series) -> pl.Series:
            return chosen(lists.contacts.get_column(f"{SEGMENT}{name}"), people.places[rows])

        asked, gone = flags(people.places, lists.everyone.len()), people.places.null_count()
        table = lists.features.select(ID, *_known(lists.features.columns, wanted)).filter(asked).rechunk()
        return cls(people.places.is_not_null(), table.extend(table.clear(gone)).drop(ID), on)

    @classmethod
    def of_before(cls, people: People, then: Then, everyone: pl.Series, wanted: Collection[str]) -> Sight:
        """As far as that was kept; `everyone` are the contacts of today."""
        standing = _Standing(people, everyone)

        def on(name: str, rows: pl.Series) -> pl.Series:
            roster, found = then.rosters.get(name, EMPTY), all_of(rows.len(), False)
            parts = (part for part in (roster.members, roster.hidden) if part.height)
            return reduce(or_, (part.holds(standing.among(part.people)[rows]) for part in parts), found)

        if then.features is None:
            return cls(all_of(people.ids.len(), False), pl.DataFrame(height=people.ids.len()), on)
        contacts = then.features.select(ID).collect().to_series()
        places = standing.among(contacts)
        asked = flags(places, contacts.len())
        known = then.features.select(_known(then.features.collect_schema().names(), wanted) or ID)
        # By row and not by the mask, which the reader would not know what to do with: it would keep all the rest.
        these = pl.col(_ROW).is_in(places_of(asked).implode())
        table = known.with_row_index(_ROW).filter(these).drop(_ROW).collect().rechunk()
        return cls(places.is_not_null(), table[(asked.cum_sum() - 1)[places]].drop(ID, strict=False), on)


def _known(columns: Iterable[str], wanted: Collection[str]) -> list[str]:
    return [name for name in columns if name in wanted]


class _Standing:
    """Where the people stand in tables of sorted ids. Each table is compared and searched once."""

    def __init__(self, people: People, everyone: pl.Series) -> None:
        self._ids = people.ids
        self._known = {id(everyone): (everyone, people.places)}

    def among(self, table: pl.Series) -> pl.Series:
        """The place of each of them there; missing for who is not."""
        if id(table) not in self._known:
            same = (places for other, places in self._known.values() if other.equals(table))
            places = next(same, None)
            self._known[id(table)] = (table, Crossing(table).each(self._ids) if places is None else places)
        return self._known[id(table)][1]


@dataclass(frozen=True)
class Side:
    """What was true of the people in a run: `holds` has a mask for each condition, by its number."""

    sight: Sight
    holds: Mapping[int, pl.Series]
    zone: str

    @classmethod
    def of(cls, sight: Sight, ids: pl.Series, plan: Plan, conditions: Mapping[int, Condition]) -> Side:
        """The conditions as the plan judges them."""
        named = dict.fromkeys(ref.name for condition in conditions.values() for ref in segments_of(condition))
        rows = pl.int_range(ids.len(), dtype=pl.UInt32, eager=True)
        on = [sight.on(name, rows).alias(f"{SEGMENT}{name}") for name in named]
        table = plan.remembering(pl.DataFrame([ids.alias(ID), *on, *sight.table]))
        asked = {f"§holds:{number}": plan.condition(condition) for number, condition in conditions.items()}
        judged = nw.from_native(table).with_columns(**asked).select(*asked).to_native()
        return cls(sight, dict(zip(conditions, judged.get_columns(), strict=True)), plan.clock.zone)
