"""How requests are read: nothing that we do not know is passed over in silence."""

from __future__ import annotations

import math
from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import unquote_to_bytes

from fastapi import Path, Request, Response
from fastapi.routing import APIRoute

from coordinator.parts import Parts
from coordinator.reading import no_such
from ygg import ids
from ygg.errors import BadInput, NotFound

MAX_WAIT_SECONDS = 3600.0
TaskId = Annotated[str, Path(description="Twelve letters and digits", examples=["1qf6dn9s6qjd"])]


class Route(APIRoute):
    """Refuses a parameter that it does not know: a filter that is misspelt would filter nothing."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        known = [field.alias for field in self.dependant.query_params]

        async def checked(request: Request) -> Response:
            if request.scope["query_string"]:
                _check_names(request, known)
            _check_encoding(request)
            return await handle(request)

        return checked


async def read_body(request: Request, most: int, setting: str) -> bytes:
    """The whole body, or a refusal as soon as it is too long."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            refused = BadInput(
                "the request is too large",
                field="body",
                allowed=[f"at most {most} bytes" + (f" ({setting})" if setting else "")],
            )
            refused.http_status = 413
            raise refused
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


def read_key(text: str) -> str:
    """Headers hold Latin letters only: others come percent-encoded, or as the bytes of UTF-8."""
    try:
        return unquote_to_bytes(text.encode("latin-1")).decode()
    except UnicodeDecodeError as error:
        raise BadInput(
            "the idempotency key is not UTF-8",
            field="Idempotency-Key",
            allowed=["percent-encoded UTF-8"],
        ) from error


def read_id(text: str) -> str:
    found = ids.read_id(text)
    if found is None:
        raise NotFound(
            f"{text[:80]!r} is no task id", field="id", allowed=["twelve letters and digits"]
        )
    return found


def parts_of(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


def _check_names(request: Request, known: list[str]) -> None:
    seen = set()
    for name, _value in request.query_params.multi_items():
        if name not in known:
            of = f"{request.method} {request.url.path[:200]}"
            raise no_such(name[:80], name, known, of=of, kind="parameter")
        if name in seen:
            raise BadInput(f"{name} is given twice", field=name, allowed=["once"])
        seen.add(name)


def _check_encoding(request: Request) -> None:
    encoding = request.headers.get("content-encoding")
    if encoding and encoding.lower() != "identity":
        refused = BadInput(
            f"a body in the encoding {encoding[:80]!r} is not read",
            field="Content-Encoding",
            allowed=["none: send it as it is"],
        )
        refused.http_status = 415
        raise refused
