"""Does a coordinator bear a thousand machines? `python -m benchmarks.machines --help`.

No machine is there: each says over a real Valkey what an executor says, and offers what an
executor of this installation offers. Then a rollout of them all is written down over HTTP, and
another one is driven, drained, switched and probed, by hands that have nothing to wait for.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path

import click
import psutil
from redis import Redis

from benchmarks.history import Running, running_coordinator
from benchmarks.measure import memory_bytes
from benchmarks.simulated import (
    IMAGE,
    NEW,
    OLD,
    SimulatedFleet,
    SimulatedHands,
    machine,
    offers,
)
from benchmarks.wait import wait_until
from coordinator.catalogue import Catalogue
from coordinator.fleet.rollout.desk import Desk
from coordinator.fleet.rollout.driver import Driver
from coordinator.fleet.rollout.part import PARTS
from coordinator.fleet.rollout.start import Wanted, begin
from coordinator.fleet.rollout.turn import Patience
from coordinator.fleet.rollout.turns import next_turns
from coordinator.ledger import Ledger
from coordinator.watch import Watch
from ygg.client import Client
from ygg.rollout_client import Rollouts
from ygg.rollout_views import RolloutMachineState, RolloutStepState
from ygg.settings import Settings

IDLE_SECONDS = 10
AT_A_TIME = 50
STEPS: tuple[tuple[str, RolloutStepState, RolloutMachineState], ...] = (
    ("pull", "begun", "pending"),
    ("pull", "done", "pulled"),
    ("drain", "begun", "draining"),
    ("drain", "done", "draining"),
    ("switch", "begun", "switching"),
    ("switch", "done", "switching"),
    ("prove", "begun", "proving"),
    ("prove", "done", "done"),
)
"""What a driver says of a machine with which all goes well."""

MEANING = """\
What the numbers mean
  {machines:,} executors on as many machines, each with {offers} labels, told in {bytes:,} bytes.
  Milliseconds are medians of {rounds} calls at the client, seconds are one stretch; `s cpu` is what
  the coordinator's processor took of it, or that of this process where it says so.
  all known      from the first announcement until the coordinator shows all, which come at once,
                 as when the broker was restarted.
  look           who is alive, as the coordinator looks twice a second.
  refresh        executors and labels from the ledger, as after each announcement.
  steps          {steps:,} of a rollout, one request and one commit each, from one client.
  rollout        driven to its end, {at_a_time} machines at a time.
  memory         of the coordinator, pages that several processes share counted once.
  idle           its share of one core while nothing happens."""


@dataclass
class Figures:
    seconds: dict[str, float] = field(default_factory=dict)
    processor_seconds: dict[str, float] = field(default_factory=dict)
    """Of the coordinator."""
    milliseconds: dict[str, float] = field(default_factory=dict)
    kibibytes: dict[str, float] = field(default_factory=dict)
    """Of answers."""
    memory_mib: dict[str, float] = field(default_factory=dict)
    idle_percent: float = 0.0

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        click.echo(what, err=True)
        began = time.perf_counter()
        yield
        self.seconds[what] = time.perf_counter() - began

    def median_of(self, what: str, act: Callable[[], object], rounds: int) -> None:
        click.echo(what, err=True)
        taken = []
        for _ in range(rounds):
            began = time.perf_counter()
            act()
            taken.append((time.perf_counter() - began) * 1000)
        self.milliseconds[what] = statistics.median(taken)


async def learn(fleet: SimulatedFleet, client: Client, figures: Figures) -> None:
    async def all_alive() -> bool:
        alive = [one for one in client.executors() if one["state"] == "alive"]
        return len(alive) >= len(fleet.names)

    with figures.timed("all known"):
        for name in fleet.names:
            fleet.begin(name, OLD)
        await wait_until(all_alive, "all executors are known", 600, interval_seconds=0.25)


def look(redis: Redis, folder: Path, figures: Figures, rounds: int) -> None:
    """As the coordinator does, in a process beside it."""
    ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
    catalogue = Catalogue(ledger, Settings(data_dir=folder))
    watch = Watch(redis, ledger, catalogue, "benchmark")
    figures.median_of("refresh", catalogue.refresh, rounds)
    watch.look()
    figures.median_of("look", watch.look, rounds)
    ledger.close()


def ask(client: Client, figures: Figures, rounds: int) -> None:
    task = {"label": "dev-echo", "delay_seconds": 3600}
    questions: dict[str, Callable[[], object]] = {
        "GET /v1/executors": client.executors,
        "GET /v1/labels": client.labels,
        "GET /v1/queues": client.queues,
        "POST /v1/tasks": lambda: client.submit(task),
    }
    for name, question in questions.items():
        figures.median_of(name, question, rounds)
    figures.kibibytes["GET /v1/executors"] = _size(client, "/v1/executors")


def write_down(client: Client, names: Sequence[str], figures: Figures, rounds: int) -> None:
    """A rollout as its driver tells it, but as fast as it can be told."""
    rollouts = Rollouts(client)
    machines = [{"machine": name, "executor": name, "previous": IMAGE + OLD} for name in names]
    with figures.timed("start"):
        made = rollouts.start("executor", "0.3.0", IMAGE + NEW, machines, driver="ada@laptop")
    rollout, token = made["rollout"]["id"], made["token"]
    with figures.timed("steps"):
        for step, state, machine_state in STEPS:
            for name in names:
                rollouts.step(
                    rollout, token, step, state, machine=name, machine_state=machine_state
                )
    figures.median_of("beat", lambda: rollouts.beat(rollout, token), rounds)
    figures.median_of("GET of it whole", lambda: rollouts.show(rollout), rounds)
    last = rollouts.show(rollout)["steps"][-1]["seq"]
    assert last == 1 + len(STEPS) * len(names), last
    new = partial(rollouts.show, rollout, steps_after=last)
    figures.median_of("GET of what is new", new, rounds)
    path = f"/v1/rollouts/{rollout}"
    figures.kibibytes["GET of it whole"] = _size(client, path)
    figures.kibibytes["GET of what is new"] = _size(client, f"{path}?steps_after={last}")
    with figures.timed("end"):
        rollouts.end(rollout, token, "done")
    figures.median_of("GET /v1/rollouts", rollouts.latest, rounds)


def roll_out(client: Client, fleet: SimulatedFleet, figures: Figures, rounds: int) -> None:
    """By the driver itself, with hands that have nothing to wait for."""
    machines = {name: machine(name) for name in fleet.names}
    wanted = Wanted(
        PARTS["executor"],
        "0.3.0",
        IMAGE + NEW,
        [(one, "") for one in machines.values()],
        max_unavailable=AT_A_TIME,
    )
    rollout, token = begin(client, wanted)
    desk = Desk(client.target, rollout["id"], token, lambda says: None)
    patience = Patience(drain_seconds=60, serve_seconds=300)
    driver = Driver(rollout, machines, SimulatedHands(fleet), desk, patience, _say_nothing)
    states: dict[str, RolloutMachineState] = dict.fromkeys(machines, "pulled")
    turns = partial(next_turns, states, (), canary=0, max_unavailable=AT_A_TIME)
    figures.median_of("whose turn it is", turns, rounds)
    end = fleet.obey(client.target)
    before, cpu = memory_bytes([psutil.Process()]), time.process_time()
    with figures.timed("rollout"):
        ended = driver.drive()
    figures.memory_mib["more of the driver"] = (memory_bytes([psutil.Process()]) - before) / 2**20
    figures.processor_seconds["rollout, driver and executors"] = time.process_time() - cpu
    end()
    assert ended.state == "done", ended
    found = client.executors()
    assert {one["image_digest"] for one in found if one["machine"] in machines} == {NEW}


def _say_nothing(_machine: str, _says: str) -> None:
    pass


def _size(client: Client, path: str) -> float:
    return len(client.call("GET", path, raw=True)) / 1024


async def run(count: int, rounds: int) -> tuple[Figures, int]:
    """And the size of one announcement."""
    figures, names = Figures(), [f"machine-{number:04}" for number in range(count)]
    with tempfile.TemporaryDirectory(prefix="ygg-machines-") as place:
        folder = Path(place) / "fleet"
        async with running_coordinator(folder, 0) as running:
            note_memory(running, "one executor", figures)
            fleet = SimulatedFleet(running.broker, names)
            with spent(running, "all known", figures):
                await learn(fleet, running.client, figures)
            ask(running.client, figures, rounds)
            note_memory(running, "all executors", figures)
            await note_idle(running, figures)
            look(running.broker, folder / "data", figures, rounds)
            with spent(running, "steps", figures):
                write_down(running.client, names, figures, rounds)
            with spent(running, "rollout", figures):
                await asyncio.to_thread(roll_out, running.client, fleet, figures, rounds)
            note_memory(running, "after the rollouts", figures)
    return figures, len(fleet.announcement(names[0]).model_dump_json())


def note_memory(fleet: Running, when: str, figures: Figures) -> None:
    figures.memory_mib[when] = memory_bytes(fleet.worker.processes()) / 2**20


@contextmanager
def spent(fleet: Running, what: str, figures: Figures) -> Iterator[None]:
    before = _cpu_seconds(fleet)
    yield
    figures.processor_seconds[what] = _cpu_seconds(fleet) - before


async def note_idle(fleet: Running, figures: Figures) -> None:
    await asyncio.sleep(2)  # what was asked before is done
    before = _cpu_seconds(fleet)
    await asyncio.sleep(IDLE_SECONDS)
    figures.idle_percent = (_cpu_seconds(fleet) - before) / IDLE_SECONDS * 100


def _cpu_seconds(fleet: Running) -> float:
    times = [process.cpu_times() for process in fleet.worker.processes()]
    return sum(one.user + one.system for one in times)


def text_of(figures: Figures, meaning: str) -> str:
    kinds = (
        ("s", figures.seconds),
        ("s cpu", figures.processor_seconds),
        ("ms", figures.milliseconds),
        ("KiB of", figures.kibibytes),
        ("MiB", figures.memory_mib),
    )
    lines = [
        f"{value:10.2f} {unit:7}{what}" for unit, found in kinds for what, value in found.items()
    ]
    return "\n".join([*lines, f"{figures.idle_percent:10.2f} {'%':7}idle", "", meaning])


@click.command()
@click.option("--quick", is_flag=True, help="A tenth of the machines.")
@click.option("--machines", type=click.IntRange(min=1, max=5000), help="How many.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), metavar="FILE")
def main(quick: bool, machines: int | None, json_path: Path | None) -> None:
    """Print what a coordinator of so many machines takes, in time and memory."""
    count = machines or (100 if quick else 1000)
    rounds = 20
    figures, size = asyncio.run(run(count, rounds))
    meaning = MEANING.format(
        machines=count,
        offers=len(offers()),
        bytes=size,
        rounds=rounds,
        steps=len(STEPS) * count,
        at_a_time=AT_A_TIME,
    )
    click.echo(text_of(figures, meaning))
    if json_path is not None:
        json_path.write_text(json.dumps({"machines": count} | asdict(figures), indent=2) + "\n")


if __name__ == "__main__":
    main()
