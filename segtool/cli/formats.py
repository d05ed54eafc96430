"""`segtool formats`: which exports segtool knows by name, and what a name stands for."""

from __future__ import annotations

import json as json_text
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from segtool.cli import console
from segtool.config.problems import ConfigError, Problem

if TYPE_CHECKING:
    from segtool.config.formats import Format


def formats(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="Show what this one stands for.")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """List the export formats that a source can name with format:, or show one as the settings it stands for.

    Exit: 0 done · 2 there is no such format.
    """
    # Deferred: no other command's help needs it, nor the YAML reader that it brings along.
    from segtool.config import formats as known  # noqa: PLC0415

    if name is not None and name not in known.names():
        raise ConfigError([Problem("unknown-format", known.unknown(name))])
    found = [known.named(name)] if name is not None else list(known.all_formats())
    if json:
        data = {"schema": 1, "formats": [_data(one) for one in found]}
        sys.stdout.write(json_text.dumps(data, indent=2, ensure_ascii=False) + "\n")
    elif name is not None:
        sys.stdout.write(_as_yaml(found[0]))
    else:
        _list(found)


def _data(one: Format) -> dict[str, Any]:
    from segtool.config.document import plain  # noqa: PLC0415

    said = {"name": one.name, "about": one.about, "holds": one.role, "evidence": one.evidence, "verified": one.verified}
    return {**said, "header": list(one.header), "settings": plain(one.settings)}


def _as_yaml(one: Format) -> str:
    """The settings as they could stand in a source, with what is known of them as comments."""
    head = [one.about, f"Checked against: {one.evidence}."]
    if one.role == "contacts":
        head.append(
            "The people of it are the contacts; where another source has id:, say contact: instead of id: here."
        )
    head.append(f"format: {one.name} stands for this, and whatever a source says itself goes before it:")
    return "".join(f"# {line}\n" for line in head) + f"{one.written}\n"


def _list(found: Sequence[Format]) -> None:
    rows = [(one.name, one.role, one.about if one.verified else f"{one.about} (not verified)") for one in found]
    if not console.on_terminal():
        sys.stdout.write("".join("\t".join(row) + "\n" for row in rows))
        return
    widths = [max(len(row[place]) for row in rows) + 2 for place in (0, 1)]
    out = console.out()
    for name, role, about in rows:
        out.print(console.safe(f"{name:<{widths[0]}}{role:<{widths[1]}}{about}"))
    console.tell("Next: segtool formats NAME shows what one stands for", "dim")
