"""How requests may look: parameters, headers, bodies and methods that are not as they should be."""

from __future__ import annotations

import gzip
import http.client
import json

import pytest

from tests.integration.coordinator.house import Answer, House
from ygg.errors import BadInput

ECHO = {"label": "dev-echo"}
BODY = json.dumps(ECHO).encode()


@pytest.mark.parametrize(
    ("method", "path", "name", "near"),
    [
        ("GET", "/v1/tasks?stat=failed", "stat", "state"),
        ("GET", "/v1/tasks?limit=1&cursr=x", "cursr", "cursor"),
        ("POST", "/v1/tasks?dryrun=true", "dryrun", "dry_run"),
        ("POST", "/v1/tasks:bulk?partal=true", "partal", "partial"),
        ("GET", "/v1/labels?x=1", "x", None),
        ("GET", "/health?x=1", "x", None),
    ],
)
def test_a_parameter_that_is_not_known_is_refused_with_the_nearest(
    house: House, method: str, path: str, name: str, near: str | None
) -> None:
    before = house.written()
    answer = house.ask(method, path, BODY if method == "POST" else None)
    assert (answer.status, answer.error["field"]) == (422, name)
    assert answer.error.get("hint") == (f"did you mean {near}?" if near else None)
    assert house.written() == before


@pytest.mark.parametrize(
    ("path", "message", "allowed"),
    [
        ("/v1/tasks?limit=many", 'limit cannot be "many"', "a whole number from 1 to 1000"),
        ("/v1/tasks?limit=0", 'limit cannot be "0"', "a whole number from 1 to 1000"),
        ("/v1/tasks?since=nan", 'since cannot be "nan"', "a number"),
        ("/v1/tasks?search=%00", "search holds a NUL character", "text without NUL"),
        ("/v1/tasks?label=%00", "label holds a NUL character", "text without NUL"),
        ("/v1/tasks?state=a&state=b", "state is given twice", "once"),
        (f"/v1/tasks/{'0' * 12}/logs?follow=maybe", 'follow cannot be "maybe"', "true or false"),
        (
            f"/v1/tasks/{'0' * 12}/wait?timeout_seconds=9999",
            'timeout_seconds cannot be "9999"',
            "a number from 0 to 3600",
        ),
    ],
)
def test_a_parameter_that_is_wrong_is_refused_in_plain_words(
    house: House, path: str, message: str, allowed: str
) -> None:
    answer = house.ask("GET", path)
    assert (answer.status, answer.error["message"]) == (422, message)
    assert answer.error["allowed"] == [allowed]


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("/v1/tasks:replay", b'{"since": "1"}', 'since cannot be "1"'),
        ("/v1/tasks:replay", b'{"since": NaN}', "since cannot be NaN"),
        ("/v1/tasks:replay", b'{"sinc": 1}', "a replay has no field 'sinc'"),
        ("/v1/tasks:replay", b'{"since": 1, "dry_run": "no"}', 'dry_run cannot be "no"'),
        ("/v1/tasks:replay", b'{"since": 1, "label": "a\\u0000"}', "label holds a NUL character"),
        ("/v1/tokens", b"", "the body is empty"),
        ("/v1/tokens", b'{"name": 7, "role": "viewer"}', "name cannot be 7"),
        (f"/v1/tasks/{'0' * 12}/cancel", b'{"note": 7}', "note cannot be 7"),
        (f"/v1/tasks/{'0' * 12}/cancel", b'{"note": "\\u0000"}', None),
    ],
)
def test_a_small_body_that_is_wrong_is_refused_in_plain_words(
    house: House, path: str, body: bytes, message: str | None
) -> None:
    answer = house.ask("POST", path, body)
    assert answer.status == (422 if message else 404)
    assert message is None or answer.error["message"] == message


def test_a_body_that_is_too_large_is_refused_as_such(house: House) -> None:
    answer = house.ask("POST", f"/v1/tasks/{'0' * 12}/cancel", b"x" * 100_000)
    assert (answer.status, answer.error["code"]) == (413, "bad_input")
    assert (answer.error["field"], answer.error["allowed"]) == ("body", ["at most 65536 bytes"])


def test_a_large_body_that_is_refused_while_it_is_sent_is_told_as_such(house: House) -> None:
    with pytest.raises(BadInput, match="the request is too large"):
        house.client.submit_bulk(b"\n" * (80 * 1024 * 1024))


def test_an_action_needs_no_body(house: House) -> None:
    task_id = house.post("/v1/tasks", ECHO | {"delay_seconds": 900}).json["task"]["id"]
    answer = house.ask("POST", f"/v1/tasks/{task_id}/cancel")
    assert (answer.status, answer.json["state"]) == (200, "cancelled")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "nonsense"])
