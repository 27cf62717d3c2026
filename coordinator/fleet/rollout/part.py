"""What runs on many machines, and is put on one after the other."""

from __future__ import annotations

from dataclasses import dataclass

from coordinator.fleet.machine import Group, Machine
from ygg.rollout_views import RolledImage


@dataclass(frozen=True)
class Part:
    image: RolledImage
    group: Group
    """Whose machines run it."""
    unit: str
    """Of systemd."""
    suffix: str
    """Of its executors' names, after the machine's."""

    def executor_on(self, machine: Machine) -> str:
        return machine.name + self.suffix


PARTS: dict[RolledImage, Part] = {
    "executor": Part("executor", "executors", "ygg-executor", ""),
    "code-agent": Part("code-agent", "code_agents", "ygg-code-agent", "-code"),
}
