"""Packed exports: what is in a .zip, and the one file in a .gz, .bz2 or .xz, unpacked before it is read.

What a file is, its first bytes say and not its name. Refuses archives with a password, without a table, and those
that unpack to more than an export does, before the disk is full.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from segtool.sources.kinds import READABLE, NotATableError, kind_of

_OPENERS: dict[str, Any] = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}
_PIECE = 1 << 20
_MAX_RATIO = 200
_RATIO_FROM = 100 << 20
_MAX_ENTRIES = 10_000
_BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, NotImplementedError, ValueError)


def tables_in(path: Path, shown: str) -> list[str]:
    """The names of the tables in a zip archive, by name. Raises NotATableError."""
    with _reading(shown), zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
    if len(entries) > _MAX_ENTRIES:
        raise NotATableError(f"{shown} holds {len(entries):,} files, more than an export does; unpack what is needed")
    names = sorted(entry.filename for entry in entries if _is_table(entry.filename))
    if not names:
        raise NotATableError(f"{shown} holds no table; its files should end in {', '.join(READABLE)}")
    locked = next((entry for entry in entries if entry.filename in names and entry.flag_bits & 1), None)
    if locked is not None:
        raise NotATableError(f"{shown} is protected by a password; unpack it first")
    return names


def _is_table(name: str) -> bool:
    path = Path(name)
    hidden = any(part.startswith((".", "__MACOSX")) for part in path.parts)
    return path.suffix.lower() in READABLE and not hidden


def unpack(path: Path, shown: str, kind: str, member: str, folder: Path) -> Path:
    """The file in `folder`, under its own name. Raises NotATableError."""
    name = Path(member).name if member else path.stem
    target = folder / (name or "export")
    packed = max(1, path.stat().st_size)
    with _reading(shown), _opened(path, kind, member) as source, target.open("wb") as stream:
        size = 0
        while piece := source.read(_PIECE):
            size += len(piece)
            if size > _RATIO_FROM and size > _MAX_RATIO * packed:
                raise NotATableError(f"{shown} unpacks to more than {_MAX_RATIO} times its size, as no export does")
            stream.write(piece)
    if not size:
        raise NotATableError(f"{shown} is empty; export it again")
    with target.open("rb") as stream:
        inner = kind_of(target, stream.read(8))
    if inner in ("zip", *_OPENERS):
        raise NotATableError(f"{shown} is packed twice; unpack it first")
    return target


@contextmanager
def _opened(path: Path, kind: str, member: str) -> Iterator[IO[bytes]]:
    if kind == "zip":
        with zipfile.ZipFile(path) as archive, archive.open(member) as stream:
            yield stream
        return
    with _OPENERS[kind](path, "rb") as stream:
        yield stream


@contextmanager
def _reading(shown: str) -> Iterator[None]:
    try:
        yield
    except _BROKEN:
        raise NotATableError(f"{shown} is damaged or only partly downloaded; fetch it again") from None
    except RuntimeError:  # how zipfile asks for a password
        raise NotATableError(f"{shown} is protected by a password; unpack it first") from None
