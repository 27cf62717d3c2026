"""A whole fleet for a test: coordinator and executors as processes, each known by its id."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import cast

import psutil
import redis

from tests.audit import Records
from tests.effects import Effects, Task, ndjson
from tests.proxy import Proxy
from tests.services import BrokerServer, free_port, wait_until
from ygg import keys
from ygg.client import Client
from ygg.errors import YggError
from ygg.target import Target, token_file
from ygg.task import EVENTS, Finished

LEASE_SECONDS = 3.0
GRACE_SECONDS = 1.0
SHORT_TIMES = {
    "YGG_DELIVERY__LEASE_SECONDS": str(LEASE_SECONDS),
    "YGG_DELIVERY__MARGIN_SECONDS": "1",
    "YGG_DELIVERY__GRACE_SECONDS": str(GRACE_SECONDS),
    "YGG_DELIVERY__OVERDUE_SECONDS": "3",
    "YGG_EXECUTOR__HEARTBEAT_SECONDS": "0.5",
}
NO_SANDBOX = {"YGG_SANDBOX__USE": "off"}
"""Tasks here leave traces outside of their workspaces, and some kill the process that runs them."""
EXECUTORS = ("north", "south")
CONCURRENCY = 4
LOG_SHOWN_BYTES = 6000
FINAL_SECONDS = 75


class Process:
    """One of ours, with all that it starts."""

    def __init__(self, name: str, module: str, folder: Path, variables: Mapping[str, str]) -> None:
        self.name = name
        self.log = folder / f"{name}.log"
        self._module = module
        self._folder = folder
        kept = {key: value for key, value in os.environ.items() if not key.startswith("YGG_")}
        self.variables = kept | {"XDG_CONFIG_HOME": str(folder)} | dict(variables)
        """What it is told at its next start."""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        assert not self.is_running, f"{self.name} is running already"
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", self._module],
                cwd=self._folder,
                env=self.variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """`kill -9` of the whole process group."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def stop(self, seconds: float = 60) -> None:
        """As systemd does."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(seconds)
            self._process = None

    def freeze(self) -> None:
        """Stop it and every process below it, the tasks' own too."""
        self._signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal_all(signal.SIGCONT)

    def runs_commands(self) -> bool:
        """Whether any process of a task is left."""
        for one in self._tree():
            with suppress(psutil.NoSuchProcess):
                if one.name() in ("sh", "sleep") and one.status() != psutil.STATUS_ZOMBIE:
                    return True
        return False

    def _signal_all(self, number: signal.Signals) -> None:
        for one in self._tree():
            with suppress(psutil.NoSuchProcess):
                one.send_signal(number)

    def _tree(self) -> list[psutil.Process]:
        assert self._process is not None, f"{self.name} is not running"
        top = psutil.Process(self._process.pid)
        return [top, *top.children(recursive=True)]


