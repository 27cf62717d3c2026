"""What a machine says of itself over SSH: one shell script, for it may have no Python yet."""

from __future__ import annotations

import time
from dataclasses import dataclass
from importlib.resources import files
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from coordinator.fleet.machine import Machine
from ygg.adapters.ssh import Connection
from ygg.errors import Unreachable

_SECONDS = 30.0
Root = Literal["yes", "sudo", "no"]
"""Whether the login is root, may become root without being asked, or neither."""


class Facts(BaseModel):
    """What is not there is None, or empty."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    clock: float
    name: str
    kernel: str
    architecture: str
    os: str = ""
    os_id: str = ""
    image_based: bool = False
    """Made of an image (ostree, bootc): nothing is installed there."""
    cores: int
    memory_kib: int
    disk_kib: int
    disk_free_kib: int
    """Where containers and data lie, at /var."""
    systemd: int | None = None
    failed_units: str = ""
    podman: str | None = None
    python: str | None = None
    selinux: str | None = None
    gpu: str | None = None
    gpu_without_driver: bool = False
    cdi: str | None = None
    """Where podman finds out how to pass the GPU on."""
    root: Root


@dataclass(frozen=True)
class Probed:
    facts: Facts
    clock_off_seconds: float
    """How much its clock is ahead of ours; what the question took is left out."""


def probe(connection: Connection, machine: Machine) -> Probed:
    script = files("coordinator.fleet").joinpath("facts.sh").read_text(encoding="utf-8")
    before = time.time()
    ended = connection.run(["sh", "-c", script], timeout_seconds=_SECONDS)
    after = time.time()
    found = facts_of(ended.stdout, machine.name)
    # It said its time at the start: anywhere between our two.
    off = found.clock - min(max(found.clock, before), after)
    return Probed(found, 0.0 if abs(off) < 1 else off)


def facts_of(told: str, name: str) -> Facts:
    said = dict(line.split("=", 1) for line in told.splitlines() if "=" in line)
    try:
        return Facts.model_validate({key: value.strip() for key, value in said.items()})
    except ValidationError as error:
        missing = ", ".join(str(one["loc"][0]) for one in error.errors())
        raise Unreachable(
            f"{name} did not say what it is: {missing}", hint="is it Linux with a POSIX shell?"
        ) from error
