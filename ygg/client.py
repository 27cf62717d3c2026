"""The HTTP client that the command line, tests and benchmarks use: standard library only.

It starts in a few milliseconds, where a full client would cost more than the rest of
`ygg submit`. One connection, kept open, not for sharing between threads.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, urlencode

from ygg.errors import BadInput, Denied, NoAnswer, Problem, Unreachable, YggError, from_problem
from ygg.http_connection import connection_to, was_closed
from ygg.target import Target

if TYPE_CHECKING:
    from ygg import views

Json = Any
"""A decoded JSON document, before a method says which view it is."""

TIMEOUT_SECONDS = 30.0


class Client:
    def __init__(self, target: Target, *, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self.target = target
        self._timeout = timeout_seconds
        self._connection: http.client.HTTPConnection | None = None

    # Tasks

    def submit(
        self,
        task: Mapping[str, object],
        *,
        idempotency_key: str | None = None,
        wait_seconds: float = 0,
    ) -> views.Accepted:
        """Submit one task; with `wait_seconds`, answer when it is final or that time has passed."""
        headers = {}
        if idempotency_key:
            headers["Idempotency-Key"] = quote(idempotency_key)
        if wait_seconds:
            headers["Prefer"] = f"wait={wait_seconds:g}"
        answer = self.call(
            "POST", "/v1/tasks", body=dump(task), headers=headers, extra_seconds=wait_seconds
        )
        return cast("views.Accepted", answer)

    def dry_run(self, task: Mapping[str, object]) -> views.DryRun:
        answer = self.call("POST", "/v1/tasks?dry_run=true", body=dump(task))
        return cast("views.DryRun", answer)

    def submit_bulk(self, lines: bytes, *, partial: bool = False) -> views.BulkAccepted:
        """Submit newline-delimited JSON: all lines or none, or with `partial` the good ones."""
        path = "/v1/tasks:bulk" + ("?partial=true" if partial else "")
        headers = {"Content-Type": "application/x-ndjson"}
        answer = self.call(
            "POST", path, body=lines, headers=headers, extra_seconds=300, refusal=422
        )
        return cast("views.BulkAccepted", answer)

    def dry_run_bulk(self, lines: bytes) -> views.BulkDryRun:
        headers = {"Content-Type": "application/x-ndjson"}
        path = "/v1/tasks:bulk?dry_run=true"
        answer = self.call("POST", path, body=lines, headers=headers, extra_seconds=300)
        return cast("views.BulkDryRun", answer)

    def tasks(self, **filters: str | int | float | None) -> views.TaskPage:
        """A page, newest first: `state`, `label`, `queue`, `search`, `since`, `limit`, `cursor`."""
        return cast("views.TaskPage", self.call("GET", "/v1/tasks" + query_of(filters)))

    def task(self, task_id: str) -> views.TaskDetail:
        return cast("views.TaskDetail", self.call("GET", _task(task_id)))

    def wait(self, task_id: str, *, timeout_seconds: float) -> views.TaskDetail:
        """The task when it needs nobody any more, or as it is after `timeout_seconds`."""
        path = _task(task_id, "wait") + query_of({"timeout_seconds": timeout_seconds})
        return cast("views.TaskDetail", self.call("GET", path, extra_seconds=timeout_seconds))

    def logs(
        self,
        task_id: str,
        *,
        follow: bool = False,
        attempt: int | None = None,
        deadline: float | None = None,
    ) -> Iterator[views.LogLine]:
        """What the task wrote; with `follow` until it is final, or until `deadline` (monotonic)."""
        query = query_of({"follow": "true" if follow else None, "attempt": attempt})
        for name, data in self._events(_task(task_id, "logs") + query, deadline):
            if name == "log":
                yield cast("views.LogLine", data)

    def events(self) -> Iterator[views.TaskChange]:
        for name, data in self._events("/v1/events"):
            if name == "task":
                yield cast("views.TaskChange", data)

    def cancel(self, task_id: str, *, note: str = "") -> views.TaskView:
        return cast("views.TaskView", self._act(task_id, "cancel", note))

    def retry(self, task_id: str, *, note: str = "") -> views.NoticedTask:
        """A new task, linked by `retry_of`."""
        return cast("views.NoticedTask", self._act(task_id, "retry", note))

    def approve(self, task_id: str, *, note: str = "") -> views.NoticedTask:
        """Dispatch a task that waits for a yes, release one that is held, accept a reviewed one."""
        return cast("views.NoticedTask", self._act(task_id, "approve", note))

    def reject(self, task_id: str, *, note: str = "") -> views.TaskView:
        return cast("views.TaskView", self._act(task_id, "reject", note))

    def replay(
        self, *, since: float, label: str | None = None, dry_run: bool = False
    ) -> views.Replayed:
        """Retry every task that failed since then and was not retried yet."""
        body = {"since": since, "label": label, "dry_run": dry_run}
        return cast("views.Replayed", self.call("POST", "/v1/tasks:replay", body=dump(body)))

    def put_blob(self, sha256: str, content: bytes) -> None:
        self.call("PUT", f"/v1/blobs/{sha256}", body=content, raw=True)

    def artifact(self, task_id: str, path: str) -> bytes:
        found = self.call("GET", _task(task_id, "artifacts/" + quote(path)), raw=True)
        return cast("bytes", found)

    # The fleet

    def labels(self) -> list[views.LabelView]:
        return cast("list[views.LabelView]", self.call("GET", "/v1/labels"))

    def queues(self) -> list[views.QueueView]:
        return cast("list[views.QueueView]", self.call("GET", "/v1/queues"))

    def executors(
        self, *, machine: str | None = None, executor: str | None = None
    ) -> list[views.ExecutorView]:
        path = "/v1/executors" + query_of({"machine": machine, "executor": executor})
        return cast("list[views.ExecutorView]", self.call("GET", path))

    def stats(self, family: str, *, since: float | None = None) -> views.FamilyStats:
        path = f"/v1/stats/{quote(family, safe='')}" + query_of({"since": since})
        return cast("views.FamilyStats", self.call("GET", path, extra_seconds=300))

    def health(self) -> views.Health:
        return cast("views.Health", self.call("GET", "/health", refusal=503))

    def create_token(self, name: str, role: str) -> str:
        answer = self.call("POST", "/v1/tokens", body=dump({"name": name, "role": role}))
        return str(answer["token"])

    def tokens(self) -> list[views.TokenView]:
        return cast("list[views.TokenView]", self.call("GET", "/v1/tokens"))

    def revoke_token(self, name: str) -> None:
        self.call("DELETE", f"/v1/tokens/{quote(name)}")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    # How it travels

    def _act(self, task_id: str, action: str, note: str) -> Json:
        return self.call("POST", _task(task_id, action), body=dump({"note": note}))

    def call(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        extra_seconds: float = 0,
        raw: bool = False,
        refusal: int | None = None,
    ) -> Json:
        """`refusal` is a status whose body may be an answer in full, and not a problem."""
        response = self._send(method, path, body, headers or {}, self._timeout + extra_seconds)
        content = self._read(response)
        if response.status >= 400 and not (response.status == refusal and not _is_problem(content)):
            raise _error(response.status, content)
        if raw:
            return content
        return json.loads(content) if content else None

    def _send(
        self,
        method: str,
        path: str,
        body: bytes | None,
        headers: Mapping[str, str],
        timeout_seconds: float,
    ) -> http.client.HTTPResponse:
        fresh = self._connection is None
        connection = self._connect(timeout_seconds)
        sent = False
        try:
            connection.request(method, path, body=body, headers=self._headers(body, headers))
            sent = True
            return connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            # The server may close a connection that was idle: only a request that repeats
            # harmlessly is sent again.
            if not fresh and method == "GET":
                return self._send(method, path, body, headers, timeout_seconds)
            if sent and method != "GET":
                raise self._no_answer(error) from error
            raise self._unreachable(error) from error

    def _connect(self, timeout_seconds: float) -> http.client.HTTPConnection:
        if self._connection is not None and was_closed(self._connection):
            self.close()
        if self._connection is None:
            self._connection = connection_to(self.target.url, timeout_seconds)
        self._connection.timeout = timeout_seconds
        if self._connection.sock is not None:
            self._connection.sock.settimeout(timeout_seconds)
        return self._connection

    def _headers(self, body: bytes | None, more: Mapping[str, str]) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if self.target.token:
            headers["Authorization"] = f"Bearer {self.target.token}"
        return headers | dict(more)

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        try:
            return response.read()
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise self._unreachable(error) from error

    def _events(self, path: str, deadline: float | None = None) -> Iterator[tuple[str, Json]]:
        """Server-sent events, until the server ends the stream. It sends a sign of life often."""
        accept = {"Accept": "text/event-stream"}
        response = self._send("GET", path, None, accept, self._patience(deadline))
        if response.status >= 400:
            raise _error(response.status, self._read(response))
        name, data = "message", ""
        try:
            for raw in response:
                if deadline is not None and not self._goes_on(deadline):
                    return
                line = raw.decode().rstrip("\r\n")
                if line.startswith("event:"):
                    name = line[6:].strip()
                elif line.startswith("data:"):
                    data += line[5:].strip()
                elif not line and data:
                    yield name, json.loads(data)
                    name, data = "message", ""
        except (OSError, http.client.HTTPException) as error:
            if deadline is not None and time.monotonic() >= deadline:
                return
            raise self._unreachable(error) from error
        finally:
            self.close()

    def _patience(self, deadline: float | None) -> float:
        if deadline is None:
            return self._timeout
        return min(self._timeout, max(0.01, deadline - time.monotonic()))

    def _goes_on(self, deadline: float) -> bool:
        """Whether there is time to read on; the connection waits no longer than that."""
        if self._connection is not None and self._connection.sock is not None:
            self._connection.sock.settimeout(self._patience(deadline))
        return time.monotonic() < deadline

    def _no_answer(self, error: Exception) -> NoAnswer:
        return NoAnswer(
            f"no answer from the coordinator at {self.target.url}: {_detail(error)}",
            hint="it may have done what was asked: look before you ask again; what has an"
            " idempotency key, each line of a file too, can be sent again without harm",
        )

    def _unreachable(self, error: Exception) -> Unreachable:
        return Unreachable(
            f"cannot reach the coordinator at {self.target.url}: {_detail(error)}",
            hint="start one here with `ygg up --detach`, or set YGG_URL",
        )


def _detail(error: Exception) -> str:
    return str(error) or type(error).__name__


def _task(task_id: str, rest: str = "") -> str:
    path = f"/v1/tasks/{quote(task_id, safe='')}"
    return f"{path}/{rest}" if rest else path


def query_of(values: Mapping[str, object]) -> str:
    told = {key: value for key, value in values.items() if value is not None}
    return "?" + urlencode(told) if told else ""


def dump(body: object) -> bytes:
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        bad = text[error.start : error.end]
        raise BadInput(f"half a character, {bad!r}, cannot be sent", allowed=["UTF-8"]) from None


def _is_problem(content: bytes) -> bool:
    try:
        found = json.loads(content)
    except ValueError:
        return True
    return not isinstance(found, dict) or "error" in found


def _error(status: int, content: bytes) -> YggError:
    try:
        problem = cast("Problem", json.loads(content)["error"])
        return from_problem(problem)
    except (ValueError, KeyError, TypeError):
        text = content[:200].decode(errors="replace")
        kind = Denied if status in (401, 403) else Unreachable
        return kind(f"the coordinator answered {status}: {text}")
