"""What took a contact off a list or put it there: suppression, groups, hands, exclusion, ranking, or the rule itself.

A cause is named where it is another one than before, so that what was so all along is never the reason for a change.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from operator import or_

import polars as pl

from segtool.config import description
from segtool.config.frozen import dataclass
from segtool.config.settings import Config, SegmentSpec
from segtool.lists import changes as said
from segtool.lists.membership import ADDED, REMOVED
from segtool.lists.places import all_of
from segtool.lists.ranking import CHOSEN, POSITION
from segtool.lists.sides import Sight

Cause = tuple[pl.Series, str | pl.Series]
"""Whom it holds for, and what is said of them: the same of all, or of each."""


@dataclass(frozen=True)
class Seen:
    """Some of the people as a run saw them, for one list.

    `fits` is whom its rule is true for. `known` tells whether the run saw all that decides about the list now.
    """

    sight: Sight
    spec: SegmentSpec
    rows: pl.Series
    fits: pl.Series
    known: bool = True

    @property
    def there(self) -> pl.Series:
        """Who was in contacts."""
        return self.sight.there[self.rows]

    @property
    def added(self) -> pl.Series:
        """Who stands in the file of `add`."""
        return self._flag(ADDED)

    @property
    def removed(self) -> pl.Series:
        """Who stands in the file of `remove`."""
        return self._flag(REMOVED)

    @property
    def excluded(self) -> pl.Series:
        return reduce(or_, (self.on(name) for name in self.spec.settings.exclude or ()), self.all(False))

    @property
    def chosen(self) -> pl.Series:
        """Whom the rule, with exclusion and ranking, puts on the list: on a static one, nobody."""
        if not self.spec.follows_rule:
            return self.all(False)
        ranked = self.spec.settings.top or self.spec.settings.bottom
        return self._flag(CHOSEN) if ranked else self.fits & ~self.excluded

    @property
    def place(self) -> pl.Series:
        """The place in the ranking, as text."""
        places = self._column(POSITION)
        known = places.cast(pl.String) if places is not None else pl.Series([None], dtype=pl.String)
        return known.fill_null("none")

    def on(self, name: str) -> pl.Series:
        """Who was on a list, before suppression."""
        return self.sight.on(name, self.rows)

    def all(self, of_them: bool) -> pl.Series:
        """Everybody, or nobody."""
        return all_of(self.rows.len(), of_them)

    def _flag(self, before: str) -> pl.Series:
        column = self._column(before)
        return column.fill_null(False) if column is not None else self.all(False)

    def _column(self, before: str) -> pl.Series | None:
        """The list's own column of such a name, where the run has it."""
        name = f"{before}{self.spec.name}"
        return self.sight.table.get_column(name)[self.rows] if self.known and name in self.sight.columns else None


@dataclass(frozen=True)
class Why:
    """The causes of the changes of one list, as two runs saw those who changed: of each contact, the first that holds.

    Whom none holds for came or went by the rule itself. `kept` tells whether it is known who was in contacts before.
    """

    config: Config
    now: Seen
    then: Seen
    kept: bool

    def went(self) -> Iterator[Cause]:
        """Why someone is not on the list any more."""
        now, then, spec = self.now, self.then, self.now.spec
        yield ~now.there, said.GONE
        for name in self.config.suppressors(spec.name):
            yield now.on(spec.name) & now.on(name), said.SUPPRESSED.format(name)
        yield now.removed & ~then.removed, said.TAKEN_OFF
        for name in (spec.settings.exclude or ()) if spec.follows_rule else ():
            could = now.all(True) if spec.remembers else now.fits
            yield could & now.on(name) & ~then.on(name), said.EXCLUDED.format(name)
        for name in self._earlier:
            could = now.all(True) if spec.remembers else now.chosen | now.added
            yield could & now.on(name), said.TAKEN_BY.format(name)
        yield then.added & ~now.added & ~then.chosen, said.NO_LONGER_ADDED
        eligible = now.fits & ~now.excluded
        yield from self._ranked(eligible & (then.chosen if then.known else then.all(True)), said.DISPLACED)
        if spec.settings.add:
            yield eligible, said.NO_LONGER_ADDED

    def came(self) -> Iterator[Cause]:
        """Why someone is on the list now."""
        now, then, spec = self.now, self.then, self.now.spec
        new = ~then.there if self.kept else then.all(False)
        if new.any():
            yield new & then.on(spec.name), said.BACK
        for name in self.config.suppressors(spec.name):
            yield then.on(spec.name) & then.on(name), said.NO_LONGER_SUPPRESSED.format(name)
        by_hand, passed = now.added & ~now.chosen, then.chosen | then.added
        yield new & ~by_hand, said.NEW_CONTACT
        yield by_hand & ~then.added, said.ADDED
        for name in self._earlier:
            yield passed & then.on(name), said.GIVEN_BY.format(name)
        yield then.removed & ~now.removed & passed, said.NO_LONGER_TAKEN_OFF
        for name in spec.settings.exclude or ():
            yield then.fits & then.on(name) & ~now.on(name), said.NO_LONGER_EXCLUDED.format(name)
        yield from self._ranked(then.fits & ~then.excluded & now.chosen, said.RISEN)

    def moved_to(self) -> Iterator[Cause]:
        """The other list of an exclusive group that someone goes to: said before the conditions."""
        return ((self.now.on(name), said.MOVED_TO.format(name)) for name in self._group)

    def moved_from(self) -> Iterator[Cause]:
        """The one that someone comes from."""
        return ((self.then.on(name), said.MOVED_FROM.format(name)) for name in self._group)

    def _ranked(self, holds: pl.Series, text: str) -> Iterator[Cause]:
        """`displaced from the 100 with the highest lead_score: place 98 → 120`, where there is a ranking."""
        for key in ("top", "bottom"):
            chosen = getattr(self.now.spec.settings, key)
            if chosen is not None:
                places = pl.DataFrame(
                    [side.place.alias(which) for which, side in (("then", self.then), ("now", self.now))]
                )
                said_of = pl.lit(text.format(description.rank(chosen, key)))
                yield holds, places.select(pl.concat_str(said_of, "then", pl.lit(" → "), "now")).to_series()

    @property
    def _earlier(self) -> tuple[str, ...]:
        return tuple(ref.name for ref in self.now.spec.earlier)

    @property
    def _group(self) -> tuple[str, ...]:
        """The other lists of its exclusive groups."""
        own, groups = self.now.spec.name, [[ref.name for ref in refs] for refs in self.config.exclusive.values()]
        return tuple(name for group in groups if own in group for name in group if name != own)


def first(causes: Iterator[Cause], told: pl.Series, left: pl.Series) -> tuple[pl.Series, pl.Series]:
    """What is told, with the first cause for each of those who are left; and who is left without one."""
    for holds, text in causes:
        found = left & holds
        if found.any():
            texts = text if isinstance(text, pl.Series) else pl.Series([text])
            told, left = texts.zip_with(found, told), left & ~found
    return told, left
