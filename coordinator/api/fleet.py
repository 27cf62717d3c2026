"""The fleet as it is: labels, queues, executors, health, metrics, tokens."""

from __future__ import annotations

import time
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from typing_extensions import TypedDict

from coordinator.api import examples
from coordinator.api.answers import answer
from coordinator.api.auth import Admin, Viewer
from coordinator.api.bodies import NewToken, body_of
from coordinator.api.document import READS, WRITES, also, nothing, takes, told
from coordinator.api.requests import Route, parts_of
from coordinator.fleet_views import executor_views, label_views, queue_views
from coordinator.health import health_of
from coordinator.ledger import tokens
from coordinator.reading import clean
from ygg import views

router = APIRouter(tags=["fleet"], route_class=Route)

Asked = Annotated[NewToken, Depends(body_of(NewToken, "a token"))]


class TokenMade(TypedDict):
    name: str
    role: str
    token: str
    """Shown this once; only its digest is kept."""


@router.get("/v1/labels", response_model=list[views.LabelView], responses=told(examples.LABELS))
def labels(request: Request, _bearer: Viewer) -> Response:
    """Every label that was ever announced, its params, and who offers it now."""
    return answer(label_views(parts_of(request)))


@router.get("/v1/queues", response_model=list[views.QueueView], responses=told(examples.QUEUES))
def queues(request: Request, _bearer: Viewer) -> Response:
    """Every queue: what stands in it, how much of that the broker holds, and who serves it."""
    return answer(queue_views(parts_of(request)))


@router.get(
    "/v1/executors", response_model=list[views.ExecutorView], responses=told(examples.EXECUTORS)
)
def executors(
    request: Request,
    _bearer: Viewer,
    machine: Annotated[str | None, Query(description="Those on this one alone")] = None,
    executor: Annotated[str | None, Query(description="That one alone")] = None,
) -> Response:
    """Every executor that ever announced itself, what it serves, and whether it is alive."""
    return answer(executor_views(parts_of(request), machine, executor))


@router.get(
    "/health",
    response_model=views.Health,
    responses=told(examples.HEALTH, refused=())
    | {503: also(views.Health, "A part is not well", unwell=examples.UNWELL)},
)
@router.head("/health", include_in_schema=False)
def health(request: Request) -> Response:
    """How every part is. Needs no token, and tells nothing secret. 503 when one is not well."""
    found = health_of(parts_of(request))
    return answer(found, 200 if found["ok"] else 503)


@router.get(
    "/metrics",
    response_class=Response,
    responses=told(examples.METRICS, kind="text/plain"),
)
def metrics(request: Request, _bearer: Viewer) -> Response:
    """Counts for Prometheus, in its text format."""
    text = parts_of(request).metrics.text()
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


@router.post(
    "/v1/tokens",
    status_code=201,
    response_model=TokenMade,
    openapi_extra=takes(NewToken, {"For a person": {"name": "ada", "role": "submitter"}}),
    responses=told(
        examples.TOKEN_MADE,
        status=201,
        refused=(*WRITES, 409),
    ),
)
def create_token(request: Request, _bearer: Admin, asked: Asked) -> Response:
    """A new token. It is shown this once; only its digest is kept."""
    secret = tokens.new_secret()
    role = tokens.read_role(asked.role)
    with parts_of(request).ledger.write() as connection:
        tokens.create(connection, asked.name, role, secret, time.time())
    return answer(TokenMade(name=asked.name, role=role.name.lower(), token=secret), 201)


@router.get(
    "/v1/tokens",
    response_model=list[views.TokenView],
    responses=told(examples.TOKENS, refused=(*READS, 403)),
)
def list_tokens(request: Request, _bearer: Admin) -> Response:
    """Every token by its name, with its role; revoked ones too."""
    with parts_of(request).ledger.read() as connection:
        return answer(tokens.known(connection))


@router.delete(
    "/v1/tokens/{name}",
    status_code=204,
    responses=nothing(says="It opens nothing any more", refused=(*READS, 403, 404)),
)
def revoke_token(request: Request, _bearer: Admin, name: str) -> Response:
    """Revoke a token, from this moment on. Its name stays in the records."""
    clean(name, "name")
    with parts_of(request).ledger.write() as connection:
        tokens.revoke(connection, name, time.time())
    request.app.state.doorkeeper.forget()
    return Response(status_code=204)
