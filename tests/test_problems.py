"""Every mistake a person makes, and the sentence it gets.

A section below holds cases: what was written, and after `=>` what `segtool check --format concise` prints. Each problem
of the package is provoked here at least once; the last tests see to it.
"""

# ruff: noqa: E501 - a sentence stands on one line here, as it does on a screen

from __future__ import annotations

import ast
import io
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sections import cases
from typer.testing import CliRunner

import segtool
from segtool.cli import app
from segtool.cli.starting import init
from segtool.config.problems import ConfigError, DataError
from segtool.config.warnings import CODES
from segtool.sources.glance import Glance, glance

PACKAGE = Path(segtool.__file__).parent
Content = Mapping[str, str | bytes]

CONTACTS = """\
email,name,state,age,joined,seen,vip,tags
ann@x.org,Ann,NJ,30,2026-01-02,2026-01-02 10:00,true,a
bob@x.org,Bob,,41,2026-02-03,2026-02-03 11:00,false,b
"""
ACTIVITY = """\
email,at,what,url,amount
ann@x.org,2026-05-01 10:00,open,/a,3
bob@x.org,2026-05-02 10:00,click,/b,4
"""


@dataclass(frozen=True)
class Told:
    """What `segtool check` printed, and its exit code."""

    lines: str
    code: int


Check = Callable[..., Told]


@pytest.fixture
def check(files: Callable[[Content], Path], monkeypatch: pytest.MonkeyPatch) -> Check:
    """Checks a segments.yaml beside contacts.csv, activity.csv and `others`; None takes a file away."""

    def run(text: str | bytes, others: Mapping[str, str | bytes | None] | None = None, form: str = "concise") -> Told:
        content = {"contacts.csv": CONTACTS, "activity.csv": ACTIVITY, **(others or {}), "segments.yaml": text}
        folder = files({name: written for name, written in content.items() if written is not None})
        monkeypatch.chdir(folder)
        result = CliRunner().invoke(app, ["check", "--format", form])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Told(result.stdout.rstrip("\n"), result.exit_code)

    return run


def each(section: str) -> pytest.MarkDecorator:
    """A test for every case of a section."""
    found = [(said, "\n".join(told)) for said, told in cases(section)]
    return pytest.mark.parametrize(("said", "told"), found, ids=[" ".join(said.split())[-70:] for said, _ in found])


# --- conditions ----------------------------------------------------------------------------------------------------

CONDITIONS_IN = """\
version: 1
as_of: 2026-06-01
sources:
  contacts: {files: contacts.csv, id: email, types: {tags: list}}
  activity: {files: activity.csv, contact: email, time: at, event: what}
segments:
  a: {where: %s}
  everyone_else: {where: everyone}
"""

CONDITIONS = r"""
{field: sate, is: NJ}
=> segments.yaml:7:22: error[unknown-field] there is no field "sate"; did you mean "state"?

{field: state, si: NJ}
=> segments.yaml:7:29: error[unknown-operator] there is no operator "si"; did you mean "is"?

{field: state, is: }
=> segments.yaml:7:32: error[wrong-value] "is" needs a value here; for fields without a value write is_set: false

{field: state, is: []}
=> segments.yaml:7:33: error[empty-list] "is" has an empty list, which nothing fits; write a value

{field: state, is: [NJ, {a: 1}]}
=> segments.yaml:7:38: error[wrong-value] "is" needs a value here, not a mapping or list

{field: state, starts_with: ''}
=> segments.yaml:7:42: error[wrong-value] "starts_with" needs a value here; for fields without a value write is_set: false

{field: state}
=> segments.yaml:7:15: error[no-operator] nothing is asked about this field; add an operator, such as is: … or is_set: true

{field: [state], is: a}
=> segments.yaml:7:22: error[wrong-value] the name of a field is expected here, not a list

{field: url, contains: a}
=> segments.yaml:7:22: error[unknown-field] there is no field "url"; "activity" has such a column, and columns of events are asked for with {did: …, where: …}

{field: age, above: old}
=> segments.yaml:7:34: error[wrong-value] "age" holds numbers, and "old" is not one

{field: age, above: 1e999}
=> segments.yaml:7:34: error[wrong-value] "age" holds numbers, and "1e999" is not one

{field: age, between: 3}
=> segments.yaml:7:36: error[wrong-value] "between" takes two values: [from, to]

{field: age, between: [1, 2, 3]}
=> segments.yaml:7:36: error[wrong-value] "between" takes two values: [from, to]

{field: age, contains: x}
=> segments.yaml:7:27: error[wrong-type] "age" holds numbers, and "contains" is for text; if it should be that, declare it at its source: types: {age: text}

{field: state, above: 3}
=> segments.yaml:7:29: error[wrong-type] "state" holds text, and "above" is for numbers; if it should be that, declare it at its source: types: {state: number}

{field: vip, is: maybe}
=> segments.yaml:7:31: error[wrong-value] "vip" is true or false, not "maybe"

{field: state, is: NJ, match_case: sometimes}
=> segments.yaml:7:49: error[wrong-value] true or false is expected here, not "sometimes"

{field: joined, is_set: maybe}
=> segments.yaml:7:38: error[wrong-value] true or false is expected here, not "maybe"

{field: joined, in_last: 30d}
=> segments.yaml:7:39: error[wrong-duration] "30d" is no length of time; write a number and minutes, hours, days, weeks, months or years: 30 days

{field: joined, in_last: 30 days ago}
=> segments.yaml:7:39: error[wrong-duration] "30 days ago" is no length of time; did you mean "30 days"?

{field: joined, in_last: }
=> segments.yaml:7:38: error[wrong-duration] write a number and minutes, hours, days, weeks, months or years: 30 days

{field: joined, in_last: 90 minutes}
=> segments.yaml:7:30: error[minutes-of-days] "joined" holds whole days; "90 minutes" needs a time of day; write days

{field: joined, before: never}
=> segments.yaml:7:38: error[wrong-point] "never" is no point in time; write a date (2026-05-01), a date and time, today, 30 days ago or in 7 days

{field: joined, before: 30 days}
=> segments.yaml:7:38: error[wrong-point] "30 days" is a length of time; did you mean "30 days ago"?

{field: joined, on: 2026-02-30}
=> segments.yaml:7:34: error[wrong-point] "2026-02-30" is no day and time that there is; check its numbers: 2026-05-01 or 2026-05-01T09:00

{field: joined, on: yesterdy}
=> segments.yaml:7:34: error[wrong-point] "yesterdy" is no point in time; did you mean "yesterday"?

{field: joined, on: {field: joined, day: 1}}
=> segments.yaml:7:50: error[unknown-key] "day" means nothing beside a field that is compared with; known there: field

{field: joined, between: [2026-01-01, soon]}
=> segments.yaml:7:52: error[wrong-point] "soon" is no point in time; write a date (2026-05-01), a date and time, today, 30 days ago or in 7 days

{field: joined, during: this wek}
=> segments.yaml:7:38: error[wrong-period] "this wek" is no calendar period; did you mean "this week"?

{field: joined, during: spring}
=> segments.yaml:7:38: error[wrong-period] "spring" is no calendar period; write today, yesterday, tomorrow, or this/last/next week, month, quarter or year

{field: joined, during: }
=> segments.yaml:7:37: error[wrong-period] write today, yesterday, tomorrow, or this/last/next week, month, quarter or year

{field: joined, anniversary: {in_nxt: 7 days}}
=> segments.yaml:7:44: error[unknown-key] "in_nxt" means nothing inside anniversary; did you mean "in_next"?

{field: joined, anniversary: {in_next: 7 hours}}
=> segments.yaml:7:53: error[minutes-of-days] an anniversary is a whole day; write days, weeks or months

{field: joined, anniversary: {}}
=> segments.yaml:7:43: error[wrong-value] write anniversary: {in_next: 7 days}

{field: joined, anniversary: {field: joined}}
=> segments.yaml:7:44: error[unknown-key] "field" means nothing inside anniversary; known there: in_next and in_last

{field: joined, is: 2026-01-01}
=> segments.yaml:7:30: error[wrong-type] "joined" holds dates, and "is" is for text; write "on" instead

{field: joined, before: {field: age}}
=> segments.yaml:7:46: error[wrong-type] "joined" holds dates and "age" numbers; they cannot be compared

{field: age, above: {field: stte}}
=> segments.yaml:7:42: error[unknown-field] there is no field "stte"; did you mean "state"?

{field: age, change_in: 30 days, above: 2}
=> segments.yaml:7:22: error[no-history] "age" has no history in the files; change_in is for traits and scores

{field: tags, is: a}
=> segments.yaml:7:28: error[wrong-type] "tags" holds lists, and "is" is for text; write "has" instead

{field: tags, has: [a, b]}
=> segments.yaml:7:33: error[wrong-value] "has" takes one value, not a list; use has_any or has_all for several

{field: tags, size: 2}
=> segments.yaml:7:34: error[wrong-value] size takes bounds: size: {at_least: 2}

{field: tags, size: {at_lest: 2}}
=> segments.yaml:7:35: error[unknown-key] "at_lest" means nothing inside size; did you mean "at_least"?

{field: tags, size: {at_least: two}}
=> segments.yaml:7:45: error[wrong-value] a number is expected here, not "two"

{field: tags, size: {}}
=> segments.yaml:7:34: error[wrong-value] size takes bounds: size: {at_least: 2}

{field: state, matches: '('}
=> segments.yaml:7:38: error[wrong-pattern] "(" is no regular expression: unclosed group

{field: state, matches: '(?=a)b'}
=> segments.yaml:7:38: error[wrong-pattern] "(?=a)b" is no regular expression: look-around is not supported; say it with a second condition

{field: state, matches: '(a)\1'}
=> segments.yaml:7:38: error[wrong-pattern] "(a)\1" is no regular expression: back-references are not supported

{field: state, matches: "a\0"}
=> segments.yaml:7:38: error[wrong-value] a pattern cannot hold a NUL character

{did: opne}
=> segments.yaml:7:20: error[unknown-event] no row has the event "opne"; did you mean "open"? If the name is right and has not happened yet, name it in events: at its source

{did: Open}
=> segments.yaml:7:20: error[unknown-event] no row has the event "Open"; did you mean "open"? If the name is right and has not happened yet, name it in events: at its source

{did: activity.clicks}
=> segments.yaml:7:20: error[unknown-event] no row has the event "clicks"; did you mean "click"? If the name is right and has not happened yet, name it in events: at its source

{did: purchase}
=> segments.yaml:7:20: warning[never-happens] no row has the event "purchase"

{did: }
=> segments.yaml:7:19: error[wrong-value] the name of an event is expected here

{did: []}
=> segments.yaml:7:20: error[empty-list] an empty list; the name of an event is expected

{did: open, at_least: two}
=> segments.yaml:7:36: error[wrong-value] a number is expected here, not "two"

{did: open, at_least: 1e300}
=> segments.yaml:7:36: error[wrong-value] 1e300 is too large a number; write a smaller one

{did: open, at_lest: 2}
=> segments.yaml:7:26: error[unknown-key] "at_lest" means nothing beside "did"; did you mean "at_least"?

{did: open, sum: amount}
=> segments.yaml:7:26: error[measure-without-bound] "sum: amount" is not compared with anything; add at_least, at_most, above or below

{did: open, distinct: dy, at_least: 2}
=> segments.yaml:7:26: error[unknown-field] the events "open" have no column "dy"; did you mean "day"?

{did: open, sum: amout, above: 2}
=> segments.yaml:7:26: error[unknown-field] the events "open" have no column "amout"; did you mean "amount"?

{did: open, sum: url, above: 2}
=> segments.yaml:7:26: error[wrong-type] "sum" needs numbers, and "url" of "activity" holds text; declare it at its source: types: {url: number}

{did: open, sum: amount, average: amount, above: 1}
=> segments.yaml:7:39: error[two-measures] "sum" and "average" in one condition; use one, or two conditions

{did: open, where: {field: ulr, is: a}}
=> segments.yaml:7:41: error[unknown-field] the events "open" have no column "ulr"; did you mean "url"?

{did: open, where: {field: page, is: a}}
=> segments.yaml:7:41: error[unknown-field] the events "open" have no column "page"; they have amount, at, email, url and what

{did: open, where: {did: click}}
=> segments.yaml:7:34: error[not-of-a-row] "did" cannot stand here, where a rule looks at one row only; write {field: COLUMN, …}

{did: open, where: }
=> segments.yaml:7:32: error[not-a-condition] a condition is missing here; write {field: …}

{did: open, after: {field: joined}}
=> segments.yaml:7:33: error[wrong-point] the time of an event cannot be compared with a field; write a date, or 30 days ago

{did: open, between: 3}
=> segments.yaml:7:35: error[wrong-value] between takes two points in time: [from, to]

{did: open, first_time: true, most_recent: true}
=> segments.yaml:7:44: error[two-ends] first_time and most_recent in one condition; use two

{did: open, first_time: true, at_least: 2}
=> segments.yaml:7:44: error[one-event] "at_least" cannot stand beside first_time, which is about one event

{did: open, has: {field: url, is: a}}
=> segments.yaml:7:26: error[has-alone] has: is about the latest event; add most_recent: true

{did: open, then: {did: click}}
=> segments.yaml:7:26: error[no-within] "then" needs within: how soon after, such as within: 14 days

{did: open, within: 3 days}
=> segments.yaml:7:26: error[within-alone] within: says how soon; add then: {did: …} or then_not: {did: …}

{did: open, then: {did: click}, then_not: {did: click}, within: 3 days}
=> segments.yaml:7:46: error[two-follows] then and then_not in one condition; use two

{did: open, then: click, within: 3 days}
=> segments.yaml:7:32: error[wrong-value] write then: {did: EVENT}, with where: if it matters

{did: open, periods: 0 days, at_least: 2}
=> segments.yaml:7:35: error[wrong-duration] periods of no length cannot be counted

{did: open, most_recent: true, has: {field: page, is: a}}
=> segments.yaml:7:58: error[unknown-field] the events "open" have no column "page"; they have amount, at, email, url and what

{in_segment: b}
=> segments.yaml:7:27: error[unknown-segment] there is no segment "b"; the segments are a and everyone_else

{in_segment: }
=> segments.yaml:7:26: error[wrong-value] the name of a segment is expected here

{in_segment: a}
=> segments.yaml:7:3: error[circle] segments refer to each other in a circle: a → a; take one of these references out

{in_segment: everyone_else, for: 3 days}
=> segments.yaml:7:42: error[unknown-key] "for" means nothing beside "in_segment"; did you mean "for_at_least"?

{split: test, is: A}
=> segments.yaml:7:22: error[unknown-split] there is no split "test"; name its arms: splits: {NAME: {A: 50, B: 50}}

{split: test}
=> segments.yaml:7:15: error[missing-key] "split" needs an arm: {split: NAME, is: ARM}

{is: NJ}
=> segments.yaml:7:15: error[unknown-condition] "is" does not begin a condition; it needs a field: {field: NAME, is: …}

{feild: state, is: NJ}
=> segments.yaml:7:15: error[unknown-condition] "feild" does not begin a condition; did you mean "field"?

{state: NJ}
=> segments.yaml:7:15: error[unknown-condition] "state" does not begin a condition; one begins with all, any, none, not, some, field, did, did_not, in_segment, not_in_segment, split

{}
=> segments.yaml:7:14: error[empty-condition] an empty condition; write {field: …} or {did: …}

[]
=> segments.yaml:7:14: error[empty-list] an empty list of conditions; write at least one, or where: everyone

{all: []}
=> segments.yaml:7:20: error[empty-list] an empty list of conditions; write at least one, or where: everyone

{all: {field: state, is: a}}
=> segments.yaml:7:20: error[not-a-list] a list of conditions is expected here: [{…}, {…}]

{not: }
=> segments.yaml:7:19: error[not-a-condition] a condition is missing here; write {field: …}, {did: …} or everyone

everybody
=> segments.yaml:7:14: error[not-a-condition] "everybody" is no condition; write {field: …}, {did: …} or everyone

{some: {of: [everyone]}}
=> segments.yaml:7:15: error[some-shape] "some" needs at_least, at_most or exactly: {at_least: 2, of: [{…}, {…}]}

{some: {at_least: 1}}
=> segments.yaml:7:15: error[some-shape] "some" needs its conditions: {at_least: 2, of: [{…}, {…}]}

{some: 3}
=> segments.yaml:7:21: error[some-shape] "some" is written so: {at_least: 2, of: [{…}, {…}]}

{some: {at_lest: 1, of: [everyone]}}
=> segments.yaml:7:22: error[unknown-key] "at_lest" means nothing inside "some"; did you mean "at_least"?

{all: [everyone], any: [everyone]}
=> segments.yaml:7:32: error[two-conditions] "all" and "any" stand in one condition; put each into a list item of its own

{field: state, is: NJ, did: open}
=> segments.yaml:7:37: error[two-conditions] "field" and "did" stand in one condition; put each into a list item of its own

{all: [everyone], at_least: 2}
=> segments.yaml:7:32: error[unknown-key] "at_least" means nothing beside "all"; remove it
"""


