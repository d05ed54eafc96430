"""Fingerprints of files and bytes, those of earlier formats among them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segtool.sources import fingerprint

NOTHING = "99aa06d3014798d86001c324468d497f"
"""XXH3 with 128 bits of no bytes, as its authors publish it."""


def of_before(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_it_is_the_published_function() -> None:
    assert fingerprint.of(b"") == NOTHING


@given(st.binary(max_size=300), st.integers(0, 300), st.integers(0, 7))
def test_a_flipped_bit_shows(content: bytes, place: int, bit: int) -> None:
    if place < len(content):
        changed = bytearray(content)
        changed[place] ^= 1 << bit
        assert fingerprint.of(bytes(changed)) != fingerprint.of(content)


@pytest.mark.parametrize("content", [b"", b"email\nana@x.lv\n", b"ab" * 300_000])
def test_that_of_a_file_is_that_of_its_bytes(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert fingerprint.of_file(path) == fingerprint.of(content)


def test_it_is_of_the_kind_that_it_is_compared_with(tmp_path: Path) -> None:
    """A run of an earlier format has SHA-256; a set of fingerprints may have both."""
    path = tmp_path / "file"
    path.write_bytes(b"ana")
    before, now = of_before(b"ana"), fingerprint.of(b"ana")
    assert [fingerprint.of(b"ana", like) for like in (None, now, before)] == [now, now, before]
    assert [fingerprint.of_file(path, like) for like in (None, now, before)] == [now, now, before]
    known = [{before}, {now}, {before, NOTHING}, {now, of_before(b"bo")}]
    assert all(fingerprint.is_among(path, some) for some in known)
    assert not any(fingerprint.is_among(path, some) for some in (set[str](), {NOTHING, of_before(b"bo")}))
