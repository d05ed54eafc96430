"""How a delimited text file is written: encoding, delimiter, header. Plain Python, so that it can be asked early.

Found from the head of the file, stated in the report, and overruled by what the source says.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from mmap import mmap
from pathlib import Path
from typing import IO, Any

from segtool.config.frozen import dataclass
from segtool.sources import extent
from segtool.sources.extent import Wanted
from segtool.sources.files import SourceFile
from segtool.sources.glance import Signs, counts
from segtool.sources.kinds import NotATableError

DELIMITERS = (",", ";", "\t", "|")
_OLD = "windows-1252"
_OTHERS = "mac-roman, windows-1250, windows-1251, shift_jis or gb18030"
_ONE_BYTE = ("mac-roman", "windows-1250", "windows-1251", "iso-8859-7")
_FOREIGN = re.compile(r"[a-z][ŠŽŒŸ](?![A-Z])|[A-Za-z][ŠŽŒŸ][a-z]|[A-Za-z][‚ƒ„†‡ˆ‰‹˜›£¥¯²³¹¿][A-Za-z]|[À-ÖØ-öø-ÿ]{4}")
"""What no word of a western language has: a rare capital or a sign in its midst, or four accents in a row."""

_MARKED = re.compile(r"[^\x00-\x7f]")
_HEAD = 1 << 18
_PIECE = 1 << 22
_PAGE = re.compile(r"<(?:!--|(?:!doctype|html|\?xml|head|body|title|meta|script)\b)", re.IGNORECASE)
_JSON = re.compile(r"""(?:\{\s*["'}]|\[\s*[\[{"'\]])""")
_WIDE = 0.4
"""A text of two bytes per character has a zero in this share of its bytes, on one side alone."""

csv.field_size_limit(1 << 30)  # a cell may be as long as it likes


@dataclass(frozen=True)
class Dialect:
    """`header` is as written, below `rows_above` rows in `above` lines.

    `plain` is UTF-8 with ordinary line ends, read without copying; `spaced` has blanks before its quotation marks;
    `guessed` is an encoding that nobody declared and no mark tells.
    """

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    above: int
    rows_above: int
    plain: bool
    spaced: bool = False
    guessed: bool = False


@dataclass(frozen=True)
class Marks:
    """What the bytes of a text tell before it is parsed: how many lines, quotation marks and delimiters it has, and
    whether it has lone CRs and NULs. `ended` says that the last line has a line end; `plain` that all is ASCII, that
    no CR may be in a cell, and that no cell is written as a formula; `bare` that no cell has quotes or blanks. Lines
    and delimiters may be left uncounted.
    """

    lines: int
    quotes: int
    delimiters: int
    carriage: bool
    nul: bool
    ended: bool
    plain: bool
    bare: bool = False
    counted: bool = True


def sniff(
    file: SourceFile, delimiter: str | None, encoding: str | None, skip_rows: int | None, wanted: Wanted = ()
) -> Dialect:
    """The dialect of a text file. Raises NotATableError.

    Without `skip_rows` the header is searched for; `wanted` are the columns that it should have.
    """
    with file.path.open("rb") as stream:
        head = stream.read(_HEAD)
        all_ascii = file.signs is not None and file.signs.ascii
        found = encoding or _encoding(head, io.BytesIO() if all_ascii else stream)
    try:
        text = codecs.getincrementaldecoder(found)("strict").decode(head)
    except LookupError:
        raise NotATableError(
            f'there is no encoding "{encoding}"; write utf-8, windows-1252, utf-16 or mac-roman'
        ) from None
    except UnicodeDecodeError as error:
        hint = "leave encoding: out to have it found" if encoding else f"say encoding: {_OTHERS}, whatever it is"
        message = f"{file.shown} is not written in {found}; {hint}"
        if not encoding and found == "utf-8":
            line = head.count(b"\n", 0, error.start) + 1
            message = f"{file.shown} is written in utf-8, but for a byte in line {line:,}; export it again"
        raise NotATableError(message, "encoding" if encoding else "files") from None
    text = text.removeprefix("\ufeff")
    _refuse_others(text, file.shown)
    guessed = encoding is None and found == _OLD
    if guessed:
        _refuse_foreign(text, file.shown)
    pieces = text.split('"')
    unquoted = "".join(pieces[::2])
    carriage = "\r" in unquoted and "\n" not in unquoted
    marks_ = (_mark(delimiter),) if delimiter else _possible(text)
    spaced = {mark: _is_spaced(pieces, mark) for mark in marks_}
    lines = io.StringIO(text, newline="")
    tables = [table for mark in marks_ if (table := _table(lines, mark, spaced[mark], skip_rows, wanted)) is not None]
    if not tables:
        where = f" where one is expected (row {skip_rows + 1})" if skip_rows else ""
        message = f"{file.shown} has no header row{where}; see skip_rows"
        raise NotATableError(message, "skip_rows" if skip_rows else "files")
    best = max(tables, key=lambda table: table.likeness)
    plain = found.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig", "ascii") and not carriage
    return Dialect(found, best.delimiter, best.header, best.lines, best.rows, plain, spaced[best.delimiter], guessed)


def decoded(file: SourceFile, dialect: Dialect) -> str:
    """The whole text with ordinary line ends. Raises NotATableError where a byte does not fit the encoding."""
    try:
        text = file.path.read_bytes().decode(dialect.encoding)
    except UnicodeDecodeError as error:
        message = f"{file.shown} is not written in {dialect.encoding} throughout (at byte {error.start})"
        raise NotATableError(f"{message}; say encoding: windows-1252 or whatever it is") from None
    if dialect.guessed:
        _refuse_foreign(text, file.shown)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    refuse_nul(text, file.shown)
    return text


def simple_marks(path: Path, delimiter: str, signs: Signs, hasty: bool) -> Marks:
    """What the bytes of a file tell whose `signs` are simple; `hasty` leaves uncounted what parsing its rows will show.

    Where last cells are blank, that would show no more than that something has to be counted after all.
    """
    mark = delimiter.encode()
    with path.open("rb") as stream:
        hasty = hasty and mark + b"\n" not in stream.read(_HEAD)
    lines, delimiters = (0, 0) if hasty else counts(path, [b"\n", mark])
    lines += not signs.ended
    bare = signs.ascii and not signs.blank
    return Marks(lines, 0, delimiters, False, False, signs.ended, signs.ascii, bare, counted=not hasty)


def marks(content: bytes | mmap, delimiter: str) -> Marks:
    """One look at all bytes, in pieces."""
    lines = carriages = pairs = quotes = delimiters = 0
    nul, plain = False, True
    before = b""
    for start in range(0, len(content), _PIECE):
        piece = content[start : start + _PIECE]
        lines += piece.count(b"\n")
        quotes += piece.count(b'"')
        delimiters += piece.count(delimiter.encode())
        nul = nul or b"\0" in piece
        plain = plain and piece.isascii() and b'"=""' not in piece
        if b"\r" in piece or before == b"\r":
            carriages += piece.count(b"\r")
            pairs += piece.count(b"\r\n") + (before == b"\r" and piece.startswith(b"\n"))
        before = piece[-1:]
    ended = before in (b"\n", b"\r", b"")
    plain = plain and not (quotes and carriages)
    return Marks(lines + (before not in (b"\n", b"")), quotes, delimiters, carriages > pairs, nul, ended, plain)


def last_line(content: bytes | mmap) -> bytes:
    """The last line that is not blank."""
    tail = content[max(0, len(content) - _PIECE) :].rstrip()
    return tail[tail.rfind(b"\n") + 1 :]


def has_header_again(source: Path | bytes, found: Dialect) -> bool:
    """Whether the line of the header comes again. The bytes are looked at in pieces, for others to go on meanwhile."""
    with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as stream:
        for _ in range(found.above):
            stream.readline()
        sought = b"\n" + stream.readline().removeprefix(codecs.BOM_UTF8).rstrip(b"\r\n")
        before = b"\n"
        while piece := stream.read(_PIECE):
            piece = before + piece
            if sought in piece:
                return True
            before = piece[1 - len(sought) :]
    return False


def is_long(content: bytes | mmap, found: Dialect) -> bool:
    """Whether the last line has too many cells: of one that only ends in separators, the engine says nothing."""
    cells = cells_of(last_line(content).decode(errors="replace"), found)
    return cells is not None and len(cells) > len(found.header)


def is_cut(last: str, dialect: Dialect) -> bool:
    """Whether what follows the last line end is the beginning of a row."""
    return bool(last.strip()) and '"' not in last and last.count(dialect.delimiter) < len(dialect.header) - 1


def quotes_match(content: bytes | mmap, delimiter: str) -> bool:
    """Whether every quotation mark begins a cell, ends one, or is doubled inside one: then no row hides in a cell."""
    mark = re.escape(delimiter.encode())
    sound = rb'(?:[^"]++|(?<![^%s\n])"(?:[^"]++|"")*+"(?![^%s\r\n]))*+' % (mark, mark)
    found = re.match(sound, content)
    return found is not None and found.end() == len(content)


def cells_of(line: str, found: Dialect) -> list[str] | None:
    """The cells of one line; None where a cell of it goes on in another."""
    try:
        reader = csv.reader([line], delimiter=found.delimiter, skipinitialspace=found.spaced, strict=True)
        return next(reader, [])
    except csv.Error:
        return None


def records(text: str, found: Dialect) -> Iterator[tuple[list[str], int]]:
    """The cells of every row of `decoded` text; where its quotation marks do not match, also how many lines it took.

    It took -1 where a mark opens in the last row and does not close.
    """
    taken: list[str] = []

    def lines() -> Iterator[str]:
        for line in io.StringIO(text, newline=""):
            taken.append(line)
            yield line

    how: dict[str, Any] = {"delimiter": found.delimiter, "skipinitialspace": found.spaced}
    for cells in csv.reader(lines(), **how):
        yield cells, _taken(taken, how, len(found.header))
        taken.clear()


def _taken(lines: list[str], how: Mapping[str, Any], width: int) -> int:
    if not any('"' in line for line in lines):
        return 0
    try:
        list(csv.reader(lines, **how, strict=True))
    except csv.Error as error:
        if len(lines) == 1 and "unexpected end" in str(error):
            return -1
        # Where every separator is one, marks that do not match change no other cell.
        torn = len(lines) > 1 or lines[0].count(how["delimiter"]) != width - 1
        return len(lines) if torn else 0
    return 0


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


def _encoding(head: bytes, rest: IO[bytes]) -> str:
    """By its mark, its zeros, or the first bytes that are no ASCII."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = [head[side::2].count(0) / max(1, len(head) // 2) for side in (0, 1)]
    if abs(zeros[0] - zeros[1]) > _WIDE:
        return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    piece = head
    while piece and piece.isascii():
        piece = rest.read(_PIECE)
    try:
        codecs.getincrementaldecoder("utf-8")("strict").decode(piece)
    except UnicodeDecodeError as error:
        # Letters that fit before the first that does not are no chance: this is UTF-8, and damaged.
        return _OLD if piece[: error.start].isascii() else "utf-8"
    return "utf-8"


def _refuse_foreign(text: str, shown: str) -> None:
    """A text of one byte for each letter fits any such encoding; by the wrong one its words are none.

    Raises NotATableError.
    """
    first = _MARKED.search(text)
    odd = _FOREIGN.search(text, max(0, first.start() - 1), first.start() + _PIECE) if first else None
    if odd is None:
        return
    others = []
    for name in _ONE_BYTE:
        with suppress(UnicodeError):
            others.append(f'{name} ("{odd[0].encode(_OLD).decode(name)}")')
    message = f'{shown} is not written in UTF-8, and as {_OLD} it has words with "{odd[0]}"'
    raise NotATableError(f"{message}; say in which encoding: it is, such as {', '.join(others)}, shift_jis or gb18030")


@dataclass(frozen=True)
class _Table:
    """A text as one delimiter splits it: its header, below `rows` rows in `lines` lines."""

    delimiter: str
    header: tuple[str, ...]
    rows: int
    lines: int
    likeness: tuple[object, ...]


def _mark(delimiter: str) -> str:
    return {"tab": "\t"}.get(delimiter, delimiter)


def _possible(text: str) -> list[str]:
    """The delimiters that a text may have: those in it, and one that is not, by which every row is one cell."""
    absent = [mark for mark in DELIMITERS if mark not in text]
    return [mark for mark in DELIMITERS if mark not in absent[1:]]


def _table(lines: io.StringIO, delimiter: str, spaced: bool, skip_rows: int | None, wanted: Wanted) -> _Table | None:
    rows, ends = _head(lines, delimiter, spaced, (skip_rows or 0) + extent.LOOKED_AT)
    at = extent.header_at(rows, wanted) if skip_rows is None else skip_rows
    if at is None or at >= len(rows) or not any(cell.strip() for cell in rows[at]):
        return None
    likeness = (*extent.likeness(rows, at, wanted), -DELIMITERS.index(delimiter))
    return _Table(delimiter, tuple(rows[at]), at, ends[at - 1] if at else 0, likeness)


def _head(lines: io.StringIO, delimiter: str, spaced: bool, most: int) -> tuple[list[list[str]], list[int]]:
    """The cells of the first rows, and the lines that each of them and those above it take."""
    lines.seek(0)
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=spaced)
    rows: list[list[str]] = []
    ends: list[int] = []
    with suppress(csv.Error):
        for row in islice(reader, most):
            rows.append(row)
            ends.append(reader.line_num)
    return rows, ends


def _is_spaced(pieces: Sequence[str], delimiter: str) -> bool:
    """Whether quotation marks come after a blank: `1, "a"`. `pieces` is the text, split at them."""
    before = [piece.rstrip(" ") != piece and piece.rstrip(" ").endswith(delimiter) for piece in pieces[:-1:2]]
    tight = sum(piece.endswith(delimiter) for piece in pieces[:-1:2])
    return sum(before) > tight
