"""`ygg rollout status` and `history`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ygg.cli.connect import connected
from ygg.cli.output import paint, say, say_json
from ygg.cli.table import print_table
from ygg.cli.times import age

if TYPE_CHECKING:
    from ygg.rollout_views import RolloutDetail, RolloutView

ROLLOUT = click.argument("rollout", required=False, metavar="[ID]")
IMAGES = click.Choice(["executor", "code-agent"])
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command()
@ROLLOUT
@click.option("--steps", is_flag=True, help="Each step that was taken, too.")
@JSON
def status(rollout: str | None, steps: bool, as_json: bool) -> None:
    """How a rollout is; by default the latest."""
    from coordinator.fleet.rollout.start import named_or_latest

    with connected() as client:
        found = named_or_latest(client, rollout, unended=False)
    if as_json:
        say_json(found)
        return
    say_rollout(found)
    if steps:
        say("")
        rows = [
            (age(one["at"]), one["machine"], f"{one['step']} {one['state']}", one["says"])
            for one in found["steps"]
        ]
        print_table(("WHEN", "MACHINE", "STEP", "SAYS"), rows, whole=("MACHINE",), folded=True)


@click.command()
@click.option("--image", type=IMAGES, help="Of this alone.")
@click.option("--limit", type=click.IntRange(1, 100), default=20, show_default=True)
@JSON
def history(image: str | None, limit: int, as_json: bool) -> None:
    """The rollouts so far, newest first: who, what, when, and how they ended."""
    from ygg.rollout_client import Rollouts

    with connected() as client:
        found = Rollouts(client).latest(image, limit)  # type: ignore[arg-type]
    if as_json:
        say_json(found)
        return
    rows = [
        (
            one["id"],
            one["image"],
            one["version"],
            one["state"],
            _counts(one),
            age(one["created_at"]),
            one["created_by"],
            one["reason"],
        )
        for one in found
    ]
    header = ("ID", "IMAGE", "VERSION", "STATE", "MACHINES", "BEGUN", "BY", "WHY")
    print_table(header, rows, whole=("VERSION",), spare=("BY",), folded=True)


def say_rollout(found: RolloutDetail) -> None:
    say(f"{found['id']}  {found['image']} {found['version']}  {paint(found['state'])}")
    say(f"  {found['reference']}")
    say(f"  begun {age(found['created_at'])} by {found['created_by']}{_how(found)}")
    if found["reason"]:
        say(f"  {found['reason']}")
    rows = [
        (one["machine"], one["state"], one["executor"], _brief(one["says"]))
        for one in found["machines"]
    ]
    print_table(("MACHINE", "STATE", "EXECUTOR", "SAYS"), rows, whole=("MACHINE",), folded=True)


def _brief(says: str) -> str:
    """The steps say all of it."""
    first, *more = says.splitlines() or [""]
    return f"{first} …" if more else first


def _how(found: RolloutView) -> str:
    wanted = f", asked to {found['wanted']}" if found["wanted"] else ""
    back = f", takes {found['back_of']} back" if found["back_of"] else ""
    if found["driver"]:
        return f"; driven by {found['driver']}{wanted}{back}"
    return f"{wanted}{back}"


def _counts(found: RolloutView) -> str:
    return ", ".join(f"{count} {state}" for state, count in found["machine_states"].items())
