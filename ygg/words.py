"""What a JSON schema allows, and what was sent instead, in words for people."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

ALLOWED = "x-allowed"
"""A schema may say by itself, under this key, what it allows: better than its pattern."""
_SHOWN = 60
_DEEPEST = 4
"""A schema may contain itself; nobody reads on from there."""
_SIMPLE = {"boolean": "true or false", "null": "null", "integer": "a whole number"}
_FORMATS = {"path": "that is a path", "password": "that is kept secret"}

Schema = Mapping[str, Any]


def resolve(schema: Any, whole: Schema) -> Schema:
    """The schema itself, where it only refers to another of the same document; one that leads
    nowhere, or round in a circle, says nothing."""
    found, seen = schema, set()
    while isinstance(found, Mapping) and str(found.get("$ref", "")).startswith("#/"):
        if found["$ref"] in seen:
            return {}
        seen.add(found["$ref"])
        target: Any = whole
        for part in found["$ref"].removeprefix("#/").split("/"):
            target = target.get(part) if isinstance(target, Mapping) else None
        found = target
    return found if isinstance(found, Mapping) else {}


def in_words(schema: Any, whole: Schema, deep: int = 0) -> str:
    """`a whole number from 0 to 4`."""
    found = resolve(schema, whole) if deep < _DEEPEST else {}
    if ALLOWED in found:
        return ", ".join([str(found[ALLOWED]), *_most(found)])
    if "const" in found:
        return shown(found["const"])
    if "enum" in found:
        return "one of " + ", ".join(_choices(found))
    if branches := found.get("anyOf") or found.get("oneOf"):
        return _either(in_words(branch, whole, deep + 1) for branch in branches)
    kinds = found.get("type", ())
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return _either(_of_kind(kind, found, whole, deep) for kind in kinds) or "any JSON"


def _most(schema: Schema) -> Iterator[str]:
    """The bounds that a schema's own words for what it allows leave out."""
    for rule, of in (
        ("maxLength", "characters"),
        ("maxItems", "in number"),
        ("maxProperties", "in number"),
    ):
        if rule in schema and str(schema[rule]) not in str(schema[ALLOWED]):
            yield f"at most {schema[rule]} {of}"


def _either(forms: Iterable[str]) -> str:
    """Null is left out: whoever may leave a field out need not know that it may be null, too."""
    told = list(dict.fromkeys(forms))
    return " or ".join(form for form in told if form != "null") or "".join(told)


def choices(schema: Any, whole: Schema) -> list[str]:
    """What may be sent, one by one where it can be counted."""
    found = resolve(schema, whole)
    return _choices(found) if "enum" in found else [in_words(found, whole)]


def shown(value: Any) -> str:
    """What was sent, short enough to be repeated."""
    if isinstance(value, str) and len(value) > _SHOWN:
        return f'{shown(value[:_SHOWN])[:-1]}…" ({len(value)} characters)'
    if isinstance(value, bytes):
        return shown(value.decode(errors="replace"))
    if isinstance(value, Mapping):
        return "an object" if value else "an empty object"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"a list of {len(value)}" if value else "an empty list"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, int) and abs(value) >= 10**_SHOWN:
        return "a number of more than 60 digits"
    return json.dumps(value, ensure_ascii=False)


def _choices(schema: Schema) -> list[str]:
    return [value if isinstance(value, str) else shown(value) for value in schema["enum"]]


def _of_kind(kind: str, schema: Schema, whole: Schema, deep: int) -> str:
    if kind == "string":
        return " ".join(["text", *_lengths(schema)])
    if kind in ("integer", "number"):
        return " ".join([_SIMPLE.get(kind, "a number"), *_range(schema)])
    if kind == "array":
        return " ".join([_list(schema, whole, deep), *_counts(schema)])
    if kind == "object":
        return _object(schema, whole, deep)
    return _SIMPLE.get(kind, kind)


def _object(schema: Schema, whole: Schema, deep: int) -> str:
    if required := schema.get("required", ()):
        return f"an object with {' and '.join(required)}"
    values = schema.get("additionalProperties")
    one = in_words(values, whole, deep + 1) if isinstance(values, Mapping) else "any JSON"
    told = "an object" if one == "any JSON" else f"an object, each value {one}"
    return " ".join([told, *_between(schema.get("minProperties"), schema.get("maxProperties"))])


def _range(schema: Schema) -> Iterator[str]:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and high is not None:
        yield f"from {shown(low)} to {shown(high)}"
        return
    bounds = {"exclusiveMinimum": "above", "minimum": "not below"}
    bounds |= {"exclusiveMaximum": "below", "maximum": "at most"}
    told = [f"{word} {shown(schema[name])}" for name, word in bounds.items() if name in schema]
    if told:
        yield " and ".join(told)
    if "multipleOf" in schema:
        yield f"that is a multiple of {schema['multipleOf']}"


def _lengths(schema: Schema) -> Iterator[str]:
    low, high = schema.get("minLength"), schema.get("maxLength")
    if high is not None:
        yield f"of {low} to {high} characters" if low else f"of at most {high} characters"
    elif low:
        yield f"of at least {low} characters" if low > 1 else "that is not empty"
    if "pattern" in schema:
        yield f"that matches {schema['pattern']}"
    if "format" in schema:
        yield _FORMATS.get(schema["format"], f"of the format {schema['format']}")


def _list(schema: Schema, whole: Schema, deep: int) -> str:
    one = in_words(schema.get("items", {}), whole, deep + 1)
    if one == "any JSON":
        return "a list"
    if one == "text":
        return "a list of text"
    name, space, rest = one.partition("an object")
    return f"a list of objects{rest}" if space and not name else f"a list, each {one}"


def _counts(schema: Schema) -> Iterator[str]:
    yield from _between(schema.get("minItems"), schema.get("maxItems"))
    if schema.get("uniqueItems"):
        yield "(none of it twice)"


def _between(low: int | None, high: int | None) -> Iterator[str]:
    if low and high is not None:
        yield f"({low} to {high})" if low != high else f"(exactly {low})"
    elif low:
        yield f"(at least {low})"
    elif high is not None:
        yield f"(at most {high})"
