"""The OpenAPI document: what FastAPI cannot read from a route's signature is said here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from coordinator.api.bodies import Drain, NewToken, Note, Replay
from coordinator.api.rollout_bodies import Beat, Drive, End, Start, TakenStep, Wish
from ygg.task import TaskSpec

Answers = dict[int | str, dict[str, Any]]

JSON = "application/json"
_REFERENCE = "#/components/schemas/{model}"
READS = (401, 422, 503)
"""How a question may be refused, by anybody's token."""
WRITES = (401, 403, 413, 415, 422, 503)


class Problem(BaseModel):
    """What failed, where, and what to do next."""

    code: str
    message: str
    field: str | None = None
    """The field, parameter or header that is wrong."""
    allowed: list[str] | None = None
    """What it may be instead."""
    hint: str | None = None
    line: int | None = None
    """The line of a bulk request."""


class Refusal(BaseModel):
    error: Problem


REFUSALS: dict[int, tuple[str, Problem]] = {
    401: (
        "No token, or one that is unknown or revoked",
        Problem(
            code="denied",
            message="this needs a bearer token",
            hint="set YGG_TOKEN; `ygg token create` makes one",
        ),
    ),
    403: (
        "The token may not do this",
        Problem(
            code="denied",
            message="the token 'ada' has the role viewer",
            allowed=["submitter or above"],
        ),
    ),
    404: (
        "There is no such thing",
        Problem(code="not_found", message="there is no task 1qf6dn9s6qjd"),
    ),
    409: (
        "It contradicts what is there already; nothing was changed",
        Problem(
            code="conflict",
            message="the idempotency key 'night-1' was used for another task",
            field="idempotency_key",
            hint="ygg show 1qf6dn9s6qjd shows that one; use a new key for a new task",
        ),
    ),
    413: (
        "The body is too large; nothing was written",
        Problem(
            code="bad_input",
            message="the request is too large",
            field="body",
            allowed=["at most 67108864 bytes (coordinator.max_request_bytes)"],
        ),
    ),
    415: (
        "The body is compressed, or encoded in another way",
        Problem(
            code="bad_input",
            message="a body in the encoding 'gzip' is not read",
            field="Content-Encoding",
            allowed=["none: send it as it is"],
        ),
    ),
    422: (
        "Something in the request is not allowed; nothing was written",
        Problem(
            code="bad_input",
            message='priority cannot be "high"',
            field="priority",
            allowed=["a whole number from 0 to 4"],
        ),
    ),
    503: (
        "The ledger cannot be used now; nothing was written",
        Problem(
            code="ledger_unavailable",
            message="the ledger is locked by somebody else",
            hint="nothing was written; try again",
        ),
    ),
}
_NULL = "\x00null"
_BODIES = (TaskSpec, Note, Replay, NewToken, Drain, Start, Drive, TakenStep, Beat, Wish, End)


def refusals(statuses: Sequence[int]) -> Answers:
    return {status: _refusal(*REFUSALS[status]) for status in sorted(statuses)}


def _refusal(says: str, problem: Problem) -> dict[str, Any]:
    example = {"error": problem.model_dump(exclude_none=True)}
    return {"model": Refusal, "description": says, "content": {JSON: {"example": example}}}


def told(
    example: object,
    *,
    status: int = 200,
    says: str = "",
    kind: str = JSON,
    refused: Sequence[int] = READS,
) -> Answers:
    """The answer when all is well, with an example, and how the request may be refused."""
    content: dict[str, Any] = {"example": _without_nulls(example)}
    if kind != JSON:
        content["schema"] = {"type": "string"}
    well: dict[str, Any] = {"content": {kind: content}}
    if says:
        well["description"] = says
    return {status: well} | refusals(refused)


def also(model: Any, says: str, **examples: object) -> dict[str, Any]:
    """Another answer than the usual one."""
    shown = {name: {"value": _without_nulls(value)} for name, value in examples.items()}
    return {"model": model, "description": says, "content": {JSON: {"examples": shown}}}


def nothing(*, refused: Sequence[int], says: str) -> Answers:
    """Without a body."""
    return {204: {"description": says}} | refusals(refused)


def takes(
    model: type[BaseModel], examples: Mapping[str, object], *, required: bool = True
) -> dict[str, Any]:
    """A body that the route reads by itself; each example by what it is of."""
    shown = {
        name.lower().replace(" ", "-"): {"summary": name, "value": value}
        for name, value in examples.items()
    }
    schema = {"$ref": _REFERENCE.format(model=model.__name__)}
    content = {JSON: {"schema": schema, "examples": shown}}
    return {"requestBody": {"required": required, "content": content}}


def takes_bytes(kind: str, example: str | None = None) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": {"type": "string"}}
    if example is not None:
        content["example"] = example
    return {"requestBody": {"required": True, "content": {kind: content}}}


def takes_header(name: str, says: str, example: str) -> dict[str, Any]:
    """One that the route reads by itself."""
    schema = {"type": "string", "examples": [example]}
    found = {"name": name, "in": "header", "required": False, "description": says}
    return {"parameters": [found | {"schema": schema}]}


def complete(app: FastAPI) -> None:
    """Give the document the schemas of the bodies that routes read by themselves."""
    made = app.openapi
    _, found = models_json_schema(
        [(model, "validation") for model in _BODIES], ref_template=_REFERENCE
    )
    whole: dict[str, Any] = {}

    def document() -> dict[str, Any]:
        if not whole:
            whole.update(_with_nulls(made()))
            whole["components"]["schemas"].update(found["$defs"])
        return whole

    app.openapi = document  # type: ignore[method-assign]


def _without_nulls(value: Any) -> Any:
    """FastAPI leaves out whatever is null, in an example too."""
    return _replace(value, None, _NULL)


def _with_nulls(value: Any) -> Any:
    return _replace(value, _NULL, None)


def _replace(value: Any, old: object, new: object) -> Any:
    if isinstance(value, Mapping):
        return {name: _replace(inner, old, new) for name, inner in value.items()}
    if isinstance(value, list):
        return [_replace(inner, old, new) for inner in value]
    return new if value == old else value
