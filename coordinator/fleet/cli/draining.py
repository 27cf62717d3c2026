"""`ygg machines drain` and `undrain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ygg.cli.arguments import Name
from ygg.cli.connect import connected
from ygg.cli.output import note, say_json
from ygg.cli.times import Duration
from ygg.errors import EXIT_FAILED

if TYPE_CHECKING:
    from ygg import views
    from ygg.client import Client

NAMES = click.argument("names", nargs=-1, required=True, metavar="MACHINE...", type=Name("machine"))


@click.command()
@NAMES
@click.option(
    "--within",
    type=Duration(),
    default="10m",
    show_default=True,
    help="So long what runs may go on; then it is handed back.",
)
@click.option("--note", "why", default="", help="Why; kept with it.")
@click.option("--no-wait", is_flag=True, help="Return at once.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def drain(names: tuple[str, ...], within: float, why: str, no_wait: bool, as_json: bool) -> None:
    """Have machines take no more tasks, until `undrain`.

    Waits until none runs there. What is not done in time begins anew on another machine, and
    counts as no attempt. Exits 1 if a machine is busy even then.
    """
    from ygg.draining import drain as order

    with connected() as client:
        drains = [order(client, name, seconds=within, note=why) for name in dict.fromkeys(names)]
        busy = [] if no_wait else [name for name in names if _is_busy(client, name, within)]
    if as_json:
        say_json(drains)
    if busy:
        raise click.exceptions.Exit(EXIT_FAILED)


@click.command()
@NAMES
def undrain(names: tuple[str, ...]) -> None:
    """Have machines take tasks again."""
    from ygg.draining import undrain as order

    with connected() as client:
        for name in dict.fromkeys(names):
            order(client, name)
            note(f"ygg: {name} takes tasks again")


def _is_busy(client: Client, machine: str, seconds: float) -> bool:
    from coordinator.fleet.draining import wait_without_work

    said: list[int] = []

    def tell(found: list[views.ExecutorView]) -> None:
        running = sum(one["running"] for one in found)
        if running and said[-1:] != [running]:
            note(f"ygg: {machine}: {running} still running")
        said.append(running)

    busy = wait_without_work(client, machine, seconds=seconds, tell=tell)
    if busy:
        names = ", ".join(one["executor"] for one in busy)
        note(f"ygg: {machine} is not without work: {names}; next: ygg executors {names}")
    else:
        note(f"ygg: {machine} is drained; next: ygg machines undrain {machine}")
    return bool(busy)
