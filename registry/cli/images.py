"""`ygg images`: what machines run, built here and kept in the fleet's registry."""

from __future__ import annotations

import click

from registry.cli.build import build


@click.group()
def images() -> None:
    """The images that machines run."""


images.add_command(build)
