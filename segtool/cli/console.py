"""Where words go: stdout is data, stderr is narration. Colour and progress on a terminal alone.

Whatever comes from data is printed as plain text, without control characters: a cell must not drive a terminal.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.text import Text

_BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F}


def out() -> Console:
    return Console(file=sys.stdout, highlight=False, soft_wrap=True)


def err() -> Console:
    return Console(file=sys.stderr, highlight=False, soft_wrap=True, stderr=True)


def on_terminal() -> bool:
    return sys.stdout.isatty()


def safe(text: str, style: str = "") -> Text:
    """Text that cannot move the cursor, change colours or write from right to left."""
    shown = "".join(_visible(letter) for letter in text)
    return Text(shown, style=style)


def _visible(letter: str) -> str:
    code = ord(letter)
    if letter == "\t":
        return " "
    if code < 0x20 or 0x7F <= code < 0xA0 or code in _BIDI:
        return "�"
    return letter


@contextmanager
def progress(quiet: bool) -> Iterator[Callable[[str], None]]:
    """Says what is being done while it is done; on a terminal alone, and gone when it is over."""
    console = err()
    if quiet or not console.is_terminal:
        yield lambda _: None
        return
    with console.status("starting", spinner="dots") as status:
        yield lambda step: status.update(safe(step))
