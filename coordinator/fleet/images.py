"""Which images the machines of each group run, and what the playbooks call them."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from coordinator.fleet.machine import Group, Machine
from registry.client.registry import Registry
from registry.moving.transfer import resolved
from registry.names import ImageName, image_of
from registry.signatures.signing import PublicKey
from ygg.errors import BadInput, NotFound


@dataclass(frozen=True)
class Need:
    group: Group
    family: str
    variable: str
    is_needed: bool = True
    """Else the machines do without where the registry has none."""


NEEDS = (
    Need("registry", "registry", "ygg_registry_image"),
    Need("broker", "valkey", "ygg_valkey_image"),
    Need("coordinator", "coordinator", "ygg_coordinator_image"),
    Need("coordinator", "flower", "ygg_flower_image", is_needed=False),
    Need("executors", "executor", "ygg_executor_image"),
    Need("code_agents", "code-agent", "ygg_code_agent_image"),
)


def images_of(
    registry: Registry,
    machines: Sequence[Machine],
    version: str,
    key: PublicKey,
    known: Collection[str] = (),
) -> dict[str, ImageName]:
    """By the playbooks' variables, without those known. One that the fleet has not signed is
    refused."""
    wanted = [need for need in _needs_of(machines) if need.variable not in known]
    found = {need.variable: _resolved(registry, need, version, key) for need in wanted}
    return {variable: image for variable, image in found.items() if image is not None}


def runs_wheels(machine: Machine) -> bool:
    return "executors" in machine.groups and machine.runtime == "venv"


def name_in(archive: Path) -> str:
    """What an image is called in an archive of `podman save`."""
    try:
        with tarfile.open(archive) as whole:
            content = whole.extractfile("manifest.json")
            named = json.load(content)[0]["RepoTags"] if content else []
            return str(named[0])
    except (OSError, tarfile.TarError, ValueError, LookupError, TypeError) as error:
        raise BadInput(
            f"{archive} is no archive of an image with a name: {error}",
            field="--registry-archive",
            hint="podman save --output registry.tar localhost/ygg-registry:VERSION",
        ) from error


def _needs_of(machines: Sequence[Machine]) -> Iterator[Need]:
    for need in NEEDS:
        if any(_needs(machine, need) for machine in machines):
            yield need


def _needs(machine: Machine, need: Need) -> bool:
    of_wheels = need.group == "executors" and runs_wheels(machine)
    return need.group in machine.groups and not of_wheels


def _resolved(registry: Registry, need: Need, version: str, key: PublicKey) -> ImageName | None:
    try:
        return resolved(registry, image_of(f"{need.family}:{version}", registry.address), key)
    except NotFound as error:
        if not need.is_needed:
            return None
        raise NotFound(
            error.message,
            field="version",
            hint=f"ygg images build {need.family} --version VERSION, and push it",
        ) from error
