"""The process that reads workbooks, through calamine: answers questions on its standard input until that ends.

Does without the engine, which takes longer to load than most workbooks do to be read.

Refuses encrypted, damaged and inflated workbooks with a sentence, and never guesses between two sheets with rows.
"""

from __future__ import annotations

import json
import sys
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fastexcel

from segtool.config.problems import listed, suggestion
from segtool.sources import extent, markup
from segtool.sources.arrow import Texts
from segtool.sources.kinds import OLE, NotATableError

try:
    import resource
except ImportError:  # a system that has no such limits
    resource = None  # type: ignore[assignment]

_MAX_UNPACKED = 1 << 30
_MAX_RATIO = 200
_RATIO_FROM = 100 << 20
_MAX_ENTRIES = 10_000
_PIECE = 1 << 20
_UNREAD = '{}: sheet "{}" cannot be read; open the workbook and save it anew'
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_BOOK = "Workbook".encode("utf-16-le")
_ZIPPED = (".xlsx", ".xlsm", ".xlsb")


def main() -> None:
    """Answers one question a line: the header, above, below and notes; or what is refused, and why."""
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer = _answer(question)
        except NotATableError as error:
            answer = {"refused": str(error), "setting": error.setting, "choices": error.choices}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    if resource is not None:
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (question["memory"], hard))
    book = _Book(Path(question["path"]), question["shown"])
    name = book.sheet(question["sheet"])
    skip_rows, wanted = question["skip_rows"], question["wanted"]
    first = skip_rows or 0
    cells = book.cells(name, first + extent.LOOKED_AT if question["head"] else None)
    head = cells.rows(first, first + extent.LOOKED_AT)
    found = extent.header_at(head, wanted) if skip_rows is None else 0
    if found is None or not head or not any(cell.strip() for cell in head[found]):
        message = f"{book.shown} has no header row where one is expected; see skip_rows and sheet"
        raise NotATableError(message, "skip_rows" if skip_rows else "files")
    if question["head"]:
        return {"header": head[found]}
    above = found if skip_rows is None else skip_rows
    below = _below(cells, above + 1)
    end = cells.height - len(below)
    with Path(question["into"]).open("wb") as stream:
        sizes = cells.write(above + 1, end, stream)
    return {
        "header": head[found],
        "above": above,
        "height": end - above - 1,
        "sizes": sizes,
        "below": [[row + 1, text] for row, text in below if text],
        "notes": book.notes(name, above + 1),
    }


def _below(cells: Texts, start: int) -> list[tuple[int, str]]:
    """The totals and remarks at the end, and blank rows among them, from the end upwards; none of them before start."""
    found: list[tuple[int, str]] = []
    first = max(start, cells.height - extent.LAST)
    for number, row in reversed(list(enumerate(cells.rows(first, cells.height), start=first))):
        if any(cell.strip() for cell in row) and not extent.is_below(row, cells.width):
            break
        found.append((number, extent.text_of(row)))
    while found and not found[-1][1]:
        found.pop()
    return found


