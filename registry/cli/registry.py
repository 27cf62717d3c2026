"""`ygg registry`: the private image registry of a fleet."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from registry.cli.options import JSON, needs_registry
from registry.cli.words import size
from ygg.cli.facts import say_facts
from ygg.cli.output import note, plain, say, say_json
from ygg.cli.table import print_table
from ygg.errors import EXIT_FAILED

if TYPE_CHECKING:
    from registry.hosting.pairs import Step
    from registry.hosting.units import Kind
    from ygg.settings import Settings


@click.group()
def registry() -> None:
    """The fleet's private image registry: on its machine, make it and run it."""


@registry.command()
@click.option("--address", metavar="HOST:PORT", help="By which every machine reaches it.")
@click.option("--name", "names", multiple=True, metavar="HOST", help="Another name it goes by.")
@click.option(
    "--unit",
    "kind",
    type=click.Choice(("systemd", "quadlet")),
    help="Write a unit for systemd: of a process, or of a container.",
)
@click.option("--new-password", is_flag=True, help="Machines must be told the new one.")
@click.option("--new-authority", is_flag=True, help="Machines must be given the new ca.pem.")
@click.option("--new-signing-key", is_flag=True, help="As well, and images be pushed anew.")
@JSON
def init(
    address: str | None,
    names: tuple[str, ...],
    kind: Kind | None,
    new_password: bool,
    new_authority: bool,
    new_signing_key: bool,
    as_json: bool,
) -> None:
    """Make the fleet's authority, the registry's certificate, password and configuration.

    What is there already is kept; a certificate that ends soon is renewed. So is the half of a key
    that machines were given, while the other is in a safe.
    """
    needs_registry()
    from registry.home import home_of
    from registry.hosting.begin import begin
    from registry.hosting.remember import check, remember

    settings, values = _with_address(address)
    check(values)
    steps = list(
        begin(
            settings.registry,
            home_of(settings),
            names=names,
            new_password=new_password,
            new_authority=new_authority,
            new_signing_key=new_signing_key,
        )
    )
    if file := remember(values):
        note(f"ygg: {file} names the registry now: address = {address!r}")
    if kind:
        steps.append(_unit(settings, kind))
    if as_json:
        say_json([asdict(step) | {"file": str(step.file)} for step in steps])
        return
    print_table(("WHAT", "STATE", "WHERE"), [_row(step) for step in steps], whole=("WHERE",))
    for step in steps:
        if step.note:
            note(f"ygg: {step.what}: {step.note}")
    if not kind:
        note("ygg: next: ygg registry up")


@registry.command()
@click.option("--detach", is_flag=True, help="Return once it answers; it goes on behind.")
def up(detach: bool) -> None:
    """Run the registry, and start it again if it dies."""
    needs_registry()
    from registry.hosting.detached import start
    from registry.hosting.serve import serve
    from ygg.log import set_up
    from ygg.settings import load

    settings = load()
    if detach:
        say(start(settings))
        return
    set_up(settings.log_level)
    serve(settings)


@registry.command()
def down() -> None:
    """Stop the registry that `ygg registry up` started here."""
    needs_registry()
    from registry.hosting.detached import stop
    from ygg.settings import load

    note("ygg: stopped" if stop(load()) else "ygg: no registry runs here")


@registry.command()
@JSON
def status(as_json: bool) -> None:
    """Say how it is. Exits 1 when something is to be mended."""
    needs_registry()
    from registry.cli.state import as_data, facts_of
    from registry.home import home_of
    from registry.hosting.status import status as found_of
    from ygg.settings import load

    settings = load()
    found = found_of(settings)
    if as_json:
        say_json(as_data(found))
    else:
        plain_http = settings.registry.plain_http
        say_facts(facts_of(found, home_of(settings), plain_http=plain_http))
    if not found.is_well:
        raise click.exceptions.Exit(EXIT_FAILED)


@registry.command()
@JSON
def gc(as_json: bool) -> None:
    """Delete what no image names any more. Nothing can be pushed meanwhile."""
    needs_registry()
    from functools import partial

    from registry.client.patience import Patience
    from registry.hosting.collecting import collect
    from registry.hosting.serve import program
    from registry.reach import reach
    from ygg.settings import load

    settings = load()
    if not as_json:
        note("ygg: collecting; meanwhile the registry takes nothing in")
    once = Patience(attempts=1, call_seconds=10)
    found = collect(settings, program(), partial(reach, settings, patience=once))
    if as_json:
        say_json(asdict(found))
    else:
        say(f"freed {size(found.freed_bytes)}: {found.blobs} blobs, in {found.seconds:.1f} s")


@registry.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where podman's configuration lies; by default /etc/containers or your own.",
)
@click.option("--only", is_flag=True, help="Refuse the images of all other registries.")
@click.option("--print", "only_print", is_flag=True, help="Write nothing, say what would be.")
def trust(folder: Path | None, only: bool, only_print: bool) -> None:
    """Have this machine's podman take the fleet's images, if the fleet has signed them."""
    needs_registry()
    from registry.signatures.trusting import dropped, files_for, write
    from ygg.settings import load

    settings = load()
    files, gone = files_for(settings, folder, only=only), dropped(settings, folder, only=only)
    for path, text in files.items():
        if only_print:
            say(f"# {path}\n{text}")
        elif write(path, text):
            note(f"ygg: wrote {path}")
    for scope in gone:
        note(f"ygg: the policy's rule for images of {plain(scope)!r} is taken away")
    if not only_print:
        note("ygg: podman takes images of this registry only with the fleet's signature")


def _with_address(address: str | None) -> tuple[Settings, dict[str, str]]:
    """With what is to be remembered in ygg.toml, if it stands there nowhere yet."""
    from registry.hosting.remember import with_address
    from ygg.settings import load

    settings = load()
    if address is None or address == settings.registry.address:
        return settings, {}
    return with_address(settings, address), {"address": address}


def _unit(settings: Settings, kind: Kind) -> Step:
    from importlib.metadata import version

    from registry.home import home_of
    from registry.hosting.pairs import Step
    from registry.hosting.units import runs_as_root, unit, variables_of, write_unit
    from registry.names import built_here
    from ygg.target import config_file

    config = config_file()
    found = unit(
        kind,
        settings.registry,
        home_of(settings),
        config=config.resolve() if config else None,
        image=str(built_here("registry", version("yggdrasil-fleet"))),
        is_root=runs_as_root(),
        variables=variables_of(settings, os.environ),
    )
    write_unit(found)
    return Step("unit", "made", found.path, f"next: {found.enable}")


def _row(step: Step) -> tuple[str, str, str]:
    return step.what, step.came, str(step.file)
