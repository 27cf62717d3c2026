"""What follows a commit that changed tasks: it is counted and told, and the dispatcher has work."""

from __future__ import annotations

import time
from collections.abc import Sequence

from coordinator.changes import Changes
from coordinator.dispatcher import Dispatcher
from coordinator.ledger import Ledger
from coordinator.ledger.outcomes import Policy, apply_finished
from coordinator.ledger.rows import Applied
from coordinator.metrics import Metrics
from ygg.lease import LEDGER
from ygg.task import Finished, Outcome, State


def known_end(task_id: str, attempt: int, outcome: Outcome, executor: str = LEDGER) -> Finished:
    """What the coordinator itself knows of an attempt: no process said it, no spool holds it."""
    return Finished(
        task_id=task_id, attempt=attempt, executor=executor, boot="", spool="", outcome=outcome
    )


class Aftermath:
    def __init__(
        self,
        ledger: Ledger,
        policy: Policy,
        changes: Changes,
        dispatcher: Dispatcher,
        metrics: Metrics,
    ) -> None:
        self._ledger = ledger
        self._policy = policy
        self._changes = changes
        self._dispatcher = dispatcher
        self._metrics = metrics

    def tell(self, applied: Applied) -> None:
        self._metrics.count(applied.changes, applied.refused)
        self._changes.tell(applied.changes, applied.details)
        if any(change.state is State.WAITING for change in applied.changes):
            self._dispatcher.wake_all()  # it looks when the next one is due
        self._dispatcher.wake(applied.stirred, room=applied.freed)

    def end(self, finished: Sequence[Finished]) -> None:
        """Apply what the coordinator itself knows of attempts, as if an executor had said it."""
        with self._ledger.write() as connection:
            applied = apply_finished(connection, finished, self._policy, time.time())
            applied.details = self._changes.awaited(connection, applied.changes)
        self.tell(applied)
