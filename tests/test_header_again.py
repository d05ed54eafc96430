"""A file that was put together of several has their headers among its rows: found wherever it is, and rejected."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

import segtool
from segtool.sources import dialect, parts
from segtool.sources.dialect import Dialect

HEADER = "email,city"
LINES = st.lists(st.sampled_from([HEADER, "ana@x.lv,Riga", "email", "", ",", HEADER[:-1], f"{HEADER},x"]), max_size=6)


@given(above=st.integers(0, 2), lines=LINES, ending=st.sampled_from(["\n", "\r\n"]), piece=st.integers(1, 40))
def test_it_is_found_wherever_pieces_end(above: int, lines: list[str], ending: str, piece: int) -> None:
    content = "".join(f"{line}{ending}" for line in [*["Export of today"] * above, HEADER, *lines]).encode()
    expected = any(line.startswith(HEADER) for line in lines)
    found = Dialect("utf-8", ",", tuple(HEADER.split(",")), above, above, True, False, False)
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(dialect, "_PIECE", piece)
        path = Path(folder) / "file.csv"
        path.write_bytes(content)
        assert dialect.has_header_again(path, found) == expected
        assert dialect.has_header_again(b"\xef\xbb\xbf" * (not above) + content, found) == expected


@pytest.mark.parametrize("small", [0, parts.SMALL])
@pytest.mark.parametrize("last", ["ben@x.lv,Cesis", "ben@x.lv,"])
def test_it_is_rejected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, small: int, last: str) -> None:
    """Whether rows are counted, as where last cells are blank, or not."""
    monkeypatch.setattr(parts, "SMALL", small)
    (tmp_path / "c.csv").write_text(f"{HEADER}\nana@x.lv,Riga\n{HEADER}\n{last}\n", encoding="utf-8")
    document = {
        "version": 1,
        "sources": {"contacts": {"files": "c.csv", "id": "email"}},
        "segments": {"all": {"where": "everyone"}},
    }
    found = segtool.run(segtool.load(document, base=tmp_path))
    assert found.members == {"all": ["ana@x.lv", "ben@x.lv"]}
    assert [row[2:5] for row in found.rejects.rows()] == [(3, None, None)]
    assert found.rejects.rows()[0][-1] == "it repeats the header"
