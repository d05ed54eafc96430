"""A draft → the text of a segments file that people read: every source with the reasons why it is what it is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from segtool.config.frozen import dataclass
from segtool.config.writing import comment, flow
from segtool.starter import unwanted
from segtool.starter.draft import Draft, Part
from segtool.starter.idea import Variant

_WIDTH = 110


@dataclass(frozen=True)
class Chosen:
    """A list of the file: its name, and how many people are on it; None while nobody counted."""

    name: str
    variant: Variant
    members: int | None = None


def text(draft: Draft, as_of: date | None, lists: Sequence[Chosen], notes: Mapping[str, Sequence[str]]) -> str:
    """The whole file. `notes` has more to say of sources, by name, and of the file as a whole, under ""."""
    lines = [*_top(as_of, notes.get("", ())), "sources:"]
    for part in draft.parts:
        lines += ["", *_source(part, notes.get(part.name, ()))]
    traits = {name: rule for chosen in lists for name, rule in chosen.variant.traits.items()}
    if traits:
        lines += ["", *comment("Values worked out for each contact; lists can use them like columns."), "traits:"]
        lines += [f"  {name}: {flow(rule)}" for name, rule in traits.items()]
    if any(chosen.name == unwanted.NAME for chosen in lists):
        lines += ["", *comment(_ABOUT_UNWANTED), f"suppress: {flow([unwanted.NAME])}"]
    lines += ["", *comment(_ABOUT_LISTS), "segments:"]
    for chosen in lists:
        lines += ["", *_segment(chosen)]
    return "\n".join(lines) + "\n"


_ABOUT_LISTS = (
    "The lists. Each is written to output/lists/NAME.csv. These are a start: keep what is of use, change the rest; "
    "docs/language.md has everything that a rule can say."
)

_ABOUT_UNWANTED = "Who must not be written to is on no other list. Without this line they are."


def _top(as_of: date | None, notes: Iterable[str]) -> Iterator[str]:
    yield "# yaml-language-server: $schema=segtool.schema.json"
    yield "#"
    for note in notes:
        yield from comment(note, _WIDTH)
    yield ""
    yield "version: 1"
    yield "timezone: UTC          # where your days begin; write yours, such as Europe/Riga or America/New_York"
    if as_of is not None:
        yield f"as_of: {as_of}      # the day after your newest event; take this line out, and it is the real now"
    yield ""


def _source(part: Part, notes: Iterable[str]) -> Iterator[str]:
    for reason in (*part.look.remarks, *part.reasons, *notes):
        yield from comment(reason, _WIDTH, "  ")
    yield f"  {flow(part.name)}:"
    files = part.look.group.files
    yield from _entries({"files": files[0] if len(files) == 1 else list(files)}, "    ")
    if part.look.format is not None:
        yield f"    format: {part.look.format.name}"
    yield from _entries(part.settings, "    ")


def _segment(chosen: Chosen) -> Iterator[str]:
    variant = chosen.variant
    count = f"# {chosen.members:,} people now" if chosen.members is not None else ""
    yield f"  {chosen.name}:{' ' * max(1, 34 - len(chosen.name))}{count}".rstrip()
    yield f"    label: {flow(variant.label)}"
    yield from _entries(variant.segment, "    ")


def _entries(settings: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in settings.items():
        line = f"{indent}{key}: {flow(value)}"
        several = key == "where" and isinstance(value, list)
        if not several and (len(line) <= _WIDTH or not isinstance(value, list | Mapping)):
            yield line
        elif isinstance(value, Mapping):
            yield f"{indent}{key}:"
            yield from _entries({flow(name): inner for name, inner in value.items()}, f"{indent}  ")
        else:
            yield f"{indent}{key}:"
            yield from (f"{indent}  - {flow(item)}" for item in value)
