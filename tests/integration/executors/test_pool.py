"""How a message gets from the worker to one of its processes."""

from __future__ import annotations

import pytest

from tests.integration.executors.harness import ExecutorProcess, MakeExecutor, dev_echo, python
from tests.services import wait_until
from ygg.task import Ending, Started


def begun(executor: ExecutorProcess) -> list[str]:
    return [event.task_id for event in executor.events() if isinstance(event, Started)]


# A pipe takes 4,096 bytes whole or not at all, and the message is somewhat longer than its text.
@pytest.mark.parametrize("length", [1, 3_000, 3_500, 4_000, 4_096, 60_000, 300_000])
def test_a_task_of_any_size_arrives_whole(executor: ExecutorProcess, length: int) -> None:
    task = dev_echo("x" * length)
    executor.send(task)
    outcome = executor.outcome(task)
    assert outcome.ending is Ending.OK
    assert outcome.result == {"text": "x" * length}


def test_every_process_is_given_a_task_and_the_next_ones_wait(make_executor: MakeExecutor) -> None:
    executor = make_executor(YGG_EXECUTOR__CONCURRENCY="3")
    executor.start_and_wait()
    long = [python("import signal; signal.pause()") for _ in range(3)]
    small = [dev_echo(str(number)) for number in range(5)]
    for task in long:
        executor.send(task)
    wait_until(lambda: len(begun(executor)) == 3, "three tasks to run at once")
    for task in small:
        executor.send(task)
    executor.cancel(long[1])
    assert executor.outcome(long[1]).ending is Ending.CANCELLED
    for task in small:  # one after the other, on the process that is free
        assert executor.outcome(task).ending is Ending.OK
    for task in (long[0], long[2]):
        executor.cancel(task)
        assert executor.outcome(task).ending is Ending.CANCELLED
