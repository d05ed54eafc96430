"""Where words go: stdout is data, stderr is narration. Colour and progress on a terminal alone.

Whatever comes from data is printed as plain text, without control characters: a cell must not drive a terminal.
Rich is imported when there is something to colour or to lay out: a line in a log needs none of it.
"""

from __future__ import annotations

import io
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from segtool.config.progress import Reading, Step, quiet

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_TELLING = 1.0
"""Seconds after which it can be told how long the rest takes."""

_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F}


class _Patient(io.FileIO):
    """A stream whose reader may go away, as `| head` does: what is written after that is dropped, without a word."""

    def write(self, data: Any, /) -> int:
        try:
            return super().write(data) or 0
        except OSError as error:
            # Nothing can be written there any more; said once, and not again when Python ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            if not isinstance(error, BrokenPipeError):
                raise
            return len(data)


def prepare() -> None:
    """Makes both streams survive a closed pipe, and a terminal or log that cannot show every letter."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:  # closed by whoever started this
            setattr(sys, name, io.TextIOWrapper(io.FileIO(os.devnull, "w"), encoding="utf-8"))
        if not isinstance(stream, io.TextIOWrapper):
            continue
        stream.reconfigure(errors="backslashreplace")
        if not stream.isatty():
            raw = _Patient(stream.fileno(), "wb", closefd=False)
            stream.flush()
            buffered = io.BufferedWriter(raw)
            line_by_line = name == "stderr"
            patient = io.TextIOWrapper(
                buffered, encoding=stream.encoding, errors=stream.errors, line_buffering=line_by_line
            )
            setattr(sys, name, patient)


def out() -> Console:
    from rich.console import Console  # noqa: PLC0415

    return Console(file=sys.stdout, highlight=False, soft_wrap=True)


def err() -> Console:
    from rich.console import Console  # noqa: PLC0415

    return Console(file=sys.stderr, highlight=False, soft_wrap=True, stderr=True)


def tell(text: str = "", style: str = "") -> None:
    """A line of narration."""
    if style and (sys.stderr.isatty() or _asks_for_colour()):
        err().print(safe(text, style))
    else:
        sys.stderr.write(plain(text) + "\n")


def _asks_for_colour() -> bool:
    """Whether Rich may be asked to take what is no terminal for one."""
    return any(name in os.environ for name in ("FORCE_COLOR", "TTY_COMPATIBLE"))


def on_terminal() -> bool:
    return sys.stdout.isatty()


def safe(text: str, style: str = "") -> Text:
    """Text that cannot move the cursor, change colours or write from right to left."""
    from rich.text import Text  # noqa: PLC0415

    return Text(plain(text), style=style)


def plain(text: str) -> str:
    """The same without what would drive a terminal."""
    return "".join(_visible(letter) for letter in text)


def _visible(letter: str) -> str:
    code = ord(letter)
    if letter == "\t":
        return " "
    if code < 0x20 or 0x7F <= code < 0xA0 or code in _BIDI:
        return "�"
    return letter


@contextmanager
def progress(unseen: bool) -> Iterator[Step]:
    """Says what is being done while it is done; on a terminal alone, and gone when it is over."""
    if unseen or not sys.stderr.isatty():
        yield quiet
        return
    began: dict[str, float] = {}

    def show(step: str | Reading) -> None:
        if isinstance(step, Reading):
            now = time.monotonic()
            step = reading(step, now - began.setdefault(step.source, now))
        status.update(safe(step))

    with err().status("starting", spinner="dots") as status:
        yield show


def reading(done: Reading, seconds: float) -> str:
    """`reading orders: 1,200,000 rows, 40 %, 12 s left`; `seconds` have passed since it began."""
    said = f"reading {done.source}"
    if done.rows:
        said = f"{said}: {done.rows:,} rows"
    if done.share and seconds >= _TELLING:
        left = round(seconds * (1 - done.share) / done.share) + 1
        rest = f"{left} s" if left < 90 else f"{left // 60} min"
        said = f"{said}, {100 * done.share:.0f} %, {rest} left"
    return said
