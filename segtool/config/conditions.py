"""Located nodes → the condition tree of combinations and fields; `config.behaviour` reads what people did.

Collects every mistake and goes on: of a condition comes back what could be read, so that its names can be checked, or
None; the problems of the rest are already in the collector. Refuses what no column could change: unknown keys, empty
lists, values of a wrong shape.
"""

from __future__ import annotations

from collections.abc import Callable

from segtool.config import behaviour, values
from segtool.config.document import Block, Entry, Items, Node, Scalar
from segtool.config.operators import OPERATORS
from segtool.config.problems import Problems, suggestion
from segtool.config.times import Duration
from segtool.config.tree import (
    All,
    AnyOf,
    Condition,
    Everyone,
    FieldTest,
    InArm,
    InSegment,
    Not,
    Ref,
    Some,
    Test,
)

MAX_LEVELS = 100

COMBINATORS = ("all", "any", "none", "not", "some")
LEADERS = (*COMBINATORS, "field", "did", "did_not", "in_segment", "not_in_segment", "split")


def parse(node: Node, problems: Problems, *, of_row: bool = False, level: int = 0) -> Condition | None:
    """The condition in `node`, or None after its problems were collected.

    `of_row` is for `only` and for the `where` of events, which look at one row: no behaviour, no segments.
    """
    if level > MAX_LEVELS:
        message = f"conditions are nested more than {MAX_LEVELS} levels deep; make parts of them segments of their own"
        problems.error("too-deep", message, node.at)
        return None
    if isinstance(node, Items):
        members = _several(node, problems, of_row, level)
        return All(members, node.at) if members is not None else None
    if isinstance(node, Scalar):
        if node.text == "everyone":
            return Everyone()
        said = f'"{node.text}" is no condition' if node.text else "a condition is missing here"
        asked = "{field: …}" if of_row else "{field: …}, {did: …} or everyone"
        problems.error("not-a-condition", f"{said}; write {asked}", node.at)
        return None
    return _mapping(node, problems, of_row, level)


def _mapping(node: Block, problems: Problems, of_row: bool, level: int) -> Condition | None:
    leaders = [entry for entry in node.entries if entry.key in LEADERS]
    if not leaders:
        _no_leader(node, problems, of_row)
        return None
    first = leaders[0]
    if len(leaders) > 1:
        second = leaders[1]
        problems.error(
            "two-conditions",
            f'"{first.key}" and "{second.key}" stand in one condition; put each into a list item of its own',
            second.at,
        )
        return None
    if of_row and first.key not in (*COMBINATORS, "field"):
        message = f'"{first.key}" cannot stand here, where a rule looks at one row only; write {{field: COLUMN, …}}'
        problems.error("not-of-a-row", message, first.at)
        return None
    return _READERS[first.key](node, first, problems, of_row, level)


def _no_leader(node: Block, problems: Problems, of_row: bool) -> None:
    if not node.entries:
        problems.error("empty-condition", "an empty condition; write {field: …} or {did: …}", node.at)
        return
    first = node.entries[0]
    leaders = LEADERS[:6] if of_row else LEADERS
    hint = suggestion(first.key, leaders)
    if not hint and first.key in OPERATORS:
        hint = "; it needs a field: {field: NAME, " + first.key + ": …}"
    problems.error(
        "unknown-condition",
        f'"{first.key}" does not begin a condition{hint or "; one begins with " + ", ".join(leaders)}',
        first.at,
    )


def _several(node: Node, problems: Problems, of_row: bool, level: int) -> tuple[Condition, ...] | None:
    if not isinstance(node, Items):
        problems.error("not-a-list", "a list of conditions is expected here: [{…}, {…}]", node.at)
        return None
    if not node.items:
        problems.error("empty-list", "an empty list of conditions; write at least one, or where: everyone", node.at)
        return None
    parsed = [parse(item, problems, of_row=of_row, level=level + 1) for item in node.items]
    return tuple(item for item in parsed if item is not None) or None


def _combination(node: Block, entry: Entry, problems: Problems, of_row: bool, level: int) -> Condition | None:
    values.refuse_other_keys(node, (entry.key,), problems, f'beside "{entry.key}"')
    if entry.key == "not":
        inner = parse(entry.node, problems, of_row=of_row, level=level + 1)
        return Not(inner, entry.at) if inner is not None else None
    members = _several(entry.node, problems, of_row, level)
    if members is None:
        return None
    if entry.key == "all":
        return All(members, entry.at)
    inside = AnyOf(members, entry.at)
    return inside if entry.key == "any" else Not(inside, entry.at)


