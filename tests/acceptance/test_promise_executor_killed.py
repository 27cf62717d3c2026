"""Executors die, are cut off, are frozen: what they ran is run again, and counted once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.audit import audit
from tests.fleet import Fleet, running
from tests.services import BrokerServer

PARENT = "parent() { sed -n 's/^PPid:[[:space:]]*//p' /proc/$1/status; }"
KILL_POOL_PROCESS = f"{PARENT}; kill -9 $(parent $PPID); sleep 60"
KILL_WORKER = f"{PARENT}; kill -9 $(parent $(parent $PPID)); sleep 60"


@pytest.mark.few(1)
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_tasks_of_a_killed_executor_run_again_elsewhere(
    database: str, broker: BrokerServer, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = request.getfixturevalue("postgres_url") if database == "postgres" else None
    with running(Fleet(tmp_path, broker, database_url=url)) as fleet:
        first, behind = fleet.submit_behind(fleet.effects.mix(200))
        ours = fleet.running_on("north")
        fleet.executors["north"].kill()
        fleet.effects.open()
        fleet.wait_final()
        audit(fleet.records, first + behind, fleet.effects)
        assert fleet.states() == {"succeeded"}
        assert fleet.tried_again() == ours


def test_an_executor_that_was_cut_off_comes_back_too_late(
    broker: BrokerServer, tmp_path: Path
) -> None:
    gates = [f"gate-{number}" for number in range(8)]
    with running(Fleet(tmp_path, broker, proxied=["north"])) as fleet:
        first, behind = fleet.submit_behind(fleet.effects.mix(200), gates)
        ours = fleet.running_on("north")
        early = sorted(ours)[:2]
        fleet.wires["north"].cut()
        for task_id in early:  # these end over there, and nobody hears of it
            fleet.effects.open(gates[first.index(task_id)])
        fleet.wait(lambda: not fleet.executors["north"].runs_commands(), "north to kill its tasks")
        for gate in gates:
            fleet.effects.open(gate)
        fleet.wait(lambda: fleet.records.open_count() == 0, "the tasks to end elsewhere", 60)
        fleet.wires["north"].heal()
        fleet.wait(lambda: len(fleet.late()) >= 2, "what happened over there to be recorded")
        fleet.wait_final()
        audit(fleet.records, first + behind, fleet.effects)
        assert fleet.late() == dict.fromkeys(early, "ok from north")
        assert fleet.states() == {"succeeded"}
        assert fleet.tried_again() == ours


def test_an_executor_that_was_frozen_wakes_up_too_late(
    broker: BrokerServer, tmp_path: Path
) -> None:
    with running(Fleet(tmp_path, broker)) as fleet:
        first, behind = fleet.submit_behind(fleet.effects.mix(200))
        ours = fleet.running_on("north")
        fleet.executors["north"].freeze()
        fleet.effects.open()
        fleet.wait(lambda: fleet.records.open_count() == 0, "the tasks to end elsewhere", 60)
        fleet.executors["north"].thaw()
        fleet.wait(lambda: not fleet.executors["north"].runs_commands(), "north to kill its tasks")
        fleet.wait_final()
        audit(fleet.records, first + behind, fleet.effects, frozen=True)
        assert fleet.states() == {"succeeded"}
        assert fleet.tried_again() == ours


def test_a_task_that_kills_its_worker_every_time_fails(
    broker: BrokerServer, tmp_path: Path
) -> None:
    with running(Fleet(tmp_path, broker)) as fleet:
        # The innocent may be hit several times; the guilty come before them.
        innocent = fleet.effects.mix(200, max_attempts=20)
        guilty = [
            fleet.effects.run(KILL_POOL_PROCESS, priority=1),
            fleet.effects.run(KILL_POOL_PROCESS, priority=1),
            fleet.effects.run(KILL_WORKER, priority=1, max_attempts=2),
        ]
        first, behind = fleet.submit_behind(guilty + innocent)
        fleet.effects.open()
        fleet.wait_final(each_time=fleet.revive)
        audit(fleet.records, first + behind, fleet.effects)
        tasks = fleet.records.tasks()
        for task_id, most in zip(behind, (3, 3, 2), strict=False):
            assert tasks[task_id]["state"] == "failed"
            assert tasks[task_id]["reason"].startswith("lost: ")
            assert tasks[task_id]["attempt"] == tasks[task_id]["charged"] == most
        assert {tasks[task_id]["state"] for task_id in behind[3:]} == {"succeeded"}
