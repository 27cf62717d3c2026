"""Examples and schemas of the OpenAPI document, for requests that are read as bytes."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from ygg.task import TaskSpec

_TASK = TaskSpec.model_json_schema(ref_template="#/components/schemas/{model}")
_TASK_PARTS = _TASK.pop("$defs", {})

_RUN = {
    "label": "dev-run",
    "title": "six times seven",
    "params": {"command": ["python3", "-c", "print(6*7)"]},
}
_ECHO = {"label": "dev-echo", "params": {"text": "hello"}, "priority": 0}
_LATER = {
    "label": "dev-run",
    "params": {"command": ["make", "test"]},
    "key": "repo:infra",
    "delay_seconds": 600,
    "max_attempts": 2,
    "retry_on": ["error", "lost"],
}

SUBMIT: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": _TASK,
                "examples": {
                    "run": {"summary": "Run a command", "value": _RUN},
                    "echo": {"summary": "The smallest task, first in line", "value": _ECHO},
                    "later": {"summary": "Later, one at a time, tried twice", "value": _LATER},
                },
            }
        },
    }
}

_PROBLEM = {
    "error": {
        "code": "unknown_label",
        "message": "no route for label 'dve-run'",
        "field": "label",
        "allowed": ["code-", "dev-"],
        "hint": "begin the label with one of these prefixes, or add a route to ygg.toml",
    }
}


def _refusal(description: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"example": _PROBLEM}},
    }


SUBMIT_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The idempotency key was known: the task it made then"},
    409: _refusal("The idempotency key was used for another task"),
    422: _refusal("Refused; nothing was written"),
    503: _refusal("The ledger cannot take it now; nothing was written"),
}

BULK: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-ndjson": {
                "schema": {"type": "string"},
                "example": '{"label": "dev-echo", "ref": "first"}\n'
                '{"label": "dev-echo", "after": ["first"]}\n',
            }
        },
    }
}


def complete(app: FastAPI) -> None:
    """Give the document the schemas that a task's schema refers to."""
    made = app.openapi

    def document() -> dict[str, Any]:
        found = made()
        found["components"]["schemas"].update(_TASK_PARTS)
        return found

    app.openapi = document  # type: ignore[method-assign]