class Fleet:
    def __init__(
        self,
        folder: Path,
        broker: BrokerServer,
        *,
        database_url: str | None = None,
        executors: Sequence[str] = EXECUTORS,
        concurrency: int = CONCURRENCY,
        proxied: Sequence[str] = (),
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.broker = broker
        self.effects = Effects(folder)
        self.slots = len(executors) * concurrency
        self.wires = {name: Proxy(broker.port) for name in proxied}
        self._folder = folder
        self._port = free_port()
        self._settings = SHORT_TIMES | NO_SANDBOX | dict(settings or {})
        data_dir = folder / "coordinator"
        self.records = Records(database_url or f"sqlite:///{data_dir / 'ledger.db'}")
        own = {"YGG_COORDINATOR__PORT": str(self._port)}
        if database_url:
            own["YGG_COORDINATOR__DATABASE_URL"] = database_url
        self.coordinator = self._process("coordinator", "coordinator", own)
        self.executors = {
            name: self._process(name, "executors", _executor(name, concurrency))
            for name in executors
        }
        self._token = token_file(data_dir)
        self._clients: list[Client] = []

    def start(self) -> None:
        for process in (self.coordinator, *self.executors.values()):
            process.start()
        wait_until(self._is_ready, "coordinator and executors to be there", 60, 0.05)
        self.client = self.new_client()

    def stop(self) -> None:
        for client in self._clients:
            client.close()
        for process in (*self.executors.values(), self.coordinator):
            process.kill()
        for wire in self.wires.values():
            wire.close()

    def new_client(self) -> Client:
        target = Target(f"http://127.0.0.1:{self._port}", self._token.read_text().strip())
        client = Client(target)
        self._clients.append(client)
        return client

    def submit(self, tasks: Sequence[Task]) -> list[str]:
        """The ids of tasks that are now accepted."""
        return self.client.submit_bulk(ndjson(tasks))["ids"]

    def submit_behind(
        self, tasks: Sequence[Task], gates: Sequence[str] = ("gate",)
    ) -> tuple[list[str], list[str]]:
        """Occupy every process with a task that waits for a gate, and queue these behind them."""
        waiting = [
            self.effects.waiting(gates[number % len(gates)], priority=0)
            for number in range(self.slots)
        ]
        first = self.submit(waiting)
        self.wait_started(first)
        behind = self.submit(tasks)
        self.wait(lambda: self.records.count("tasks WHERE live") > self.slots, "a full window")
        assert self.records.open_count() >= 200
        return first, behind

    def wait_started(self, ids: Sequence[str]) -> None:
        """Until they run and the ledger knows it."""

        def started() -> bool:
            tasks = self.records.tasks()
            return all(tasks[task_id]["state"] == "running" for task_id in ids)

        self.wait(started, "tasks to run")

    def wait(self, condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
        wait_until(condition, what, seconds, 0.05)

    def wait_final(self, each_time: Callable[[], None] = lambda: None) -> None:
        def over() -> bool:
            each_time()
            return self.records.open_count() == 0

        self.wait(over, "every task to be final", FINAL_SECONDS)
        self.wait(lambda: not self.spooled(), "every outcome to be acknowledged", 40)

    def restart_coordinator(self) -> None:
        self.coordinator.start()
        self.wait(self._answers, "the coordinator to answer", 60)
        self.client = self.new_client()

    def crash_coordinator(self) -> None:
        """Kill it, and start it on a whole wire."""
        self.coordinator.kill()
        self.wires["coordinator"].heal()
        self.restart_coordinator()

    def revive(self) -> None:
        """What a supervisor does: start executors that have died."""
        for process in self.executors.values():
            if not process.is_running:
                process.kill()
                process.start()

    def states(self) -> set[str]:
        """Every state that a task is in."""
        return {str(row["state"]) for row in self.records.tasks().values()}

    def tried_again(self) -> set[str]:
        """The tasks of more than one attempt."""
        return {task_id for task_id, rows in self.records.attempts().items() if len(rows) > 1}

    def running_on(self, executor: str) -> set[str]:
        return {
            task_id
            for task_id, rows in self.records.attempts().items()
            if (rows[-1]["executor"], rows[-1]["state"]) == (executor, "running")
        }

    def late(self) -> dict[str, str]:
        """Outcomes that came after their attempt had been given up."""
        return {
            task_id: row["late"]
            for task_id, rows in self.records.attempts().items()
            for row in rows
            if row["late"] is not None
        }

    def run_commands(self) -> bool:
        """Whether any executor has a process of a task."""
        return any(process.runs_commands() for process in self.executors.values())

    def spooled(self) -> list[Path]:
        return [
            file
            for name, process in self.executors.items()
            if process.is_running
            for file in (self._folder / name / "spool" / name).glob("*.json")
        ]

    def redis(self) -> redis.Redis:
        return redis.Redis(port=self.broker.port, socket_timeout=5)

    def epoch(self) -> bytes | None:
        with self.redis() as client:
            found = client.get(keys.EPOCH)
            return found if isinstance(found, bytes) else None

    def published(self, queue: str = "dev") -> list[str]:
        """The tasks in messages that nobody has taken."""
        with self.redis() as client:
            messages = cast("list[bytes]", client.lrange(queue, 0, -1))
        return [task_id for message in messages for task_id in tasks_in(message)]

    def leased(self) -> set[str]:
        """The tasks whose leases the broker has."""
        prefix = keys.lease("")
        with self.redis() as client:
            found = cast("list[bytes]", client.keys(prefix + "*"))
        return {name.decode().removeprefix(prefix) for name in found}

    def emitted(self) -> set[str]:
        """The tasks whose outcomes wait on the stream."""
        with self.redis() as client:
            entries = cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrange(keys.OUTCOMES))
        events = [event for _, fields in entries for event in EVENTS.validate_json(fields[b"e"])]
        return {event.task_id for event in events if isinstance(event, Finished)}

    def logs(self) -> str:
        shown = []
        for process in (self.coordinator, *self.executors.values()):
            text = process.log.read_text(errors="replace") if process.log.exists() else ""
            shown.append(f"----- {process.name}\n{text[-LOG_SHOWN_BYTES:]}")
        return "\n".join(shown)

    def _process(self, name: str, module: str, own: Mapping[str, str]) -> Process:
        wire = self.wires.get(name)
        shared = {
            "YGG_DATA_DIR": str(self._folder / name),
            "YGG_REDIS_URL": wire.url if wire else self.broker.url,
        }
        return Process(name, module, self._folder, self._settings | shared | dict(own))

    def _answers(self) -> bool:
        assert self.coordinator.is_running, "the coordinator ended"
        if not self._token.exists():
            return False
        client = self.new_client()
        try:
            return client.health()["ok"]
        except YggError:
            return False
        finally:
            client.close()

    def _is_ready(self) -> bool:
        if not self._answers():
            return False
        client = self.new_client()
        alive = [found for found in client.executors() if found["state"] == "alive"]
        client.close()
        return len(alive) == len(self.executors)


@contextmanager
def running(fleet: Fleet) -> Iterator[Fleet]:
    """Start it, stop it, and show what its processes said when the test fails."""
    try:
        fleet.start()
        yield fleet
    except BaseException as error:
        error.add_note(fleet.logs())
        raise
    finally:
        fleet.stop()


def tasks_in(message: bytes) -> list[str]:
    """The ids in a Celery message."""
    body = base64.b64decode(json.loads(message)["body"])
    return [envelope["task_id"] for envelope in json.loads(body)[0][0]["envelopes"]]


def _executor(name: str, concurrency: int) -> dict[str, str]:
    return {
        "YGG_EXECUTOR__NAME": name,
        "YGG_EXECUTOR__MACHINE": name,
        "YGG_EXECUTOR__QUEUES": '["*"]',
        "YGG_EXECUTOR__CONCURRENCY": str(concurrency),
    }
