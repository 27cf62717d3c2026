"""Tasks of one executor wait for each other's questions, and give up their place."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.integration.executors.harness import running_executor
from tests.scripted_model import Answer, Asked, Cut, Scripted, ScriptedModel
from tests.services import wait_until
from ygg.ids import new_id
from ygg.task import Ending, Envelope, Limits

pytestmark = pytest.mark.timeout(120)


def envelope(prompt: str) -> Envelope:
    return Envelope(
        task_id=new_id(),
        attempt=1,
        label="llm-generate",
        params={"prompt": prompt},
        limits=Limits(soft_seconds=60, hard_seconds=70),
    )


def told_of(server: ScriptedModel, **more: str) -> dict[str, str]:
    return {
        "YGG_EXECUTOR__CONCURRENCY": "3",
        "YGG_MODELS__ADAPTER": "openai",
        "YGG_MODELS__URL": server.url,
        **more,
    }


def test_tasks_are_answered_in_turn_and_a_cancelled_one_lets_the_next(tmp_path: Path) -> None:
    gates = {"first": threading.Event(), "second": threading.Event()}

    def answer(asked: Asked) -> Scripted:
        return Answer("a b", until=gates.get(asked.text))

    with (
        ScriptedModel(answer) as server,
        running_executor(tmp_path, **told_of(server, YGG_MODELS__MOST_REQUESTS="1")) as executor,
    ):
        tickets = executor.data_dir / "model-guard"
        first, second, third = (envelope(text) for text in ("first", "second", "third"))
        executor.send(first)
        wait_until(lambda: server.at_once == 1, "the first to be answered", 20)
        for number, each in enumerate((second, third), 1):
            executor.send(each)
            wait_until(
                lambda number=number: len(list(tickets.glob("*/waiting/*"))) == number,  # type: ignore[misc]
                "the next to wait",
                20,
            )
        executor.cancel(second)
        assert executor.outcome(second).ending is Ending.CANCELLED
        wait_until(lambda: "others ask it" in executor.text(third, "stderr"), "it to say so", 10)
        executor.cancel(first)
        assert executor.outcome(first).ending is Ending.CANCELLED
        assert executor.outcome(third, 20).ending is Ending.OK
    assert [each.text for each in server.requests] == ["first", "third"]


def test_tasks_go_back_at_once_while_the_model_is_away(tmp_path: Path) -> None:
    with (
        ScriptedModel([Cut("no")] * 3) as server,
        running_executor(tmp_path, **told_of(server)) as executor,
    ):
        for _ in range(5):
            asked = envelope("hello")
            executor.send(asked)
            outcome = executor.outcome(asked, 20)
            assert (outcome.ending, outcome.cause) == (Ending.RETURNED, "unavailable")
    assert len(server.requests) == 3
