"""Values that fit a JSON schema: a plain one, or any, odd ones among them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import jsonschema_rs
from hypothesis import strategies as st

from ygg.words import resolve

LONGEST = 5000
"""Hypothesis writes down what it makes."""

Schema = Mapping[str, Any]

WORDS = [
    *(
        "a",
        "main",
        "A_1",
        "a/b.txt",
        "https://example.invalid/a.git",
        "dev-echo",
        "00:11:22:aa:bb:cc",
    ),
    *("nobody.service", "/srv", "10m", "2030-01-01", "a" * 40, "a" * 64, "host-1", "1.2.3"),
]
"""One of them fits most patterns."""
ODD = [
    *("", " ", "-rf", "--help", "../..", "/", "/etc/passwd", "*", "$(id)", "`id`", "; id", "a\nb"),
    *("\x7f", "\t", "é🪡", "\u202e", "a" * 300, "%s%n", "null", "@x", "~", ".", "{}", "\r\n\r\n"),
]
"""Texts that somebody may take for something else."""


def sample(told: Any, whole: Schema) -> Any:
    """Some value that fits, small and plain."""
    found = {**resolve(told, whole), **{k: v for k, v in told.items() if k != "$ref"}}
    for value in [*found.get("examples", ()), *([found["default"]] if "default" in found else [])]:
        if value is not None and fits(value, told, whole):
            return value
    for branch in branches(told, whole):
        for value in _candidates(branch, whole):
            if fits(value, told, whole):
                return value
    if not any(map(kinds, branches(told, whole))):
        return "x"
    raise LookupError(f"give an example of what fits {json.dumps(found)[:300]}")


def _candidates(branch: Schema, whole: Schema) -> Iterator[Any]:
    if "const" in branch:
        yield branch["const"]
    yield from branch.get("enum", ())
    for kind in kinds(branch):
        if kind == "string":
            yield from WORDS
            yield "x" * branch.get("minLength", 1)
        elif kind in ("integer", "number"):
            yield from (1, 0, 100, branch.get("minimum", 1), branch.get("exclusiveMinimum", 1) + 1)
        elif kind == "boolean":
            yield False
        elif kind == "array":
            yield [sample(branch.get("items", {}), whole)] * branch.get("minItems", 0)
        elif kind == "object":
            names = branch.get("required", ())
            yield {name: sample(branch["properties"][name], whole) for name in names}
        elif kind == "null":
            yield None


def full(branch: Schema, whole: Schema) -> dict[str, Any]:
    return {name: sample(told, whole) for name, told in branch["properties"].items()}


def fitting(told: Any, whole: Schema) -> st.SearchStrategy[Any]:
    """Any value that fits, odd ones among them."""
    forms = branches(told, whole)
    if not any(kinds(branch) for branch in forms):
        return st.sampled_from([None, 1, "x", [], {"a": [1]}])
    return st.one_of(*(_of(branch, whole) for branch in forms)).filter(
        lambda value: fits(value, told, whole)
    )


def _of(branch: Schema, whole: Schema) -> st.SearchStrategy[Any]:
    if "const" in branch:
        return st.just(branch["const"])
    if "enum" in branch:
        return st.sampled_from(branch["enum"])
    makers = {
        "string": _texts,
        "integer": lambda one, _: st.integers(*_bounds(one)),
        "number": lambda one, _: st.floats(*_bounds(one), allow_nan=False, allow_infinity=False),
        "boolean": lambda *_: st.booleans(),
        "null": lambda *_: st.none(),
        "array": _lists,
        "object": _objects,
    }
    return st.one_of(*(makers[kind](branch, whole) for kind in kinds(branch)))


def _bounds(branch: Schema) -> tuple[Any, Any]:
    low = branch.get("minimum", branch.get("exclusiveMinimum", -(2**53)))
    return low, branch.get("maximum", branch.get("exclusiveMaximum", 2**53))


def _texts(branch: Schema, whole: Schema) -> st.SearchStrategy[str]:
    low, high = branch.get("minLength", 0), branch.get("maxLength", 400)
    letters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
    made = st.text(letters, min_size=low, max_size=max(low, min(high, 60)))
    known = [text for text in [*WORDS, *ODD] if fits(text, branch, whole)]
    edge = min(high, LONGEST)
    long = [text for text in ["x" * edge, "é" * edge] if fits(text, branch, whole)]
    pattern = branch.get("pattern")
    ways = [st.sampled_from([*known, *long])] if known or long else []
    if pattern and "(?" not in pattern:
        ways.append(st.from_regex(re.compile(pattern, re.ASCII)))
    if not pattern or "(?" in pattern:
        ways.append(made)
    return st.one_of(*ways).filter(lambda text: "\0" not in text and fits(text, branch, whole))


def _lists(branch: Schema, whole: Schema) -> st.SearchStrategy[list[Any]]:
    low = branch.get("minItems", 0)
    high = min(branch.get("maxItems", low + 3), low + 3)
    return st.lists(fitting(branch.get("items", {}), whole), min_size=low, max_size=high)


def _objects(branch: Schema, whole: Schema) -> st.SearchStrategy[dict[str, Any]]:
    properties = branch.get("properties", {})
    if properties:
        required = set(branch.get("required", ()))
        known = {name: fitting(told, whole) for name, told in properties.items()}
        return st.fixed_dictionaries(
            {name: way for name, way in known.items() if name in required},
            optional={name: way for name, way in known.items() if name not in required},
        )
    names = st.sampled_from(names_of(branch))
    ways = [st.dictionaries(names, fitting(told, whole), max_size=3) for told in values_of(branch)]
    return st.one_of(*ways) if ways else st.just({})


def fits(value: Any, told: Any, whole: Schema) -> bool:
    return bool(_validator(json.dumps([told, whole.get("$defs", {})])).is_valid(value))


_validators: dict[str, Any] = {}


def _validator(key: str) -> Any:
    if key not in _validators:
        told, definitions = json.loads(key)
        _validators[key] = jsonschema_rs.validator_for({**told, "$defs": definitions})
    return _validators[key]


def branches(told: Any, whole: Schema) -> list[Schema]:
    found = resolve(told, whole)
    inner = found.get("anyOf", found.get("oneOf"))
    if inner is None:
        return [found]
    return [branch for each in inner for branch in branches(each, whole)]


def names_of(branch: Schema) -> list[str]:
    """Some names that its values may have."""
    patterns = list(branch.get("patternProperties", ()))
    told = {"type": "string", **branch.get("propertyNames", {})}
    return [
        name
        for name in ("A", "a_1", *WORDS, *ODD)
        if fits(name, told, {}) and (not patterns or any(re.search(one, name) for one in patterns))
    ]


def values_of(branch: Schema) -> list[Schema]:
    """What the values of an object may be whose names are free."""
    told = [*branch.get("patternProperties", {}).values(), branch.get("additionalProperties")]
    return [each for each in told if isinstance(each, Mapping)]


def kinds(branch: Schema) -> list[str]:
    kind = branch.get("type")
    if kind is None:
        values = branch.get("enum", [branch["const"]] if "const" in branch else [])
        return sorted({_KINDS[type(value)] for value in values})
    return [kind] if isinstance(kind, str) else list(kind)


_KINDS = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}
