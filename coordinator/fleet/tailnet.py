"""Who is on the tailnet, as `tailscale status --json` tells it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_pascal

from coordinator.fleet.inventory import Inventory
from ygg.errors import BadInput, Unreachable

PROGRAM = "tailscale"
_SECONDS = 10.0


class _Peer(BaseModel):
    model_config = ConfigDict(extra="ignore", alias_generator=to_pascal)

    host_name: str = ""
    dns_name: str = Field(default="", alias="DNSName")
    os: str = Field(default="", alias="OS")
    addresses: tuple[str, ...] | None = Field(default=None, alias="TailscaleIPs")
    online: bool = False


class _Status(BaseModel):
    model_config = ConfigDict(extra="ignore", alias_generator=to_pascal)

    backend_state: str = ""
    self_: _Peer | None = Field(default=None, alias="Self")
    peer: dict[str, _Peer] | None = None


@dataclass(frozen=True)
class Candidate:
    name: str
    address: str
    os: str
    is_online: bool
    known_as: str | None
    """In the inventory."""


def status() -> str:
    if shutil.which(PROGRAM) is None:
        raise BadInput(
            "tailscale is not installed here", hint="name machines: ygg machines add NAME --address"
        )
    try:
        done = subprocess.run(
            [PROGRAM, "status", "--json"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreachable(f"tailscale did not answer within {_SECONDS:g} s") from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Unreachable(
            f"tailscale status: {said[0] if said else f'exit code {done.returncode}'}",
            hint="does tailscaled run, and is this machine logged in? tailscale up",
        )
    return done.stdout


def candidates(told: str, inventory: Inventory) -> list[Candidate]:
    """Machines that can run executors, those that are awake first; this one among them."""
    try:
        found = _Status.model_validate_json(told)
    except ValidationError as error:
        raise BadInput("tailscale's status is not as we know it", hint=str(error)) from error
    if found.backend_state not in ("", "Running"):
        raise Unreachable(
            f"tailscale is not up: {found.backend_state}", hint="next: sudo tailscale up"
        )
    peers = [*([found.self_] if found.self_ else []), *(found.peer or {}).values()]
    listed = [_candidate(one, inventory) for one in peers if one.os == "linux" and one.addresses]
    return sorted(listed, key=lambda one: (not one.is_online, one.name))


def _candidate(peer: _Peer, inventory: Inventory) -> Candidate:
    # The name in DNS is unique on the tailnet, what the machine calls itself need not be.
    name = (peer.dns_name.split(".")[0] or peer.host_name).lower()
    addresses = peer.addresses or ()
    ours = {*addresses, name, peer.dns_name.rstrip(".")}
    known = (
        one.name for one in inventory.machines.values() if one.name == name or one.address in ours
    )
    return Candidate(name, addresses[0], peer.os, peer.online, next(known, None))
