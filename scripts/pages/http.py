"""Every route of the OpenAPI document, with the role that it needs, and every body."""

from __future__ import annotations

import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from coordinator.api import bodies, fleet, rollout_bodies
from coordinator.api import document as document_of
from coordinator.api.auth import AtLeast
from coordinator.app import ROUTERS, make_app
from coordinator.ledger.tokens import Role
from coordinator.parts import Parts
from scripts.pages.markdown import docstrings, document, table
from ygg import errors, rollout_views, task, views

_INTRODUCTION = f"""
The coordinator serves the same as an OpenAPI document at `/openapi.json`, with examples. A token
travels as `Authorization: Bearer TOKEN`. The roles are
{", ".join(role.name.lower() for role in Role)}; each may do what the ones before it may. A
submitter acts on the tasks that the same token submitted, an operator on everybody's. Times are
seconds since 1970.

A body is read as JSON whatever its content type, and may not be compressed. A parameter or field
that is not known is refused, with the nearest that is. Nothing is guessed: `"1"` is no number.
"""

_ERRORS = """## Errors

An error answers `{"error": PROBLEM}`. A problem has a `code` and a `message`, and where they help
a `field`, `allowed` values, a `hint`, and the `line` of a bulk request. Without a token, or with
one that is unknown, it is `denied` with the status 401. A request that a route cannot read is
`bad_input`; with the status 405 when the path knows no such method, 415 when it is compressed."""

Schema = dict[str, Any]

_PLACES = (views, rollout_views, task, fleet, bodies, rollout_bodies, document_of)
"""Where the bodies are, which may say something of their fields."""


def page() -> str:
    # The document asks nothing of the parts: nothing is opened and nothing started.
    made = make_app(cast(Parts, SimpleNamespace(ledger=None))).openapi()
    return document("HTTP", _INTRODUCTION, _parts(made))


def roles() -> dict[tuple[str, str], str]:
    """The role that each method and path asks of its bearer, or nothing."""
    routes = [route for router in ROUTERS for route in router.routes]
    return {
        (method, route.path_format): _role(route.dependant)
        for route in routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


def _role(dependant: Dependant) -> str:
    for each in dependant.dependencies:
        if isinstance(each.call, AtLeast):
            return each.call.role.name.lower()
    return ""


def _parts(made: Schema) -> Iterator[str]:
    known = roles()
    for path, operations in made["paths"].items():
        for method, operation in operations.items():
            yield _operation(method.upper(), path, known[method.upper(), path], operation)
    yield _ERRORS
    yield table(("code", "status", "`ygg` exits"), _problems(errors.YggError))
    refusals = document_of.REFUSALS.items()
    yield table(("status", ""), ((str(status), says) for status, (says, _) in refusals))
    yield "## Bodies"
    asked = task.TaskSpec.model_json_schema()
    schemas = made["components"]["schemas"] | asked["$defs"] | {"TaskSpec": asked}
    for name, schema in sorted(schemas.items()):
        if "properties" in schema and not name.endswith("ValidationError"):
            yield f"### {name}\n\n" + table(("field", "type", ""), _fields(name, schema))
        elif "enum" in schema:
            yield f"### {name}\n\n{_type(schema)}"


def _operation(method: str, path: str, role: str, operation: Schema) -> str:
    says = operation.get("description") or operation["summary"] + "."
    text = [f"## `{method} {path}`", f"Role: {role or 'none, no token needed'}.", says]
    rows = [
        (f"`{one['name']}`", one["in"], _type(one["schema"]), _note(one))
        for one in operation.get("parameters", ())
    ]
    if rows:
        text.append(table(("parameter", "in", "type", ""), rows))
    takes = operation.get("requestBody", {}).get("content", {})
    text += [f"Body: {kind}, {_type(found['schema'])}." for kind, found in takes.items()]
    text.append("\n".join(_answers(operation["responses"])))
    return "\n\n".join(text)


def _answers(responses: dict[str, Schema]) -> Iterator[str]:
    refused = []
    for status, answer in sorted(responses.items()):
        shown = [
            _type(found["schema"])
            for found in answer.get("content", {}).values()
            if found.get("schema")
        ]
        if shown == ["[Refusal](#refusal)"]:
            refused.append(status)
            continue
        if answer["description"] != "Successful Response":
            shown.append(answer["description"])
        yield f"- {status}" + "".join(f": {one}" for one in shown)
    if refused:
        yield f"- {', '.join(refused)}: [Refusal](#refusal)"


def _note(parameter: Schema) -> str:
    schema = parameter["schema"]
    told = [parameter.get("description", ""), "required" if parameter.get("required") else ""]
    if schema.get("default") is not None:
        told.append(f"default `{json.dumps(schema['default'])}`")
    words = {"minimum": "at least", "maximum": "at most"}
    told += [f"{word} {schema[name]:g}" for name, word in words.items() if name in schema]
    return ", ".join(filter(None, told))


def _type(schema: Schema) -> str:
    if "$ref" in schema or "properties" in schema:
        name = schema["$ref"].rpartition("/")[2] if "$ref" in schema else schema["title"]
        return "any JSON" if name == "JsonValue" else f"[{name}](#{name.lower()})"
    if "anyOf" in schema:
        return " or ".join(_type(part) for part in schema["anyOf"])
    if "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"object of {_type(schema['additionalProperties'])}"
    return str(schema.get("type", "any JSON"))


def _fields(name: str, schema: Schema) -> Iterator[tuple[str, ...]]:
    said: dict[str, str] = {}
    for place in _PLACES:
        if hasattr(place, name):
            said = _said_of(getattr(place, name))
            break
    for field, part in schema["properties"].items():
        yield f"`{field}`", _type(part), said.get(field, "")


def _said_of(kind: type) -> dict[str, str]:
    """What a class says of its fields, and what those that it extends say of theirs."""
    found: dict[str, str] = {}
    for each in getattr(kind, "__orig_bases__", ()):
        if getattr(each, "__module__", "") == kind.__module__:
            found |= _said_of(each)
    return found | docstrings(kind)


def _problems(kind: type[errors.YggError]) -> Iterator[tuple[str, ...]]:
    yield f"`{kind.code}`", str(kind.http_status), str(kind.exit_code)
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:  # others are imported or not, as it happens
            yield from _problems(child)
