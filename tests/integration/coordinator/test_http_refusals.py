"""Bad input over HTTP: the field is named, what is allowed is said, and nothing is written."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from typing import Any

import pytest

from tests.integration.coordinator.house import Answer, House
from ygg.errors import from_problem

MISSING = "0" * 12
DEEP = b'{"label": "dev-free", "params": {"a": ' + b"[" * 3000 + b"]" * 3000 + b"}}"


def inline(content: bytes, **changes: Any) -> dict[str, Any]:
    blob = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "inline_base64": base64.b64encode(content).decode(),
    }
    return {"path": "in.txt", "blob": blob | changes}


def check_refused(answer: Answer, status: int, field: str | None) -> dict[str, Any]:
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/json"
    error: dict[str, Any] = answer.error
    assert error["message"]
    assert len(answer.body) < 10_000
    if field is not None:
        assert error.get("field") == field
    wanted = {422: 2, 413: 2, 409: 2, 404: 3, 401: 5, 403: 5, 503: 4}
    assert from_problem(answer.error).exit_code == wanted[status]
    return error


BODIES: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "body"),
    "no json": (b"label=dev-echo", "body"),
    "half of it": (b'{"label": "dev-echo"', "body"),
    "a list": (b"[]", "body"),
    "two tasks": (b'{"label": "dev-echo"} {"label": "dev-echo"}', "body"),
    "invalid utf-8": (b'{"label": "dev-echo", "params": {"text": "\xff\xfe"}}', "body"),
    "a cut character": (b'{"label": "dev-echo", "title": "\xe2\x82"}', "body"),
    "half a surrogate": (b'{"label": "dev-echo", "title": "\\ud800"}', "title"),
    "deep json": (DEEP, "body"),
    "a huge number": (b'{"label": "dev-free", "params": {"a": 99999999999999999999}}', "params.a"),
}


@pytest.mark.parametrize("what", BODIES)
def test_a_body_that_is_no_task_is_refused(house: House, what: str) -> None:
    body, field = BODIES[what]
    before = house.written()
    check_refused(house.ask("POST", "/v1/tasks", body), 422, field)
    assert house.written() == before


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"-Infinity", b"1e999"])
@pytest.mark.parametrize("key", [b"", b', "idempotency_key": "n"'], ids=["plain", "with a key"])
def test_a_number_that_is_none_is_refused(house: House, number: bytes, key: bytes) -> None:
    body = b'{"label": "dev-free", "params": {"a": ' + number + b"}" + key + b"}"
    check_refused(house.ask("POST", "/v1/tasks", body), 422, None)


BLOB = "inputs.0.blob"
TASKS: dict[str, tuple[dict[str, Any], str]] = {
    "no label": ({"label": None}, "label"),
    "a label of one word": ({"label": "dev"}, "label"),
    "a label in capitals": ({"label": "DEV-ECHO"}, "label"),
    "a long label": ({"label": "dev-" + "x" * 100}, "label"),
    "an unknown prefix": ({"label": "cook-dinner"}, "label"),
    "a label never announced": ({"label": "dev-ehco"}, "label"),
    "an unknown field": ({"prioritty": 1}, "prioritty"),
    "an unknown param": ({"params": {"txet": "x"}}, "params.txet"),
    "a param of a wrong type": ({"params": {"times": "three"}}, "params.times"),
    "a param out of range": ({"params": {"times": -1}}, "params.times"),
    "a priority out of range": ({"priority": 5}, "priority"),
    "a priority of a wrong type": ({"priority": "high"}, "priority"),
    "a long title": ({"title": "x" * 201}, "title"),
    "a NUL in the title": ({"title": "a\0b"}, "title"),
    "a NUL in a param": ({"params": {"text": "a\0b"}}, "params.text"),
    "a NUL in a name": ({"label": "dev-free", "params": {"a\0b": 1}}, "params"),
    "a NUL in the key": ({"key": "a\0b"}, "key"),
    "a time and a delay": ({"not_before": 1, "delay_seconds": 1}, "delay_seconds"),
    "a time that never comes": ({"not_before": 1e12}, "not_before"),
    "a delay of a lifetime": ({"delay_seconds": 1e10}, "delay_seconds"),
    "a soft limit above the hard": ({"soft_seconds": 9, "hard_seconds": 2}, "soft_seconds"),
    "a bundled task that is long": ({"hard_seconds": 1e6}, "hard_seconds"),
    "no attempts": ({"max_attempts": 0}, "max_attempts"),
    "an unknown ending": ({"retry_on": ["boredom"]}, "retry_on.0"),
    "no machine name": ({"on": "-x-"}, "on"),
    "a path outside": ({"inputs": [inline(b"x") | {"path": "../x"}]}, "inputs.0.path"),
    "two inputs of one name": ({"inputs": [inline(b"x"), inline(b"y")]}, "inputs.1.path"),
    "content of another digest": ({"inputs": [inline(b"x", sha256="0" * 64)]}, f"{BLOB}.sha256"),
    "content of another size": ({"inputs": [inline(b"x", size_bytes=2)]}, f"{BLOB}.size_bytes"),
    "content that is not base64": (
        {"inputs": [inline(b"x", inline_base64="§")]},
        f"{BLOB}.inline_base64",
    ),
    "no digest": ({"inputs": [inline(b"x", sha256="x")]}, "inputs.0.blob.sha256"),
    "content never sent": ({"inputs": [inline(b"unsent", inline_base64=None)]}, BLOB),
    "content too large": (
        {"inputs": [inline(b"x", size_bytes=2**40, inline_base64=None)]},
        f"{BLOB}.size_bytes",
    ),
}


FORETOLD = {"a label never announced": "refuse", "content never sent": "run"}
"""What a dry run says of those that it does not refuse: it was not sent any content yet."""


@pytest.mark.parametrize("what", TASKS)
def test_a_wrong_field_is_refused_by_name(house: House, what: str) -> None:
    changes, field = TASKS[what]
    before = house.written()
    body = {"label": "dev-echo"} | changes
    for path in ("/v1/tasks", "/v1/tasks?dry_run=true"):
        answer = house.post(path, body)
        if path.endswith("dry_run=true") and what in FORETOLD:
            assert answer.json["would"] == FORETOLD[what]
            continue
        check_refused(answer, 422, field)
    assert house.written() == before


def test_an_unknown_prefix_is_refused_with_the_known_ones(house: House) -> None:
    error = check_refused(house.post("/v1/tasks", {"label": "cook-dinner"}), 422, "label")
    assert error["allowed"] == [
        *("code-", "dev-", "git-", "llm-", "ollama-", "ops-", "plan-", "power-")
    ]


def test_a_label_never_announced_is_refused_with_the_nearest(house: House) -> None:
    error = check_refused(house.post("/v1/tasks", {"label": "dev-ehco"}), 422, "label")
    assert "dev-echo" in error["allowed"]
    assert "did you mean dev-echo?" in error["hint"]


def test_of_a_label_never_announced_it_is_told_why_executors_may_not_offer_it(house: House) -> None:
    error = check_refused(house.post("/v1/tasks", {"label": "ops-zzz"}), 422, "label")
    assert "whose needs or settings it lacks, and says so in its log" in error["hint"]
    assert "did you mean" not in error["hint"]
    assert error["hint"] in house.client.dry_run({"label": "ops-zzz"})["why"]


def test_an_unknown_param_is_refused_with_the_known_ones(house: House) -> None:
    body = {"label": "dev-echo", "params": {"txet": "x"}}
    error = check_refused(house.post("/v1/tasks", body), 422, "params.txet")
    assert error["allowed"] == ["text", "times"]
    assert error["hint"] == "did you mean text?"


def test_oversized_params_are_refused_with_the_limit_and_its_setting(house: House) -> None:
    before = house.written()
    body = {"label": "dev-echo", "params": {"text": "x" * 300_000}}
    error = check_refused(house.post("/v1/tasks", body), 422, "params")
    assert "coordinator.max_params_bytes" in error["allowed"][0]
    assert house.written() == before


def test_a_large_value_of_a_wrong_type_makes_no_large_answer(house: House) -> None:
    body = {"label": "dev-echo", "params": {"times": "x" * 200_000}}
    check_refused(house.post("/v1/tasks", body), 422, "params.times")


@pytest.mark.parametrize(
    ("after", "status", "field"),
    [
        ([MISSING], 404, "after"),
        (["no id"], 404, "after"),
        (["a\0b"], 422, "after"),
        ([""], 422, "after.0"),
        (["x" * 5000], 422, "after.0"),
    ],
)
def test_waiting_for_what_never_was_is_refused(
    house: House, after: list[str], status: int, field: str
) -> None:
    before = house.written()
    answer = house.post("/v1/tasks", {"label": "dev-echo", "after": after})
    check_refused(answer, status, field)
    assert house.written() == before


def test_a_nul_in_an_idempotency_key_is_refused(house: House) -> None:
    body = {"label": "dev-echo", "idempotency_key": "a\0b"}
    check_refused(house.post("/v1/tasks", body), 422, "idempotency_key")


@pytest.mark.parametrize("value", ["", "x" * 201])
def test_an_idempotency_header_that_is_none_is_refused(house: House, value: str) -> None:
    answer = house.post("/v1/tasks", {"label": "dev-echo"}, headers={"Idempotency-Key": value})
    check_refused(answer, 422, "Idempotency-Key")


@pytest.mark.parametrize("value", ["soon", "-1", "nan", "inf", "99999"])
def test_a_wait_that_is_none_is_refused(house: House, value: str) -> None:
    before = house.written()
    answer = house.post("/v1/tasks", {"label": "dev-echo"}, headers={"Prefer": f"wait={value}"})
    error = check_refused(answer, 422, "Prefer")
    assert error["allowed"] == ["0 to 3600"]
    assert house.written() == before


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/v1/tasks?state=done", 422, "state"),
        ("/v1/tasks?limit=0", 422, "limit"),
        ("/v1/tasks?limit=1001", 422, "limit"),
        ("/v1/tasks?limit=many", 422, "limit"),
        ("/v1/tasks?since=yesterday", 422, "since"),
        ("/v1/tasks?cursor=nowhere", 422, "cursor"),
        ("/v1/tasks?search=" + "x" * 201, 422, "search"),
        ("/v1/tasks/nonsense", 404, "id"),
        (f"/v1/tasks/{MISSING}", 404, None),
        (f"/v1/tasks/{MISSING}/logs", 404, None),
        (f"/v1/tasks/{MISSING}/wait", 404, None),
        (f"/v1/tasks/{MISSING}/wait?timeout_seconds=-1", 422, "timeout_seconds"),
        (f"/v1/tasks/{MISSING}/wait?timeout_seconds=nan", 422, "timeout_seconds"),
        (f"/v1/tasks/{MISSING}/artifacts/x", 404, None),
        ("/v1/nothing", 404, None),
        ("/", 404, None),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(
    house: House, path: str, status: int, field: str | None
) -> None:
    check_refused(house.ask("GET", path), status, field)


@pytest.mark.parametrize("action", ["cancel", "retry", "approve", "reject"])
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{}", 404),
        (b"no json", 422),
        (b'{"note": 7}', 422),
        (b'{"nope": ""}', 422),
        (b'{"note": "\\ud800"}', 422),
        (json.dumps({"note": "x" * 2001}).encode(), 422),
    ],
)
def test_an_action_on_nothing_or_with_nonsense_is_refused(
    house: House, action: str, body: bytes, status: int
) -> None:
    answer = house.ask(
        "POST",
        f"/v1/tasks/{MISSING}/{action}",
        body,
        headers={"Content-Type": "application/json"},
    )
    check_refused(answer, status, None)


def test_a_method_that_is_not_there_is_refused(house: House) -> None:
    answer = house.ask("DELETE", "/v1/tasks")
    assert answer.status == 405
    assert answer.error["message"] == "/v1/tasks knows no DELETE"
    assert answer.error["allowed"] == ["GET", "POST"]
    assert answer.headers["allow"] == "GET, POST"


def test_a_blob_must_be_what_it_is_called(house: House) -> None:
    check_refused(house.ask("PUT", f"/v1/blobs/{'0' * 64}", b"x"), 422, "sha256")
    check_refused(house.ask("PUT", "/v1/blobs/..%2f..%2fx", b"x"), 404, None)


def test_a_task_too_large_to_read_is_refused_before_it_is_read(house: House) -> None:
    began = time.monotonic()
    answer = house.ask("POST", "/v1/tasks", b"x" * (65 * 1024 * 1024))
    error = check_refused(answer, 413, "body")
    assert "coordinator.max_request_bytes" in error["allowed"][0]
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "body",
    [{"name": "a b", "role": "viewer"}, {"name": "", "role": "viewer"}, {"name": "x"}],
)
def test_a_token_needs_a_name_and_a_role(house: House, body: dict[str, str]) -> None:
    answer = house.post("/v1/tokens", body)
    check_refused(answer, 422, None)


def test_a_token_of_an_unknown_role_is_refused_with_the_known_ones(house: House) -> None:
    body = {"name": "x", "role": "root"}
    error = check_refused(house.post("/v1/tokens", body), 422, "role")
    assert error["allowed"] == ["viewer", "submitter", "operator", "admin"]
