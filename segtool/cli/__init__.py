"""The command line: parses, makes one call into the API, renders, returns an exit code.

Nothing here computes a list. Data frames are not imported until a command reaches data, so `--help` and a slip in
the file are answered at once.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from segtool.cli import console
from segtool.cli.commands import Commands
from segtool.cli.exits import Exit, exit_code_for
from segtool.config.problems import ProblemsError, SegtoolError
from segtool.version import __version__

_EXAMPLES = """Examples:

  segtool check               find every mistake in segments.yaml

  segtool run                 fill the lists, say who entered and who left

  segtool diff --members      who came and went since the run before
"""

app = typer.Typer(
    name="segtool",
    cls=Commands,
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    epilog=_EXAMPLES,
    help="Audience lists from export files: who belongs, who came, who left, and why.",
)


def _version(asked: bool) -> None:
    if asked:
        sys.stdout.write(f"segtool {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> NoReturn:
    """Runs the command line and ends the process with a code of `Exit`."""
    # What one batch of rows frees the next one takes: to give it back in between is a tenth of a large run.
    os.environ.setdefault("_RJEM_MALLOC_CONF", "dirty_decay_ms:10000,muzzy_decay_ms:0")
    # Nothing here multiplies matrices, for which NumPy would start threads: half of what it takes to import it.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    console.prepare()
    os.umask(0o077)  # what is written is about people
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    _end(_code())


def _code() -> int:
    """What the process ends with."""
    try:
        try:
            app()
        finally:
            _flush()
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)
    except SegtoolError as error:
        return _report(error)
    except OSError as error:
        return _unusable(error)
    except Exception as error:
        return _bug(error)
    return Exit.DONE


def _end(code: int) -> NoReturn:
    """Ends the process at once: to take down object by object what was built takes as long as a small run."""
    atexit._run_exitfuncs()
    _flush()
    os._exit(code)


def _flush() -> None:
    """Raises OSError where what was said cannot be written."""
    sys.stdout.flush()
    sys.stderr.flush()


def _stop(number: int, _frame: Any) -> None:
    sys.stderr.write("segtool: interrupted; the last committed run is as it was\n")
    raise SystemExit(Exit.INTERRUPTED if number == signal.SIGINT else Exit.TERMINATED)


def _report(error: SegtoolError) -> int:
    sys.stdout.flush()
    if isinstance(error, ProblemsError):
        from segtool.cli import diagnostics  # noqa: PLC0415

        diagnostics.show(error.problems, console.err())
    else:
        console.tell(f"segtool: {error}")
    return exit_code_for(error)


def _unusable(error: OSError) -> int:
    """A disk that is full, a folder that cannot be read: whatever no stage could say more about."""
    place = f"{error.filename}: " if error.filename else ""
    console.tell(f"segtool: {place}{error.strerror or error}")
    return Exit.STATE


def _frames(error: BaseException) -> str:
    """Where it happened, and nothing of what it says: an error of a library quotes the data it met."""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = _frames(cause) + "\nThis led to:\n\n" if cause is not None else ""
    frames = "".join(traceback.format_tb(error.__traceback__))
    return f"{before}Traceback (most recent call last):\n{frames}{type(error).__name__}\n"


def _bug(error: Exception) -> int:
    if os.environ.get("SEGTOOL_DEBUG"):
        sys.stderr.write(_frames(error))
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "segtool" in Path(frame.filename).parts]
    place = f" at {Path(own[-1].filename).name}:{own[-1].lineno}" if own else ""
    said = f"segtool: a bug in segtool ({type(error).__name__}{place}); the last committed run is whole."
    sys.stderr.write(f"{said} Run it with SEGTOOL_DEBUG=1 to see more, and report it.\n")
    return Exit.BUG
