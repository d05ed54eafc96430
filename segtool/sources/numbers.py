"""Texts → numbers, however exports spell them: marks for thousands, currencies, percents, negatives in brackets.

Plain numbers are read at full speed; all other texts are judged, each different one once. What a mark means is settled
for a whole column before: in `1,234` nobody can tell.
"""

from __future__ import annotations

import re

import polars as pl

from segtool.sources import stamps
from segtool.sources.context import IN_MEMORY

_CODES = (
    "USD|EUR|GBP|CHF|JPY|CNY|SEK|NOK|DKK|ISK|PLN|CZK|HUF|RON|BGN|RSD|RUB|UAH|TRY|ILS|INR|IDR|MYR|SGD|HKD|TWD|KRW|THB|VND"
    "|PHP|AUD|NZD|CAD|MXN|BRL|ARS|CLP|COP|PEN|ZAR|EGP|NGN|KES|AED|SAR|QAR|KWD"
)
_WORDS = rf"[A-Z]{{1,2}}(?=[^\w\s])|{_CODES}|kr|zł|Kč|Ft|Fr|RM|Rs|lei|лв|руб|р"
LOOKS = re.compile(rf"(?=.{{1,40}}$)(?:\W|{_WORDS})*[0-9][0-9.,'’\s]*(?:\W|{_WORDS})*$")
"""A quick look at a text that may be a number with marks: it is short, and has signs and words for money alone."""
_CURRENCY = rf"(?:[A-Z]{{0,2}}\p{{Sc}}|{_CODES}|kr\.?|zł|Kč|Ft|Fr\.?|RM|Rs\.?|lei|лв\.?|руб\.?|р\.)"
_POINT = (
    r"^(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}|[0-9]{1,3}(?: [0-9]{3})+|[0-9]{1,3}(?:'[0-9]{3})+"
    r"|[0-9]+)(?:\.[0-9]*)?$|^\.[0-9]+$"
)
_COMMA = (
    r"^(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,3}(?: [0-9]{3})+|[0-9]{1,3}(?:'[0-9]{3})+|[0-9]+)(?:,[0-9]*)?$|^,[0-9]+$"
)
_THREE = r"^[0-9]{1,3}[.,][0-9]{3}$"
_SIGN = rf"[%)]|{_CURRENCY}|[,' ][0-9]{{3}}\.[0-9]|[.' ][0-9]{{3}},[0-9]"
"""What only an amount has, and no number of a house, a telephone or a list."""


def number(text: pl.Expr, decimal: str) -> pl.Expr:
    """The number as a float; missing where the text is none. `12 %` is 0.12, as a workbook has it."""

    def judge(texts: pl.Series) -> pl.Series:
        return marked(texts, decimal)

    def read(texts: pl.Series) -> pl.Series:
        return judged(texts, _plain(texts, decimal), judge)

    return text.map_batches(read, pl.Float64(), is_elementwise=True)


def whole(text: pl.Expr, decimal: str) -> pl.Expr:
    """The whole number; missing where the text is none, or has a fraction or more than 18 digits."""

    def judge(texts: pl.Series) -> pl.Series:
        found = marked(texts, decimal)
        return found.set((found != found.round(0)) | (found.abs() >= 1e15), None).cast(pl.Int64)

    def read(texts: pl.Series) -> pl.Series:
        plain = texts.cast(pl.Int64, strict=False)
        return judged(texts, plain.set(plain.abs() >= 10**18, None), judge)

    return text.map_batches(read, pl.Int64(), is_elementwise=True)


def is_plain(text: pl.Expr) -> pl.Expr:
    """Whether a text is a number without any mark but a decimal point."""
    return text.cast(pl.Float64, strict=False).is_finite().fill_null(False)


def is_sign(text: pl.Expr) -> pl.Expr:
    """Whether a text has what only an amount has: a currency, percent, brackets, or both marks."""
    return text.str.contains(_SIGN)


def judged(texts: pl.Series, plain: pl.Series, judge: stamps.Judge) -> pl.Series:
    """What was read plainly, and for all other texts with a digit what `judge` makes of them."""
    if plain.null_count() == texts.null_count():
        return plain
    left = texts.str.contains("[0-9]").fill_null(False) & plain.is_null()
    if not left.any():
        return plain
    return plain.scatter(left.arg_true(), stamps.each_once(texts.filter(left), judge))


def _plain(texts: pl.Series, decimal: str) -> pl.Series:
    if decimal == ",":
        texts = texts.set(texts.str.contains(".", literal=True), None).str.replace(",", ".", literal=True)
    found = texts.cast(pl.Float64, strict=False)
    return found.set(~found.is_finite(), None)


def marked(texts: pl.Series, decimal: str) -> pl.Series:
    """The numbers of texts with marks. An amount of money never has three decimals."""
    text = pl.col("text")
    steps = (
        text.str.strip_chars().str.replace_all(r"[−–﹣－]", "-").str.replace_all("[’ʼ´`]", "'"),
        text.str.replace_all(r"[\s\x{a0}\x{202f}]+", " ").str.replace("^'", ""),
        text.str.replace(rf"^([-+(]*) ?{_CURRENCY} ?", "$1"),
        text.str.replace(rf" ?{_CURRENCY}([-)]*)$", "$1"),
        text.str.replace(r" ?%([-)]*)$", "$1"),
        text.str.replace(r"^\(([^-()]+)\)$", "-$1").str.replace(r"^([^-]+?) ?-$", "-$1"),
    )
    frame = texts.alias("text").to_frame().lazy()
    frame = frame.with_columns(
        text.str.contains("%", literal=True).alias("percent"), text.str.contains(_CURRENCY).alias("money")
    )
    for step in steps:
        frame = frame.with_columns(step)
    frame = frame.with_columns(text.str.starts_with("-").alias("negative"), text.str.replace(r"^[-+] ?", ""))
    other, shape = (".", _COMMA) if decimal == "," else (",", _POINT)
    thousandth = pl.col("money") & text.str.contains(_THREE) & ~text.str.contains(other, literal=True)
    digits = text.str.replace_all(f"[{other}' ]", "").str.replace(",", ".", literal=True)
    value = pl.when(text.str.contains(shape) & ~thousandth).then(digits).cast(pl.Float64, strict=False)
    value = pl.when(pl.col("percent")).then(value / 100).otherwise(value)
    value = pl.when(pl.col("negative")).then(-value).otherwise(value)
    return frame.select(pl.when(value.is_finite()).then(value).alias(texts.name)).collect(engine=IN_MEMORY).to_series()
