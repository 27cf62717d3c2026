"""The ledger's statements as the coordinator uses them, each in a transaction of its own."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import text

from coordinator.ledger import Ledger, actions, dispatch, outcomes, read, submit
from coordinator.ledger.ending import Bounds
from coordinator.ledger.outcomes import Policy
from coordinator.ledger.rows import Applied, Change, Dispatched, NewTask, Supply
from coordinator.ledger.statements import AnyRow
from ygg.ids import new_id
from ygg.task import Ending, Finished, Limits, Outcome, Retry, Started
from ygg.views import TaskDetail

NOW = 1_800_000_000.0
BOUNDS = Bounds(max_uncharged=5, max_not_offered=3)
AT_ONCE = Retry(on=(Ending.ERROR, Ending.LOST), max_attempts=3, backoff_seconds=0)
ECHO = "dev-echo"

_TASK = NewTask(
    id="",
    label=ECHO,
    title="",
    queue="dev",
    machine=None,
    priority=2,
    params="{}",
    inputs=None,
    limits=Limits(),
    retry=Retry(on=(Ending.LOST,), max_attempts=3, backoff_seconds=0),
    requires=frozenset(),
    bundle=False,
    key=None,
    after=(),
    not_before=None,
    approval=False,
    idempotency_key=None,
    fingerprint=None,
    submitted_by="someone",
)


def task(**changes: Any) -> NewTask:
    return replace(_TASK, **({"id": new_id()} | changes))


def supply(**changes: Any) -> Supply:
    """Executors that take everything of the queue `dev`."""
    wide = Supply(queue="dev", concurrency=4, labels=frozenset({ECHO}), window=1000, limit=None)
    return replace(wide, **changes)


def started(task_id: str, attempt: int = 1, executor: str = "hand", at: float = NOW) -> Started:
    return Started(task_id=task_id, attempt=attempt, executor=executor, at=at)


def finished(
    task_id: str,
    attempt: int = 1,
    ending: Ending | str = Ending.OK,
    executor: str = "hand",
    **outcome: Any,
) -> Finished:
    return Finished(
        task_id=task_id,
        attempt=attempt,
        executor=executor,
        boot="boot",
        spool="spool",
        outcome=Outcome(ending=Ending(ending), **outcome),
    )


class Desk:
    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._offered: dict[str, frozenset[str]] = {}

    def submit(self, *tasks: NewTask, now: float = NOW) -> list[Change]:
        with self.ledger.write() as connection:
            return submit.insert_tasks(connection, tasks, now)

    def dispatch(self, *supplies: Supply, now: float = NOW) -> list[Dispatched]:
        """One turn of the dispatcher."""
        served = supplies or (supply(),)
        found = []
        with self.ledger.write() as connection:
            dispatch.release_due(connection, now)
            for one in served:
                dispatch.unpark_offered(connection, one)
            rooms = dispatch.rooms(connection, served, bundle_tasks=4)
            for one in served:
                found += dispatch.dispatch(connection, one, rooms[one.queue], "epoch", now)
        return found

    def apply(
        self,
        *events: Started | Finished,
        now: float = NOW,
        able: Sequence[str] = (),
    ) -> Applied:
        """One batch of events. `able`: the executors that can run any label now."""
        policy = Policy(BOUNDS, random.Random(1), lambda *_: able)
        with self.ledger.write() as connection:
            outcomes.apply_started(connection, [e for e in events if isinstance(e, Started)])
            ends = [event for event in events if isinstance(event, Finished)]
            return outcomes.apply_finished(connection, ends, policy, now)

    def run(self, *tasks: NewTask, ending: str = "ok") -> None:
        """Submit tasks, dispatch them and end their first attempts."""
        self.submit(*tasks)
        self.dispatch()
        self.apply(*(finished(one.id, ending=ending) for one in tasks))

    def cancel(self, task_id: str, note: str = "", now: float = NOW) -> actions.Cancelled:
        with self.ledger.write() as connection:
            return actions.cancel(connection, task_id, "boss", note, now)[0]

    def approve(self, task_id: str, note: str = "") -> Applied:
        with self.ledger.write() as connection:
            return actions.approve(connection, task_id, "boss", note, NOW)

    def reject(self, task_id: str, note: str = "") -> Applied:
        with self.ledger.write() as connection:
            return actions.reject(connection, task_id, "boss", note, NOW)

    def detail(self, task_id: str) -> TaskDetail:
        with self.ledger.read() as connection:
            return read.detail(connection, task_id)

    def state(self, task_id: str) -> str:
        return self.detail(task_id)["state"]

    def states(self, *tasks: NewTask) -> list[str]:
        return [self.state(one.id) for one in tasks]

    def row(self, task_id: str) -> AnyRow:
        with self.ledger.read() as connection:
            return actions.get(connection, task_id)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.ledger.read() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def list(self, **wanted: Any) -> list[str]:
        with self.ledger.read() as connection:
            return [view["id"] for view in read.tasks(connection, read.Filter(**wanted))]
