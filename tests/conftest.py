"""What every test may use: a folder to write exports into, and the shared material where it is there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = ROOT.parent / "shared"


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., Path]:
    """Writes `name=text` files (dots in names as `__`) or a mapping of them into a folder, and gives the folder."""

    def write(content: dict[str, str]) -> Path:
        for name, text in content.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


def shared(path: str) -> Path:
    """A folder of the shared material, or a skip that says so."""
    folder = SHARED / path
    if not folder.exists():
        pytest.skip(f"the shared material ({path}) is not here")
    return folder
