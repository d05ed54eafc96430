"""The one look at a file's bytes tells what a look for each sign would tell, wherever its pieces end."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from segtool.sources import fingerprint
from segtool.sources import glance as glancing
from segtool.sources.glance import Glance, Signs, glance, signs_of


@pytest.fixture(scope="module", autouse=True)
def small_pieces() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(glancing, "_PIECE", 5)
        yield


@given(st.lists(st.sampled_from(["a", "bc,de", '"', "\r", "\n", "\0", " ", "\t", "é"])).map("".join))
@example("a b\nc,d\n")
@example("ab,cd\nef, gh\n")
@example("12345\n7")
def test_every_sign_is_found(text: str) -> None:
    content = text.encode()
    below = content.partition(b"\n")[2]
    signs = Signs(
        ascii=content.isascii(),
        quoted=b'"' in content,
        returns=b"\r" in content,
        nul=b"\0" in content,
        blank=b" " in below or b"\t" in below,
        ended=content.endswith(b"\n") or not content,
    )
    with TemporaryDirectory() as folder:
        path = Path(folder) / "file.csv"
        path.write_bytes(content)
        assert glance(path) == Glance(fingerprint.of(content), signs)
        assert signs_of(path) == signs


@pytest.mark.parametrize("large", [0, 1 << 24])
@given(st.lists(st.sampled_from(["a", "bc,de", "\n", ",", ";é"])).map("".join))
def test_signs_are_counted(large: int, text: str) -> None:
    """In a file of any size, wherever its pieces end."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(glancing, "_LARGE", large)
        path = Path(folder) / "file.csv"
        path.write_bytes(text.encode())
        assert glancing.counts(path, [b"\n", b",", b";"]) == [text.count(sign) for sign in "\n,;"]
