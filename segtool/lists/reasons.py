"""Why someone entered or left a list: what is different from the run before, with both values.

Only the contacts that changed are looked at, over the columns that the truth of a rule depends on: those of today, and
those that the run before kept. What decides is said: suppression, groups, ids by hand, exclusion, ranking; else the
conditions that turned the rule.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from segtool.config import description
from segtool.config.settings import Config, SegmentSpec
from segtool.lists import changes as said
from segtool.lists.changes import REASON, Change
from segtool.lists.membership import Lists
from segtool.lists.ranking import POSITION
from segtool.lists.roster import EMPTY, Roster
from segtool.lists.truths import NOW, RULE, THEN, Rule
from segtool.plan.plan import SEGMENT, Plan
from segtool.sources.context import ID
from segtool.sources.overrides import NONE, Override

_KNOWN = "§known"
_PLACE, _THERE = " place", " there"


@dataclass(frozen=True)
class Then:
    """The run before: its rules at its own instant, what it saw of every contact (if that was kept), and its lists."""

    plan: Plan
    features: pl.LazyFrame | None
    rosters: Mapping[str, Roster]


@dataclass(frozen=True)
class Reasons:
    """Tells the reasons of one run. `overrides` are today's ids by hand."""

    plan: Plan
    lists: Lists
    overrides: Mapping[str, Override]
    then: Then

    def told(self, changes: Mapping[str, Change]) -> dict[str, Change]:
        """The changes with their reasons; where the list itself was changed, that is the reason already."""
        asked = {name: change for name, change in changes.items() if not change.wholesale and change.count}
        if not asked:
            return dict(changes)
        ids = pl.concat([part.get_column(ID) for change in asked.values() for part in (change.entered, change.left)])
        now, then = self._now(ids.unique()), self._then(ids.unique(), asked)
        return {**changes, **{name: self._of(name, change, now, then) for name, change in asked.items()}}

    def _now(self, ids: pl.Series) -> pl.DataFrame:
        """These contacts as they are today."""
        chosen = pl.col(ID).is_in(ids.implode())
        lists = [f"{SEGMENT}{name}" for name in self.lists.segments]
        contacts = self.lists.contacts.lazy().select(ID, *lists).filter(chosen)
        found = contacts.join(self.lists.features.lazy().filter(chosen), on=ID).collect()
        return self.plan.remembering(found)

    def _then(self, ids: pl.Series, asked: Collection[str]) -> pl.DataFrame:
        """These contacts as the run before saw them, as far as it kept that; and whether they were known at all."""
        chosen = pl.col(ID).is_in(ids.implode())
        if self.then.features is not None:
            found = self.then.features.filter(chosen).collect().with_columns(pl.lit(True).alias(_KNOWN))
        else:
            found = ids.to_frame(ID).with_columns(pl.lit(None, pl.Boolean).alias(_KNOWN))
        for name in self._referred_to(asked):
            members = self.then.rosters.get(name, EMPTY).remembered.filter(chosen).get_column(ID)
            found = found.with_columns(pl.col(ID).is_in(members.implode()).alias(f"{SEGMENT}{name}"))
        return self.plan.remembering(found)

    def _referred_to(self, asked: Collection[str]) -> set[str]:
        config = self.plan.config
        groups = [ref.name for group in config.exclusive.values() for ref in group]
        needs = [ref.name for name in asked for ref in config.segments[name].needs]
        return {*groups, *needs, *(ref.name for ref in config.suppress), *asked}

    def _of(self, name: str, change: Change, now: pl.DataFrame, then: pl.DataFrame) -> Change:
        spec = self.plan.config.segments[name]
        rule = Rule(spec.where)
        judged = rule.can_be_judged(then)
        sides = [
            _side(spec, now, NOW).join(rule.judged(now, self.plan, NOW), on=ID),
            _side(spec, then, THEN),
        ]
        if judged:
            sides[1] = sides[1].join(rule.judged(then, self.then.plan, THEN), on=ID)
        else:
            sides[1] = sides[1].with_columns(pl.lit(False).alias(f"{THEN}:{RULE}"))
        kept = self.then.features is not None
        why = _Why(spec, self.plan.config, self.overrides.get(name, NONE), rule if judged else None, kept)
        return replace(
            change, entered=_told(change.entered, sides, why.came()), left=_told(change.left, sides, why.went())
        )


def _side(spec: SegmentSpec, side: pl.DataFrame, which: str) -> pl.DataFrame:
    """ID, whether the contact is there, the lists, and the place in the ranking, under names of that side."""
    lists = [name for name in side.columns if name.startswith(SEGMENT)]
    shown = [pl.col(name).alias(f"{which}:{name.removeprefix(SEGMENT)}") for name in lists]
    place = f"{POSITION}{spec.name}"
    ranked = pl.col(place) if place in side.columns else pl.lit(None, pl.Int64)
    there = pl.col(_KNOWN) if which == THEN else pl.lit(True)
    return side.select(ID, *shown, ranked.alias(f"{which}{_PLACE}"), there.alias(f"{which}{_THERE}"))


