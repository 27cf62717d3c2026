"""From one version to the next while tasks flow: nothing is lost, what is broken is put back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from coordinator.fleet.rollout.desk import Desk
from coordinator.fleet.rollout.driver import Driver, Ended
from coordinator.fleet.rollout.part import PARTS
from coordinator.fleet.rollout.start import Wanted, backs, begin
from coordinator.fleet.rollout.turn import Patience
from tests.audit import audit
from tests.fleet import Fleet, running
from tests.rolling import ProcessHands, machine, reference
from tests.services import BrokerServer
from tests.versions import minor, of_version
from ygg.errors import Conflict
from ygg.rollout_client import Rollouts
from ygg.rollout_views import RolloutDetail

NAMES = ("north", "south", "west")
OLD, NEW = reference("a"), reference("b")
PATIENCE = Patience(drain_seconds=20, serve_seconds=15)


@dataclass
class Roller:
    fleet: Fleet
    hands: ProcessHands
    rollout: str = ""

    @property
    def rollouts(self) -> Rollouts:
        return Rollouts(self.fleet.client)

    def start(self, image: str = NEW, **more: int) -> Ended:
        machines = [(machine(name), "") for name in NAMES]
        wanted = Wanted(PARTS["executor"], "0.2.0", image, machines, **more)  # type: ignore[arg-type]
        rollout, token = begin(self.fleet.client, wanted)
        self.rollout = rollout["id"]
        return self.driver(rollout, token).drive()

    def resume(self) -> Ended:
        driven = self.rollouts.drive(self.rollout, "grace@desk")
        return self.driver(driven["rollout"], driven["token"]).drive()

    def driver(self, rollout: RolloutDetail, token: str) -> Driver:
        desk = Desk(self.fleet.client.target, rollout["id"], token, print)
        desk.wanted = rollout["wanted"]
        machines = {name: machine(name) for name in NAMES}
        return Driver(rollout, machines, self.hands, desk, PATIENCE, print)

    def states(self) -> dict[str, str]:
        shown = self.rollouts.show(self.rollout)
        return {one["machine"]: one["state"] for one in shown["machines"]}

    def digests(self) -> str:
        """The letter of each executor's image."""
        found = {one["executor"]: one for one in self.fleet.client.executors()}
        assert {found[name]["state"] for name in NAMES} == {"alive"}
        return "".join(found[name]["image_digest"][-1] for name in NAMES)


@pytest.fixture
def roller(broker: BrokerServer, tmp_path: Path) -> Iterator[Roller]:
    fleet = Fleet(tmp_path, broker, executors=NAMES, concurrency=2)
    hands = ProcessHands(fleet)
    hands.begin_with(OLD)
    with running(fleet):
        yield Roller(fleet, hands)


def test_a_new_version_goes_around_while_tasks_flow(roller: Roller) -> None:
    fleet = roller.fleet
    ids = fleet.submit([fleet.effects.run("sleep 0.2") for _ in range(150)])
    ids += fleet.submit(fleet.effects.mix(150))
    assert roller.start() == Ended("done", "")
    assert roller.digests() == "bbb"
    fleet.wait_final()
    audit(fleet.records, ids, fleet.effects)
    assert fleet.states() == {"succeeded"}
    assert roller.hands.switched == [("north", "b"), ("south", "b"), ("west", "b")]
    assert roller.hands.tidied == {name: ["b", "a"] for name in NAMES}
    shown = roller.rollouts.show(roller.rollout)
    assert {one["previous"] for one in shown["machines"]} == {OLD}
    steps = [(one["machine"], one["step"]) for one in shown["steps"] if one["state"] == "done"]
    assert [one for one in steps if one[1] == "probe"] == [(name, "probe") for name in NAMES]
    assert steps.index(("north", "probe")) < steps.index(("south", "drain"))


def test_a_broken_version_is_put_back_and_goes_no_further(roller: Roller) -> None:
    fleet = roller.fleet
    roller.hands.broken.add(NEW)
    ids = fleet.submit([fleet.effects.run("sleep 0.1") for _ in range(100)])
    ended = roller.start()
    assert (ended.state, ended.reason) == ("failed", "north did not serve with it")
    assert roller.states() == {"north": "restored", "south": "pulled", "west": "pulled"}
    assert roller.digests() == "aaa"
    fleet.wait_final()
    audit(fleet.records, ids, fleet.effects)
    assert fleet.states() == {"succeeded"}


