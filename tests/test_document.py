"""Two parsers read a segments file: the quick one what is well written, the careful one whatever it leaves.

What the quick one takes is what the careful one would make of it, values and places, so that nobody's file means
something else on a machine that lacks it.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest
import yaml
from conftest import ROOT

from segtool.config import document
from segtool.config.document import Block, Items, Node
from segtool.config.problems import ConfigError, Location

EXAMPLE = (ROOT / "segments.example.yaml").read_text(encoding="utf-8")

pytestmark = pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML was built without its parser in C")


def places(node: Node) -> Iterator[tuple[Location | None, object]]:
    """Everything in a document with where it stands: what equality of nodes does not look at."""
    if isinstance(node, Block):
        yield node.at, [(entry.key, entry.at) for entry in node.entries]
        for entry in node.entries:
            yield from places(entry.node)
    elif isinstance(node, Items):
        yield node.at, len(node.items)
        for item in node.items:
            yield from places(item)
    else:
        yield node.at, (type(node.value), node.value, node.text)


def carefully(text: str) -> list[tuple[Location | None, object]] | str:
    try:
        return [*places(document._carefully(text, "segments.yaml"))]
    except ConfigError as error:
        return str(error)


def alike(text: str) -> bool:
    """Whether the quick parser takes it; if it does, the careful one has to say the same."""
    quick = document._quickly(text, "segments.yaml")
    if quick is not None:
        assert [*places(quick)] == carefully(text), text
    return quick is not None


def test_the_example_is_read_quickly() -> None:
    assert alike(EXAMPLE)


@pytest.mark.parametrize(
    "text",
    [
        "a: {b: , c: d}",
        "a:\tb",
        "a: [b?c, d]",
        "? a\n: b",
        "%YAML 1.1\n---\na: b",
        "a: |# no comment\n  text",
        "a: b\ufeffc: d",
        "a: [b",
        "a: 1\na: 2",
        "a: !!str b",
        "",
        "# nothing",
        "a: \x07",
        "[" * 500,
    ],
)
def test_what_parsers_dispute_is_left_to_the_careful_one(text: str) -> None:
    assert not alike(text)


def test_a_document_that_is_read_quickly_can_still_be_refused() -> None:
    for text in ("a: b\n---\nc: d\n", "a: *b\n", "a: &x [1]\nb: {*x : 1}\n"):
        with pytest.raises(ConfigError):
            document.parse(text, "segments.yaml")


LETTERS = [
    *"abc:-?[]{},#&*!|>'\"%@`~<+.07é\u2028\x85\t\ufeff\\",
    *2 * "\n\n  ",
    ": ",
    "- ",
    "\n  ",
    "? ",
    "---\n",
    "<<: ",
]


@pytest.mark.parametrize("seed", range(8))
def test_a_document_with_slips_of_the_hand(seed: int) -> None:
    chance = random.Random(seed)
    parts = [part for part in re.split(r"\n\n+", EXAMPLE) if len(part) < 600]
    taken = 0
    for _ in range(60):
        text = chance.choice(parts)
        for _ in range(chance.choice([1, 1, 2, 4])):
            at = chance.randrange(len(text))
            text = text[:at] + chance.choice(["", *chance.choices(LETTERS, k=3)]) + text[at + chance.choice([0, 1]) :]
        taken += alike(text)
    assert taken > 10
