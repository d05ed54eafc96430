"""Windows that begin before the oldest row of their source.

A window may begin a little before the first event without harm. Where more than a tenth of it does, it asks for what
was never exported: "has not bought in 24 months" is then true of everyone who bought 20 months ago.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from segtool.config.deeds import occur
from segtool.config.problems import Problems, quoted
from segtool.config.settings import Config
from segtool.config.tree import Condition, Did
from segtool.lint.rules import deeds
from segtool.logic.clock import Clock, Instants
from segtool.sources.context import IN_MEMORY, STREAMED, TIME
from segtool.sources.tables import Table

CODE = "longer-than-history"
SHARE = 0.1
"""How much of a window may lie before the oldest row."""


def report(config: Config, tables: Mapping[str, Table], clock: Clock, problems: Problems) -> set[Condition]:
    """Warns of every such window; gives the behaviour of which nothing can be known at all."""
    windowed = [(did, silence) for did, silence in deeds(config) if did.windows]
    oldest = _oldest(tables, {part.source for did, _ in windowed for part in did.parts})
    unknown: set[Condition] = set()
    for did, silence in windowed:
        span = clock.span(did.windows)
        shares = {name: _before(oldest[name], span) for name in _sources(did, tables) if name in oldest}
        if shares and min(shares.values()) == 1:
            unknown.add(did)
        short = [name for name, share in shares.items() if share > SHARE and not _quiet(config, name)]
        if short:
            since = min(oldest[name] for name in short)
            message = _said(span, clock, short, since)
            problems.without(silence).warning(CODE, message, did.windows[0].at)
    return unknown


def _sources(did: Did, tables: Mapping[str, Table]) -> list[str]:
    """Where such events are found."""
    return [part.source for part in did.parts if occur(part.names, tables[part.source].columns)]


def _quiet(config: Config, source: str) -> bool:
    return CODE in (config.sources[source].settings.silence or ())


def _oldest(tables: Mapping[str, Table], sources: set[str]) -> dict[str, datetime]:
    """The instant of the oldest row of every source that has one."""
    dated = sorted(name for name in sources if tables[name].columns.dated)
    asked = [tables[name].frame.select(pl.col(TIME).min()) for name in dated]
    engine = IN_MEMORY if all(tables[name].small for name in dated) else STREAMED
    found = [frame.item() for frame in pl.collect_all(asked, engine=engine)] if asked else []
    return {name: moment for name, moment in zip(dated, found, strict=True) if moment is not None}


def _before(oldest: datetime, span: Instants) -> float:
    """Which share of a window, up to now, lies before the oldest row."""
    high = span.high
    assert high is not None
    if high <= oldest:
        return 1
    if span.low is None or span.low >= oldest:
        return 0
    return (oldest - span.low) / (high - span.low)


def _said(span: Instants, clock: Clock, sources: list[str], oldest: datetime) -> str:
    edge = span.low or span.high
    assert edge is not None
    asked = "looks back to" if span.low is not None else "asks for what was before"
    known = f"the oldest row of {quoted(sources, 'and')} is of {clock.local_day(oldest)}"
    return f"this {asked} {clock.local_day(edge)}, and {known}; add older exports, or shorten it"
