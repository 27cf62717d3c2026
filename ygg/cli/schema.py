"""A label's params, read from their JSON schema for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple


class Param(NamedTuple):
    name: str
    type: str
    default: str
    required: bool
    description: str


def params_of(schema: Mapping[str, Any]) -> list[Param]:
    required = set(schema.get("required", ()))
    return [
        Param(
            name=name,
            type=_type(told, schema.get("$defs", {})),
            default=json.dumps(told["default"], ensure_ascii=False) if "default" in told else "",
            required=name in required,
            description=_description(told),
        )
        for name, told in schema.get("properties", {}).items()
    ]


def _type(told: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "$ref" in told:
        name = str(told["$ref"]).rsplit("/", 1)[-1]
        return _type(definitions[name], {}) if name in definitions else name
    if "enum" in told:
        return " | ".join(json.dumps(value) for value in told["enum"])
    if "const" in told:
        return json.dumps(told["const"])
    if "anyOf" in told:
        return " | ".join(_type(each, definitions) for each in told["anyOf"])
    kind = told.get("type", "any")
    if kind == "array" and "items" in told:
        return f"array of {_type(told['items'], definitions)}"
    if kind == "object" and isinstance(told.get("additionalProperties"), dict):
        return f"object of {_type(told['additionalProperties'], definitions)}"
    return " | ".join(kind) if isinstance(kind, list) else str(kind)


def _description(told: Mapping[str, Any]) -> str:
    words = [" ".join(str(told.get("description", "")).split())]
    limits = {
        "minimum": "at least",
        "maximum": "at most",
        "minLength": "length at least",
        "maxLength": "length at most",
        "minItems": "items at least",
        "maxItems": "items at most",
    }
    words += [f"({text} {told[name]})" for name, text in limits.items() if name in told]
    if told.get("examples"):
        words.append(f"e.g. {json.dumps(told['examples'][0], ensure_ascii=False)}")
    return " ".join(word for word in words if word)
