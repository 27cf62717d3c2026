"""Turns committed attempts into Celery messages."""

from __future__ import annotations

import base64
import logging
import secrets
from collections.abc import Iterator, Sequence

import orjson
from redis import Redis
from redis.exceptions import RedisError

from coordinator.ledger.rows import Dispatched
from coordinator.watch import Sight
from ygg.blobs import BlobFiles, Blobs, BlobsFull, attempt_name
from ygg.broker import RUN, unreachable
from ygg.settings import Settings

logger = logging.getLogger(__name__)

PUBLISH_SECONDS = 2.0
"""So long a broker may take over one message: who submits a task may be waiting."""
_LAST_RESORT_SECONDS = 120
"""Beyond a task's own hard limit, when the pool kills the process that should have seen to it."""


class Publisher:
    """Puts messages where Celery's workers take them from.

    For one thread at a time, as its connection is. The message is Celery's (protocol 2) in kombu's
    wrapping for Redis, put together here: kombu would open a client for every message and take
    five times as long over it.
    """

    def __init__(self, settings: Settings, queues: Redis, redis: Redis, files: BlobFiles) -> None:
        self._delivery = settings.delivery
        self._queues = queues
        self._files = files
        # Nobody drops those of a task that is cancelled before it begins.
        self._blobs = Blobs(redis, self._delivery, at_most_seconds=self._delivery.keep_seconds)

    def publish(self, attempts: Sequence[Dispatched], sight: Sight, processes: int = 1) -> None:
        """Publish attempts of one queue, small ones in bundles spread over the processes."""
        queue = attempts[0].queue
        try:
            for group in _bundles(attempts, self._delivery.bundle_tasks, processes):
                if self._has_inputs(group):
                    self._queues.lpush(queue, self._message(group, sight, queue))
        except RedisError as error:
            raise unreachable(error, "tasks were published") from error

    def _message(self, group: Sequence[Dispatched], sight: Sight, queue: str) -> bytes:
        headers = self._headers(group)
        return orjson.dumps(
            {
                "body": base64.b64encode(self._body(group, sight)).decode(),
                "content-encoding": "utf-8",
                "content-type": "application/json",
                "headers": headers,
                "properties": {
                    "correlation_id": headers["id"],
                    "delivery_mode": 2,
                    "delivery_info": {"exchange": "", "routing_key": queue},
                    "priority": 0,
                    "body_encoding": "base64",
                    "delivery_tag": headers["id"],
                },
            }
        )

    def _has_inputs(self, group: Sequence[Dispatched]) -> bool:
        """If not, the others are not held up; the reaper has this tried again, later and later."""
        try:
            self._put_inputs(group)
        except (BlobsFull, OSError) as error:
            about = {"action": "publish", "task_id": group[0].id, "attempt": group[0].attempt}
            logger.error("not published, an input is missing: %s", error, extra=about)
            return False
        return True

    def _put_inputs(self, group: Sequence[Dispatched]) -> None:
        """Inputs that do not travel inline are in Redis before the message that names them."""
        for attempt in group:
            for found in orjson.loads(attempt.inputs) if attempt.inputs else ():
                if found["blob"].get("inline_base64") is None:
                    sha256 = found["blob"]["sha256"]
                    name = attempt_name(attempt.id, attempt.attempt)
                    self._blobs.put(sha256, self._files.path(sha256), name)

    def _body(self, group: Sequence[Dispatched], sight: Sight) -> bytes:
        message = {
            "expires_at_ms": int(sight.now_ms() + self._delivery.message_seconds * 1000),
            "epoch": sight.epoch,
            "envelopes": [_envelope(attempt) for attempt in group],
        }
        embedded = {"callbacks": None, "errbacks": None, "chain": None, "chord": None}
        return orjson.dumps([[message], {}, embedded])

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
