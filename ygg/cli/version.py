"""`ygg version`."""

from __future__ import annotations

import platform

import click

import ygg
from ygg.cli.connect import connected
from ygg.cli.output import say, say_json
from ygg.errors import YggError

TIMEOUT_SECONDS = 2.0


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def version(as_json: bool) -> None:
    """Print the version of this command and of the coordinator, if it answers."""
    try:
        with connected(timeout_seconds=TIMEOUT_SECONDS) as client:
            theirs: str | None = client.health()["version"]
    except YggError:
        theirs = None
    if as_json:
        say_json({"ygg": ygg.__version__, "coordinator": theirs})
        return
    say(f"ygg {ygg.__version__} (Python {platform.python_version()})")
    say(f"coordinator {theirs}" if theirs else "coordinator out of reach")
