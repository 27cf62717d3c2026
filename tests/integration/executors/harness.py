"""A real worker process on a real broker; the test plays the coordinator."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from redis import Redis

from tests.conftest import unavailable
from tests.services import BrokerServer, ServiceMissing, wait_until
from ygg import keys
from ygg.broker import RUN, celery_app
from ygg.ids import new_id
from ygg.settings import load
from ygg.task import (
    EVENTS,
    LOG_CHUNKS,
    Announced,
    Departed,
    Envelope,
    Finished,
    Heartbeat,
    Limits,
    LogChunk,
    Message,
    Outcome,
    Started,
)

ROOT = Path(__file__).parents[3]
QUEUE = "dev"


class ExecutorProcess:
    """One `python -m executors`, and what it said on the streams."""

    def __init__(self, broker: BrokerServer, folder: Path, **variables: str) -> None:
        self.broker = broker
        self.data_dir = folder / "data"
        self.log = folder / "executor.log"
        self.redis = Redis(port=broker.port, socket_timeout=5)
        self.settings = load(redis_url=broker.url, data_dir=self.data_dir)
        self._app = celery_app(self.settings)
        self._variables = {
            "YGG_REDIS_URL": broker.url,
            "YGG_DATA_DIR": str(self.data_dir),
            "YGG_EXECUTOR__NAME": "fenrir",
            "YGG_EXECUTOR__MACHINE": "fenrir",
            "YGG_EXECUTOR__HEARTBEAT_SECONDS": "0.2",
            "YGG_DELIVERY__CANCEL_POLL_SECONDS": "0.1",
        } | variables
        self._process: subprocess.Popen[bytes] | None = None

    # Its life

    def start(self) -> None:
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "executors"],
                cwd=ROOT,
                env=os.environ | self._variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_and_wait(self) -> None:
        self.redis.set(keys.EPOCH, "first")
        seen = len(self.announcements())
        self.start()
        wait_until(lambda: len(self.announcements()) > seen, "the announcement", 30)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        assert self._process is not None
        return self._process

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait(self, timeout_seconds: float = 30) -> int:
        return self.process.wait(timeout_seconds)

    def kill(self) -> None:
        """As `kill -9` of the worker's main process."""
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait(10)

    def pool_children(self) -> list[psutil.Process]:
        main = psutil.Process(self.process.pid)
        return [child for child in main.children() if os.getsid(child.pid) == os.getsid(main.pid)]

    def heartbeat(self) -> Heartbeat | None:
        value = self.redis.get(keys.alive("fenrir"))
        return Heartbeat.model_validate_json(value) if value else None

    def is_idle(self) -> bool:
        beat = self.heartbeat()
        return beat is not None and beat.running == 0

    def spool_files(self) -> list[Path]:
        return sorted((self.data_dir / "spool" / "fenrir").glob("*.json"))

    def spool_file(self, event: Finished) -> Path:
        return self.data_dir / "spool" / "fenrir" / f"{event.spool}.json"

    # What it is told

    def send_to(self, queue: str, *envelopes: Envelope) -> None:
        """A message each."""
        for envelope in envelopes:
            self.send(envelope, queue=queue)

    def send(
        self,
        *envelopes: Envelope,
        expires_in_seconds: float = 3600,
        epoch: str = "",
        queue: str = QUEUE,
    ) -> None:
        message = Message(
            expires_at_ms=int((time.time() + expires_in_seconds) * 1000),
            epoch=epoch,
            envelopes=envelopes,
        )
        self._app.send_task(
            RUN,
            args=[message.model_dump(mode="json")],
            queue=queue,
            exchange="",
            routing_key=queue,
        )

    def cancel(self, envelope: Envelope) -> None:
        self.redis.set(keys.cancel(envelope.task_id), envelope.attempt)

    def acknowledge(self, *events: Finished) -> None:
        for event in events:
            line = f"{event.spool} {event.task_id} {event.attempt}"
            self.redis.rpush(keys.acknowledged("fenrir"), line)

    # What it said

    def events(self) -> list[Announced | Departed | Started | Finished]:
        entries = self.redis.xrange(keys.OUTCOMES)
        return list(
            itertools.chain.from_iterable(EVENTS.validate_json(row[b"e"]) for _, row in entries)
        )

    def announcements(self) -> list[Announced]:
        return [event for event in self.events() if isinstance(event, Announced)]

    def finished(self, task_id: str) -> list[Finished]:
        found = (event for event in self.events() if isinstance(event, Finished))
        return [event for event in found if event.task_id == task_id]

    def outcome(self, envelope: Envelope, timeout_seconds: float = 20) -> Outcome:
        wait_until(
            lambda: bool(self.finished(envelope.task_id)),
            f"the outcome of {envelope.label}",
            timeout_seconds,
            0.03,  # each look reads all that was ever said
        )
        return self.finished(envelope.task_id)[0].outcome

    def wait_started(self, envelope: Envelope) -> None:
        wait_until(
            lambda: any(
                isinstance(event, Started) and event.task_id == envelope.task_id
                for event in self.events()
            ),
            "the task to start",
        )

    def chunks(self, envelope: Envelope) -> list[LogChunk]:
        found = (LOG_CHUNKS.validate_json(row[b"e"]) for _, row in self.redis.xrange(keys.LOGS))
        chunks = itertools.chain.from_iterable(found)
        return [chunk for chunk in chunks if chunk.task_id == envelope.task_id]

    def text(self, envelope: Envelope, stream: str = "stdout") -> str:
        return "".join(chunk.text for chunk in self.chunks(envelope) if chunk.stream == stream)


