"""Machines made ready for the fleet by the playbook that is in ansible/."""

from __future__ import annotations

import ipaddress
import shutil
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from coordinator.fleet.inventory import Inventory
from coordinator.fleet.machine import Machine, Runtime
from coordinator.fleet.wheelhouse import fetch
from registry.home import address_of, home_of
from registry.moving.transfer import resolved
from registry.names import image_of
from registry.reach import reach
from registry.signatures.signing import read_public_key
from ygg.adapters.playbook import Event, Play, Report, Value, play
from ygg.errors import BadInput
from ygg.settings import Settings
from ygg.shipped import shipped

PLAYBOOK = "provision.yml"


@dataclass(frozen=True)
class Wanted:
    """What is to be on the machines."""

    images: tuple[str, ...]
    """What their executors are made of, by its digest."""
    variables: dict[str, Value]


def playbooks() -> Path:
    """Those that came with our packages."""
    found = shipped("ansible")
    if not (found / PLAYBOOK).is_file():
        raise BadInput(f"the playbooks are not in {found}", hint="install yggdrasil-fleet again")
    return found


def wanted(settings: Settings, version: str, runtimes: Collection[Runtime]) -> Wanted:
    """The registry is asked which images those are, and whether the fleet has signed them."""
    home = home_of(settings)
    key = read_public_key(home.public_key)
    images: list[str] = []
    told: dict[str, Value] = {}
    with reach(settings) as registry:
        if "container" in runtimes:
            image = resolved(registry, image_of(f"executor:{version}", registry.address), key)
            images.append(str(image))
            told["ygg_executor_image"] = str(image)
        if "venv" in runtimes:
            house = fetch(registry, version, key, settings.data_dir / "wheelhouse")
            images.append(str(house.image))
            told |= house.variables
    return Wanted(
        tuple(images),
        told
        | {
            "ygg_registry": address_of(settings.registry),
            "ygg_registry_home": str(home.folder),
            "ygg_registry_user": settings.registry.user,
            "ygg_redis_url": _broker(settings),
        },
    )


def provision(
    inventory: Inventory,
    machines: Sequence[Machine],
    wanted: Wanted,
    private: Path,
    on_event: Callable[[Event], None],
    *,
    check: bool = False,
) -> Report:
    """`private`: an empty folder, in which all that was said and done is kept."""
    folder = playbooks()
    whole = Play(
        project=folder,
        playbook=folder / PLAYBOOK,
        inventory=inventory.file.absolute(),
        private=private,
        limit=",".join(one.name for one in machines),
        variables=wanted.variables,
        check=check,
    )
    try:
        return play(whole, on_event=on_event, cancelled=lambda: False)
    finally:
        # What it was told: the broker's password among it.
        shutil.rmtree(private / "env", ignore_errors=True)


def _broker(settings: Settings) -> str:
    """As the machines reach it: that of this machine alone is of no use to them."""
    url = settings.redis_url.get_secret_value()
    host = urlsplit(url).hostname or ""
    if host == "localhost" or _is_loopback(host) or url.startswith("unix:"):
        raise BadInput(
            f"other machines cannot reach a broker at {host or 'a socket'}",
            field="redis_url",
            hint="set redis_url in ygg.toml to redis://:PASSWORD@HOST:6379/0, as they reach it",
        )
    return url


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
