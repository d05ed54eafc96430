"""The JSON Schema of segments.yaml, for editors: completion and a first check while typing.

Made from the models and the operator table, so it cannot know a key that the tool does not. It accepts what the
language accepts; what needs the data (names of fields, types) it leaves to `segtool check`.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from segtool.config import model, times
from segtool.config.operators import BOUNDS, CALENDAR, MEASURES, OPERATORS, WINDOWS, Operator

Schema = dict[str, Any]

_SCALAR: Schema = {"type": ["string", "number", "boolean"]}
_FIELD: Schema = {
    "type": "object",
    "properties": {"field": {"type": "string"}},
    "required": ["field"],
    "additionalProperties": False,
}
_VALUE: Schema = {"anyOf": [_SCALAR, _FIELD]}
_DURATION: Schema = {"type": "string", "pattern": r"^\s*\d+\s+(minute|hour|day|week|month|year)s?\s*$"}
_POINT: Schema = {"anyOf": [{"type": "string"}, _FIELD], "description": "2026-05-01, today, 30 days ago, in 7 days"}
_CONDITION: Schema = {"$ref": "#/definitions/condition"}
_CONDITIONS: Schema = {"type": "array", "items": _CONDITION, "minItems": 1}


def schema() -> Schema:
    """The schema in the common subset of draft 7 that editors read."""
    definitions: Schema = {}
    top = _object(model.Document, definitions)
    source = _object(model.Source, definitions)
    segment = _object(model.Segment, definitions)
    source["properties"]["only"] = {**_CONDITION, "description": "A condition on the row; other rows are not read"}
    segment["properties"]["where"] = {**_CONDITION, "description": "Who belongs"}
    segment["required"] = ["where"]
    names = {"pattern": "^[a-z0-9_-]{1,80}$"}
    top["properties"]["sources"] = {"type": "object", "additionalProperties": {"$ref": "#/definitions/source"}}
    top["properties"]["segments"] = {
        "type": "object",
        "propertyNames": names,
        "additionalProperties": {"$ref": "#/definitions/segment"},
    }
    definitions |= {"source": source, "segment": segment, "condition": _condition()}
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "segtool segments",
        **top,
        "definitions": definitions,
    }


def _object(shape: type[BaseModel], definitions: Schema) -> Schema:
    made = shape.model_json_schema(ref_template="#/definitions/{model}")
    definitions.update(made.pop("$defs", {}))
    tidied: Schema = _tidied(made)
    return tidied


def _tidied(node: Any) -> Any:
    """Without pydantic's titles, which editors would show in place of descriptions."""
    if isinstance(node, dict):
        return {key: _tidied(value) for key, value in node.items() if not (key == "title" and isinstance(value, str))}
    return [_tidied(item) for item in node] if isinstance(node, list) else node


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
            *(_closed({key: _names()}, [key]) for key in ("in_segment", "not_in_segment")),
        ]
    }


def _closed(properties: Schema, required: list[str]) -> Schema:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


def _names() -> Schema:
    return {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}


def _some() -> Schema:
    number = {"type": "integer", "minimum": 0}
    return _closed({"at_least": number, "at_most": number, "exactly": number, "of": _CONDITIONS}, ["of"])


def _bounds(keys: tuple[str, ...] = BOUNDS) -> Schema:
    return {key: {"type": "number"} for key in keys}


def _field_test() -> Schema:
    properties: Schema = {"field": {"type": "string", "description": "A column of contacts, or source.column"}}
    properties["match_case"] = {"type": "boolean", "description": "Whether upper and lower case differ"}
    properties |= {operator.name: _operand(operator) for operator in OPERATORS.values()}
    return _closed(properties, ["field"])


def _operand(operator: Operator) -> Schema:
    several = {"type": "array", "items": _VALUE, "minItems": 1}
    shapes: dict[str, Schema] = {
        "flag": {"type": "boolean"},
        "one": _VALUE,
        "several": {"anyOf": [_SCALAR, _FIELD, several]},
        "list": {"anyOf": [_SCALAR, _FIELD, several]},
        "pair": {"type": "array", "items": _VALUE, "minItems": 2, "maxItems": 2},
        "duration": _DURATION,
        "point": _POINT,
        "day": _POINT,
        "period": {"enum": list(times.PERIODS)},
        "anniversary": {
            "anyOf": [
                {"type": "string"},
                _closed({"in_next": _DURATION}, ["in_next"]),
                _closed({"in_last": _DURATION}, ["in_last"]),
            ]
        },
        "bounds": _closed(_bounds(), []),
    }
    return {**shapes[operator.operand], "description": operator.summary}


def _did(key: str) -> Schema:
    properties: Schema = {key: {**_names(), "description": "An event, a list of events, source.any or any"}}
    properties["where"] = {**_CONDITION, "description": "A condition on that same event's own columns"}
    properties |= {name: _operand(OPERATORS[name]) for name in WINDOWS}
    properties |= _bounds()
    properties |= {name: {"type": "string"} for name in MEASURES}
    properties |= {"periods": _DURATION, "within": _DURATION}
    properties |= {name: {"type": "boolean"} for name in ("first_time", "most_recent")}
    properties["has"] = {**_CONDITION, "description": "A condition on the latest event"}
    later = _closed({"did": _names(), "where": _CONDITION}, ["did"])
    properties |= {"then": later, "then_not": later}
    properties["distinct"] = {"anyOf": [{"enum": list(CALENDAR)}, {"type": "string"}]}
    return _closed(properties, [key])
