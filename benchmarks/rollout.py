"""How long does a new version take to three machines, and how long is nobody there to work?

Three hosts of the lab, each with an executor in a container, and work enough for all. `ygg rollout`
beside the same steps by hand, one machine after the other, in turns. Needs root.
`python -m benchmarks.rollout --help`
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import click

from tests.lab.rolling import NAMES, NEW, NEXT, OLD, Lab, rolling_lab
from tests.services import ServiceMissing

QUEUES = {"fenrir": "dev,ops", "huginn": "dev", "muninn": "ops"}
FED = ("dev", "ops")
TASKS, QUICK_TASKS = 4000, 40_000
UNIT = "/etc/containers/systemd/ygg-executor.container"
ENVIRONMENT = "/etc/yggdrasil/executor.env"
WELL = "podman exec ygg-executor ygg executor health"
MEANING = """\
What the numbers mean
  seconds   from the command until every machine takes tasks with the new version, which none had
            on its disk before. Medians of the rounds, rollout and hand in turns.
  by hand   machine by machine: pull, let what runs end, change the unit, restart, wait until it is
            well. Nothing is asked of the registry, tried by a probe or written down.
  idle      of that time, seconds in which a queue had work and nobody worked on it."""


@dataclass(frozen=True)
class Took:
    how: str
    version: str
    seconds: float
    idle_seconds: dict[str, float]


def by_rollout(lab: Lab, version: str) -> None:
    lab.rollout("start", "executor", version, "--within", "60s")


def by_hand(lab: Lab, version: str) -> None:
    """As somebody would who knows the commands."""
    digest = lab.digest(version)
    image = f"{lab.served.address}/ygg-executor@{digest}"
    for name in NAMES:
        host = lab.hosts[name]
        host.run("podman", "pull", "--quiet", "--authfile", "/etc/yggdrasil/login.json", image)
        host.run("sed", "-i", f"s,^Image=.*,Image={image},", UNIT)
        host.run("sed", "-i", f"s,IMAGE_DIGEST=.*,IMAGE_DIGEST={digest},", ENVIRONMENT)
        host.run("systemctl", "daemon-reload")
        host.run("systemctl", "restart", "ygg-executor")
        host.run(f"timeout 60 sh -c 'until {WELL}; do sleep 1; done'")


def measured(lab: Lab, how: str, version: str, go: Callable[[Lab, str], None]) -> Took:
    image = f"{lab.served.address}/ygg-executor@{lab.digest(version)}"
    for host in lab.hosts.values():
        host.run("podman", "rmi", "--force", image, check=False)
    began, wall = time.monotonic(), time.time()
    go(lab, version)
    lab.all_serve(version)
    seconds = time.monotonic() - began
    idle = {queue: idle_seconds(lab, queue, wall, wall + seconds) for queue in FED}
    return Took(how, version, seconds, idle)


def idle_seconds(lab: Lab, queue: str, begin: float, end: float) -> float:
    left = lab.fleet.records.count(f"tasks WHERE queue = '{queue}' AND finished_at IS NULL")
    assert left, f"{queue} ran out of work: nothing can be said of it"
    attempts, tasks = lab.fleet.records.attempts(), lab.fleet.records.tasks()
    ours = (row for name, rows in attempts.items() if tasks[name]["queue"] == queue for row in rows)
    spans = [(row["started_at"], row["ended_at"] or end) for row in ours if row["started_at"]]
    idle, busy_until = 0.0, begin
    for began, ended in sorted(spans):
        if ended > begin and began < end:
            idle += max(0.0, began - busy_until)
            busy_until = max(busy_until, ended)
    return idle + max(0.0, end - busy_until)


def feed(lab: Lab) -> None:
    """More than can be done meanwhile."""
    lab.fleet.submit([{"label": "dev-run", "params": {"command": ["sleep", "0.2"]}}] * TASKS)
    lab.fleet.submit([{"label": "ops-disk"}] * QUICK_TASKS)


@click.command()
@click.option("--rounds", type=click.IntRange(1), default=2, show_default=True)
@click.option(
    "--json", "json_file", type=click.Path(path_type=Path), help="Write all figures here."
)
def main(rounds: int, json_file: Path | None) -> None:
    """Exits with 1 where the lab cannot be had."""
    found: list[Took] = []
    with tempfile.TemporaryDirectory(prefix="ygg-rollout-") as folder:
        try:
            with rolling_lab(Path(folder), QUEUES) as lab:
                feed(lab)
                versions = [NEW, NEXT, OLD]
                for number in range(rounds * 2):
                    how, go = [("rollout", by_rollout), ("by hand", by_hand)][number % 2]
                    found.append(measured(lab, how, versions[number % 3], go))
                    click.echo(f"{how} to {found[-1].version}: {found[-1].seconds:.1f} s", err=True)
        except ServiceMissing as error:
            sys.exit(f"no lab here: {error}")
    report(found)
    if json_file:
        json_file.write_text(json.dumps([asdict(one) for one in found], indent=1) + "\n")


def report(found: list[Took]) -> None:
    print(f"{'':8}  seconds  " + "  ".join(f"idle {queue}" for queue in FED))
    middles = {}
    for how in ("rollout", "by hand"):
        ours = [one for one in found if one.how == how]
        middles[how] = statistics.median(one.seconds for one in ours)
        idle = [statistics.median(one.idle_seconds[queue] for one in ours) for queue in FED]
        print(f"{how:8}  {middles[how]:7.1f}  " + "  ".join(f"{one:8.1f}" for one in idle))
    print(
        f"The rollout took {middles['rollout'] / middles['by hand']:.2f} times as long as by hand."
    )
    print(MEANING)


if __name__ == "__main__":
    main()
