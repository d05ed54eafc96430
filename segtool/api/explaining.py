"""`explain` and `why`: what a segment means and how many contacts each part of it keeps, and why one is on it or not.

Both say what a run would do now: the files as they are, with what the last run remembers. Nothing is written.
"""

from __future__ import annotations

from dataclasses import field
from datetime import UTC, datetime

import polars as pl

from segtool.api.composition import Worth, composition, with_rules
from segtool.api.evaluation import evaluated
from segtool.api.inputs import clock_of
from segtool.api.past import left_by, past
from segtool.config import words
from segtool.config.columns import Columns
from segtool.config.definition import definition
from segtool.config.description import background_lines, steps
from segtool.config.frozen import dataclass
from segtool.config.problems import ConfigError, Problem, listed, suggestion
from segtool.config.progress import Step, quiet
from segtool.config.references import with_needed
from segtool.config.settings import Config, SegmentSpec
from segtool.config.tree import All, Not, children
from segtool.lists.history import Before
from segtool.lists.judgement import Judgement, judge
from segtool.lists.membership import Lists, Making
from segtool.lists.places import SINCE
from segtool.lists.roster import EMPTY
from segtool.lists.verdict import verdict
from segtool.sources.context import ID
from segtool.sources.typing import identity
from segtool.store.snapshots import Snapshots


@dataclass(frozen=True)
class Part:
    """A line of the rule: how deep it stands, and how many contacts it is true for alone.

    `left` counts those for whom every condition so far is true, along the conditions that all have to be.
    """

    level: int
    text: str
    fit: int
    left: int | None


@dataclass(frozen=True)
class Cut:
    """A step that makes the list of those who fit, and how many are on it then."""

    key: str
    text: str
    left: int


@dataclass(frozen=True)
class LastRun:
    """The run before, if it had the list: its serial and instant, and how many were on it.

    `changed` tells whether the definition is another now; a static list then keeps the people of the earlier one.
    """

    run: int
    as_of: str
    members: int
    changed: bool


@dataclass(frozen=True)
class Explanation:
    """A segment in words and numbers. `values` say what the traits and scores are that it looks at."""

    segment: str
    label: str | None
    description: str | None
    as_of: datetime
    timezone: str
    contacts: int
    parts: tuple[Part, ...]
    cuts: tuple[Cut, ...]
    members: int
    values: tuple[str, ...]
    last: LastRun | None


@dataclass(frozen=True)
class Seen:
    """A line of the rule for one contact: whether it is true, and of a single condition what was looked at.

    `subject` and `needs` say what, and what has to be true of it; `values` are what was seen, as text, by name. The
    name of the subject's own value is empty.
    """

    level: int
    text: str
    holds: bool
    subject: str = ""
    needs: str = ""
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Turn:
    """A step that makes the list, whether the contact is on it then, and what about her decided."""

    key: str
    text: str
    on: bool
    detail: str


@dataclass(frozen=True)
class Case:
    """Why one contact is on a list or not. `since` is when she came onto it, if she was on it after the last run.

    `values` tell what the traits and scores come to that the segment looks at.
    """

    segment: str
    label: str | None
    contact: str
    as_of: datetime
    timezone: str
    parts: tuple[Seen, ...]
    turns: tuple[Turn, ...]
    values: tuple[Worth, ...]
    on: bool
    why: str
    last: LastRun | None
    since: datetime | None


def explain(config: Config, segment: str, as_of: datetime | str | None = None, step: Step = quiet) -> Explanation:
    """What a segment means, and how many contacts each part of it keeps. Raises as `evaluate` does, and StateError."""
    _known(config, segment)
    found = _look(with_needed(config, [segment]), segment, as_of, step)
    spec, judgement = found.spec, found.judgement
    texts = {told.key: told.text for told in steps(spec, found.config)}
    return Explanation(
        segment=segment,
        label=spec.settings.label,
        description=spec.settings.description,
        as_of=found.as_of,
        timezone=config.timezone,
        contacts=judgement.contacts,
        parts=_parts(judgement),
        cuts=tuple(Cut(key, texts[key], int(judgement.after(key).sum())) for key in judgement.steps if key in texts),
        members=int(judgement.after(judgement.steps[-1]).sum()),
        values=tuple(background_lines(spec, found.config)),
        last=found.last,
    )


