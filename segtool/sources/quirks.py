"""What some exports do that no other table does: facts that only the file's name tells, orders in several rows, values
in the one or the other column, and apostrophes before digits.

Works on the text cells of one file, under our names. `formats.yaml` says which format does what; any source may ask
for the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl

from segtool.config.columns import match_name
from segtool.config.problems import Problems
from segtool.config.settings import SourceSpec
from segtool.logic.patterns import why
from segtool.sources.files import SourceFile


def from_name(frame: pl.LazyFrame, spec: SourceSpec, file: SourceFile) -> pl.LazyFrame:
    """The rows with the columns that stand in the file's name: the first group of a pattern, else all it fits."""
    found = []
    for column, pattern in spec.settings.from_file_name.items():
        groups = pl.Series([file.path.name]).str.extract_groups(pattern).struct.unnest()
        value = groups.to_series(0) if groups.width else pl.Series([file.path.name]).str.extract(pattern, 0)
        found.append(pl.lit(value.item() or None, dtype=pl.String).alias(column))
    return frame.with_columns(found)


def filled(frame: pl.LazyFrame, spec: SourceSpec, names: Mapping[str, str]) -> pl.LazyFrame:
    """A column of several names has, in each row, the first of them that is not missing there.

    `names` says what the file calls each column. The others stay as they are, under their own names.
    """
    ours = {cell: name for name, cell in names.items()}
    found = {}
    for name, wanted in spec.settings.columns.items():
        cells = [cell for one in wanted if (cell := match_name(one, ours)) is not None]
        others = dict.fromkeys(ours[cell] for cell in cells if cell != names.get(name))
        if name in names and others:
            found[name] = pl.coalesce(name, *others)
    return frame.with_columns(**found) if found else frame


def apart(spec: SourceSpec) -> bool:
    """Whether every cell says what it says by itself, whatever the other columns and rows hold."""
    return spec.settings.fold is None and all(len(cells) == 1 for cells in spec.settings.columns.values())


def unmarked(frame: pl.LazyFrame, spec: SourceSpec, names: Iterable[str]) -> pl.LazyFrame:
    """Columns declared as text without the apostrophe that keeps a spreadsheet from counting or running a cell.

    `names` are those of the table, of which the frame may have some.
    """
    there = set(frame.collect_schema().names())
    declared = _columns((name for name, kind in spec.settings.types.items() if kind == "text"), list(names))
    texts = [name for name in declared if name in there]
    return frame.with_columns(pl.col(texts).str.replace("^'([0-9+=@-])", "$1")) if texts else frame


def check_patterns(spec: SourceSpec, problems: Problems) -> None:
    """One problem for every pattern that the engine refuses."""
    for column, pattern in spec.settings.from_file_name.items():
        try:
            pl.Series([""]).str.extract_groups(pattern)
        except pl.exceptions.ComputeError as error:
            message = f'"{pattern}" is no regular expression: {why(error)}'
            problems.error("wrong-pattern", message, spec.place("from_file_name", column))


def folded(frame: pl.LazyFrame, spec: SourceSpec, row: str) -> pl.LazyFrame:
    """One row for all rows with the same values of `fold: by`, where the first of them is (`row` counts them).

    A gathered column holds the values of all of them, as the text of a list; every other one the first that is there.
    A row that lacks one of the values stands for itself.
    """
    fold = spec.settings.fold
    names = frame.collect_schema().names()
    if fold is None:
        return frame
    keys = _columns(fold.by, names)
    gathered = _columns(fold.gather or (), names)
    mark = spec.settings.list_separator
    alone = pl.when(pl.any_horizontal(pl.col(keys).is_null())).then(pl.col(row)).alias("§alone")
    values = [
        _listed(name, mark) if name in gathered else pl.col(name).drop_nulls().first()
        for name in names
        if name not in keys
    ]
    return frame.group_by(*keys, alone, maintain_order=True).agg(values).select(names)


def fewer(before: pl.LazyFrame, after: pl.LazyFrame) -> int:
    """How many rows folding took away."""
    counts = pl.collect_all([frame.select(pl.len()) for frame in (before, after)], engine="streaming")
    many, few = (count.item() for count in counts)
    return int(many - few)


def _columns(wanted: Iterable[str], names: list[str]) -> list[str]:
    return [found for name in wanted if (found := match_name(name, names)) is not None]


def _listed(name: str, mark: str) -> pl.Expr:
    """The values of several rows as one text: each in quotes, so that a mark within it separates nothing."""
    quoted = pl.format('"{}"', pl.col(name).str.replace_all('"', '""', literal=True))
    joined = quoted.drop_nulls().str.join(mark)
    return pl.when(joined != "").then(joined).alias(name)
