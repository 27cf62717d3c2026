"""`ygg machines provision`."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from coordinator.fleet.cli.fitness import fit_among
from coordinator.fleet.cli.given import JSON, NEEDS, inventory, machine_names, named
from ygg.cli.output import note, say_json
from ygg.cli.run import check_installed
from ygg.cli.table import print_table
from ygg.errors import EXIT_FAILED, BadInput

if TYPE_CHECKING:
    from coordinator.fleet.machine import Machine
    from ygg.adapters.playbook import Event, HostResult, Report

_TOLD = ("runner_on_failed", "runner_on_unreachable", "runner_on_ok", "runner_item_on_failed")
_SAID = re.compile(r'"msg": ("(?:[^"\\]|\\.)*")')
"""What a task says that does nothing else."""


@click.command()
@click.argument(
    "names", nargs=-1, required=True, metavar="MACHINE...", shell_complete=machine_names
)
@click.option("--version", default="latest", show_default=True, help="Of the images.")
@click.option("--check", is_flag=True, help="Say what would change, and change nothing.")
@click.option(
    "--registry-archive",
    "archive",
    type=click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path),
    help="The registry's own image, from podman save, while there is no registry to pull it from.",
)
@click.option("--anyway", is_flag=True, help="Do not leave out machines that an audit fails.")
@JSON
def provision(
    names: tuple[str, ...],
    version: str,
    check: bool,
    archive: Path | None,
    anyway: bool,
    as_json: bool,
) -> None:
    """Make machines ready for their groups: podman, whom it trusts, and under systemd registry,
    broker, coordinator, executor or code agent. Where a machine's runtime is venv, the executor's
    wheels instead of podman and its image.

    What is as it should be is left alone: again, and nothing changes. A machine that cannot be
    asked, or that lacks what only a person can give it, is left out. Exits 1 if one fails.
    """
    check_installed("registry", (*NEEDS, "ansible_runner", "cryptography"), "machines,registry")
    from coordinator.fleet.provision import provision as play
    from coordinator.fleet.provision import wanted
    from ygg.settings import load

    settings, found = load(), inventory()
    machines = named(found, names)
    for one in machines:
        _check(one)
    at = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    private = settings.data_dir / "provision" / f"{at}-{os.getpid()}"
    release = wanted(settings, version, machines, archive)
    for image in release.images:
        note(f"ygg: {image}")
    ready = machines if anyway else fit_among(machines)
    report = play(found, ready, release, private, _tell, check=check)
    hosts = {one.name: report.hosts.get(one.name) for one in machines}
    say_json(_as_data(report, hosts)) if as_json else _say(report, hosts, private)
    if report.exit_code != 0 or len(ready) < len(machines):
        raise click.exceptions.Exit(EXIT_FAILED)


def _check(machine: Machine) -> None:
    if not machine.groups:
        raise BadInput(
            f"{machine.name} is in no group, so there is nothing to do for it",
            hint=f"ygg machines edit {machine.name} --group executors",
        )


def _tell(event: Event) -> None:
    """A line for each thing that a machine had to do, could not, or has to say."""
    if event.kind not in _TOLD:
        return
    if event.text.startswith(("changed:", "fatal:", "failed:")):
        word = event.text.split(":", 1)[0].replace("fatal", "failed")
        note(f"ygg: {event.host}: {word}: {event.task}")
    if event.task.startswith("Say ") and (said := _SAID.search(event.text)):
        note(f"ygg: {event.host}: {json.loads(said[1])}")


def _say(report: Report, hosts: dict[str, HostResult | None], private: Path) -> None:
    rows = [
        (name, *(_row(one) if one else ("left out", "", "", ""))) for name, one in hosts.items()
    ]
    print_table(("MACHINE", "STATE", "OK", "CHANGED", "WHY"), rows, whole=("MACHINE",), folded=True)
    for name, one in hosts.items():
        if one and one.next_step:
            note(f"ygg: {name}: next: {one.next_step}")
    note(f"ygg: all of it: {report.output if report.output.exists() else private}")


def _row(one: HostResult) -> tuple[str, str, str, str]:
    bad = one.failed or one.unreachable
    why = f"{one.failed_task}: {one.message}" if bad else ""
    return ("failed" if bad else "ok", str(one.ok), str(one.changed), why)


def _as_data(report: Report, hosts: dict[str, HostResult | None]) -> dict[str, object]:
    return {
        "exit_code": report.exit_code,
        "machines": {name: vars(one) if one else None for name, one in hosts.items()},
        "output": str(report.output),
    }
