"""Texts of people → the one spelling by which a platform compares them, and its hash.

Two spellings of one person have to give one hash, or nobody is found. What cannot be brought into the form is missing:
a wrong hash helps nobody, and could be that of somebody else.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources

import polars as pl

from segtool.sources.context import ADDRESS

_COUNTRIES = {
    "usa": "US",
    "united states of america": "US",
    "uk": "GB",
    "united kingdom": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "czechia": "CZ",
    "holland": "NL",
    "the netherlands": "NL",
    "russian federation": "RU",
    "republic of korea": "KR",
    "viet nam": "VN",
    "türkiye": "TR",
    "myanmar": "MM",
    "eswatini": "SZ",
}
"""Names of countries that the time zone database has under another one."""

_TRUNK = {"1": "1", "7": "8", "39": "", "378": ""}
"""What is dialled before a number within a country, where it is not 0; the zero of Italy is part of the number."""
_PHONE = r"^(1[2-9][0-9]{9}|[2-9][0-9]{7,14})$"
_EXTENSION = r"(?i)\s*(?:ext|x|#).*$"


def normal(text: pl.Expr, form: str, calling_code: str | None = None) -> pl.Expr:
    """A column of texts in a form of `config.platforms`; null where it has none.

    `calling_code` is that of phone numbers which are written without one.
    """
    if form in ("phone", "phone_digits"):
        digits = _phone(text, calling_code)
        return "+" + digits if form == "phone" else digits
    made = _FORMS[form](text)
    return pl.when(made != "").then(made)


def hashed(texts: pl.Series) -> pl.Series:
    """SHA-256 of each text's UTF-8, in lower-case hexadecimal digits."""
    found = {text: hashlib.sha256(text.encode()).hexdigest() for text in texts.unique().drop_nulls()}
    return texts.replace_strict(found, default=None, return_dtype=pl.String) if found else texts


def _email(text: pl.Expr) -> pl.Expr:
    made = text.str.replace_all(r"\s", "").str.to_lowercase()
    return pl.when(made.str.contains(ADDRESS)).then(made)


def _name(text: pl.Expr) -> pl.Expr:
    return text.str.normalize("NFC").str.strip_chars().str.replace_all(r"\s+", " ").str.to_lowercase()


def _letters(text: pl.Expr) -> pl.Expr:
    return text.str.normalize("NFC").str.to_lowercase().str.replace_all(r"[^\p{L}\p{M}]", "")


def _short_zip(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.replace_all(r"\s", "").str.replace(r"-.*$", "")


def _country(text: pl.Expr) -> pl.Expr:
    folded = text.str.strip_chars().str.to_lowercase().str.replace_all("&", "and", literal=True)
    return folded.replace_strict(countries(), default=None, return_dtype=pl.String)


_FORMS: Mapping[str, Callable[[pl.Expr], pl.Expr]] = {
    "plain": lambda text: text.str.strip_chars(),
    "email": _email,
    "name": _name,
    "letters": _letters,
    "short_zip": _short_zip,
    "country": _country,
    "year": lambda text: text.str.extract(r"^\s*([0-9]{4})(?:-|\s*$)"),
    "initial": lambda text: text.str.strip_chars().str.to_lowercase().str.extract(r"^([fm])(?:e?male)?$"),
    "amount": lambda text: text.str.extract(r"^\s*([0-9]+(?:\.[0-9]+)?)\s*$"),
    "country_lower": lambda text: _country(text).str.to_lowercase(),
}


def _phone(text: pl.Expr, calling_code: str | None) -> pl.Expr:
    """The digits of a number with the code of its country."""
    written = text.str.replace_all("(0)", "", literal=True).str.replace(_EXTENSION, "")
    digits = written.str.replace_all(r"[^0-9]", "")
    abroad = written.str.contains(r"^\s*\+")
    made = pl.when(abroad).then(digits).when(digits.str.starts_with("00")).then(digits.str.slice(2))
    if calling_code is not None:
        home = calling_code + digits.str.replace(f"^{_TRUNK.get(calling_code, '0')}", "")
        has_code = digits.str.starts_with(calling_code) & (digits.str.len_chars() >= len(calling_code) + 8)
        found = made.when(has_code & (calling_code != "1")).then(digits).otherwise(home)
    else:
        found = made.otherwise(None)
    return pl.when(found.str.contains(_PHONE)).then(found)


@cache
def countries() -> dict[str, str]:
    """Names of countries and their two letters, all in lower case → the two letters."""
    table = resources.files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text(encoding="utf-8")
    found = dict(_COUNTRIES)
    for line in table.splitlines():
        if not line.startswith("#"):
            code, _, name = line.partition("\t")
            plain = name.lower().replace("&", "and")
            turned = re.sub(r"^(.*) \((.*)\)$", r"\2 \1", plain)  # Korea (South) is South Korea, too
            found |= {code.lower(): code, plain: code, turned: code}
    return found
