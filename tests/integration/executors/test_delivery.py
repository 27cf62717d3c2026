"""Outcomes that must not be lost, and an executor that leaves in order."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.integration.executors.harness import (
    ExecutorProcess,
    MakeExecutor,
    dev_echo,
    gone,
    python,
)
from tests.services import BrokerServer, wait_until
from ygg import keys
from ygg.task import Announced, Departed, Ending

VARIABLES = {"YGG_SANDBOX__USE": "off"}
"""What tasks start is looked at from outside."""


def departed(executor: ExecutorProcess) -> bool:
    return any(isinstance(event, Departed) for event in executor.events())


def test_outcomes_are_emitted_again_to_a_new_broker(executor: ExecutorProcess) -> None:
    tasks = [dev_echo(str(number)) for number in range(20)]
    executor.send(*tasks)
    for task in tasks:
        executor.outcome(task)
    executor.redis.flushall()
    executor.redis.set(keys.EPOCH, "second")
    for task in tasks:
        assert executor.outcome(task).ending is Ending.OK
    assert executor.redis.get(keys.lease(tasks[0].task_id)) is not None


def test_one_of_two_of_a_name_announces_itself_when_the_other_has_left(
    make_executor: MakeExecutor, tmp_path: Path
) -> None:
    first = make_executor()
    first.start_and_wait()
    second = make_executor(YGG_DATA_DIR=str(tmp_path / "second"))
    second.start()
    wait_until(lambda: len(boots(first)) == 2, "the second to announce itself")
    mine = boots(first)[0]
    wait_until(lambda: "has this name" in first.log.read_text(), "it to be said")
    second.signal(signal.SIGTERM)
    second.wait()
    wait_until(lambda: departed(first), "the second to leave")
    left = next(n for n, event in enumerate(first.events()) if isinstance(event, Departed))
    wait_until(lambda: mine in boots(first, since=left), "the first to announce itself")


def boots(executor: ExecutorProcess, since: int = 0) -> list[str]:
    """Those that have announced themselves, the earliest first."""
    found = [event for event in executor.events()[since:] if isinstance(event, Announced)]
    return list(dict.fromkeys(event.announcement.boot for event in found))


@pytest.mark.slow
def test_outcomes_are_emitted_again_until_acknowledged(executor: ExecutorProcess) -> None:
    task = dev_echo()
    executor.send(task)
    executor.outcome(task)
    executor.redis.delete(keys.OUTCOMES)  # lost between its emission and the ledger
    outcome = executor.outcome(task, timeout_seconds=20)
    assert outcome.result == {"text": "hello"}
    executor.acknowledge(executor.finished(task.task_id)[0])
    wait_until(lambda: not executor.spool_files(), "the spool to be struck off")


def test_the_next_process_emits_what_the_last_one_left(executor: ExecutorProcess) -> None:
    task = dev_echo()
    executor.send(task)
    executor.outcome(task)
    executor.kill()
    executor.redis.flushall()
    executor.start_and_wait()
    assert executor.outcome(task).ending is Ending.OK


def test_a_file_that_cannot_be_read_is_set_aside(make_executor: MakeExecutor) -> None:
    executor = make_executor()
    folder = executor.data_dir / "spool" / "fenrir"
    folder.mkdir(parents=True)
    (folder / "boot-1-1-1.json").write_text("{")
    (folder / ".boot-1-2-1").write_text("half")
    executor.start_and_wait()
    wait_until(lambda: (folder / "boot-1-1-1.unreadable").exists(), "the file to be set aside")
    assert not (folder / ".boot-1-2-1").exists()
    executor.redis.rpush(keys.acknowledged("fenrir"), "nonsense", "a b c", "../../x-1 t 1", b"\xff")
    task = dev_echo()
    executor.send(task)
    assert executor.outcome(task).ending is Ending.OK


def test_starts_while_the_broker_is_away(make_executor: MakeExecutor, broker: BrokerServer) -> None:
    broker.kill()
    executor = make_executor()
    executor.start()
    wait_until(lambda: "not answer" in executor.log.read_text(), "the executor to notice", 30)
    broker.start()
    executor.redis.set(keys.EPOCH, "first")
    task = dev_echo()
    executor.send(task)
    assert executor.outcome(task, timeout_seconds=40).ending is Ending.OK


def test_an_idle_executor_leaves_at_once(executor: ExecutorProcess) -> None:
    executor.signal(signal.SIGTERM)
    assert executor.wait(10) == 0
    assert departed(executor)
    assert executor.heartbeat() is None


def test_messages_on_their_way_do_not_hold_up_a_drain(executor: ExecutorProcess) -> None:
    for _ in range(5):
        executor.send(dev_echo())
    executor.signal(signal.SIGTERM)
    assert executor.wait(10) == 0


def test_a_signal_while_it_starts_is_heeded(make_executor: MakeExecutor) -> None:
    executor = make_executor()
    executor.start()
    wait_until(lambda: "Starting" in executor.log.read_text(), "it to begin", 30)
    executor.signal(signal.SIGTERM)
    assert executor.wait(15) == 0


def test_a_drain_lets_a_task_finish(executor: ExecutorProcess) -> None:
    task, late = python("import time; time.sleep(1.5); print('done')"), dev_echo()
    executor.send(task)
    executor.wait_started(task)
    executor.signal(signal.SIGTERM)
    wait_until(lambda: "Draining" in executor.log.read_text(), "the drain")
    wait_until(lambda: (beat := executor.heartbeat()) is not None and beat.draining, "its mention")
    executor.send(late)
    assert executor.outcome(task).ending is Ending.OK
    assert executor.wait(15) == 0
    assert departed(executor)
    assert not executor.finished(late.task_id)


def test_a_drain_hands_back_what_does_not_finish(make_executor: MakeExecutor) -> None:
    executor = make_executor(YGG_EXECUTOR__DRAIN_SECONDS="1")
    executor.start_and_wait()
    task = python("import os, time; print(os.getpid(), flush=True); time.sleep(600)")
    executor.send(task)
    wait_until(lambda: executor.text(task).endswith("\n"), "the task")
    executor.signal(signal.SIGTERM)
    assert executor.wait(15) == 0
    outcome = executor.outcome(task)
    assert (outcome.ending, outcome.cause) == (Ending.RETURNED, "drain")
    assert gone(int(executor.text(task)))
    assert departed(executor)


def test_a_second_signal_hurries(executor: ExecutorProcess) -> None:
    task = python("import time; print('on', flush=True); time.sleep(600)")
    executor.send(task)
    wait_until(lambda: executor.text(task) == "on\n", "the task")
    executor.signal(signal.SIGTERM)
    wait_until(lambda: "Draining" in executor.log.read_text(), "the drain")
    executor.signal(signal.SIGTERM)
    assert executor.wait(15) == 0
    assert executor.outcome(task).cause == "drain"


def test_a_drain_without_a_broker_ends_all_the_same(
    make_executor: MakeExecutor, broker: BrokerServer
) -> None:
    executor = make_executor(YGG_EXECUTOR__DRAIN_SECONDS="1")
    executor.start_and_wait()
    task = python("import time; print('on', flush=True); time.sleep(600)")
    executor.send(task)
    wait_until(lambda: executor.text(task) == "on\n", "the task")
    broker.kill()
    executor.signal(signal.SIGTERM)
    assert executor.wait(30) == 0
    assert len(executor.spool_files()) == 1


def test_the_tasks_of_a_bundle_not_yet_begun_are_not_leased_by_a_drain(
    make_executor: MakeExecutor,
) -> None:
    executor = make_executor(YGG_EXECUTOR__CONCURRENCY="1")
    executor.start_and_wait()
    first = python("import time; time.sleep(1)")
    rest = [dev_echo(str(number)) for number in range(5)]
    executor.send(first, *rest)
    executor.wait_started(first)
    executor.signal(signal.SIGTERM)
    assert executor.wait(15) == 0
    assert executor.outcome(first).ending is Ending.OK
    assert not any(executor.redis.exists(keys.lease(task.task_id)) for task in rest)


def test_goes_on_after_the_broker_lost_everything(
    executor: ExecutorProcess, broker: BrokerServer
) -> None:
    running = python("import time; time.sleep(5); print('done')")
    executor.send(running)
    executor.wait_started(running)
    broker.restart(keep_data=False)
    executor.redis.set(keys.EPOCH, "second")
    after = dev_echo()
    executor.send(after)
    assert executor.outcome(after, timeout_seconds=40).ending is Ending.OK
    assert executor.outcome(running, timeout_seconds=40).ending is Ending.OK


def test_two_of_one_name_do_not_share_a_spool(executor: ExecutorProcess) -> None:
    second = ExecutorProcess(executor.broker, executor.data_dir.parent)
    second.log = executor.data_dir / "second.log"
    second.start()
    assert second.wait(30) == 2
    assert "another executor of this name" in second.log.read_text()
