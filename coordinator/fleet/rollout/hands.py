"""What a rollout does to machines: a port, with Ansible behind it, or nothing at all."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from coordinator.fleet.machine import Machine
from ygg.errors import Unreachable, YggError

Tell = Callable[[str, str], None]
"""A machine's name, and what happens there."""


class StepFailed(YggError):
    """A machine did not do what it was told to."""


class Away(Unreachable):
    """A machine does not answer: nobody knows how it is."""


@dataclass(frozen=True)
class Trouble:
    says: str
    is_away: bool
    """Nobody knows more than that it does not answer."""


class Hands(Protocol):
    def running(self, machine: Machine) -> str:
        """The image, by digest, of which the machine's unit is made; empty: it has none."""
        ...

    def pull(
        self, machines: Sequence[Machine], reference: str, tell: Tell
    ) -> dict[str, Trouble | None]:
        """Have the image on machines, all at once, by their names."""
        ...

    def switch(self, machine: Machine, reference: str, tell: Tell) -> None:
        """Have the unit run that image, and wait until it says that it is well."""
        ...

    def tidy(self, machine: Machine, keep: Sequence[str], tell: Tell) -> None:
        """Remove other versions of the image than those."""
        ...
