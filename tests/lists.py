"""Runs over a few contacts, for tests that look at what is written."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import segtool
from segtool.api import RunResult

AS_OF = "2026-06-30T12:00:00Z"

Table = Sequence[Sequence[str]]


def as_csv(table: Table) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(table)
    return text.getvalue()


def run_over(
    folder: Path,
    table: Table,
    segments: Mapping[str, Mapping[str, object]],
    types: Mapping[str, str] | None = None,
    **top: object,
) -> RunResult:
    """A run over these contacts, whose first column is their id; its files are in `folder`/output."""
    folder.mkdir(exist_ok=True)
    (folder / "contacts.csv").write_bytes(as_csv(table).encode())
    contacts = {"files": "contacts.csv", "id": table[0][0], "types": types or {}}
    config = {"version": 1, "sources": {"contacts": contacts}, "segments": segments, **top}
    return segtool.run(segtool.load(config, base=folder), as_of=AS_OF)
