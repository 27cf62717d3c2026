"""`ygg images save` and `load`: images as files."""

from __future__ import annotations

from pathlib import Path

import click

from registry.cli.reached import fleets_key, named, reached
from registry.cli.words import SHORT, size
from ygg.cli.output import say

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("image")
@click.argument("file", type=FILE)
def save(image: str, file: Path) -> None:
    """Write an image of the registry to FILE, with its signatures: an OCI archive."""
    from registry.moving.archive import save as save_one

    with reached() as registry:
        found = save_one(registry, named(image, registry), file)
    say(f"{file}  {size(found.size_bytes)}  {found.name.short}  {found.digest[:SHORT]}")


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
