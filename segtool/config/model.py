"""The shape of segments.yaml: which keys there are and what kind of value each takes.

pydantic checks shapes here and nowhere else; its words never reach a user (`shape` translates them). Conditions
are no part of these models: `config.conditions` reads them. Refuses every key it does not know.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from segtool.config import times
from segtool.config.document import Spelled
from segtool.config.operators import TYPES
from segtool.config.platforms import PLATFORMS
from segtool.config.warnings import CODES, Code


def _value(data: Any) -> Any:
    return data.value if isinstance(data, Spelled) else data


def _tuple(data: Any) -> Any:
    return tuple(data) if isinstance(data, list) else (data,)


def _percent(data: Any) -> Any:
    text = str(data).removesuffix("%").strip()
    try:
        number = float(text)
    except ValueError:
        raise ValueError("a percentage such as 20 %") from None
    if not 0 <= number < 1e9:
        raise ValueError("a percentage such as 20 %")
    return number


def _calling_code(data: Any) -> str:
    code = str(data).removeprefix("+")
    if not re.fullmatch("[1-9][0-9]{0,3}", code):
        raise ValueError("the code that calls to a country begin with, such as 371 or 1")
    return code


_TEXT_OR_TEXTS: dict[str, Any] = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_CODE: dict[str, Any] = {"type": "string", "enum": list(CODES)}
_CODE_OR_CODES: dict[str, Any] = {"anyOf": [_CODE, {"type": "array", "items": _CODE}]}


def _one_or_several(names: list[str]) -> dict[str, Any]:
    return {"anyOf": [{"enum": names}, {"type": "array", "items": {"enum": names}, "minItems": 1}]}


Flag = Annotated[bool, BeforeValidator(_value)]
Count = Annotated[int, BeforeValidator(_value), Field(ge=0), WithJsonSchema({"type": "integer", "minimum": 0})]
Rows = Annotated[
    int,
    BeforeValidator(_value),
    Field(ge=0, le=10_000),
    WithJsonSchema({"type": "integer", "minimum": 0, "maximum": 10_000}),
]
Name = Annotated[str, Field(pattern=r"\S")]
Texts = Annotated[tuple[Name, ...], BeforeValidator(_tuple), Field(min_length=1), WithJsonSchema(_TEXT_OR_TEXTS)]
Marks = Annotated[tuple[str, ...], BeforeValidator(_tuple), Field(min_length=1), WithJsonSchema(_TEXT_OR_TEXTS)]
Codes = Annotated[tuple[Code, ...], BeforeValidator(_tuple), Field(min_length=1), WithJsonSchema(_CODE_OR_CODES)]
Percent = Annotated[float, BeforeValidator(_percent), WithJsonSchema({"type": ["string", "number"]})]
Formats = Annotated[
    tuple[Literal["csv", "xlsx"], ...],
    BeforeValidator(_tuple),
    Field(min_length=1),
    WithJsonSchema(_one_or_several(["csv", "xlsx"])),
]
CallingCode = Annotated[str, BeforeValidator(_calling_code), WithJsonSchema({"type": ["string", "integer"]})]
Export = Annotated[
    tuple[Literal["google_ads", "meta", "linkedin", "mailchimp", "klaviyo", "hubspot", "brevo"], ...],
    BeforeValidator(_tuple),
    Field(min_length=1),
    WithJsonSchema(_one_or_several([*PLATFORMS])),
]
Type = Annotated[str, Field(json_schema_extra={"enum": list(TYPES)})]


def _age(data: Any) -> Any:
    if times.duration(str(data)) is None:
        raise ValueError("a duration such as 36 hours or 2 days")
    return str(data)


_DURATION: dict[str, Any] = {"type": "string", "pattern": times.DURATION_PATTERN}
Age = Annotated[str, BeforeValidator(_age), WithJsonSchema(_DURATION)]


class Shape(BaseModel):
    """Frozen, strict, and closed: an unknown key is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Guard(Shape):
    """How much a list may change in one run before it is held back."""

    left: Percent | None = Field(None, description="Largest share of a list that may leave in one run")
    entered: Percent | None = Field(None, description="Largest share of a list that may enter in one run")


class Guards(Guard):
    """The limits for everything that sets none of its own."""

    source_shrinks: Percent = Field(20.0, description="Largest share of rows that a source may lose in one run")
    left: Percent = Field(50.0, description="Largest share of a list that may leave in one run")
    entered: Percent = Field(300.0, description="Largest share of a list that may enter in one run")


class SourceGuard(Shape):
    source_shrinks: Percent = Field(description="Largest share of rows that this source may lose in one run")


class Fold(Shape):
    """Rows that are lines of one thing, such as an order."""

    by: Texts = Field(description="Rows with the same values of these columns become one row")
    gather: Texts | None = Field(None, description="Columns whose values of all these rows become a list")


