"""A machine that is drained: what runs ends, nothing begins but probes, until it is taken back."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.executors.harness import (
    ExecutorProcess,
    MakeExecutor,
    dev_echo,
    gone,
    python,
)
from tests.services import wait_until
from ygg import __version__, keys
from ygg.ids import new_id
from ygg.labels import PROBE, probe_queue
from ygg.task import DrainOrder, Ending, Envelope, Heartbeat

PROBES = probe_queue("fenrir")
VARIABLES = {"YGG_SANDBOX__USE": "off"}
"""What a task starts is looked at from outside."""


def drain(executor: ExecutorProcess, seconds: float, order: str = "1") -> None:
    text = DrainOrder(order=order, seconds=seconds).model_dump_json()
    executor.redis.hset(keys.DRAINS, keys.drained("fenrir"), text)


def undrain(executor: ExecutorProcess) -> None:
    executor.redis.delete(keys.DRAINS)
    wait_until(lambda: not rests(executor), "it to take tasks")


def rests(executor: ExecutorProcess) -> bool:
    beat = executor.heartbeat()
    return beat is None or (beat.resting and beat.draining)


def probe() -> Envelope:
    return Envelope(task_id=new_id(), attempt=1, label=PROBE)


def test_what_runs_ends_and_nothing_begins_until_it_is_taken_back(
    executor: ExecutorProcess, tmp_path: Path
) -> None:
    gate = tmp_path / "gate"
    until_open = f"import os, time\nwhile not os.path.exists({str(gate)!r}): time.sleep(0.05)"
    running, late = python(until_open), dev_echo()
    executor.send(running)
    executor.wait_started(running)
    drain(executor, 60)
    wait_until(lambda: rests(executor), "it to rest")
    executor.send(late)
    gate.touch()
    assert executor.outcome(running).ending is Ending.OK
    wait_until(executor.is_idle, "it to be idle")
    given_back = executor.finished(late.task_id)  # it may have listened still
    assert [one.outcome.cause for one in given_back] in ([], ["drain"])
    if given_back:
        late = dev_echo()
        executor.send(late)
    undrain(executor)
    assert executor.outcome(late).ending is Ending.OK


def test_a_probe_is_answered_while_it_rests(executor: ExecutorProcess) -> None:
    drain(executor, 0)
    wait_until(lambda: rests(executor), "it to rest")
    one = probe()
    executor.send(one, queue=PROBES)
    outcome = executor.outcome(one)
    assert (outcome.ending, outcome.result) == (Ending.OK, {"version": __version__})


def test_what_is_over_its_time_is_handed_back_and_the_executor_lives(
    executor: ExecutorProcess,
) -> None:
    task = python("import os, time; print(os.getpid(), flush=True); time.sleep(600)")
    executor.send(task)
    wait_until(lambda: executor.text(task).endswith("\n"), "the task")
    drain(executor, 600)
    wait_until(lambda: rests(executor), "it to rest")
    drain(executor, 0.5, "less time")
    outcome = executor.outcome(task)
    assert (outcome.ending, outcome.cause) == (Ending.RETURNED, "drain")
    assert gone(int(executor.text(task)))
    undrain(executor)
    after = dev_echo()
    executor.send(after)
    assert executor.outcome(after).ending is Ending.OK


def test_started_anew_on_a_drained_machine_it_takes_nothing(make_executor: MakeExecutor) -> None:
    executor = make_executor()
    drain(executor, 60)
    task, asked = dev_echo(), probe()
    executor.send(task)
    executor.start_and_wait()
    executor.send(asked, queue=PROBES)
    assert executor.outcome(asked).ending is Ending.OK
    assert not executor.finished(task.task_id)
    undrain(executor)
    assert executor.outcome(task).ending is Ending.OK


def test_it_goes_on_with_a_broker_that_has_forgotten_the_order(executor: ExecutorProcess) -> None:
    """The coordinator writes it again: it alone knows."""
    drain(executor, 60)
    wait_until(lambda: rests(executor), "it to rest")
    executor.redis.flushall()
    executor.redis.set(keys.EPOCH, "second")
    wait_until(lambda: not rests(executor), "it to take tasks")
    task = dev_echo()
    executor.send(task)
    assert executor.outcome(task).ending is Ending.OK


def test_it_may_be_meant_alone(executor: ExecutorProcess) -> None:
    for name in ("other", "fenrir"):
        order = DrainOrder(order=name, seconds=60).model_dump_json()
        executor.redis.hset(keys.DRAINS, keys.drained("fenrir", name), order)
    wait_until(lambda: rests(executor), "it to rest")
    executor.redis.hdel(keys.DRAINS, keys.drained("fenrir", "fenrir"))
    wait_until(lambda: not rests(executor), "it to take tasks")


@pytest.mark.parametrize("text", ["nonsense", "{}", '{"order": "1", "seconds": -1}'])
def test_an_order_that_cannot_be_read_is_obeyed(executor: ExecutorProcess, text: str) -> None:
    executor.redis.hset(keys.DRAINS, keys.drained("fenrir"), text)
    wait_until(lambda: rests(executor), "it to rest")


def test_a_heartbeat_of_before_says_nothing_of_rest() -> None:
    old = '{"executor": "fenrir", "boot": "1", "at": 1.0, "draining": true}'
    assert not Heartbeat.model_validate_json(old).resting