@each(CONDITIONS)
def test_a_condition(said: str, told: str, check: Check) -> None:
    assert check(CONDITIONS_IN % said) == Told(told, 2 if "error[" in told else 0)


def test_a_hundred_levels_are_enough(check: Check) -> None:
    def nested(levels: int) -> str:
        return CONDITIONS_IN % ("{not: " * levels + "{field: state, is: NJ}" + "}" * levels)

    assert check(nested(100)) == Told("", 0)
    assert check(nested(101)) == Told(
        "segments.yaml:7:620: error[too-deep] conditions are nested more than 100 levels deep; make parts of them segments of their own",
        2,
    )


# --- settings ------------------------------------------------------------------------------------------------------

THE_TOP_IN = """\
version: 1
%s
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: everyone}
"""

OF_THE_TOP = r"""
retention: 3
=> segments.yaml:2:1: error[unknown-key] "retention" means nothing in a segments file; known there: version, timezone, week_starts, as_of, guards, output, silence, state, sources, traits, scores, rfm, splits, suppress, exclusive and segments

timezone: Riga
=> segments.yaml:2:11: error[unknown-timezone] there is no time zone "Riga"; did you mean "Europe/Riga"?

timezone: Europe/riga
=> segments.yaml:2:11: error[unknown-timezone] there is no time zone "Europe/riga"; did you mean "Europe/Riga"?

timezone: Mars/Base
=> segments.yaml:2:11: error[unknown-timezone] there is no time zone "Mars/Base"; write an IANA name such as Europe/Riga, America/New_York or UTC

timezone: [UTC]
=> segments.yaml:2:11: error[wrong-value] "timezone" takes a text, not a list

timezone:
=> segments.yaml:2:10: error[wrong-value] "timezone" takes a text, and there is nothing here

as_of: 30/06/2026
=> segments.yaml:2:8: error[wrong-point] as_of is a date or a date and time (2026-05-01T09:00), not "30/06/2026"

as_of: 0001-01-01T00:00+10:00
=> segments.yaml:2:8: error[wrong-point] as_of is a date or a date and time (2026-05-01T09:00), not "0001-01-01T00:00+10:00"

week_starts: funday
=> segments.yaml:2:14: error[wrong-value] "week_starts" cannot be "funday"; did you mean "sunday"?

week_starts: [monday]
=> segments.yaml:2:14: error[wrong-value] "week_starts" takes a text, not a list

guards: {left: lots}
=> segments.yaml:2:16: error[wrong-value] "left" takes a percentage such as 20 %, not "lots"

guards: {lft: 20 %}
=> segments.yaml:2:10: error[unknown-key] "lft" means nothing in "guards" of a segments file; did you mean "left"?

guards: 20
=> segments.yaml:2:9: error[wrong-value] "guards" takes a mapping of `name: value`, not "20"

output: {csv: {delimiter: x}}
=> segments.yaml:2:27: error[wrong-value] "delimiter" cannot be "x"; write ",", ";" or tab

output: {csv: {bom: maybe}}
=> segments.yaml:2:21: error[wrong-value] "bom" takes true or false, not "maybe"

output: {folder: ''}
=> segments.yaml:2:18: error[wrong-value] "folder" is empty; write a value

output: {columns: []}
=> segments.yaml:2:19: error[wrong-value] "columns" is empty; write a value

output: {columns: [emial]}
=> segments.yaml:2:20: error[unknown-field] there is no field "emial"; did you mean "email"?

output: {csv: {decimal: ","}}
=> segments.yaml:2:25: error[decimal-comma] numbers with a decimal comma would be split where cells are; write delimiter: ";"

output: {formats: xls}
=> segments.yaml:2:19: error[wrong-value] "formats" cannot be "xls"; did you mean "xlsx"?

output: {template: board.xlsx}
=> segments.yaml:2:20: error[unused-template] a template is for the workbook, and formats: does not ask for one; write formats: [csv, xlsx]

output: {formats: xlsx, template: board.xlsx}
=> segments.yaml:2:35: error[no-template] there is no file board.xlsx; template: is a workbook, as Excel saves it

output: {formats: xlsx, template: contacts.csv}
=> segments.yaml:2:35: error[unusable-template] contacts.csv is damaged or no workbook; open it in Excel and save it anew as .xlsx

output: {audience: {phone: mobil}}
=> segments.yaml:2:28: error[unknown-field] there is no field "mobil"; did you mean "email"?

output: {audience: {fax: name}}
=> segments.yaml:2:21: error[unknown-key] "fax" means nothing in "audience" of a segments file; known there: email, phone, first_name, last_name, company, job_title, city, state, zip, country, record_id, birthday, gender, value and calling_code

output: {audience: {calling_code: 0}}
=> segments.yaml:2:35: error[wrong-value] "calling_code" takes the code that calls to a country begin with, such as 371 or 1, not "0"

output: {columns: [[email]]}
=> segments.yaml:2:20: error[wrong-value] "columns" takes a text, not a list
"""

