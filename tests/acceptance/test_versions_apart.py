"""A fleet on its way from one version to another: neighbours work together, others wait."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit import audit
from tests.fleet import Fleet, running
from tests.operator import Operator
from tests.services import BrokerServer
from tests.versions import minor, of_version
from ygg import __version__
from ygg.views import ExecutorView

OURS, NEXT, AFTER = __version__, minor(1), minor(2)


@pytest.fixture
def fleet(broker: BrokerServer, tmp_path: Path) -> Iterator[Fleet]:
    with running(Fleet(tmp_path, broker, concurrency=2)) as found:
        yield found


def update(fleet: Fleet, folder: Path, name: str, version: str) -> None:
    """Start it again as that version."""
    process = fleet.coordinator if name == "coordinator" else fleet.executors[name]
    process.kill()
    process.variables |= of_version(folder, version)
    if name == "coordinator":
        fleet.restart_coordinator()
    else:
        process.start()


def view(fleet: Fleet, name: str) -> ExecutorView:
    return next(one for one in fleet.client.executors() if one["executor"] == name)


def wait_for(fleet: Fleet, name: str, state: str, version: str) -> None:
    def is_so() -> bool:
        found = view(fleet, name)
        return (found["state"], found["version"]) == (state, version)

    fleet.wait(is_so, f"{name} of {version} to be {state}", 45)


def workers(fleet: Fleet, ids: list[str]) -> set[str]:
    attempts = fleet.records.attempts()
    return {str(attempts[task_id][-1]["executor"]) for task_id in ids}


@pytest.mark.parametrize("newer", ["north", "coordinator"])
def test_neighbours_work_together(fleet: Fleet, tmp_path: Path, newer: str) -> None:
    update(fleet, tmp_path, newer, NEXT)
    wait_for(fleet, "north", "alive", NEXT if newer == "north" else OURS)
    assert fleet.client.health()["version"] == (NEXT if newer == "coordinator" else OURS)
    ids = fleet.submit(fleet.effects.mix(60))
    ids += fleet.submit([fleet.effects.run(on=name) for name in fleet.executors])
    fleet.wait_final()
    audit(fleet.records, ids, fleet.effects)
    assert fleet.states() == {"succeeded"}
    assert workers(fleet, ids) == set(fleet.executors)


def test_one_that_is_too_new_waits_for_the_coordinator(fleet: Fleet, tmp_path: Path) -> None:
    update(fleet, tmp_path, "north", AFTER)
    wait_for(fleet, "north", "refused", AFTER)
    why = f"the executor is of version {AFTER}, the coordinator of {OURS}: "
    assert view(fleet, "north")["refused"].startswith(why + "update the coordinator, to ")
    told = fleet.client.submit(fleet.effects.run(on="north"))
    assert f"(north is refused: {why}" in told["notices"][0]
    ids = fleet.submit(fleet.effects.mix(40))
    fleet.wait(lambda: fleet.records.open_count() == 1, "all but the one for north to end")
    assert workers(fleet, ids) == {"south"}
    assert why in fleet.client.health()["parts"]["executors"]["detail"]
    assert fleet.coordinator.log.read_text().count(f"north is refused: {why}") == 1
    update(fleet, tmp_path, "coordinator", NEXT)
    wait_for(fleet, "north", "alive", AFTER)
    fleet.wait_final()
    assert fleet.states() == {"succeeded"}
    assert workers(fleet, [told["task"]["id"]]) == {"north"}
    said = fleet.executors["north"].log.read_text()
    assert said.count("Taking no tasks: " + why) == 1
    assert said.count('"start"') == 2, "it was not started again"


def test_what_runs_ends_where_the_coordinator_has_become_too_new(
    fleet: Fleet, tmp_path: Path
) -> None:
    running = fleet.submit([fleet.effects.waiting(on="north")])
    fleet.wait_started(running)
    update(fleet, tmp_path, "coordinator", AFTER)
    for name in fleet.executors:
        wait_for(fleet, name, "refused", OURS)
    later = fleet.submit(fleet.effects.mix(30))
    fleet.effects.open()
    fleet.wait(lambda: fleet.records.open_count() == len(later), "what ran to end")
    rows = fleet.records.attempts()[running[0]]
    assert [(row["state"], row["executor"]) for row in rows] == [("ok", "north")]
    update(fleet, tmp_path, "north", NEXT)
    fleet.wait_final()
    audit(fleet.records, [*running, *later], fleet.effects)
    assert workers(fleet, later) == {"north"}


def test_a_person_is_told_by_every_verb_that_looks(fleet: Fleet, tmp_path: Path) -> None:
    update(fleet, tmp_path, "north", AFTER)
    wait_for(fleet, "north", "refused", AFTER)
    target = fleet.client.target
    ygg = Operator(tmp_path, {"YGG_URL": target.url, "YGG_TOKEN": target.token or ""})
    why = f"the executor is of version {AFTER}, the coordinator of {OURS}"
    executors = ygg("executors")
    assert f"ygg: north gets no tasks: {why}: update the coordinator" in executors.stderr
    assert why in ygg("executors", "north").stdout
    checks = {one["detail"]: one for one in json.loads(ygg("doctor", "--json").stdout)}
    check = checks[f"north gets no tasks: {why}"]
    assert (check["name"], check["verdict"]) == ("versions", "FAIL")
    assert check["next"].startswith("update the coordinator, to ")
    here = Operator(tmp_path, {"YGG_DATA_DIR": str(tmp_path / "north"), **_NORTH})
    health = here("executor", "health")
    assert health.returncode == 1
    assert f"not well: coordinator: {why}" in health.stderr


_NORTH = {"YGG_EXECUTOR__NAME": "north"}
