"""Params that do not fit their schema: for each place in it, whatever may be wrong there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.fitting import ODD, Schema, branches, full, kinds, names_of, sample, values_of

WRONG = {
    "null": "null",
    "boolean": "true",
    "integer": "7",
    "number": "1.5",
    "string": '"x"',
    "array": "[[[]]]",
    "object": '{"no such name": {}}',
}
HOSTILE = {
    "NUL": '"a\\u0000b"',
    "half a character": '"\\ud800"',
    "NaN": "NaN",
    "infinity": "1e999",
    "a huge number": "9" * 400,
    "deep lists": "[" * 300 + "]" * 300,
    "deep objects": '{"a":' * 300 + "1" + "}" * 300,
}
"""What no schema forbids everywhere, and nobody takes anywhere."""
HERE = "@@here@@"
DEEPEST = 6
"""A schema may refer to itself."""


@dataclass(frozen=True)
class Bad:
    """A task's params as JSON, with something wrong in one place."""

    what: str
    field: str
    params: str


def bad_params(schema: Schema, base: Mapping[str, Any]) -> Iterator[Bad]:
    """`base` fits. Each is it with a value that does not fit, a name too many or one too few."""
    yield Bad("a name too many", "params.no_such_name", _with(base, ("no_such_name",), "1"))
    for name in schema.get("required", ()):
        left = {key: value for key, value in base.items() if key != name}
        yield Bad("missing", f"params.{name}", json.dumps(left))
    for name, told in schema.get("properties", {}).items():
        also = schema.get("dependentRequired", {}).get(name, ())
        more = {each: sample(schema["properties"][each], schema) for each in also}
        yield from _bad_at((name,), told, schema, more | dict(base))


def _bad_at(path: tuple[Any, ...], told: Any, whole: Schema, base: Any) -> Iterator[Bad]:
    field = ".".join(["params", *map(str, path)])
    if len(path) > DEEPEST:
        return
    for what, raw in _unfit(told, whole):
        yield Bad(what, field, _with(base, path, raw))
    for branch in branches(told, whole):
        if branch.get("type") == "object" and branch.get("properties"):
            inner = _put(base, path, full(branch, whole))
            yield Bad("a name too many", field, _with(inner, (*path, "no_such_name"), "1"))
            for name, each in branch["properties"].items():
                yield from _bad_at((*path, name), each, whole, inner)
        elif branch.get("type") == "array" and isinstance(branch.get("items"), Mapping):
            inner = _put(base, path, [sample(branch["items"], whole)])
            yield from _bad_at((*path, 0), branch["items"], whole, inner)
        for each in values_of(branch):
            name = names_of(branch)[0]
            inner = _put(base, path, {name: sample(each, whole)})
            yield from _bad_at((*path, name), each, whole, inner)


def _unfit(told: Any, whole: Schema) -> Iterator[tuple[str, str]]:
    """Values that do not fit by what the schema itself says, as JSON."""
    forms = branches(told, whole)
    known = {kind for branch in forms for kind in kinds(branch)}
    if not known:  # any JSON fits
        return
    for kind, raw in WRONG.items():
        if kind not in known and not (kind == "integer" and "number" in known):
            yield f"{kind} where it is none", raw
    for what, raw in HOSTILE.items():
        if not (what == "a huge number" and not {"integer", "number"} & known):
            yield what, raw
    for branch in forms:
        yield from _out_of_bounds(branch, whole)


def _out_of_bounds(branch: Schema, whole: Schema) -> Iterator[tuple[str, str]]:
    if "enum" in branch or "const" in branch:
        yield "none of the choices", '"no such choice"'
    for rule, step in (("minimum", -1), ("maximum", 1)):
        if rule in branch:
            yield rule, json.dumps(branch[rule] + step)
    for rule in ("exclusiveMinimum", "exclusiveMaximum"):
        if rule in branch:
            yield rule, json.dumps(branch[rule])
    if "maxLength" in branch:
        yield "too long", json.dumps("x" * (branch["maxLength"] + 1))
    if branch.get("minLength"):
        yield "too short", '""'
    if "pattern" in branch:
        for text in ODD:
            if not re.search(branch["pattern"], text):
                yield f"against the pattern: {text[:20]!r}", json.dumps(text)
    if "maxItems" in branch and branch["maxItems"] <= 3000:
        one = sample(branch.get("items", {}), whole)
        yield "too many", json.dumps([one] * (branch["maxItems"] + 1))
    for each in values_of(branch):
        one = sample(each, whole)
        if "patternProperties" in branch:
            yield "a name against the pattern", json.dumps({"no such name": one})
        if "maxLength" in branch.get("propertyNames", {}):
            name = "x" * (branch["propertyNames"]["maxLength"] + 1)
            yield "too long a name", json.dumps({name: one})
        if "maxProperties" in branch:
            names = range(branch["maxProperties"] + 1)
            yield "too many names", json.dumps({f"n{name}": one for name in names})
    if branch.get("minItems"):
        yield "too few", "[]"


def _with(base: Any, path: tuple[Any, ...], raw: str) -> str:
    return json.dumps(_put(base, path, HERE)).replace(json.dumps(HERE), raw)


def _put(base: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    first, *rest = path
    inner = base[first] if first in base or isinstance(base, list) else {}
    if isinstance(base, list):
        return [*base[:first], _put(inner, tuple(rest), value), *base[first + 1 :]]
    return {**base, first: _put(inner, tuple(rest), value)}
