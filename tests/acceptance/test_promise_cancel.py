"""A cancel that races the start: the task is cancelled or has its one outcome, never both."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from tests.audit import audit
from tests.fleet import Fleet, running
from tests.services import BrokerServer
from ygg.errors import Conflict

CANCELLERS = 4


def test_two_hundred_tasks_are_cancelled_while_they_start(
    broker: BrokerServer, tmp_path: Path
) -> None:
    with running(Fleet(tmp_path, broker)) as fleet:
        first, behind = fleet.submit_behind(fleet.effects.mix(240))
        too_late: list[str] = []
        threads = [
            threading.Thread(target=_cancel, args=(fleet, behind[at::CANCELLERS], too_late))
            for at in range(CANCELLERS)
        ]
        fleet.effects.open()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        fleet.wait_final()
        audit(fleet.records, first + behind, fleet.effects)
        tasks, attempts = fleet.records.tasks(), fleet.records.attempts()
        assert {tasks[task_id]["state"] for task_id in first + too_late} == {"succeeded"}
        assert fleet.states() == {"succeeded", "cancelled"}
        assert fleet.tried_again() == set()
        began = {task_id for task_id, _ in fleet.effects.starts()}
        for task_id in behind:
            rows = attempts.get(task_id, [])
            never = not rows or rows[-1]["reason"] == "cancelled before it began"
            assert not (never and task_id in began), f"cancelled, then begun: {tasks[task_id]}"


def _cancel(fleet: Fleet, ids: Sequence[str], too_late: list[str]) -> None:
    client = fleet.new_client()
    for task_id in ids:
        try:
            client.cancel(task_id)
        except Conflict:
            too_late.append(task_id)
