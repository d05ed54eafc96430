"""What a segments file speaks of: a column that it nowhere names is in no rule, and need not be read."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from segtool.config.columns import folded
from segtool.config.document import Block, Items, Node
from segtool.config.settings import Config


def mentioned(config: Config) -> frozenset[str] | None:
    """Every key and text of the file, among which are the names of all fields that its rules and lists look at.

    None where a list shows or exports columns that nobody names.
    """
    for spec in config.segments.values():
        if spec.settings.export or not (spec.settings.columns or config.output.columns):
            return None
    return frozenset(_texts(config.node))


def in_source(texts: Collection[str], source: str) -> frozenset[str]:
    """What texts that begin with a source's name and a dot say after it: as written, and without what people vary."""
    plain, loose = f"{source}.", f"{folded(source)}."
    exact = {text.removeprefix(plain) for text in texts if text.startswith(plain)}
    near = {found.removeprefix(loose) for found in map(folded, texts) if found.startswith(loose)}
    return frozenset(exact | near)


def _texts(node: Node) -> Iterator[str]:
    """What stands in a file, but for what `columns:` of a source calls them there and here."""
    renamed = {id(source.get("columns")) for source in _sources(node)}
    left = [node]
    while left:
        one = left.pop()
        if isinstance(one, Block):
            yield from (entry.key for entry in one.entries)
            left.extend(entry.node for entry in one.entries if id(entry.node) not in renamed)
        elif isinstance(one, Items):
            left.extend(one.items)
        else:
            yield one.text


def _sources(node: Node) -> list[Block]:
    sources = node.get("sources") if isinstance(node, Block) else None
    found = [entry.node for entry in sources.entries] if isinstance(sources, Block) else []
    return [source for source in found if isinstance(source, Block)]
