"""Every message comes twice at once, and once more when all is over: each attempt begins once."""

from __future__ import annotations

from pathlib import Path

from tests.audit import audit
from tests.fleet import Fleet, running, tasks_in
from tests.proxy import Command
from tests.services import BrokerServer


def test_every_message_is_delivered_twice(broker: BrokerServer, tmp_path: Path) -> None:
    messages: list[bytes] = []

    def twice(command: Command) -> Command:
        if command[:2] != [b"LPUSH", b"dev"]:
            return command
        messages.append(command[2])
        return [*command, command[2]]

    with running(Fleet(tmp_path, broker, proxied=["coordinator"])) as fleet:
        fleet.wires["coordinator"].change(twice)
        first, behind = fleet.submit_behind(fleet.effects.mix(200))
        fleet.effects.open()
        fleet.wait_final()
        with fleet.redis() as client:
            client.lpush("dev", *messages)
        sent = sum(len(tasks_in(message)) for message in messages)
        fleet.wait(lambda: _refusals(fleet) == 2 * sent, "every copy to be refused")
        fleet.wait_final()
        audit(fleet.records, first + behind, fleet.effects)
        assert fleet.states() == {"succeeded"}
        assert fleet.tried_again() == set()
        assert fleet.late() == {}


def _refusals(fleet: Fleet) -> int:
    return sum(one.log.read_text().count("Refused: ") for one in fleet.executors.values())
