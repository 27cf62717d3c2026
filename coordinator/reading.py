"""From the bytes of a request to a model, or an error that names the field and what is allowed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from coordinator.syntax import OBJECT, explain_json
from ygg.errors import BadInput
from ygg.labels import nearest
from ygg.words import Schema, choices, resolve, shown

Model = TypeVar("Model", bound=BaseModel)


def read_json(model: type[Model], body: bytes, what: str) -> Model:
    """`what` names the model to a person: `a task`. Nothing is guessed: `"1"` is no number."""
    try:
        return model.model_validate_json(body, strict=True)
    except ValidationError as error:
        raise _explain(error, model, body, what) from None


def clean(value: str, field: str) -> str:
    """PostgreSQL's text holds no NUL, and no name needs one."""
    if "\x00" in value:
        raise BadInput(f"{field} holds a NUL character", field=field, allowed=["text without NUL"])
    return value


def misfit(where: str, value: Any, schema: Any, whole: Schema) -> BadInput:
    """What was sent does not fit the schema of its place."""
    return BadInput(
        f"{where} cannot be {shown(value)}", field=where, allowed=choices(schema, whole)
    )


def no_such(where: str, name: str, known: Sequence[str], *, of: str, kind: str) -> BadInput:
    """A name that nobody knows, with the nearest that somebody does."""
    near = nearest(name, known)
    return BadInput(
        f"{of} has no {kind} {name[:80]!r}",
        field=where,
        allowed=sorted(known),
        hint=f"did you mean {near}?" if near else None,
    )


def _explain(error: ValidationError, model: type[BaseModel], body: bytes, what: str) -> BadInput:
    found = error.errors(include_url=False)
    # A name that is unknown is often the one that is missing.
    first = next((one for one in found if one["type"] == "extra_forbidden"), found[0])
    if first["type"] == "json_invalid":
        return explain_json(body, str(first["msg"]), what)
    whole = _schema(model)
    path = [str(part) for part in first["loc"]]
    where = ".".join(path)
    if not path:
        return BadInput(f"{what} cannot be {shown(first['input'])}", field="body", allowed=[OBJECT])
    if first["type"] == "extra_forbidden":
        parent = at(whole, path[:-1])
        of = ".".join(path[:-1]) or what
        return no_such(where, path[-1], list(parent["properties"]), of=of, kind="field")
    schema = at(whole, path)
    if first["type"] == "missing":
        return BadInput(f"{where} is missing", field=where, allowed=choices(schema, whole))
    return misfit(where, first["input"], schema, whole)


@cache
def _schema(model: type[BaseModel]) -> Schema:
    return model.model_json_schema()


def at(whole: Schema, path: Sequence[str]) -> Schema:
    """The schema of what lies at the path, as pydantic writes schemas."""
    found = resolve(whole, whole)
    for part in path:
        given = _given(found, whole)
        found = resolve(given.get("properties", {}).get(part) or given.get("items"), whole)
    return found


def _given(schema: Schema, whole: Schema) -> Schema:
    """What an optional field is when it is not null."""
    for branch in schema.get("anyOf", ()):
        if branch.get("type") != "null":
            return resolve(branch, whole)
    return schema
