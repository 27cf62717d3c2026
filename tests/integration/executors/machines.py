"""An executor that looks after a machine: a real sshd on loopback, behind the real gate."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import unavailable
from tests.integration.executors.harness import ExecutorProcess
from tests.services import ServiceMissing
from tests.sshd import SshServer
from ygg.adapters import gate
from ygg.ids import new_id
from ygg.task import Envelope, Outcome

SECONDS = 40

Sections = Mapping[str, Mapping[str, object]]
"""The tables below `handlers` in an executor's settings."""


class Machine:
    """Whoever logs in meets the gate, which notes in `noted` what is asked for."""

    def __init__(self, folder: Path) -> None:
        (folder / "sshd").mkdir()
        self.server = SshServer(folder / "sshd")
        self.config = folder / "ops-gate.json"
        self.noted = folder / "gate.log"
        self.allow()
        program = f"{sys.executable} -I {Path(gate.__file__)}"
        self.server.authorize(command=f"{program} {self.config}", options=["restrict"])

    def allow(self, **config: object) -> None:
        self.config.write_text(json.dumps({"log": str(self.noted), **config}))

    def login(self, **more: object) -> dict[str, object]:
        """How an executor's settings name it."""
        server = self.server
        return {
            "address": server.host,
            "port": server.port,
            "user": server.user,
            "key_file": str(server.key_file),
            "known_hosts_file": str(server.known_hosts),
            "connect_seconds": 5,
        } | more


@contextmanager
def running_machine(folder: Path) -> Iterator[Machine]:
    try:
        machine = Machine(folder)
    except ServiceMissing as error:
        unavailable(error)
    machine.server.start()
    try:
        yield machine
    finally:
        machine.server.kill()


def variables_of(sections: Sections) -> dict[str, str]:
    return {
        f"YGG_HANDLERS__{section.upper()}__{key.upper()}": json.dumps(value)
        for section, table in sections.items()
        for key, value in table.items()
    }


def tell(executor: ExecutorProcess, label: str, **params: object) -> Envelope:
    envelope = Envelope(
        task_id=new_id(), attempt=1, label=label, params=json.loads(json.dumps(params))
    )
    executor.send(envelope)
    return envelope


def ask(executor: ExecutorProcess, label: str, **params: object) -> Outcome:
    """Have it done and wait for the outcome."""
    return executor.outcome(tell(executor, label, **params), SECONDS)


def offered(executor: ExecutorProcess) -> set[str]:
    return {offer.label for offer in executor.announcements()[-1].announcement.offers}
