"""Tasks of one executor wait for each other's questions, and give up their place."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from tests.integration.executors.harness import ExecutorProcess, running_executor
from tests.scripted_model import Answer, Asked, Cut, Scripted, ScriptedModel
from tests.services import free_port, wait_until
from ygg.ids import new_id
from ygg.task import Ending, Envelope, Limits, Outcome, Verdict

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


class Attempts:
    """Of one task that documents a function, as the coordinator has it tried again."""

    def __init__(self, executor: ExecutorProcess) -> None:
        self._executor = executor
        self._task_id = new_id()
        self._number = 0

    def next(self) -> Outcome:
        self._number += 1
        self._executor.send(self._envelope())
        wait_until(lambda: bool(self._ended()), "it to end", 40)
        return self._ended()[0]

    def _ended(self) -> list[Outcome]:
        events = self._executor.finished(self._task_id)
        return [one.outcome for one in events if one.attempt == self._number]

    def _envelope(self) -> Envelope:
        return Envelope(
            task_id=self._task_id,
            attempt=self._number,
            label="code-document",
            params={"code": "def area(width, height): return width * height", "names": ["area"]},
            limits=Limits(soft_seconds=60, hard_seconds=70),
        )


def described(summary: str) -> str:
    params = {"width": "How wide it is.", "height": "How high it is."}
    return json.dumps({"summary": summary, "params": params, "returns": "Its surface."})


@pytest.mark.slow
def test_a_code_task_goes_back_while_its_model_is_down_and_is_done_once_it_is_there(
    tmp_path: Path,
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}/v1"
    variables = {"YGG_MODELS__ADAPTER": "openai", "YGG_MODELS__URL": url}
    with running_executor(tmp_path, **variables) as executor:
        task = Attempts(executor)
        down = task.next()
        with ScriptedModel([described("The area."), Cut("{")], port=port) as server:
            gone = task.next()
        assert len(server.requests) == 2, "one answer was refuted, and the next never came"
        with ScriptedModel(
            [described("Tell the area of a rectangle by its width and height.")], port=port
        ):
            done = task.next()
    for outcome in (down, gone):
        assert (outcome.ending, outcome.cause) == (Ending.RETURNED, "unavailable")
        assert (outcome.verdict, outcome.result) == (None, None)
        assert url in outcome.reason
    assert (done.ending, done.verdict) == (Ending.OK, Verdict.VERIFIED), done.reason