CONTACTS_IN = """\
version: 1
sources:
  contacts: {files: contacts.csv, id: email, %s}
segments:
  a: {where: everyone}
"""

OF_CONTACTS = r"""
time: joined
=> segments.yaml:3:39: error[two-roles] a source with id: is the contacts; contact:, time: and event: belong into other sources

unique: email
=> segments.yaml:3:54: error[wrong-role] unique: is for events; for contacts and tables say duplicates: last or first

types: {joined: dat}
=> segments.yaml:3:62: error[unknown-type] there is no type "dat"; did you mean "date"?

types: {joined: colour}
=> segments.yaml:3:62: error[unknown-type] there is no type "colour"; write text, email, integer, number, boolean, date, datetime or list

typs: {age: number}, types: {joined: dat}
=> segments.yaml:3:46: error[unknown-key] "typs" means nothing in source "contacts"; did you mean "types"?
=> segments.yaml:3:83: error[unknown-type] there is no type "dat"; did you mean "date"?

types: [joined]
=> segments.yaml:3:53: error[wrong-value] "types" takes a mapping of `name: value`, not a list

timezone: new york
=> segments.yaml:3:56: error[unknown-timezone] there is no time zone "new york"; did you mean "America/New_York"?

dates: dayfirst
=> segments.yaml:3:53: error[wrong-dates] dates cannot be "dayfirst"; write day_first, month_first, iso, or a pattern such as %d.%m.%Y

dates: '%d.%m'
=> segments.yaml:3:53: error[wrong-dates] dates cannot be "%d.%m"; write day_first, month_first, iso, or a pattern such as %d.%m.%Y

dates: ['%d.%m.%Y %H']
=> segments.yaml:3:46: error[wrong-dates] dates cannot be "%d.%m.%Y %H"; write day_first, month_first, iso, or a pattern such as %d.%m.%Y

encoding: klingon
=> segments.yaml:3:56: error[wrong-encoding] there is no encoding "klingon"; write utf-8, windows-1252, utf-16 or mac-roman

encoding: base64
=> segments.yaml:3:56: error[wrong-encoding] there is no encoding "base64"; write utf-8, windows-1252, utf-16 or mac-roman

encoding: punycode
=> segments.yaml:3:56: error[wrong-encoding] there is no encoding "punycode"; write utf-8, windows-1252, utf-16 or mac-roman

skip_rows: two
=> segments.yaml:3:57: error[wrong-value] "skip_rows" takes a whole number, not "two"

skip_rows: -1
=> segments.yaml:3:57: error[wrong-value] "skip_rows" takes a number that is not negative, not "-1"

skip_rows: 1000000
=> segments.yaml:3:57: error[wrong-value] "skip_rows" is at most 10,000

duplicates: newest
=> segments.yaml:3:58: error[wrong-value] "duplicates" cannot be "newest"; write last, first or error

decimal: x
=> segments.yaml:3:55: error[wrong-value] "decimal" cannot be "x"; write "." or ","

list_separator: ''
=> segments.yaml:3:62: error[wrong-value] "list_separator" is empty; write a value

guard: {left: 3}
=> segments.yaml:3:46: error[missing-key] "guard" of source "contacts" needs "source_shrinks": largest share of rows that this source may lose in one run
=> segments.yaml:3:54: error[unknown-key] "left" means nothing in "guard" of source "contacts"; known there: source_shrinks

fomat: hubspot
=> segments.yaml:3:46: error[unknown-key] "fomat" means nothing in source "contacts"; did you mean "format"?

quux: 1
=> segments.yaml:3:46: error[unknown-key] "quux" means nothing in source "contacts"; known there: files, format, id, contact, time, event, event_name, events, unique, columns, from_file_name, fold, lookup, types, sheet, delimiter, encoding, decimal, dates, timezone, missing, skip_rows, optional, max_age, ready, duplicates, list_separator, guard, silence and only

format: hubspot.contact
=> segments.yaml:3:54: error[unknown-format] there is no format "hubspot.contact"; did you mean "hubspot.contacts"?

format: klav
=> segments.yaml:3:54: error[unknown-format] there is no format "klav"; did you mean "klaviyo.profiles"?

only: {field: sate, is: NJ}
=> segments.yaml:3:60: error[unknown-field] source "contacts" has no column "sate"; did you mean "state"?

only: {did: open}
=> segments.yaml:3:53: error[not-of-a-row] "did" cannot stand here, where a rule looks at one row only; write {field: COLUMN, …}

only:
=> segments.yaml:3:51: error[not-a-condition] a condition is missing here; write {field: …}
"""

EVENTS_IN = """\
version: 1
sources:
  contacts: {files: contacts.csv, id: email}
  activity: {files: activity.csv, contact: email, %s}
segments:
  a: {where: everyone}
"""

OF_EVENTS = r"""
time: at, event: what, event_name: open
=> segments.yaml:4:86: error[two-roles] event: names a column and event_name: names every row; remove one of them

time: at, events: {open: Opened}
=> segments.yaml:4:61: error[events-without-event] events: needs event: COLUMN, the column that says what happened

time: at, event: what, events: {open: [x], click: [x]}
=> segments.yaml:4:94: error[two-names] "x" is given to two events, "open" and "click"; remove it from one of them
"""

A_SEGMENT_IN = """\
version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {%s}
"""

OF_A_SEGMENT = r"""
label: All
=> segments.yaml:5:3: error[missing-key] segment "a" needs "where": who belongs, such as {field: state, is: NJ} or everyone

whre: everyone
=> segments.yaml:5:7: error[unknown-key] "whre" means nothing in segment "a"; did you mean "where"?

lable: All, where: everyone
=> segments.yaml:5:7: error[unknown-key] "lable" means nothing in segment "a"; did you mean "label"?

label: [All], where: everyone
=> segments.yaml:5:14: error[wrong-value] "label" takes a text, not a list

lable: All, where: {field: sate, is: NJ}
=> segments.yaml:5:7: error[unknown-key] "lable" means nothing in segment "a"; did you mean "label"?
=> segments.yaml:5:34: error[unknown-field] there is no field "sate"; did you mean "state"?

where: everyone, list: perhaps
=> segments.yaml:5:30: error[wrong-value] "list" takes true or false, not "perhaps"

where: everyone, sort: -agee
=> segments.yaml:5:30: error[unknown-field] there is no field "agee"; did you mean "age"?

where: everyone, columns: [nam, email]
=> segments.yaml:5:34: error[unknown-field] there is no field "nam"; did you mean "name"?

where: everyone, guard: 3
=> segments.yaml:5:31: error[wrong-value] "guard" takes a mapping of `name: value`, not "3"

where: everyone, exclude: buyers
=> segments.yaml:5:33: error[unknown-segment] there is no segment "buyers"; the segments are a

where: everyone, kind: statik
=> segments.yaml:5:30: error[wrong-value] "kind" cannot be "statik"; did you mean "static"?

where: everyone, suppress: maybe
=> segments.yaml:5:34: error[wrong-value] "suppress" takes true or false, not "maybe"

where: everyone, top: {count: 2, by: state}
=> segments.yaml:5:44: error[wrong-type] "state" holds text; a ranking needs numbers or dates

where: everyone, top: {count: 2, by: scor}
=> segments.yaml:5:44: error[unknown-field] there is no field "scor"; the fields are email, name, state, age, joined, seen, vip and tags

where: everyone, top: {count: 2, by: age}, bottom: {count: 2, by: age}
=> segments.yaml:5:50: error[rank-shape] top: and bottom: in one segment; keep one, and make a second segment for the other

where: everyone, top: {by: age}
=> segments.yaml:5:24: error[rank-shape] top: takes one of count: and percent:

where: everyone, top: {count: 2, percent: 3, by: age}
=> segments.yaml:5:24: error[rank-shape] top: takes one of count: and percent:

where: everyone, top: {count: 2, by: age, change_in: 30 days}
=> segments.yaml:5:44: error[no-history] "age" has no history in the files; change_in is for traits and scores

where: everyone, top: {count: 2, by: age, change_in: lately}
=> segments.yaml:5:44: error[no-history] "age" has no history in the files; change_in is for traits and scores
=> segments.yaml:5:60: error[wrong-duration] "lately" is no length of time; write a number and minutes, hours, days, weeks, months or years: 30 days
"""

COMPUTED_IN = """\
version: 1
sources:
  contacts: {files: contacts.csv, id: email}
  activity: {files: activity.csv, contact: email, time: at, event: what}
%s
segments:
  a: {where: everyone}
"""

