"""Cases written one below the other: what is said in a segments file, and behind `=>` what is told about it."""

from __future__ import annotations

from collections.abc import Iterator


def cases(section: str) -> Iterator[tuple[str, list[str]]]:
    """What is said in every case of a section, and the lines that are told."""
    for case in section.strip("\n").split("\n\n"):
        lines = case.split("\n")
        said = "\n".join(line for line in lines if not line.startswith("=>"))
        yield said, [line.removeprefix("=>").removeprefix(" ") for line in lines if line.startswith("=>")]
