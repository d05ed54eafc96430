"""The shape of segments.yaml: which keys there are, what kind of value each takes, and what it is for.

Said once, for those who read a file, for editors and for the documentation. Conditions are no part of it:
`config.conditions` reads them.
"""

from __future__ import annotations

from segtool.config.kinds import (
    Age,
    Apart,
    CallingCode,
    Flag,
    Named,
    OneOf,
    Percent,
    Several,
    Text,
    Version,
    Whole,
)
from segtool.config.operators import TYPES
from segtool.config.platforms import PLATFORMS
from segtool.config.shape import Inner, Shape, possible, required, setting
from segtool.config.warnings import CODES

_NAME, _TEXT, _FLAG, _PERCENT = Text(r"\S"), Text(), Flag(), Percent()
_NAMES, _CODES = Several(_NAME), Several(OneOf(*CODES))
_LISTS, _APART = Named(_NAMES), Named(Apart())


class Guard(Shape):
    """How much a list may change in one run before it is held back."""

    left = possible(_PERCENT, "Largest share of a list that may leave in one run")
    entered = possible(_PERCENT, "Largest share of a list that may enter in one run")


class Guards(Guard):
    """The limits for everything that sets none of its own."""

    source_shrinks = setting(_PERCENT, 20.0, "Largest share of rows that a source may lose in one run")
    left = setting(_PERCENT, 50.0, "Largest share of a list that may leave in one run")
    entered = setting(_PERCENT, 300.0, "Largest share of a list that may enter in one run")


class SourceGuard(Shape):
    source_shrinks = required(_PERCENT, "Largest share of rows that this source may lose in one run")


class Fold(Shape):
    """Rows that are lines of one thing, such as an order."""

    by = required(_NAMES, "Rows with the same values of these columns become one row")
    gather = possible(_NAMES, "Columns whose values of all these rows become a list")


# How a file is read, of whatever table.
_TYPES = setting(Named(Text(offered=[*TYPES])), {}, "The type of a column, where it is not plain")
_SHEET = possible(_NAME, "The sheet of a workbook; needed when several have rows")
_DELIMITER = possible(OneOf(",", ";", "\t", "|", "tab"), "What separates the cells")
_ENCODING = possible(_NAME, "The encoding of the text, when it is not found by itself")
_DECIMAL = possible(OneOf(".", ","), "The decimal mark of numbers, if it is not found")
_DATES = possible(_NAMES, "day_first, month_first, iso, or patterns such as %d.%m.%Y")
_MISSING = possible(Several(_TEXT), "Texts that mean: no value")
_ROWS_ABOVE = possible(Whole(least=0, most=10_000), "How many rows stand above the header, if it is not found")
_SEPARATOR = setting(Text(r"[\s\S]"), ",", "What separates the elements of a list")


class Lookup(Shape):
    """A table with one row per value of a column; its columns are added to each event."""

    files = required(_NAMES, "A path, a pattern or a list of these; relative to this file")
    on = required(_NAME, "The column that the events and the table have in common")
    columns = setting(_LISTS, {}, "Our name of a column: its name in the file")
    types = _TYPES
    sheet = _SHEET
    delimiter = _DELIMITER
    encoding = _ENCODING
    decimal = _DECIMAL
    dates = _DATES
    missing = _MISSING
    skip_rows = _ROWS_ABOVE
    duplicates = setting(OneOf("last", "first", "error"), "last", "Which of two rows with one key counts")
    list_separator = _SEPARATOR


class Source(Shape):
    """Where a table is and what its columns are. Its `only` condition is read apart."""

    files = required(_NAMES, "A path, a pattern such as exports/*.csv, or a list; relative to this file")
    format = possible(_NAME, "A named export format, such as shopify.orders, that says the rest")
    id = possible(_NAME, "The column that identifies a contact; makes this the contacts")
    contact = possible(_NAME, "The column that says whose row this is")
    time = possible(_NAME, "The column that says when an event happened")
    event = possible(_NAME, "The column that says what happened")
    event_name = possible(_NAME, "The name of every event of this source")
    events = setting(_LISTS, {}, "Our name of an event: spelled in the file")
    unique = possible(_NAMES, "Rows with the same values of these columns are one event")
    columns = setting(_LISTS, {}, "Our name of a column: its name in the file, or a list of names it may have")
    from_file_name = setting(Named(_NAME), {}, "Our name of a column: the part of the file's name that is its value")
    fold = possible(Inner(Fold), "Makes one row of the lines of an order, or of whatever has several")
    lookup = setting(Several(Inner(Lookup)), (), "Tables whose columns are added to each event, such as a product's")
    types = _TYPES
    sheet = _SHEET
    delimiter = _DELIMITER
    encoding = _ENCODING
    decimal = _DECIMAL
    dates = _DATES
    timezone = possible(_TEXT, "The zone of times without an offset")
    missing = _MISSING
    skip_rows = _ROWS_ABOVE
    optional = setting(_FLAG, False, "Whether the files may be absent")
    max_age = possible(Age(), "How old the newest file may be, such as 36 hours")
    ready = possible(_NAMES, "Files that are written when the export is finished")
    duplicates = setting(OneOf("last", "first", "error"), "last", "Which of two rows with one id counts")
    list_separator = _SEPARATOR
    guard = possible(Inner(SourceGuard), "This source's own limit")
    silence = possible(_CODES, "Warnings about this source that check keeps to itself")

    @property
    def role(self) -> str:
        """contacts, events or attributes."""
        if self.id is not None:
            return "contacts"
        return "events" if self.time or self.event or self.event_name else "attributes"


