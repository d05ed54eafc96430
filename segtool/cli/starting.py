"""`segtool init`: the first segments file."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from segtool.cli import console
from segtool.cli.arguments import DEFAULT
from segtool.config.problems import ConfigError, Problem


def init(
    files: Annotated[
        list[str] | None, typer.Argument(metavar="FILES", help="Export files, folders of them, or patterns.")
    ] = None,
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write; - writes to standard output.")
    ] = DEFAULT,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
) -> None:
    """Look at export files and write a segments file that runs, with reasons and ten lists to begin with.

    Exit: 0 done · 2 the file is there already · 3 no file can be used.
    """
    shown = str(output) == "-"
    if not shown and output.exists() and not force:
        message = f"{output} is there already; --output writes another file, --force replaces this one"
        raise ConfigError([Problem("file-exists", message)])
    # Deferred: data frames are imported only when there is something to look at.
    from segtool.api.starting import start  # noqa: PLC0415

    folder = Path.cwd() if shown else output.absolute().parent
    with console.progress(unseen=False) as step:
        made = start(files or ["."], folder, step=step)
    if shown:
        sys.stdout.write(made.text)
        sys.stdout.flush()
    else:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(made.text, encoding="utf-8")
    for name, said in made.sources.items():
        console.tell(f"{name}: {said[0]}")
        for reason in said[1:]:
            console.tell(f"  {reason}", "dim")
    for said_ in made.left:
        console.tell(f"not used: {said_}", "yellow")
    wrote = "" if shown else f"Wrote {output} with {len(made.lists)} lists. Next: segtool run{_argument(output)}"
    if wrote:
        console.tell(wrote)


def _argument(output: Path) -> str:
    return "" if output == DEFAULT else f" {output}"