def why(config: Config, segment: str, contact: str, as_of: datetime | str | None = None, step: Step = quiet) -> Case:
    """Why a contact is on a list or not. Raises as `evaluate` does, ConfigError for an id of nobody, and StateError."""
    _known(config, segment)
    found = _look(with_rules(with_needed(config, [segment]), segment), segment, as_of, step)
    who = _normalised(contact, found.contacts)
    known = found.before.rosters.get(segment, EMPTY).members.table.filter(pl.col(ID) == who)
    since = known.get_column(SINCE).item() if known.height else None
    one = found.judgement.of(who)
    if not one.contacts:
        raise _nobody(contact, found, since is not None)
    judged = verdict(one, found.config)
    texts = {told.key: told.text for told in steps(found.spec, found.config)}
    return Case(
        segment=segment,
        label=found.spec.settings.label,
        contact=who,
        as_of=found.as_of,
        timezone=config.timezone,
        parts=tuple(_seen(one, number) for number in range(len(one.lines))),
        turns=tuple(
            Turn(turn.key, texts[turn.key], turn.on, turn.detail) for turn in judged.turns if turn.key in texts
        ),
        values=composition(found.config, segment, found.lists, who, config.timezone),
        on=judged.on,
        why=judged.why,
        last=found.last,
        since=since.replace(tzinfo=UTC) if since is not None else None,
    )


@dataclass(frozen=True)
class _Look:
    """A segment as a run would find it now."""

    config: Config
    spec: SegmentSpec
    as_of: datetime
    lists: Lists
    judgement: Judgement
    contacts: Columns
    before: Before

    @property
    def last(self) -> LastRun | None:
        before, name = self.before, self.spec.name
        if name not in before.meanings:
            return None
        changed = before.meanings[name].definition != definition(self.config, name)
        return LastRun(before.serial, before.as_of or "", before.roster(name).members.height, changed)


def _known(config: Config, segment: str) -> None:
    if segment not in config.segments:
        all_names = listed(config.segments, "and")
        others = f"; there is {all_names}" if all_names else "; check the names below segments:"
        near = suggestion(segment, config.segments) or others
        raise ConfigError([Problem("unknown-segment", f'there is no segment "{segment}"{near}')])


def _look(config: Config, segment: str, as_of: datetime | str | None, step: Step) -> _Look:
    snapshots = Snapshots(config.state)
    earlier = left_by(snapshots.latest(), snapshots)
    known = past(earlier, config)
    found = evaluated(config, clock_of(config, as_of), lambda: known, "polars", step)
    spec = found.config.segments[segment]
    making = Making(found.overrides, known.remembered)
    return _Look(
        config=found.config,
        spec=spec,
        as_of=found.as_of,
        lists=found.lists,
        judgement=judge(spec, found.plan, making, found.lists),
        contacts=found.tables[config.contacts.name].columns,
        before=earlier,
    )


def _parts(judgement: Judgement) -> tuple[Part, ...]:
    """Every line with its counts. `left` stands at the whole rule, or at its parts where all have to be true."""
    found = []
    steps_of_all = int(isinstance(judgement.lines[0].condition, All))
    running = pl.repeat(True, judgement.contacts, eager=True)
    for number, line in enumerate(judgement.lines):
        fit, left = judgement.fit(number), None
        if line.level == steps_of_all:
            running = running & fit
            left = int(running.sum())
        found.append(Part(line.level, line.text, int(fit.sum()), left))
    return tuple(found)


def _seen(one: Judgement, number: int) -> Seen:
    line = one.lines[number]
    holds = bool(one.fit(number).item())
    condition = line.condition
    negated = isinstance(condition, Not)
    leaf = condition.of if isinstance(condition, Not) else condition
    if children(leaf):
        return Seen(line.level, line.text, holds)
    return Seen(
        level=line.level,
        text=line.text,
        holds=holds,
        subject=words.subject(leaf),
        needs=words.need(leaf, negated=negated),
        values=one.values(leaf),
    )


def _normalised(contact: str, contacts: Columns) -> str:
    """The id as the contacts' own are."""
    address = contacts.types.get(contacts.id) == "email"
    read = pl.DataFrame({ID: [contact.strip()]}).select(identity(pl.col(ID), address)).item()
    return str(read) if read is not None else ""


def _nobody(contact: str, found: _Look, was_on: bool) -> ConfigError:
    """Contacts are not listed here, not even those with a similar id: whoever asks has to know whom she asks about."""
    count = found.judgement.contacts
    read = f"{count:,} contacts were read" if count != 1 else "1 contact was read"
    message = f'no contact has the id "{contact}"; {read}'
    if was_on:
        message += f", and run {found.before.serial} had it on the list"
    return ConfigError([Problem("unknown-contact", message)])