COMPUTED = r"""
traits: {orders: purchase}
=> segments.yaml:5:10: error[wrong-value] trait "orders" is a mapping, such as {did: purchase, sum: amount}

traits: {orders: {}}
=> segments.yaml:5:10: error[trait-shape] trait "orders" does not say what it is; it begins with one of did, days_since, years_since, ratio or cases

traits: {orders: {ddi: open}}
=> segments.yaml:5:10: error[trait-shape] trait "orders" does not say what it is; it begins with one of did, days_since, years_since, ratio or cases; did you mean "did"?

traits: {orders: {did: open, ratio: [a, b]}}
=> segments.yaml:5:30: error[trait-shape] trait "orders" says two things; it begins with one of did, days_since, years_since, ratio or cases

traits: {orders: {did: open, first: url, last: url}}
=> segments.yaml:5:42: error[two-measures] "first" and "last" in one trait; use two traits

traits: {rate: {ratio: age}}
=> segments.yaml:5:24: error[wrong-value] ratio takes two fields: ratio: [returns, orders]

traits: {rate: {ratio: [age, state]}}
=> segments.yaml:5:30: error[wrong-type] "state" holds text, and numbers are needed here

traits: {idle: {days_since: age}}
=> segments.yaml:5:29: error[wrong-type] "age" holds numbers, and dates are needed here

traits: {who: {cases: []}}
=> segments.yaml:5:23: error[wrong-value] cases is a list: [{when: {…}, is: Buyer}, …]

traits: {who: {cases: [{when: everyone}]}}
=> segments.yaml:5:24: error[wrong-value] a case is {when: {…}, is: Buyer}

traits: {who: {cases: [{when: everyone, is: A}], otherwise: [B]}}
=> segments.yaml:5:61: error[wrong-value] otherwise takes one value

traits:
  one: {ratio: [two, age]}
  two: {ratio: [one, age]}
=> segments.yaml:6:3: error[circle] these refer to each other in a circle: one → two → one; take one of these references out

traits: {}
=> segments.yaml:5:9: error[empty-section] "traits" is empty; write at least one

scores: {points: 3}
=> segments.yaml:5:18: error[wrong-value] score "points" is a list of rules, such as [{points: 20, when: {…}}]

scores: {points: [{when: everyone}]}
=> segments.yaml:5:19: error[missing-key] a rule of a score needs points:

scores: {points: [{points: 3}]}
=> segments.yaml:5:19: error[score-shape] this rule has neither when: nor each:; it takes one of them

scores: {points: [{points: 3, when: everyone, each: {did: open}}]}
=> segments.yaml:5:47: error[score-shape] this rule has both when: and each:; it takes one of them

scores: {points: [{points: 3, each: {did: open}, at_most: -3}]}
=> segments.yaml:5:59: error[wrong-value] at_most bounds how far the rule goes up or down; it is not negative

scores: {points: [{points: 3, each: {did: open}, half_life: 2 months}]}
=> segments.yaml:5:61: error[wrong-duration] half_life takes minutes, hours, days or weeks

scores: {points: [{points: 3, when: everyone, half_life: 2 days}]}
=> segments.yaml:5:47: error[score-shape] half_life: belongs to each:, whose events have an age

scores: {points: [{points: 3, each: everyone}]}
=> segments.yaml:5:37: error[wrong-value] each takes events: each: {did: click, in_last: 90 days}

scores: {points: [3]}
=> segments.yaml:5:19: error[wrong-value] a rule of a score is {points: 20, when: {…}}

traits: {warmth: {did: open}}
scores: {warmth: [{points: 1, when: everyone}]}
=> segments.yaml:6:10: error[two-names] "warmth" is the name of a trait and of a score; rename one

rfm: {did: open}
=> segments.yaml:5:1: error[wrong-value] write rfm: {did: purchase, amount: amount, in_last: 24 months}

rfm: {did: open, amount: amount, bins: 20}
=> segments.yaml:5:40: error[wrong-value] bins is a whole number from 2 to 9

rfm: {did: open, amount: amount, bin: 5}
=> segments.yaml:5:34: error[unknown-key] "bin" means nothing in rfm; did you mean "bins"?

splits: {test: }
=> segments.yaml:5:10: error[wrong-value] split "test" is its arms in percent: {A: 45, B: 45, holdout: 10}

splits: {test: {A: 50, B: 40}}
=> segments.yaml:5:10: error[split-sum] the arms of "test" add up to 90 percent, not 100

splits: {test: {A: 110, B: -10}}
=> segments.yaml:5:28: error[wrong-value] a share is not negative
"""


@each(OF_THE_TOP)
def test_the_top(said: str, told: str, check: Check) -> None:
    assert check(THE_TOP_IN % said) == Told(told, 2)


@each(OF_CONTACTS)
def test_contacts(said: str, told: str, check: Check) -> None:
    assert check(CONTACTS_IN % said) == Told(told, 2)


@each(OF_EVENTS)
def test_events(said: str, told: str, check: Check) -> None:
    assert check(EVENTS_IN % said) == Told(told, 2)


@each(OF_A_SEGMENT)
def test_a_segment(said: str, told: str, check: Check) -> None:
    assert check(A_SEGMENT_IN % said) == Told(told, 2)


@each(COMPUTED)
def test_computed_values(said: str, told: str, check: Check) -> None:
    assert check(COMPUTED_IN % said) == Told(told, 2)


# --- whole documents -----------------------------------------------------------------------------------------------

DOCUMENTS = r"""
version: 1
=> segments.yaml:1:1: error[missing-key] a segments file needs "sources": the files that are read
=> segments.yaml:1:1: error[missing-key] a segments file needs "segments": who is on which list

version: 1
segmnts:
  a: {where: everyone}
sources:
  contacts: {files: contacts.csv, id: email}
=> segments.yaml:2:1: error[unknown-key] "segmnts" means nothing in a segments file; did you mean "segments"?

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
=> segments.yaml:1:1: error[missing-key] a segments file needs "segments": who is on which list

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
=> segments.yaml:4:10: error[wrong-value] "segments" takes a mapping of `name: value`, and there is nothing here

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments: [a]
=> segments.yaml:4:11: error[wrong-value] "segments" takes a mapping of `name: value`, not a list

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
suppress: [gone, bounced]
exclusive:
  stage: [a, b, a, cc]
segments:
  a: {where: everyone}
  b: {where: everyone}
=> segments.yaml:4:12: error[unknown-segment] there is no segment "gone"; the segments are a and b
=> segments.yaml:4:18: error[unknown-segment] there is no segment "bounced"; the segments are a and b
=> segments.yaml:6:17: error[twice-in-group] "a" is in the group "stage" twice; keep the place that counts
=> segments.yaml:6:20: error[unknown-segment] there is no segment "cc"; the segments are a and b

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
exclusive:
  stage: [a, b]
segments:
  a: {where: {in_segment: b}}
  b: {where: everyone}
=> segments.yaml:7:3: error[circle] segments refer to each other in a circle: a → b → a; take one of these references out

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
suppress: []
exclusive: [a]
segments:
  a: {where: {in_segment: a, for_at_least: long}}
=> segments.yaml:4:11: error[wrong-value] "suppress" is empty; write a value
=> segments.yaml:5:12: error[wrong-value] "exclusive" takes a mapping of `name: value`, not a list
=> segments.yaml:7:44: error[wrong-duration] "long" is no length of time; write a number and minutes, hours, days, weeks, months or years: 30 days

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments: {}
=> segments.yaml:4:11: error[empty-section] "segments" is empty; write at least one

version: 1
sources: contacts.csv
segments:
  a: {where: everyone}
=> segments.yaml:2:10: error[wrong-value] "sources" takes a mapping of `name: value`, not "contacts.csv"

sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: everyone}
=> segments.yaml:1:1: error[missing-key] a segments file needs "version": always 1

version: one
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: everyone}
=> segments.yaml:1:10: error[wrong-value] "version" takes a whole number, not "one"

version: '1'
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: everyone}
=> segments.yaml:1:10: error[wrong-value] "version" takes a whole number, not "1"; remove the quotes

version: 2
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: everyone}
=> segments.yaml:1:10: error[wrong-version] this segtool reads version 1 of the language, not 2; write version: 1, or update segtool

version: 1
sources:
  contacts: contacts.csv
segments:
  a: {where: everyone}
=> segments.yaml:3:13: error[wrong-value] source "contacts" is a mapping of `name: value`, not "contacts.csv"

version: 1
sources:
  contacts: {id: email}
segments:
  a: {where: everyone}
=> segments.yaml:3:13: error[missing-key] source "contacts" needs "files": a path, a pattern such as exports/*.csv, or a list; relative to this file

version: 1
sources:
  contacts: {file: contacts.csv, id: email}
segments:
  a: {where: everyone}
=> segments.yaml:3:14: error[unknown-key] "file" means nothing in source "contacts"; did you mean "files"?

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
  crm: {files: crm.csv}
segments:
  a: {where: everyone}
=> segments.yaml:4:3: error[no-contact] source "crm" does not say whose rows these are; add id: COLUMN (these are the contacts) or contact: COLUMN (rows about contacts)

version: 1
sources:
  crm: {files: crm.csv, contact: email}
segments:
  a: {where: everyone}
=> segments.yaml:2:1: error[no-contacts] no source says who the contacts are; one of them needs id: COLUMN instead of contact: COLUMN

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
  crm: {files: crm.csv, id: email}
segments:
  a: {where: everyone}
=> segments.yaml:4:3: error[two-contacts] "contacts" and "crm" both have id:; only one can be the contacts, write contact: here

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
  any: {files: crm.csv, contact: email}
segments:
  a: {where: everyone}
=> segments.yaml:4:3: error[source-name] "any" cannot be the name of a source; any means every event

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
  my crm: {files: crm.csv, contact: email}
segments:
  a: {where: everyone}
=> segments.yaml:4:3: error[source-name] "my crm" cannot be the name of a source; it has letters, digits, _ and - only

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  VP's (NJ): {where: everyone}
=> segments.yaml:5:3: error[segment-name] "VP's (NJ)" cannot be the name of a segment; it is also a file name: lower-case letters, digits, _ and -; vp_s_nj is one

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  con: {where: everyone}
=> segments.yaml:5:3: error[segment-name] "con" cannot be the name of a segment; it is also a file name: lower-case letters, digits, _ and -; con_list is one

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a:
=> segments.yaml:5:5: error[wrong-value] segment "a" is empty; write its settings below it

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: everyone
=> segments.yaml:5:6: error[wrong-value] segment "a" is a mapping of `name: value`, not "everyone"

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: {in_segment: b}}
  b: {where: {all: [everyone, {not_in_segment: c}]}}
  c: {where: {not: {in_segment: a}}}
=> segments.yaml:5:3: error[circle] segments refer to each other in a circle: a → b → c → a; take one of these references out

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: {in_segment: c}}
  b: {where: {in_segment: c}}
  c: {where: {in_segment: b}}
=> segments.yaml:6:3: error[circle] segments refer to each other in a circle: b → c → b; take one of these references out

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: {in_segment: b}}
  b: {where: {in_segment: a}}
  c: {where: {in_segment: c}}
=> segments.yaml:5:3: error[circle] segments refer to each other in a circle: a → b → a; take one of these references out
=> segments.yaml:7:3: error[circle] segments refer to each other in a circle: c → c; take one of these references out

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
traits:
  who: {cases: [{when: {in_segment: a}, is: A}]}
segments:
  a: {where: {field: who, is: A}}
=> segments.yaml:5:3: error[circle] these refer to each other in a circle: a → who → a; take one of these references out

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
  activity: {files: activity.csv, contact: email, time: at, event: what, types: {url: list}}
traits: {pages: {did: open, last: url}}
segments:
  a: {where: everyone}
=> segments.yaml:5:29: error[wrong-type] "url" holds lists; last takes a column with one value in each cell

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
splits: {spring_test: {A: 50, B: 50}}
segments:
  a: {where: {split: spring_test, is: C}}
=> segments.yaml:6:22: error[unknown-split] the split "spring_test" has no arm "C"; it has A and B

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
splits: {spring_test: {A: 50, B: 50}}
segments:
  a: {where: {split: sprint_test, is: A}}
=> segments.yaml:6:22: error[unknown-split] there is no split "sprint_test"; did you mean "spring_test"?
"""

