"""Who may do what: tokens and their roles on every route."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping

import pytest

from tests.integration.coordinator.house import House
from ygg.client import Client
from ygg.errors import Conflict, Denied, NotFound

ROLES = ["viewer", "submitter", "operator", "admin"]
GONE = "0" * 12
BLOB = hashlib.sha256(b"x").hexdigest()
ECHO = b'{"label": "dev-echo"}'
ROUTES: dict[tuple[str, str], tuple[str, bytes | None]] = {
    ("GET", "/v1/tasks"): ("viewer", None),
    ("GET", f"/v1/tasks/{GONE}"): ("viewer", None),
    ("GET", f"/v1/tasks/{GONE}/wait"): ("viewer", None),
    ("GET", f"/v1/tasks/{GONE}/logs"): ("viewer", None),
    ("GET", f"/v1/tasks/{GONE}/artifacts/x"): ("viewer", None),
    ("GET", "/v1/labels"): ("viewer", None),
    ("GET", "/v1/queues"): ("viewer", None),
    ("GET", "/v1/executors"): ("viewer", None),
    ("GET", "/metrics"): ("viewer", None),
    ("GET", "/v1/stats/dev"): ("viewer", None),
    ("POST", "/v1/tasks"): ("submitter", ECHO),
    ("POST", "/v1/tasks?dry_run=true"): ("submitter", ECHO),
    ("POST", "/v1/tasks:bulk"): ("submitter", ECHO),
    ("PUT", f"/v1/blobs/{BLOB}"): ("submitter", b"x"),
    ("POST", f"/v1/tasks/{GONE}/cancel"): ("submitter", b"{}"),
    ("POST", f"/v1/tasks/{GONE}/retry"): ("submitter", b"{}"),
    ("POST", f"/v1/tasks/{GONE}/approve"): ("operator", b"{}"),
    ("POST", f"/v1/tasks/{GONE}/reject"): ("operator", b"{}"),
    ("POST", "/v1/tasks:replay"): ("operator", b'{"since": 1, "dry_run": true}'),
    ("POST", "/v1/tokens"): ("admin", b'{"name": "", "role": "viewer"}'),
    ("GET", "/v1/tokens"): ("admin", None),
    ("DELETE", "/v1/tokens/nobody"): ("admin", None),
    ("GET", "/v1/drains"): ("viewer", None),
    ("PUT", "/v1/machines/nowhere/drain"): ("operator", b"{}"),
    ("DELETE", "/v1/machines/nowhere/drain"): ("operator", None),
    ("POST", "/v1/executors/nobody/probe"): ("operator", None),
    ("GET", "/v1/rollouts"): ("viewer", None),
    ("GET", f"/v1/rollouts/{GONE}"): ("viewer", None),
    ("POST", "/v1/rollouts"): ("admin", b"{}"),
    ("POST", f"/v1/rollouts/{GONE}/drive"): ("admin", b'{"driver": "ada@laptop"}'),
    ("POST", f"/v1/rollouts/{GONE}/steps"): ("admin", b"{}"),
    ("POST", f"/v1/rollouts/{GONE}/beat"): ("admin", b'{"token": "t"}'),
    ("POST", f"/v1/rollouts/{GONE}/ask"): ("admin", b'{"wanted": "pause"}'),
    ("POST", f"/v1/rollouts/{GONE}/end"): ("admin", b'{"token": "t", "state": "done"}'),
}
OPEN = {"/health", "/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect"}


@pytest.fixture(scope="module")
def secrets(house: House) -> Mapping[str, str]:
    return {role: house.client.create_token(f"{role}-1", role) for role in ROLES}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_route_is_open_from_its_role_upwards(
    house: House, secrets: Mapping[str, str], method: str, path: str, role: str
) -> None:
    lowest, body = ROUTES[method, path]
    headers = {"Content-Type": "application/json"}
    answer = house.ask(method, path, body, token=secrets[role], headers=headers)
    if ROLES.index(role) >= ROLES.index(lowest):
        assert answer.status not in (401, 403, 500)
    else:
        assert answer.status == 403
        assert answer.error["allowed"] == [f"{lowest} or above"]


@pytest.mark.parametrize(("method", "path"), [*ROUTES, ("GET", "/v1/events")])
@pytest.mark.parametrize("token", [None, "wrong"])
def test_no_route_opens_without_a_token_that_is_known(
    house: House, method: str, path: str, token: str | None
) -> None:
    answer = house.ask(method, path, b"{}" if method == "POST" else None, token=token)
    assert answer.status == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.error["code"] == "denied"
    assert "ygg token create" in answer.error["hint"]


def test_every_route_of_the_document_is_in_this_table(house: House) -> None:
    document = house.ask("GET", "/openapi.json", token=None).json
    told = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        for method in methods
        if path not in OPEN
    }
    tried = {(method, path.split("?")[0]) for method, path in [*ROUTES, ("GET", "/v1/events")]}
    for method, path in told:
        pattern = re.sub(r"\\{.*?\\}", "[^:]+", re.escape(path))
        assert any(m == method and re.fullmatch(pattern, p) for m, p in tried), (method, path)


@pytest.mark.parametrize("path", ["/health", "/openapi.json"])
def test_what_tells_nothing_secret_needs_no_token(house: House, path: str) -> None:
    assert house.ask("GET", path, token=None).status == 200


def test_a_submitter_acts_on_its_own_tasks_and_an_operator_on_all(
    house: House, secrets: Mapping[str, str]
) -> None:
    mine = house.new_client(secrets["submitter"])
    other = house.new_client(house.client.create_token("submitter-2", "submitter"))
    operator = house.new_client(secrets["operator"])

    def submit(client: Client) -> str:
        return client.submit({"label": "dev-echo", "delay_seconds": 600})["task"]["id"]

    task_id = submit(mine)
    assert mine.task(task_id)["submitted_by"] == "submitter-1"
    for act in (other.cancel, other.retry):
        with pytest.raises(Denied) as refused:
            act(task_id)
        assert refused.value.allowed == ["its submitter, or an operator"]
    assert mine.cancel(task_id)["state"] == "cancelled"
    assert operator.cancel(submit(other))["state"] == "cancelled"


def test_a_revoked_token_opens_nothing_from_that_moment_on(house: House) -> None:
    client = house.new_client(house.client.create_token("brief", "viewer"))
    assert client.labels()
    house.client.revoke_token("brief")
    with pytest.raises(Denied, match="unknown or revoked"):
        client.labels()
    [view] = [found for found in house.client.tokens() if found["name"] == "brief"]
    assert view["revoked_at"] is not None
    with pytest.raises(NotFound):
        house.client.revoke_token("brief")
    with pytest.raises(Conflict):
        house.client.create_token("brief", "viewer")


@pytest.mark.parametrize("scheme", ["Basic", "bearer", "Token", ""])
def test_only_a_bearer_token_counts(house: House, scheme: str) -> None:
    headers = {"Authorization": f"{scheme} {house.admin}".strip()}
    status = house.ask("GET", "/v1/labels", token=None, headers=headers).status
    assert status == (200 if scheme == "bearer" else 401)
