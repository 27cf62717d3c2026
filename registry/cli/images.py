"""`ygg images`: what machines run, built here and kept in the fleet's registry."""

from __future__ import annotations

import click

from registry.cli.build import build
from registry.cli.comparing import diff, verify
from registry.cli.files import load, save
from registry.cli.inspecting import inspect
from registry.cli.looking import list_images, tags
from registry.cli.moving import pull, push
from registry.cli.pruning import prune


@click.group()
def images() -> None:
    """The images that machines run."""


for command in (build, push, pull, list_images, tags, inspect, diff, verify, prune, save, load):
    images.add_command(command)