class _Book:
    """One workbook that could be opened."""

    def __init__(self, path: Path, shown: str) -> None:
        self._path = path
        self.shown = shown
        self._unread: list[str] = []
        self._chosen = False
        with path.open("rb") as stream:
            head = stream.read(512)
        if head.startswith(b"PK"):
            self._weigh()
        elif head.startswith(OLE):
            content = path.read_bytes()
            if _ENCRYPTED in content or (path.suffix.lower() in _ZIPPED and _BOOK not in content):
                raise NotATableError(f"{shown} is protected by a password; save it without one")
        elif head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
            message = f"{shown} is a web page or XML, not a workbook"
            raise NotATableError(f"{message}; the export probably failed, or has to be saved as .xlsx")
        elif head.isascii() and b"\0" not in head:
            raise NotATableError(f"{shown} is text, not a workbook; if it is a table, name it .csv")
        with _refusing(f"{shown} is damaged or no workbook; open it and save it anew"):
            self._reader = fastexcel.read_excel(path)

    def _weigh(self) -> None:
        """Refuses an archive that would unpack to more than a workbook ever does, before unpacking it."""
        try:
            with zipfile.ZipFile(self._path) as archive:
                entries = archive.infolist()
                locked = _says_encrypted(archive)
        except (zipfile.BadZipFile, OSError, ValueError, zlib.error, RuntimeError, NotImplementedError):
            raise NotATableError(f"{self.shown} is damaged or only partly downloaded; fetch it again") from None
        if locked or any(entry.flag_bits & 1 for entry in entries):
            raise NotATableError(f"{self.shown} is protected by a password; save it without one")
        unpacked = sum(entry.file_size for entry in entries)
        packed = max(1, sum(entry.compress_size for entry in entries))
        inflated = unpacked > _RATIO_FROM and unpacked / packed > _MAX_RATIO
        if unpacked > _MAX_UNPACKED or len(entries) > _MAX_ENTRIES or inflated:
            raise NotATableError(
                f"{self.shown} unpacks to {unpacked >> 20:,} MiB, more than a workbook should; export it as CSV"
            )

    def sheet(self, wanted: str | None) -> str:
        """The sheet that is meant: the named one, or the only one that somebody sees with rows."""
        names = self._reader.sheet_names
        if wanted is not None:
            if wanted in names:
                return wanted
            near = suggestion(wanted, names)
            valid = "" if near else f"; it has {listed(names, 'and') or 'many others'}"
            raise NotATableError(f'{self.shown} has no sheet "{wanted}"{near}{valid}', "sheet")
        if not names:
            raise NotATableError(f"{self.shown} has no sheet; save it anew")
        if len(names) == 1:
            return names[0]
        full = [name for name in names if self._has_rows(name)]
        if len(full) == 1:
            self._chosen = True
            return full[0]
        if not full and self._unread:
            raise NotATableError(_UNREAD.format(self.shown, self._unread[0]))
        if not full:
            raise NotATableError(f"{self.shown} has no sheet with rows; it has {listed(names, 'and') or 'many'}")
        message = f"{self.shown} has several sheets with rows; say which: sheet: {listed(full) or full[0]}"
        raise NotATableError(message, choices=full)

    def _has_rows(self, sheet: str) -> bool:
        """Whether somebody who opens the workbook sees rows on this sheet."""
        try:
            with self._reading(sheet):
                loaded = self._reader.load_sheet(sheet, header_row=None, n_rows=2, dtypes="string")
                return loaded.visible == "visible" and loaded.total_height > 1
        except NotATableError:  # as a sheet of charts is, in some formats
            self._unread.append(sheet)
            return False

    def cells(self, sheet: str, most: int | None) -> Texts:
        """The cells of a sheet from its first row on, as texts: all of them, or those of so many rows."""
        with self._reading(sheet):
            return Texts(self._reader.load_sheet(sheet, header_row=None, skip_rows=0, n_rows=most, dtypes="string"))

    def notes(self, sheet: str, header: int) -> list[str]:
        """What there is to say about the sheet below its header, and about those that were not read."""
        said = [f'{self.shown}: sheet "{name}" cannot be read and was left out' for name in self._unread]
        if self._chosen:
            said.append(f'{self.shown}: sheet "{sheet}" was read; no other that is visible has rows')
        marks = markup.marks(self._path, sheet, header)
        said += _cells(self.shown, marks.errors, "an error such as #N/A in place of a value", "")
        said += _cells(self.shown, marks.empty, "a formula that was never calculated", "; save the workbook in Excel")
        if marks.merged:
            ranges = "1 range is" if marks.merged == 1 else f"{marks.merged:,} ranges are"
            said.append(f"{self.shown}: {ranges} merged below the header; a value counts in the first cell of it alone")
        return said

    @contextmanager
    def _reading(self, sheet: str) -> Iterator[None]:
        with _refusing(_UNREAD.format(self.shown, sheet)):
            yield


@contextmanager
def _refusing(sentence: str) -> Iterator[None]:
    """Whatever the reader cannot do with a workbook is a sentence about the workbook."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, NotATableError):
        raise
    except BaseException:
        # Where the reader itself breaks down, it raises a BaseException whose type it does not publish.
        raise NotATableError(sentence) from None


def _says_encrypted(archive: zipfile.ZipFile) -> bool:
    """Whether an OpenDocument file lists its parts as encrypted."""
    name = "META-INF/manifest.xml"
    return name in archive.namelist() and b"encryption-data" in archive.open(name).read(_PIECE)


def _cells(shown: str, found: Sequence[str], what: str, advice: str) -> list[str]:
    """What is said of cells that count as missing, by their places."""
    if not found:
        return []
    several = len(found) > 1
    cells = f"{len(found):,} cells hold" if several else "1 cell holds"
    place = f" (the first is {found[0]})" if found[0] else ""
    return [f"{shown}: {cells} {what}{place} and {'count' if several else 'counts'} as missing{advice}"]


if __name__ == "__main__":
    main()