def _told(part: pl.DataFrame, sides: Sequence[pl.DataFrame], why: pl.Expr) -> pl.DataFrame:
    """The reasons of these contacts. Who is on one side alone has nothing on the other."""
    joined = part.select(ID)
    for side in sides:
        joined = joined.join(side, on=ID, how="left")
    flags = [pl.col(column).fill_null(False) for column, kind in joined.schema.items() if kind == pl.Boolean]
    return joined.with_columns(flags).select(ID, why.alias(REASON)).sort(ID)


@dataclass(frozen=True)
class _Why:
    """The reasons of one list as expressions over both sides joined: the first that holds.

    `rule` is None where the run before did not keep what it looks at, `kept` tells whether it kept anything.
    """

    spec: SegmentSpec
    config: Config
    override: Override
    rule: Rule | None
    kept: bool

    def went(self) -> pl.Expr:
        """Why someone is not on the list any more."""
        settings, fits = self.spec.settings, pl.col(f"{NOW}:{RULE}")
        stays = fits | self.spec.remembers
        added = ~pl.col(f"{THEN}:{RULE}") & bool(self.rule and settings.add)
        return pl.coalesce(
            _when(~pl.col(f"{NOW}{_THERE}"), said.GONE),
            self._by_lists(NOW, pl.col(f"{NOW}:{self.spec.name}"), self._suppressors, said.SUPPRESSED),
            _when(pl.col(ID).is_in(self.override.remove.implode()), said.TAKEN_OFF),
            self._by_lists(NOW, stays, settings.exclude or (), said.EXCLUDED),
            self._by_lists(NOW, stays, self._earlier, said.TAKEN_BY),
            pl.when(fits).then(self._ranked(said.DISPLACED)),
            _when(added, said.NO_LONGER_ADDED),
            self._moved(NOW, said.MOVED_TO) + self._conditions(said.LEFT),
        )

    def came(self) -> pl.Expr:
        """Why someone is on the list now."""
        settings, fitted = self.spec.settings, pl.col(f"{THEN}:{RULE}")
        was_on = pl.col(f"{THEN}:{self.spec.name}")
        new = ~pl.col(f"{THEN}{_THERE}") & self.kept
        added = pl.col(ID).is_in(self.override.add.implode()) & ~pl.col(f"{NOW}:{RULE}")
        return pl.coalesce(
            _when(new & was_on, said.BACK),
            _when(added, said.ADDED),
            _when(new, said.NEW_CONTACT),
            self._by_lists(THEN, was_on, self._suppressors, said.NO_LONGER_SUPPRESSED),
            self._by_lists(THEN, fitted, settings.exclude or (), said.NO_LONGER_EXCLUDED),
            self._by_lists(THEN, fitted, self._earlier, said.GIVEN_BY),
            pl.when(fitted).then(self._ranked(said.RISEN)),
            _when(fitted & bool(settings.remove), said.NO_LONGER_TAKEN_OFF),
            self._moved(THEN, said.MOVED_FROM) + self._conditions(said.ENTERED),
        )

    def _conditions(self, otherwise: str) -> pl.Expr:
        """The conditions that turned the rule; `otherwise` where they are not known."""
        if self.rule is None:
            return pl.lit(otherwise)
        changed = self.rule.changed()
        return pl.when(changed == "").then(pl.lit(otherwise)).otherwise(changed)

    def _by_lists(self, which: str, if_so: pl.Expr, names: Sequence[str], text: str) -> pl.Expr:
        """The text with the first of these lists that the contact is on; missing where none is."""
        found = [_when(if_so & pl.col(f"{which}:{name}"), text.format(name)) for name in names]
        return pl.coalesce(found) if found else pl.lit(None, pl.String)

    def _moved(self, which: str, text: str) -> pl.Expr:
        """The other list of an exclusive group that the contact goes to or comes from; empty where there is none."""
        return pl.coalesce(self._by_lists(which, pl.lit(True), self._group, text), pl.lit(""))

    def _ranked(self, text: str) -> pl.Expr:
        """`displaced from the 100 with the highest lead_score: place 98 → 120`; missing where there is no ranking."""
        for key in ("top", "bottom"):
            chosen = getattr(self.spec.settings, key)
            if chosen is not None:
                places = [pl.col(f"{which}{_PLACE}").cast(pl.String).fill_null("none") for which in (THEN, NOW)]
                return pl.lit(text.format(description.rank(chosen, key))) + places[0] + " → " + places[1]
        return pl.lit(None, pl.String)

    @property
    def _suppressors(self) -> tuple[str, ...]:
        return self.config.suppressors(self.spec.name)

    @property
    def _earlier(self) -> tuple[str, ...]:
        return tuple(ref.name for ref in self.spec.earlier)

    @property
    def _group(self) -> tuple[str, ...]:
        """The other lists of its exclusive groups."""
        groups = [[ref.name for ref in refs] for refs in self.config.exclusive.values()]
        return tuple(name for group in groups if self.spec.name in group for name in group if name != self.spec.name)


def _when(if_so: pl.Expr, text: str) -> pl.Expr:
    return pl.when(if_so).then(pl.lit(text))
