"""What an executor says of a message's tasks with Celery's own event, which Flower shows."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from tests.integration.executors.harness import ExecutorProcess, dev_echo, dev_run
from ygg.broker import celery_app


def said_after(executor: ExecutorProcess, send: Callable[[], None]) -> object:
    found: list[object] = []
    app = celery_app(executor.settings)
    with app.connection_for_read() as connection:
        handlers = {"task-succeeded": lambda event: found.append(event["result"])}
        receiver = app.events.Receiver(connection, handlers=handlers)
        with receiver.consumer_context() as (own, _, _):
            with contextlib.suppress(TimeoutError):
                own.drain_events(timeout=0.1)  # Celery subscribes when it first listens
            send()
            while not found:
                own.drain_events(timeout=20)
    return found[0]


def test_a_task_that_failed_is_said_to_have_failed(shared: ExecutorProcess) -> None:
    task = dev_run("sh", "-c", "exit 3")
    assert said_after(shared, lambda: shared.send(task)) == "'error: exit code 3'"


def test_the_tasks_of_a_bundle_are_counted(shared: ExecutorProcess) -> None:
    bundle = [dev_echo(str(number)) for number in range(5)]
    assert said_after(shared, lambda: shared.send(*bundle)) == "'5 ok'"
