from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import JsonValue

from executors.handler import Context, Failed, Params, WorkspacePath, handler
from executors.handlers.dev import Run
from executors.inline import InlineContext, install_alarm, run_inline
from executors.logs import Allowance, LogCollector
from executors.offers import installed_handlers, offered_handlers
from ygg.errors import BadInput, NotFound
from ygg.task import Ending, Envelope, Limits, Outcome


class Shout(Params):
    text: str
    volume: int = 3


@handler("dev-shout", bundle=True, needs=["gpu"])
def shout(params: Shout, context: Context) -> JsonValue:
    """Say it louder.

    Much louder.
    """
    return {"text": params.text.upper()}


def run(function: Any, **params: JsonValue) -> Outcome:
    envelope = Envelope(task_id="t", attempt=1, label="dev-x", params=params)
    context = InlineContext(
        envelope, lambda: LogCollector("t", 1, limit_bytes=10**6, allowance=Allowance(10**6))
    )
    return run_inline(handler("dev-x", params=Shout, bundle=True)(function), envelope, context)


def test_a_handler_says_what_it_offers() -> None:
    assert shout.offer.summary == "Say it louder."
    assert shout.offer.bundle
    assert shout.offer.needs == {"gpu"}
    assert shout.offer.params_schema["required"] == ["text"]
    assert shout.offer.limits == Limits(soft_seconds=1, hard_seconds=5)


def test_a_bad_declaration_is_refused() -> None:
    with pytest.raises(BadInput):
        handler("Shout")
    with pytest.raises(TypeError, match="annotate"):
        handler("dev-x")(lambda params, context: None)


def test_the_answer_is_the_result() -> None:
    outcome = run(lambda params, context: {"n": params.volume}, text="a")
    assert (outcome.ending, outcome.result) == (Ending.OK, {"n": 3})


def test_bad_params_are_named() -> None:
    for params, where in (({}, "params.text"), ({"text": "a", "volume": "x"}, "params.volume")):
        outcome = run(lambda params, context: None, **params)  # type: ignore[arg-type]
        assert outcome.ending is Ending.ERROR
        assert outcome.reason.startswith(where + ": ")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Failed("no paper", "buy some"), "no paper"),
        (NotFound("no such model"), "no such model"),
        (RecursionError("maximum recursion depth"), "folders or data are nested too deeply"),
        (ZeroDivisionError("division by zero"), "ZeroDivisionError: division by zero"),
    ],
)
def test_what_is_raised_is_the_reason(error: Exception, reason: str) -> None:
    def fail(params: Shout, context: Context) -> JsonValue:
        raise error

    outcome = run(fail, text="a")
    assert (outcome.ending, outcome.reason) == (Ending.ERROR, reason)


@pytest.mark.parametrize("answer", [object(), {1, 2}, {"a": b"x"}, "\ud800"])
def test_an_answer_that_is_not_json_is_an_error(answer: object) -> None:
    outcome = run(lambda params, context: answer, text="a")
    assert outcome.ending is Ending.ERROR
    outcome.model_dump_json()


def test_tuples_are_lists() -> None:
    assert run(lambda params, context: {"a": (1, (2,))}, text="a").result == {"a": [1, [2]]}


def test_a_result_must_not_be_huge() -> None:
    outcome = run(lambda params, context: "x" * 2_000_000, text="a")
    assert outcome.ending is Ending.ERROR
    assert "artifact" in outcome.hint


def test_a_slow_bundled_handler_is_interrupted() -> None:
    install_alarm()

    def spin(params: Shout, context: Context) -> JsonValue:
        while True:
            pass

    outcome = run(spin, text="a")
    assert (outcome.ending, outcome.reason) == (Ending.TIMEOUT, "took more than 1 s")


def test_a_bundled_handler_has_no_workspace() -> None:
    outcome = run(lambda params, context: str(context.workspace), text="a")
    assert "bundle=True" in outcome.reason


def test_handlers_are_offered_by_prefix() -> None:
    assert {"dev-run", "dev-echo"} <= set(installed_handlers())
    assert set(offered_handlers(["dev-e"], {}, ())) == {"dev-echo", "executor-probe"}
    assert set(offered_handlers(["nothing-"], {}, ())) == {"executor-probe"}


@pytest.mark.parametrize(
    "params",
    [
        {"command": []},
        {"command": [""]},
        {"command": ["", "a"]},
        {"command": ["a\0b"]},
        {"command": ["a"], "cwd": "/"},
        {"command": ["a"], "cwd": "../x"},
        {"command": ["a"], "outputs": ["/etc/*"]},
        {"command": ["a"], "env": {"A=B": "c"}},
        {"command": ["a"], "env": {"A": "\0"}},
        {"command": "a"},
    ],
)
def test_bad_params_of_dev_run_are_refused(params: dict[str, JsonValue]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        Run.model_validate(params)


class Paths(Params):
    path: WorkspacePath


@given(st.text("a./\n\0 é*", max_size=12) | st.text(max_size=12))
@example("")
@example("/")
@example("..")
@example("a/..")
@example("a\n/..")
@example("a..")
@example("..a/b")
@example("x" * 1024)
@example("x" * 1025)
@example("é" * 1024)
def test_what_the_schema_says_of_a_path_is_what_the_executor_takes(path: str) -> None:
    try:
        Paths(path=path)
        taken = True
    except ValueError:
        taken = False
    assert _PATHS.is_valid({"path": path}) == taken


_PATHS = jsonschema_rs.validator_for(Paths.model_json_schema())
