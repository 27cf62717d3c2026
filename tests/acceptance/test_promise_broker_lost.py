"""The broker loses its data, or is away: the ledger knows what was accepted and what counted."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.audit import audit
from tests.fleet import GRACE_SECONDS, LEASE_SECONDS, Fleet, running
from tests.services import BrokerServer


@pytest.mark.few(1)
@pytest.mark.parametrize("broker", ["valkey", "redis"], indirect=True)
def test_a_broker_that_restarts_without_its_data(broker: BrokerServer, tmp_path: Path) -> None:
    with running(Fleet(tmp_path, broker)) as fleet:
        first, behind = fleet.submit_behind(fleet.effects.mix(200))
        before = fleet.epoch()
        broker.restart(keep_data=False)
        fleet.wait(lambda: fleet.epoch() not in (None, before), "a new epoch")
        fleet.wait(lambda: fleet.leased() >= set(first), "what runs to be claimed again")
        fleet.effects.open()
        fleet.wait_final()
        audit(fleet.records, first + behind, fleet.effects)
        assert fleet.states() == {"succeeded"}
        # What ran went on; what had not begun was published again, at nobody's charge.
        assert not fleet.tried_again() & set(first)
        charged = [row["charged"] for row in fleet.records.tasks().values()]
        assert max(charged) == 1


def test_a_broker_flushed_between_an_outcomes_emission_and_its_ingest(
    broker: BrokerServer, tmp_path: Path
) -> None:
    with running(Fleet(tmp_path, broker)) as fleet:
        first, behind = fleet.submit_behind(fleet.effects.mix(200))
        fleet.coordinator.freeze()
        published = {*first, *fleet.published()}
        fleet.effects.open()
        fleet.wait(lambda: fleet.emitted() >= published, "the outcomes to be emitted")
        with fleet.redis() as client:
            client.flushall()
        assert fleet.records.open_count() >= 200
        fleet.coordinator.thaw()
        fleet.wait_final()
        audit(fleet.records, first + behind, fleet.effects)
        assert fleet.states() == {"succeeded"}
        assert not fleet.tried_again() & published


@pytest.mark.few(1)
@pytest.mark.parametrize("away", ["frozen", "killed"])
def test_a_broker_that_is_away_for_longer_than_a_lease(
    away: str, broker: BrokerServer, tmp_path: Path
) -> None:
    gates = [f"gate-{number}" for number in range(8)]
    with running(Fleet(tmp_path, broker)) as fleet:
        first, behind = fleet.submit_behind(fleet.effects.mix(200), gates)
        since = time.monotonic()
        if away == "frozen":
            os.kill(broker.pid, signal.SIGSTOP)
        else:
            broker.kill()
        for gate in gates[:4]:  # these end meanwhile, with nobody to tell
            fleet.effects.open(gate)
        fleet.wait(lambda: not fleet.run_commands(), "the other tasks to be killed")
        assert time.monotonic() - since < LEASE_SECONDS + GRACE_SECONDS
        gone = LEASE_SECONDS + GRACE_SECONDS + 1
        fleet.wait(lambda: time.monotonic() - since > gone, "longer than a lease")
        if away == "frozen":
            os.kill(broker.pid, signal.SIGCONT)
        else:
            broker.start()
        for gate in gates:
            fleet.effects.open(gate)
        fleet.wait_final()
        audit(fleet.records, first + behind, fleet.effects)
        assert fleet.states() == {"succeeded"}
        assert fleet.tried_again() & set(first) == set(first[4:])
        tasks = fleet.records.tasks()
        assert {tasks[task_id]["charged"] for task_id in first} == {1}
