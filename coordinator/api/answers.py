"""How answers travel: JSON of a typed view, or an error that explains itself."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from coordinator.reading import misfit
from ygg.errors import BadInput, NotFound, YggError

logger = logging.getLogger(__name__)


def answer(view: object, status: int = 200) -> Response:
    """Views are plain data of known types already: no second validation on the way out."""
    return Response(_packed(view), status_code=status, media_type="application/json")


def refuse(error: YggError) -> Response:
    found = answer({"error": error.problem()}, error.http_status)
    if error.http_status == 401:
        found.headers["WWW-Authenticate"] = "Bearer"
    return found


def explain_errors(app: FastAPI) -> None:
    @app.exception_handler(YggError)
    async def ours(_request: Request, error: YggError) -> Response:
        return refuse(error)

    @app.exception_handler(RequestValidationError)
    async def request_is_wrong(request: Request, error: RequestValidationError) -> Response:
        return refuse(_wrong_parameter(request, error.errors()[0]))

    @app.exception_handler(HTTPException)
    async def no_such_path(request: Request, error: HTTPException) -> Response:
        if error.status_code == 405:
            return _wrong_method(request)
        if error.status_code == 404:
            return refuse(
                NotFound(
                    f"there is nothing at {request.url.path[:200]}",
                    hint="/openapi.json lists what there is",
                )
            )
        problem = BadInput(str(error.detail))
        problem.http_status = error.status_code
        return refuse(problem)

    @app.exception_handler(Exception)
    async def our_fault(_request: Request, error: Exception) -> Response:
        logger.error("a request failed", exc_info=error, extra={"action": "http"})
        return refuse(YggError("the coordinator failed; its log says more"))


def _wrong_parameter(request: Request, found: Mapping[str, Any]) -> BadInput:
    """A query, path or header parameter; what it allows is in the document."""
    name = str(found["loc"][-1])
    if found["type"] == "missing":
        return BadInput(f"{name} is missing", field=name)
    document = request.app.openapi()
    route: APIRoute = request.scope["route"]
    operation = document["paths"][route.path_format][request.method.lower()]
    schemas = {one["name"]: one["schema"] for one in operation["parameters"]}
    return misfit(name, found["input"], schemas.get(name, {}), document)


def _wrong_method(request: Request) -> Response:
    path = request.url.path
    allowed = sorted(
        method.upper()
        for known, operations in request.app.openapi()["paths"].items()
        if compile_path(known)[0].match(path)
        for method in operations
    )
    problem = BadInput(f"{path[:200]} knows no {request.method}", field="method", allowed=allowed)
    problem.http_status = 405
    response = refuse(problem)
    response.headers["Allow"] = ", ".join(allowed)
    return response


def _packed(view: object) -> bytes:
    try:
        return orjson.dumps(view)
    except TypeError:  # a whole number beyond 64 bits, which a handler may answer
        return json.dumps(view, ensure_ascii=False).encode()
