"""`power-`: wake, suspend, restart and switch off the machines that the settings name."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, JsonValue

from executors.handler import Context, Failed, HandlerSettings, Params, handler
from executors.machines.hosts import Login, MachineName
from executors.machines.power import Power, wait_gone, wait_there
from ygg.adapters import wake as wake_on_lan
from ygg.errors import Unreachable
from ygg.task import Limits, Retry

LIMITS = Limits(soft_seconds=3600, hard_seconds=3660)
ONCE = Retry(max_attempts=1)
"""What switches a machine must not begin a second time."""
WAKE_AGAIN_SECONDS = 10

Seconds = Annotated[int, Field(ge=0, le=3000)]


class PowerMachine(Login):
    """A machine that tasks may switch."""

    mac: str = Field(default="", pattern=rf"{wake_on_lan.MAC}|^$")
    """Its network card's address; needed to wake it."""
    broadcast: tuple[str, ...] = ("255.255.255.255",)
    """Where the packet that wakes it is sent."""
    wake_port: int = Field(default=9, ge=1, le=65535)
    """The port that it is sent to; no card looks at it, some routers do."""
    secure_on: str = ""
    """The name of the secret that is its SecureOn password, if it has one."""


class PowerSettings(HandlerSettings):
    section = "power"

    machines: dict[MachineName, PowerMachine] = Field(min_length=1)
    """The machines that tasks may switch, by name."""

    def machine(self, name: str) -> PowerMachine:
        if name not in self.machines:
            raise Failed(
                f"{name} is not a machine that this executor may switch",
                f"it may: {', '.join(sorted(self.machines))}",
            )
        return self.machines[name]


class OneOf(Params):
    machine: MachineName
    """Which machine."""


class Patient(OneOf):
    wait_seconds: Seconds = 300
    """How long to wait until it is so; 0 does not look."""


@handler("power-status", limits=LIMITS, examples=[{"machine": "fenrir"}])
def status(params: OneOf, context: Context, settings: PowerSettings) -> JsonValue:
    """Tell whether a machine is on, and since when. One that does not answer is no failure."""
    power = Power(params.machine, settings.machine(params.machine).ssh_address())
    try:
        boot = power.boot()
    except Unreachable as error:
        return {"machine": params.machine, "on": False, "reason": error.message}
    return {"machine": params.machine, "on": True, "boot_id": boot.id, "uptime_seconds": boot.age}


@handler("power-wake", limits=LIMITS, examples=[{"machine": "fenrir"}])
def wake(params: Patient, context: Context, settings: PowerSettings) -> JsonValue:
    """Wake a machine over the network, and wait until one can log in."""
    machine = settings.machine(params.machine)
    if not machine.mac:
        raise Failed(
            f"the MAC address of {params.machine} is not known",
            f"add mac to [handlers.power.machines.{params.machine}] of the executor's settings",
        )
    password = context.secrets[machine.secure_on].strip() if machine.secure_on else ""
    packet = wake_on_lan.magic_packet(machine.mac, password)
    power = Power(params.machine, machine.ssh_address())

    def send() -> None:
        wake_on_lan.send(packet, machine.broadcast, machine.wake_port)

    send()
    if not params.wait_seconds:
        return {"machine": params.machine, "on": None}
    boot = wait_there(power, context, params.wait_seconds, again=send, every=WAKE_AGAIN_SECONDS)
    return {"machine": params.machine, "on": True, "boot_id": boot.id, "uptime_seconds": boot.age}


@handler(
    "power-suspend",
    limits=LIMITS,
    retry=ONCE,
    approval="before",
    examples=[{"machine": "fenrir"}],
)
def suspend(params: Patient, context: Context, settings: PowerSettings) -> JsonValue:
    """Put a machine to sleep; power-wake wakes it."""
    return _switch_off("power-suspend", params, context, settings)


@handler(
    "power-off",
    limits=LIMITS,
    retry=ONCE,
    approval="before",
    examples=[{"machine": "fenrir"}],
)
def off(params: Patient, context: Context, settings: PowerSettings) -> JsonValue:
    """Switch a machine off, and wait until it no longer answers."""
    return _switch_off("power-off", params, context, settings)


@handler(
    "power-reboot",
    limits=LIMITS,
    retry=ONCE,
    approval="before",
    examples=[{"machine": "fenrir"}],
)
def reboot(params: Patient, context: Context, settings: PowerSettings) -> JsonValue:
    """Restart a machine, and wait until it has come back."""
    power = Power(params.machine, settings.machine(params.machine).ssh_address())
    before = power.boot()
    power.ask("power-reboot")
    context.log(f"{params.machine} was told to restart")
    if not params.wait_seconds:
        return {"machine": params.machine, "was": before.id, "boot_id": None}
    after = wait_there(power, context, params.wait_seconds, not_boot=before.id)
    return {"machine": params.machine, "was": before.id, "boot_id": after.id}


def _switch_off(
    action: str, params: Patient, context: Context, settings: PowerSettings
) -> JsonValue:
    power = Power(params.machine, settings.machine(params.machine).ssh_address())
    power.ask(action)
    context.log(f"{params.machine} was told to go")
    if params.wait_seconds:
        wait_gone(power, context, params.wait_seconds)
    return {"machine": params.machine, "on": False if params.wait_seconds else None}
