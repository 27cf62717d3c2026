"""From what a person asks for to a rollout in the ledger, and whoever drives it."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Sequence
from dataclasses import dataclass

from coordinator.fleet.inventory import Inventory
from coordinator.fleet.machine import Machine
from coordinator.fleet.rollout.part import Part
from registry.home import home_of
from registry.moving.transfer import resolved
from registry.names import image_of
from registry.reach import reach
from registry.signatures.signing import read_public_key
from ygg.client import Client
from ygg.errors import BadInput
from ygg.rollout_client import Rollouts
from ygg.rollout_views import RolloutDetail, RolloutView
from ygg.settings import Settings

OPEN = ("running", "paused")


@dataclass(frozen=True)
class Wanted:
    part: Part
    version: str
    reference: str
    machines: Sequence[tuple[Machine, str]]
    """In the order of their turns, each with what it is known to have run before."""
    canary: int = 1
    max_unavailable: int = 1
    drain_seconds: float = 600.0
    back_of: str | None = None


def me() -> str:
    """Who drives: for people to read."""
    return f"{getpass.getuser()}@{socket.gethostname()}"


def reference_of(settings: Settings, part: Part, version: str) -> str:
    """The image by its digest; one that the fleet has not signed is refused."""
    key = read_public_key(home_of(settings).public_key)
    with reach(settings) as registry:
        return str(resolved(registry, image_of(f"{part.image}:{version}", registry.address), key))


def machines_of(inventory: Inventory, part: Part, names: Sequence[str]) -> list[Machine]:
    """Those named, or all of the group that run it in containers."""
    if names:
        found = [inventory.machine(name) for name in dict.fromkeys(names)]
        for one in found:
            _check(one, part)
        return found
    known = [one for one in inventory.machines.values() if part.group in one.groups]
    found = [one for one in known if one.runtime == "container"]
    if not found:
        raise BadInput(
            f"no machine of the group {part.group} runs containers",
            hint=f"ygg machines edit MACHINE --group {part.group}",
        )
    return found


def begin(client: Client, wanted: Wanted) -> tuple[RolloutDetail, str]:
    """It, and the token of its driver."""
    driven = Rollouts(client).start(
        wanted.part.image,
        wanted.version,
        wanted.reference,
        [
            {
                "machine": machine.name,
                "executor": wanted.part.executor_on(machine),
                "previous": previous,
            }
            for machine, previous in wanted.machines
        ],
        driver=me(),
        canary=wanted.canary,
        max_unavailable=wanted.max_unavailable,
        drain_seconds=wanted.drain_seconds,
        back_of=wanted.back_of,
    )
    return driven["rollout"], driven["token"]


def named_or_latest(client: Client, rollout: str | None, *, unended: bool) -> RolloutDetail:
    """That one; or the latest, of those that are not ended if it must be one."""
    rollouts = Rollouts(client)
    if rollout is not None:
        return rollouts.show(rollout)
    latest = rollouts.latest(limit=50)
    found = [one for one in latest if one["state"] in OPEN] if unended else latest
    if not found:
        what = "no rollout is under way" if unended else "there was no rollout yet"
        raise BadInput(what, hint="ygg rollout start IMAGE VERSION, or ygg rollout history")
    return rollouts.show(found[0]["id"])


def backs(client: Client, rollout: RolloutDetail) -> dict[str, list[str]]:
    """By the image that they ran before: the machines that a rollout has brought forward."""
    if rollout["state"] in OPEN:
        raise BadInput(
            f"rollout {rollout['id']} is {rollout['state']}",
            hint=f"ygg rollout abort {rollout['id']}, then take it back",
        )
    found: dict[str, list[str]] = {}
    for one in rollout["machines"]:
        if one["state"] == "done" and one["previous"] not in ("", rollout["reference"]):
            found.setdefault(one["previous"], []).append(one["machine"])
    if not found:
        raise BadInput(
            f"rollout {rollout['id']} has brought no machine to another version",
            hint=f"ygg rollout status {rollout['id']}",
        )
    return found


def version_of(latest: Sequence[RolloutView], reference: str) -> str:
    """As an earlier rollout called it."""
    return next((one["version"] for one in latest if one["reference"] == reference), "previous")


def _check(machine: Machine, part: Part) -> None:
    if part.group not in machine.groups:
        raise BadInput(
            f"{machine.name} is not in the group {part.group}",
            hint=f"ygg machines edit {machine.name} --group {part.group}",
        )
    if machine.runtime == "venv":
        raise BadInput(
            f"{machine.name} runs no containers, so no image either",
            hint=f"ygg machines provision {machine.name} --version VERSION",
        )
