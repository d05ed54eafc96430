"""The JSON Schema of segments.yaml, for editors: completion and a first check while typing.

Made from the models and the operator table, so it cannot know a key that the tool does not. It accepts what the
language accepts; what needs the data (names of fields, types) it leaves to `segtool check`.
"""

from __future__ import annotations

from segtool.config import model, times
from segtool.config.kinds import DURATION, SCALAR, Schema
from segtool.config.operators import BOUNDS, CALENDAR, MEASURES, OPERATORS, PICKS, WINDOWS, Operator
from segtool.config.shape import schema_of

_FIELD: Schema = {
    "type": "object",
    "properties": {"field": SCALAR},
    "required": ["field"],
    "additionalProperties": False,
}
_VALUE: Schema = {"anyOf": [SCALAR, _FIELD]}
_POINT: Schema = {"anyOf": [{"type": "string"}, _FIELD], "description": "2026-05-01, today, 30 days ago, in 7 days"}
_CONDITION: Schema = {"$ref": "#/definitions/condition"}
_CONDITIONS: Schema = {"type": "array", "items": _CONDITION, "minItems": 1}


def schema() -> Schema:
    """The schema in the common subset of draft 7 that editors read."""
    definitions: Schema = {}
    top = schema_of(model.Document, definitions)
    source = schema_of(model.Source, definitions)
    segment = schema_of(model.Segment, definitions)
    source["properties"]["only"] = {**_CONDITION, "description": "A condition on the row; other rows are not read"}
    segment["properties"]["where"] = {**_CONDITION, "description": "Who belongs"}
    segment["required"] = ["where"]
    names = {"pattern": "^[a-z0-9_-]{1,80}$"}
    for section, entry in (("sources", "source"), ("segments", "segment")):
        top["properties"][section] |= {"additionalProperties": {"$ref": f"#/definitions/{entry}"}, "minProperties": 1}
    top["properties"]["segments"]["propertyNames"] = names
    computed = {"traits": _trait(), "scores": _score(), "splits": _split()}
    for section, made in computed.items():
        top["properties"][section] = _named(top["properties"][section], made)
    top["properties"]["rfm"] = {"description": top["properties"]["rfm"]["description"], **_rfm()}
    definitions |= {"source": source, "segment": segment, "condition": _condition()}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "segtool segments",
        **top,
        "definitions": definitions,
    }


def _condition() -> Schema:
    return {
        "anyOf": [
            {"const": "everyone"},
            _CONDITIONS,
            *(_closed({key: _CONDITIONS}, [key]) for key in ("all", "any", "none")),
            _closed({"not": _CONDITION}, ["not"]),
            _closed({"some": _some()}, ["some"]),
            _field_test(),
            _did("did"),
            _did("did_not"),
            *(_closed({key: _names(), "for_at_least": DURATION}, [key]) for key in ("in_segment", "not_in_segment")),
            _closed({"split": SCALAR, "is": SCALAR}, ["split", "is"]),
        ]
    }


def _named(section: Schema, entry: Schema) -> Schema:
    """A section of named entries that are all of one shape."""
    return {"description": section["description"], "type": "object", "additionalProperties": entry, "minProperties": 1}


