"""`ops-facts`: what a machine is made of and how it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TypeVar

from executors.handler import Context, handler
from executors.machines.hosts import Host, OneMachine, OpsSettings, command, open_host
from ygg.adapters import facts
from ygg.adapters.disks import read_disks
from ygg.task import Limits

T = TypeVar("T")
U = TypeVar("U")


@handler(
    "ops-facts",
    limits=Limits(soft_seconds=120, hard_seconds=150),
    examples=[{}, {"machine": "huginn"}],
)
def machine_facts(params: OneMachine, context: Context, settings: OpsSettings) -> dict[str, object]:
    """Tell a machine's system, processor, memory, disks, load, GPUs and versions."""
    with open_host(settings, params.machine, context) as host:
        kernel = _ask(host, "kernel", str.split, ["", "", "", ""])
        running = _ask(host, "uptime", facts.read_running, None)
        return {
            "machine": host.name,
            "hostname": kernel[1],
            "os": _ask(host, "os", facts.read_os, ""),
            "kernel": f"{kernel[0]} {kernel[2]}",
            "processor": _ask(host, "processor", facts.read_processor, None),
            "memory": _ask(host, "memory", facts.read_memory, None),
            "uptime_seconds": running and running["uptime_seconds"],
            "load": running and running["load"],
            "boot_id": _ask(host, "boot", str.strip, ""),
            "disks": [asdict(one) for one in _ask(host, "disk", read_disks, None) or []],
            "gpus": _ask(host, "gpus", facts.read_gpus, None) or [],
            "podman": _ask(host, "podman", lambda text: text.split()[-1], None),
            # It exits with 1 for all but `running`, which is no failure to tell.
            "systemd": host.run(command("system")).stdout.strip() or None,
        }


def _ask(host: Host, action: str, read: Callable[[str], T], otherwise: U) -> T | U:
    """What the machine says, or the other where it has no such thing."""
    ran = host.run(command(action))
    if ran.exit_code:
        return otherwise
    try:
        return read(ran.stdout)
    except (ValueError, LookupError, TypeError):
        return otherwise
