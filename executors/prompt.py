"""The parts of Celery's worker that wait where a task alone need not."""

from __future__ import annotations

import logging
import select
from typing import Any

from celery.concurrency.asynpool import AsynPool
from celery.concurrency.prefork import TaskPool
from celery.events import EventDispatcher
from celery.worker import state
from celery.worker.consumer import Consumer
from kombu import Connection

logger = logging.getLogger(__name__)

RECONNECT_SECONDS = 1


class PromptConsumer(Consumer):
    """Is back a moment after the broker is: Celery would wait up to half a minute.

    And tells Flower of tasks when it wakes anyway: Celery would publish each event before it
    hands the task to a process, which costs a task a millisecond.
    """

    event_dispatcher: EventDispatcher | None
    task_consumer: Any

    def on_send_event_buffered(self) -> None:  # type: ignore[override]
        """The event waits for the next wake, or until there are many."""

    def tell_events(self) -> None:
        if self.event_dispatcher is not None:
            self.event_dispatcher.flush()

    def shutdown(self) -> None:
        self.tell_events()
        super().shutdown()

    def ensure_connected(self, conn: Connection) -> Connection:
        def failed(error: Exception, interval: float) -> None:
            logger.debug("Not connected: %s", error, extra={"action": "reconnect"})

        conn.ensure_connection(
            failed,
            interval_start=RECONNECT_SECONDS,
            interval_step=0,
            callback=state.maybe_shutdown,
        )
        self.first_connection_attempt = False
        return conn


class PromptPool(AsynPool):
    """Hands a task to an idle process at once, and wakes it once.

    Celery's would first ask the broker for the next message and go around its event loop, and
    then write the length and the task one after the other.
    """

    def _create_write_handlers(self, hub: Any) -> None:
        super()._create_write_handlers(hub)  # type: ignore[misc]  # it is Celery's own business
        pool: Any = self
        put_in_line = pool._quick_put

        def put(task: tuple[object, tuple[int, ...]]) -> None:
            put_in_line(task)
            job = pool._cache[task[1][0]]
            length, body, _ = job._payload
            whole = length.tobytes() + body.tobytes()
            if len(whole) <= select.PIPE_BUF:  # written whole or not at all
                job._payload = memoryview(whole), memoryview(b""), 0
            idle = pool._all_inqueues - pool._busy_workers - pool._active_writes
            hub.consolidate_callback(list(idle)[:1])

        pool._quick_put = put


class PromptTaskPool(TaskPool):
    Pool = PromptPool
