"""The small world that random cases are drawn from: few values, so that they meet often."""

from __future__ import annotations

from typing import Any

from .world import Value

Types = dict[str, str]

ALL_FEATURES = frozenset(
    {
        "periods",
        "first_time",
        "most_recent",
        "then",
        "traits",
        "scores",
        "rfm",
        "change_in",
        "top",
        "exclude",
        "for_at_least",
        "suppress",
        "exclusive",
        "duplicates",
        "unique",
        "only",
    }
)
NO_FEATURES: frozenset[str] = frozenset()

CONTACTS: Types = {
    "state": "text",
    "title": "text",
    "other_mail": "email",
    "visits": "integer",
    "budget": "number",
    "spent": "number",
    "vip": "boolean",
    "birthday": "date",
    "signed_up": "date",
    "seen": "datetime",
    "trial_ends": "datetime",
    "tags": "list",
    "skills": "list",
}
CRM: Types = {
    "stage": "text",
    "value": "number",
    "renewal": "date",
    "checked": "datetime",
    "topics": "list",
    "owner": "boolean",
}
ACTIVITY: Types = {
    "url": "text",
    "amount": "number",
    "qty": "integer",
    "seen_on": "date",
    "ok": "boolean",
    "labels": "list",
    "due": "datetime",
    "reply_to": "email",
}
ORDERS: Types = {
    "amount": "number",
    "category": "text",
    "placed": "date",
    "ok": "boolean",
    "qty": "integer",
}

EMAILS = ["ann@x.com", "Bob@X.com", "éva@x.com", "dan@y.org", "gus@straße.de", "ian@x.com"]
MORE_EMAILS = ["KIM@X.COM", "lea@y.org", "max@x.com", "ned@x.com", "oli@x.com", "pia@y.org"]
CODES = ["a1", "A1", "'007", "007", "123.0", "123", "b-2", "ünï", "x,y", "C 3", "9", "10"]
TEXTS = ["NJ", "nj", "Nj", "NY", "VP Sales", "vp", "straße", "STRASSE", "STRAßE", "İstanbul", "istanbul"]
MORE_TEXTS = [
    "ΣΑΣ",
    "σας",
    "σασ",
    "Éva",
    "éva",
    "E\u0301va",
    "12",
    "12.0",
    "007",
    "NA",
    "a,b",
    '"hi"',
    "=1",
    "50%",
]
PARTS = ["n", "J", "vp", "Sales", "ß", "SS", "ss", "i", "İ", "σ", "ς", "Σ", "é", "1", "0", ",", '"', "%", "."]
PATTERNS = ["^n", "J$", "^.p", "[0-9]+", r"\d\d", "a|b", "sales?", "^$", "^N[JY]$", r"\.", "é", "^v.*s$", "."]
ELEMENTS = ["red", "Red", "RED", "green", "blue", "light blue", "a,b", "ß", "SS", "Σ", "σ", "12"]
INTEGERS = [0, 1, 2, 3, -1, 5, 12, 100, 9007199254740993, 9007199254740992]
NUMBERS = [0.0, 0.1, 0.2, 0.3, 1.5, 2.0, 5.0, -1.5, 99.99, 100.0, 0.7, 12.0]
LIMITS = [0, 1, 2, 3, 5, -1, 0.1, 0.2, 0.3, 0.4, 0.6, 1.5, 2.5, 99.99, 100, 0.15, 12]
MESSAGES: list[Value] = ["m1", "m2", "m3", "M1", None, None]

DAY_LENGTHS = ["1 day", "2 days", "7 days", "30 days", "1 week", "2 weeks", "1 month", "3 months"]
LONG_LENGTHS = ["13 months", "1 year", "2 years", "60 days", "365 days"]
ELAPSED_LENGTHS = ["1 minute", "90 minutes", "1 hour", "24 hours", "36 hours", "48 hours"]
PERIODS = ["today", "yesterday", "tomorrow"] + [
    f"{which} {unit}" for which in ("this", "last", "next") for unit in ("week", "month", "quarter", "year")
]

# Where a run stands: on clock changes, month ends, leap days, and at quiet noon.
SCENES = [
    ("UTC", "2026-03-31T12:00:00"),
    ("UTC", "2026-05-31T00:00:00"),
    ("UTC", "2028-02-29T23:59:59"),
    ("UTC", "2027-02-28T10:00:00"),
    ("Europe/Riga", "2026-03-29T00:59:59"),
    ("Europe/Riga", "2026-03-29T01:30:00"),
    ("Europe/Riga", "2026-03-30T00:30:00"),
    ("Europe/Riga", "2026-04-28T00:30:00"),
    ("Europe/Riga", "2026-10-25T00:30:00"),
    ("Europe/Riga", "2026-10-25T01:30:00"),
    ("Europe/Riga", "2026-10-26T01:30:00"),
    ("Europe/Riga", "2025-12-31T22:00:00"),
    ("Europe/Riga", "2028-02-28T22:30:00"),
    ("America/New_York", "2026-03-08T07:30:00"),
    ("America/New_York", "2026-03-09T06:30:00"),
    ("America/New_York", "2026-11-01T05:30:00"),
    ("America/New_York", "2026-11-01T06:30:00"),
    ("America/New_York", "2026-11-02T06:30:00"),
    ("America/New_York", "2027-01-01T04:59:59"),
    ("Australia/Lord_Howe", "2026-04-04T15:15:00"),
    ("Australia/Lord_Howe", "2026-04-05T15:15:00"),
    ("Australia/Lord_Howe", "2026-10-04T15:15:00"),
    ("Australia/Lord_Howe", "2026-10-31T15:15:00"),
    ("Pacific/Apia", "2011-12-30T10:30:00"),
    ("Pacific/Apia", "2012-01-05T22:00:00"),
    ("Pacific/Apia", "2012-01-29T12:00:00"),
    ("America/Sao_Paulo", "2018-11-05T02:30:00"),
    ("America/Havana", "2026-11-01T04:30:00"),
    ("America/Havana", "2026-11-01T05:30:00"),
    ("America/Havana", "2026-11-02T05:15:00"),
    ("Asia/Kathmandu", "2026-08-31T18:15:00"),
]
MICROSECONDS = [0, 0, 0, 0, 1, -1, 500_000]
NEAR_MICROSECONDS = [
    0,
    0,
    0,
    0,
    0,
    1,
    -1,
    1_000_000,
    -1_000_000,
    3_600_000_000,
    -3_600_000_000,
    -86_400_000_000,
]


def texts() -> list[str]:
    """Whole texts, in several cases and from several alphabets."""
    return TEXTS + MORE_TEXTS


def lengths(elapsed: bool) -> list[str]:
    """Durations; elapsed ones have no place beside date fields."""
    return DAY_LENGTHS + LONG_LENGTHS + (ELAPSED_LENGTHS if elapsed else [])


def spelled_alike(written: str, kind: str) -> list[Any]:
    """Ways in which files write one id."""
    return [written, written.upper(), written.lower()] if kind == "email" else [written]