@pytest.mark.slow
def test_a_version_that_the_coordinator_refuses_is_put_back_at_once(
    roller: Roller, tmp_path: Path
) -> None:
    fleet = roller.fleet
    roller.hands.told[NEW] = of_version(tmp_path, minor(2))
    ids = fleet.submit([fleet.effects.run("sleep 0.1") for _ in range(60)])
    ended = roller.start()
    assert (ended.state, ended.reason) == ("failed", "north did not serve with it")
    assert roller.states() == {"north": "restored", "south": "pulled", "west": "pulled"}
    assert roller.digests() == "aaa"
    says = {one["machine"]: one["says"] for one in roller.rollouts.show(roller.rollout)["machines"]}
    assert f"the executor is of version {minor(2)}, the coordinator of {minor(0)}" in says["north"]
    fleet.wait_final()
    audit(fleet.records, ids, fleet.effects)


@pytest.mark.slow
def test_a_coordinator_that_dies_in_the_middle_is_waited_for(roller: Roller) -> None:
    fleet = roller.fleet
    ids = fleet.submit([fleet.effects.run("sleep 0.1") for _ in range(100)])

    def crash(name: str) -> None:
        if name == "south":
            fleet.coordinator.kill()
            threading.Timer(2, fleet.coordinator.start).start()

    roller.hands.on_switch = crash
    assert roller.start() == Ended("done", "")
    assert roller.digests() == "bbb"
    fleet.wait_final()
    audit(fleet.records, ids, fleet.effects)


@pytest.mark.slow
def test_a_machine_that_vanishes_in_its_turn_pauses_it_until_it_is_back(roller: Roller) -> None:
    def unplug(name: str) -> None:
        if name == "south":
            roller.hands.away.add(name)

    roller.hands.on_switch = unplug
    ended = roller.start()
    assert (ended.state, ended.reason) == ("paused", "south cannot be reached")
    assert roller.states() == {"north": "done", "south": "unreachable", "west": "pulled"}
    with pytest.raises(Conflict, match="paused"):
        Roller(roller.fleet, roller.hands).start()
    roller.hands.away.clear()
    roller.hands.on_switch = lambda name: None
    assert roller.resume() == Ended("done", "")
    assert roller.digests() == "bbb"


@pytest.mark.slow
def test_a_machine_that_is_asleep_holds_up_nobody(roller: Roller) -> None:
    roller.hands.away.add("north")
    ended = roller.start()
    assert (ended.state, ended.reason) == ("paused", "north cannot be reached")
    assert roller.states() == {"north": "unreachable", "south": "done", "west": "done"}


def test_what_cannot_be_pulled_somewhere_touches_no_machine(roller: Roller) -> None:
    roller.hands.unpullable["west"] = "no space left on device"
    ended = roller.start()
    assert ended.state == "failed"
    assert ended.reason == "the image cannot be pulled on west; no machine was touched"
    assert roller.hands.switched == []
    says = {one["machine"]: one["says"] for one in roller.rollouts.show(roller.rollout)["machines"]}
    assert says["west"] == "no space left on device"


@pytest.mark.slow
def test_it_is_paused_gone_on_with_and_taken_back(roller: Roller) -> None:
    def ask(name: str) -> None:
        if name == "north":
            rollouts = Rollouts(roller.fleet.new_client())
            rollouts.ask(rollouts.latest()[0]["id"], "pause")

    roller.hands.on_switch = ask
    assert roller.start() == Ended("paused", "as asked")
    assert roller.states() == {"north": "done", "south": "pulled", "west": "pulled"}
    roller.hands.on_switch = lambda name: None
    assert roller.resume() == Ended("done", "")
    (previous, names) = next(
        iter(backs(roller.fleet.client, roller.rollouts.show(roller.rollout)).items())
    )
    assert (previous, tuple(names)) == (OLD, NAMES)
    assert roller.start(OLD, canary=0, max_unavailable=3) == Ended("done", "")
    assert roller.digests() == "aaa"