SYNTAX = r"""
- a
=> segments.yaml:1:1: error[wrong-value] a segments file is a mapping of `name: value`, not a list

just text
=> segments.yaml:1:1: error[wrong-value] a segments file is a mapping of `name: value`, not "just text"

version:1
=> segments.yaml:1:1: error[wrong-value] a segments file is a mapping of `name: value`, not "version:1"; put a space after the colon

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a:
    label: "Vice presidents
    where: everyone
=> segments.yaml:6:12: error[yaml-syntax] this is not YAML: a quote is opened here and never closed

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: {field: state, is: 'NJ}}
=> segments.yaml:5:33: error[yaml-syntax] this is not YAML: a quote is opened here and never closed

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: [everyone, everyone
=> segments.yaml:5:14: error[yaml-syntax] this is not YAML: a [ is opened here and never closed

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: [
=> segments.yaml:5:14: error[yaml-syntax] this is not YAML: a bracket is opened here and never closed

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: {field: state, is: NJ}
  b: {where: everyone}
=> segments.yaml:6:3: error[yaml-syntax] this is not YAML: a comma is missing before this, or a } that closes the { of line 5

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: [everyone}
=> segments.yaml:5:23: error[yaml-syntax] this is not YAML: a comma is missing before this, or a ] that closes the [ of line 5

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: everyone}}
=> segments.yaml:5:23: error[yaml-syntax] this is not YAML: this } closes nothing; remove it

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: ]
=> segments.yaml:5:6: error[yaml-syntax] this is not YAML: this ] closes nothing; remove it

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: [everyone,, everyone]}
=> segments.yaml:5:24: error[yaml-syntax] this is not YAML: there is nothing before this comma; remove it

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: where: everyone
=> segments.yaml:5:11: error[yaml-syntax] this is not YAML: a second colon in this line, or wrong indentation; put quotes around a text that holds a colon

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments
  a: {where: everyone}
=> segments.yaml:4:1: error[yaml-syntax] this is not YAML: a colon is missing here, or the space after it

: 3
=> segments.yaml:1:1: error[yaml-syntax] this is not YAML: there is no name before this colon

segments: {: everyone}
=> segments.yaml:1:12: error[yaml-syntax] this is not YAML: there is no name before this colon

segments: {a: ?}
=> segments.yaml:1:15: error[yaml-syntax] this is not YAML: a text that begins with ? needs quotes

 version: 1
segments: {}
=> segments.yaml:2:1: error[yaml-syntax] this is not YAML: this line is indented differently from the lines around it; align it with them

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a:
    label: x
   where: everyone
=> segments.yaml:7:4: error[yaml-syntax] this is not YAML: this line is indented differently from the lines around it; align it with them

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a:
    where:
      - everyone
     - everyone
=> segments.yaml:8:6: error[yaml-syntax] this is not YAML: this line is indented differently from the lines around it; align it with them

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
- segments
=> segments.yaml:4:1: error[yaml-syntax] this is not YAML: this line is indented differently from the lines around it; align it with them

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments: - a
=> segments.yaml:4:11: error[yaml-syntax] this is not YAML: a list begins on a line of its own

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: everyone}
  b:
    label: 'My' list
=> segments.yaml:7:17: error[yaml-syntax] this is not YAML: this stands outside of the text before it; put quotes around the whole text, or check the indentation

version: 1
sources:
  contacts:
    files: *.csv
=> segments.yaml:4:12: error[yaml-syntax] this is not YAML: a text that begins with * needs quotes

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {label: & more}
=> segments.yaml:5:14: error[yaml-syntax] this is not YAML: a text that begins with & needs quotes

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {label: %off}
=> segments.yaml:5:14: error[yaml-syntax] this is not YAML: a text that begins with % needs quotes

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {label: @home}
=> segments.yaml:5:14: error[yaml-syntax] this is not YAML: a text that begins with @ needs quotes

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {label: !x!y, where: everyone}
=> segments.yaml:5:14: error[yaml-syntax] this is not YAML: a text that begins with ! needs quotes

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: {field: zip, matches: "\d+"}}
=> segments.yaml:5:38: error[yaml-syntax] this is not YAML: between double quotes a backslash needs another one before it; or use single quotes

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a:
    label: |our list
=> segments.yaml:6:13: error[yaml-syntax] this is not YAML: a text that begins with | or > needs quotes

%YAML 2.0
---
version: 1
=> segments.yaml:1:1: error[yaml-syntax] this is not YAML: this line cannot be read; check its quotes, brackets and indentation

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: everyone}
---
version: 1
=> segments.yaml:6:1: error[yaml-documents] a second document begins here (`---`); a segments file is one document

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: everyone}
x: !!python/object:os.system ls
=> segments.yaml:6:4: error[yaml-tag] the tag !!python/object:os.system is not used here; remove it, or put a text that begins with ! in quotes

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: *others
=> segments.yaml:5:6: error[yaml-alias] nothing before this is marked &others; a text that begins with * needs quotes

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  ? [a, b]
  : {where: everyone}
=> segments.yaml:5:5: error[yaml-key] a name before a colon is one text, not a list or a mapping

version: 1
a: &a [x,x,x,x,x,x,x,x,x,x]
b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]
c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]
d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]
e: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]
f: [*e, *e, *e]
=> segments.yaml:7:4: error[yaml-size] this repeats its anchors (& and *) until there are over 200,000 values; write less of it

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: &a {where: {all: [*a]}}
=> segments.yaml:5:24: error[yaml-alias] nothing before this is marked &a; a text that begins with * needs quotes

version: 1
sources:
  contacts: {files: contacts.csv, id: email}
segments:
  a: {where: everyone}
  a: {where: everyone}
=> segments.yaml:6:3: error[duplicate-key] "a" is here twice (first in line 5); keep one
"""


@each(DOCUMENTS)
def test_a_document(said: str, told: str, check: Check) -> None:
    assert check(f"{said}\n", {"crm.csv": "email,stage\nann@x.org,new\n"}) == Told(told, 2)


@each(SYNTAX)
def test_what_is_no_yaml(said: str, told: str, check: Check) -> None:
    assert check(f"{said}\n") == Told(told, 2)


EMPTY = "segments.yaml: error[empty-config] the file is empty; see segments.example.yaml for a start"
TAB = "error[yaml-tab] there is a tab here, and YAML takes spaces only; replace it with spaces"
NOT_UTF_8 = "error[yaml-encoding] this is not UTF-8 text; save the file as UTF-8"
INVISIBLE = "error[yaml-syntax] there is an invisible character here that YAML does not allow; retype this line"
DEEP = "error[yaml-depth] this is nested more than 400 levels deep; make parts of it segments of their own"
BEGINNING = "version: 1\nsegments:\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        pytest.param("", EMPTY, id="nothing"),
        pytest.param("# nothing yet\n\n", EMPTY, id="comments alone"),
        pytest.param("---\n", EMPTY, id="a mark alone"),
        pytest.param(f"{BEGINNING}\ta: {{where: everyone}}\n", f"segments.yaml:3:1: {TAB}", id="indented by a tab"),
        pytest.param(f"{BEGINNING}  a:\t{{where: everyone}}\n", f"segments.yaml:3:5: {TAB}", id="a tab for a space"),
        pytest.param(f"{BEGINNING}  a: b\n\tc: d\n", f"segments.yaml:4:1: {TAB}", id="a tab in the line of a mistake"),
        pytest.param(f"{BEGINNING}  a: {{label: 'a\x07b'}}\n", f"segments.yaml:3:16: {INVISIBLE}", id="a bell"),
        pytest.param(b"PK\x03\x04\x14\x00", f"segments.yaml:1:3: {INVISIBLE}", id="a workbook"),
        pytest.param(b"\x89PNG\r\n\x1a\n", f"segments.yaml:1:1: {NOT_UTF_8}", id="a picture"),
        pytest.param(
            f"{BEGINNING}  a: {{label: Café}}\n".encode("latin-1"), f"segments.yaml:3:17: {NOT_UTF_8}", id="Latin-1"
        ),
        pytest.param(
            BEGINNING.encode("utf-16"),
            "segments.yaml: error[yaml-encoding] the file is written as UTF-16; save it as UTF-8",
            id="UTF-16",
        ),
        pytest.param(f"{BEGINNING}  a: {'[' * 1000}\n", f"segments.yaml:3:404: {DEEP}", id="lists in lists"),
        pytest.param(f"{BEGINNING}  a: {'{a: ' * 1000}\n", f"segments.yaml:3:1598: {DEEP}", id="mappings in mappings"),
        pytest.param(
            "#" * (1 << 20) + "\n",
            "segments.yaml: error[yaml-size] the file is over 1 MiB; a segments file is a page or two of text",
            id="too much text",
        ),
    ],
)
def test_what_cannot_be_seen(text: str | bytes, told: str, check: Check) -> None:
    assert check(text) == Told(told, 2)


