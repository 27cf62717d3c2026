"""The content of a task's inputs: from its envelope, or from Redis."""

from __future__ import annotations

import logging

from redis import Redis
from redis.exceptions import RedisError

from ygg.blobs import Blobs, inline_content
from ygg.broker import connect
from ygg.settings import Settings
from ygg.task import BlobRef

logger = logging.getLogger(__name__)


class Inputs:
    """For a task's own process: over connections of its own."""

    def __init__(self, settings: Settings, attempt: str) -> None:
        self._settings = settings
        self._attempt = attempt
        self._taken: set[str] = set()

    def __call__(self, ref: BlobRef) -> bytes:
        content = inline_content(ref)
        if content is not None:
            return content
        with connect(self._settings) as redis:
            content = self._blobs(redis).get(ref.sha256)
        self._taken.add(ref.sha256)
        return content

    def drop(self) -> None:
        """They are in the workspace. An attempt begins only once, and the next one's inputs are
        in Redis again before its message is."""
        if not self._taken:
            return
        try:
            with connect(self._settings) as redis:
                for sha256 in self._taken:
                    self._blobs(redis).drop(sha256, self._attempt)
        except RedisError as error:
            logger.warning("Inputs stay in Redis until they expire: %s", error)

    def _blobs(self, redis: Redis) -> Blobs:
        return Blobs(redis, self._settings.delivery)
