"""Rollouts over HTTP: their way from start to end, and what is refused."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from sqlalchemy import delete

from coordinator.ledger import Ledger
from coordinator.ledger.tables import rollout_machines, rollout_steps, rollouts
from tests.conftest import unavailable
from tests.integration.coordinator.conftest import at_home
from tests.integration.coordinator.house import House
from tests.postgres import PostgresServer
from tests.services import BrokerServer, ServiceMissing
from ygg.client import Client
from ygg.errors import BadInput, Conflict
from ygg.rollout_client import Rollouts
from ygg.rollout_views import RolledImage, RolloutDriven

OLD = "fleet.example:7450/ygg-executor@sha256:" + "0" * 64
NEW = "fleet.example:7450/ygg-executor@sha256:" + "1" * 64
MACHINES = [
    {"machine": "north", "executor": "north", "previous": OLD},
    {"machine": "east", "executor": "east-2"},
]
BODY: dict[str, Any] = {
    "image": "executor",
    "version": "0.3.0",
    "reference": NEW,
    "machines": MACHINES,
    "driver": "ada@laptop",
}


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def grounds(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """A running coordinator with a broker of its own, on each database in turn."""
    folder = tmp_path_factory.mktemp("grounds")
    with ExitStack() as stack:
        url = None
        if request.param == "postgres":
            server: PostgresServer = request.getfixturevalue("postgres")
            url = stack.enter_context(server.fresh_database())
        try:
            broker = BrokerServer(folder)
        except ServiceMissing as error:
            unavailable(error)
        broker.start()
        stack.callback(broker.kill)
        yield stack.enter_context(at_home(House(folder, broker, database_url=url)))


@pytest.fixture
def house(grounds: House) -> Iterator[House]:
    """One that knows of no rollout."""
    yield grounds
    ledger = Ledger(grounds.records.url)
    with ledger.write() as connection:
        for table in (rollout_steps, rollout_machines, rollouts):
            connection.execute(delete(table))
    ledger.close()


def start(client: Client, image: RolledImage = "executor", **more: Any) -> RolloutDriven:
    return Rollouts(client).start(image, "0.3.0", NEW, MACHINES, driver="ada@laptop", **more)


def test_a_rollout_goes_its_way(house: House) -> None:
    door = Rollouts(house.client)
    made = start(house.client, canary=1, max_unavailable=2, drain_seconds=2.5)
    name, token = made["rollout"]["id"], made["token"]
    assert [one["previous"] for one in made["rollout"]["machines"]] == [OLD, ""]
    assert (made["rollout"]["state"], made["rollout"]["drain_seconds"]) == ("running", 2.5)
    door.step(name, token, "verify", "done", "signed by matt")
    for machine in ("north", "east"):
        door.step(name, token, "pull", "done", machine=machine, machine_state="pulled")
    door.step(name, token, "probe", "done", "ünwell\0" + "x" * 5000, machine="east", previous=OLD)
    assert door.beat(name, token)["wanted"] == ""
    assert door.ask(name, "pause")["wanted"] == "pause"
    assert door.beat(name, token)["wanted"] == "pause"
    assert door.end(name, token, "paused", "for the night")["state"] == "paused"
    again = door.drive(name, "bob@desk")
    assert again["rollout"]["driver"] == "bob@desk"
    found = door.end(name, again["token"], "done")
    assert found == door.show(name)
    assert found["machine_states"] == {"pulled": 2}
    assert found["machines"][1]["previous"] == OLD
    assert len(found["machines"][1]["says"]) == 2000
    assert found["machines"][1]["says"].startswith("ünwell x")
    assert [one["step"] for one in found["steps"]] == (
        ["start", "verify", "pull", "pull", "probe", "ask", "end", "drive", "end"]
    )
    assert [one["step"] for one in door.show(name, steps_after=7)["steps"]] == ["drive", "end"]
    assert door.show(name.upper())["id"] == name
    [listed] = door.latest("executor", limit=1)
    assert listed.keys() == found.keys() - {"machines", "steps"}
    assert door.latest("code-agent") == []


def test_of_two_that_start_at_once_one_wins(house: House) -> None:
    gate, outcomes = threading.Barrier(4), list[str]()

    def run(client: Client) -> None:
        gate.wait()
        try:
            outcomes.append(start(client)["token"] and "won")
        except Conflict as refused:
            outcomes.append(refused.message)

    clients = [house.new_client() for _ in range(4)]
    threads = [threading.Thread(target=run, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("won") == 1
    [winner] = Rollouts(house.client).latest()
    lost = [one for one in outcomes if one != "won"]
    assert len(lost) == 3
    assert all(f"a rollout of executor is running already: {winner['id']}" in one for one in lost)


def test_a_driver_that_is_alive_keeps_others_out(house: House) -> None:
    door = Rollouts(house.client)
    name = start(house.client)["rollout"]["id"]
    with pytest.raises(Conflict, match="driven by ada@laptop, for another") as refused:
        door.drive(name, "bob@desk")
    assert f"ygg rollout status {name}" in (refused.value.hint or "")
    with pytest.raises(Conflict, match="not that of the driver"):
        door.beat(name, "another")


def test_what_was_said_outlives_the_coordinator(lone_house: House) -> None:
    door = Rollouts(lone_house.client)
    made = start(lone_house.client)
    name, token = made["rollout"]["id"], made["token"]
    door.step(name, token, "drain", "begun", machine="north", machine_state="draining")
    lone_house.crash()
    assert door.beat(name, token)["wanted"] == ""
    assert door.show(name)["machine_states"] == {"draining": 1, "pending": 1}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("image", "coordinator"),
        ("version", "a b"),
        ("reference", "fleet.example/ygg-executor:0.3.0"),
        ("reference", f"a\0b@sha256:{'1' * 64}"),
        ("reference", NEW + "\n"),
        ("machines", []),
        ("machines", [{"machine": "North", "executor": "north"}]),
        ("machines", [{"machine": "north", "executor": "a\0"}]),
        ("machines", [{"machine": "north", "executor": "north", "previous": "latest"}]),
        ("machines", [{"machine": "north", "executor": "north"}] * 2),
        ("machines", [{"machine": f"m{n}", "executor": f"m{n}"} for n in range(5001)]),
        ("canary", -1),
        ("canary", "1"),
        ("max_unavailable", 0),
        ("drain_seconds", -1),
        ("drain_seconds", 1e9),
        ("driver", ""),
        ("driver", "a\0b"),
        ("driver", "x" * 201),
        ("drivers", "ada"),
    ],
)
def test_a_start_that_is_wrong_is_refused_by_its_field(
    house: House, field: str, value: object
) -> None:
    answer = house.post("/v1/rollouts", BODY | {field: value})
    assert answer.status == 422
    assert answer.error["field"].startswith(field)
    assert answer.error["allowed"]
    assert Rollouts(house.client).latest() == []


def test_the_largest_rollout_is_taken(house: House) -> None:
    previous = "fleet.example:7450/" + "a" * 300 + "@sha256:" + "0" * 64
    machines = [
        {"machine": f"m{n:04}", "executor": f"m{n:04}", "previous": previous} for n in range(5000)
    ]
    made = Rollouts(house.client).start("executor", "1", NEW, machines, driver="ada@laptop")
    found = [one["machine"] for one in made["rollout"]["machines"]]
    assert found == [one["machine"] for one in machines]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("token", ""),
        ("machine", "North"),
        ("step", "Pull!"),
        ("state", "over"),
        ("says", "a\0b"),
        ("says", "x" * 2001),
        ("machine_state", "lost"),
        ("previous", "latest"),
    ],
)
def test_a_step_that_is_wrong_is_refused_by_its_field(
    house: House, field: str, value: object
) -> None:
    made = start(house.client)
    body = {"token": made["token"], "machine": "north", "step": "pull", "state": "done"}
    name = made["rollout"]["id"]
    answer = house.post(f"/v1/rollouts/{name}/steps", body | {field: value})
    assert (answer.status, answer.error["field"]) == (422, field)
    assert len(Rollouts(house.client).show(name)["steps"]) == 1


def test_a_machine_is_named_for_what_is_said_of_it(house: House) -> None:
    made = start(house.client)
    door, name = Rollouts(house.client), made["rollout"]["id"]
    with pytest.raises(BadInput, match="machine is missing"):
        door.step(name, made["token"], "pull", "done", machine_state="pulled")
    with pytest.raises(BadInput, match="has no machine west") as refused:
        door.step(name, made["token"], "pull", "done", machine="west")
    assert refused.value.field == "machine"


@pytest.mark.parametrize("name", ["0" * 12, "x", "a%00b"])
def test_what_is_not_there_is_said_with_where_to_look(house: House, name: str) -> None:
    asked: list[tuple[str, str, object]] = [
        ("GET", "", None),
        ("POST", "/drive", {"driver": "ada@laptop"}),
        ("POST", "/steps", {"token": "t", "step": "pull", "state": "done"}),
        ("POST", "/beat", {"token": "t"}),
        ("POST", "/ask", {"wanted": "pause"}),
        ("POST", "/end", {"token": "t", "state": "done"}),
    ]
    for method, rest, body in asked:
        path = f"/v1/rollouts/{name}{rest}"
        answer = house.ask(method, path) if body is None else house.post(path, body)
        assert answer.status == 404, path
        assert answer.error["hint"] == "ygg rollout history"


@pytest.mark.parametrize(
    "query", ["image=base", "limit=0", "limit=1001", "state=done", "image=executor&image=executor"]
)
def test_a_list_that_is_narrowed_wrongly_is_refused(house: House, query: str) -> None:
    answer = house.ask("GET", f"/v1/rollouts?{query}")
    assert answer.status == 422
    assert answer.error["allowed"]
