"""`ygg machines discover`."""

from __future__ import annotations

import click

from coordinator.fleet.cli.given import JSON, inventory_so_far
from ygg.cli.output import note, say_json
from ygg.cli.table import print_table


@click.command()
@JSON
def discover(as_json: bool) -> None:
    """List the Linux machines of the tailnet, as tailscale tells of them."""
    from coordinator.fleet.tailnet import candidates, status

    known = inventory_so_far()
    found = candidates(status(), known)
    if as_json:
        say_json([vars(one) for one in found])
        return
    header = ("NAME", "ADDRESS", "STATE", "IN THE INVENTORY")
    rows = [
        (one.name, one.address, "online" if one.is_online else "offline", one.known_as or "no")
        for one in found
    ]
    print_table(header, rows, whole=("NAME", "ADDRESS"))
    new = next((one for one in found if one.is_online and one.known_as is None), None)
    if new:
        note(f"ygg: next: ygg machines add {new.name} --address {new.address}")
