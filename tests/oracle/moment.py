"""Everything that is true of the contacts at one instant."""

from __future__ import annotations

from .behaviour import did
from .clock import Clock, duration
from .conditions import field_holds, judge
from .operators import Calculated, listed
from .rfm import rfm_field
from .rows import Book, Event, is_events
from .segments import build
from .traits import change, score, trait
from .world import Spec, Value, World


class Moment:
    """A world as it stands at one instant: later events do not exist, fields are today's."""

    def __init__(self, world: World, book: Book, clock: Clock) -> None:
        self.world = world
        self.book = book
        self.clock = clock
        self.event_sources = {name for name, source in world.sources.items() if is_events(source)}
        self.lists: dict[str, list[str]] = {}

    def earlier(self, length: str) -> Moment:
        """The same contacts some time ago."""
        clock = Clock(self.clock.back(duration(length)), self.clock.zone, self.clock.week_starts)
        return Moment(self.world, self.book, clock)

    def events_of(self, contact: str) -> list[Event]:
        """What the contact has done so far."""
        events = self.book.events.get(contact, [])
        return [event for event in events if event.time is None or event.time <= self.clock.as_of]

    def true(self, contact: str, condition: object) -> bool:
        """Whether a condition is true of a contact."""
        return judge(condition, lambda leaf: self._leaf(contact, leaf))

    def _leaf(self, contact: str, condition: Spec) -> bool:
        """A condition on a field, on behaviour, or on another list."""
        if "field" in condition:
            value = self.number_or_change(contact, condition["field"], condition.get("change_in"))
            return field_holds(self.clock, condition, value, lambda name: self.field(contact, name))
        if "did" in condition:
            return did(self, contact, condition)
        if "did_not" in condition:
            return not did(self, contact, {**condition, "did": condition["did_not"]})
        if "not_in_segment" in condition:
            return not self._in_segment(contact, {"in_segment": condition["not_in_segment"]})
        return self._in_segment(contact, condition)

    def _in_segment(self, contact: str, condition: Spec) -> bool:
        """Member of any of the lists; on a first run nobody has been one for any time."""
        if "for_at_least" in condition:
            return False
        return any(contact in self.members(name) for name in listed(condition["in_segment"]))

    def number_or_change(self, contact: str, name: str, change_in: str | None) -> Value:
        """The value itself, or how much it has changed; numbers that are worked out are told apart."""
        value = change(self, contact, name, change_in) if change_in else self.field(contact, name)
        ours = {*self.world.config.get("traits", {}), *self.world.config.get("scores", {})}
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return Calculated(value) if number and name in ours else value  # type: ignore[arg-type]

    def field(self, contact: str, name: str) -> Value:
        """A contact's column, else a trait, a score, an `rfm` field, or a column of an attribute table."""
        own = self.book.contacts[contact]
        if name in own:
            return own[name]
        if name in self.world.config.get("traits", {}):
            return trait(self, contact, self.world.config["traits"][name])
        if name in self.world.config.get("scores", {}):
            return score(self, contact, self.world.config["scores"][name])
        if name.startswith("rfm"):
            return rfm_field(self, contact, name)
        source, _, column = name.partition(".")
        row = self.book.attributes[source].get(contact)
        return None if row is None else row[column]

    def members(self, segment: str) -> list[str]:
        """A list before suppression, as other lists see it."""
        if segment not in self.lists:
            self.lists[segment] = build(self, segment)
        return self.lists[segment]
