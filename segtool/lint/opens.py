"""Lists that rest on opens alone.

Mail programs fetch the images of a mail by themselves, and others never do: an open may be nobody's, and a reader may
have none. A list rests on opens alone when all that it asks of what people did is opens, be it that they opened or that
they did not. What we did ourselves, sending and delivering, says nothing of people and does not count.
"""

from __future__ import annotations

import re

from segtool.config.columns import VALUE
from segtool.config.problems import Location, Problems
from segtool.config.settings import Config, SegmentSpec
from segtool.config.tree import Did, leaves
from segtool.lint.rules import behind, behind_value, silenced

CODE = "opens-alone"
_WORD = re.compile(r"[a-z]+")
_OPENS = {"open", "opens", "opened"}
_OURS = {"send", "sends", "sent", "deliver", "delivers", "delivered", "delivery", "processed", "queued"}
_MAIL = {"e", "email", "emails", "mail", "mails", "message", "messages", "newsletter", "campaign", "unique", "first"}


def report(config: Config, problems: Problems) -> None:
    for spec in config.segments.values():
        asked = [did for did in _asked(spec, config) if not _only(did, _OURS)]
        if asked and all(_only(did, _OPENS) for did in asked):
            message = (
                f'"{spec.name}" rests on opens alone, and mail programs open mails by themselves, or hide that a '
                "person did; ask for clicks, replies or visits as well"
            )
            problems.without(silenced(spec)).warning(CODE, message, _place(spec))


def _asked(spec: SegmentSpec, config: Config) -> list[Did]:
    """All that a list depends on of what people did."""
    ranks = [rank.by for rank in (spec.settings.top, spec.settings.bottom) if rank is not None]
    ranked = [did for name in ranks for did in behind_value(config, name.removeprefix(VALUE))]
    return behind(config, [spec.where]) + ranked


def _only(did: Did, words: set[str]) -> bool:
    """Whether every event of the behaviour is named by these words, beside words for mail."""
    names = [part.names for part in (*did.parts, *(did.follow.parts if did.follow else ()))]
    return bool(names) and all(known and all(_speaks(name, words) for name in known) for known in names)


def _speaks(name: str, words: set[str]) -> bool:
    said = set(_WORD.findall(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()))
    return bool(said & words) and said <= words | _MAIL


def _place(spec: SegmentSpec) -> Location | None:
    """The open itself where the rule names it, else the list."""
    named = [leaf for leaf in leaves(spec.where) if isinstance(leaf, Did) and _only(leaf, _OPENS)]
    return named[0].events[0].at if named else spec.at
