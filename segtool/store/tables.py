"""The lists of a run as Parquet files, and back.

Written by us, so that a full disk is an OSError. What a run of an earlier version did not keep is empty.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping

import polars as pl

from segtool.lists.roster import EMPTY, SCHEMA, SINCE, Roster
from segtool.sources.context import ID

MEMBERS = "members.parquet"
"""Who is on every published list, and since when."""
ROSTERS = "rosters.parquet"
"""What every list remembers beyond that: see `Roster.hidden`."""
SEGMENT = "segment"


def members(rosters: Mapping[str, Roster]) -> bytes:
    return _file({name: roster.members for name, roster in rosters.items()})


def hidden(rosters: Mapping[str, Roster]) -> bytes:
    return _file({name: roster.hidden for name, roster in rosters.items()})


def rosters(segments: Collection[str], members: bytes, hidden: bytes | None) -> dict[str, Roster]:
    """Every list of a run, from its files."""
    published, kept = _parts(members), _parts(hidden) if hidden is not None else {}
    return {name: Roster(published.get(name, EMPTY.members), kept.get(name, EMPTY.hidden)) for name in segments}


def _file(parts: Mapping[str, pl.DataFrame]) -> bytes:
    """Every list's part in one table."""
    named = [part.select(pl.lit(name).alias(SEGMENT), ID, SINCE) for name, part in parts.items() if part.height]
    table = pl.concat(named) if named else pl.DataFrame(schema={SEGMENT: pl.String, **SCHEMA})
    content = io.BytesIO()
    table.write_parquet(content, compression="zstd", statistics=False)
    return content.getvalue()


def _parts(content: bytes) -> dict[str, pl.DataFrame]:
    table = pl.read_parquet(io.BytesIO(content))
    parts = table.partition_by(SEGMENT, as_dict=True, include_key=False, maintain_order=True)
    return {str(key[0]): part.select(ID, SINCE) for key, part in parts.items()}
