"""A label's params, read from their JSON schema for people."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from ygg.words import in_words, resolve

DEEPEST = 4
"""A schema may refer to itself."""


class Param(NamedTuple):
    name: str
    """With the names of what it stands in: `items[].id`."""
    allowed: str
    default: str
    """As JSON; nothing where there is none."""
    required: bool
    description: str
    example: str


def params_of(schema: Mapping[str, Any]) -> list[Param]:
    """Each followed by what stands in it."""
    return list(_properties(schema, schema, "", 0))


def _properties(told: Any, whole: Mapping[str, Any], above: str, depth: int) -> Iterator[Param]:
    if depth == DEEPEST:
        return
    required = set(told.get("required", ()))
    for name, found in told.get("properties", {}).items():
        # What stands beside a reference belongs to this place.
        beside = {key: told for key, told in found.items() if key != "$ref"}
        one = {**resolve(found, whole), **beside}
        examples = one.get("examples", ())
        yield Param(
            name=above + name,
            allowed=in_words(one, whole),
            default=_as_json(one["default"]) if "default" in one else "",
            required=name in required,
            description=" ".join(str(one.get("description", "")).split()),
            example=_as_json(examples[0]) if examples else "",
        )
        for inner, mark in _inner(found, whole):
            yield from _properties(inner, whole, f"{above}{name}{mark}.", depth + 1)


def _inner(told: Any, whole: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    """The objects that a value may be made of, and how a place in them is written."""
    found = resolve(told, whole)
    for branch in found.get("anyOf", found.get("oneOf", ())):
        yield from _inner(branch, whole)
    if "properties" in found:
        yield found, ""
    for key, mark in (("items", "[]"), ("additionalProperties", ".NAME")):
        if isinstance(found.get(key), Mapping):
            yield from ((inner, mark + more) for inner, more in _inner(found[key], whole))


def _as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
