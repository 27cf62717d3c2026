"""Does the ledger slow down with its history? `python -m benchmarks.history --help`.

Two coordinators side by side, one on an empty ledger and one on a ledger full of finished tasks,
asked the same questions in turn.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

import click
from redis import Redis

from benchmarks.peers.worker import Worker, python_command
from benchmarks.server import free_port, running_server
from benchmarks.subject import Site
from benchmarks.wait import wait_until
from ygg import ids
from ygg.client import Client
from ygg.errors import YggError
from ygg.stream import emit, pack_events
from ygg.target import Target, token_file
from ygg.task import Announced, Announcement, Offer

AIM = 1.5
HOUR = 3600
FAILED_EACH = 50
"""Of the finished tasks, one in so many had failed."""

MEANING = """\
What the numbers mean
  Milliseconds at the client, medians of {rounds} calls each, the two coordinators asked in turn.
  empty       a ledger that held nothing before.
  full        a ledger with {tasks:,} finished tasks and their attempts, {size:.0f} MiB on disk.
  full/empty  the aim is at most {aim:g}.
  list of failed asks for failed and queued tasks: the empty ledger has queued ones alone, the
  full one {failed:,} failed ones besides."""

_TASK = (
    "INSERT INTO tasks (id, label, title, queue, priority, state, reason, params, soft_seconds,"
    " hard_seconds, retry, max_attempts, requires, bundle, attempt, live, charged, approval, gate,"
    " created_at, started_at, finished_at, submitted_by, executor, outcome)"
    " VALUES (?, 'dev-run', ?, 'dev', 2, ?, '', '{\"command\": [\"true\"]}', 60, 70, '{}', 3, '',"
    " 0, 1, 0, 1, 0, '', ?, ?, ?, 'history', 'fenrir', '{\"ending\": \"ok\"}')"
)
_ATTEMPT = (
    "INSERT INTO attempts (task_id, attempt, state, executor, dispatched_at, epoch, started_at,"
    " ended_at, charged) VALUES (?, 1, ?, 'fenrir', ?, 'old', ?, ?, 1)"
)


def finished_tasks(count: int) -> Iterator[tuple[tuple[object, ...], tuple[object, ...]]]:
    then = time.time() - HOUR
    names = ids.new_ids(count)
    for number, task_id in enumerate(names):
        failed = number % FAILED_EACH == 0
        state, ending = ("failed", "error") if failed else ("succeeded", "ok")
        task = (task_id, f"number {number}", state, then, then, then)
        yield task, (task_id, ending, then, then, then)


def fill(ledger: Path, count: int) -> None:
    with closing(sqlite3.connect(ledger)) as connection:
        connection.execute("PRAGMA synchronous=OFF")
        rows = finished_tasks(count)
        while page := [row for row, _ in zip(rows, range(20_000), strict=False)]:
            connection.executemany(_TASK, [task for task, _ in page])
            connection.executemany(_ATTEMPT, [attempt for _, attempt in page])
            connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@dataclass(frozen=True)
class Running:
    client: Client
    broker: Redis
    worker: Worker


@asynccontextmanager
async def coordinator(folder: Path, history: int) -> AsyncIterator[Client]:
    """A coordinator over a ledger with that much history, and one announced label."""
    async with running_coordinator(folder, history) as found:
        yield found.client


@asynccontextmanager
async def running_coordinator(folder: Path, history: int) -> AsyncIterator[Running]:
    """The same, with its process and its broker."""
    folder.mkdir()  # noqa: ASYNC240 - nothing else runs on this loop
    async with running_server(folder) as server:
        port = free_port()
        worker = Worker(Site(server.url, folder))
        environment = {
            "YGG_DATA_DIR": str(folder / "data"),
            "YGG_REDIS_URL": server.url,
            "YGG_COORDINATOR__PORT": str(port),
            "YGG_LOG_LEVEL": "warning",
        }
        command = ["env", *(f"{name}={value}" for name, value in environment.items())]
        start = [*command, *python_command("-m", "coordinator")]
        worker.start(start)
        try:
            client = await reach(worker, folder, port)
            if history:
                await worker.stop()
                fill(folder / "data" / "ledger.db", history)
                worker.start(start)
                client = await reach(worker, folder, port)
            await announce(server.client, client)
            yield Running(client, server.client, worker)
        finally:
            await worker.stop()


async def reach(worker: Worker, folder: Path, port: int) -> Client:
    file = token_file(folder / "data")

    async def answers() -> bool:
        worker.check_alive()
        try:
            return file.is_file() and Client(Target(url, None)).health()["ok"]
        except YggError:
            return False

    url = f"http://127.0.0.1:{port}"
    await wait_until(answers, "the coordinator is well", timeout_seconds=60)
    return Client(Target(url, file.read_text().strip()))


async def announce(redis: Redis, client: Client) -> None:
    announcement = Announcement(
        executor="fenrir",
        boot="benchmark",
        machine="fenrir",
        version="0",
        queues=("dev",),
        concurrency=2,
        offers=(Offer(label="dev-run", params_schema={"type": "object"}),),
    )
    emit(redis, pack_events([Announced(announcement=announcement)]))

    async def known() -> bool:
        return bool(client.labels())

    await wait_until(known, "the label is announced", timeout_seconds=20)


def questions(client: Client) -> dict[str, Callable[[], object]]:
    task = {"label": "dev-run", "params": {"command": ["true"]}}
    return {
        "submit": lambda: client.submit(task),
        "list": lambda: client.tasks(limit=50),
        "list of failed": lambda: client.tasks(limit=50, state="failed,queued"),
        "list of a label": lambda: client.tasks(limit=50, label="dev-run"),
        "show": lambda: client.task(client.tasks(limit=1)["tasks"][0]["id"]),
        "queues": lambda: client.queues(),
    }


def ask(empty: Client, full: Client, rounds: int) -> dict[str, tuple[float, float]]:
    """Medians in milliseconds by question, of the two in turn."""
    figures = {}
    for client in (empty, full):
        for _ in range(60):
            questions(client)["submit"]()
    for name in questions(empty):
        samples: tuple[list[float], list[float]] = ([], [])
        for _ in range(rounds):
            for client, taken in zip((empty, full), samples, strict=True):
                began = time.perf_counter()
                questions(client)[name]()
                taken.append((time.perf_counter() - began) * 1000)
        figures[name] = (statistics.median(samples[0]), statistics.median(samples[1]))
    return figures


async def run(tasks: int, rounds: int) -> tuple[dict[str, tuple[float, float]], int]:
    with tempfile.TemporaryDirectory(prefix="ygg-history-") as name:
        folder = Path(name)
        async with AsyncExitStack() as stack:
            empty = await stack.enter_async_context(coordinator(folder / "empty", 0))
            full = await stack.enter_async_context(coordinator(folder / "full", tasks))
            size = (folder / "full" / "data" / "ledger.db").stat().st_size
            return ask(empty, full, rounds), size


def text_of(figures: dict[str, tuple[float, float]], meaning: str) -> str:
    lines = [f"{'':16}{'empty ms':>10}{'full ms':>10}{'full/empty':>12}"]
    for name, (empty, full) in figures.items():
        lines.append(f"{name:16}{empty:10.2f}{full:10.2f}{full / empty:11.2f}x")
    return "\n".join([*lines, "", meaning])


@click.command()
@click.option("--quick", is_flag=True, help="A tenth of the history; under a minute.")
@click.option("--tasks", type=click.IntRange(min=1), help="Finished tasks in the full ledger.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), metavar="FILE")
def main(quick: bool, tasks: int | None, json_path: Path | None) -> None:
    """Exits with 0 when submit and list are within the aim, else with 1."""
    count = tasks or (100_000 if quick else 1_000_000)
    rounds = 100 if quick else 300
    figures, size = asyncio.run(run(count, rounds))
    meaning = MEANING.format(
        rounds=rounds, tasks=count, size=size / 2**20, aim=AIM, failed=count // FAILED_EACH
    )
    click.echo(text_of(figures, meaning))
    if json_path is not None:
        data = {name: {"empty_ms": a, "full_ms": b} for name, (a, b) in figures.items()}
        json_path.write_text(json.dumps({"tasks": count, "figures": data}, indent=2) + "\n")
    bounded = (figures["submit"], figures["list"])
    sys.exit(0 if all(full / empty <= AIM for empty, full in bounded) else 1)


if __name__ == "__main__":
    main()
