"""What a list means, as a hash: it changes when the rule, a rule it refers to, or the calendar does."""

from __future__ import annotations

import hashlib
import json

from segtool.config.document import plain
from segtool.config.settings import Config
from segtool.config.tree import segments_of


def definition(config: Config, segment: str) -> str:
    """A hash of everything in the file that decides who is on the list."""
    involved: dict[str, object] = {}
    left = [segment]
    while left:
        name = left.pop()
        spec = config.segments.get(name)
        if spec is not None and name not in involved:
            where = getattr(spec.node, "get", lambda _: None)("where")
            involved[name] = plain(where) if where is not None else None
            left += [ref.name for ref in segments_of(spec.where)]
    said = {"rules": involved, "of": segment, "timezone": config.timezone, "week_starts": config.week_starts}
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:16]