def _some(node: Block, entry: Entry, problems: Problems, of_row: bool, level: int) -> Condition | None:
    values.refuse_other_keys(node, ("some",), problems, 'beside "some"')
    inner = entry.node
    if not isinstance(inner, Block):
        problems.error("some-shape", '"some" is written so: {at_least: 2, of: [{…}, {…}]}', inner.at)
        return None
    keys = ("at_least", "at_most", "exactly")
    values.refuse_other_keys(inner, (*keys, "of"), problems, 'inside "some"')
    bounds = values.bounds(inner, problems, keys)
    if not bounds and all(key == "of" for key in inner.keys):
        problems.error(
            "some-shape", '"some" needs at_least, at_most or exactly: {at_least: 2, of: [{…}, {…}]}', entry.at
        )
    of = inner.get("of")
    if of is None:
        problems.error("some-shape", '"some" needs its conditions: {at_least: 2, of: [{…}, {…}]}', entry.at)
        return None
    members = _several(of, problems, of_row, level)
    return Some(bounds, members, entry.at) if members is not None and bounds else None


def _field(node: Block, entry: Entry, problems: Problems, of_row: bool, level: int) -> Condition | None:
    name = values.text(entry.node, problems, "the name of a field")
    match_case = False
    change: Duration | None = None
    tests: list[Test | None] = []
    for other in node.entries:
        if other.key == "field":
            continue
        if other.key == "match_case":
            match_case = bool(values.flag(other.node, problems))
        elif other.key == "change_in" and not of_row:
            change = values.duration(other.node, problems)
            tests += [None] if change is None else []
        elif other.key in OPERATORS:
            tests.append(values.test(other, problems))
        else:
            near = suggestion(other.key, (*OPERATORS, "match_case", "change_in"))
            problems.error("unknown-operator", f'there is no operator "{other.key}"{near}', other.at)
            tests.append(None)
    if not tests:
        message = "nothing is asked about this field; add an operator, such as is: … or is_set: true"
        problems.error("no-operator", message, entry.at)
        return None
    if name is None:
        return None
    found = tuple(test for test in tests if test is not None)
    return FieldTest(Ref(name, at=entry.node.at), found, match_case, change)


def _did(node: Block, entry: Entry, problems: Problems, of_row: bool, level: int) -> Condition | None:
    def where(inner: Node) -> Condition | None:
        return parse(inner, problems, of_row=True, level=level + 1)

    did = behaviour.parse(node, entry, problems, where)
    if did is None:
        return None
    return Not(did, entry.at) if entry.key == "did_not" else did


def _in_segment(
    node: Block,
    entry: Entry,
    problems: Problems,
    of_row: bool,
    level: int,
) -> Condition | None:
    values.refuse_other_keys(node, (entry.key, "for_at_least"), problems, f'beside "{entry.key}"')
    names = values.texts(entry.node, problems, "the name of a segment")
    lasting = node.get("for_at_least")
    since = values.duration(lasting, problems) if lasting is not None else None
    if not names or (lasting is not None and since is None):
        return None
    inside = InSegment(tuple(Ref(name, at=at) for name, at in names), since)
    return Not(inside, entry.at) if entry.key == "not_in_segment" else inside


def _split(node: Block, entry: Entry, problems: Problems, of_row: bool, level: int) -> Condition | None:
    values.refuse_other_keys(node, ("split", "is"), problems, 'beside "split"')
    name = values.text(entry.node, problems, "the name of a split")
    arm_node = node.get("is")
    if arm_node is None:
        problems.error("missing-key", '"split" needs an arm: {split: NAME, is: ARM}', entry.at)
        return None
    arm = values.text(arm_node, problems, "the name of an arm")
    return InArm(Ref(name, at=entry.node.at), arm) if name is not None and arm is not None else None


_Reader = Callable[[Block, Entry, Problems, bool, int], Condition | None]
_READERS: dict[str, _Reader] = {
    "all": _combination,
    "any": _combination,
    "none": _combination,
    "not": _combination,
    "some": _some,
    "field": _field,
    "did": _did,
    "did_not": _did,
    "in_segment": _in_segment,
    "not_in_segment": _in_segment,
    "split": _split,
}
