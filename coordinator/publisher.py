"""Turns committed attempts into Celery messages."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence

import orjson
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

from coordinator.ledger.rows import Dispatched
from coordinator.watch import Sight
from ygg.blobs import BlobFiles, Blobs
from ygg.broker import RUN, celery_app, unreachable
from ygg.errors import BrokerUnreachable
from ygg.settings import Settings

_LAST_RESORT_SECONDS = 120
"""Beyond a task's own hard limit, when the pool kills the process that should have seen to it."""


class Publisher:
    """One connection to the broker, for one thread."""

    def __init__(self, settings: Settings, redis: Redis, files: BlobFiles) -> None:
        self._delivery = settings.delivery
        self._files = files
        self._blobs = Blobs(
            redis,
            total_bytes=self._delivery.blobs_total_bytes,
            keep_seconds=self._delivery.blob_seconds,
        )
        app = celery_app(settings)
        self._connection = app.connection_for_write()
        self._producer = app.amqp.Producer(self._connection, auto_declare=False)

    def publish(self, attempts: Sequence[Dispatched], sight: Sight, processes: int = 1) -> None:
        """Publish attempts of one queue, small ones in bundles spread over the processes."""
        for group in _bundles(attempts, self._delivery.bundle_tasks, processes):
            self._put_inputs(group)
            body = self._body(group, sight)
            try:
                self._producer.publish(
                    body,
                    exchange="",
                    routing_key=group[0].queue,
                    headers=self._headers(group),
                    content_type="application/json",
                    content_encoding="utf-8",
                    delivery_mode=2,
                    retry=False,
                )
            except (OperationalError, RedisError, OSError) as error:
                self._connection.close()
                # Its channel went with the connection.
                self._producer.revive(self._connection)  # type: ignore[arg-type]
                raise BrokerUnreachable(f"publishing failed: {error}") from error

    def _put_inputs(self, group: Sequence[Dispatched]) -> None:
        """Inputs that do not travel inline are in Redis before the message that names them."""
        for attempt in group:
            for found in orjson.loads(attempt.inputs) if attempt.inputs else ():
                if found["blob"].get("inline_base64") is None:
                    sha256 = found["blob"]["sha256"]
                    try:
                        self._blobs.put(sha256, self._files.path(sha256))
                    except RedisError as error:
                        raise unreachable(error, "inputs were sent") from error

    def _body(self, group: Sequence[Dispatched], sight: Sight) -> str:
        message = {
            "expires_at_ms": int(sight.now_ms() + self._delivery.message_seconds * 1000),
            "epoch": sight.epoch,
            "envelopes": [_envelope(attempt) for attempt in group],
        }
        embedded = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
        return orjson.dumps([[message], {}, embedded]).decode()

    def _headers(self, group: Sequence[Dispatched]) -> dict[str, object]:
        first = group[0]
        name = f"{first.id}.{first.attempt}"
        if len(group) > 1:
            name = f"{first.id}.bundle.{secrets.token_hex(3)}"
        hard = sum(attempt.hard_seconds for attempt in group) + _LAST_RESORT_SECONDS
        return {
            "lang": "py",
            "task": RUN,
            "id": name,
            "root_id": name,
            "parent_id": None,
            "group": None,
            "argsrepr": "",
            "kwargsrepr": _readable(group),
            "origin": "coordinator",
            "timelimit": [hard, None],
            "eta": None,
            "expires": None,
            "retries": 0,
            "ignore_result": True,
        }


def _readable(group: Sequence[Dispatched]) -> str:
    """What Flower shows: label, id and title."""
    first = group[0]
    if len(group) > 1:
        return f"{first.label} x{len(group)} {first.id}…{group[-1].id}"
    return f"{first.label} {first.id} {first.title}".rstrip()


def _envelope(attempt: Dispatched) -> dict[str, object]:
    found: dict[str, object] = {
        "task_id": attempt.id,
        "attempt": attempt.attempt,
        "label": attempt.label,
        "params": orjson.Fragment(attempt.params),
        "limits": {
            "soft_seconds": attempt.soft_seconds,
            "hard_seconds": attempt.hard_seconds,
        },
    }
    if attempt.title:
        found["title"] = attempt.title
    if attempt.inputs:
        found["inputs"] = orjson.Fragment(attempt.inputs)
    if attempt.requires:
        found["requires"] = attempt.requires.split()
    return found


def _bundles(
    attempts: Sequence[Dispatched], most: int, processes: int
) -> Iterator[Sequence[Dispatched]]:
    """What is tried again travels alone, so that one bad task cannot hold up others twice."""
    small = [attempt for attempt in attempts if attempt.bundle and attempt.attempt == 1]
    for attempt in attempts:
        if not attempt.bundle or attempt.attempt > 1:
            yield [attempt]
    if small:
        size = min(most, -(-len(small) // max(1, processes)))
        for at in range(0, len(small), size):
            yield small[at : at + size]