def test_a_body_is_json_whatever_it_is_called(house: House, kind: str) -> None:
    headers = {"Content-Type": kind}
    assert house.ask("POST", "/v1/tasks", BODY, headers=headers).status == 201
    body = b'{"since": 1, "dry_run": true}'
    assert house.ask("POST", "/v1/tasks:replay", body, headers=headers).status == 200


@pytest.mark.parametrize("path", ["/v1/tasks", "/v1/tasks:bulk", "/v1/tokens"])
def test_a_compressed_body_is_refused_as_one(house: House, path: str) -> None:
    headers = {"Content-Encoding": "gzip"}
    answer = house.ask("POST", path, gzip.compress(BODY), headers=headers)
    assert (answer.status, answer.error["field"]) == (415, "Content-Encoding")


def test_a_body_in_chunks_is_a_body(house: House) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=30)
    headers = {"Authorization": f"Bearer {house.admin}", "Transfer-Encoding": "chunked"}
    chunks = (BODY[at : at + 3] for at in range(0, len(BODY), 3))
    connection.request("POST", "/v1/tasks", body=chunks, headers=headers, encode_chunked=True)
    assert connection.getresponse().status == 201
    connection.close()


def test_ten_megabytes_are_read_and_refused_by_what_is_too_large_in_them(house: House) -> None:
    before = house.written()
    body = ECHO | {"params": {"text": "x" * 10_000_000}}
    answer = house.post("/v1/tasks", body)
    assert (answer.status, answer.error["field"]) == (422, "params")
    assert house.written() == before


def head(house: House, path: str, method: str = "HEAD") -> Answer:
    return house.ask(method, path, token=None)


def test_health_may_be_asked_for_without_its_body(house: House) -> None:
    answer = head(house, "/health")
    assert (answer.status, answer.body) == (200, b"")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("OPTIONS", "/v1/tasks", ["GET", "POST"]),
        ("PATCH", f"/v1/tasks/{'0' * 12}", ["GET"]),
        ("GET", "/v1/tasks:bulk", ["POST"]),
        ("POST", "/health", ["GET"]),
    ],
)
def test_another_method_is_refused_with_those_that_there_are(
    house: House, method: str, path: str, allowed: list[str]
) -> None:
    answer = head(house, path, method)
    assert (answer.status, answer.headers["allow"]) == (405, ", ".join(allowed))
    assert answer.error["allowed"] == allowed


KEYS = {"empty": ("", "0"), "long": ("x" * 300, "300"), "escaped and long": ("%41" * 201, "201")}


@pytest.mark.parametrize("what", KEYS)
def test_an_idempotency_key_of_a_wrong_length_is_refused_with_its_length(
    house: House, what: str
) -> None:
    key, length = KEYS[what]
    answer = house.post("/v1/tasks", ECHO, headers={"Idempotency-Key": key})
    assert answer.status == 422
    assert answer.error["message"] == f"the idempotency key has {length} characters"
    assert answer.error["allowed"] == ["1 to 200 characters"]


def test_an_idempotency_key_may_come_as_it_is_or_percent_encoded(house: House) -> None:
    raw = "größe 漢字".encode().decode("latin-1")
    first = house.post("/v1/tasks", ECHO, headers={"Idempotency-Key": raw})
    escaped = house.client.submit(ECHO, idempotency_key="größe 漢字")
    in_body = house.post("/v1/tasks", ECHO | {"idempotency_key": "größe 漢字"})
    assert (first.status, in_body.status) == (201, 200)
    made = {each["task"]["id"] for each in (first.json, escaped, in_body.json)}
    assert len(made) == 1


def test_an_idempotency_key_that_is_not_utf8_is_refused(house: House) -> None:
    answer = house.post("/v1/tasks", ECHO, headers={"Idempotency-Key": "%FF"})
    assert (answer.status, answer.error["field"]) == (422, "Idempotency-Key")
    assert answer.error["message"] == "the idempotency key is not UTF-8"


def test_a_cursor_of_another_list_goes_on_behind_the_same_task(house: House) -> None:
    made = [house.post("/v1/tasks", ECHO | {"on": "cursors"}).json["task"]["id"] for _ in range(3)]
    page = house.client.tasks(queue="on.cursors", cursor=made[2])
    assert [task["id"] for task in page["tasks"]] == made[1::-1]
    assert house.client.tasks(queue="on.elsewhere", cursor=made[2])["tasks"] == []


@pytest.mark.parametrize("cursor", ["", "x", "zzzzzzzzzzz", "00000000000u", "%00"])
def test_a_cursor_that_is_none_is_refused(house: House, cursor: str) -> None:
    answer = house.ask("GET", f"/v1/tasks?cursor={cursor}")
    assert (answer.status, answer.error["field"]) == (422, "cursor")
    assert answer.error["allowed"] == ["`next` of another page"]