def test_there_is_no_segments_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "orders.csv").write_text("email,at\n", encoding="utf-8")
    told = {}
    for name in ("segments.yaml", "folder", "orders.csv"):
        with pytest.raises(ConfigError) as error:
            segtool.load(name)
        told[name] = str(error.value)
    assert told == {
        "segments.yaml": "segments.yaml: error[no-config] there is no file segments.yaml; segtool init writes one from export files",
        "folder": "folder: error[no-config] folder is a folder; name the YAML file in it",
        "orders.csv": "orders.csv: error[no-config] orders.csv is an export, not a segments file; segtool init orders.csv writes one from it",
    }


def test_a_configuration_made_in_python() -> None:
    """What YAML cannot hold is refused with the type's name: its reader is a programmer."""
    with pytest.raises(ConfigError) as error:
        segtool.load({"version": 1, "sources": {1j: object()}})
    told = "configuration: error[config-value] a value of type object cannot stand in a configuration; "
    assert str(error.value) == f"{told}it takes texts, numbers, true/false, dates, lists and dicts"
    nested: Any = "everyone"
    for _ in range(500):
        nested = [nested]
    with pytest.raises(ConfigError) as error:
        segtool.load({"segments": nested})
    assert str(error.value) == "configuration: error[yaml-depth] this is nested more than 400 levels deep"


# --- the files -----------------------------------------------------------------------------------------------------

DATA_IN = """\
version: 1
sources:
  contacts: {files: contacts.csv, id: email}
  %s
segments:
  a: {where: everyone}
"""


def workbook(*sheets: str) -> bytes:
    """A workbook with one lead in each of its sheets."""
    book = openpyxl.Workbook(write_only=True)
    for name in sheets:
        sheet = book.create_sheet(name)
        for row in (("email", "stage"), ("ann@x.org", "new")):
            sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


OF_DATA: list[tuple[str, str, dict[str, str | bytes | None], str]] = [
    (
        "no contacts",
        "",
        {"contacts.csv": None},
        'segments.yaml:3:21: error[no-file] there is no file contacts.csv, for source "contacts"',
    ),
    (
        "empty contacts",
        "",
        {"contacts.csv": ""},
        "segments.yaml:3:21: error[empty-file] contacts.csv is empty; export it again",
    ),
    (
        "blank lines",
        "",
        {"contacts.csv": "\n\n"},
        "segments.yaml:3:21: error[not-a-table] contacts.csv has no header row; see skip_rows",
    ),
    (
        "a web page",
        "",
        {"contacts.csv": "<!DOCTYPE html>\n<html>Please log in</html>\n"},
        "segments.yaml:3:21: error[not-a-table] contacts.csv is a web page, not a table; the export probably failed, download it again",
    ),
    (
        "a JSON answer",
        "",
        {"contacts.csv": '{"error": "expired"}\n'},
        "segments.yaml:3:21: error[not-a-table] contacts.csv is JSON, not a table; export it as CSV",
    ),
    (
        "a JSON list",
        "",
        {"contacts.csv": '[{"email": "ann@x.org"}]\n'},
        "segments.yaml:3:21: error[not-a-table] contacts.csv is JSON, not a table; export it as CSV",
    ),
    (
        "half an archive as CSV",
        "",
        {"contacts.csv": b"PK\x03\x04\x14\x00"},
        "segments.yaml:3:21: error[not-a-table] contacts.csv is damaged or only partly downloaded; fetch it again",
    ),
    (
        "half a compressed file",
        "",
        {"contacts.csv": b"\x1f\x8b\x08\x00"},
        "segments.yaml:3:21: error[not-a-table] contacts.csv is damaged or only partly downloaded; fetch it again",
    ),
    (
        "a binary file",
        "",
        {"contacts.csv": b"email,name\n\x00\x01\x02\n"},
        "segments.yaml:3:21: error[not-a-table] contacts.csv has a NUL byte in line 2, so it is damaged or no text file; export it again as CSV",
    ),
    (
        "another header",
        "",
        {"contacts.csv": "E-mail address,name\nann@x.org,Ann\n"},
        'segments.yaml:3:39: error[no-column] contacts.csv has no column "email"; it has E-mail address, name',
    ),
    (
        "a header that has the id twice",
        "",
        {"contacts.csv": "name,email,email\nAnn,ann@x.org,ann@y.org\n"},
        'segments.yaml:3:39: error[which-column] contacts.csv has several columns "email"; say which is meant: columns: {email: "email (1)"} for the first, "email (2)" for the second',
    ),
    (
        "no such file",
        "crm: {files: crm.csv, contact: email}",
        {},
        'segments.yaml:4:16: error[no-file] there is no file crm.csv, for source "crm"',
    ),
    (
        "a misspelt file",
        "crm: {files: contcts.csv, contact: email}",
        {},
        'segments.yaml:4:16: error[no-file] there is no file contcts.csv; did you mean "contacts.csv"?',
    ),
    (
        "a pattern that nothing fits",
        "crm: {files: crm-*.csv, contact: email}",
        {},
        'segments.yaml:4:16: error[no-file] no file fits crm-*.csv, for source "crm"; check the folder and the name',
    ),
    (
        "no such folder",
        "crm: {files: exports/crm.csv, contact: email}",
        {},
        'segments.yaml:4:16: error[no-file] there is no folder exports, where source "crm" should be',
    ),
    (
        "one of two files",
        "crm: {files: [contacts.csv, crm.csv], contact: email}",
        {},
        'segments.yaml:4:31: error[no-file] there is no file crm.csv, for source "crm"',
    ),
    (
        "a folder",
        "crm: {files: ., contact: email}",
        {},
        "segments.yaml:4:16: error[unreadable-file] . cannot be read; is it a file, and yours?",
    ),
    (
        "a misspelt column",
        "crm: {files: crm.csv, contact: mail}",
        {"crm.csv": "email,stage\nann@x.org,new\n"},
        'segments.yaml:4:34: error[no-column] crm.csv has no column "mail"; did you mean "email"?',
    ),
    (
        "a misspelt column with a type",
        "crm: {files: crm.csv, contact: email, types: {stag: text}}",
        {"crm.csv": "email,stage\nann@x.org,new\n"},
        'segments.yaml:4:55: error[no-column] crm.csv has no column "stag"; did you mean "stage"?',
    ),
    (
        "a renamed column",
        "crm: {files: crm.csv, contact: email, columns: {stage: Lead Stage}}",
        {"crm.csv": "email,status\nann@x.org,new\n"},
        'segments.yaml:4:58: error[no-column] crm.csv has no column "Lead Stage"; it has email, status',
    ),
    (
        "another delimiter",
        "crm: {files: crm.csv, contact: email, delimiter: ;}",
        {"crm.csv": "email,stage\nann@x.org,new\n"},
        'segments.yaml:4:34: error[no-column] crm.csv has no column "email"; did you mean "email,stage"?',
    ),
    (
        "another encoding",
        "crm: {files: crm.csv, contact: email, encoding: ascii}",
        {"crm.csv": "email,stage\nann@x.org,né\n"},
        "segments.yaml:4:51: error[not-a-table] crm.csv is not written in ascii; leave encoding: out to have it found",
    ),
    (
        "too many rows skipped",
        "crm: {files: crm.csv, contact: email, skip_rows: 9}",
        {"crm.csv": "email,stage\nann@x.org,new\n"},
        "segments.yaml:4:52: error[not-a-table] crm.csv has no header row where one is expected (row 10); see skip_rows",
    ),
    (
        "a misspelt time",
        "orders: {files: orders.csv, contact: email, time: ordered}",
        {"orders.csv": "email,ordered_at\nann@x.org,2026-01-02\n"},
        'segments.yaml:4:53: error[no-column] orders.csv has no column "ordered"; did you mean "ordered_at"?',
    ),
    (
        "no event",
        "orders: {files: orders.csv, contact: email, time: at, event: what}",
        {"orders.csv": "email,at\nann@x.org,2026-01-02\n"},
        'segments.yaml:4:64: error[no-column] orders.csv has no column "what"; it has email, at',
    ),
    (
        "nothing unique",
        "orders: {files: orders.csv, contact: email, time: at, unique: [order, line]}",
        {"orders.csv": "email,at,order\nann@x.org,2026-01-02,7\n"},
        'segments.yaml:4:73: error[no-column] orders.csv has no column "line"; it has email, at, order',
    ),
    (
        "dates in two ways",
        "orders: {files: orders.csv, contact: email, time: at}",
        {"orders.csv": "email,at\nann@x.org,01/02/2026\nbob@x.org,03/04/2026\n"},
        'segments.yaml:4:3: error[ambiguous-dates] "at" of "orders" can be read in two ways: 01/02/2026 is day 1 of month 2, or day 2 of month 1; say dates: day_first or dates: month_first',
    ),
    (
        "dates in both ways",
        "crm: {files: crm.csv, contact: email, types: {born: date}}",
        {"crm.csv": "email,born\na@x.org,13.01.1990\nb@x.org,01.13.1990\nc@x.org,01.02.1990\n"},
        'segments.yaml:4:55: error[ambiguous-dates] "born" of "crm" can be read in two ways: 01.02.1990 is day 1 of month 2, or day 2 of month 1; say dates: day_first or dates: month_first',
    ),
    (
        "numbers of either mark",
        "crm: {files: crm.csv, contact: email, types: {spent: number}}",
        {"crm.csv": 'email,spent\nann@x.org,"1,234"\n'},
        "segments.yaml:4:56: error[ambiguous-numbers] \"spent\" of \"crm\" can be read in two ways: 1,234 is 1234, or 1.234; say decimal: '.' or decimal: ','",
    ),
    (
        "dates that a spreadsheet has half converted",
        "crm: {files: crm.csv, contact: email, types: {born: date}}",
        {
            "crm.csv": "email,born\nann@x.org,1990-03-02\nbob@x.org,1991-05-04\ncid@x.org,03/25/1992\ndan@x.org,04/26/1993\n"
        },
        'segments.yaml:4:55: error[damaged-dates] "born" of "crm" is damaged: a spreadsheet took some of its dates for others, such as 1990-03-02 (each of these has a day up to 12), and left others, such as 03/25/1992; export it again and use that file unopened, or say dates: if these are right',
    ),
    (
        "people twice",
        "crm: {files: crm.csv, contact: email, duplicates: error}",
        {"crm.csv": "email,stage\nann@x.org,new\nANN@x.org,old\nann@x.org,old\n"},
        'segments.yaml:4:53: error[duplicate-id] 2 rows of "crm" repeat an earlier email (duplicates: error refuses that)',
    ),
    (
        "several sheets",
        "crm: {files: crm.xlsx, contact: email}",
        {"crm.xlsx": workbook("Leads", "Old")},
        "segments.yaml:4:16: error[not-a-table] crm.xlsx has several sheets with rows; say which: sheet: Leads or Old",
    ),
    (
        "a misspelt sheet",
        "crm: {files: crm.xlsx, contact: email, sheet: Leds}",
        {"crm.xlsx": workbook("Leads", "Old")},
        'segments.yaml:4:49: error[not-a-table] crm.xlsx has no sheet "Leds"; did you mean "Leads"?',
    ),
    (
        "no such sheet",
        "crm: {files: crm.xlsx, contact: email, sheet: Orders}",
        {"crm.xlsx": workbook("Leads", "Old")},
        'segments.yaml:4:49: error[not-a-table] crm.xlsx has no sheet "Orders"; it has Leads and Old',
    ),
    (
        "no such column in a sheet",
        "crm: {files: crm.xlsx, contact: mail}",
        {"crm.xlsx": workbook("Leads")},
        'segments.yaml:4:35: error[no-column] crm.xlsx has no column "mail"; did you mean "email"?',
    ),
    (
        "an empty workbook",
        "crm: {files: crm.xlsx, contact: email}",
        {"crm.xlsx": b""},
        "segments.yaml:4:16: error[empty-file] crm.xlsx is empty; export it again",
    ),
    (
        "an export that is not finished",
        "crm: {files: crm.csv, contact: email, ready: crm.ok}",
        {"crm.csv": "email,stage\nann@x.org,new\n"},
        'segments.yaml:4:48: error[not-ready] there is no crm.ok yet, so the export of source "crm" is not finished; run again when it is there',
    ),
    (
        "half a workbook",
        "crm: {files: crm.xlsx, contact: email}",
        {"crm.xlsx": b"PK\x03\x04 half of it"},
        "segments.yaml:4:16: error[not-a-table] crm.xlsx is damaged or only partly downloaded; fetch it again",
    ),
    (
        "a protected workbook",
        "crm: {files: crm.xlsx, contact: email}",
        {"crm.xlsx": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"},
        "segments.yaml:4:16: error[not-a-table] crm.xlsx is protected by a password; save it without one",
    ),
]


@pytest.mark.parametrize(("source", "others", "told"), [pytest.param(*case, id=name) for name, *case in OF_DATA])
def test_the_files(source: str, others: dict[str, str | bytes | None], told: str, check: Check) -> None:
    assert check(DATA_IN % source, others) == Told(told, 3)


def test_a_byte_that_does_not_fit_far_down(check: Check) -> None:
    exported = "email,name\nzoë@x.org,Zoë\n".encode() + b"ann@x.org,Ann\n" * 20_000 + b"bob@x.org,Zo\xeb\n"
    told = (
        "contacts.csv is not written in utf-8 throughout (at byte 280039); say encoding: windows-1252 or whatever it is"
    )
    assert check(DATA_IN % "", {"contacts.csv": exported}) == Told(f"segments.yaml:3:21: error[not-a-table] {told}", 3)


def test_a_file_that_is_still_being_written(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    def growing(path: Path) -> Glance:
        with path.open("a") as stream:
            stream.write("cid@x.org,Cid,NY,29,,,,\n")
        return glance(path)

    monkeypatch.setattr("segtool.sources.cache.glance", growing)
    told = "contacts.csv changed while it was read; wait until the export is finished and run again"
    assert check(DATA_IN % "") == Told(f"segments.yaml:3:21: error[changing-file] {told}", 3)


def test_an_export_that_is_too_old(check: Check, files: Callable[[Content], Path]) -> None:
    folder = files({"crm.csv": "email,stage\nann@x.org,new\n"})
    os.utime(folder / "crm.csv", (1_600_000_000, 1_600_000_000))
    told = check(DATA_IN % "crm: {files: crm.csv, contact: email, max_age: 36 hours}")
    said = "segments.yaml:4:50: error[old-file] crm.csv was written 2020-09-13 12:26, "
    assert told.lines.startswith(said)
    assert told.lines.endswith(" days ago, and max_age is 36 hours; did the export run?")


def test_a_column_of_a_lookup_that_the_events_have(check: Check) -> None:
    told = '"amount" of plans.csv is a column of "orders" too, and left out; give it a name in columns:'
    orders = "orders: {files: orders.csv, contact: email, time: at, lookup: {files: plans.csv, on: plan}}"
    others = {"orders.csv": "email,at,plan,amount\nann@x.org,2026-01-02,a,5\n", "plans.csv": "plan,amount\na,7\n"}
    assert check(DATA_IN % orders, others) == Told(f"segments.yaml:4:73: warning[lookup-column] {told}", 0)


def test_ids_of_nobody(check: Check) -> None:
    told = '1 id is in the "add" file of "a" but not in contacts, and ignored'
    others = {"always.csv": "email\nann@x.org\nzoe@x.org\n"}
    assert check(A_SEGMENT_IN % "where: everyone, add: always.csv", others) == Told(
        f"segments.yaml:5:29: warning[override-stranger] {told}", 0
    )


MISSING = 'segments.yaml:4:16: error[no-file] there is no file crm.csv, for source "crm"'


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        ("{field: stte, is: NJ}", 'error[unknown-field] there is no field "stte"; did you mean "state"?'),
        (
            "{did: open}",
            'error[unknown-event] there is no event "open", for no source has events; give one its contact: and time:',
        ),
        ("{in_segment: b}", 'error[unknown-segment] there is no segment "b"; the segments are a'),
        ("{field: state, si: NJ}", 'error[unknown-operator] there is no operator "si"; did you mean "is"?'),
    ],
)
def test_mistakes_of_the_rules_and_missing_files_are_told_together(check: Check, rule: str, told: str) -> None:
    """What the rules say comes first: with a mistake in both, the exit code is that of the rules."""
    text = DATA_IN % "crm: {files: crm.csv, contact: email}"
    assert check(text) == Told(MISSING, 3)
    found = check(text.replace("everyone", rule))
    assert found.code == 2
    assert found.lines.splitlines()[0] == MISSING
    assert found.lines.endswith(told)


