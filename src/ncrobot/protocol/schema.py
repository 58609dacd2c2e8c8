"""The published JSON Schemas, with which editors complete and check protocols and tables."""

from __future__ import annotations

import json
from typing import Any

from ncrobot.protocol._table import SYNTHESIS
from ncrobot.protocol.document import Protocol
from ncrobot.protocol.values import DIMENSION_MARK
from ncrobot.units import Dimension, quantity_pattern

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def protocol_json_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of a protocol.

    It holds the form of a protocol. What must hold between its parts, such as that a step's stock
    exists, is the reader's to check.
    """
    schema = Protocol.model_json_schema(by_alias=True, mode="validation")
    definitions: Schema = schema.setdefault("$defs", {})
    shared = _shared_values(schema, definitions)
    shared["$defs"] |= {
        name: definitions[name] for name in definitions if name not in shared["$defs"]
    }
    return {"$schema": _DIALECT, **shared, "title": "ncrobot protocol"}


def protocol_schema_text() -> str:
    """Return the schema as the text that is published, ending with a line break."""
    return json.dumps(protocol_json_schema(), indent=2, ensure_ascii=False) + "\n"


def conditions_json_schema(protocol: Protocol) -> Schema:
    """Return the JSON Schema of a YAML conditions table for one protocol.

    A value may be a number (then ``units`` or the parameter's dimension gives it meaning) or a text
    with its unit.
    """
    columns: Schema = {
        name: {
            "anyOf": [
                {"type": "string", "pattern": quantity_pattern(parameter.quantity)},
                {"type": "integer" if parameter.quantity is Dimension.COUNT else "number"},
                {"type": "null"},
            ],
            "description": f"{parameter.description} ({parameter.allowed})".strip(),
        }
        for name, parameter in protocol.parameters.items()
    }
    text: Schema = {"type": ["string", "null"]}
    kinds: Schema = {"enum": [SYNTHESIS, *protocol.controls, None]}
    well: Schema = {"type": ["string", "null"], "pattern": "^[A-H]([1-9]|1[0-2])$"}
    row: Schema = {"name": text, "well": well, "kind": kinds, "replicate_of": text, **columns}
    return {
        "$schema": _DIALECT,
        "title": f"conditions for {protocol.name}",
        "type": "object",
        "properties": {
            "ncrobot": {"const": "conditions/1"},
            "units": {
                "type": "object",
                "properties": {name: {"type": "string"} for name in columns},
                "additionalProperties": False,
            },
            "rows": {
                "type": "array",
                "minItems": 1,
                "maxItems": 96,
                "items": {"type": "object", "properties": row, "additionalProperties": False},
            },
        },
        "required": ["ncrobot", "rows"],
        "additionalProperties": False,
    }


def _shared_values(part: Any, definitions: Schema) -> Any:
    """Return the schema with each kind of value defined once and referred to."""
    if isinstance(part, list):
        return [_shared_values(item, definitions) for item in part]
    if not isinstance(part, dict):
        return part
    if DIMENSION_MARK not in part:
        return {key: _shared_values(item, definitions) for key, item in list(part.items())}
    name = "".join(word.capitalize() for word in part[DIMENSION_MARK].split("_"))
    definitions.setdefault(name, {"title": name, "anyOf": part["anyOf"]})
    about = {key: part[key] for key in ("title", "description") if key in part}
    return {"$ref": f"#/$defs/{name}", **about}
