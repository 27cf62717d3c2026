"""The task boundary: whatever a handler does becomes one `Outcome`."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue, ValidationError
from pydantic_core import PydanticSerializationError

from executors.handler import Context, Failed, Handler
from ygg.errors import YggError
from ygg.task import Ending, Outcome

REASON_LENGTH = 2000
RESULT_BYTES = 1024 * 1024
"""A larger result belongs into an artifact."""


def run_handler(handler: Handler, params: Mapping[str, JsonValue], context: Context) -> Outcome:
    """Call the handler. Only `Stopped` and its like come through."""
    try:
        checked = handler.params.model_validate(params)
    except ValidationError as error:
        return _bad_params(error)
    try:
        answer = handler.function(checked, context)
    except Failed as error:
        return _failed(error)
    except YggError as error:
        return failed(error.message, error.hint or "")
    except RecursionError:
        return failed("folders or data are nested too deeply", "have fewer in one another")
    except Exception as error:  # noqa: BLE001  the task boundary
        context.log(traceback.format_exc())
        return failed(f"{type(error).__name__}: {error}", "the task's log has the traceback")
    if isinstance(answer, Outcome):
        return answer
    try:
        return Outcome(ending=Ending.OK, result=_listed(answer))
    except ValidationError:
        return failed(f"the handler's answer is not JSON: {type(answer).__name__}")


def _failed(error: Failed) -> Outcome:
    said = failed(error.reason, error.hint)
    try:
        return said.model_validate({**said.model_dump(), "result": _listed(error.result)})
    except ValidationError:
        return said


def _listed(value: Any) -> Any:
    """Tuples are JSON to whoever writes a handler."""
    if isinstance(value, (list, tuple)):
        return [_listed(one) for one in value]
    if isinstance(value, dict):
        return {name: _listed(one) for name, one in value.items()}
    return value


def failed(reason: str, hint: str = "") -> Outcome:
    return Outcome(ending=Ending.ERROR, reason=reason[:REASON_LENGTH], hint=hint[:REASON_LENGTH])


def bounded(outcome: Outcome) -> Outcome:
    """The outcome, or why it cannot travel."""
    try:
        size = len(outcome.model_dump_json(include={"result", "reason", "hint", "warnings"}))
    except (PydanticSerializationError, UnicodeError) as error:
        return failed(f"the handler's answer cannot be written as JSON: {error}")
    if size > RESULT_BYTES:
        return failed(
            f"the result takes {size} bytes, at most {RESULT_BYTES} are allowed",
            "keep it as an artifact",
        )
    return outcome


def _bad_params(error: ValidationError) -> Outcome:
    first = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in ("params", *first["loc"]))
    return failed(
        f"{where}: {first['msg']}",
        "this executor's schema differs from the one the task was accepted with: submit it again",
    )
