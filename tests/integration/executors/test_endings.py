"""Limits, cancels, killed processes and lost leases: the task ends, and all it started with it."""

from __future__ import annotations

import signal

import psutil

from tests.integration.executors.harness import (
    ExecutorProcess,
    MakeExecutor,
    dev_echo,
    gone,
    python,
)
from tests.services import BrokerServer, wait_until
from ygg import keys
from ygg.lease import Lease
from ygg.task import Ending, Envelope

VARIABLES = {"YGG_SANDBOX__USE": "off"}
"""What tasks start is looked at from outside."""

FAMILY = """
import os, signal, subprocess, sys, time
stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"
child = subprocess.Popen([sys.executable, "-c", stubborn], start_new_session=True)
print(os.getpid(), child.pid, flush=True)
"""
"""A command whose child ignores SIGTERM in a session of its own."""

SHORT_LEASE = {
    "YGG_DELIVERY__LEASE_SECONDS": "4",
    "YGG_DELIVERY__MARGIN_SECONDS": "1.5",
}


def family_of(executor: ExecutorProcess, task: Envelope) -> list[int]:
    executor.wait_started(task)
    wait_until(lambda: executor.text(task).endswith("\n"), "the family's pids")
    return [int(pid) for pid in executor.text(task).split()]


def test_a_cancel_reaches_a_running_child_and_its_children(shared: ExecutorProcess) -> None:
    task = python(FAMILY + "time.sleep(600)")
    shared.send(task)
    family = family_of(shared, task)
    shared.cancel(task)
    assert shared.outcome(task).ending is Ending.CANCELLED
    assert all(gone(pid) for pid in family)


def test_a_cancelled_command_has_a_moment_to_tidy_up(shared: ExecutorProcess) -> None:
    code = """
import signal, sys, time
def tidy(*_):
    time.sleep(0.5)
    print('tidy', flush=True)
    sys.exit()
signal.signal(signal.SIGTERM, tidy)
print('ready', flush=True)
time.sleep(600)
"""
    task = python(code)
    shared.send(task)
    wait_until(lambda: shared.text(task) == "ready\n", "the command")
    shared.cancel(task)
    assert shared.outcome(task).ending is Ending.CANCELLED
    assert shared.text(task) == "ready\ntidy\n"


def test_a_task_cancelled_before_it_begins_never_runs(shared: ExecutorProcess) -> None:
    task = python("print('ran')")
    shared.cancel(task)
    shared.send(task)
    assert shared.outcome(task).ending is Ending.CANCELLED
    assert shared.text(task) == ""


def test_the_soft_limit_asks_and_the_hard_limit_kills_the_whole_tree(
    shared: ExecutorProcess,
) -> None:
    ignore = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    asked = python(FAMILY + "time.sleep(600)", soft=1.5)
    killed = python("import signal\n" + ignore + FAMILY + "time.sleep(600)", soft=1, hard=2)
    shared.send(asked)
    shared.send(killed)
    families = family_of(shared, asked) + family_of(shared, killed)
    outcome = shared.outcome(asked)
    assert (outcome.ending, outcome.reason) == (
        Ending.TIMEOUT,
        "stopped at its soft limit of 1.5 s",
    )
    outcome = shared.outcome(killed)
    assert (outcome.ending, outcome.reason) == (Ending.TIMEOUT, "killed at its hard limit of 2 s")
    assert all(gone(pid) for pid in families)


def test_a_handler_whose_process_is_killed_is_an_error(shared: ExecutorProcess) -> None:
    task = python(FAMILY + "time.sleep(600)")
    shared.send(task)
    family = family_of(shared, task)
    psutil.Process(family[0]).parent().kill()  # type: ignore[union-attr]
    outcome = shared.outcome(task)
    assert outcome.ending is Ending.ERROR
    assert outcome.reason == "the handler's process was killed by signal 9 (SIGKILL)"
    assert all(gone(pid) for pid in family)
    after = dev_echo()
    shared.send(after)
    assert shared.outcome(after).ending is Ending.OK