def test_of_fields_of_a_file_that_is_missing_nothing_is_concluded(check: Check) -> None:
    text = DATA_IN % "crm: {files: crm.csv, contact: email}"
    assert check(text.replace("everyone", "{field: crm.stage, is: x}")) == Told(MISSING, 3)


# --- what is asked of a command ------------------------------------------------------------------------------------


def test_an_export_that_shrank(files: Callable[[Content], Path]) -> None:
    people = [f"{number}@x.org\n" for number in range(200)]
    folder = files({"segments.yaml": DATA_IN % "", "contacts.csv": "email\n" + "".join(people)})
    config = segtool.load(folder / "segments.yaml")
    segtool.run(config)
    files({"contacts.csv": "email\n" + "".join(people[:150])})
    with pytest.raises(DataError) as error:
        segtool.run(config)
    told = "contacts.csv has 150 rows, last run 200 (−25.0 %, limit −20 %); it was modified "
    assert str(error.value).startswith(f"{folder / 'segments.yaml'}: error[source-shrank] {told}")


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"only": ["everbody"]}, 'error[unknown-name] --only: there is no "everbody"; did you mean "everybody"?'),
        ({"accept": ["contcts"]}, 'error[unknown-name] --accept: there is no "contcts"; did you mean "contacts"?'),
        (
            {"as_of": "1st of May"},
            'error[wrong-point] as_of is a date or a date and time (2026-05-01T09:00), not "1st of May"',
        ),
        (
            {"as_of": "0001-01-01T00:00+10:00"},
            'error[wrong-point] as_of is a date or a date and time (2026-05-01T09:00), not "0001-01-01T00:00+10:00"',
        ),
    ],
)
def test_an_option(asked: dict[str, Any], told: str, files: Callable[[Content], Path]) -> None:
    text = (DATA_IN % "").replace("a:", "everybody:")
    folder = files({"segments.yaml": text, "contacts.csv": CONTACTS})
    with pytest.raises(ConfigError) as error:
        segtool.run(segtool.load(folder / "segments.yaml"), **asked)
    assert str(error.value) == told


