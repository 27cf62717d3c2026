"""`ygg machines list` and `show`: what the inventory says, without asking anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coordinator.fleet.cli.given import JSON, KEYS, inventory, machine_names
from ygg.cli.facts import say_facts
from ygg.cli.output import note, say_json
from ygg.cli.table import print_table

if TYPE_CHECKING:
    from coordinator.fleet.machine import Machine


@click.command("list")
@JSON
def list_machines(as_json: bool) -> None:
    """List the machines of the inventory."""
    found = inventory()
    if as_json:
        say_json([as_data(one) for one in found.machines.values()])
        return
    if not found.machines:
        note("ygg: no machine yet; next: ygg machines add NAME --address HOST")
    header = ("MACHINE", "ADDRESS", "USER", "GROUPS", "QUEUES", "TAGS")
    rows = [_row(one) for one in found.machines.values()]
    print_table(header, rows, whole=("MACHINE", "ADDRESS"), spare=("TAGS", "USER"))


@click.command()
@click.argument("name", shell_complete=machine_names)
@JSON
def show(name: str, as_json: bool) -> None:
    """Show what the inventory says of a machine, its groups counted in."""
    one = inventory().machine(name)
    if as_json:
        say_json(as_data(one))
        return
    said = one.variables.model_dump(mode="json", exclude_unset=True)
    names = {key: name.replace("_", " ") for name, key in KEYS.items()}
    say_facts(
        [
            ("machine", one.name),
            ("groups", " ".join(sorted(one.groups))),
            *((names.get(key, key), _text(value)) for key, value in said.items()),
        ]
    )


def as_data(one: Machine) -> dict[str, object]:
    said = one.variables.model_dump(mode="json", exclude_unset=True)
    return {"machine": one.name, "groups": sorted(one.groups), "variables": said}


def _row(one: Machine) -> tuple[str, ...]:
    said = one.variables
    return (
        one.name,
        one.address if said.ansible_port is None else f"{one.address}:{said.ansible_port}",
        said.ansible_user or "",
        " ".join(sorted(one.groups)),
        "*" if said.ygg_queues is None else " ".join(said.ygg_queues),
        " ".join(said.ygg_tags or ()),
    )


def _text(value: object) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)
