"""What `segtool check` warns of: every code with what it means, once for the reader, the schema and the documentation.

A warning never stops anything. `silence:` names the codes that are not to be heard; whatever is an error cannot be
silenced.
"""

from __future__ import annotations

CODES = (
    "opens-alone",
    "matches-nobody",
    "matches-everyone",
    "missing-included",
    "never-happens",
    "longer-than-history",
    "number-as-text",
    "same-rule",
    "stale-static",
    "unlisted-reference",
    "unused-segment",
    "override-stranger",
)
