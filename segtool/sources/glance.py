"""What the bytes of a file tell before anybody reads them as text: their fingerprint, and which signs are among them.

One pass for all of it, in pieces that stay near the processor: a look at a large file costs what reaching it costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from segtool.config.frozen import dataclass
from segtool.sources import fingerprint

_PIECE = 1 << 17
_LARGE = 1 << 24
_BLANKS = (b" ", b"\t", b"\v", b"\f")


@dataclass(frozen=True)
class Signs:
    """Whether all bytes are ASCII, and whether there are quotation marks, CRs and NULs; `blank` says whether there are
    blanks below the first line, as a header may have some of its own, and `ended` whether the last line has an LF.
    """

    ascii: bool
    quoted: bool
    returns: bool
    nul: bool
    blank: bool
    ended: bool

    @property
    def simple(self) -> bool:
        """Whether every line is a row, and every delimiter parts two cells."""
        return not (self.quoted or self.returns or self.nul)


@dataclass(frozen=True)
class Glance:
    """A file as it was when it was looked at."""

    fingerprint: str
    signs: Signs


def glance(path: Path) -> Glance:
    """One look at all bytes. Raises OSError."""
    digest = fingerprint.digest()
    return Glance(signs=_signs(_hashed(path, digest)), fingerprint=digest.hexdigest())


def signs_of(path: Path) -> Signs:
    """The same without the fingerprint."""
    return _signs(pieces(path))


def pieces(path: Path) -> Iterator[bytes | bytearray]:
    """The content bit by bit, each to be looked at before the next one is asked for."""
    buffer = bytearray(_PIECE)
    with path.open("rb", buffering=0) as stream:
        while count := stream.readinto(buffer):
            yield buffer if count == _PIECE else bytes(memoryview(buffer)[:count])


def counts(path: Path, signs: Sequence[bytes]) -> list[int]:
    """How often a file has each of these signs, of one byte. Raises OSError."""
    if path.stat().st_size < _LARGE:
        content = path.read_bytes()
        return [content.count(sign) for sign in signs]
    # Deferred: it takes a while to load. It counts signs of which there are many five times as fast.
    import numpy as np  # noqa: PLC0415

    found = [0] * len(signs)
    for piece in pieces(path):
        read = np.frombuffer(piece, dtype=np.uint8)
        found = [count + int(np.count_nonzero(read == sign[0])) for count, sign in zip(found, signs, strict=True)]
    return found


def _hashed(path: Path, digest: fingerprint.Digest) -> Iterator[bytes | bytearray]:
    for piece in pieces(path):
        digest.update(piece)
        yield piece


def _signs(pieces: Iterator[bytes | bytearray]) -> Signs:
    ascii_ = ended = True
    quoted = returns = nul = blank = below = False
    for piece in pieces:
        ascii_ = ascii_ and piece.isascii()
        quoted = quoted or b'"' in piece
        returns = returns or b"\r" in piece
        nul = nul or b"\0" in piece
        if not blank:
            start = 0 if below else piece.find(b"\n") + 1
            below = below or start > 0
            blank = below and any(piece.find(sign, start) >= 0 for sign in _BLANKS)
        ended = piece.endswith(b"\n")
    return Signs(ascii_, quoted, returns, nul, blank, ended)
