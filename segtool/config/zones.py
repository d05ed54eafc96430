"""Time zones by name."""

from __future__ import annotations

from zoneinfo import ZoneInfo, available_timezones

from segtool.config.problems import Location, Problems, suggestion


def known_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def unknown_zone(name: str, at: Location | None, problems: Problems) -> None:
    asked = "; write an IANA name such as Europe/Riga, America/New_York or UTC"
    # A city alone is its zone: Riga, New York.
    by_city = {zone.rpartition("/")[2].replace("_", " ").casefold(): zone for zone in sorted(available_timezones())}
    city = by_city.get(name.replace("_", " ").casefold())
    near = f'; did you mean "{city}"?' if city else suggestion(name, by_city.values())
    problems.error("unknown-timezone", f'there is no time zone "{name}"{near or asked}', at)