def dev_run(
    *command: str, soft: float = 60, hard: float = 90, attempt: int = 1, **params: object
) -> Envelope:
    return Envelope(
        task_id=new_id(),
        attempt=attempt,
        label="dev-run",
        params=json.loads(json.dumps({"command": command} | params)),
        limits=Limits(soft_seconds=soft, hard_seconds=hard),
    )


def python(code: str, **more: float) -> Envelope:
    return dev_run(sys.executable, "-c", code, **more)  # type: ignore[arg-type]


def dev_echo(text: str = "hello", **params: object) -> Envelope:
    found = json.loads(json.dumps({"text": text} | params))
    return Envelope(task_id=new_id(), attempt=1, label="dev-echo", params=found)


def install(folder: Path, name: str, module: str, *requires: str) -> None:
    """What an installer leaves of a package `ygg-NAME` with one module and one entry point."""
    (folder / f"ygg_{name}.py").write_text(module)
    info = folder / f"ygg_{name}-1.dist-info"
    info.mkdir()
    lines = ["Metadata-Version: 2.4", f"Name: ygg-{name}", "Version: 1"]
    lines += [f"Requires-Dist: {one}" for one in requires]
    (info / "METADATA").write_text("\n".join(lines) + "\n")
    (info / "entry_points.txt").write_text(f"[ygg.handlers]\n{name} = ygg_{name}\n")


WILD = """
from executors.handler import Context, Failed, Params, handler

class Script(Params):
    script: str
    program: str = "bash"
    keep: str = ""
    network: bool = False
    then: str = ""

@handler("dev-wild", untrusted=True)
def wild(params: Script, context: Context) -> object:
    argv = [params.program, "-c", params.script]
    ran = context.run(argv, network=params.network)
    if params.then:
        ran = context.run([params.program, "-c", params.then])
    if params.keep:
        context.artifact(params.keep)
    if ran.exit_code:
        raise Failed(f"exit code {ran.exit_code}", ran.stderr.strip()[-300:], ran.stdout)
    return ran.stdout
"""
"""A label whose task is any script, in the sandbox."""


def gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


@contextmanager
def running_executor(folder: Path, **variables: str) -> Iterator[ExecutorProcess]:
    """One on a broker of its own; both end with it."""
    (folder / "broker").mkdir()
    try:
        server = BrokerServer(folder / "broker")
    except ServiceMissing as error:
        unavailable(error)
    server.start()
    one = ExecutorProcess(server, folder, **variables)
    try:
        one.start_and_wait()
        yield one
    finally:
        one.kill()
        one.redis.close()
        server.kill()


MakeExecutor = Callable[..., ExecutorProcess]
