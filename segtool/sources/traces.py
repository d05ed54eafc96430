"""Where people are found in files of any kind: text in any encoding, tables by decoding them, workbooks by unpacking.

Looks at every byte and refuses nothing: a file that cannot be decoded is searched as it is.
"""

from __future__ import annotations

import bz2
import gzip
import html
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import polars as pl

from segtool.sources.context import ID
from segtool.sources.people import People

_WINDOW = 1 << 25
_OVERLAP = 1 << 12
_LONGEST = 1 << 9
_FIRST_WORD = re.compile(r"^[\w.%+-]+")
_LAST_WORD = re.compile(r"[\w.%+@-]+$")
_OPENERS: dict[bytes, Any] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zX": lzma.open}
_TABLES: dict[bytes, Callable[[Path], pl.LazyFrame]] = {b"PAR1": pl.scan_parquet, b"ARRO": pl.scan_ipc}
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    OSError,
    EOFError,
    RuntimeError,
    NotImplementedError,
    ValueError,
)


def speaks_of(path: Path, people: People, cells: bool = False) -> bool:
    """Whether a file holds one of these people; with `cells`, any cell that is one of the ids. Raises OSError."""

    def told(text: str) -> bool:
        return people.in_text(text) or (cells and people.as_cell(text))

    with path.open("rb") as stream:
        head = stream.read(4)
        stream.seek(0)
        if _any(stream, told):
            return True
    if head in _TABLES:
        return _table(_TABLES[head](path), people, cells)
    return _packed(path, head, told)


def held_in(table: pl.DataFrame, people: People) -> pl.Series:
    """Which rows of a table are theirs, or speak of them."""
    found = pl.Series([False]).new_from_index(0, table.height)
    if ID in table.columns:
        found = found | people.are(table.get_column(ID))
    for column in table.iter_columns():
        found = found | told(column, people)
    return found


def told(column: pl.Series, people: People) -> pl.Series:
    """Which cells of a column speak of them."""
    if column.dtype == pl.String:
        return people.in_cells(column)
    if column.dtype == pl.List(pl.String):
        return people.in_cells(column.list.join("\n", ignore_nulls=True))
    return pl.Series([False]).new_from_index(0, len(column))


def _any(stream: IO[bytes], told: Callable[[str], bool]) -> bool:
    return any(told(text) for window in _windows(stream) for text in _decoded(*window))


def _windows(stream: IO[bytes]) -> Iterator[tuple[bytes, bool, bool]]:
    """The content bit by bit, each beginning before the end of the one before; and whether it is the first, or last."""
    window, first = stream.read(_WINDOW), True
    while True:
        more = stream.read(_WINDOW)
        yield window, first, not more
        if not more:
            return
        window, first = window[-_OVERLAP:] + more, False


def _decoded(content: bytes, first: bool, last: bool) -> Iterator[str]:
    """UTF-8, which shows what is plain in any older encoding too; and UTF-16 where there are zeros, either way round.

    A text may begin at an odd byte. Words that are cut off are whole in the bit before or after.
    """
    texts = [content.decode("utf-8", errors="replace")]
    if b"\0" in content:
        orders = ("utf-16-le", "utf-16-be")
        texts += [content[start:].decode(order, errors="replace") for start in (0, 1) for order in orders]
    for text in texts:
        begun = text if first else _FIRST_WORD.sub("", text)
        yield begun if last else begun[:-_LONGEST] + _LAST_WORD.sub("", begun[-_LONGEST:])


def _packed(path: Path | IO[bytes], head: bytes, told: Callable[[str], bool]) -> bool:
    """The same for what is packed in it, a workbook in an archive too."""
    try:
        for magic, opener in _OPENERS.items():
            if head.startswith(magic):
                with opener(path) as unpacked:
                    return _any(unpacked, told)
        if head[:2] == b"PK":
            with zipfile.ZipFile(path) as packed:
                return any(_of_entry(packed, entry, told) for entry in packed.infolist())
    except _UNREADABLE:
        pass
    return False


def _of_entry(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, told: Callable[[str], bool]) -> bool:
    """In marked-up text, letters may be written as entities."""
    with packed.open(entry) as unpacked:
        if _any(unpacked, lambda text: told(html.unescape(text))):
            return True
        unpacked.seek(0)
        head = unpacked.read(4)
        unpacked.seek(0)
        return _packed(unpacked, head, told)


def _table(table: pl.LazyFrame, people: People, cells: bool) -> bool:
    """A column at a time: a table may be larger than what fits into memory."""
    try:
        for name in table.collect_schema():
            column = table.select(name).collect()
            if held_in(column, people).any() or (cells and _has_cell(column.to_series(), people)):
                return True
    except (pl.exceptions.PolarsError, OSError):
        pass
    return False


def _has_cell(column: pl.Series, people: People) -> bool:
    if column.dtype.is_nested() or column.dtype == pl.Binary:
        return False
    return bool(people.are(column.cast(pl.String)).any())
