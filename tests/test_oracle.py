"""The program against a second reading of the language, and against the laws that every list obeys.

`SEGTOOL_ORACLE_CASES` sets how many random worlds are tried (each has several segments), and
`SEGTOOL_ORACLE_SEED` picks other ones than those that every run tries.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from pprint import pformat
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from oracle.evaluator import at, members
from oracle.files import write
from oracle.generate import ALL_FEATURES, NO_FEATURES, worlds
from oracle.rfm import PARTS, facts
from oracle.smallest import smallest
from oracle.world import Row, Spec, World

import segtool
from segtool.plan import tallies
from segtool.sources import categories, cells, directory, parts

Members = dict[str, list[str]]
CASES = int(os.environ.get("SEGTOOL_ORACLE_CASES", "50"))
WORDS_OF_THE_CASE = r"\d+|'[^']*'|\"[^\"]*\""
SEED = os.environ.get("SEGTOOL_ORACLE_SEED")


# Where the quantiles of RFM fall is the program's own choice; its bins have a test of their own.
FEATURES = ALL_FEATURES - {"rfm"}
NOBODY_ELSE = FEATURES - {"top", "duplicates", "unique"}


def tried(share: int = 1) -> Callable[[Any], Any]:
    """Many worlds, the same in every run; a difference is made small by `smallest`, not by chance."""
    many = settings(
        max_examples=max(CASES // share, 5),
        deadline=None,
        database=None,
        derandomize=SEED is None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    return many if SEED is None else lambda test: many(seed(int(SEED))(test))


def answer(world: World) -> Members:
    """What the program says; files with an odd number of rows are read as large ones are, with more or fewer values."""
    size = sum(map(len, world.tables.values()))
    odd = size % 2
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "SMALL", 0 if odd else parts.SMALL)
        patch.setattr(cells, "SAMPLE", 2 if odd else cells.SAMPLE)
        patch.setattr(categories, "MOST", 2 if size % 4 == 1 else categories.MOST)
        for few in (tallies, directory):
            patch.setattr(few, "FEW", 0 if odd else few.FEW)
        config = write(world, Path(folder))
        found = segtool.evaluate(segtool.load(config, base=folder), as_of=world.as_of)
    return {name: list(ids) for name, ids in found.members.items()}


def outcome(world: World) -> Members | str:
    """What the program says, or why it says nothing, without the names and numbers of the case."""
    try:
        return answer(world)
    except Exception as error:
        return f"{type(error).__name__}: {re.sub(WORDS_OF_THE_CASE, '…', str(error))[:80]}"


def wrong_like(first: Members | str) -> Callable[[World], bool]:
    """Whether a simpler world goes wrong in the same way."""

    def wrong(world: World) -> bool:
        try:
            expected = members(world)
        except Exception:
            return False
        found = outcome(world)
        return found == first if isinstance(first, str) else not isinstance(found, str) and found != expected

    return wrong


def told(world: World, expected: Members, found: Members | str) -> str:
    """A world for a person to read: only what is there."""
    tables = {
        name: [{column: value for column, value in row.items() if value is not None} for row in rows]
        for name, rows in world.tables.items()
    }
    config = {key: value for key, value in world.config.items() if key != "sources"}
    sources = {
        name: {key: value for key, value in source.items() if key != "types"} for name, source in world.sources.items()
    }
    parts = {"as_of": world.as_of, "sources": sources, "config": config, "tables": tables}
    if isinstance(found, dict):
        expected = {name: ids for name, ids in expected.items() if ids != found.get(name)}
        found = {name: found.get(name, []) for name in expected}
    shown = pformat(parts, width=110, sort_dicts=False)
    return f"{shown}\nexpected {pformat(expected)}\nfound    {pformat(found)}"


def compare(world: World) -> None:
    """Fail with the smallest world that shows the difference."""
    found = outcome(world)
    if found != members(world):
        small = smallest(world, wrong_like(found), tries=600)
        pytest.fail(told(small, members(small), outcome(small)), pytrace=False)


@tried()
@given(worlds(NO_FEATURES))
def test_fields_and_behaviour_are_as_the_page_says(world: World) -> None:
    compare(world)


@tried()
@given(worlds(FEATURES))
def test_everything_is_as_the_page_says(world: World) -> None:
    compare(world)


def plain(world: World, wheres: Mapping[str, Any]) -> World:
    """The world with more lists, which have a rule and nothing else."""
    more: dict[str, Spec] = {name: {"where": where} for name, where in wheres.items()}
    return world.with_config(segments={**world.config["segments"], **more})


def rules(world: World) -> list[Any]:
    """The rules of a world's segments."""
    return [spec["where"] for spec in world.config["segments"].values()]


@tried(5)
@given(worlds(FEATURES - {"suppress"}))
def test_a_condition_and_its_complement_part_all_contacts(world: World) -> None:
    wheres: dict[str, Any] = {"everyone": "everyone"}
    for number, rule in enumerate(rules(world)):
        wheres |= {f"p{number}": rule, f"not{number}": {"not": rule}, f"none{number}": {"none": [rule]}}
    found = {name: set(ids) for name, ids in answer(plain(world, wheres)).items()}
    for number in range(len(rules(world))):
        assert found[f"p{number}"] | found[f"not{number}"] == found["everyone"]
        assert not found[f"p{number}"] & found[f"not{number}"]
        assert found[f"none{number}"] == found[f"not{number}"]


