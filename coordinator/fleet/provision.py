"""Machines made ready for the fleet by the playbooks that are in ansible/."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from coordinator.fleet.images import images_of, name_in, runs_wheels
from coordinator.fleet.inventory import Inventory
from coordinator.fleet.machine import Machine
from coordinator.fleet.variables import of_the_fleet
from coordinator.fleet.wheelhouse import fetch
from registry.home import home_of
from registry.reach import reach
from registry.signatures.signing import read_public_key
from ygg.adapters.playbook import Event, Play, Report, Value, play
from ygg.errors import BadInput
from ygg.settings import Settings
from ygg.shipped import shipped

PLAYBOOK = "site.yml"


@dataclass(frozen=True)
class Wanted:
    """What is to be on the machines."""

    images: tuple[str, ...]
    """What runs there, by its digest."""
    variables: dict[str, Value]


def playbooks() -> Path:
    """Those that came with our packages."""
    found = shipped("ansible")
    if not (found / PLAYBOOK).is_file():
        raise BadInput(f"the playbooks are not in {found}", hint="install yggdrasil-fleet again")
    return found


def wanted(
    settings: Settings, version: str, machines: Sequence[Machine], archive: Path | None = None
) -> Wanted:
    """The registry is asked which images those are, and whether the fleet has signed them.

    `archive`: the registry's own image, for as long as there is none to ask.
    """
    told = of_the_fleet(settings)
    if archive is not None:
        told |= {"ygg_registry_archive": str(archive), "ygg_registry_image": name_in(archive)}
        machines = [one for one in machines if one.groups != {"registry"}]
    if not machines:
        return Wanted((str(told["ygg_registry_image"]),), told)
    key = read_public_key(home_of(settings).public_key)
    with reach(settings) as registry:
        found = images_of(registry, machines, version, key, told)
        images = [str(image) for image in found.values()]
        told |= {variable: str(image) for variable, image in found.items()}
        if any(map(runs_wheels, machines)):
            house = fetch(registry, version, key, settings.data_dir / "wheelhouse")
            images.append(str(house.image))
            told |= house.variables
    return Wanted(tuple(images), told)


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