class Rank(Shape):
    """How many of a ranking: a count, or a percentage of those who have a value."""

    count = possible(Whole(least=0), "How many people")
    percent = possible(_PERCENT, "How many percent of those who have a value, rounded up")
    by = required(_TEXT, "The field, trait or score that ranks")
    change_in = possible(_TEXT, "Rank by the change since then instead of the value")


class Segment(Shape):
    """Everything about a list but its `where`, which is read apart."""

    label = possible(_TEXT, "The name that people see")
    kind = setting(
        OneOf("static", "semi_dynamic", "dynamic"),
        "dynamic",
        "static is filled once, semi_dynamic only grows, dynamic follows its rule",
    )
    description = possible(_TEXT, "Why this list exists")
    columns = possible(_NAMES, "The columns of the list")
    sort = possible(_NAMES, "Columns to sort by; a leading - sorts downwards")
    exclude = possible(_NAMES, "Segments whose members are not on this list")
    top = possible(Inner(Rank), "Only those with the highest values")
    bottom = possible(Inner(Rank), "Only those with the lowest values")
    suppress = setting(_FLAG, True, "false: members of the suppressed lists stay on this one")
    add = possible(_NAMES, "Tables of ids that belong whatever the rule says")
    remove = possible(_NAMES, "Tables of ids that never belong; stronger than add")
    list = setting(_FLAG, True, "false: a helper that writes no list")
    export = possible(Several(OneOf(*PLATFORMS)), "Platforms that get a file of this list")
    guard = possible(Inner(Guard), "This list's own limits")
    silence = possible(_CODES, "Warnings about this segment that check keeps to itself")


class CsvStyle(Shape):
    delimiter = setting(OneOf(",", ";", "\t", "tab"), ",", "What separates the cells")
    bom = setting(_FLAG, False, "Begin with the mark by which Excel knows UTF-8")
    decimal = setting(OneOf(".", ","), ".", "The decimal mark of numbers")


class Audience(Shape):
    """Which fields hold what platforms know people by, where their names do not say it."""

    email = possible(_NAME, "The field with the e-mail address")
    phone = possible(_NAME, "The field with the phone number")
    first_name = possible(_NAME, "The field with the first name")
    last_name = possible(_NAME, "The field with the last name")
    company = possible(_NAME, "The field with the company")
    job_title = possible(_NAME, "The field with the job title")
    city = possible(_NAME, "The field with the city")
    state = possible(_NAME, "The field with the state or region")
    zip = possible(_NAME, "The field with the postal code")
    country = possible(_NAME, "The field with the country")
    record_id = possible(_NAME, "The field with the Record ID of HubSpot")
    birthday = possible(_NAME, "The field with the day or year of birth, for Meta")
    gender = possible(_NAME, "The field with the gender, for Meta")
    value = possible(_NAME, "The field with what the person is worth, for Meta")
    calling_code = possible(CallingCode(), "The country code of phones written without one")


class Output(Shape):
    """What is written, and where."""

    folder = setting(_NAME, "output", "Where the lists go; relative to this file")
    formats = setting(
        Several(OneOf("csv", "xlsx")), ("csv",), "csv: a file for each list; xlsx: all lists in one workbook"
    )
    template = possible(_NAME, "The workbook that the sheets of xlsx are added to")
    columns = possible(_NAMES, "The columns of every list that names none of its own")
    audience = setting(Inner(Audience), Audience(), "Which fields export: takes, and phone codes")
    csv = setting(Inner(CsvStyle), CsvStyle(), "How CSV files are written")


class Document(Shape):
    """The top of the file; sources and segments are checked one by one."""

    version = required(Version(), "Always 1")
    timezone = setting(_TEXT, "UTC", "Where days begin: an IANA name such as Europe/Riga")
    week_starts = setting(
        OneOf("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"),
        "monday",
        "The first day of a week",
    )
    as_of = possible(_TEXT, "The instant that counts as now; left out, it is the real one")
    guards = setting(Inner(Guards), Guards(), "How much may change before a run is stopped")
    output = setting(Inner(Output), Output(), "What is written, and where")
    silence = possible(_CODES, "Warnings that check keeps to itself")
    state = setting(_NAME, ".segtool", "Where snapshots are kept; relative to this file")
    sources = required(_APART, "The files that are read")
    traits = possible(_APART, "Named values computed for each contact")
    scores = possible(_APART, "Points for what people are and do")
    rfm = possible(_APART, "Recency, frequency and monetary value in bins")
    splits = possible(_APART, "Random arms that stay the same for ever")
    suppress = possible(_NAMES, "Segments whose members are on no other list")
    exclusive = setting(_LISTS, {}, "Groups of segments: a contact is in the first of a group that fits")
    segments = required(_APART, "Who is on which list")
