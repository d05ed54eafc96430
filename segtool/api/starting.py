"""`init`: export files → a commented segments file that runs, with lists that these data can carry.

Look at the files → guess what they are to each other → think of lists → count whom each would have → write it down.
Writes nothing itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from segtool.api.evaluation import Evaluation, evaluate
from segtool.config.frozen import dataclass
from segtool.config.load import read
from segtool.config.problems import ConfigError, DataError, Problem, Problems
from segtool.config.progress import Step, quiet
from segtool.config.settings import Config
from segtool.logic.clock import Clock
from segtool.sources.context import Context
from segtool.starter import guessing, looking, unwanted, writing
from segtool.starter.draft import Draft
from segtool.starter.idea import Idea, Variant
from segtool.starter.ideas import ideas
from segtool.starter.writing import Chosen

WISHED = 10
_TRIED = 100
"""So many ideas are counted: of a table with thousands of columns, those of the first."""
_OF_A_KIND = 3
_STALE = timedelta(days=45)
_EVERYONE = Variant("everyone", "Everyone", {"where": "everyone"})


@dataclass(frozen=True)
class Start:
    """A segments file to be: its text, what is in it, and what of the files is not, each in a sentence."""

    text: str
    sources: Mapping[str, tuple[str, ...]]
    lists: Mapping[str, int]
    left: tuple[str, ...]


def start(paths: Sequence[str], folder: Path, now: datetime | None = None, step: Step = quiet) -> Start:
    """A segments file for `folder` over the export files in `paths` (files, folders, patterns).

    Raises DataError where no file is a table, or none says whose rows it has.
    """
    moment = now or datetime.now(UTC)
    step("looking at the files")
    draft, left = _draft(paths, folder, moment)
    as_of = _as_of(draft, moment)
    step("counting lists")
    counted = _counted(draft, as_of, moment, folder, step)
    chosen = _choose(counted)
    notes = _notes(draft, counted.evaluation, left, len(chosen))
    if all(one.name == unwanted.NAME for one in chosen):
        chosen.append(Chosen("everyone", _EVERYONE, counted.everyone))
    text = writing.text(draft, as_of, chosen, notes)
    _reads_back(text, folder)
    sources = {part.name: (*part.look.group.files, *part.look.remarks, *part.reasons) for part in draft.parts}
    return Start(text, sources, {one.name: one.members or 0 for one in chosen}, left)


def drafted(paths: Sequence[str], folder: Path) -> Config:
    """What `start` makes of the files, as a configuration with a list of everyone alone. Raises DataError."""
    draft, _ = _draft(paths, folder, datetime.now(UTC))
    return _loaded(writing.text(draft, None, [Chosen("everyone", _EVERYONE)], {}), folder)


def _draft(paths: Sequence[str], folder: Path, now: datetime) -> tuple[Draft, tuple[str, ...]]:
    with TemporaryDirectory(prefix="segtool-") as scratch:
        found = looking.look_at(paths, folder, Context(Clock(now, "UTC", 0), folder, Path(scratch), now))
        draft = guessing.guess(found.looks) if found.looks else None
    if not found.looks:
        said = found.left or ("name some files or a folder of them",)
        raise DataError([Problem("no-file", f"no file here can be read as a table: {'; '.join(said)}")])
    if draft is None:
        names = ", ".join(file for look in found.looks for file in look.group.files)
        message = "none of these files has a column of e-mail addresses or ids that says whose rows they are"
        raise DataError([Problem("no-contact", f"{message}: {names}")])
    return draft, (*found.left, *draft.left)


def _as_of(draft: Draft, now: datetime) -> date | None:
    """The day after the newest event, where that is so long ago that every window up to now would be empty."""
    newest = max((part.newest for part in draft.events if part.newest is not None), default=None)
    if newest is None or now.replace(tzinfo=None) - newest < _STALE:
        return None
    return newest.date() + timedelta(days=1)


# --- which lists -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Counted:
    """Every variant of every idea under a name of its own, evaluated; `spared` are those whom all others leave out."""

    ideas: Mapping[str, tuple[Idea, Chosen]]
    evaluation: Evaluation
    spared: Variant | None = None

    @property
    def everyone(self) -> int:
        return self.evaluation.lists.ids("everyone").len()


def _counted(draft: Draft, as_of: date | None, now: datetime, folder: Path, step: Step) -> _Counted:
    """All variants, evaluated in one pass; one that does not fit the data after all is left out."""
    tried = {
        f"idea_{number}_{place}": (idea, Chosen(f"idea_{number}_{place}", variant))
        for place, idea in enumerate(ideas(draft)[:_TRIED])
        for number, variant in enumerate(idea.variants)
    }
    spared = unwanted.unwanted(draft)
    while True:
        none = [Chosen(unwanted.NAME, spared)] if spared is not None else []
        asked = [Chosen("everyone", _EVERYONE), *none, *(chosen for _, chosen in tried.values())]
        text = writing.text(draft, as_of, asked, {})
        try:
            evaluation = evaluate(_loaded(text, folder), as_of=now if as_of is None else None, step=step)
            if spared is not None and not evaluation.lists.ids("everyone").len():
                spared = None  # nobody would be left
                continue
            return _Counted(tried, evaluation, spared if spared is not None and _some(evaluation) else None)
        except ConfigError as error:
            wrong = set(_of_lists(text, error.problems)) & {*tried, *(one.name for one in none)}
            if not wrong:
                raise
            spared = None if unwanted.NAME in wrong else spared
            tried = {name: one for name, one in tried.items() if name not in wrong}


def _some(evaluation: Evaluation) -> bool:
    """Whether there is anybody who must not be written to."""
    return evaluation.lists.ids(unwanted.NAME).len() > 0


def _of_lists(text: str, problems: Iterable[Problem]) -> Iterable[str]:
    """The lists that problems are about: the last name above each."""
    lines = text.splitlines()
    for problem in problems:
        if problem.at is not None and problem.severity == "error":
            above = [line for line in lines[: problem.at.line] if line.startswith("  ") and line[2] not in " #"]
            if above:
                yield above[-1].strip().partition(":")[0]


def _choose(counted: _Counted) -> list[Chosen]:
    """Ten lists that differ, of as many kinds as there are."""
    evaluation = counted.evaluation
    everyone = counted.everyone
    best: dict[str, tuple[float, Idea, Chosen, pl.Series]] = {}
    for name, (idea, chosen) in counted.ideas.items():
        members = evaluation.lists.ids(name)
        if not 0 < members.len() < everyone:
            continue
        distance = abs(members.len() / everyone - idea.share)
        place = name.rpartition("_")[2]
        if place not in best or distance < best[place][0]:
            best[place] = (distance, idea, chosen, members)
    found: list[Chosen] = []
    if counted.spared is not None:
        found.append(Chosen(unwanted.NAME, counted.spared, evaluation.lists.ids(unwanted.NAME).len()))
    kinds: dict[str, int] = {}
    known: set[tuple[int, int]] = set()
    for most in (_OF_A_KIND, len(best)):
        for _, idea, chosen, members in best.values():
            same = (members.len(), hash(tuple(members.hash().sort().head(1000).to_list())))
            if len(found) < WISHED and same not in known and kinds.get(idea.family, 0) < most:
                name = _free(chosen.variant.name, [one.name for one in found])
                found.append(Chosen(name, chosen.variant, members.len()))
                known.add(same)
                kinds[idea.family] = kinds.get(idea.family, 0) + 1
    return found


def _free(name: str, taken: Sequence[str]) -> str:
    number, found = 1, name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


# --- what to say -----------------------------------------------------------------------------------------------


def _notes(draft: Draft, evaluation: Evaluation, left: Sequence[str], lists: int) -> dict[str, list[str]]:
    notes = {"": ["Made by segtool init from the files below. Look it over: what is behind a # is why it says so."]}
    if left:
        notes[""] += ["", "Not in here:", *(f"- {said}" for said in left)]
    if lists < WISHED:
        number = f"{lists} list{'s' * (lists != 1)}" if lists else "no list"
        notes[""] += [
            "",
            f"These data carry {number} of people that {'are' if lists > 1 else 'is'} not simply everyone.",
        ]
    for part in draft.parts:
        table = evaluation.tables[part.name]
        counted, said = table.accounting, []
        if part.role != "contacts" and counted.strangers:
            said.append(f"{counted.strangers:,} of its {counted.kept:,} rows are of people who are not in contacts.")
        amounts = ((counted.rejected, "row"), (counted.cells, "cell"))
        wrong = [f"{n:,} {what}{'s' * (n != 1)}" for n, what in amounts if n]
        if wrong:
            said.append(f"{' and '.join(wrong)} of it cannot be used; every run lists them in rejects.csv.")
        notes[part.name] = said
    return notes


def _loaded(text: str, folder: Path) -> Config:
    with TemporaryDirectory(prefix="segtool-") as scratch:
        path = Path(scratch) / "segments.yaml"
        path.write_text(text, encoding="utf-8")
        problems = Problems()
        config = read(path, folder, problems)
        if config is None or problems.errors:
            raise ConfigError(problems.sorted)
        return config


def _reads_back(text: str, folder: Path) -> None:
    """The text that is handed out is one that loads."""
    _loaded(text, folder)
