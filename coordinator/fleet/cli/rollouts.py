"""`ygg rollout`."""

from __future__ import annotations

import click

from coordinator.fleet.cli.rolled import history, status
from coordinator.fleet.cli.rolling import abort, pause, resume, rollback, start

rollout = click.Group(
    "rollout",
    [start, status, pause, resume, abort, rollback, history],
    help="From one version to the next, a machine after the other, without losing a task.",
)
