"""Machines for a rollout that are processes of this one: an executor each, and no SSH."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from coordinator.fleet.machine import Machine, Variables
from coordinator.fleet.rollout.hands import Away, StepFailed, Tell, Trouble
from tests.fleet import Fleet
from tests.versions import of_version

DIGEST = "YGG_EXECUTOR__IMAGE_DIGEST"


def reference(letter: str) -> str:
    """An image, by a digest of which one letter says all."""
    return f"registry.example:5000/ygg-executor@sha256:{letter * 64}"


def machine(name: str) -> Machine:
    nothing = Variables()
    return Machine(name=name, groups=frozenset({"executors"}), own=nothing, variables=nothing)


@dataclass
class ProcessHands:
    fleet: Fleet
    broken: set[str] = field(default_factory=set)
    """Images whose executors end at once."""
    unpullable: dict[str, str] = field(default_factory=dict)
    """Machines on which nothing can be pulled, and why."""
    told: dict[str, dict[str, str]] = field(default_factory=dict)
    """What the executors of an image are told besides."""
    away: set[str] = field(default_factory=set)
    on_switch: Callable[[str], None] = lambda name: None
    pulled: list[str] = field(default_factory=list)
    switched: list[tuple[str, str]] = field(default_factory=list)
    """Machines with the last letter of the image's digest."""
    tidied: dict[str, list[str]] = field(default_factory=dict)

    def begin_with(self, image: str) -> None:
        """Before the fleet is started."""
        for process in self.fleet.executors.values():
            process.variables[DIGEST] = image.rpartition("@")[2]

    def running(self, one: Machine) -> str:
        self._check(one.name)
        digest = self.fleet.executors[one.name].variables.get(DIGEST)
        return f"registry.example:5000/ygg-executor@{digest}" if digest else ""

    def pull(
        self, machines: Sequence[Machine], image: str, tell: Tell
    ) -> dict[str, Trouble | None]:
        self.pulled += [one.name for one in machines]
        return {one.name: self._trouble(one.name) for one in machines}

    def switch(self, one: Machine, image: str, tell: Tell) -> None:
        self.on_switch(one.name)
        self._check(one.name)
        self.switched.append((one.name, image[-1]))
        process = self.fleet.executors[one.name]
        process.stop()
        process.variables[DIGEST] = image.rpartition("@")[2]
        process.variables |= self.told.get(image, of_version(Path(), ""))
        if image in self.broken:
            raise StepFailed("Wait until it is well: its unit ends again and again")
        process.start()

    def tidy(self, one: Machine, keep: Sequence[str], tell: Tell) -> None:
        self.tidied[one.name] = [image[-1] for image in keep]

    def _trouble(self, name: str) -> Trouble | None:
        if name in self.away:
            return Trouble("no route to host", is_away=True)
        why = self.unpullable.get(name)
        return Trouble(why, is_away=False) if why else None

    def _check(self, name: str) -> None:
        if name in self.away:
            raise Away(f"{name} does not answer")