def test_a_killed_pool_child_is_replaced_and_its_task_dies_with_it(
    executor: ExecutorProcess,
) -> None:
    task = python(FAMILY + "time.sleep(600)")
    executor.send(task)
    family = family_of(executor, task)
    supervisor = psutil.Process(family[0]).parent().parent()  # type: ignore[union-attr]
    supervisor.kill()  # type: ignore[union-attr]
    wait_until(lambda: all(gone(pid) for pid in family), "the task's processes to die")
    after = [dev_echo() for _ in range(4)]
    for one in after:
        executor.send(one)
    assert all(executor.outcome(one).ending is Ending.OK for one in after)
    assert not executor.finished(task.task_id)


def test_a_killed_executor_leaves_nothing_running(executor: ExecutorProcess) -> None:
    task = python(FAMILY + "time.sleep(600)")
    executor.send(task)
    family = family_of(executor, task)
    executor.kill()
    wait_until(lambda: all(gone(pid) for pid in family), "the task's processes to die")


def test_the_lease_is_renewed_while_a_task_runs(make_executor: MakeExecutor) -> None:
    executor = make_executor(**SHORT_LEASE)
    executor.start_and_wait()
    task = python("import time; time.sleep(600)")
    executor.send(task)
    executor.wait_started(task)

    def lease() -> Lease:
        value = executor.redis.get(keys.lease(task.task_id))
        assert isinstance(value, bytes)
        return Lease.parse(value)

    wait_until(lambda: lease().renewals >= 2, "two renewals", 8)
    executor.redis.delete(keys.lease(task.task_id))
    wait_until(lambda: bool(executor.redis.exists(keys.lease(task.task_id))), "another one", 8)
    executor.redis.set(keys.lease(task.task_id), "2 another held 0")
    outcome = executor.outcome(task)
    assert (outcome.ending, outcome.cause) == (Ending.LOST, "broker")
    assert executor.redis.get(keys.lease(task.task_id)) == b"2 another held 0"


def lost_while(executor: ExecutorProcess, broker: BrokerServer, *, frozen: bool) -> None:
    task = python(FAMILY + "time.sleep(600)")
    executor.send(task)
    family = family_of(executor, task)
    if frozen:
        psutil.Process(broker.pid).suspend()
    else:
        broker.kill()
    wait_until(lambda: all(gone(pid) for pid in family), "the task to be killed", 6)
    wait_until(lambda: len(executor.spool_files()) == 1, "the outcome on disk", 6)
    if frozen:
        psutil.Process(broker.pid).resume()
    else:
        broker.start()
    outcome = executor.outcome(task, timeout_seconds=40)
    assert (outcome.ending, outcome.cause) == (Ending.LOST, "broker")
    executor.acknowledge(executor.finished(task.task_id)[0])
    wait_until(lambda: not executor.spool_files(), "the spool to be struck off")
    after = dev_echo()
    executor.send(after)
    assert executor.outcome(after, timeout_seconds=40).ending is Ending.OK


def test_a_task_is_killed_before_its_lease_can_run_out(
    make_executor: MakeExecutor, broker: BrokerServer
) -> None:
    executor = make_executor(**SHORT_LEASE)
    executor.start_and_wait()
    lost_while(executor, broker, frozen=False)


def test_a_task_is_killed_in_time_by_a_broker_that_hangs(
    make_executor: MakeExecutor, broker: BrokerServer
) -> None:
    executor = make_executor(**SHORT_LEASE)
    executor.start_and_wait()
    lost_while(executor, broker, frozen=True)


def test_a_group_wide_sigterm_does_not_kill_the_pool(shared: ExecutorProcess) -> None:
    task = python("import time; print('on', flush=True); time.sleep(2); print('done')")
    shared.send(task)
    wait_until(lambda: shared.text(task) == "on\n", "the task")
    for child in shared.pool_children():
        child.send_signal(signal.SIGTERM)
    assert shared.outcome(task).ending is Ending.OK
