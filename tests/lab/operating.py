"""Somebody who has hosts of the lab in an inventory, and provisions them for a fleet."""

from __future__ import annotations

import json
from dataclasses import dataclass

from tests.fleet import Fleet
from tests.lab.adding import add_host
from tests.lab.host import LabHost
from tests.lab.network import OWN_ADDRESS
from tests.operator import Operator
from tests.served_registry import Served
from tests.services import BrokerServer


class OpenBroker(BrokerServer):
    """That other hosts of the lab reach, and nobody else."""

    def command(self) -> list[str]:
        told = super().command()
        told.insert(told.index("--bind") + 2, OWN_ADDRESS)
        return [*told, "--protected-mode", "no"]

    @property
    def url_of_hosts(self) -> str:
        return f"redis://{OWN_ADDRESS}:{self.port}/0"


@dataclass(frozen=True)
class Lab:
    host: LabHost
    operator: Operator
    fleet: Fleet
    served: Served

    def provision(self, *more: str) -> dict[str, int]:
        """What came of it on the host."""
        words = ("machines", "provision", self.host.name, "--json", *more)
        told = self.operator(*words, seconds=300)
        assert told.returncode == 0, told.stderr + told.stdout
        found: dict[str, int] = json.loads(told.stdout)["machines"][self.host.name]
        return found


def know(operator: Operator, host: LabHost, *more: str) -> None:
    """ssh itself asks the system for a person's home, so it is told where known hosts stand."""
    added = add_host(operator, host, *more)
    assert added.returncode == 0, added.stderr
    where = f"-o UserKnownHostsFile={operator.home / '.ssh' / 'known_hosts'}"
    said = f"all:\n  vars:\n    ansible_ssh_common_args: {where}\n"
    text = operator.inventory.read_text()
    if "  vars:\n" not in text:
        operator.inventory.write_text(text.replace("all:\n", said, 1))
