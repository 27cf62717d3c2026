"""`ygg machines`."""

from __future__ import annotations

import click

from coordinator.fleet.cli.changing import add, edit, remove
from coordinator.fleet.cli.discovering import discover
from coordinator.fleet.cli.draining import drain, undrain
from coordinator.fleet.cli.looking import list_machines, show
from coordinator.fleet.cli.probing import audit, probe
from coordinator.fleet.cli.provisioning import provision

machines = click.Group(
    "machines",
    [
        add,
        discover,
        list_machines,
        show,
        probe,
        audit,
        provision,
        drain,
        undrain,
        edit,
        remove,
    ],
    help="The machines of the fleet: a plain inventory of Ansible's, kept with care.",
)
