"""One entry of `segments:` → a SegmentSpec, or what is wrong with it."""

from __future__ import annotations

import re

from segtool.config import conditions, model
from segtool.config import values as config_values
from segtool.config.document import Block, Entry, find
from segtool.config.problems import Problems
from segtool.config.settings import SegmentSpec
from segtool.config.shape import misspelt, shaped

_SEGMENT_NAME = re.compile(r"[a-z0-9_-]{1,80}")
_RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}


def segment(entry: Entry, problems: Problems) -> SegmentSpec | None:
    name = entry.key
    if not _SEGMENT_NAME.fullmatch(name) or name in _RESERVED:
        asked = "it is also a file name: lower-case letters, digits, _ and -"
        plain = re.sub(r"[^a-z0-9_-]+", "_", name.lower()).strip("_")[:60]
        plain = f"{plain}_list" if plain in _RESERVED else plain
        example = f"; {plain} is one" if plain else ""
        problems.error("segment-name", f'"{name}" cannot be the name of a segment; {asked}{example}', entry.at)
    settings = shaped(model.Segment, entry.node, problems, f'segment "{name}"', skip=("where",))
    if not isinstance(entry.node, Block):
        return None
    where = entry.node.get("where")
    if where is None:
        if not misspelt(entry.node, "where", [*model.Segment.settings, "where"]):
            said = f'segment "{name}" needs "where": who belongs, such as {{field: state, is: NJ}} or everyone'
            problems.error("missing-key", said, entry.at)
        return None
    condition = conditions.parse(where, problems)
    if condition is None or settings is None:
        return None
    spec = SegmentSpec(name, settings, condition, node=entry.node, at=entry.at)
    _rank(spec, problems)
    return spec


def _rank(spec: SegmentSpec, problems: Problems) -> None:
    """Whether `top` or `bottom` say one exact number."""
    top, bottom = spec.settings.top, spec.settings.bottom
    if top is not None and bottom is not None:
        message = "top: and bottom: in one segment; keep one, and make a second segment for the other"
        problems.error("rank-shape", message, spec.place("bottom"))
    for key, rank in (("top", top), ("bottom", bottom)):
        if rank is None:
            continue
        if (rank.count is None) == (rank.percent is None):
            problems.error("rank-shape", f"{key}: takes one of count: and percent:", spec.place(key))
        if rank.percent is not None and rank.percent > 100:
            problems.error("rank-shape", "percent: is 100 at most", spec.place(key, "percent"))
        if rank.change_in is not None:
            config_values.duration(find(spec.node, (key, "change_in"))[0], problems)
