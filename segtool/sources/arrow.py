"""Columns of text as another library holds them in memory, taken over without the engine.

Follows the Arrow C data interface, by which libraries hand columns to each other. Knows texts alone, and takes a
missing one as blank; refuses every other kind of column, which nobody asks for.
"""

from __future__ import annotations

import ctypes
from itertools import pairwise
from typing import IO, Any, ClassVar


class _Schema(ctypes.Structure):
    """ArrowSchema up to what is needed of it."""

    _fields_: ClassVar = [("format", ctypes.c_char_p)]


class _Array(ctypes.Structure):
    """ArrowArray up to what is needed of it; the last field is of its own kind."""


_Array._fields_ = [
    *((name, ctypes.c_int64) for name in ("length", "null_count", "offset", "n_buffers", "n_children")),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
]


class _Table(ctypes.Structure):
    """The ArrowSchema of a table, up to the columns in it."""

    _fields_: ClassVar = [
        *_Schema._fields_,
        ("name", ctypes.c_char_p),
        ("metadata", ctypes.c_char_p),
        ("flags", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("children", ctypes.POINTER(ctypes.POINTER(_Schema))),
    ]


_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_pointer.restype = ctypes.c_void_p
_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]

_TEXT, _NOTHING = b"u", b"n"


class Texts:
    """A table of texts, as long as `made` is held by it. Raises TypeError for other columns."""

    def __init__(self, made: Any) -> None:
        self._made = made.__arrow_c_array__()
        schema, array = self._made
        kinds = _Table.from_address(_pointer(schema, b"arrow_schema"))
        table = _Array.from_address(_pointer(array, b"arrow_array"))
        self.height: int = table.length
        self.width: int = table.n_children
        self._columns = [
            _Column(kinds.children[number].contents.format, table.children[number].contents, table.offset)
            for number in range(self.width)
        ]

    def rows(self, start: int, stop: int) -> list[tuple[str, ...]]:
        """The cells of those rows that there are."""
        stop = min(stop, self.height)
        return list(zip(*(column.texts(min(start, stop), stop) for column in self._columns), strict=True))

    def write(self, start: int, stop: int, stream: IO[bytes]) -> list[int]:
        """Writes some rows column by column: where each text ends (and before, where the first begins) as integers of
        32 bits, then all of them in UTF-8. How many bytes the texts of each column take.
        """
        return [column.write(start, stop, stream) for column in self._columns]


class _Column:
    """One column: its texts after each other, and where each of them ends."""

    def __init__(self, kind: bytes, array: _Array, offset: int) -> None:
        if kind not in (_TEXT, _NOTHING):
            raise TypeError(f"a column of kind {kind!r} is no text")
        self._first = array.offset + offset
        self._ends: int | None = array.buffers[1] if kind == _TEXT else None
        self._text: int | None = array.buffers[2] if kind == _TEXT else None

    def texts(self, start: int, stop: int) -> list[str]:
        ends = self._bounds(start, stop)
        text = self._bytes(ends)
        return [bytes(text[at - ends[0] : to - ends[0]]).decode() for at, to in pairwise(ends)]

    def write(self, start: int, stop: int, stream: IO[bytes]) -> int:
        ends = self._bounds(start, stop)
        text = self._bytes(ends)
        stream.write(ends)
        stream.write(text)
        return len(text)

    def _bounds(self, start: int, stop: int) -> ctypes.Array[ctypes.c_int32]:
        kind = ctypes.c_int32 * (stop - start + 1)
        return kind.from_address(self._ends + 4 * (self._first + start)) if self._ends else kind()

    def _bytes(self, ends: ctypes.Array[ctypes.c_int32]) -> memoryview:
        size = ends[-1] - ends[0]
        return memoryview((ctypes.c_char * size).from_address(self._text + ends[0]) if self._text and size else b"")
