"""What is refused is said in plain words: which field, what it cannot be, and what it may be."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest

from tests.integration.coordinator.house import Answer, House
from ygg.task import TaskSpec

JARGON = re.compile(
    "input should|value error|valid (string|integer|number|boolean|array)|unable to|anyof|oneof"
    "|schema|pydantic|is not of type|additional propert|required property|field required"
    "|string_|_type|integer range|EOF|traceback",
    re.IGNORECASE,
)
VALUES = [
    *("null", "true", '"1"', '""', "7", "-1", "1.5", "[]", "{}", "NaN", "Infinity", "1e999"),
    *("99999999999999999999", '"a\\u0000b"', '"\\ud800"', "[1]", '[""]', '{"a": 1}'),
    *('["a\\u0000"]', '"' + "x" * 3000 + '"', "[" * 250 + "]" * 250, "9" * 5000),
]
ECHO = {"label": "dev-echo"}
PATH_WORDS = "a path inside the workspace: relative, without `..`, at most 1024 characters"


def submit(house: House, body: str) -> Answer:
    return house.ask("POST", "/v1/tasks?dry_run=true", body.encode())


def task_with(name: str, value: str) -> str:
    task = {"label": '"dev-echo"', name: value}
    return "{" + ", ".join(f'"{key}": {text}' for key, text in task.items()) + "}"


def run_with(name: str, value: str) -> str:
    params = {"command": '["true"]', name: value}
    inner = ", ".join(f'"{key}": {text}' for key, text in params.items())
    return f'{{"label": "dev-run", "params": {{{inner}}}}}'


BODIES = [
    *(task_with(name, value) for name, value in itertools.product(TaskSpec.model_fields, VALUES)),
    *(
        run_with(name, value)
        for name, value in itertools.product(("command", "cwd", "env", "outputs", "stdin"), VALUES)
    ),
]


def test_no_value_of_any_field_is_refused_in_the_words_of_a_validator(house: House) -> None:
    refused = 0
    for body in BODIES:
        answer = submit(house, body)
        assert answer.status in (200, 404, 422), body
        if answer.status == 200:
            continue
        refused += 1
        error = answer.error
        assert error["field"], body
        assert not JARGON.search(error["message"]), error
        assert error.get("allowed") or answer.status == 404, error
        assert len(answer.body) < 2000, body
    assert refused > len(BODIES) / 2


SAID: dict[str, tuple[str, str, list[str]]] = {
    "text for a number": (
        task_with("priority", '"1"'),
        'priority cannot be "1"',
        ["a whole number from 0 to 4"],
    ),
    "true for a number": (
        task_with("max_attempts", "true"),
        "max_attempts cannot be true",
        ["a whole number from 1 to 100"],
    ),
    "text for a time": (
        task_with("delay_seconds", '"5"'),
        'delay_seconds cannot be "5"',
        ["a number not below 0"],
    ),
    "a number for yes": (task_with("approval", "1"), "approval cannot be 1", ["true or false"]),
    "no number": (
        task_with("hard_seconds", "NaN"),
        "hard_seconds cannot be NaN",
        ["a number above 0 and at most 2592000"],
    ),
    "no number in a param": (
        '{"label": "dev-echo", "params": {"times": NaN}}',
        "params.times cannot be NaN",
        ["a whole number not below 0"],
    ),
    "a long text": (
        task_with("title", '"' + "x" * 300 + '"'),
        'title cannot be "' + "x" * 60 + '…" (300 characters)',
        ["text of at most 200 characters"],
    ),
    "an unknown ending": (
        task_with("retry_on", '["sometimes"]'),
        'retry_on.0 cannot be "sometimes"',
        ["ok", "error", "timeout", "lost", "returned", "cancelled"],
    ),
    "half a character": (
        task_with("title", '"a\\ud800"'),
        "title holds half a character, \\ud800",
        ["whole characters: UTF-8"],
    ),
    "a number that no database holds": (
        '{"label": "dev-free", "params": {"a": {"b": [99999999999999999999]}}}',
        "params.a.b.0 is a whole number of more than 64 bits",
        ["from -9223372036854775808 to 18446744073709551615, or text"],
    ),
    "a size in quotes": (
        task_with(
            "inputs", json.dumps([{"path": "a", "blob": {"sha256": "0" * 64, "size_bytes": "1"}}])
        ),
        'inputs.0.blob.size_bytes cannot be "1"',
        ["a whole number not below 0"],
    ),
    "an unknown field of an input": (
        task_with("inputs", '[{"path": "a", "blob": {}, "mode": 1}]'),
        "inputs.0 has no field 'mode'",
        ["blob", "path"],
    ),
    "nothing for a param": (
        '{"label": "dev-run"}',
        "params.command is missing",
        ["a list of text, the program first, at most 1000 in number"],
    ),
    "nothing for a program": (
        run_with("command", '["", "x"]'),
        'params.command.0 cannot be ""',
        ["a program, by name or path, at most 100000 characters"],
    ),
    "a number for a program": (
        run_with("command", "[7]"),
        "params.command.0 cannot be 7",
        ["a program, by name or path, at most 100000 characters"],
    ),
    "a number for an argument": (
        run_with("command", '["true", 7]'),
        "params.command.1 cannot be 7",
        ["text of at most 100000 characters"],
    ),
    "another type for a param that may be left out": (
        run_with("stdin", "7"),
        "params.stdin cannot be 7",
        ["text of at most 4194304 characters"],
    ),
    "a name that no variable has": (
        run_with("env", '{"a b": "x"}'),
        "params.env cannot hold anything named 'a b'",
        ["an object of text, whose names are letters, digits and `_`, at most 200 in number"],
    ),
    "deep json": (
        task_with("params", '{"a": ' + "[" * 250 + "]" * 250 + "}"),
        "the body is no JSON that can be read: it is nested more than 200 levels deep,"
        " at column 238",
        ["a task as a JSON object"],
    ),
    "half a task": (
        '{"label": "dev-echo"',
        "the body is no JSON that can be read: it ends too early, at column 20",
        ["a task as a JSON object"],
    ),
    "nothing at all": ("", "the body is empty", ["a task as a JSON object"]),
    "a list": ("[1, 2]", "a task cannot be a list of 2", ["a JSON object"]),
}


@pytest.mark.parametrize("what", SAID)
def test_a_refusal_says_what_cannot_be_and_what_may(house: House, what: str) -> None:
    body, message, allowed = SAID[what]
    answer = submit(house, body)
    assert answer.status == 422
    assert (answer.error["message"], answer.error["allowed"]) == (message, allowed)


def test_a_misspelt_field_is_named_before_the_one_that_is_missing(house: House) -> None:
    error = submit(house, '{"lable": "dev-echo"}').error
    assert (error["field"], error["hint"]) == ("lable", "did you mean label?")


@pytest.mark.parametrize("path", ["", "/", "/etc", "..", "../x", "a/..", "a/../../b", "x" * 1025])
@pytest.mark.parametrize("name", ["cwd", "outputs"])
def test_a_path_that_leads_out_of_the_workspace_is_refused_at_submit(
    house: House, name: str, path: str
) -> None:
    before = house.written()
    sent: Any = path if name == "cwd" else ["ok", path]
    task = {"label": "dev-run", "params": {"command": ["true"], name: sent}}
    answer = house.post("/v1/tasks", task)
    assert answer.status == 422
    assert answer.error["field"] == ("params.cwd" if name == "cwd" else "params.outputs.1")
    assert answer.error["allowed"] == [PATH_WORDS]
    assert house.written() == before


def test_paths_inside_the_workspace_are_taken(house: House) -> None:
    outputs = ["a", "a/b.txt", "*.csv", "**/x", "..a", "a..", "a/..b", "ü/ö"]
    params = {"command": ["true"], "cwd": "a/b", "outputs": outputs}
    answer = house.post("/v1/tasks?dry_run=true", {"label": "dev-run", "params": params})
    assert answer.status == 200, answer.body


@pytest.mark.parametrize("soft", [0.5, 1.5, 5])
def test_quick_work_may_have_any_soft_limit_below_its_hard_one(house: House, soft: float) -> None:
    assert house.post("/v1/tasks?dry_run=true", ECHO | {"soft_seconds": soft}).status == 200


def test_a_soft_limit_that_is_too_long_for_quick_work_is_named(house: House) -> None:
    answer = house.post("/v1/tasks", ECHO | {"soft_seconds": 7000})
    assert (answer.status, answer.error["field"]) == (422, "soft_seconds")
