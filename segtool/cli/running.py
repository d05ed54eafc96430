"""`segtool run`: the lists, every night; and `segtool refresh`: lists that remember, filled anew."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

import segtool
from segtool.cli import console, diagnostics
from segtool.cli.arguments import DEFAULT, File, seconds
from segtool.cli.exits import Exit

if TYPE_CHECKING:
    from segtool.api import RunResult
    from segtool.output.report import ExportLine, Report


def run(
    file: File = DEFAULT,
    as_of: Annotated[
        str | None, typer.Option(metavar="WHEN", help="The instant that counts as now: 2026-05-01 or 2026-05-01T09:00.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="SEGMENT", help="Only this list, and those it refers to.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Show what would come out; write nothing.")] = False,
    accept: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Let this list or source pass its guard, once.")
    ] = None,
    wait: Annotated[str, typer.Option(metavar="TIME", help="How long to wait for another run: 30s, 10m, 1h.")] = "0s",
    no_cache: Annotated[bool, typer.Option("--no-cache", help="Read every file anew, changed or not.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON document.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but problems.")] = False,
) -> None:
    """Read the files, fill the lists, and say who entered and who left.

    Exit: 0 done · 2 mistake in the file or the call · 3 the data cannot be used · 4 a list was held back ·
    5 state or output cannot be written · 6 state of a newer segtool · 75 another run is under way.
    """
    started = time.monotonic()
    with console.progress(quiet or json) as step:
        config = segtool.load(file)
        result = segtool.run(
            config,
            as_of=as_of,
            accept=tuple(accept or ()),
            dry_run=dry_run,
            only=tuple(only or ()),
            wait=seconds(wait),
            step=step,
            cache=not no_cache,
        )
    _show(result, file, json=json, quiet=quiet, seconds=time.monotonic() - started)
    if result.report.held:
        raise typer.Exit(Exit.HELD)


def refresh(
    segments: Annotated[list[str], typer.Argument(metavar="SEGMENT", help="Static or semi_dynamic lists.")],
    file: Annotated[Path, typer.Option("--file", "-f", metavar="FILE", help="The segments file.")] = DEFAULT,
    as_of: Annotated[
        str | None, typer.Option(metavar="WHEN", help="The instant that counts as now: 2026-05-01 or 2026-05-01T09:00.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", "-n", help="Show what would come out; write nothing.")] = False,
    wait: Annotated[str, typer.Option(metavar="TIME", help="How long to wait for another run: 30s, 10m, 1h.")] = "0s",
    json: Annotated[bool, typer.Option("--json", help="Print the report as one JSON document.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but problems.")] = False,
) -> None:
    """Fill lists that remember anew: who fits today is on them, and nobody else.

    A run of these lists alone; all others stay as they are. Exit codes are those of run.
    """
    started = time.monotonic()
    with console.progress(quiet or json) as step:
        config = segtool.load(file)
        result = segtool.refresh(config, segments, as_of=as_of, dry_run=dry_run, wait=seconds(wait), step=step)
    _show(result, file, json=json, quiet=quiet, seconds=time.monotonic() - started)
    if result.report.held:
        raise typer.Exit(Exit.HELD)


def _show(result: RunResult, file: Path, *, json: bool, quiet: bool, seconds: float) -> None:
    report = result.report
    if json:
        sys.stdout.write(report.as_json())
    elif not quiet:
        if console.on_terminal():
            from segtool.cli import tables  # noqa: PLC0415

            tables.show_run(report, console.out())
        else:
            sys.stdout.write(_single_line(report, seconds) + "\n")
    sys.stdout.flush()
    if result.warnings:
        diagnostics.show(result.warnings, console.err())
    for verdict in report.guards:
        word = "held" if verdict.held and not verdict.accepted else "accepted" if verdict.accepted else "note"
        console.tell(f"{word}: {verdict.message}", "yellow")
    if not quiet:
        for line in report.exports:
            _show_export(line)
    if not (json or quiet) and console.on_terminal():
        _next_steps(result, file, seconds)


def _single_line(report: Report, seconds: float) -> str:
    """A run in one line, for logs and mail from cron."""
    entered, left = (sum(getattr(line, key) for line in report.lines) for key in ("entered", "left"))
    state = "held" if report.held else "ok"
    name = "dry run" if report.dry_run else f"run {report.serial}"
    held = f", {len(report.held)} held" if report.held else ""
    return (
        f"segtool: {name} {state}: {len(report.lines)} segments, {entered} entered, {left} left, "
        f"{report.rejects} rejected{held}, {seconds:.1f}s"
    )


def _show_export(line: ExportLine) -> None:
    """What the owner of a list has to know before uploading it."""
    said = [f"{line.rows:,} rows, and {line.note}"] if line.note else []
    counts = {
        "people without anything that the platform knows people by": line.unknown,
        "rows that repeat somebody": line.repeated,
        "values left out that a spreadsheet would run": line.dropped,
    }
    said += [f"{count:,} {words}" for words, count in counts.items() if count]
    if said:
        console.tell(f"note: {line.file}: {'; '.join(said)}", "yellow" if line.note else "dim")


def _next_steps(result: RunResult, file: Path, seconds: float) -> None:
    report = result.report
    notes = [note for source in report.sources for note in source.notes]
    for note in notes:
        console.tell(note, "dim")
    folder = _short(file.parent / report.folder)
    console.tell()
    if any(source.accounting.strangers for source in report.sources):
        console.tell("Strangers: rows of people who are not in contacts; they count for nobody.", "dim")
    if report.rejects:
        cells = f"{report.rejects:,} rows and cells could not be used"
        where = f"; each is listed in {folder}/rejects.csv" if not report.dry_run else ""
        console.tell(f"{cells}{where}", "yellow")
    if report.escaped:
        console.tell(f"{report.escaped:,} cells that a spreadsheet would run were made harmless")
    if report.dry_run:
        console.tell(f"Nothing was written. Next: segtool run{_argument(file)}")
        return
    console.tell(f"Wrote {len(report.files)} files to {folder}/ in {seconds:.1f} s.")
    diff = f"segtool diff --members{_flag(file)}"
    first = f"open {folder}/summary.csv; after the next run, {diff} names who came and went"
    console.tell(f"Next: {diff if report.previous else first}")


def _argument(file: Path) -> str:
    return "" if file == DEFAULT else f" {file}"


def _flag(file: Path) -> str:
    return "" if file == DEFAULT else f" --file {file}"


def _short(path: Path) -> str:
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
