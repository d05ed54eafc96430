"""What is wrong, where, and what to do: diagnostics as values.

Every stage that reads what a person wrote or exported reports through `Problem`s collected in a `Problems`;
the two exceptions here carry them over the edge once, all together. Refuses to render: that is the
command line's work.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from difflib import get_close_matches

from segtool.config.frozen import dataclass

OF_DATA = frozenset(
    {
        "no-file",
        "unreadable-file",
        "empty-file",
        "not-a-table",
        "no-column",
        "which-column",
        "changing-file",
        "old-file",
        "not-ready",
        "duplicate-id",
        "ambiguous-dates",
        "ambiguous-numbers",
        "damaged-dates",
        "source-shrank",
    }
)


@dataclass(frozen=True)
class Location:
    """A span of one line: lines and columns count from 1; `end` is the column after the last character.

    `text` is the whole line. A value that came from Python and not from a file has no `Location` at all:
    a made-up line number is worse than none.
    """

    file: str
    line: int
    column: int
    end: int
    text: str = field(default="", repr=False)


@dataclass(frozen=True)
class Problem:
    """One mistake: a stable id, one sentence, and where (or which file) it is about."""

    id: str
    message: str
    at: Location | None = None
    severity: str = "error"
    path: str = ""

    def __str__(self) -> str:
        return f"{self.place}{self.severity}[{self.id}] {self.message}"

    @property
    def of_data(self) -> bool:
        """Whether the export files are at fault, and not what the configuration says."""
        return self.id in OF_DATA

    @property
    def place(self) -> str:
        """`file:line:column: `, or as much of it as is known."""
        if self.at is not None:
            return f"{self.at.file}:{self.at.line}:{self.at.column}: "
        return f"{self.path}: " if self.path else ""


class Problems:
    """A collector that stages fill; order of discovery does not matter, `sorted` gives source order.

    Warnings of a silenced id are not taken; errors always are.
    """

    def __init__(self, silenced: Iterable[str] = ()) -> None:
        self._found: dict[Problem, None] = {}
        self._silenced = frozenset(silenced)

    def without(self, silenced: Iterable[str]) -> Problems:
        """The same collection for one part of the file, which silences more."""
        part = Problems(self._silenced | frozenset(silenced))
        part._found = self._found
        return part

    def error(self, id: str, message: str, at: Location | None = None, path: str = "") -> None:  # noqa: A002
        self._found[Problem(id, message, at, "error", path)] = None

    def warning(self, id: str, message: str, at: Location | None = None, path: str = "") -> None:  # noqa: A002
        if id not in self._silenced:
            self._found[Problem(id, message, at, "warning", path)] = None

    def beside(self) -> Problems:
        """None yet, silent about the same: for what is looked at on the side, and told in its turn."""
        return Problems(self._silenced)

    def extend(self, problems: Iterable[Problem]) -> None:
        self._found.update(dict.fromkeys(problems))

    @property
    def sorted(self) -> tuple[Problem, ...]:
        """Located problems first, by file, line and column; the others keep their order."""

        def place(problem: Problem) -> tuple[bool, str, int, int]:
            at = problem.at
            return (at is None, at.file, at.line, at.column) if at else (True, "", 0, 0)

        return tuple(sorted(self._found, key=place))

    @property
    def errors(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.sorted if problem.severity == "error")


class SegtoolError(Exception):
    """Something the user can act on; its text is complete, so no traceback is ever needed."""


class ProblemsError(SegtoolError):
    """One or more problems, in source order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ConfigError(ProblemsError):
    """What segments.yaml says cannot be run."""


class DataError(ProblemsError):
    """What the export files hold cannot be used."""


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """The one name that was probably meant: the same letters in another order, alike, or the only one begun so."""
    by_fold = {candidate.casefold(): candidate for candidate in sorted(valid, reverse=True)}
    letters = sorted(name.casefold())
    near = [fold for fold in by_fold if sorted(fold) == letters]
    likeness = 0.6 if len(name) > 4 else 0.75  # short names are all a little alike
    near = near or get_close_matches(name.casefold(), by_fold, n=1, cutoff=likeness)
    begun = [fold for fold in by_fold if len(name) > 2 and fold.startswith(name.casefold())]
    near = near or (begun if len(begun) == 1 else [])
    return by_fold[near[0]] if near else None


def suggestion(name: str, valid: Iterable[str]) -> str:
    """`; did you mean "x"?` for the one nearest name, or nothing."""
    near = nearest(name, valid)
    return f'; did you mean "{near}"?' if near is not None else ""


def quoted(names: Iterable[str], conjunction: str = "or", most: int = 12) -> str:
    """`"a", "b" or "c"`; nothing when there are too many to be of help."""
    return listed([f'"{name}"' for name in names], conjunction, most)


def listed(names: Iterable[str], conjunction: str = "or", most: int = 12) -> str:
    """`a, b or c`; nothing when there are too many to be of help."""
    all_names = list(names)
    if not all_names or len(all_names) > most:
        return ""
    if len(all_names) == 1:
        return all_names[0]
    return f"{', '.join(all_names[:-1])} {conjunction} {all_names[-1]}"
