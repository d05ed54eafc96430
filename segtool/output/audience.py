"""Lists → files for advertising and mailing platforms, exactly as these want them.

No cell gets an apostrophe here, because a platform would take it for a part of the value. A plain text that a
spreadsheet would run is left out instead: it is nobody's name. Whom the platform cannot know is left out and counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from segtool.config.platforms import Column, Platform
from segtool.output import csv, normal
from segtool.output.csv import Cells, Style
from segtool.output.report import ExportLine

STYLE = Style()
"""Commas and UTF-8 without a mark, whatever people open in Excel."""

_PLAIN_ADDRESS = r"^[+\-]?[A-Za-z0-9._%+\-]+@[A-Za-z0-9.\-]+$"


@dataclass(frozen=True)
class Audience:
    """The file of a list for a platform. `unknown` people have nothing that it knows them by; `repeated` rows name
    somebody a second time; `dropped` values would have run in a spreadsheet. `fields` are those taken, by role.
    """

    platform: Platform
    cells: Cells
    unknown: int
    repeated: int
    dropped: int
    fields: Mapping[str, str]


def audience(people: pl.DataFrame, fields: Mapping[str, str], platform: Platform, calling_code: str | None) -> Audience:
    """`people` as the platform wants them; `fields` are their columns by role."""
    taken = {role: fields[role] for role in platform.roles if role in fields}
    texts = csv.texts(people.select(list(dict.fromkeys(taken.values()))), "UTC")
    columns = [column for column in platform.columns if platform.fixed or column.role in taken]
    made = texts.select(_value(column, taken, calling_code).alias(column.role or column.header) for column in columns)
    whole = _together(made, platform)
    usable = whole.filter(_known(whole, platform))
    once = _once(usable, platform)
    safe, dropped = _harmless(once, columns)
    hashed = safe.with_columns(normal.hashed(safe.get_column(column.role)) for column in columns if column.hashed)
    named = hashed.rename({column.role: column.header for column in columns if column.role})
    unknown, repeated = people.height - usable.height, usable.height - once.height
    return Audience(platform, csv.cells(named, STYLE, named.columns), unknown, repeated, dropped, taken)


def line(made: Audience, segment: str, path: str) -> ExportLine:
    """What became of a list, and what the platform will make of it."""
    platform, rows = made.platform, made.cells.texts.height
    note = ""
    if rows < platform.least:
        note = f"{platform.title} takes {platform.least:,} people and more"
    elif platform.most is not None and rows > platform.most:
        note = f"{platform.title} takes {platform.most:,} rows at most; split the list"
    return ExportLine(
        segment, platform.name, path, rows, made.unknown, made.repeated, made.dropped, dict(made.fields), note
    )


def _value(column: Column, fields: Mapping[str, str], calling_code: str | None) -> pl.Expr:
    title = fields.get(column.role)
    return normal.normal(pl.col(title), column.form, calling_code) if title is not None else pl.lit(None, pl.String)


def _together(table: pl.DataFrame, platform: Platform) -> pl.DataFrame:
    """Parts of an address alone are of no use to the platform, and so it does not get them."""
    parts = platform.together
    whole = [pl.col(role).is_not_null() for role in parts]
    return table.with_columns(pl.when(*whole).then(pl.col(role)).alias(role) for role in parts)


def _known(table: pl.DataFrame, platform: Platform) -> pl.Expr:
    """Whether the platform knows who this is."""
    ways = (way for way in platform.known_by if set(way) <= set(table.columns))
    return pl.any_horizontal(pl.all_horizontal(pl.col(role).is_not_null() for role in way) for way in ways)


def _once(table: pl.DataFrame, platform: Platform) -> pl.DataFrame:
    """Without the rows that name somebody a second time."""
    for role in platform.unique:
        if role in table.columns:
            table = table.filter(pl.col(role).is_null() | pl.col(role).is_first_distinct())
    shared = [role for role in platform.once if role in table.columns]
    cleared = table.with_columns(pl.when(pl.col(role).is_first_distinct()).then(pl.col(role)) for role in shared)
    return cleared.filter(_known(cleared, platform))


def _harmless(table: pl.DataFrame, columns: list[Column]) -> tuple[pl.DataFrame, int]:
    """Without the plain texts that a spreadsheet would run, and how many these were."""
    plain = [
        column.role for column in columns if column.role and not column.hashed and column.form in ("plain", "email")
    ]
    runs = {role: csv.would_run(pl.col(role), STYLE) & ~pl.col(role).str.contains(_PLAIN_ADDRESS) for role in plain}
    if not runs:
        return table, 0
    count = table.select(flag.sum().alias(role) for role, flag in runs.items())
    left = table.with_columns(
        pl.when(~flag.fill_null(False)).then(pl.col(role)).alias(role) for role, flag in runs.items()
    )
    return left, sum(count.row(0))
