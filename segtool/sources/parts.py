"""One file of a source: what is known of it, what its columns could be, and its rows once their types are settled.

A file that the cache knows is not opened. One that the fast reader cannot take is read again row by row, which can
say where it goes wrong. A small source stays in memory while it is looked at; a large one is streamed, from its files
and into the cache.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, TypeVar

import polars as pl

from segtool.config.columns import meant
from segtool.config.problems import Problems
from segtool.config.settings import SourceSpec
from segtool.sources import account, categories, cells
from segtool.sources.categories import ManyError
from segtool.sources.cells import Cells
from segtool.sources.claims import RefutedError
from segtool.sources.context import FILE, IN_MEMORY, STREAMED, Context
from segtool.sources.files import FileRecord, SourceFile, ended
from segtool.sources.inference import Facts
from segtool.sources.judge import Judge
from segtool.sources.pace import Watch
from segtool.sources.settle import Settled, facts_of
from segtool.sources.shelf import Place, Typed, is_wide
from segtool.sources.texts import Misfit
from segtool.sources.trimming import UncountedError

T = TypeVar("T")

_ELSEWHERE = {"files", "format", "optional", "max_age", "ready", "guard", "silence", "duplicates", "unique"}
"""Settings of a source that say nothing of how a file is read."""

SMALL = 4 << 20
"""A source of fewer bytes is read sooner than the streaming engine is ready."""

_UNREADABLE = (pl.exceptions.ComputeError, pl.exceptions.ShapeError, pl.exceptions.SchemaError)


def is_small(files: Sequence[SourceFile]) -> bool:
    """Whether all files of a source together take little memory. What is packed does not show how much it takes."""
    return not any(file.is_packed for file in files) and sum(file.size for file in files) < SMALL


class UnusableError(Exception):
    """The file cannot be used; the problems tell why."""


class Part:
    """One file of a source, which `small` says to be. Raises UnusableError after problems were collected."""

    def __init__(
        self, spec: SourceSpec, file: SourceFile, context: Context, problems: Problems, small: bool = False
    ) -> None:
        seen = context.cache.content(file)
        self.file = replace(file, signs=seen.signs)
        self._small = small
        self._spec = spec
        self._context = context
        self.problems = problems
        self._cells: Cells | None = None
        self._fingerprint = seen.fingerprint
        settings = spec.settings.data(without=_ELSEWHERE)
        offered = sorted(spec.offered)
        place = [spec.name, file.shown, file.kind, file.member]
        self._key = context.cache.key("look", self._fingerprint, place, settings, offered)
        self._known = context.cache.note(self._key) or self._look(careful=False, hasty=not small)

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(self._known["columns"])

    @property
    def doubted(self) -> set[str]:
        """The columns of which a sample will not do: it did not tell the truth, or all values are as soon looked at."""
        return set(self._known["columns"] if self._small else self._known["doubted"])

    @property
    def is_workbook(self) -> bool:
        return self.file.is_workbook

    @property
    def misfits(self) -> tuple[Misfit, ...]:
        return tuple(Misfit(row, reason, text) for row, reason, text in self._known["misfits"])

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(self._known["notes"])

    @property
    def folded(self) -> int:
        return int(self._known["folded"])

    def record(self, rows: int) -> FileRecord:
        """What a run remembers of the file. `rows` are those of the table and the misfits."""
        return FileRecord(
            path=self.file.shown,
            size=self.file.size,
            modified_ns=self.file.modified_ns,
            fingerprint=self._fingerprint,
            rows=rows,
            ended=self._known["ended"],
        )

    def facts(
        self, kind: str, columns: Sequence[str], decimal: str | None, dates: Sequence[str], whole: bool
    ) -> dict[str, Facts]:
        """What the values of some columns say of their type: `kind` is fits, orders, marks or addresses.

        Of a large file a sample does, unless `whole` asks for all values or a claim on a sample was refuted.
        """
        known = set(self.columns)
        wanted = [name for name in columns if name in known]
        asked = known if whole else self.doubted
        all_of = [name for name in wanted if name in asked]
        some_of = [name for name in wanted if name not in asked]
        about = f"{kind} {' '.join(dates)}"
        engine = IN_MEMORY if self._small else STREAMED
        found = self._noted(about, all_of, lambda read, left: facts_of(kind, read.frame, left, decimal, dates, engine))
        return found | self._noted(
            f"sample {about}", some_of, lambda read, left: facts_of(kind, read.head, left, decimal, dates)
        )

    def _noted(
        self, about: str, wanted: Sequence[str], look: Callable[[Cells, list[str]], dict[str, Facts]]
    ) -> dict[str, Facts]:
        """What is noted about some columns; what is not, is looked up first."""
        noted: dict[str, Any] = self._known["facts"].setdefault(about, {})
        missing = [name for name in wanted if name not in noted]
        if missing:
            found = self._reading(lambda read: look(read, missing))
            # Reading row by row begins anew what is known.
            noted = self._known["facts"].setdefault(about, {})
            noted |= {name: asdict(fact) for name, fact in found.items()}
            self._context.cache.write_note(self._key, self._known)
        return {name: Facts.of(noted[name]) for name in wanted}

    def typed(self, settled: Settled, number: int, watch: Watch) -> Typed:
        """The rows with their types. `number` is the file's position in the source.

        Raises RefutedError where some value is not what was claimed on the strength of a sample: to be settled anew.
        """
        known, columns = set(self.columns), settled.columns
        own = {name: reading for name, reading in settled.readings.items() if name in known}
        sampled = known - self.doubted
        claims = {name: claim for name, claim in settled.claims.items() if name in sampled}
        spec, address = self._spec, self._context.address
        kind = columns.types.get(columns.id)
        once = spec.settings.duplicates if self._once else None
        about = [self._key, columns.id, kind, address, columns.role, once]
        declared = meant(spec.settings.types, columns.types)
        places = self._context.places
        roll = places.roll if places is not None else None
        numbered = places.numbered if places is not None and roll is not None else None
        place = Place(self._context.cache, about, own, claims, declared, roll)

        def make(few: Collection[str] = ()) -> Judge:
            return Judge(spec, columns, own, address, claims, numbered, few)

        made = place.found()
        if made is None:
            if places is not None:
                places.ready()
            made = self._reading(lambda read: self._judged(place, make, read, watch))
            made = replace(made, size=roll.size if roll is not None else None)
        else:
            watch.known(self.file)
        where = pl.lit(number, dtype=pl.Int32).alias(FILE)
        rejects = made.rejects.with_columns(where) if made.rejects is not None else None
        rows = places.added_to(made.frame, made.size) if places is not None else made.frame
        return replace(made, frame=make().whole(rows).with_columns(where), rejects=rejects)

    def _judged(self, place: Place, make: Callable[[Collection[str]], Judge], read: Cells, watch: Watch) -> Typed:
        """The typed rows as the file has them, for the cache as well."""
        cache = self._context.cache
        judge = make(self._few(read, make(())))
        try:
            rows, path, repeated = self._stored(place, watch.watched(judge.of(read.of(judge.asked))))
        except RefutedError as refuted:
            # One surprise is one; after two, nothing that the sample says is believed.
            self._known["doubted"] = list(read.columns if self.doubted else refuted.columns)
            cache.write_note(self._key, self._known)
            raise
        except ManyError as found:
            self._known["many"].append(found.column)
            cache.write_note(self._key, self._known)
            return self._judged(place, make, read, watch)
        rejected = judge.faults.listed() if judge.faults is not None else None
        tally = replace(judge.tally, repeated=repeated)
        if path is not None:
            place.seal(path, rejected, tally)
        return Typed(place.key, rows, rejected, tally)

    def _few(self, read: Cells, judge: Judge) -> set[str]:
        """The columns that are kept as categories: of a large source of events, those of few values."""
        if self._small or self._spec.role != "events":
            return set()
        return categories.few(read.head, judge.repeating) - set(self._known["many"])

    @property
    def _once(self) -> bool:
        """Whether one row is kept for each ID: of what `only` filters, that has to wait until it was asked."""
        return self._spec.role != "events" and self._spec.only is None

    def _stored(self, place: Place, judged: pl.LazyFrame) -> tuple[pl.LazyFrame, Path | None, int]:
        """The rows, in memory or in the cache, where they are there, and how many were of the same people."""
        if not self._small and not self._once:
            sunk = place.sink(judged)
            return pl.scan_parquet(sunk, glob=False), sunk, 0
        rows = judged.collect(engine=IN_MEMORY if self._small or is_wide(judged) else STREAMED)
        held = account.one_each(rows, self._spec) if self._once else rows
        path = place.write(held) if self._context.cache.lasts else None
        return held.lazy(), path, rows.height - held.height

    def _reading(self, work: Callable[[Cells], T]) -> T:
        careful = self._known["careful"]
        try:
            return work(self._held())
        except UncountedError:
            self._known = self._look(careful=False, hasty=False)
            return self._reading(work)
        except _UNREADABLE:
            if careful:
                raise
        self._known = self._look(careful=True, hasty=False)
        return work(self._held())

    def _held(self) -> Cells:
        """The cells, those of a small source in memory: they are looked at several times."""
        read = self._opened()
        if self._small:
            self._cells = read = replace(read, frame=read.frame.collect(engine=IN_MEMORY).lazy(), some=None)
        return read

    def _opened(self) -> Cells:
        if self._cells is None:
            careful, hasty = self._known["careful"], self._known["hasty"]
            self._cells = cells.read(self._spec, [self.file], self._context.scratch, self.problems, careful, hasty)
        if self._cells is None:
            raise UnusableError
        return self._cells

    def _look(self, careful: bool, hasty: bool) -> dict[str, Any]:
        """Opens the file, and notes what it says of itself."""
        self._known = {"careful": careful, "hasty": hasty}
        self._cells = None
        read = self._opened()
        known: dict[str, Any] = {
            "careful": careful,
            "hasty": hasty,
            "columns": list(read.columns),
            "misfits": [[misfit.row, misfit.reason, misfit.text] for _, misfit in read.misfits],
            "notes": list(read.notes),
            "folded": read.folded.get(0, 0),
            "ended": ended(self.file),
            "facts": {},
            "doubted": [],
            "many": [],
        }
        self._context.cache.write_note(self._key, known)
        return known
