"""Workbooks → text cells, read by a process of its own that can be stopped.

A reader of workbooks can be made to hang, to break down and to ask for more memory than there is, by a few bytes.
So another process does it, with limits on memory and time, and whatever becomes of it is a sentence about the
workbook. It is started when the first workbook is met, and ends with this process.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import IO, TYPE_CHECKING, Any

from segtool.config.frozen import dataclass
from segtool.sources.extent import Wanted
from segtool.sources.files import SourceFile
from segtool.sources.kinds import NotATableError

if TYPE_CHECKING:
    import polars as pl

_SECONDS = 6.0
_SECONDS_PER_MEGABYTE = 1.0
_MEMORY = 900 << 20
_MEMORY_PER_BYTE = 40


@dataclass(frozen=True)
class Sheet:
    """The table on a sheet: its header in the row below `above` others, and the rows below it, every cell as text.

    `below` are totals and remarks at the end: the row of each, and what it says. `notes` is what there is to say.
    """

    header: tuple[str, ...]
    frame: pl.DataFrame
    above: int
    below: tuple[tuple[int, str], ...]
    notes: tuple[str, ...]


def header(file: SourceFile, sheet: str | None, skip_rows: int | None, wanted: Wanted) -> tuple[str, ...]:
    """The header cells. Raises NotATableError."""
    question = {"sheet": sheet, "skip_rows": skip_rows, "wanted": wanted, "head": True}
    return tuple(_reader().ask(file, question)["header"])


def cells(file: SourceFile, sheet: str | None, skip_rows: int | None, wanted: Wanted) -> Sheet:
    """The table. Without `skip_rows` its header is searched for. Raises NotATableError."""
    # Deferred: a slip in segments.yaml is answered without loading the engine.
    import polars as pl  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="segtool-") as folder:
        path = Path(folder) / "cells"
        question = {"sheet": sheet, "skip_rows": skip_rows, "wanted": wanted, "head": False, "into": str(path)}
        answer = _reader().ask(file, question)
        frame = pl.DataFrame(_columns(path.read_bytes(), answer["height"], answer["sizes"]))
    below = tuple((row, text) for row, text in answer["below"])
    return Sheet(tuple(answer["header"]), frame, answer["above"], below, tuple(answer["notes"]))


def _columns(content: bytes, height: int, sizes: Sequence[int]) -> Iterator[pl.Series]:
    """The columns as `arrow` wrote them: where each text begins and ends, then the texts."""
    import polars as pl  # noqa: PLC0415

    ends = pl.Array(pl.Int32, height + 1)
    width = 4 * (height + 1)
    start = 0
    for number, size in enumerate(sizes):
        middle = start + width
        places = pl.Series([content[start:middle]]).bin.reinterpret(dtype=ends, endianness=sys.byteorder).explode()
        begin, long = places.head(height) - places[0], places.diff().tail(height)
        text = pl.lit(content[middle : middle + size]).bin.slice(begin, long).cast(pl.String)
        yield pl.select(text.alias(f"column_{number}")).to_series()
        start = middle + size


@lru_cache(maxsize=1)
def _reader() -> _Reader:
    reader = _Reader()
    atexit.register(reader.stop)
    return reader


class _Reader:
    """The other process: one question and one answer at a time, each a line of JSON."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def ask(self, file: SourceFile, question: dict[str, Any]) -> dict[str, Any]:
        """The answer. Raises NotATableError where the file, or the attempt to read it, is refused."""
        asked = {"path": str(file.path), "shown": file.shown, "memory": _MEMORY + _MEMORY_PER_BYTE * file.size}
        patience = _SECONDS + _SECONDS_PER_MEGABYTE * file.size / (1 << 20)
        with self._lock:
            line = self._exchange(json.dumps(asked | question).encode() + b"\n", patience)
            if not line.endswith(b"\n"):
                self.stop()
        if not line.endswith(b"\n"):
            message = f"{file.shown} is damaged, or asks for more memory or time than a workbook of its size should"
            raise NotATableError(f"{message}; open it and save it anew, or export it as CSV")
        answer: dict[str, Any] = json.loads(line)
        if "refused" in answer:
            raise NotATableError(answer["refused"], answer["setting"], answer["choices"])
        return answer

    def _exchange(self, question: bytes, patience: float) -> bytes:
        """The line that comes back; not all of one where the process was too slow or broke down."""
        process = self._process = self._process or _start()
        source, target = process.stdout, process.stdin
        assert source is not None
        assert target is not None
        try:
            target.write(question)
            target.flush()
        except OSError:
            return b""
        return _line(source, patience)

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def _start() -> subprocess.Popen[bytes]:
    # Where this process finds its modules, the other one finds them too, without looking for them (-S), and not where
    # it happens to run (-P).
    root = Path(__file__).parents[2]
    paths = os.pathsep.join([str(root), *(path for path in sys.path if path)])
    return subprocess.Popen(
        [sys.executable, "-S", "-P", "-m", "segtool.sources.sheets"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": paths, "POLARS_MAX_THREADS": "1"},
        bufsize=0,
    )


def _line(source: IO[bytes], patience: float) -> bytes:
    """What can be read up to a line end within `patience` seconds of silence."""
    found = b""
    with selectors.DefaultSelector() as ready:
        ready.register(source, selectors.EVENT_READ)
        while not found.endswith(b"\n"):
            if not ready.select(patience):
                return b""
            piece = os.read(source.fileno(), 1 << 16)
            if not piece:
                return b""
            found += piece
    return found
