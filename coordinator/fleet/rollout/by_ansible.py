"""What a rollout does to machines, by the playbooks in ansible/."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coordinator.fleet.inventory import Inventory
from coordinator.fleet.login import logged_in
from coordinator.fleet.machine import Machine
from coordinator.fleet.provision import playbooks
from coordinator.fleet.rollout.hands import Away, StepFailed, Tell, Trouble
from coordinator.fleet.rollout.part import Part
from ygg.adapters.playbook import Event, HostResult, Play, Report, Value, play
from ygg.errors import Unreachable

UNITS = "/etc/containers/systemd"
_IMAGE = "Image="
_TOLD = ("changed:", "fatal:", "failed:")


@dataclass
class ByAnsible:
    inventory: Inventory
    part: Part
    variables: Mapping[str, Value]
    """Of the fleet, as provisioning has them."""
    private: Path
    """A folder in which all that Ansible said is kept."""
    _numbers: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def running(self, machine: Machine) -> str:
        unit = f"{UNITS}/{self.part.unit}.container"
        try:
            with logged_in(machine) as connection:
                found = connection.run(["cat", unit])
        except Unreachable as error:
            raise Away(error.message, hint=error.hint) from error
        lines = found.stdout.splitlines()
        images = [line.removeprefix(_IMAGE) for line in lines if line.startswith(_IMAGE)]
        return images[0].strip() if images else ""

    def pull(
        self, machines: Sequence[Machine], reference: str, tell: Tell
    ) -> dict[str, Trouble | None]:
        report = self._play("pull.yml", machines, tell, {"ygg_executor_image": reference})
        return {one.name: _trouble(report.hosts.get(one.name)) for one in machines}

    def switch(self, machine: Machine, reference: str, tell: Tell) -> None:
        self._on_one("switch.yml", machine, tell, {"ygg_executor_image": reference})

    def tidy(self, machine: Machine, keep: Sequence[str], tell: Tell) -> None:
        self._on_one("tidy.yml", machine, tell, {"ygg_keep": ",".join(filter(None, keep))})

    def _on_one(
        self, playbook: str, machine: Machine, tell: Tell, variables: Mapping[str, Value]
    ) -> None:
        report = self._play(playbook, [machine], tell, variables)
        trouble = _trouble(report.hosts.get(machine.name))
        if trouble is not None:
            kind = Away if trouble.is_away else StepFailed
            raise kind(trouble.says)

    def _play(
        self,
        playbook: str,
        machines: Sequence[Machine],
        tell: Tell,
        variables: Mapping[str, Value],
    ) -> Report:
        def on_event(event: Event) -> None:
            if event.host and event.text.startswith(_TOLD):
                tell(event.host, event.task)

        folder = playbooks()
        private = self._fresh(f"{playbook.removesuffix('.yml')}-{machines[0].name}")
        wanted = Play(
            project=folder,
            playbook=folder / playbook,
            inventory=self.inventory.file.absolute(),
            private=private,
            limit=",".join(one.name for one in machines),
            variables={**self.variables, "ygg_part": self.part.image, **variables},
        )
        try:
            return play(wanted, on_event=on_event, cancelled=lambda: False)
        finally:
            # What it was told: the broker's password among it.
            shutil.rmtree(private / "env", ignore_errors=True)

    def _fresh(self, name: str) -> Path:
        with self._lock:
            number = self._numbers[name] = self._numbers.get(name, 0) + 1
        return self.private / f"{time.strftime('%H%M%S', time.gmtime())}-{name}-{number}"


def _trouble(result: HostResult | None) -> Trouble | None:
    if result is None:
        return Trouble("Ansible did not come to it", is_away=False)
    if not (result.failed or result.unreachable):
        return None
    # A task that does nothing but say why needs no name.
    task = "" if result.failed_task.startswith("Say ") else result.failed_task
    says = ": ".join(filter(None, (task, result.message.strip())))
    after = f"; next: {result.next_step}" if result.next_step else ""
    return Trouble((says or "it failed") + after, is_away=bool(result.unreachable))
