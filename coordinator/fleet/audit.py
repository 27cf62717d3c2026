"""What a machine lacks for its part in the fleet, and what to do about each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from coordinator.fleet.facts import Facts, Probed
from coordinator.fleet.machine import Machine

Level = Literal["fail", "warn", "ok"]
ARCHITECTURES = ("x86_64", "aarch64")
PODMAN_QUADLET = (4, 4)
WHEELS_PYTHON = (3, 13)
PODMAN_SIGNATURES = (4, 6)
SYSTEMD = 250
CLOCK_WARN_SECONDS, CLOCK_FAIL_SECONDS = 2.0, 30.0
GIB_KIB = 1024 * 1024
NEEDED_FREE_GIB, WISHED_FREE_GIB = 4, 15
NEEDED_MEMORY_GIB = 1


@dataclass(frozen=True)
class Finding:
    level: Level
    what: str
    says: str
    next: str = ""
    """What a person does about it; empty where nothing is to be done."""


def audit(machine: Machine, probed: Probed) -> list[Finding]:
    facts = probed.facts
    return [
        *_system(facts),
        *_podman(machine, facts),
        *_room(facts),
        *_graphics(machine, facts),
        _clock(probed.clock_off_seconds),
        *_units(facts),
    ]


def is_fit(findings: list[Finding]) -> bool:
    return all(one.level != "fail" for one in findings)


def _system(facts: Facts) -> Iterator[Finding]:
    known = facts.architecture in ARCHITECTURES
    yield Finding(
        "ok" if known else "fail",
        "hardware",
        f"{facts.architecture}, {facts.cores} cores, {facts.memory_kib // GIB_KIB} GiB",
        "" if known else f"images are made for {' and '.join(ARCHITECTURES)}",
    )
    kind = ", made of an image: nothing is installed there" if facts.image_based else ""
    yield Finding("ok", "system", f"{facts.os or facts.kernel}{kind}")
    if facts.systemd is None:
        yield Finding("fail", "systemd", "does not run", "executors are started by systemd")
    elif facts.systemd < SYSTEMD:
        yield Finding("fail", "systemd", f"{facts.systemd}", f"needs {SYSTEMD}: upgrade the system")
    if facts.root == "no":
        yield Finding(
            "fail",
            "root",
            "this login may not become root",
            "let it use sudo without a password, or log in as root",
        )


def _podman(machine: Machine, facts: Facts) -> Iterator[Finding]:
    if machine.variables.ygg_runtime == "venv":
        yield from _python(facts)
        return
    venv = "or set ygg_runtime to venv"
    if facts.podman is None:
        if facts.image_based:
            yield Finding("fail", "podman", "is not there", f"use an image that has it, {venv}")
        else:
            yield Finding("warn", "podman", "is not there", "provisioning installs it")
    elif _version(facts.podman) < PODMAN_QUADLET:
        yield Finding(
            "fail", "podman", facts.podman, f"Quadlet needs 4.4: upgrade the system, {venv}"
        )
    elif _version(facts.podman) < PODMAN_SIGNATURES:
        says = f"{facts.podman} may not check signatures by itself"
        yield Finding("warn", "podman", says, "ygg checks them before it pulls")
    else:
        yield Finding("ok", "podman", facts.podman)


def _python(facts: Facts) -> Iterator[Finding]:
    needed = "wheels are for Python 3.13: upgrade the system, or set ygg_runtime to container"
    if facts.python is None and not facts.image_based:
        yield Finding("warn", "python", "is not there", "provisioning installs the system's own")
    elif facts.python is None or _version(facts.python)[:2] != WHEELS_PYTHON:
        yield Finding("fail", "python", facts.python or "is not there", needed)


def _room(facts: Facts) -> Iterator[Finding]:
    free = facts.disk_free_kib / GIB_KIB
    says = f"{free:.1f} of {facts.disk_kib / GIB_KIB:.1f} GiB free at /var"
    if free < NEEDED_FREE_GIB:
        yield Finding("fail", "disk", says, f"images need {NEEDED_FREE_GIB} GiB: make room")
    elif free < WISHED_FREE_GIB:
        yield Finding("warn", "disk", says, f"a model and two versions like {WISHED_FREE_GIB} GiB")
    else:
        yield Finding("ok", "disk", says)
    if facts.memory_kib < NEEDED_MEMORY_GIB * GIB_KIB * 0.9:
        yield Finding(
            "warn", "memory", f"{facts.memory_kib // 1024} MiB", "an executor likes 1 GiB"
        )


def _graphics(machine: Machine, facts: Facts) -> Iterator[Finding]:
    wanted = "gpu" in (machine.variables.ygg_tags or ())
    if facts.gpu and facts.cdi:
        yield Finding("ok", "gpu", facts.gpu)
    elif facts.gpu:
        yield Finding(
            "fail" if wanted else "warn",
            "gpu",
            f"{facts.gpu}; containers cannot have it",
            "sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml",
        )
    elif facts.gpu_without_driver:
        yield Finding(
            "fail" if wanted else "warn",
            "gpu",
            "has no driver",
            "install NVIDIA's, with nvidia-smi",
        )
    elif wanted:
        yield Finding("fail", "gpu", "none is there", "take the tag gpu from it")


def _clock(off: float) -> Finding:
    says = "agrees with ours" if not off else f"{abs(off):.0f} s {'ahead' if off > 0 else 'behind'}"
    if abs(off) <= CLOCK_WARN_SECONDS:
        return Finding("ok", "clock", says)
    level: Level = "fail" if abs(off) > CLOCK_FAIL_SECONDS else "warn"
    return Finding(level, "clock", says, "have it set by the network: timedatectl set-ntp true")


def _units(facts: Facts) -> Iterator[Finding]:
    if facts.failed_units:
        yield Finding("warn", "units", f"failed: {facts.failed_units}", "systemctl status says why")


def _version(text: str) -> tuple[int, ...]:
    """The numbers it begins with: `4.9.3-rhel` is 4, 9, 3."""
    found: list[int] = []
    for part in text.split("."):
        digits = "".join(part[: len(part) - len(part.lstrip("0123456789"))])
        if not digits:
            break
        found.append(int(digits))
        if digits != part:
            break
    return tuple(found)
