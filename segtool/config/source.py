"""One entry of `sources:` → a SourceSpec, or what is wrong with it."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import replace

from segtool.config import conditions, formats, model
from segtool.config.document import Block, Entry
from segtool.config.operators import TYPES
from segtool.config.problems import Problems, listed, suggestion
from segtool.config.settings import SourceSpec
from segtool.config.shape import shaped
from segtool.config.zones import known_zone, unknown_zone

_SOURCE_NAME = re.compile(r"[A-Za-z0-9_-]{1,80}")
_DIRECTIVE = re.compile(r"%(?:[-_0]?([A-Za-eg-z%])|(?:\.[369]?|[369])(f)|:?(z))")


def source(entry: Entry, problems: Problems, offered: Mapping[str, frozenset[str]]) -> SourceSpec | None:
    """`offered` has, for the sources with a format, the columns that the format alone speaks of."""
    name = entry.key
    if not _SOURCE_NAME.fullmatch(name) or name == "any":
        asked = "any means every event" if name == "any" else "it has letters, digits, _ and - only"
        problems.error("source-name", f'"{name}" cannot be the name of a source; {asked}', entry.at)
    before = len(problems.errors)
    settings = shaped(model.Source, entry.node, problems, f'source "{name}"', skip=("only",))
    only_node = entry.node.get("only") if isinstance(entry.node, Block) else None
    only = conditions.parse(only_node, problems, of_row=True) if only_node is not None else None
    if settings is None:
        return None
    spec = SourceSpec(name, settings, only, offered.get(name, frozenset()), entry.node, entry.at)
    if settings.format is not None and settings.format not in formats.names():
        problems.error("unknown-format", formats.unknown(settings.format), spec.place("format"))
        return None
    if len(problems.errors) == before:
        _coherent(spec, problems)
    # Of a source that says what it is, the columns are known, and rules can be checked against them.
    known = len(problems.errors) == before
    for one in (spec, *spec.lookups):
        _readable(one, problems)
    return replace(spec, settings=_usable(settings)) if known else None


def _usable(settings: model.Source) -> model.Source:
    """The settings without what no reader could take, so that headers can be read for all that."""
    types = {column: kind for column, kind in settings.types.items() if kind in TYPES}
    encoding = settings.encoding if settings.encoding and _is_encoding(settings.encoding) else None
    return settings.but(types=types, encoding=encoding)


def _coherent(spec: SourceSpec, problems: Problems) -> None:
    """Whether the settings of a source go together."""
    s = spec.settings
    if s.id is None and s.contact is None:
        asked = "add id: COLUMN (these are the contacts) or contact: COLUMN (rows about contacts)"
        problems.error("no-contact", f'source "{spec.name}" does not say whose rows these are; {asked}', spec.at)
    if s.id is not None and (s.contact or s.time or s.event or s.event_name):
        message = "a source with id: is the contacts; contact:, time: and event: belong into other sources"
        problems.error("two-roles", message, spec.place("id"))
    if s.event and s.event_name:
        message = "event: names a column and event_name: names every row; remove one of them"
        problems.error("two-roles", message, spec.place("event_name"))
    if s.events and not s.event:
        message = "events: needs event: COLUMN, the column that says what happened"
        problems.error("events-without-event", message, spec.place("events"))
    if s.unique and spec.role != "events":
        message = "unique: is for events; for contacts and tables say duplicates: last or first"
        problems.error("wrong-role", message, spec.place("unique"))
    if s.lookup and spec.role != "events":
        message = "lookup: adds columns to events; a table with a row for each contact is a source with contact:"
        problems.error("wrong-role", message, spec.place("lookup"))
    for column in s.from_file_name:
        if column in s.columns:
            message = f'"{column}" comes from the file\'s name and from a column; remove it from one of them'
            problems.error("two-names", message, spec.place("from_file_name", column))


def _readable(spec: SourceSpec, problems: Problems) -> None:
    """Whether the settings say how cells are read."""
    s = spec.settings
    for column, kind in s.types.items():
        if kind not in TYPES:
            near = suggestion(kind, TYPES) or f"; write {listed(TYPES)}"
            problems.error("unknown-type", f'there is no type "{kind}"{near}', spec.place("types", column))
    if s.timezone is not None and not known_zone(s.timezone):
        unknown_zone(s.timezone, spec.place("timezone"), problems)
    if s.encoding is not None and not _is_encoding(s.encoding):
        asked = "write utf-8, windows-1252, utf-16 or mac-roman"
        problems.error("wrong-encoding", f'there is no encoding "{s.encoding}"; {asked}', spec.place("encoding"))
    _dates(spec, problems)
    _spellings(spec, problems)


def _is_encoding(name: str) -> bool:
    """Whether Python knows it as an encoding of text files (and not of bytes or of domain names)."""
    try:
        bytes(4).decode(name)
    except (LookupError, ValueError):
        return False
    return codecs.lookup(name).name not in ("idna", "punycode")


def _dates(spec: SourceSpec, problems: Problems) -> None:
    for pattern in spec.settings.dates or ():
        if pattern not in ("day_first", "month_first", "iso", "%s") and not _is_date_pattern(pattern):
            asked = "write day_first, month_first, iso, or a pattern such as %d.%m.%Y"
            problems.error("wrong-dates", f'dates cannot be "{pattern}"; {asked}', spec.place("dates"))


def _is_date_pattern(pattern: str) -> bool:
    """Whether a strftime pattern reads a whole date, and both hour and minute or neither."""
    letters = {letter for found in _DIRECTIVE.findall(pattern) for letter in found if letter}
    day = (letters & set("de") and letters & set("mbBh")) or "j" in letters
    whole = letters & set("FDxv") or (letters & set("Yy") and day)
    half_day = bool(letters & set("I"))
    hour = half_day or "H" in letters
    clock = hour == ("M" in letters) and (hour or "S" not in letters) and half_day == bool(letters & set("pP"))
    known = letters <= set("YymbBhdejaAHIpPMSfTRzZFDxv%") and "%" not in _DIRECTIVE.sub("", pattern)
    return bool(known and whole and clock)


def _spellings(spec: SourceSpec, problems: Problems) -> None:
    seen: dict[str, str] = {}
    for name, spelled in spec.settings.events.items():
        for text in spelled:
            if seen.setdefault(text, name) != name:
                message = f'"{text}" is given to two events, "{seen[text]}" and "{name}"; remove it from one of them'
                problems.error("two-names", message, spec.place("events", name))
