"""Yggdrasil as one more subject: a coordinator with its ledger on disk, and one executor."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, Any

import psutil

from benchmarks.peers.worker import Worker, python_command
from benchmarks.subject import Site, Subject
from benchmarks.wait import BenchmarkError, wait_until
from ygg import __version__
from ygg.client import Client
from ygg.errors import Unreachable
from ygg.target import Target, token_file

SINGLE_REQUESTS = 1
SINGLE_SYNCS = 3
"""What one task costs between the submit call and its result."""


class Yggdrasil(Subject[str]):
    name = "yggdrasil"
    version = __version__
    delivery = "run again by another executor 35 s after it fell silent"
    settings = "prefork, 2 processes, over HTTP, ledger on SQLite, every commit synced"
    label = "dev-echo"

    def __init__(self, site: Site) -> None:
        self._data = site.directory / "data"
        self._coordinator = Worker(_part(site, "coordinator"))
        self._executor = Worker(_part(site, "executor"))
        self._environment = {
            "YGG_DATA_DIR": str(self._data),
            "YGG_REDIS_URL": site.redis_url,
            "YGG_COORDINATOR__PORT": str(_free_port()),
            "YGG_EXECUTOR__QUEUES": '["*"]',
            "YGG_LOG_LEVEL": "warning",
        }
        self._client: Client | None = None
        self._seconds: list[float] = []

    async def start(self) -> None:
        kept = dict(os.environ)
        os.environ.update(self._environment)
        try:
            self._coordinator.start(python_command("-m", "coordinator"))
            self._executor.start(python_command("-m", "executors"))
        finally:
            os.environ.clear()
            os.environ.update(kept)
        await wait_until(self._is_ready, "the executor is announced", timeout_seconds=30)

    async def stop(self) -> None:
        await asyncio.gather(self._executor.stop(), self._coordinator.stop())

    async def hold(self) -> None:
        await self._executor.freeze()

    async def release(self) -> None:
        self._executor.thaw()

    async def submit(self, payload: str) -> str:
        return self._ready().submit(self._task(payload))["task"]["id"]

    async def submit_bulk(self, payloads: Sequence[str]) -> list[str]:
        lines = "\n".join(json.dumps(self._task(payload)) for payload in payloads)
        made = self._ready().submit_bulk(lines.encode())
        if made["rejected"]:
            raise BenchmarkError(f"refused: {made['rejected'][0]}")
        return made["ids"]

    async def finished(self, handles: Sequence[str]) -> int:
        self._coordinator.check_alive()
        self._executor.check_alive()
        marks = ", ".join("?" * len(handles))
        question = f"SELECT COUNT(*) FROM tasks WHERE state = 'succeeded' AND id IN ({marks})"  # noqa: S608
        found: int = self._ask_ledger(question, *handles)
        return found

    async def result(self, handle: str, timeout_seconds: float) -> str:
        """From the ledger: nothing of this is measured, and asking for each takes as long as all
        that is."""
        outcome = self._ask_ledger("SELECT outcome FROM tasks WHERE id = ?", handle)
        return self._value(json.loads(outcome)["result"])

    def _ask_ledger(self, question: str, *values: str) -> Any:
        with closing(sqlite3.connect(self._data / "ledger.db")) as ledger:
            return ledger.execute(question, values).fetchone()[0]

    async def submit_for_result(self, payload: str, timeout_seconds: float) -> str:
        """In one request, as `Prefer: wait` (RFC 7240) asks for."""
        began = time.perf_counter()
        made = self._ready().submit(self._task(payload), wait_seconds=timeout_seconds)
        self._seconds.append(time.perf_counter() - began)
        return self._value(made["task"].get("result"))

    def processes(self) -> list[psutil.Process]:
        return self._coordinator.processes() + self._executor.processes()

    def remarks(self) -> Sequence[str]:
        """What of submit to result is HTTP, and what is waiting for the disk."""
        whole = statistics.median(self._seconds)
        http = SINGLE_REQUESTS * _median_seconds(lambda: self._ready().executors())
        with tempfile.TemporaryFile(dir=self._data) as file:
            disk = SINGLE_SYNCS * _median_seconds(lambda: _write_and_sync(file))
        return [
            f"HTTP: {SINGLE_REQUESTS} request, {http * 1000:.2f} ms when it does nothing else,"
            f" {http / whole:.0%} of submit to result",
            f"fsync: {SINGLE_SYNCS} one after another (submit, spool, outcome),"
            f" {disk * 1000:.2f} ms on this disk when idle, {disk / whole:.0%} of submit to result",
        ]

    def _task(self, payload: str) -> dict[str, object]:
        return {"label": self.label, "params": {"text": payload}}

    def _value(self, result: object) -> str:
        return str(result["text"]) if isinstance(result, dict) else repr(result)

    async def _is_ready(self) -> bool:
        self._coordinator.check_alive()
        self._executor.check_alive()
        file = token_file(self._data)
        if self._client is None:
            if not file.is_file():
                return False
            port = self._environment["YGG_COORDINATOR__PORT"]
            target = Target(f"http://127.0.0.1:{port}", file.read_text().strip())
            self._client = Client(target)
        try:
            return any(found["state"] == "alive" for found in self._client.executors())
        except Unreachable:
            return False

    def _ready(self) -> Client:
        if self._client is None:
            raise BenchmarkError("the coordinator has not been started")
        return self._client


class YggdrasilRun(Yggdrasil):
    """The same with a real process a task."""

    name = "yggdrasil-run"
    label = "dev-run"

    def _task(self, payload: str) -> dict[str, object]:
        return {"label": self.label, "params": {"command": ["echo", payload]}}

    def _value(self, result: object) -> str:
        return str(result["stdout"]).strip() if isinstance(result, dict) else repr(result)


def _median_seconds(call: Callable[[], object], times: int = 50) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        call()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def _write_and_sync(file: IO[bytes]) -> None:
    file.write(b"x" * 4096)
    file.flush()
    os.fsync(file.fileno())


def _part(site: Site, name: str) -> Site:
    directory: Path = site.directory / name
    directory.mkdir()
    return Site(site.redis_url, directory)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
