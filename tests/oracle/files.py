"""Writes a world as CSV files that the typing rules read back exactly, spelled in every way they allow."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from .clock import instant, wall_time
from .world import Row, Spec, Value, World

TRUE, FALSE = ("true", "yes", "1", "TRUE"), ("false", "no", "0", "False")


def write(world: World, folder: Path) -> Spec:
    """Write every table below the folder; returns the configuration that reads them."""
    for name, source in world.sources.items():
        files = source["files"] if isinstance(source["files"], list) else [source["files"]]
        zone = ZoneInfo(source["timezone"]) if "timezone" in source else world.zone
        rows = world.tables[name]
        share = -(-len(rows) // len(files))
        for number, file in enumerate(files):
            part = rows[number * share : (number + 1) * share]
            write_table(folder / file, list(source["types"]), part, zone, number * share)
    return world.config


def write_table(path: Path, columns: list[str], rows: list[Row], zone: ZoneInfo, first: int) -> None:
    """One file; how a value is spelled depends on its row's number alone."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for number, row in enumerate(rows, first):
            writer.writerow([spelled(row[name], zone, number + len(name)) for name in columns])


def spelled(value: Value, zone: ZoneInfo, way: int) -> str:
    """One cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return (TRUE if value else FALSE)[way % 4]
    if isinstance(value, datetime):
        return spelled_instant(value, zone, way)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return ", ".join(f'"{one}"' if "," in one or way % 3 == 0 else one for one in value)
    if isinstance(value, float) and value.is_integer() and way % 2:
        return str(int(value))
    return str(value)


def spelled_instant(value: datetime, zone: ZoneInfo, way: int) -> str:
    """With `Z`, with the offset of the zone, or as wall time where only one instant has it."""
    wall = wall_time(value, zone)
    certain = once(value, wall, zone)
    if way % 4 == 0 and certain and wall.time() == time():
        return wall.date().isoformat()
    if way % 4 in (0, 1) and certain:
        return wall.isoformat(sep="T" if way % 3 else " ")
    if way % 4 == 2:
        return value.astimezone(zone).isoformat()
    return value.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def once(value: datetime, wall: datetime, zone: ZoneInfo) -> bool:
    """Whether the clock shows this wall time once only, so that it needs no offset."""
    offsets: Any = {wall.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}
    return len(offsets) == 1 and instant(wall, zone) == value.astimezone(UTC)
