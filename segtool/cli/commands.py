"""Every command and where it is. A command is imported when it is called: its options are read from its signature,
and those of all of them take longer than a check of a small file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from segtool.cli import plainly

_COMMANDS: Mapping[str, tuple[str, str]] = {
    "init": ("starting", "Write a first segments file from export files."),
    "run": ("running", "Fill the lists; say who entered and who left."),
    "refresh": ("running", "Fill static and semi_dynamic lists anew."),
    "check": ("checking", "Find every mistake in the file, all at once."),
    "diff": ("differing", "Say who entered and who left between two runs."),
    "explain": ("explaining", "Say in plain words who is on a list, and why."),
    "show": ("showing", "Show who is on a list."),
    "history": ("histories", "Show how the lists grew and shrank."),
    "verify": ("upkeep", "Look for damage in what is remembered."),
    "prune": ("upkeep", "Remove old runs."),
    "forget": ("forgetting", "Take people out of everything that is kept."),
    "profile": ("profiling", "Say what the files hold."),
    "schema": ("checking", "Print the JSON Schema, for an editor."),
    "formats": ("formats", "List the exports that are known by name."),
}
"""Every command: the module that has a function of its name, and what the list of commands says of it, which is all
of a sentence where its own help begins with a long one.
"""


class Commands(TyperGroup):
    """The group of all commands."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: Any = _Loaded()

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        plainly.take(self.get_params(ctx))
        return super().parse_args(ctx, args)

    def list_commands(self, _: Any) -> list[str]:
        return [*_COMMANDS]

    def format_commands(self, _: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, said) for name, (_, said) in _COMMANDS.items()])


class _Command(TyperCommand):
    """One of them."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        plainly.take(self.get_params(ctx))
        return super().parse_args(ctx, args)


class _Loaded(Mapping[str, Any]):
    """Commands by name, made of their functions when they are looked up."""

    def __getitem__(self, name: str) -> Any:
        module, said = _COMMANDS[name]
        alone = typer.Typer(add_completion=False, rich_markup_mode=None)
        alone.command(name, cls=_Command, short_help=said)(getattr(import_module(f"segtool.cli.{module}"), name))
        return typer.main.get_command(alone)

    def __iter__(self) -> Iterator[str]:
        return iter(_COMMANDS)

    def __len__(self) -> int:
        return len(_COMMANDS)
