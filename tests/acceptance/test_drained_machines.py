"""A machine that is drained gets no work, and no task is lost by that."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.audit import audit
from tests.fleet import Fleet, running
from tests.operator import Operator
from tests.services import BrokerServer
from ygg.draining import drain, drains, probe, undrain
from ygg.errors import BadInput, NotFound


@pytest.fixture
def fleet(broker: BrokerServer, tmp_path: Path) -> Iterator[Fleet]:
    with running(Fleet(tmp_path, broker, concurrency=2)) as found:
        yield found


def state_of(fleet: Fleet, executor: str) -> str:
    return next(one["state"] for one in fleet.client.executors() if one["executor"] == executor)


def test_what_runs_ends_there_and_the_rest_is_done_elsewhere(fleet: Fleet) -> None:
    first, behind = fleet.submit_behind(fleet.effects.mix(240))
    begun = drain(fleet.client, "north", seconds=600, note="a new disk")
    assert drains(fleet.client) == [begun]
    assert (begun["machine"], begun["note"], begun["by"][:6]) == ("north", "a new disk", "admin-")
    fleet.wait(lambda: state_of(fleet, "north") == "draining", "it to drain")
    fleet.effects.open()
    fleet.wait_final()
    assert state_of(fleet, "north") == "drained"
    audit(fleet.records, first + behind, fleet.effects)
    attempts = fleet.records.attempts()
    done_by = {attempts[task_id][-1]["executor"] for task_id in behind}
    assert done_by == {"south"}
    again = {rows[0]["reason"] for rows in attempts.values() if len(rows) > 1}
    assert again <= {"not begun: draining"}


def test_what_is_over_its_time_is_begun_anew_elsewhere(fleet: Fleet) -> None:
    ids = fleet.submit([fleet.effects.waiting() for _ in range(4)])
    fleet.wait_started(ids)
    moved = fleet.running_on("north")
    assert moved
    drain(fleet.client, "north", seconds=600)
    fleet.wait(lambda: state_of(fleet, "north") == "draining", "it to drain")
    drain(fleet.client, "north", seconds=0)
    fleet.wait(lambda: state_of(fleet, "north") == "drained", "it to be without work", 30)
    fleet.effects.open()
    fleet.wait_final()
    attempts = fleet.records.attempts()
    for task_id in moved:
        first, last = attempts[task_id]
        assert (first["executor"], first["state"], first["charged"]) == ("north", "returned", 0)
        assert (last["executor"], last["state"]) == ("south", "ok")
    assert fleet.states() == {"succeeded"}


def test_the_order_outlives_broker_coordinator_and_executor(fleet: Fleet) -> None:
    drain(fleet.client, "north", seconds=5)
    fleet.wait(lambda: state_of(fleet, "north") == "drained", "it to be drained")
    with redis.Redis(port=fleet.broker.port) as client:
        client.flushall()
    fleet.coordinator.kill()
    fleet.executors["north"].kill()
    fleet.executors["north"].start()
    fleet.restart_coordinator()
    fleet.wait(lambda: state_of(fleet, "north") == "drained", "it to be drained again")
    ids = fleet.submit(fleet.effects.mix(30))
    fleet.wait_final()
    attempts = fleet.records.attempts()
    assert {attempts[task_id][-1]["executor"] for task_id in ids} == {"south"}
    undrain(fleet.client, "north")
    fleet.wait(lambda: state_of(fleet, "north") == "alive", "it to take tasks")
    pinned = fleet.submit([fleet.effects.run(on="north")])
    fleet.wait_final()
    assert fleet.records.attempts()[pinned[0]][-1]["executor"] == "north"


def test_a_probe_is_answered_by_the_one_that_was_asked(fleet: Fleet) -> None:
    drain(fleet.client, "north", seconds=5)
    fleet.wait(lambda: state_of(fleet, "north") == "drained", "it to be drained")
    for name in ("north", "south"):
        found = fleet.client.wait(probe(fleet.client, name), timeout_seconds=20)
        assert (found["state"], found["executor"]) == ("succeeded", name)
    assert "executor-probe" not in {one["label"] for one in fleet.client.labels()}
    assert not [one for one in fleet.client.queues() if one["queue"].startswith("probe")]


def test_one_executor_may_be_drained_alone(fleet: Fleet) -> None:
    drain(fleet.client, "north", "north", seconds=5)
    fleet.wait(lambda: state_of(fleet, "north") == "drained", "it to be drained")
    undrain(fleet.client, "north", "north")
    fleet.wait(lambda: state_of(fleet, "north") == "alive", "it to take tasks")
    with pytest.raises(BadInput, match="north has no executor 'south'"):
        drain(fleet.client, "north", "south", seconds=5)
    with pytest.raises(NotFound, match="north on north is not drained"):
        undrain(fleet.client, "north", "north")


def test_a_person_drains_a_machine_and_takes_it_back(fleet: Fleet, tmp_path: Path) -> None:
    where = {"YGG_URL": fleet.client.target.url, "YGG_TOKEN": fleet.client.target.token or ""}
    ygg = Operator(tmp_path, where)
    ids = fleet.submit([fleet.effects.waiting(on="north")])
    fleet.wait_started(ids)
    told = ygg("machines", "drain", "north", "--within", "1s")
    assert told.returncode == 0, told.stderr
    assert told.stderr.splitlines() == [
        "ygg: north: 1 still running",
        "ygg: north is drained; next: ygg machines undrain north",
    ]
    assert "drained" in ygg("executors").stdout
    fleet.effects.open()
    assert ygg("machines", "undrain", "north").stderr == "ygg: north takes tasks again\n"
    fleet.wait_final()
    assert fleet.states() == {"succeeded"}
    nobody = ygg("machines", "drain", "nort")
    assert (nobody.returncode, "did you mean north?" in nobody.stderr) == (2, True), nobody.stderr
    again = ygg("machines", "undrain", "north")
    assert "north is not drained" in again.stderr


def test_a_task_for_a_drained_machine_waits_and_its_submitter_is_told(fleet: Fleet) -> None:
    drain(fleet.client, "north", seconds=5)
    accepted = fleet.client.submit(fleet.effects.run(on="north"))
    assert "ygg machines undrain north" in accepted["notices"][0]
    undrain(fleet.client, "north")
    fleet.wait_final()
    assert fleet.states() == {"succeeded"}


def test_what_cannot_be_drained_is_refused(fleet: Fleet) -> None:
    with pytest.raises(BadInput, match="ever announced") as unknown:
        drain(fleet.client, "nort", seconds=5)
    assert unknown.value.hint == "did you mean north?"
    with pytest.raises(NotFound, match="north is not drained"):
        undrain(fleet.client, "north")
    with pytest.raises(BadInput, match="seconds"):
        drain(fleet.client, "north", seconds=-1)
    with pytest.raises(BadInput, match="no executor 'nobody'"):
        probe(fleet.client, "nobody")
