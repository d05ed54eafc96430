"""Ids of Salesforce, which come with 15 characters out of reports and with 18 out of everything else.

The last three of 18 tell which letters of the others are capitals, so both mean the same record. They are compared only
where an id is nobody's as it is written: ids are never changed otherwise.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable

ID = r"^[A-Za-z0-9]{15}(?:[A-Z0-5]{3})?$"
"""What may be such an id."""

_PART = 5
_MARKS = string.ascii_uppercase + "012345"


def others(ids: Iterable[str]) -> dict[str, str]:
    """Each of the ids that is one, and the same in its other length."""
    return {each: other for each in ids if (other := _other(each)) is not None}


def _other(written: str) -> str | None:
    if not re.fullmatch(ID, written):
        return None
    short, ending = written[: 3 * _PART], written[3 * _PART :]
    if not ending:
        return short + _ending(short)
    return short if ending == _ending(short) else None


def _ending(short: str) -> str:
    """One mark for each five characters: which of them are capitals."""
    parts = (short[start : start + _PART] for start in range(0, 3 * _PART, _PART))
    return "".join(_MARKS[sum(1 << place for place, one in enumerate(part) if one.isupper())] for part in parts)
