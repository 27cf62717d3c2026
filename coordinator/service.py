"""What a person does to a task that was accepted: cancel, approve, reject, retry, replay.

Every method is one transaction and what follows from it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import Connection

from coordinator.aftermath import Aftermath, known_end
from coordinator.dispatcher import Dispatcher
from coordinator.ledger import Ledger, actions, read, recover, submit
from coordinator.ledger.actions import Cancelled
from coordinator.ledger.rows import Applied, NewTask, retry_from
from coordinator.notices import Need
from ygg import ids, keys
from ygg.errors import Conflict
from ygg.lease import Leases
from ygg.task import FINAL, Ending, Limits, Outcome
from ygg.views import NoticedTask, Replayed, TaskView

logger = logging.getLogger(__name__)


class Service:
    def __init__(
        self,
        ledger: Ledger,
        redis: Redis,
        leases: Leases,
        dispatcher: Dispatcher,
        aftermath: Aftermath,
        notices: Callable[[Iterable[Need]], list[str]],
        keep_seconds: float,
    ) -> None:
        self._ledger = ledger
        self._redis = redis
        self._leases = leases
        self._dispatcher = dispatcher
        self._aftermath = aftermath
        self._notices = notices
        self._keep_ms = int(keep_seconds * 1000)

    def cancel(self, task_id: str, actor: str, note: str) -> TaskView:
        now = time.time()
        with self._ledger.write() as connection:
            done, applied = actions.cancel(connection, task_id, actor, note, now)
            row = actions.get(connection, task_id)
        self._told(applied)
        if done is Cancelled.ASKED:
            self._contest(task_id, row.attempt)
        return self.view(task_id)

    def _contest(self, task_id: str, attempt: int) -> None:
        """Try to end the attempt before anyone begins it; else tell whoever runs it."""
        try:
            if self._leases.forestall(task_id, attempt, self._epoch_of(task_id, attempt)):
                outcome = Outcome(ending=Ending.CANCELLED, reason="cancelled before it began")
                self._aftermath.end([known_end(task_id, attempt, outcome)])
                return
            self._redis.set(keys.cancel(task_id), attempt, px=self._keep_ms)
        except RedisError as error:
            # The reaper asks again, as long as the task is cancelling.
            logger.warning("cancel waits: %s", error, extra={"action": "cancel"})

    def _epoch_of(self, task_id: str, attempt: int) -> str:
        with self._ledger.read() as connection:
            return recover.epoch(connection, task_id, attempt)

    def approve(self, task_id: str, actor: str, note: str) -> NoticedTask:
        with self._ledger.write() as connection:
            applied = actions.approve(connection, task_id, actor, note, time.time())
            row = actions.get(connection, task_id)
        self._told(applied)
        need = (row.label, row.queue, frozenset[str](row.requires.split()))
        notices = [] if row.state in FINAL else self._notices([need])
        return NoticedTask(**self.view(task_id), notices=notices)

    def reject(self, task_id: str, actor: str, note: str) -> TaskView:
        with self._ledger.write() as connection:
            applied = actions.reject(connection, task_id, actor, note, time.time())
        self._told(applied)
        return self.view(task_id)

    def retry(self, task_id: str, actor: str, note: str) -> NoticedTask:
        """A new task like the one that ended, linked to it."""
        now = time.time()
        with self._ledger.write() as connection:
            task = _again(connection, task_id, actor)
            changes = submit.insert_tasks(connection, [task], now)
            actions.record(connection, task_id, actor, "retry", note or f"as {task.id}", now)
            view = read.task(connection, task.id)
        self._told(Applied(changes=changes))
        return NoticedTask(**view, notices=self._notices([task.need]))

    def replay(self, since: float, label: str | None, actor: str, *, dry_run: bool) -> Replayed:
        """Retry every task that failed since then and has not been retried."""
        if dry_run:
            with self._ledger.read() as connection:
                found = read.replayable(connection, since, label)
            return Replayed(tasks=[{"of": name} for name in found], notices=[])
        now = time.time()
        with self._ledger.write() as connection:
            found = read.replayable(connection, since, label)
            again = [_again(connection, name, actor) for name in found]
            changes = submit.insert_tasks(connection, again, now) if again else []
            for name, task in zip(found, again, strict=True):
                actions.record(connection, name, actor, "retry", f"replayed as {task.id}", now)
        self._told(Applied(changes=changes))
        return Replayed(
            tasks=[{"of": name, "id": task.id} for name, task in zip(found, again, strict=True)],
            notices=self._notices(task.need for task in again),
        )

    def view(self, task_id: str) -> TaskView:
        with self._ledger.read() as connection:
            return read.task(connection, task_id)

    def _told(self, applied: Applied) -> None:
        self._aftermath.tell(applied)
        self._dispatcher.wake_all()


def _again(connection: Connection, task_id: str, actor: str) -> NewTask:
    row = actions.get(connection, task_id)
    if row.finished_at is None:
        raise Conflict(
            f"task {task_id} is {row.state}: only a task that has ended can be retried",
            hint=f"ygg cancel {task_id} ends it",
        )
    return NewTask(
        id=ids.new_id(),
        label=row.label,
        title=row.title,
        queue=row.queue,
        machine=row.machine,
        priority=row.priority,
        params=row.params,
        inputs=row.inputs,
        limits=Limits(soft_seconds=row.soft_seconds, hard_seconds=row.hard_seconds),
        retry=retry_from(row.retry),
        requires=frozenset(row.requires.split()),
        bundle=row.bundle,
        key=row.key,
        after=(),
        not_before=None,
        approval=row.approval,
        tier=row.tier,
        idempotency_key=None,
        fingerprint=None,
        submitted_by=actor,
        retry_of=task_id,
    )
