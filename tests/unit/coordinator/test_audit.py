"""What is said of machines of all kinds that are not this one."""

from __future__ import annotations

import pytest

from coordinator.fleet.audit import Finding, audit, is_fit
from coordinator.fleet.facts import Facts, Probed, facts_of
from coordinator.fleet.machine import Machine, Variables
from ygg.errors import Unreachable

GIB = 1024 * 1024
WELL = {
    "clock": 1_800_000_000.0,
    "name": "fenrir",
    "kernel": "Linux 6.12.0",
    "architecture": "x86_64",
    "os": "Debian GNU/Linux 13 (trixie)",
    "cores": 8,
    "memory_kib": 32 * GIB,
    "disk_kib": 500 * GIB,
    "disk_free_kib": 100 * GIB,
    "systemd": 257,
    "podman": "5.4.2",
    "python": "3.13.5",
    "root": "sudo",
}


def findings(
    told: dict[str, object] | None = None, off: float = 0.0, **said: object
) -> dict[str, Finding]:
    variables = Variables(**said)  # type: ignore[arg-type]
    machine = Machine(name="fenrir", groups=frozenset(), own=variables, variables=variables)
    facts = Facts.model_validate(WELL | (told or {}))
    return {one.what: one for one in audit(machine, Probed(facts, off))}


def test_a_machine_that_has_all_is_fit() -> None:
    found = findings()
    assert {one.level for one in found.values()} == {"ok"}
    assert found["hardware"].says == "x86_64, 8 cores, 32 GiB"


@pytest.mark.parametrize(
    ("told", "what", "level", "word"),
    [
        ({"architecture": "riscv64"}, "hardware", "fail", "aarch64"),
        ({"systemd": None}, "systemd", "fail", "systemd"),
        ({"systemd": 247}, "systemd", "fail", "250"),
        ({"root": "no"}, "root", "fail", "sudo"),
        ({"podman": None}, "podman", "warn", "provisioning"),
        ({"podman": None, "image_based": True}, "podman", "fail", "image"),
        ({"podman": "4.3.1"}, "podman", "fail", "venv"),
        ({"podman": "4.4.1"}, "podman", "warn", "ygg checks"),
        ({"podman": "4.9.3-rhel"}, "podman", "ok", ""),
        ({"disk_free_kib": 3 * GIB}, "disk", "fail", "make room"),
        ({"disk_free_kib": 10 * GIB}, "disk", "warn", "model"),
        ({"memory_kib": GIB // 2}, "memory", "warn", "executor"),
        ({"gpu": "NVIDIA T4, 15360 MiB"}, "gpu", "warn", "nvidia-ctk"),
        ({"gpu": "NVIDIA T4, 15360 MiB", "cdi": "/etc/cdi/nvidia.yaml"}, "gpu", "ok", ""),
        ({"gpu_without_driver": True}, "gpu", "warn", "install"),
        ({"failed_units": "cron.service"}, "units", "warn", "systemctl"),
    ],
)
def test_what_is_lacking_comes_with_what_to_do(
    told: dict[str, object], what: str, level: str, word: str
) -> None:
    found = findings(told)[what]
    assert (found.level, word in found.next) == (level, True)
    assert is_fit([found]) is (level != "fail")


def test_a_gpu_that_is_counted_on_must_be_there() -> None:
    assert findings(ygg_tags=("gpu",))["gpu"].level == "fail"
    assert findings({"gpu": "NVIDIA T4"}, ygg_tags=("gpu",))["gpu"].level == "fail"
    assert "gpu" not in findings()


def test_without_containers_python_counts_and_podman_does_not() -> None:
    for version in ("3.10.12", "3.14.0"):  # wheels are for one, that of Debian 13
        found = findings({"podman": None, "python": version}, ygg_runtime="venv")
        assert found["python"].level == "fail"
    assert "podman" not in found
    without = findings({"python": None}, ygg_runtime="venv")["python"]
    assert (without.level, "provisioning" in without.next) == ("warn", True)
    made = findings({"python": None, "image_based": True}, ygg_runtime="venv")
    assert made["python"].level == "fail"
    assert "python" not in findings(ygg_runtime="venv")


@pytest.mark.parametrize(
    ("off", "level", "says"),
    [(0.0, "ok", "agrees"), (-5.0, "warn", "5 s behind"), (3600.0, "fail", "3600 s ahead")],
)
def test_a_clock_that_is_off_is_told(off: float, level: str, says: str) -> None:
    found = findings(off=off)["clock"]
    assert (found.level, says in found.says) == (level, True)


def test_what_is_no_linux_is_said_to_be_none() -> None:
    with pytest.raises(Unreachable, match="fenrir did not say what it is: clock, name"):
        facts_of("Microsoft Windows\n", "fenrir")