@tried(5)
@given(worlds(FEATURES - {"suppress"}))
def test_not_all_is_any_not(world: World) -> None:
    first, second = rules(world)[:2]
    negated = [{"not": first}, {"not": second}]
    wheres = {
        "not_all": {"not": {"all": [first, second]}},
        "any_not": {"any": negated},
        "some_not": {"some": {"at_least": 1, "of": negated}},
        "not_any": {"not": {"any": [first, second]}},
        "all_not": negated,
        "none": {"none": [first, second]},
    }
    found = answer(plain(world, wheres))
    assert found["not_all"] == found["any_not"] == found["some_not"]
    assert found["not_any"] == found["all_not"] == found["none"]


def leaves(condition: Any, key: str) -> Iterator[Spec]:
    """The conditions on contacts that have some key; what is inside a `where` is about events."""
    if isinstance(condition, Mapping):
        if key in condition:
            yield condition
        for name, part in condition.items():
            if name not in ("where", "has", "then", "then_not"):
                yield from leaves(part, key)
    elif isinstance(condition, list):
        for part in condition:
            yield from leaves(part, key)


@tried(5)
@given(worlds(FEATURES - {"suppress"}))
def test_did_and_did_not_part_all_contacts(world: World) -> None:
    wheres: dict[str, Any] = {"everyone": "everyone"}
    for number, leaf in enumerate(leaves(rules(world), "did")):
        rest = {key: value for key, value in leaf.items() if key != "did"}
        wheres |= {f"did{number}": leaf, f"not{number}": {"did_not": leaf["did"], **rest}}
    found = {name: set(ids) for name, ids in answer(plain(world, wheres)).items()}
    for number in range((len(wheres) - 1) // 2):
        assert found[f"did{number}"] ^ found[f"not{number}"] == found["everyone"]


@tried(5)
@given(worlds(FEATURES - {"duplicates"}), st.integers(0, 1000))
def test_the_order_of_rows_means_nothing(world: World, number: int) -> None:
    random = Random(number)
    shuffled = {name: random.sample(rows, len(rows)) for name, rows in world.tables.items()}
    assert answer(replace(world, tables=shuffled)) == answer(world)


@tried(5)
@given(worlds(FEATURES))
def test_a_source_in_several_files_is_the_same_source(world: World) -> None:
    parts = {name: {**source, "files": [f"{name}-1.csv", f"{name}-2.csv"]} for name, source in world.sources.items()}
    assert answer(world.with_config(sources=parts)) == answer(world)


@tried(5)
@given(worlds(FEATURES - {"duplicates"}))
def test_the_order_of_files_means_nothing(world: World) -> None:
    parts = {name: {**source, "files": [f"{name}-1.csv", f"{name}-2.csv"]} for name, source in world.sources.items()}
    turned = {name: {**source, "files": source["files"][::-1]} for name, source in parts.items()}
    with TemporaryDirectory() as folder:
        config = write(world.with_config(sources=parts), Path(folder))
        found = segtool.evaluate(segtool.load({**config, "sources": turned}, base=folder), as_of=world.as_of)
    assert found.members == answer(world)


def with_one_more(world: World, like: str, new: str) -> World:
    """The world with one more contact, who is and does all that another is and does."""
    tables: dict[str, list[Row]] = {}
    for name, source in world.sources.items():
        column = source.get("id") or source["contact"]
        more = [{**row, column: new} for row in world.tables[name] if row[column] == like]
        tables[name] = [*world.tables[name], *more]
    return replace(world, tables=tables)


@tried(5)
@given(worlds(NOBODY_ELSE))
def test_one_more_contact_changes_nobody_else(world: World) -> None:
    source = world.sources["contacts"]
    like = str(world.tables["contacts"][0][source["id"]])
    before, after = answer(world), answer(with_one_more(world, like, "new@x.com"))
    assert {name: [one for one in ids if one != "new@x.com"] for name, ids in after.items()} == before


@tried(5)
@given(worlds(FEATURES - {"suppress", "exclusive"}))
def test_equal_rules_have_equal_members(world: World) -> None:
    again = {f"again_{name}": spec for name, spec in world.config["segments"].items()}
    found = answer(world.with_config(segments={**world.config["segments"], **again}))
    for name in world.config["segments"]:
        assert found[name] == found[f"again_{name}"]


RFM = {"did": "activity.purchase", "amount": "amount", "bins": 3}
DIGIT = {"rfm_recency": "starts_with", "rfm_monetary": "ends_with"}


def rfm_lists() -> dict[str, Any]:
    """A list for every bin, and one for every digit that the three bins are told by."""
    wheres: dict[str, Any] = {}
    for part in PARTS:
        wheres[part] = {"field": part, "is_set": True}
        for number in range(1, 4):
            wheres[f"{part}{number}"] = {"field": part, "is": number}
            if part in DIGIT:
                wheres[f"{part}{number}digit"] = {"field": "rfm", DIGIT[part]: str(number)}
    return wheres


@tried(5)
@given(worlds(NO_FEATURES))
def test_rfm_bins_follow_what_people_did(world: World) -> None:
    asked = world.with_config(rfm=RFM, segments={name: {"where": rule} for name, rule in rfm_lists().items()})
    moment = at(asked)
    found = answer(asked)
    for part in PARTS:
        done = {contact: facts(moment, contact, RFM, part) for contact in moment.book.contacts}
        buyers = {contact: value for contact, value in done.items() if value is not None}
        bins = {contact: number for number in range(1, 4) for contact in found[f"{part}{number}"]}
        assert sorted(buyers) == sorted(bins) == found[part]
        assert sum(len(found[f"{part}{number}"]) for number in range(1, 4)) == len(bins)
        for one, value in buyers.items():
            for other, less in buyers.items():
                assert bins[one] >= bins[other] or value < less
        for number in range(1, 4) if part in DIGIT else ():
            assert found[f"{part}{number}"] == found[f"{part}{number}digit"]
