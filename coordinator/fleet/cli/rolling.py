"""`ygg rollout start`, `pause`, `resume`, `abort` and `rollback`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from coordinator.fleet.cli.given import NEEDS, Listed, inventory
from coordinator.fleet.cli.rolled import IMAGES, ROLLOUT, say_rollout
from ygg.cli.connect import connected
from ygg.cli.output import can_ask, note
from ygg.cli.run import check_installed
from ygg.cli.times import Duration
from ygg.errors import EXIT_FAILED, BadInput

if TYPE_CHECKING:
    from coordinator.fleet.inventory import Inventory
    from coordinator.fleet.rollout.driver import Ended
    from coordinator.fleet.rollout.start import Wanted
    from ygg.client import Client
    from ygg.rollout_views import RolloutDetail
    from ygg.settings import Settings

PATIENCE = click.option(
    "--patience",
    type=Duration(),
    default="2m",
    show_default=True,
    help="So long a new version may take to serve, and to answer a probe.",
)
YES = click.option("--yes", is_flag=True, help="Do not ask.")


@click.command()
@click.argument("image", type=IMAGES)
@click.argument("version")
@click.option("--machines", type=Listed(), default=(), help="Only these, in this order.")
@click.option(
    "--canary", type=click.IntRange(0), default=1, show_default=True, help="So many first."
)
@click.option(
    "--max-unavailable",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="So many at a time without work.",
)
@click.option(
    "--within",
    type=Duration(),
    default="10m",
    show_default=True,
    help="So long what runs on a machine may go on; then it is handed back.",
)
@PATIENCE
def start(
    image: str,
    version: str,
    machines: tuple[str, ...],
    canary: int,
    max_unavailable: int,
    within: float,
    patience: float,
) -> None:
    """Put a version of an image on machines, a machine after the other.

    Each is drained, given the new version, and has to answer a probe before it is given work
    again. The first that does not is put back, and the rollout ends. Exits 1 unless it is done.
    """
    from coordinator.fleet.rollout.part import PARTS
    from coordinator.fleet.rollout.start import Wanted, machines_of, reference_of

    settings, found = _prepared()
    part = PARTS[image]  # type: ignore[index]
    chosen = machines_of(found, part, machines)
    wanted = Wanted(
        part,
        version,
        reference_of(settings, part, version),
        [(one, "") for one in chosen],
        canary,
        max_unavailable,
        within,
    )
    with connected() as client:
        ended = _begin(client, settings, found, wanted, patience)
    _exit(ended)


@click.command()
@ROLLOUT
def pause(rollout: str | None) -> None:
    """Have a rollout stop after the turns that are on their way."""
    _ask(rollout, "pause")


@click.command()
@ROLLOUT
@PATIENCE
def resume(rollout: str | None, patience: float) -> None:
    """Go on with a rollout: one that was paused, or whose driver has died."""
    settings, found = _prepared()
    with connected() as client:
        ended = _take_over(client, settings, found, rollout, patience)
    _exit(ended)


@click.command()
@ROLLOUT
@PATIENCE
@YES
def abort(rollout: str | None, patience: float, yes: bool) -> None:
    """End a rollout where it is.

    Whoever drives it ends it after the turns that are on their way. Where nobody does, a machine
    that was left in the middle of its turn is put back. What has the new version keeps it:
    `ygg rollout rollback` takes it back.
    """
    from coordinator.fleet.rollout.start import named_or_latest

    with connected() as client:
        found = named_or_latest(client, rollout, unended=True)
    _confirm(f"Abort the rollout of {found['image']} {found['version']}?", yes)
    asked = _ask(found["id"], "abort")
    if asked["driver"] and (asked["driver_until"] or 0) > time.time():
        return
    settings, machines = _prepared()
    with connected() as client:
        ended = _take_over(client, settings, machines, found["id"], patience)
    _exit(ended, well="aborted")


@click.command()
@ROLLOUT
@PATIENCE
@YES
def rollback(rollout: str | None, patience: float, yes: bool) -> None:
    """Put back what the machines of a rollout ran before; by default of the latest."""
    from coordinator.fleet.rollout.part import PARTS
    from coordinator.fleet.rollout.start import Wanted, backs, named_or_latest, version_of
    from ygg.rollout_client import Rollouts

    settings, machines = _prepared()
    with connected() as client:
        found = named_or_latest(client, rollout, unended=False)
        wanted = backs(client, found)
        latest = Rollouts(client).latest(found["image"], 100)
        names = ", ".join(name for each in wanted.values() for name in each)
        _confirm(f"Put back what {names} ran before {found['version']}?", yes)
        for reference, each in wanted.items():
            ended = _begin(
                client,
                settings,
                machines,
                Wanted(
                    PARTS[found["image"]],
                    version_of(latest, reference),
                    reference,
                    [(machines.machine(name), found["reference"]) for name in each],
                    0,
                    found["max_unavailable"],
                    found["drain_seconds"],
                    found["id"],
                ),
                patience,
            )
            if ended.state != "done":
                break
    _exit(ended)


def _prepared() -> tuple[Settings, Inventory]:
    check_installed("registry", (*NEEDS, "ansible_runner", "cryptography"), "machines,registry")
    from ygg.settings import load

    return load(), inventory()


def _begin(
    client: Client, settings: Settings, machines: Inventory, wanted: Wanted, patience: float
) -> Ended:
    from coordinator.fleet.rollout.start import begin

    rollout, token = begin(client, wanted)
    note(f"ygg: rollout {rollout['id']}: {rollout['reference']}")
    return _drive(client, settings, machines, rollout, token, patience)


def _take_over(
    client: Client, settings: Settings, machines: Inventory, rollout: str | None, patience: float
) -> Ended:
    from coordinator.fleet.rollout.start import me, named_or_latest
    from ygg.rollout_client import Rollouts

    found = named_or_latest(client, rollout, unended=True)
    driven = Rollouts(client).drive(found["id"], me())
    return _drive(client, settings, machines, driven["rollout"], driven["token"], patience)


def _drive(
    client: Client,
    settings: Settings,
    machines: Inventory,
    rollout: RolloutDetail,
    token: str,
    patience: float,
) -> Ended:
    from coordinator.fleet.rollout.by_ansible import ByAnsible
    from coordinator.fleet.rollout.desk import Desk
    from coordinator.fleet.rollout.driver import Driver
    from coordinator.fleet.rollout.part import PARTS
    from coordinator.fleet.rollout.turn import Patience
    from coordinator.fleet.variables import of_the_fleet
    from ygg.rollout_client import Rollouts

    private = settings.data_dir / "rollouts" / rollout["id"]
    part = PARTS[rollout["image"]]
    hands = ByAnsible(machines, part, of_the_fleet(settings), private)
    desk = Desk(client.target, rollout["id"], token, lambda says: _tell("", says))
    desk.wanted = rollout["wanted"]
    patient = Patience(rollout["drain_seconds"], patience)
    driver = Driver(rollout, machines.machines, hands, desk, patient, _tell)
    ended = driver.drive()
    say_rollout(Rollouts(client).show(rollout["id"]))
    note(f"ygg: all that Ansible said: {private}")
    return ended


def _ask(rollout: str | None, wish: str) -> RolloutDetail:
    from coordinator.fleet.rollout.start import named_or_latest
    from ygg.rollout_client import Rollouts

    with connected() as client:
        found = named_or_latest(client, rollout, unended=True)
        asked = Rollouts(client).ask(found["id"], wish)  # type: ignore[arg-type]
    driver = asked["driver"]
    after = f"{driver} drives it, and is told" if driver else f"it is {asked['state']}"
    note(f"ygg: rollout {asked['id']}: {wish}: {after}")
    return asked


def _confirm(question: str, yes: bool) -> None:
    if yes:
        return
    if not can_ask():
        raise BadInput("nobody is here to say yes", field="--yes", hint="say it with --yes")
    click.confirm(question, abort=True, err=True)


def _tell(machine: str, says: str) -> None:
    note(f"ygg: {machine}: {says}" if machine else f"ygg: {says}")


def _exit(ended: Ended, well: str = "done") -> None:
    if ended.state != well:
        raise click.exceptions.Exit(EXIT_FAILED)
