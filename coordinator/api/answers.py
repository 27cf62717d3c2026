"""How answers travel: JSON of a typed view, or an error that explains itself."""

from __future__ import annotations

import logging
import math

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from ygg.errors import BadInput, NotFound, YggError

logger = logging.getLogger(__name__)

MAX_WAIT_SECONDS = 3600.0


def answer(view: object, status: int = 200) -> Response:
    """Views are plain data of known types already: no second validation on the way out."""
    return Response(orjson.dumps(view), status_code=status, media_type="application/json")


def refuse(error: YggError) -> Response:
    return answer({"error": error.problem()}, error.http_status)


async def read_body(request: Request, most: int) -> bytes:
    """The whole body, or a refusal as soon as it is too long."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise BadInput(
                "the request is too large",
                field="body",
                allowed=[f"at most {most} bytes (coordinator.max_request_bytes)"],
            )
        parts.append(part)
    return b"".join(parts)


def preferred_wait(request: Request) -> float:
    """Seconds from `Prefer: wait=…` (RFC 7240), 0 without."""
    for preference in request.headers.get("prefer", "").split(","):
        name, _, value = preference.strip().partition("=")
        if name.lower() == "wait":
            try:
                seconds = float(value)
            except ValueError:
                seconds = math.nan
            if not 0 <= seconds <= MAX_WAIT_SECONDS:
                raise BadInput(
                    "Prefer: wait is no number of seconds",
                    field="Prefer",
                    allowed=[f"0 to {MAX_WAIT_SECONDS:g}"],
                )
            return seconds
    return 0.0


def explain_errors(app: FastAPI) -> None:
    @app.exception_handler(YggError)
    async def ours(_request: Request, error: YggError) -> Response:
        return refuse(error)

    @app.exception_handler(RequestValidationError)
    async def request_is_wrong(_request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:]) or "body"
        return refuse(BadInput(f"{where}: {first['msg']}", field=where))

    @app.exception_handler(HTTPException)
    async def no_such_path(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404:
            return refuse(
                NotFound(
                    f"there is nothing at {request.url.path}",
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
