"""Where a table begins and ends among the rows of a file: titles and comments above its header, totals and remarks
below its last row.

Judges plain texts, whatever file they are from. Leaves alone what could be a row: only what the source looks for, or
the shape of the rows, makes a row a header; only a word for a total or a remark by itself ends a table.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from segtool.config.columns import folded, match_name

LOOKED_AT = 100
"""How many rows of a file are searched for the header."""

BELOW = "it stands below the table, and is no row of it"
AGAIN = "it repeats the header"
LAST = 30
"""How many rows at the end of a file are searched for totals and remarks."""

Row = Sequence[str]
Wanted = Sequence[Sequence[str]]
"""The names that a header may have for each column that a source rests on; the first of them says whose row it is."""

_TOTAL = re.compile(
    r"(?:(?:grand|sub|report|overall|all)[ -]?)?(?:totals?|sums?|summe|zwischensumme|gesamt(?:summe)?|insgesamt"
    r"|totales?|totaal|totalt|totale|suma|soma|razem|kopā|итого|всего|合計|总计)(?: g[eé]n[eé]ral)?"
    r"\s*[:=]?\s*(?:\(?[\d.,' ]+\s*\w*\)?)?",
    re.IGNORECASE,
)
_REMARK = re.compile(
    r"#|[-=*_]{3,}|©|copyright\b|\(c\) |confidential\b|(?:report |file |data |list )?"
    r"(?:generated|exported|created|printed|downloaded|produced) (?:on|by|at|from|with|in|\d)"
    r"|(?:notes?|source|filters?|filtered by|page|legend)\b *[:\d]"
    r"|end of (?:the )?(?:report|file|data|list|table|export)\b|as of \d|[\d.,]+ (?:rows?|records?|results?|contacts?"
    r"|entries|lines?|items?)\b|(?:number of |total )?(?:rows?|records?|results?|contacts?)\b *[:=]",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^\W\d]\S*(?: \S+){3,}")


def header_at(rows: Sequence[Row], wanted: Wanted) -> int | None:
    """Which of the first rows of a file is the header: the first with the column that says whose row it is.

    Where none has it, that with most of the other wanted columns; else the first that is no title and no comment.
    """
    asked = [{folded(name) for name in names} for names in wanted]

    @cache
    def spelled(number: int) -> set[str]:
        return {folded(cell) for cell in rows[number]}

    def has(number: int, which: int) -> bool:
        # Most rows of most delimiters have none of the names however they are spelled: that is seen at once.
        return not asked[which].isdisjoint(spelled(number)) and _has(rows[number], wanted[which])

    for number in range(len(rows)):
        if wanted and has(number, 0):
            return number
    usual = _usual(rows)
    candidates = [number for number, row in enumerate(rows) if not _is_title(row, usual)]
    found = {number: sum(has(number, which) for which in range(len(wanted))) for number in candidates}
    most = max(found.values(), default=0)
    return next((number for number in candidates if found[number] == most), None)


def likeness(rows: Sequence[Row], header: int, wanted: Wanted) -> tuple[bool, bool, int, int]:
    """How much rows below a header look like a table: what is larger is more like one.

    It has the column that says whose rows these are; most rows are as wide as the header; it is far up; it is wide.
    """
    width = len(rows[header])
    below = [row for row in rows[header + 1 :] if any(cell.strip() for cell in row)]
    alike = sum(len(row) == width for row in below)
    even = width > 1 and alike >= len(below) / 2
    return bool(wanted) and _has(rows[header], wanted[0]), even, -header if even else 0, width


def is_below(row: Row, width: int) -> bool:
    """Whether a row at the end of a table of `width` columns is a total or a remark."""
    filled = [cell.strip() for cell in row if cell.strip()]
    if width < 2 or not filled:
        return False
    if len(filled) < width and _TOTAL.fullmatch(filled[0]):
        return True
    alone = len(filled) == 1 and "@" not in filled[0]
    return alone and bool(_REMARK.match(filled[0]) or _SENTENCE.fullmatch(filled[0]))


def text_of(row: Row) -> str:
    """What a total or a remark says."""
    return " ".join(cell.strip() for cell in row if cell.strip())


def _has(row: Row, names: Sequence[str]) -> bool:
    cells = [" ".join(cell.split()) for cell in row]
    return any(match_name(name, cells) is not None for name in names)


def _usual(rows: Sequence[Row]) -> int:
    """How many cells most rows have."""
    counts = Counter(len(row) for row in rows if any(cell.strip() for cell in row))
    return max(counts, key=lambda width: (counts[width], width), default=0)


def _is_title(row: Row, usual: int) -> bool:
    """Whether a row is blank, a comment, or has one text alone where others have cells."""
    filled = [cell.strip() for cell in row if cell.strip()]
    if not filled:
        return True
    return filled[0].startswith(("# ", "#-", "#=")) or (len(filled) == 1 and usual > 1)
