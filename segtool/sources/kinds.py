"""What a file is, by its content: text, a workbook, Parquet, or something packed. Its name is asked last."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
READABLE = (".csv", ".tsv", ".txt", ".tab", ".parquet", *WORKBOOKS)
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PACKED = ("zip", "gzip", "bzip2", "xz")
_PARTS = ("[Content_Types].xml", "content.xml", "mimetype", "xl/workbook.xml", "xl/workbook.bin")
_STARTS = ((b"PAR1", "parquet"), (b"\x1f\x8b", "gzip"), (b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (OLE, "workbook"))


class NotATableError(Exception):
    """The file is something else; its text says what, and what to do. `setting` is the key that it is about.

    `choices` are what that key could say, where one of several is meant.
    """

    def __init__(self, message: str, setting: str = "files", choices: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.setting = setting
        self.choices = tuple(choices)


def kind_of(path: Path, head: bytes) -> str:
    """text, workbook, parquet, zip, gzip, bzip2 or xz. `head` is how the file begins."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    named_so = path.suffix.lower() in WORKBOOKS
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return "workbook" if named_so or _is_workbook(path) else "zip"
    return "workbook" if named_so else "text"


def _is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {name.replace("\\", "/") for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError):
        return False
    return bool(names & set(_PARTS))
