"""Arguments that the verbs of `ygg machines` share, and the inventory they are about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from ygg.cli.run import check_installed

if TYPE_CHECKING:
    from coordinator.fleet.inventory import Inventory
    from coordinator.fleet.machine import Machine

NEEDS = ("paramiko", "ruamel.yaml")
GROUPS = ("registry", "coordinator", "broker", "executors", "code_agents")
KEYS = {
    "address": "ansible_host",
    "user": "ansible_user",
    "port": "ansible_port",
    "key_file": "ansible_ssh_private_key_file",
    "jump": "ansible_ssh_common_args",
    "queues": "ygg_queues",
    "tags": "ygg_tags",
    "concurrency": "ygg_concurrency",
    "runtime": "ygg_runtime",
}
"""What a person calls it, and what Ansible and we do."""
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def inventory() -> Inventory:
    check_installed("coordinator", NEEDS, "machines")
    from coordinator.fleet.inventory import read_inventory
    from coordinator.fleet.place import inventory_file
    from ygg.settings import load

    return read_inventory(inventory_file(load()))


def inventory_so_far() -> Inventory:
    """One without machines, where nobody has begun it yet."""
    check_installed("coordinator", NEEDS, "machines")
    from coordinator.fleet.inventory import Inventory, read_inventory
    from coordinator.fleet.place import inventory_file
    from ygg.settings import load

    file = inventory_file(load())
    return read_inventory(file) if file.exists() else Inventory(file, {})


def named(found: Inventory, names: Sequence[str]) -> list[Machine]:
    """Those machines; all, if none is named."""
    return [found.machine(name) for name in dict.fromkeys(names)] or list(found.machines.values())


class Listed(click.ParamType[tuple[str, ...]]):
    """Several words with commas."""

    name = "a,b"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        if isinstance(value, tuple):
            return value
        return tuple(word for part in str(value).split(",") if (word := part.strip()))


def machine_names(
    context: click.Context, parameter: click.Parameter, text: str
) -> list[CompletionItem]:
    from ygg.errors import YggError

    try:
        return [CompletionItem(name) for name in inventory().machines if name.startswith(text)]
    except YggError:
        return []
