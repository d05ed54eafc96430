"""What names of files and columns hint at. Hints alone decide nothing: the data have to bear them out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from segtool.config.columns import folded, match_name


def _said(words: str) -> frozenset[str]:
    return frozenset(words.split())


_IDS = _said(
    """
    id customer contact user member person subscriber client account household lead buyer visitor cust who kunde kunden
    profile record shopper donor patron guest patient student employee recipient referredby
    """
)
_PEOPLE = _said(
    """
    contact customer people person subscriber member lead user profile account demographic audience client donor
    household prospect crm kunden kontakt
    """
)
_DEEDS = _said(
    """
    order purchase transaction sale payment invoice activity event click open visit view log web session bounce
    redemption campaign donation booking download signup response
    """
)
_THINGS = _said("product item article sku catalog catalogue campaign store shop plan category variant artikel produkt")
_TIMES = _said(
    "timestamp time date datetime at when created ordered occurred processed placed purchased paid day happened sent"
)
_LATER = re.compile(r"birth|dob|expir|due|valid|until|renew|trial|next|deadline|ends$|enddate")
_EVENTS = _said("event action activity eventtype eventname activitytype type kind what verb status interaction")
_MONEY = _said("amount total price revenue spend spent value sales dollar gross net paid sum turnover umsatz")
_LISTS = _said("tags labels interests languages topics groups lists categories segments hobbies")
_PERSONAL = re.compile(
    r"^name$|(first|last|full|middle|sur|given|family|nick|user|maiden|fore|customer|contact|billing|shipping)_?name|"
    r"vorname|nachname|prenom|^nom$|apellido|cognome|phone|mobile|^sms|fax|address|street|birth|dob|^ip$|optinip|"
    r"confirmip|latitude|longitude|^notes?$|comment|^message$|^leid$|^euid$|password|token|iban|card|^vat|^ssn"
)
_SHORT = {
    "purchase": _said("order purchase transaction sale payment invoice booking"),
    "click": _said("click"),
    "open": _said("open"),
    "bounce": _said("bounce"),
    "visit": _said("visit view web session"),
    "redemption": _said("redemption"),
    "donation": _said("donation"),
    "campaign": _said("campaign"),
}
_SPELLED = {
    "open": "opened opens emailopen emailopened openedemail",
    "click": "clicked clicks emailclick clickedlink clickedemail linkclick",
    "sent": "send sends emailsent",
    "delivered": "delivery deliver emaildelivered",
    "bounce": "bounced bounces emailbounce",
    "reply": "replied replies",
    "unsubscribe": "unsubscribed unsub optout unsubscribes",
    "purchase": "purchased order ordered bought placedorder sale sold",
    "refund": "refunded refunds return returned",
    "page_view": "pageview pageviewed viewedpage visit visited",
    "form": "formsubmitted submittedform formsubmit",
}
_NO_VALUE = (
    "n/a", "na", "-", "--", "null", "none", "nan", "#n/a", "(null)", "n.a.", "k. a.", "k.a.", "not available", "nil"
)  # fmt: skip


def words(name: str) -> list[str]:
    """The words of a name, in lower case and without a plural s: `Orders_Export-2026` → order, export."""
    parts = re.findall(r"[^\W\d_]+", re.sub(r"(?<=[a-zà-ž])(?=[A-ZÀ-Ž])", " ", name))
    lower = [part.lower() for part in parts]
    return [_singular(word) for word in lower]


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word in ("sales", "dates"):
        return word[:-1]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us", "sms")) and len(word) > 3 else word


def names_a_person(column: str) -> bool:
    """Whether a column of that name may say whose row it is."""
    bare = re.sub(r"(?:id|no|nr|number|key|code|email|mail)$", "", folded(column))
    return folded(column) in ("id", "email", "emailaddress", "mail", "whom", "who") or bare in _IDS


def holds_people(file: str) -> bool:
    return any(word in _PEOPLE for word in words(file))


def holds_things(file: str) -> bool:
    """Whether a file lists what deeds are about: products, campaigns."""
    return any(word in _THINGS for word in words(file)) and not (holds_people(file) or holds_deeds(file))


def holds_deeds(file: str) -> bool:
    return any(word in _DEEDS for word in words(file))


def names_a_time(column: str) -> bool:
    return any(word in _TIMES for word in words(column)) and not is_of_later(column)


def is_of_later(column: str) -> bool:
    """Birthdays and ends of trials: dates that no event happened at."""
    return _LATER.search(folded(column)) is not None


def is_birthday(column: str) -> bool:
    return re.search(r"birth|dob", folded(column)) is not None


def names_an_event(column: str) -> bool:
    return folded(column) in _EVENTS


def names_money(column: str) -> bool:
    return any(word in _MONEY or _singular(word) in _MONEY for word in words(column))


def names_a_list(column: str) -> bool:
    return folded(column) in _LISTS


def names_texts_of_digits(column: str) -> bool:
    """Zip codes and the like: digits that nobody counts."""
    return (
        re.search(
            r"zip|postal|postcode|plz|phone|mobile|fax|id$|^id|number$|nr$|code$|sku|upc|ean|isbn", folded(column)
        )
        is not None
    )


def is_personal(column: str) -> bool:
    """Whether the values of a column of that name are about one person each, or name her."""
    return _PERSONAL.search(folded(column)) is not None


def means_nothing(text: str) -> bool:
    return text.casefold() in _NO_VALUE


def event_of_file(file: str, otherwise: str) -> str:
    """What every row of a file is by the file's name: purchase, click …"""
    own = words(file)
    return next((name for name, hints in _SHORT.items() if any(word in hints for word in own)), otherwise or "event")


def event_of_spelling(text: str) -> str:
    """Our name of what a file calls `Clicked` or `Page view`."""
    bare = folded(text)
    for name, spelled in _SPELLED.items():
        if bare == folded(name) or bare in spelled.split():
            return name
    return slug(text)


def slug(text: str) -> str:
    """A name for the segments file: lower case, `_` between words."""
    return re.sub(r"[^a-z0-9]+", "_", _plain(text).lower()).strip("_")[:60]


def _plain(text: str) -> str:
    """Letters without their marks, where there is such a letter."""
    return "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))


def spoken(column: str, columns: Iterable[str]) -> str:
    """A column's name as a rule writes it: `first_name` for `First Name`, where that finds it."""
    easy = slug(column)
    known = list(columns)
    return easy if easy and match_name(easy, known) == column else column


def title(text: str) -> str:
    """A name as a label says it: `Total spent` for `total_spent`."""
    said = " ".join(re.split(r"[\s_.]+", text)).strip()
    return said[:1].upper() + said[1:]
