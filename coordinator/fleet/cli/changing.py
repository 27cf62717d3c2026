"""`ygg machines add`, `edit` and `remove`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from coordinator.fleet.cli.given import GROUPS, KEYS, NEEDS, Listed, inventory, machine_names
from coordinator.fleet.cli.probing import say_findings
from ygg.cli.output import can_ask, confirm, note, say
from ygg.cli.run import check_installed
from ygg.errors import EXIT_FAILED, BadInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from coordinator.fleet.changing import Value
    from coordinator.fleet.machine import Machine, Variables
    from ygg.adapters.ssh_errors import HostKeyUnknown


def _said(command: Callable[..., None]) -> Callable[..., None]:
    """The options that say something of a machine."""
    for option in reversed(
        (
            click.option("--address", metavar="HOST", help="Where SSH reaches it."),
            click.option("--user", metavar="USER", help="Who logs in."),
            click.option("--port", type=click.IntRange(1, 65535), help="Of SSH."),
            click.option("--key-file", metavar="FILE", help="The key to log in with."),
            click.option("--jump", metavar="HOST", help="Go through this host."),
            click.option("--queues", type=Listed(), help="What its executor takes."),
            click.option("--tags", type=Listed(), help="What it has: gpu."),
            click.option("--concurrency", type=click.IntRange(1, 256), help="Tasks at a time."),
            click.option("--runtime", type=click.Choice(["container", "venv"])),
        )
    ):
        command = option(command)
    return command


@click.command()
@click.argument("name")
@_said
@click.option(
    "--group",
    "groups",
    multiple=True,
    type=click.Choice(GROUPS),
    help="What it does; by default executors. May be given again.",
)
@click.option("--host-key", metavar="FINGERPRINT", help="SHA256:…, as the machine itself shows it.")
@click.option("--no-probe", is_flag=True, help="Write it down without asking the machine.")
def add(
    name: str,
    groups: tuple[str, ...],
    host_key: str | None,
    no_probe: bool,
    **said: str | int | tuple[str, ...] | None,
) -> None:
    """Add a machine: log in, pin its host key, and say what it lacks."""
    check_installed("coordinator", NEEDS, "machines")
    from coordinator.fleet.changing import add as write

    told, joined = _variables(said), groups or ("executors",)
    file = _file()
    machine = _as_machine(name, told, joined)
    if not no_probe:
        _probe(machine, host_key)
    write(file, name, told, joined)
    note(f"ygg: {name} stands in {file}")


@click.command()
@click.argument("name", shell_complete=machine_names)
@_said
@click.option("--unset", multiple=True, metavar="OPTION", help="Say nothing of it any more.")
@click.option("--group", "join", multiple=True, type=click.Choice(GROUPS), help="Put it in.")
@click.option("--no-group", "leave", multiple=True, type=click.Choice(GROUPS), help="Take it out.")
def edit(
    name: str,
    unset: tuple[str, ...],
    join: tuple[str, ...],
    leave: tuple[str, ...],
    **said: str | int | tuple[str, ...] | None,
) -> None:
    """Change what the inventory says of a machine."""
    from coordinator.fleet.changing import edit as write

    found = inventory()
    told = _variables(said)
    _checked(told)
    unsaid = [_key(word) for word in unset]
    if not (told or unsaid or join or leave):
        raise BadInput("nothing to change", hint="ygg machines edit --help has what can be")
    write(found.file, name, told, unsaid=unsaid, join=join, leave=leave)
    note(f"ygg: {name} is changed in {found.file}")


@click.command()
@click.argument("name", shell_complete=machine_names)
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, yes: bool) -> None:
    """Take a machine out of the inventory. What runs there goes on."""
    from coordinator.fleet.changing import remove as write

    found = inventory()
    found.machine(name)
    if not yes and not can_ask():
        raise BadInput(f"{name} would be removed", hint="--yes says so without a terminal")
    if not yes and not confirm(f"Remove {name} from {found.file}?"):
        note("ygg: nothing was changed")
        raise click.exceptions.Exit(EXIT_FAILED)
    write(found.file, name)
    note(f"ygg: {name} is removed from {found.file}")


def _file() -> Path:
    from coordinator.fleet.place import inventory_file
    from ygg.settings import load

    return inventory_file(load())


def _as_machine(name: str, told: dict[str, Value], groups: tuple[str, ...]) -> Machine:
    """As the inventory would have it; a wrong name is refused before anybody is asked."""
    from coordinator.fleet.machine import Machine
    from ygg.labels import machine_queue

    try:
        machine_queue(name)
    except BadInput as error:
        error.field = "name"
        raise
    said = _checked(told)
    return Machine(name=name, groups=frozenset(groups), own=said, variables=said)


def _checked(told: dict[str, Value]) -> Variables:
    """A wrong one is told by the option that it was given with."""
    from pydantic import ValidationError

    from coordinator.fleet.inventory import wrong_variable
    from coordinator.fleet.machine import Variables

    try:
        return Variables.model_validate(told)
    except ValidationError as error:
        key, words = wrong_variable(error)
        option = next(one for one, variable in KEYS.items() if variable == key)
        raise BadInput(words, field=f"--{option.replace('_', '-')}") from error


def _probe(machine: Machine, host_key: str | None) -> None:
    from coordinator.fleet.probing import see

    seen = see(machine, _comparing(host_key))
    if seen.trouble:
        if not seen.trouble.hint:
            seen.trouble.hint = "--no-probe writes it down all the same"
        raise seen.trouble
    say_findings(seen)


def _comparing(host_key: str | None) -> Callable[[HostKeyUnknown], bool]:
    def compare(unknown: HostKeyUnknown) -> bool:
        if host_key is not None:
            return host_key in unknown.key.split()
        if not can_ask():
            unknown.hint = f"if the machine shows the same: --host-key {unknown.key.split()[-1]}"
            return False
        say(unknown.message)
        note("ygg: on the machine: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub")
        return confirm("Is it the machine's?")

    return compare


def _variables(said: dict[str, str | int | tuple[str, ...] | None]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for option, value in said.items():
        if value is not None:
            found[KEYS[option]] = f"-o ProxyJump={value}" if option == "jump" else value
    return found


def _key(word: str) -> str:
    option = word.removeprefix("--").replace("-", "_")
    if option not in KEYS:
        known = ", ".join(name.replace("_", "-") for name in KEYS)
        raise NotFound(f"there is no option {word!r} to unset", field="unset", hint=known)
    return KEYS[option]