def _closed(properties: Schema, required: list[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _names() -> Schema:
    return {"anyOf": [SCALAR, {"type": "array", "items": SCALAR, "minItems": 1}]}


def _some() -> Schema:
    number = {"type": "integer", "minimum": 0}
    return _closed({"at_least": number, "at_most": number, "exactly": number, "of": _CONDITIONS}, ["of"])


def _bounds(keys: tuple[str, ...] = BOUNDS) -> Schema:
    return {key: {"type": "number"} for key in keys}


def _field_test() -> Schema:
    properties: Schema = {"field": {**SCALAR, "description": "A column of contacts, or source.column"}}
    properties["match_case"] = {"type": "boolean", "description": "Whether upper and lower case differ"}
    properties["change_in"] = {**DURATION, "description": "Compare the change since then, of a trait or score"}
    properties |= {operator.name: _operand(operator) for operator in OPERATORS.values()}
    return _closed(properties, ["field"])


def _operand(operator: Operator) -> Schema:
    several = {"type": "array", "items": _VALUE, "minItems": 1}
    shapes: dict[str, Schema] = {
        "flag": {"type": "boolean"},
        "one": _VALUE,
        "several": {"anyOf": [SCALAR, _FIELD, several]},
        "list": {"anyOf": [SCALAR, _FIELD, several]},
        "pair": {"type": "array", "items": _VALUE, "minItems": 2, "maxItems": 2},
        "duration": DURATION,
        "point": _POINT,
        "day": _POINT,
        "period": {"enum": list(times.PERIODS)},
        "anniversary": {
            "anyOf": [
                {"type": "string"},
                _closed({"in_next": DURATION}, ["in_next"]),
                _closed({"in_last": DURATION}, ["in_last"]),
            ]
        },
        "bounds": _closed(_bounds(), []),
    }
    return {**shapes[operator.operand], "description": operator.summary}


def _did(key: str) -> Schema:
    properties = _selected(key) | _measures() | _bounds()
    properties |= {name: {"type": "boolean"} for name in ("first_time", "most_recent")}
    properties["has"] = {**_CONDITION, "description": "A condition on the latest event"}
    return _closed(properties, [key])


def _selected(key: str) -> Schema:
    """Which events: the part that conditions, traits and rules of scores share."""
    properties: Schema = {key: {**_names(), "description": "An event, a list of events, source.any or any"}}
    properties["where"] = {**_CONDITION, "description": "A condition on that same event's own columns"}
    properties |= {name: _operand(OPERATORS[name]) for name in WINDOWS}
    later = _closed({"did": _names(), "where": _CONDITION}, ["did"])
    return properties | {"then": later, "then_not": later, "within": DURATION}


def _measures() -> Schema:
    calendar = {"anyOf": [{"enum": list(CALENDAR)}, SCALAR]}
    return {**dict.fromkeys(MEASURES, SCALAR), "distinct": calendar, "periods": DURATION}


def _trait() -> Schema:
    case = _closed({"when": _CONDITION, "is": SCALAR}, ["when", "is"])
    pair = {"type": "array", "items": SCALAR, "minItems": 2, "maxItems": 2}
    return {
        "anyOf": [
            _closed(_selected("did") | _measures() | dict.fromkeys(PICKS, SCALAR), ["did"]),
            _closed({"days_since": SCALAR}, ["days_since"]),
            _closed({"years_since": SCALAR}, ["years_since"]),
            _closed({"ratio": pair}, ["ratio"]),
            _closed({"cases": {"type": "array", "items": case, "minItems": 1}, "otherwise": SCALAR}, ["cases"]),
        ]
    }


def _score() -> Schema:
    properties: Schema = {"points": {"type": "number"}, "when": _CONDITION}
    properties["each"] = _closed(_selected("did"), ["did"])
    properties |= {"at_most": {"type": "number", "minimum": 0}, "half_life": DURATION}
    rule = {**_closed(properties, ["points"]), "oneOf": [{"required": ["when"]}, {"required": ["each"]}]}
    return {"type": "array", "items": rule, "minItems": 1}


def _rfm() -> Schema:
    windows = {name: _operand(OPERATORS[name]) for name in WINDOWS}
    properties: Schema = {"did": _names(), "where": _CONDITION, "amount": SCALAR, "order": SCALAR, **windows}
    properties["bins"] = {"type": "integer", "minimum": 2, "maximum": 9}
    return _closed(properties, ["did", "amount"])


def _split() -> Schema:
    share = {"type": "number", "minimum": 0, "description": "Percent of the people; all arms add up to 100"}
    return {"type": "object", "properties": {"salt": SCALAR}, "additionalProperties": share, "minProperties": 1}