# How a file is read, of whatever table.
Types = Annotated[dict[str, Type], Field(description="The type of a column, where it is not plain")]
SheetName = Annotated[Name | None, Field(description="The sheet of a workbook; needed when several have rows")]
Delimiter = Annotated[Literal[",", ";", "\t", "|", "tab"] | None, Field(description="What separates the cells")]
Encoding = Annotated[Name | None, Field(description="The encoding of the text, when it is not found by itself")]
Decimal = Annotated[Literal[".", ","] | None, Field(description="The decimal mark of numbers, if it is not found")]
Dates = Annotated[Texts | None, Field(description="day_first, month_first, iso, or patterns such as %d.%m.%Y")]
Missing = Annotated[Marks | None, Field(description="Texts that mean: no value")]
RowsAbove = Annotated[Rows | None, Field(description="How many rows stand above the header, if it is not found")]
Separator = Annotated[str, Field(description="What separates the elements of a list", min_length=1)]


class Lookup(Shape):
    """A table with one row per value of a column; its columns are added to each event."""

    files: Texts = Field(description="A path, a pattern or a list of these; relative to this file")
    on: Name = Field(description="The column that the events and the table have in common")
    columns: dict[str, Texts] = Field(default_factory=dict, description="Our name of a column: its name in the file")
    types: Types = Field(default_factory=dict)
    sheet: SheetName = None
    delimiter: Delimiter = None
    encoding: Encoding = None
    decimal: Decimal = None
    dates: Dates = None
    missing: Missing = None
    skip_rows: RowsAbove = None
    duplicates: Literal["last", "first", "error"] = Field("last", description="Which of two rows with one key counts")
    list_separator: Separator = ","


Lookups = Annotated[tuple[Lookup, ...], BeforeValidator(_tuple), WithJsonSchema({})]


class Source(Shape):
    """Where a table is and what its columns are. Its `only` condition is read apart."""

    files: Texts = Field(description="A path, a pattern such as exports/*.csv, or a list; relative to this file")
    format: Name | None = Field(None, description="A named export format, such as shopify.orders, that says the rest")
    id: Name | None = Field(None, description="The column that identifies a contact; makes this the contacts")
    contact: Name | None = Field(None, description="The column that says whose row this is")
    time: Name | None = Field(None, description="The column that says when an event happened")
    event: Name | None = Field(None, description="The column that says what happened")
    event_name: Name | None = Field(None, description="The name of every event of this source")
    events: dict[str, Texts] = Field(default_factory=dict, description="Our name of an event: spelled in the file")
    unique: Texts | None = Field(None, description="Rows with the same values of these columns are one event")
    columns: dict[str, Texts] = Field(
        default_factory=dict, description="Our name of a column: its name in the file, or a list of names it may have"
    )
    from_file_name: dict[str, Name] = Field(
        default_factory=dict, description="Our name of a column: the part of the file's name that is its value"
    )
    fold: Fold | None = Field(None, description="Makes one row of the lines of an order, or of whatever has several")
    lookup: Lookups = Field((), description="Tables whose columns are added to each event, such as a product's")
    types: Types = Field(default_factory=dict)
    sheet: SheetName = None
    delimiter: Delimiter = None
    encoding: Encoding = None
    decimal: Decimal = None
    dates: Dates = None
    timezone: str | None = Field(None, description="The zone of times without an offset")
    missing: Missing = None
    skip_rows: RowsAbove = None
    optional: Flag = Field(False, description="Whether the files may be absent")
    max_age: Age | None = Field(None, description="How old the newest file may be, such as 36 hours")
    ready: Texts | None = Field(None, description="Files that are written when the export is finished")
    duplicates: Literal["last", "first", "error"] = Field("last", description="Which of two rows with one id counts")
    list_separator: Separator = ","
    guard: SourceGuard | None = Field(None, description="This source's own limit")
    silence: Codes | None = Field(None, description="Warnings about this source that check keeps to itself")

    @property
    def role(self) -> str:
        """contacts, events or attributes."""
        if self.id is not None:
            return "contacts"
        return "events" if self.time or self.event or self.event_name else "attributes"


class Rank(Shape):
    """How many of a ranking: a count, or a percentage of those who have a value."""

    count: Count | None = Field(None, description="How many people")
    percent: Percent | None = Field(None, description="How many percent of those who have a value, rounded up")
    by: str = Field(description="The field, trait or score that ranks")
    change_in: str | None = Field(None, description="Rank by the change since then instead of the value")


