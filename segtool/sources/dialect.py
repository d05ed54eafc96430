"""How a delimited text file is written: encoding, delimiter, header. Plain Python, so that it can be asked early.

Found from the head of the file, stated in the report, and overruled by what the source says.
"""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass

from segtool.sources.files import SourceFile

DELIMITERS = (",", ";", "\t", "|")
_HEAD = 1 << 18


class NotATableError(Exception):
    """The file is something else; its text says what, and what to do."""


@dataclass(frozen=True)
class Dialect:
    """`header` is as written; `plain` means UTF-8 with ordinary line ends, which is read without copying."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    plain: bool


def sniff(file: SourceFile, delimiter: str | None, encoding: str | None, skip_rows: int) -> Dialect:
    """The dialect of a text file. Raises NotATableError."""
    with file.path.open("rb") as stream:
        head = stream.read(_HEAD)
    _refuse_others(head, file.shown)
    found = encoding or _encoding(head)
    try:
        text = codecs.getincrementaldecoder(found)("strict").decode(head)
    except LookupError:
        raise NotATableError(
            f'there is no encoding "{encoding}"; write utf-8, windows-1252, utf-16 or mac-roman'
        ) from None
    except UnicodeDecodeError:
        message = f"{file.shown} is not written in {found}; leave encoding: out to have it found"
        raise NotATableError(message) from None
    text = text.removeprefix("\ufeff")
    carriage = "\r" in text and "\n" not in text
    mark = {"tab": "\t"}.get(delimiter or "", delimiter) or _delimiter(text, skip_rows)
    header = _row(text, mark, skip_rows)
    if not any(cell.strip() for cell in header):
        raise NotATableError(
            f"{file.shown} has no header row where one is expected (row {skip_rows + 1}); see skip_rows"
        )
    plain = found.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig", "ascii") and not carriage
    return Dialect(found, mark, tuple(header), plain)


def decoded(file: SourceFile, dialect: Dialect) -> str:
    """The whole text with ordinary line ends. Raises NotATableError where a byte does not fit the encoding."""
    try:
        text = file.path.read_bytes().decode(dialect.encoding)
    except UnicodeDecodeError as error:
        message = f"{file.shown} is not written in {dialect.encoding} throughout (at byte {error.start})"
        raise NotATableError(f"{message}; say encoding: windows-1252 or whatever it is") from None
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _refuse_others(head: bytes, shown: str) -> None:
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")):
        raise NotATableError(f"{shown} is a web page, not a table; the export probably failed, download it again")
    if start.startswith((b"{", b"[{")):
        raise NotATableError(f"{shown} is JSON, not a table; export it as CSV")
    if head.startswith(b"PK\x03\x04"):
        raise NotATableError(f"{shown} is a workbook or an archive, not CSV; give it its own ending (.xlsx)")
    if head.startswith(b"\x1f\x8b"):
        raise NotATableError(f"{shown} is compressed; unpack it first")
    if b"\0" in head and not head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise NotATableError(f"{shown} is not a text file; export it again as CSV")


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(head)
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8"


def _delimiter(text: str, skip_rows: int) -> str:
    """The one that splits the header into most cells; a comma when none does."""
    return max(DELIMITERS, key=lambda mark: (len(_row(text, mark, skip_rows)), -DELIMITERS.index(mark)))


def _row(text: str, delimiter: str, number: int) -> list[str]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for _ in range(number):
            next(rows, None)
        return next(rows, [])
    except csv.Error:
        return []
