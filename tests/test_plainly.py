"""Every option and argument of every command takes what Typer would take, as what Typer would make of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import typer

from segtool.cli import app, plainly

GROUP: Any = typer.main.get_command(app)
TEXTS = ["", "segments.yaml", "full", "json", "FULL", "3", "0", "-3", "007", "3.5", "1_000", "9" * 12, "no", " 2 ", "-"]
VALUES = [None, *TEXTS, Path("segments.yaml"), 3, True, False, (), ("a",), ("a", "b"), ["a"], 2.5]


def parameters() -> list[Any]:
    """Those of every command, its --help among them."""
    commands = [GROUP, *(GROUP.get_command(None, name) for name in GROUP.list_commands(None))]
    return [
        pytest.param(command, param, id=f"{command.name} {param.name}")
        for command in commands
        for param in command.get_params(typer.Context(command))
    ]


def taken(param: Any, value: Any, context: Any) -> tuple[type, Any]:
    """What becomes of a value: its type too, since 3 equals 3.0; or what is said against it."""
    try:
        made = param.get_runtime_param().coerce(value, param=param, ctx=context)
    except typer.BadParameter as error:
        return typer.BadParameter, error.message
    return type(made), made


@pytest.mark.parametrize(("command", "param"), parameters())
def test_a_value_is_what_it_would_be(command: Any, param: Any) -> None:
    context = typer.Context(command)
    for value in VALUES:
        outcomes = []
        for plain in (False, True):
            param._runtime_param = None
            if plain:
                plainly.take([param])
            try:
                outcomes.append(taken(param, value, context))
            except Exception as error:  # a value that no command line gives
                outcomes.append((type(error), str(error)))
        assert outcomes[0] == outcomes[1], value


def test_a_file_that_cannot_be_read_is_for_typer_to_refuse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "segments.yaml"
    file.touch()
    monkeypatch.setattr("os.access", lambda *_: False)
    command = GROUP.get_command(None, "check")
    param = next(one for one in command.params if one.name == "file")
    plainly.take([param])
    with pytest.raises(typer.BadParameter, match="not readable"):
        param.get_runtime_param().coerce(str(file), param=param, ctx=typer.Context(command))