class Segment(Shape):
    """Everything about a list but its `where`, which is read apart."""

    label: str | None = Field(None, description="The name that people see")
    kind: Literal["static", "semi_dynamic", "dynamic"] = Field(
        "dynamic", description="static is filled once, semi_dynamic only grows, dynamic follows its rule"
    )
    description: str | None = Field(None, description="Why this list exists")
    columns: Texts | None = Field(None, description="The columns of the list")
    sort: Texts | None = Field(None, description="Columns to sort by; a leading - sorts downwards")
    exclude: Texts | None = Field(None, description="Segments whose members are not on this list")
    top: Rank | None = Field(None, description="Only those with the highest values")
    bottom: Rank | None = Field(None, description="Only those with the lowest values")
    suppress: Flag = Field(True, description="false: members of the suppressed lists stay on this one")
    add: Texts | None = Field(None, description="Tables of ids that belong whatever the rule says")
    remove: Texts | None = Field(None, description="Tables of ids that never belong; stronger than add")
    list: Flag = Field(True, description="false: a helper that writes no list")
    export: Export | None = Field(None, description="Platforms that get a file of this list")
    guard: Guard | None = Field(None, description="This list's own limits")
    silence: Codes | None = Field(None, description="Warnings about this segment that check keeps to itself")


class CsvStyle(Shape):
    delimiter: Literal[",", ";", "\t", "tab"] = Field(",", description="What separates the cells")
    bom: Flag = Field(False, description="Begin with the mark by which Excel knows UTF-8")
    decimal: Literal[".", ","] = Field(".", description="The decimal mark of numbers")


class Audience(Shape):
    """Which fields hold what platforms know people by, where their names do not say it."""

    email: Name | None = Field(None, description="The field with the e-mail address")
    phone: Name | None = Field(None, description="The field with the phone number")
    first_name: Name | None = Field(None, description="The field with the first name")
    last_name: Name | None = Field(None, description="The field with the last name")
    company: Name | None = Field(None, description="The field with the company")
    job_title: Name | None = Field(None, description="The field with the job title")
    city: Name | None = Field(None, description="The field with the city")
    state: Name | None = Field(None, description="The field with the state or region")
    zip: Name | None = Field(None, description="The field with the postal code")
    country: Name | None = Field(None, description="The field with the country")
    record_id: Name | None = Field(None, description="The field with the Record ID of HubSpot")
    birthday: Name | None = Field(None, description="The field with the day or year of birth, for Meta")
    gender: Name | None = Field(None, description="The field with the gender, for Meta")
    value: Name | None = Field(None, description="The field with what the person is worth, for Meta")
    calling_code: CallingCode | None = Field(None, description="The country code of phones written without one")


class Output(Shape):
    """What is written, and where."""

    folder: Name = Field("output", description="Where the lists go; relative to this file")
    formats: Formats = Field(("csv",), description="csv: a file for each list; xlsx: all lists in one workbook")
    template: Name | None = Field(None, description="The workbook that the sheets of xlsx are added to")
    columns: Texts | None = Field(None, description="The columns of every list that names none of its own")
    audience: Audience = Field(
        default_factory=lambda: Audience.model_validate({}), description="Which fields export: takes, and phone codes"
    )
    csv: CsvStyle = Field(default_factory=lambda: CsvStyle.model_validate({}), description="How CSV files are written")


class Document(Shape):
    """The top of the file; sources and segments are checked one by one."""

    version: Annotated[int, BeforeValidator(_value), WithJsonSchema({"const": 1})] = Field(description="Always 1")
    timezone: str = Field("UTC", description="Where days begin: an IANA name such as Europe/Riga")
    week_starts: Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] = Field(
        "monday", description="The first day of a week"
    )
    as_of: str | None = Field(None, description="The instant that counts as now; left out, it is the real one")
    guards: Guards = Field(
        default_factory=lambda: Guards.model_validate({}), description="How much may change before a run is stopped"
    )
    output: Output = Field(default_factory=lambda: Output.model_validate({}), description="What is written, and where")
    silence: Codes | None = Field(None, description="Warnings that check keeps to itself")
    state: Name = Field(".segtool", description="Where snapshots are kept; relative to this file")
    sources: dict[str, Any] = Field(description="The files that are read")
    traits: dict[str, Any] | None = Field(None, description="Named values computed for each contact")
    scores: dict[str, Any] | None = Field(None, description="Points for what people are and do")
    rfm: dict[str, Any] | None = Field(None, description="Recency, frequency and monetary value in bins")
    splits: dict[str, Any] | None = Field(None, description="Random arms that stay the same for ever")
    suppress: Texts | None = Field(None, description="Segments whose members are on no other list")
    exclusive: dict[str, Texts] = Field(
        default_factory=dict, description="Groups of segments: a contact is in the first of a group that fits"
    )
    segments: dict[str, Any] = Field(description="Who is on which list")
