"""The params of a task, held against the schema that its label was announced with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from pydantic import JsonValue

from coordinator.reading import clean, misfit, no_such
from ygg.errors import BadInput
from ygg.task import Offer
from ygg.words import Schema, choices, in_words, shown

_LEAST, _MOST = -(2**63), 2**64 - 1
_TOLD = frozenset(
    {"type", "enum", "const", "pattern", "format", "anyOf", "oneOf", "multipleOf", "uniqueItems"}
    | {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"}
    | {"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"}
)
"""The rules of a schema that `words` can say."""


def pack(params: Mapping[str, JsonValue], offer: Offer, validator: Any, most: int) -> str:
    """As JSON, when they fit the label's schema and `most` bytes."""
    if not validator.is_valid(params):
        raise _explain(next(validator.iter_errors(params)), params, offer)
    try:
        encoded = orjson.dumps(params)
    except (TypeError, ValueError) as error:  # an integer beyond 64 bits
        _check_values(params, "params")
        raise BadInput(f"params cannot travel as JSON: {error}", field="params") from error
    if len(encoded) > most:
        raise BadInput(
            f"params are {len(encoded)} bytes as JSON",
            field="params",
            allowed=[f"at most {most} bytes (coordinator.max_params_bytes)"],
            hint="send large content as input files: --file",
        )
    if b"\\u0000" in encoded or b"null" in encoded:  # null: what NaN is written as
        _check_values(params, "params")
    return encoded.decode()


def _check_values(value: JsonValue | Mapping[str, JsonValue], where: str) -> None:
    """What JSON may say and no schema forbids, but no database or program takes."""
    if isinstance(value, str):
        clean(value, where)
    elif isinstance(value, float) and not math.isfinite(value):
        raise BadInput(
            f"{where} is no finite number", field=where, allowed=["a finite number, or text"]
        )
    elif isinstance(value, int) and not _LEAST <= value <= _MOST:
        raise BadInput(
            f"{where} is a whole number of more than 64 bits",
            field=where,
            allowed=[f"from {_LEAST} to {_MOST}, or text"],
        )
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            clean(key, where)
            _check_values(inner, f"{where}.{key[:80]}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _check_values(inner, f"{where}.{number}")


def _explain(error: Any, params: Mapping[str, JsonValue], offer: Offer) -> BadInput:
    found = _refusal(_deepest(error), params, offer)
    found.hint = found.hint or f"`ygg labels show {offer.label}` tells its params with examples"
    return found


def _refusal(error: Any, params: Mapping[str, JsonValue], offer: Offer) -> BadInput:
    whole: Schema = offer.params_schema
    schema = _inner(whole, error.schema_path[:-1])
    where = ".".join(["params", *(str(part)[:80] for part in error.instance_path)])
    rule = error.kind.name
    if rule == "required":
        return _missing(error, where, schema, whole)
    if rule == "propertyNames":
        return _misnamed(error, where, schema, whole)
    if rule == "additionalProperties":
        return _unexpected(error, where, schema, whole, offer)
    if rule in _TOLD:
        # Not `error.instance`: the validator takes NaN for null.
        return misfit(where, _inner(params, error.instance_path), schema, whole)
    return BadInput(f"{where}: {shorten(error.message)}", field=where)


def _missing(error: Any, where: str, schema: Schema, whole: Schema) -> BadInput:
    name = error.kind.property
    inner = schema.get("properties", {}).get(name, {})
    field = f"{where}.{name}"
    needs = schema.get("dependentRequired", {}) if name not in schema.get("required", ()) else {}
    by = [each for each, names in needs.items() if name in names and each in error.instance]
    message = f"{field} is missing" + (f": {' and '.join(by)} cannot do without" if by else "")
    return BadInput(message, field=field, allowed=choices(inner, whole))


def _misnamed(error: Any, where: str, schema: Schema, whole: Schema) -> BadInput:
    name = str(error.kind.error.instance)
    message = f"{where} cannot hold anything named {shown(name)}"
    told = in_words({"type": "string", **schema}, whole)
    return BadInput(message, field=f"{where}.{name[:80]}", allowed=[f"names: {told}"])


def _unexpected(error: Any, where: str, schema: Schema, whole: Schema, offer: Offer) -> BadInput:
    name = str(error.kind.unexpected[0])
    field = f"{where}.{name[:80]}"
    known = list(schema.get("properties", ()))
    if where == "params":
        return no_such(field, name, known, of=offer.label, kind="param")
    if known:
        return no_such(field, name, known, of=where, kind="field")
    message = f"{where} cannot hold anything named {name[:80]!r}"
    return BadInput(message, field=field, allowed=choices(schema, whole))


def _deepest(error: Any) -> Any:
    """Of several forms that a value may have, the fault in the one that was meant."""
    while error.kind.name in ("anyOf", "oneOf"):
        branches = [branch[0] for branch in getattr(error.kind, "context", ()) if branch]
        meant = [one for one in branches if _is_meant(one, error)]
        if len(meant) != 1:
            break
        error = meant[0]
    return error


def _is_meant(branch: Any, error: Any) -> bool:
    """The value is at least of the type that this form asks for."""
    return bool(branch.kind.name != "type" or branch.instance_path != error.instance_path)


def _inner(whole: Any, path: Sequence[str | int]) -> Any:
    try:
        for part in path:
            whole = whole[part]
    except (KeyError, IndexError, TypeError):  # a schema that refers to another document
        return {}
    return whole


def shorten(text: str, most: int = 300) -> str:
    """A validator repeats the whole value; its two ends say enough."""
    return text if len(text) <= most else f"{text[: most // 2]} … {text[-most // 2 :]}"
