"""What a rule's names and values mean for these files: every name a column or value of a known type.

Takes the parsed configuration and the catalog of the sources, returns it resolved, and collects what does not fit.
Where a source or a type is not known, nothing is concluded.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from segtool.config import audience, deeds, fields
from segtool.config.columns import ENTRY, SINCE, VALUE, Catalog, Columns, folded, match_name
from segtool.config.computed import (
    RFM_FIELDS,
    Cases,
    Computed,
    EventValue,
    Passed,
    Ratio,
    Rfm,
    Score,
    Value,
    conditions_of,
)
from segtool.config.document import find
from segtool.config.fields import having, number_of, refs_of
from segtool.config.operators import IN_WORDS, NUMBER, PICKS, TIME
from segtool.config.problems import Location, Problems, listed, suggestion
from segtool.config.references import circles
from segtool.config.settings import Config, SegmentSpec
from segtool.config.tree import Condition, Did, InArm, Part, Ref, leaves, segments_of


def resolve(config: Config, catalog: Catalog, problems: Problems) -> Config:
    """The configuration with every rule resolved. Rules that do not fit keep their names; the problems tell."""
    scope = Scope(config, catalog, problems)
    segments = {name: replace(spec, where=scope.where(spec)) for name, spec in config.segments.items()}
    values = {name: scope.value(name) for name in config.values}
    resolved = replace(config, segments=segments, values=values, rfm=scope.rfm())
    for spec in segments.values():
        _list_columns(spec, scope)
        _rank(spec, scope)
    for position, name in enumerate(config.output.columns or ()):
        value, at = find(config.node, ("output", "columns", position))
        scope.shown(Ref(name, at=value.at or at), problems)
    contacts = next((columns for columns in catalog.values() if columns.role == "contacts"), None)
    if contacts is not None and scope.complete:
        audience.check(config, contacts, scope, problems)
    _splits(resolved, problems)
    _circles(resolved, scope, problems)
    return resolved


def resolve_row(condition: Condition, columns: Columns, problems: Problems) -> Condition:
    """A condition on one row of one source (`only`)."""

    def look(ref: Ref, found: Problems) -> Ref | None:
        column = match_name(ref.name, columns.types)
        if column is None:
            near = suggestion(ref.name, columns.types)
            valid = "" if near else having(columns.types)
            message = f'source "{columns.source}" has no column "{ref.name}"{near}{valid}'
            found.error("unknown-field", message, ref.at)
            return None
        return replace(ref, column=column, type=columns.types[column])

    return fields.resolve(condition, look, problems)


_NO_SPLITS = "; name its arms: splits: {NAME: {A: 50, B: 50}}"


class Scope:
    """The names a rule about contacts can use: contact columns, then traits, scores, RFM, then `source.column`."""

    def __init__(self, config: Config, catalog: Catalog, problems: Problems) -> None:
        self._config = config
        self._catalog = catalog
        self._problems = problems
        self._unseen = {name for name, spec in config.sources.items() if spec.role != "events" and name not in catalog}
        self._columns = _contact_columns(config, catalog)
        self._values: dict[str, Computed] = {}
        self._open: list[str] = []

    @property
    def complete(self) -> bool:
        """Whether every source that has fields of contacts has been seen."""
        return not self._unseen

    def look(self, ref: Ref, problems: Problems) -> Ref | None:
        """The field resolved; None after a problem was collected, or while not everything is known."""
        if self._columns is None:
            return None
        known = self._names()
        name = match_name(ref.name, known)
        if name is None and self._unseen and "." in ref.name:
            return None
        if name is None:
            near = suggestion(ref.name, known)
            elsewhere = near or _in_events(ref.name, self._catalog) or _offered("fields", known)
            problems.error("unknown-field", f'there is no field "{ref.name}"{elsewhere}', ref.at)
            return None
        column, kind = known[name]
        if kind is None:
            kind = self.value(name).type
        return replace(ref, column=column, type=kind)

    def where(self, spec: SegmentSpec) -> Condition:
        """The rule of a list, whose warnings the list may silence."""
        return self.condition(spec.where, self._problems.without(spec.settings.silence or ()))

    def shown(self, ref: Ref, problems: Problems) -> Ref | None:
        """What a list shows or is sorted by: a field, or the date of entry."""
        if self._columns is not None and folded(ref.name) == SINCE and match_name(ref.name, self._names()) is None:
            return replace(ref, column=ENTRY, type="datetime")
        return self.look(ref, problems)

    def condition(self, condition: Condition, problems: Problems | None = None) -> Condition:
        heard = problems or self._problems
        return fields.resolve(condition, self.look, heard, lambda did: self.deed(did, heard))

    def deed(self, did: Did, problems: Problems | None = None) -> Did:
        """Behaviour resolved; of sources that have not been seen nothing is concluded."""
        seen = all(name in self._catalog for name, spec in self._config.sources.items() if spec.role == "events")
        return deeds.resolve(did, self._catalog, (problems or self._problems) if seen else Problems())

    def value(self, name: str) -> Computed:
        """A trait or score with its names resolved and its type known; "" within a circle."""
        if name in self._values:
            return self._values[name]
        computed = self._config.values[name]
        if name in self._open:
            return computed
        self._open.append(name)
        value = self._resolved(computed.value)
        self._open.pop()
        kind = self._type(value, computed.at)
        self._values[name] = replace(computed, value=value, type=kind)
        return self._values[name]

    def rfm(self) -> Rfm | None:
        rfm = self._config.rfm
        if rfm is None:
            return None
        return replace(
            rfm, recency=self.deed(rfm.recency), frequency=self.deed(rfm.frequency), monetary=self.deed(rfm.monetary)
        )

    def _names(self) -> dict[str, tuple[str, str | None]]:
        """Every name with the column it stands for and its type; None: ask the value."""
        assert self._columns is not None
        own, tables = self._columns
        found: dict[str, tuple[str, str | None]] = {name: (name, kind) for name, kind in tables.items()}
        if self._config.rfm is not None:
            groups = self._config.rfm.bins == 5
            found |= {
                name: (f"{VALUE}{name}", kind) for name, kind in RFM_FIELDS.items() if name != "rfm_group" or groups
            }
        found |= {name: (f"{VALUE}{name}", None) for name in self._config.values}
        return found | {name: (name, kind) for name, kind in own.items()}

    def _resolved(self, value: Value) -> Value:
        match value:
            case EventValue(did):
                return EventValue(self.deed(did))
            case Passed(since):
                return replace(value, since=self._typed(since, TIME, "dates"))
            case Ratio(above, below):
                return Ratio(self._typed(above, NUMBER, "numbers"), self._typed(below, NUMBER, "numbers"))
            case Cases(cases):
                return replace(value, cases=tuple((self.condition(when), said) for when, said in cases))
            case Score(rules):
                return Score(
                    tuple(
                        replace(
                            rule,
                            when=self.condition(rule.when) if rule.when is not None else None,
                            each=self.deed(rule.each) if rule.each is not None else None,
                        )
                        for rule in rules
                    )
                )

    def _typed(self, ref: Ref, kinds: tuple[str, ...], words: str) -> Ref:
        """A field that has to hold dates, or numbers."""
        found = self.look(ref, self._problems)
        if found is not None and found.type and found.type not in kinds:
            message = f'"{ref.name}" holds {IN_WORDS[found.type]}, and {words} are needed here'
            self._problems.error("wrong-type", message, ref.at)
        return found or ref

    def _type(self, value: Value, at: Location | None) -> str:
        match value:
            case EventValue(did) if did.measure.kind in PICKS:
                return self._picked(did, at)
            case EventValue(did):
                return "integer" if did.measure.kind in ("count", "distinct", "periods") else "number"
            case Passed():
                return "integer"
            case Ratio() | Score():
                return "number"
            case Cases(cases, otherwise):
                said = [text for _, text in cases] + ([otherwise] if otherwise is not None else [])
                return "number" if all(number_of(text) is not None for text in said) else "text"

    def _picked(self, did: Did, at: Location | None) -> str:
        """The type of a column of the first, last or commonest event; text where sources differ."""
        kinds = {_kind(part) for part in did.parts if part.column is not None}
        if "list" in kinds:
            message = f'"{did.measure.of}" holds lists; {did.measure.kind} takes a column with one value in each cell'
            self._problems.error("wrong-type", message, did.measure.at or at)
        if "" in kinds or not kinds:
            return ""
        return kinds.pop() if len(kinds) == 1 else "number" if kinds <= set(NUMBER) else "text"


def _kind(part: Part) -> str:
    return "text" if part.type == "email" else part.type


def _contact_columns(config: Config, catalog: Catalog) -> tuple[dict[str, str], dict[str, str]] | None:
    """Contact columns and `source.column`s with their types; None as long as the contacts have not been seen."""
    if any(spec.role == "contacts" and name not in catalog for name, spec in config.sources.items()):
        return None
    own: dict[str, str] = {}
    tables: dict[str, str] = {}
    for columns in catalog.values():
        if columns.role == "contacts":
            own.update(columns.types)
        elif columns.role == "attributes":
            tables.update({f"{columns.source}.{column}": kind for column, kind in columns.types.items()})
    return own, tables


def _offered(kind: str, names: Iterable[str]) -> str:
    valid = listed(names, "and", most=20)
    return f"; the {kind} are {valid}" if valid else ""


def _in_events(name: str, catalog: Catalog) -> str:
    for columns in catalog.values():
        if columns.role == "events" and match_name(name, columns.types):
            asked = "columns of events are asked for with {did: …, where: …}"
            return f'; "{columns.source}" has such a column, and {asked}'
    return ""


def _list_columns(spec: SegmentSpec, scope: Scope) -> None:
    for key, names in (("columns", spec.settings.columns), ("sort", spec.settings.sort)):
        for position, name in enumerate(names or ()):
            at = spec.place(key, position)
            scope.shown(Ref(name.removeprefix("-") if key == "sort" else name, at=at), scope._problems)


def _rank(spec: SegmentSpec, scope: Scope) -> None:
    for key, rank in (("top", spec.settings.top), ("bottom", spec.settings.bottom)):
        if rank is None:
            continue
        at = spec.place(key, "by")
        found = scope.look(Ref(rank.by, at=at), scope._problems)
        if found is not None and found.type and found.type not in (*NUMBER, *TIME):
            message = f'"{rank.by}" holds {IN_WORDS[found.type]}; a ranking needs numbers or dates'
            scope._problems.error("wrong-type", message, at)
        if found is not None and rank.change_in is not None:
            fields.check_change(found, at, scope._problems)


def _splits(config: Config, problems: Problems) -> None:
    """Every arm that a rule names, against the splits there are."""
    rules = [spec.where for spec in config.segments.values()]
    rules += [condition for computed in config.values.values() for condition in conditions_of(computed.value)]
    for leaf in (leaf for rule in rules for leaf in leaves(rule) if isinstance(leaf, InArm)):
        split = config.splits.get(leaf.split.name)
        if split is None:
            near = suggestion(leaf.split.name, config.splits) or _offered("splits", config.splits) or _NO_SPLITS
            problems.error("unknown-split", f'there is no split "{leaf.split.name}"{near}', leaf.split.at)
        elif leaf.arm not in dict(split.arms):
            valid = listed([arm for arm, _ in split.arms], "and")
            message = f'the split "{split.name}" has no arm "{leaf.arm}"; it has {valid}'
            problems.error("unknown-split", message, leaf.split.at)


def _circles(config: Config, scope: Scope, problems: Problems) -> None:
    """Circles that run through values; those of segments alone were found in the text."""
    graph: dict[str, list[str]] = {}
    for name, spec in config.segments.items():
        refs = list(_refs([spec.where]))
        refs += [Ref(rank.by) for rank in (spec.settings.top, spec.settings.bottom) if rank is not None]
        graph[name] = [ref.name for ref in spec.needs] + _valued(refs, scope)
    for name, computed in config.values.items():
        rules = conditions_of(computed.value)
        own = [ref for ref in vars(computed.value).values() if isinstance(ref, Ref)]
        inside = [ref.name for rule in rules for ref in segments_of(rule)]
        graph[f"{VALUE}{name}"] = inside + _valued([*own, *_refs(rules)], scope)
    for circle in circles({name: [to for to in targets if to in graph] for name, targets in graph.items()}):
        values = [name for name in circle if name.startswith(VALUE)]
        if values:
            shown = [name.removeprefix(VALUE) for name in (*circle, circle[0])]
            at = config.values[values[0].removeprefix(VALUE)].at
            way_out = "take one of these references out"
            problems.error("circle", f"these refer to each other in a circle: {' → '.join(shown)}; {way_out}", at)


def _refs(rules: Iterable[Condition]) -> Iterable[Ref]:
    return (ref for rule in rules for leaf in leaves(rule) for ref in refs_of(leaf))


def _valued(refs: Iterable[Ref], scope: Scope) -> list[str]:
    """The traits and scores among fields."""
    found = [scope.look(ref, Problems()) for ref in refs]
    return [ref.column for ref in found if ref is not None and ref.column and ref.column.startswith(VALUE)]