def test_a_first_file_does_not_replace_another(
    files: Callable[[Content], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(files({"segments.yaml": "mine"}))
    told = "error[file-exists] segments.yaml is there already; --output writes another file, --force replaces this one"
    with pytest.raises(ConfigError) as error:
        init(["exports"], output=Path("segments.yaml"), force=False)
    assert str(error.value) == told


def test_only_what_remembers_is_refreshed(files: Callable[[Content], Path]) -> None:
    folder = files({"contacts.csv": CONTACTS, "segments.yaml": DATA_IN % ""})
    with pytest.raises(ConfigError) as error:
        segtool.refresh(segtool.load(folder / "segments.yaml"), ["a"])
    told = 'error[not-remembered] "a" is dynamic: every run fills it anew; refresh is for static and semi_dynamic lists'
    assert told in str(error.value)
    with pytest.raises(ConfigError) as error:
        segtool.refresh(segtool.load(folder / "segments.yaml"), ["b"])
    assert str(error.value) == 'error[unknown-name] refresh: there is no "b"'


def test_pruning_says_what_to_keep(files: Callable[[Content], Path]) -> None:
    folder = files({"contacts.csv": CONTACTS, "segments.yaml": DATA_IN % ""})
    with pytest.raises(ConfigError) as error:
        segtool.prune(segtool.load(folder / "segments.yaml"))
    assert str(error.value) == "error[nothing-to-keep] say what to keep: --keep-last 30, --keep-daily 90, or both"


@pytest.mark.parametrize(
    ("segment", "contact", "told"),
    [
        ("everbody", None, 'error[unknown-segment] there is no segment "everbody"; did you mean "everybody"?'),
        ("x", None, 'error[unknown-segment] there is no segment "x"; there is everybody'),
        ("everybody", "zoe@x.org", 'error[unknown-contact] no contact has the id "zoe@x.org"; 1 contact was read'),
    ],
)
def test_what_is_asked_about_has_to_be_there(
    segment: str, contact: str | None, told: str, files: Callable[[Content], Path]
) -> None:
    text = (DATA_IN % "").replace("a:", "everybody:")
    folder = files({"segments.yaml": text, "contacts.csv": "email\nann@x.org\n"})
    config = segtool.load(folder / "segments.yaml")
    with pytest.raises(ConfigError) as error:
        segtool.explain(config, segment) if contact is None else segtool.why(config, segment, contact)
    assert str(error.value) == told


def test_a_clock_that_runs_backwards(files: Callable[[Content], Path]) -> None:
    folder = files({"contacts.csv": "email\nann@x.org\n", "segments.yaml": (DATA_IN % "").replace("a:", "everybody:")})
    config = segtool.load(folder / "segments.yaml")
    assert segtool.run(config, as_of="2026-03-02").warnings == ()
    (said,) = segtool.run(config, as_of="2026-03-01T09:00").warnings
    told = (
        "warning[earlier-than-before] this run is as of 2026-03-01 09:00 UTC, before the last one "
        "(2026-03-02T00:00:00Z); it follows run 1 and is compared with it all the same"
    )
    assert str(said) == told
    assert segtool.run(config, as_of="2026-03-01T09:00").report.serial == 3


def test_forgetting_says_whom(files: Callable[[Content], Path]) -> None:
    folder = files({"contacts.csv": CONTACTS, "segments.yaml": DATA_IN % ""})
    with pytest.raises(ConfigError) as error:
        segtool.forget(segtool.load(folder / "segments.yaml"), [" "])
    assert str(error.value) == "error[nobody-named] say whom to forget: segtool forget ana@example.com"
    with pytest.raises(ConfigError) as error:
        app(["forget", "--file", "absent.csv", "--config", str(folder / "segments.yaml")])
    assert str(error.value) == "error[unreadable-ids] absent.csv cannot be read; it should be a CSV file in UTF-8"


# --- how they are shown --------------------------------------------------------------------------------------------

UNKNOWN_TO_ALL = "segments.yaml:4:33: error[no-audience-column] HubSpot knows people by record id or by email, and no column here is known to hold that; say which one does with output: {audience: {email: COLUMN}}"
NOT_LISTED = (
    'segments.yaml:4:33: error[unlisted-export] "a" writes no list (list: false), so there is nothing to export'
)


def test_an_export_that_nobody_could_use(check: Check) -> None:
    text = "version: 1\nsources: {contacts: {files: people.csv, id: id}}\nsegments:\n  a: {where: everyone, export: [hubspot]}\n"
    people = {"people.csv": "id,name\n1,Ann\n"}
    assert check(text, people) == Told(UNKNOWN_TO_ALL, 2)
    hidden = check(text.replace("[hubspot]", "[hubspot], list: false"), people)
    assert hidden.lines.splitlines()[0] == NOT_LISTED


SEVERAL = """\
version: 1
timezone: Riga
sources:
  contacts:
    files: contacts.csv
    id: email
    types: {joined: dat}
segments:
  nj_vps:
    where:
      all:
        - {field: sate, is: NJ}
        - {field: age, above: 25, belw: 45}
        - {in_segment: custmers}
        - some: {at_least: 2, of: [{field: joined, in_last: 30d}, everybody]}
  customers:
    where: {feild: age}
    colums: [email]
"""
SEVERAL_TOLD = """\
segments.yaml:2:11: error[unknown-timezone] there is no time zone "Riga"; did you mean "Europe/Riga"?
   |
 2 | timezone: Riga
   |           ^^^^
segments.yaml:7:21: error[unknown-type] there is no type "dat"; did you mean "date"?
   |
 7 |     types: {joined: dat}
   |                     ^^^
segments.yaml:12:19: error[unknown-field] there is no field "sate"; did you mean "state"?
    |
 12 |         - {field: sate, is: NJ}
    |                   ^^^^
segments.yaml:13:35: error[unknown-operator] there is no operator "belw"; did you mean "below"?
    |
 13 |         - {field: age, above: 25, belw: 45}
    |                                   ^^^^
segments.yaml:14:24: error[unknown-segment] there is no segment "custmers"; did you mean "customers"?
    |
 14 |         - {in_segment: custmers}
    |                        ^^^^^^^^
segments.yaml:15:61: error[wrong-duration] "30d" is no length of time; write a number and minutes, hours, days, weeks, months or years: 30 days
    |
 15 |         - some: {at_least: 2, of: [{field: joined, in_last: 30d}, everybody]}
    |                                                             ^^^
segments.yaml:15:67: error[not-a-condition] "everybody" is no condition; write {field: …}, {did: …} or everyone
    |
 15 |         - some: {at_least: 2, of: [{field: joined, in_last: 30d}, everybody]}
    |                                                                   ^^^^^^^^^
segments.yaml:17:13: error[unknown-condition] "feild" does not begin a condition; did you mean "field"?
    |
 17 |     where: {feild: age}
    |             ^^^^^
segments.yaml:18:5: error[unknown-key] "colums" means nothing in segment "customers"; did you mean "columns"?
    |
 18 |     colums: [email]
    |     ^^^^^^
"""


def test_all_at_once_in_source_order(check: Check) -> None:
    assert check(SEVERAL, form="full") == Told(SEVERAL_TOLD.rstrip("\n"), 2)


def test_a_broken_source_makes_no_field_unknown(check: Check) -> None:
    """What the columns are is not known then, so the rules are not blamed for it."""
    text = (DATA_IN % "").replace("id: email", "id: email, skip: 3").replace("everyone", "{field: state, is: NJ}")
    assert [line.split()[1] for line in check(text).lines.splitlines()] == ["error[unknown-key]"]


def test_at_most_twenty_in_full(check: Check) -> None:
    wrong = [f"  s{number}: {{where: {{feild: age}}}}" for number in range(25)]
    text = "version: 1\nsources:\n  contacts: {files: contacts.csv, id: email}\nsegments:\n" + "\n".join(wrong)
    full = check(text, form="full").lines
    assert full.count("error[unknown-condition]") == 20
    assert full.endswith("… and 5 more; --format concise shows all")
    assert check(text).lines.count("error[unknown-condition]") == 25


CARETS = """
{label: 'Führungskräfte', where: {feild: state}}
=>    |
=>  5 |   a: {label: 'Führungskräfte', where: {feild: state}}
=>    |                                        ^^^^^

{label: 副社長, where: {feild: 州}}
=>    |
=>  5 |   a: {label: 副社長, where: {feild: 州}}
=>    |                              ^^^^^

{where: {field: state, si: 州}}
=>    |
=>  5 |   a: {where: {field: state, si: 州}}
=>    |                             ^^

{where: {in_segment: 州の客}}
=>    |
=>  5 |   a: {where: {in_segment: 州の客}}
=>    |                           ^^^^^^
"""


@each(CARETS)
def test_the_caret_is_below_its_word(said: str, told: str, check: Check) -> None:
    """Wide letters take two places on a screen."""
    text = (DATA_IN % "").replace("  \n", "").replace("{where: everyone}", said)
    shown = check(text, form="full").lines
    assert shown.split("\n")[1:] == told.replace("| 5", "").split("\n")
    windows = check(text.replace("\n", "\r\n"), form="full").lines
    assert windows == shown


@pytest.mark.parametrize(
    ("label", "shown"),
    [
        pytest.param("'a\tb'", "'a b'", id="a tab"),
        pytest.param("'e\u0301'", "'e\u0301'", id="a letter of two"),
        pytest.param("'a\u202eb'", "'a�b'", id="from right to left"),
    ],
)
def test_what_has_no_place_of_its_own(label: str, shown: str, check: Check) -> None:
    """A tab is one place, an accent none, and nothing that turns the line around reaches the screen."""
    text = (DATA_IN % "").replace("  \n", "").replace("{where: everyone}", f"{{label: {label}, where: {{feild: 1}}}}")
    head, bar, line, carets = check(text, form="full").lines.split("\n")
    assert line == f" 5 |   a: {{label: {shown}, where: {{feild: 1}}}}"
    before = line.index("feild") - ("\u0301" in shown)
    assert carets == f"{bar[:4]} {' ' * (before - 5)}^^^^^"
    assert head.startswith(f"segments.yaml:5:{line.index('feild') - 4}: ")


def test_a_long_line_is_shown_around_the_place(check: Check) -> None:
    text = CONDITIONS_IN % ("[" + "everyone, " * 100 + "{feild: age}" + ", everyone" * 100 + "]")
    _, _, line, carets = check(text, form="full").lines.split("\n")
    assert len(line) < 180
    assert line.startswith(" 7 | …")
    assert line.endswith("…")
    assert line[carets.index("^") : carets.rindex("^") + 1] == "feild"


# --- for all of them -----------------------------------------------------------------------------------------------

TOLD_HERE = [
    line
    for name in ("test_problems.py", "test_lint.py")
    for line in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines()
    if re.search(r"r(ror|ning)\[[a-z-]+\]", line)
]


def ids(source: Path) -> Iterator[str]:
    """The problems that a module makes: `problems.error("…"`, `warning("…"`, `Problem("…"`, `_refusal("…"`."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            if name in ("error", "warning", "Problem", "_refusal"):
                yield str(node.args[0].value)


def test_every_problem_is_documented() -> None:
    rows = re.findall(r"^\| (`.+?`) \|", (PACKAGE.parent / "docs" / "problems.md").read_text(encoding="utf-8"), re.M)
    told = [name for row in rows for name in re.findall(r"`([a-z-]+)`", row)]
    assert made() - set(told) == set(), "without a line in docs/problems.md"
    assert set(told) - made() == set(), "no longer in the package"
    assert len(told) == len(set(told))


def made() -> set[str]:
    return {name for module in PACKAGE.rglob("*.py") for name in ids(module)} | set(CODES)


def test_every_problem_is_provoked() -> None:
    told = set(re.findall(r"(?:error|warning)\[([a-z0-9-]+)\]", "\n".join(TOLD_HERE)))
    assert made() - told == set(), "not provoked in this file"
    assert told - made() == set(), "no longer in the package"


def test_no_word_is_the_programs_own() -> None:
    """Not a word of Python or PyYAML, but where the reader writes Python herself."""
    own = r"\b(str|dict|int|float|bool|tuple|NoneType|None|[A-Z]\w+Error|scalar)\b|<(class|block|stream)"
    assert [line for line in TOLD_HERE if re.search(own, line.split("] ", 1)[-1])] == []


def test_one_suggestion_or_none() -> None:
    assert [line for line in TOLD_HERE if line.count("did you mean") > 1] == []
