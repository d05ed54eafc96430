"""How a delimited text file is written: encoding, delimiter, header. Plain Python, so that it can be asked early.

Found from the head of the file, stated in the report, and overruled by what the source says.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

from segtool.sources.files import SourceFile
from segtool.sources.kinds import NotATableError

DELIMITERS = (",", ";", "\t", "|")
_HEAD = 1 << 18
_PIECE = 1 << 22
_PAGE = re.compile(r"<(?:!--|(?:!doctype|html|\?xml|head|body|title|meta|script)\b)", re.IGNORECASE)
_JSON = re.compile(r"""(?:\{\s*["'}]|\[\s*[\[{"'\]])""")
_WIDE = 0.4
"""A text of two bytes per character has a zero in this share of its bytes, on one side alone."""


@dataclass(frozen=True)
class Dialect:
    """`header` is as written, below `above` lines; `plain` is UTF-8 with ordinary line ends, read without copying."""

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    above: int
    plain: bool


@dataclass(frozen=True)
class Marks:
    """What the bytes of a text tell before it is parsed: its lines, and whether it has quotes, lone CRs and NULs.

    `ended` says that the last line has a line end.
    """

    lines: int
    quoted: bool
    carriage: bool
    nul: bool
    ended: bool


def sniff(file: SourceFile, delimiter: str | None, encoding: str | None, skip_rows: int) -> Dialect:
    """The dialect of a text file. Raises NotATableError."""
    with file.path.open("rb") as stream:
        head = stream.read(_HEAD)
    found = encoding or _encoding(head)
    try:
        text = codecs.getincrementaldecoder(found)("strict").decode(head)
    except LookupError:
        raise NotATableError(
            f'there is no encoding "{encoding}"; write utf-8, windows-1252, utf-16 or mac-roman'
        ) from None
    except UnicodeError:
        hint = "leave encoding: out to have it found" if encoding else "say encoding: mac-roman or whatever it is"
        message = f"{file.shown} is not written in {found}; {hint}"
        raise NotATableError(message, "encoding" if encoding else "files") from None
    text = text.removeprefix("\ufeff")
    _refuse_others(text, file.shown)
    unquoted = "".join(text.split('"')[::2])
    carriage = "\r" in unquoted and "\n" not in unquoted
    mark = {"tab": "\t"}.get(delimiter or "", delimiter) or _delimiter(text, skip_rows)
    header, above = _row(text, mark, skip_rows)
    if not any(cell.strip() for cell in header):
        message = f"{file.shown} has no header row where one is expected (row {skip_rows + 1}); see skip_rows"
        raise NotATableError(message, "skip_rows" if skip_rows else "files")
    plain = found.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig", "ascii") and not carriage
    return Dialect(found, mark, tuple(header), above, plain)


def decoded(file: SourceFile, dialect: Dialect) -> str:
    """The whole text with ordinary line ends. Raises NotATableError where a byte does not fit the encoding."""
    try:
        text = file.path.read_bytes().decode(dialect.encoding)
    except UnicodeDecodeError as error:
        message = f"{file.shown} is not written in {dialect.encoding} throughout (at byte {error.start})"
        raise NotATableError(f"{message}; say encoding: windows-1252 or whatever it is") from None
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    refuse_nul(text, file.shown)
    return text


def marks(content: bytes | mmap) -> Marks:
    """One look at all bytes, in pieces."""
    lines = carriages = pairs = 0
    quoted = nul = False
    before = b""
    for start in range(0, len(content), _PIECE):
        piece = content[start : start + _PIECE]
        lines += piece.count(b"\n")
        quoted = quoted or b'"' in piece
        nul = nul or b"\0" in piece
        if b"\r" in piece or before == b"\r":
            carriages += piece.count(b"\r")
            pairs += piece.count(b"\r\n") + (before == b"\r" and piece.startswith(b"\n"))
        before = piece[-1:]
    ended = before in (b"\n", b"\r", b"")
    return Marks(lines + (before not in (b"\n", b"")), quoted, carriages > pairs, nul, ended)


def is_cut(last: str, dialect: Dialect) -> bool:
    """Whether what follows the last line end is the beginning of a row."""
    return bool(last.strip()) and '"' not in last and last.count(dialect.delimiter) < len(dialect.header) - 1


def quotes_match(content: bytes | mmap, delimiter: str) -> bool:
    """Whether every quotation mark begins a cell, ends one, or is doubled inside one: then no row hides in a cell."""
    mark = re.escape(delimiter.encode())
    sound = rb'(?:[^"]++|(?<![^%s\n])"(?:[^"]++|"")*+"(?![^%s\r\n]))*+' % (mark, mark)
    found = re.match(sound, content)
    return found is not None and found.end() == len(content)


def records(text: str, delimiter: str) -> Iterator[tuple[list[str], int]]:
    """The cells of every row of `decoded` text; where its quotation marks do not match, also how many lines it took."""
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    for cells in csv.reader(lines(), delimiter=delimiter):
        yield cells, 0 if len(taken) == 1 or _sound(taken, delimiter) else len(taken)
        taken.clear()


def _sound(lines: list[str], delimiter: str) -> bool:
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error:
        return False
    return True


def _refuse_others(text: str, shown: str) -> None:
    """What comes in place of a table when an export or a download fails."""
    start = text.lstrip("\ufeff \t\r\n\f\xa0")[:1000]
    if _PAGE.match(start):
        raise NotATableError(f"{shown} is a web page, not a table; the export probably failed, download it again")
    if _JSON.match(start):
        raise NotATableError(f"{shown} is JSON, not a table; export it as CSV")
    refuse_nul(text, shown)


def refuse_nul(text: str, shown: str) -> None:
    """Bytes of zero stand in no text; a copy that went wrong leaves them behind. Raises NotATableError."""
    before, nul, _ = text.partition("\0")
    if nul:
        line = before.count("\n") + 1
        message = f"{shown} has a NUL byte in line {line:,}, so it is damaged or no text file"
        raise NotATableError(f"{message}; export it again as CSV")


def _encoding(head: bytes) -> str:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = [head[side::2].count(0) / max(1, len(head) // 2) for side in (0, 1)]
    if abs(zeros[0] - zeros[1]) > _WIDE:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(head)
    except UnicodeError:
        return "windows-1252"
    return "utf-8"


def _delimiter(text: str, skip_rows: int) -> str:
    """The one that splits the header into most cells; a comma when none does."""
    return max(DELIMITERS, key=lambda mark: (len(_row(text, mark, skip_rows)[0]), -DELIMITERS.index(mark)))


def _row(text: str, delimiter: str, number: int) -> tuple[list[str], int]:
    """The cells of the row below `number` others, and how many lines those take."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for _ in range(number):
            next(rows, None)
        above = rows.line_num
        return next(rows, []), above
    except csv.Error:
        return [], 0
