"""`ygg images save` and `load`: images as files."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from registry.cli.reached import fleets_key, named, reached
from registry.cli.words import SHORT, size
from ygg.cli.output import note, on_terminal, say
from ygg.errors import BadInput

FILE = click.Path(path_type=Path, dir_okay=False)
STDOUT = "-"


@click.command()
@click.argument("image")
@click.argument("file", type=click.Path(dir_okay=False))
def save(image: str, file: str) -> None:
    """Write an image of the registry to FILE, with its signatures: an OCI archive.

    A file that is there is replaced, once the whole archive is written; - is standard output.
    """
    from registry.moving.archive import save as save_one
    from registry.moving.archive import write

    is_piped = file == STDOUT
    if is_piped and on_terminal():
        raise BadInput("an archive is not text", field="file", hint="name a file, or pipe it")
    with reached() as registry:
        name = named(image, registry)
        if is_piped:
            found = write(registry, name, sys.stdout.buffer)
        else:
            found = save_one(registry, name, Path(file))
    told = f"{size(found.size_bytes)}  {found.name.short}  {found.digest[:SHORT]}"
    if is_piped:
        note(told)
    else:
        say(f"{file}  {told}")


@click.command()
@click.argument("file", type=FILE)
@click.option("--push", "to_registry", is_flag=True, help="Into the registry, not into podman.")
@click.option("--replace", is_flag=True, help="Although another image has its name there.")
@click.option("--unsigned", is_flag=True, help="Although the fleet has not signed it.")
def load(file: Path, to_registry: bool, replace: bool, unsigned: bool) -> None:
    """Read an image from FILE: what the registry has not to be there for."""
    from registry.moving.archive import read
    from registry.moving.loading import check_signed, into_podman, into_registry

    archived = read(file)
    if not unsigned:
        check_signed(archived, fleets_key())
    if to_registry:
        with reached() as registry:
            name = into_registry(registry, file, archived, replace_it=replace)
    else:
        name = into_podman(file, archived)
    say(f"{name}  {archived.digest[:SHORT]}")
