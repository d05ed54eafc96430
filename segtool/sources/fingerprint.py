"""The fingerprint of some content: that of other content is another one, as that of a damaged or a changed file.

XXH3 of 128 bits, in hexadecimal digits: every byte that is read or written is part of one, and SHA-256 takes ten times
as long. The runs of formats 1 to 4 had that, and it is known by its length. Neither is a signature: who may change a
file may change what is noted of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import xxhash

_EARLIER = 64
"""Digits of a SHA-256."""


if TYPE_CHECKING:
    Digest = hashlib._Hash | xxhash.xxh3_128


def digest(like: str | None = None) -> Digest:
    """What bytes are added to until their fingerprint is asked for: of the kind of `like`, if given."""
    return hashlib.sha256() if like is not None and len(like) == _EARLIER else xxhash.xxh3_128()


def of(content: bytes, like: str | None = None) -> str:
    """The fingerprint of these bytes."""
    found = digest(like)
    found.update(content)
    return found.hexdigest()


def of_file(path: Path, like: str | None = None) -> str:
    """That of a file's content. Raises OSError."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: digest(like)).hexdigest()


def is_among(path: Path, known: Collection[str]) -> bool:
    """Whether a file's content has one of these fingerprints, of whichever kind. Raises OSError."""
    kinds = {len(one): one for one in known}
    return any(of_file(path, like) in known for like in kinds.values())
