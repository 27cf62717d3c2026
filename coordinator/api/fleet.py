"""The fleet as it is: labels, queues, executors, health, metrics, tokens."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from coordinator.api.answers import answer
from coordinator.api.auth import Admin, Viewer
from coordinator.fleet_views import executor_views, label_views, queue_views
from coordinator.health import health_of
from coordinator.ledger import tokens
from coordinator.parts import Parts
from ygg import views

router = APIRouter(tags=["fleet"])


class NewToken(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9._@-]*$")
    role: str


@router.get("/v1/labels", response_model=list[views.LabelView])
def labels(request: Request, _bearer: Viewer) -> Response:
    """Every label that was ever announced, its params, and who offers it now."""
    return answer(label_views(_parts(request)))


@router.get("/v1/queues", response_model=list[views.QueueView])
def queues(request: Request, _bearer: Viewer) -> Response:
    return answer(queue_views(_parts(request)))


@router.get("/v1/executors", response_model=list[views.ExecutorView])
def executors(request: Request, _bearer: Viewer) -> Response:
    return answer(executor_views(_parts(request)))


@router.get("/health", response_model=views.Health)
def health(request: Request) -> Response:
    """Needs no token, and tells nothing secret. 503 when a part is not well."""
    found = health_of(_parts(request))
    return answer(found, 200 if found["ok"] else 503)


@router.get("/metrics", response_class=Response)
def metrics(request: Request, _bearer: Viewer) -> Response:
    """For Prometheus."""
    text = _parts(request).metrics.text()
    return Response(text, media_type="text/plain; version=0.0.4; charset=utf-8")


@router.post("/v1/tokens", status_code=201)
def create_token(request: Request, _bearer: Admin, asked: NewToken) -> Response:
    """A new token. It is shown this once; only its digest is kept."""
    secret = tokens.new_secret()
    role = tokens.read_role(asked.role)
    with _parts(request).ledger.write() as connection:
        tokens.create(connection, asked.name, role, secret, time.time())
    return answer({"name": asked.name, "role": asked.role, "token": secret}, 201)


@router.get("/v1/tokens", response_model=list[views.TokenView])
def list_tokens(request: Request, _bearer: Admin) -> Response:
    with _parts(request).ledger.read() as connection:
        return answer(tokens.known(connection))


@router.delete("/v1/tokens/{name}", status_code=204)
def revoke_token(request: Request, _bearer: Admin, name: str) -> Response:
    with _parts(request).ledger.write() as connection:
        tokens.revoke(connection, name, time.time())
    request.app.state.doorkeeper.forget()
    return Response(status_code=204)


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts
