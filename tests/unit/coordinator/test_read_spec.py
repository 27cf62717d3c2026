"""A task as it comes over the wire: any bytes are a task or an error that names the field."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coordinator.router import check_path, fingerprint, read_spec
from ygg.errors import BadInput, YggError
from ygg.task import TaskSpec

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
fields = st.sampled_from(sorted(TaskSpec.model_fields))


@given(st.binary(max_size=300))
@example(b"\xff\xfe")
@example(b'{"label": "dev-\xc3\x28"}')
@example(b"\xef\xbb\xbf{}")
@example(b"[" * 5000)
@example(b'{"label": "dev-echo", "params": ' + b'{"a":' * 5000 + b"1" + b"}" * 5001)
@example(b'{"label": "dev-echo", "params": {"a": 1e999}}')
@example(b'{"label": "dev-echo", "params": {"a": NaN}}')
@example(b'{"label": "dev-echo", "title": "\\ud800"}')
@example(b'{"label": "dev-echo", "params": {"a": ' + b"9" * 5000 + b"}}")
def test_any_bytes_are_a_task_or_one_of_our_errors(body: bytes) -> None:
    with suppress(YggError):
        read_spec(body)


@given(st.dictionaries(fields, json_values, max_size=6))
def test_any_json_is_a_task_or_an_error_that_names_the_field(asked: dict[str, Any]) -> None:
    try:
        read_spec(json.dumps({"label": "dev-echo"} | asked).encode())
    except BadInput as error:
        named = (error.field or "").split(".")[0]
        assert named == "body" or named in TaskSpec.model_fields


@given(st.dictionaries(fields, json_values, max_size=6))
def test_what_is_read_can_be_told_from_another(asked: dict[str, Any]) -> None:
    body = json.dumps({"label": "dev-echo"} | asked).encode()
    try:
        read_spec(body)
    except YggError:
        return
    assert len(fingerprint(body)) == 64


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "label"),
        ({"label": 7}, "label"),
        ({"label": "dev-echo", "priority": 5}, "priority"),
        ({"label": "dev-echo", "priority": -1}, "priority"),
        ({"label": "dev-echo", "priority": 1.5}, "priority"),
        ({"label": "dev-echo", "params": []}, "params"),
        ({"label": "dev-echo", "title": "x" * 201}, "title"),
        ({"label": "dev-echo", "delay_seconds": -1}, "delay_seconds"),
        ({"label": "dev-echo", "hard_seconds": 0}, "hard_seconds"),
        ({"label": "dev-echo", "max_attempts": 0}, "max_attempts"),
        ({"label": "dev-echo", "max_attempts": 101}, "max_attempts"),
        ({"label": "dev-echo", "retry_on": ["sometimes"]}, "retry_on.0"),
        ({"label": "dev-echo", "after": "one"}, "after"),
        ({"label": "dev-echo", "key": ""}, "key"),
        ({"label": "dev-echo", "idempotency_key": "x" * 201}, "idempotency_key"),
        ({"label": "dev-echo", "inputs": [{"path": "a"}]}, "inputs.0.blob"),
    ],
)
def test_a_wrong_field_is_named(asked: dict[str, Any], field: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_spec(json.dumps(asked).encode())
    assert refused.value.field == field
    assert refused.value.message.startswith(field)


@pytest.mark.parametrize("word", ["Infinity", "-Infinity", "NaN", "1e999"])
@pytest.mark.parametrize("field", ["not_before", "delay_seconds", "soft_seconds", "hard_seconds"])
def test_no_time_is_infinite(field: str, word: str) -> None:
    with pytest.raises(BadInput):
        read_spec(f'{{"label": "dev-echo", "{field}": {word}}}'.encode())


def test_an_unknown_field_is_refused_with_the_nearest_and_all_that_are_known() -> None:
    with pytest.raises(BadInput) as refused:
        read_spec(b'{"label": "dev-echo", "prioirty": 1}')
    assert refused.value.field == "prioirty"
    assert refused.value.hint == "did you mean priority?"
    assert refused.value.allowed == sorted(TaskSpec.model_fields)


@given(st.text())
@example("a/../b")
@example("a/b")
@example("a//b")
@example("\x00")
def test_a_path_that_passes_stays_inside(path: str) -> None:
    try:
        check_path(path, "inputs.0.path")
    except BadInput:
        return
    parts = path.split("/")
    assert ".." not in parts
    assert "." not in parts
    assert all(parts)
    assert not any(ord(letter) < 32 or letter == "\\" for letter in path)


@pytest.mark.parametrize(
    "path", ["", "/", "/etc/passwd", "..", "a/..", "a/../b", "./a", "a//b", "a/", "a\nb", "a\\b"]
)
def test_a_path_that_leads_out_is_refused(path: str) -> None:
    with pytest.raises(BadInput) as refused:
        check_path(path, "inputs.0.path")
    assert refused.value.field == "inputs.0.path"


def test_a_fingerprint_forgives_order_and_spaces_and_leaves_out_the_key() -> None:
    one = b'{"label":"dev-echo","params":{"a":1,"b":2},"idempotency_key":"k"}'
    two = b' {"params": {"b": 2, "a": 1}, "label": "dev-echo"}\r'
    assert fingerprint(one) == fingerprint(two)
    assert fingerprint(one) != fingerprint(two.replace(b"2", b"3"))
