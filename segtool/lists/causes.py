"""What took a contact off a list or put it there: suppression, groups, hands, exclusion, ranking, or the rule itself.

A cause is named where it is another one than before, so that what was so all along is never the reason for a change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_

import polars as pl

from segtool.config import description
from segtool.config.settings import Config, SegmentSpec
from segtool.lists import changes as said
from segtool.lists.truths import NOW, RULE, THEN, TURNED, Rule

THERE = " there"
"""After the name of a side: whether the contact is in contacts."""
PLACE, RANKED = " place", " ranked"
"""The place in the ranking, and whether that is enough."""
BY_HAND, NOT_BY_HAND = " added", " removed"
"""Whether the contact stands in the file of `add` or `remove`."""


@dataclass(frozen=True)
class Why:
    """The reasons of one list as expressions over both sides joined: the first that holds.

    `rule` is None where it is not known what the rule saw before, `kept` tells whether anything is.
    """

    spec: SegmentSpec
    config: Config
    rule: Rule | None
    kept: bool

    def went(self) -> pl.Expr:
        """Why someone is not on the list any more."""
        settings, fits = self.spec.settings, pl.col(f"{NOW}:{RULE}")
        added, was_added = (pl.col(f"{side}{BY_HAND}") for side in (NOW, THEN))
        eligible = fits & ~self._excluded(NOW)
        excludable = fits | (settings.kind == "semi_dynamic") if self.spec.follows_rule else pl.lit(False)
        return pl.coalesce(
            _when(~pl.col(f"{NOW}{THERE}"), said.GONE),
            self._by_lists(NOW, pl.col(f"{NOW}:{self.spec.name}"), self._suppressors, said.SUPPRESSED),
            _when(pl.col(f"{NOW}{NOT_BY_HAND}") & ~pl.col(f"{THEN}{NOT_BY_HAND}"), said.TAKEN_OFF),
            self._by_lists(NOW, excludable, settings.exclude or (), said.EXCLUDED, changed=True),
            self._by_lists(NOW, self._chosen(NOW) | added | self.spec.remembers, self._earlier, said.TAKEN_BY),
            _when(was_added & ~added & ~self._chosen(THEN), said.NO_LONGER_ADDED),
            pl.when(eligible & (self._chosen(THEN) | (self.rule is None))).then(self._ranked(said.DISPLACED)),
            _when(eligible & bool(settings.add), said.NO_LONGER_ADDED),
            self._moved(NOW, said.MOVED_TO) + self._conditions(said.LEFT),
        )

    def came(self) -> pl.Expr:
        """Why someone is on the list now."""
        settings, fitted = self.spec.settings, pl.col(f"{THEN}:{RULE}")
        was_on = pl.col(f"{THEN}:{self.spec.name}")
        new = ~pl.col(f"{THEN}{THERE}") & self.kept
        by_hand = pl.col(f"{NOW}{BY_HAND}") & ~self._chosen(NOW)
        passed = self._chosen(THEN) | pl.col(f"{THEN}{BY_HAND}")
        freed = pl.col(f"{THEN}{NOT_BY_HAND}") & ~pl.col(f"{NOW}{NOT_BY_HAND}")
        return pl.coalesce(
            _when(new & was_on, said.BACK),
            self._by_lists(THEN, was_on, self._suppressors, said.NO_LONGER_SUPPRESSED),
            _when(new & ~by_hand, said.NEW_CONTACT),
            _when(by_hand & ~pl.col(f"{THEN}{BY_HAND}"), said.ADDED),
            self._by_lists(THEN, passed, self._earlier, said.GIVEN_BY),
            _when(freed & passed, said.NO_LONGER_TAKEN_OFF),
            self._by_lists(THEN, fitted, settings.exclude or (), said.NO_LONGER_EXCLUDED, changed=True),
            pl.when(fitted & ~self._excluded(THEN) & self._chosen(NOW)).then(self._ranked(said.RISEN)),
            self._moved(THEN, said.MOVED_FROM) + self._conditions(said.ENTERED),
        )

    def _chosen(self, side: str) -> pl.Expr:
        """Whether the rule, with exclusion and ranking, puts the contact on the list: on a static one, nobody."""
        if not self.spec.follows_rule:
            return pl.lit(False)
        if self.spec.settings.top or self.spec.settings.bottom:
            return pl.col(f"{side}{RANKED}")
        return pl.col(f"{side}:{RULE}") & ~self._excluded(side)

    def _excluded(self, side: str) -> pl.Expr:
        on = [pl.col(f"{side}:{name}") for name in self.spec.settings.exclude or ()]
        return reduce(or_, on, pl.lit(False))

    def _conditions(self, otherwise: str) -> pl.Expr:
        """The conditions that turned the rule; `otherwise` where they are not known."""
        if self.rule is None:
            return pl.lit(otherwise)
        return pl.when(pl.col(TURNED) == "").then(pl.lit(otherwise)).otherwise(pl.col(TURNED))

    def _by_lists(self, side: str, if_so: pl.Expr, names: Sequence[str], text: str, changed: bool = False) -> pl.Expr:
        """The text with the first of these lists that the contact is on, and if asked was not or is no more."""
        other = THEN if side == NOW else NOW
        found = [
            _when(if_so & pl.col(f"{side}:{name}") & (~pl.col(f"{other}:{name}") | (not changed)), text.format(name))
            for name in names
        ]
        return pl.coalesce(found) if found else pl.lit(None, pl.String)

    def _moved(self, side: str, text: str) -> pl.Expr:
        """The other list of an exclusive group that the contact goes to or comes from; empty where there is none."""
        return pl.coalesce(self._by_lists(side, pl.lit(True), self._group, text), pl.lit(""))

    def _ranked(self, text: str) -> pl.Expr:
        """`displaced from the 100 with the highest lead_score: place 98 → 120`; missing where there is no ranking."""
        for key in ("top", "bottom"):
            chosen = getattr(self.spec.settings, key)
            if chosen is not None:
                places = [pl.col(f"{side}{PLACE}").cast(pl.String).fill_null("none") for side in (THEN, NOW)]
                return pl.lit(text.format(description.rank(chosen, key))) + places[0] + " → " + places[1]
        return pl.lit(None, pl.String)

    @property
    def others(self) -> tuple[str, ...]:
        """The other lists that the reasons look at."""
        return (*self._suppressors, *(self.spec.settings.exclude or ()), *self._earlier, *self._group, *self._named)

    @property
    def _named(self) -> tuple[str, ...]:
        """The lists that the rule itself names."""
        return tuple(ref.name for ref in self.spec.needs)

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
