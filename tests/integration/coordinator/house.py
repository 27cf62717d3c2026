"""A coordinator's process, its HTTP door, and an executor that is played over the real streams."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import redis

from executors.handlers import dev
from tests.audit import Records
from tests.fleet import Process
from tests.services import BrokerServer, free_port, wait_until
from ygg import __version__, keys, stream
from ygg.client import Client
from ygg.errors import YggError
from ygg.target import Target, token_file
from ygg.task import (
    Announced,
    Announcement,
    Ending,
    Event,
    Finished,
    Heartbeat,
    LogChunk,
    Offer,
    Outcome,
    Retry,
    Started,
)

ECHO_SCHEMA = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"text": {"type": "string"}, "times": {"type": "integer", "minimum": 0}},
}
ANYTHING = {"type": "object"}
OFFERS = (
    Offer(
        label="dev-echo",
        params_schema=ECHO_SCHEMA,
        examples=({"text": "hello"},),
        bundle=True,
        retry=Retry(on=(Ending.LOST,), max_attempts=3, backoff_seconds=0),
    ),
    dev.run.offer,
    Offer(label="dev-free", params_schema=ANYTHING),
    Offer(label="code-edit", params_schema=ANYTHING, tier=2),
    Offer(label="power-off", params_schema=ANYTHING, approval="before"),
    Offer(label="llm-ask", params_schema=ANYTHING, needs=frozenset({"gpu"})),
)


@dataclass(frozen=True)
class Answer:
    """A raw HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> Any:
        return self.json["error"]


class House:
    """One coordinator on one broker."""

    def __init__(
        self,
        folder: Path,
        broker: BrokerServer,
        *,
        database_url: str | None = None,
        offers: Sequence[Offer] = OFFERS,
    ) -> None:
        self.broker = broker
        self.port = free_port()
        self.data_dir = folder / "data"
        self.hand = Hand(broker, offers)
        self.records = Records(database_url or f"sqlite:///{self.data_dir / 'ledger.db'}")
        variables = {
            "YGG_DATA_DIR": str(self.data_dir),
            "YGG_REDIS_URL": broker.url,
            "YGG_COORDINATOR__PORT": str(self.port),
        }
        if database_url:
            variables["YGG_COORDINATOR__DATABASE_URL"] = database_url
        self.process = Process("coordinator", "coordinator", folder, variables)
        self._clients: list[Client] = []

    def start(self) -> None:
        try:
            self.process.start()
            wait_until(self._answers, "the coordinator to answer", 30, 0.02)
            self.client = self.new_client()
            self.hand.announce()
            wait_until(self._is_staffed, "the executor to be known", 30, 0.02)
        except BaseException as error:
            error.add_note(self.process.log.read_text()[-3000:])
            raise

    def crash(self) -> None:
        """`kill -9`, and start again where it was."""
        self.process.kill()
        self.process.start()
        wait_until(self._answers, "the coordinator to answer", 30, 0.02)

    def stop(self) -> None:
        for client in self._clients:
            client.close()
        self.process.kill()
        self.hand.close()

    @property
    def admin(self) -> str:
        return token_file(self.data_dir).read_text().strip()

    def new_client(self, token: str | None = None) -> Client:
        client = Client(Target(f"http://127.0.0.1:{self.port}", token or self.admin))
        self._clients.append(client)
        return client

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        *,
        token: str | None = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """One request, with the administrator's token unless another or none is given."""
        told = dict(headers or {})
        if token is not None:
            told["Authorization"] = f"Bearer {token or self.admin}"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body=body, headers=told)
            response = connection.getresponse()
            names = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, names, response.read())
        finally:
            connection.close()

    def post(self, path: str, body: object, *, headers: Mapping[str, str] | None = None) -> Answer:
        told = {"Content-Type": "application/json"} | dict(headers or {})
        return self.ask("POST", path, json.dumps(body).encode(), headers=told)

    def written(self) -> int:
        """How many tasks there are on disk."""
        return self.records.count("tasks")

    def wait_dispatched(self, task_id: str, attempt: int = 1) -> None:
        def dispatched() -> bool:
            found = self.client.task(task_id)
            return found["attempt"] == attempt and found["state"] == "queued"

        wait_until(dispatched, f"attempt {attempt} of {task_id}")

    def wait_state(self, task_id: str, state: str, seconds: float = 10) -> None:
        wait_until(lambda: self.client.task(task_id)["state"] == state, state, seconds)

    def run(self, task: Mapping[str, object], ending: str = "ok", **outcome: Any) -> str:
        """Submit a task and end its first attempt."""
        task_id = self.post("/v1/tasks", task).json["task"]["id"]
        self.wait_dispatched(task_id)
        self.hand.finish(task_id, ending=ending, **outcome)
        wait_until(lambda: bool(self.client.task(task_id)["attempts"][0]["ended_at"]), "its end")
        return task_id

    def _answers(self) -> bool:
        assert self.process.is_running, "the coordinator ended"
        if not token_file(self.data_dir).exists():
            return False
        client = self.new_client()
        try:
            return client.health()["ok"]
        except YggError:
            return False
        finally:
            client.close()
            self._clients.remove(client)

    def _is_staffed(self) -> bool:
        labels = self.client.labels()
        return any(found["label"] == "dev-echo" and found["executors"] for found in labels)


class Hand:
    """An executor as the coordinator sees one: what it says on the streams."""

    name = "hand"
    boot = "boot-1"

    def __init__(self, broker: BrokerServer, offers: Sequence[Offer] = OFFERS) -> None:
        self._offers = tuple(offers)
        self.redis = redis.Redis(port=broker.port, socket_timeout=5)
        self._sequence = 0

    def close(self) -> None:
        self.redis.close()

    def announce(self) -> None:
        announcement = Announcement(
            executor=self.name,
            boot=self.boot,
            machine="bench",
            version=__version__,
            queues=("dev", "code", "power", "llm"),
            concurrency=100,
            offers=self._offers,
        )
        beat = Heartbeat(executor=self.name, boot=self.boot, at=time.time())
        self.redis.set(keys.alive(self.name), beat.model_dump_json())
        self.say(Announced(announcement=announcement))

    def say(self, *events: Event) -> None:
        stream.emit(self.redis, stream.pack_events(events))

    def start(self, task_id: str, attempt: int = 1) -> None:
        self.say(Started(task_id=task_id, attempt=attempt, executor=self.name, at=time.time()))

    def finish(self, task_id: str, attempt: int = 1, ending: str = "ok", **outcome: Any) -> None:
        self.say(
            Finished(
                task_id=task_id,
                attempt=attempt,
                executor=self.name,
                boot=self.boot,
                spool=f"{task_id}.{attempt}",
                outcome=Outcome(ending=Ending(ending), **outcome),
            )
        )

    def log(self, task_id: str, *texts: str, attempt: int = 1) -> None:
        chunks = []
        for text in texts:
            self._sequence += 1
            chunks.append(
                LogChunk(
                    task_id=task_id,
                    attempt=attempt,
                    sequence=self._sequence,
                    at=time.time(),
                    stream="stdout",
                    text=text,
                )
            )
        stream.emit_logs(self.redis, stream.pack_logs(chunks))
